"""Day 8's library against GCRA in exact fractions, Erlang's and Baccelli's formulas, a brute force, and the figures that its
lesson tells."""

import math
import random
from collections import deque
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.checking.port import subject
from course.days.day08_overload.faults import DESIGN, FAULTS, LOADS, TENTH, _useful
from course.days.day08_overload.interview import ABUSE, CALM, SPIKE, measured
from course.days.day08_overload.pictures import served, throttled
from course.systems.cluster.adaptive import AdaptiveConcurrency
from course.systems.cluster.crowd import P95_S, PATIENCE_S, SERVICE_S, WORKERS, crowd, in_time_by_class, serve
from course.systems.cluster.front_door import BIG, CAPACITY, Doors
from course.systems.cluster.gcra import Gcra
from course.systems.cluster.limited import Limited
from course.systems.cluster.lines import Chosen, InOrder
from course.systems.cluster.shed import Request, next_request
from course.systems.cluster.throttle import ClientThrottle
from course.systems.cluster.token_bucket import TokenBucket
from course.systems.simulate.errors import Overloaded
from course.systems.simulate.impatience import in_time_share, loss_share
from course.systems.simulate.queues import erlang_c

quick = settings(derandomize=True, deadline=None, max_examples=80)


# ── the bucket ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_bucket_decides_as_the_generic_cell_rate_algorithm_in_exact_fractions() -> None:
    draw = random.Random(8)
    for _ in range(500):
        rate, burst = Fraction(draw.randrange(1, 21)), Fraction(draw.randrange(1, 9))
        bucket, other, now = TokenBucket(rate, burst), Gcra(rate, burst), Fraction(0)  # type: ignore[arg-type]
        for _ in range(60):
            now += Fraction(draw.choice((0, 0, 1, 1, 2, 7, 60)), 60)
            assert bucket.take(now, 1) == other.take(now)  # type: ignore[arg-type]


@quick
@given(
    st.integers(1, 20),
    st.integers(1, 8),
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 8)), min_size=1, max_size=40),
)
def test_no_stretch_of_time_lets_in_more_than_burst_and_rate_allow(
    rate: int, burst: int, asked: list[tuple[int, int]]
) -> None:
    bucket, now, given = TokenBucket(rate, burst), Fraction(0), []
    for gap, cost in asked:
        now += Fraction(gap, 64)
        if cost <= burst and bucket.take(now, cost):  # type: ignore[arg-type]
            given.append((now, cost))
    for first in range(len(given)):
        for last in range(first, len(given)):
            whole = sum(cost for _, cost in given[first : last + 1])
            assert whole <= burst + rate * (given[last][0] - given[first][0])


def test_who_waits_as_long_as_a_refusal_says_is_let_in() -> None:
    bucket = TokenBucket(2.0, 3.0)
    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    wait = bucket.retry_after_s()
    assert wait == 0.5
    assert not bucket.take(wait - 0.125)
    assert bucket.take(wait)
    assert TokenBucket(2.0, 3.0).retry_after_s(3.0) == 0.0


@pytest.mark.parametrize("cost", [0.0, -1.0, math.nan, 3.5])
def test_a_cost_that_cannot_be_had_changes_nothing(cost: float) -> None:
    bucket = TokenBucket(1.0, 3.0)
    bucket.take(0.0, 3.0)
    with pytest.raises(ValueError, match="at most the burst, 3"):
        bucket.take(2.0, cost)
    assert (bucket.tokens, bucket.last_s) == (0.0, 0.0)


@pytest.mark.parametrize("numbers", [(0, 1), (1, 0), (math.nan, 1), (1, math.inf)])
def test_a_bucket_without_rate_or_burst_is_refused(numbers: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="finite and above 0"):
        TokenBucket(*numbers)


# ── the line ────────────────────────────────────────────────────────────────────────────────────────────


@quick
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30), st.integers(0, 2)), max_size=12),
    st.integers(0, 20),
)
def test_the_next_request_is_the_first_of_a_stable_sort(rows: list[tuple[int, int, int]], now: int) -> None:
    waiting: list[Request] = [
        {"id": i, "arrived_s": float(came), "deadline_s": float(ends), "priority": group}
        for i, (came, ends, group) in enumerate(rows)
    ]
    live = [each for each in waiting if each["deadline_s"] - now >= 3]
    best = sorted(live, key=lambda each: (each["priority"], each["arrived_s"]))
    chosen, thrown = next_request(waiting, float(now), 3.0)
    assert chosen == (best[0] if best else None)
    assert thrown == [each for each in waiting if each not in live]


def test_asked_with_everybody_the_line_is_the_one_in_order() -> None:
    comes = crowd(1.1, 3.0)
    assert serve(comes, Chosen(next_request, P95_S)) == serve(comes, InOrder(P95_S))


def test_important_requests_are_served_at_the_cost_of_the_others() -> None:
    important, other = in_time_by_class(crowd(1.1, 4.0, important=0.3), Chosen(next_request, P95_S))
    assert important > 0.99
    assert 0.7 < other < 0.9


# ── queues, exact ───────────────────────────────────────────────────────────────────────────────────────

NEEDS = {
    "in order, the expired thrown away": 0.0,
    "in order, if the mean is left": SERVICE_S,
    "in order, if the 95th percentile is left": P95_S,
}


@pytest.mark.parametrize("load", [1.1, 2.0])
@pytest.mark.parametrize("name", NEEDS)
def test_a_line_answers_as_many_in_time_as_the_exact_formula_says(name: str, load: float) -> None:
    exact = in_time_share(load * WORKERS / SERVICE_S, SERVICE_S, WORKERS, PATIENCE_S, NEEDS[name])
    assert served(name, load).in_time == pytest.approx(exact, abs=0.015)


def test_patience_without_end_is_erlangs_queue() -> None:
    rate, work, servers = 0.8 * 5, 1.0, 5
    waits = erlang_c(rate * work, servers)
    spare = servers / work - rate
    # A response is the wait, 0 or exponential with rate `spare`, and an exponential service, convolved by hand.
    for deadline in (0.5, 2.0, 30.0):
        late = math.exp(-deadline / work)
        both = (
            (spare * late - math.exp(-spare * deadline) / work) / (spare - 1 / work)
            if spare != 1 / work
            else (1 + spare * deadline) * late
        )
        exact = 1 - (1 - waits) * late - waits * both
        assert in_time_share(rate, work, servers, 60.0 + deadline) == pytest.approx(1.0, abs=1e-9)
        free = in_time_share(rate, work, servers, deadline)
        assert free == pytest.approx(exact, abs=0.12)  # who is thrown away makes room for others
        assert free >= exact - 1e-12


def test_one_server_whose_customers_leave_is_the_textbooks() -> None:
    # M/M/1+D at a load of 1: the offered wait is uniform up to D, with an atom of 1/(2 + D) at 0 and as much beyond D.
    patience = 4.0
    exact = (1 - math.exp(-patience) + patience - (1 - math.exp(-patience))) / (2 + patience)
    assert in_time_share(1.0, 1.0, 1, patience) == pytest.approx(exact, rel=1e-12)


def test_the_exact_formula_holds_far_into_overload_and_refuses_what_is_no_queue() -> None:
    assert in_time_share(50_000.0, SERVICE_S, WORKERS, PATIENCE_S, P95_S) == pytest.approx(0.019, abs=0.001)
    with pytest.raises(ValueError, match="nobody could be started"):
        in_time_share(100.0, SERVICE_S, WORKERS, PATIENCE_S, 1.5)
    with pytest.raises(ValueError, match="the load is"):
        loss_share(-1.0, SERVICE_S, WORKERS, 10)


@pytest.mark.parametrize(("room", "exact"), [(20, 0.0992), (100, 0.0909)])
def test_a_short_queue_refuses_as_many_as_the_exact_loss(room: int, exact: float) -> None:
    rate = 1.1 * WORKERS / SERVICE_S
    assert loss_share(rate, SERVICE_S, WORKERS, room) == pytest.approx(exact, abs=0.0001)
    found = [serve(crowd(1.1, 20.0, seed=seed), InOrder(room=room)).refused for seed in range(3)]
    assert sum(found) / 3 == pytest.approx(exact, abs=0.012)


def test_without_room_to_wait_the_loss_is_erlang_b_and_gives_erlang_c() -> None:
    for load, servers in ((0.5, 1), (8.0, 10), (0.99 * 40, 40)):
        blocked = loss_share(load, 1.0, servers, 0)
        assert blocked / (1 - load / servers * (1 - blocked)) == pytest.approx(erlang_c(load, servers))
    with pytest.raises(Overloaded):
        erlang_c(2.0, 2)


# ── throttle and limit ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("k", [1.1, 1.3, 2.0])
def test_a_throttle_shuts_itself_off_above_one_minus_one_over_k(k: float) -> None:
    edge = 1 - 1 / k
    assert throttled(k, edge - 0.02) == pytest.approx(1.0)
    assert throttled(k, edge + 0.1) == pytest.approx(0.0, abs=0.03)


def test_a_throttle_is_the_books_formula_and_lets_out_k_times_what_is_answered() -> None:
    throttle = ClientThrottle(2.0, math.inf)
    throttle.requests = throttle.accepts = 0.0
    throttle.saw(100.0, 60.0, 1.0)
    assert throttle.refuses == 0.0
    throttle.saw(0.0, -20.0, 1.0)
    assert throttle.refuses == pytest.approx(20 / 101)
    assert ClientThrottle(0.0, 10.0).refuses == 0.0
    busy = ClientThrottle(1.1, 10.0)
    for _ in range(2000):
        out = 6000 * (1 - busy.refuses) * 0.1
        busy.saw(600.0, min(100.0, out), 0.1)
    assert 6000 * (1 - busy.refuses) == pytest.approx(1.1 * 1000, rel=0.01)


def test_a_limit_settles_where_gradient_and_square_root_balance() -> None:
    limit = AdaptiveConcurrency(10.0, 1.0, 1000.0)
    for _ in range(400):  # twenty workers of 20 ms, always full: Little's law gives the time
        limit.observe(max(1.0, limit.limit / 20) * 0.02, math.ceil(limit.limit))
    # limit = 1.5 * 20 / limit * limit + sqrt(limit)
    balance = (0.5 + math.sqrt(0.25 + 30)) ** 2
    assert limit.limit == pytest.approx(balance, rel=1e-6)


@pytest.mark.parametrize("load", [1.2, 3.0])
@pytest.mark.parametrize("start", [1.0, 20.0, 200.0])
def test_a_limit_is_found_from_anywhere_and_keeps_the_workers_busy(load: float, start: float) -> None:
    last = Limited(AdaptiveConcurrency).seconds(load, 20, start=start)[-10:]
    assert 18 < sum(each.limit for each in last) / 10 < 70
    assert sum(each.answers for each in last) / 10 > 0.95 * CAPACITY
    assert sum(each.mean_ms for each in last) / 10 < (
        40 if start < 100 else 80
    )  # who begins too high sees no idle server


def test_a_limit_that_never_forgets_strangles_a_service_that_slows_down() -> None:
    used = Limited(AdaptiveConcurrency).used(1.2, 20, 3.0)
    assert used == pytest.approx(0.2, abs=0.02)

    class Forgets(AdaptiveConcurrency):
        """Unloaded is the smallest of the last five seconds."""

        def __init__(self, start: float, low: float, high: float) -> None:
            super().__init__(start, low, high)
            self.recent: deque[float] = deque(maxlen=50)

        def observe(self, rtt_s: float, in_flight: int, dropped: bool = False) -> None:
            self.recent.append(rtt_s)
            self.unloaded_s = min(self.recent)
            super().observe(rtt_s, in_flight, dropped)

    assert Limited(Forgets).used(1.2, 60, 3.0) > 0.95
    long = Limited(Forgets).seconds(1.2, 100)
    early, late = long[5:15], long[-10:]
    assert sum(each.mean_ms for each in late) > 1.3 * sum(each.mean_ms for each in early)


@pytest.mark.parametrize("bounds", [(5.0, 6.0, 9.0), (5.0, 0.5, 9.0), (5.0, 1.0, 4.0)])
def test_bounds_that_hold_nothing_are_refused(bounds: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="must hold"):
        AdaptiveConcurrency(*bounds)


# ── what the lesson tells ───────────────────────────────────────────────────────────────────────────────


def at_the_doors(load: dict[str, float], **other: float) -> dict[str, float]:
    (bucket,) = [subject(TokenBucket)]
    return measured(bucket, {**DESIGN, **other}, load)


def test_a_polite_client_helps_only_among_polite_ones() -> None:
    assert at_the_doors(ABUSE)["good"] == pytest.approx(0.98, abs=0.005)
    assert at_the_doors(ABUSE, share=1.0)["good"] == pytest.approx(0.27, abs=0.005)
    assert at_the_doors(ABUSE, share=1.0, K=0)["good"] == pytest.approx(0.65, abs=0.005)


def test_a_quota_of_17_per_cent_never_stops_the_largest_tenant_alone() -> None:
    burst = BIG * CALM["people"] * CALM["burst"]
    assert burst == pytest.approx(330)
    assert burst <= 2 * DESIGN["share"] * CAPACITY
    quiet = at_the_doors(CALM | {"burst": 2.0}, K=0)
    assert quiet["good"] > 0.999
    assert at_the_doors(CALM, K=0, share=0.08)["good"] < 0.9


def test_a_tight_quota_stops_the_largest_honest_tenant_and_a_wide_one_lets_the_script_in() -> None:
    found = {share: at_the_doors(ABUSE, share=share) for share in (0.12, 0.17, 0.3)}
    assert [each["stopped"] for each in found.values()] == pytest.approx([0.295, 0.009, 0.0], abs=0.005)
    assert [each["good"] for each in found.values()] == pytest.approx([0.954, 0.981, 0.902], abs=0.005)
    for share, each in found.items():
        assert each["script"] <= share * CAPACITY * (
            1 + 1 / ABUSE["seconds"]
        )  # rate, and a burst at the beginning


def test_refusing_takes_what_the_workers_could_give() -> None:
    bare = Doors(TokenBucket).measure({"queue": 400, "share": 1.0, "K": 0}, SPIKE)
    throttle = Doors(TokenBucket).measure({"queue": 400, "share": 1.0, "K": 1.1}, SPIKE)
    assert bare["useful"] < 1 / 7 < 0.85 < throttle["useful"]


def test_the_losing_rule_works_for_people_who_have_left() -> None:
    def expired(
        waiting: list[Request], now_s: float, expected_s: float
    ) -> tuple[Request | None, list[Request]]:
        return next_request(waiting, now_s, 0.0)

    right, wrong = (
        _useful(subject(each), 1.1)["no work for those who left"] for each in (next_request, expired)
    )
    assert right > 0.95
    assert wrong < 0.45


def test_every_fault_is_one_of_the_three_parts() -> None:
    assert {*LOADS, TENTH} < {*FAULTS}
    assert len(FAULTS) == len(LOADS) + 2
