"""How many rules that see nothing wrong it takes to outvote one that does."""

import math

from course.systems.safety.errors import UnknownStrictnessError
from course.systems.safety.response_filter import ResponseSafetyFilter


def rules_to_outvote(score: float, threshold: float, strictness: str) -> float:
    """The smallest number of rules at 1.0 beside which one rule's ``score`` no longer blocks; ``inf`` if none is enough.

    With m such rules the combined score is, for 0 < score < threshold <= 1:

    - strict: score itself, so never;
    - balanced: (m + 1) / (m + 1/score), which reaches the threshold t at m = (t/score - 1) / (1 - t); a score of 0 is
      never outvoted;
    - lenient: (m + score) / (m + 1), which reaches it at m = (t - score) / (1 - t).

    So each rule that is added, however good, weakens every other one, unless the strictness is "strict".
    Raises :class:`~course.systems.safety.errors.UnknownStrictnessError`. O(1). Source: the definitions of the two means.
    """
    if strictness not in ResponseSafetyFilter.STRICTNESS:
        raise UnknownStrictnessError(strictness, ResponseSafetyFilter.STRICTNESS)
    if score >= threshold:
        return 0
    if strictness == "strict" or threshold >= 1.0 or (strictness == "balanced" and score == 0.0):
        return math.inf
    needed = threshold - score if strictness == "lenient" else threshold / score - 1.0
    exact = needed / (1.0 - threshold)
    return exact if math.isinf(exact) else math.ceil(round(exact, 9))
