"""Day 6's library against cachetools, King's exact hit rate, Che's approximation, the law of early expiry, and real threads."""

import contextlib
import itertools
import math
import random
import threading
from collections import Counter

import cachetools
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from course.systems.cluster.callers import Callers
from course.systems.cluster.early_expiry import xfetch_due
from course.systems.cluster.errors import WaitsElsewhere
from course.systems.cluster.frequency_sketch import CAP, FrequencySketch
from course.systems.cluster.hot_page import Chances, expiries, grid
from course.systems.cluster.lru import LRU
from course.systems.cluster.single_flight import SingleFlight
from course.systems.cluster.tinylfu import TinyLFU
from course.systems.cluster.w_tinylfu import WTinyLFU, ages
from course.systems.safety.errors import DeadlockError, EndlessScheduleError
from course.systems.safety.interleaving import Interleaver, explore

texts = st.text(max_size=2)


def zipf(number: int, items: int, exponent: float, seed: int) -> list[str]:
    """``number`` reads by Zipf's law."""
    ends = np.cumsum(1 / np.arange(1.0, items + 1) ** exponent)
    drawn = np.searchsorted(ends / ends[-1], np.random.default_rng(seed).random(number))
    return [f"k{each}" for each in drawn.tolist()]


def hits(capacity: int, reads: list[str]) -> list[bool]:
    """Whether each read of an LRU is a hit."""
    kept: LRU[int] = LRU(capacity)
    found = []
    for read in reads:
        found.append(read in kept)
        if kept.get(read) is None:
            kept.put(read, 1)
    return found


# ── LRU ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_lru_is_that_of_cachetools_read_for_read() -> None:
    kept: LRU[int] = LRU(50)
    peer: cachetools.LRUCache[str, int] = cachetools.LRUCache(50)
    for read in zipf(20_000, 5000, 1.3, 1):
        assert kept.get(read) == peer.get(read)
        if read not in peer:
            before = {*peer}
            peer[read] = 1
            gone = before - {*peer}
            assert kept.put(read, 1) == (gone.pop() if gone else None)
    assert {*kept.keys()} == {*peer}
    assert len(kept) == 50
    assert kept.victim() == peer.popitem()[0]


@pytest.mark.parametrize(("capacity", "exact"), [(1, 0.2249), (2, 0.4176), (3, 0.5802), (5, 0.8285)])
def test_the_hit_rate_is_kings(capacity: int, exact: float) -> None:
    """King 1971: in the steady state an LRU holds the ordered items i1 … ic with probability Π p(ij) / (1 − p(i1) − … − p(ij−1))."""
    weights = [1 / rank for rank in range(1, 8)]
    shares = [weight / sum(weights) for weight in weights]
    rate = 0.0
    for held in itertools.permutations(range(7), capacity):
        chance, left = 1.0, 1.0
        for item in held:
            chance *= shares[item] / left
            left -= shares[item]
        rate += chance * (1 - left)
    assert rate == pytest.approx(exact, abs=5e-5)
    found = hits(capacity, zipf(100_000, 7, 1.0, 2))
    assert np.mean(found) == pytest.approx(rate, abs=0.005)


@pytest.mark.parametrize(("exponent", "capacity"), [(0.8, 1000), (1.0, 100), (1.0, 1000), (1.2, 1000)])
def test_the_hit_rate_is_ches(exponent: float, capacity: int) -> None:
    """Che, Tung and Wang 2002: Σ p(1 − e^(−pT)), where Σ (1 − e^(−pT)) is the capacity; within one point."""
    weights = np.arange(1.0, 100_001) ** -exponent
    shares = weights / weights.sum()
    time = brentq(lambda t: (1 - np.exp(-shares * t)).sum() - capacity, 1, 1e8)
    reads = zipf(150_000, 100_000, exponent, 3)
    found = hits(capacity, reads)
    assert np.mean(found[50_000:]) == pytest.approx(
        float((shares * (1 - np.exp(-shares * time))).sum()), abs=0.01
    )


def test_a_cache_of_nothing_and_of_less() -> None:
    empty: LRU[int] = LRU(0)
    assert empty.put("a", 1) == "a"
    assert "a" not in empty
    with pytest.raises(LookupError, match="put one first"):
        empty.victim()
    with pytest.raises(ValueError, match="at least 0"):
        LRU[int](-1)


# ── admission ───────────────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(st.lists(texts), st.integers(1, 9), st.integers(1, 8))
def test_an_estimate_is_never_too_low_between_halvings(stream: list[str], width: int, depth: int) -> None:
    sketch = FrequencySketch(width, depth)
    true: Counter[str] = Counter()
    for number, key in enumerate(stream, start=1):
        sketch.record(key)
        true[key] += 1
        if number % 7 == 0:
            sketch.halve()
            true = Counter({key: min(count, CAP) // 2 for key, count in true.items()})
        assert all(min(count, CAP) <= sketch.estimate(key) <= CAP for key, count in true.items())
    assert sketch.halvings == len(stream) // 7


@settings(max_examples=50, deadline=None)
@given(st.lists(texts, min_size=1), st.integers(1, 20))
def test_a_policy_ages_as_a_table_of_exact_counts_does(stream: list[str], sample: int) -> None:
    """In a wide sketch, against a dict with the same rule."""
    policy, counts, seen = TinyLFU(sample, 1024), Counter[str](), 0
    for key in stream:
        policy.record(key)
        counts[key] = min(counts[key] + 1, CAP)
        seen += 1
        if seen >= sample:
            counts, seen = Counter({k: count // 2 for k, count in counts.items()}), seen // 2
    assert policy.seen == seen
    for one, two in itertools.product(dict.fromkeys(stream), repeat=2):
        assert policy.admit(one, two) == (counts[one] > counts[two])


def test_with_a_window_of_one_it_is_a_plain_lru() -> None:
    reads = zipf(20_000, 5000, 1.0, 4)
    assert WTinyLFU(50, 1.0, TinyLFU(500, 200)).replay(reads) == hits(50, reads)


def test_a_crawler_costs_an_lru_a_fifth_of_its_hits_and_admission_half_of_that() -> None:
    people, draw = zipf(20_000, 10_000, 1.0, 5), random.Random(5)
    reads = [(f"crawled {n}" if draw.random() < 0.5 else read) for n, read in enumerate(people)]
    mine = [not read.startswith("crawled") for read in reads]

    def rate(window: float) -> float:
        found = WTinyLFU(200, window, TinyLFU(2000, 800)).replay(reads)
        return float(np.mean([each for each, person in zip(found, mine, strict=True) if person]))

    calm = float(np.mean(hits(200, people)))
    assert 0.75 < rate(1.0) / calm < 0.82
    assert 0.97 < rate(0.1) / calm < 1.05


def test_ages_are_those_of_a_cache_that_keeps_when_each_was_computed() -> None:
    reads = zipf(3000, 200, 1.0, 6)
    times = np.cumsum(np.random.default_rng(6).exponential(1.0, len(reads))).tolist()
    cache, kept = WTinyLFU(40, 0.2, TinyLFU(400, 160)), dict[str, float]()
    expected: list[float | None] = []
    found = []
    for read, now in zip(reads, times, strict=True):
        there = cache.read(read)
        found.append(there)
        held = {*cache.window.keys(), *cache.main.keys(), read}
        kept = {key: born for key, born in kept.items() if key in held}
        fresh = there and now - kept[read] < 30
        expected.append(now - kept[read] if fresh else None)
        if not fresh:
            kept[read] = now
    assert ages(reads, times, found, 30) == expected


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        TinyLFU(0, 8)
    for width, depth in ((0, 4), (8, 0), (8, 9)):
        with pytest.raises(ValueError, match="1 to 8 rows"):
            FrequencySketch(width, depth)


# ── early expiry ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_a_read_is_early_with_the_published_chance(beta: float) -> None:
    """By definition of −βδ ln u: P(lead > t) = e^(−t/βδ), by drawn u (2,000, four standard errors) and by halving."""
    draw, delta = random.Random(7), 2.0
    for left in (0.5, 2.0, 6.0):
        exact = math.exp(-left / (beta * delta))
        early = [xfetch_due(100.0, 100.0 + left, delta, beta, 1 - draw.random()) for _ in range(2000)]
        assert np.mean(early) == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 2000))
        assert Chances(xfetch_due).at([left], delta, beta)[0] == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0, 4.0])
def test_computations_at_an_expiry_are_e_to_one_over_beta_at_any_rate(beta: float) -> None:
    """The mean of 20,000 expiries within four standard errors; the first begins βδ(ln λβδ + 0.5772) seconds early."""
    lefts = grid(10_000, 2.0, beta)
    chances = Chances(xfetch_due).at(lefts, 2.0, beta)
    for rate in (100.0, 10_000.0):
        found = expiries(lefts, chances, rate, 2.0, 20_000, 8)
        error = found.computed.std() / math.sqrt(len(found.computed))
        assert found.computed.mean() == pytest.approx(math.exp(1 / beta), abs=4 * error)
        lead = beta * 2.0 * (math.log(rate * beta * 2.0) + 0.5772)
        assert found.leads.mean() == pytest.approx(lead, rel=0.01)


def test_expiries_are_those_of_reads_played_one_by_one() -> None:
    """20 reads a second, δ = 1 s, β = 1: 600 expiries by a loop over every read, against 20,000 that were drawn at once."""
    rng, rate, delta = np.random.default_rng(9), 20.0, 1.0
    leads, computed = [], []
    for _ in range(600):
        times = np.cumsum(rng.exponential(1 / rate, 500)) - 12.0
        draws = 1 - rng.random(500)
        early = [
            now
            for now, u in zip(times.tolist(), draws.tolist(), strict=True)
            if now < 2 and xfetch_due(now, 0.0, delta, 1.0, u)
        ]
        leads.append(-early[0])
        computed.append(sum(now < early[0] + delta for now in early))
    lefts = grid(1000, delta, 1.0)
    drawn = expiries(lefts, Chances(xfetch_due).at(lefts, delta, 1.0), rate, delta, 20_000, 10)
    assert np.mean(computed) == pytest.approx(
        float(drawn.computed.mean()), abs=4 * np.std(computed) / math.sqrt(600)
    )
    assert np.mean(leads) == pytest.approx(float(drawn.leads.mean()), abs=4 * np.std(leads) / math.sqrt(600))


def test_without_early_refresh_every_server_computes() -> None:
    found = expiries([], [], 2000.0, 2.0, 100, 11)
    assert found.computed.mean() == pytest.approx(4001, rel=0.01)
    assert found.flights(40) == pytest.approx(40)
    assert (found.leads < 0).all()


@pytest.mark.parametrize(
    "wrong",
    [
        (0, 1, 1, 1, 0.0),
        (0, 1, 1, 1, 1.1),
        (0, 1, -1, 1, 0.5),
        (0, 1, 1, math.inf, 0.5),
        (math.nan, 1, 1, 1, 0.5),
    ],
)
def test_what_is_no_draw_and_no_duration_is_refused(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="see the limits"):
        xfetch_due(*wrong)


# ── single flight ───────────────────────────────────────────────────────────────────────────────────────


class Counted(threading.Event):
    """An event that says how many have come to wait for it."""

    def __init__(self, came: threading.Semaphore) -> None:
        super().__init__()
        self.came = came

    def wait(self, timeout: float | None = None) -> bool:
        self.came.release()
        return super().wait(timeout)


@pytest.mark.parametrize("waiters", [0, 1, 50])
@pytest.mark.parametrize("fails", [False, True])
def test_a_flight_loads_once_for_all_who_wait(waiters: int, fails: bool) -> None:
    """Plain threads and Python's own lock: the load ends when all have come to wait, and nobody sleeps."""
    came = threading.Semaphore(0)
    flights: SingleFlight[str] = SingleFlight(event=lambda: Counted(came))
    started = threading.Event()
    loads: list[int] = []
    got: list[object] = []

    def load() -> str:
        loads.append(1)
        started.set()
        for _ in range(waiters):
            came.acquire()
        if fails:
            raise KeyboardInterrupt("stop")
        return "page"

    def ask() -> None:
        try:
            got.append(flights.do("k", load))
        except KeyboardInterrupt as error:
            got.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(waiters + 1)]
    threads[0].start()
    started.wait()
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert flights.flights == {}
    if fails:
        assert got == ["stop"] * (waiters + 1)
    else:
        assert sorted(map(str, got)) == sorted(map(str, [("page", False), *[("page", True)] * waiters]))


def test_in_every_order_of_steps_a_flight_is_as_it_says() -> None:
    for does in ("", "KeyError"):
        assert (
            Callers(SingleFlight).orders([("ann", [("k", does)]), ("ben", [("k", does), ("k", does)])]) == []
        )


class Told(SingleFlight[object]):
    """Those who wait are told before the key is free; ``guarded`` says whether flights are looked up under the lock."""

    guarded = True

    def do(self, key: str, load: object) -> tuple[object, bool]:
        with self.lock if self.guarded else contextlib.nullcontext():
            flight = self.flights.get(key)
            mine = flight is None
            if flight is None:
                flight = self.flights[key] = self.new_flight()
        if not mine:
            flight.done.wait()
            return flight.value, True
        flight.value = load()  # type: ignore[operator]
        flight.done.set()
        with self.lock:
            del self.flights[key]
        return flight.value, False


class Unlocked(Told):
    guarded = False


class Spinning(SingleFlight[object]):
    def do(self, key: str, load: object) -> tuple[object, bool]:
        while key in self.flights:
            pass
        self.flights[key] = self.new_flight()
        return load(), False  # type: ignore[operator]


class Elsewhere(SingleFlight[object]):
    own = threading.Lock()

    def do(self, key: str, load: object) -> tuple[object, bool]:
        with self.own:
            return load(), False  # type: ignore[operator]


def test_a_crowd_tells_what_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    callers = [("ann", [("k", "")]), ("ben", [("k", ""), ("k", "")])]
    assert Callers(Unlocked).orders(callers) == ["flights is used while the lock is not held"]
    assert Callers(Told).orders(callers) == ["ben got what another caller had before ben asked"]
    assert "has not come to an end" in Callers(Spinning).orders(callers)[0]
    monkeypatch.setattr("course.systems.cluster.callers.FUSE_S", 0.05)
    for _ in range(2):
        with pytest.raises(WaitsElsewhere, match="for those alone"):
            Callers(Elsewhere).meet(callers)


def test_an_event_of_a_stage_is_waited_for_and_an_endless_task_is_ended() -> None:
    def told(stage: Interleaver) -> list[str]:
        event, lines = stage.event(), list[str]()
        stage.spawn("waits", lambda: (event.wait(), lines.append("after")))
        stage.spawn("sets", lambda: (lines.append("before"), event.set()))
        stage.run()
        return lines

    assert told(Interleaver([], 0, frozenset())) == ["before", "after"]

    def never(stage: Interleaver) -> object:
        event = stage.event()
        stage.spawn("waits", event.wait)
        return lambda: None

    def polls(stage: Interleaver) -> object:
        event = stage.event()
        stage.spawn("polls", lambda: all(not event.is_set() for _ in itertools.count()))
        return lambda: None

    for program, kind in ((never, DeadlockError), (polls, EndlessScheduleError)):
        found = explore(program)  # type: ignore[arg-type]
        assert [type(failure.error) for failure in found.failures] == [kind]
