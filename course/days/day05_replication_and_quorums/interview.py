"""Day 5's interview: how many copies, and how many of them to ask, in six constraints."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject
from course.days.day05_replication_and_quorums.store import measure
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
from course.systems.cluster.staleness import down

CALM: dict[str, float] = {"writers": 1, "lag": 0.0, "far": 0, "down": 0.0}
TWO = CALM | {"writers": 2}
LAG = CALM | {"lag": 30.0}
RARE = CALM | {"down": 0.005}
REGION = RARE | {"far": 1}


def run(
    design: Mapping[str, Any], under: Round, compare: Subject, reconcile: Subject, Quorum: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load, with the learner's `reconcile` where two write."""
    return measure(design, under.load, reconcile)


def _asked(copies: int, compare: Subject, reconcile: Subject, Quorum: Subject) -> tuple[Any, Sequence[Any]]:
    """A read of a store of so many copies that wait for a majority."""
    store = Quorum(copies, copies // 2 + 1, copies // 2 + 1)
    store.write("k", "v", [], "ann", 0.0)
    return store.read, [("k",), ("k",), ("k",)]


def _compared(
    writers: int, compare: Subject, reconcile: Subject, Quorum: Subject
) -> tuple[Any, Sequence[Any]]:
    """Two clocks of so many writers."""
    clock = {f"writer {number}": number for number in range(writers)}
    return compare, [(clock, clock | {"one more": 1}) for _ in range(3)]


def _read(limit: float) -> Slo:
    return Slo("read99", limit, unit="ms", label="99th percentile of a read")


def _write(limit: float) -> Slo:
    return Slo("write99", limit, unit="ms", label="99th percentile of a write")


def _copies(limit: float) -> Slo:
    return Slo("copies", limit, label="copies")


def _stale(limit: float) -> Slo:
    return Slo("stale", limit, unit=SHARE, label="reads that miss a write just acknowledged", of="sampled")


def _failed(limit: float) -> Slo:
    return Slo("failed", limit, label="operations in a million that find no quorum")


LOST = Slo("lost", 0, unit=SHARE, label="acknowledged increments of two writers that are gone")
SETTLED = Slo("settled", 0.005, unit=SHARE, label="reads that miss it 10 ms later", of="sampled")

NAMES = ("copies", "r", "w")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "likes": (3, 1, 1),
        "inbox": (3, 3, 1),
        "lag": (3, 2, 2),
        "nines": (5, 3, 3),
        "region": (5, 4, 2),
        "finance": (3, 2, 1),
    }.items()
}

SCENARIO = Scenario(
    id="day05",
    title="A settings store that loses machines",
    opening=(
        "A settings store: 200 million users, a kilobyte each, 50,000 reads and 5,000 writes a second. I want to lose a "
        "machine without noticing, and people must see what they just saved. How many copies, and how many of them do you ask?"
    ),
    clarify=(
        (
            "How large is a machine?",
            "It keeps 51.2 GB of this data. A GB is 1,000,000 KB. Begin with 3 copies.",
        ),
        (
            "How often is a machine down, and do they fail together?",
            "A share of 0.005 of the time, independently of each other; say what you would do if not.",
        ),
        (
            "May two people edit one record?",
            "Yes, later: an assistant and its user both add to one counter. Nothing that was acknowledged may vanish.",
        ),
        (
            "Who reads after whom, and how soon?",
            "Another device of the same user, at once. Sometimes only a dashboard.",
        ),
        (
            "What does a failed write mean to the user?",
            "A message to try again. It may be there all the same; the next save must not undo it.",
        ),
        (
            "May a stand-in take a write for a machine that is down?",
            "Not today. Section 5 shows what that buys.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "all data with its copies",
                "GB",
                600,
                given="200 million records of 1 KB: 200,000,000 KB.",
                asks=("How large is a machine?",),
                how="200,000,000 × 3 / 1,000,000 = 600",
            ),
            Estimate(
                "machines",
                "machines",
                12,
                within=1.5,
                given="A copy of everything is 200 GB.",
                asks=("How large is a machine?",),
                how="200 × 3 / 51.2 = 11.7, so 12",
            ),
            Estimate(
                "operations a second that find fewer than 2 of 3 copies",
                "a second",
                55_000 * down(3, 2, 0.005),
                given="50,000 reads and 5,000 writes a second; of 3 copies there are 3 pairs.",
                asks=("How often is a machine down, and do they fail together?",),
                how="(50,000 + 5,000) × 3 × 0.005 × 0.005 = 4.1; three at once are far rarer",
            ),
        ),
        data=(
            "get(user: str) -> versions: list[Version]\n"
            "put(user: str, value: bytes, seen: list[Clock]) -> version: Version\n"
            "version: replica, key user and writer\n"
            "which replicas hold a user: membership, key user, used at coordinator\n"
            "r and w of each table: membership, key table, used at coordinator\n"
            "log of repairs: repair log, key user and time"
        ),
        path=(
            "client -> coordinator ×4 -> replica ×12 -> coordinator\n"
            "membership ×3 -> coordinator\n"
            "coordinator -> repair log"
        ),
    ),
    knobs=(
        Knob("copies", "copies of each record", choices=(1, 2, 3, 4, 5), default=3),
        Knob("r", "answers that a read waits for (at most the copies)", choices=(1, 2, 3, 4, 5), default=1),
        Knob(
            "w",
            "acknowledgements that a write waits for (at most the copies)",
            choices=(1, 2, 3, 4, 5),
            default=1,
        ),
    ),
    rounds=(
        Round(
            name="likes",
            line="First a counter of likes that nobody audits. Fast: reads within a millisecond, writes within 8, four copies at most; six reads in ten may be a moment old.",
            load=CALM,
            slos=(_read(1), _write(8), _copies(4), _stale(0.6)),
            presses="write99",
            predicts="stale",
            replies=Replies(
                weak="“Quorum reads and writes, to be safe.” Safe from what, at which price?",
                good="One answer and one acknowledgement, and a number for how often that is stale.",
                strong="Says why it is stale at that moment and hardly ten milliseconds later: the disks of the other two.",
            ),
        ),
        Round(
            name="inbox",
            line="Now settings. People must see what was saved, one read in a thousand may miss, and two may edit: nothing acknowledged is lost. Reads may take 3 ms.",
            load=TWO,
            slos=(_stale(0.001), LOST, _read(3), _write(8)),
            presses="stale",
            relaxes=("read99",),
            predicts="read99",
            replies=Replies(
                weak="“R + W > N, so nothing is lost.” Overlap lets you see; it does not stop two from building on the same version.",
                good="Reads all three, since writes must stay fast, and keeps versions that have not seen each other.",
                strong="Says who merges them, and for which data merging is no answer.",
            ),
        ),
        Round(
            name="lag",
            line="One of your replicas lags 30 ms, each way. Reads stay within 3; writes may take 32.",
            load=LAG,
            slos=(_read(3), _stale(0.001), _write(32)),
            presses="read99",
            relaxes=("write99",),
            predicts="write99",
            replies=Replies(
                weak="Takes the replica out. And when the next one lags?",
                good="Waits for two of three: the slow one is never needed by both.",
                strong="Names what is paid: any second failure now waits for the slow one, so its lag is an alarm and not a nuisance.",
            ),
        ),
        Round(
            name="nines",
            line="Each machine is down half a per cent of the time. Five nines: ten operations in a million may find no quorum. I pay for five copies.",
            load=RARE,
            slos=(_failed(10), _copies(5)),
            presses="failed",
            relaxes=("copies",),
            predicts="failed",
            replies=Replies(
                weak="“More replicas are more available.” With every one of them asked, they are less.",
                good="Five copies and three needed; computes both sides of the fraction.",
                strong="Says that the fourth and fifth copy are bought for this and not against loss, and what a common cause would do to the number.",
            ),
        ),
        Round(
            name="region",
            line="One copy moves to another region, 40 ms away. Writes within 12.5 ms; 300 in a million may fail, and a read may take 7.",
            load=REGION,
            slos=(_write(12.5), _failed(300), _read(7)),
            presses="write99",
            relaxes=("failed", "read99"),
            predicts="write99",
            replies=Replies(
                weak="Waits for the far copy with every write.",
                good="Moves the wait from the write to the read: two acknowledgements, four answers.",
                strong="Sees that the far copy must never be among those that are waited for, and what it is good for then.",
            ),
        ),
        Round(
            name="finance",
            line="Finance: three copies. But nobody reads within ten milliseconds of a write any more: then one in two hundred may miss.",
            load=RARE,
            slos=(_copies(3), SETTLED, _write(12.5), _read(3)),
            presses="copies",
            relaxes=("stale",),
            predicts="settled",
            replies=Replies(
                weak="Keeps R + W > N by habit, and breaks the write.",
                good="Gives up the overlap on purpose and measures what is left: who is late after ten milliseconds.",
                strong="Says that this number is a measurement of these disks and no guarantee, and watches it.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work grow: of a read, with the copies, and of comparing two clocks, with those who ever wrote?",
            before=Side("a read, with the copies", _asked, at=12),
            after=Side("two clocks, with the writers", _compared, at=64),
            good="Both linear. Copies are few; writers are not: a clock with an entry for every device that ever wrote grows for ever, so entries are cut, and then some versions look concurrent that are not.",
            on=("lost", "read99"),
        ),
        Tenfold(
            ask="Machines are down ten times as often: five per cent of the time. Which promise breaks first?",
            times={"down": 10},
            good="Operations that find no quorum: with two of three needed they grow a hundredfold, with three of five a thousandfold. Time and staleness do not notice.",
            rounds=("nines", "region", "finance"),
        ),
        Production(
            good=(
                "The share of reads that met more than one version, by key prefix, alarm at one in a hundred for five minutes; repairs a second; operations without "
                "a quorum; the slowest replica's answer time. r and w are settings of a table: back to the old pair, coordinator by coordinator, reads first where w was raised."
            ),
        ),
        Assumed(
            good=(
                "That machines fail independently; that a write which failed is seen or not, and never half; that watches differ by little; that merging two "
                "versions makes sense for this data. The first would hurt most, since a rack takes three copies at once."
            ),
        ),
    ),
    run=run,
    probes={
        "read99": "Which answer did the read wait for, and did it need that one?",
        "write99": "Whose acknowledgement came last? Is it a disk, a lag or an ocean?",
        "stale": "Draw the copies that the write has reached at that moment, and those that the read asks. Where do they miss each other?",
        "settled": "Ten milliseconds have passed. Which copies still do not have it, and who will give it to them?",
        "failed": "How many copies must be down for that, and how often is that so? What if they share a switch?",
        "lost": "Two people read the same version and both save. What does the third one read?",
        "copies": "Which failure does each of your copies cover? Name the one that covers none.",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(design=dict(zip(NAMES, (3, 2, 2), strict=True)), fails_round="likes", fails_metric="write99"),
)
