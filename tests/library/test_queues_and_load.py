"""Day 2's library against an event loop, exact fractions and closed forms, and the figures that its lesson tells."""

import heapq
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.checking.port import subject
from course.days.day02_queues_and_load.faults import CALM, DAYS, FAULTS, TODAY, _door, _kept
from course.days.day02_queues_and_load.interview import HEAVY, MANY, STEADY
from course.days.day02_queues_and_load.pictures import kingman, wait_at
from course.days.day02_queues_and_load.pool import (
    RANDOM,
    SHARED,
    TWO,
    measure,
    one_queue,
    own_queues,
    rows_of,
)
from course.days.day02_queues_and_load.traffic import REQUESTS, drawn, log_of
from course.systems.simulate.capacity import cores_month_usd
from course.systems.simulate.errors import Overloaded, TooFew
from course.systems.simulate.queues import (
    erlang_c,
    exponential_traffic,
    lindley_waits,
    many_server_waits,
    mg1_mean_wait,
    mmc_mean_wait,
    servers_for,
)
from course.systems.simulate.sizing import servers_for_p99
from course.systems.simulate.traffic_log import TrafficLog

quick = settings(derandomize=True, deadline=None, max_examples=60)
times = st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=30)


def by_events(gaps: list[float], services: list[float], servers: int) -> list[float]:
    """Waits by a calendar of events, arrivals and departures, as a general simulator keeps it: none of Lindley's ideas,
    and no time at which a server will be free."""
    came = np.cumsum(gaps).tolist()
    calendar = [(at, 1, i) for i, at in enumerate(came)]  # at one moment who leaves goes first
    heapq.heapify(calendar)
    waits, line, free = [0.0] * len(gaps), [], servers
    while calendar:
        now, arrival, i = heapq.heappop(calendar)
        if arrival:
            line.append(i)
        else:
            free += 1
        while free and line:
            free, first = free - 1, line.pop(0)
            waits[first] = now - came[first]
            heapq.heappush(calendar, (now + services[first], 0, first))
    return waits


@pytest.mark.parametrize(("servers", "load"), [(1, 0.9), (2, 1.6), (10, 9.0), (14, 10.0)])
def test_waits_are_those_of_an_event_loop(servers: int, load: float) -> None:
    """20,000 requests; tolerance 1e-9. SimPy 4.1.2 gave the same on 2026-11-30: 0 for many servers, 7e-11 for one."""
    gaps, services = exponential_traffic(np.random.default_rng(1), load, 1.0, (20_000,))
    expected = by_events(gaps.tolist(), services.tolist(), servers)
    assert many_server_waits(gaps, services, servers) == pytest.approx(expected, abs=1e-9)
    if servers == 1:
        assert lindley_waits(gaps, services) == pytest.approx(expected, abs=1e-9)


def test_the_four_customers_of_the_brief() -> None:
    assert lindley_waits([math.nan, 2, 6, 1], [3, 1, 2, 5]).tolist() == [0, 1, 0, 1]


def test_rows_are_servers_of_their_own() -> None:
    gaps, services = exponential_traffic(np.random.default_rng(2), 0.8, 1.0, (2, 3, 50))
    for i in range(2):
        for j in range(3):
            alone = lindley_waits(gaps[i, j], services[i, j])
            assert np.array_equal(lindley_waits(gaps, services)[i, j], alone)


def test_lindley_refuses_what_is_no_time_and_changes_nothing() -> None:
    gaps, services = np.array([math.nan, 1.0]), np.array([1.0, 2.0])
    assert lindley_waits(gaps, services).tolist() == [0.0, 0.0]
    assert services.tolist() == [1.0, 2.0]
    assert np.isnan(gaps[0])
    for wrong in (([1.0, -1.0], [1.0, 1.0]), ([1.0, 1.0], [1.0, math.nan]), ([1.0], [1.0, 1.0])):
        with pytest.raises(ValueError, match=r"below 0 or NaN|one of each"):
            lindley_waits(*wrong)


@pytest.mark.parametrize("servers", [1, 2, 3, 7, 10, 25, 40])
def test_erlang_c_is_its_textbook_sum_in_exact_fractions(servers: int) -> None:
    """Tolerance 1e-12."""
    for tenths in (1, 5, 8, 9):
        load = Fraction(tenths, 10) * servers
        top = load**servers / math.factorial(servers) * servers / (servers - load)
        exact = top / (sum(load**k / math.factorial(k) for k in range(servers)) + top)
        assert erlang_c(float(load), servers) == pytest.approx(float(exact), rel=1e-12)


def test_erlang_c_for_large_pools() -> None:
    """Computed with 50 digits by the exact sum; tolerance 1e-6."""
    table = {
        (8, 10): 0.409180,
        (9, 10): 0.668732,
        (20, 25): 0.209103,
        (80, 100): 0.019646,
        (900, 1000): 0.000593,
    }
    for (load, servers), share in table.items():
        assert erlang_c(load, servers) == pytest.approx(share, abs=1e-6)
    assert 0 < erlang_c(4990.0, 5000) < 1


def test_mean_waits_of_one_line_for_ten() -> None:
    table = {0.5: 0.00722, 0.7: 0.0739, 0.8: 0.2046, 0.9: 0.6687, 0.95: 1.651}
    for busy, wait in table.items():
        assert mmc_mean_wait(10 * busy, 1.0, 10) == pytest.approx(wait, rel=1e-3)
        assert mmc_mean_wait(busy, 1.0, 1) == pytest.approx(busy / (1 - busy))


@pytest.mark.parametrize(("cv", "wait"), [(0, 2.0), (1, 4.0), (2, 10.0)])
def test_the_variation_of_work_costs_what_pollaczek_and_khinchine_say(cv: float, wait: float) -> None:
    """At 80%: 2 million customers, within 3%."""
    assert mg1_mean_wait(0.8, 1.0, cv) == pytest.approx(wait)
    rng, shape = np.random.default_rng(3), (100, 20_000)
    work = rng.gamma(1 / cv**2, cv**2, shape) if cv else np.ones(shape)
    waits = lindley_waits(rng.standard_exponential(shape) / 0.8, work)
    assert waits[:, 1000:].mean() == pytest.approx(wait, rel=0.03)


def test_the_gateway_s_workers() -> None:
    numbers = [
        servers_for(*asked)
        for asked in ((200, 0.05, 0.05), (200, 0.05, 0.1), (3000, 0.05, 0.05), (200, 0.05, 0))
    ]
    assert numbers == [14, 12, 155, 19]
    assert [round(cores_month_usd(number)) for number in (14, 155)] == [511, 5658]


def test_errors_come_in_their_order() -> None:
    for load, servers in ((0.5, 0), (-1.0, 3), (math.nan, 3), (5.0, 0)):
        with pytest.raises(ValueError, match="at least 1 server"):
            erlang_c(load, servers)
    with pytest.raises(Overloaded, match="3 servers' worth of work for 3"):
        erlang_c(3.0, 3)
    assert erlang_c(0, 4) == 0.0
    with pytest.raises(ValueError, match="at least 1 is needed"):
        many_server_waits([1.0], [1.0], 0)
    for gaps, services in (
        ([], []),
        ([0.0], [1.0]),
        ([1.0, 1.0], [1.0]),
        ([math.nan], [1.0]),
        ([1.0], [-1.0]),
    ):
        with pytest.raises(ValueError, match=r"no time passes|one of each|below 0"):
            TrafficLog(gaps, services)
    log = log_of(CALM, TODAY)
    for budget in (-1.0, math.nan):
        with pytest.raises(ValueError, match="0 or more"):
            servers_for_p99(log, budget, 1)
    for most in (1, 10, 11):
        with pytest.raises(TooFew, match=f"{most} servers are not enough"):
            servers_for_p99(log, 100.0, most)


@quick
@given(times, st.floats(0, 20))
def test_a_replay_finds_the_first_number_that_keeps_the_budget(
    customers: list[tuple[float, float]], budget: float
) -> None:
    gaps, services = (np.array(column) for column in zip(*customers, strict=True))
    log = TrafficLog([1.0, *gaps], [0.0, *services])
    number = servers_for_p99(log, budget)
    kept = [n for n in range(math.floor(log.load) + 1, 64) if np.quantile(log.waits(n), 0.99) <= budget]
    assert number == kept[0]
    assert kept == list(range(kept[0], 64)), "more servers never make it worse"


def test_a_replay_takes_a_dozen_looks_and_agrees_with_the_formula_on_what_the_formula_assumes() -> None:
    for seed in range(4):
        log = TrafficLog(*exponential_traffic(np.random.default_rng(seed), 0.2, 50.0, (20_000,)))
        number = servers_for_p99(log, 100.0)
        assert log.replays <= math.log2(1024) + 1
        assert abs(number - servers_for(log.rate, log.work, 100.0)) <= 1


# ── the day's measures ──────────────────────────────────────────────────────────────────────────────────


def test_the_pool_is_the_queue_that_the_library_knows() -> None:
    gaps, work = drawn(CALM, 2)
    arrivals, nothing = np.cumsum(gaps), [0.0] * REQUESTS
    queue = one_queue(arrivals.tolist(), nothing, work.tolist(), 14, 0, math.inf)
    assert queue == pytest.approx(many_server_waits(gaps, work, 14).tolist(), abs=1e-6)
    own = own_queues(arrivals.tolist(), work.tolist(), 14, 2, math.inf, 1)
    rows = [lindley_waits(*row) for row in rows_of(arrivals, work, 14, 2)]
    assert sorted(own) == pytest.approx(np.sort(np.concatenate(rows)).tolist(), abs=1e-6)


def test_random_workers_wait_as_one_server_does_alone() -> None:
    """Poisson arrivals, split at random over 100 workers that are busy 80%: M/M/1's 4.0 mean services, within 8%."""
    gaps, work = drawn({"rate": 1600}, 2)
    waits = own_queues(np.cumsum(gaps).tolist(), work.tolist(), 100, 0, math.inf, 1)
    assert np.mean(waits[4000:]) / 50 == pytest.approx(4.0, rel=0.08)


def test_nobody_who_is_let_in_waits_beyond_the_limit_and_the_rest_is_refused() -> None:
    for dispatch in (SHARED, RANDOM, TWO):
        measured = measure({"servers": 12, "dispatch": dispatch, "limit": 50}, STEADY, subject(lindley_waits))
        assert measured["p99"] <= 50
        assert measured["refused"] > 0


def test_half_busy_and_still_waiting() -> None:
    """The surprise: 20 runs of 20,000 requests, with two standard errors."""
    code, conversation, poisson = (wait_at(kind, 0.5) for kind in ("code", "conversation", "Poisson"))
    assert code.mean == pytest.approx(82, abs=code.error)
    assert conversation.mean == pytest.approx(0.93, abs=conversation.error)
    assert poisson.mean == pytest.approx(1.0, abs=poisson.error)
    assert code.waiting > 0.95
    assert 0.8 < kingman("code", 0.5) / code.mean < 1
    assert kingman("conversation", 0.5) == pytest.approx(conversation.mean, rel=0.05)


def test_what_section_5_tells_of_each_fault() -> None:
    """Workers by the formula and by a replay, and tomorrow's p99 in ms with each, within 2%."""
    table = {
        "clients send batches": (12, 747, 24, 104),
        "answers of any length": (13, 290, 14, 213),
        "a rush at three times the rate": (13, 4229, 30, 76),
        "arrivals as in the code log": (12, 4735, 32, 128),
        "twice the traffic": (23, 80, 22, 115),
    }
    for fault, (formula, late, replay, later) in table.items():
        log = log_of(FAULTS[fault], TODAY)
        assert (servers_for(log.rate, log.work, 100.0), servers_for_p99(log, 100.0)) == (formula, replay)
        assert _kept(FAULTS[fault], formula)["the wait"] == pytest.approx(late, rel=0.02)
        assert _kept(FAULTS[fault], replay)["the wait"] == pytest.approx(later, rel=0.02)
    slow = FAULTS["two workers at half speed"]
    assert _kept(slow, 12)["the wait"] == pytest.approx(238, rel=0.02)
    gaps, work = drawn(CALM, 2)
    alone = own_queues(np.cumsum(gaps).tolist(), work.tolist(), 12, 2, math.inf, 1)
    assert np.quantile(alone, 0.99) == pytest.approx(61_500, rel=0.02)


def test_what_the_door_tells_of_its_errors() -> None:
    """CV 4, 12 workers, 200,000 requests: refused, wrongly of those, late of the served; as the rubric rounds them."""
    refused, wrongly, late = np.sum([_door({**CALM, "cv": 4}, 12, seed) for seed in DAYS], axis=0)
    requests = len(DAYS) * REQUESTS
    assert (
        round(refused / requests, 3),
        round(wrongly / refused, 2),
        round(late / (requests - refused), 3),
    ) == (
        0.017,
        0.21,
        0.048,
    )


def test_what_the_second_answer_tells_of_dispatch() -> None:
    lindley = subject(lindley_waits)
    assert measure({"servers": 32, "dispatch": SHARED, "limit": 0}, MANY, lindley)["p99"] == pytest.approx(
        1374, rel=0.02
    )
    assert measure({"servers": 20, "dispatch": TWO, "limit": 0}, MANY, lindley)["p99"] == pytest.approx(
        97, rel=0.02
    )
    assert measure({"servers": 20, "dispatch": TWO, "limit": 100}, HEAVY, lindley)[
        "refused"
    ] == pytest.approx(0.045, rel=0.02)
