"""Day 25: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from course.checking.probes import Cost, Examination, Near, Row, Step, calls, examine, growth, raised
from course.checking.subject import each, plain, there
from course.systems.cluster.position import position
from course.systems.serving.autoscaler import Autoscaler
from course.systems.serving.router import prefix_affinity, two_choices
from course.systems.serving.routing_trial import Choices, Window, Windows

# ── two_choices ─────────────────────────────────────────────────────────────────────────────────────────

TIMES, WITHIN = 1_600, 0.09
"""Choices of which shares are taken, and by how much two right answers may differ: five standard errors of the
difference."""
PAIR_TIMES, PAIR_WITHIN = 4_000, 0.055
"""The same for the share of pairs that are next to each other."""
FEW_TIMES = 60
"""Choices where there is one right place."""


def _shares(trial: Any, loads: list[float], times: int, seed: int) -> Any:
    return plain(trial.shares(loads, times, seed), list[float])


def _one(trial: Any, loads: list[float], seed: int) -> Any:
    return plain(trial.one(loads, seed), int)


@examine(two_choices)
def check_two(exam: Examination) -> None:
    draw = exam.draw

    def seed() -> int:
        return draw.randrange(10**6)

    def shared(pick: Any, *rows: list[float]) -> Iterator[Step]:
        """How often each place is chosen."""
        trial: Any = there(pick, Choices)(pick)
        for loads in rows:
            times = FEW_TIMES if len(loads) == 2 and loads[0] != loads[1] else TIMES
            found = raised(partial(_shares, trial, loads, times, seed()))
            if type(found) is not list:
                yield f"loads {loads}", found
                continue
            for place, share in enumerate(found):
                yield f"loads {loads}, {times} choices: share of place {place}", Near(share, abs=WITHIN)

    def different(n: int) -> list[float]:
        return [float(load) for load in draw.sample(range(30), n)]

    @exam.claim("the less loaded of two", "Which of the two drawn?", weight=2)
    def less(pick: Any) -> Iterator[Step]:
        yield from shared(pick, [3.0, 8.0], [8.0, 3.0], different(3), different(5))

    @exam.claim(
        "two different ones: the most loaded of all is never chosen",
        "Can one replica be drawn twice?",
        weight=2,
        needs=less,
    )
    def _(pick: Any) -> Iterator[Step]:
        trial: Any = there(pick, Choices)(pick)
        for n in (2, 3, 4, 6):
            loads = different(n)
            found = plain(trial.some(loads, 300, seed()), list[int])
            yield f"loads {loads}: is the most loaded ever chosen", loads.index(max(loads)) in found

    @exam.claim(
        "of equal loads either, alike likely", "Which one do you prefer without meaning to?", needs=less
    )
    def _(pick: Any) -> Iterator[Step]:
        many = draw.randint(4, 6)
        yield from shared(pick, [2.0, 2.0], [0.0] * 3, [float(draw.randint(1, 9))] * many, [1.0, 1.0, 9.0])

    @exam.claim("all pairs are alike likely", "How often does the least loaded win?", needs=less)
    def _(pick: Any) -> Iterator[Step]:
        low, high = different(3), [load + 30 for load in different(3)]
        between = [load for pair in zip(low, high, strict=True) for load in pair]
        yield from shared(pick, between, sorted(different(6)), sorted(different(6), reverse=True))
        trial: Any = there(pick, Choices)(pick)
        loads = different(6)
        share = raised(lambda: plain(trial.neighbours(loads, PAIR_TIMES, seed()), float))
        case = f"loads {loads}, {PAIR_TIMES} choices: share in which the two are next to each other, the first and the last too"
        yield case, Near(share, abs=PAIR_WITHIN) if type(share) is float else share

    @exam.claim("small differences count, and fractions", "Compare what is given.", needs=less)
    def _(pick: Any) -> Iterator[Step]:
        whole = float(draw.randint(1, 9))
        yield from shared(pick, [whole + 0.25, whole], [0.5, 0.75], [1e9, 1e9 + 1])

    @exam.claim("all chance comes from `rng`", "Twice the same seed: twice the same choices.", needs=less)
    def _(pick: Any) -> Iterator[Step]:
        trial: Any = there(pick, Choices)(pick)
        for loads, number in ((different(9), seed()), (different(9), seed()), ([4.0] * 3, seed())):
            once, again = (plain(trial.some(loads, 40, number), list[int]) for _ in range(2))
            yield f"loads {loads}, 40 choices from Random({number}), twice: the same", once == again

    @exam.claim("one replica is chosen, and none is NoReplica", "How many can be drawn?", needs=less)
    def _(pick: Any) -> Iterator[Step]:
        trial: Any = there(pick, Choices)(pick)
        for loads in ([draw.uniform(0, 9)], [0.0], [], [1.0]):
            yield f"loads {loads}", raised(partial(_one, trial, loads, seed()))

    @exam.claim("two loads are read, however many there are", "Which do you look at?", needs=less)
    def _(pick: Any) -> Iterator[Step]:
        trial: Any = there(pick, Choices)(pick)
        for n in (2, 5, exam.size(200)):
            for loads, told in (([float(load) for load in range(n)], "different"), ([7.0] * n, "equal")):
                read = plain(trial.read(loads, 20, seed()), int)
                yield f"{n} {told} loads: places that are read for one choice", Cost(read, most=2)

    @exam.claim("the loads stay as they are", "Who counts the new request?", needs=less)
    def _(pick: Any) -> Iterator[Step]:
        trial: Any = there(pick, Choices)(pick)
        for n in (2, 5):
            loads = different(n)
            yield f"loads {loads} after 20 choices", plain(trial.kept(loads, 20, seed()), list[float])


# ── prefix_affinity ─────────────────────────────────────────────────────────────────────────────────────

KEYS = ("app 7", "chat", "", "Übersetzung", "a" * 40, "app 12", "code review", "данные", "0", "App 7")
NAMES = ("a", "b", "c", "gpu-1", "gpu-2", "gpu-10", "A", "östlich", "west", "r0", "r1", "r2", "10", "9")
FEW, FULL = 3, 40
"""Loads below what is always allowed, and far above it."""


def in_order(key: str, names: Sequence[str]) -> list[str]:
    """``names`` as ``key`` prefers them."""
    return sorted(names, key=lambda name: (-position(f"{name}/{key}"), name))


def clear(loads: Mapping[str, float], bound: float) -> bool:
    """Whether no load with one more stands at the bound, where rounding decides."""
    most = bound * (sum(loads.values()) + 1) / len(loads)
    return all(abs(load + 1 - most) > 1e-6 for load in loads.values())


@examine(prefix_affinity)
def check_affinity(exam: Examination) -> None:
    draw = exam.draw

    def names(n: int) -> list[str]:
        return draw.sample(NAMES, n) if n <= len(NAMES) else [f"replica {number}" for number in range(n)]

    def cases(*rows: tuple[str, Mapping[str, float], float]) -> list[tuple[Any, ...]]:
        return [(key, dict(loads), bound) for key, loads, bound in rows]

    def uneven(n: int, low: int = 5, high: int = 20) -> dict[str, float]:
        return {name: float(draw.randint(low, high)) for name in names(n)}

    def loaded(key: str, n: int, *first: float, rest: float) -> dict[str, float]:
        """Loads of ``n`` replicas, in any order: the first in the key's order have ``first``, the others ``rest``."""
        order = in_order(key, names(n))
        loads = dict(zip(order, [*first, *[rest] * (n - len(first))], strict=True))
        return {name: loads[name] for name in draw.sample(order, n)}

    @exam.claim(
        "with room everywhere, the first in the key's order", "Which position is the highest?", weight=2
    )
    def first(route: Any) -> Iterator[Step]:
        yield from calls(
            route,
            *cases(
                *(
                    (draw.choice(KEYS), {name: float(draw.randint(0, FEW)) for name in names(n)}, math.inf)
                    for n in (1, 2, 2, 3, 3, 5, 8)
                )
            ),
            as_=str,
        )

    @exam.claim("each key has an order of its own", "Is the key hashed too?", needs=first)
    def _(route: Any) -> Iterator[Step]:
        some = dict.fromkeys(names(5), 1.0)
        yield from calls(route, *cases(*((key, some, 2.0) for key in draw.sample(KEYS, 7))), as_=str)

    @exam.claim(
        "a full one passes on to the next in the order", "And not to the least loaded.", weight=3, needs=first
    )
    def passes(route: Any) -> Iterator[Step]:
        rows = []
        for n, full, bound in ((2, 1, 1.25), (4, 1, 1.25), (5, 2, 1.25), (6, 3, 1.5), (8, 2, 1.25)):
            key = draw.choice(KEYS)
            loads = loaded(key, n, *[float(FULL)] * full, 6.0, rest=float(draw.randint(4, 5)))
            rows.append((key, loads, bound))
        yield from calls(route, *cases(*rows), as_=str)

    @exam.claim(
        "the bound counts this request, on both sides",
        "Its load after it, and the mean after it.",
        weight=2,
        needs=passes,
    )
    def _(route: Any) -> Iterator[Step]:
        rows = []
        for n, bound, step in ((2, 1.25, 5), (4, 1.25, 15), (2, 1.5, 6), (4, 1.5, 9)):
            key, times = draw.choice(KEYS), draw.randint(2, 4)
            load = step * times - 1.0
            rest = ((load + 1) / bound * n - 1 - load) / (n - 1)
            # the first may have exactly this much; with a little less elsewhere, it may not
            even = loaded(key, n, load, rest=rest)
            other = in_order(key, list(even))[-1]
            rows += [(key, even, bound), (key, {**even, other: rest - 0.5}, bound)]
        for times in draw.sample(range(2, 9), 2):  # a mean that is no whole number
            key = draw.choice(KEYS)
            rows.append((key, loaded(key, 2, 5 * times - 0.5, rest=3 * times + 0.5), 1.25))
            rows.append((key, loaded(key, 2, 5 * times - 0.25, rest=3 * times + 0.25), 1.25))
        yield from calls(route, *cases(*rows), as_=str)

    @exam.claim("a few are always allowed, however small the mean", "FLOOR.", needs=passes)
    def _(route: Any) -> Iterator[Step]:
        rows = []
        for n, load in ((2, 3.0), (3, 1.0), (3, 3.0), (5, 4.0), (8, 2.0)):
            key = draw.choice(KEYS)
            rows.append((key, loaded(key, n, load, rest=0.0), 1.25))
        key = draw.choice(KEYS)
        rows.append((key, loaded(key, 3, 4.0, rest=5.0), 1.25))  # no limit where the mean allows more
        yield from calls(route, *cases(*rows), as_=str)

    @exam.claim(
        "where nobody may take it, the least loaded", "With a bound of 1, on an even fleet.", needs=passes
    )
    def nobody(route: Any) -> Iterator[Step]:
        rows: list[tuple[str, Mapping[str, float], float]] = []
        for n in (2, 3, 4, 6):
            key, load = draw.choice(KEYS), float(draw.randint(6, 20))
            rows.append((key, loaded(key, n, load, rest=load), 1.0))
            order = in_order(key, names(n))
            less = {name: load + 0.5 for name in order} | {order[-1]: load}
            rows.append((key, {name: less[name] for name in draw.sample(order, n)}, 1.0))
        rows = [row for row in rows if clear(row[1], row[2])]
        yield from calls(route, *cases(*rows), as_=str)

    @exam.claim("of equally loaded ones, the first in the order", "Ties.", needs=nobody)
    def _(route: Any) -> Iterator[Step]:
        rows: list[tuple[str, Mapping[str, float], float]] = []
        for n in (3, 4, 5, 6):
            key, load = draw.choice(KEYS), float(draw.randint(6, 20))
            rows.append((key, loaded(key, n, load + 0.25, rest=load), 1.0))
        yield from calls(route, *cases(*(row for row in rows if clear(row[1], row[2]))), as_=str)

    @exam.claim(
        "a replica that goes moves its keys alone",
        "Does the number of replicas stand in your hash?",
        needs=first,
    )
    def _(route: Any) -> Iterator[Step]:
        every = names(6)
        gone = draw.choice(every)
        keys = [f"{draw.choice(KEYS)} {number}" for number in range(exam.size(24))]
        fewer = [name for name in every if name != gone]
        before, after = (
            each(route, [(key, dict.fromkeys(some, 0.0), 2.0) for key in keys], as_=str)
            for some in (every, fewer)
        )
        moved = sum(was not in (now, gone) for was, now in zip(before, after, strict=True))
        yield f"replicas {every}, without {gone!r}: keys of others that move", moved

    @exam.claim("the order of the mapping does not matter", "Nor that of the names.", needs=first)
    def _(route: Any) -> Iterator[Step]:
        key, loads = draw.choice(KEYS), dict.fromkeys(names(5), 9.0)
        rows = [
            (key, {name: loads[name] for name in draw.sample(list(loads), 5)}, bound)
            for bound in (1.0, 2.0, 2.0)
        ]
        yield from calls(route, *cases(*rows), as_=str)

    @exam.claim("NoReplica comes before InvalidBound", "In this order.", needs=first)
    def _(route: Any) -> Iterator[Step]:
        some = dict.fromkeys(names(3), 1.0)
        rows: list[tuple[str, dict[str, float], float]] = [
            ("chat", {}, 2.0),
            ("chat", {}, 0.5),
            ("chat", some, 0.99),
            ("chat", some, 0.0),
        ]
        rows += [("chat", some, -1.0), ("chat", {}, -2.0), ("chat", some, 1.0)]
        nan = [("chat", some, math.nan), ("chat", {}, math.nan)]
        yield from calls(route, *cases(*draw.sample(rows, len(rows)), *nan), as_=str)

    @exam.claim("many replicas, uneven loads", "All of it together.", weight=2, needs=passes)
    def many(route: Any) -> Iterator[Step]:
        rows: list[tuple[str, dict[str, float], float]] = []
        while len(rows) < 12:
            loads, bound = uneven(draw.choice((4, 7, 12, exam.size(20)))), draw.choice((1.05, 1.25, 1.5, 1.0))
            if clear(loads, bound):
                rows.append((draw.choice(KEYS), loads, bound))
        yield from calls(route, *cases(*rows), as_=str)

    @exam.claim("the work grows little more than with the replicas", "One order a request.", needs=many)
    def _(route: Any) -> Iterator[Step]:
        def larger(n: int) -> tuple[Any, list[Row]]:
            loads = {f"replica {number}": float(number % 7 + 5) for number in range(n)}
            return route, [Row("chat", loads, 1.25), Row("app 7", loads, 1.0)]

        yield from growth("prefix_affinity among n replicas", larger, at=24, most=1.4)


# ── Autoscaler.desired ──────────────────────────────────────────────────────────────────────────────────

PLAN = {"busy": 0.5, "per_replica": 16.0}
"""With these a share of time and requests in flight that say the same are numbers that floats hold exactly."""


def alike(
    in_flight: Sequence[int], draw: random.Random, busy: float = 0.5, per: float = 16.0
) -> list[tuple[float, int, int]]:
    """Samples of which both signals say the same."""
    return [(busy * number / per, draw.randint(0, number // 2), number) for number in in_flight]


@examine(Autoscaler)
def check_scaler(exam: Examination) -> None:
    draw = exam.draw

    def asked(Scaler: Any, settings: Mapping[str, Any], *windows: Window) -> Iterator[Step]:
        """What one autoscaler desires, window after window."""
        trial: Any = there(Scaler, Windows)(Scaler)
        told = ", ".join(f"{name}={value}" for name, value in settings.items())
        found = raised(lambda: plain(trial.asked(dict(settings), list(windows)), list[int]))
        if type(found) is not list:
            yield f"Autoscaler({told}), {len(windows)} windows", found
            return
        before = list[str]()
        for (rows, starting), wanted in zip(windows, found, strict=True):
            flight, waiting, shares = ([row[at] for row in rows] for at in (2, 1, 0))
            case = f"in flight {flight}, of them waiting {waiting}, computing {[round(share, 3) for share in shares]}"
            if len(rows) > 6:
                case = f"{len(rows)} samples with {sum(flight)} in flight"
            after = f"after {', '.join(before)}: " if before else ""
            yield f"Autoscaler({told}), {after}{case}, starting {starting}", wanted
            before.append(
                f"{sum(flight)} in flight at {len(rows)}{f' and {starting} starting' if starting else ''}"
            )

    def window(*in_flight: int, starting: int = 0) -> Window:
        return alike(in_flight, draw), starting

    def apart(n: int, low: int = 17, high: int = 32) -> list[int]:
        """So many in flight at ``n`` replicas, and no whole number of replicas' worth."""
        while True:
            found = [draw.randint(low, high) for _ in range(n)]
            if sum(found) % 16:
                return found

    @exam.claim(
        "the demand over all replicas, a part of one counted whole", "A sum, then a ceiling.", weight=3
    )
    def demand(Scaler: Any) -> Iterator[Step]:
        plan = PLAN | {"least": 1, "most": 99}
        for n in (1, 2, 3, 5):
            yield from asked(Scaler, plan, window(*apart(n)))
        yield from asked(Scaler, plan, window(1, 32, 32))
        yield from asked(Scaler, plan, window(*apart(exam.size(12))))

    @exam.claim("a demand of whole replicas takes no other one", "Exactly three is three.", needs=demand)
    def _(Scaler: Any) -> Iterator[Step]:
        plan = PLAN | {"least": 1, "most": 99}
        yield from asked(Scaler, plan, window(32))
        yield from asked(Scaler, plan, window(24, 24))
        n = draw.randint(2, 5)
        yield from asked(Scaler, plan, window(*[32] * n))

    @exam.claim(
        "spare replicas come on top of the demand", "Not of each of its parts.", weight=2, needs=demand
    )
    def spare(Scaler: Any) -> Iterator[Step]:
        for n, more in ((2, 1), (3, 2), (4, draw.randint(3, 5))):
            yield from asked(Scaler, PLAN | {"spare": more, "most": 99, "least": 1}, window(*apart(n)))
        yield from asked(Scaler, PLAN | {"spare": 3}, ([], 0))

    @exam.claim("never below least nor above most", "Spare ones too.", weight=2, needs=demand)
    def within(Scaler: Any) -> Iterator[Step]:
        least = draw.randint(4, 6)
        yield from asked(Scaler, PLAN | {"least": least}, window(3), window(1, 2), ([], 0))
        yield from asked(Scaler, PLAN | {"most": least}, window(*[32] * least), window(*[31] * (least - 1)))
        yield from asked(Scaler, PLAN | {"most": least, "spare": 3}, window(*[20] * least), window(32, 32))
        yield from asked(Scaler, PLAN | {"least": 3, "spare": 2}, window(5), window(5, 5))
        yield from asked(Scaler, PLAN | {"most": 4, "calm": 3}, window(*[9] * 7), window(*[9] * 6))
        few = [window(*[1] * exist) for exist in (7, 6, 4)]
        yield from asked(Scaler, PLAN | {"most": 4, "calm": 3}, *few)
        yield from asked(Scaler, PLAN | {"most": 6}, window(32, 32, 32, starting=1))
        idle = [window(*[1] * exist) for exist in (6, 5)]
        yield from asked(Scaler, PLAN | {"least": 4, "spare": 2, "calm": 1}, *idle)
        yield from asked(Scaler, {"busy": 0.5}, ([], 0), window(*[32] * 9))

    @exam.claim("what is starting exists", "Order it twice, and it comes twice.", weight=2, needs=demand)
    def starts(Scaler: Any) -> Iterator[Step]:
        plan = PLAN | {"least": 1, "most": 99}
        for n in (2, 3):
            flight = apart(n)
            need = -(-sum(flight) // 16)
            yield from asked(
                Scaler, plan, *(window(*flight, starting=starting) for starting in (0, need - n, need - n))
            )
        yield from asked(Scaler, plan, window(9, 9, starting=4), window(9, 9, 9, starting=3))
        yield from asked(Scaler, plan, window(*apart(4, 25), starting=1), window(*apart(2, 28), starting=1))
        yield from asked(Scaler, PLAN, ([], 3), ([], 3))
        yield from asked(Scaler, plan | {"spare": 2}, window(31, 32, starting=1))
        for low in (window(3, 3, 3, 3, starting=2), window(3, starting=3)):
            yield from asked(Scaler, plan | {"calm": 3}, low, low, low)

    @exam.claim(
        "one goes after calm windows, and one in each that follows", "In a row.", weight=3, needs=demand
    )
    def down(Scaler: Any) -> Iterator[Step]:
        for calm in (3, 1, draw.randint(4, 5)):
            plan, exist, windows = PLAN | {"calm": calm, "least": 1}, 6, list[Window]()
            for number in range(calm + 3):
                windows.append(window(*[draw.randint(1, 6) for _ in range(exist)]))
                exist -= number + 1 >= calm and exist > 2
            yield from asked(Scaler, plan, *windows)
        one_fewer = [window(*(draw.randint(9, 11) for _ in range(4))) for _ in range(3)]
        yield from asked(Scaler, PLAN | {"calm": 3, "least": 1}, *one_fewer)
        yield from asked(Scaler, PLAN | {"calm": 2, "least": 1}, *[window(0, 0, 0)] * 2)
        spared = [window(*[4] * exist) for exist in (6, 6, 5)]
        yield from asked(Scaler, PLAN | {"calm": 2, "least": 1, "spare": 3}, *spared)

    @exam.claim("`quiet` is the length of the row", "Windows in a row, up to the last.", needs=down)
    def _(Scaler: Any) -> Iterator[Step]:
        trial: Any = there(Scaler, Windows)(Scaler)
        low, high = window(3, 3, 3, 3), window(16, 16, 16, 15)
        windows = [low, low, low, low, high, low]
        found = raised(lambda: plain(trial.rows(PLAN | {"calm": 2}, windows), list[int]))
        for number, quiet in enumerate(found if type(found) is list else [found], start=1):
            yield f"calm 2; four quiet windows, a busy one, a quiet one: `quiet` after window {number}", quiet

    @exam.claim(
        "a window that wants as many, or more, ends the row", "Begin to count anew.", weight=2, needs=down
    )
    def _(Scaler: Any) -> Iterator[Step]:
        plan = PLAN | {"calm": 3, "least": 1}
        low, same, more = (3, 3, 3, 3), (16, 16, 16, 15), (32, 32, 32, 32)
        for between in (same, more):
            yield from asked(Scaler, plan, *(window(*each) for each in (low, low, between, low, low, low)))
        half = window(30, 30, starting=2)
        yield from asked(Scaler, plan, window(*low), window(*low), half, window(*low), window(*low))
        yield from asked(
            Scaler, plan, *(window(*each) for each in (low, low, low, low[1:], (16, 16), (3, 3), (3, 3)))
        )

    @exam.claim("more are wanted at once, in the middle of a row too", "Up does not wait.", needs=down)
    def _(Scaler: Any) -> Iterator[Step]:
        plan = PLAN | {"calm": 2, "least": 1}
        yield from asked(Scaler, plan, window(2, 2, 2), window(2, 2, 2), window(*apart(2)), window(*apart(3)))

    @exam.claim("requests in line are in flight already", "Each counts once.", needs=demand)
    def _(Scaler: Any) -> Iterator[Step]:
        for waiting in (0, 10, 18):
            rows = [(each / 32, waiting, each) for each in (20, 21, draw.choice((18, 19)))]
            yield from asked(Scaler, PLAN | {"least": 1}, (rows, 0))

    @exam.claim("targets are those of this autoscaler", "Not always 0.7 and 16.", needs=demand)
    def _(Scaler: Any) -> Iterator[Step]:
        for per, busy in ((8.0, 0.5), (32.0, 0.25), (16.0, 0.7), (24.0, 0.8)):
            flight = [draw.randint(int(per), int(per / busy) - 1) for _ in range(3)]
            while min(sum(flight) % per, per - sum(flight) % per) < 1:
                flight[0] -= 1
            yield from asked(Scaler, {"busy": busy, "per_replica": per}, (alike(flight, draw, busy, per), 0))
        parts = alike((12, 12, 13), draw, 0.5, 12.5)
        yield from asked(Scaler, {"busy": 0.5, "per_replica": 12.5}, (parts, 0))

    @exam.claim("two autoscalers know nothing of each other", "Whose row is it?", needs=down)
    def _(Scaler: Any) -> Iterator[Step]:
        trial: Any = there(Scaler, Windows)(Scaler)
        low, high = window(3, 3, 3), window(16, 16, 15)
        own, others = [low] * 5, [high, high, low, low, low]
        for number, wanted in enumerate(
            plain(trial.in_turn(PLAN | {"least": 1}, own, others), list[int]), start=1
        ):
            yield f"least 1, another one asked in between; window {number} of five quiet ones", wanted

    @exam.claim("the samples stay as they are", "Read only.", needs=demand)
    def _(Scaler: Any) -> Iterator[Step]:
        trial: Any = there(Scaler, Windows)(Scaler)
        rows = alike((30, 11, 20), draw)
        yield "three samples after a window", plain(trial.kept(PLAN, rows), list[tuple[float, int, int]])
