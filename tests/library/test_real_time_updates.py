"""Day 14's library against a rebuild from scratch, SQLite FTS5, exact write amplification, and its own model. Under 8 s."""

import itertools
import random
import sqlite3
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.days.day14_real_time_updates.interview import BUSY, QUIET
from course.days.day14_real_time_updates.measures import forgotten_h, in_sqlite, updates_until_gone
from course.notebook import mine
from course.systems.search import update_model
from course.systems.search.errors import BadBase, BadFanout, EmptyQuery, NothingToMerge, NotIncreasing
from course.systems.search.histories import OUT_OF_ORDER, TWICE, Histories
from course.systems.search.live_index import DEAD, LiveIndex, Pick
from course.systems.search.merge_policy import pick_merge
from course.systems.search.outbox import Change, Indexer, Outbox
from course.systems.search.segment_merge import merge_segments
from course.systems.search.segment_store import SegmentStore
from course.systems.search.segments import Entry, Segment
from course.systems.search.update_model import UpdateModel

WORDS = ("red", "blue", "shoe", "hat", "coat")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 5), st.one_of(st.none(), st.sets(st.sampled_from(WORDS)))),
        st.tuples(st.just("refresh"), st.none(), st.none()),
        st.tuples(st.just("snapshot"), st.none(), st.none()),
        st.tuples(st.just("merge"), st.sets(st.integers(0, 9), min_size=1), st.none()),
    ),
    max_size=50,
)


def small(fanout: int = 4, base: int = 4, cap: int = 10**6, pick: Pick = pick_merge) -> LiveIndex:
    return LiveIndex(SegmentStore(), pick, merge_segments, fanout=fanout, base=base, cap=cap)


def holding(true: dict[int, frozenset[str]], word: str) -> list[int]:
    return sorted(id for id, words in true.items() if word in words)


# ── a rebuild from scratch ──────────────────────────────────────────────────────────────────────────────


@settings(max_examples=200)
@given(STEPS)
def test_every_snapshot_finds_what_a_rebuild_at_that_moment_finds(steps: list[tuple[str, ...]]) -> None:
    index, written, refreshed = small(pick=lambda *_: ()), dict[int, frozenset[str]](), {}
    held = []
    for version, (kind, what, words) in enumerate([*steps, ("refresh", "", ""), ("snapshot", "", "")]):
        match kind:
            case "write":
                text = None if words is None else " ".join(sorted(words))
                index.write(int(what), version, text)
                written = {id: each for id, each in written.items() if id != what}
                if words is not None:
                    written[int(what)] = frozenset(words)
            case "refresh":
                index.refresh()
                refreshed = dict(written)
            case "snapshot":
                held.append((index.store.snapshot(), refreshed))
            case "merge":
                places = [int(place) for place in what if int(place) < len(index.store.segments)]
                if places:
                    index.rewrite(places)
    for snapshot, true in held:
        for word in WORDS:
            assert index.store.search(snapshot, [word]) == holding(true, word)


@settings(max_examples=200)
@given(
    st.lists(st.dictionaries(st.integers(0, 6), st.booleans(), max_size=6), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_a_merge_changes_no_answer_and_copies_nothing_that_is_dead(
    drawn: list[dict[int, bool]], draw: random.Random
) -> None:
    versions = itertools.count(1)
    numbers = {(place, id): next(versions) for place, each in enumerate(drawn) for id in each}
    order = draw.sample(sorted(numbers.values()), len(numbers))
    segments = [
        Segment(
            (id, Entry(order[numbers[place, id] - 1], "red" if each[id] else None)) for id in sorted(each)
        )
        for place, each in enumerate(drawn)
    ]

    def newest(every: Sequence[Segment]) -> dict[int, Entry]:
        found: dict[int, Entry] = {}
        for segment in every:
            for id, entry in segment:
                found[id] = max(found.get(id, entry), entry, key=lambda one: one.version)
        return {id: entry for id, entry in found.items() if entry.text is not None}

    picked, others = segments[: draw.randint(1, len(segments))], segments[len(segments) :]
    others = [each for each in segments if each not in picked]
    merged = merge_segments(picked, others)
    assert newest([merged, *others]) == newest(segments)
    for id, entry in merged:
        assert all((other := each.get(id)) is None or other.version < entry.version for each in others)
        if entry.text is None:
            assert any(id in each for each in others), "a tombstone that hides nothing"


def test_without_the_rule_for_tombstones_most_histories_end_wrong() -> None:
    lives = Histories(SegmentStore, merge_segments)
    assert lives.wrong(300) == 0
    assert lives.wrong(200, delivery=TWICE) == 0
    assert lives.wrong(300, delivery=OUT_OF_ORDER) == 0
    assert 20 <= lives.wrong(300, delivery=OUT_OF_ORDER, horizon=0) <= 60
    assert 220 <= lives.wrong(300, rule=False) <= 280


def test_a_reader_that_dies_sends_again_and_nothing_changes() -> None:
    draw, database, index = random.Random(14), Outbox(), small()
    indexer, offset = Indexer(index, horizon=16), 0
    for step in range(400):
        database.put(draw.randrange(20), None if draw.random() < 0.3 else draw.choice(WORDS))
        if step % 7 == 0:
            rows = database.read(offset, 50)
            indexer.apply(change for _, change in rows)
            if draw.random() < 0.5 and rows:  # else it dies here, before it notes how far it came
                offset = rows[-1][0]
            index.refresh()
    indexer.apply(change for _, change in database.read(offset, 1000))
    index.refresh()
    true = {id: frozenset([text]) for id, text in database.documents().items()}
    for word in WORDS:
        assert index.search([word]) == holding(true, word)


def test_a_change_stands_in_the_outbox_if_and_only_if_the_document_has_it() -> None:
    database = Outbox()
    assert database.put(3, "red") == Change(3, 1, "red")
    with pytest.raises(sqlite3.Error):
        database.put(4, ["no text"])  # type: ignore[arg-type]
    database.put(3, None)
    assert database.read(0, 9) == [(1, Change(3, 1, "red")), (2, Change(3, 2, None))]
    assert database.read(1, 9) == [(2, Change(3, 2, None))]
    assert database.documents() == {}


# ── an engine ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_documents_as_sqlite_fts5_after_inserts_updates_and_deletions() -> None:
    """25 histories of 60 changes, 40 queries after each: no difference in 1,000."""
    for seed in range(25):
        draw, index = random.Random(seed), small()
        base = sqlite3.connect(":memory:")
        base.execute("create virtual table page using fts5(text)")
        for version in range(60):
            id = draw.randint(1, 15)
            text = None if draw.random() < 0.3 else " ".join(draw.choices(WORDS, k=3))
            index.write(id, version, text)
            base.execute("delete from page where rowid = ?", (id,))
            if text is not None:
                base.execute("insert into page(rowid, text) values (?, ?)", (id, text))
            if draw.random() < 0.4:
                index.refresh()
        index.refresh()
        for _ in range(40):
            words = draw.sample(WORDS, draw.randint(1, 3))
            rows = base.execute(
                "select rowid from page where page match ? order by rowid", (" AND ".join(words),)
            )
            assert index.search(words) == [id for (id,) in rows]


def test_a_deleted_word_stands_in_sqlite_s_index_until_it_is_merged() -> None:
    found = in_sqlite()
    assert found["written"] == (1, 1)
    assert found["deleted"][0] == 0
    assert found["deleted"][1] >= 1
    assert found["all merged"] == (0, 0)


# ── merges ──────────────────────────────────────────────────────────────────────────────────────────────


def all_small(live: Sequence[int], fanout: int, base: int, cap: int) -> tuple[int, ...]:
    """The losing side of the decision: all that may be merged, whenever there are enough."""
    small = tuple(place for place, size in enumerate(live) if 2 * size <= cap)
    return small if len(small) >= fanout else ()


def times_written(pick: Pick, flushes: int, fanout: int) -> float:
    """How often a document is written, for equal flushes without updates."""
    sizes, written = list[int](), 0
    for _ in range(flushes):
        sizes.append(1)
        written += 1
        while picked := pick(sizes, fanout, 1, 10**9):
            whole = sum(sizes[place] for place in picked)
            sizes = [size for place, size in enumerate(sizes) if place not in set(picked)] + [whole]
            written += whole
    return written / flushes


@pytest.mark.parametrize(("fanout", "power"), [(10, 3), (4, 5), (2, 8)])
def test_tiers_write_each_document_once_for_each_power_of_the_fanout_and_once_more(
    fanout: int, power: int
) -> None:
    assert times_written(pick_merge, fanout**power, fanout) == power + 1


def test_merging_all_that_is_small_writes_with_the_square() -> None:
    assert times_written(all_small, 1000, 10) == pytest.approx(57, abs=1)
    assert times_written(all_small, 1024, 4) == pytest.approx(172, abs=1)


def test_a_real_index_writes_as_often_as_the_formula_says() -> None:
    index = small(fanout=4, base=1)
    for id in range(256):
        index.write(id, 1, "red")
        index.refresh()
    assert index.written == 5 * 256
    assert [len(each) for each in index.store.segments] == [256]


def test_a_deletion_is_forgotten_after_the_updates_that_the_formula_says() -> None:
    """Four seeds, 1,000 documents: within 8% of −ln(1 − 0.2) a document, batches of eight included."""
    came = [updates_until_gone(1000, seed) / 1000 for seed in range(4)]
    exact = forgotten_h(QUIET["rate"], QUIET["hot"]) * 3600 * 20 / update_model.DOCUMENTS
    assert exact == pytest.approx(0.22314, rel=1e-4)
    assert pytest.approx(exact, rel=0.08) == sum(came) / 4
    assert pytest.approx(0.2) == DEAD


# ── the model ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_model_writes_what_a_real_index_of_a_smaller_size_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """4,000 documents in four large segments and one of 400, 60 refreshes of 40 changes: entries within 6%, segments within 1."""
    for name, value in {
        "DOCUMENTS": 4000,
        "HOT": 50,
        "LARGEST": 1000,
        "LARGE": 4,
        "MIDDLE": 400,
        "SECONDS": 60,
    }.items():
        monkeypatch.setattr(update_model, name, value)
    for fanout, seed in ((2, 1), (3, 2), (4, 3), (10, 1), (10, 2)):
        draw, index = random.Random(seed), small(fanout=fanout, base=30, cap=1000)
        for start in range(0, 4000, 900):
            for id in range(start, min(start + 900, 4000)):
                index.write(id, 0, "red")
            index.store.refresh()
        index.written, counts = 0, list[int]()
        for version in range(1, 61):
            for number in range(40):
                id = draw.randrange(50) if draw.random() < 0.9 else draw.randrange(4000)
                index.write(id, 100 * version + number, "red")
            index.refresh()
            counts.append(len(index.store.segments))
        found = UpdateModel(pick_merge).run(1.0, fanout, 40.0, 0.9)
        entries = found["written"] * 60 * update_model.MB / update_model.DOCUMENT_BYTES
        assert index.written == pytest.approx(entries, rel=0.06), fanout
        assert max(counts) == pytest.approx(found["segments"], abs=1), fanout


def test_the_losing_policy_pays_at_every_fanout() -> None:
    tiers, every = UpdateModel(pick_merge), UpdateModel(all_small)
    rate, hot = BUSY["rate"], BUSY["hot"]
    for fanout in (2, 4, 10, 16, 30):
        assert every.run(1, fanout, rate, hot)["written"] > 2.9 * tiers.run(1, fanout, rate, hot)["written"]
    assert tiers.run(1, 4, rate, hot)["written"] == pytest.approx(24.7, abs=0.1)
    assert every.run(1, 4, rate, hot)["written"] == pytest.approx(288, abs=1)


# ── what is refused, and what a later day takes ─────────────────────────────────────────────────────────


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(NotIncreasing):
        Segment([(2, Entry(1, "red")), (2, Entry(2, "red"))])
    with pytest.raises(BadFanout):
        pick_merge([], 1, 0, 10)
    with pytest.raises(BadBase):
        pick_merge([], 2, 0, 10)
    with pytest.raises(NothingToMerge):
        merge_segments([], [Segment()])
    store = SegmentStore()
    with pytest.raises(EmptyQuery):
        store.search(store.snapshot(), [])


def test_a_segment_stays_on_disk_until_its_last_reader_is_done() -> None:
    index = small(fanout=2, base=1)
    index.write(1, 1, "red")
    index.refresh()
    first, second = index.store.snapshot(), index.store.snapshot()
    index.write(1, 2, None)
    index.refresh()
    assert index.store.segments == ()
    assert [len(each) for each in index.store.on_disk()] == [1]
    index.store.release(first)
    assert index.store.search(second, ["red"]) == [1]
    assert len(index.store.on_disk()) == 1
    index.store.release(second)
    assert index.store.on_disk() == []


def test_a_later_day_builds_its_index_of_what_was_written_here() -> None:
    Store, pick, merge = (mine("day14", name) for name in ("SegmentStore", "pick_merge", "merge_segments"))
    index = LiveIndex(Store(), pick, merge, fanout=4, base=4, cap=1000)
    for id in range(30):
        index.write(id, 1, "red")
        index.refresh()
    assert index.search(["red"]) == list(range(30))
