"""Scores that come once, with what is kept of them and how often they are compared: for a way to find the best that lives elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any


class ScoreTrial:
    """Runs ``best``, a :func:`~course.systems.search.top_k.top_k`, on scores that come one after the other."""

    def __init__(self, best: Callable[..., Iterable[tuple[int, float]]]) -> None:
        self.best = best

    def run(self, scores: Sequence[tuple[int, float]], k: int) -> tuple[list[tuple[int, float]], int, int]:
        """The hits; of how many scores at most something was still held when the next one was asked for; and the comparisons
        of scores."""
        tally = _Tally()
        hits = [(int(doc), float(score)) for doc, score in self.best(tally.coming(scores), k)]
        return hits, tally.most, tally.compared


class _Tally:
    def __init__(self) -> None:
        self.held = self.most = self.compared = 0

    def coming(self, scores: Sequence[tuple[int, float]]) -> Iterator[tuple[int, float]]:
        for doc, score in scores:
            self.most = max(self.most, self.held)
            mark = _Mark(self)
            yield _Doc(doc, mark), _Score(score, mark)
            del mark  # or it would count as held by the reader


class _Mark:
    """Lives as long as an id or a score that carries it."""

    def __init__(self, tally: _Tally) -> None:
        self.tally = tally
        tally.held += 1

    def __del__(self) -> None:
        self.tally.held -= 1


class _Doc(int):
    def __new__(cls, value: int, mark: _Mark) -> _Doc:
        made = super().__new__(cls, value)
        made.mark = mark
        return made

    mark: _Mark

    def __neg__(self) -> _Doc:
        return _Doc(-int(self), self.mark)


class _Score(float):
    def __new__(cls, value: float, mark: _Mark) -> _Score:
        made = super().__new__(cls, value)
        made.mark = mark
        return made

    mark: _Mark

    def __neg__(self) -> _Score:
        return _Score(-float(self), self.mark)

    def _compared(self, answer: Any) -> bool:
        self.mark.tally.compared += 1
        return bool(answer)

    def __eq__(self, other: object) -> bool:
        return self._compared(float(self) == other)

    def __ne__(self, other: object) -> bool:
        return self._compared(float(self) != other)

    def __lt__(self, other: float) -> bool:
        return self._compared(float(self) < float(other))

    def __le__(self, other: float) -> bool:
        return self._compared(float(self) <= float(other))

    def __gt__(self, other: float) -> bool:
        return self._compared(float(self) > float(other))

    def __ge__(self, other: float) -> bool:
        return self._compared(float(self) >= float(other))

    __hash__ = float.__hash__
