"""Day 19's library against ranx, fractions, SciPy and sorting everything. Under 6 s."""

import itertools
import math
import random
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import zscore

from course.checking.port import subjects
from course.days.day19_hybrid_retrieval.measures import mrr, pages, ranks
from course.days.day19_hybrid_retrieval.world import answers, found, lexical, permitted, secrets, targets
from course.systems.search.arms import Question, VectorArm
from course.systems.search.errors import (
    AllArmsDown,
    BadConstant,
    BadWeight,
    NothingAsked,
    ScoreNotFinite,
    WeightsDoNotMatch,
)
from course.systems.search.hybrid import filtered_search
from course.systems.search.hybrid_trial import StoredArm
from course.systems.search.page_trial import PageTrial
from course.systems.search.rank_fusion import rrf
from course.systems.search.relevance import interval
from course.systems.search.score_fusion import normalise_and_fuse
from datasets import known_items

# ── fusion ──────────────────────────────────────────────────────────────────────────────────────────────


class Case(NamedTuple):
    """Arms, and what ranx 0.3.21 answers: ``fuse(method="rrf", params={"k": k})`` and ``fuse(norm="min-max", method="wsum")``."""

    arms: list[dict[int, float]]
    k: int
    rrf: dict[int, float]
    weights: list[float]
    wsum: dict[int, float]


RANX = (
    Case(
        [
            {8: 2.875, 6: 0.0, 3: -1.5, 0: -3.375},
            {3: 13.25, 8: 2.875, 7: -1.75, 4: -4.625},
            {6: 7.375, 4: 0.0, 1: -2.75},
        ],
        1,
        {
            8: 0.8333333333333333,
            6: 0.8333333333333333,
            3: 0.75,
            4: 0.5333333333333333,
            7: 0.25,
            1: 0.25,
            0: 0.2,
        },
        [1.0, 0.3, 0.3],
        {
            8: 1.1258741258741258,
            6: 0.8400000000000001,
            3: 0.6,
            4: 0.08148148148148147,
            7: 0.04825174825174825,
            0: 0.0,
            1: 0.0,
        },
    ),
    Case(
        [{8: 4.25, 3: 0.25}, {8: 7.25, 1: 4.5, 3: 1.25, 5: -4.375}],
        10,
        {8: 0.18181818181818182, 3: 0.16025641025641024, 1: 0.08333333333333333, 5: 0.07142857142857142},
        [1.0, 0.3],
        {8: 1.3, 1: 0.2290322580645161, 3: 0.14516129032258066, 5: 0.0},
    ),
    Case(
        [{2: 14.0, 1: 13.75, 4: 5.75, 5: -5.0}, {5: 10.375, 4: 4.75}],
        60,
        {5: 0.032018442622950824, 4: 0.03200204813108039, 2: 0.01639344262295082, 1: 0.016129032258064516},
        [0.5, 0.3],
        {2: 0.5, 1: 0.4934210526315789, 5: 0.3, 4: 0.28289473684210525},
    ),
    Case(
        [
            {8: 12.5, 7: 8.375, 2: 7.875, 6: 6.625, 0: -4.5},
            {0: 14.875, 1: 9.75, 5: 2.75, 7: 1.25, 8: -1.25},
            {4: 13.75, 8: 9.75, 2: 6.75, 5: -1.625},
        ],
        10,
        {
            8: 0.2409090909090909,
            0: 0.1575757575757576,
            7: 0.15476190476190477,
            2: 0.15384615384615385,
            5: 0.14835164835164835,
            4: 0.09090909090909091,
            1: 0.08333333333333333,
            6: 0.07142857142857142,
        },
        [0.1, 1.0, 0.1],
        {
            0: 1.0,
            1: 0.6821705426356589,
            5: 0.24806201550387597,
            7: 0.23077405380756955,
            8: 0.1739837398373984,
            2: 0.12726566236250597,
            4: 0.1,
            6: 0.06544117647058824,
        },
    ),
    Case(
        [{5: 12.375, 2: 4.875, 8: 3.75, 1: -2.125}, {6: 10.375, 2: 4.875, 0: 0.125, 4: -0.25}],
        60,
        {
            2: 0.03225806451612903,
            5: 0.01639344262295082,
            6: 0.01639344262295082,
            8: 0.015873015873015872,
            0: 0.015873015873015872,
            1: 0.015625,
            4: 0.015625,
        },
        [0.1, 0.1],
        {
            5: 0.1,
            6: 0.1,
            2: 0.09651115618661259,
            8: 0.04051724137931034,
            0: 0.0035294117647058825,
            1: 0.0,
            4: 0.0,
        },
    ),
    Case(
        [{5: 9.5, 3: 3.0}, {7: 13.0, 3: 8.125, 2: 5.625, 0: 1.625, 5: -0.875}, {2: 6.875, 6: -0.25}],
        1,
        {2: 0.75, 5: 0.6666666666666666, 3: 0.6666666666666666, 7: 0.5, 6: 0.3333333333333333, 0: 0.2},
        [1.0, 0.5, 0.3],
        {5: 1.0, 2: 0.5342342342342342, 7: 0.5, 3: 0.32432432432432434, 0: 0.09009009009009009, 6: 0.0},
    ),
)


@pytest.mark.parametrize("case", RANX)
def test_fusion_is_that_of_ranx(case: Case) -> None:
    """By places and by scores, to 1e-12; ranx itself needs a compiler at run time, so its answers stand here."""
    ranked = [sorted(arm, key=lambda doc, arm=arm: -arm[doc]) for arm in case.arms]  # type: ignore[misc]
    assert dict(rrf(ranked, k=case.k)) == pytest.approx(case.rrf, abs=1e-12)
    assert dict(normalise_and_fuse(case.arms, case.weights)) == pytest.approx(case.wsum, abs=1e-12)


lists = st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=4)


@given(lists, st.integers(0, 80))
def test_places_are_added_exactly(ranked: list[list[int]], k: int) -> None:
    """Cormack, Clarke and Büttcher's sum in fractions; the order is that of the exact sums where they differ by 1e-12."""
    exact: dict[int, Fraction] = {}
    for each in ranked:
        for doc in set(each):
            exact[doc] = exact.get(doc, Fraction(0)) + Fraction(1, k + 1 + each.index(doc))
    found = rrf(ranked, k=k)
    assert dict(found) == pytest.approx({doc: float(score) for doc, score in exact.items()}, rel=1e-12)
    values = [exact[doc] for doc, _ in found]
    assert all(one - other > -Fraction(1, 10**12) for one, other in itertools.pairwise(values))


def test_a_list_that_counts_twice_stands_there_twice() -> None:
    ranked = [[5, 3, 9], [9, 1]]
    assert dict(rrf(ranked, weights=[2, 1])) == pytest.approx(dict(rrf([ranked[0], *ranked])), rel=1e-15)


scores = st.dictionaries(st.integers(0, 20), st.integers(-50, 50).map(float), max_size=10)


@given(st.lists(scores, min_size=1, max_size=3))
def test_z_is_that_of_scipy(arms: list[dict[int, float]]) -> None:
    """Each arm by scipy.stats.zscore with ddof 0, to 1e-9; what an arm does not hold counts as its lowest."""
    wanted = dict.fromkeys((doc for arm in arms for doc in arm), 0.0)
    for arm in arms:
        if arm:
            flat = len(set(arm.values())) == 1
            found = np.zeros(len(arm)) if flat else zscore(list(arm.values()))
            normal = dict(zip(arm, found.tolist(), strict=True))
            for doc in wanted:
                wanted[doc] += normal.get(doc, min(normal.values()))
    assert dict(normalise_and_fuse(arms, [1.0] * len(arms), how="z")) == pytest.approx(wanted, abs=1e-9)


@given(st.lists(scores, min_size=1, max_size=3), st.sampled_from((0.25, 4.0, 64.0)), st.integers(-9, 9))
def test_another_scale_of_an_arm_changes_nothing(
    arms: list[dict[int, float]], factor: float, more: int
) -> None:
    moved = [{doc: factor * score + more for doc, score in arms[0].items()}, *arms[1:]]
    for how in ("min-max", "z"):
        before = normalise_and_fuse(arms, [1.0] * len(arms), how=how)
        after = normalise_and_fuse(moved, [1.0] * len(arms), how=how)
        assert dict(after) == pytest.approx(dict(before), abs=1e-9)


def test_what_cannot_be_fused_is_named() -> None:
    with pytest.raises(WeightsDoNotMatch) as unlike:
        rrf([[1], [2]], weights=[-1.0], k=-1)
    assert (unlike.value.lists, unlike.value.weights) == (2, 1)
    with pytest.raises(BadWeight):
        rrf([[1]], weights=[math.nan], k=-1)
    with pytest.raises(BadConstant):
        rrf([[1]], k=-0.5)
    with pytest.raises(ScoreNotFinite) as wrong:
        normalise_and_fuse([{1: 1.0}, {7: 1.0, 8: math.inf, 9: math.nan}], [1.0, 0.0])
    assert (wrong.value.arm, wrong.value.doc) == (1, 8)


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────


def added(found: list[list[tuple[int, float]]]) -> list[tuple[int, float]]:
    """Scores as they are, added up: the best first, of equal ones the smaller id."""
    total: dict[int, float] = {}
    for pairs in found:
        for doc, score in pairs:
            total[doc] = total.get(doc, 0.0) + score
    return sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_a_page_is_the_best_of_what_may_be_seen(seed: int, size: int, depth: int) -> None:
    """By sorting all permitted candidates of both arms, which is what both sides of the day's decision come to for a plain sum."""
    draw = random.Random(seed)
    arms = [
        sorted(
            ((doc, draw.randint(1, 40) / 8) for doc in draw.sample(range(20), 9)), key=lambda pair: -pair[1]
        )
        for _ in range(2)
    ]
    may = set(draw.sample(range(20), draw.randint(0, 20)))
    page = filtered_search(
        [StoredArm([arm]) for arm in arms], 0, may.__contains__, added, size=size, depth=depth
    )
    wanted = [pair for pair in added([arm[:depth] for arm in arms]) if pair[0] in may][:size]
    assert list(zip(page.ids, page.scores, strict=True)) == wanted
    assert page.short == (len(wanted) < size)
    assert page.down == []


def test_an_arm_that_fails_half_way_leaves_nothing_behind() -> None:
    trial = PageTrial(filtered_search)
    arms = [[(1, 9.0), (2, 8.0), (3, 7.0)], [(4, 3.0), (5, 2.0)]]
    page = trial.page(arms, [1, 2, 3, 4, 5], 5, 3, failing=["half way", ""])
    assert page == {"ids": [4, 5], "scores": [3.0, 2.0], "down": [0], "short": True}
    assert sorted(trial.searched) == [(0, 3), (1, 3)]
    assert sorted(trial.checked) == [4, 5]
    with pytest.raises(AllArmsDown):
        trial.page(arms, [], 5, 3, failing=["half way", "down"])
    with pytest.raises(RuntimeError):
        trial.page(arms, [], 5, 3, failing=["down", "broken"])
    with pytest.raises(NothingAsked) as nothing:
        trial.page(arms, [], 0, 0, failing=["down", "down"])
    assert nothing.value.name == "size"


# ── the world of the day ────────────────────────────────────────────────────────────────────────────────


def test_arms_answer_as_sorting_everything_does() -> None:
    """Twenty plain questions: BM25 and cosine of all 1,200 documents, sorted by (−score, id)."""
    documents = known_items.vectors("minilm", "documents").astype(np.float64)
    arm = VectorArm(documents)
    for words, vector, stored in zip(
        known_items.questions("plain")[:20],
        known_items.vectors("minilm", "plain")[:20],
        found("minilm", "plain"),
        strict=False,
    ):
        question = Question([str(word) for word in words], vector)
        cosines = (documents @ vector.astype(np.float64)).tolist()
        wanted = sorted(range(len(cosines)), key=lambda doc: (-cosines[doc], doc))
        assert [doc for doc, _ in arm.search(question, 30)] == wanted[:30] == [doc for doc, _ in stored[:30]]
        best = lexical().search(question, 5)
        assert best == sorted(best, key=lambda pair: (-pair[1], pair[0]))
        assert all(score > 0 for _, score in best)


def own() -> Any:
    return tuple(subjects(rrf, normalise_and_fuse, filtered_search))


def test_a_second_arm_ruins_part_numbers_by_places_and_not_by_scores() -> None:
    """The day's figures: .735 alone, .503 by places, .713 by scores at weight .3 (150 questions)."""
    mine = own()
    alone = pages(mine, "part", by_ranks=True, weight=0.0, depth=100)
    places = pages(mine, "part", by_ranks=True, weight=0.5, depth=100)
    scored = pages(mine, "part", by_ranks=False, weight=0.3, depth=100)
    assert [round(mrr(each), 3) for each in (alone, places, scored)] == [0.735, 0.503, 0.713]
    lost = interval(np.subtract(ranks(places), ranks(alone)))
    assert lost.high < -0.15
    few = pages(mine, "part", by_ranks=True, weight=0.5, depth=5)
    assert mrr(few) > mrr(places) + 0.05


def test_the_world_holds_what_its_users_may_see() -> None:
    may = permitted(0.05)
    assert may[np.arange(150), targets()].all()
    assert 0.04 < may.mean() < 0.06
    ids, found = answers("bm25", "plain", 0.05, pushed=True)
    for row in range(150):
        kept = ids[row][ids[row] >= 0]
        assert may[row, kept].all()
        assert (np.diff(found[row][: len(kept)]) <= 0).all()
    assert not any(may[row, doc] for row, doc in enumerate(secrets(0.05)) if doc >= 0)


def test_filtering_before_fusing_betrays_less_than_filtering_after() -> None:
    """One document in twenty, 200 candidates, by scores: 2 and 59 of 150 pages change with the best hidden document."""

    def after(arms: Any, query: Any, allowed: Any, fuse: Any, *, size: int, depth: int) -> Any:
        return filtered_search(
            arms,
            query,
            lambda doc: True,
            lambda found: [pair for pair in fuse(found) if allowed(pair[0])],
            size=size,
            depth=depth,
        )

    changed = []
    for find in (filtered_search, after):
        mine: Any = tuple(subjects(rrf, normalise_and_fuse, find))
        settings_: dict[str, Any] = {
            "by_ranks": False,
            "weight": 0.3,
            "depth": 200,
            "model": "words",
            "share": 0.05,
        }
        before = pages(mine, "plain", **settings_)
        then = pages(mine, "plain", without_secret=True, **settings_)
        changed.append(sum(one != other for one, other in zip(before, then, strict=True)))
    assert changed == [2, 59]
