"""Near-duplicates among many texts, without comparing every pair.

Source: Broder, "On the Resemblance and Containment of Documents" (1997); Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets",
chapter 3.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

PRIME = (1 << 31) - 1


def shingles(words: Sequence[Hashable], length: int = 3) -> frozenset[tuple[Hashable, ...]]:
    """Every run of ``length`` words; none where there are fewer words. O(words · length)."""
    return frozenset(tuple(words[at : at + length]) for at in range(len(words) - length + 1))


def jaccard(one: Collection[Hashable], other: Collection[Hashable]) -> float:
    """Of what either set holds, the share that both hold: 0 to 1, and 0 for two empty sets. O(n)."""
    both = len(set(one).intersection(other))
    return both / either if (either := len(one) + len(other) - both) else 0.0


def signatures(
    sets: Iterable[Collection[int]], permutations: int = 128, *, seed: int = 1
) -> NDArray[np.int64]:
    """For each set, and for each of ``permutations`` random functions h(x) = (a·x + b) mod 2³¹−1, the smallest h(x): shape (sets, permutations).

    Members are whole numbers from 0 to 2³¹−2. Two sets agree in a place with about the probability of their Jaccard similarity. An empty set has
    −1 everywhere. O(members · permutations).
    """
    draw = np.random.default_rng(seed)
    a, b = draw.integers(1, PRIME, permutations), draw.integers(0, PRIME, permutations)
    rows = [
        ((np.fromiter(members, dtype=np.int64)[:, None] * a + b) % PRIME).min(axis=0)
        if len(members)
        else np.full(permutations, -1)
        for members in sets
    ]
    return np.array(rows, dtype=np.int64).reshape(len(rows), permutations)


def candidates(signed: NDArray[np.int64], bands: int, rows: int) -> set[tuple[int, int]]:
    """Pairs of sets that agree in all ``rows`` places of at least one of ``bands``: the locality-sensitive part. Sets that are
    empty are in none. O(sets · bands), and the pairs."""
    found: set[tuple[int, int]] = set()
    for band in range(bands):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for number, signature in enumerate(signed):
            if signature[0] >= 0:
                buckets[signature[band * rows : (band + 1) * rows].tobytes()].append(number)
        for inside in buckets.values():
            found.update(combinations(inside, 2))
    return found


def chance(similarity: float, bands: int, rows: int) -> float:
    """The probability that a pair of this Jaccard similarity is a candidate: 1 − (1 − s^rows)^bands."""
    return float(1 - (1 - similarity**rows) ** bands)
