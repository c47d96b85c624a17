"""Phase two, first half: pairs of responses, and a judge's opinion of each as a probability with an address."""

from collections.abc import Sequence

import numpy as np

from course.systems.alignment.constitution import Constitution
from course.systems.alignment.errors import NoPrinciple, UnknownSection
from course.systems.alignment.judge import Judge, Question
from course.systems.alignment.policy import Policy
from course.systems.alignment.prompts import Prompts
from course.systems.alignment.records import Pair
from course.systems.alignment.responses import RESPONSES, FloatArray, IntArray, row_of


def ai_preferences(
    questions: Sequence[Question],
    sections: Sequence[str],
    constitution: Constitution,
    judge: Judge,
    *,
    clamp: tuple[float, float] = (0.0, 1.0),
) -> list[Pair]:
    """Label each question ``(prompt, a, b)`` with the probability that ``a`` is better, by every one of ``sections``.

    ``judge.log_odds(words, questions)`` takes the words of one section and a list of questions and returns, for each,
    ln P(first better) − ln P(second better). It may favour whatever stands first, so each question is asked in both
    orders and the two answers are combined: ``l = (log_odds(a, b) − log_odds(b, a)) / 2``, in which an additive habit
    cancels exactly. (Averaging *probabilities* would leave some of it.) The label is
    ``p_a = sigmoid(mean of l over sections)``; last of all, this one number is held within ``clamp = (low, high)``.

    Returns one ``Pair(prompt, a, b, p_a, sections, constitution)`` a labelled question, in the order of ``questions``,
    with ``a`` and ``b`` as they were given, ``p_a`` a float, ``sections`` all ids that were used, in the order in which
    they came (tuple or list), and ``constitution`` the ``.version``. The other two fields of a ``Pair`` keep their
    defaults: the pipeline fills in ``triple`` where a revision was compared.

    * ``a == b``: nothing to learn; it is not asked and gives no pair.
    * A log-odds of nan, in either order under any section: the judge gave no answer, so the question gives **no** pair.
      A missing label is not a tie.
    * A tie is kept as 0.5. Equal questions give equal pairs. Very large log-odds give 0.0 or 1.0 without a warning.
    * No question to ask: ``[]``, and the judge is not called.

    Raises ``NoPrinciple()`` if ``sections`` is empty, ``UnknownSection(id, version)`` for an id that is not in
    ``constitution.ids``; both before the judge is asked anything, and also where there is no question.

    Cost: 2 × sections calls of the judge, whatever the number of questions; 2 × sections × questions judgements.
    Source: arXiv 2212.08073, §4.1 (normalised log-probabilities as soft labels, ensembling over principles, clamping
    after a chain of thought).
    """
    if not sections:
        raise NoPrinciple
    for section in sections:
        if section not in constitution.ids:
            raise UnknownSection(section, constitution.version)
    asked = [(prompt, a, b) for prompt, a, b in questions if a != b]
    if not asked:
        return []
    swapped = [(prompt, b, a) for prompt, a, b in asked]
    total = np.zeros(len(asked))
    for section in sections:
        words = constitution.text(section)
        total += (np.asarray(judge.log_odds(words, asked)) - np.asarray(judge.log_odds(words, swapped))) / 2
    p_a = np.clip(0.5 * (1.0 + np.tanh(total / len(sections) / 2)), *clamp)
    used, version = tuple(sections), constitution.version
    return [
        Pair(prompt, a, b, float(p), used, version)
        for (prompt, a, b), p in zip(asked, p_a, strict=True)
        if not np.isnan(p)
    ]


def sample_questions(
    policy: Policy, prompts: Prompts, rows: IntArray, rng: np.random.Generator
) -> list[Question]:
    """Two independent responses of the policy to each of the prompts in ``rows``: what a labeller is shown."""
    features = prompts.features[rows]
    first, second = policy.sample(features, rng), policy.sample(features, rng)
    return [
        (prompts.ids[row], RESPONSES[a], RESPONSES[b]) for row, a, b in zip(rows, first, second, strict=True)
    ]


def human_preferences(
    questions: Sequence[Question],
    prompts: Prompts,
    gold: FloatArray,
    rng: np.random.Generator,
    *,
    sharpness: float = 6.0,
) -> list[Pair]:
    """What people say: one choice each, drawn with P(a) = sigmoid(sharpness × (gold of a − gold of b)).

    ``gold`` (prompts, responses) is the quality that the measurement reads. People are right on average and noisy
    one by one, so a label is 0.0 or 1.0.
    """
    pairs = []
    for prompt, a, b in questions:
        row = prompts.row_of(prompt)
        gap = gold[row, row_of(a)] - gold[row, row_of(b)]
        chosen = rng.random() < 1.0 / (1.0 + np.exp(-sharpness * gap))
        if a != b:
            pairs.append(Pair(prompt, a, b, float(chosen), source="human"))
    return pairs
