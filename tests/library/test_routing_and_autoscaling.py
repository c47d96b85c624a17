"""Day 25's router and autoscaler: against Mitzenmacher's sum, day 4's rendezvous hashing, an order worked out by hand, and fleets played. Under 6 s."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.days.day25_routing_and_autoscaling.faults import ByTime
from course.days.day25_routing_and_autoscaling.interview import HOT, NIGHT, NINE, PROMPTS
from course.systems.cluster.rendezvous import rendezvous_owner
from course.systems.serving.autoscaler import Autoscaler
from course.systems.serving.errors import InvalidBound, NoReplica
from course.systems.serving.fleet import Sample
from course.systems.serving.fleet_trial import FleetTrial
from course.systems.serving.router import FLOOR, prefix_affinity, two_choices
from course.systems.simulate.balancing import anywhere, choices_mean_time, least_of_all, mean_time

# ── two choices ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("load", "within"), [(0.5, 0.02), (0.7, 0.02), (0.8, 0.02), (0.9, 0.03), (0.95, 0.05)]
)
def test_two_choices_come_near_the_sum_for_infinitely_many_servers(load: float, within: float) -> None:
    """Mitzenmacher's Σ λ^(2^i − 2) on 200 servers, mean of two runs of 80,000 arrivals."""
    found = np.mean(
        [mean_time(two_choices, load, servers=200, arrivals=80_000, seed=seed) for seed in (1, 2)]
    )
    assert found == pytest.approx(choices_mean_time(load, 2), rel=within)


def test_a_few_servers_are_worse_than_the_sum() -> None:
    """The sum is a limit: at a load of .9 it says 2.61, and four servers take half as long again."""
    few = np.mean([mean_time(two_choices, 0.9, servers=4, arrivals=60_000, seed=seed) for seed in (1, 2)])
    assert few > 1.3 * choices_mean_time(0.9, 2)


def test_any_server_is_m_m_1() -> None:
    found = np.mean([mean_time(anywhere, 0.7, servers=50, arrivals=60_000, seed=seed) for seed in (1, 2)])
    assert found == pytest.approx(1 / 0.3, rel=0.05)


def test_with_old_news_the_least_of_all_is_worse_than_any_and_two_choices_are_not() -> None:
    """Mitzenmacher (2000), as an order: at reports every 8 service times and a load of .9."""
    least, two = (
        mean_time(pick, 0.9, servers=20, arrivals=40_000, every=8.0, seed=4)
        for pick in (least_of_all, two_choices)
    )
    assert two < 6 < 10 < least
    fresh = mean_time(least_of_all, 0.9, servers=20, arrivals=40_000, seed=4)
    assert fresh < mean_time(two_choices, 0.9, servers=20, arrivals=40_000, seed=4)


def test_each_pair_is_drawn_equally_often() -> None:
    """Of n different loads the k-th least wins 2 (n − k) / (n (n − 1)) of all: within four standard errors."""
    rng, n, times = random.Random(5), 6, 20_000
    found = [0] * n
    for _ in range(times):
        found[two_choices([float(load) for load in range(n)], rng)] += 1
    for place, count in enumerate(found):
        share = 2 * (n - 1 - place) / (n * (n - 1))
        assert count / times == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / times) + 1e-12)


# ── affinity ────────────────────────────────────────────────────────────────────────────────────────────

names = st.lists(st.sampled_from([f"r{number}" for number in range(12)]), min_size=1, max_size=9, unique=True)
keys = st.text(max_size=6)


@given(names, keys)
def test_with_room_the_owner_is_that_of_rendezvous_hashing(some: list[str], key: str) -> None:
    """Day 4's function, of which all weights are alike."""
    loads = dict.fromkeys(some, 1.0)
    assert prefix_affinity(key, loads, math.inf) == rendezvous_owner(key, dict.fromkeys(some, 1.0))


@given(names, keys, st.data())
def test_the_order_is_who_would_own_it_if_those_before_were_gone(
    some: list[str], key: str, data: st.DataObject
) -> None:
    """Whoever gets it may take it, and nobody may whom rendezvous hashing prefers."""
    loads = {name: float(data.draw(st.integers(0, 20))) for name in some}
    bound = data.draw(st.sampled_from((1.0, 1.25, 1.5, 3.0)))
    most = max(FLOOR, bound * (sum(loads.values()) + 1) / len(loads))
    chosen, left = prefix_affinity(key, loads, bound), set(some)
    if all(load + 1 > most for load in loads.values()):
        assert loads[chosen] == min(loads.values())
        return
    while (owner := rendezvous_owner(key, dict.fromkeys(left, 1.0))) != chosen:
        assert loads[owner] + 1 > most
        left.remove(owner)
    assert loads[chosen] + 1 <= most


def test_one_that_joins_takes_its_part_and_moves_nothing_else() -> None:
    before = dict.fromkeys([f"r{number}" for number in range(9)], 0.0)
    after = {**before, "new": 0.0}
    moved = [
        prefix_affinity(f"app {n}", after, 2.0)
        for n in range(2_000)
        if prefix_affinity(f"app {n}", before, 2.0) != prefix_affinity(f"app {n}", after, 2.0)
    ]
    assert set(moved) == {"new"}
    assert len(moved) == pytest.approx(200, abs=55), "a tenth, within four standard errors"


def test_errors_and_their_order() -> None:
    with pytest.raises(NoReplica):
        prefix_affinity("a", {}, 0.5)
    with pytest.raises(NoReplica):
        two_choices([], random.Random(1))
    for bound in (0.99, -1.0, math.nan):
        with pytest.raises(InvalidBound):
            prefix_affinity("a", {"r": 1.0}, bound)


# ── how many ────────────────────────────────────────────────────────────────────────────────────────────


@given(
    st.lists(st.tuples(st.lists(st.integers(0, 40), max_size=8), st.integers(0, 4)), max_size=12),
    st.integers(0, 3),
    st.integers(1, 4),
)
@settings(max_examples=60)
def test_a_replica_goes_only_after_a_row_of_calm_windows(
    windows: list[tuple[list[int], int]], spare: int, calm: int
) -> None:
    """Each answer from the whole history of windows, without a count that is kept."""
    own = Autoscaler(spare=spare, calm=calm, least=2, most=9)
    fewer = list[bool]()
    for flights, starting in windows:
        found = own.desired([Sample(0.0, 0, each) for each in flights], starting)
        exist = len(flights) + starting
        wanted = min(9, max(2, -(-sum(flights) // 16) + spare))
        fewer.append(wanted < exist)
        if not fewer[-1]:
            assert found == wanted
        else:
            assert found == min(9, exist - all(fewer[-calm:]) * (len(fewer) >= calm))


def test_by_requests_in_flight_the_night_is_half_as_dear_and_spare_ones_serve_the_surge() -> None:
    design = {"route": "bound 1.25", "per_replica": 16}
    flight, time = (FleetTrial(two_choices, prefix_affinity, scaler) for scaler in (Autoscaler, ByTime))
    assert (
        flight.told({**design, "spare": 2}, NIGHT)["gpu"]
        < 0.5 * time.told({**design, "spare": 2}, NIGHT)["gpu"]
    )
    assert flight.told({**design, "spare": 2}, NINE)["ttft"] < 200
    for trial in (flight, time):
        assert trial.told({**design, "spare": 0}, NINE)["ttft"] > 10_000


def test_affinity_is_best_until_one_application_is_hot_and_the_bound_saves_it() -> None:
    trial = FleetTrial(two_choices, prefix_affinity, Autoscaler)
    calm, hot = (
        {route: trial.told({"route": route}, load) for route in ("two", "bound 1.25", "no bound")}
        for load in (PROMPTS, HOT)
    )
    assert calm["no bound"]["ttft"] < calm["bound 1.25"]["ttft"] < calm["two"]["ttft"]
    assert hot["bound 1.25"]["ttft"] < hot["two"]["ttft"] < 10_000 < hot["no bound"]["ttft"]
    assert hot["no bound"]["hits"] == pytest.approx(calm["no bound"]["hits"], abs=0.01)
