"""Day 7: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import math
import random
from collections.abc import Iterable, Iterator
from typing import Any

from course.checking.probes import Examination, Row, Step, calls, examine, growth, raised, script
from course.checking.subject import handled, plain
from course.systems.simulate.deadline import Deadline
from course.systems.simulate.fan_out import fan_out_quantile
from course.systems.simulate.hedging import Hedge
from course.systems.simulate.order_statistics import beta_quantile

# ── Deadline.child ──────────────────────────────────────────────────────────────────────────────────────

Ask = tuple[float, float, float, float]
"""When a deadline ends, when a call is made, its share, and the reserve."""


def _quarters(draw: random.Random, low: int, high: int) -> float:
    """A number that floats hold exactly."""
    return draw.randrange(4 * low, 4 * high) / 4


def _rounded_up(draw: random.Random) -> tuple[float, float]:
    """An end and a moment before it, whose difference added to the moment again is later than the end."""
    while True:
        at, now = draw.uniform(50, 500), draw.uniform(1, 50)
        if now + (at - now) > at:
            return at, now


@examine(Deadline)
def check_child(exam: Examination) -> None:
    draw = exam.draw

    def end(parent: Any, now: float, share: float, *reserve: float) -> Any:
        """When a child of ``parent`` ends, or what the call raises."""
        return raised(lambda: float(plain(handled(parent.child(now, share, *reserve)).at_ms, float)))

    def ends(Kind: Any, *asked: Ask) -> Iterator[Step]:
        """When the child of each ends, or what it raises."""
        for at, now, share, reserve in asked:
            told = f"Deadline({at}).child({now}, {share}, {reserve})"
            yield f"{told}: its at_ms", end(Kind(at), now, share, reserve)

    def drawn(share: float, reserve: float) -> Ask:
        now = _quarters(draw, 1, 60)
        return now + reserve + _quarters(draw, 20, 200), now, share, reserve

    @exam.claim("a share of what is left, as a point in time", "From now on: how much is left?", weight=2)
    def left(Kind: Any) -> Iterator[Step]:
        yield from ends(Kind, *(drawn(share, 0.0) for share in (1.0, 0.5, 0.25, 0.75, 0.5)))

    @exam.claim(
        "the reserve is taken off before the share", "The caller's own part first.", weight=2, needs=left
    )
    def reserved(Kind: Any) -> Iterator[Step]:
        yield from ends(Kind, *(drawn(share, _quarters(draw, 1, 15)) for share in (1.0, 0.5, 0.25, 0.75)))
        at, now, reserve = 200.0, _quarters(draw, 1, 60), _quarters(draw, 1, 15)
        yield f"Deadline({at}).child({now}, 0.5), without a reserve: its at_ms", end(Kind(at), now, 0.5)
        named = handled(Kind(at).child(now=now, share=0.5, reserve_ms=reserve))
        told = f"Deadline({at}).child(now={now}, share=0.5, reserve_ms={reserve})"
        yield f"{told}: its at_ms", plain(named.at_ms, float)

    @exam.claim("a child may have children, and its parent stays", "A deadline of its own.", needs=left)
    def _(Kind: Any) -> Iterator[Step]:
        for share in (0.5, 1.0):
            at, now, _, _ = drawn(share, 0.0)
            parent = Kind(at)
            child = handled(parent.child(now, share, 2.0))
            told = f"parent = Deadline({at}); child = parent.child({now}, {share}, 2.0)"
            yield f"{told}; child.left({now})", plain(child.left(now), float)
            yield f"{told}; child.child({now + 1}, 0.5): its at_ms", end(child, now + 1, 0.5)
            yield f"{told}; parent.at_ms afterwards", plain(parent.at_ms, float)
            yield f"{told}; child.at_ms afterwards", plain(child.at_ms, float)
        parent = Kind(_quarters(draw, 60, 90))
        child, began = handled(parent.child(1.0, 1.0)), plain(parent.at_ms, float)
        parent.at_ms = 2.0  # chosen: any other time
        told = f"parent = Deadline({began}); child = parent.child(1.0, 1.0); parent.at_ms = 2.0; child.at_ms"
        yield told, plain(child.at_ms, float)

    @exam.claim("never later than the caller's own end, not by a rounding error", "min.", needs=left)
    def _(Kind: Any) -> Iterator[Step]:
        for _ in range(3):
            at, now = _rounded_up(draw)
            found = end(Kind(at), now, 1.0)
            late = found > at if type(found) is float else found
            yield f"Deadline({at!r}).child({now!r}, 1.0): does it end later", late

    @exam.claim(
        "a little time is time: an end at 0, a call before 0, an end that never comes", "", needs=left
    )
    def _(Kind: Any) -> Iterator[Step]:
        small = 2.0 ** -draw.randrange(3, 9)
        now = _quarters(draw, 1, 60)
        asked = [(now + small, now, 0.5, 0.0), (now + 5 + small, now, 1.0, 5.0), (0.0, -now, 0.5, 0.0)]
        asked += [(0.0, -now - 4, 1.0, 4.0), (math.inf, now, 0.5, 3.0), (now, 0.0, small, 0.0)]
        yield from ends(Kind, *asked)

    @exam.claim("nothing left is DeadlineExceeded", "And exactly nothing?", weight=2, needs=reserved)
    def over(Kind: Any) -> Iterator[Step]:
        now, reserve = _quarters(draw, 20, 60), _quarters(draw, 5, 15)
        asked = [(now - 4, now, 0.5, 0.0), (now, now, 1.0, 0.0), (now + reserve, now, 0.5, reserve)]
        asked += [(now + reserve - 1, now, 0.25, reserve), (now + 3, now, 1.0, math.inf)]
        asked += [(now + reserve + 1, now, 0.5, reserve)]
        yield from ends(Kind, *draw.sample(asked, len(asked)))

    @exam.claim("a share or a reserve that is none comes first", "At the door.", needs=over)
    def _(Kind: Any) -> Iterator[Step]:
        now = _quarters(draw, 1, 60)
        asked = []
        for at in (now + 100, now - 4):
            asked += [(at, now, share, 0.0) for share in (0.0, -0.5, 1.0 + 2.0**-20, 2.0)]
            asked += [(at, now, 0.5, reserve) for reserve in (-1.0, -1e-9)]
        nothing = [
            (now + 100, now, math.nan, 0.0),
            (now + 100, now, 0.5, math.nan),
            (now - 4, now, math.nan, 0.0),
        ]
        yield from ends(Kind, *draw.sample(asked, len(asked)), *nothing)


# ── fan_out_quantile ────────────────────────────────────────────────────────────────────────────────────

AWAY = 1e-6
"""How far, in places of the sample, a case stays from where two values are equally right."""


def _times(draw: random.Random, n: int) -> list[float]:
    """``n`` different times in any order."""
    return [number / 4 for number in draw.sample(range(8, 40 * n + 40), n)]


def _asked(
    draw: random.Random, times: list[float], shards: int, need: int | None = None, low: float = 0.05
) -> Row:
    """A row of arguments whose ``q`` is away from every jump."""
    while True:
        q = round(draw.uniform(low, 0.999), 3)
        place = beta_quantile(q, shards if need is None else need, shards) * len(times) if need != 0 else 0.5
        if abs(place - round(place)) > AWAY:
            return Row(times, shards, q) if need is None else Row(times, shards, q, need)


def _by_name(row: Row) -> Row:
    """The same question with its numbers by name: whoever asks whether ``need`` is in a ``range`` counts nothing by it."""
    times, shards, q, need = row.positional
    return Row(times, shards=shards, q=q, need=need)


@examine(fan_out_quantile)
def check_fan_out(exam: Examination) -> None:
    draw = exam.draw

    def asked(tail: Any, rows: Iterable[Row]) -> Iterator[Step]:
        yield from calls(tail, *rows, as_=float)

    @exam.claim("one leaf: the quantile of its times, one of them", "What is the least that is enough?")
    def one(tail: Any) -> Iterator[Step]:
        yield from asked(tail, [_asked(draw, _times(draw, n), 1) for n in (1, 2, 2, 3, 4, 5, 8, 20)])

    @exam.claim(
        "all leaves: the slowest of them decides", "When has each of n answered?", weight=3, needs=one
    )
    def every(tail: Any) -> Iterator[Step]:
        sizes = ((2, 2), (3, 2), (3, 3), (4, 3), (5, 2), (8, 5), (20, 10), (100, 20), (exam.size(300), 100))
        yield from asked(tail, [_asked(draw, _times(draw, n), shards) for n, shards in sizes])
        yield from asked(tail, [_asked(draw, _times(draw, 40), 3, low=0.9) for _ in range(3)])
        crowds = [
            Row(_times(draw, n), n + more, q) for n, more, q in ((2, 1, 0.1), (3, 0, 0.2), (4, 2, 0.15))
        ]
        yield from asked(tail, crowds)  # as many leaves as times, or more: one may be taken twice

    @exam.claim(
        "some of the leaves: the need-th answer decides", "Which one is waited for?", weight=3, needs=every
    )
    def some(tail: Any) -> Iterator[Step]:
        sizes = (
            (3, 3, 2),
            (4, 4, 3),
            (5, 4, 1),
            (8, 5, 3),
            (20, 10, 9),
            (100, 20, 19),
            (200, 100, 95),
            (50, 7, 2),
        )
        yield from asked(tail, [_asked(draw, _times(draw, n), shards, need) for n, shards, need in sizes])

    @exam.claim("need may be all of them, or none", "0 is a number too.", needs=some)
    def _(tail: Any) -> Iterator[Step]:
        for shards in (1, 3, draw.randrange(4, 30)):
            times = _times(draw, 12)
            yield from asked(tail, [_asked(draw, times, shards, need) for need in (shards, 0, 1)])
        yield from calls(tail, Row(_times(draw, 9), 4, 0.613, need=None), as_=float)

    @exam.claim("equal times, whole numbers, a time of 0", "Nothing but the order counts.", needs=some)
    def _(tail: Any) -> Iterator[Step]:
        few = [float(draw.randrange(3, 9)) for _ in range(12)]
        low, high = _quarters(draw, 3, 9), _quarters(draw, 10, 20)
        crowded = [Row([low] * 9 + [high], 1, 0.7), Row([low] + [high] * 9, 1, 0.3)]
        yield from asked(tail, crowded)
        lists = [[7.5] * 5, few, [0.0] * 3 + [4.0], [0.0, *_times(draw, 5)], [0.0] * 2]
        yield from asked(tail, [_asked(draw, times, draw.randrange(2, 6)) for times in lists])
        yield from asked(tail, [_asked(draw, times, 5, 4) for times in lists])
        yield from asked(tail, [_asked(draw, draw.sample(range(1, 90), 11), 3)])

    @exam.claim("a share that is just reached is enough", "At least, not more than.", needs=one)
    def _(tail: Any) -> Iterator[Step]:
        for n in (4, 8):
            times = _times(draw, n)
            yield from asked(tail, [Row(times, 1, eighths / 8) for eighths in draw.sample((2, 4, 6), 3)])

    @exam.claim("the median, and one time in a million million", "q may be any share.", needs=some)
    def _(tail: Any) -> Iterator[Step]:
        times = _times(draw, exam.size(40))
        rows = [Row(times, shards, 1 - 1e-12) for shards in (1, 2, 50)]
        rows += [Row(times, shards, 1e-9, 1) for shards in (2, 50)]
        yield from asked(tail, [*rows, _asked(draw, times, 9, low=0.45), _asked(draw, times, 9, 5, low=0.45)])

    @exam.claim("a hundred thousand shards", "No loop over shards.", needs=some)
    def _(tail: Any) -> Iterator[Step]:
        times = _times(draw, exam.size(60))
        for shards in (2000, 100_000):
            needs = (None, shards, shards - draw.randrange(2, 40), shards // 2, draw.randrange(1, 9))
            yield from asked(tail, [_asked(draw, times, shards, need) for need in needs])

    @exam.claim("what is no question is a ValueError", "At the door.", needs=some)
    def _(tail: Any) -> Iterator[Step]:
        times, shards = _times(draw, 6), draw.randrange(2, 9)
        rows: list[Any] = [([], shards, 0.5), ([], shards, 0.5, 0), (times, 0, 0.5), (times, -1, 0.5)]
        rows += [(times, shards, q) for q in (0.0, 1.0, -0.5, 1.5, 99.0, math.nan)]
        rows += [(times, shards, 0.5, need) for need in (-1, shards + 1, 10 * shards)]
        rows += [(times, shards, q, 0) for q in (0.0, 1.0)]
        yield from calls(tail, *draw.sample(rows, len(rows)), as_=float)

    @exam.claim("the work does not grow with the shards", "No loop over shards.", needs=every)
    def _(tail: Any) -> Iterator[Step]:
        times = _times(draw, 30)
        for part, told in ((1, "all of them needed"), (2, "half of them needed")):
            rows = {n: [_by_name(_asked(draw, times, n, n // part))] * 3 for n in (5_000, 20_000)}
            yield from growth(
                f"fan_out_quantile, {told}",
                lambda n, rows=rows: (tail, rows[n]),  # type: ignore[misc]
                at=5_000,
                most=0.2,
            )

    @exam.claim("one sort of the sample", "Not once for each value.", needs=every)
    def _(tail: Any) -> Iterator[Step]:
        rows = {n: [_asked(draw, _times(draw, n), 20).positional] * 3 for n in (300, 1200)}
        yield from growth(
            "fan_out_quantile", lambda n: (tail, [(*row,) for row in rows[n]]), at=300, most=1.4
        )


# ── Hedge ───────────────────────────────────────────────────────────────────────────────────────────────

ACTIONS = list[tuple[str, int]]
TYPES: dict[str, Any] = {"start": ACTIONS, "on_time": ACTIONS, "on_answer": ACTIONS}
Line = tuple[Any, ...]
"""The name of a method, and its arguments."""


def _story(request: Any, delay: float, *lines: Line) -> Iterator[Step]:
    """What each line gives, told with all that came before it.

    A right cancel is as good as none: it is left out, and the case says so.
    """
    said = [f"{name}({', '.join(map(str, arguments))})" for name, *arguments in lines]
    told = [f"Hedge({delay}): {', then '.join(said[: place + 1])}" for place in range(len(said))]
    steps = script(*((words, request, *line) for words, line in zip(told, lines, strict=True)), as_=TYPES)
    twice = False
    for (case, value), (name, *arguments) in zip(steps, lines, strict=False):
        if name != "on_answer":
            twice = twice or (type(value) is list and ("send", 1) in value)
            yield case, value
        else:
            yield (
                f"{case} (a right cancel may follow)" if twice else case,
                _kept(value, arguments[0], twice=twice),
            )


def _kept(actions: Any, copy: int, *, twice: bool) -> Any:
    """``actions`` without the cancel that may follow an answer, where there is something to cancel."""
    right = [("answer", copy), ("cancel", 1 - copy)]
    return right[:1] if twice and type(actions) is list and actions == right else actions


@examine(Hedge)
def check_hedge(exam: Examination) -> None:
    draw = exam.draw

    def moment(low: int = 1, high: int = 50) -> float:
        return _quarters(draw, low, high)

    @exam.claim(
        "it starts with one copy, and the second is due a delay later", "From the start on.", weight=2
    )
    def starts(Kind: Any) -> Iterator[Step]:
        for _ in range(3):
            delay, began = moment(), moment()
            yield from _story(Kind(delay), delay, ("due",), ("start", began), ("due",))

    @exam.claim(
        "when it is due the second copy goes out, once", "Not before, and not again.", weight=3, needs=starts
    )
    def twice(Kind: Any) -> Iterator[Step]:
        for wait in (0.0, 0.25, 7.5):
            delay, began = moment(), moment()
            due = began + delay
            early = ("on_time", due - 0.25)
            late = [("on_time", due + wait + more) for more in (0.0, delay, 2 * delay)]
            yield from _story(Kind(delay), delay, ("start", began), early, late[0], ("due",), *late[1:])

    @exam.claim(
        "the first answer is handed on, and then nothing is due",
        "What if it comes in time?",
        weight=3,
        needs=twice,
    )
    def answered(Kind: Any) -> Iterator[Step]:
        for part in (0.5, 0.25, 1.5):  # the last answers when it is due already, and nobody was woken
            delay, began = moment(4), moment()
            came, due = began + part * delay, began + delay
            rest = (("due",), ("on_time", due), ("on_time", due + delay), ("due",))
            yield from _story(Kind(delay), delay, ("start", began), ("on_answer", 0, came), *rest)

    @exam.claim(
        "of two copies the first to answer counts, whichever it is",
        "And the other one's?",
        weight=3,
        needs=answered,
    )
    def either(Kind: Any) -> Iterator[Step]:
        for first in (0, 1, 1, 0):
            delay, began = moment(), moment()
            due = began + delay
            came = [("on_answer", first, due + 3), ("due",), ("on_answer", 1 - first, due + 9)]
            more = (("on_time", due + 10), ("due",))
            yield from _story(Kind(delay), delay, ("start", began), ("on_time", due), *came, *more)

    @exam.claim("a copy that was never sent is not cancelled", "How many are under way?", needs=answered)
    def _(Kind: Any) -> Iterator[Step]:
        for _ in range(2):
            delay, began = moment(4), moment()
            yield from _story(Kind(delay), delay, ("start", began), ("on_answer", 0, began + 0.5))

    @exam.claim(
        "exactly when it is due: who is called first decides",
        "An answer in time needs no second copy.",
        needs=either,
    )
    def _(Kind: Any) -> Iterator[Step]:
        for _ in range(2):
            delay, began = moment(), moment()
            due = began + delay
            begun = ("start", began)
            yield from _story(Kind(delay), delay, begun, ("on_answer", 0, due), ("on_time", due), ("due",))
            both = (("on_answer", 1, due), ("on_answer", 0, due), ("due",))
            yield from _story(Kind(delay), delay, begun, ("on_time", due), *both)

    @exam.claim("a clock that starts below 0, or at 0", "Only differences matter.", needs=either)
    def _(Kind: Any) -> Iterator[Step]:
        for place in range(3):
            delay = moment(1, 20)
            began = (0.0, -delay, -delay - moment())[place]
            due = began + delay
            lines = (
                ("on_time", due - 0.5),
                ("on_time", due),
                ("on_answer", 1, due + 1),
                ("on_answer", 0, due + 2),
            )
            yield from _story(Kind(delay), delay, ("start", began), ("due",), *lines)

    @exam.claim("a delay of 0, and one without end", "Due at once is not sent at once.", needs=either)
    def _(Kind: Any) -> Iterator[Step]:
        began = moment()
        still = (
            ("due",),
            ("on_time", began),
            ("on_time", began),
            ("on_answer", 0, began),
            ("on_answer", 1, began),
        )
        yield from _story(Kind(0.0), 0.0, ("start", began), *still)
        never = (("due",), ("on_time", began + 1e9), ("due",), ("on_answer", 0, began + 1e9), ("due",))
        yield from _story(Kind(math.inf), math.inf, ("start", began), *never)

    @exam.claim("woken late, twice, or after the answer: nothing more goes out", "", needs=either)
    def _(Kind: Any) -> Iterator[Step]:
        for _ in range(exam.size(2)):
            delay, now = moment(), moment()
            lines: list[Line] = [("start", now)]
            for _ in range(5):
                now += draw.choice((0.0, delay / 2, delay, 2 * delay))
                lines.append(("on_time", now))
            lines.append(
                ("on_answer", draw.choice((0, 1)), now)
                if now - lines[0][1] >= delay
                else ("on_answer", 0, now)
            )
            lines += [("due",), ("on_time", now + delay)]
            yield from _story(Kind(delay), delay, *lines)

    @exam.claim("the same choice each time", "Always cancel the loser, or never.", needs=either)
    def _(Kind: Any) -> Iterator[Step]:
        counts = set()
        for first, began in ((0, moment()), (1, moment()), (1, moment(500, 900)), (0, moment(500, 900))):
            delay = moment()
            request = Kind(delay)
            lines = (("start", began), ("on_time", began + delay), ("on_answer", first, began + delay + 1))
            steps = [value for _, value in script(*((request, *line) for line in lines), as_=TYPES)]
            counts.add(len(steps[-1]) if type(steps[-1]) is list else -1)
        yield "four requests with two copies each: is it the same choice each time", len(counts) == 1
