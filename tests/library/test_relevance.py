"""Reciprocal rank, recall, nDCG and intervals, against scikit-learn's nDCG, SciPy's bootstrap and hand counts; known items."""

import numpy as np
import pytest
from scipy.stats import bootstrap
from sklearn.metrics import ndcg_score

from course.systems.search.relevance import interval, ndcg, recall, reciprocal_rank
from datasets import known_items, rerank_scores


def test_by_hand() -> None:
    assert reciprocal_rank([7, 3, 5], {5, 3}) == 1 / 2
    assert reciprocal_rank([7, 3, 5], {5}, depth=2) == 0.0
    assert reciprocal_rank([], {5}) == 0.0
    assert recall([7, 3, 5], {5, 3, 9}, depth=3) == 2 / 3
    assert recall([3, 3, 5], {3}, depth=2) == 1.0
    assert ndcg([1], {}) == 0.0
    with pytest.raises(ValueError, match="relevant"):
        recall([1], set())
    with pytest.raises(ValueError, match="value"):
        interval([])


def test_ndcg_is_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        count, depth = int(rng.integers(2, 30)), int(rng.integers(1, 12))
        gains, scores = rng.integers(0, 4, count).astype(float), rng.permutation(count).astype(float)
        ours = ndcg(np.argsort(-scores).tolist(), dict(enumerate(gains.tolist())), depth)
        assert ours == pytest.approx(ndcg_score([gains], [scores], k=depth), abs=1e-12)


def test_the_interval_is_scipys_percentile_bootstrap() -> None:
    values = np.random.default_rng(5).random(150)
    peer = bootstrap(
        (values,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(1)
    ).confidence_interval
    ours = interval(values, draws=20_000)
    assert (ours.low, ours.high) == pytest.approx((peer.low, peer.high), abs=0.002)
    assert ours.low < ours.mean < ours.high
    assert interval(values) == interval(values)


def test_known_items_hold_what_their_card_says() -> None:
    docs, target = known_items.documents(), known_items.targets()
    assert len(docs) == 1200
    assert len(target) == len(known_items.questions("plain")) == 300
    assert [len(known_items.questions(kind)) for kind in ("part", "typo")] == [150, 150]
    parts = [int(doc[-1]) for doc in docs]
    assert len(set(parts)) == 1200, "a part number is one document's own"
    assert all(
        parts[answer] in asked for answer, asked in zip(target, known_items.questions("part"), strict=False)
    )
    for model, dimensions in (("minilm", 192), ("words", 64), ("bge", 192)):
        rows = known_items.vectors(model, "documents")
        assert rows.shape == (1200, dimensions)
        assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)
    with pytest.raises(KeyError):
        known_items.vectors("bge", "typo")
    assert known_items.copies().minilm.shape == (20, 6, 192)
    assert known_items.mirrors().documents.shape == known_items.mirrors().jaccard.shape == (300,)


def test_the_cross_encoder_reads_no_commands_and_believes_an_echo() -> None:
    lists, planted = rerank_scores.judged(), rerank_scores.planted()
    best = lists.cross.max(axis=1)
    assert (planted.command > best).mean() == 0
    assert (planted.echo > best).mean() > 0.95
    target = known_items.targets()[:150, None]
    assert (lists.candidates == target).any(axis=1).mean() > 0.9
    assert (np.sort(lists.cheap, axis=1) == np.arange(100)).all()
