"""Day 13's library against one index, sorting, brute force over what a shard may hold, exact formulas, draws, and real processes. Under 8 s."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.checking.port import subjects
from course.days.day13_scatter_gather.corpus import (
    HASH,
    PATH,
    answered,
    asked,
    dealt,
    known,
    one_index,
    overlap,
    owners,
    rankings,
)
from course.days.day13_scatter_gather.faults import ARRIVAL, EMPTY, FILTER, OWN, found
from course.days.day13_scatter_gather.measures import busiest, coverage
from course.days.day13_scatter_gather.pictures import fullest, needed
from course.notebook.earlier import mine
from course.systems.search.bm25 import bm25_scores
from course.systems.search.broker import Broker
from course.systems.search.errors import DuplicateId, NoAnswer
from course.systems.search.global_statistics import global_statistics
from course.systems.search.hits import Hit, place
from course.systems.search.merge import merge_top_k
from course.systems.search.merge_trial import MergeTrial
from course.systems.search.planned_network import BrokerTrial, PlannedNetwork
from course.systems.search.reports import ShardReport
from course.systems.search.shard import Shard
from course.systems.search.shard_processes import ShardProcesses
from course.systems.simulate.shard_calls import PAUSE_MS, PAUSES, SIGMA, SLOWER, Shards

# ── merging ─────────────────────────────────────────────────────────────────────────────────────────────

SHARDS = st.lists(st.lists(st.sampled_from((0.0, 1.0, 1.5, -2.0, float("-inf"))), max_size=6), max_size=5)


def dealt_hits(scores: Sequence[Sequence[float]], seed: int) -> dict[str, list[Hit]]:
    """Hits with even ids, no two of them alike."""
    total = sum(map(len, scores))
    ids = random.Random(seed).sample(range(0, 4 * total + 2, 2), total)
    return {
        f"s{number}": sorted([(ids.pop(), score) for score in part], key=place)
        for number, part in enumerate(scores)
    }


@given(SHARDS, st.integers(-1, 12), st.integers(0, 99))
def test_the_best_are_those_of_sorting_everything(scores: list[list[float]], k: int, seed: int) -> None:
    answers = dealt_hits(scores, seed)
    hits, _ = merge_top_k(answers, dict.fromkeys(answers, 99), k)
    assert hits == sorted((hit for part in answers.values() for hit in part), key=place)[: max(k, 0)]


@given(SHARDS, st.integers(1, 8), st.integers(1, 5), st.integers(0, 99))
@settings(max_examples=400, deadline=None)
def test_exactly_those_are_asked_again_who_could_change_the_answer(
    scores: list[list[float]], k: int, ask: int, seed: int
) -> None:
    """Brute force: a shard that may have more is given each next hit that its order allows, every odd id with every score and its neighbours."""
    answers = {name: hits[:ask] for name, hits in dealt_hits(scores, seed).items()}
    asked = {name: ask if len(hits) == ask else ask + 1 for name, hits in answers.items()}
    best, again = merge_top_k(answers, asked, k)
    every = [hit for hits in answers.values() for hit in hits]
    levels = {score for _, score in every} | {math.nextafter(score, -math.inf) for _, score in every}
    top = max((doc for doc, _ in every), default=0)
    changing = []
    for name, hits in answers.items():
        if len(hits) == asked[name]:
            more = [(doc, score) for score in levels for doc in range(-1, top + 2, 2)]
            allowed = [hit for hit in more if place(hit) > place(hits[-1])]
            if any(sorted([*every, hit], key=place)[:k] != best for hit in allowed):
                changing.append(name)
    assert again == sorted(changing)


def test_an_id_of_two_shards_is_named_where_it_would_stand_twice() -> None:
    answers = {"a": [(1, 9.0), (2, 8.0)], "b": [(3, 8.5), (1, 7.0)]}
    asked = dict.fromkeys(answers, 2)
    assert merge_top_k(answers, asked, 3)[0] == [(1, 9.0), (3, 8.5), (2, 8.0)]
    with pytest.raises(DuplicateId) as wrong:
        merge_top_k(answers, asked, 4)
    assert wrong.value.doc == 1


# ── many shards as one index ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("by", [HASH, PATH])
@pytest.mark.parametrize("shards", [1, 5, 20, 100])
def test_shards_with_global_statistics_give_one_index_to_the_last_bit(shards: int, by: str) -> None:
    """24 queries, ids and scores of the ten best, and of the hundred best for 20 shards."""
    for k in (10, 100) if shards == 20 else (10,):
        for answers, hits in zip(answered(shards, by, k), one_index(), strict=True):
            assert merge_top_k(answers, dict.fromkeys(answers, k), k) == (hits[:k], [])


def test_statistics_are_those_of_one_shard_whatever_copies_report() -> None:
    (whole,) = dealt(1, HASH)
    one = global_statistics([whole.report()])
    reports = [part.report() for part in dealt(20, PATH)]
    behind = [ShardReport(each.shard, 0, 1, 1, {"only": 1}) for each in reports]
    for order in (reports + reports, behind + reports, reports[::-1] + behind):
        assert global_statistics(iter(order)) == one
    assert one.mean_length == whole.report().words / 6_800
    assert global_statistics([]).mean_length == 0


def test_a_shard_scores_as_bm25_over_the_same_documents() -> None:
    draw = random.Random(4)
    lengths = {doc: draw.randint(1, 30) for doc in range(50)}
    postings = {
        word: [(doc, draw.randint(1, 4)) for doc in sorted(draw.sample(range(50), draw.randint(1, 40)))]
        for word in "abc"
    }
    shard = Shard("one", postings, lengths)
    arrays = {word: tuple(np.array(pairs).T) for word, pairs in postings.items()}
    for query in ("a", "ab", "cabb"):
        scores = bm25_scores(arrays, list(query), np.array([*lengths.values()]))
        for doc, score in shard.top(list(query), 99, global_statistics([shard.report()])):
            assert score == scores[doc]


def test_own_counts_lose_a_sixth_of_the_ten_and_half_where_neighbours_stay_together() -> None:
    lost = {}
    for by in (HASH, PATH):
        tops = [
            [doc for doc, _ in merge_top_k(each, dict.fromkeys(each, 10), 10)[0]]
            for each in answered(20, by, 10, own=True)
        ]
        lost[by] = overlap(tops, 10)
    assert lost[HASH] == pytest.approx(0.84, abs=0.03)
    assert lost[PATH] == pytest.approx(0.50, abs=0.05)


def test_the_fullest_of_a_hundred_shards_holds_six_of_the_hundred_best() -> None:
    """Of balls in boxes: P(every one of 100 boxes has at most m of 100 balls), by the exact count of Poisson conditioned on the sum; 24 queries within
    three standard errors of it."""
    chance = {most: _boxes(100, 100, most) for most in (4, 5, 6)}
    assert chance[6] == pytest.approx(0.993, abs=0.002)
    assert chance[5] == pytest.approx(0.947, abs=0.005)
    assert needed(HASH) == 6
    assert needed(PATH) == 23
    for most, expected in chance.items():
        share = sum(count <= most for count in fullest(HASH)) / len(asked())
        assert abs(share - expected) < 3 * math.sqrt(expected * (1 - expected) / len(asked())) + 1e-9


def _boxes(balls: int, boxes: int, most: int) -> float:
    """balls! / boxes^balls times the coefficient of x^balls in (1 + x + … + x^most / most!)^boxes."""
    one = np.array([1 / math.factorial(count) for count in range(most + 1)])
    series = np.array([1.0])
    for _ in range(boxes):
        series = np.convolve(series, one)[: balls + 1]
    logarithm = math.log(series[balls]) + math.lgamma(balls + 1) - balls * math.log(boxes)
    return math.exp(logarithm)


@pytest.mark.parametrize("by", [HASH, PATH])
def test_one_trip_is_enough_where_the_fullest_shard_sends_one_more_than_it_has(by: str) -> None:
    """The certificate against counting: settled with ask hits if every shard has fewer than that among the best, or ask is k."""
    shards, k = 20, 100
    owner = owners(shards, by)
    most = [max(np.bincount([owner[doc] for doc, _ in hits[:k]])) for hits in one_index()]
    last = [owner[hits[k - 1][0]] for hits in one_index()]
    for ask in (5, 8, 12, 30, 100):
        counted = 0
        for hits, count, final in zip(one_index(), most, last, strict=True):
            held = np.bincount([owner[doc] for doc, _ in hits[:k]], minlength=shards)
            full = [shard for shard in range(shards) if held[shard] >= ask]
            counted += count <= ask and all(shard == final and held[shard] == ask for shard in full)
        assert MergeTrial(merge_top_k).settled(rankings(shards, by, k), shards, ask, k) == counted


# ── the broker ──────────────────────────────────────────────────────────────────────────────────────────


def searched(
    plan: Mapping[str, Sequence[tuple[str, float, list[Hit]]]], hedge: float = 20.0, deadline: float = 60.0
) -> tuple[Any, float]:
    network = PlannedNetwork()
    network.begin(plan)
    copies = {shard: [f"{shard}/{number}" for number in range(len(tries))] for shard, tries in plan.items()}
    documents = {shard: 10 * (number + 1) for number, shard in enumerate(plan)}
    answer = Broker(network, copies, documents, hedge, deadline).search("a query", 3, 3)
    return answer, network.clock


A, B = ("answers", 9.0, [(1, 3.0)]), ("answers", 12.0, [(2, 2.0)])


def test_a_late_shard_is_asked_again_and_the_first_answer_counts() -> None:
    answer, clock = searched({"a": [A], "b": [("silent", 0.0, []), ("answers", 11.0, [(5, 9.0)])]})
    assert (answer.hits, answer.hedged, answer.coverage, clock) == ([(5, 9.0), (1, 3.0)], 1, 1.0, 31.0)


def test_a_dead_shard_is_missing_at_once_and_a_silent_one_at_the_deadline() -> None:
    dead, clock = searched({"a": [A], "b": [("breaks", 4.0, []), ("refuses", 0.0, [])]})
    assert (dead.missing, dead.coverage, clock) == (["b"], pytest.approx(1 / 3), 9.0)
    silent, clock = searched({"a": [A], "b": [("silent", 0.0, [])]})
    assert (silent.missing, silent.hits, clock) == (["b"], [(1, 3.0)], 60.0)
    with pytest.raises(NoAnswer):
        searched({"a": [("refuses", 0.0, [])]})


def test_copies_share_the_work_and_the_first_one_takes_all_of_it_where_it_is_always_asked() -> None:
    """400 searches: a half each of two live copies, within 4 standard errors; and all of them for the losing side of the day's decision."""

    class First(Broker):
        def search(self, query: str, k: int, ask: int) -> Any:
            for machine in self.copies["a"]:
                if self.network.send(machine, query, ask) is not None:
                    return None
            return None

    for copies, dead in ((2, 0), (3, 1), (3, 0)):
        live = copies - dead
        assert BrokerTrial(Broker).share(copies, dead) < 1 / live + 4 * math.sqrt(
            1 / live * (1 - 1 / live) / 400
        )
        assert BrokerTrial(First).share(copies, dead) == 1
    (broker,) = subjects(Broker)
    assert busiest(broker, 2, 1) == 1, "one copy is left"


def test_coverage_is_that_of_counting_every_state() -> None:
    """Each live machine restarts in its turn: the mean over them of the documents that some live copy holds."""
    for shards, copies, dead in ((20, 2, 1), (20, 3, 1), (5, 1, 1), (8, 2, 0)):
        live = {(shard, copy) for shard in range(shards) for copy in range(copies)} - {
            (0, copy) for copy in range(dead)
        }
        states = [len({shard for shard, _ in live - {away}}) / shards for away in sorted(live)]
        if copies > 1:
            assert coverage(shards, copies, dead, True) == pytest.approx(sum(states) / len(states))
        assert coverage(shards, copies, dead, False) == pytest.approx(
            len({shard for shard, _ in live}) / shards
        )


def test_processes_give_one_index_and_go_on_when_one_is_killed_and_one_stands_still() -> None:
    """Three shards with two copies each in six processes, 24 queries in each state."""
    parts, documents = dealt(3, HASH), {part.name: len(part.lengths) for part in dealt(3, HASH)}
    with ShardProcesses(parts, 2, known(3, HASH)) as machines:
        broker = Broker(machines, machines.machines, documents, 30.0, 20_000.0)

        def answers() -> list[Any]:
            return [broker.search(" ".join(query), 10, 10) for query in asked()]

        def same(came: list[Any]) -> bool:
            return all(
                answer.hits == hits[:10] and answer.coverage == 1
                for answer, hits in zip(came, one_index(), strict=True)
            )

        assert same(answers())
        machines.kill("s2/0")
        assert same(answers()), "it breaks in a request, and then nobody asks it"
        machines.stop("s1/1")
        stopped = answers()
        assert same(stopped)
        assert any(answer.hedged for answer in stopped), "only a clock finds it"
        machines.go_on("s1/1")
        assert same(answers()), "its late answers are to questions that nobody asks any more"
        machines.kill("s2/1")
        for answer in answers():
            assert answer.missing == ["s2"]
            assert answer.coverage == pytest.approx(1 - documents["s2"] / 6_800)


# ── the clock ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("copies", "hedge"), [(1, False), (2, False), (2, True), (3, True)])
@pytest.mark.parametrize(("dead", "slow"), [(0, False), (1, True)])
def test_the_tail_in_closed_form_is_that_of_drawn_searches(
    copies: int, hedge: bool, dead: int, slow: bool
) -> None:
    """20 shards, 30,000 searches: within 4% of the drawn 99th percentile."""
    model = Shards(100, 20, copies, hedge)
    rng, count = np.random.default_rng(13), 30_000

    def calls() -> Any:
        work = model.call_ms * np.exp(rng.normal(-(SIGMA**2) / 2, SIGMA, (count, 20)))
        return work, PAUSE_MS * (rng.random((count, 20)) < PAUSES)

    first, second = calls(), calls()
    factors = np.ones((2, count, 20))
    if slow:
        at = np.argsort(rng.random((count, copies)), axis=1)[:, :2]
        factors[: at.shape[1], :, 1] = np.where(at.T == 0, SLOWER, 1.0)
    took = first[0] * factors[0] + first[1]
    if hedge:
        again = model.delay() + second[0] * factors[1] + second[1]
        again[:, 0] = np.inf if copies - dead < 2 else again[:, 0]
        took = np.where(took > model.delay(), np.minimum(took, again), took)
    if copies == dead:
        took[:, 0] = 0
    drawn = float(np.quantile(took.max(axis=1), 0.99))
    assert model.quantile(0.99, dead, slow, 1 / copies) == pytest.approx(drawn, rel=0.04)


def test_what_breaks_the_same_ten() -> None:
    """Section 5's shares, by the library: 0.84 by own counts, 238 of 240 where equal scores go by arrival, a tenth behind a filter, all with an empty shard."""
    merge, add = subjects(merge_top_k, global_statistics)
    assert found("", merge, add) == found(EMPTY, merge, add) == 1
    assert found(OWN, merge, add) == pytest.approx(0.8375, abs=0.02)
    assert 0.95 < found(ARRIVAL, merge, add) < 1
    assert found(FILTER, merge, add) == pytest.approx(0.1, abs=0.05)


def test_a_later_day_takes_them_by_name() -> None:
    for name, kind in (
        ("merge_top_k", merge_top_k),
        ("global_statistics", global_statistics),
        ("Broker", Broker),
    ):
        assert mine("day13", name) is kind
