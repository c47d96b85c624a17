"""Machines that fetch chunks from a store and from each other, step by step.

A step is one chunk through the store's link. Every machine sends and receives ``UP`` chunks a step, and passes on only what it had when
the step began. How many copies of a chunk there are is known as of the last multiple of ``lag`` steps, as with a tracker that collects.
"""

import random
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

UP = 2.5
"""Chunks a step that a machine's link carries, each way: 25 gigabits a second beside a store's 10."""
SLOW = 10
"""A slow machine's link is so many times slower."""
PEERS = 6
"""Machines that one asks for something before it gives up for this step."""
DONE = 0.9
"""The share of healthy machines that must have everything."""

Pick = Callable[[Set[int], Set[int], Mapping[int, int], str], int | None]


@dataclass(frozen=True)
class Swarmed:
    """``stretch``: how many times as long as one machine alone took it until :data:`DONE` of the healthy had everything; ``sent``: copies
    of the file that left the store; ``across``: the share of chunks that crossed between racks."""

    stretch: float
    sent: float
    across: float


class Swarm:
    """So many ``machines`` in ``racks`` with a file of ``chunks``; each asks for what ``pick`` says."""

    def __init__(
        self, pick: Pick, *, machines: int = 40, chunks: int = 48, racks: int = 8, seed: int = 1
    ) -> None:
        self.pick, self.machines, self.chunks, self.racks, self.seed = pick, machines, chunks, racks, seed

    def told(self, rack_first: bool, slow: bool, lag: int = 10) -> dict[str, float]:
        """:meth:`run` as plain data."""
        return dict(vars(self.run(rack_first=rack_first, slow=slow, lag=lag)))

    def run(self, *, rack_first: bool = False, slow: bool = False, lag: int = 1) -> Swarmed:
        """Run until all have everything, but for machine 7 where it is ``slow``; twenty times the store's time at most.

        ``rack_first`` asks mates of one's own rack before others. O(steps × machines × peers).
        """
        draw, n, every = random.Random(self.seed), self.machines, frozenset(range(self.chunks))
        have: list[set[int]] = [set() for _ in range(n)]
        rate = [UP / SLOW if slow and m == 7 else UP for m in range(n)]
        sends, takes, store = [0.0] * n, [0.0] * n, 0.0
        counted, known = dict.fromkeys(every, 0), dict.fromkeys(every, 0)
        sent = across = step = 0
        ended = [0] * n
        waited = [m for m in range(n) if m != 7] if slow else [*range(n)]
        while not all(ended[m] for m in waited) and step < 20 * self.chunks:
            step += 1
            if step % lag == 0:
                known = dict(counted)
            sends = [min(sends[m] + rate[m], rate[m] + 1) for m in range(n)]
            takes = [min(takes[m] + rate[m], rate[m] + 1) for m in range(n)]
            store = min(store + 1, 2)
            start = [set(each) for each in have]
            for m in draw.sample(range(n), n):
                while takes[m] >= 1 and len(have[m]) < self.chunks:
                    if store >= 1:
                        chunk = self.pick(have[m], every, known, str(m))
                        store, sent = store - 1, sent + 1
                    else:
                        chunk, giver = self._from_a_peer(m, have, start, sends, known, draw, rack_first)
                        if giver >= 0:
                            sends[giver] -= 1
                            across += giver % self.racks != m % self.racks
                    if chunk is None or chunk in have[m]:
                        break
                    have[m].add(chunk)
                    counted[chunk] += 1
                    takes[m] -= 1
                if len(have[m]) == self.chunks and not ended[m]:
                    ended[m] = step
        times = sorted(ended[m] or 20 * self.chunks for m in waited)
        late = times[min(len(times) - 1, int(DONE * len(times)))]
        return Swarmed(late / self.chunks, sent / self.chunks, across / (n * self.chunks))

    def _from_a_peer(
        self,
        m: int,
        have: list[set[int]],
        start: list[set[int]],
        sends: list[float],
        known: Mapping[int, int],
        draw: random.Random,
        rack_first: bool,
    ) -> tuple[int | None, int]:
        """The chunk that machine ``m`` gets from somebody else, and from whom: (None, −1) where nobody has what it lacks."""
        able = [other for other in range(self.machines) if other != m and sends[other] >= 1]
        draw.shuffle(able)
        asked = able[:PEERS]
        if rack_first:
            mates = [other for other in able if other % self.racks == m % self.racks]
            asked = mates + [other for other in able if other % self.racks != m % self.racks][:PEERS]
        for other in asked:
            if start[other] - have[m]:
                return self.pick(have[m], start[other], known, str(m)), other
        return None, -1
