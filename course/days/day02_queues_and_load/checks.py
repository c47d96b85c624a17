"""Day 2: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import functools
import math
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from course.checking.probes import Cost, Examination, Near, Step, calls, examine, growth, raised
from course.checking.subject import plain, there
from course.systems.simulate.queues import erlang_c, lindley_waits, many_server_waits, mmc_wait_quantile
from course.systems.simulate.sizing import servers_for_p99
from course.systems.simulate.traffic_log import TrafficLog

# ── lindley_waits ───────────────────────────────────────────────────────────────────────────────────────


def _times(draw: random.Random, n: int, low: float = 0.0, high: float = 8.0) -> list[float]:
    """Times that floats hold exactly, so that a loop and running sums agree to the last digit."""
    return [draw.randrange(int(low * 4), int(high * 4) + 1) / 4 for _ in range(n)]


def _customers(draw: random.Random, n: int, busy: float = 1.0) -> tuple[list[float], list[float]]:
    """Gaps and work of ``n`` customers, whole minutes for a few; ``busy`` scales the work. The first gap is any number."""
    if n < 6:
        return [float(draw.randrange(9)) for _ in range(n)], [
            float(draw.randrange(int(8 * busy) + 1)) for _ in range(n)
        ]
    return _times(draw, n), _times(draw, n, high=8 * busy)


@examine(lindley_waits)
def check_waits(exam: Examination) -> None:
    draw = exam.draw

    def asked(waits: Any, *rows: Any, note: str = "") -> Iterator[Step]:
        yield from calls(waits, *rows, as_=list, note=note)

    @exam.claim(
        "the next wait is my wait plus my work minus the gap, never below 0",
        "Do it by hand for four.",
        weight=3,
    )
    def recursion(waits: Any) -> Iterator[Step]:
        for n, busy in ((2, 2), (2, 2), (3, 1), (3, 2), (4, 1), (4, 1.25), (5, 1), (5, 1), (8, 1), (8, 1.5)):
            yield from asked(waits, _customers(draw, n, busy))
        for busy in (0.5, 0.9, 1.25):
            yield from asked(waits, _customers(draw, exam.size(60), busy))

    @exam.claim(
        "the gap before the first customer is not read", "Who came before the first?", needs=recursion
    )
    def _(waits: Any) -> Iterator[Step]:
        for n in (1, 2, 3, 5, 8):
            gaps, work = _customers(draw, n, 1.5)
            for first in (math.nan, -1.0, 1e9):
                yield from asked(waits, ([first, *gaps[1:]], work))

    @exam.claim(
        "an idle server lets nobody wait; one without rest lets all",
        "Where is the lowest point?",
        needs=recursion,
    )
    def _(waits: Any) -> Iterator[Step]:
        for n in (2, 3, 5):
            tie = _times(draw, n, 1)
            yield from asked(waits, ([0.0, *tie[:-1]], tie), note=", each gap as long as the work before it")
            yield from asked(waits, ([0.0] * n, _times(draw, n, 1)), note=", all at once")
            yield from asked(
                waits, (_times(draw, n, 8, 9), _times(draw, n, 0, 4)), note=", gaps longer than work"
            )

    @exam.claim("rows are servers of their own", "Along which axis does time run?", needs=recursion)
    def _(waits: Any) -> Iterator[Step]:
        for shape in ((2, 3), (3, 2), (2, 1), (1, 4), (2, 2, 3), (exam.size(3), exam.size(20))):
            work = np.reshape(_times(draw, math.prod(shape), 0, 12), shape)
            gaps = np.reshape(_times(draw, math.prod(shape)), shape)
            gaps[..., 0] = math.nan
            yield from asked(waits, (gaps, work), note=f" of shape {shape}: {gaps.tolist()}, {work.tolist()}")

    @exam.claim("whole numbers and float32 come out as float64", "What type has the result?", needs=recursion)
    def _(waits: Any) -> Iterator[Step]:
        for kind in ("int64", "float32", "int32", "uint16"):
            gaps = np.array([draw.randrange(5) for _ in range(6)], kind)
            work = np.array([draw.randrange(5) for _ in range(6)], kind)
            result = plain(waits(gaps, work), "ndarray")
            yield f"the type of the waits of {kind} numbers", str(result.dtype)
            yield f"waits of {kind} gaps {gaps.tolist()} and work {work.tolist()}", result.tolist()
        whole, half = np.array([0, 2, 1, 3]), np.array([draw.randrange(9) + 0.5 for _ in range(4)])
        yield from asked(waits, (whole, half), note=f" of whole gaps {whole.tolist()}, work {half.tolist()}")
        yield from asked(waits, (half, whole + 4), note=f" of gaps {half.tolist()}, whole work {whole + 4}")
        fine = np.array([_times(draw, 6, 1000, 2000), _times(draw, 6, 2e6, 4e6)], np.float32)
        yield from asked(waits, tuple(fine), note=f" of float32 gaps and work, {fine.tolist()}")

    @exam.claim("no customer, and one", "What are the waits of nobody?", needs=recursion)
    def _(waits: Any) -> Iterator[Step]:
        (one,) = _times(draw, 1, 1)
        for gaps, work in (
            ([], []),
            ([one], [one]),
            (np.zeros((2, 0)), np.zeros((2, 0))),
            (np.zeros((0, 3)),) * 2,
        ):
            result = plain(waits(np.array(gaps, float), np.array(work, float)), "ndarray")
            yield (
                f"waits of {len(work)} × {np.shape(work)[1:] or 'one server'}: their shape",
                list(result.shape),
            )
            yield "the waits", result.tolist()

    @exam.claim("a long day, to seven digits", "Small errors must not grow.", needs=recursion)
    def long(waits: Any) -> Iterator[Step]:
        rng = np.random.default_rng(draw.randrange(2**32))
        for busy in (0.7, 0.95):
            n = exam.size(1000)
            gaps, work = rng.standard_exponential(n), rng.standard_exponential(n) * busy
            result = plain(waits(gaps, work), "ndarray")
            yield f"how many waits, of {n} customers, busy {busy:.0%}", list(result.shape)
            for place in (0, n // 3, n // 2, n - 1):
                value = float(result.ravel()[place]) if place < result.size else math.nan
                yield f"the wait of customer {place} of {n}, busy {busy:.0%}", Near(value, 1e-7, 1e-7)
            yield f"none of {n} waits is below 0", bool((result >= 0).all())

    @exam.claim(
        "shapes first, then a number that is read and is negative or NaN", "At the door.", needs=recursion
    )
    def _(waits: Any) -> Iterator[Step]:
        gaps, work = _customers(draw, 3)
        rows: list[Any] = [
            (gaps, work[:2]),
            (gaps[:2], work),
            ([gaps], work),
            (gaps, [work, work]),
            (gaps, work),
        ]
        for bad in (-0.25, math.nan):
            rows += [(gaps, [bad, *work[1:]]), (gaps, [*work[:2], bad]), ([*gaps[:2], bad], work)]
            rows += [([bad, *gaps[1:]], work), ([gaps[0], bad, gaps[2]], work)]
        yield from asked(waits, *rows)
        table = np.array([gaps, gaps]), np.array([work, [work[0], -1.0, work[2]]])
        yield from asked(waits, table, note=", the second row with a work of −1")

    @exam.claim("the work grows as the customers", "Every customer once.", needs=recursion)
    def _(waits: Any) -> Iterator[Step]:
        rows = {n: [tuple(map(np.array, _customers(draw, n)))] * 3 for n in (400, 1600)}
        yield from growth("lindley_waits", lambda n: (waits, rows[n]), at=400, most=1.3)


# ── erlang_c ────────────────────────────────────────────────────────────────────────────────────────────


@examine(erlang_c)
def check_erlang(exam: Examination) -> None:
    draw = exam.draw

    def asked(formula: Any, *rows: Any) -> Iterator[Step]:
        yield from calls(formula, *rows, as_=float)

    @exam.claim(
        "the share that waits, for a few servers", "One server first: its share is its load.", weight=3
    )
    def few(formula: Any) -> Iterator[Step]:
        for servers in (1, 1, 2, 2, 3, 3, 4, 5, 8, 12, 20):
            yield from asked(formula, (draw.randrange(1, 100) / 100 * servers, servers))

    @exam.claim("right to nine digits for thousands of servers", "What overflows?", weight=2, needs=few)
    def many(formula: Any) -> Iterator[Step]:
        for servers in (100, 149, 171, 200, draw.randrange(500, 900), draw.randrange(1200, 2500), 5000):
            yield from asked(formula, (round(draw.uniform(0.93, 0.999) * servers, 2), servers))

    @exam.claim("just below the servers nearly all wait", "Which side of the limit?", needs=few)
    def _(formula: Any) -> Iterator[Step]:
        for servers in (1, 2, draw.randrange(3, 30), draw.randrange(30, 300)):
            yield from asked(formula, (servers - 2.0**-20, servers), (0.999 * servers, servers))

    @exam.claim("without load nobody waits", "0 of 0?", needs=few)
    def _(formula: Any) -> Iterator[Step]:
        for servers in (1, 2, draw.randrange(3, 50)):
            yield from asked(formula, (0.0, servers), (0, servers), (1e-9, servers), (0.25, servers))

    @exam.claim("Overloaded from a load of as many as the servers on", "And at exactly as many?", needs=few)
    def _(formula: Any) -> Iterator[Step]:
        for servers in (1, draw.randrange(2, 20), draw.randrange(200, 900)):
            rows = [
                (servers, servers),
                (float(servers), servers),
                (servers + 0.5, servers),
                (math.inf, servers),
            ]
            yield from asked(formula, *rows, (servers - 0.5, servers))

    @exam.claim("fewer than one server, or no load that is a number, comes first", "At the door.", needs=few)
    def _(formula: Any) -> Iterator[Step]:
        load = round(draw.uniform(0.1, 0.9), 2)
        rows = [
            (load, 0),
            (load, -1),
            (0.0, 0),
            (-load, 3),
            (-load, 0),
            (math.nan, 3),
            (math.nan, 0),
            (load, 1),
        ]
        yield from asked(formula, *rows)

    @exam.claim("one step a server", "No sum over a sum.", needs=few)
    def _(formula: Any) -> Iterator[Step]:
        yield from growth("erlang_c", lambda n: (formula, [(0.9 * n, n)] * 3), at=50, most=1.3)


# ── servers_for_p99 ─────────────────────────────────────────────────────────────────────────────────────

MARGIN = 1.06
"""Between a budget and what both ways to size a pool make of each number of servers."""
Arrays = tuple[NDArray[np.float64], NDArray[np.float64]]


class Case(NamedTuple):
    """Gaps and work, the right number of ``servers``, the ``budget``, the least number that is above the load, with the
    99th percentile of its wait; and the case in words."""

    arrays: Arrays
    servers: int
    budget: float
    least: int
    longest: float
    told: str


def _p99(log: TrafficLog, servers: int) -> tuple[float, float, float, float]:
    """The 99th percentile of the wait, for more servers than load: by the formula of the log's means, and by a replay, in
    between two waits, as the lower of them and as the higher. All are good definitions, so no case may turn on them."""
    waits = many_server_waits(log.gaps, log.services, servers)
    linear, low, high = (float(np.quantile(waits, 0.99, method=how)) for how in ("linear", "lower", "higher"))
    return mmc_wait_quantile(log.rate, log.work, servers, 0.99), linear, low, high


def _agreed(draw: random.Random, n: int, kind: str = "any") -> Case:
    """A log of Poisson arrivals and exponential work, a number of servers, and a budget of which formula and replay both
    say that these servers keep it and one fewer does not, with room on both sides. Of the ``busy`` kind most wait, and the
    longest wait is above the budget; of the ``still`` kind is a budget of 0."""
    return _case(draw.randrange(2**32), n, kind)


@functools.lru_cache(maxsize=256)
def _case(seed: int, n: int, kind: str) -> Case:
    """See :func:`_agreed`; made once, since every answer is asked about it."""
    draw, rng = random.Random(seed), np.random.default_rng(seed)
    found: list[tuple[int, float]] = []
    while not found:
        load = draw.randrange(1, 4) - draw.uniform(0.1, 0.2) if kind == "busy" else draw.uniform(1.2, 9.0)
        work = draw.uniform(5.0, 80.0)
        arrays = rng.standard_exponential(n) * work / load, rng.standard_exponential(n) * work
        log = TrafficLog(*arrays)
        least = math.floor(log.load) + 1
        waits = [_p99(log, least)]
        if kind == "busy":
            budget = 1.02 * max(waits[0])
            found = [(least, budget)] if _most_wait(log, least, budget) else []
            continue
        while max(waits[-1]) > 0.0:
            waits.append(_p99(log, least + len(waits)))
        for place, here in enumerate(waits):
            low, high = max(here) * MARGIN, min(waits[place - 1]) / MARGIN if place else math.inf
            if kind == "still" and max(here) == 0.0 < high < math.inf:
                found.append((least + place, 0.0))
            elif kind == "any" and min(here) > 0.0 and low < high:
                found.append((least + place, math.sqrt(low * high) if place else 2 * low))
    servers, budget = draw.choice(found)
    near = [k for k in (servers - 1, servers, servers + 1) if k >= least]
    replayed = ", ".join(f"{k}: {_p99(log, k)[1]:.3g} ms" for k in near)
    told = f"a log of {n} requests, load {log.load:.2f}, budget {budget:.3g} ms; replayed, p99 by servers: {replayed}"
    return Case(arrays, servers, budget, least, max(waits[0]), told)


def _most_wait(log: TrafficLog, servers: int, budget: float) -> bool:
    waits = many_server_waits(log.gaps, log.services, servers)
    return bool(np.quantile(waits[waits > 0], 0.99) < budget < np.quantile(waits, 0.999))


@examine(servers_for_p99)
def check_sizing(exam: Examination) -> None:
    draw = exam.draw
    n = exam.size(500)

    def asked(
        size: Any, case: Case, *most: int, budget: float | None = None, told: str = ""
    ) -> Iterator[Step]:
        log, wait = there(size, TrafficLog)(*case.arrays), case.budget if budget is None else budget
        for _, value in calls(size, (log, wait, *most), as_=int):
            yield (told or case.told) + (f"; most {most[0]}" if most else ""), value

    @exam.claim(
        "the fewest that keep the wait of 99 in 100 within the budget", "One fewer must fail.", weight=3
    )
    def fewest(size: Any) -> Iterator[Step]:
        for kind in ("busy", "any", "busy", "any", "busy"):
            yield from asked(size, _agreed(draw, n, kind))

    @exam.claim("a wait of exactly the budget is within it", "At most.", needs=fewest)
    def _(size: Any) -> Iterator[Step]:
        for _ in range(2):
            yield from asked(size, _agreed(draw, n, "still"))

    @exam.claim(
        "more servers than load, however long one may wait", "What does a backlog do tomorrow?", needs=fewest
    )
    def _(size: Any) -> Iterator[Step]:
        for _ in range(2):
            case = _agreed(draw, n)
            told = f"a log of {n} requests, load between {case.least - 1} and {case.least}, and a budget that is never reached"
            yield from asked(size, case, budget=1e4 * case.longest, told=told)

    @exam.claim("a load of exactly so many servers is not enough", "More than the load.", needs=fewest)
    def _(size: Any) -> Iterator[Step]:
        for load in (1, draw.randrange(2, 9)):
            work = np.array([draw.randrange(1, 2 * load) for _ in range(32)], float)
            case = Case(
                (np.ones(64), np.concatenate([work, 2 * load - work])), load + 1, 1e6, load + 1, 0.0, ""
            )
            told = f"a log of 64 requests, load exactly {load}, and a budget that is never reached"
            yield from asked(size, case, told=told)
            for most in (load, load + 1):
                yield from asked(size, case, most, told=told)

    @exam.claim("`most` may be taken, and no more: TooFew", "Is the last one tried?", needs=fewest)
    def _(size: Any) -> Iterator[Step]:
        for _ in range(2):
            case = _agreed(draw, n)
            for most in (case.servers, case.servers - 1, case.least - 1, 1):
                yield from asked(size, case, most)

    @exam.claim("the log stays as it is", "Copy what you change.", needs=fewest)
    def _(size: Any) -> Iterator[Step]:
        case = _agreed(draw, n)
        own = there(size, TrafficLog)(*case.arrays)
        for turn in ("once", "again"):
            yield f"{case.told}, asked {turn}", raised(lambda: plain(size(own, case.budget), int))
        for name, column in zip(("gaps", "services"), case.arrays, strict=True):
            same = np.array_equal(plain(getattr(own, name), "ndarray"), column)
            yield f"log.{name} afterwards, as before?", same

    @exam.claim("a few replays are enough", "Halve what is left.", needs=fewest)
    def _(size: Any) -> Iterator[Step]:
        for load, most in ((draw.uniform(40.0, 60.0), 100), (draw.uniform(90.0, 110.0), 160)):
            rng = np.random.default_rng(draw.randrange(2**32))
            gaps, work = rng.standard_exponential(1000) * 50 / load, rng.standard_exponential(1000) * 50
            for budget in (0.0, 1e9):
                log = there(size, TrafficLog)(gaps, work)
                size(log, budget, most)
                told = f"a log of 1000 requests, load about {load:.0f}, budget {budget:g}, most {most}: its replays"
                yield told, Cost(float(plain(log.replays, int)), math.log2(most) + 4, "replays")

    @exam.claim("a budget below 0 or NaN, then TooFew", "At the door.", needs=fewest)
    def _(size: Any) -> Iterator[Step]:
        case = _agreed(draw, n)
        for bad in (-1.0, math.nan, -1e-9):
            yield from asked(size, case, budget=bad, told=f"a budget of {bad} ms")
            yield from asked(size, case, 1, budget=bad, told=f"a budget of {bad} ms")
        yield from asked(size, case)
