"""Day 7's interview: a search over ten to two thousand shards in six constraints."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject
from course.days.day07_tail_latency.search import SEARCHES, measure, waste_of
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
from course.systems.simulate.hedged_leaves import PAUSE_MS, SERVICE_MS

TEN: dict[str, float] = {"shards": 10, "demand": 100.0, "pause": 0.005}
HUNDRED = TEN | {"shards": 100}
TRAFFIC = HUNDRED | {"demand": 125.0}
MANY = TRAFFIC | {"shards": 2000}
RACK = MANY | {"both": 0.1}


def run(
    design: Mapping[str, Any], under: Round, Deadline: Subject, tail: Subject, Hedge: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load; what becomes of the loser the learner's `Hedge` says."""
    return measure(design, under.load, waste_of(Hedge))


def _by_shards(shards: int, Deadline: Subject, tail: Subject, Hedge: Subject) -> tuple[Any, Sequence[Any]]:
    """The tail of a search over so many shards."""
    return tail, [([float(ms) for ms in range(20)], shards, 0.99)] * 3


def _by_times(times: int, Deadline: Subject, tail: Subject, Hedge: Subject) -> tuple[Any, Sequence[Any]]:
    """The tail of a search over a hundred shards, of so many measured times in no order."""
    return tail, [([float(7 * ms % times) for ms in range(times)], 100, 0.99)] * 3


def _p99(limit: float) -> Slo:
    return Slo("p99", limit, unit="ms", label="99th percentile of a search")


def _extra(limit: float) -> Slo:
    return Slo("extra", limit, unit=SHARE, label="leaf requests sent twice")


def _missing(limit: float) -> Slo:
    return Slo("missing", limit, unit=SHARE, label="shards left out of an answer")


def _cores(limit: float) -> Slo:
    return Slo("cores", limit, label="cores for each hundred that the opening's searches keep busy")


NAMES = ("hedge", "need", "cores")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "ten": (0.0, 1.0, 188),
        "hundred": (0.05, 1.0, 188),
        "traffic": (0.02, 1.0, 281),
        "thousands": (0.02, 0.995, 281),
        "whole": (0.02, 1.0, 281),
        "rack": (0.02, 0.995, 206),
    }.items()
}

SCENARIO = Scenario(
    id="day07",
    title="A search that waits for its slowest shard",
    opening=(
        "A search asks 100 shards and waits for all of them. Ten thousand searches a second, five milliseconds of work a "
        "shard. I want 99 of 100 answers in 90 milliseconds, and I pay for a few per cent more requests."
    ),
    clarify=(
        (
            "May an answer lack some of the shards?",
            "Not at first. Later I say how many, and you say whose documents are missing then.",
        ),
        (
            "What makes a leaf slow, and how often?",
            f"Its queue, and pauses: 0.005 of all leaf requests wait out one of {PAUSE_MS:.0f} ms, each server by itself.",
        ),
        (
            "Are both replicas of a shard in one rack?",
            "Some are. When that matters I say so.",
        ),
        (
            "Is a request safe to send twice?",
            "Yes, leaves only read. And a copy that waits in a queue can be cancelled.",
        ),
        (
            "Who measures the delay after which a request is late, and when?",
            "Each client for itself, over the last minute, of first copies.",
        ),
        (
            "Are the shards equally large and equally asked?",
            "Yes. With more shards there are more documents and more machines, and a leaf's work stays.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "leaf requests a second",
                "requests/s",
                1_000_000,
                within=1.25,
                given=f"{SEARCHES:,} searches a second ask 100 shards each.",
                how="10,000 × 100 = 1,000,000",
            ),
            Estimate(
                "cores, if each is to be busy 80% of the time",
                "cores",
                6250,
                within=1.25,
                given=f"1,000,000 leaf requests a second take {SERVICE_MS:.0f} ms of a core each, and a core is to work a share of 0.8 of the time.",
                how="1,000,000 × 5 / 1000 / 0.8 = 6,250",
            ),
            Estimate(
                "searches of a hundred in which at least one of 100 leaves meets a pause",
                "searches",
                100 * (1 - 0.995**100),
                within=1.5,
                given="What a pause does not hit, 0.995 of all leaf requests, is what you need.",
                asks=("What makes a leaf slow, and how often?",),
                how="100 × (1 − 0.995 to the power of 100) = 39.4",
            ),
        ),
        data=(
            "search(query: str, deadline_ms: float) -> answer: list[Document], left_out: list[Shard]\n"
            "leaf(query: str, deadline_ms: float, copy: int) -> hits: list[Document]\n"
            "cancel(request: str, copy: int) -> done: bool\n"
            "documents of a shard: leaf, key shard\n"
            "second set of the documents: replica, key shard\n"
            "request under way: broker, key request and copy, used at leaf, used at replica\n"
            "times of the last minute: broker, key shard\n"
            "budget of second copies: broker, key minute"
        ),
        path="client -> broker ×40 -> leaf ×100\nbroker -> replica ×100",
    ),
    knobs=(
        Knob(
            "hedge",
            "the slowest share of leaf requests, to which a second copy is sent (0: none is)",
            choices=(0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2),
            default=0.0,
        ),
        Knob(
            "need",
            "the share of the shards that an answer waits for",
            choices=(0.9, 0.98, 0.99, 0.995, 1.0),
            default=1.0,
        ),
        Knob(
            "cores",
            "cores for each hundred that the opening's searches keep busy (125: each is busy 80% of the time)",
            (110, 400, True),
            default=125,
            grid=(125, 156, 188, 206, 250, 281, 313, 375),
        ),
    ),
    rounds=(
        Round(
            name="ten",
            line="Begin with ten shards, all of them in every answer. 99 of 100 answers in 125 ms, at most 8% of the leaf requests twice, and twice the cores that are busy.",
            load=TEN,
            slos=(_p99(125), _extra(0.08), _cores(200), _missing(0)),
            presses="p99",
            predicts="p99",
            replies=Replies(
                weak="“Five milliseconds of work, so five milliseconds.” At 80% busy a request takes 25 on average, and a search takes its slowest.",
                good="Separates queue and pause: more cores shorten the queue, and no core shortens a pause.",
                strong="Says before the run how many of a hundred searches meet a pause with ten shards: five.",
            ),
        ),
        Round(
            name="hundred",
            line="Now the hundred of the opening. 90 ms; at most one shard in a hundred may be left out of an answer, and the money stays.",
            load=HUNDRED,
            slos=(_p99(90), _missing(0.01)),
            presses="p99",
            relaxes=("missing",),
            predicts="p99",
            replies=Replies(
                weak="More cores. (39 searches of 100 meet a pause, and a pause does not queue.)",
                good="Sends the slowest requests a second time, to the other replica, and knows what share that is.",
                strong="Names the alternative that leaves one shard out, and what is on that shard.",
            ),
        ),
        Round(
            name="traffic",
            line="A quarter more searches come. Of the second copies I pay for 3% now; you may have three times the cores that were busy.",
            load=TRAFFIC,
            slos=(_p99(90), _extra(0.03), _cores(300)),
            presses="p99",
            relaxes=("cores",),
            predicts="extra",
            replies=Replies(
                weak="Keeps the 5% and buys nothing: at two thirds busy the second copies are no longer 5%.",
                good="Hedges less and buys cores: the slower ones of a shorter queue are the paused ones.",
                strong="Says at which load its hedge would feed itself, and how far away from that it stays.",
            ),
        ),
        Round(
            name="thousands",
            line="2,000 shards: twenty times the documents, twenty times the machines. 60 ms, the same shares of copies and cores, and you may still leave out one in a hundred.",
            load=MANY,
            slos=(_p99(60), _extra(0.03), _cores(300), _missing(0.01)),
            presses="p99",
            predicts="p99",
            replies=Replies(
                weak="Sends a third copy. Both are rare, and 2,000 times rare is one search in three.",
                good="Waits for all but ten shards: what no copy mends is a handful of leaves.",
                strong="Says whose documents those are, and that the answer tells its reader so.",
            ),
        ),
        Round(
            name="whole",
            line="Legal: an answer holds every shard, or it is no answer. You may take 125 ms.",
            load=MANY,
            slos=(_missing(0), _p99(125)),
            presses="missing",
            relaxes=("p99",),
            predicts="p99",
            replies=Replies(
                weak="Promises 60 ms all the same.",
                good="Says what the last leaf costs: more than all the others together.",
                strong="Offers both: a first answer with what is there, marked, and the whole one after it.",
            ),
        ),
        Round(
            name="rack",
            line="A tenth of the pauses hits both replicas: one rack, one switch. 90 ms, and 210 cores for a hundred. Legal gives one shard in a hundred back.",
            load=RACK,
            slos=(_p99(90), _cores(210), _missing(0.01)),
            presses="p99",
            relaxes=("missing",),
            predicts="p99",
            replies=Replies(
                weak="Hedges more: the second copy waits out the same pause.",
                good="Leaves out what is late, since nothing else shortens a pause that both replicas have.",
                strong="Moves the replicas apart, and says how it would find the pairs that still share something.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of your fan_out_quantile grow: with the shards, and with the measured times that it is given?",
            before=Side("the tail of a search, with the shards", _by_shards, at=2000),
            after=Side("the same, with the measured times", _by_times, at=400),
            good="Not at all with the shards: exponent 0, whoever simulates pays for each. With the times it is one sort, n log n, so a little above 1. Messages are another matter: one for each shard, and 1 + e with second copies.",
            on=("p99",),
        ),
        Tenfold(
            ask="Ten times the shards, each as busy as now. Which promise breaks first?",
            times={"shards": 10},
            good="The time, if any: more leaves are drawn from the same tail. The share of second copies does not notice, for it is counted by leaf; nor does a share of shards left out, but it is ten times as many.",
            rounds=("ten", "hundred", "traffic", "thousands"),
        ),
        Production(
            good=(
                "Second copies over first ones each minute, with an alarm at twice the share that was meant, and how many of them won. The delay that clients use, "
                "beside the p95 of the minute. A budget of second copies that closes by itself; then the flag that sets the delay to never, client by client."
            ),
        ),
        Assumed(
            good=(
                "That replicas pause independently, that shards do, that a cancel arrives before the copy begins, that every client measures its delay of first copies. "
                "The first would hurt most: what both replicas share no second copy mends."
            ),
        ),
    ),
    run=run,
    probes={
        "p99": "Which leaf was the last, and what was it waiting for: a queue, or a pause? What shortens which?",
        "extra": "You send more second copies than you meant to. What made the first ones late?",
        "missing": "Some shards are not in the answer. Whose documents are those, and who is told?",
        "cores": "You pay for more than I gave you. Which of your waits do cores shorten?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (0.05, 1.0, 188), strict=True)), fails_round="traffic", fails_metric="extra"
    ),
    safety=("missing",),
)
