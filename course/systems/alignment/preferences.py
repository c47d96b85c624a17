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
    """Label each question ``(prompt, a, b)`` with the probability that ``a`` is the better response, by ``sections``.

    ``judge.log_odds(words, questions)`` takes the words of one section (``constitution.text(id)``) and a list of
    questions, and returns for each ln P(first is better) − ln P(second is better), a finite number, or nan where it gives
    no answer. Each of these is a judgement that is paid for. A judge may have a habit: a constant, unknown to you, that it adds in favour
    of whatever stands first.

    Returns one ``Pair(prompt, a, b, p_a, sections, constitution)`` a labelled question, in the order of ``questions``:

    * ``p_a`` is a float, the sigmoid of the mean of the judge's log-odds in favour of ``a``, over all sections (one that
      is listed twice counts twice); last of all it is held within ``clamp = (low, high)``, where low <= high,
    * ``a`` and ``b`` as they were given, ``sections`` all ids in the order in which they came (tuple or list),
      ``constitution`` the ``.version``; the other two fields keep their defaults.

    No pair comes of a question whose responses are equal (never asked: nothing to learn), nor of one for which any answer
    was nan: a missing answer is not a tie. A tie is kept, as 0.5; equal questions give equal pairs; log-odds of a million
    give 0.0 or 1.0 without a warning. With nothing to ask the judge is not called.

    Raises ``NoPrinciple()`` if ``sections`` is empty, ``UnknownSection(id, version)`` for the first id that is not in
    ``constitution.ids``; both before the judge is asked anything, also where there is no question.

    Cost: at most 2 × sections calls of the judge, however many questions, and 2 × sections judgements a question.
    Source: arXiv 2212.08073, §4.1 (soft labels, many principles, clamping).
    """
    if not sections:
        raise NoPrinciple
    known = constitution.ids
    for section in sections:
        if section not in known:
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
