"""Day 23: what a right answer shows. Every expected value comes from the library, run by the examiner, or from a formula."""

import heapq
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from typing import Any

from course.examination import Examination, Finding, examine
from course.serving.chunked import ChunkedScheduler
from course.serving.continuous import ContinuousScheduler
from course.serving.goodput import slo_goodput
from course.serving.slots import Columns, Row
from course.subject import Subject, each, expect_error, plain

Item = tuple[int, int, str, int, int]
"""One sequence's work: slot, request, phase, tokens, tokens cached before."""
Promise = tuple[float, float, float, int, float]
"""One request of a goodput: arrival, first token, last token (ms), tokens, worst gap (ms)."""

NAN = float("nan")
PROMISES = {"ttft_ms": 100.0, "tpot_ms": 10.0, "gap_ms": 40.0}
TABLE = ([1, 64, 512, 4096], [8.0, 9.0, 32.0, 256.0], 0.0, 2.0)
"""A step-time curve for checks: flat, then linear."""


# ── slo_goodput ─────────────────────────────────────────────────────────────────────────────────────────


@examine
def check_goodput(exam: Examination, goodput: Subject, *, seed: int, scale: float) -> None:
    """Requests a second that keep three promises, with limits that floats hold exactly.

    Reference: course/serving/goodput.py
    """
    rng = random.Random(seed)

    def rate(rows: Sequence[Promise], ttft: float, tpot: float, gap: float, window: float) -> float:
        columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []]
        found = goodput(*columns, ttft_ms=ttft, tpot_ms=tpot, gap_ms=gap, duration_ms=window)
        return float(plain(found, float))

    def one(row: Promise) -> float:
        """The rate of one request in one second, under 100 ms, 10 ms a token and 40 ms a gap."""
        return rate([row], 100, 10, 40, 1000)

    def told(row: Promise) -> str:
        arrival, first, last, tokens, gap = row
        return f"arrived at {arrival:g}, tokens from {first:g} to {last:g} ms, {tokens} of them, worst gap {gap:g}"

    limits = "limits 100, 10 and 40 ms, over 1,000 ms"

    @exam.claim("good requests are counted by the second", hint="Milliseconds in, requests per second out.")
    def _() -> Finding | None:
        rows = [(0.0, 10.0, 50.0, 5, 10.0), (0.0, 12.0, 40.0, 5, 8.0), (0.0, 8.0, 28.0, 3, 10.0)]
        got = rate(rows, 500, 100, 200, 2000)
        if math.isclose(got, 1.5):
            return None
        likely = {0.0015: "good requests are divided by milliseconds", 1.0: "a share of the requests, not a rate",
                  3.0: "good requests are counted, and not divided by the time"}  # fmt: skip
        return Finding("rate", "three requests, all far inside wide limits, in 2,000 ms", "1.5 a second", f"{got:g}",
                       likely.get(round(got, 9), ""))  # fmt: skip

    @exam.claim("a promise kept exactly is kept", hint="Each limit is inclusive.")
    def _() -> Finding | None:
        for name, row in (
            ("the first token after exactly 100 ms", (0.0, 100.0, 120.0, 21, 4.0)),
            ("exactly 10 ms a token", (20.0, 20.0, 60.0, 5, 20.0)),
            ("a worst gap of exactly 40 ms", (0.0, 20.0, 65.0, 9, 40.0)),
        ):
            if (got := one(row)) != 1.0:
                return Finding("exclusive-limit", f"{name}: {told(row)}; {limits}", "1 a second: limits are inclusive", f"{got:g}",
                               "a request exactly at a limit is counted as late", "<=, not <")  # fmt: skip
        return None

    @exam.claim(
        "the first token's wait counts from the request's own arrival", hint="first - arrival, row by row."
    )
    def _() -> Finding | None:
        rows = [(0.0, 60.0, 80.0, 21, 5.0), (500.0, 560.0, 580.0, 21, 5.0)]
        got = rate(rows, 100, 10, 40, 1000)
        if got == 2.0:
            return None
        return Finding("other-clock", f"two requests: {told(rows[0])}; {told(rows[1])}; {limits}", "2 a second", f"{got:g}",
                       "the wait is not taken from each request's own arrival" if got == 1.0 else "")  # fmt: skip

    @exam.claim("each promise alone can spoil an answer", weight=2, hint="All three, for the same request.")
    def _() -> Finding | None:
        for what, row in (
            ("only the first token is late", (0.0, 101.0, 141.0, 5, 20.0)),
            ("only the pace is too slow", (0.0, 20.0, 260.0, 9, 36.0)),
            ("only the worst gap is too long", (0.0, 20.0, 65.0, 9, 41.0)),
        ):
            if (got := one(row)) != 0.0:
                likely = (
                    "the worst gap is not looked at"
                    if "gap" in what
                    else "one kept promise is enough to be good"
                )
                return Finding(
                    "promise-ignored",
                    f"{what}: {told(row)}; {limits}",
                    "0: every promise must hold",
                    f"{got:g}",
                    likely,
                )
        rows = [(0.0, 150.0, 450.0, 4, 200.0), (0.0, 50.0, 80.0, 21, 9.0)]
        if (got := rate(rows, 100, 10, 40, 1000)) != 1.0:
            return Finding("not-joint", f"one request breaks all promises, one keeps them; {limits}", "1 a second", f"{got:g}",
                           "shares of each promise were multiplied: they fail together, so count requests")  # fmt: skip
        rows = [(0.0, 101.0, 141.0, 5, 20.0), (0.0, 20.0, 260.0, 9, 36.0), (0.0, 20.0, 65.0, 9, 41.0)]
        if (got := rate(rows, 100, 10, 40, 1000)) != 0.0:
            return Finding("not-joint", f"three requests, each breaks another promise; {limits}", "0: none keeps all three", f"{got:g}",
                           "each promise is counted by itself: ask whether the same request keeps all three")  # fmt: skip
        return None

    @exam.claim(
        "the pace is over the gaps: k tokens have k - 1", hint="How many gaps lie between five tokens?"
    )
    def _() -> Finding | None:
        row = (0.0, 20.0, 68.0, 5, 20.0)
        if (got := one(row)) != 0.0:
            return Finding("tokens-not-gaps", f"{told(row)}; {limits}", "0: 48 ms over 4 gaps are 12 ms", f"{got:g}",
                           "k tokens have k - 1 gaps; dividing by k flatters")  # fmt: skip
        row = (0.0, 90.0, 130.0, 5, 20.0)
        if (got := one(row)) != 1.0:
            return Finding("wait-counted-twice", f"{told(row)}; {limits}", "1: 40 ms over 4 gaps are 10 ms", f"{got:g}",
                           "the pace starts at the first token: its wait was counted already")  # fmt: skip
        return None

    @exam.claim("an answer of one token has no gap and keeps its pace", hint="What is 0 / 0?",
                likely={"ZeroDivisionError": "an answer of one token has no gap to divide by"})  # fmt: skip
    def _() -> Finding | None:
        if (got := one((0.0, 50.0, 50.0, 1, 0.0))) != 1.0:
            return Finding("one-token", f"{told((0.0, 50.0, 50.0, 1, 0.0))}; {limits}", "1 a second", f"{got:g}",
                           "one token has no gap: its pace holds whatever the limit")  # fmt: skip
        if (got := one((0.0, 150.0, 150.0, 1, 0.0))) != 0.0:
            return Finding(
                "one-token-late",
                f"{told((0.0, 150.0, 150.0, 1, 0.0))}; {limits}",
                "0: its only token is late",
                f"{got:g}",
            )
        return None

    @exam.claim("what was refused or never finished is not good", hint="Compare with NaN, and negate.")
    def _() -> Finding | None:
        for what, row in (
            ("a refused request", (0.0, NAN, NAN, 5, 0.0)),
            ("an answer that never finished", (0.0, 20.0, NAN, 5, 10.0)),
            ("a refused request for one token", (0.0, NAN, NAN, 1, 0.0)),
            ("an answer of one token that never finished", (0.0, 20.0, NAN, 1, 0.0)),
        ):
            if (got := one(row)) != 0.0:
                return Finding("unfinished-good", f"{what}: {told(row)}; {limits}", "0", f"{got:g}",
                               "an answer that never came was counted as good")  # fmt: skip
        return None

    @exam.claim("no requests: nothing was good", hint="Five empty lists.",
                likely={"ZeroDivisionError": "the share of no requests is not defined; the rate is 0"})  # fmt: skip
    def _() -> Finding | None:
        if (got := rate([], 100, 10, 40, 1000)) == 0.0:
            return None
        return Finding("no-requests", "slo_goodput([], [], [], [], [], …)", "0.0", f"{got:g}")

    @exam.claim(
        "columns of unequal length, or no time, are refused", hint="Check at the door; NaN is not above 0."
    )
    def _() -> Finding | None:
        full: list[list[float]] = [[0.0, 0.0], [20.0, 20.0], [60.0, 60.0], [5, 5], [20.0, 20.0]]
        cases: list[tuple[str, str, list[list[float]], float]] = [
            (
                f"two requests, but one entry in {name}",
                "columns of unequal length are not refused",
                [column[:1] if number == short else column for number, column in enumerate(full)],
                1000.0,
            )
            for short, name in ((1, "first_token_ms"), (4, "worst_gap_ms"))
        ]
        cases += [
            (f"duration_ms={window}", "a time that is not above 0 is not refused", full, window)
            for window in (0.0, -1000.0, NAN)
        ]
        for case, likely, columns, window in cases:
            found = expect_error(
                "InvalidOutcomes", partial(goodput, *columns, **PROMISES, duration_ms=window), case
            )
            if found:
                return replace(found, likely=likely) if found.got.startswith("no error") else found
        return None

    @exam.claim("the rate of many requests", hint="Row by row, all three.")
    def _() -> Finding | None:
        rows: list[Promise] = []
        window = 4096
        for _ in range(int(400 * scale)):
            arrival, tokens = rng.randrange(4000), rng.choice([1, 2, 3, 9, 40])
            first = arrival + rng.choice([8, 64, 100, 101, 128])
            last = first + (tokens - 1) * rng.choice([4, 8, 10, 12])
            lost = rng.random() < 0.1
            rows.append((float(arrival), NAN if lost else float(first), NAN if lost else float(last), tokens,
                         0.0 if tokens == 1 else float(rng.choice([10, 40, 48]))))  # fmt: skip
        columns = list(zip(*rows, strict=True))
        expected = slo_goodput(*columns, **PROMISES, duration_ms=float(window))
        got = rate(rows, 100, 10, 40, window)
        if math.isclose(got, expected, abs_tol=1e-9):
            return None
        return Finding(
            "many",
            f"{len(rows)} requests in 4,096 ms, a tenth of them refused",
            f"{expected:.4f} a second",
            f"{got:.4f}",
        )


# ── Schedulers ──────────────────────────────────────────────────────────────────────────────────────────

COMMON = {
    "InvalidAdvance": "a sequence was asked for more than it has: one that is done leaves its slot in the same step",
    "SchedulerStalled": "a step computed nothing although somebody waits or holds a slot",
    "IndexError": "popleft from an empty line: look whether anybody waits",
    "AttributeError": "the work of an Iteration is what `advance` returned, and a free slot is None",
    "TookTooLong": "there is a loop without an end in the step",
}
ONCE = "a sequence computes once in an iteration; its next token comes in the next"
HELD_BACK = "a decode is held back while a prompt is open"
AGAIN = COMMON | {
    "InvalidAdvance": "a sequence is computed again after its last token: it must leave its slot in that step"
}


def _put_in_line(Scheduler: Any, slots: int, rows: Sequence[tuple[int, ...]], options: dict[str, Any]) -> Any:
    own = Scheduler(slots, 4096, **options)
    if type(own) is Subject:
        each(own.submit_row, list(rows))
    else:
        for row in rows:
            own.submit_row(*row)
    return own


def _planned(own: Any, iterations: int | None = None) -> list[list[Item]]:
    """The work of so many steps, or of all until idle: one list an iteration."""
    rows: list[dict[str, Any]] = plain(own.run() if iterations is None else own.run(iterations), list)
    return [[(int(a), int(b), str(c), int(d), int(e)) for a, b, c, d, e in row["work"]] for row in rows]


def _both(
    Own: Subject, Reference: Any, slots: int, rows: Sequence[tuple[int, ...]], **options: Any
) -> tuple[list[list[Item]], list[list[Item]]]:
    """What the reference plans until it is idle, and what the learner's plans in as many steps and one more.

    Items are sorted by slot: the order within an iteration has a claim of its own.
    """
    expected = _planned(_put_in_line(Reference, slots, rows, options))
    got = _planned(_put_in_line(Own, slots, rows, options), len(expected) + 1)
    return [sorted(work) for work in expected], [sorted(work) for work in got]


def _ids(work: Sequence[Item]) -> list[int]:
    return [request for _, request, *_ in work]


def _told(work: Sequence[Item]) -> str:
    parts = [f"{request}: {phase} {tokens}, slot {slot}" for slot, request, phase, tokens, _ in work]
    return " · ".join(parts[:6]) + (" · …" if len(parts) > 6 else "") or "nothing"


def _first_difference(
    expected: list[list[Item]], got: list[list[Item]], kind: str, case: str, likely: str = ""
) -> Finding | None:
    """The first iteration that is not as the reference's; the learner's further ones must be empty.

    Without a better guess, a request that stands twice in one iteration is named as the likely mistake.
    """
    nothing: list[Item] = []
    for number, (right, own) in enumerate(zip_longest(expected, got, fillvalue=nothing), start=1):
        if right != own:
            if not likely and len(set(_ids(own))) < len(own):
                likely = ONCE
            return Finding(kind, f"{case}, iteration {number}", _told(right), _told(own), likely)
    return None


def _freed(Scheduler: Subject, **options: int) -> Finding | None:
    """Whether the slots of those that are done are free when the step returns, and nobody has entered them yet."""
    own = _put_in_line(Scheduler, 2, [(0, 3, 2), (1, 3, 1)], options)
    _planned(own, 2)
    slots = plain(own.slots, list)
    if len(slots) != 2:
        return Finding("slots-lost", "len(slots) after the last token, of two slots", "2", f"{len(slots)}",
                       "slots were added or removed; a free slot is None")  # fmt: skip
    if slots != [None, None]:
        return Finding("freed-late", "slots after the last token of both requests", "[None, None]",
                       "a finished sequence holds one", "a slot is freed only in the next step")  # fmt: skip
    own = _put_in_line(Scheduler, 1, [(0, 3, 1), (1, 3, 1)], options)
    _planned(own, 1)
    if (waiting := len(own.waiting)) != 1:
        return Finding("entered-early", "one slot, in line 0 (3 prompt, 1 output), 1 (3 prompt, 1 output): waiting after iteration 1",
                       "1", f"{waiting}", "the next in line entered after the pass: admit at the start of a step, and once")  # fmt: skip
    return None


def _listed(rows: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(f"{row[0]} ({row[1]} prompt, {row[2]} output)" for row in rows)


def _traffic(rng: random.Random, number: int, every_ms: float) -> list[Row]:
    """Requests in plain numbers: skewed lengths, single tokens, ties in arrival, bursts."""
    now, rows = 0.0, []
    ids = rng.sample(range(10 * number), number)
    for each_id in ids:
        now += rng.choice([0.0, 0.0, every_ms, 3 * every_ms])
        prompt = rng.choice([1, 7, 30, 130, 400, 900])
        rows.append((each_id, prompt, rng.choice([1, 2, 5, 17, 40]), now, rng.choice([0, 0, 1])))
    return rows


def _served(schedule: Columns) -> list[list[Item]]:
    """A served schedule as lists, one an iteration, sorted by slot."""
    columns = [schedule[name].tolist() for name in ("slot", "request_id", "phase", "tokens", "cached")]
    items, found = iter(zip(*columns, strict=True)), []
    for number in schedule["items"].tolist():
        found.append(sorted(next(items) for _ in range(number)))
    return found


@examine
def check_continuous(exam: Examination, Scheduler: Subject, *, seed: int, scale: float) -> None:
    """Admission at every iteration, against the reference and list scheduling; costs in iterations.

    Reference: course/serving/continuous.py
    """
    rng = random.Random(seed)
    alone, filled = (
        "a request of k output tokens takes k iterations",
        "every free slot is filled, first in line first",
    )

    def both(slots: int, rows: Sequence[tuple[int, ...]]) -> tuple[list[list[Item]], list[list[Item]]]:
        return _both(Scheduler, ContinuousScheduler, slots, rows)

    @exam.claim(alone, hint="One iteration for the prompt, which yields the first token.", likely=AGAIN)
    def _() -> Finding | None:
        rows = [(7, 5, 3)]
        expected, got = both(1, rows)
        first = got[0][0] if got[0] else None
        likely = ""
        if len(got[0]) > 1:
            likely = ONCE
        elif first and first[3] == 1:
            likely = "the prompt goes in token by token; its tokens are all known, so they fit one pass"
        elif first and got != expected and len([work for work in got if work]) > 3:
            likely = "the pass over the prompt yields the first output token; one iteration too many"
        elif not first:
            likely = "who is admitted computes in the same iteration"
        return _first_difference(expected, got, "one-request", f"one slot, request {_listed(rows)}", likely)

    @exam.claim(
        "nobody in line and no slot held: an iteration of no work",
        hint="Iteration(()).",
        likely=COMMON,
        needs=alone,
    )
    def _() -> Finding | None:
        got = _planned(Scheduler(2, 4096), 2)
        return (
            None
            if got == [[], []]
            else Finding("idle", "two steps of an idle scheduler", "no work", _told(got[0] or got[1]))
        )

    @exam.claim(filled, hint="Which end of the line, and how many?", likely=AGAIN, needs=alone)
    def _() -> Finding | None:
        rows = [(41, 5, 3), (50, 2, 3), (23, 6, 3), (7, 3, 3)]
        expected, got = both(3, rows)
        first = got[0]
        case = f"three free slots, in line {_listed(rows)}: iteration 1"
        if len({slot for slot, *_ in first}) < len(first):
            return Finding(
                "shared-slot", case, _told(expected[0]), _told(first), "two sequences stand in one slot"
            )
        likely = ""
        if len(first) < 3:
            likely = (
                "only one newcomer is admitted in a step" if len(first) == 1 else "a free slot is left empty"
            )
        elif len(first) > 3:
            likely = "a slot was added: the number of slots never changes"
        elif set(_ids(first)) == {50, 23, 7}:
            likely = "the last in line went first: next is at the left"
        elif set(_ids(first)) != {41, 50, 23}:
            likely = "somebody overtook: only the place in line decides"
        return _first_difference(expected, got, "admission", f"three slots, in line {_listed(rows)}", likely)

    @exam.claim(
        "no decision reads the length of an answer",
        hint="A server learns it with the last token.",
        likely=AGAIN,
        needs=filled,
    )
    def _() -> Finding | None:
        for rows in ([(0, 4, 9), (1, 4, 1)], [(0, 4, 1), (1, 4, 9)]):
            expected, got = both(1, rows)
            likely = (
                "the answer's length decided who goes first; no server knows `output_tokens`"
                if 1 in _ids(got[0])
                else ""
            )
            if found := _first_difference(
                expected, got, "clairvoyant", f"one slot, in line {_listed(rows)}", likely
            ):
                return found
        return None

    @exam.claim("a freed slot is filled in the next iteration, while others decode", hint="Who is waiting for whom?",
                likely=AGAIN, needs=filled)  # fmt: skip
    def _() -> Finding | None:
        rows = [(0, 3, 1), (1, 3, 4), (2, 4, 2)]
        expected, got = both(2, rows)
        likely = ""
        if 2 in _ids(got[1]) and 1 not in _ids(got[1]):
            likely = "the decodes pause while a prompt is computed"
        elif 2 not in _ids(got[1]):
            late = next((number for number, work in enumerate(got) if 2 in _ids(work)), 0)
            likely = (
                "the newcomer waits until the whole batch has left"
                if late == 4
                else "the free slot is not used at once"
            )
        return _first_difference(
            expected, got, "newcomer-waits", f"two slots, in line {_listed(rows)}", likely
        )

    @exam.claim(
        "a newcomer takes the lowest-numbered free slot",
        hint="Slots are numbered from 0.",
        likely=AGAIN,
        needs=filled,
    )
    def _() -> Finding | None:
        rows = [(0, 3, 1), (1, 3, 5), (2, 3, 1), (3, 3, 2), (4, 3, 2)]
        expected, got = both(3, rows)
        return _first_difference(expected, got, "other-slot", f"three slots, in line {_listed(rows)}")

    @exam.claim(
        "the last token frees the slot before the step returns",
        hint="Not at the start of the next one.",
        likely=AGAIN,
        needs=alone,
    )
    def _() -> Finding | None:
        return _freed(Scheduler)

    @exam.claim("requests that arrive while others are served", weight=2, hint="Admit, compute, complete: in each step.",
                likely=AGAIN, needs=filled)  # fmt: skip
    def _() -> Finding | None:
        rows = _traffic(rng, int(40 * scale), 12.0)
        expected = _served(ContinuousScheduler(5, 4096).serve(rows, TABLE))
        got = _served(plain(Scheduler(5, 4096).serve(rows, TABLE), dict))
        return _first_difference(expected, got, "traffic", f"{len(rows)} requests over time on 5 slots")

    @exam.claim("under load, B slots take as many iterations as list scheduling", hint="A slot is never empty while somebody waits.",
                likely=AGAIN, needs=filled)  # fmt: skip
    def _() -> Finding | None:
        outputs = [max(1, round(rng.expovariate(1 / 12))) for _ in range(int(120 * scale))]
        free = [0] * 8
        for length in outputs:  # Graham 1969: the next job goes to the machine that is free first
            heapq.heappush(free, heapq.heappop(free) + length)
        own = _put_in_line(Scheduler, 8, [(number, 1, length) for number, length in enumerate(outputs)], {})
        got = _planned(own, max(free) + 50)
        taken = sum(bool(work) for work in got)
        computed = sum(item[3] for work in got for item in work)
        case = f"{len(outputs)} requests of one prompt token and {sum(outputs)} output tokens on 8 slots"
        if taken != max(free):
            return Finding("iterations", case, f"{max(free)} iterations", f"{taken}{' or more' if got[-1] else ''}",
                           "slots stand empty while requests wait" if taken > max(free) else "")  # fmt: skip
        return (
            None
            if computed == sum(outputs)
            else Finding("tokens-computed", case, f"{sum(outputs)} tokens computed", f"{computed}")
        )

    @exam.claim("the work stands in slot order", hint="Slot 0 first.", likely=AGAIN, needs=filled)
    def _() -> Finding | None:
        got = _planned(_put_in_line(Scheduler, 3, [(5, 2, 1), (4, 2, 4), (3, 2, 4), (2, 2, 4)], {}), 3)
        wrong = next(
            (work for work in got if [item[0] for item in work] != sorted(item[0] for item in work)), None
        )
        if wrong is None:
            return None
        return Finding("work-order", "three slots, the work of one iteration", _told(sorted(wrong)), _told(wrong),
                       "the work is listed in another order than that of the slots")  # fmt: skip


@examine
def check_chunked(exam: Examination, Scheduler: Subject, *, seed: int, scale: float) -> None:
    """A budget of tokens an iteration: decodes, the open prompt, newcomers; costs in tokens.

    Reference: course/serving/chunked.py
    """
    rng = random.Random(seed)
    alone, cut = "a prompt within the budget goes in whole", "a prompt longer than the budget is cut to it"
    charged = "every decode is charged to the budget, and none is held back"
    early = COMMON | {
        "InvalidAdvance": "a request was admitted with no token left to give it, or computed after its last one"
    }

    def both(
        slots: int, rows: Sequence[tuple[int, ...]], budget: int
    ) -> tuple[list[list[Item]], list[list[Item]]]:
        return _both(Scheduler, ChunkedScheduler, slots, rows, token_budget=budget)

    def tokens(work: Sequence[Item]) -> int:
        return sum(item[3] for item in work)

    @exam.claim(alone, hint="Then one token an iteration.", likely=AGAIN)
    def _() -> Finding | None:
        rows = [(7, 5, 3)]
        expected, got = both(1, rows, 8)
        likely = ONCE if len(got[0]) > 1 else ""
        return _first_difference(
            expected, got, "one-request", f"one slot, budget 8, request {_listed(rows)}", likely
        )

    @exam.claim(
        "nobody in line and no slot held: an iteration of no work",
        hint="Iteration(()).",
        likely=COMMON,
        needs=alone,
    )
    def _() -> Finding | None:
        got = _planned(Scheduler(2, 4096, token_budget=4), 2)
        return (
            None
            if got == [[], []]
            else Finding("idle", "two steps of an idle scheduler", "no work", _told(got[0] or got[1]))
        )

    @exam.claim(cut, hint="min(budget left, prompt_left), and go on next time.", needs=alone,
                likely=COMMON | {"InvalidAdvance": "a cut prompt goes on where it stopped: it has `prompt_left` tokens, not all of them"})  # fmt: skip
    def _() -> Finding | None:
        rows = [(7, 10, 2)]
        expected, got = both(1, rows, 4)
        likely = ""
        if not any(got):
            likely = "a prompt longer than the budget never starts"
        elif tokens(got[0]) > 4:
            likely = "the prompt is not cut: the iteration is over its budget"
        elif got[0] == expected[0] and got[1][:1] != expected[1][:1]:
            likely = "the cut prompt does not go on where it stopped"
        return _first_difference(
            expected, got, "not-cut", f"one slot, budget 4, request {_listed(rows)}", likely
        )

    @exam.claim(
        "what is left of the budget admits the next in line", hint="While, not if.", likely=early, needs=cut
    )
    def _() -> Finding | None:
        rows = [(41, 3, 9), (50, 2, 9), (23, 4, 9), (7, 3, 2)]
        expected, got = both(3, rows, 7)
        first = got[0]
        likely = ""
        if len({slot for slot, *_ in first}) < len(first):
            likely = "two sequences stand in one slot"
        elif tokens(first) > 7:
            likely = "the iteration is over its budget"
        elif 7 in _ids(first):
            likely = "the last in line went first: next is at the left"
        elif tokens(first) < 7:
            likely = "budget is left while requests wait and slots are free"
        elif not {41, 50} <= set(_ids(got[1])):
            likely = HELD_BACK
        return _first_difference(
            expected[:3], got[:3], "admission", f"three slots, budget 7, in line {_listed(rows)}", likely
        )

    @exam.claim(charged, hint="What is left of the budget after the decodes?", likely=AGAIN, needs=cut)
    def _() -> Finding | None:
        rows = [(0, 1, 9), (1, 1, 9), (2, 9, 1)]
        expected, got = both(3, rows, 6)
        likely = ""
        if not {0, 1} <= set(_ids(got[1])):
            likely = HELD_BACK
        elif tokens(got[1]) > 6:
            likely = "the decodes are not charged to the budget"
        elif tokens(got[0]) < 6:
            likely = "budget is left while requests wait and slots are free"
        return _first_difference(
            expected, got, "budget", f"three slots, budget 6, in line {_listed(rows)}", likely
        )

    @exam.claim(
        "who would get no token stays in line",
        hint="Look at the budget before you take a request.",
        likely=early,
        needs=cut,
    )
    def _() -> Finding | None:
        own = _put_in_line(Scheduler, 2, [(0, 8, 2), (1, 2, 1)], {"token_budget": 4})
        _planned(own, 1)
        if (waiting := len(own.waiting)) == 1:
            return None
        return Finding("admitted-empty", "two slots, budget 4, in line 0 (8 prompt), 1 (2 prompt): waiting after iteration 1", "1", f"{waiting}",
                       "request 1 holds a slot and got no token")  # fmt: skip

    @exam.claim(
        "the open prompt goes on before a newcomer starts",
        hint="At most one prompt is open.",
        likely=early,
        needs=charged,
    )
    def _() -> Finding | None:
        rows = [(0, 10, 2), (1, 1, 3), (2, 6, 2)]
        expected, got = both(3, rows, 4)
        likely = "a newcomer overtook the open prompt" if 1 in _ids(got[1]) else ""
        return _first_difference(
            expected, got, "overtaken", f"three slots, budget 4, in line {_listed(rows)}", likely
        )

    @exam.claim("nobody enters a slot in the pass that computes its last token", hint="Whose cache does this pass read?",
                likely=early, needs=charged)  # fmt: skip
    def _() -> Finding | None:
        rows = [(0, 2, 2), (1, 3, 1), (2, 3, 1)]
        expected, got = both(1, rows, 8)
        likely = ""
        if len(got[1]) > 1 or (got[2] and not any(got[3:])):
            likely = "the slot is used again in the same pass: it is still being read"
        elif not got[2]:
            likely = "the slot is freed an iteration late"
        return _first_difference(
            expected, got, "slot-reused", f"one slot, budget 8, in line {_listed(rows)}", likely
        )

    @exam.claim(
        "the last token frees the slot before the step returns", hint="Step 4.", likely=early, needs=charged
    )
    def _() -> Finding | None:
        return _freed(Scheduler, token_budget=6)

    @exam.claim(
        "a budget of one token, and answers of one",
        hint="The smallest of everything.",
        likely=early,
        needs=charged,
    )
    def _() -> Finding | None:
        rows = [(0, 3, 2), (1, 1, 1), (2, 2, 1)]
        expected, got = both(2, rows, 1)
        return _first_difference(
            expected, got, "budget-of-one", f"two slots, budget 1, in line {_listed(rows)}"
        )

    @exam.claim(
        "a budget for everything does what continuous batching does",
        hint="Nothing is cut then.",
        likely=early,
        needs=charged,
    )
    def _() -> Finding | None:
        rows = [(number, rng.choice([1, 9, 80]), rng.choice([1, 3, 8])) for number in range(int(20 * scale))]
        whole = _planned(_put_in_line(ContinuousScheduler, 4, rows, {}))
        own = _planned(_put_in_line(Scheduler, 4, rows, {"token_budget": 4000}), len(whole) + 1)
        expected, got = ([sorted(work) for work in plan] for plan in (whole, own))
        return _first_difference(
            expected, got, "not-continuous", f"{len(rows)} requests on 4 slots, budget 4,000"
        )

    @exam.claim("requests that arrive while others are served", weight=2, hint="Decodes, the open prompt, newcomers.",
                likely=early, needs=charged)  # fmt: skip
    def _() -> Finding | None:
        for slots, budget in ((5, 160), (3, 33)):
            rows = _traffic(rng, int(30 * scale), 12.0)
            expected = _served(ChunkedScheduler(slots, 4096, token_budget=budget).serve(rows, TABLE))
            got = _served(plain(Scheduler(slots, 4096, token_budget=budget).serve(rows, TABLE), dict))
            over = next((number for number, work in enumerate(got, start=1) if tokens(work) > budget), 0)
            case = f"{len(rows)} requests over time on {slots} slots, budget {budget}"
            if over:
                return Finding("over-budget", f"{case}, iteration {over}", f"at most {budget} tokens", f"{tokens(got[over - 1])}",
                               "the iteration is over its budget")  # fmt: skip
            if found := _first_difference(expected, got, "traffic", case):
                return found
        return None

    @exam.claim(
        "the work stands in order: decodes, the open prompt, newcomers",
        hint="Steps 1, 2, 3.",
        likely=early,
        needs=charged,
    )
    def _() -> Finding | None:
        rows, options = [(0, 1, 1), (1, 6, 9), (2, 2, 9), (3, 3, 2)], {"token_budget": 6}
        expected = _planned(_put_in_line(ChunkedScheduler, 3, rows, options), 4)
        got = _planned(_put_in_line(Scheduler, 3, rows, options), 4)
        same = [sorted(work) for work in expected] == [sorted(work) for work in got]
        likely = (
            "the right work in another order: decodes, then the open prompt, then newcomers" if same else ""
        )
        return _first_difference(
            expected, got, "work-order", f"three slots, budget 6, in line {_listed(rows)}", likely
        )
