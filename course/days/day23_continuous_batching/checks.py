"""Day 23: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from course.checking.probes import Examination, Row, Step, calls, examine, growth
from course.checking.subject import each, length, plain
from course.systems.serving.chunked import ChunkedScheduler
from course.systems.serving.continuous import ContinuousScheduler
from course.systems.serving.goodput import slo_goodput

NAN = float("nan")
TABLE = ([1, 64, 512, 4096], [8.0, 9.0, 32.0, 256.0], 0.0, 2.0)
"""A step-time curve for checks: flat, then linear."""
Answer = tuple[float, float, float, int, float]
"""What became of a request: arrival, first token, last token (ms), tokens, worst gap (ms)."""
LIMITS = {"ttft_ms": 100.0, "tpot_ms": 10.0, "gap_ms": 40.0}


# ── slo_goodput ─────────────────────────────────────────────────────────────────────────────────────────


def _asked(rows: Sequence[Answer], window: float, **limits: float) -> Row:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []]
    return Row(*columns, **LIMITS | limits, duration_ms=window)


@examine(slo_goodput)
def check_goodput(exam: Examination) -> None:
    draw = exam.draw

    def answer(
        wait: float = 60.0, pace: float = 8.0, gap: float = 30.0, *, tokens: int = 0, at: float = -1
    ) -> Answer:
        """An answer within the limits, unless it is told otherwise; it comes at ``at``, or at any time."""
        arrival = float(draw.randrange(1, 9000)) if at < 0 else at
        tokens = tokens or draw.randrange(5, 30)
        first = arrival + wait
        return arrival, first, first + pace * (tokens - 1), tokens, gap if tokens > 1 else 0.0

    def window() -> float:
        return 1000.0 * draw.choice((2, 4, 5, 8))

    def rates(goodput: Any, *groups: Sequence[Answer]) -> Iterator[Step]:
        yield from calls(goodput, *(_asked(rows, window()) for rows in groups), as_=float)

    def alone(goodput: Any, *answers: Answer) -> Iterator[Step]:
        """Each answer by itself, then all of them beside one that is good."""
        yield from rates(goodput, *([one] for one in answers), [*answers, answer()])

    @exam.claim("good requests are counted by the second", "Milliseconds in, requests per second out.")
    def _(goodput: Any) -> Iterator[Step]:
        good = [[answer() for _ in range(n)] for n in (1, 2, 3, 5)]
        wide = {"ttft_ms": 800.0, "tpot_ms": 400.0, "gap_ms": 900.0}
        yield from calls(goodput, *(_asked(rows, window(), **wide) for rows in good), as_=float)
        yield from rates(goodput, *good, *([*rows, answer(wait=900.0)] for rows in good))
        yield from rates(goodput, *(rows * 2 for rows in good))

    @exam.claim("the first token's wait counts from the request's own arrival", "Row by row.")
    def _(goodput: Any) -> Iterator[Step]:
        yield from alone(goodput, *(answer(wait=float(draw.randrange(110, 400))) for _ in range(2)))
        yield from rates(
            goodput, [answer(at=0.0), answer(at=500.0)], [answer(at=0.0), answer(101.0, at=40.0)]
        )

    @exam.claim("the pace is over the gaps: k tokens have k - 1", "How many gaps lie between five tokens?")
    def _(goodput: Any) -> Iterator[Step]:
        sizes = draw.sample(range(3, 9), 3)
        yield from alone(goodput, *(answer(pace=10.0 * k / (k - 1) - 0.5 / k, tokens=k) for k in sizes))
        yield from alone(goodput, *(answer(90.0, 10.0, tokens=k) for k in sizes))
        yield from alone(goodput, *(answer(pace=pace, tokens=2) for pace in (9.0, 12.0, 19.0)))

    @exam.claim("each promise alone can spoil an answer", "All three, for the same request.", weight=2)
    def spoiled(goodput: Any) -> Iterator[Step]:
        late, slow, frozen, worst = (
            answer(101.0),
            answer(pace=11.0),
            answer(gap=41.0),
            answer(150.0, 90.0, 200.0),
        )
        yield from alone(goodput, late, slow, frozen)
        yield from alone(goodput, worst)
        yield from alone(goodput, worst, frozen)

    @exam.claim("a promise kept exactly is kept", "Each limit is inclusive.", needs=spoiled)
    def _(goodput: Any) -> Iterator[Step]:
        yield from alone(goodput, answer(wait=100.0), answer(pace=10.0), answer(gap=40.0))

    @exam.claim("the limits are those that are given, and times are exact", "No rounding.")
    def _(goodput: Any) -> Iterator[Step]:
        for ttft, tpot, gap in ((500.0, 100.0, 200.0), (20.5, 2.25, 3.5), (1.5, 0.75, 0.25)):
            times, more, hardly = (0.0, 0.25, 0.5, 0.75, 2.0**24 + 1, 2.0**31), 0.125, 2.0**-30
            rows = [answer(ttft + late, tpot, gap, at=at) for late in (0, more) for at in times]
            rows += [answer(ttft, tpot + late, gap) for late in (more, hardly)]
            rows += [answer(ttft, tpot, gap + late) for late in (more, hardly)]
            rows += [answer(ttft + hardly, tpot, gap, at=0.0)]
            given = [_asked([row], 1000.0, ttft_ms=ttft, tpot_ms=tpot, gap_ms=gap) for row in rows]
            yield from calls(goodput, *given, as_=float)

    @exam.claim("an answer of one token has no gap and keeps its pace", "What is 0 / 0?", needs=spoiled)
    def _(goodput: Any) -> Iterator[Step]:
        yield from alone(goodput, *(answer(wait, tokens=1) for wait in (50.0, 100.0, 150.0)))
        arrival, first, *_ = answer(tokens=1)
        yield from alone(goodput, (arrival, first, first + 60.0, 1, 0.0))

    @exam.claim("what was refused or never finished is not good", "Compare with NaN.", needs=spoiled)
    def _(goodput: Any) -> Iterator[Step]:
        for arrival, first, last, tokens, gap in (answer(tokens=1), answer()):
            lost = (NAN, NAN, 0.0), (first, NAN, 0.0), (NAN, last, 0.0), (NAN, NAN, NAN), (first, NAN, gap)
            yield from alone(goodput, *((arrival, f, la, tokens, worst) for f, la, worst in lost))

    @exam.claim("a worst gap of NaN keeps no promise", "Which comparison with NaN is True?", needs=spoiled)
    def _(goodput: Any) -> Iterator[Step]:
        yield from alone(goodput, answer(gap=NAN), answer(gap=NAN))
        for tokens in (1, 2):
            arrival, first, last, *_ = answer(tokens=tokens)
            yield from alone(goodput, (arrival, first, last, tokens, NAN))

    @exam.claim("the rate of many requests", "Row by row, all three.")
    def many(goodput: Any) -> Iterator[Step]:
        for n in (6, 12, exam.size(400)):
            rows = [
                answer(
                    draw.choice((60.0, 99.0, 100.0, 101.0)),
                    draw.uniform(9, 10.5),
                    draw.choice((30.0, 40.0, 41.0)),
                    tokens=draw.choice((0, 0, 1, 2)),
                )
                for _ in range(n)
            ]
            yield from rates(
                goodput, [(a, f, draw.choice((last, last, NAN)), k, gap) for a, f, last, k, gap in rows]
            )

    @exam.claim("columns may be arrays, and are left as they came", "Copy before you clean.", needs=many)
    def _(goodput: Any) -> Iterator[Step]:
        for n in (3, 6):
            rows = [answer() for _ in range(n)]
            for lost in (1, 2, 4):  # the first token, the last one, the worst gap
                at = draw.randrange(n)
                rows[at] = (*rows[at][:lost], NAN, *rows[at][lost + 1 :])  # type: ignore[assignment]
            row = _asked(rows, window())
            yield from calls(goodput, Row(*map(np.array, row.positional), **row.named), as_=float)

    @exam.claim("no requests: nothing was good", "Five empty lists.", needs=many)
    def _(goodput: Any) -> Iterator[Step]:
        yield from rates(goodput, [])

    @exam.claim("columns of unequal length, or no time, are refused", "NaN is not above 0.", needs=many)
    def _(goodput: Any) -> Iterator[Step]:
        rows = [answer() for _ in range(3)]
        full = _asked(rows, 1000.0)
        for short in range(5):
            for kept in (2, 1):
                columns = [
                    column[:kept] if n == short else column for n, column in enumerate(full.positional)
                ]
                yield from calls(goodput, Row(*columns, **full.named), as_=float)
        for time in (0.0, -1000.0, NAN, 0.5):
            yield from calls(goodput, _asked(rows, time), _asked([], time), as_=float)

    @exam.claim("the work is one pass over the requests", "No list is built anew for each.", needs=many)
    def _(goodput: Any) -> Iterator[Step]:
        given = {n: _asked([answer() for _ in range(n)], 1000.0) for n in (50, 200)}
        rows = {n: [row.positional] * 3 for n, row in given.items()}
        yield from growth("slo_goodput", lambda n: (goodput, rows[n]), at=50, most=1.3, **given[50].named)


# ── Schedulers ──────────────────────────────────────────────────────────────────────────────────────────

Lengths = Sequence[tuple[int, int]]
"""Prompt and output tokens of requests in line."""


def _in_line(
    draw: random.Random, Scheduler: Any, slots: int, lengths: Lengths, **options: int
) -> tuple[Any, str]:
    """A scheduler with these requests in line, their ids in no order; and both in words."""
    own, ids = (
        Scheduler(slots, 4096, **options),
        draw.sample(range(10, max(99, 3 * len(lengths))), len(lengths)),
    )
    each(own.submit_row, [(number, *pair) for number, pair in zip(ids, lengths, strict=True)])
    listed = [f"{number} ({prompt}+{output})" for number, (prompt, output) in zip(ids, lengths, strict=True)]
    told = "".join(f", {key} {value}" for key, value in options.items())
    return own, f"slots {slots}{told}; in line, with prompt+output tokens: {', '.join(listed) or 'nobody'}"


def _told(work: Sequence[Sequence[Any]]) -> str:
    return (
        " · ".join(f"slot {at}: {who} {phase} {n} after {cached}" for at, who, phase, n, cached in work)
        or "nothing"
    )


def _planned(own: Any, case: str, iterations: int, order: Any = sorted) -> Iterator[Step]:
    """What each iteration computes, one after the other."""
    for number, (_, rows) in enumerate(calls(own.run, *[(1,)] * iterations, as_=list), start=1):
        yield f"{case}: iteration {number}", _told(order(rows[0]["work"])) if type(rows) is list else rows


def _left(own: Any, case: str, iterations: int) -> Iterator[Step]:
    """What is in the slots and in line after so many iterations."""
    own.run(iterations)
    yield f"{case}: len(slots) after iteration {iterations}", length(own, "slots")
    held = [
        "free" if entry is None else repr(entry) if type(entry) in (bool, int, str) else "held"
        for entry in plain(own.slots, list)
    ]
    yield f"{case}: slots after iteration {iterations}", held
    yield f"{case}: len(waiting) after iteration {iterations}", length(own, "waiting")


def _traffic(draw: random.Random, number: int, every_ms: float) -> list[tuple[int, int, int, float, int]]:
    """Requests in plain numbers: skewed lengths, single tokens, ties in arrival, bursts."""
    now, rows = 0.0, []
    for request in draw.sample(range(10 * number), number):
        now += draw.choice([0.0, 0.0, every_ms, 3 * every_ms])
        prompt, output = draw.choice([1, 7, 30, 130, 900]), draw.choice([1, 2, 5, 17, 40])
        rows.append((request, prompt, output, now, draw.choice([0, 0, 1])))
    return rows


def _served(Scheduler: Any, slots: int, rows: Any, **options: int) -> Iterator[Step]:
    """The schedule of requests that arrive over time, an iteration after the other."""
    schedule = plain(Scheduler(slots, 4096, **options).serve(rows, TABLE), dict)
    columns = [schedule[name].tolist() for name in ("slot", "request_id", "phase", "tokens", "cached")]
    items, told = (
        iter(zip(*columns, strict=True)),
        "".join(f", {key} {value}" for key, value in options.items()),
    )
    for number, many in enumerate(schedule["items"].tolist(), start=1):
        work = sorted(next(items) for _ in range(many))
        yield f"{len(rows)} requests over time, {slots} slots{told}, iteration {number}", _told(work)


def _kept(own: Any, slots: int, budget: int, rows: Sequence[tuple[int, int, int, float, int]]) -> str:
    """The first rule that a schedule of requests which arrive over time breaks."""
    schedule = plain(own.serve(rows, TABLE), dict)
    columns = [schedule[name].tolist() for name in ("slot", "request_id", "phase", "tokens", "cached")]
    items = iter(zip(*columns, strict=True))
    rules, urgent = Rules(slots, budget, []), dict((row[0], row[4]) for row in rows)
    coming = sorted(rows, key=lambda row: (row[3], row[0]))
    for number, (start, many) in enumerate(
        zip(schedule["start_ms"].tolist(), schedule["items"].tolist(), strict=True)
    ):
        while coming and coming[0][3] <= start:
            rules.line.append(coming.pop(0)[:3])
            rules.line.sort(key=lambda waiting: urgent[waiting[0]])
        said = rules.judge([next(items) for _ in range(many)])
        if said != KEPT:
            return f"iteration {number + 1}: {said}"
    return KEPT


def _first(exam: Examination, *lengths: tuple[int, int], **options: int) -> str:
    """The claim that comes first for every scheduler, and that the rest needs."""

    @exam.claim(
        "a request of k output tokens takes k iterations", "The prompt's pass yields the first token."
    )
    def alone(Scheduler: Any) -> Iterator[Step]:
        for prompt, output in lengths:
            yield from _planned(*_in_line(exam.draw, Scheduler, 1, [(prompt, output)], **options), output + 1)

    return alone


def _last(exam: Examination, alone: str, **options: int) -> None:
    """The claims that come last for every scheduler: what a step leaves behind."""
    draw = exam.draw

    @exam.claim("the last token frees the slot in its step, and nobody enters it yet", "When?", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        for slots, lengths, number in (
            (1, [(3, 1), (3, 1)], 1),
            (2, [(3, 2), (3, 1)], 2),
            (2, [(3, 2), (3, 1), (2, 2)], 1),
        ):
            yield from _left(*_in_line(draw, Scheduler, slots, lengths, **options), number)

    @exam.claim("two schedulers that step in turn know nothing of each other", "Whose is it?", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        for lengths in ([(20, 2), (9, 3)], [(3, 2), (draw.randrange(30, 40), 2)]):
            both = [_in_line(draw, Scheduler, 1, [pair], **options) for pair in lengths]
            for number in range(1, 5):
                for own, case in both:
                    ((_, rows),) = calls(own.run, (1,), as_=list)
                    told = _told(rows[0]["work"]) if type(rows) is list else rows
                    yield f"{case}, another steps in between: iteration {number}", told

    @exam.claim("the work is a tuple", "Of which type is the work of an Iteration?", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        own, case = _in_line(draw, Scheduler, 3, [(2, 2), (3, 1)], **options)
        yield f"{case}: the type of step().work", type(own.step().work).__name__

    @exam.claim("nobody in line and no slot held: an iteration of no work", "Iteration(()).", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from _planned(*_in_line(draw, Scheduler, 2, [], **options), 2)

    @exam.claim("a pass costs what its slots cost, however long the line", "Who is looked at?", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        def in_line(waiting: int) -> tuple[Any, list[Any]]:
            own, _ = _in_line(draw, Scheduler, 4, [(1, 1)] * waiting, **options)
            return own.run, [(1,)] * 3

        def held(slots: int) -> tuple[Any, list[Any]]:
            own, _ = _in_line(draw, Scheduler, slots, [(1, 500)] * slots, **options | wide)
            return own.run, [(1,)] * 3

        wide = {"token_budget": 999} if options else {}
        yield from growth("run(1), by the requests in line", in_line, at=60, most=0.3)
        yield from growth("run(1), by the slots held", held, at=12, most=1.4)


@examine(ContinuousScheduler)
def check_continuous(exam: Examination) -> None:
    draw = exam.draw
    alone = _first(exam, (5, 3), (draw.randrange(2, 9), 1), (draw.randrange(600, 900), draw.randrange(2, 5)))

    def planned(
        Scheduler: Any, slots: int, iterations: int, *lengths: tuple[int, int], order: Any = sorted
    ) -> Iterator[Step]:
        yield from _planned(*_in_line(draw, Scheduler, slots, lengths), iterations, order)

    @exam.claim("every free slot is filled, first in line first", "Which end of the line?", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from planned(Scheduler, 3, 7, (5, 3), (2, 3), (6, 3), (3, 3))
        yield from planned(Scheduler, 9, 3, *((draw.randrange(1, 9), 2) for _ in range(9)))

    @exam.claim("no decision reads a length or an id", "Only the place in line decides.", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        for pair in (
            ((4, 9), (4, 1)),
            ((4, 1), (4, 9)),
            ((9, 2), (1, 2)),
            ((1, 2), (9, 2)),
            ((4, 4000), (4, 1)),
        ):
            yield from planned(Scheduler, 1, 3, *pair)

    @exam.claim(
        "a freed slot is filled in the next iteration, while others decode", "Who waits?", needs=alone
    )
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from planned(Scheduler, 2, 6, (3, 1), (3, 4), (4, 2))
        yield from planned(Scheduler, 3, 7, (3, 1), (3, 5), (3, 1), (3, 2), (3, 2))

    @exam.claim("requests that arrive over time", "Admit, compute, complete.", weight=2, needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        for n, slots in ((4, 2), (exam.size(40), 5), (exam.size(20), 9)):
            yield from _served(Scheduler, slots, _traffic(draw, n, 12.0))

    @exam.claim("no slot is empty while somebody waits", "Graham's list scheduling, 1969.", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        lengths = [max(1, round(draw.expovariate(1 / 12))) for _ in range(exam.size(120))]
        yield from _served(Scheduler, 8, [(number, 1, n, 0.0, 0) for number, n in enumerate(lengths)])

    @exam.claim("the work stands in slot order", "Slot 0 first.", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        for at in range(3):
            yield from planned(
                Scheduler, 3, 3, *((2, 1 if number == at else 4) for number in range(4)), order=list
            )

    _last(exam, alone)


KEPT = "every rule is kept"


class Rules:
    """What each pass under a budget must keep, whichever prompt gets what the decodes leave.

    It is told of one pass after the other, and says which rule one breaks first. ``line`` holds id, prompt and output
    tokens of who waits, next in front; whoever arrives is put there.
    """

    def __init__(self, slots: int, budget: int, line: Sequence[tuple[int, int, int]]) -> None:
        self.slots, self.budget, self.line = slots, budget, [*line]
        self.held: dict[int, list[int]] = {}
        """By slot: id, prompt tokens that are left, those in the cache, output tokens that are left."""

    def judge(self, work: Sequence[Sequence[Any]], *, in_order: bool = False) -> str:
        """The first rule that a pass breaks, with the pass, or ``KEPT``."""
        free = [at for at in range(self.slots) if at not in self.held]
        broken = self._who(work, free) or self._how_much(work, free) or (_order(work) if in_order else "")
        return f"{broken}; the pass was {_told(work)}" if broken else KEPT

    def _who(self, work: Sequence[Sequence[Any]], free: list[int]) -> str:
        computed = [at for at, *_ in work]
        for at, (who, prompt, _, _) in self.held.items():
            if at not in computed:
                return (
                    f"{who} holds slot {at}, and {'gets no token' if prompt else 'its decode is held back'}"
                )
        taken = None
        for at, who, *_ in sorted(work, key=lambda row: (row[0], row[1] != self.held.get(row[0], [0])[0])):
            if at == taken:
                return f"slot {at} computes twice"
            taken = at
            if at in self.held:
                if who != self.held[at][0]:
                    return f"{who} computes in the slot of {self.held[at][0]}"
                continue
            if not self.line or who != self.line[0][0]:
                return f"{who} enters, and next in line is {self.line[0][0] if self.line else 'nobody'}"
            if at != free[0]:
                return f"{who} enters slot {at}, and the lowest that is free is {free[0]}"
            prompt, output = self.line.pop(0)[1:]
            self.held[free.pop(0)] = [who, prompt, 0, output]
        return ""

    def _how_much(self, work: Sequence[Sequence[Any]], free: list[int]) -> str:
        left = self.budget - sum(tokens for *_, tokens, _ in work)
        if left < 0:
            return f"{self.budget - left} tokens are computed, and the budget is {self.budget}"
        for at, _, phase, tokens, cached in work:
            who, prompt, before, output = self.held[at]
            if (phase, cached) != ("prefill" if prompt else "decode", before) or not 0 < tokens <= (
                prompt or 1
            ):
                return f"slot {at} holds {who}, with {before} tokens in the cache and {prompt} of its prompt left"
            if left and tokens < prompt:
                return f"{left} tokens of the budget stay unused, and the prompt of {who} is not whole"
            self.held[at] = [who, max(0, prompt - tokens), before + tokens, output - (tokens >= prompt)]
            if not self.held[at][3]:
                del self.held[at]
        if left and free and self.line:
            return (
                f"{left} tokens of the budget stay unused, {self.line[0][0]} waits and slot {free[0]} is free"
            )
        return ""


def _order(work: Sequence[Sequence[Any]]) -> str:
    decodes = [at for at, _, phase, *_ in work if phase == "decode"]
    first = [at for at, *_ in work[: len(decodes)]]
    return "" if first == sorted(decodes) else "the decodes do not stand first, in slot order"


@examine(ChunkedScheduler)
def check_chunked(exam: Examination) -> None:
    draw = exam.draw
    alone = _first(exam, (5, 3), (draw.randrange(2, 9), 1), (draw.randrange(2, 8), 4), token_budget=8)

    def planned(
        Scheduler: Any, slots: int, budget: int, passes: int, *lengths: tuple[int, int]
    ) -> Iterator[Step]:
        """What each pass computes, where there is no choice."""
        yield from _planned(*_in_line(draw, Scheduler, slots, lengths, token_budget=budget), passes)

    def judged(
        Scheduler: Any,
        slots: int,
        budget: int,
        passes: int,
        *lengths: tuple[int, int],
        in_order: bool = False,
    ) -> Iterator[Step]:
        """Whether each pass keeps the rules; after one that does not, no other is judged."""
        own, ids = Scheduler(slots, 4096, token_budget=budget), draw.sample(range(10, 99), len(lengths))
        rows = [(number, *pair) for number, pair in zip(ids, lengths, strict=True)]
        each(own.submit_row, rows)
        listed = ", ".join(f"{number} ({prompt}+{output})" for number, prompt, output in rows)
        case = f"slots {slots}, token_budget {budget}; in line, with prompt+output tokens: {listed}"
        rules = Rules(slots, budget, rows)
        for number, (_, seen) in enumerate(calls(own.run, *[(1,)] * passes, as_=list), start=1):
            said = rules.judge(seen[0]["work"], in_order=in_order) if type(seen) is list else seen
            yield f"{case}: iteration {number}", said
            if said != KEPT:
                break

    @exam.claim("a prompt longer than the budget is cut to it", "What is left of the budget?", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from planned(Scheduler, 1, 4, 5, (10, 2))
        yield from planned(Scheduler, 1, 20, 5, (draw.randrange(41, 60), 2))
        yield from planned(Scheduler, 1, 600, 4, (draw.randrange(1300, 1700), 2))

    @exam.claim("what is left of the budget is used, in the order of the line", "While, not if.", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from judged(Scheduler, 3, 7, 3, (3, 9), (2, 9), (2, 9), (3, 2))
        yield from judged(Scheduler, 3, 7, 3, (3, 9), (2, 9), (4, 9), (3, 2))
        yield from judged(Scheduler, 9, 40, 3, *((draw.randrange(1, 4), 2) for _ in range(9)))
        yield from judged(Scheduler, 3, 6, 5, (4, 3), (9, 2), (1, 2))
        for pair in (((4, 9), (4, 1)), ((4, 1), (4, 9)), ((9, 2), (1, 2)), ((1, 2), (9, 2))):
            yield from judged(Scheduler, 1, 9, 3, *pair)

    @exam.claim("every decode is charged, and none is held back", "What is left after them?", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from judged(Scheduler, 3, 6, 6, (1, 9), (1, 9), (9, 1))
        yield from judged(Scheduler, 5, 4, 6, (1, 9), (1, 9), (1, 9), (1, 9), (3, 1))
        yield from judged(Scheduler, 3, 2, 6, (1, 4), (1, 4), (1, 4))
        yield from judged(Scheduler, 2, 5, 7, (1, 3), (2, 4), (9, 3), (6, 1))

    @exam.claim("who would get no token stays in line", "Look at the budget first.", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        for slots, budget, lengths in ((2, 1, [(3, 2), (1, 1)]), (3, 2, [(1, 4), (1, 4), (1, 4)])):
            own, case = _in_line(draw, Scheduler, slots, lengths, token_budget=budget)
            yield from _left(own, case, 2)

    @exam.claim("who holds a slot computes in every pass", "Is a prompt left alone?", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from judged(Scheduler, 3, 4, 8, (10, 2), (1, 3), (6, 2))
        yield from judged(Scheduler, 3, 5, 8, (2, 9), (9, 2), (3, 3))
        yield from judged(Scheduler, 4, 6, 9, (9, 2), (1, 3), (7, 2), (2, 2), (5, 2))

    @exam.claim("nobody enters a slot in the pass of its last token", "Who reads it then?", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from planned(Scheduler, 1, 8, 5, (2, 2), (3, 1), (3, 1))

    @exam.claim("a budget of one token, and answers of one", "The smallest of everything.", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from planned(Scheduler, 2, 1, 8, (3, 2), (1, 1), (2, 1))

    @exam.claim("requests that arrive over time", "Decodes, then prompts.", weight=2, needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        for n, slots, budget in (
            (4, 2, 9),
            (exam.size(30), 5, 160),
            (exam.size(30), 3, 33),
            (exam.size(20), 4, 4000),
        ):
            rows = _traffic(draw, n, 12.0)
            case = f"{n} requests over time, {slots} slots, token_budget {budget}"
            yield case, _kept(Scheduler(slots, 4096, token_budget=budget), slots, budget, rows)

    @exam.claim("the decodes stand first in the work, in slot order", "Prompts after them.", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from judged(Scheduler, 3, 6, 4, (1, 1), (6, 9), (2, 9), (3, 2), in_order=True)
        yield from judged(Scheduler, 3, 9, 5, (1, 1), (1, 9), (1, 9), (1, 4), (8, 2), in_order=True)

    _last(exam, alone, token_budget=6)
