"""Day 22: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import itertools
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from course.checking.probes import Examination, Step, calls, examine, growth, script
from course.checking.subject import there
from course.systems.serving.fair_queue import FairQueue
from course.systems.serving.job_desk import JobDesk
from course.systems.serving.job_store import JobStore
from course.systems.serving.token_batcher import TokenBatcher

Line = tuple[Any, ...]
"""A method and its arguments."""
KEYS = ("k1", "order-7", "κλειδί", "", "a b", "鍵", "K1")
TENANTS = ("amber", "birch", "cedar", "dahlia", "élan", "fir")


def _eighths(draw: random.Random, low: float, high: float) -> float:
    """A time that floats hold exactly."""
    return draw.randrange(int(low * 8), int(high * 8) + 1) / 8


MOST = 12
"""Steps before the one in question that a card shows."""
WORDS = {
    "sees": "state and result of what caller {} holds",
    "empties": "caller {} empties the dict that it sent",
    "told": "what watchers of job {} were told",
    "left": "watchers of job {} that are left",
    "queued": "jobs in line",
    "faults": "store.faults",
}
"""What a step asks of a desk, in words; the rest are calls."""


def _told(name: Any, arguments: Sequence[Any]) -> str:
    shown = [repr(each) for each in arguments if each != ""] if name == "watch" else [*map(repr, arguments)]
    return WORDS[name].format(*shown) if name in WORDS else f"{name}({', '.join(shown)})"


def _after(before: Sequence[str]) -> str:
    """What came before, in words: the last dozen, each with how often it came in a row."""
    rows = [(said, len(list(same))) for said, same in itertools.groupby(before)]
    told = [said if times == 1 else f"{said} × {times}" for said, times in rows[-MOST:]]
    return f" after {'… ' if len(rows) > MOST else ''}{', '.join(told)}" if told else ""


def _in_turn(target: Any, lines: Iterable[Line], note: str = "", **as_: Any) -> Iterator[Step]:
    """What each line does, with the lines before it in words."""
    asked: list[tuple[Any, ...]] = []
    before: list[str] = []
    for name, *arguments in lines:
        said = _told(name, arguments)
        asked.append((f"{said}{_after(before)}", target, name, *arguments))
        if name == "empties" or name not in (*WORDS, "counter"):
            before.append(said)
    yield from script(*asked, as_=as_, note=note)


# ── JobStore ────────────────────────────────────────────────────────────────────────────────────────────


@examine(JobStore)
def check_store(exam: Examination) -> None:
    draw = exam.draw

    def desk(Store: Any, lines: Iterable[Line], room: int = 50, keep: float = 600.0) -> Iterator[Step]:
        made = there(Store, JobDesk)(Store, room, keep)
        types = {"submit": int, "sees": tuple, "cancel": tuple, "told": list, "left": int, "faults": list}
        yield from _in_turn(
            made, lines, f"; room for {room}, keys kept {keep:g} s; jobs are shown by their id", **types
        )

    def body(**more: Any) -> dict[str, Any]:
        return {"text": draw.choice(("so be it", "θάλασσα", "x")) + str(draw.randrange(999)), **more}

    def moment() -> float:
        return _eighths(draw, 0, 900)

    def names() -> tuple[str, str, str]:
        """Two keys and a tenant."""
        one, two = draw.sample(KEYS, 2)
        return one, two, draw.choice(TENANTS)

    @exam.claim("a new key is a new job, in line", "What does nobody know yet?", weight=2)
    def new(Store: Any) -> Iterator[Step]:
        for n in (1, 2, 4):
            tenant, now = draw.choice(TENANTS), moment()
            lines: list[Line] = [("submit", key, body(), tenant, now) for key in draw.sample(KEYS, n)]
            yield from desk(Store, [*lines, *[("sees", caller) for caller in range(n)], ("queued",)])

    @exam.claim(
        "the same key and body is the same job", "One job, however often it is sent.", weight=3, needs=new
    )
    def same(Store: Any) -> Iterator[Step]:
        for again in (1, 2, 5):
            (key, other, tenant), now = names(), moment()
            sent, fresh = body(n=1), body()
            lines: list[Line] = [("submit", key, sent, tenant, now)]
            lines += [("submit", key, dict(sent), tenant, now + n) for n in range(again)]
            lines += [
                ("submit", other, fresh, tenant, now),
                ("submit", key, sent, tenant, now + 5),
                ("queued",),
            ]
            yield from desk(Store, lines)
        (key, _, tenant), now = names(), moment()
        many = body(a=1, b=[1, 2])
        for first, turned in (
            (many, dict(reversed(many.items()))),
            ({"text": "x", "to": {"a": 1, "b": 2}}, {"text": "x", "to": {"b": 2, "a": 1}}),
            ({"text": "x", "n": 1}, {"text": "x", "n": 1.0}),
        ):
            lines = [("submit", key, first, tenant, now), ("submit", key, turned, tenant, now), ("queued",)]
            yield from desk(Store, lines)
        lines = [("submit", key, many, tenant, now), ("empties", 0), ("submit", key, many, tenant, now)]
        yield from desk(Store, lines)

    @exam.claim("whatever became of the job", "A retry is not a wish to run again.", weight=2, needs=same)
    def _(Store: Any) -> Iterator[Step]:
        for fate in ("started", "succeeded", "failed", "cancelled"):
            (key, _, tenant), now, sent = names(), moment(), body()
            lines: list[Line] = [("submit", key, sent, tenant, now)]
            if fate == "cancelled":
                lines += [("cancel", 1)]
            else:
                lines += [("start", 1)]
            if fate in ("succeeded", "failed"):
                lines += [("resolve", 1, draw.randrange(99), fate == "failed")]
            lines += [("submit", key, sent, tenant, now + 1), ("queued",), ("sees", 1)]
            yield from desk(Store, lines)

    @exam.claim("what a caller holds follows the job", "The Job itself, not a picture of it.", needs=same)
    def _(Store: Any) -> Iterator[Step]:
        for failed in (False, True):
            (key, _, tenant), now, sent = names(), moment(), body()
            lines: list[Line] = [("submit", key, sent, tenant, now), ("submit", key, sent, tenant, now)]
            lines += [("start", 1), ("sees", 0), ("sees", 1)]
            lines += [("resolve", 1, draw.randrange(99), failed), ("sees", 0), ("sees", 1)]
            yield from desk(Store, lines)

    @exam.claim("the same key with another body is refused", "It stands for something.", weight=2, needs=same)
    def reused(Store: Any) -> Iterator[Step]:
        for more in ({}, {"n": 2}, {"n": 1, "m": None}):
            (key, other, tenant), now, sent = names(), moment(), body(n=1)
            unlike = {**sent, **more} if more else body()
            lines: list[Line] = [("submit", other, body(), tenant, now), ("submit", key, sent, tenant, now)]
            lines += [
                ("submit", key, unlike, tenant, now + 1),
                ("queued",),
                ("submit", key, sent, tenant, now + 2),
            ]
            yield from desk(Store, lines)

    @exam.claim("each tenant has keys of its own, and each key is another", "Who else says “1”?", needs=same)
    def _(Store: Any) -> Iterator[Step]:
        for alike in (True, False):
            (key, _, _), now, sent = names(), moment(), body()
            lines: list[Line] = []
            for tenant in draw.sample(TENANTS, 3):
                lines.append(("submit", key, sent if alike else body(), tenant, now))
            yield from desk(Store, [*lines, lines[0], lines[1], ("queued",)])
        keys = draw.sample(("k1", "K1", "k1 ", " k1", "k01"), 5) * 2
        yield from desk(Store, [*[("submit", key, sent, "amber", now) for key in keys], ("queued",)])
        # Joined, with or without a separator, the two of each pair would be one.
        for separators in (("",), (":",), ("/", "-", "_", "|", " ", ", ", "\n", "\0")):
            pairs = [pair for by in separators for pair in ((f"b{by}c", "a"), ("c", f"a{by}b"))]
            asked = [("submit", key, sent, tenant, now) for key, tenant in pairs]
            yield from desk(Store, [*asked, ("queued",)])
        yield from desk(Store, [("submit", *two, now) for two in (("a", sent, "b"), ("b", sent, "a"))])

    @exam.claim(
        "a key is kept for its time from its first use, and then new",
        "From when, until when?",
        weight=2,
        needs=same,
    )
    def _(Store: Any) -> Iterator[Step]:
        for late in (-0.125, 0.0, 0.125):
            (key, _, tenant), now, keep, sent = names(), moment(), float(draw.randrange(10, 99)), body()
            lines: list[Line] = [
                ("submit", key, sent, tenant, now),
                ("submit", key, sent, tenant, now + keep / 2),
            ]
            lines += [("submit", key, sent, tenant, now + keep + late), ("queued",)]
            lines += [("submit", key, sent, tenant, now + keep + late + 1), ("queued",)]
            yield from desk(Store, lines, keep=keep)
        (key, _, tenant), now, keep = names(), moment(), float(draw.randrange(10, 99))
        lines = [("submit", key, body(), tenant, now + turn * keep) for turn in range(3)]
        yield from desk(Store, [*lines, ("queued",)], keep=keep)

    @exam.claim(
        "where there is no room it is refused, and nothing is left of it",
        "May it come again?",
        weight=2,
        needs=same,
    )
    def full(Store: Any) -> Iterator[Step]:
        for room in (1, 2, 3):
            (key, _, tenant), now, sent = names(), moment(), body()
            held = [("submit", f"first {n}", body(), tenant, now) for n in range(room)]
            lines: list[Line] = [*held, ("submit", key, sent, tenant, now), ("queued",), held[0]]
            lines += [("submit", key, body(), tenant, now)]
            lines += [("start", 1), ("submit", key, sent, tenant, now), ("queued",), ("sees", room)]
            yield from desk(Store, lines, room=room)

    @exam.claim(
        "of two errors the one that the contract names first", "In which order do you ask?", needs=full
    )
    def _(Store: Any) -> Iterator[Step]:
        for bad in ({}, {"text": ""}, {"text": 7}, {"txt": "x"}, None, "text"):
            (key, other, tenant), now, sent = names(), moment(), body()
            lines: list[Line] = [("submit", key, sent, tenant, now), ("submit", key, bad, tenant, now)]
            lines += [("submit", other, bad, tenant, now), ("submit", key, body(), tenant, now)]
            lines += [("submit", key, sent, tenant, now), ("submit", other, sent, tenant, now), ("queued",)]
            yield from desk(Store, lines, room=1)

    @exam.claim("a job ends as it was resolved", "State and result.", weight=2, needs=new)
    def ends(Store: Any) -> Iterator[Step]:
        for failed in (False, True):
            for outcome in (draw.randrange(99), None, {"score": draw.randrange(9)}, ""):
                (key, _, tenant), now = names(), moment()
                lines: list[Line] = [("submit", key, body(), tenant, now), ("start", 1)]
                lines += [("resolve", 1, outcome, failed), ("sees", 0), ("queued",), ("faults",)]
                yield from desk(Store, lines)

    def watched(n: int, *hows: str) -> list[Line]:
        """``n`` jobs that run, the last of them watched."""
        lines: list[Line] = [("submit", str(k), body(), draw.choice(TENANTS), moment()) for k in range(n)]
        lines += [("start", k + 1) for k in range(n)]
        return lines + [("watch", n, how) for how in hows]

    @exam.claim(
        "everybody who watches is told once, of the job as it ends",
        "First what, then who?",
        weight=3,
        needs=ends,
    )
    def told(Store: Any) -> Iterator[Step]:
        for watchers in (1, 2, 3):
            lines = watched(2, *[""] * watchers)
            lines += [
                ("resolve", 2, draw.randrange(99), draw.random() < 0.5),
                ("told", 2),
                ("told", 1),
                ("left", 2),
            ]
            yield from desk(Store, lines)

    @exam.claim("a second answer is refused, and changes nothing", "Exactly once.", weight=3, needs=told)
    def _(Store: Any) -> Iterator[Step]:
        for failed in (False, True):
            lines = watched(1, "", "")
            lines += [("resolve", 1, draw.randrange(99), failed), ("resolve", 1, "again", not failed)]
            lines += [
                ("sees", 0),
                ("told", 1),
                ("watch", 1),
                ("told", 1),
                ("resolve", 1, "again"),
                ("told", 1),
            ]
            yield from desk(Store, lines)

    @exam.claim(
        "a watcher that raises keeps nobody from being told", "Whose fault is it?", weight=2, needs=told
    )
    def _(Store: Any) -> Iterator[Step]:
        for hows in (
            ("rude",),
            ("rude", ""),
            ("", "rude", "", "rude"),
            ("pushy", ""),
            ("rude", "pushy", ""),
            ("rude", "pushy", "pushy", "rude", "pushy"),
        ):
            lines = watched(1, *hows)
            lines += [("resolve", 1, draw.randrange(99)), ("told", 1), ("sees", 0), ("left", 1), ("faults",)]
            yield from desk(Store, lines)

    @exam.claim("what was cancelled has no result", "Before it ran, and while it ran.", weight=2, needs=told)
    def _(Store: Any) -> Iterator[Step]:
        for failed in (False, True):
            lines = watched(1, "")
            lines += [("cancel", 1), ("told", 1), ("resolve", 1, draw.randrange(99), failed), ("sees", 0)]
            lines += [("told", 1), ("resolve", 1, "again"), ("cancel", 1), ("sees", 0), ("told", 1)]
            yield from desk(Store, lines)
        for n in (1, 3):
            lines = [("submit", str(k), body(), "amber", moment()) for k in range(n)]
            lines += [
                ("watch", 1, ""),
                ("cancel", 1),
                ("told", 1),
                ("queued",),
                ("resolve", 1, 5),
                ("sees", 0),
            ]
            yield from desk(Store, lines)

    @exam.claim("an id that was never given is an error", "Before anything else.", needs=ends)
    def _(Store: Any) -> Iterator[Step]:
        yield from desk(Store, [("resolve", draw.randrange(1, 99), 5), ("queued",)])
        lines = watched(2, "")
        yield from desk(Store, [*lines, ("resolve", draw.randrange(3, 99), 5), ("told", 2), ("sees", 1)])

    @exam.claim("a day of jobs", "All of it together.", weight=2, needs=told)
    def _(Store: Any) -> Iterator[Step]:
        now, lines = 0.0, list[Line]()
        sent = [body() for _ in range(3)]
        for _ in range(exam.size(40)):
            now += draw.choice((0.0, 0.0, 1.0, 7.0))
            lines.append(("submit", draw.choice(KEYS[:4]), draw.choice(sent), draw.choice(TENANTS[:2]), now))
        yield from desk(Store, [*lines, ("queued",)], room=6, keep=20.0)

    @exam.claim("the work does not grow with the jobs that were taken in", "Look it up.", needs=same)
    def _(Store: Any) -> Iterator[Step]:
        def many(n: int) -> tuple[Any, list[Any]]:
            made = there(Store, JobDesk)(Store, 10**6, 600.0)
            sent = [(f"key {k}", {"text": "x"}, "amber", 0.0) for k in range(n)]
            list(calls(made.submit, *sent))
            return made.submit, [(f"key {k}", {"text": "x"}, "amber", 1.0) for k in range(n // 2, n // 2 + 3)]

        yield from growth("submit after so many", many, at=40, most=0.3)


# ── TokenBatcher ────────────────────────────────────────────────────────────────────────────────────────

Waiting = list[tuple[int, float]]


@examine(TokenBatcher)
def check_batcher(exam: Examination) -> None:
    draw = exam.draw

    def asked(
        Batcher: Any, budget: int, wait: float, rows: Sequence[tuple[Waiting, float]], near: bool = False
    ) -> Iterator[Step]:
        """What is said of those who wait: indices in order, or a time."""
        own = Batcher(budget, wait, near)
        note = f"; budget {budget}, at most {wait:g} ms{', near' if near else ''}"
        for case, said in calls(own.next_batch, *rows, note=note):
            yield (
                case,
                sorted(said) if type(said) in (list, tuple) and {int}.issuperset(map(type, said)) else said,
            )

    def held(*tokens: int, since: float = 0.0) -> tuple[Waiting, float]:
        """Texts of these lengths, all there for ``since`` ms, and the time."""
        now = _eighths(draw, 100, 900)
        return [(count, now - since) for count in tokens], now

    @exam.claim("as many as the rectangle holds", "Rows times the longest.", weight=3)
    def filled(Batcher: Any) -> Iterator[Step]:
        for n in (1, 2, 3, 5, 8):
            longest = draw.randrange(8, 40)
            tokens = [draw.randrange(1, longest + 1) for _ in range(n)]
            yield from asked(Batcher, longest * max(1, n - 1), 0.0, [held(*tokens), held(*reversed(tokens))])
        yield from asked(
            Batcher, 40, 0.0, [held(10, 12, 30, 11), held(12, 10, 2, 2, 2), held(2, 2, 2, 20, 2)]
        )

    @exam.claim("the budget may be met exactly", "At most, not below.", needs=filled)
    def _(Batcher: Any) -> Iterator[Step]:
        for n in (1, 2, 4):
            size = draw.randrange(3, 20)
            yield from asked(Batcher, n * size, 0.0, [held(*[size] * (n + 2)), held(*[size] * n)])
            yield from asked(Batcher, n * size - 1, 0.0, [held(*[size] * (n + 2))])

    @exam.claim("a text larger than the budget runs alone", "Or it stalls for ever.", weight=2, needs=filled)
    def _(Batcher: Any) -> Iterator[Step]:
        for wait in (0.0, 50.0):
            budget = draw.randrange(20, 60)
            large = budget + draw.randrange(1, 99)
            yield from asked(
                Batcher, budget, wait, [held(large), held(large, 2), held(2, large), held(large, large)]
            )

    @exam.claim("it ends with the first that does not fit", "Nobody is passed over.", needs=filled)
    def _(Batcher: Any) -> Iterator[Step]:
        for _ in range(3):
            small, large = draw.randrange(2, 6), draw.randrange(30, 50)
            budget = large + small
            yield from asked(
                Batcher, budget, 0.0, [held(small, small, large, small), held(large, small, 1, 1)]
            )

    @exam.claim(
        "while there is room and nobody has waited long, it asks for time",
        "Until when?",
        weight=3,
        needs=filled,
    )
    def holds(Batcher: Any) -> Iterator[Step]:
        for n in (1, 2, 3, 6):
            wait = float(draw.randrange(10, 90))
            waiting, now = held(*[draw.randrange(1, 9) for _ in range(n)], since=wait / 4)
            apart = [(count, now - _eighths(draw, 0, wait / 2)) for count, _ in waiting]
            yield from asked(Batcher, 10_000, wait, [(waiting, now), (apart, now), (apart[::-1], now)])

    @exam.claim(
        "who has waited long enough is not held back", "At the very millisecond.", weight=2, needs=holds
    )
    def _(Batcher: Any) -> Iterator[Step]:
        for late in (-0.125, -(2.0**-20), 0.0, 0.125, 40.0):
            wait = float(draw.randrange(50, 90))
            for n in (1, 3):
                waiting, now = held(*[draw.randrange(1, 9) for _ in range(n)])
                oldest = draw.randrange(n)
                waiting = [
                    (count, now - (wait + late if i == oldest else 1.0))
                    for i, (count, _) in enumerate(waiting)
                ]
                yield from asked(Batcher, 10_000, wait, [(waiting, now)])

    @exam.claim("a full batch does not wait", "Left out, or used up.", weight=2, needs=holds)
    def _(Batcher: Any) -> Iterator[Step]:
        for n in (2, 4):
            size, wait = draw.randrange(5, 20), float(draw.randrange(10, 90))
            rows = [held(*[size] * n), held(*[size] * (n - 1)), held(*[size] * (n - 1), size - 1)]
            rows += [held(*[size] * (n - 1), size + 1), held(*[1] * (n - 1), size * n)]
            rows += [held(*[size - 1] * n), held(*[size + 1] * (n - 1))]
            yield from asked(Batcher, n * size, wait, rows)

    @exam.claim("asked at the time that it named, it runs", "Is that sum or difference?", needs=holds)
    def _(Batcher: Any) -> Iterator[Step]:
        for n in (1, 2, 3):
            # As floats these arrive and wait so that the time, less the arrival, is not quite the wait.
            arrived, wait = next(
                (at, wait)
                for at, wait in iter(
                    lambda: (draw.randrange(10, 999) / 10, draw.randrange(11, 99) / 10), None
                )
                if (at + wait) - at < wait
            )
            waiting = [(draw.randrange(1, 9), arrived)] + [(draw.randrange(1, 9), arrived + 1.0)] * (n - 1)
            yield from asked(Batcher, 10_000, wait, [(waiting, arrived + 1.0), (waiting, arrived + wait)])

    @exam.claim(
        "what was asked before makes no difference", "The same question, the same answer.", needs=holds
    )
    def _(Batcher: Any) -> Iterator[Step]:
        for near in (False, True):
            size = draw.randrange(10, 20)
            rows = [
                held(size, 3),
                held(*[size] * 9),
                held(3, 2),
                ([], 1.0),
                held(3, since=50.0),
                held(2 * size),
            ]
            yield from asked(Batcher, 4 * size, 20.0, [*rows, *rows[::-1]], near=near)

    @exam.claim("without a wait whoever is there runs", "A wait of 0.", needs=filled)
    def _(Batcher: Any) -> Iterator[Step]:
        yield from asked(Batcher, 100, 0.0, [([(5, 0.0)], 0.0), ([(5, 0.0), (6, 0.0)], 0.0)])
        for n in (1, 2, 5):
            yield from asked(Batcher, 10_000, 0.0, [held(*[draw.randrange(1, 9) for _ in range(n)])])

    @exam.claim("nobody waits: never", "An infinite time.", needs=holds)
    def _(Batcher: Any) -> Iterator[Step]:
        for wait in (0.0, float(draw.randrange(1, 99))):
            yield from asked(Batcher, 100, wait, [([], _eighths(draw, 0, 99))])
            yield from asked(Batcher, 100, wait, [([], 0.0)], near=True)
        yield from asked(Batcher, 100, math.inf, [held(5, 6, since=60.0), held(60, 60)])

    @exam.claim(
        "near: the nearest in length to the first ride along",
        "How far, on either side?",
        weight=3,
        needs=filled,
    )
    def near(Batcher: Any) -> Iterator[Step]:
        rows = [held(50, 55, 48, 1), held(50, 44, 53, 99), held(60, 54, 1)]
        yield from asked(Batcher, 110, 0.0, rows, near=True)
        for n in (2, 3, 4, 6):
            first = draw.randrange(40, 60)
            away = draw.sample(range(1, 30), n)
            tokens = [first, *[first + draw.choice((-1, 1)) * step for step in away]]
            budget = draw.randrange(2, n + 1) * (first + 12)
            yield from asked(
                Batcher, budget, 0.0, [held(*tokens), held(first, *reversed(tokens[1:]))], near=True
            )
        first = draw.randrange(40, 60)
        yield from asked(Batcher, 3 * first, 0.0, [held(first, 2, first - 3, 1, first - 2, 3)], near=True)
        yield from asked(
            Batcher, 2 * first + 4, 0.0, [held(first, first - 9, first + 2, first - 8)], near=True
        )

    @exam.claim("near: of two that are as far the earlier in line", "A stable order.", needs=near)
    def _(Batcher: Any) -> Iterator[Step]:
        for _ in range(3):
            first, step = draw.randrange(40, 60), draw.randrange(2, 9)
            shorter, longer = first - step, first + step
            budget = 2 * longer
            rows = [
                held(first, shorter, longer, 1),
                held(first, longer, shorter, 1),
                held(first, *[shorter] * 4),
            ]
            rows += [held(first, *[first] * 3, 1)]
            late = [(first, 9.0), (shorter, 8.0), (longer, 7.0), (shorter, 6.0)]
            rows += [(late, 20.0), ([late[0], *late[:0:-1]], 20.0)]
            yield from asked(Batcher, budget, 0.0, rows, near=True)

    @exam.claim("many wait, in any order of arrival", "Who is the oldest?", weight=2, needs=holds)
    def _(Batcher: Any) -> Iterator[Step]:
        for at, n in enumerate((4, 7, exam.size(40), exam.size(40))):
            now, wait = _eighths(draw, 300, 900), float(draw.randrange(20, 60))
            rows = []
            for budget_of in (1, 3):
                waiting = [(draw.randrange(1, 200), now - _eighths(draw, 0, wait + 5)) for _ in range(n)]
                rows.append((waiting[: n // budget_of + 1], now))
            for budget in (150, 900, 10**6):
                yield from asked(Batcher, budget, wait, rows, near=at % 2 == 1)

    @exam.claim("one pass over those who wait", "No search within a search.", needs=filled)
    def _(Batcher: Any) -> Iterator[Step]:
        def many(n: int) -> tuple[Any, list[Any]]:
            return Batcher(10**9, 0.0, False).next_batch, [(held(*[5] * n)[0], 2000.0)] * 2

        yield from growth("next_batch", many, at=20, most=1.3)

        def sorts(n: int) -> tuple[Any, list[Any]]:
            lengths = [50, *(draw.randrange(1, 99) for _ in range(n - 1))]
            return Batcher(10**9, 0.0, True).next_batch, [(held(*lengths)[0], 2000.0)] * 2

        yield from growth("next_batch, near", sorts, at=20, most=1.3)


# ── FairQueue ───────────────────────────────────────────────────────────────────────────────────────────


@examine(FairQueue)
def check_queue(exam: Examination) -> None:
    draw = exam.draw

    def served(Queue: Any, lines: Iterable[Line], weights: dict[str, float] | None = None) -> Iterator[Step]:
        note = f"; weights {weights}" if weights else ""
        yield from _in_turn(Queue(weights or {}), lines, note, counter=float)

    def some(n: int) -> list[str]:
        return draw.sample(TENANTS, n)

    def ids(n: int) -> list[int]:
        return draw.sample(range(10, 99 + n), n)

    def size() -> int:
        return draw.randrange(8, 200)

    def piled(tenants: Sequence[str], each: int, tokens: int = 0) -> list[Line]:
        """Each tenant sends so many requests at once, one tenant after the other."""
        numbers = iter(ids(len(tenants) * each))
        return [("push", name, next(numbers), tokens or size()) for name in tenants for _ in range(each)]

    @exam.claim("of one tenant the oldest, and then nothing", "In order, and None.", weight=2)
    def one(Queue: Any) -> Iterator[Step]:
        for n in (0, 1, 2, 4):
            yield from served(Queue, [*piled(some(1), n), *[("pop",)] * (n + 1)])

    @exam.claim("whoever was served least is next", "By tokens, not by requests.", weight=3, needs=one)
    def least(Queue: Any) -> Iterator[Step]:
        for tenants, each in ((2, 2), (2, 3), (3, 3), (4, 2)):
            names = some(tenants)
            lines = piled(names, each)
            yield from served(Queue, [*lines, *[("pop",)] * len(lines)])
        large, small = some(2)
        lines = [("push", large, n, 90) for n in range(3)] + [("push", small, n, 20) for n in range(10, 16)]
        yield from served(Queue, [*lines, *[("pop",)] * 9])

    @exam.claim("of equals whose oldest request was pushed first", "Not by name.", needs=least)
    def _(Queue: Any) -> Iterator[Step]:
        for n in (2, 3, 4):
            names = some(n)
            lines = piled(names, 2, tokens=50)
            yield from served(Queue, [*lines, *[("pop",)] * len(lines)])
            turned = lines[:n] + lines[n:][::-1]
            yield from served(Queue, [*turned, *[("pop",)] * len(turned)])

    @exam.claim(
        "input tokens count at once, by price and weight", "When, and over what?", weight=2, needs=least
    )
    def counted(Queue: Any) -> Iterator[Step]:
        for weight in (1.0, 2.0, 4.0, 10.0):
            heavy, light = some(2)
            lines: list[Line] = [
                ("push", heavy, 1, 40),
                ("push", light, 2, size()),
                ("counter", heavy),
                ("pop",),
            ]
            lines += [("counter", heavy), ("counter", light), ("pop",), ("counter", light)]
            yield from served(Queue, lines, {heavy: weight})

    @exam.claim("output tokens count as they come", "Twice the price.", weight=2, needs=counted)
    def _(Queue: Any) -> Iterator[Step]:
        for weight in (1.0, 4.0, 0.5):
            one, two = some(2)
            lines: list[Line] = piled((one, two), 3, tokens=10)
            lines += [("pop",), ("charge", one, 7), ("counter", one), ("charge", one, 100), ("counter", one)]
            lines += [("pop",), ("pop",), ("counter", two), ("pop",), ("charge", two, 0), ("counter", two)]
            yield from served(Queue, lines, {one: weight})

    @exam.claim("a tenant of more weight is served more", "Divided, not multiplied.", needs=counted)
    def _(Queue: Any) -> Iterator[Step]:
        for weights in ({}, {0: 2.0}, {0: 0.5, 1: 4.0}):
            names = some(3)
            lines = piled(names, 6, tokens=60)
            named = {names[at]: weight for at, weight in weights.items()}
            yield from served(Queue, [*lines, *[("pop",)] * 14], named)

    @exam.claim("it is never idle while somebody waits", "The lowest may have nothing.", needs=least)
    def _(Queue: Any) -> Iterator[Step]:
        for n in (2, 3):
            names = some(n)
            lines: list[Line] = piled(names, 1, tokens=10)
            lines += [("pop",)] * n
            lines += [("finish", name) for name in names]
            busy = names[-1]
            lines += [*[("push", busy, number, 500) for number in range(3)], *[("pop",)] * 4]
            yield from served(Queue, lines)

    def away(draws: int) -> tuple[list[Line], str, str, str]:
        """Two tenants are served, a third comes late or comes back; the counters of the two stand apart, and both wait."""
        first, second, third = some(3)
        lines: list[Line] = [
            ("push", name, number, draw.randrange(100, 150)) for name in (first, second) for number in ids(5)
        ]
        lines += [("pop",)] * (4 + draws)
        lines += [("charge", first, draw.randrange(50, 90)), ("charge", second, draw.randrange(1, 20))]
        return lines, first, second, third

    @exam.claim("time away is no credit", "Compared with whom?", weight=3, needs=counted)
    def lifted(Queue: Any) -> Iterator[Step]:
        gone, busy, late = some(3)
        low: list[Line] = [("push", gone, 1, 20), ("pop",), ("finish", gone)]
        yield from served(Queue, [*low, ("push", gone, 2, 9), ("push", late, 3, 9), ("counter", late)])
        low += [("push", busy, 2, 90), ("pop",), ("push", busy, 3, 9), ("push", late, 4, 9)]
        back: list[Line] = [("counter", late), ("counter", gone), ("push", gone, 5, 9), ("counter", gone)]
        yield from served(Queue, [*low, *back])
        for tokens in (draw.sample(range(20, 200), 2), draw.sample(range(20, 200), 2)):
            first, second, third = some(3)
            lines: list[Line] = [
                ("push", first, 1, tokens[0]),
                ("push", second, 2, tokens[1]),
                ("pop",),
                ("pop",),
            ]
            lines += [
                ("push", first, 3, 30),
                ("push", second, 4, 30),
                ("push", third, 5, 40),
                ("counter", third),
            ]
            yield from served(Queue, [*lines, ("pop",), ("counter", third)])
        for draws in (0, 1, 2):
            lines, first, second, third = away(draws)
            lines += [
                ("push", third, 301, 40),
                ("counter", third),
                ("push", third, 302, 40),
                ("counter", third),
            ]
            lines += [("counter", first), ("counter", second), *[("pop",)] * 4, ("counter", third)]
            yield from served(Queue, lines)
            known = [("push", third, 300, 3), ("pop",), ("finish", third)]
            yield from served(Queue, [*known, *lines])

    @exam.claim("who was served more before is not set back", "Raised, never lowered.", needs=lifted)
    def _(Queue: Any) -> Iterator[Step]:
        for _ in range(2):
            first, second, third = some(3)
            lines: list[Line] = [
                ("push", third, 300, 5000),
                ("pop",),
                ("charge", third, 99),
                ("finish", third),
            ]
            lines += [
                *piled((first, second), 3),
                ("counter", third),
                ("push", third, 301, 7),
                ("counter", third),
            ]
            yield from served(Queue, [*lines, *[("pop",)] * 6])

    @exam.claim(
        "who waits, or has something running, was not away", "Whose counter stays?", weight=2, needs=lifted
    )
    def _(Queue: Any) -> Iterator[Step]:
        for runs in (False, True):
            first, second, third = some(3)
            lines: list[Line] = [
                ("push", third, 300, 3),
                ("push", first, 100, 400),
                ("push", second, 101, 600),
            ]
            lines += [("pop",)] * 3
            lines += [("push", first, 102, 400), ("push", second, 103, 600)]
            if not runs:
                lines = [*lines[:3], ("push", third, 299, 3), ("pop",), ("finish", third), *lines[4:]]
            lines += [("push", third, 301, 5), ("counter", third), ("pop",), ("counter", third)]
            yield from served(Queue, [*lines, *[("pop",)] * 3])

    @exam.claim(
        "where nobody else is inside a counter stays", "Those who have gone do not count.", needs=lifted
    )
    def _(Queue: Any) -> Iterator[Step]:
        for tokens in (20, 700):
            gone, third, fourth = some(3)
            lines: list[Line] = [("push", gone, 1, 900), ("push", third, 2, tokens), ("pop",), ("pop",)]
            lines += [("finish", gone), ("finish", third), ("push", third, 3, 5), ("counter", third)]
            lines += [
                ("pop",),
                ("finish", third),
                ("push", fourth, 4, 6),
                ("counter", fourth),
                ("push", gone, 5, 9),
            ]
            yield from served(Queue, [*lines, ("counter", gone), ("pop",), ("pop",)])
        low, high, third = some(3)
        lines = [
            ("push", low, 1, 30),
            ("pop",),
            ("finish", low),
            *[("push", high, n, 500) for n in (2, 3, 4)],
        ]
        lines += [
            ("pop",),
            ("pop",),
            ("push", third, 5, 9),
            ("counter", third),
            ("push", low, 6, 9),
            ("counter", low),
        ]
        yield from served(Queue, lines)

    @exam.claim("two queues share nothing", "Whose counters are they?", needs=counted)
    def _(Queue: Any) -> Iterator[Step]:
        name, (first, second) = draw.choice(TENANTS), (Queue({}), Queue({}))
        turns = [
            (first, "push", name, 1, 50),
            (first, "pop"),
            (second, "push", name, 2, 50),
            (second, "counter", name),
        ]
        turns += [(second, "pop"), (second, "pop"), (first, "counter", name), (second, "counter", name)]
        told = [f"queue {'one' if turn[0] is first else 'two'}: {_told(turn[1], turn[2:])}" for turn in turns]
        lines = [(f"{said}, line {at + 1} of {len(turns)}", *turns[at]) for at, said in enumerate(told)]
        yield from script(*lines, as_={"counter": float})

    @exam.claim("a long day of tenants who come and go", "All of it together.", weight=2, needs=lifted)
    def _(Queue: Any) -> Iterator[Step]:
        for tenants in (2, 4):
            names, lines = some(tenants), list[Line]()
            weights, number = {names[0]: 2.0}, 0
            own = FairQueue(weights)  # says who finishes, so that nobody runs on
            for _ in range(exam.size(30)):
                for _ in range(draw.choice((0, 1, 1, 3))):
                    number += 1
                    lines.append(("push", draw.choice(names), number, size()))
                    own.push(*lines[-1][1:])
                lines.append(("pop",))
                if taken := own.pop():
                    own.finish(taken[0])
                    lines.append(("finish", taken[0]))
            yield from served(Queue, [*lines, *[("counter", name) for name in names]], weights)

    @exam.claim("the work does not grow with the requests that wait", "Only with the tenants.", needs=least)
    def _(Queue: Any) -> Iterator[Step]:
        def many(n: int) -> tuple[Any, list[Any]]:
            queue = Queue({})
            list(calls(queue.push, *[(TENANTS[at % 3], at, 10) for at in range(n)]))
            return queue.pop, [()] * 3

        yield from growth("pop with so many in line", many, at=60, most=0.3)
