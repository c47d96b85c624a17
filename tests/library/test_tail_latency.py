"""Day 7's library against enumeration, exact fractions, draws and a simulation of another kind; and the figures that its
lesson tells."""

import itertools
import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from course.checking.port import subject
from course.days.day07_tail_latency.faults import DESIGN, FAULTS, WORLDS, judged, searches
from course.days.day07_tail_latency.interview import HUNDRED, MANY, RACK, REFERENCE
from course.days.day07_tail_latency.pictures import LOADS, SHARE, RunsOn, alone, leaf_times, ran
from course.days.day07_tail_latency.search import CANCELLED, RUNS_ON, leaves_of, measure, waste_of
from course.systems.simulate.deadline import Deadline
from course.systems.simulate.errors import DeadlineExceeded
from course.systems.simulate.fan_out import fan_out_quantile
from course.systems.simulate.hedged_leaves import PAUSE_MS, SERVICE_MS, Leaves, most_busy
from course.systems.simulate.hedged_queues import HedgedServers
from course.systems.simulate.hedging import Hedge
from course.systems.simulate.order_statistics import at_least, beta_quantile

quick = settings(derandomize=True, deadline=None, max_examples=60)


# ── the fan-out ─────────────────────────────────────────────────────────────────────────────────────────


@quick
@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(1, 3), st.data())
def test_the_quantile_is_that_of_all_combinations_of_leaves(
    times: list[int], shards: int, data: st.DataObject
) -> None:
    """Exact: every way in which up to three leaves can take up to four times, counted in fractions."""
    need, q = data.draw(st.integers(1, shards)), data.draw(st.floats(0.01, 0.99))
    done = sorted(sorted(taken)[need - 1] for taken in itertools.product(times, repeat=shards))
    shares = [Fraction(place, len(done)) for place in range(len(done) + 1)]
    assume(all(abs(q - share) > 1e-9 for share in shares))
    expected = done[next(place for place, share in enumerate(shares[1:]) if share >= q)]
    assert fan_out_quantile(times, shards, q, need) == expected


@quick
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.integers(1, 300), st.floats(0.01, 0.99))
def test_it_grows_with_the_shards_and_falls_with_the_need(times: list[float], shards: int, q: float) -> None:
    whole = fan_out_quantile(times, shards, q)
    assert whole <= fan_out_quantile(times, shards + 1, q)
    assert whole == fan_out_quantile(times, shards, q, shards)
    assert fan_out_quantile(times, shards, q, shards - 1) <= whole
    assert fan_out_quantile(times, shards, q, 0) == 0.0


def test_slow_leaves_make_slow_searches() -> None:
    """The published shares, exact: 63.4% of searches with 100 leaves that are slow one time in 100, 18.1% with 2,000 and 1 in 10,000."""
    for slow, shards, share in ((0.01, 100, 0.634), (0.0001, 2000, 0.181), (0.1, 3, 0.271)):
        assert 1 - at_least(shards, shards, np.array(1 - slow)) == pytest.approx(share, abs=5e-4)
        assert beta_quantile((1 - slow) ** shards, shards, shards) == pytest.approx(1 - slow, rel=1e-12)


@pytest.mark.parametrize(("k", "n"), [(1, 1), (1, 5), (3, 5), (5, 5), (19, 20)])
def test_the_beta_quantile_is_the_binomial_sum_in_fractions(k: int, n: int) -> None:
    """Tolerance 1e-12."""
    for tenths in range(1, 10):
        p = Fraction(tenths, 10)
        exact = sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))
        assert at_least(k, n, np.array(float(p))) == pytest.approx(float(exact), rel=1e-12)
        assert beta_quantile(float(exact), k, n) == pytest.approx(float(p), rel=1e-9)


@pytest.mark.parametrize(("k", "value"), [(100, 9.21), (99, 6.51), (95, 4.01), (50, 0.941)])
def test_the_last_leaf_costs_a_third(k: int, value: float) -> None:
    """p99 of the k-th of 100 exponential leaves, against 20,000 draws; tolerance 1%."""
    exact = -math.log(1 - beta_quantile(0.99, k, 100))
    drawn = np.sort(np.random.default_rng(1).standard_exponential((20_000, 100)), axis=1)[:, k - 1]
    assert exact == pytest.approx(value, rel=1e-3)
    assert np.quantile(drawn, 0.99) == pytest.approx(exact, rel=0.01)


def test_what_is_no_question_is_refused() -> None:
    for wrong in (([], 1, 0.5), ([1.0], 0, 0.5), ([1.0], 1, 0.0), ([1.0], 1, 1.0), ([1.0], 1, math.nan)):
        with pytest.raises(ValueError, match="give a time, a shard"):
            fan_out_quantile(*wrong)
    for need in (-1, 3):
        with pytest.raises(ValueError, match=f"{need} of 2 shards"):
            fan_out_quantile([1.0], 2, 0.5, need)


# ── deadlines ───────────────────────────────────────────────────────────────────────────────────────────


@quick
@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0.001, 1), st.floats(0, 1e5))
def test_no_child_outlives_its_parent(at: float, now: float, share: float, reserve: float) -> None:
    parent = Deadline(at)
    if parent.left(now) <= reserve:
        with pytest.raises(DeadlineExceeded, match="no time is left") as late:
            parent.child(now, share, reserve)
        assert (late.value.at_ms, late.value.now) == (at, now)
    else:
        child = parent.child(now, share, reserve)
        assert now <= child.at_ms <= at
        assert child.left(now) <= (at - now - reserve) * share * (1 + 1e-9) + 1e-9
    assert parent.at_ms == at


# ── a request that is sent again ────────────────────────────────────────────────────────────────────────

moves = st.lists(st.sampled_from(["wait", "wake", "answer 0", "answer 1"]), max_size=12)


@quick
@given(st.floats(0, 50), st.floats(-50, 50), moves)
def test_whatever_happens_there_is_one_answer_and_at_most_two_copies(
    delay: float, now: float, happened: list[str]
) -> None:
    request = Hedge(delay)
    actions = request.start(now)
    for each in happened:
        if each == "wait":
            now += delay / 2
        elif each == "wake":
            actions += request.on_time(now)
        elif ("send", int(each[-1])) in actions:
            actions += request.on_answer(int(each[-1]), now)
        assert (request.due() is None) == (len(actions) > 1)
    verbs = [verb for verb, _ in actions]
    assert verbs.count("answer") <= 1
    assert verbs.count("send") <= 2
    assert len(actions) <= 4
    for verb, copy in actions:
        if verb == "cancel":
            assert {("send", copy), ("answer", 1 - copy)} <= {*actions}


def by_streams(busy: float, delay: float, requests: int, seed: int) -> tuple[list[float], int]:
    """What requests take where no loser is cancelled, without a calendar of events: with one delay for all, first and second
    copies each come in order, and on a server first come, first served, an end is known as soon as a copy joins."""
    pool = HedgedServers(lambda: RunsOn(delay), busy, seed=seed)
    pool._draw(requests)
    free, ends = [0.0] * pool.servers, [math.inf] * requests
    joins = [(at, 1, i, 0) for i, at in enumerate(pool._arrivals)]
    joins += [(at + delay, 0, i, 1) for i, at in enumerate(pool._arrivals)]
    sent = 0
    for now, _, i, copy in sorted(joins):
        if copy == 0 or ends[i] > now:
            sent += copy
            server = pool._places[i][copy]
            free[server] = max(now, free[server]) + pool._work[i][copy]
            ends[i] = min(ends[i], free[server])
    return [end - at for end, at in zip(ends, pool._arrivals, strict=True)], sent


@pytest.mark.parametrize(("busy", "delay"), [(0.5, 6.0), (0.7, 9.0), (0.8, 15.0), (0.3, 0.0)])
def test_the_simulation_is_that_of_another_kind(busy: float, delay: float) -> None:
    """10,000 requests; tolerance 1e-9."""
    took, sent = by_streams(busy, delay, 10_000, seed=5)
    found = HedgedServers(lambda: RunsOn(delay), busy, seed=5).run(10_000)
    assert found.mean == pytest.approx(np.mean(took), rel=1e-9)
    assert found.p99 == pytest.approx(np.quantile(took, 0.99), rel=1e-9)
    assert found.extra == sent / 10_000
    assert found.both == 1.0


def _simulated(new: Callable[[float], Hedge], busy: float, delay: float) -> HedgedServers:
    return HedgedServers(lambda: new(delay), busy, seed=2)


@pytest.mark.parametrize("busy", [0.3, 0.4])
def test_to_ask_twice_at_once_pays_below_a_third_and_not_above(busy: float) -> None:
    """Full duplication against M/M/1's means, 1/(1 − λ) and 1/(2(1 − 2λ)), which are equal at λ = 1/3; within 4%."""
    once = _simulated(RunsOn, busy, math.inf).run(40_000).mean
    twice = _simulated(RunsOn, busy, 0.0).run(40_000).mean
    assert once == pytest.approx(1 / (1 - busy), rel=0.04)
    assert twice == pytest.approx(1 / (2 * (1 - 2 * busy)), rel=0.04)
    assert (twice < once) == (busy < 1 / 3)


# ── second copies that feed themselves ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("share", "limit"), [(0.01, 0.889), (0.02, 0.825), (0.05, 0.711), (0.1, 0.615)])
def test_the_limit_is_where_a_fixed_point_is_lost(share: float, limit: float) -> None:
    """The closed form against iteration e ← h·exp(c·e) from 0, and against the model's own search: three digits."""

    def settles(busy: float) -> bool:
        slope, sent = -math.log(share) * busy / (1 - busy), 0.0
        for _ in range(20_000):
            sent = share * math.exp(min(50.0, slope * sent))
        return sent < 1

    def kept(busy: float) -> bool:
        leaves = Leaves(busy, pause=0.0)
        return leaves.settled(leaves.delay(share), RUNS_ON)[0] < 1

    assert most_busy(share) == pytest.approx(limit, abs=5e-4)
    for holds in (settles, kept):
        assert holds(most_busy(share) - 1e-3)
        assert not holds(most_busy(share) + 1e-3)


def test_the_model_is_what_the_simulation_does() -> None:
    """40,000 requests: p99 within 4% where the loser runs on; where it is cancelled the model is the dearer one."""
    for busy in LOADS:
        leaves = Leaves(busy, pause=0.0)
        delay = leaves.delay(SHARE)
        for kind, waste in (("the loser runs on", RUNS_ON), ("the loser is cancelled", CANCELLED)):
            settled, extra = leaves.settled(delay, waste)
            p99, found = leaves.search(0.99, 1, 1, settled, delay) / SERVICE_MS, ran(kind, busy)
            if waste == CANCELLED:
                assert found.p99 <= p99
                assert found.extra <= extra
            elif settled < 1:
                assert found.p99 == pytest.approx(p99, rel=0.04)
                assert found.extra == pytest.approx(extra, rel=0.06)
            else:
                assert found.p99 > 10 * alone(busy)


def test_what_the_tables_of_run_tell() -> None:
    on, cancelled = (
        [ran(kind, busy) for busy in LOADS] for kind in ("the loser runs on", "the loser is cancelled")
    )
    assert [round(each.extra, 2) for each in on] == [0.06, 0.07, 0.10, 0.68, 0.67]
    assert [round(each.p99) for each in on] == [8, 10, 15, 342, 386]
    assert (round(cancelled[-1].extra, 3), round(cancelled[-1].p99, 1)) == (0.028, 16.7)
    assert [round(each.both, 2) for each in cancelled] == [0.57, 0.48, 0.38, 0.34, 0.28]
    times = leaf_times(100_000)
    assert fan_out_quantile(times, 2000, 0.99) == max(times)


# ── whole searches ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("world", WORLDS)
def test_the_model_knows_each_world_that_is_drawn(world: str) -> None:
    """30,000 searches of 100 leaves, two copies each: p99 within 2%, p99.9 within 5%."""
    leaves, delay = leaves_of(DESIGN, HUNDRED | WORLDS[world])
    busy, _ = leaves.settled(delay, CANCELLED)
    drawn = np.quantile(searches(WORLDS[world]), (0.99, 0.999))
    for q, found, within in zip((0.99, 0.999), drawn, (0.02, 0.05), strict=True):
        assert found == pytest.approx(leaves.search(q, 100, 100, busy, delay), rel=within)


def test_the_model_knows_answers_that_do_not_wait_for_all() -> None:
    """95 of 100, and slower leaves: 20,000 draws within 2%."""
    leaves = Leaves(0.6, slower=1.2, pause=0.01)
    rng, delay = np.random.default_rng(3), 40.0
    first, second = (
        rng.exponential(1.2 * SERVICE_MS / 0.4, (20_000, 100)) + PAUSE_MS * (rng.random((20_000, 100)) < 0.01)
        for _ in range(2)
    )
    drawn = np.sort(np.minimum(first, delay + second), axis=1)[:, 94]
    assert np.quantile(drawn, 0.99) == pytest.approx(leaves.search(0.99, 95, 100, 0.6, delay), rel=0.02)
    assert (first > delay).mean() == pytest.approx(leaves.late(np.array(delay), 0.6, 0.01), rel=0.02)


def test_what_section_5_tells_of_each_fault() -> None:
    """p99 in ms and requests sent twice in %, with the loser cancelled and running on."""
    table = {
        "a third of the machines is lost": (177, 7.7, math.inf, 100),
        "pauses come twice as often": (102, 5.4, 103, 6.0),
        "a tenth of the pauses hits both replicas": (118, 5.5, 119, 6.1),
        "all leaves pause at the same time": (71, 5.5, 73, 6.1),
        "leaves are 1.2 times slower": (117, 19.6, math.inf, 100),
    }
    for fault, told in table.items():
        found = [measure(DESIGN, HUNDRED | FAULTS[fault], waste) for waste in (CANCELLED, RUNS_ON)]
        assert [value for each in found for value in (each["p99"], 100 * each["extra"])] == pytest.approx(
            told, rel=0.01
        )
    calm = [measure(DESIGN, HUNDRED, waste)["p99"] for waste in (CANCELLED, RUNS_ON)]
    assert calm == pytest.approx([81, 83.2], rel=0.005)


def test_what_independence_was_worth() -> None:
    """Drawn over formula: p99 and p99.9, as the lesson rounds them."""
    leaves, delay = leaves_of(DESIGN, HUNDRED)
    busy, _ = leaves.settled(delay, CANCELLED)
    formula = np.array([leaves.search(q, 100, 100, busy, delay) for q in (0.99, 0.999)])
    worth = {name: np.quantile(searches(world), (0.99, 0.999)) / formula for name, world in WORLDS.items()}
    assert worth["each server by itself"] == pytest.approx([1.01, 1.04], abs=0.006)
    assert worth["a tenth hits both replicas"] == pytest.approx([1.47, 1.23], abs=0.006)
    assert worth["all leaves at the same time"] == pytest.approx([0.88, 1.33], abs=0.006)


def test_what_the_rubrics_tell_of_the_interview() -> None:
    found = {
        name: measure(REFERENCE[name], load, CANCELLED)["p99"]
        for name, load in (("traffic", MANY), ("thousands", MANY))
    }
    assert [round(value) for value in found.values()] == [115, 50]
    assert round(measure(REFERENCE["whole"], RACK, CANCELLED)["p99"]) == 142
    richer = measure({**REFERENCE["whole"], "cores": 375}, MANY, CANCELLED)
    fewer = measure({**DESIGN, "hedge": 0.02}, HUNDRED, CANCELLED)
    assert [round(each["p99"]) for each in (richer, fewer)] == [112, 91]


def test_what_a_filter_costs_that_must_answer() -> None:
    """Refused in a million, and answers a second that nobody judged; the time is the same within 1 ms."""
    for world, refused in (("each server by itself", 56), ("a tenth hits both replicas", 549)):
        anyone, filtered = judged(WORLDS[world]).values()
        assert (anyone.without, filtered.without) == (100, 0)
        assert (anyone.refused, round(filtered.refused)) == (0, refused)
        assert 0 <= filtered.p99 - anyone.p99 < 1


def test_what_becomes_of_the_loser_is_seen() -> None:
    assert waste_of(subject(Hedge)) == CANCELLED
    assert waste_of(subject(RunsOn)) == RUNS_ON
