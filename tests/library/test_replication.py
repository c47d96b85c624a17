"""Day 5's library against closed forms, published fits, event sets and brute force. Under 6 s."""

import itertools
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.systems.cluster.errors import BadQuorum, NoQuorum
from course.systems.cluster.linearizable import Operation, linearizable
from course.systems.cluster.quorum import Quorum
from course.systems.cluster.staleness import down, measured, misses
from course.systems.cluster.versions import Version, compare, latest, merged, reconcile

clocks = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), max_size=3)


# ── clocks and versions ─────────────────────────────────────────────────────────────────────────────────


@given(clocks, clocks)
def test_a_clock_is_the_set_of_events_that_it_has_seen(a: dict[str, int], b: dict[str, int]) -> None:
    """Against the sets themselves: {(writer, 1), …, (writer, count)}."""
    one, two = ({(who, n) for who, count in each.items() for n in range(count)} for each in (a, b))
    told = {
        (True, True): "equal",
        (True, False): "before",
        (False, True): "after",
        (False, False): "concurrent",
    }
    assert compare(a, b) == told[one <= two, two <= one]
    both = {who: count for who, count in merged([a, b]).items() if count}
    assert {(who, n) for who, count in both.items() for n in range(count)} == one | two


def version(value: str, clock: dict[str, int], stamp: float = 0.0, writer: str = "a") -> Version:
    return {"value": value, "clock": clock, "stamp": stamp, "writer": writer}


def test_what_was_seen_goes_and_what_was_not_stays_in_any_order() -> None:
    old, one, two = (
        version("old", {"a": 1}),
        version("one", {"a": 2}),
        version("two", {"a": 1, "b": 1}, 1.0, "b"),
    )
    both = version("both", {"a": 2, "b": 2}, -5.0)
    for order in itertools.permutations((old, one, two, one)):
        assert sorted(each["value"] for each in reconcile(order)) == ["one", "two"]
        assert latest(order) == [two]
        assert reconcile([*order, both]) == latest([*order, both]) == [both]
    assert reconcile([]) == latest([]) == []
    lost = [version("x", {"a": 1}), version("y", {"a": 1})]
    assert reconcile(lost) == lost, "a client that lost its own count: both stay"


# ── quorums ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("copies", "r", "w"), [(3, 1, 1), (3, 1, 2), (3, 2, 1), (5, 2, 2), (3, 2, 2), (5, 3, 3)]
)
def test_reads_miss_as_often_as_the_closed_form_says(copies: int, r: int, w: int) -> None:
    """Random w copies hold it, a random order of answers: within three standard errors of C(N−W, R) / C(N, R)."""
    missed, trials, draw = 0, 4000, random.Random(5)
    for trial in range(trials):
        quorum = Quorum(copies, r, 1, seed=trial)
        new = version("new", {"a": 1})
        for index in draw.sample(range(copies), w):
            quorum.network.replicas[index].put("k", new)
        missed += quorum.read("k") == []
    expected = misses(copies, r, w)
    assert missed / trials == pytest.approx(
        expected, abs=3 * (expected * (1 - expected) / trials) ** 0.5 + 1e-12
    )


def test_the_published_k_staleness_of_one_of_three() -> None:
    """PBS, section 2: N = 3, R = W = 1, fresh within 1, 2, 3, 5, 10 versions."""
    assert [round(1 - misses(3, 1, 1, k), 3) for k in (1, 2, 3, 5, 10)] == [0.333, 0.556, 0.704, 0.868, 0.983]


def test_overlapping_quorums_see_every_acknowledged_write_in_every_pattern_of_failure() -> None:
    """N = 3, R = W = 2: all 8 × 8 patterns of who is down at the write and at the read."""
    for patterns in itertools.product(itertools.product((True, False), repeat=3), repeat=2):
        quorum = Quorum(3, 2, 2, seed=1)
        at_write, at_read = patterns
        for replica, up in zip(quorum.network.replicas, at_write, strict=True):
            replica.up = up
        written: Any = None
        if sum(at_write) < 2:
            with pytest.raises(NoQuorum):
                quorum.write("k", "v", [], "a", 0.0)
        else:
            written = quorum.write("k", "v", [], "a", 0.0)
        for replica, up in zip(quorum.network.replicas, at_read, strict=True):
            replica.up = up
        if sum(at_read) < 2:
            with pytest.raises(NoQuorum):
                quorum.read("k")
        elif written:
            assert quorum.read("k") == [written]


def test_a_repair_before_the_answer_keeps_new_then_old_from_happening() -> None:
    """A write that reached one of three: two reads of two, by other clients, over 200 orders of answers."""
    seen = 0
    for seed in range(200):
        quorum = Quorum(3, 2, 2, seed=seed)
        quorum.network.replicas[0].put("k", version("new", {"a": 1}))
        first, second = quorum.read("k"), quorum.read("k")
        seen += bool(first)
        assert not (first and not second)
    assert 100 < seen < 165, "two thirds of the first readers meet it"


def test_messages_are_counted_and_late_ones_arrive() -> None:
    quorum = Quorum(5, 2, 2, seed=3)
    new = quorum.write("k", "v", [{"b": 4}], "a", 1.0)
    assert new["clock"] == {"a": 1, "b": 4}
    assert sum(bool(replica.get("k")) for replica in quorum.network.replicas) == 2
    quorum.network.deliver()
    assert [replica.get("k") for replica in quorum.network.replicas] == [[new]] * 5
    assert (quorum.read("k"), quorum.network.messages) == ([new], 10)
    for bad in ((3, 0, 1), (3, 4, 1), (3, 1, 0), (3, 1, 4)):
        with pytest.raises(BadQuorum):
            Quorum(*bad)


# ── staleness ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("r", "w", "fresh"), [(1, 1, 0.437), (2, 1, 0.763), (1, 2, 0.712)])
def test_fresh_reads_on_disks_are_as_often_as_the_fits_give(r: int, w: int, fresh: float) -> None:
    """PBS's LNKD-DISK at N = 3, at the moment of the acknowledgement: within .01."""
    assert 1 - measured(3, r, w)["stale"] == pytest.approx(fresh, abs=0.01)


def test_strict_quorums_miss_nothing_and_a_stand_in_voids_the_promise() -> None:
    assert (
        measured(3, 2, 2)["stale"] == measured(5, 3, 3, lag=30.0)["stale"] == measured(3, 3, 1)["stale"] == 0
    )
    assert measured(3, 2, 2, stand_in=True)["stale"] > 0.1


def test_who_finds_no_quorum_is_exact() -> None:
    assert 1e6 * down(3, 2, 0.005) == pytest.approx(74.75)
    total = sum(
        np.prod([0.9 if up else 0.1 for up in pattern])
        for pattern in itertools.product((True, False), repeat=5)
        if sum(pattern) < 3
    )
    assert down(5, 3, 0.1) == pytest.approx(float(total))


# ── linearizability ─────────────────────────────────────────────────────────────────────────────────────


def brute(history: list[Operation]) -> bool:
    """Every order of the operations, tried."""
    for order in itertools.permutations(history):
        value, good = "", True
        for place, each in enumerate(order):
            good &= each.kind == "write" or each.value == value
            good &= all(later.end >= each.start for later in order[place + 1 :])
            value = each.value
        if good:
            return True
    return False


def test_the_search_agrees_with_every_order_tried() -> None:
    draw, verdicts = random.Random(7), []
    for _ in range(1000):
        history = []
        for _ in range(draw.randrange(6)):
            start = draw.randrange(10)
            end = start + draw.randrange(1, 6)
            history.append(Operation(draw.choice(("read", "write")), draw.choice(("", "1", "2")), start, end))
        verdicts.append(linearizable(history))
        assert verdicts[-1] == brute(history), history
    assert 300 < sum(verdicts) < 800


def test_new_then_old_is_not_one_copy() -> None:
    write = Operation("write", "new", 0, 10)
    assert linearizable([write, Operation("read", "", 1, 2), Operation("read", "new", 3, 4)])
    assert not linearizable([write, Operation("read", "new", 1, 2), Operation("read", "", 3, 4)])
