"""Day 39: what a right answer shows. Expected values come from the library, run by the examiner.

Rules are served by the examiner. Where many evaluations are needed, the rule itself stands on the learner's side
(`on_their_side`) and only its evaluation crosses: one message instead of four.
"""

import hashlib
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from course.checking.errors import SubjectError
from course.checking.examination import Examination, Finding, examine, expect_error
from course.checking.subject import Subject, each, plain
from course.systems.safety.concurrent_filter import ConcurrentSafetyFilter
from course.systems.safety.locks import ProbeLock
from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.rules import PhraseRule, rule_score
from course.systems.safety.stream_scorer import StreamScorer

EVALUATED = "while a rule is evaluated"
KEPT = "just before the lock is granted to keep the judgement"


class Table:
    """A rule with a score for each text (an error among the scores is raised); keeps what it was asked."""

    def __init__(
        self,
        name: str,
        scores: dict[str, object] | None = None,
        default: object = 1.0,
        during: Callable[[], object] | None = None,
    ) -> None:
        self.name = name
        self.asked: list[str] = []
        self._scores = scores or {}
        self._default = default
        self._during = during

    def evaluate(self, text: str) -> object:
        """The text's score."""
        self.asked.append(text)
        if self._during is not None:
            self._during()
        value = self._scores.get(text, self._default)
        if isinstance(value, Exception):
            raise value
        return value

    def now_says(self, value: object) -> None:
        """From here on the rule scores everything ``value``."""
        self._scores, self._default = {}, value


class Runner:
    """Runs a rule by asking it directly, and counts."""

    def __init__(self) -> None:
        self.runs = 0

    def run(self, rule: Any, text: str) -> object:
        """The rule's score, checked by the library; what it raises passes."""
        self.runs += 1
        return rule_score(rule, text)


class Busy:
    """A lock that others are faster to: ``before(n, action)`` runs ``action`` before the n-th request from now.

    ``after(n, action)`` runs it after the n-th release from now.
    """

    def __init__(self) -> None:
        self._asked = self._given = 0
        self._actions: dict[int, Callable[[], object]] = {}
        self._later: dict[int, Callable[[], object]] = {}

    def before(self, n: int, action: Callable[[], object]) -> None:
        """Run ``action`` before the ``n``-th request from now is granted; 1 is the next."""
        self._actions[self._asked + n] = action

    def after(self, n: int, action: Callable[[], object]) -> None:
        """Run ``action`` after the ``n``-th release from now; 1 is the next."""
        self._later[self._given + n] = action

    def release(self) -> None:
        """Given back, and then comes what waited for it."""
        self._given += 1
        self._later.pop(self._given, lambda: None)()

    def acquire(self) -> bool:
        """Granted, after what comes before it."""
        self._asked += 1
        self._actions.pop(self._asked, lambda: None)()
        return True


class Clock:
    """A clock that moves on by one second each time it is read."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.reads = 0

    def read(self) -> float:
        """The time, one second after the last reading."""
        self.reads += 1
        self.now += 1.0
        return self.now


def on_their_side(Class: Subject, name: str, evaluate: Callable[[str], object], window: int = 1) -> Subject:
    """A rule that lives on the learner's side: any object with these attributes is one."""
    shell: Subject = Class(())
    shell.name, shell.window, shell.evaluate = name, window, evaluate
    return shell


def close(got: float, expected: float) -> bool:
    return math.isclose(got, expected, rel_tol=1e-9, abs_tol=1e-12)


def same_scores(got: dict[str, float], expected: dict[str, float]) -> bool:
    """Equal names in the same order, equal scores."""
    return list(got) == list(expected) and all(close(got[name], expected[name]) for name in expected)


# ── exercise 1 ──────────────────────────────────────────────────────────────────────────────────────────


@examine
def check_filter(exam: Examination, Filter: Subject, *, seed: int, scale: float) -> None:
    """Reference: course/systems/safety/response_filter.py"""
    rng = random.Random(seed)
    harmonic = "balanced is the harmonic mean"
    counts = "a rule counts from the next score on, for responses seen before too"

    def combined(strictness: str, scores: Sequence[float]) -> float:
        return float(plain(Filter((), strictness).combine(list(scores)), float))

    def scored(subject: Subject, response: str) -> float:
        return float(plain(subject.score(response), float))

    @exam.claim("no rule in force scores 1.0", hint="What is the lowest of no scores?",
                likely={"ZeroDivisionError": "the mean of no scores divides by zero",
                        "ValueError": "the lowest of no scores does not exist: say 1.0 before you look"})  # fmt: skip
    def _() -> Finding | None:
        for strictness in ResponseSafetyFilter.STRICTNESS:
            got = scored(Filter((), strictness), "anything at all")
            if got != 1.0:
                return Finding("no-rule", f'ResponseSafetyFilter((), "{strictness}").score("anything at all")', "1.0: no rule in force scores 1.0",
                               f"{got}", "", "an early return in combine")  # fmt: skip
        return None

    @exam.claim("balanced: a score of 0 makes the whole 0.0", hint="What does 1/s do as s goes to 0?",
                likely={"ZeroDivisionError": "a score of 0 divides by zero in the harmonic mean"})  # fmt: skip
    def _() -> Finding | None:
        for scores in ([0.0, 1.0], [0.7, 0.0, 0.0]):
            got = combined("balanced", scores)
            if got != 0.0:
                return Finding(
                    "zero-score",
                    f"combine({scores}), balanced",
                    "0.0, the limit as a score goes to 0",
                    f"{got}",
                )
        return None

    @exam.claim(harmonic, weight=2, hint="n over the sum of 1/s.")
    def _() -> Finding | None:
        got = combined("balanced", [0.2, 1.0])
        if not close(got, 1 / 3):
            likely = {0.1667: "the number of scores, n, is missing above the line", 0.6: "that is the arithmetic mean", 0.4472: "that is the geometric mean",
                      0.2: "that is the lowest score", 3.0: "the fraction stands upside down", 6.0: "the fraction stands upside down"}  # fmt: skip
            return Finding("harmonic-mean", "combine([0.2, 1.0]), balanced", "0.3333: 2 / (5 + 1)", f"{got:.4f}", likely.get(round(got, 4), ""))  # fmt: skip
        lists = [[rng.choice((1e-300, 0.05, 0.5, 1.0, rng.random())) for _ in range(rng.randrange(1, 9))] for _ in range(int(60 * scale))]  # fmt: skip
        reference = ResponseSafetyFilter()
        for scores, one in zip(lists, each(Filter().combine, [(s,) for s in lists], as_=float), strict=True):
            if not close(one, expected := reference.combine(scores)):
                return Finding(
                    "harmonic-mean", f"combine({scores}), balanced", f"{expected:.6g}", f"{one:.6g}"
                )
        return None

    @exam.claim("strict is the lowest score, lenient the arithmetic mean", hint="min, and sum over n.")
    def _() -> Finding | None:
        lists = [[0.2, 1.0], [0.9], [0.5, 0.25, 0.0, 1.0], [1.0, 0.3]]
        for strictness in ("strict", "lenient"):
            got = each(Filter((), strictness).combine, [(scores,) for scores in lists], as_=float)
            for scores, one in zip(lists, got, strict=True):
                means = {
                    s: ResponseSafetyFilter((), s).combine(scores) for s in ResponseSafetyFilter.STRICTNESS
                }
                if not close(one, means[strictness]):
                    others = [name for name, mean in means.items() if close(one, mean)]
                    return Finding("strictness", f"combine({scores}), {strictness}", f"{means[strictness]:g}", f"{one:g}",
                                   f"that is the answer of {others[0]}" if others else "")  # fmt: skip
        return None

    @exam.claim(
        "a strictness that it does not know is refused, whatever the scores", hint="Before anything else."
    )
    def _() -> Finding | None:
        safety = Filter()
        safety.strictness = "medium"
        for scores in ([0.5], []):
            found = expect_error("UnknownStrictnessError", lambda scores=scores: safety.combine(scores),  # type: ignore[misc]
                                 f'combine({scores}) after strictness = "medium"', kind="unknown-strictness",
                                 likely="the strictness is looked at after the scores" if not scores else "an unknown strictness falls through to the last branch")  # fmt: skip
            if found:
                return found
        return None

    @exam.claim(counts, weight=2, hint="What does the cache know about a rule that came later?")
    def _() -> Finding | None:
        safety = Filter((), "strict")
        before = scored(safety, "good morning")
        safety.add_rule(Table("greetings", {"good morning": 0.2}))
        if plain(safety.rule_names(), list) != ["greetings"]:
            return Finding("not-added", 'rule_names() after add_rule(greetings)', "['greetings']", f"{plain(safety.rule_names(), list)}",
                           "add_rule does not append the rule to self._rules")  # fmt: skip
        got = scored(safety, "good morning")
        if (before, got) == (1.0, 0.2):
            return None
        return Finding("stale", 'score("good morning"), add_rule(greetings, which scores it 0.2), score("good morning")', "1.0, then 0.2", f"{before}, then {got}",
                       "seen before the rule was added: the cache was not invalidated" if got == before else "")  # fmt: skip

    @exam.claim(
        "two rules of one name: the second is refused, and nothing changes",
        hint="Compare names, and compare first.",
        needs=counts,
    )
    def _() -> Finding | None:
        safety = Filter([Table("doses", default=0.5), Table("tone", default=0.75)], "strict")
        safety.score("two spoons")
        before = plain(safety.rule_names(), list)
        found = expect_error("DuplicateRuleError", lambda: safety.add_rule(Table("tone", default=0.0)),
                             'add_rule of another rule named "tone"', kind="duplicate",
                             likely="two rules of one name: in the report by name one hides the other")  # fmt: skip
        if found:
            return found
        names, cached = plain(safety.rule_names(), list), len(plain(safety.cached(), list))
        if (names, cached) != (before, 1):
            return Finding("changed-on-error", "add_rule(another tone), which raises", f"rules {before} and 1 cached response, as before",
                           f"rules {names} and {cached} cached", "something is changed before the name is looked at")  # fmt: skip
        if names != ["doses", "tone"]:
            return Finding("order", "rule_names() after doses and tone were added", "['doses', 'tone']", f"{names}", "a rule is appended: it comes last")  # fmt: skip
        safety.add_rule(Table("Tone"))  # another name
        return None

    @exam.claim(
        "the cache is kept under the SHA-256 of the response",
        hint="self.digest.",
        likely={"TypeError": "cached() lists keys, and they are strings"},
    )
    def _() -> Finding | None:
        safety = Filter([on_their_side(Filter, "tone", Table("tone").evaluate)])
        texts = ["", "two spoons", "Two spoons", "two spoons ", "caf\u00e9", "cafe\u0301", "茶", "\ud800"]
        each(safety.score, texts)
        got = plain(safety.cached(), list)
        expected = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
        if sorted(map(str, got)) == sorted(expected):
            return None
        if not got:
            return Finding("not-cached", f"cached() after {len(texts)} scores", f"{len(texts)} keys", "none", "the scores are not kept in self._cache")  # fmt: skip
        if len(got) < len(texts) and all(len(str(key)) == 64 for key in got):
            return Finding("shared-entry", 'score("Two spoons"), score("two spoons "), score("two spoons"): cached()', f"{len(texts)} keys for {len(texts)} responses",
                           f"{len(got)}", "two different responses share an entry: the text is changed before it is digested")  # fmt: skip
        return Finding("key", 'cached() after score("two spoons")', f'"{expected[1][:12]}…", 64 hexadecimal characters', f"{str(got[min(1, len(got) - 1)])[:40]!r}",
                       "the key is not SHA-256 of the response", "self.digest(response)")  # fmt: skip

    @exam.claim("a response is evaluated once, until a rule is added", hint="Count evaluations.")
    def _() -> Finding | None:
        first, second = Table("first"), Table("second")
        safety = Filter([first])
        each(safety.score, ["two spoons"] * 3)
        if len(first.asked) != 1:
            return Finding("evaluated-again", 'score("two spoons") three times, one rule', "1 evaluation", f"{len(first.asked)}",
                           "the cache is filled, and never asked" if len(first.asked) == 3 else "")  # fmt: skip
        safety.add_rule(second)
        if first.asked[1:] or second.asked:
            return Finding("evaluated-early", "add_rule(second)", "no rule is evaluated", f"{len(first.asked) + len(second.asked) - 1} evaluations")  # fmt: skip
        each(safety.score, ["two spoons"] * 3)
        if (len(first.asked), len(second.asked)) != (2, 1):
            return Finding("evaluations", "three more after add_rule(second)", "first rule 2 evaluations in all, second 1",
                           f"{len(first.asked)} and {len(second.asked)}")  # fmt: skip
        return None

    @exam.claim(
        "the strictness may change: scores by rule are cached, not the combined one",
        hint="What is it that you keep?",
    )
    def _() -> Finding | None:
        safety = Filter([Table("a", default=0.25), Table("b", default=0.75)], "strict")
        before = scored(safety, "two spoons")
        safety.strictness = "lenient"
        got = scored(safety, "two spoons")
        if (before, got) == (0.25, 0.5):
            return None
        return Finding("combined-cached", 'rules 0.25 and 0.75: score, strictness = "lenient", score', "0.25, then 0.5", f"{before:g}, then {got:g}",
                       "the combined score is cached" if got == before else "")  # fmt: skip

    @exam.claim("a rule that answers nonsense is refused, and nothing is kept", hint="rule_score.")
    def _() -> Finding | None:
        odd = Table("odd")
        safety = Filter([odd], "strict")
        for value in (math.nan, 1.2, -0.1, "0.5"):
            response = f"a rule says {value!r}"
            odd.now_says(value)
            found = expect_error("RuleScoreError", lambda response=response: safety.score(response),  # type: ignore[misc]
                                 f"score, where a rule returns {value!r}", kind="nonsense",
                                 likely=f"{'NaN' if value != value else repr(value)} is accepted as a score")  # fmt: skip
            if found:
                return found
            odd.now_says(0.3)
            if not close(got := scored(safety, response), 0.3):
                return Finding("nonsense-kept", f"a rule returns {value!r}, then 0.3", "the second score is 0.3", f"{got:g}",
                               "something was kept of a response that could not be scored")  # fmt: skip
        return None

    @exam.claim("a rule's own error passes to the caller, and nothing is kept", hint="No try, no half entry.")
    def _() -> Finding | None:
        broken = Table("broken", default=ZeroDivisionError("division by zero"))
        safety = Filter([Table("tone", default=0.9), broken], "strict")
        found = expect_error("ZeroDivisionError", lambda: safety.score("two spoons"), "a rule that raises ZeroDivisionError",
                             kind="swallowed", likely="the error is caught here; failing closed comes with exercise 2")  # fmt: skip
        if found:
            return found
        broken.now_says(0.7)
        if close(got := scored(safety, "two spoons"), 0.7):
            return None
        return Finding("half-kept", "a rule raises, then scores 0.7", "the second score is 0.7", f"{got:g}",
                       "an entry is made before every rule has scored")  # fmt: skip

    @exam.claim(
        "the report says the response, the score, the score by rule", hint="SafetyReport's four fields."
    )
    def _() -> Finding | None:
        scores = {"tone": 0.9, "doses": 0.25, "names": 1.0}
        safety = Filter([Table(name, default=value) for name, value in scores.items()])
        for strictness in ResponseSafetyFilter.STRICTNESS:
            safety.strictness = strictness
            report = safety.report("two spoons")
            expected = ResponseSafetyFilter((), strictness).combine(list(scores.values()))
            if not close(got := float(plain(report.score, float)), expected):
                return Finding("report-score", f"the report's score, {strictness}, rules 0.9, 0.25 and 1.0", f"{expected:.4f}, as score says", f"{got:.4f}")  # fmt: skip
        response, by_rule = plain(report.response, str), plain(report.by_rule, dict[str, float])
        if response != "two spoons":
            return Finding("response", 'report("two spoons").response', "'two spoons'", f"{response!r}")
        if not same_scores(by_rule, scores):
            return Finding("by-rule", 'report("two spoons").by_rule', f"{scores}", f"{by_rule}", "the order is that of the rules" if by_rule == scores else "")  # fmt: skip
        return None

    @exam.claim(
        "each report reads the clock given, once",
        hint="self.clock.",
        likely={"TypeError": "self.clock is a function: call it"},
    )
    def _() -> Finding | None:
        start = float(rng.randrange(10**6, 10**9))
        clock = Clock(start)
        safety = Filter([Table("tone")], clock=clock.read)
        safety.score("two spoons")
        got = [float(plain(safety.report("two spoons").timestamp, float)) for _ in range(3)]
        expected = [start + 1, start + 2, start + 3]
        if got == expected:
            return None
        if not clock.reads:
            likely = "the timestamp is not the clock's"
        elif len(set(got)) == 1:
            likely = "the timestamp is cached with the scores"
        else:
            likely = "the clock is read more than once for a report" if clock.reads > 3 else ""
        return Finding("timestamp", f"three reports with a clock that stands at {start:.0f} and moves one second a reading", f"{expected}", f"{got}" if clock.reads else "times of another clock", likely)  # fmt: skip

    @exam.claim(
        "a report costs no evaluation where score has seen the response",
        hint="The cache serves both.",
        likely={"KeyError": "a report may come first: nothing is cached yet"},
    )
    def _() -> Finding | None:
        rule = Table("tone", default=0.4)
        safety = Filter([rule])
        safety.report("three drops")
        safety.score("three drops")
        safety.report("three drops")
        if len(rule.asked) == 1:
            return None
        return Finding(
            "report-evaluates",
            "report, score and report of one response, one rule",
            "1 evaluation",
            f"{len(rule.asked)}",
            "the report evaluates the rules by itself",
        )

    @exam.claim("at scale: one evaluation for each different response", weight=2, hint="Hits cost nothing.")
    def _() -> Finding | None:
        number = int(24 * scale)
        texts = [f"answer {rng.randrange(10**9)}" for _ in range(number)]
        requests = texts + [rng.choice(texts) for _ in range(10 * number)]
        scores: dict[str, object] = {text: round(rng.random(), 3) for text in texts}
        table = Table("tone", scores)
        rule = on_their_side(Filter, "tone", table.evaluate)
        safety = Filter([rule], "strict")
        got = each(safety.score, requests, as_=float)
        for text, one in zip(requests, got, strict=True):
            if not close(one, float(scores[text])):  # type: ignore[arg-type]
                return Finding(
                    "score", f'score("{text}") among {len(requests)} requests', f"{scores[text]}", f"{one:g}"
                )
        if len(table.asked) != number:
            return Finding(
                "cost",
                f"{len(requests)} requests for {number} different responses",
                f"{number} evaluations",
                f"{len(table.asked)}",
            )
        return None


# ── exercise 2 ──────────────────────────────────────────────────────────────────────────────────────────


@examine
def check_concurrent(exam: Examination, Filter: Subject, *, seed: int, scale: float) -> None:
    """Reference: course/systems/safety/concurrent_filter.py"""
    rng = random.Random(seed)
    own = "your ResponseSafetyFilter combines as the reference does"
    bracket = "the lock is taken by holding(self._lock)"
    alone = "no rule runs while the lock is held"
    counts = "a rule counts from the next score on, for responses seen before too"
    twice = "the lock is asked for while it is held: a real one would wait for ever"
    unheld = {"ServedError": twice, "LockHeldError": twice}

    def lock_of(probe: ProbeLock) -> Subject:
        """A lock on the learner's side whose two calls the probe answers."""
        shell: Subject = Filter()
        shell.acquire, shell.release = probe.acquire, probe.release
        return shell

    def behind(busy: Busy, release: object = None) -> Subject:
        """A lock on the learner's side that is granted when ``busy`` says so; a release costs no message by default."""
        shell: Subject = Filter()
        shell.acquire, shell.release = busy.acquire, release or shell.rule_names
        return shell

    def made(rules: Sequence[object], probe: ProbeLock, **options: object) -> Subject:
        return Filter(rules, "strict", lock=lock_of(probe), **options)  # type: ignore[no-any-return]

    def scored(safety: Subject, response: str) -> float:
        return float(plain(safety.score(response), float))

    @exam.claim(own, weight=0, hint="Finish exercise 1 first.")
    def _() -> Finding | None:
        got = float(plain(Filter().combine([0.9, 0.25, 1.0]), float))
        if close(got, expected := ResponseSafetyFilter().combine([0.9, 0.25, 1.0])):
            return None
        return Finding("filter-first", "combine([0.9, 0.25, 1.0]), balanced", f"{expected:.4f}", f"{got:.4f}",
                       "the filter of exercise 1 is not finished", "pass its check, run its cell again, then come back")  # fmt: skip

    @exam.claim(bracket, hint="with holding(self._lock):", needs=own, likely=unheld)
    def _() -> Finding | None:
        probe = ProbeLock()
        try:
            safety = Filter((), "strict", lock=probe)
            scored(safety, "two spoons")
            before = probe.acquisitions
            safety.add_rule(Table("tone"))
        except SubjectError as error:
            if "are served" not in error.message:
                raise
            return Finding("lock-protocol", "add_rule and judge with a lock that has acquire and release, and no more", "no error", error.describe(),
                           "the lock is used as a context manager of its own", "with holding(self._lock):")  # fmt: skip
        if probe.held:
            return Finding("lock-kept", 'score("two spoons")', "the lock is free afterwards", "it is held")
        if probe.acquisitions == before:
            return Finding("no-lock", "add_rule", "the lock is taken", "it is not", "another thread may add a rule in between, and one is lost")  # fmt: skip
        return None

    @exam.claim("add_rule puts a new set in place of the old one, of a higher generation",
                hint="RuleSet(generation, rules).", needs=bracket, likely={"FrozenInstanceError": "a RuleSet never changes: make a new one"} | unheld)  # fmt: skip
    def _() -> Finding | None:
        safety = Filter([Table("a"), Table("b")])
        old = safety._rule_set
        was = plain(old.generation, int)
        safety.add_rule(Table("c"))
        now = plain(safety._rule_set.generation, int)
        names = plain(safety.rule_names(), list)
        if names != ["a", "b", "c"]:
            return Finding("order", "rules a and b in force, add_rule(c)", "['a', 'b', 'c']", f"{names}")
        if len(old.rules) != 2:
            return Finding("changed-in-place", "the old rule set, of 2 rules, after add_rule(c)", "still 2 rules", f"{len(old.rules)}",
                           "the set is changed in place under those who are reading it")  # fmt: skip
        if now <= was:
            return Finding("generation", "self._rule_set.generation before and after add_rule", f"more than {was}", f"{now}",
                           "the generation did not rise, so nobody can tell the sets apart")  # fmt: skip
        return None

    @exam.claim(
        counts, hint="What does the cache know about a rule that came later?", needs=bracket, likely=unheld
    )
    def _() -> Finding | None:
        safety = Filter((), "strict")
        before = scored(safety, "good morning")
        safety.add_rule(Table("greetings", {"good morning": 0.2}))
        got = scored(safety, "good morning")
        if (before, got) == (1.0, 0.2):
            return None
        return Finding("stale", 'score("good morning"), add_rule(greetings, which scores it 0.2), score("good morning")', "1.0, then 0.2", f"{before:g}, then {got:g}",
                       "seen before the rule was added: the cached judgements were not dropped" if got == before else "")  # fmt: skip

    @exam.claim(alone, weight=2, hint="Bookkeeping only.", needs=bracket, likely=unheld)
    def _() -> Finding | None:
        probe = ProbeLock()
        held: list[bool] = []
        rule = Table("slow", default=0.5, during=lambda: held.append(probe.held))
        safety = made([rule], probe)
        if held:
            return Finding("evaluated-early", "add_rule", "no rule is evaluated", f"{len(held)} evaluations")
        scored(safety, "two spoons")
        if not held:
            return Finding("not-evaluated", 'score("two spoons") with one rule', "1 evaluation", "none")
        if any(held):
            return Finding("rule-under-lock", 'score("two spoons"): is the lock held while the rule is evaluated?', "no", "yes",
                           "a rule ran while the lock was held, so everybody waits for the slowest rule", "release it before judge_rules")  # fmt: skip
        return None

    @exam.claim(
        "a hit costs no evaluation and one lock, a miss two locks",
        hint="Count acquisitions.",
        needs=alone,
        likely=unheld,
    )
    def _() -> Finding | None:
        probe, rule = ProbeLock(), Table("tone", default=0.5)
        safety = made([rule], probe)
        counted = []
        for _ in range(2):
            before = probe.acquisitions
            scored(safety, "two spoons")
            counted.append(probe.acquisitions - before)
        if len(rule.asked) != 1:
            return Finding("evaluated-again", 'score("two spoons") twice, one rule', "1 evaluation", f"{len(rule.asked)}", "the entry is not found again")  # fmt: skip
        if counted != [2, 1]:
            return Finding("locks", 'acquisitions of the lock by score("two spoons"): a miss, then a hit', "2, then 1", f"{counted[0]}, then {counted[1]}",
                           "self._rule_set and self._entries are used without the lock" if counted < [2, 1] else "")  # fmt: skip
        return None

    @exam.claim(
        "two rules of one name: the second is refused, and nothing changes",
        hint="Names, before anything else.",
        needs=bracket,
        likely=unheld,
    )
    def _() -> Finding | None:
        probe = ProbeLock()
        safety = made([Table("doses", default=0.5)], probe)
        safety.score("two spoons")
        found = expect_error("DuplicateRuleError", lambda: safety.add_rule(Table("doses", default=0.0)),
                             'add_rule of another rule named "doses"', kind="duplicate",
                             likely="two rules of one name: in the report by name one hides the other")  # fmt: skip
        if found:
            return found
        if probe.held:
            return Finding("lock-kept", "add_rule(another doses), which raises", "the lock is free afterwards", "it is held")  # fmt: skip
        if len(plain(safety.cached(), list)) == 1 and plain(safety.rule_names(), list) == ["doses"]:
            return None
        return Finding("changed-on-error", "add_rule(another doses), which raises", "1 rule, 1 cached response",
                       f"rules {plain(safety.rule_names(), list)}, {len(plain(safety.cached(), list))} cached", "something is changed before the name is looked at")  # fmt: skip

    @exam.claim("of two rules added at once none is lost", weight=2, hint="What is read before the lock is granted may be old.",
                needs=bracket, likely=unheld)  # fmt: skip
    def _() -> Finding | None:
        busy = Busy()
        safety = Filter((), lock=behind(busy, busy.release))
        busy.before(1, lambda: safety.add_rule(Table("same")))
        found = expect_error("DuplicateRuleError", lambda: safety.add_rule(Table("same")), "two threads add a rule of one name at once",
                             kind="both-added", likely="the old set is read before the lock is held")  # fmt: skip
        if found:
            return found
        busy.before(1, lambda: safety.add_rule(Table("quick")))
        safety.add_rule(Table("slow"))
        busy.after(1, lambda: safety.add_rule(Table("next")))
        safety.add_rule(Table("first"))
        names = plain(safety.rule_names(), list)
        for lost, case, likely in (
            ("quick", "add_rule(slow); while it waits for the lock another thread finishes add_rule(quick)", "the old set is read before the lock is held"),
            ("next", "add_rule(first); as soon as it gives the lock back another thread finishes add_rule(next)", "the new set is put in place after the lock is given back"),
        ):  # fmt: skip
            if lost not in names:
                return Finding("lost-rule", case, "both in force", f"{names}", f"a rule is lost: {likely}")
        return None

    @exam.claim("a rule added while a response is judged is not missing from later answers", weight=3,
                hint="Whose generation is the judgement?", needs=alone, likely=unheld)  # fmt: skip
    def _() -> Finding | None:
        busy = Busy()
        arrivals = [("late", 0.4), ("later", 0.2), ("latest", 0.1)]
        waiting: list[tuple[str, float]] = []

        def arrive() -> None:
            while waiting:
                name, score = waiting.pop()
                safety.add_rule(on_their_side(Filter, name, Table(name, default=score).evaluate))

        early = Table("early", default=0.8, during=lambda: arrive() if moment == EVALUATED else None)
        moment = ""
        safety = Filter([on_their_side(Filter, "early", early.evaluate)], "strict", lock=behind(busy))
        before = 0.8
        score = safety.score
        for moment, nth in ((EVALUATED, 0), (KEPT, 2), ("before the first lock is granted", 1)):
            waiting.append(arrivals.pop(0))
            after = waiting[0][1]
            if nth:
                busy.before(nth, arrive)
            first, later = each(score, [f"answer {moment}"] * 2, as_=float)
            case = f"the rules score {before:g}; another, which scores {after:g}, is added {moment}"
            if not (close(first, before) or close(first, after)):
                return Finding("under-way", f"{case}: the call under way", f"{before:g} or {after:g}", f"{first:g}")  # fmt: skip
            if not close(later, after):
                likely = "the judgement by the old rules was kept: there is no generation check"
                if moment == KEPT:
                    likely = "the generation is compared before the lock is held, and may change meanwhile"
                return Finding("stale-score", f"{case}: the next call", f"{after:g}", f"{later:g}", likely)
            before = after
        return None

    @exam.claim("a rule that fails scores 0, is named, and blocks nobody for ever", weight=2, hint="What does an entry with faults stand for?",
                needs=alone, likely=unheld)  # fmt: skip
    def _() -> Finding | None:
        flaky, runner = Table("flaky", default=TimeoutError("no score in time")), Runner()
        safety = made([flaky], ProbeLock(), runner=runner)
        report = safety.report("two spoons")
        score, faults = float(plain(report.score, float)), plain(report.faults, dict)
        if not runner.runs:
            return Finding("no-runner", "a filter with a runner that gives rules a deadline", "the runner runs the rules", "nobody asked it", "", "judge_rules takes self.runner")  # fmt: skip
        if score != 0.0 or list(faults) != ["flaky"]:
            return Finding("fails-open", "a rule hangs past its deadline: report", "score 0.0, faults name 'flaky'", f"score {score:g}, faults {list(faults)}")  # fmt: skip
        flaky.now_says(0.75)
        if close(got := scored(safety, "two spoons"), 0.75):
            return None
        return Finding("fault-kept", "a rule hangs once; asked again, it scores 0.75", "0.75", f"{got:g}",
                       "a passing fault was kept: this response is blocked until a rule is added" if got == 0.0 else "")  # fmt: skip

    @exam.claim(
        "at most capacity entries, the least recently used goes first",
        weight=2,
        hint="A hit is a use.",
        needs=bracket,
        likely=unheld,
    )
    def _() -> Finding | None:
        safety = Filter((), capacity=2, lock=lock_of(ProbeLock()))
        each(safety.score, ["a", "b", "a", "c"])
        got = plain(safety.cached(), list)
        names = {ResponseSafetyFilter.digest(text): text for text in "abc"}
        kept = [names.get(key, "?") for key in got]
        if kept == ["a", "c"]:
            return None
        likely = ""
        if "?" in kept:
            likely = "the key is not self.digest(response)"
        elif len(kept) > 2:
            likely = "there is no bound: the cache grows with every new response"
        elif len(kept) < 2:
            likely = "an entry is dropped before the cache is full"
        elif "c" not in kept:
            likely = "the newest entry is dropped"
        elif kept == ["b", "c"]:
            likely = (
                "the oldest entry is dropped, which is not the least recently used: a hit must count as a use"
            )
        return Finding("least-recently-used", "capacity 2; scores of a, b, a, c", "kept, oldest use first: ['a', 'c']", f"{kept}", likely)  # fmt: skip

    @exam.claim("at scale: the same entries as the reference, rules and responses in any order", weight=2, hint="Compare with a list of uses.",
                needs="at most capacity entries, the least recently used goes first", likely=unheld)  # fmt: skip
    def _() -> Finding | None:
        capacity = rng.randrange(4, 9)
        safety, reference = Filter((), capacity=capacity), ConcurrentSafetyFilter(capacity=capacity)  # fmt: skip
        for batch in range(2):
            texts = [f"answer {int(rng.paretovariate(0.8)) % 40}" for _ in range(int(120 * scale))]
            each(safety.score, texts)
            for text in texts:
                reference.score(text)
            if plain(safety.cached(), list) != reference.cached():
                return Finding("entries", f"cached() after batch {batch + 1} of {len(texts)} scores, capacity {capacity}", f"{len(reference.cached())} entries, in the order of their last use",
                               f"{len(plain(safety.cached(), list))} entries, others or in another order")  # fmt: skip
            if batch == 0:
                # a rule that costs no message: another filter of theirs, without rules, scores everything 1.0
                safety.add_rule(on_their_side(Filter, "other", Filter().score))
                reference.add_rule(Table("other"))  # type: ignore[arg-type]
        return None


# ── exercise 3 ──────────────────────────────────────────────────────────────────────────────────────────


@examine
def check_stream(exam: Examination, Scorer: Subject, *, seed: int, scale: float) -> None:
    """Reference: course/systems/safety/stream_scorer.py"""
    rng = random.Random(seed)
    own = "your ResponseSafetyFilter combines as the reference does"
    half = "half a word waits for its other half"
    words_first = "a word is judged once, with the words before it, as many as the rule's window"

    def scorer(
        *rules: tuple[str, int, Callable[[str], object]], strictness: str = "strict", **options: object
    ) -> Subject:
        made = [on_their_side(Scorer, name, evaluate, window) for name, window, evaluate in rules]
        return Scorer(made, strictness, **options)  # type: ignore[no-any-return]

    def fed(subject: Subject, *chunks: str) -> list[tuple[str, float, bool]]:
        return [
            (plain(text, str), plain(score, float), plain(blocked, bool))
            for text, score, blocked in each(subject.feed, chunks, as_=tuple)
        ]

    @exam.claim(own, weight=0, hint="Finish exercise 1 first.")
    def _() -> Finding | None:
        got = float(plain(Scorer((), "balanced")._filter.combine([0.9, 0.25, 1.0]), float))
        if close(got, expected := ResponseSafetyFilter().combine([0.9, 0.25, 1.0])):
            return None
        return Finding("filter-first", "combine([0.9, 0.25, 1.0]), balanced", f"{expected:.4f}", f"{got:.4f}",
                       "the filter of exercise 1 is not finished", "pass its check, run its cell again, then come back")  # fmt: skip

    @exam.claim(half, hint="self._partial.", needs=own)
    def _() -> Finding | None:
        tone = Table("tone")
        subject = scorer(("tone", 1, tone.evaluate))
        fed(subject, "un", "safe", " w", "", "ord ")
        got = [text.strip() for text in tone.asked]
        if got == ["unsafe", "word"]:
            return None
        likely = ""
        if "un" in got or "safe" in got:
            likely = "each chunk is split by itself: a word that a chunk cuts in two is judged as two"
        elif "ord" in got or len(got) < 2:
            likely = "a word cut by a chunk is lost: what split_words left over is not kept"
        return Finding("half-word", 'feed "un", "safe", " w", "", "ord ": words that the rule was given', "['unsafe', 'word']", f"{got}", likely)  # fmt: skip

    @exam.claim(words_first, weight=2, hint="The last words, joined, ending with this one.", needs=half)
    def _() -> Finding | None:
        narrow, wide = Table("narrow"), Table("wide")
        subject = scorer(("narrow", 1, narrow.evaluate), ("wide", 3, wide.evaluate))
        fed(subject, "one two  three\nfour five ")
        expected = ["one", "one two", "one two  three", " two  three\nfour", "  three\nfour five"]
        if wide.asked == expected and [text.strip() for text in narrow.asked] == [
            "one",
            "two",
            "three",
            "four",
            "five",
        ]:
            return None
        likely = ""
        if [text.split() for text in wide.asked] == [["one"], ["two"], ["three"], ["four"], ["five"]]:
            likely = "a phrase across words is missed: each word is judged alone"
        elif any(len(text.split()) > 3 for text in wide.asked) or any(
            len(text.split()) > 1 for text in narrow.asked
        ):
            likely = "a rule is given more than its window: all the text so far, or the widest window of all"
        elif [text.split() for text in wide.asked] == [text.split() for text in expected]:
            likely = "the words are joined otherwise than they came"
        elif [set(text.split()) for text in wide.asked] == [set(text.split()) for text in expected]:
            likely = "the run is in the wrong order"
        shown = wide.asked if wide.asked != expected else narrow.asked
        return Finding("window", "feed 'one two  three\\nfour five ' to rules of windows 1 and 3: runs given to the second", f"{expected}", f"{shown}", likely)  # fmt: skip

    @exam.claim("the score never rises again", weight=2, hint="self.worst.", needs=half)
    def _() -> Finding | None:
        subject = scorer(
            ("tone", 1, PhraseRule("tone", {"rude": 0.6, "odd": 0.9}).evaluate), threshold=0.5, hold_back=0
        )
        got = [score for _, score, _ in fed(subject, "rude ", "odd ", "kind ")]
        if all(map(close, got, [0.6, 0.6, 0.6])):
            return None
        return Finding("rises", 'rule: "rude" 0.6, "odd" 0.9, else 1.0; the score after "rude ", "odd ", "kind "', "0.6, 0.6, 0.6",
                       ", ".join(f"{one:g}" for one in got), "the score rose again: the lowest so far is not kept" if got != sorted(got, reverse=True) else "")  # fmt: skip

    @exam.claim(
        "the score is what combine makes of each rule's lowest",
        hint="First the lowest of each rule, then combine.",
        needs=half,
    )
    def _() -> Finding | None:
        for strictness in ("balanced", "lenient"):
            rules = [
                PhraseRule("tone", {"rude": 0.2}),
                PhraseRule("doses", {"spoons": 0.5}),
                PhraseRule("names", {}),
            ]
            subject = scorer(
                *[(rule.name, 1, rule.evaluate) for rule in rules], strictness=strictness, threshold=0.3
            )
            got = [score for _, score, _ in fed(subject, "rude ", "spoons ")]
            reference = StreamScorer(rules, strictness, 0.3)
            expected = [reference.feed(chunk).score for chunk in ("rude ", "spoons ")]
            if not all(map(close, got, expected)):
                alone = [reference._filter.combine([0.2, 1, 1]), reference._filter.combine([1, 0.5, 1])]
                likely = ("the lowest of the combined scores, not the combination of the lowest" if close(got[1], min(alone)) else
                          "combine is not asked: that is the lowest score" if close(got[1], 0.2) else "")  # fmt: skip
                return Finding("combined", f'{strictness}, three rules; "rude" 0.2 by one, then "spoons" 0.5 by another', ", ".join(f"{one:.4f}" for one in expected),
                               ", ".join(f"{one:.4f}" for one in got), likely)  # fmt: skip
        return None

    @exam.claim("words come out hold_back words late, in order", weight=2, hint="More than hold_back are held.", needs=half,
                likely={"IndexError": "nothing is held yet: look at how many are held first"})  # fmt: skip
    def _() -> Finding | None:
        for hold_back in (2, 0):
            subject = scorer(("tone", 1, Table("tone").evaluate), hold_back=hold_back)
            got = [text for text, _, _ in fed(subject, "a b c ", "d ", "e", " ")]
            expected = {2: ["a", " b", "", " c"], 0: ["a b c", " d", "", " e"]}[hold_back]
            if got == expected:
                continue
            shown, right = "".join(got).split(), "".join(expected).split()
            likely = ""
            if shown != ["a", "b", "c", "d", "e"][: len(shown)]:
                likely = "the words come out of order: the oldest held word goes first"
            elif len(shown) != len(right):
                likely = (
                    "a word is shown one too early"
                    if len(shown) > len(right)
                    else "a word is shown too late: one goes as soon as more than hold_back are held"
                )
            elif "".join(got) != "".join(expected):
                likely = "white space is lost or added"
            return Finding("hold-back", f'hold_back {hold_back}: text released after "a b c ", "d ", "e", " "', f"{expected}", f"{got}", likely)  # fmt: skip
        rest = plain(subject.finish(), tuple)
        if rest[0] != " ":
            return Finding("finish", "finish() after all words were released", "' ', the white space left", f"{rest[0]!r}")  # fmt: skip
        return None

    @exam.claim(
        "below the threshold the stream is blocked; at the threshold it passes",
        weight=2,
        hint="Below is not at.",
        needs=half,
    )
    def _() -> Finding | None:
        for score, blocked in ((0.5, False), (0.4999, True)):
            subject = scorer(
                ("tone", 1, PhraseRule("tone", {"rude": score}).evaluate), threshold=0.5, hold_back=0
            )
            got = fed(subject, "so rude ")[0][2]
            if got is not blocked:
                likely = "equal to the threshold is not below it" if not blocked else ""
                return Finding(
                    "threshold",
                    f"threshold 0.5, a word that scores {score:g}: blocked?",
                    f"{blocked}",
                    f"{got}",
                    likely,
                )
        return None

    @exam.claim("a blocked stream shows nothing more, judges nothing more, keeps nothing", weight=2, hint="Words before the block that are free already still come out.",
                needs=half)  # fmt: skip
    def _() -> Finding | None:
        rule = Table("tone", {" rude": 0.1})
        subject = scorer(("tone", 1, rule.evaluate), threshold=0.5, hold_back=1)
        case = 'hold_back 1, "rude" scores 0.1: feed "a b c rude d e f", then "g h "'
        text, _, blocked = fed(subject, "a b c rude d e f")[0]
        if (text, blocked) != ("a b", True):
            likely = ("the words that the chunk set free before the block are not returned" if text == "" else
                      "the words held at the block are shown" if "c" in text else "")  # fmt: skip
            return Finding("block", case, "'a b', blocked: 'c' is still held and is forgotten", f"{text!r}, {'blocked' if blocked else 'not blocked'}", likely)  # fmt: skip
        if len(rule.asked) > 4:
            return Finding("judged-after-block", case + ": evaluations", "4", f"{len(rule.asked)}", "words are judged on after the block")  # fmt: skip
        after = fed(subject, "g h ")[0]
        if after != ("", 0.1, True):
            return Finding("after-block", case + ": the second release", "('', 0.1, True)", f"{after}", "a blocked stream lets text out again" if after[0] or not after[2] else "")  # fmt: skip
        if len(rule.asked) > 4:
            return Finding("judged-blocked", case + ": evaluations", "4", f"{len(rule.asked)}", "a blocked stream goes on judging")  # fmt: skip
        left = plain(subject._partial, str), list(plain(subject._held, list))
        if left != ("", []):
            return Finding("kept", case + ": what is left in _partial, _held", "nothing", f"{left}", "the text of a blocked stream is kept")  # fmt: skip
        end = plain(subject.finish(), tuple[str, float, bool])
        if end != ("", 0.1, True):
            return Finding("finish-blocked", case + ", finish()", "('', 0.1, True)", f"{end}")
        return None

    @exam.claim("text after the end is refused", hint="self.finished.", needs=own)
    def _() -> Finding | None:
        for text, case in (("one two", "finish()"), ("boom ", "finish() of a blocked stream")):
            subject = scorer(("tone", 1, Table("tone", {"boom": 0.0}).evaluate))
            fed(subject, text)
            subject.finish()
            found = expect_error("StreamClosedError", lambda subject=subject: subject.feed("three "), f'feed("three ") after {case}',  # type: ignore[misc]
                                 kind="closed", likely="nothing is asked of self.finished")  # fmt: skip
            if found:
                return found
        return None

    @exam.claim("a rule that fails blocks, and is named", hint="self.rule_says.", needs=half)
    def _() -> Finding | None:
        rule = Table("flaky", {"boom": ZeroDivisionError("x")})
        subject = scorer(("flaky", 1, rule.evaluate))
        got = fed(subject, "boom ")[0]
        faults = plain(subject.faults, dict)
        if got[1:] == (0.0, True) and list(faults) == ["flaky"]:
            return None
        return Finding("fails-open", "a rule that crashes on a word", "score 0.0, blocked, faults name 'flaky'", f"score {got[1]:g}, blocked {got[2]}, faults {list(faults)}")  # fmt: skip

    @exam.claim("however the stream is cut, the same text comes out at the same score, at one evaluation a word", weight=3,
                hint="Cut it into single characters.", needs=half)  # fmt: skip
    def _() -> Finding | None:
        number = int(16 * scale)
        colours = ["red", "blue", "door", "redder", "Red", "é", "😀", "x" * 70, "the"]
        for bad in (False, True):
            words = [rng.choice(colours) + rng.choice((" ", "  ", "\n")) for _ in range(number)]
            if bad:
                words[number // 2 :] = ["the ", "odd ", "gate ", *words[number // 2 :]]
            text = "\n" + "".join(words) + "end"
            rule = PhraseRule("gates", {"odd gate": 0.1, "door": 0.8})
            table: list[str] = []

            def evaluate(run: str, rule: PhraseRule = rule, table: list[str] = table) -> float:
                table.append(run)
                return rule.evaluate(run)

            reference = StreamScorer([rule], "strict", 0.5)
            expected = reference.feed(text).text + reference.finish().text
            places = sorted(rng.randrange(len(text) + 1) for _ in range(number))
            chunks = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
            subject = scorer(("gates", 2, evaluate), threshold=0.5)
            got = "".join(piece for piece, _, _ in fed(subject, *chunks)) + plain(subject.finish(), tuple)[0]
            score = plain(subject.score, float)
            if got != expected:
                at = next(
                    (i for i, (a, b) in enumerate(zip(got, expected, strict=False)) if a != b),
                    min(len(got), len(expected)),
                )
                return Finding("cuts", f"{len(chunks)} chunks of one stream{', with a run that blocks' if bad else ''}: the text shown, from character {max(0, at - 10)}",
                               f"{expected[max(0, at - 10) : at + 20]!r}", f"{got[max(0, at - 10) : at + 20]!r}")  # fmt: skip
            if not close(score, reference.score) or plain(subject.words, int) != reference.words:
                return Finding("cuts-score", f"{len(chunks)} chunks of one stream", f"score {reference.score:g}, {reference.words} words", f"score {score:g}, {plain(subject.words, int)} words",
                               "words are not counted" if close(score, reference.score) else "")  # fmt: skip
            if len(table) != reference.words:
                return Finding("cost", f"a stream of {reference.words} words, one rule", f"{reference.words} evaluations", f"{len(table)}")  # fmt: skip
        return None
