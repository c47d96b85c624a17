"""Day 1's library against serialised faiss indexes, Little's law on counted paths, brute force, and a walk of queries."""

import math
import random
from itertools import product

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.systems.simulate.errors import DoesNotFit, TooLarge, Unanswered
from course.systems.simulate.estimate import bottleneck, cost_per_million, fleet_size
from course.systems.simulate.parts import MOST_MACHINES, Fleet, Machine, Resource, Tier, Work
from course.systems.simulate.sorted_shards import SortedShards
from course.systems.simulate.vector_bytes import document_bytes, link_bytes

quick = settings(derandomize=True, deadline=None, max_examples=60)


# ── bytes, against faiss ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "codec", "links"),
    [
        ("HNSW16", "float32", 16),
        ("HNSW32", "float32", 32),
        ("HNSW16_SQfp16", "float16", 16),
        ("HNSW16_SQ8", "int8", 16),
        ("HNSW16_SQ4", "int4", 16),
    ],
)
def test_bytes_of_a_document_are_those_of_a_serialised_faiss_index(kind: str, codec: str, links: int) -> None:
    """3,000 vectors of 768 numbers; within 0.4%: the file's header and trained ranges (2 bytes a document) are in it."""
    vectors = np.random.default_rng(1).standard_normal((3000, 768)).astype("float32")
    index = faiss.index_factory(768, kind)
    index.train(vectors)
    index.add(vectors)
    assert len(faiss.serialize_index(index)) / 3000 == pytest.approx(
        document_bytes(codec, 768, links), rel=0.004
    )


@pytest.mark.parametrize("links", [8, 16, 32])
def test_links_are_what_a_graph_adds_to_its_vectors_whatever_their_length(links: int) -> None:
    """A graph index less the flat one of the same 3,000 vectors of 4 numbers: within 0.5% (the header, and luck in who
    stands on upper layers)."""
    vectors = np.random.default_rng(1).standard_normal((3000, 4)).astype("float32")
    sizes = []
    for kind in ("Flat", f"HNSW{links}"):
        index = faiss.index_factory(4, kind)
        index.add(vectors)
        sizes.append(len(faiss.serialize_index(index)) / 3000)
    assert sizes[1] - sizes[0] == pytest.approx(link_bytes(links), rel=0.005)


# ── cost_per_million ────────────────────────────────────────────────────────────────────────────────────

CASCADE = [Tier("cache", 0.5, 1e-6), Tier("index", 0.9, 2e-3), Tier("model", 1.0, 0.0, 4e-4)]


def test_the_bill_is_that_of_a_million_queries_walked_one_by_one() -> None:
    """Shares that divide a million: the walk counts exactly who reaches which tier."""
    paid = dict.fromkeys(("cache", "index", "model"), 0.0)
    for query in range(1_000_000):
        for tier in CASCADE:
            paid[tier.name] += tier.core_s * 0.05 / 3600 + tier.dollars
            if {"cache": query % 2 == 0, "index": query % 20 != 1, "model": True}[tier.name]:
                break
    assert cost_per_million(CASCADE, 0.05) == pytest.approx(paid, rel=1e-6)


def test_tiers_stand_in_their_order_and_those_of_one_name_are_added_up() -> None:
    twice = [Tier("b", 0.5, dollars=1.0), Tier("a", 0.0, dollars=1.0), Tier("b", 1.0, dollars=1.0)]
    assert list(cost_per_million(twice, 0.0).items()) == [("b", 1.5e6), ("a", 0.5e6)]


def test_a_cascade_that_answers_all_leaves_nothing_to_those_behind() -> None:
    assert cost_per_million([Tier("a", 1.0, dollars=1.0), Tier("b", 1.0, dollars=9.0)], 0.0) == {
        "a": 1e6,
        "b": 0.0,
    }


def test_what_no_tier_answers_is_an_error() -> None:
    with pytest.raises(Unanswered, match=r"0\.05"):
        cost_per_million(CASCADE[:2], 0.05)
    assert cost_per_million([Tier("a", 1 - 1e-10)], 0.05) == {"a": 0.0}
    for tiers, price in (([], 0.05), (CASCADE, -1.0), (CASCADE[:2], math.nan)):
        with pytest.raises(ValueError, match="give at least one"):
            cost_per_million(tiers, price)


# ── bottleneck ──────────────────────────────────────────────────────────────────────────────────────────


@quick
@given(st.lists(st.tuples(st.floats(0.001, 10), st.floats(0.001, 20)), min_size=1, max_size=60))
def test_littles_law_holds_exactly_on_a_finished_path(path: list[tuple[float, float]]) -> None:
    """Rate × mean time = mean number inside, on any path that begins and ends empty; counted by events."""
    now, events = 0.0, []
    for gap, stay in path:
        now += gap
        events += [(now, 1), (now + stay, -1)]
    horizon = max(at for at, _ in events)
    inside, area, last = 0, 0.0, 0.0
    for at, change in sorted(events):
        area += inside * (at - last)
        inside, last = inside + change, at
    rate, mean_stay = len(path) / horizon, sum(stay for _, stay in path) / len(path)
    assert area / horizon == pytest.approx(rate * mean_stay, rel=1e-9)


def test_a_stock_is_full_where_a_simulated_leaf_has_as_many_inside_on_average() -> None:
    """Poisson arrivals at the rate that `bottleneck` names, stays of 20 ms on average: within 2%, 200,000 requests."""
    name, rate = bottleneck([Resource("connections", 50, 1, held_s=0.02)])
    draw = random.Random(1)
    now, events = 0.0, []
    for _ in range(200_000):
        now += draw.expovariate(rate)
        events += [(now, 1), (now + draw.expovariate(50), -1)]
    inside, area, last = 0, 0.0, 0.0
    for at, change in sorted(events):
        area += inside * (at - last)
        inside, last = inside + change, at
    assert name == "connections"
    assert area / now == pytest.approx(50, rel=0.02)


@quick
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1.0, 2.0, 8.0, 64.0]),
            st.sampled_from([0.0, 0.25, 1.0]),
            st.sampled_from([0.0, 1.0, 9.0]),
            st.sampled_from([None, 0.0, 0.5, 2.0]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_at_the_named_rate_one_is_full_and_none_is_over(
    rows: list[tuple[float, float, float, float | None]],
) -> None:
    resources = [Resource(f"r{i}", *row) for i, row in enumerate(rows)]
    name, rate = bottleneck(resources)

    def used(resource: Resource, at: float) -> float:
        held = 1.0 if resource.held_s is None else resource.held_s
        return resource.fixed + (at * resource.per_request * held if resource.per_request * held else 0.0)

    full = [each.name for each in resources if used(each, rate) >= each.capacity]
    if rate == math.inf:
        assert name == "r0"
        assert not any(used(each, 1e12) >= each.capacity for each in resources)
    else:
        assert full[0] == name
        assert all(used(each, rate) <= each.capacity or each.fixed > each.capacity for each in resources)


def test_no_resources_is_an_error() -> None:
    with pytest.raises(ValueError, match="no resources"):
        bottleneck([])


# ── fleet_size ──────────────────────────────────────────────────────────────────────────────────────────


def valid(
    fleet: Fleet, documents: float, rate: float, size: float, work: Work, machine: Machine, copies: int
) -> bool:
    return (
        fleet.shards >= 1
        and fleet.copies >= copies
        and documents * size / fleet.shards <= machine.room
        and rate / fleet.copies * work.seconds(documents / fleet.shards) <= machine.planned * (1 + 1e-12)
    )


@pytest.mark.parametrize("exponent", [0.0, 0.23, 0.7, 1.0])
@pytest.mark.parametrize("rate", [0.0, 10.0, 1_000.0, 40_000.0])
def test_no_fleet_is_smaller_by_more_than_rounding(exponent: float, rate: float) -> None:
    """Brute force over shards ≤ 300 and copies ≤ 120: the fewest shards are best up to one copy's machines."""
    machine, work = Machine(16, 64e9, 0.8), Work(172e-6, 1e6, exponent)
    given_ = (1e7 * 4, rate, 3216.0, work, machine, 2)
    fleet = fleet_size(*given_)
    assert valid(fleet, *given_)
    for fewer in (Fleet(fleet.shards - 1, fleet.copies), Fleet(fleet.shards, fleet.copies - 1)):
        assert not fewer.shards or not valid(fewer, *given_)
    best = min(s * c for s, c in product(range(1, 301), range(1, 121)) if valid(Fleet(s, c), *given_))
    assert fleet.machines - best < fleet.shards


def test_the_fleet_of_the_brief() -> None:
    machine, work = Machine(16, 64e9, 0.8), Work(172e-6, 1e6, 0.23)
    size = document_bytes("float32")
    assert fleet_size(1e9, 1e3, size, work, machine) == Fleet(63, 2)
    assert fleet_size(1e9, 1e6, size, work, machine) == Fleet(63, 34)
    assert Fleet(63, 2).dollars_month(machine) == pytest.approx(126 * 0.8 * 730)


def test_an_exact_fit_takes_no_machine_more() -> None:
    machine = Machine(1, 64.0, 1.0, usable=0.5, busy=0.5)
    assert fleet_size(32, 0, 1.0, Work(1.0), machine) == Fleet(1, 2)
    assert fleet_size(33, 0, 1.0, Work(1.0), machine) == Fleet(2, 2)
    assert fleet_size(32, 0.0625, 1.0, Work(1.0), machine) == Fleet(1, 4)


def test_errors_come_in_their_order() -> None:
    machine, work = Machine(16, 64e9, 0.8), Work(172e-6, 1e6, 0.23)
    for wrong in (
        (0, 1, 1e12, 2),
        (1e9, -1, 1e12, 2),
        (1e9, math.nan, 1, 2),
        (math.nan, 1, 1, 2),
        (1, 1, 1e12, 0),
    ):
        documents, rate, size, copies = wrong
        with pytest.raises(ValueError, match="at least 1, 1 and 0"):
            fleet_size(documents, rate, size, work, machine, copies)
    with pytest.raises(DoesNotFit):
        fleet_size(1e15, 1e12, 64e9, work, machine)
    with pytest.raises(TooLarge, match=f"the most is {MOST_MACHINES:,}"):
        fleet_size(1e9, 1e9, 3216, work, machine)


def test_parts_are_checked_when_they_are_made() -> None:
    wrong = [
        lambda: Machine(0, 1, 1),
        lambda: Machine(1, 0, 1),
        lambda: Machine(1, 1, -1),
        lambda: Machine(1, 1, 1, usable=0),
        lambda: Machine(1, 1, 1, busy=1.1),
        lambda: Work(-1),
        lambda: Work(1, 0),
        lambda: Work(1, 1, 1.5),
        lambda: Tier("a", 1.01),
        lambda: Tier("a", 1, -1),
        lambda: Tier("a", 1, 0, math.inf),
        lambda: Resource("a", 0, 1),
        lambda: Resource("a", 1, -1),
        lambda: Resource("a", 1, 1, math.nan),
        lambda: Resource("a", 1, 1, 0, -1),
    ]
    for make in wrong:
        with pytest.raises(ValueError, match="must be"):
            make()


def test_cutting_sorted_lists_multiplies_a_look_up() -> None:
    """A look-up among n entries takes ⌈log₂⌉ of n + 1 comparisons at most; every list is asked."""
    found = {}
    for shards in (1, 10):
        index = SortedShards(10_000, shards)
        assert [index.find(at) for at in (0, 1234, 9999, 10_000, -1)] == [True, True, True, False, False]
        found[shards] = index.comparisons / 5
        assert found[shards] <= shards * math.ceil(math.log2(10_000 / shards + 1))
    assert found[10] / found[1] > 6
