"""A limit of tokens a second for one customer, world-wide, enforced in each region from budgets that are leased and fenced.

One place knows the balance. A region asks it for a chunk when it has less than half of one; what is unspent when the lease ends goes back
half a second later, with the fencing token that was given. A region that is cut off may go on at a share of the rate it had.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

TICK_S, LIMIT = 0.1, 1_000.0
"""A step of the model, and the tokens a second that the customer has bought."""
LARGE, SMALL = 1_000, 200_000
"""Customers: each large one asks as this one does, a small one once a lease, at most every two seconds."""
WAIT_S = 0.5  # chosen: what two clocks may be apart
"""How much longer than the lease the place that knows waits before it lends the same tokens again."""
MOVE_S, HOT = 20, 0.9
"""Demand that moves: nearly all of it is in one region, for so long, and then in the next."""
RECENT_S = 10.0  # chosen: the memory of a region's rate
SEED = 2


@dataclass(frozen=True)
class World:
    """Where demand comes from (``moves`` or even), in how many ``regions``, for how many ``seconds``, at ``level`` times the limit. A
    round trip takes ``trip`` seconds. The first region is cut off for ``cut_for`` seconds from ``cut`` on; without a fence its
    clock is ``slow_clock`` seconds behind."""

    moves: float = 0.0
    regions: float = 3
    seconds: float = 180
    level: float = 0.9
    trip: float = 0.1
    cut: float = 60
    cut_for: float = 0
    slow_clock: float = 5.0


@cache
def demand(world: World) -> list[list[float]]:
    """Tokens asked for in each tick, by region; Poisson, in tens."""
    ticks, regions = int(world.seconds / TICK_S), int(world.regions)
    rng: Any = np.random.default_rng(SEED)
    share = np.full((ticks, regions), 1.0 / regions)
    if world.moves:
        share = np.full((ticks, regions), (1 - HOT) / (regions - 1))
        moment = np.arange(ticks)
        share[moment, (moment * TICK_S // MOVE_S).astype(int) % regions] = HOT
    drawn: list[list[float]] = (rng.poisson(share * world.level * LIMIT * TICK_S / 10) * 10.0).tolist()
    return drawn


class _Run:
    """One customer's minutes, tick by tick."""

    def __init__(self, chunk_s: float, lease_s: float, grace: float, world: World, fenced: bool) -> None:
        self.chunk, self.lease, self.grace, self.world, self.fenced = (
            chunk_s * LIMIT,
            lease_s,
            grace,
            world,
            fenced,
        )
        regions = int(world.regions)
        self.pot, self.asked = LIMIT, 0
        self.have, self.until, self.rate = [0.0] * regions, [0.0] * regions, [0.0] * regions
        self.coming: list[tuple[float, float] | None] = [None] * regions
        self.back: list[tuple[float, float]] = []
        self.dark = self.dark_fair = 0.0

    def tick(self, now: float, wants: list[float]) -> float:
        """Tokens that are admitted in this tick."""
        self.pot = min(self.pot + LIMIT * TICK_S, 2 * LIMIT)
        while self.back and self.back[0][0] <= now:
            self.pot += self.back.pop(0)[1]
        return sum(self._region(region, now, want) for region, want in enumerate(wants))

    def _region(self, region: int, now: float, want: float) -> float:
        world = self.world
        cut = region == 0 and world.cut <= now < world.cut + world.cut_for
        arrives = self.coming[region]
        if arrives and arrives[0] <= now and not cut:
            self.have[region] += arrives[1]
            self.until[region], self.coming[region] = now + self.lease, None
        late = world.slow_clock if region == 0 and not self.fenced else 0.0
        if self.have[region] and now >= self.until[region] + late:
            if not late:
                self.back.append((now + WAIT_S, self.have[region]))
            self.have[region] = 0.0
        if want and self.have[region] < self.chunk / 2 and not self.coming[region] and not cut:
            given = min(self.chunk, max(0.0, self.pot))
            self.pot -= given
            self.asked += 1
            self.coming[region] = now + max(1, round(world.trip / TICK_S)) * TICK_S, given
        spent = min(want, self.have[region])
        self.have[region] -= spent
        if cut:
            spent += min(want - spent, self.grace * self.rate[region] * TICK_S)
            self.dark += spent
            self.dark_fair += min(want, LIMIT / len(self.have) * TICK_S)
        else:
            self.rate[region] += (spent / TICK_S - self.rate[region]) * TICK_S / RECENT_S
        return spent


def limited(
    chunk_s: float, lease_s: float, grace: float, world: World, *, fenced: bool = True
) -> dict[str, float]:
    """What the limit does with chunks of ``chunk_s`` seconds of it, leases of ``lease_s`` and a ``grace`` of the recent rate.

    ``over`` is what was admitted in the worst minute over the limit, as a share of it; ``refused`` the share of demand that was refused
    though the limit allowed it; ``central`` thousands of grants a second for all customers; ``dark`` the share of its fair
    demand that a cut-off region serves, 1 where none is cut off; ``stop`` seconds until a revoked customer is refused everywhere.
    """
    wants = demand(world)
    run = _Run(chunk_s, lease_s, grace, world, fenced)
    admitted = [run.tick(tick * TICK_S, each) for tick, each in enumerate(wants)]
    done = np.cumsum(admitted)
    allowed = np.cumsum([min(sum(each), LIMIT * TICK_S) for each in wants])
    minute, ten = int(60 / TICK_S), int(10 / TICK_S)
    worst = max(done[at + minute] - done[at] for at in range(0, len(done) - minute, ten // 10))
    spans = range(0, len(done) - ten, ten)
    short = sum(
        max(0.0, (allowed[at + ten - 1] - allowed[at]) - (done[at + ten - 1] - done[at])) for at in spans
    )
    return {
        "over": max(0.0, float(worst) / (60 * LIMIT) - 1),
        "refused": float(short / allowed[-1]),
        "central": (LARGE * run.asked / world.seconds + SMALL * min(0.5, 1 / lease_s)) / 1000,
        "dark": run.dark / run.dark_fair if run.dark_fair else 1.0,
        "stop": lease_s + world.trip + (0.0 if fenced else world.slow_clock),
    }


def load(world: World) -> Mapping[str, float]:
    """A world as a round's load."""
    return dict(vars(world))
