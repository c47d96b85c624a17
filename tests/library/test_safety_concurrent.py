"""The concurrent filter under every schedule: no rule lost, no score stale, no deadlock; and rules that fail."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.days.day39_the_anthropic_rounds.faults import locks_alone
from course.days.day39_the_anthropic_rounds.rule_scoped import RuleScopedFilter
from course.systems.safety.concurrent_filter import ConcurrentSafetyFilter
from course.systems.safety.errors import (
    CacheSizeError,
    DeadlockError,
    DuplicateRuleError,
    LockHeldError,
    RuleTimeoutError,
    TooManySchedulesError,
    UnknownRuleError,
)
from course.systems.safety.interleaving import Exploration, Interleaver, codes_of, explore
from course.systems.safety.locks import ProbeLock, holding
from course.systems.safety.races import OtherCaller, rule_race
from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.rules import Rule, TableRule
from course.systems.safety.runner import DeadlineRunner, DirectRunner, judge_rule

EXACT = settings(derandomize=True, deadline=None, max_examples=60)
FILTERS = [ConcurrentSafetyFilter, RuleScopedFilter]


class CallingRule:
    """A rule that does something else while it is evaluated."""

    def __init__(self, name: str, action: Callable[[], object], score: float = 1.0) -> None:
        self.name = name
        self._action = action
        self._score = score

    def evaluate(self, text: str) -> float:
        self._action()
        return self._score


class Unlocked:
    """A lock that locks nothing."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


def explored(make: Callable[[Interleaver], ResponseSafetyFilter], **options: Any) -> Exploration:
    return explore(rule_race(make), **options)


def errors(found: Exploration) -> str:
    return " ".join(str(failure.error) for failure in found.failures)


def test_no_rule_is_lost_and_no_score_stale_under_every_schedule() -> None:
    found = explored(
        lambda stage: ConcurrentSafetyFilter(strictness="strict", lock=stage.lock()), preemptions=100
    )
    assert found.failures == ()
    assert found.schedules == 468  # all there are between lock requests and evaluations


def test_nor_is_any_where_each_rule_keeps_its_scores_under_two_preemptions() -> None:
    found = explored(lambda stage: RuleScopedFilter(strictness="strict", lock=stage.lock()), preemptions=2)
    assert found.failures == ()
    assert found.schedules > 50


def test_the_same_with_a_step_before_every_bytecode_that_can_touch_shared_memory() -> None:
    found = explored(
        lambda stage: ConcurrentSafetyFilter(strictness="strict", lock=stage.lock()),
        preemptions=1,
        traced=codes_of(ConcurrentSafetyFilter.judge, ConcurrentSafetyFilter.add_rule),
    )
    assert found.failures == ()
    assert found.schedules > 200


def test_a_lock_on_every_access_is_not_enough() -> None:
    Alone = locks_alone()
    found = explored(lambda stage: Alone(strictness="strict", lock=stage.lock()), preemptions=2)
    assert found.schedules > 50
    assert 0.2 < found.share_failed < 0.9
    assert all("a stale score" in str(failure.error) for failure in found.failures)


def test_the_single_threaded_filter_serves_stale_scores_or_crashes() -> None:
    found = explored(
        lambda _: ResponseSafetyFilter(strictness="strict"),
        preemptions=1,
        traced=codes_of(ResponseSafetyFilter.score, ResponseSafetyFilter.add_rule),
    )
    assert "a stale score" in errors(found)
    assert any(isinstance(failure.error, KeyError) for failure in found.failures)


def test_without_the_lock_a_rule_is_lost() -> None:
    found = explored(
        lambda _: ConcurrentSafetyFilter(strictness="strict", lock=Unlocked()),
        preemptions=1,
        traced=codes_of(ConcurrentSafetyFilter.add_rule),
    )
    assert "a rule is lost" in errors(found)


def test_of_two_threads_that_add_one_name_exactly_one_gets_it() -> None:
    def program(stage: Interleaver) -> Callable[[], None]:
        safety = ConcurrentSafetyFilter(lock=stage.lock())
        refused: list[str] = []

        def add(who: str) -> None:
            try:
                safety.add_rule(TableRule("same", {}, 0.5))
            except DuplicateRuleError:
                refused.append(who)

        stage.spawn("first", lambda: add("first"))
        stage.spawn("second", lambda: add("second"))

        def check() -> None:
            assert safety.rule_names() == ["same"]
            assert len(refused) == 1

        return check

    found = explore(program, preemptions=2, traced=codes_of(ConcurrentSafetyFilter.add_rule))
    assert found.failures == ()


def test_a_bounded_cache_keeps_its_bound_under_every_schedule() -> None:
    def program(stage: Interleaver) -> Callable[[], None]:
        safety = ConcurrentSafetyFilter(
            [TableRule("r", {}, 0.5, during=stage.step)], capacity=1, lock=stage.lock()
        )
        for text in ("x", "y"):
            stage.spawn(text, lambda text=text: safety.score(text))  # type: ignore[misc]

        def check() -> None:
            assert len(safety.cached()) == 1

        return check

    assert explore(program, preemptions=3).failures == ()


# ── the same, by calls that come back into the filter (how a check does it without threads) ─────────────


@pytest.mark.parametrize("kind", FILTERS)
def test_a_rule_that_adds_a_rule_while_it_is_evaluated_leaves_no_stale_score(
    kind: type[ConcurrentSafetyFilter],
) -> None:
    lock = ProbeLock()
    safety = kind(strictness="strict", lock=lock)
    late = TableRule("late", {}, 0.1)
    held: list[bool] = []

    def add_once() -> None:
        held.append(lock.held)
        if "late" not in safety.rule_names():
            safety.add_rule(late)

    safety.add_rule(CallingRule("calls back", add_once, 0.8))
    assert safety.score("x") in (0.8, 0.1)  # under way while the rule came
    assert safety.score("x") == 0.1
    assert not any(held)


@pytest.mark.parametrize("kind", FILTERS)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_rule_added_just_before_the_lock_is_granted_is_counted(
    kind: type[ConcurrentSafetyFilter], nth: int
) -> None:
    lock = ProbeLock()
    safety = kind([TableRule("a", {}, 0.8)], strictness="strict", lock=lock)
    lock.interrupt(nth, lambda: safety.add_rule(TableRule("b", {}, 0.1)))
    assert safety.score("x") in (0.8, 0.1)
    assert safety.score("x") == 0.1


def test_another_caller_adds_its_rules_once_and_counts_refusals() -> None:
    safety = ConcurrentSafetyFilter([TableRule("a", {})])
    other = OtherCaller(safety, [TableRule("a", {}), TableRule("b", {})])
    other()
    other()
    assert (safety.rule_names(), other.refused) == (["a", "b"], 1)


@pytest.mark.parametrize("kind", FILTERS)
def test_two_rules_added_at_once_are_both_in_force(kind: type[ConcurrentSafetyFilter]) -> None:
    lock = ProbeLock()
    safety = kind(lock=lock)
    lock.interrupt(1, lambda: safety.add_rule(TableRule("second", {}, 0.5)))
    safety.add_rule(TableRule("first", {}, 0.5))
    assert sorted(safety.rule_names()) == ["first", "second"]


def test_a_score_takes_the_lock_at_most_twice_and_a_hit_once() -> None:
    lock = ProbeLock()
    safety = ConcurrentSafetyFilter([TableRule("a", {}, 0.8)], lock=lock)
    before = lock.acquisitions
    safety.score("x")
    assert lock.acquisitions - before == 2
    safety.score("x")
    assert lock.acquisitions - before == 3


# ── the cache ───────────────────────────────────────────────────────────────────────────────────────────


@EXACT
@given(st.lists(st.sampled_from("abcdefg"), max_size=40), st.integers(1, 5), st.sampled_from(FILTERS))
def test_the_cache_is_least_recently_used(
    texts: list[str], capacity: int, kind: type[ConcurrentSafetyFilter]
) -> None:
    rule = TableRule("r", {}, 0.5)
    safety = kind([rule], capacity=capacity)
    model: list[str] = []
    misses = 0
    for text in texts:
        misses += text not in model
        model = [*(t for t in model if t != text), text][-capacity:]
        safety.score(text)
    assert safety.cached() == [safety.digest(text) for text in model]
    assert len(rule.asked) == misses


@pytest.mark.parametrize("capacity", [0, -1, 2.0, "8", None, True])
def test_a_cache_without_room_is_refused(capacity: Any) -> None:
    with pytest.raises(CacheSizeError, match="whole number from 1 up"):
        ConcurrentSafetyFilter(capacity=capacity)


def test_a_new_rule_costs_a_scoped_cache_one_evaluation_a_response_instead_of_all() -> None:
    spent: dict[str, int] = {}
    for kind in FILTERS:
        rules = [TableRule(f"rule {i}", {}, 0.9) for i in range(20)]
        safety = kind(rules)
        texts = [f"response {i}" for i in range(100)]
        for text in texts:
            safety.score(text)
        assert sum(len(rule.asked) for rule in rules) == 2000
        safety.add_rule(late := TableRule("late", {}, 0.9))
        for text in texts:
            safety.score(text)
        spent[kind.__name__] = sum(len(rule.asked) for rule in [*rules, late]) - 2000
    assert spent == {"ConcurrentSafetyFilter": 2100, "RuleScopedFilter": 100}


def test_replacing_a_rule_evaluates_that_rule_and_no_other() -> None:
    kept, old, new = TableRule("kept", {}, 0.9), TableRule("changed", {}, 0.8), TableRule("changed", {}, 0.3)
    safety = RuleScopedFilter([kept, old], strictness="strict")
    assert safety.score("x") == 0.8
    safety.replace_rule(new)
    assert safety.score("x") == 0.3
    assert tuple(len(rule.asked) for rule in (kept, old, new)) == (1, 1, 1)
    assert list(safety.report("x").by_rule) == ["kept", "changed"]
    with pytest.raises(UnknownRuleError, match="kept, changed"):
        safety.replace_rule(TableRule("nobody", {}, 0.1))


def test_a_rule_replaced_while_it_is_evaluated_leaves_no_stale_score() -> None:
    def program(stage: Interleaver) -> Callable[[], None]:
        safety = RuleScopedFilter(
            [TableRule("r", {}, 0.9, during=stage.step)], strictness="strict", lock=stage.lock()
        )
        stage.spawn("score", lambda: safety.score("x"))
        stage.spawn("replace", lambda: safety.replace_rule(TableRule("r", {}, 0.1, during=stage.step)))

        def check() -> None:
            assert safety.score("x") == 0.1

        return check

    assert explore(program, preemptions=1, traced=codes_of(RuleScopedFilter)).failures == ()


# ── rules that fail ─────────────────────────────────────────────────────────────────────────────────────


class Failing:
    name = "failing"

    def __init__(self, error: BaseException | None = None, value: float = 0.9) -> None:
        self.error = error
        self.value = value

    def evaluate(self, text: str) -> float:
        if self.error is not None:
            raise self.error
        return self.value


@pytest.mark.parametrize("kind", FILTERS)
@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Failing(KeyError("boom")), "crashed: KeyError"),
        (Failing(TimeoutError("slow")), "timed out: slow"),
        (Failing(value=float("nan")), "no valid score: .*NaN"),
        (Failing(value=7.0), "no valid score: .*7.0"),
    ],
)
def test_a_rule_that_fails_closes_and_is_named(
    kind: type[ConcurrentSafetyFilter], rule: Failing, reason: str
) -> None:
    safety = kind([TableRule("fine", {}, 1.0), rule], strictness="balanced")
    report = safety.report("x")
    assert report.score == 0.0
    assert report.by_rule == {"fine": 1.0, "failing": 0.0}
    assert re.match(reason, report.faults["failing"])


@pytest.mark.parametrize("kind", FILTERS)
def test_a_passing_failure_is_not_cached(kind: type[ConcurrentSafetyFilter]) -> None:
    rule = Failing(RuntimeError("once"))
    fine = TableRule("fine", {}, 1.0)
    safety = kind([fine, rule], strictness="strict")
    assert safety.score("x") == 0.0
    rule.error = None
    assert safety.score("x") == 0.9
    assert safety.report("x").faults == {}
    assert len(fine.asked) == (
        2 if kind is ConcurrentSafetyFilter else 1
    )  # a scoped cache keeps what did not fail


def test_a_lenient_filter_may_let_a_failed_rule_be_outvoted() -> None:
    safety = ConcurrentSafetyFilter(
        [TableRule("fine", {}, 1.0), Failing(RuntimeError("x"))], strictness="lenient"
    )
    assert safety.score("x") == 0.5  # failing closed is a promise of strict and balanced alone


def test_a_reason_is_cut_because_it_may_quote_the_response() -> None:
    score, reason = judge_rule(Failing(ValueError("secret " * 1000)), "x", DirectRunner())
    assert score == 0.0
    assert len(reason) == 200


def test_a_hung_rule_is_given_up_at_its_deadline_and_fenced_off() -> None:
    let_go = threading.Event()
    asked: list[float] = []

    def wait(done: threading.Event, seconds: float) -> bool:
        asked.append(seconds)
        return done.wait() if quick else False

    runner = DeadlineRunner(0.25, max_stuck=2, wait=wait)
    hung = CallingRule("hung", let_go.wait, 0.7)
    quick = True
    assert runner.run(TableRule("quick", {}, 0.6), "x") == 0.6
    quick = False
    for stuck in (1, 2):
        with pytest.raises(
            RuleTimeoutError, match=rf"'hung' .* within 0.25 s \({stuck} evaluations are stuck"
        ):
            runner.run(hung, "x")
    assert (runner.stuck, asked) == (2, [0.25] * 3)
    with pytest.raises(RuleTimeoutError):  # the bulkhead: no third thread
        runner.run(hung, "x")
    assert len(asked) == 3
    threads = list(runner._threads)
    let_go.set()
    for thread in threads:
        thread.join()
    assert runner.stuck == 0
    quick = True
    assert runner.run(hung, "x") == 0.7


def test_a_crash_inside_the_deadline_is_the_rules_own_error() -> None:
    runner = DeadlineRunner(60.0)
    with pytest.raises(KeyError, match="boom"):
        runner.run(Failing(KeyError("boom")), "x")


# ── the tools themselves ────────────────────────────────────────────────────────────────────────────────


def test_a_lost_update_is_found_at_one_preemption_and_every_time_alike() -> None:
    class Counter:
        def __init__(self) -> None:
            self.value = 0

        def add(self) -> None:
            self.value += 1

    def program(stage: Interleaver) -> Callable[[], None]:
        counter = Counter()
        stage.spawn("a", counter.add)
        stage.spawn("b", counter.add)

        def check() -> None:
            assert counter.value == 2

        return check

    runs = [explore(program, preemptions=1, traced=codes_of(Counter)) for _ in range(2)]
    assert [f.order for f in runs[0].failures] == [f.order for f in runs[1].failures]
    assert runs[0].schedules == runs[1].schedules
    assert 0.0 < runs[0].share_failed < 1.0
    assert explore(program, preemptions=0, traced=codes_of(Counter)).failures == ()


@pytest.mark.parametrize(("tasks", "steps"), [(2, 1), (2, 3), (3, 1)])
def test_without_a_bound_every_interleaving_is_run_once(tasks: int, steps: int) -> None:
    from math import factorial

    orders: list[tuple[str, ...]] = []

    def program(stage: Interleaver) -> Callable[[], None]:
        def work() -> None:
            for _ in range(steps):
                stage.step()

        for number in range(tasks):
            stage.spawn(str(number), work)
        return lambda: orders.append(tuple(stage.order))

    found = explore(program, preemptions=1000)
    turns = steps + 1  # a task's start is a turn too
    assert found.schedules == factorial(tasks * turns) // factorial(turns) ** tasks
    assert len(set(orders)) == len(orders)


def test_locks_taken_in_two_orders_deadlock_in_some_schedule_and_its_threads_end() -> None:
    def program(stage: Interleaver) -> Callable[[], None]:
        one, two = stage.lock(), stage.lock()

        def both(first: Any, second: Any) -> None:
            with holding(first), holding(second):
                pass

        stage.spawn("there", lambda: both(one, two))
        stage.spawn("back", lambda: both(two, one))
        return lambda: None

    before = threading.active_count()
    found = explore(program, preemptions=2)
    assert {type(failure.error) for failure in found.failures} == {DeadlockError}
    assert "there" in str(found.failures[0].error)
    assert threading.active_count() == before


def test_an_error_in_a_task_is_a_failure_and_too_many_schedules_are_refused() -> None:
    def program(stage: Interleaver) -> Callable[[], None]:
        stage.spawn("divides", lambda: 1 // 0)
        stage.spawn("steps", lambda: [stage.step() for _ in range(9)])
        return lambda: None

    found = explore(program, preemptions=1)
    assert len(found.failures) == found.schedules
    with pytest.raises(TooManySchedulesError, match="more than 3 schedules"):
        explore(program, preemptions=9, limit=3)


def test_a_probe_lock_raises_where_a_real_one_would_wait_for_ever() -> None:
    lock = ProbeLock()
    with holding(lock), pytest.raises(LockHeldError):
        lock.acquire()
    assert not lock.held
    order: list[str] = []
    lock.interrupt(2, lambda: order.append("came first"))
    lock.interrupt(-2, lambda: order.append("came after"))
    for name in ("one", "two"):
        with holding(lock):
            order.append(name)
    assert order == ["one", "came first", "two", "came after"]


def rule_protocol(rule: Rule) -> Rule:
    """Held by mypy: the rules of these tests are rules."""
    return rule


rule_protocol(TableRule("a", {}, 1.0))
