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
from course.systems.safety.rules import PhraseRule, RuleSet, TableRule
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
Probe = Callable[["_Side"], Iterator[Step]]


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
        draw, near = self.draw, self.draw.uniform(0.1, 0.9)
        kinds = (near, near + 1e-7, near, 0.05, 0.5, 1.0, 1e-9)
        return [draw.choice((*kinds, draw.uniform(0.01, 1), draw.uniform(0.01, 1))) for _ in range(n)]

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


def _claims(exam: Examination) -> Callable[..., Callable[[Probe], str]]:
    """``exam.claim`` for probes of a side."""

    def claim(name: str, hint: str, **options: Any) -> Callable[[Probe], str]:
        declare = exam.claim(name, hint, **options)
        return lambda probe: declare(lambda answer: probe(_Side(exam.draw, answer)))

    return claim


def _scores(target: Any, *texts: str, way: str = "score") -> list[Line]:
    return [(target, way, text) for text in texts]


def _asked(rules: Iterable[Any], when: str = "") -> list[Line]:
    """Lines that show what rules were asked."""
    return [(f"what rule {n} was asked{when}", rule, "asked") for n, rule in enumerate(rules, start=1)]


def _did(*lines: Line | list[Line], note: str = "") -> Iterator[Step]:
    """A script; of a report and a judgement the scores in their order, of a rule set the number of its rules."""
    flat = itertools.chain(*(line if isinstance(line, list) else [line] for line in lines))
    for case, value in script(*flat, as_=TYPES, note=note):
        if type(value) is dict and type(scores := value.get("by_rule")) is dict:
            value |= {"by_rule": [*scores.items()], "faults": [*value.get("faults", ())], "timestamp": None}
        elif type(value) is dict and "rules" in value:
            value["rules"] = len(value["rules"])
        yield case, len(value) if type(value) is tuple and Subject in map(type, value) else value


def _boom(kind: type[Exception]) -> Callable[[], object]:
    def during() -> object:
        raise kind("boom")

    return during


# ── ResponseSafetyFilter ────────────────────────────────────────────────────────────────────────────────


@examine(ResponseSafetyFilter)
def check_filter(exam: Examination) -> None:
    claim, draw = _claims(exam), exam.draw

    @claim("each strictness combines as it should", "min; n over the sum of 1/s; sum over n.", weight=2)
    def combines(side: _Side) -> Iterator[Step]:
        for level in draw.sample(LEVELS, 3):
            rows = [(side.says(n),) for n in (1, 2, 2, 3, 5, exam.size(20))]
            rows.append((sorted((draw.random() for _ in range(exam.size(120))), reverse=True),))
            yield from calls(side.answer((), level).combine, *rows, as_=float, note=f", {level}")

    @claim("a score of 0 makes balanced 0", "Where does 1/s go as s goes to 0?")
    def _(side: _Side) -> Iterator[Step]:
        says, safety = side.says, side.answer()
        for level in ("balanced", *draw.sample(LEVELS, 2)):
            lists = [[*says(n), 0.0] for n in (0, 1, 2, 4)] + [says(2), [0.0, *says(2)], [0.0, 0.0], says(3)]
            lines = [(safety, "combine", scores) for scores in lists]
            yield from _did((safety, "strictness =", level), lines, note=f", {level}")

    @claim("no scores make 1.0, an unknown strictness an error", "Look at it first.", needs=combines)
    def _(side: _Side) -> Iterator[Step]:
        safety = side.answer()
        for level in (*LEVELS, "medium", "Strict", "", None):
            lines = [(safety, "combine", scores) for scores in ([], (), side.says(2), [0.0, 0.5])]
            note = f", {level!r}, no rules"
            yield from _did(
                (safety, "strictness =", level), lines, _scores(safety, *side.texts(1)), note=note
            )

    @claim("a rule counts from the next score on", "What is remembered from before it came?", weight=2)
    def counts(side: _Side) -> Iterator[Step]:
        for level in draw.sample(LEVELS, 3):
            safety, says = side.answer((), level), side.says(3)
            lines = _scores(safety, "", *side.texts(2))
            yield from _did(lines, note=f", {level}, no rule")
            for rule, score in zip(side.rules(*says), says, strict=True):
                note = f", {level}, seen before a rule came that says {score:.3g}"
                yield from _did((safety, "add_rule", rule), lines, note=note)

    @claim("rules stand as they came; a name in force changes nothing", "Look, then change.", needs=counts)
    def _(side: _Side) -> Iterator[Step]:
        for at, more in ((0, ""), (1, ""), (2, ""), (3, ""), (0, " ")):
            safety, rules = side.filled(*side.says(4))
            names, lines = plain(safety.rule_names(), list[str]), _scores(safety, *side.texts(1))
            rules += side.rules(0.0, names=[name := names[at] + more])
            tried = (f"add_rule(another named {name!r})", safety, "add_rule", rules[-1])
            after = [(safety, "rule_names"), (safety, "cached"), *lines, *_asked(rules)]
            yield from _did(lines, tried, after, note=f", where {name!r} comes to {names}")

    @claim("a response is evaluated once, until a rule comes", "Count evaluations.", needs=counts)
    def once(side: _Side) -> Iterator[Step]:
        for n in (1, 2, 3):
            safety, rules = side.filled(*side.says(n - 1), 0.0, level="balanced")
            texts, more = ["", *side.texts(n)], side.rules(0.5, names=["more"])
            twice = _scores(safety, *texts, *texts, texts[0])
            yield from _did(twice, _asked(rules, f" by two scores of each of {texts}"), (safety, "cached"))
            asked = _asked(rules + more, " after a rule came, and two more of each")
            yield from _did((safety, "add_rule", *more), twice, asked)
        safety, (rule,) = side.filled(draw.random())
        each(safety.score, (many := side.texts(draw.randrange(101, 140))) * 2)
        yield f"evaluations by two scores of {len(many)} responses", len(plain(rule.asked, list[str]))

    @claim("what is kept follows the strictness", "What is it that you keep?", needs=counts)
    def _(side: _Side) -> Iterator[Step]:
        (safety, rules), (text,) = side.filled(*side.says(2), 0.25), side.texts(1)
        for level in (*LEVELS, "medium", *LEVELS[::-1]):
            lines = [(safety, "strictness =", level), (safety, "score", text), (safety, "report", text)]
            yield from _did(lines, _asked(rules[:1]), note=f", seen before, now {level}")
        safety.combine = lambda scores: 0.0625 * len(scores)
        both = [(safety, "score", text), (safety, "report", text)]
        yield from _did(both, note=", with `combine` replaced by a sixteenth of the number of scores")

    @claim("scores are kept under the SHA-256 of the response", "self.digest.", needs=once)
    def _(side: _Side) -> Iterator[Step]:
        texts, (safety, rules) = draw.sample(ALIKE, len(ALIKE)), side.filled(0.5)
        keys = {ResponseSafetyFilter.digest(text): text for text in texts}
        for case, value in _did(_scores(safety, *texts), _asked(rules), (safety, "cached")):
            listed = type(value) is list and "cached" in case
            yield case, [keys.get(key, f"no digest of these: {key}") for key in value] if listed else value
        safety.digest = lambda text: f"key {len(text)}"
        lines = [*_scores(safety, "four", "five", "sixth"), (safety, "cached")]
        yield from _did(lines, note=", with `digest` replaced")

    @claim("a rule's error passes, nonsense is one; nothing is kept", "No half entry.", weight=2, needs=once)
    def _(side: _Side) -> Iterator[Step]:
        safety, rules = side.filled(*side.says(2), level=draw.choice(LEVELS))
        odds: list[Any] = [*NONSENSE, ZeroDivisionError, KeyError, TimeoutError]
        for odd in draw.sample(odds, len(odds)):
            ill, (text, other), way = draw.choice(rules), side.texts(2), draw.choice(("score", "report"))
            raises, level = isinstance(odd, type), draw.choice(LEVELS)
            fault = (ill, "during =", _boom(odd)) if raises else (ill, "default =", odd)
            both = [(safety, "strictness =", "medium"), (safety, way, text), (safety, "strictness =", level)]
            well = [(ill, "during =", None), (ill, "default =", draw.random())]
            note = f", where a rule once {f'raised {odd.__name__}' if raises else f'said {odd!r}'}"
            before, after = _scores(safety, other), _scores(safety, text, text, other)
            yield from _did(before, fault, (safety, way, text), both, well, after, note=note)
        yield from _did(_asked(rules))

    @claim("a report says response, score and score by rule", "SafetyReport.", weight=2, needs=combines)
    def reports(side: _Side) -> Iterator[Step]:
        for n, level in zip(range(5), (*LEVELS, *LEVELS[:2]), strict=True):
            safety, rules = side.filled(*side.says(n), level=level)
            (one, two), more = side.texts(2), side.rules(0.05, names=["more"])
            lines = [*_scores(safety, one, f" {two} ", "", way="report"), *_scores(safety, one)][:: (-1) ** n]
            note = f", {n} rules and one that comes, {level}"
            yield from _did(lines, (safety, "add_rule", *more), lines, _asked(rules), note=note)

    @claim("each report reads the filter's clock once", "self.clock, and call it.", needs=reports)
    def _(side: _Side) -> Iterator[Step]:
        for start in (0.0, -2.5, draw.uniform(1e8, 2e9)):
            read: list[float] = []

            def clock(start: float = start, read: list[float] = read) -> float:
                read.append(start + 1.5 * len(read))
                return read[-1]

            (safety, _), (one, two) = side.filled(0.5, clock=clock), side.texts(2)
            lines = [*_scores(safety, one), *_scores(safety, one, two, one, two, way="report")]
            told = f" with a clock that starts at {start:.9g} and moves 1.5 s a reading"
            for case, report in script(*lines, as_=TYPES, note=told):
                yield case, report.get("timestamp") if type(report) is dict else report
            yield f"readings by four reports{told}", len(read)

    @claim("each filter has rules and scores of its own", "In __init__.", needs=counts)
    def _(side: _Side) -> Iterator[Step]:
        filters = [side.filled(draw.random())[0], side.filled(draw.random())[0], side.answer()]
        for number, safety in enumerate((*filters, *filters)):
            note = f" of filter {number % 3 + 1}"
            yield from _did((safety, "score", "x"), (safety, "rule_names"), note=note)

    @claim("many responses and rules, in any order", "Hits cost nothing.", weight=2, needs=once)
    def _(side: _Side) -> Iterator[Step]:
        safety, texts = side.answer(), side.texts(exam.size(20))
        for number, rule in enumerate(rules := side.listed(4, texts), start=1):
            wanted, level = [draw.choice(texts) for _ in range(5 * len(texts))], draw.choice(LEVELS)
            lines = [(safety, "strictness =", level), (safety, "add_rule", rule), *_scores(safety, *wanted)]
            told = f"scores of {len(wanted)} responses under {number} rules, {level}"
            yield told, [value for _, value in script(*lines, as_=TYPES)]
        yield from _did(_asked(rules))

    @claim("what was seen before costs the same among many", "A dict finds a key at once.", needs=once)
    def _(side: _Side) -> Iterator[Step]:
        def seen(n: int) -> tuple[Any, Sequence[Any]]:
            (safety, _), texts = side.filled(0.5), side.texts(n)
            each(safety.score, texts)
            return safety.score, [(text,) for text in texts[-3:]]

        yield from growth("score of a response that was seen, among many", seen, at=40, most=0.4)
        yield from growth("combine", lambda n: (side.answer().combine, [([0.5] * n,)] * 3), at=50, most=1.3)


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
    lines = [
        [*do, (safety, "score", text), (safety, "cached")] for text, do in zip(texts, doing, strict=True)
    ]
    shown = [value for _, value in _did(*lines)][1::2]
    before: set[str] = set()
    for text, value in zip(texts, shown, strict=False):
        now = {*value} if type(value) is list else {repr(value)}
        told = f"entries, how many left, is the newest there; after score({text!r}), {note}"
        yield told, [len(now), len(before - now), ResponseSafetyFilter.digest(text) in now]
        before = now


@examine(ConcurrentSafetyFilter)
def check_concurrent(exam: Examination) -> None:
    claim, draw = _claims(exam), exam.draw

    @claim(FIRST, "Finish exercise 1 first.", weight=0)
    def own(side: _Side) -> Iterator[Step]:
        yield from calls(side.answer().combine, *[(side.says(n),) for n in (1, 2, 3)], as_=float)

    @claim("a judgement holds each rule's score, in order", "judge_rules.", needs=own)
    def judges(side: _Side) -> Iterator[Step]:
        for n in (1, 3):
            safety, *_ = side.locked(*side.says(n))
            yield from _did(_scores(safety, *["", *side.texts(1)] * 2, way="judge"), note=f", {n} rules")

    @claim("a rule counts from the next judgement on", "What is kept from before it came?", needs=own)
    def counts(side: _Side) -> Iterator[Step]:
        (safety, *_), says = side.locked(), (0.75, 0.5, draw.random() / 2)
        yield from _did(lines := _scores(safety, "", *side.texts(2)), note=", without rules")
        for score, rule in zip(says, side.rules(*says), strict=True):
            note = f", seen before a rule came that says {score:.3g}"
            yield from _did((safety, "add_rule", rule), lines, note=note)
        zero, last = side.rules(0.0, 0.5, names=["zero", "last"])
        more = [(safety, "add_rule", zero), (safety, "judge", ""), (safety, "add_rule", last)]
        yield from _did(more, (safety, "judge", ""), note=", where a rule that says 0 comes, then another")

    @claim("add_rule makes a new set, or refuses a name", "Look, then change.", weight=2, needs=counts)
    def _(side: _Side) -> Iterator[Step]:
        safety, lock, rules = side.locked(*side.says(3))
        names, lines = plain(safety.rule_names(), list[str]), _scores(safety, *side.texts(1))
        tried = ["new", *names, f"{names[0]} ", "new", "newer"]
        state = [(safety, "rule_names"), (safety, "_rule_set"), (lock, "held"), *lines]
        for name, rule in zip(tried, side.rules(*[0.5] * 7, names=tried), strict=True):
            old = ("rules of the set before", safety._rule_set, "rules")
            after = [("how many are kept", safety, "cached"), *_asked([rules[0], rule])]
            does = [*lines, (f"add_rule({name!r})", safety, "add_rule", rule), old, *state, *after]
            for case, value in _did(does, note=f", where {name!r} comes to {names}"):
                yield case, len(value) if "how many" in case and type(value) is list else value
        (safety, *_), (rule,) = side.locked(), side.rules(0.5)
        seventh = (safety, "_rule_set =", side.there(RuleSet)(7, ()))
        lines = [(safety, "add_rule", rule), (safety, "_rule_set"), (safety, "judge", "x")]
        yield from _did(seventh, lines, note=", where the set in force was of generation 7, without rules")

    @claim("no rule runs while the lock is held", "Bookkeeping only.", weight=2, needs=judges)
    def free(side: _Side) -> Iterator[Step]:
        for n in (1, 2):
            held: list[bool] = []
            safety, lock, rules = side.locked(*side.says(n))

            def look(held: list[bool] = held, lock: Any = lock) -> None:
                held.append(plain(lock.held, bool))

            yield from _did([(rule, "during =", look) for rule in rules], (safety, "judge", "x"))
            yield f"{n} rules: is the lock held while each is evaluated", held

    @claim("one lock for what is kept, else two, and one evaluation a rule", "Count.", needs=free)
    def _(side: _Side) -> Iterator[Step]:
        safety, lock, rules = side.locked(*side.says(1), 0.0, capacity=4)
        texts = ["", *draw.sample(("two spoons", "Two spoons", "two spoons "), 3)]
        lines: list[Line] = []
        for number, text in enumerate((*texts, *texts, texts[0]), start=1):
            told = f" by {number} judgements, the last of {text!r}"
            lines += [(safety, "judge", text), (f"times that the lock was taken{told}", lock, "acquisitions")]
            lines += [(lock, "held"), *_asked(rules, told)]
        yield from _did(lines, note=f"; the responses are {texts}")
        late = side.rules(0.5, names=["late"])
        lock.interrupt(-1, lambda: safety.score("another"))
        note = "; one comes as soon as add_rule gives the lock back, one after it returned"
        yield from _did((safety, "add_rule", *late), (safety, "score", "another"), _asked(late), note=note)

    @claim("of rules added at once none is lost", "What may be old by then?", weight=2, needs=counts)
    def _(side: _Side) -> Iterator[Step]:
        moments = [told for told, moment in MOMENTS.items() if moment]
        for told, same in [*((told, False) for told in moments), *((told, True) for told in moments[:2])]:
            names = ["same", "same"] if same else side.names(2)
            (safety, lock, _), rules = side.locked(), side.rules(0.5, 0.25, names=names)
            other = side.there(OtherCaller)(safety, rules[1:])
            race = [(lock, "interrupt", MOMENTS[told], other), (safety, "add_rule", rules[0])]
            after = [(safety, "rule_names"), (safety, "_rule_set"), (safety, "score", "x")]
            _, (_, mine), _, (_, refused), (_, found), *rest = _did(
                race, (other, "__call__"), (other, "refused"), after
            )
            note = f"; add_rule({names[0]!r}), and {told} another caller does add_rule({names[1]!r})"
            yield f"rules in force{note}", sorted(found) if type(found) is list else found
            yield f"how many were refused{note}", refused + (mine is not None)
            yield from ((case + note, value) for case, value in rest)

    @claim("what is judged while a rule comes is not kept past it", "Judged by whom?", weight=3, needs=free)
    def _(side: _Side) -> Iterator[Step]:
        for told, late in [*((told, 1) for told in MOMENTS), (next(iter(MOMENTS)), 2)]:
            says = [draw.uniform(least, least + 0.1) for least in (0.8, 0.6, 0.4, 0.2)]
            rules, lock, (text,) = side.rules(*says, names="abcd"), side.there(ProbeLock)(), side.texts(1)
            safety = side.answer(rules[:2], "strict", lock=lock)
            other = side.there(OtherCaller)(safety, rules[2 : 2 + late])
            on_lock = (lock, "interrupt", MOMENTS[told], other)
            due = on_lock if MOMENTS[told] else (rules["2 of" in told], "during =", other)
            first = [(safety, "judge", text), (other, "__call__"), (rules[0], "asked")]
            *_, (_, under), _, (_, seen), (_, later) = _did(due, first, (safety, "score", text))
            said = [*under["by_rule"]] if type(under) is dict else []
            given = min((score for _, score in said), default=under)
            case = f"rules say {says[1]:.3g}; {late} more, the last says {says[1 + late]:.3g}, come {told}"
            yield f"{case}: is the call under way answered by rules in force", given in says[1:]
            yield f"{case}: the next call", later
            named = under.get("generation") if type(under) is dict else under
            yield f"{case}: does the call under way name the generation that judged", named == len(said)
            yield f"{case}: what rule 1 was asked by the call under way", seen

    @claim("a response that is kept is given as a rule comes", "Whose is it, once found?", needs=free)
    def _(side: _Side) -> Iterator[Step]:
        says = [draw.uniform(least, least + 0.1) for least in (0.6, 0.2)]
        (safety, lock, _), (text,) = side.locked(says[0]), side.texts(1)
        other = side.there(OtherCaller)(safety, side.rules(says[1], names=["new"]))
        asked = (safety, "score", text)
        *_, (_, given), (_, later) = _did(asked, (lock, "interrupt", -1, other), asked, asked)
        case = f"{text!r} is kept with {says[0]:.3g}; a rule that says {says[1]:.3g} comes once the lock is given back"
        yield f"{case}: is it answered by rules in force", given if given not in says else True
        yield f"{case}: the next call", later

    @claim("a fault scores 0, is named, and is not kept", "It may pass.", weight=2, needs=judges)
    def _(side: _Side) -> Iterator[Step]:
        for at, kind in enumerate((*draw.sample((ZeroDivisionError, KeyError, TimeoutError), 2), None)):
            safety, _, rules = side.locked(*side.says(3))
            lines, ill = _scores(safety, *side.texts(1), way="judge"), rules[at]
            fault = (ill, "during =", _boom(kind)) if kind else (ill, "default =", 1.5)
            well = [(ill, "during =", None), (ill, "default =", 0.625)]
            note = f"; rule {at + 1} of 3 {f'raised {kind.__name__}' if kind else 'said 1.5'}"
            yield from _did(fault, lines, (safety, "cached"), note=note)
            yield from _did(well, lines, lines, _asked(rules), note=f"{note}, and now it is well")

    @claim("rules are run by the filter's runner", "judge_rules takes it.", needs=judges)
    def _(side: _Side) -> Iterator[Step]:
        for share in (0.5, 0.25):
            safety, *_ = side.locked(*side.says(1), runner=(runner := _Runner(share)))
            note = f" by a runner that gives {share} of each score"
            yield from _did(_scores(safety, *side.texts(1), way="judge"), note=note)
            yield f"what was run{note}", runner.ran

    @claim("a full cache gives up one entry for a new one", "Full is not over.", weight=2, needs=counts)
    def bounded(side: _Side) -> Iterator[Step]:
        for capacity in (1, 2, draw.randrange(4, 9)):
            (safety, *_), texts = side.locked(capacity=capacity), side.texts(2 * capacity + 1)
            yield from _kept(safety, texts, [[]] * len(texts), f"capacity {capacity}")
        for capacity, more in ((draw.randrange(101, 200), 1), (1024, 100)):
            safety, *_ = side.locked(**{"capacity": capacity} if capacity < 1024 else {})
            for n in (capacity, more):
                each(safety.score, side.texts(n))
                told = f"capacity {capacity}: entries after {n} more responses"
                yield told, len(plain(safety.cached(), list))

    @claim("nothing leaves for what is kept already, or is not kept", "Is it new?", needs=bounded)
    def _(side: _Side) -> Iterator[Step]:
        for capacity in (1, 3):
            (safety, _, (rule,)), texts = side.locked(draw.random(), capacity=capacity), side.texts(capacity)
            texts += [texts[0], both := f"{texts[0]}, by two calls at once", f"{texts[0]}, with a fault"]
            first = iter((both,))

            def again(safety: Any = safety, first: Iterator[str] = first) -> None:
                each(safety.score, list(first))

            doing: list[Any] = [None] * (capacity + 1) + [again, _boom(KeyError)]
            lines: list[list[Line]] = [[(rule, "during =", act)] for act in doing]
            yield from _kept(safety, texts, lines, f"capacity {capacity}")

    @claim("each filter has rules and entries of its own", "In __init__.", needs=counts)
    def _(side: _Side) -> Iterator[Step]:
        filters = [side.locked(draw.random())[0], side.locked(draw.random())[0]]
        for number, safety in enumerate((*filters, *filters)):
            yield from _did((safety, "score", "x"), (safety, "cached"), note=f" of filter {number % 2 + 1}")

    @claim("many responses and rules, a small cache", "Whatever is kept is right.", needs=bounded)
    def _(side: _Side) -> Iterator[Step]:
        (safety, *_), texts = side.locked(capacity=7), side.texts(exam.size(15))
        for number, rule in enumerate(side.listed(3, texts), start=1):
            wanted = [texts[int(draw.paretovariate(0.8)) % len(texts)] for _ in range(4 * len(texts))]
            lines = [(safety, "add_rule", rule), *_scores(safety, *wanted), (safety, "cached")]
            *values, (_, kept) = _did(lines)
            told = f"{len(wanted)} responses, {number} rules, capacity 7"
            yield f"scores of {told}, and how many are kept", [*(value for _, value in values), len(kept)]

    @claim("the work does not grow with what is kept", "O(1) under the lock.", needs=bounded)
    def _(side: _Side) -> Iterator[Step]:
        def full(n: int, new: bool) -> tuple[Any, Sequence[Any]]:
            (safety, *_), texts = side.locked(capacity=n), side.texts(n)
            each(score := safety.score, texts)
            return score, [(text,) for text in (side.texts(3) if new else texts[-3:])]

        for new, told in ((False, "kept"), (True, "new to a full cache")):
            made = functools.partial(full, new=new)
            yield from growth(f"score of a response that is {told}", made, at=200, most=0.4)


# ── StreamScorer ────────────────────────────────────────────────────────────────────────────────────────


@examine(StreamScorer)
def check_stream(exam: Examination) -> None:
    claim, draw = _claims(exam), exam.draw

    def fed(scorer: Any, *chunks: str) -> list[Line]:
        return _scores(scorer, *chunks, way="feed")

    def state(scorer: Any) -> list[Line]:
        return [(name, scorer, name) for name in ("score", "words", "worst", "blocked")]

    def words(n: int) -> list[str]:
        return [draw.choice(("red", "blue", "Red", "é.", "3.5!", "茶", "don't", "x" * 9)) for _ in range(n)]

    def joined(said: Iterable[str]) -> str:
        return "".join(word + draw.choice((" ", "  ", "\n")) for word in said)

    @claim(FIRST, "Finish exercise 1 first.", weight=0)
    def own(side: _Side) -> Iterator[Step]:
        combine = side.answer((), "balanced")._filter.combine
        yield from calls(combine, *[(side.says(n),) for n in (1, 2, 3)], as_=float)

    @claim("half a word waits for its other half", "What is not complete?", weight=2, needs=own)
    def halves(side: _Side) -> Iterator[Step]:
        for cut, more in ((1, 0), (2, 0), (3, 0), (50, 48)):
            one, two = f"un{draw.randrange(100)}safe{'!' * more}", draw.choice(("word", "été"))
            scorer = side.answer(rules := side.windows(1), hold_back=0)
            chunks = [one[:cut], one[cut:], f" {two[:cut]}", "", two[cut:], " ", "end", " "]
            yield from _did(fed(scorer, *chunks), _asked(rules), (scorer, "_partial"), note=f", of {chunks}")

    @claim("a word is judged with those before it, its window in all", "As they came.", weight=2, needs=own)
    def runs(side: _Side) -> Iterator[Step]:
        for n, windows in ((4, (1,)), (5, (3,)), (8, (1, 2, 4)), (exam.size(60), (3,))):
            rules, given = side.windows(*windows), [joined([word]) for word in words(n)]
            note = f"; windows of {windows} words, given {given}"
            yield from _did(fed(side.answer(rules), *given), _asked(rules), note=note)
        rules, given = side.windows(1, 2, says={"red": 0.0}), ["red ", *(joined([word]) for word in words(4))]
        scorer, note = side.answer(rules, "lenient", 0.0), f", lenient; red scores 0, given {given}"
        yield from _did(fed(scorer, *given), _asked(rules), note=note)

    @claim("the score is what combine makes of each rule's lowest", "Lowest first.", weight=2, needs=own)
    def lowest(side: _Side) -> Iterator[Step]:
        for level, way in zip(draw.sample(LEVELS, 3) * 2, ["feed"] * 3 + ["judge_word"] * 3, strict=True):
            a, b, c = sorted(side.says(3))
            rules = side.phrases({"rude": a, "odd": c, "fine rude": a / 2}, {"spoons": b, "odd": a}, {})
            scorer = side.answer(rules, level, 0.0 if way == "feed" else 0.9, hold_back=draw.randrange(3))
            lines = _scores(scorer, "fine ", "spoons ", "fine ", "rude ", "", "odd ", way=way)
            yield from _did(lines, state(scorer), note=f", {level}; rude {a:.3g}, spoons {b:.3g}, in turn")

    @claim("words come out hold_back words late, in order", "More than hold_back.", weight=2, needs=halves)
    def late(side: _Side) -> Iterator[Step]:
        few = draw.randrange(3, 7)
        for window, hold_back in ((3, 0), (3, 1), (1, 2), (3, few), (3, None), (0, 1), (0, None)):
            scorer = side.answer(side.windows(window) if window else (), hold_back=hold_back)
            given = joined(words(9))
            chunks = [given[:7], "", given[7:-4], given[-4:]]
            note = f", window {window}, hold_back {hold_back}, of {chunks}"
            yield from _did(fed(scorer, *chunks), (scorer, "finish"), note=note)

    @claim("below the threshold is blocked, at it is not", "Below is not at.", weight=2, needs=lowest)
    def _(side: _Side) -> Iterator[Step]:
        for threshold in (0.5, draw.uniform(0.2, 0.9), 0.0, 1.0):
            says = [min(1.0, max(0.0, threshold + more)) for more in (0, -1e-7, 1e-7)]
            for score, rule in zip(says, side.phrases(*({"rude": score} for score in says)), strict=True):
                scorer = side.answer([rule], "strict", threshold, hold_back=0)
                note = f", threshold {threshold:g}, rude scores {score:.9g}"
                yield from _did(fed(scorer, "so rude ", "now "), note=note)
        for level in LEVELS:
            scorer = side.answer(side.phrases({"rude": 0.45}, {}), level, 0.5, hold_back=1)
            note = f", {level}, threshold 0.5; one of two rules scores rude 0.45"
            yield from _did(fed(scorer, "rude ", "now "), note=note)

    @claim("a blocked stream shows, judges and keeps nothing more", "Free is free.", weight=2, needs=late)
    def _(side: _Side) -> Iterator[Step]:
        for hold_back, free in ((0, 3), (1, 3), (2, 2), (5, 2), (0, 0)):
            rules = side.windows(1, says={"rude": 0.125, " rude": 0.125})
            scorer = side.answer(rules, "strict", draw.uniform(0.2, 0.9), hold_back=hold_back)
            given = " ".join([*words(free), "rude", *words(2)]) + " ha"
            left = [
                *_asked(rules),
                (scorer, "_held"),
                (scorer, "_partial"),
                *state(scorer),
                (scorer, "finish"),
            ]
            note = f", hold_back {hold_back}; rude scores 0.125 and blocks"
            yield from _did(fed(scorer, given, "lf ", "", "rude more "), left, note=note)

    @claim("text after the end is refused, blocked or not", "self.finished.", needs=halves)
    def _(side: _Side) -> Iterator[Step]:
        for text in ("one two", "", "so boom ", "boom"):
            scorer = side.answer(side.windows(1, says={"boom": 0.0, " boom": 0.0}))
            after = fed(scorer, f"{draw.choice(words(3))} ", "")
            note = f", where {text!r} was fed and the stream finished"
            yield from _did(fed(scorer, text), (scorer, "finish"), after, note=note)

    @claim("a rule that fails scores 0 and is named", "self.rule_says.", needs=halves)
    def _(side: _Side) -> Iterator[Step]:
        kinds = draw.sample((ZeroDivisionError, TimeoutError, KeyError), 3)
        for kind, level in zip(kinds, LEVELS, strict=True):
            rules = [*side.windows(2), *side.windows(1, during=_boom(kind))]
            scorer = side.answer(rules, level)
            recovers = [(scorer, "faults"), (rules[1], "during =", None), *fed(scorer, "well ")]
            note = f", where a rule raises {kind.__name__}, {level}"
            for case, value in _did(fed(scorer, "boom ", "more "), recovers, (scorer, "faults"), note=note):
                yield case, [*value] if type(value) is dict else value

    @claim("each scorer has words of its own", "In __init__.", needs=runs)
    def _(side: _Side) -> Iterator[Step]:
        one, two = (side.answer(side.phrases({"odd gate": 0.25}), hold_back=1) for _ in range(2))
        lines = fed(one, "an odd ") + fed(two, "gate now ") + fed(one, "gate ") + fed(two, "and then ")
        yield from _did(lines, note=", two scorers in turn")

    @claim("however a stream is cut, the same comes out", "Cut it into characters.", weight=3, needs=late)
    def cuts(side: _Side) -> Iterator[Step]:
        rules = side.phrases({"odd gate": 0.1, "blue": 0.8}, {"red blue red": 0.6, "y": 0.4})
        for n, bad in ((4, False), (6, True), (exam.size(12), False), (exam.size(12), True)):
            said = words(n) + ["the", "odd", "gate", "y" * 70] * bad + words(n)
            text = draw.choice(("", "\n")) + joined(said) + "end"
            for pieces in (len(text), n, 1):
                places = [0, *sorted(draw.sample(range(1, len(text)), pieces - 1)), len(text)]
                chunks = [text[a:b] for a, b in itertools.pairwise(places)]
                scorer = side.answer([*rules, *(counted := side.windows(2))], "balanced", 0.3)
                seen = [*_did(fed(scorer, *chunks), (scorer, "finish"), state(scorer), _asked(counted))]
                shown = [value[0] if type(value) is tuple else repr(value) for _, value in seen[: pieces + 1]]
                note = f", {len(said) + 1} words in {pieces} chunks{', one run blocks' if bad else ''}"
                yield f"text shown{note}", "".join(shown)
                yield from ((case + note, value) for case, value in seen[pieces + 1 :])

    @claim("a chunk costs the same however much came before", "One evaluation a word.", needs=cuts)
    def _(side: _Side) -> Iterator[Step]:
        rules = side.phrases({"odd gate": 0.1})

        def after(n: int) -> tuple[Any, Sequence[Any]]:
            each((scorer := side.answer(rules, hold_back=2)).feed, [f"so {'it' * 25} is "] * n)
            return scorer.feed, [("and so on ",)] * 3

        def long(n: int) -> tuple[Any, Sequence[Any]]:
            return side.answer(rules).feed, [("red blue " * n,)] * 3

        yield from growth("feed late in a stream", after, at=150, most=0.4)
        yield from growth("feed of one long chunk", long, at=5, most=1.4)
