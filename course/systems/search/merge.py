"""The best of many sorted answers, and who must be asked again before that is certain."""

import heapq
from collections.abc import Mapping, Sequence
from itertools import islice

from course.systems.search.errors import DuplicateId
from course.systems.search.hits import Hit, place


def merge_top_k(
    answers: Mapping[str, Sequence[Hit]], asked: Mapping[str, int], k: int
) -> tuple[list[Hit], list[str]]:
    """The ``k`` best of all hits, best first, and the names of the shards that must be asked again, sorted.

    ``answers`` gives for each shard the hits that it sent, pairs ``(id, score)``, sorted as ``place(hit)`` sorts: the higher
    score first, of equal scores the smaller id; no score is NaN. ``asked`` says of the same shards how many each was asked
    for, 1 or more. A shard sends as many if it has them, and never more: one that sends fewer has no others.

    A shard must be asked again if a hit that it has not sent could still be one of the ``k`` best. Of such a hit nothing
    is known but the order: its score and its id may be any that the shard's order allows (between two ids there may
    always be another). A ``k`` of 0 or less gives no hits, and asks nobody.

    Raises ``DuplicateId(id)`` where an id comes twice among the ``k`` best; of several the one whose second place comes
    first. Changes nothing that comes in. O(S + k log S) comparisons for S shards, however many hits they sent.
    """
    best, seen = list[Hit](), set[int]()
    for hit in islice(heapq.merge(*answers.values(), key=place), max(k, 0)):
        if hit[0] in seen:
            raise DuplicateId(hit[0])
        seen.add(hit[0])
        best.append(hit)
    again = []
    for name in sorted(answers) if k > 0 else []:
        hits = answers[name]
        if len(hits) >= asked[name] and (len(best) < k or place(hits[-1]) < place(best[-1])):
            again.append(name)
    return best, again
