"""Calls to a dependency that fails: timeouts, retries, a breaker, and the slots that other work shares with them.

A twentieth of the service that day 9 talks about: 35 payments a second go to a dependency that serves 50, in order, 50 ms
after their turn. Each call in flight holds one of 20 slots, which 15 other requests a second share, each for 0.1 s.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from course.systems.simulate.backoff import full_jitter

RATE, CAPACITY, SLOTS, OTHERS = 35.0, 50.0, 20, 15.0
BASE_S, OTHER_S, HANG_S, LONG_S = 0.05, 0.1, 3.0, 0.8
PATIENCE_S = 2.5  # chosen: a person before a button
"""How long a client waits for its payment, all attempts together."""
RETRIES = 3
BACKOFF_S, CAP_S = 0.1, 2.0
RECOVERED = 0.95
"""Share of the first tries of one second that are answered: recovered."""
NEVER_S = 99.0  # chosen: longer than every run


class Budget(Protocol):
    """What may add retries: :class:`course.systems.cluster.retry_budget.RetryBudget`."""

    def first(self) -> None: ...

    def may_retry(self) -> bool: ...


class Breaker(Protocol):
    """What may refuse calls: :class:`course.systems.cluster.breaker.CircuitBreaker`."""

    def allow(self, now_s: float) -> bool: ...

    def record(self, ok: bool, now_s: float) -> None: ...


@dataclass(frozen=True)
class Trouble:
    """What goes wrong, and when; seconds and shares.

    The dependency is away for ``down`` from ``down_from``, and for the first ``flap`` of every ten. A share ``slow`` of calls
    hangs for :data:`HANG_S`, ``errors`` of the rest fail at once, and ``long`` of the payments honestly take
    :data:`LONG_S`. From ``cut_from`` on only the share ``cut`` of the payments is let in.
    """

    seconds: float = 40.0
    errors: float = 0.01
    slow: float = 0.0
    down_from: float = 10.0
    down: float = 0.0
    flap: float = 0.0
    long: float = 0.0
    cut: float = 1.0
    cut_from: float = float("inf")

    def away(self, now: float) -> bool:
        return self.down_from <= now < self.down_from + self.down or now % 10 < self.flap

    @property
    def over(self) -> float:
        """When the outage has ended."""
        return self.down_from + self.down

    @property
    def present(self) -> list[int]:
        """The seconds in which the dependency is not away."""
        return [n for n in range(int(self.seconds)) if not self.away(n)]


@dataclass(frozen=True)
class Weathered:
    """What came of it, in shares of first tries, second by second: ``answered`` in time, and ``attempts`` over them.

    ``others`` is the share of other requests that found a slot, of ``asked``; ``firsts`` the number of first tries; ``over``
    the second in which the outage had ended.
    """

    answered: tuple[float, ...]
    attempts: tuple[float, ...]
    others: float
    asked: int
    firsts: tuple[int, ...]
    over: int

    @property
    def good(self) -> float:
        """The share of all first tries."""
        return self.mean(range(len(self.firsts)))

    @property
    def most(self) -> float:
        """Attempts over first tries in the worst second."""
        return max(self.attempts)

    @property
    def recovery(self) -> float:
        """Seconds after the outage until first tries of one second were answered, :data:`NEVER_S` if never."""
        after = range(self.over, len(self.answered))
        return float(next((n - self.over for n in after if self.answered[n] >= RECOVERED), NEVER_S))

    @property
    def last(self) -> float:
        """The share answered in the last ten seconds."""
        return self.mean(range(len(self.firsts) - 10, len(self.firsts)))

    def mean(self, seconds: Iterable[int]) -> float:
        """The share of the first tries of ``seconds``."""
        chosen = [*seconds]
        all_ = sum(self.firsts[n] for n in chosen)
        return sum(self.firsts[n] * self.answered[n] for n in chosen) / max(1, all_)


def weather(
    trouble: Trouble,
    *,
    timeout_s: float,
    budget: Budget | None = None,
    breaker: Breaker | None = None,
    seed: int = 9,
) -> Weathered:
    """Run payments through ``trouble``. Without a ``budget`` every payment may be tried :data:`RETRIES` times more, without a
    ``breaker`` no call is refused. O(attempts × log attempts)."""
    run = _Run(trouble, timeout_s, budget, breaker, random.Random(seed))
    return run.done()


class _Run:
    """The events of one run, in the order of their times."""

    def __init__(
        self,
        trouble: Trouble,
        timeout_s: float,
        budget: Budget | None,
        breaker: Breaker | None,
        draw: random.Random,
    ) -> None:
        self.trouble, self.timeout, self.budget, self.breaker, self.draw = (
            trouble,
            timeout_s,
            budget,
            breaker,
            draw,
        )
        self.queue: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self.numbers, self.now, self.used, self.free_at = itertools.count(), 0.0, 0, 0.0
        seconds = int(trouble.seconds)
        self.firsts, self.answered, self.tried = ([0] * seconds for _ in range(3))
        self.others = [0, 0]

    def at(self, when: float, call: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self.queue, (when, next(self.numbers), call, arguments))

    def done(self) -> Weathered:
        arrivals = int(self.trouble.seconds * RATE)
        for number in range(arrivals):
            begun = (number + self.draw.random()) / RATE
            if begun < self.trouble.cut_from or self.draw.random() < self.trouble.cut:
                self.at(begun, self.first, begun)
        for number in range(int(self.trouble.seconds * OTHERS)):
            self.at((number + self.draw.random()) / OTHERS, self.other)
        while self.queue:
            self.now, _, call, arguments = heapq.heappop(self.queue)
            call(*arguments)
        answered, attempts = (
            tuple(count / max(1, all_) for count, all_ in zip(counts, self.firsts, strict=True))
            for counts in (self.answered, self.tried)
        )
        return Weathered(
            answered,
            attempts,
            others=self.others[1] / self.others[0],
            asked=self.others[0],
            firsts=tuple(self.firsts),
            over=int(self.trouble.over),
        )

    def other(self) -> None:
        self.others[0] += 1
        if self.used < SLOTS:
            self.others[1] += 1
            self.used += 1
            self.at(self.now + OTHER_S, self.free)

    def free(self) -> None:
        self.used -= 1

    def first(self, begun: float) -> None:
        self.firsts[int(begun)] += 1
        if self.budget is not None:
            self.budget.first()
        self.attempt(begun, 0, self.draw.random() < self.trouble.long)

    def attempt(self, begun: float, tries: int, long: bool) -> None:
        if self.now < self.trouble.seconds:
            self.tried[int(self.now)] += 1
        if self.used >= SLOTS or (self.breaker is not None and not self.breaker.allow(self.now)):
            self.again(begun, tries, long)
            return
        self.used += 1
        lasts, fine = self.call(long)
        self.at(self.now + lasts, self.ended, begun, tries, long, fine)

    def call(self, long: bool) -> tuple[float, bool]:
        """How long a call that begins now holds its slot, and whether it is answered in time."""
        if self.trouble.away(self.now):
            return self.timeout, False
        chance = self.draw.random()
        if chance < self.trouble.slow:
            return min(self.timeout, HANG_S), False
        if chance < self.trouble.slow + (1 - self.trouble.slow) * self.trouble.errors:
            return BASE_S, False
        self.free_at = max(self.now, self.free_at) + 1 / CAPACITY
        takes = self.free_at - self.now + (LONG_S if long else BASE_S)
        return (takes, True) if takes <= self.timeout else (self.timeout, False)

    def ended(self, begun: float, tries: int, long: bool, fine: bool) -> None:
        self.used -= 1
        if self.breaker is not None:
            self.breaker.record(fine, self.now)
        if not fine:
            self.again(begun, tries, long)
        elif self.now - begun <= PATIENCE_S:
            self.answered[int(begun)] += 1

    def again(self, begun: float, tries: int, long: bool) -> None:
        """Try once more after a backoff with full jitter, while the client waits and the budget allows."""
        when = self.now + full_jitter(tries, BACKOFF_S, CAP_S, self.draw.random())
        if tries < RETRIES and when - begun < PATIENCE_S and (self.budget is None or self.budget.may_retry()):
            self.at(when, self.attempt, begun, tries + 1, long)


FLOOR, NO_LIMIT = 2.0, 3.0
"""Tokens that a client's budget begins with; the ratio that stands for no budget at all."""
THRESHOLD, WINDOW_S, LEAST = 0.5, 1.0, 5
"""When the client's breaker opens."""


class Client:
    """A client with budgets and breakers of these classes; what it measures comes as plain numbers."""

    def __init__(self, RetryBudget: Callable[..., Budget], CircuitBreaker: Callable[..., Breaker]) -> None:
        self.RetryBudget, self.CircuitBreaker = RetryBudget, CircuitBreaker

    def through(
        self, trouble: dict[str, float], timeout_ms: float, ratio: float, open_s: float
    ) -> dict[str, float]:
        """Payments through a :class:`Trouble` of these fields: ``ratio`` retries a first try (:data:`NO_LIMIT` for no
        budget), a breaker that stays open for ``open_s`` seconds (0 for none).

        Of the payments ``good`` is the share answered, ``present`` that of those begun while the dependency was not away, ``tried``
        their number; ``others`` the share of other requests that found a slot, of ``asked``; ``most`` and ``recovery`` are
        :class:`Weathered`'s.
        """
        meets = Trouble(**trouble)
        came = weather(
            meets,
            timeout_s=timeout_ms / 1000,
            budget=self.RetryBudget(ratio, FLOOR, FLOOR + RATE * ratio) if ratio < NO_LIMIT else None,
            breaker=self.CircuitBreaker(THRESHOLD, WINDOW_S, open_s, LEAST) if open_s else None,
        )
        return {
            "good": came.good,
            "present": came.mean(meets.present),
            "tried": float(sum(came.firsts)),
            "others": came.others,
            "asked": float(came.asked),
            "most": came.most,
            "recovery": came.recovery,
        }
