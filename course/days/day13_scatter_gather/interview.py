"""Day 13's interview: how many shards, how many copies of each, and how many hits they send."""

from collections.abc import Mapping, Sequence
from typing import Any

from course import facts
from course.checking.subject import Subject
from course.days.day13_scatter_gather.measures import COPIES, HIT_BYTES, measure
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
from course.systems.simulate.shard_calls import FIXED_MS, PAUSE_MS, PAUSES

STEADY: Mapping[str, float] = {
    "documents": 100,
    "queries": 500,
    "k": 10,
    "dead": 0,
    "slow": 0,
    "restarting": 0,
    "together": 0,
}
DEAD = {**STEADY, "dead": 1}
SLOW = {**DEAD, "slow": 1}
UPGRADE = {**SLOW, "queries": 1000, "restarting": 1}
RERANKER = {**UPGRADE, "k": 300}
TENANTS = {**RERANKER, "documents": 300, "queries": 400, "together": 1}


def run(
    design: Mapping[str, Any],
    under: Round,
    global_statistics: Subject,
    merge_top_k: Subject,
    Broker: Subject,
) -> Mapping[str, float]:
    """Measure a design under a round's load, with the learner's merge and broker."""
    return measure(design, under.load, merge_top_k, Broker)


def _answers(shards: int, hits: int) -> dict[str, list[tuple[int, float]]]:
    """So many sorted hits of each of so many shards."""
    return {
        f"s{shard}": [(shards * rank + shard, 1e6 - (shards * rank + shard)) for rank in range(hits)]
        for shard in range(shards)
    }


def _by_hits(
    hits: int, global_statistics: Subject, merge_top_k: Subject, Broker: Subject
) -> tuple[Any, Sequence[Any]]:
    """The ten best of twenty shards that sent so many hits each."""
    answers = _answers(20, hits)
    return merge_top_k, [(answers, dict.fromkeys(answers, hits), 10)] * 3


def _by_shards(
    shards: int, global_statistics: Subject, merge_top_k: Subject, Broker: Subject
) -> tuple[Any, Sequence[Any]]:
    """The ten best of so many shards that sent ten hits each."""
    answers = _answers(shards, 10)
    return merge_top_k, [(answers, dict.fromkeys(answers, 10), 10)] * 3


def _p99(limit: float) -> Slo:
    return Slo("p99", limit, unit="ms", label="99th percentile of a search")


def _coverage(limit: float) -> Slo:
    return Slo("coverage", limit, at_most=False, unit=SHARE, label="share of the documents that is searched")


def _busiest(limit: float) -> Slo:
    return Slo("busiest", limit, unit=SHARE, label="share of its cores that the busiest machine uses")


def _settled(limit: float) -> Slo:
    return Slo(
        "settled",
        limit,
        at_most=False,
        unit=SHARE,
        label="queries for which one trip to the shards is enough",
        of="asked",
    )


def _kib(limit: float) -> Slo:
    return Slo("kib", limit, unit="KiB", label="what reaches the broker for one query")


def _machines(limit: float) -> Slo:
    return Slo("machines", limit, unit="machines", label="machines: one for each copy of a shard")


NAMES = ("shards", "copies", "ask")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "steady": (20, "1", 10),
        "dead": (20, "2", 10),
        "slow": (20, "2 hedged", 10),
        "upgrade": (20, "3 hedged", 10),
        "reranker": (20, "3 hedged", 30),
        "tenants": (40, "3 hedged", 80),
    }.items()
}

SCENARIO = Scenario(
    id="day13",
    title="A hundred million documents in pieces",
    opening=(
        "A hundred million documents, five hundred queries a second, the ten best in 65 milliseconds at the 99th percentile. Cut the "
        "index up. Then I take a machine away."
    ),
    clarify=(
        (
            "What does a query cost?",
            f"{facts.WORDS_OR_CORE_MS.value:g} ms of a core for a million documents, and {FIXED_MS:g} ms more for every call to a shard.",
        ),
        (
            "How large is a machine?",
            f"{facts.MACHINE_CORES.value:g} cores. A machine holds one copy of one shard; memory is not what limits you.",
        ),
        (
            "What makes a call slow?",
            f"A pause of {PAUSE_MS:g} ms, which {PAUSES:g} of all calls meet, each machine for itself. And the work varies.",
        ),
        (
            "What does a shard send?",
            f"{HIT_BYTES} bytes a hit: an id and a score.",
        ),
        (
            "May an answer be partial?",
            "If it says its coverage. Not below 0.9995 of the documents on average, once machines fail.",
        ),
        (
            "Are the documents spread by a hash, or by tenant?",
            "By a hash of the id, until I say otherwise.",
        ),
        (
            "Who knows in how many documents a word stands?",
            "The shards count, somebody adds it up once a day, and every shard gets the sum.",
        ),
        (
            "May a shard be asked twice for one query?",
            "Yes, and it costs a second trip: plan for one in 95 of 100.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "cores that are busy at 1,000 queries a second, with 40 shards",
                "cores",
                240,
                within=1.25,
                given="100 million documents in 40 shards, and 1,000 queries a second.",
                asks=("What does a query cost?",),
                how="1,000 × (40 × 1 + 2 × 100) / 1,000 = 240",
            ),
            Estimate(
                "queries of a hundred that meet a pause in at least one of 30 shards",
                "queries",
                100 * (1 - 0.99**30),
                within=1.25,
                given="Each of the 30 shards is called once.",
                asks=("What makes a call slow?",),
                how="100 × (1 − (1 − 0.01) to the power of 30) = 26",
            ),
            Estimate(
                "what reaches the broker for one query, if each of 20 shards sends 300 hits",
                "kB",
                72,
                within=1.25,
                given="A kB is 1,000 bytes; 20 shards, 300 hits each.",
                asks=("What does a shard send?",),
                how="20 × 300 × 12 / 1,000 = 72",
            ),
        ),
        data=(
            "search(query: str, k: int, deadline_ms: float) -> answer: Answer\n"
            "top(query: str, ask: int, statistics_version: int) -> hits: list[Hit]\n"
            "postings of its documents: shard, key word\n"
            "number of documents, their mean length, documents by word: statistics, key version, used at shard\n"
            "machines that hold a copy: map, key shard, used at broker"
        ),
        path="client -> broker ×4 -> shard ×40 -> broker\nstatistics ×3 -> shard\nmap ×3 -> broker",
    ),
    knobs=(
        Knob("shards", "pieces of the index", choices=(5, 10, 20, 40, 80), default=5),
        Knob(
            "copies",
            "copies of each; hedged: the slowest 5% of the calls are asked again at another",
            choices=tuple(COPIES),
            default="1",
        ),
        Knob("ask", "hits that each shard is asked for", choices=(2, 5, 10, 30, 80, 300), default=10),
    ),
    rounds=(
        Round(
            name="steady",
            line="Cut it up. 65 ms, 25 machines, none busier than 0.6, and one trip for 95 of 100 queries.",
            load=STEADY,
            slos=(_p99(65), _machines(25), _busiest(0.6), _settled(0.95)),
            presses="p99",
            predicts="p99",
            replies=Replies(
                weak="As many shards as machines, because more is faster. And who waits for the pauses?",
                good="Says what more shards shorten, the work, and what they do not: with each shard one more call can meet a pause.",
                strong="Finds where the two meet, and leaves memory out because it decides nothing here.",
            ),
        ),
        Round(
            name="dead",
            line="I take a machine away. On average 0.9995 of the documents are searched; you may have 45 machines.",
            load=DEAD,
            slos=(_coverage(0.9995), _machines(45), _p99(65), _busiest(0.6)),
            presses="coverage",
            relaxes=("machines",),
            predicts="busiest",
            replies=Replies(
                weak="“Kubernetes restarts it.” A copy of a shard takes minutes to load.",
                good="Two copies of every shard, and the broker knows within a request that one is gone.",
                strong="Says that the other copy now does the work of two, before looking.",
            ),
        ),
        Round(
            name="slow",
            line="Another one is not dead. It answers, four times slower. 65 ms all the same.",
            load=SLOW,
            slos=(_p99(65), _coverage(0.9995), _machines(45)),
            presses="p99",
            predicts="p99",
            replies=Replies(
                weak="A health check. It is healthy: it answers.",
                good="Asks again after the 95th percentile: one call in twenty more, and the slow machine hardly shows.",
                strong="Sees that the shard with the dead machine has nobody to ask again, and what that leaves.",
            ),
        ),
        Round(
            name="upgrade",
            line="Double traffic, and you roll out a new version: one machine restarts at any time. 65 machines.",
            load=UPGRADE,
            slos=(_busiest(0.6), _coverage(0.9995), _p99(65), _machines(65)),
            presses="busiest",
            relaxes=("machines",),
            predicts="busiest",
            replies=Replies(
                weak="Upgrades at night. The traffic has doubled at night too.",
                good="A third copy: one is dead, one restarts, one answers.",
                strong="Knows which of the live copies the broker asks. Always the first puts one machine at 0.72 of its cores and its twin at next to nothing; by chance both are near 0.36.",
            ),
        ),
        Round(
            name="reranker",
            line="A reranker wants the exact three hundred best instead of ten. 15 KiB a query at the broker, and one trip for 95 of 100.",
            load=RERANKER,
            slos=(_settled(0.95), _kib(15)),
            presses="settled",
            predicts="settled",
            replies=Replies(
                weak="Three hundred from each shard, to be exact: nineteen of twenty hits are thrown away.",
                good="Asks for a little more than each shard's part, and for more only where the merge says that it is not certain.",
                strong="Computes how far above its part the fullest of twenty shards comes.",
            ),
        ),
        Round(
            name="tenants",
            line="A customer twice as large as all others, and each tenant's documents stay together. 400 queries a second; 170 machines, 80 KiB.",
            load=TENANTS,
            slos=(_p99(65), _settled(0.95), _kib(80), _machines(170)),
            presses="p99",
            relaxes=("machines", "kib"),
            predicts="p99",
            replies=Replies(
                weak="A cluster for each tenant, without asking what that does to the small ones.",
                good="More shards for the work, and more hits from each, since the best of one query now stand in few shards.",
                strong="Says what tenants could learn of each other through shared word counts, and filters by permission on the shard, before its best.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of your merge grow: with the hits that each of twenty shards sent, and with the shards, of ten hits each, for the ten best?",
            before=Side("the ten best, with the hits of a shard", _by_hits, at=50),
            after=Side("the ten best, with the shards", _by_shards, at=50),
            good="Not at all with the hits: only the next one of each shard is looked at, exponent 0. With the shards linearly: each is looked at once, exponent 1. What is sent and thrown away costs the network, not the merge.",
            on=("settled", "p99"),
        ),
        Tenfold(
            ask="Ten times the queries. Which promise breaks first?",
            times={"queries": 10},
            good="The busiest machine: the copy beside the dead one has the work of both. The 99th percentile of this model has no queue in it; in truth it goes next, see day 2.",
            rounds=("dead", "slow", "upgrade", "reranker"),
        ),
        Production(
            good=(
                "Coverage of every answer, its mean over a minute with an alarm below 0.9995, and which shards are missing; hedged calls over calls, alarm at twice the 5%; second trips over queries. "
                "Hedging is a flag that a broker drops by itself above 10%. The version of the statistics is in each answer, and the old one is kept to go back to."
            ),
        ),
        Assumed(
            good=(
                "That machines pause and die one by one, that the copies of a shard hold the same documents, that the counts of words are a day old at most, that 24 queries stand for all. "
                "The first hurts most: two copies in one rack die together, and the coverage that was computed was none."
            ),
        ),
    ),
    run=run,
    probes={
        "p99": "Which call was the last, and what was it waiting for: work, a pause, a slow machine?",
        "coverage": "Whose documents were not searched, and does the answer say so?",
        "busiest": "Which machine is it, and whose work does it do besides its own?",
        "settled": "Which shard has to be asked again, and what could it still hold?",
        "kib": "How many of those hits are thrown away?",
        "machines": "What does each of them do that another could not?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (20, "1", 10), strict=True)), fails_round="dead", fails_metric="coverage"
    ),
)
