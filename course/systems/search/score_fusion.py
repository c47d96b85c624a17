"""One ranking out of several, by scores on a common scale.

Source: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023), on the weighted sum of
normalised scores. That what an arm did not return counts as its lowest is a choice of ours.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from course.systems.search.errors import ScoreNotFinite
from course.systems.search.weights import check_weights


def normalise_and_fuse(
    scored: Sequence[Mapping[int, float]],
    weights: Sequence[float],
    *,
    how: Literal["min-max", "z"] = "min-max",
) -> list[tuple[int, float]]:
    """All ids of ``scored`` with their fused scores, highest score first, of equal scores the smaller id first.

    ``scored`` has for each arm its documents' scores, on a scale of its own. Each arm is normalised by itself:

    - ``"min-max"``: (score − lowest) / (highest − lowest); where all scores of an arm are equal, each is 1.0.
    - ``"z"``: (score − mean) / standard deviation, both over the n documents of that arm (divide by n); where all scores are
      equal, each is 0.0.

    An id's fused score is the sum over the arms of weight × normalised score. Where an arm does not hold an id, 0.0 stands for
    its normalised score under ``"min-max"``, and the lowest normalised score of that arm under ``"z"``. An arm without
    documents adds nothing.

    Raises what ``check_weights(number of arms, weights)`` raises, which is given, for weights that do not fit; then
    ``ScoreNotFinite(arm, id)`` for the first score that is infinite or NaN: arms are numbered from 0 and looked at in turn, each
    in its own order. Changes nothing that is passed in. O(n log n) for n scores in all, and O(arms) more for each id.
    """
    check_weights(len(scored), weights)
    fused = dict.fromkeys((doc for scores in scored for doc in scores), 0.0)
    for arm, scores in enumerate(scored):
        for doc, score in scores.items():
            if not math.isfinite(score):
                raise ScoreNotFinite(arm, doc)
    for scores, weight in zip(scored, weights, strict=True):
        if not scores:
            continue
        low, high = min(scores.values()), max(scores.values())
        if low == high:
            normal = dict.fromkeys(scores, 1.0 if how == "min-max" else 0.0)
        elif how == "min-max":
            normal = {doc: (score - low) / (high - low) for doc, score in scores.items()}
        else:
            mean = math.fsum(scores.values()) / len(scores)
            deviation = math.sqrt(math.fsum((score - mean) ** 2 for score in scores.values()) / len(scores))
            normal = {doc: (score - mean) / deviation for doc, score in scores.items()}
        missing = 0.0 if how == "min-max" else min(normal.values())
        for doc in fused:
            fused[doc] += weight * normal.get(doc, missing)
    return sorted(fused.items(), key=lambda pair: (-pair[1], pair[0]))
