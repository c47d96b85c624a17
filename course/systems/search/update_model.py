"""A hundred million documents that change all day: what refreshes and merges write, by a policy of whoever wrote it.

A fluid model: each segment has so many living documents, as real numbers, of the hot ones and of the others, and an update kills an older version
wherever it stands. Hot documents are hit again and again, and two updates of one within a refresh are one entry. It begins in the
midst of the index's life: since the last merge that made a large segment, others have gathered a quarter of one.
"""

import math
from collections.abc import Callable, Mapping, Sequence

DOCUMENTS, HOT = 100e6, 50_000  # chosen: a market place; most changes are prices of what sells now
DOCUMENT_BYTES = 600  # chosen: as day 11's positional index takes a page
LARGEST, LARGE = 5_000_000, 20  # chosen: 3 GB a segment; twenty such hold nearly all documents
MIDDLE = 1_250_000  # chosen: the rest stands in one segment half as large as the largest that may be merged
SECONDS = 900  # chosen: a quarter of an hour
MB = 1e6


class UpdateModel:
    """Runs ``pick``, a :func:`~course.systems.search.merge_policy.pick_merge`, for a quarter of an hour of updates."""

    def __init__(self, pick: Callable[[Sequence[int], int, int, int], Sequence[int]]) -> None:
        self.pick = pick

    def run(self, refresh_s: float, fanout: int, rate: float, hot_share: float) -> Mapping[str, float]:
        """``rate`` updates a second, ``hot_share`` of them to hot documents, made searchable each ``refresh_s`` seconds.

        A tier begins at what a refresh writes. Gives ``segments`` (99th percentile), ``written`` (MB a second) and that of the ``worst_minute``, ``entries`` (of a
        refresh, at most) and ``merges``.
        """
        hits = 1 - math.exp(-rate * refresh_s * hot_share / HOT)
        fresh_hot, fresh_cold = HOT * hits, rate * refresh_s * (1 - hot_share)
        survive = 1 - fresh_cold / DOCUMENTS
        hot, cold = [0.0] * (LARGE + 1), [(DOCUMENTS - MIDDLE) / LARGE] * LARGE + [MIDDLE]
        written, counts, merges = list[float](), list[int](), 0
        base = max(1, round(fresh_hot + fresh_cold))
        for _ in range(int(SECONDS / refresh_s)):
            hot = [each * (1 - hits) for each in hot] + [fresh_hot]
            cold = [each * survive for each in cold] + [fresh_cold]
            out = fresh_hot + fresh_cold
            while picked := self._picked(hot, cold, fanout, base):
                merges += 1
                whole = sum(hot[place] for place in picked), sum(cold[place] for place in picked)
                out += sum(whole)
                kept = [place for place in range(len(hot)) if place not in picked]
                hot = [hot[place] for place in kept] + [whole[0]]
                cold = [cold[place] for place in kept] + [whole[1]]
            written.append(out * DOCUMENT_BYTES / MB)
            counts.append(len(hot))
        per = max(1, round(60 / refresh_s))
        minutes = [sum(written[at : at + per]) for at in range(len(written) - per + 1)]
        return {
            "segments": float(sorted(counts)[math.ceil(0.99 * len(counts)) - 1]),
            "written": sum(written) / SECONDS,
            "worst_minute": max(minutes) / 60,
            "entries": fresh_hot + fresh_cold,
            "merges": float(merges),
        }

    def _picked(self, hot: Sequence[float], cold: Sequence[float], fanout: int, base: int) -> set[int]:
        live = [round(a + b) for a, b in zip(hot, cold, strict=True)]
        return {int(place) for place in self.pick(live, fanout, base, LARGEST)}


def forgotten_after_s(rate: float, hot_share: float, dead: float) -> float:
    """Seconds until a large segment has the share ``dead`` of its documents updated or deleted, and is rewritten.

    Cold updates fall on all documents alike: of n documents and u updates a part of 1 − e^(−u/n) was hit. So it takes
    −ln(1 − dead) · n updates.
    """
    return -math.log(1 - dead) * DOCUMENTS / (rate * (1 - hot_share))


def rewriting_mb_s(hours: float) -> float:
    """MB a second that are written where each large segment is rewritten once in so many hours."""
    return DOCUMENTS * DOCUMENT_BYTES / MB / (hours * 3600)
