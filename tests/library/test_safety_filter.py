"""ResponseSafetyFilter against a filter that caches nothing, and what follows from its contract."""

import hashlib
import itertools
import math
import statistics
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from course.days.day39_the_anthropic_rounds.rule_scoped import RuleScopedFilter
from course.systems.safety.concurrent_filter import ConcurrentSafetyFilter
from course.systems.safety.defaults import break_even_share, missing_rules, run_outage, wrong_block_share
from course.systems.safety.dilution import rules_to_outvote
from course.systems.safety.errors import DuplicateRuleError, RuleScoreError, UnknownStrictnessError
from course.systems.safety.explain import decisive_rules, explain_block
from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.rules import CountedRule, PhraseRule, Rule, WindowedRule, rule_score
from course.systems.safety.safety_report import SafetyReport

EXACT = settings(derandomize=True, deadline=None, max_examples=80)
SCORES = st.sampled_from([0.0, 1e-300, 0.05, 0.25, 0.5, 0.9, 1.0])
RESPONSES = st.sampled_from(["", "a", "A", "é", "e\u0301", "\ud800", "a" * 1000, "naïve café ☕"])


class Fixed:
    """A rule with a table of scores."""

    def __init__(self, name: str, scores: dict[str, float] | None = None, default: float = 1.0) -> None:
        self.name = name
        self.scores = scores or {}
        self.default = default
        self.calls = 0

    def evaluate(self, text: str) -> float:
        self.calls += 1
        return self.scores.get(text, self.default)


class Odd:
    """A rule that answers nonsense."""

    name = "odd"

    def __init__(self, value: object) -> None:
        self.value = value

    def evaluate(self, text: str) -> float:
        return self.value  # type: ignore[return-value]


def naive_score(rules: Sequence[Rule], strictness: str, response: str) -> float:
    """The peer: no cache, and the standard library's own means."""
    scores = [rule.evaluate(response) for rule in rules]
    if not scores:
        return 1.0
    means = {"strict": min, "balanced": statistics.harmonic_mean, "lenient": statistics.fmean}
    return float(means[strictness](scores))


class AgainstTheNaiveFilter(RuleBasedStateMachine):
    """Any sequence of adding, scoring, reporting and changing strictness gives what the uncached filter gives."""

    make: type[ResponseSafetyFilter] = ResponseSafetyFilter

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.rules: list[Rule] = []
        self.filter = self.make(clock=self.tick)

    def tick(self) -> float:
        self.now += 1.0
        return self.now

    @precondition(lambda self: len(self.rules) < 6)
    @rule(default=SCORES, scores=st.dictionaries(RESPONSES, SCORES, max_size=4))
    def add(self, default: float, scores: dict[str, float]) -> None:
        added = Fixed(f"rule {len(self.rules)}", scores, default)
        self.filter.add_rule(added)
        self.rules.append(added)

    @precondition(lambda self: self.rules)
    @rule()
    def add_a_name_again(self) -> None:
        with pytest.raises(DuplicateRuleError):
            self.filter.add_rule(Fixed(self.rules[0].name, default=0.0))

    @rule(strictness=st.sampled_from(ResponseSafetyFilter.STRICTNESS))
    def change_strictness(self, strictness: str) -> None:
        self.filter.strictness = strictness

    @rule(response=RESPONSES)
    def score(self, response: str) -> None:
        # 1e-12: the same sums in another order
        expected = naive_score(self.rules, self.filter.strictness, response)
        assert self.filter.score(response) == pytest.approx(expected, rel=1e-12, abs=1e-300)

    @rule(response=RESPONSES)
    def report(self, response: str) -> None:
        before = self.now
        report = self.filter.report(response)
        assert (report.response, report.timestamp) == (response, before + 1.0)
        assert list(report.by_rule.items()) == [(r.name, r.evaluate(response)) for r in self.rules]
        assert report.score == self.filter.score(response)

    @invariant()
    def scores_stay_within_bounds(self) -> None:
        assert 0.0 <= self.filter.score("a") <= 1.0


class AgainstTheNaiveFilterConcurrent(AgainstTheNaiveFilter):
    """The same of the concurrent filter, with a cache of two entries."""

    make = lambda self, **kwargs: ConcurrentSafetyFilter(capacity=2, **kwargs)  # type: ignore[assignment]  # noqa: E731


class AgainstTheNaiveFilterScoped(AgainstTheNaiveFilter):
    """The same of the filter whose cache survives new rules."""

    make = lambda self, **kwargs: RuleScopedFilter(capacity=2, **kwargs)  # type: ignore[assignment]  # noqa: E731


for machine in (AgainstTheNaiveFilter, AgainstTheNaiveFilterConcurrent, AgainstTheNaiveFilterScoped):
    machine.TestCase.settings = settings(
        derandomize=True, deadline=None, max_examples=25, stateful_step_count=30
    )

TestFilter = AgainstTheNaiveFilter.TestCase
TestConcurrentFilter = AgainstTheNaiveFilterConcurrent.TestCase
TestScopedFilter = AgainstTheNaiveFilterScoped.TestCase


@EXACT
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12))
def test_strictness_is_min_harmonic_mean_and_mean_in_that_order(scores: list[float]) -> None:
    strict, balanced, lenient = (
        ResponseSafetyFilter(strictness=s).combine(scores) for s in ResponseSafetyFilter.STRICTNESS
    )
    assert strict == min(scores)
    # harmonic_mean sums exact fractions: the tolerance is that of one float sum
    assert balanced == pytest.approx(statistics.harmonic_mean(scores), rel=1e-12, abs=1e-300)
    assert lenient == pytest.approx(statistics.fmean(scores), rel=1e-12)
    slack = 1e-12
    assert strict <= balanced + slack
    assert balanced <= lenient + slack


def test_no_rule_scores_one_for_anything() -> None:
    for strictness in ResponseSafetyFilter.STRICTNESS:
        assert ResponseSafetyFilter(strictness=strictness).score("anything at all") == 1.0


def test_a_rule_added_at_run_time_counts_for_responses_seen_before() -> None:
    safety = ResponseSafetyFilter(strictness="strict")
    assert safety.score("hello") == 1.0
    safety.add_rule(Fixed("greeting", {"hello": 0.2}))
    assert safety.score("hello") == 0.2


def test_a_response_is_evaluated_once_until_a_rule_is_added() -> None:
    first, second = Fixed("first"), Fixed("second")
    safety = ResponseSafetyFilter([first])
    for _ in range(5):
        safety.score("x")
        safety.report("x")
    assert first.calls == 1
    safety.add_rule(second)
    safety.report("x")
    assert (first.calls, second.calls) == (2, 1)


def test_the_cache_is_keyed_by_sha256_of_the_utf8_bytes() -> None:
    safety = ResponseSafetyFilter([Fixed("any")])
    for text in ("", "é", "e\u0301", "☕"):
        safety.score(text)
    assert safety.cached() == [hashlib.sha256(t.encode()).hexdigest() for t in ("", "é", "e\u0301", "☕")]
    safety.score("\ud800")  # half of a surrogate pair has no UTF-8, and must not crash the filter
    assert len(safety.cached()) == 5


def test_a_refused_duplicate_changes_nothing() -> None:
    safety = ResponseSafetyFilter([Fixed("a", default=0.5)])
    safety.score("x")
    with pytest.raises(DuplicateRuleError, match="'a' is already in force"):
        safety.add_rule(Fixed("a", default=0.0))
    assert safety.rule_names() == ["a"]
    assert len(safety.cached()) == 1


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.1, 1.0000001, None, "1", [1]])
def test_a_rule_that_answers_nonsense_is_refused_and_not_cached(value: object) -> None:
    safety = ResponseSafetyFilter([Fixed("fine"), Odd(value)])
    with pytest.raises(RuleScoreError, match="'odd'"):
        safety.score("x")
    assert safety.cached() == []


def test_numbers_of_other_types_are_scores() -> None:
    import numpy as np

    for value in (1, True, np.float32(0.5), np.float64(0.25)):
        assert rule_score(Odd(value), "x") == float(value)


def test_writing_to_a_report_changes_no_later_answer() -> None:
    safety = ResponseSafetyFilter([Fixed("a", default=0.5)])
    safety.report("x").by_rule["a"] = 1.0  # type: ignore[index]
    assert safety.report("x").by_rule == {"a": 0.5}


def test_each_report_has_its_own_timestamp_from_the_clock_given() -> None:
    ticks = itertools.count(100.0)
    safety = ResponseSafetyFilter([Fixed("a")], clock=lambda: next(ticks))
    safety.score("x")
    assert [safety.report("x").timestamp for _ in range(3)] == [100.0, 101.0, 102.0]


def test_an_unknown_strictness_is_refused_at_the_door_and_later() -> None:
    with pytest.raises(UnknownStrictnessError, match="strict, balanced, lenient"):
        ResponseSafetyFilter(strictness="medium")
    safety = ResponseSafetyFilter()
    safety.strictness = "Strict"
    with pytest.raises(UnknownStrictnessError):
        safety.score("x")


# ── dilution ────────────────────────────────────────────────────────────────────────────────────────────


@EXACT
@given(st.floats(0.0, 0.99), st.floats(0.01, 0.99), st.sampled_from(ResponseSafetyFilter.STRICTNESS))
def test_rules_to_outvote_is_what_counting_gives(score: float, threshold: float, strictness: str) -> None:
    combine = ResponseSafetyFilter(strictness=strictness).combine
    limit = 400
    # 1e-9 off the threshold: the closed form and the sum may fall on two sides of an exact tie
    counted = next((m for m in range(limit) if combine([score] + [1.0] * m) >= threshold - 1e-9), math.inf)
    formula = rules_to_outvote(score, threshold, strictness)
    assert counted == formula or (counted == math.inf and formula >= limit)


def test_eighteen_clean_rules_outvote_a_near_certain_one_under_balanced() -> None:
    assert rules_to_outvote(0.05, 0.5, "balanced") == 18
    assert rules_to_outvote(0.05, 0.5, "lenient") == 1
    assert rules_to_outvote(0.05, 0.5, "strict") == math.inf
    assert rules_to_outvote(0.0, 0.5, "balanced") == math.inf
    assert rules_to_outvote(0.5, 0.5, "strict") == 0
    with pytest.raises(UnknownStrictnessError):
        rules_to_outvote(0.5, 0.5, "fair")


# ── rules ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_phrase_matches_whole_words_across_white_space_in_any_case() -> None:
    phrases = PhraseRule("p", {"art fair": 0.2, "c++": 0.4, "naïve": 0.6})
    assert phrases.window == 2
    assert phrases.evaluate("an ART\n fair") == 0.2
    assert phrases.evaluate("the dart fair") == 1.0
    assert phrases.evaluate("start fairly") == 1.0
    assert phrases.evaluate("we write C++, too") == 0.4
    assert phrases.evaluate("naïveté") == 1.0
    assert phrases.evaluate("") == 1.0
    assert PhraseRule("none", {}).evaluate("anything") == 1.0


def test_a_windowed_rule_is_not_diluted_by_length() -> None:
    class Share:
        name = "share of bad words"

        def evaluate(self, text: str) -> float:
            words = text.split()
            return 1.0 - words.count("bad") / len(words) if words else 1.0

    long = "good " * 50 + "bad bad bad " + "good " * 50
    assert Share().evaluate(long) > 0.97
    windowed = WindowedRule(Share(), 3)
    assert windowed.evaluate(long) == 0.0
    assert windowed.evaluate("") == 1.0
    counted = CountedRule(Share())
    WindowedRule(counted, 3).evaluate("a b c d e")
    assert (counted.evaluations, counted.words_read) == (5, 1 + 2 + 3 + 3 + 3)


# ── explaining a block ──────────────────────────────────────────────────────────────────────────────────


@EXACT
@given(
    st.dictionaries(
        st.sampled_from("abcdef"), st.sampled_from([0.0, 0.05, 0.2, 0.4, 0.5, 0.7, 1.0]), max_size=6
    ),
    st.sampled_from(ResponseSafetyFilter.STRICTNESS),
    st.sampled_from([0.3, 0.5, 0.8]),
)
def test_the_rules_blamed_are_a_smallest_set_that_would_let_it_pass(
    by_rule: dict[str, float], strictness: str, threshold: float
) -> None:
    combine = ResponseSafetyFilter(strictness=strictness).combine

    def passes(raised: Sequence[str]) -> bool:
        return combine([1.0 if name in raised else score for name, score in by_rule.items()]) >= threshold

    blamed = decisive_rules(by_rule, combine, threshold)
    smallest = next(k for k in range(7) if any(passes(c) for c in itertools.combinations(by_rule, k)))
    assert passes(blamed)
    assert len(blamed) == smallest


def blocked_report(faults: dict[str, str] | None = None) -> SafetyReport:
    return SafetyReport("some response", 0.1, {"dose-rule-v7": 0.1, "tone": 0.9}, 7.0, faults or {})


def test_an_explanation_tells_the_user_what_and_not_the_way_round() -> None:
    safety = ResponseSafetyFilter(strictness="strict")
    explained = explain_block(blocked_report(), safety, 0.5, {"dose-rule-v7": "advice about medicine doses"})
    assert explained is not None
    assert explained.decisive == ("dose-rule-v7",)
    assert "advice about medicine doses" in explained.to_user
    assert explained.reference in explained.to_user
    for secret in ("dose-rule", "tone", "0.1", "0.5", "threshold", "strict", "some response"):
        assert secret not in explained.to_user
    assert "dose-rule-v7" in explained.to_reviewer
    assert "decisive" in explained.to_reviewer


def test_a_block_by_a_broken_rule_accuses_nobody() -> None:
    safety = ResponseSafetyFilter(strictness="strict")
    report = blocked_report({"dose-rule-v7": "timed out: no score"})
    explained = explain_block(report, safety, 0.5, {"dose-rule-v7": "advice about medicine doses"})
    assert explained is not None
    assert "did not run" in explained.to_user
    assert "medicine" not in explained.to_user
    assert "timed out" in explained.to_reviewer


def test_what_passes_needs_no_explanation() -> None:
    safety = ResponseSafetyFilter(strictness="lenient")
    assert explain_block(SafetyReport("r", 0.5, {"a": 0.5}, 0.0), safety, 0.5, {}) is None


# ── the default when there is no rule ───────────────────────────────────────────────────────────────────

TRAFFIC = [(f"{'restricted' if i % 10 == 3 else 'plain'} text {i}", i % 10 == 3) for i in range(200)]


def outage(default: str) -> object:
    word = PhraseRule("words", {"restricted": 0.0})
    return run_outage(TRAFFIC, ResponseSafetyFilter(strictness="strict"), ["words"], {50: [word]}, default)


def test_each_default_pays_in_its_own_coin_until_the_rules_are_there() -> None:
    open_, closed, wait = (outage(default) for default in ("open", "closed", "wait"))
    assert (open_.harm_served, open_.good_blocked, open_.delayed) == (5, 0, 0)  # type: ignore[attr-defined]
    assert (closed.harm_served, closed.good_blocked, closed.delayed) == (0, 45, 0)  # type: ignore[attr-defined]
    assert (wait.harm_served, wait.good_blocked, wait.delayed) == (0, 0, 50)  # type: ignore[attr-defined]
    assert wait.served == 180  # type: ignore[attr-defined]


def test_rules_that_never_come_leave_the_waiting_blocked() -> None:
    lost = run_outage(TRAFFIC, ResponseSafetyFilter(), ["words"], {}, "wait")
    assert (lost.served, lost.good_blocked, lost.delayed) == (0, 180, 200)
    with pytest.raises(ValueError, match="'ajar' is unknown"):
        run_outage(TRAFFIC, ResponseSafetyFilter(), [], {}, "ajar")


def test_one_rule_in_force_does_not_make_a_filter_ready() -> None:
    safety = ResponseSafetyFilter([Fixed("tone")])
    assert missing_rules(safety, ["tone", "words", "doses"]) == ("doses", "words")
    assert safety.score("restricted") == 1.0  # fail-open with a rule in force: the score alone cannot tell


def test_at_the_break_even_share_both_defaults_cost_the_same() -> None:
    for per_harm, per_block in ((1000.0, 1.0), (1.0, 1.0), (3.0, 7.0)):
        share = break_even_share(per_harm, per_block)
        assert share * per_harm == pytest.approx((1.0 - share) * per_block)


def test_failing_closed_multiplies_the_faults_of_the_rules() -> None:
    assert wrong_block_share(20, 0.001) == pytest.approx(1 - 0.999**20)
    assert wrong_block_share(0, 0.5) == 0.0
