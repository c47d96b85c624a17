"""Somebody's own choice of two, and somebody's own autoscaler, asked with what only lives where they do: a
source of chance, and samples.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from course.systems.serving.fleet import Sample, Scaler

Window = tuple[Sequence[tuple[float, int, float]], int]
"""The fields of a :class:`~course.systems.serving.fleet.Sample` of each replica, and how many are starting."""


class CountedLoads(Sequence[float]):
    """Loads that remember which of them were read."""

    def __init__(self, loads: Sequence[float]) -> None:
        self.loads, self.read = loads, set[int]()

    def __len__(self) -> int:
        return len(self.loads)

    def __getitem__(self, place: Any) -> Any:
        self.read |= (
            set(range(len(self.loads))[place]) if isinstance(place, slice) else {place % len(self.loads)}
        )
        return self.loads[place]

    def __iter__(self) -> Iterator[float]:
        for place in range(len(self.loads)):
            yield self[place]


class Choices:
    """Choices that ``pick`` makes, each with a source of chance that is seeded here."""

    def __init__(self, pick: Callable[[Sequence[float], random.Random], int]) -> None:
        self.pick = pick

    def one(self, loads: Sequence[float], seed: int) -> int:
        """The place that is chosen."""
        return self.pick(loads, random.Random(seed))

    def some(self, loads: Sequence[float], times: int, seed: int) -> list[int]:
        """Places that are chosen one after the other, from one source."""
        rng = random.Random(seed)
        return [int(self.pick(loads, rng)) for _ in range(times)]

    def shares(self, loads: Sequence[float], times: int, seed: int) -> list[float]:
        """How often each place is chosen."""
        found = self.some(loads, times, seed)
        return [found.count(place) / times for place in range(len(loads))]

    def read(self, loads: Sequence[float], times: int, seed: int) -> int:
        """Of how many places a load is read for one choice, at most."""
        rng, most = random.Random(seed), 0
        for _ in range(times):
            counted = CountedLoads(loads)
            self.pick(counted, rng)
            most = max(most, len(counted.read))
        return most

    def neighbours(self, loads: Sequence[float], times: int, seed: int) -> float:
        """In which share of choices the places that are read are next to each other, the first and the last too."""
        rng, found = random.Random(seed), 0
        for _ in range(times):
            counted = CountedLoads(loads)
            self.pick(counted, rng)
            found += max(counted.read) - min(counted.read) in (1, len(loads) - 1)
        return found / times

    def kept(self, loads: list[float], times: int, seed: int) -> list[float]:
        """The loads after so many choices."""
        self.some(loads, times, seed)
        return loads


class Windows:
    """Autoscalers of a class ``scaler``, asked window by window."""

    def __init__(self, scaler: Callable[..., Scaler]) -> None:
        self.scaler = scaler

    def asked(self, settings: Mapping[str, Any], windows: Sequence[Window]) -> list[int]:
        """What one autoscaler desires in each window."""
        own = self.scaler(**settings)
        return [own.desired([Sample(*row) for row in rows], starting) for rows, starting in windows]

    def rows(self, settings: Mapping[str, Any], windows: Sequence[Window]) -> list[int]:
        """What ``quiet`` is after each window."""
        own: Any = self.scaler(**settings)
        found = []
        for rows, starting in windows:
            own.desired([Sample(*row) for row in rows], starting)
            found.append(own.quiet)
        return found

    def in_turn(
        self, settings: Mapping[str, Any], windows: Sequence[Window], others: Sequence[Window]
    ) -> list[int]:
        """The same of one, where another of its kind is asked for ``others`` in between."""
        own, other = self.scaler(**settings), self.scaler(**settings)
        found = []
        for (rows, starting), (rows_of_other, starting_of_other) in zip(windows, others, strict=True):
            found.append(own.desired([Sample(*row) for row in rows], starting))
            other.desired([Sample(*row) for row in rows_of_other], starting_of_other)
        return found

    def kept(
        self, settings: Mapping[str, Any], rows: Sequence[tuple[float, int, float]]
    ) -> list[tuple[float, int, float]]:
        """The samples after a window."""
        samples = [Sample(*row) for row in rows]
        self.scaler(**settings).desired(samples, 0)
        return [(each.busy_share, each.waiting, each.in_flight) for each in samples]
