"""Day 3's library against pyprobables' sketch, published bounds, a plain dict and exact counts. Under 6 s."""

import math
import random
from collections import Counter

import numpy as np
import probables
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.systems.cluster.errors import BadCut, StaleMap, UnlikeSketches
from course.systems.cluster.hot_keys import SpaceSaving
from course.systems.cluster.ranges import RangeMap
from course.systems.cluster.sketch import CountMinSketch

texts = st.text(max_size=3)


def zipf(number: int, keys: int, exponent: float, seed: int) -> list[str]:
    """``number`` draws by Zipf's law."""
    weights = np.cumsum(1 / np.arange(1, keys + 1) ** exponent)
    drawn = np.searchsorted(weights / weights[-1], np.random.default_rng(seed).random(number))
    return [f"k{each}" for each in drawn]


# ── the sketch ──────────────────────────────────────────────────────────────────────────────────────────


def test_with_its_cells_pyprobables_estimates_the_same() -> None:
    """Barrust's CountMinSketch takes the raw hashes of a key; with ours in their place every estimate is equal."""
    sketch = CountMinSketch(500, 5, seed=7)

    def hashes(key: str, depth: int = 1) -> list[int]:
        return sketch.cells(key)

    theirs = probables.CountMinSketch(width=500, depth=5, hash_function=hashes)
    stream = zipf(20_000, 5000, 1.0, 1)
    for key, count in Counter(stream).items():
        sketch.add(key, count)
        theirs.add(key, count)
    assert all(sketch.estimate(key) == theirs.check(key) for key in [*dict.fromkeys(stream), "absent"])


def test_it_never_reads_too_little_and_rarely_more_than_the_published_bound() -> None:
    """Theorem 1: above by more than e·total/width with probability at most e^−depth; here of 272 × 5, no key is."""
    stream = zipf(20_000, 100_000, 0.9, 2)
    sketch, true = CountMinSketch(272, 5, seed=3), Counter(stream)
    for key in stream:
        sketch.add(key)
    over = [sketch.estimate(key) - count for key, count in true.items()]
    assert min(over) >= 0
    assert np.mean([each > math.e * sketch.total / sketch.width for each in over]) <= math.exp(-5)
    assert sketch.total == len(stream)


@given(st.lists(texts), st.lists(texts))
def test_merged_sketches_are_the_sketch_of_both_streams(one: list[str], two: list[str]) -> None:
    sketches = [CountMinSketch(7, 3, seed=1, salt=b"s") for _ in range(3)]
    for sketch, stream in zip(sketches, (one, two, [*one, *two]), strict=True):
        for key in stream:
            sketch.add(key)
    sketches[0].merge(sketches[1])
    assert (sketches[0].table, sketches[0].total) == (sketches[2].table, sketches[2].total)
    assert sum(sketches[1].table[0]) == len(two)


def test_what_does_not_fit_is_refused() -> None:
    sketch = CountMinSketch(7, 3)
    for other in (
        CountMinSketch(8, 3),
        CountMinSketch(7, 2),
        CountMinSketch(7, 3, seed=1),
        CountMinSketch(7, 3, salt=b"x"),
    ):
        with pytest.raises(UnlikeSketches, match="make both alike"):
            sketch.merge(other)
    with pytest.raises(ValueError, match="at least 1"):
        sketch.add("a", 0)
    with pytest.raises(ValueError, match="at least one of each"):
        CountMinSketch(0, 3)
    assert sketch.total == 0


# ── ranges ──────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60)
@given(st.lists(st.tuples(texts, st.sampled_from("pqr"))), st.lists(texts))
def test_a_map_is_a_dict_from_every_key_to_its_owner(cuts: list[tuple[str, str]], asked: list[str]) -> None:
    """Against a dict that is updated key by key, over all keys that are asked, cuts included."""
    keys = sorted({*asked, *(at for at, _ in cuts), ""})
    found, owner, epoch, starts = RangeMap("p"), dict.fromkeys(keys, "p"), dict.fromkeys(keys, 1), {""}
    for at, new in cuts:
        if at in starts:
            with pytest.raises(BadCut):
                found.split(at, new)
            continue
        left = max(start for start in starts if start < at)
        end = min((start for start in starts if start > at), default=None)
        found.split(at, new)
        starts.add(at)
        highest = max(epoch.values(), default=1)
        for key in keys:
            if key >= left and (end is None or key < end):
                epoch[key] = highest + 1
                owner[key] = new if key >= at else owner[key]
    for key in keys:
        at = found.locate(key)
        assert (at.owner, at.epoch) == (owner[key], epoch[key])
        assert at.start <= key
        assert at.end is None or key < at.end
        assert found.serve(key, epoch[key]) == owner[key]
        with pytest.raises(StaleMap) as stale:
            found.serve(key, epoch[key] + 1)
        assert stale.value.epoch == epoch[key]
    assert found.ranges() == [found.locate(start) for start in found.starts]


# ── hot keys ────────────────────────────────────────────────────────────────────────────────────────────


def plain(stream: list[str], counters: int) -> tuple[dict[str, int], dict[str, int]]:
    """The algorithm as its paper tells it, with a scan for the least."""
    counts: dict[str, int] = {}
    taken: dict[str, int] = {}
    for key in stream:
        if key in counts:
            counts[key] += 1
        elif len(counts) < counters:
            counts[key], taken[key] = 1, 0
        else:
            old = min(counts, key=lambda each: (counts[each], each))
            taken.pop(old)
            taken[key] = counts.pop(old)
            counts[key] = taken[key] + 1
    return counts, taken


@given(st.lists(texts, max_size=60), st.integers(1, 6))
def test_the_heap_finds_what_a_scan_finds(stream: list[str], counters: int) -> None:
    saving = SpaceSaving(counters)
    for key in stream:
        saving.add(key)
    assert (saving.counts, saving.taken) == plain(stream, counters)
    assert sum(saving.counts.values()) == saving.total == len(stream)


@pytest.mark.parametrize("exponent", [0.6, 0.9, 1.2])
@pytest.mark.parametrize("counters", [100, 500])
def test_counters_bracket_the_truth_within_the_published_error(exponent: float, counters: int) -> None:
    """Metwally and others: the least counter, which bounds every error, is at most total / counters."""
    stream = zipf(20_000, 100_000, exponent, 4)
    saving, true = SpaceSaving(counters), Counter(stream)
    for key in stream:
        saving.add(key)
    assert len(saving.counts) == counters
    assert min(saving.counts.values()) <= len(stream) / counters
    assert max(saving.taken.values()) <= len(stream) / counters
    assert all(n - saving.taken[key] <= true[key] <= n for key, n in saving.counts.items())
    assert saving.hot(0.02) <= {key for key, n in true.items() if n >= 0.02 * len(stream)}


def test_among_equals_nothing_is_certain_and_nothing_is_named() -> None:
    """A thousand equal keys in a hundred counters: the upper ends name many, the lower ends nobody."""
    saving, draw = SpaceSaving(100), random.Random(3)
    for _ in range(5000):
        saving.add(f"k{draw.randrange(1000)}")
    assert sum(count >= 0.01 * saving.total for count in saving.counts.values()) > 40
    assert saving.hot(0.01) == set()


def test_shares_and_counters_are_checked() -> None:
    saving = SpaceSaving(2)
    assert saving.hot(1) == set()
    for share in (0, -0.1, 1.01, math.nan):
        with pytest.raises(ValueError, match="above 0 and at most 1"):
            saving.hot(share)
    with pytest.raises(ValueError, match="at least one"):
        SpaceSaving(0)
