"""Day 1: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

from course.checking.probes import Examination, Step, calls, examine, growth, script
from course.checking.subject import each, there
from course.systems.simulate.estimate import bottleneck, cost_per_million, fleet_size
from course.systems.simulate.parts import MOST_MACHINES, Machine, Resource, Tier, Work

EIGHTHS = 8
"""Shares are multiples of an eighth, which floats hold exactly."""
PRICES = (0.036, 0.36, 3.6)
"""Dollars for an hour of a core; by the second they are round numbers."""


# ── cost_per_million ────────────────────────────────────────────────────────────────────────────────────

TierRow = tuple[str, float, float, float]


def _tiers(draw: random.Random, n: int, *, cores: bool = True, fees: bool = True) -> list[TierRow]:
    """``n`` tiers, the last of which answers all that reaches it."""
    names = draw.sample(("cache", "index", "cross-encoder", "model", "people", "words", "Cache", "индекс"), n)
    return [
        (
            name,
            1.0 if place == n - 1 else draw.randrange(1, EIGHTHS) / EIGHTHS,
            draw.choice((1e-5, 2e-3, 0.25)) * cores,
            draw.choice((1e-6, 2e-5, 3e-4)) * fees,
        )
        for place, name in enumerate(names)
    ]


def _told(rows: Sequence[TierRow], price: float) -> str:
    """The call as a person would write it; what is long in words."""
    if len(rows) > 4:
        return f"cost_per_million({len(rows)} tiers, {price:g})"
    tiers = ", ".join(
        f"{name} answers {share:g}"
        + f", {core_s:g} core-s" * bool(core_s)
        + f", ${dollars:g}" * bool(dollars)
        for name, share, core_s, dollars in rows
    )
    return f"cost_per_million([{tiers}], {price:g})"


@examine(cost_per_million)
def check_cost(exam: Examination) -> None:
    draw = exam.draw

    def bills(cost: Any, *cases: tuple[list[TierRow], float]) -> Iterator[Step]:
        """Each bill, as pairs in the order of the dictionary."""
        flat = each(there(cost, Tier), [row for rows, _ in cases for row in rows])
        calling = []
        for rows, price in cases:
            calling.append((flat[: len(rows)], price))
            flat = flat[len(rows) :]
        for (rows, price), (_, bill) in zip(cases, calls(cost, *calling, as_=dict[str, float]), strict=False):
            yield _told(rows, price), list(bill.items()) if type(bill) is dict else bill

    @exam.claim(
        "a tier is paid for every query that reaches it", "Of 100 queries, who reaches the second?", weight=2
    )
    def reached(cost: Any) -> Iterator[Step]:
        yield from bills(cost, *[(_tiers(draw, n, cores=False), 0.0) for n in (1, 2, 2, 3, 3)])

    @exam.claim(
        "a tier sees what all tiers before it left over", "A share of what reaches it.", needs=reached
    )
    def _(cost: Any) -> Iterator[Step]:
        yield from bills(cost, *[(_tiers(draw, n, cores=False), 0.0) for n in (3, 4, 5, 6)])

    @exam.claim("core time is paid at a price for an hour", "Seconds in an hour?", weight=2, needs=reached)
    def priced(cost: Any) -> Iterator[Step]:
        yield from bills(cost, *[(_tiers(draw, n, fees=False), draw.choice(PRICES)) for n in (1, 2, 3)])
        yield from bills(cost, *[(_tiers(draw, n), draw.choice(PRICES)) for n in (1, 2, 3, 4)])
        yield from bills(cost, (_tiers(draw, 2), 0.05))  # by the second a number that has no end

    @exam.claim("a tier that answers nothing is paid as well", "It was asked.", needs=reached)
    def _(cost: Any) -> Iterator[Step]:
        for n in (2, 3, 4):
            rows = _tiers(draw, n)
            place = draw.randrange(n - 1)
            rows[place] = (rows[place][0], 0.0, *rows[place][2:])
            yield from bills(cost, (rows, 0.036))

    @exam.claim(
        "a tier that nobody reaches, or that costs nothing, stands there with 0",
        "None is missing.",
        needs=reached,
    )
    def _(cost: Any) -> Iterator[Step]:
        for n in (2, 3, 4):
            rows = _tiers(draw, n)
            rows[0] = (rows[0][0], 1.0, *rows[0][2:])
            free = [(*rows[0][:2], 0.0, 0.0), *rows[1:]]
            yield from bills(cost, (rows, 0.036), (free, 0.036))

    @exam.claim(
        "tiers of one name are added up, in the place of the first", "Two of one name.", needs=reached
    )
    def _(cost: Any) -> Iterator[Step]:
        for n in (2, 3, 4):
            rows = _tiers(draw, n)
            rows[-1] = (rows[0][0], *rows[-1][1:])
            yield from bills(cost, (rows, 0.036))

    @exam.claim(
        "no tiers, or a price below 0: ValueError, before anything else", "At the door.", needs=reached
    )
    def _(cost: Any) -> Iterator[Step]:
        whole, open_ = _tiers(draw, 2), _tiers(draw, 3)[:2]
        yield from bills(cost, ([], 0.036), (whole, 0.0), ([], -1.0), (whole, -0.036), (open_, -1.0))

    @exam.claim("queries that nobody answers: Unanswered; a rounding error is none", "1e-9.", needs=reached)
    def _(cost: Any) -> Iterator[Step]:
        left = [_tiers(draw, n)[: n - 1] for n in (2, 3, 4)]
        yield from bills(cost, *[(rows, 0.036) for rows in left])
        name, _, core_s, dollars = _tiers(draw, 2)[0]
        for rest in (1e-12, 4e-10, 2e-9, 1e-6):
            yield from bills(cost, ([(name, 1 - rest, core_s, dollars)], 0.036))
        halves = [(f"{name} {i}", 0.9, core_s, dollars) for i in range(10)]
        yield from bills(cost, (halves[:8], 0.036), (halves, 0.036))

    @exam.claim("the work is one pass over the tiers", "One number remembers who is left.", needs=priced)
    def _(cost: Any) -> Iterator[Step]:
        made = {
            n: each(
                there(cost, Tier),
                [(f"t{i}", 0.01, 0.0, 1.0) for i in range(n - 1)] + [("last", 1.0, 0.0, 1.0)],
            )
            for n in (40, 160)
        }
        yield from growth("cost_per_million", lambda n: (cost, [(made[n], 0.036)] * 3), at=40, most=1.3)


# ── bottleneck ──────────────────────────────────────────────────────────────────────────────────────────

ResourceRow = tuple[str, float, float, float, float | None]


def _resource(draw: random.Random, name: str, *, stock: bool = False, fixed: bool = False) -> ResourceRow:
    capacity = float(draw.randrange(10, 1000))
    used = float(draw.randrange(1, int(capacity))) if fixed else 0.0
    held = draw.choice((0.02, 0.25, 0.5, 2.0, 3.0)) if stock else None
    return (name, capacity, draw.choice((0.1, 0.25, 0.3, 1.0, 2.0, 3.0)), used, held)


def _names(draw: random.Random, n: int) -> list[str]:
    return draw.sample(("processors", "memory", "connections", "network", "disk", "threads", "gpu"), n)


def _said(rows: Sequence[ResourceRow]) -> str:
    if len(rows) > 4:
        return f"bottleneck({len(rows)} resources)"
    parts = []
    for name, capacity, per_request, fixed, held_s in rows:
        used = f", {fixed:g} fixed" if fixed else ""
        held = "" if held_s is None else f" held {held_s:g} s"
        parts.append(f"{name}: {capacity:g}{used}, {per_request:g} a request{held}")
    return f"bottleneck([{' · '.join(parts)}])"


@examine(bottleneck)
def check_bottleneck(exam: Examination) -> None:
    draw = exam.draw

    def full(first: Any, *cases: list[ResourceRow]) -> Iterator[Step]:
        flat = each(there(first, Resource), [row for rows in cases for row in rows])
        calling: list[tuple[Any, ...]] = []
        for rows in cases:
            calling.append((flat[: len(rows)],))
            flat = flat[len(rows) :]
        for rows, (_, found) in zip(cases, calls(first, *calling, as_=tuple[str, float]), strict=False):
            yield _said(rows), found

    def mixed(n: int) -> list[ResourceRow]:
        return [
            _resource(draw, name, stock=draw.random() < 0.5, fixed=draw.random() < 0.5)
            for name in _names(draw, n)
        ]

    @exam.claim("a rate is full where its requests take all of it", "Capacity over what one takes.", weight=2)
    def rates(first: Any) -> Iterator[Step]:
        yield from full(
            first, *[[_resource(draw, name) for name in _names(draw, n)] for n in (1, 1, 2, 2, 3, 4)]
        )
        # A billion requests a second and more: bytes counted in gigabytes, and gigabytes in bytes.
        name = _names(draw, 1)[0]
        yield from full(first, [(name, 1.25, 2.0**-30, 0.0, None)], [(name, 2.0**42, 0.25, 0.0, None)])

    @exam.claim("what is fixed is in use before the first request", "What is left for requests?", needs=rates)
    def _(first: Any) -> Iterator[Step]:
        rows = [[_resource(draw, name, fixed=True) for name in _names(draw, n)] for n in (1, 2, 3)]
        nearly: ResourceRow = (_names(draw, 1)[0], 1.25, 2.0**-30, 1.25 - 2.0**-12, None)
        yield from full(first, *rows, [nearly])

    @exam.claim(
        "a stock holds the requests of its holding time", "Little: rate × time.", weight=2, needs=rates
    )
    def stocks(first: Any) -> Iterator[Step]:
        for fixed in (False, True):
            rows = [
                [_resource(draw, name, stock=True, fixed=fixed) for name in _names(draw, n)]
                for n in (1, 2, 3)
            ]
            yield from full(first, *rows)

    @exam.claim(
        "of rates and stocks, the one that is full at the lowest rate", "Not the fullest.", needs=rates
    )
    def lowest(first: Any) -> Iterator[Step]:
        yield from full(first, *[mixed(n) for n in (2, 2, 3, 3, 4, 5, 7, 7)])
        # The fullest of all grows slowly; the emptiest is full first.
        name, other = _names(draw, 2)
        yield from full(first, [(name, 100.0, 0.01, 75.0, None), (other, 100.0, 8.0, 0.0, None)])
        # Two disks of one name, and either may be full first.
        small, large = (name, 100.0, 1.0, 0.0, None), (name, 800.0, 1.0, 0.0, None)
        between = (other, 400.0, 1.0, 0.0, None)
        yield from full(first, [small, between, large], [large, between, small])

    @exam.claim("a resource that is full already is full at 0.0", "Fixed at or above capacity.", needs=lowest)
    def _(first: Any) -> Iterator[Step]:
        for over in (0.0, 1.0, 40.0):
            rows, place = mixed(3), draw.randrange(3)
            name, capacity, per_request, _, held = rows[place]
            rows[place] = (name, capacity, per_request, capacity + over, held)
            yield from full(first, rows)
        name, other = _names(draw, 2)
        yield from full(first, [(name, 64.0, 0.0, 64.0, None), (other, 64.0, 1.0, 0.0, None)])

    @exam.claim("what requests do not use is never full: math.inf", "Nothing grows.", needs=lowest)
    def _(first: Any) -> Iterator[Step]:
        idle = [
            (name, 64.0, 0.0, 8.0 * place, held)
            for place, (name, held) in enumerate(zip(_names(draw, 3), (None, 2.0, None), strict=True))
        ]
        held0 = ("threads", 64.0, 1.0, 0.0, 0.0)
        yield from full(
            first, idle[:1], idle, [*idle, *mixed(1)], [*mixed(2), *idle], [held0], [idle[0], held0]
        )

    @exam.claim(
        "of several that are full at the same rate, the first", "A tie keeps its order.", needs=lowest
    )
    def _(first: Any) -> Iterator[Step]:
        for n in (2, 3, 5):
            capacity, names = float(draw.randrange(8, 99)), _names(draw, n)
            same: list[ResourceRow] = [(name, capacity, 0.5, 0.0, None) for name in names]
            same[-1] = (names[-1], capacity, 0.25, 0.0, 2.0)
            near = [*same[:1], (names[1], capacity * (1 - 2**-40), 0.5, 0.0, None)]
            yield from full(first, same, same[::-1], near)
        full_up: list[ResourceRow] = [
            (name, 8.0, 1.0, 8.0 + i, None) for i, name in enumerate(_names(draw, 3))
        ]
        yield from full(first, full_up, full_up[::-1])

    @exam.claim("no resources: ValueError", "What is there to fill?", needs=lowest)
    def _(first: Any) -> Iterator[Step]:
        yield from full(first, [], mixed(1))

    @exam.claim("the work is one pass over the resources", "Remember the lowest so far.", needs=lowest)
    def _(first: Any) -> Iterator[Step]:
        made = {
            n: each(there(first, Resource), [(f"r{i}", 9.0 + i, 1.0) for i in range(n)]) for n in (40, 160)
        }
        yield from growth("bottleneck", lambda n: (first, [(made[n],)] * 3), at=40, most=1.3)


# ── fleet_size ──────────────────────────────────────────────────────────────────────────────────────────

RIGHT = "it holds, serves, lasts, and wastes nothing"


def _holds(shards: int, documents: float, size: float, machine: Machine) -> bool:
    return documents * size / shards <= machine.room * (1 + 1e-12)


def _work(shards: int, copies: int, documents: float, rate: float, work: Work) -> float:
    """Core-seconds that a machine works in a second."""
    return rate / copies * work.seconds(documents / shards)


def _judged(value: Any, case: tuple[Any, ...], least: int) -> Any:
    """What is true of a fleet, whichever it is; what is no fleet is itself."""
    documents, rate, size, work, machine = case
    if type(value) is not dict or value.get("") != "Fleet":
        return value
    shards, copies = value["shards"], value["copies"]
    if type(shards) is not int or type(copies) is not int or shards < 1 or copies < 1:
        return f"Fleet({shards!r}, {copies!r})"

    def serves(shards: int, copies: int) -> bool:
        return bool(_work(shards, copies, documents, rate, work) <= machine.planned * (1 + 1e-12))

    said = []
    if not _holds(shards, documents, size, machine):
        said.append(f"a shard has {documents * size / shards:,.6g} B, and the room is {machine.room:,.10g}")
    if not serves(shards, copies):
        does = _work(shards, copies, documents, rate, work)
        said.append(f"a machine works {does:,.6g} core-s a second, and {machine.planned:g} are planned")
    if copies < least:
        said.append(f"{copies} copies, and {least} are asked for")
    if (
        not said
        and shards > 1
        and _holds(shards - 1, documents, size, machine)
        and serves(shards - 1, copies)
    ):
        said.append("one shard fewer would do")
    if not said and copies > least and serves(shards, copies - 1):
        said.append("one copy fewer would do")
    return f"{shards} × {copies}: {' and '.join(said)}" if said else RIGHT


@examine(fleet_size)
def check_fleet(exam: Examination) -> None:
    draw = exam.draw

    def sized(size_it: Any, *cases: tuple[Any, ...], exactly: bool = False) -> Iterator[Step]:
        """Each fleet, judged; ``exactly`` where there is one right fleet only. A case is documents, rate, bytes, work,
        machine and copies, the last two parts as rows."""
        works = each(there(size_it, Work), [case[3] for case in cases])
        machines = each(there(size_it, Machine), [case[4] for case in cases])
        lines = [
            (size_it, "__call__", *case[:3], work, machine, *case[5:])
            for case, work, machine in zip(cases, works, machines, strict=True)
        ]
        for case, (_, value) in zip(cases, script(*lines), strict=False):
            documents, rate, size, work, machine, *least = case
            parts = (documents, rate, size, Work(*work), Machine(*machine))
            copies = least[0] if least else 2
            told = (
                f"{documents:,.10g} documents of {size:g} B, {rate:,.6g} queries/s; a look-up among {work[1]:,.10g} costs "
                f"{work[0]:g} core-s (exponent {work[2]:g}); {machine[0]} cores, {parts[4].planned:g} planned; "
                f"{machine[1]:,.12g} B, room {parts[4].room:,.12g}; at least {copies} copies"
            )
            if exactly and type(value) is dict and value.get("") == "Fleet":
                yield told + ": shards × copies", f"{value['shards']} × {value['copies']}"
            else:
                yield told, _judged(value, parts, copies)

    def machine(cores: int, room: float) -> tuple[int, float, float, float, float]:
        """A machine with this room, which is half of its memory; a quarter of its cores is planned."""
        return (cores, 2 * room, 1.0, 0.5, 0.25)

    def idle(
        documents: float, room: float, size: float = 4.0, copies: int = 2, exponent: float = 1.0
    ) -> tuple[Any, ...]:
        """A case in which memory decides and the cores have nearly nothing to do."""
        return (
            documents,
            draw.choice((0.0, 0.25)),
            size,
            (0.001, documents, exponent),
            machine(8, room),
            copies,
        )

    def busy(
        documents: float,
        room: float,
        load: float,
        *,
        copies: int = 2,
        cores: int = 8,
        scan: float | None = None,
    ) -> tuple[Any, ...]:
        """A case in which one copy as small as it can be would be ``load`` times as busy as planned; a scan (of
        ``scan`` core-seconds), so that more shards help as much as more copies."""
        size = 4.0
        shards = math.ceil(documents * size / room)
        planned = cores / 4
        core_s = scan or 2.0 ** -draw.randrange(4, 9)
        at = documents * draw.choice((0.25, 4.0))
        rate = load * planned / core_s * shards * at / documents
        return (documents, rate, size, (core_s, at, 1.0), machine(cores, room), copies)

    @exam.claim("where memory decides: as many shards as the room asks for", "Bytes over room.", weight=2)
    def memory(size_it: Any) -> Iterator[Step]:
        rows = [
            idle(float(2 ** draw.randrange(4, 9)) * draw.choice((3, 5, 7)), 2.0 ** draw.randrange(4, 8))
            for _ in range(6)
        ]
        yield from sized(size_it, *rows, exactly=True)
        yield from sized(
            size_it,
            *[idle(1e9, room, size, exponent=0.23) for room, size in ((51.2e9, 3216.0), (204.8e9, 912.0))],
            exactly=True,
        )

    @exam.claim(
        "an exact fit is one shard, a byte more is two; one document is a fleet too",
        "Round up.",
        needs=memory,
    )
    def _(size_it: Any) -> Iterator[Step]:
        for room in (64.0, 4096.0):
            per = room / 4
            yield from sized(
                size_it, idle(per, room), idle(2 * per, room), idle(2 * per + 0.25, room), exactly=True
            )
            yield from sized(size_it, idle(1, room), idle(1, 4.0), idle(int(per), room), exactly=True)

    @exam.claim("fractions of a document do not matter", "Count bytes, not documents.", needs=memory)
    def _(size_it: Any) -> Iterator[Step]:
        # None fits exactly: these sizes are no powers of two, and a right answer may divide first.
        yield from sized(size_it, idle(19.0, 100.0, 30.0), idle(99.0, 1000.0, 300.0), exactly=True)
        sizes = (301.0, 350.0, 501.0, 999.0)
        rows = [idle(1000.0 * draw.randrange(2, 9) + 1, 1000.0, size) for size in sizes]
        yield from sized(size_it, *rows, idle(1000.0, 64.0, 2.5), idle(21.0, 10.5), exactly=True)

    @exam.claim(
        "at least the copies that are asked for, and no more where cores idle", "The last one.", needs=memory
    )
    def lasting(size_it: Any) -> Iterator[Step]:
        rows = [idle(2.0**8 * 3, 2.0**6, copies=copies) for copies in (1, 2, 3, 5)]
        yield from sized(size_it, *rows, exactly=True)
        yield from sized(size_it, idle(2.0**8, 2.0**6)[:5])

    @exam.claim(
        "every machine does the work of its look-ups within the plan",
        "What does one machine see?",
        weight=3,
        needs=memory,
    )
    def serving(size_it: Any) -> Iterator[Step]:
        yield from sized(
            size_it, *[busy(2.0**6, 2.0**9, load) for load in (1.5, 2.0, 9.0, 2.25, 3.0, 4.5, 7.0)]
        )
        yield from sized(size_it, *[busy(2.0**6, 2.0**9, load, cores=2) for load in (2.5, 4.25)])
        yield from sized(size_it, *[busy(2.0**5, 2.0**6, load) for load in (2.5, 4.25, 6.5)])
        loads = [draw.uniform(2.1, 12) for _ in range(6)]
        yield from sized(
            size_it, *[busy(2.0**8 * 5, 2.0**8, load, cores=draw.choice((2, 8, 32))) for load in loads]
        )
        yield from sized(
            size_it, *[busy(float(draw.randrange(10**6, 10**7)), 1e6, draw.uniform(2, 40)) for _ in range(6)]
        )
        # Scans of a minute: less than a query a second, or little more, is work too.
        yield from sized(size_it, *[busy(2.0**6, 2.0**9, load, scan=64.0) for load in (2.5, 4.5, 7.0)])

    @exam.claim(
        "a fleet that is exactly full is large enough; a little more is too much",
        "Rounding up a whole number.",
        needs=serving,
    )
    def _(size_it: Any) -> Iterator[Step]:
        yield from sized(size_it, *[busy(2.0**8, 2.0**8, load) for load in (1.0, 2.0, 4.0, 8.0)])
        yield from sized(size_it, *[busy(2.0**8, 2.0**8, load + 2.0**-12) for load in (2.0, 4.0, 8.0)])

    @exam.claim(
        "the work of a look-up is that of a shard's documents", "Not of all documents.", needs=serving
    )
    def _(size_it: Any) -> Iterator[Step]:
        def shard(load: float, exponent: float) -> tuple[Any, ...]:
            """A case in which one copy would be ``load`` times as busy as planned, by a shard's own documents."""
            documents, _, size, (core_s, _, _), kind, copies = busy(2.0**14, 2.0**8, 1.0)
            at = 2.0**8 / size
            return (documents, load * kind[0] * kind[4] / core_s, size, (core_s, at, exponent), kind, copies)

        yield from sized(size_it, *[shard(0.75, exponent) for exponent in (0.5, 0.25, 1.0)], exactly=True)
        yield from sized(
            size_it, *[shard(load, exponent) for load in (2.5, 4.25) for exponent in (0.5, 0.25)]
        )

    @exam.claim(
        "wrong numbers are a ValueError, then DoesNotFit, then TooLarge", "Three doors.", needs=memory
    )
    def _(size_it: Any) -> Iterator[Step]:
        good = idle(2.0**8, 2.0**6)
        huge, wide = 1e3, (2.0**8, 1.0, 128.0, *good[3:])
        rows: list[tuple[Any, ...]] = [good]
        rows += [(documents, *good[1:]) for documents in (0, -1.0, 0.5)]
        rows += [(*good[:5], copies) for copies in (0, -2)]
        rows += [(good[0], rate, *good[2:]) for rate in (-1.0, -(2.0**20))]
        rows += [wide, (0, *wide[1:]), (*wide[:5], 0), (wide[0], -1.0, *wide[2:])]
        rows += [(good[0], good[1], 64.0, *good[3:]), (good[0], good[1], 64.5, *good[3:])]
        rows += [(2.0**8, huge * 2**40, 4.0, (huge, 1.0, 1.0), machine(1, 2.0**6), 2), (2.0**40, *good[1:])]
        rows += [(2.0**8, huge * 2**40, 128.0, (huge, 1.0, 1.0), machine(1, 2.0**6), 2)]
        rows += [(2.0**40, *wide[1:])]
        yield from sized(size_it, *rows, exactly=True)

    @exam.claim(
        "the largest fleet that is built has MOST_MACHINES machines", "At most, not below.", needs=memory
    )
    def _(size_it: Any) -> Iterator[Step]:
        half = MOST_MACHINES // 2
        rows = [
            idle(16.0 * half, 2.0**6),
            idle(16.0 * half + 1, 2.0**6),
            idle(16.0 * MOST_MACHINES, 2.0**6, copies=1),
        ]
        rows += [
            idle(16.0 * (MOST_MACHINES // 4), 2.0**6, copies=4),
            idle(16.0 * (MOST_MACHINES // 4), 2.0**6, copies=5),
        ]
        yield from sized(size_it, *rows, exactly=True)

    @exam.claim("arithmetic, and no search of every size", "How far is it to the answer?", needs=serving)
    def _(size_it: Any) -> Iterator[Step]:
        work, kind = there(size_it, Work)(0.001, 16.0, 1.0), there(size_it, Machine)(*machine(8, 2.0**6))
        yield from growth(
            "fleet_size",
            lambda n: (size_it, [(16.0 * n, 0.25, 4.0, work, kind)] * 3),
            at=200,
            most=1.3,
        )
