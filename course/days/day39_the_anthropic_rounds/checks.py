"""Day 39: what a right answer shows. Probes run on the answer, on the library and on known mistakes.

Rules, locks and other callers stand on the learner's side (``there``), and what is done is one message (``script``).
"""

import functools
import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from course.checking.probes import Examination, Step, calls, examine, growth, script
from course.checking.subject import Subject, each, plain, there
from course.systems.safety.concurrent_filter import ConcurrentSafetyFilter
from course.systems.safety.locks import ProbeLock
from course.systems.safety.races import OtherCaller
from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.rules import PhraseRule, TableRule
from course.systems.safety.stream_scorer import StreamScorer

LEVELS = ResponseSafetyFilter.STRICTNESS
NONSENSE = (math.nan, math.inf, 1.0 + 1e-9, -1e-9, -0.5, 7, "0.5", None)
"""What no score is."""
ALIKE = ("", " ", "two spoons", "Two spoons", "two spoons ", "two  spoons", "café", "cafe\u0301", "\ud800")
"""Nine responses, however alike they look."""
FIRST = "your ResponseSafetyFilter combines as the reference does"
TYPES = {
    **dict.fromkeys(("score", "combine", "judge_word"), float),
    **dict.fromkeys(("rule_names", "cached"), list[str]),
    **dict.fromkeys(("report", "judge", "_rule_set"), dict),
    **dict.fromkeys(("feed", "finish"), tuple[str, float, bool]),
}
Line = tuple[Any, ...]


class _Side:
    """The learner's side, and what a check makes there. All chance is from ``draw``."""

    def __init__(self, draw: random.Random, answer: Any) -> None:
        self.draw, self.answer = draw, answer
        self.there = functools.cache(lambda kind: there(answer, kind))

    def texts(self, n: int) -> list[str]:
        return [f"answer {number}" for number in self.draw.sample(range(10**6), n)]

    def names(self, n: int) -> list[str]:
        """Names of rules, in no order; two differ in case alone, and one is empty."""
        drawn = self.draw.sample(range(100), n)
        names = [f"{self.draw.choice(('tone', 'doses', 'Names'))} {number}" for number in drawn]
        return [*names[:-2], names[0].swapcase(), ""] if n > 2 else names

    def says(self, n: int) -> list[float]:
        """Scores: ties and near ties, small ones, and clean ones."""
        near, draw = self.draw.uniform(0.1, 0.9), self.draw
        return [
            draw.choice((near, near + 1e-7, 1e-9, 0.05, 0.5, 1.0, draw.uniform(0.01, 1))) for _ in range(n)
        ]

    def rules(self, *scores: float, names: Sequence[str] = ()) -> list[Any]:
        """Rules that give every text these scores."""
        named = zip(names or self.names(len(scores)), scores, strict=True)
        return each(self.there(TableRule), [(name, {}, score) for name, score in named]) if scores else []

    def listed(self, n: int, texts: Sequence[str]) -> list[Any]:
        """Rules that know these texts one by one."""
        rows = [(name, dict(zip(texts, self.says(len(texts)), strict=True))) for name in self.names(n)]
        return each(self.there(TableRule), rows)

    def filled(self, *scores: float, level: str = "strict", **options: Any) -> tuple[Any, list[Any]]:
        """A filter, and its rules."""
        rules = self.rules(*scores)
        return self.answer(rules, level, **options), rules

    def locked(self, *scores: float, **options: Any) -> tuple[Any, Any, list[Any]]:
        """A filter, its lock, which says so where a real one would wait for ever, and its rules."""
        lock = self.there(ProbeLock)()
        safety, rules = self.filled(*scores, lock=lock, **options)
        return safety, lock, rules

    def phrases(self, *tables: dict[str, float]) -> list[Any]:
        return each(self.there(PhraseRule), [(f"rule {n}", table) for n, table in enumerate(tables, start=1)])

    def windows(self, *windows: int, says: dict[str, float] | None = None, during: Any = None) -> list[Any]:
        """Rules of a stream that note what they are given."""
        return each(self.there(TableRule), [(f"window {n}", says or {}, 1.0, n, during) for n in windows])


def _asks(target: Any, way: str, *arguments: Any) -> list[Line]:
    return [(target, way, argument) for argument in arguments]


def _asked(rules: Iterable[Any], when: str = "") -> list[Line]:
    """Lines that show what rules were asked."""
    return [(f"what rule {n} was asked{when}", rule, "asked") for n, rule in enumerate(rules, start=1)]


def _did(*lines: Line, note: str = "") -> Iterator[Step]:
    """A script; of a report and a judgement the scores in their order, of a rule set the number of its rules."""
    for case, value in script(*lines, as_=TYPES, note=note):
        if type(value) is dict and type(scores := value.get("by_rule")) is dict:
            value |= {"by_rule": [*scores.items()], "faults": [*value.get("faults", ())], "timestamp": None}
        elif type(value) is dict and "rules" in value:
            value["rules"] = len(value["rules"])
        yield case, len(value) if type(value) is tuple and Subject in map(type, value) else value


def _boom(kind: type[Exception]) -> Callable[[], object]:
    def during() -> object:
        raise kind("boom")

    return during


def _own(exam: Examination, combine: Callable[[Any], Any]) -> str:
    @exam.claim(FIRST, "Finish exercise 1 first.", weight=0)
    def own(answer: Any) -> Iterator[Step]:
        says = _Side(exam.draw, answer).says
        yield from calls(combine(answer), *[(says(n),) for n in (1, 2, 3)], as_=float)

    return own


# ── ResponseSafetyFilter ────────────────────────────────────────────────────────────────────────────────


@examine(ResponseSafetyFilter)
def check_filter(exam: Examination) -> None:
    draw = exam.draw

    @exam.claim("each strictness combines as it should", "min; n over the sum of 1/s; sum over n.", weight=2)
    def combines(Filter: Any) -> Iterator[Step]:
        says = _Side(draw, Filter).says
        for level in draw.sample(LEVELS, 3):
            rows = [(says(n),) for n in (1, 2, 2, 3, 5, exam.size(20))]
            yield from calls(Filter((), level).combine, *rows, as_=float, note=f", {level}")

    @exam.claim("a score of 0 makes balanced 0", "Where does 1/s go as s goes to 0?")
    def _(Filter: Any) -> Iterator[Step]:
        says, safety = _Side(draw, Filter).says, Filter()
        for level in ("balanced", *draw.sample(LEVELS, 2)):
            lists = [[*says(n), 0.0] for n in (0, 1, 2, 4)] + [says(2), [0.0, *says(2)], [0.0, 0.0], says(3)]
            lines = _asks(safety, "combine", *lists)
            yield from _did((safety, "strictness =", level), *lines, note=f", {level}")

    @exam.claim("no scores make 1.0, an unknown strictness an error", "Look at it first.", needs=combines)
    def _(Filter: Any) -> Iterator[Step]:
        side, safety = _Side(draw, Filter), Filter()
        for level in (*LEVELS, "medium", "Strict", "", None):
            lines = _asks(safety, "combine", [], (), side.says(2), [0.0, 0.5]) + _asks(
                safety, "score", *side.texts(1)
            )
            yield from _did((safety, "strictness =", level), *lines, note=f", {level!r}, no rules")

    @exam.claim("a rule counts from the next score on", "What is remembered from before it came?", weight=2)
    def counts(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        for level in draw.sample(LEVELS, 3):
            safety, texts, says = Filter((), level), ["", *side.texts(2)], side.says(3)
            yield from _did(*_asks(safety, "score", *texts), note=f", {level}, no rule")
            for rule, score in zip(side.rules(*says), says, strict=True):
                lines = (safety, "add_rule", rule), *_asks(safety, "score", *texts)
                yield from _did(*lines, note=f", {level}, seen before a rule came that says {score:.3g}")

    @exam.claim(
        "rules stand as they came; a name in force changes nothing", "Look, then change.", needs=counts
    )
    def _(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        for at in (0, 1, 2, 3):
            safety, rules = side.filled(*side.says(4))
            texts, names = side.texts(1), plain(safety.rule_names(), list[str])
            rules += side.rules(0.0, names=[names[at]])
            tried = ("add_rule(another of that name)", safety, "add_rule", rules[-1])
            after = (
                (safety, "rule_names"),
                (safety, "cached"),
                *_asks(safety, "score", *texts),
                *_asked(rules),
            )
            note = f", where {names[at]!r} of {names} comes again"
            yield from _did(*_asks(safety, "score", *texts), tried, *after, note=note)

    @exam.claim("a response is evaluated once, until a rule comes", "Count evaluations.", needs=counts)
    def once(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        for n in (1, 2, 3):
            safety, rules = side.filled(*side.says(n - 1), 0.0, level="balanced")
            texts, more = ["", *side.texts(n)], side.rules(0.5, names=["more"])
            twice = _asks(safety, "score", *texts, *texts, texts[0])
            yield from _did(*twice, *_asked(rules, f" by two scores of each of {texts}"))
            asked = _asked(rules + more, " after a rule came, and two more of each")
            yield from _did((safety, "add_rule", *more), *twice, *asked)

    @exam.claim("what is kept follows the strictness", "What is it that you keep?", needs=counts)
    def _(Filter: Any) -> Iterator[Step]:
        safety, rules = (side := _Side(draw, Filter)).filled(*side.says(2), 0.25)
        (text,) = side.texts(1)
        for level in (*LEVELS, "medium", *LEVELS[::-1]):
            lines = (safety, "strictness =", level), (safety, "score", text), (safety, "report", text)
            yield from _did(*lines, *_asked(rules[:1]), note=f", seen before, now {level}")

    @exam.claim("scores are kept under the SHA-256 of the response", "self.digest.", needs=once)
    def _(Filter: Any) -> Iterator[Step]:
        texts, (safety, rules) = draw.sample(ALIKE, len(ALIKE)), _Side(draw, Filter).filled(0.5)
        keys = {ResponseSafetyFilter.digest(text): text for text in texts}
        for case, value in _did(*_asks(safety, "score", *texts), *_asked(rules), (safety, "cached")):
            listed = type(value) is list and "cached" in case
            yield case, [keys.get(key, f"no digest of these: {key}") for key in value] if listed else value
        safety.digest = lambda text: f"key {len(text)}"
        lines = *_asks(safety, "score", "four", "five", "sixth"), (safety, "cached")
        yield from _did(*lines, note=", with `digest` replaced")

    @exam.claim(
        "a rule's error passes, nonsense is one, and nothing is kept", "No half entry.", weight=2, needs=once
    )
    def _(Filter: Any) -> Iterator[Step]:
        safety, rules = (side := _Side(draw, Filter)).filled(*side.says(2), level=draw.choice(LEVELS))
        odds: list[Any] = [*NONSENSE, ZeroDivisionError, KeyError, TimeoutError]
        for odd in draw.sample(odds, len(odds)):
            ill, (text, other), way = draw.choice(rules), side.texts(2), draw.choice(("score", "report"))
            raises = isinstance(odd, type)
            fault = (ill, "during =", _boom(odd)) if raises else (ill, "default =", odd)
            both = (
                (safety, "strictness =", "medium"),
                (safety, way, text),
                (safety, "strictness =", draw.choice(LEVELS)),
            )
            well = (
                (ill, "during =", None),
                (ill, "default =", draw.random()),
                *_asks(safety, "score", text, text, other),
            )
            note = f", where a rule once {f'raised {odd.__name__}' if raises else f'said {odd!r}'}"
            yield from _did((safety, "score", other), fault, (safety, way, text), *both, *well, note=note)
        yield from _did(*_asked(rules))

    @exam.claim(
        "a report says response, score and score by rule", "SafetyReport's fields.", weight=2, needs=combines
    )
    def reports(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        for n, level in zip(range(5), (*LEVELS, *LEVELS[:2]), strict=True):
            safety, rules = side.filled(*side.says(n), level=level)
            (one, two), more = side.texts(2), side.rules(0.05, names=["more"])
            lines = [*_asks(safety, "report", one, two, ""), (safety, "score", one)][:: (-1) ** n]
            note = f", {n} rules and one that comes, {level}"
            yield from _did(*lines, (safety, "add_rule", *more), *lines, *_asked(rules), note=note)

    @exam.claim("each report reads the filter's clock once", "self.clock, and call it.", needs=reports)
    def _(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        for start in (0.0, -2.5, draw.uniform(1e8, 2e9)):
            read: list[float] = []

            def clock(start: float = start, read: list[float] = read) -> float:
                read.append(start + 1.5 * len(read))
                return read[-1]

            (safety, _), (one, two) = side.filled(0.5, clock=clock), side.texts(2)
            lines = (safety, "score", one), *_asks(safety, "report", one, two, one, two)
            told = f" with a clock that starts at {start:.9g} and moves 1.5 s a reading"
            for case, report in script(*lines, as_=TYPES, note=told):
                yield case, report.get("timestamp") if type(report) is dict else report
            yield f"readings by four reports{told}", len(read)

    @exam.claim("each filter has rules and scores of its own", "In __init__.", needs=counts)
    def _(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        filters = [side.filled(draw.random())[0], side.filled(draw.random())[0], Filter()]
        for number, safety in enumerate((*filters, *filters)):
            yield from _did(
                (safety, "score", "x"), (safety, "rule_names"), note=f" of filter {number % 3 + 1}"
            )

    @exam.claim("many responses and rules, in any order", "Hits cost nothing.", weight=2, needs=once)
    def _(Filter: Any) -> Iterator[Step]:
        safety, side = Filter(), _Side(draw, Filter)
        rules = side.listed(4, texts := side.texts(exam.size(20)))
        for number, rule in enumerate(rules, start=1):
            wanted, level = [draw.choice(texts) for _ in range(5 * len(texts))], draw.choice(LEVELS)
            lines = (
                (safety, "strictness =", level),
                (safety, "add_rule", rule),
                *_asks(safety, "score", *wanted),
            )
            told = f"scores of {len(wanted)} responses under {number} rules, {level}"
            yield told, [value for _, value in script(*lines, as_=TYPES)]
        yield from _did(*_asked(rules))

    @exam.claim("what was seen before costs the same among many", "A dict finds a key at once.", needs=once)
    def _(Filter: Any) -> Iterator[Step]:
        def seen(n: int) -> tuple[Any, Sequence[Any]]:
            safety, _ = (side := _Side(draw, Filter)).filled(0.5)
            each(safety.score, texts := side.texts(n))
            return safety.score, [(text,) for text in texts[-3:]]

        yield from growth("score of a response that was seen, among many", seen, at=40, most=0.4)
        yield from growth("combine", lambda n: (Filter().combine, [([0.5] * n,)] * 3), at=50, most=1.3)


# ── ConcurrentSafetyFilter ──────────────────────────────────────────────────────────────────────────────

MOMENTS = {
    "while rule 1 of 2 is evaluated": 0,
    "while rule 2 of 2 is evaluated": 0,
    "just before the lock is granted the first time": 1,
    "once the lock is given back the first time": -1,
    "just before the lock is granted the second time": 2,
    "once the lock is given back the second time": -2,
}
"""When another caller comes, and what that is for a lock."""


class _Runner:
    """A runner of the check's: it notes what it runs, and gives a share of the score."""

    def __init__(self, share: float) -> None:
        self.share, self.ran = share, list[str]()

    def run(self, rule: Any, text: str) -> float:
        self.ran.append(text)
        return self.share * float(plain(rule.evaluate(text), float))


def _kept(safety: Any, texts: Sequence[str], doing: Sequence[list[Line]], note: str) -> Iterator[Step]:
    """After the score of each text: how many entries there are, how many left, whether the newest is there."""
    steps = (
        (*do, (safety, "score", text), (safety, "cached")) for text, do in zip(texts, doing, strict=True)
    )
    shown = [value for _, value in script(*itertools.chain(*steps), as_=TYPES)][1::2]
    before: set[str] = set()
    for text, value in zip(texts, shown, strict=False):
        now = {*value} if type(value) is list else {repr(value)}
        told = f"entries, how many left, is the newest there; after score({text!r}), {note}"
        yield told, [len(now), len(before - now), ResponseSafetyFilter.digest(text) in now]
        before = now


@examine(ConcurrentSafetyFilter)
def check_concurrent(exam: Examination) -> None:
    draw = exam.draw
    own = _own(exam, lambda Filter: Filter().combine)

    @exam.claim("a judgement holds each rule's score, in order", "judge_rules.", needs=own)
    def judges(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        for n in (1, 2, 3):
            safety, *_ = side.locked(*side.says(n))
            yield from _did(*_asks(safety, "judge", *["", *side.texts(1)] * 2), note=f", {n} rules")

    @exam.claim("a rule counts from the next judgement on", "What is kept from before it came?", needs=own)
    def counts(Filter: Any) -> Iterator[Step]:
        (safety, *_), says = (side := _Side(draw, Filter)).locked(), (0.75, 0.5, draw.random() / 2)
        asks = _asks(safety, "score", "", *side.texts(2))
        yield from _did(*asks, note=", without rules")
        for score, rule in zip(says, side.rules(*says), strict=True):
            yield from _did(
                (safety, "add_rule", rule), *asks, note=f", seen before a rule came that says {score:.3g}"
            )

    @exam.claim(
        "add_rule makes a new set, or refuses a name and changes nothing",
        "Look first.",
        weight=2,
        needs=counts,
    )
    def _(Filter: Any) -> Iterator[Step]:
        safety, lock, rules = (side := _Side(draw, Filter)).locked(*side.says(3))
        text, names = side.texts(1), plain(safety.rule_names(), list[str])
        tried = ["new", *names, f"{names[0]}?", "new", "newer"]
        state = (safety, "rule_names"), (safety, "_rule_set"), (safety, "cached"), (lock, "held")
        for name, rule in zip(tried, side.rules(*[0.5] * 7, names=tried), strict=True):
            old = ("rules of the set before", safety._rule_set, "rules")
            lines = (
                *_asks(safety, "score", *text),
                (safety, "add_rule", rule),
                old,
                *state,
                *_asked([rules[0], rule]),
            )
            yield from _did(*lines, note=f", where {name!r} comes to {names}")

    @exam.claim("no rule runs while the lock is held", "Bookkeeping only.", weight=2, needs=judges)
    def free(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        for n in (1, 2):
            held: list[bool] = []
            safety, lock, rules = side.locked(*side.says(n))

            def look(held: list[bool] = held, lock: Any = lock) -> None:
                held.append(plain(lock.held, bool))

            yield from _did(*[(rule, "during =", look) for rule in rules], (safety, "judge", "x"))
            yield f"{n} rules: is the lock held while each is evaluated", held

    @exam.claim("one lock for what is kept, else two, and one evaluation a rule", "Count.", needs=free)
    def _(Filter: Any) -> Iterator[Step]:
        safety, lock, rules = (side := _Side(draw, Filter)).locked(*side.says(2), capacity=3)
        texts = ["", *side.texts(2)]
        counted = (
            ("times that the lock was taken so far", lock, "acquisitions"),
            (lock, "held"),
            *_asked(rules),
        )
        for text in (*texts, *texts, texts[0]):
            yield from _did((safety, "judge", text), *counted, note=f" (judge({text!r}), of {texts})")

    @exam.claim("of rules added at once none is lost", "What may be old by then?", weight=2, needs=counts)
    def _(Filter: Any) -> Iterator[Step]:
        side, moments = _Side(draw, Filter), [told for told, moment in MOMENTS.items() if moment]
        for told, same in [*((told, False) for told in moments), *((told, True) for told in moments[:2])]:
            names = ["same", "same"] if same else side.names(2)
            (safety, lock, _), rules = side.locked(), side.rules(0.5, 0.25, names=names)
            other = side.there(OtherCaller)(safety, rules[1:])
            race = (
                (lock, "interrupt", MOMENTS[told], other),
                (safety, "add_rule", rules[0]),
                (other, "__call__"),
            )
            after = (other, "refused"), (safety, "rule_names"), (safety, "_rule_set"), (safety, "score", "x")
            _, (_, mine), _, (_, refused), (_, found), *rest = _did(*race, *after)
            note = f"; add_rule({names[0]!r}), and {told} another caller does add_rule({names[1]!r})"
            yield f"rules in force{note}", sorted(found) if type(found) is list else found
            yield f"how many were refused{note}", refused + (mine is not None)
            yield from ((case + note, value) for case, value in rest)

    @exam.claim(
        "what is judged while a rule comes is not kept past it", "Judged by whom?", weight=3, needs=free
    )
    def _(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        for told, late in [*((told, 1) for told in MOMENTS), (next(iter(MOMENTS)), 2)]:
            says = [draw.uniform(least, least + 0.1) for least in (0.8, 0.6, 0.4, 0.2)]
            rules, lock, (text,) = side.rules(*says, names="abcd"), side.there(ProbeLock)(), side.texts(1)
            safety = Filter(rules[:2], "strict", lock=lock)
            other = side.there(OtherCaller)(safety, rules[2 : 2 + late])
            on_lock = (lock, "interrupt", MOMENTS[told], other)
            due = on_lock if MOMENTS[told] else (rules["2 of" in told], "during =", other)
            asked = [(safety, "score", text), (other, "__call__")]
            *_, (_, given), _, (_, later), _ = _did(due, *asked, *asked)
            case = f"rules say {says[1]:.3g}; {late} more, the last says {says[1 + late]:.3g}, come {told}"
            yield f"{case}: does the call under way answer by rules that were in force", given in says[1:]
            yield f"{case}: the next call", later

    @exam.claim("a fault scores 0, is named, and is not kept", "It may pass.", weight=2, needs=judges)
    def _(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        for at, kind in enumerate((*draw.sample((ZeroDivisionError, KeyError, TimeoutError), 2), None)):
            (safety, _, rules), text = side.locked(*side.says(3)), side.texts(1)
            fault = (rules[at], "during =", _boom(kind)) if kind else (rules[at], "default =", 1.5)
            well = (rules[at], "during =", None), (rules[at], "default =", 0.625)
            told = f"; rule {at + 1} of 3 {f'raised {kind.__name__}' if kind else 'said 1.5'}"
            yield from _did(fault, *_asks(safety, "judge", *text), (safety, "cached"), note=told)
            again = *_asks(safety, "judge", *text * 2), *_asked(rules)
            yield from _did(*well, *again, note=f"{told}, and now it is well")

    @exam.claim("rules are run by the filter's runner", "judge_rules takes it.", needs=judges)
    def _(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        for share in (0.5, 0.25):
            safety, *_ = side.locked(*side.says(1), runner=(runner := _Runner(share)))
            told = f" by a runner that gives {share} of each score"
            yield from _did(*_asks(safety, "judge", *side.texts(1)), note=told)
            yield f"what was run{told}", runner.ran

    @exam.claim("a full cache gives up one entry for a new one", "Full is not over.", weight=2, needs=counts)
    def bounded(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        for capacity in (1, 2, draw.randrange(4, 9)):
            (safety, *_), texts = side.locked(capacity=capacity), side.texts(2 * capacity + 1)
            yield from _kept(safety, texts, [[]] * len(texts), f"capacity {capacity}")
        for capacity in (draw.randrange(101, 200), 1024):
            safety, *_ = side.locked(**{"capacity": capacity} if capacity < 1024 else {})
            for n in (capacity, 1, 100):
                each(safety.score, side.texts(n))
                yield (
                    f"capacity {capacity}: entries after {n} more responses",
                    len(plain(safety.cached(), list)),
                )

    @exam.claim("nothing leaves for what is kept already, or is not kept", "Is it new?", needs=bounded)
    def _(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        for capacity in (1, 3):
            (safety, _, (rule,)), texts = side.locked(draw.random(), capacity=capacity), side.texts(capacity)
            texts += [texts[0], both := f"{texts[0]}, by two calls at once", f"{texts[0]}, with a fault"]
            first = iter((both,))

            def again(safety: Any = safety, first: Iterator[str] = first) -> None:
                each(safety.score, list(first))

            doing: list[Any] = [None] * (capacity + 1) + [again, _boom(KeyError)]
            yield from _kept(
                safety, texts, [[(rule, "during =", act)] for act in doing], f"capacity {capacity}"
            )

    @exam.claim("each filter has rules and entries of its own", "In __init__.", needs=counts)
    def _(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)
        filters = [side.locked(draw.random())[0], side.locked(draw.random())[0]]
        for number, safety in enumerate((*filters, *filters)):
            yield from _did((safety, "score", "x"), (safety, "cached"), note=f" of filter {number % 2 + 1}")

    @exam.claim("many responses and rules, a small cache", "Whatever is kept is right.", needs=bounded)
    def _(Filter: Any) -> Iterator[Step]:
        (safety, *_), texts = (side := _Side(draw, Filter)).locked(capacity=7), side.texts(exam.size(15))
        for number, rule in enumerate(side.listed(3, texts), start=1):
            wanted = [texts[int(draw.paretovariate(0.8)) % len(texts)] for _ in range(4 * len(texts))]
            lines = (safety, "add_rule", rule), *_asks(safety, "score", *wanted), (safety, "cached")
            *values, (_, kept) = script(*lines, as_=TYPES)
            told = f"{len(wanted)} responses, {number} rules, capacity 7"
            yield f"scores of {told}, and how many are kept", [*(value for _, value in values), len(kept)]

    @exam.claim("the work does not grow with what is kept", "O(1) under the lock.", needs=bounded)
    def _(Filter: Any) -> Iterator[Step]:
        side = _Side(draw, Filter)

        def full(n: int, new: bool) -> tuple[Any, Sequence[Any]]:
            safety, *_ = side.locked(capacity=n)
            each(score := safety.score, texts := side.texts(n))
            return score, [(text,) for text in (side.texts(3) if new else texts[-3:])]

        for new, told in ((False, "kept"), (True, "new to a full cache")):
            made = functools.partial(full, new=new)
            yield from growth(f"score of a response that is {told}", made, at=40, most=0.4)


# ── StreamScorer ────────────────────────────────────────────────────────────────────────────────────────


@examine(StreamScorer)
def check_stream(exam: Examination) -> None:
    draw = exam.draw
    own = _own(exam, lambda Scorer: Scorer((), "balanced")._filter.combine)

    def state(scorer: Any) -> list[Line]:
        return [(name, scorer, name) for name in ("score", "words", "worst", "blocked")]

    def words(n: int) -> list[str]:
        return [draw.choice(("red", "blue", "Red", "é", "茶", "don't", "x" * 9)) for _ in range(n)]

    def joined(said: Iterable[str]) -> str:
        return "".join(word + draw.choice((" ", "  ", "\n")) for word in said)

    @exam.claim(
        "a word is judged with those before it, as many as the window", "As they came.", weight=2, needs=own
    )
    def runs(Scorer: Any) -> Iterator[Step]:
        side = _Side(draw, Scorer)
        for windows in ((1,), (3,), (1, 2, 4)):
            rules, given = side.windows(*windows), [joined([word]) for word in words(exam.size(3) + 3)]
            asked = [
                (f"what window {n} was given", rule, "asked") for n, rule in zip(windows, rules, strict=True)
            ]
            yield from _did(*_asks(Scorer(rules), "feed", *given), *asked, note=f", of {given}")

    @exam.claim("half a word waits for its other half", "What is not complete?", weight=2, needs=own)
    def halves(Scorer: Any) -> Iterator[Step]:
        side = _Side(draw, Scorer)
        for cut in (1, 2, 3):
            one, two = f"un{draw.randrange(100)}safe", draw.choice(("word", "été"))
            scorer = Scorer(rules := side.windows(1), hold_back=0)
            chunks = [one[:cut], one[cut:], f" {two[:cut]}", "", two[cut:], " ", "end", " "]
            lines = *_asks(scorer, "feed", *chunks), *_asked(rules), (scorer, "_partial")
            yield from _did(*lines, note=f", of {chunks}")

    @exam.claim("the score is what combine makes of each rule's lowest", "Lowest first.", weight=2, needs=own)
    def lowest(Scorer: Any) -> Iterator[Step]:
        side = _Side(draw, Scorer)
        for level, way in zip(draw.sample(LEVELS, 3) * 2, ["feed"] * 3 + ["judge_word"] * 3, strict=True):
            a, b, c = sorted(side.says(3))
            rules = side.phrases({"rude": a, "odd": c, "fine rude": a / 2}, {"spoons": b, "odd": a}, {})
            scorer = Scorer(rules, level, 0.0 if way == "feed" else 0.9, hold_back=draw.randrange(3))
            lines = _asks(scorer, way, "fine ", "spoons ", "fine ", "rude ", "", "odd ")
            yield from _did(*lines, *state(scorer), note=f", {level}; rude {a:.3g}, spoons {b:.3g}, in turn")

    @exam.claim(
        "words come out hold_back words late, in order", "More than hold_back.", weight=2, needs=halves
    )
    def late(Scorer: Any) -> Iterator[Step]:
        side = _Side(draw, Scorer)
        for window, hold_back in (
            (3, 0),
            (3, 1),
            (1, 2),
            (3, draw.randrange(3, 7)),
            (3, None),
            (0, 1),
            (0, None),
        ):
            scorer, given = (
                Scorer(side.windows(window) if window else (), hold_back=hold_back),
                joined(words(9)),
            )
            chunks = [given[:7], "", given[7:-4], given[-4:]]
            note = f", window {window}, hold_back {hold_back}, of {chunks}"
            yield from _did(*_asks(scorer, "feed", *chunks), (scorer, "finish"), note=note)

    @exam.claim("below the threshold is blocked, at it is not", "Below is not at.", weight=2, needs=lowest)
    def _(Scorer: Any) -> Iterator[Step]:
        side = _Side(draw, Scorer)
        for threshold in (0.5, draw.uniform(0.2, 0.9), 0.0, 1.0):
            says = [min(1.0, max(0.0, threshold + more)) for more in (0, -1e-7, 1e-7)]
            for score, rule in zip(says, side.phrases(*({"rude": score} for score in says)), strict=True):
                scorer = Scorer([rule], "strict", threshold, hold_back=0)
                note = f", threshold {threshold:g}, rude scores {score:.9g}"
                yield from _did(*_asks(scorer, "feed", "so rude ", "now "), note=note)

    @exam.claim(
        "a blocked stream shows, judges and keeps nothing more", "Free is free.", weight=2, needs=late
    )
    def _(Scorer: Any) -> Iterator[Step]:
        side = _Side(draw, Scorer)
        for hold_back, free in ((0, 3), (1, 3), (2, 2), (5, 2), (0, 0)):
            rules = side.windows(1, says={"rude": 0.125, " rude": 0.125})
            scorer = Scorer(rules, "strict", draw.uniform(0.2, 0.9), hold_back=hold_back)
            given = " ".join([*words(free), "rude", *words(2)]) + " ha"
            left = *_asked(rules), (scorer, "_held"), (scorer, "_partial"), *state(scorer), (scorer, "finish")
            note = f", hold_back {hold_back}; rude scores 0.125 and blocks"
            yield from _did(*_asks(scorer, "feed", given, "lf ", "rude more "), *left, note=note)

    @exam.claim("text after the end is refused, blocked or not", "self.finished.", needs=halves)
    def _(Scorer: Any) -> Iterator[Step]:
        side = _Side(draw, Scorer)
        for text in ("one two", "", "so boom ", "boom"):
            scorer = Scorer(side.windows(1, says={"boom": 0.0, " boom": 0.0}))
            ended = (
                (scorer, "feed", text),
                (scorer, "finish"),
                *_asks(scorer, "feed", f"{draw.choice(words(3))} ", ""),
            )
            yield from _did(*ended, note=f", where {text!r} was fed and the stream finished")

    @exam.claim("a rule that fails scores 0 and is named", "self.rule_says.", needs=halves)
    def _(Scorer: Any) -> Iterator[Step]:
        side = _Side(draw, Scorer)
        for kind, level in zip(
            (ZeroDivisionError, TimeoutError, KeyError), draw.sample(LEVELS, 3), strict=True
        ):
            scorer = Scorer([*side.windows(2), *side.windows(1, during=_boom(kind))], level)
            lines = *_asks(scorer, "feed", "boom ", "more "), (scorer, "faults")
            for case, value in _did(*lines, note=f", where a rule raises {kind.__name__}, {level}"):
                yield case, [*value] if type(value) is dict else value

    @exam.claim("each scorer has words of its own", "In __init__.", needs=runs)
    def _(Scorer: Any) -> Iterator[Step]:
        one, two = (Scorer(_Side(draw, Scorer).phrases({"odd gate": 0.25}), hold_back=1) for _ in range(2))
        turns = ((one, "an odd "), (two, "gate now "), (one, "gate "), (two, "and then "))
        yield from _did(*((scorer, "feed", chunk) for scorer, chunk in turns), note=", two scorers in turn")

    @exam.claim(
        "however a stream is cut, the same comes out", "Cut it into characters.", weight=3, needs=late
    )
    def cuts(Scorer: Any) -> Iterator[Step]:
        rules = (side := _Side(draw, Scorer)).phrases(
            {"odd gate": 0.1, "blue": 0.8}, {"red blue red": 0.6, "y": 0.4}
        )
        for n, bad in ((4, False), (6, True), (exam.size(16), False), (exam.size(16), True)):
            said = words(n) + ["the", "odd", "gate", "y" * 70] * bad + words(n)
            text = draw.choice(("", "\n")) + joined(said) + "end"
            for pieces in (len(text), n, 1):
                places = [0, *sorted(draw.sample(range(1, len(text)), pieces - 1)), len(text)]
                chunks = [text[a:b] for a, b in itertools.pairwise(places)]
                scorer = Scorer([*rules, *(counted := side.windows(2))], "balanced", 0.3)
                lines = *_asks(scorer, "feed", *chunks), (scorer, "finish"), *state(scorer), *_asked(counted)
                seen = [*script(*lines, as_=TYPES)]
                released = [
                    value[0] if type(value) is tuple else repr(value) for _, value in seen[: pieces + 1]
                ]
                note = f", {len(said) + 1} words in {pieces} chunks{', one run blocks' if bad else ''}"
                yield f"text shown{note}", "".join(released)
                yield from ((case + note, value) for case, value in seen[pieces + 1 :])

    @exam.claim("a chunk costs the same however much came before", "One evaluation a word.", needs=cuts)
    def _(Scorer: Any) -> Iterator[Step]:
        rules = _Side(draw, Scorer).phrases({"odd gate": 0.1})

        def after(n: int) -> tuple[Any, Sequence[Any]]:
            each((scorer := Scorer(rules, hold_back=2)).feed, ["so it is "] * n)
            return scorer.feed, [("and so on ",)] * 3

        def long(n: int) -> tuple[Any, Sequence[Any]]:
            return Scorer(rules).feed, [("red blue " * n,)] * 3

        yield from growth("feed late in a stream", after, at=16, most=0.4)
        yield from growth("feed of one long chunk", long, at=5, most=1.4)
