"""Day 4's library against uhashring, published algorithms and exact formulas."""

import math
from collections import Counter
from statistics import mean

import pytest
import uhashring
from hypothesis import given, settings
from hypothesis import strategies as st

from course.systems.cluster.bounded_loads import bounded_owners
from course.systems.cluster.errors import DuplicateNode, EmptyRing, UnknownNode
from course.systems.cluster.holders import holders
from course.systems.cluster.jump import jump_hash
from course.systems.cluster.position import position
from course.systems.cluster.rendezvous import rendezvous_owner
from course.systems.cluster.ring import HashRing, moved_share

KEYS = [f"user:{i}" for i in range(20_000)]
NODES = [f"cache-{i:02d}" for i in range(24)]
quick = settings(derandomize=True, deadline=None, max_examples=60)
names = st.lists(st.text(min_size=1, max_size=6), unique=True, min_size=1, max_size=8)


def ring_of(nodes: list[str], vnodes: int = 100) -> HashRing:
    ring = HashRing(vnodes)
    for node in nodes:
        ring.add(node)
    return ring


def owners(ring: HashRing, keys: list[str] = KEYS) -> dict[str, str]:
    return {key: ring.lookup(key) for key in keys}


def peak(counts: Counter[str], nodes: int) -> float:
    return max(counts.values()) * nodes / counts.total()


def test_a_node_that_joins_takes_its_share_and_nothing_else_moves() -> None:
    ring = ring_of(NODES)
    before = owners(ring)
    ring.add("cache-24")
    after = owners(ring)
    assert {after[key] for key in KEYS if after[key] != before[key]} == {"cache-24"}
    # 1/25 of the keys, within four standard deviations of a share made of 100 arcs.
    assert moved_share(before, after) == pytest.approx(1 / 25, rel=4 / math.sqrt(100))


def test_load_spread_agrees_with_uhashring_at_the_same_number_of_points() -> None:
    """Placement differs (another hash); the spread of shares is the same statistic: mean of 12 rings, within 15%."""
    ours, theirs = [], []
    for trial in range(12):
        nodes = [f"t{trial}-{node}" for node in NODES]
        ours.append(peak(Counter(owners(ring_of(nodes, 160)).values()), len(nodes)))
        peer = uhashring.HashRing(nodes=nodes, vnodes=40, replicas=4)
        theirs.append(peak(Counter(peer.get_node(key) for key in KEYS), len(nodes)))
    assert mean(ours) == pytest.approx(mean(theirs), rel=0.15)


def test_one_point_a_node_gives_the_busiest_the_harmonic_number() -> None:
    """The longest of n random arcs is H_n/n on average (Rényi 1953); 200 rings, within 8% (three standard errors)."""
    longest = []
    for trial in range(200):
        points = sorted(position(f"{trial}/{node}#0") for node in NODES)
        arcs = [b - a for a, b in zip(points, [*points[1:], points[0] + 2**64], strict=True)]
        longest.append(max(arcs) / 2**64 * len(NODES))
    assert mean(longest) == pytest.approx(sum(1 / k for k in range(1, 25)), rel=0.08)


def test_weights_give_shares_in_proportion() -> None:
    ring = HashRing(400)
    for node, weight in {"small": 1.0, "double": 2.0, "half": 0.5}.items():
        ring.add(node, weight)
    counts = Counter(owners(ring).values())
    assert counts["double"] / counts["small"] == pytest.approx(2, rel=0.25)
    assert counts["half"] / counts["small"] == pytest.approx(0.5, rel=0.25)


@quick
@given(names, st.integers(1, 5))
def test_the_order_of_joining_does_not_matter(nodes: list[str], vnodes: int) -> None:
    assert ring_of(nodes, vnodes).points == ring_of(nodes[::-1], vnodes).points


@quick
@given(names, st.integers(1, 5), st.text(max_size=5))
def test_lookup_is_the_first_point_clockwise(nodes: list[str], vnodes: int, key: str) -> None:
    ring = ring_of(nodes, vnodes)
    at_or_after = [point for point in ring.points if point[0] >= position(key)]
    assert ring.lookup(key) == min(at_or_after or ring.points)[1]


@quick
@given(names, st.integers(1, 5))
def test_removing_undoes_adding(nodes: list[str], vnodes: int) -> None:
    ring = ring_of(nodes[1:], vnodes)
    before = list(ring.points)
    ring.add(nodes[0])
    ring.remove(nodes[0])
    assert ring.points == before


def test_a_lookup_costs_the_logarithm_of_the_points() -> None:
    ring = HashRing(100, counted=True)
    for node in NODES:
        ring.add(node)
    start = ring.comparisons
    for key in KEYS[:1000]:
        ring.lookup(key)
    assert (ring.comparisons - start) / 1000 <= math.log2(len(ring.points)) + 1


@quick
@given(names, st.lists(st.text(max_size=3), max_size=80), st.sampled_from([0.1, 0.25, 1.0]))
def test_no_node_goes_above_its_bound_and_all_requests_are_served(
    nodes: list[str], requests: list[str], epsilon: float
) -> None:
    placed = bounded_owners(ring_of(nodes, 3), requests, epsilon)
    bound = math.ceil((1 + epsilon) * len(requests) / len(nodes))
    assert len(placed) == len(requests)
    assert max(Counter(placed).values(), default=0) <= bound


def test_a_wide_bound_is_plain_consistent_hashing() -> None:
    ring = ring_of(NODES)
    assert bounded_owners(ring, KEYS, 100.0) == [ring.lookup(key) for key in KEYS]


def test_one_hot_key_spills_over_no_more_nodes_than_it_needs() -> None:
    ring = ring_of(NODES)
    counts = Counter(bounded_owners(ring, ["celebrity"] * 2400, 0.25))
    assert max(counts.values()) == 125
    assert len(counts) == math.ceil(2400 / 125)


@quick
@given(names, st.integers(1, 8), st.integers(1, 4), st.text(max_size=8))
def test_the_holders_are_who_owns_the_key_as_one_holder_after_the_other_dies(
    nodes: list[str], vnodes: int, copies: int, key: str
) -> None:
    ring = ring_of(nodes, vnodes)
    expected: list[str] = []
    answer = holders(ring, key, copies)
    while ring.weights and len(expected) < copies:
        expected.append(ring.lookup(key))
        ring.remove(expected[-1])
    assert answer == expected


def test_jump_hash_moves_only_into_the_new_bucket_and_only_its_share() -> None:
    keys = [position(key) for key in KEYS]
    moved = [key for key in keys if jump_hash(key, 24) != jump_hash(key, 25)]
    assert {jump_hash(key, 25) for key in moved} == {24}
    assert len(moved) / len(keys) == pytest.approx(1 / 25, rel=0.1)


def test_jump_hash_gives_the_published_values() -> None:
    """Guava's `Hashing.consistentHash` is the paper's algorithm; these are the golden values of its test."""
    first_20 = [0, 55, 62, 8, 45, 59, 86, 97, 82, 59, 73, 37, 17, 56, 86, 21, 90, 37, 38, 83]
    assert [jump_hash(key, 100) for key in range(20)] == first_20
    large = {10863919174838991: 6, 2016238256797177309: 3, 1673758223894951030: 5}
    assert {key: jump_hash(key, 11) for key in large} == large
    assert [jump_hash(key, 100_001) for key in (2, 2201, 2202)] == [80343, 22152, 15018]


def test_rendezvous_moves_only_the_lost_node_s_keys_and_respects_weights() -> None:
    weights = dict.fromkeys(NODES, 1.0) | {"big": 2.0}
    keys = KEYS[:6000]
    before = {key: rendezvous_owner(key, weights) for key in keys}
    rest = {node: weight for node, weight in weights.items() if node != "cache-03"}
    assert all(rendezvous_owner(key, rest) == before[key] for key in keys if before[key] != "cache-03")
    # Binomial share 2/26 of 6,000 keys, four standard deviations.
    share = Counter(before.values())["big"] / len(keys)
    assert share == pytest.approx(2 / 26, abs=4 * math.sqrt(2 / 26 * 24 / 26 / len(keys)))


def test_moved_share_weighs_by_load() -> None:
    before, after = {"a": "x", "b": "x", "c": "y"}, {"a": "x", "b": "y", "d": "y"}
    assert moved_share(before, after) == pytest.approx(2 / 3)
    assert moved_share(before, after, {"a": 6.0, "b": 1.0, "c": 1.0}) == pytest.approx(0.25)
    assert moved_share({}, after) == 0.0
    assert moved_share(before, after, {}) == 0.0


def test_errors_are_named() -> None:
    with pytest.raises(EmptyRing):
        HashRing().lookup("k")
    with pytest.raises(EmptyRing):
        bounded_owners(HashRing(), ["k"], 0.5)
    ring = ring_of(["a"])
    with pytest.raises(DuplicateNode):
        ring.add("a")
    with pytest.raises(UnknownNode):
        ring.remove("b")
    with pytest.raises(ValueError, match="above 0"):
        ring.add("b", weight=0)
    with pytest.raises(ValueError, match="above 0"):
        bounded_owners(ring, ["k"], 0.0)
    with pytest.raises(ValueError, match="at least 1"):
        jump_hash(1, 0)
    assert ring.weights == {"a": 1.0}


@pytest.mark.parametrize("wrong", [0, -1.0, math.nan, math.inf, -math.inf])
def test_weight_and_epsilon_are_finite_numbers_above_0(wrong: float) -> None:
    ring = ring_of(["a", "b"], 3)
    with pytest.raises(ValueError, match=r"the weight of 'c' is .*; it must be a finite number above 0"):
        ring.add("c", weight=wrong)
    assert set(ring.weights) == {"a", "b"}, "nothing has changed"
    with pytest.raises(DuplicateNode):
        ring.add("a", weight=wrong)
    for nodes, requests in ((["a", "b"], ["x"]), (["a", "b"], []), ([], [])):
        with pytest.raises(ValueError, match=r"epsilon is .*; it must be a finite number above 0"):
            bounded_owners(ring_of(nodes, 3), requests, wrong)
