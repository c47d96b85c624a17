"""One ranking out of several, by places alone.

Source: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods"
(SIGIR 2009), section 2, with their k of 60. Weights: a list that counts twice stands there twice.
"""

import math
from collections.abc import Sequence

from course.systems.search.errors import BadConstant
from course.systems.search.weights import check_weights


def rrf(
    lists: Sequence[Sequence[int]], *, k: float = 60.0, weights: Sequence[float] | None = None
) -> list[tuple[int, float]]:
    """All ids of ``lists`` with their fused scores, highest score first, of equal scores the smaller id first.

    Each list is a ranking, best first. It gives an id w / (k + place): its first entry has place 1, and w is its weight, 1 for
    each list where ``weights`` is None. What the lists give an id is added up, in the order of the lists; a list that does not
    hold it gives nothing. An id that stands in a list more than once counts once, at its first place there; those behind it
    keep their places. An id that lists of weight 0 alone hold is in the answer too, with 0.0.

    Raises what ``check_weights(number of lists, weights)`` raises, which is given and takes no None, for weights that do not fit;
    then ``BadConstant(k)`` for a ``k`` that is negative or not finite. Changes nothing that is passed in. O(n log n) for n entries
    in all.
    """
    shares = [1.0] * len(lists) if weights is None else weights
    check_weights(len(lists), shares)
    if not 0 <= k < math.inf:
        raise BadConstant(k)
    fused: dict[int, float] = {}
    for ranked, weight in zip(lists, shares, strict=True):
        seen: dict[int, int] = {}
        for place, doc in enumerate(ranked, 1):
            seen.setdefault(doc, place)
        for doc, place in seen.items():
            fused[doc] = fused.get(doc, 0.0) + weight / (k + place)
    return sorted(fused.items(), key=lambda pair: (-pair[1], pair[0]))
