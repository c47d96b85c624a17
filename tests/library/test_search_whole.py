"""S1 from end to end, of the parts that ``mine`` carries from days 11 to 14: changes come twice and out of order, three shards keep segments, a
broker asks copies of which some die, and what comes back is one index built from scratch. Under 2 s."""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.notebook.earlier import mine
from course.systems.search.analysis import analyse
from course.systems.search.hits import Hit
from course.systems.search.live_index import LiveIndex
from course.systems.search.outbox import Change, Indexer, Outbox
from course.systems.search.planned_network import BREAKS, REFUSES, Planned, PlannedNetwork
from course.systems.search.reader import Reader
from course.systems.search.shard import Shard
from course.systems.search.windows import WindowIndex

PARTS = {
    11: ("PostingList", "intersect", "phrase_match"),
    12: ("bm25_scores", "top_k", "block_max_top_k"),
    13: ("global_statistics", "merge_top_k", "Broker"),
    14: ("SegmentStore", "pick_merge", "merge_segments"),
}
SHARDS, K = ("a", "b", "c"), 5
WORDS = ["red", "blue", "hat", "shoe", "coat", "small", "large", "new"]


@pytest.fixture(scope="module")
def parts() -> dict[str, Any]:
    return {name: mine(day, name) for day, names in PARTS.items() for name in names}


def carried(draw: random.Random, database: Outbox, shards: dict[str, LiveIndex]) -> None:
    """Eighty changes, each to the shard of its id; some come twice, neighbours change places, refreshes in between."""
    indexers = {name: Indexer(live, horizon=16) for name, live in shards.items()}
    for _ in range(80):
        text = None if draw.random() < 0.2 else " ".join(draw.choices(WORDS, k=draw.randint(1, 9)))
        database.put(draw.randrange(40), text)
    changes = [change for _, change in database.read(after=0, most=1_000)]
    coming = sorted(enumerate(changes), key=lambda pair: pair[0] + draw.randrange(8))
    for _, change in coming:
        name = SHARDS[change.id % len(SHARDS)]
        indexers[name].apply([change] * draw.choice((1, 1, 2)))
        if draw.random() < 0.2:
            shards[name].refresh()
    for live in shards.values():
        live.refresh()


def alive(live: LiveIndex) -> dict[int, str]:
    """What one snapshot of a shard holds."""
    snapshot = live.store.snapshot()
    found = sorted({id for word in WORDS for id in live.store.search(snapshot, [word])})
    newest: dict[int, Change] = {}
    for segment in snapshot.segments:
        for id, entry in segment:
            if id in found and (id not in newest or newest[id].version < entry.version):
                newest[id] = Change(id, entry.version, entry.text)
    live.store.release(snapshot)
    return {id: change.text or "" for id, change in newest.items()}


def shard_of(name: str, texts: dict[int, str], kind: Any) -> tuple[Shard, dict[str, Any]]:
    """A shard that scores, and its lists in blocks."""
    bags = {id: Counter(analyse(text)) for id, text in texts.items()}
    holding = {word: sorted(id for id, bag in bags.items() if bag[word]) for word in WORDS}
    postings = {word: [(id, bags[id][word]) for id in ids] for word, ids in holding.items()}
    lists = {
        word: kind.encode(
            [(id, [at for at, each in enumerate(analyse(texts[id])) if each == word]) for id in ids], 4
        )
        for word, ids in holding.items()
    }
    return Shard(name, postings, {id: sum(bag.values()) for id, bag in bags.items()}), lists


def plans(draw: random.Random, found: dict[str, list[Hit]]) -> dict[str, list[Planned]]:
    """Of each shard's two copies one answers; the other is dead, dies, or answers late."""
    planned = {}
    for name, hits in found.items():
        well, other = ("answers", draw.uniform(1, 30), hits), draw.choice((REFUSES, BREAKS, "answers"))
        planned[name] = draw.sample([well, (other, draw.uniform(1, 90), hits)], 2)
    return planned


@given(st.integers(0, 10**6))
@settings(max_examples=12, deadline=None)
def test_many_shards_that_change_rank_as_one_index_that_was_built_at_once(
    parts: dict[str, Any], seed: int
) -> None:
    draw, database = random.Random(seed), Outbox()
    shards = {
        name: LiveIndex(
            parts["SegmentStore"](), parts["pick_merge"], parts["merge_segments"], fanout=3, base=2, cap=60
        )
        for name in SHARDS
    }
    carried(draw, database, shards)
    truth = database.documents()
    held = {name: alive(live) for name, live in shards.items()}
    assert {id: text for texts in held.values() for id, text in texts.items()} == truth

    made = {name: shard_of(name, texts, parts["PostingList"]) for name, texts in held.items()}
    known = parts["global_statistics"](shard.report() for shard, _ in made.values())
    documents = {name: len(texts) for name, texts in held.items()}
    _, everywhere = shard_of("whole", truth, parts["PostingList"])
    for query in (["red", "hat"], ["blue", "small", "new"], ["coat"]):
        network = PlannedNetwork()
        broker = parts["Broker"](
            network, {name: [f"{name}/0", f"{name}/1"] for name in SHARDS}, documents, 20.0, 200.0
        )
        network.begin(plans(draw, {name: shard.top(query, K, known) for name, (shard, _) in made.items()}))
        answer = broker.search(" ".join(query), K, K)
        assert (answer.coverage, answer.again) == (1.0, [])
        assert answer.hits == best(parts, truth, query)

        together = [
            id
            for _, lists in made.values()
            for id in parts["intersect"]([lists[word] for word in query], Reader())
        ]
        assert sorted(together) == parts["intersect"]([everywhere[word] for word in query], Reader())
        assert phrases(parts, [lists for _, lists in made.values()], query) == {
            id for id, text in truth.items() if " ".join(query) in " ".join(analyse(text))
        }


def phrases(parts: dict[str, Any], shards: Sequence[dict[str, Any]], query: Sequence[str]) -> set[int]:
    """The documents in which the words of ``query`` stand side by side, by their positions."""
    found = set()
    for lists in shards:
        at = [dict(positions_of(lists[word])) for word in query]
        for id in parts["intersect"]([lists[word] for word in query], Reader()):
            if parts["phrase_match"]([places[id] for places in at]):
                found.add(id)
    return found


def positions_of(found: Any) -> list[tuple[int, list[int]]]:
    """The ids of a list, each with its positions."""
    reader = Reader()
    return [
        pair
        for number in range(len(found.firsts))
        for pair in zip(found.ids(number, reader), found.positions(number, reader), strict=True)
    ]


def best(parts: dict[str, Any], texts: dict[int, str], query: Sequence[str]) -> list[Hit]:
    """The best of all by day 12's scores over one index with ids from 0."""
    ids = sorted(texts)
    bags = [Counter(analyse(texts[id])) for id in ids]
    postings = {
        word: (
            np.array([at for at, bag in enumerate(bags) if bag[word]]),
            np.array([bag[word] for bag in bags if bag[word]]),
        )
        for word in WORDS
    }
    lengths = np.array([sum(bag.values()) for bag in bags])
    scores = parts["bm25_scores"](postings, query, lengths)
    pruned = parts["block_max_top_k"](WindowIndex(postings, lengths, 4), query, K)
    assert [ids[at] for at, _ in pruned["hits"]] == [
        id for id, _ in parts["top_k"](zip(ids, scores.tolist(), strict=True), K) if scores[ids.index(id)] > 0
    ]
    found: list[Hit] = parts["top_k"](
        ((ids[at], float(score)) for at, score in enumerate(scores) if any(bags[at][word] for word in query)),
        K,
    )
    return found
