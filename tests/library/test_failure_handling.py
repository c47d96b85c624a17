"""Day 9's library against lists of everything, exact counts, threads, and the figures of its card. Under 5 s."""

import itertools
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import tenacity
from hypothesis import given, settings
from hypothesis import strategies as st

from course.days.day09_failure_handling.outage import incident
from course.interview.incident import Cause, Graph, Incident, Investigation
from course.interview.scenario import Refused
from course.systems.cluster.breaker import CircuitBreaker
from course.systems.cluster.errors import InDoubt, InProgress, KeyReused, NotDone, Unknown
from course.systems.cluster.idempotency import idempotent
from course.systems.cluster.key_store import KeyStore
from course.systems.cluster.payments import Charges, Till
from course.systems.cluster.retry_budget import RetryBudget
from course.systems.simulate.backoff import full_jitter
from course.systems.simulate.retries import Trouble, Weathered, weather

# ── retries ─────────────────────────────────────────────────────────────────────────────────────────────


@given(
    st.sampled_from((0.0, 0.125, 0.5, 2.0)),
    st.sampled_from((0.0, 1.0, 2.5)),
    st.lists(st.booleans(), max_size=80),
)
def test_retries_are_paid_by_first_tries(ratio: float, floor: float, calls: list[bool]) -> None:
    """In every prefix: granted at most what was there and what was earned, and refused only where less than one is left."""
    budget, firsts, granted = RetryBudget(ratio, floor, 1000.0), 0, 0
    for first in calls:
        if first:
            budget.first()
            firsts += 1
        else:
            left = floor + ratio * firsts - granted
            assert budget.may_retry() == (left >= 1)
            granted += left >= 1
    assert budget.tokens == floor + ratio * firsts - granted


@pytest.mark.parametrize(
    "settings_", [(-0.1, 1, 2), (float("nan"), 1, 2), (1, 3, 2), (1, -1, 2), (1, 0, float("inf"))]
)
def test_a_budget_that_makes_no_sense_is_refused(settings_: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="give finite ones"):
        RetryBudget(*settings_)


def test_full_jitter_is_uniform_up_to_a_backoff_that_doubles() -> None:
    for retry, most in enumerate((0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0)):
        assert [full_jitter(retry, 0.1, 2.0, u) for u in (0.0, 0.5, 1.0)] == pytest.approx(
            [0.0, most / 2, most]
        )


def test_backoff_is_that_of_tenacity() -> None:
    """`wait_random_exponential`, draw for draw: it is uniform up to base × 2^(attempt − 1), attempt 1 the first."""
    waits = tenacity.wait_random_exponential(multiplier=0.1, max=2.0)
    for attempt in range(1, 9):
        state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
        state.attempt_number = attempt
        random.seed(attempt)
        theirs = [waits(state) for _ in range(20)]
        random.seed(attempt)
        assert theirs == pytest.approx(
            [full_jitter(attempt - 1, 0.1, 2.0, random.random()) for _ in range(20)]
        )


def test_layers_multiply_and_budgets_hardly_do() -> None:
    """4 × 4 × 4 attempts at the end of three layers; 1.1 × 1.1 × 1.1 with a budget of one in ten at each."""

    def attempts(layers: int, budgets: list[RetryBudget] | None) -> int:
        if layers == 0:
            return 1  # the dependency, which fails
        made = attempts(layers - 1, budgets)
        budget = budgets[layers - 1] if budgets else None
        if budget:
            budget.first()
        for _ in range(3):
            if budget is not None and not budget.may_retry():
                break
            made += attempts(layers - 1, budgets)
        return made

    assert attempts(3, None) == 64
    budgets = [RetryBudget(0.1, 0.0, 50.0) for _ in range(3)]
    whole = sum(attempts(3, budgets) for _ in range(4000))
    assert whole / 4000 == pytest.approx(1.1**3, rel=0.02)


# ── the storm ───────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_there_four_attempts_each_and_a_tenth_more_with_a_budget() -> None:
    gone = Trouble(down_from=0.0, down=100.0, seconds=30.0, cut=0.0, cut_from=27.0)

    def made(came: Weathered) -> float:
        return sum(each * max(1, firsts) for each, firsts in zip(came.attempts, came.firsts, strict=True))

    without = weather(gone, timeout_s=0.06)
    assert without.good == 0.0
    assert made(without) == 4 * sum(without.firsts)
    budget = weather(gone, timeout_s=0.06, budget=RetryBudget(0.1, 0.0, 50.0))
    assert 1.09 < made(budget) / sum(budget.firsts) <= 1.1


def test_a_mended_service_stays_down_until_traffic_falls_to_a_quarter() -> None:
    """The card's figures: 4.2 attempts; never back at 70%, also after one second away; back at 24% and at 43% of load."""
    storm = weather(Trouble(down=10.0), timeout_s=0.2)
    assert storm.recovery == 99.0
    assert storm.most == pytest.approx(4.2, abs=0.1)
    assert weather(Trouble(down=1.0), timeout_s=0.2).recovery == 99.0
    for seed in range(3):
        cut = [
            weather(Trouble(seconds=240, down=10, cut=share, cut_from=30), timeout_s=0.2, seed=seed).last
            for share in (0.33, 0.37)
        ]
        assert cut == [1.0, 0.0], "23% of the capacity, and 26%"
    loads = [
        weather(Trouble(down=10, cut=rate / 700, cut_from=0), timeout_s=0.2).recovery for rate in (400, 500)
    ]
    assert loads[0] == 0.0
    assert loads[1] == 99.0
    assert weather(Trouble(down=10.0), timeout_s=0.5).recovery <= 1.0
    assert weather(Trouble(down=10.0), timeout_s=0.2, budget=RetryBudget(0.1, 2.0, 5.5)).recovery == 0.0


# ── the breaker ─────────────────────────────────────────────────────────────────────────────────────────


class AllOfIt:
    """A breaker that keeps every call and works its state out anew each time."""

    def __init__(self, threshold: float, window_s: float, open_s: float, least: int) -> None:
        self.threshold, self.window, self.open, self.least = threshold, window_s, open_s, least
        self.since, self.opened, self.half = 0, None, False  # type: ignore[var-annotated]
        self.all: list[tuple[float, bool]] = []

    @property
    def state(self) -> str:
        return "half-open" if self.half else "closed" if self.opened is None else "open"

    def allow(self, now: float) -> bool:
        if self.state == "open" and now >= self.opened + self.open:
            self.half = True
            return True
        return self.state == "closed"

    def record(self, ok: bool, now: float) -> None:
        if self.state == "open":
            return
        self.all.append((now, ok))
        if self.half:
            self.half, self.opened, self.since = False, None if ok else now, len(self.all)
            return
        young = [ok for at, ok in self.all[self.since :] if now - at < self.window]
        if len(young) >= self.least and young.count(False) >= self.threshold * len(young):
            self.opened, self.since = now, len(self.all)


@given(
    st.sampled_from((0.25, 0.5, 1.0)),
    st.sampled_from((0.5, 1.0, 4.0)),
    st.sampled_from((0.5, 2.0)),
    st.integers(1, 4),
    st.lists(
        st.tuples(st.sampled_from((0.0, 0.125, 0.5, 1.0)), st.sampled_from(("allow", "good", "bad"))),
        max_size=60,
    ),
)
@settings(max_examples=200)
def test_a_breaker_is_what_a_list_of_all_calls_says(
    threshold: float, window: float, open_s: float, least: int, steps: list[tuple[float, str]]
) -> None:
    breaker, model, now = (
        CircuitBreaker(threshold, window, open_s, least),
        AllOfIt(threshold, window, open_s, least),
        0.0,
    )
    for wait, what in steps:
        now += wait
        if what == "allow":
            assert breaker.allow(now) == model.allow(now)
        else:
            breaker.record(what == "good", now)
            model.record(what == "good", now)
        assert breaker.state == model.state
        assert breaker.failed == sum(not ok for _, ok in breaker.results)


def test_a_breaker_that_makes_no_sense_is_refused() -> None:
    for wrong in (
        {"threshold": 0},
        {"threshold": 1.1},
        {"window_s": 0},
        {"open_s": float("inf")},
        {"least": 0},
    ):
        with pytest.raises(ValueError, match="give 0 < threshold"):
            CircuitBreaker(**wrong)  # type: ignore[arg-type]


# ── keys ────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_eight_threads_with_one_key_one_pays() -> None:
    """All begin at a barrier, many times over: one execution each time, and everybody gets it or is told to wait."""
    for round_ in range(40):
        store, charges, together = KeyStore(), Charges(["done"]), threading.Barrier(8)

        def send(
            _: int, store: KeyStore = store, charges: Charges = charges, gate: threading.Barrier = together
        ) -> str:
            gate.wait()
            try:
                return str(idempotent(store, "order", "€5", charges))
            except InProgress:
                return "wait"

        with ThreadPoolExecutor(8) as threads:
            said = [*threads.map(send, range(8))]
        assert charges.executed == 1, round_
        assert set(said) <= {"receipt 1", "wait"}
        assert "receipt 1" in said


@given(
    st.lists(st.sampled_from(("done", "refused", "lost", "away")), min_size=1, max_size=5), st.integers(1, 8)
)
def test_an_effect_takes_place_at_most_once(plan: list[str], asked: int) -> None:
    store, charges = KeyStore(), Charges(plan)
    for _ in range(asked):
        try:
            idempotent(store, "k", "f", charges)
        except (NotDone, Unknown, InDoubt):
            continue
    assert charges.executed <= 1
    assert store.entries.get("k", {"state": "none"})["state"] in ("none", "done", "in doubt")


def test_a_key_stands_for_one_request_whatever_came_of_it() -> None:
    for plan in ("done", "lost"):
        store = KeyStore()
        try:
            idempotent(store, "k", "one", Charges([plan]))
        except Unknown:
            assert plan == "lost"
        with pytest.raises(KeyReused):
            idempotent(store, "k", "two", Charges(["done"]))


def test_lost_answers_charge_twice_without_a_key_and_leave_doubt_with_one() -> None:
    """20,000 bills, one answer in a hundred lost: 1.0% ± three standard errors of one try, and those that are tried again."""
    without, with_key = (Till(once).pay(20_000, lost=0.01, refused=0.02) for once in (None, idempotent))
    assert without["unsure"] == 0.0
    assert with_key["twice"] == 0.0
    assert (
        without["twice"] == with_key["unsure"] == pytest.approx(0.0102, abs=3 * (0.01 * 0.99 / 20_000) ** 0.5)
    )


# ── the incident ────────────────────────────────────────────────────────────────────────────────────────


def test_the_incident_is_told_by_the_graphs_and_the_best_plan_is_the_best() -> None:
    case = incident()
    assert case.plan.mean == pytest.approx(2.667, abs=0.001)
    assert case.plan.worst == 3
    assert "p50 of all requests" in case.plan.first
    assert "first tries a second" not in case.plan.first
    for cause in case.causes:
        assert case.left(case.graphs, cause) == (cause,)
        assert 1_500 < cause.values["p95 of all requests"] < 2_200

    def fewest(left: tuple[Cause, ...], depth: int) -> float:
        """Graphs in all for ``left`` by every order, without the memory of the engine's own search."""
        if len(left) == 1:
            return 0.0
        if depth == 0:
            return float("inf")
        best = float("inf")
        for graph in case.graphs:
            parts = [[c for c in left if case.moves(graph, c) == move] for move in (-1, 0, 1)]
            kept = [tuple(part) for part in parts if part]
            if len(kept) > 1:
                best = min(best, len(left) + sum(fewest(part, depth - 1) for part in kept))
        return best

    assert fewest(case.causes, 3) / len(case.causes) == pytest.approx(case.plan.mean)


SMALL = Incident(
    "small",
    "Small",
    "It is slow.",
    "one request",
    (Graph("queue", 1.0), Graph("errors", 0.0), Graph("traffic", 5.0)),
    (
        Cause("retries", {"queue": 9.0, "errors": 0.4}, "stop them"),
        Cause("a slow disk", {"queue": 9.0}, "replace it"),
        Cause("a lost route", {"traffic": 1.0}, "announce it"),
    ),
)


def test_a_cause_is_named_and_proved_or_only_guessed() -> None:
    play = Investigation(SMALL, "a slow disk")
    with pytest.raises(Refused, match="nobody has looked"):
        play.name("a slow disk", "errors")
    play.look("queue")
    play.look("queue")
    assert play.minutes == 1, "the same graph again costs nothing"
    assert [cause.name for cause in play.left] == ["retries", "a slow disk"]
    assert not play.name("retries", "queue").right
    assert play.minutes == 6
    named = play.name("a slow disk", "queue")
    assert named.proved, "with the wrong name out, the queue leaves one"
    assert play.over
    with pytest.raises(Refused, match="play another one"):
        play.name("retries", "queue")


def test_luck_and_a_graph_that_refutes_nothing_are_no_proof() -> None:
    lucky = Investigation(SMALL, "a slow disk")
    lucky.look("traffic")
    named = lucky.name("a slow disk", "traffic")
    assert named.right
    assert named.left == ("retries", "a slow disk")
    assert not named.proved
    blind = Investigation(SMALL, "a lost route")
    for graph in ("queue", "errors", "traffic"):
        blind.look(graph)
    assert blind.name("a lost route", "queue").proved
    for wrong in ("nothing", None, 3):
        with pytest.raises(Refused, match="there is no"):
            blind.look(wrong)


def test_two_causes_that_look_alike_have_no_plan() -> None:
    twins = (Cause("one", {"queue": 9.0}, "x"), Cause("two", {"queue": 9.0}, "y"))
    assert Incident("t", "T", "", "", SMALL.graphs, twins).plan.mean == float("inf")
    assert [*itertools.islice(SMALL.plan.first, 1)] != []
