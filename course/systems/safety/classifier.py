"""A rule that is a trained classifier, and the measure of how often it is wrong about good text."""

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from course.systems.safety.errors import NoTrainingDataError

Probability = Callable[[str], float]
"""A text's probability of being unsafe, by some model."""


class ClassifierRule:
    """A rule whose score is 1 minus the probability of unsafe that ``probability(text)`` gives."""

    def __init__(self, name: str, probability: Probability) -> None:
        self.name = name
        self._probability = probability

    def evaluate(self, text: str) -> float:
        """1.0 where the model sees no harm, 0.0 where it is sure of it."""
        return 1.0 - self._probability(text)


class TextClassifier:
    """Words and pairs of words, weighted by rarity (TF-IDF), and logistic regression: trained here, in a second."""

    def __init__(self, vectoriser: Any, model: Any) -> None:
        self._vectoriser = vectoriser
        self._model = model

    def probabilities(self, texts: Sequence[str]) -> list[float]:
        """Each text's probability of being restricted. One pass over the batch."""
        if not texts:
            return []
        column: list[float] = self._model.predict_proba(self._vectoriser.transform(texts))[:, 1].tolist()
        return column

    def probability(self, text: str) -> float:
        """One text's probability of being restricted."""
        return self.probabilities([text])[0]

    def weights(self, count: int = 10) -> list[tuple[str, float]]:
        """The features that speak most for "restricted": what the model looks at. Needed to explain it."""
        names = self._vectoriser.get_feature_names_out()
        values = self._model.coef_[0]
        return [(str(names[i]), float(values[i])) for i in values.argsort()[::-1][:count]]


def train_text_classifier(texts: Sequence[str], restricted: Sequence[bool], seed: int = 0) -> TextClassifier:
    """Train on ``texts`` with their labels; classes weigh the same whatever their sizes. Deterministic in its input.

    Raises :class:`~course.systems.safety.errors.NoTrainingDataError` unless both classes are there.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    positives = sum(restricted)
    if not 0 < positives < len(texts):
        raise NoTrainingDataError(positives, len(texts) - positives)
    vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = LogisticRegression(C=10.0, class_weight="balanced", random_state=seed)
    model.fit(vectoriser.fit_transform(texts), [int(label) for label in restricted])
    return TextClassifier(vectoriser, model)


def profanity_classifier() -> Callable[[Sequence[str]], list[float]]:
    """The trained classifier of the package alt-profanity-check (an extra): texts to probabilities of offence.

    A linear support vector machine on bags of words, trained by its authors on 200,000 labelled comments. Raises
    ``ImportError`` where the package is not installed; `datasets.hard_negatives` keeps its scores for that case.
    """
    package: Any = importlib.import_module("profanity_check")

    def probabilities(texts: Sequence[str]) -> list[float]:
        return [float(value) for value in package.predict_prob(list(texts))] if texts else []

    return probabilities


@dataclass(frozen=True)
class Rate:
    """``count`` of ``n``, with the exact 95% interval (Clopper and Pearson 1934) of the share behind it."""

    count: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share observed; NaN of nothing."""
        return self.count / self.n if self.n else float("nan")

    def __str__(self) -> str:
        return f"{self.share:.1%} ({self.count} of {self.n}; 95% between {self.low:.1%} and {self.high:.1%})"


def rate(flags: Iterable[bool], confidence: float = 0.95) -> Rate:
    """The share of True in ``flags`` and its exact interval; 0 to 1 where there is nothing to count."""
    from scipy.special import betaincinv

    values = [bool(flag) for flag in flags]
    n, count = len(values), sum(values)
    tail = (1.0 - confidence) / 2.0
    low = float(betaincinv(count, n - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, n - count, 1.0 - tail)) if count < n else 1.0
    return Rate(count, n, low, high)


def rates_by_group(flags: Sequence[bool], groups: Sequence[str]) -> dict[str, Rate]:
    """:func:`rate` for each group, in the order of first appearance: an average hides the group that pays for it."""
    found: dict[str, list[bool]] = {}
    for flag, group in zip(flags, groups, strict=True):
        found.setdefault(group, []).append(flag)
    return {group: rate(values) for group, values in found.items()}


def threshold_for(scores_of_good: Sequence[float], most_wrong: float) -> float:
    """The highest threshold on a safety score at which at most ``most_wrong`` of good responses are blocked.

    A response is blocked when its score is *below* the threshold, so the threshold is itself one of the scores: the k+1
    lowest, where k = floor(most_wrong × n) may be blocked. 1.0 is given where all may be. O(n log n).
    """
    ordered = sorted(scores_of_good)
    allowed = int(most_wrong * len(ordered) + 1e-9)
    return ordered[allowed] if allowed < len(ordered) else 1.0
