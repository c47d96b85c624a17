"""Day 8: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import math
import random
from collections.abc import Iterable, Iterator
from typing import Any

from course.checking.probes import Examination, Step, calls, examine, growth, script
from course.systems.cluster.adaptive import AdaptiveConcurrency
from course.systems.cluster.shed import Request, next_request
from course.systems.cluster.token_bucket import TokenBucket

Question = tuple[float, float]
"""A time and a cost."""

# ── TokenBucket ─────────────────────────────────────────────────────────────────────────────────────────


def _eighths(draw: random.Random, low: float, high: float) -> float:
    """A time or an amount that floats hold exactly, so that right answers agree to the last digit."""
    return draw.randrange(int(low * 8), int(high * 8) + 1) / 8


def _after(steps: list[str]) -> str:
    """What came before, in words: the last few."""
    before = "… " if len(steps) > 6 else ""
    return f" after {before}{', '.join(steps[-6:])}" if steps else ""


@examine(TokenBucket)
def check_bucket(exam: Examination) -> None:
    draw = exam.draw

    def asked(Bucket: Any, rate: float, burst: float, questions: Iterable[Question]) -> Iterator[Step]:
        """What is said to each question, the waits that a refusal would name among them."""
        bucket, lines, asked = Bucket(rate, burst), list[tuple[Any, ...]](), list[str]()
        for now, cost in questions:
            said = f"{now:.12g}" if cost == 1 else f"{now:.12g}, cost={cost:.12g}"
            lines.append((f"take({said}){_after(asked)}", bucket, "take", now, cost))
            asked.append(f"({said})")
        lines.append((f"retry_after_s({burst}){_after(asked)}", bucket, "retry_after_s", burst))
        note = f"; rate {rate:g}, burst {burst:g}"
        yield from script(*lines, as_={"take": bool, "retry_after_s": float}, note=note)

    @exam.claim("it begins full, and gives no more than there is", "How many are there at first?", weight=2)
    def full(Bucket: Any) -> Iterator[Step]:
        for burst in (1, 2, 3, draw.randrange(4, 8)):
            now = float(draw.choice((0, draw.randrange(1, 99), 10**9)))
            yield from asked(Bucket, float(draw.randrange(1, 9)), burst, [(now, 1.0)] * (burst + 2))

    @exam.claim("tokens come back with time, in fractions too", "Rate × time.", weight=3, needs=full)
    def refilled(Bucket: Any) -> Iterator[Step]:
        for burst in (1, 2, 3, 5):
            rate, now = draw.choice((0.5, 1.0, 2.0, 4.0)), _eighths(draw, 0, 50)
            questions = [(now, 1.0)] * (burst + 1)
            for _ in range(8):
                now += _eighths(draw, 0.125, 1.5) / rate
                questions.append((now, 1.0))
            yield from asked(Bucket, rate, burst, questions)

    @exam.claim(
        "never more than the burst, however long nobody asked", "What does an idle night buy?", needs=refilled
    )
    def _(Bucket: Any) -> Iterator[Step]:
        for idle in (2.0, 60.0, 3600.0):
            burst, now = draw.randrange(2, 5), _eighths(draw, 0, 9)
            questions = [(now, 1.0)] * draw.randrange(1, burst + 1) + [(now + idle, 1.0)] * (burst + 2)
            yield from asked(Bucket, draw.choice((2.0, 8.0)), burst, questions)

    @exam.claim(
        "a refusal takes nothing, and its time is not lost", "Ask ten times, lose nothing.", needs=refilled
    )
    def _(Bucket: Any) -> Iterator[Step]:
        for _ in range(3):
            burst, now = draw.randrange(3, 7), _eighths(draw, 0, 9)
            small = _eighths(draw, 0.25, 1)
            questions = [(now, burst - small), (now, float(burst)), (now, float(burst)), (now, small)]
            for _ in range(draw.randrange(5, 12)):
                now += 0.125
                questions.append((now, 2.0))
            yield from asked(Bucket, 1.0, burst, questions)

    @exam.claim("exactly as much as is there is given", "The last token too.", needs=refilled)
    def _(Bucket: Any) -> Iterator[Step]:
        for _ in range(3):
            burst, now, rate = draw.randrange(2, 9), _eighths(draw, 0, 9), draw.choice((1.0, 2.0, 4.0))
            wait = draw.randrange(1, burst * 2) / 2
            more = wait + 2**-32  # what a tolerance would give
            then = now + wait / rate
            yield from asked(
                Bucket, rate, burst, [(now, float(burst)), (then, more), (then, wait), (then, 0.125)]
            )

    @exam.claim("a cost is taken as it is, also a fraction", "Not one for each.", needs=refilled)
    def _(Bucket: Any) -> Iterator[Step]:
        for _ in range(4):
            burst, now, questions = draw.randrange(3, 9), 0.0, []
            for _ in range(8):
                now += draw.choice((0.0, 0.125, 0.5))
                questions.append((now, _eighths(draw, 0.125, burst)))
            yield from asked(Bucket, draw.choice((1.0, 2.0)), burst, questions)

    @exam.claim(
        "a clock that steps back takes nothing, and gives nothing twice",
        "Which is the latest?",
        needs=refilled,
    )
    def _(Bucket: Any) -> Iterator[Step]:
        for back in (0.5, 2.0, draw.randrange(3, 20)):
            burst, now = draw.randrange(2, 5), _eighths(draw, 30, 40)
            questions = [(now, float(burst)), (now - back, 1.0), (now, 1.0), (now - back, 0.125)]
            questions += [(now + 0.5, 0.5), (now - back, 0.125), (now + 1.0, 0.5), (now + 1.0, 0.125)]
            yield from asked(Bucket, 1.0, burst, questions)
            yield from asked(Bucket, 2.0, burst, [(now, 1.0), (now - back, 1.0), *[(now, 1.0)] * burst])

    @exam.claim(
        "a cost that cannot be had is an error, and changes nothing", "Before anything else.", needs=refilled
    )
    def _(Bucket: Any) -> Iterator[Step]:
        for bad in (0.0, -1.0, math.nan, math.inf):  # infinity stands for a little above the burst
            burst, now = draw.randrange(2, 6), _eighths(draw, 10, 20)
            cost = burst + _eighths(draw, 0.125, 3) if bad == math.inf else bad
            questions = [
                (now, float(burst)),
                (now, cost),
                (now + 3, cost),
                (now + 0.5, 0.5),
                (now + 0.5, 0.125),
            ]
            yield from asked(Bucket, 1.0, burst, [(now, cost), (now, float(burst))])
            yield from asked(Bucket, 1.0, burst, questions)

    @exam.claim("a long day of requests", "Nothing is lost, nothing is made.", needs=refilled)
    def _(Bucket: Any) -> Iterator[Step]:
        for rate, burst in ((2.0, 4), (4.0, 1), (0.5, draw.randrange(2, 9))):
            now, questions = float(draw.choice((0, 10**6))), []
            for _ in range(exam.size(40)):
                now += draw.choice((0.0, 0.0, 0.125, 0.25, 1.0, 8.0)) / rate
                questions.append((now, 1.0))
            yield from asked(Bucket, rate, burst, questions)

    @exam.claim("two buckets share nothing", "Whose tokens are they?", needs=refilled)
    def _(Bucket: Any) -> Iterator[Step]:
        burst = draw.randrange(2, 6)
        one, two = Bucket(1.0, burst), Bucket(1.0, burst)
        turns = [(bucket, "take", float(now)) for now in (0, 1, 1) for bucket in (one, one, two)]
        told = [f"bucket {'one' if bucket is one else 'two'}, take({now:g})" for bucket, _, now in turns]
        lines = [(f"{said}{_after(told[:at])}", *turns[at]) for at, said in enumerate(told)]
        yield from script(*lines, as_={"take": bool}, note=f"; both of rate 1 and burst {burst}")

    @exam.claim("the work does not grow with the time that passed", "No loop over time.", needs=refilled)
    def _(Bucket: Any) -> Iterator[Step]:
        def idle(seconds: int) -> tuple[Any, list[Any]]:
            bucket = Bucket(2.0, 1e6)
            bucket.take(0.0, 1e6)
            return bucket.take, [(float(turn * seconds), 1.0) for turn in (1, 2, 3)]

        yield from growth("take after a pause", idle, at=400, most=0.3)


# ── next_request ────────────────────────────────────────────────────────────────────────────────────────


def _requests(draw: random.Random, now: float, expected: float, kinds: str, groups: int = 1) -> list[Request]:
    """One request for each letter of ``kinds``: l, live, can be answered in time with room; e, its deadline has passed; d, in
    doubt, so that the two rules differ; i, no deadline at all. Which id, class and arrival it has says nothing of that."""
    ids = draw.sample(range(10, 100 + len(kinds)), len(kinds))
    arrivals = draw.sample(range(1, 8 * len(kinds) + 9), len(kinds))
    found: list[Request] = []
    for number, kind, arrival in zip(ids, kinds, arrivals, strict=True):
        left = {
            "l": expected + _eighths(draw, 0.125, 4),
            "e": -_eighths(draw, 0.125, 4),
            "d": expected * draw.randrange(1, 8) / 8,
            "i": math.inf,
        }[kind]
        found.append(
            {
                "id": number,
                "arrived_s": now - 8 - arrival / 8,
                "deadline_s": now + left,
                "priority": draw.randrange(groups),
            }
        )
    return found


def _told(waiting: list[Request], now: float) -> str:
    """Who waits, in words: times as seconds before or after now."""
    said = [
        f"{each['id']} (class {each['priority']}, came {now - each['arrived_s']:g} s ago, "
        + (
            f"{each['deadline_s'] - now:g} s left)"
            if each["deadline_s"] > now
            else f"{now - each['deadline_s']:g} s late)"
        )
        for each in waiting[:6]
    ]
    return ", ".join(said) + (f" and {len(waiting) - 6} more" if len(waiting) > 6 else "") or "nobody"


def _ids(waiting: list[Request], answer: Any) -> Any:
    """An answer by ids: who is started, who is thrown away."""
    if type(answer) is not tuple or len(answer) != 2 or type(answer[1]) is not list:
        return answer
    known = {each["id"]: each for each in waiting}

    def named(request: Any) -> Any:
        if request is None:
            return None
        number = request.get("id") if type(request) is dict else None
        return number if known.get(number) == request else f"not one of those who wait: {request!r}"  # type: ignore[arg-type]

    return named(answer[0]), [named(each) for each in answer[1]]


@examine(next_request)
def check_next(exam: Examination) -> None:
    draw = exam.draw

    def moment() -> tuple[float, float]:
        return _eighths(draw, 20, 60), draw.choice((0.125, 0.5, 1.0, 2.0))

    def asked(choose: Any, *cases: tuple[list[Request], float, float]) -> Iterator[Step]:
        """Who is started and who is thrown away, by ids."""
        for (waiting, now, expected), (_, answer) in zip(
            cases, calls(choose, *cases, as_=tuple), strict=False
        ):
            case = f"waiting: {_told(waiting, now)}; an answer takes {expected:g} s: (started, thrown away)"
            yield case, _ids(waiting, answer)

    def case(kinds: str, groups: int = 1) -> tuple[list[Request], float, float]:
        now, expected = moment()
        kinds = "".join(draw.sample(kinds, len(kinds)))
        return _requests(draw, now, expected, kinds, groups), now, expected

    @exam.claim("of one class, who came first", "Not who stands first.", weight=2)
    def first(choose: Any) -> Iterator[Step]:
        yield from asked(choose, *[case("l" * n) for n in (1, 2, 2, 3, 3, 5, 8)])

    @exam.claim("the more important class goes first", "0 is the most important.", weight=2, needs=first)
    def _(choose: Any) -> Iterator[Step]:
        cases = [case("l" * n, groups) for n, groups in ((2, 2), (3, 2), (3, 3), (4, 2), (5, 12), (8, 3))]
        late = case("ll")
        for place, each in enumerate(sorted(late[0], key=lambda each: each["arrived_s"])):
            each["priority"] = 1 - place  # who came last matters most
        together = case("lll")
        for place, each in enumerate(together[0]):
            each["arrived_s"], each["priority"] = (
                together[1] - 9.0,
                2 - place,
            )  # at one moment; the last matters most
        many = case("lll")
        for each, group in zip(many[0], draw.sample((10, 2, 9), 3), strict=True):
            each["priority"] = group
        yield from asked(choose, late, *cases, together, many)

    @exam.claim(
        "what is past its deadline is thrown away; all others wait on",
        "Which deadline?",
        weight=3,
        needs=first,
    )
    def thrown(choose: Any) -> Iterator[Step]:
        kinds = ("e", "le", "lle", "eel", "llee", "eleel", "llllee", "leeelll")
        yield from asked(choose, *[case(each) for each in kinds])

    @exam.claim("a late one that matters more is not started", "First who is worth it.", needs=thrown)
    def _(choose: Any) -> Iterator[Step]:
        cases = []
        for kinds in ("el", "elel", "eell"):
            made = case(kinds)
            for each in made[0]:
                each["priority"] = 0 if each["deadline_s"] <= made[1] else draw.randrange(1, 3)
            cases.append(made)
        yield from asked(choose, *cases, *[case(kinds, 3) for kinds in ("lele", "leell", "eeelll")])

    @exam.claim("just enough time is enough", "now + expected is the deadline.", needs=thrown)
    def _(choose: Any) -> Iterator[Step]:
        cases = []
        for n in (1, 2, 4):
            waiting, now, expected = case("l" * n)
            draw.choice(waiting)["deadline_s"] = now + expected
            cases.append((waiting, now, expected))
        yield from asked(choose, *cases)

    @exam.claim("a deadline that is now has passed", "At the second itself.", needs=thrown)
    def _(choose: Any) -> Iterator[Step]:
        cases = []
        for kinds in ("l", "ll", "lel", "llll"):
            waiting, now, expected = case(kinds, 2)
            draw.choice(waiting)["deadline_s"] = now
            cases.append((waiting, now, expected))
        yield from asked(choose, *cases)

    @exam.claim("without a deadline a request waits for ever", "Infinity is a number.", needs=thrown)
    def _(choose: Any) -> Iterator[Step]:
        yield from asked(choose, *[case(kinds, 2) for kinds in ("i", "il", "ie", "iile")])

    @exam.claim("of equals the first in the list", "Strictly less, or not.", needs=first)
    def _(choose: Any) -> Iterator[Step]:
        cases = []
        for kinds in ("ll", "lll", "elle", "ll", "lllll", "llll"):
            waiting, now, expected = case(kinds)
            for each in waiting:
                each["arrived_s"] = now - 9.0
            cases.append((waiting, now, expected))
        for each, number in zip(
            cases[1][0], (52, 51, 53), strict=True
        ):  # neither the first nor the last by its id
            each["id"] = number
        yield from asked(choose, *cases)

    @exam.claim("nobody to start is None", "Nobody waits, or nobody is worth it.", needs=thrown)
    def _(choose: Any) -> Iterator[Step]:
        now, expected = moment()
        yield from asked(choose, ([], now, expected), case("e"), case("eee", 2), case("l"))

    @exam.claim(
        "in doubt one of the two rules, and the same each time", "Late, or not to be met?", needs=thrown
    )
    def _(choose: Any) -> Iterator[Step]:
        lists = ("d", "dl", "dd", "del", "ddl", "ddd", "dldel", "dldel" * 4)
        cases = [case(kinds, 1 + at % 2) for at, kinds in enumerate(lists)]
        for waiting, now, _ in cases:
            waiting[0]["arrived_s"] = now  # it has all of its time still, and that may be too little
        doubtful = [
            {str(each["id"]) for each in waiting if now < each["deadline_s"] < now + expected}
            for waiting, now, expected in cases
        ]
        answers = [
            _ids(made[0], got)
            for made, (_, got) in zip(cases, calls(choose, *cases, as_=tuple), strict=False)
        ]
        gone = [answer[1] if type(answer) is tuple and len(answer) == 2 else [] for answer in answers]
        away = [len(doubt.intersection(map(str, each))) for doubt, each in zip(doubtful, gone, strict=False)]
        shares = [f"{some} of {len(doubt)}" for some, doubt in zip(away, doubtful, strict=False)]
        whole = away in ([0] * len(cases), [len(doubt) for doubt in doubtful])
        told = f"{len(cases)} lists in which an answer may come a little late: who may, and is thrown away"
        yield told, "all of them, or none" if whole else ", ".join(shares)
        started = [
            answer[0] not in answer[1] and (answer[0] is None) == (len(answer[1]) == len(made[0]))
            for answer, made in zip(answers, cases, strict=False)
            if type(answer) is tuple and len(answer) == 2 and type(answer[1]) is list
        ]
        yield "in each of them somebody is started who is not thrown away, if there is one", started

    @exam.claim("many wait", "In any order.", needs=thrown)
    def _(choose: Any) -> Iterator[Step]:
        yield from asked(choose, *[case("l" * n + "e" * (n // 2) + "i", 4) for n in (10, exam.size(30))])

    @exam.claim("one pass over those who wait", "No search within a search.", needs=thrown)
    def _(choose: Any) -> Iterator[Step]:
        def made(n: int) -> tuple[Any, list[Any]]:
            waiting, now, expected = case("l" * (n // 2) + "e" * (n // 2), 3)
            return choose, [(waiting, now, expected)] * 3

        yield from growth("next_request", made, at=18, most=1.3)


# ── AdaptiveConcurrency ─────────────────────────────────────────────────────────────────────────────────

Seen = tuple[float, int] | tuple[float, int, bool]
"""What an interval showed: mean time, most in flight, dropped."""


@examine(AdaptiveConcurrency)
def check_limit(exam: Examination) -> None:
    draw = exam.draw

    def followed(
        Limit: Any, start: float, low: float, high: float, intervals: Iterable[Seen]
    ) -> Iterator[Step]:
        """The limit after each interval."""
        found, lines, told = Limit(start, low, high), list[tuple[Any, ...]](), list[str]()
        for seen in intervals:
            dropped = ", dropped" if len(seen) > 2 and seen[2] else ""
            told.append(f"({1000 * seen[0]:.4g} ms, {seen[1]}{dropped})")
            lines += [(f"observe {told[-1]}{_after(told[:-1])}", found, "observe", *seen)]
            lines += [(f"the limit{_after(told)}", found, "limit")]
        note = f"; intervals are (mean time, most in flight), from {start:.4g}, within {low:g} and {high:g}"
        yield from script(*lines, as_={"observe": None, "limit": float}, note=note)

    def unloaded() -> float:
        return draw.choice((0.008, 0.02, 0.05, 0.4))

    @exam.claim("as fast as ever: it grows by its square root", "A little room to try.", weight=2)
    def grows(Limit: Any) -> Iterator[Step]:
        for start in (4.0, 16.0, float(draw.randrange(5, 90))):
            rtt = unloaded()
            yield from followed(Limit, start, 1.0, 1000.0, [(rtt, 500)] * 3)

    @exam.claim("slower: it shrinks as the times grow", "Unloaded over loaded.", weight=3, needs=grows)
    def shrinks(Limit: Any) -> Iterator[Step]:
        for start in (16.0, 100.0, float(draw.randrange(30, 90))):
            rtt = unloaded()
            slow = [(rtt * draw.uniform(1.7, 2.8), 500) for _ in range(3)]
            yield from followed(Limit, start, 1.0, 1000.0, [(rtt, 500), *slow])

    @exam.claim("up to the tolerance it grows as before", "How much longer is normal?", needs=grows)
    def _(Limit: Any) -> Iterator[Step]:
        for start in (9.0, float(draw.randrange(20, 90))):
            rtt = unloaded()
            seen = [
                (rtt, 500),
                (rtt * draw.uniform(1.2, 1.4), 500),
                (rtt * 1.45, 500),
                (rtt * draw.uniform(1.55, 1.7), 500),
            ]
            yield from followed(Limit, start, 1.0, 1000.0, seen)

    @exam.claim("one bad interval takes half at most", "How far down at once?", needs=shrinks)
    def _(Limit: Any) -> Iterator[Step]:
        for times in (4, 10, 1000):
            rtt, start = unloaded(), float(draw.randrange(30, 90))
            seen = [(rtt, 500), (rtt * times, 500), (rtt * times * 2, 500), (rtt, 500)]
            yield from followed(Limit, start, 1.0, 1000.0, seen)

    @exam.claim("unloaded is the smallest time so far", "This one included.", weight=2, needs=shrinks)
    def _(Limit: Any) -> Iterator[Step]:
        for _ in range(3):
            rtt = unloaded()
            times = [rtt * draw.uniform(1.0, 3.0) for _ in range(9)]
            yield from followed(
                Limit, float(draw.randrange(30, 90)), 1.0, 1e6, [(each, 5000) for each in times]
            )
        rtt = unloaded()
        queue = [(rtt * (1 + n / 8), 5000) for n in range(20)]
        yield from followed(Limit, 40.0, 1.0, 1e6, queue)

    @exam.claim("where less than half was in flight it does not grow", "It was not tested.", needs=shrinks)
    def _(Limit: Any) -> Iterator[Step]:
        for start in (10.0, 30.0, float(2 * draw.randrange(20, 50))):
            rtt, half = unloaded(), int(start / 2)
            yield from followed(Limit, start, 1.0, 1000.0, [(rtt, 0), (rtt, half - 1), (rtt, half)])
            yield from followed(Limit, start, 1.0, 1000.0, [(rtt, half - 1), (rtt * 2.5, 1), (rtt * 2.5, 0)])
        yield from followed(Limit, 25.0, 1.0, 1000.0, [(unloaded(), 12), (unloaded(), 13)])

    @exam.claim("dropped: half, whatever the times", "They say nothing then.", needs=grows)
    def _(Limit: Any) -> Iterator[Step]:
        for odd in (0.0, math.nan, math.inf, 0.001, -1.0):
            rtt, start = unloaded(), float(draw.randrange(30, 90))
            seen: list[Seen] = [
                (rtt, 500),
                (odd, draw.choice((0, 500)), True),
                (rtt * 1.4, 500),
                (rtt, 500, False),
            ]
            yield from followed(Limit, start, 1.0, 1000.0, seen)

    @exam.claim("it stays within its bounds, fractions and all", "Lowest and highest.", needs=shrinks)
    def _(Limit: Any) -> Iterator[Step]:
        for low, high in ((1.0, 8.0), (2.5, 20.5), (6.0, 6.0)):
            rtt, start = unloaded(), draw.uniform(low, high)
            down: list[Seen] = [(rtt, 500, True)] * 4
            yield from followed(
                Limit, start, low, high, [*down, *[(rtt, 500)] * 8, (rtt * 9, 500), (rtt * 9, 500)]
            )

    @exam.claim(
        "a time that is none is an error, and changes nothing", "Before anything is kept.", needs=shrinks
    )
    def _(Limit: Any) -> Iterator[Step]:
        for odd in (0.0, -0.02, math.nan, math.inf):
            rtt, start = unloaded(), float(draw.randrange(30, 90))
            yield from followed(
                Limit, start, 1.0, 1000.0, [(odd, 500), (rtt, 500), (odd, 500), (rtt * 2, 500)]
            )

    @exam.claim("a long day of intervals", "From the old limit, each time.", needs=shrinks)
    def _(Limit: Any) -> Iterator[Step]:
        rtt, seen = unloaded(), list[Seen]()
        for _ in range(exam.size(40)):
            slow = rtt * draw.choice((1.0, 1.1, 1.6, 2.2, 5.0))
            seen.append((slow, draw.choice((2, 40, 400)), draw.random() < 0.1))
        yield from followed(Limit, float(draw.randrange(10, 50)), 2.0, 300.0, seen)
