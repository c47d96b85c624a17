"""Day 1's interview: a vector search fleet in six constraints, sized by the learner's own `fleet_size`."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject, there
from course.days.day01_estimation.service import measure
from course.interview import (
    SHARE,
    Assumed,
    Before,
    Complexity,
    Design,
    Estimate,
    Knob,
    Naive,
    Production,
    Replies,
    Round,
    Scenario,
    Side,
    Slo,
    Tenfold,
)
from course.systems.simulate.sorted_shards import SortedShards

TEN_MILLION = {"documents": 1e7, "rate": 1_000}
BILLION = {"documents": 1e9, "rate": 1_000}
MILLION = {"documents": 1e9, "rate": 1_000_000}
SCRAPED = MILLION | {"scraper": 0.3, "accounts": 200_000}


def run(design: Mapping[str, Any], under: Round, size: Subject) -> Mapping[str, float]:
    """Measure a design under a round's load on the learner's `fleet_size`."""
    return measure(design, under.load, size)


def _one_list(documents: int, size: Subject) -> tuple[Any, Sequence[Any]]:
    """A look-up in one sorted list of so many documents."""
    return there(size, SortedShards)(documents, 1).find, [(documents // 3,)] * 3


def _many_lists(shards: int, size: Subject) -> tuple[Any, Sequence[Any]]:
    """A look-up over so many sorted lists that hold the same documents together."""
    return there(size, SortedShards)(4096, shards).find, [(1234,)] * 3


def dollars(limit: float) -> Slo:
    return Slo("dollars", limit, label="cost of the fleet", unit="thousand $ a month")


def missed(limit: float) -> Slo:
    return Slo("missed", limit, label="true neighbours missed, of the ten nearest", unit=SHARE)


def age(limit: float) -> Slo:
    return Slo("age", limit, label="age of the oldest answer", unit="s")


def rebuild(limit: float) -> Slo:
    return Slo("rebuild", limit, label="time to index a shard anew", unit="h")


def refusals(limit: float) -> Slo:
    return Slo("refused", limit, label="people refused by the limit", unit=SHARE)


REFERENCE: Mapping[str, Design] = {
    "small": {"codec": "float32", "memory": 64, "ttl": 0, "limit": 0},
    "billion": {"codec": "int8", "memory": 384, "ttl": 0, "limit": 0},
    "million": {"codec": "int8", "memory": 384, "ttl": 60, "limit": 0},
    "forget": {"codec": "int8", "memory": 128, "ttl": 60, "limit": 0},
    "half": {"codec": "pq64", "memory": 128, "ttl": 60, "limit": 0},
    "scraper": {"codec": "pq64", "memory": 128, "ttl": 60, "limit": 30},
}

LINKS = "How many bytes does the index add to a vector?"
REPEATS = "How often do queries repeat, and how old may an answer be?"
PRICE = "What does a machine cost, and how full may I plan it?"

SCENARIO = Scenario(
    id="day01",
    title="A billion documents, found by meaning",
    opening=(
        "Search by meaning: a document is a vector of 768 numbers, a query is one too, and we want the ten nearest. Ten "
        "million documents and a thousand queries a second today. If it works, a billion documents and a million "
        "queries a second. What do you buy, what does it cost, and what runs out first?"
    ),
    clarify=(
        (
            LINKS,
            "It is a graph: each vector keeps links to some neighbours, 144 bytes in all.",
        ),
        (
            "How many of the true neighbours may be missed, and who measured that?",
            "Few today: a recall of 0.975. Nobody has asked the users, so assume that it can be bargained about.",
        ),
        (
            REPEATS,
            "85 of 100 queries come back at some time. Today no answer may be old. I may change my mind.",
        ),
        ("Are these rates averages or peaks?", "Peaks. Plan for them."),
        (
            "How fast must a change reach the index?",
            "Not said yet. A machine indexes 20,000 documents a second.",
        ),
        (
            PRICE,
            "16 cores and 64 GB for $0.80 an hour, 730 hours a month; another GB is $0.004 an hour. Plan 80% of the memory "
            "and 60% of the cores, and at least 2 copies of everything.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "index of a billion documents at one byte a number",
                "GB",
                912.0,
                within=1.5,
                given="768 numbers in a vector, one byte each, and 1,000,000,000 documents.",
                asks=(LINKS,),
                how="(768 + 144) × 1,000,000,000 / 1e9 = 912",
            ),
            Estimate(
                "cores at work at a million queries a second, nothing cached",
                "cores",
                20_475.0,
                given="Full-size vectors: 63 shards, and a look-up in one of them takes 0.325 ms of a core. 1,000,000 queries a second.",
                how="1,000,000 × 63 × 0.325 / 1000 = 20,475",
            ),
            Estimate(
                "what those cores cost",
                "$ a month",
                1_246_000.0,
                given="The 20,475 cores of the line above, 16 in a machine.",
                asks=(PRICE,),
                how="20,475 / 16 / 60% × 0.80 × 730 = 1,246,000; in whole copies of 63 machines a little more",
            ),
        ),
        data=(
            "search(vector: list[float], k: int, deadline_ms: int) -> list[tuple[str, float]]\n"
            "upsert(id: str, vector: list[float]) -> None\n"
            "document: document store, key id\n"
            "vectors and links: shard, key hash of id\n"
            "cached answer: cache, key query, used at router\n"
            "queries of an account: limiter, key account and minute, used at router"
        ),
        path=(
            "client -> router ×3 -> cache ×10 -> broker ×8 -> shard ×126\n"
            "router -> limiter ×3\n"
            "document store ×3 -> shard"
        ),
    ),
    knobs=(
        Knob(
            "codec",
            "how a vector of 768 numbers is stored: 4, 2, 1 or half a byte a number, or a code of 64 bytes",
            choices=("float32", "float16", "int8", "int4", "pq64"),
            default="float32",
        ),
        Knob(
            "memory",
            "memory of a machine of 16 cores",
            choices=(64, 96, 128, 192, 256, 384, 512),
            unit="GB",
            default=64,
        ),
        Knob(
            "ttl",
            "how long an answer may be served from the cache (0: no cache)",
            choices=(0, 10, 30, 60, 300, 600),
            unit="s",
            default=0,
        ),
        Knob(
            "limit",
            "queries a minute that an account may ask (0: no limit)",
            choices=(0, 5, 10, 20, 30, 60, 120),
            default=0,
        ),
    ),
    rounds=(
        Round(
            name="small",
            line="Start with ten million documents and a thousand queries a second. Miss at most 25 in 1,000 of the true neighbours, for $1,600 a month.",
            load=TEN_MILLION,
            slos=(dollars(1.6), missed(0.025)),
            presses="dollars",
            predicts="dollars",
            replies=Replies(
                weak="“It depends on the traffic.” It does, and you were given it.",
                good="Bytes a document × documents, one machine, two of them, dollars; all in one breath.",
                strong="Adds that the second machine is there for failure and not for load: both are nearly idle.",
            ),
        ),
        Round(
            name="billion",
            line="All of it now: a billion documents, the same thousand queries a second. I pay $12,500 a month, you may miss 4 in 100, and no answer may come from a cache.",
            load=BILLION,
            slos=(dollars(12.5), missed(0.04), age(0)),
            presses="dollars",
            relaxes=("dollars", "missed"),
            predicts="dollars",
            replies=Replies(
                weak="A hundred times the documents, a hundred times the machines.",
                good="Sees that memory binds and cores idle: fewer bytes a vector, more memory beside each core.",
                strong="Buys memory where it comes without cores, and says at which load that stops being right.",
            ),
        ),
        Round(
            name="million",
            line="It works: a million queries a second. You get $135,000 a month, and an answer may be a minute old.",
            load=MILLION,
            slos=(dollars(135), missed(0.04), age(60)),
            presses="dollars",
            relaxes=("dollars", "age"),
            predicts="dollars",
            replies=Replies(
                weak="More shards, so that each has less to do.",
                good="More copies of few shards, and a cache in front: most queries were asked in the last minute.",
                strong="Says that the resource that binds has changed from memory to cores, and what the cache's loss would do.",
            ),
        ),
        Round(
            name="forget",
            line="Legal calls. What must be forgotten has to be gone within 1.7 hours, not hidden but gone, and this index forgets only when its shard is indexed anew. You get $30,000 more, so $165,000.",
            load=MILLION,
            slos=(rebuild(1.7), dollars(165)),
            presses="rebuild",
            relaxes=("dollars",),
            predicts="rebuild",
            replies=Replies(
                weak="More copies. (Each copy is indexed anew as well, and takes as long.)",
                good="Smaller shards: fewer documents to index on one machine. Knows that each query then costs more.",
                strong="Hides the document at once by a filter, and indexes anew one copy after the other behind it; says what serves meanwhile, and logs when it was gone from the last.",
            ),
        ),
        Round(
            name="half",
            line="Finance halves you, to $75,000. The product can live without 3 in 10 of the neighbours, and Legal gives you five hours.",
            load=MILLION,
            slos=(dollars(75), missed(0.3), rebuild(5)),
            presses="dollars",
            relaxes=("missed", "rebuild"),
            predicts="dollars",
            replies=Replies(
                weak="Longer time to live. (Nobody allowed it: answers are a minute old at most.)",
                good="Shorter codes: fewer shards, so fewer look-ups a query. Compression saves processors here, not only memory.",
                strong="Wins the recall back: fetches 50 candidates by codes, and re-ranks them by full vectors from disk. Prices it.",
            ),
        ),
        Round(
            name="scraper",
            line="Three queries in ten now come from one scraper with 200,000 accounts, and it never asks the same twice. The bill stays. And do not refuse more than 5 people in 1,000.",
            load=SCRAPED,
            slos=(dollars(75), refusals(0.005)),
            presses="dollars",
            predicts="dollars",
            replies=Replies(
                weak="“We block the scraper.” By what, and whom else?",
                good="A limit for each account: its threshold, what it lets through, and how many people it refuses wrongly.",
                strong="Says that more accounts defeat it, so it buys time; logs each refusal with account and rate, and measures how people's rates are spread first.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="Take the smallest index, a sorted list that is halved until the entry is found. How does a look-up's work grow with the documents in one list? And with the number of lists, when the same documents are cut into more?",
            before=Side("one list, with its documents", _one_list, at=1024),
            after=Side("the same documents, with the lists they are cut into", _many_lists, at=16),
            good="One list: logarithmic, an exponent near 0. Cut into more lists: nearly in proportion, 0.8 here. Each list is a little shorter, and there are four times as many to ask. A graph index does the same: about 0.23 and 0.77.",
            on=("dollars", "rebuild"),
        ),
        Tenfold(
            ask="Ten times the documents, the same queries, your design as it stands. Which promise breaks first?",
            times={"documents": 10},
            good="Dollars, nearly tenfold: ten times the shards, and each query asks them all. The time to index a shard stays: shards fill their machines as before, there are only more of them.",
            rounds=("billion", "million", "forget", "half", "scraper"),
        ),
        Production(
            good=(
                "Share of busy cores on the busiest copy (planned 0.6, alarm at 0.75 for five minutes), memory in use, hit rate of "
                "the cache, and recall on a sample of queries that is repeated by exact search. A new codec is built "
                "beside the old index, one copy at a time; rolling back means sending the queries to the copies that still have the old one."
            ),
        ),
        Assumed(
            good=(
                "The work of a look-up: measured on a million vectors of 96 numbers and drawn on to larger shards of longer "
                "ones. If it is three times that, so is the bill at a million queries a second, so I would measure it "
                "first, on one machine, in a day. Then: that popularity follows a law, that rates are peaks, and how fast people ask."
            ),
        ),
    ),
    run=run,
    probes={
        "dollars": "Which resource are you paying for: memory, cores, or copies? How do you tell?",
        "missed": "What does a missed neighbour cost the product, and who would notice?",
        "age": "Which answers must not be old, and how would a deleted document leave the cache?",
        "rebuild": "How many documents lie on one machine, and who answers while it is indexed anew?",
        "refused": "Whom do you refuse wrongly, what do they see, and how do they tell you?",
    },
    safety=("refused",),
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=REFERENCE["small"],
        fails_round="billion",
        fails_metric="dollars",
    ),
)
