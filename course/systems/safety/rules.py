"""What a safety rule is, and three kinds of it.

A rule is any object with a ``name`` and ``evaluate(text) -> float``: 0 is unsafe, 1 is safe. A rule that can judge a
stream also has a ``window``: the number of words that it needs to see at once.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from course.systems.safety.errors import RuleScoreError, UnboundedRuleError


class Rule(Protocol):
    """One safety rule: a name that is unique within a filter, and a score for a text."""

    @property
    def name(self) -> str: ...

    def evaluate(self, text: str) -> float: ...


class StreamRule(Rule, Protocol):
    """A rule whose score of a text is the lowest of its scores of the text's runs of ``window`` words."""

    @property
    def window(self) -> int: ...


@dataclass(frozen=True)
class RuleSet:
    """The rules in force, as one value that never changes, and their generation: a number that each change raises."""

    generation: int = 0
    rules: tuple[Rule, ...] = ()


def rule_score(rule: Rule, text: str) -> float:
    """``rule``'s score of ``text``, checked: a float from 0 to 1.

    Raises :class:`~course.systems.safety.errors.RuleScoreError` on anything else: NaN (which ``min`` may let through or not
    depending on the order of its arguments), 1.2, -0.1, None, a text. An error raised by the rule itself passes through.
    """
    value = rule.evaluate(text)
    try:
        score = float(value)
    except (TypeError, ValueError):
        raise RuleScoreError(rule.name, value) from None
    if isinstance(value, str) or math.isnan(score) or not 0.0 <= score <= 1.0:
        raise RuleScoreError(rule.name, value)
    return score


class PhraseRule:
    """A list of phrases, each with the score of a text that holds it; the lowest one counts, and no phrase scores 1.

    Case does not matter. A phrase matches whole words only, any white space between them, so "art" is not found in
    "start". Cost: O(characters) a phrase.
    """

    def __init__(self, name: str, phrases: Mapping[str, float]) -> None:
        self.name = name
        self.window = max((len(phrase.split()) for phrase in phrases), default=1)
        self._patterns = [
            (
                re.compile(
                    r"(?<!\w)" + r"\s+".join(map(re.escape, phrase.split())) + r"(?!\w)", re.IGNORECASE
                ),
                score,
            )
            for phrase, score in phrases.items()
        ]

    def evaluate(self, text: str) -> float:
        """The lowest score of the phrases in ``text``, or 1.0."""
        return min((score for pattern, score in self._patterns if pattern.search(text)), default=1.0)


class TableRule:
    """A rule whose score of each text stands in a table; ``asked`` holds the texts that it was given, in order.

    ``during`` is called while the rule is evaluated: it may act as another caller would, or raise.
    """

    def __init__(
        self,
        name: str,
        scores: Mapping[str, float],
        default: float = 1.0,
        window: int = 1,
        during: Callable[[], object] | None = None,
    ) -> None:
        self.name = name
        self.scores = scores
        self.default = default
        self.window = window
        self.during = during
        self.asked: list[str] = []

    def evaluate(self, text: str) -> float:
        """The table's score of ``text``, or the default."""
        self.asked.append(text)
        if self.during is not None:
            self.during()
        return self.scores.get(text, self.default)


class WindowedRule:
    """Makes any rule one that a stream can use: its lowest score of the runs of at most ``window`` words.

    For each word of the text the run of the last ``window`` words that ends there is scored (fewer at the start), so a
    text of n words costs n evaluations. A short bad passage is no longer diluted by a long good text; in exchange the
    rule sees no further than ``window`` words, and n chances to be wrong are more than one: set its threshold anew. Raises
    :class:`~course.systems.safety.errors.UnboundedRuleError` unless ``window`` is a whole number from 1 up.
    """

    def __init__(self, rule: Rule, window: int) -> None:
        if type(window) is not int or window < 1:
            raise UnboundedRuleError(rule.name, window)
        self.name = rule.name
        self.window = window
        self._rule = rule

    def evaluate(self, text: str) -> float:
        """The lowest score over the runs; that of the whole text where it holds no word."""
        words = re.findall(r"\s*\S+", text) or [text]
        runs = ("".join(words[max(0, end - self.window) : end]) for end in range(1, len(words) + 1))
        return min(rule_score(self._rule, run) for run in runs)


class CountedRule:
    """A rule that counts what it costs: evaluations, and the words that it was given to read."""

    def __init__(self, rule: Rule) -> None:
        self.name = rule.name
        self.window = getattr(rule, "window", 0)
        self.evaluations = 0
        self.words_read = 0
        self._rule = rule

    def evaluate(self, text: str) -> float:
        """The rule's own score."""
        self.evaluations += 1
        self.words_read += len(text.split())
        return self._rule.evaluate(text)
