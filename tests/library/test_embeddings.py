"""Day 16's library against faiss, datasketch, a dictionary, exact sets, and the laws of MinHash and LSH. Under 6 s."""

import math
import random
from collections.abc import Mapping
from typing import Any

import faiss
import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given, settings
from hypothesis import strategies as st

from course.checking.port import subjects
from course.days.day16_embeddings.corpus import DOCUMENTS, kept, likeness, moved, order, scores
from course.days.day16_embeddings.faults import FAULTS, PROMISES, healthy
from course.days.day16_embeddings.measures import alone, merged, ranked_recall, recall, same
from course.days.day16_embeddings.pictures import by_cosine
from course.systems.search.block_trial import BlockTrial
from course.systems.search.blocked import blocked_top_k
from course.systems.search.coarse import in_bits
from course.systems.search.content import content_key
from course.systems.search.embedder_trial import Interrupted, Letters, Unavailable
from course.systems.search.embedding_store import EmbeddingStore
from course.systems.search.encoders import Stored
from course.systems.search.errors import (
    BadEmbedding,
    DimensionMismatch,
    NotFinished,
    RowNotFinite,
    TooFew,
    UnknownDocument,
)
from course.systems.search.migration import Migration
from course.systems.search.migration_trial import MergeTrial, PlainStore
from course.systems.search.minhash import candidates, chance, jaccard, shingles, signatures
from datasets.known_items import copies, documents, mirrors, vectors

# ── exact search ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("block", [1, 7, 100, 2999, 3000, 65_536])
def test_the_best_are_those_of_faiss(block: int) -> None:
    """3,000 vectors, 30 queries, ten best: every id, and scores to 1e-5."""
    draw = np.random.default_rng(16)
    rows = draw.normal(size=(3000, 32)).astype(np.float32)
    queries = draw.normal(size=(30 if block > 1 else 3, 32)).astype(np.float32)
    peer = faiss.IndexFlatIP(32)
    peer.add(rows)
    theirs, wanted = peer.search(queries, 10)
    found, ids = blocked_top_k(queries, rows, 10, block=block)
    np.testing.assert_array_equal(ids, wanted)
    np.testing.assert_allclose(found, theirs, atol=1e-5)
    assert found.dtype == np.float32
    assert ids.dtype == np.int64


def test_real_vectors_give_the_same_pages_as_sorting_every_score() -> None:
    _, ids = blocked_top_k(vectors("minilm", "plain"), vectors("minilm", "documents"), 10, block=100)
    assert np.mean(ids == order("old")[:, :10]) > 0.999  # the sample is turned there: equal up to rounding


@given(st.integers(0, 10**6), st.integers(0, 12), st.integers(1, 5), st.integers(1, 14))
@settings(max_examples=60, deadline=None)
def test_ties_go_to_the_smaller_id_in_blocks_of_any_size(seed: int, n: int, k: int, block: int) -> None:
    draw = random.Random(seed)
    rows = np.array([[draw.randint(-2, 2) / 2 for _ in range(2)] for _ in range(n)]).reshape(n, 2)
    query = np.array([[draw.randint(-2, 2), 1.0]])
    each = [(-float(score), number) for number, score in enumerate((rows @ query.T).ravel())]
    found, ids = blocked_top_k(query, np.asfortranarray(rows), k, block=block)
    assert list(zip((-found[0]).tolist(), ids[0].tolist(), strict=True)) == sorted(each)[:k]


def test_a_memory_map_is_searched(tmp_path: Any) -> None:
    rows = np.memmap(tmp_path / "rows", dtype=np.float16, mode="w+", shape=(500, 4))
    rows[:] = np.random.default_rng(1).integers(-9, 9, (500, 4))
    whole = np.asarray(rows, dtype=np.float32)
    np.testing.assert_array_equal(
        blocked_top_k(whole[:3], rows, 5, block=64)[1], blocked_top_k(whole[:3], whole, 5)[1]
    )


def test_what_does_not_fit_is_refused_in_order() -> None:
    rows = np.zeros((5, 2))
    rows[3:, 0] = np.nan, np.inf
    for queries, k, block, error in (
        (np.zeros((1, 3)), 0, 0, TooFew("k", 0)),
        (np.zeros((1, 3)), 1, 0, TooFew("block", 0)),
        (np.zeros((1, 3)), 1, 1, DimensionMismatch((1, 3), 2)),
        (np.zeros((1, 2)), 1, 2, RowNotFinite(3)),
    ):
        with pytest.raises(type(error)) as wrong:
            blocked_top_k(queries, rows, k, block=block)
        assert str(wrong.value) == str(error)


def test_what_is_held_follows_the_block_and_not_the_vectors() -> None:
    trial = BlockTrial(blocked_top_k)
    few, many = (trial.held(8, n, 4, 4, 64, 1) for n in (1_000, 8_000))
    assert many < 1.2 * few
    assert trial.held(8, 8_000, 4, 4, 8_000, 1) > 4 * 8 * 8_000 > many


# ── the store ───────────────────────────────────────────────────────────────────────────────────────────

TEXTS = st.sampled_from(("a", "b", " a", "a\t", "bb", "", "  ", "cé", "ce\u0301", "long text"))
PUTS = st.lists(st.dictionaries(st.sampled_from("uvwxyz"), TEXTS, max_size=6), max_size=5)


@given(PUTS, st.integers(1, 4), st.integers(0, 6))
@settings(max_examples=80, deadline=None)
def test_a_store_is_a_dictionary_that_embeds_each_text_once(
    puts: list[Mapping[str, str]], batch: int, fails: int
) -> None:
    """Beside a dictionary from id to key; one call of the embedder fails, and the put is tried again."""
    model = Letters("v1", fails=fails)
    store = EmbeddingStore(model, batch=batch)
    pointed: dict[str, str] = {}
    for given_ in puts:
        try:
            store.put(given_)
        except Unavailable:
            for name, text in given_.items():
                key = content_key("v1", text)
                assert store.keys.get(name) == (key if key in store.vectors else pointed.get(name))
            store.put(given_)
        pointed.update({name: content_key("v1", text) for name, text in given_.items()})
        assert store.keys == pointed
    paid = [call for number, call in enumerate(model.calls, 1) if number != fails]
    assert all(0 < len(call) <= batch for call in model.calls)
    assert sum(map(len, paid)) == len(store.vectors) == len({*store.vectors})
    for name, key in pointed.items():
        assert store.vector(name) is store.vectors[key]


def test_a_shape_that_does_not_fit_is_refused_and_what_came_before_stays() -> None:
    model = Letters("v1")
    store = EmbeddingStore(model, batch=2)
    store.put({"a": "one"})
    model.columns = 1
    with pytest.raises(BadEmbedding) as wrong:
        store.put({"a": "two", "b": "one"})
    assert (wrong.value.expected, wrong.value.got) == ((1, 3), (1, 4))
    assert store.keys == dict.fromkeys("ab", store.key("one"))


def test_deleting_forgets_the_id_and_sweeping_the_vector() -> None:
    store = EmbeddingStore(Letters("v1"))
    store.put({"a": "one", "b": "one", "c": "two"})
    store.delete("a")
    assert store.sweep() == 0
    store.delete("b")
    assert (store.sweep(), len(store), list(store), "c" in store) == (1, 1, ["c"], True)
    for call in (store.delete, store.vector):
        with pytest.raises(UnknownDocument):
            call("b")
    with pytest.raises(TooFew):
        EmbeddingStore(Letters("v1"), batch=0)


def test_a_key_says_version_and_text_and_nothing_else() -> None:
    assert content_key("v1", " naïve\tcafe\u0301 ") == content_key("v1", "nai\u0308ve café")
    assert len({content_key(*each) for each in (("v1", "a"), ("v2", "a"), ("v1", "A"), ("v1", ""))}) == 4
    assert len(content_key("v1", "a")) == 64


# ── the migration ───────────────────────────────────────────────────────────────────────────────────────


@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(0, 4), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_everybody_lives_in_one_store_and_steps_cost_no_more_than_their_budget(
    seed: int, n: int, fails_after: int, budget: int
) -> None:
    draw = random.Random(seed)
    texts = {f"{number:02d}": f"text {draw.randrange(n)}" for number in draw.sample(range(30), n)}
    old, new = PlainStore("v1", texts), PlainStore("v2", {}, gives=fails_after)
    move = Migration(old, new, texts)
    before = 0
    while len(old):
        try:
            move.step(budget)
        except RuntimeError:
            assert len(new.embedded) == fails_after
        assert {*old}.isdisjoint(new)
        assert {*old, *new} == {*texts}
        assert max(new.names(), default="") < min(old.names(), default="99")
        assert len(new.embedded) - before <= budget
        before = len(new.embedded)
    assert len(new.embedded) == len({*texts.values()})
    assert move.finish() is new
    assert move.rollback() == n
    with pytest.raises(NotFinished) as wrong:
        move.finish()
    assert wrong.value.left == n


def test_a_rollback_costs_nothing_until_the_old_vectors_are_swept() -> None:
    texts = {"a": "one", "b": "two"}
    models = (
        Stored("v1", {"one": np.ones(2), "two": np.zeros(2)}),
        Interrupted("v2", {"one": np.ones(3), "two": np.ones(3)}, 9),
    )
    old, new = map(EmbeddingStore, models)
    old.put(texts)
    move = Migration(old, new, texts)
    assert (move.step(1), sorted(old), sorted(new)) == (1, ["b"], ["a"])
    move.rollback()
    assert models[0].embedded == 2
    move.step(2)
    old.sweep()
    move.rollback()
    assert models[0].embedded == 4
    move.put("c", "one")
    move.delete("c")
    with pytest.raises(UnknownDocument):
        move.delete("c")
    with pytest.raises(UnknownDocument):
        models[0].embed(["three"])


def test_with_one_store_empty_a_page_is_plain_search() -> None:
    """Real vectors, 40 questions: the pages of the store alone, before the first document moves and after the last."""
    nobody = np.zeros(DOCUMENTS, dtype=bool)
    part = [order(which)[:40] for which in ("old", "new")], [scores(which)[:40] for which in ("old", "new")]
    for live, which in (([~nobody, nobody], "old"), ([nobody, ~nobody], "new")):
        assert MergeTrial(Migration, *part).pages(live, 10) == order(which)[:40, :10].tolist()


def test_the_figures_of_the_day_half_way() -> None:
    """Two models apart .82, one list by cosine .34 at 5% moved, by rank within the part .80 at worst."""
    (migration,) = subjects(Migration)
    assert recall(alone("old")) == pytest.approx(0.823, abs=0.002)
    assert recall(alone("new")) == pytest.approx(0.820, abs=0.002)
    assert by_cosine(0.05) == pytest.approx(0.340, abs=0.002)
    assert recall(alone("in place", share=0.1)) == pytest.approx(0.077, abs=0.002)
    for which in ("old", "new"):
        for bits in (32, 1):  # in one bit there are ties
            assert ranked_recall(scores(which, bits)) == recall(alone(which, bits))
    worst = min(recall(merged(migration, share)) for share in (0.01, 0.05, 0.1, 0.5, 0.9, 0.99))
    assert worst == pytest.approx(0.803, abs=0.002)


def test_each_fault_breaks_what_its_explanation_says() -> None:
    Store, Move = subjects(EmbeddingStore, Migration)
    before = healthy(Store, Move).measures
    broken = {
        name: [p.name for p in PROMISES if not p.kept(before[p.name], after[p.name])]
        for name, after in ((name, fault(Store, Move).measures) for name, fault in FAULTS.items())
    }
    assert {name for name, promises in broken.items() if not promises} == {
        "the new model's server fails within a step",
        "everything comes again from another address",
        "the same, and 0.8 alike is held",
        "the first 1% have moved",
        "all have moved, in 8 bits a number",
    }
    assert broken["a new model under the old version's name"] == ["the right one is found", "one model"]
    assert broken["a quarter comes again, slightly reworded"] == ["nothing is embedded twice"]
    assert broken["the same, and 0.5 alike is held"] == ["honest documents get in"]


# ── copies ──────────────────────────────────────────────────────────────────────────────────────────────


def test_minhash_estimates_jaccard_without_bias_and_with_the_error_of_a_coin() -> None:
    """400 pairs of drawn sets, 128 functions: mean error within .005, rms within a tenth of √(J (1 − J) / 128)."""
    draw = random.Random(3)
    wrong, theory = [], []
    for number in range(400):
        one = set(draw.sample(range(10**6), 60))
        other = set(draw.sample(sorted(one), draw.randint(5, 60))) | {
            *draw.sample(range(10**6), draw.randint(0, 40))
        }
        signed = signatures([one, other], 128, seed=number)
        exact = jaccard(one, other)
        wrong.append(float(np.mean(signed[0] == signed[1])) - exact)
        theory.append(exact * (1 - exact) / 128)
    assert abs(float(np.mean(wrong))) < 0.005
    assert math.sqrt(np.mean(np.square(wrong))) == pytest.approx(math.sqrt(np.mean(theory)), rel=0.1)


def numbered() -> list[set[int]]:
    """The runs of three words of each document, by number."""
    names: dict[Any, int] = {}
    return [
        {names.setdefault(run, len(names)) for run in shingles(words[:-1].tolist())} for words in documents()
    ]


def test_estimates_of_real_pairs_are_as_far_off_as_those_of_datasketch() -> None:
    """The 297 pairs of documents at 0.2 and more, 128 functions each: the rms error of either, and the rms of their difference
    (two independent errors), within 15% of the law; the means of 297 within .02, as pairs share documents."""
    sets = numbered()
    pairs = [(a, b, like) for b, others in likeness().items() for like, a in others if like >= 0.2]
    exact = np.array([like for _, _, like in pairs])
    signed = signatures(sets, 128)
    theirs: dict[int, Any] = {}
    for number in {number for a, b, _ in pairs for number in (a, b)}:
        theirs[number] = MinHash(num_perm=128, seed=1)
        theirs[number].update_batch([str(run).encode() for run in sorted(sets[number])])
    mine = np.array([np.mean(signed[a] == signed[b]) for a, b, _ in pairs])
    peer = np.array([theirs[a].jaccard(theirs[b]) for a, b, _ in pairs])
    law = math.sqrt(np.mean(exact * (1 - exact) / 128))
    assert len(pairs) == 297
    for wrong, expected in ((mine - exact, law), (peer - exact, law), (mine - peer, law * math.sqrt(2))):
        assert math.sqrt(np.mean(np.square(wrong))) == pytest.approx(expected, rel=0.15)
        assert abs(wrong.mean()) < 0.02


@pytest.mark.parametrize(("bands", "rows"), [(25, 5), (9, 13)])
def test_the_same_signatures_give_the_pairs_of_datasketch(bands: int, rows: int) -> None:
    """All 1,200 documents: every pair that agrees in a whole band, and no other."""
    signed = signatures(numbered(), bands * rows)
    peer = MinHashLSH(num_perm=bands * rows, params=(bands, rows))
    hashed = [
        MinHash(num_perm=bands * rows, hashvalues=row.astype(np.uint64), scheme="legacy") for row in signed
    ]
    for number, each in enumerate(hashed):
        peer.insert(number, each)
    found = {(other, number) for number, each in enumerate(hashed) for other in peer.query(each)}
    wanted = {pair for pair in found if pair[0] < pair[1]}
    assert len(wanted) >= 8
    assert candidates(signed, bands, rows) == wanted


@pytest.mark.parametrize(("bands", "rows"), [(25, 5), (9, 13)])
def test_pairs_are_looked_at_as_often_as_the_law_says(bands: int, rows: int) -> None:
    """Signatures whose places agree with probability s, 2,000 pairs each: within 4 standard errors."""
    draw = np.random.default_rng(5)
    for similarity in (0.3, 0.5, 0.7, 0.9):
        agree = draw.random((2000, bands * rows)) < similarity
        one = draw.integers(1, 1 << 40, agree.shape)
        other = np.where(agree, one, one + 1)
        signed = np.stack([one, other], axis=1).reshape(4000, -1)
        looked = sum((0, 1) in candidates(signed[pair : pair + 2], bands, rows) for pair in range(0, 4000, 2))
        law = chance(similarity, bands, rows)
        assert looked / 2000 == pytest.approx(law, abs=4 * math.sqrt(law * (1 - law) / 2000) + 1e-9)


def test_small_sets_by_hand() -> None:
    one, other = shingles("abcde"), shingles("abcdf")
    assert jaccard(one, other) == 0.5
    assert (jaccard((), ()), shingles("ab"), jaccard(one, ())) == (0.0, frozenset(), 0.0)
    signed = signatures([{1, 2}, set(), {2, 1}, set()], 10)
    assert candidates(signed, 2, 5) == {(0, 2)}
    assert chance(0.5, 25, 5) == pytest.approx(0.548, abs=0.001)


def test_likeness_among_the_documents_is_jaccard() -> None:
    sets = [shingles(words[:-1].tolist()) for words in documents()]
    for number in (7, 300, 1199):
        found = {other: like for like, other in likeness()[number]}
        assert found == {
            other: like for other in range(number) if (like := jaccard(sets[number], sets[other]))
        }
    assert 1 - kept(0.8).mean() == pytest.approx(0.0075)
    assert 1 - kept(0.5).mean() == pytest.approx(0.0625)
    assert np.quantile(mirrors().jaccard, 0.5) == pytest.approx(0.87, abs=0.01)
    assert copies().jaccard.shape == (20, 6, 7)


# ── bits ────────────────────────────────────────────────────────────────────────────────────────────────


def test_fewer_bits_keep_length_and_direction() -> None:
    rows = vectors("minilm", "documents")[:50]
    for bits, least in ((32, 1 - 1e-6), (16, 1 - 1e-6), (8, 0.9995), (4, 0.9), (1, 0.5)):
        coarse = in_bits(rows, bits)
        np.testing.assert_allclose(np.linalg.norm(coarse, axis=1), 1, atol=1e-5)
        assert (coarse * rows).sum(axis=1).min() > least
    assert not in_bits(np.zeros((2, 3), dtype=np.float32), 8).any()
    assert same(8) == pytest.approx(0.9967, abs=0.001)
    assert same(1) == pytest.approx(0.688, abs=0.005)
    assert moved(0.05).sum() == 60
