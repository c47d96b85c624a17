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
            times, more = (0.0, 0.25, 0.5, 0.75, 2.0**31), 0.125
            rows = [answer(ttft + late, tpot, gap, at=at) for late in (0, more) for at in times]
            rows += [answer(ttft, tpot + more, gap), answer(ttft, tpot, gap + more)]
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
            row = _asked(
                [(a, f, draw.choice((last, NAN)), k, g) for a, f, last, k, g in (answer() for _ in range(n))],
                window(),
            )
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
    own, ids = Scheduler(slots, 4096, **options), draw.sample(range(10, 99), len(lengths))
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
    held = ["free" if entry is None else "held" for entry in plain(own.slots, list)]
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

    @exam.claim("the work is a tuple", "Of which type is the work of an Iteration?", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        own, case = _in_line(draw, Scheduler, 3, [(2, 2), (3, 1)], **options)
        yield f"{case}: the type of step().work", type(own.step().work).__name__

    @exam.claim("nobody in line and no slot held: an iteration of no work", "Iteration(()).", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from _planned(*_in_line(draw, Scheduler, 2, [], **options), 2)


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


@examine(ChunkedScheduler)
def check_chunked(exam: Examination) -> None:
    draw = exam.draw
    alone = _first(exam, (5, 3), (draw.randrange(2, 9), 1), (draw.randrange(2, 8), 4), token_budget=8)

    def planned(
        Scheduler: Any,
        slots: int,
        budget: int,
        iterations: int,
        *lengths: tuple[int, int],
        order: Any = sorted,
    ) -> Iterator[Step]:
        yield from _planned(
            *_in_line(draw, Scheduler, slots, lengths, token_budget=budget), iterations, order
        )

    @exam.claim("a prompt longer than the budget is cut to it", "min(budget left, prompt_left).", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from planned(Scheduler, 1, 4, 5, (10, 2))
        yield from planned(Scheduler, 1, 20, 5, (draw.randrange(41, 60), 2))
        yield from planned(Scheduler, 1, 600, 4, (draw.randrange(1300, 1700), 2))

    @exam.claim("what is left of the budget admits the next in line", "While, not if.", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from planned(Scheduler, 3, 7, 3, (3, 9), (2, 9), (4, 9), (3, 2))
        yield from planned(Scheduler, 9, 40, 3, *((draw.randrange(1, 4), 2) for _ in range(9)))
        yield from planned(Scheduler, 3, 6, 5, (4, 3), (9, 2), (1, 2))

    @exam.claim("every decode is charged, and none is held back", "What is left after them?", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from planned(Scheduler, 3, 6, 6, (1, 9), (1, 9), (9, 1))
        yield from planned(Scheduler, 5, 4, 6, (1, 9), (1, 9), (1, 9), (1, 9), (3, 1))
        yield from planned(Scheduler, 3, 2, 6, (1, 4), (1, 4), (1, 4))

    @exam.claim("who would get no token stays in line", "Look at the budget first.", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        for slots, number in ((2, 1), (3, 2)):
            own, case = _in_line(draw, Scheduler, slots, [(8, 2), (2, 1), (1, 1)], token_budget=4)
            yield from _left(own, case, number)

    @exam.claim("the open prompt goes on before a newcomer starts", "At most one is open.", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from planned(Scheduler, 3, 4, 8, (10, 2), (1, 3), (6, 2))
        yield from planned(Scheduler, 3, 5, 8, (2, 9), (9, 2), (3, 3))

    @exam.claim("nobody enters a slot in the pass of its last token", "Who reads it then?", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from planned(Scheduler, 1, 8, 5, (2, 2), (3, 1), (3, 1))

    @exam.claim("a budget of one token, and answers of one", "The smallest of everything.", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from planned(Scheduler, 2, 1, 8, (3, 2), (1, 1), (2, 1))

    @exam.claim("requests that arrive over time", "Decodes, open prompt, newcomers.", weight=2, needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        for n, slots, budget in (
            (4, 2, 9),
            (exam.size(30), 5, 160),
            (exam.size(30), 3, 33),
            (exam.size(20), 4, 4000),
        ):
            yield from _served(Scheduler, slots, _traffic(draw, n, 12.0), token_budget=budget)

    @exam.claim("the work in order: decodes by slot, open prompt, newcomers", "Steps 1, 2, 3.", needs=alone)
    def _(Scheduler: Any) -> Iterator[Step]:
        yield from planned(Scheduler, 3, 6, 4, (1, 1), (6, 9), (2, 9), (3, 2), order=list)
        yield from planned(Scheduler, 3, 9, 5, (1, 1), (1, 9), (1, 9), (1, 4), (8, 2), order=list)

    _last(exam, alone, token_budget=6)
