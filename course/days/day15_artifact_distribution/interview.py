"""Day 15's interview: by which plan, in which chunks and in which stages half a terabyte comes to a thousand machines."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject
from course.days.day15_artifact_distribution.service import PLANS, measure
from course.interview import (
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

CALM: dict[str, float] = {"slow": 0, "edits": 0, "bad": 0}
SLOW = CALM | {"slow": 1}
BAD = SLOW | {"bad": 1}
SNAPSHOT = BAD | {"edits": 20_000}


def run(
    design: Mapping[str, Any],
    under: Round,
    chunk_manifest: Subject,
    next_chunk: Subject,
    broadcast_plan: Subject,
) -> Mapping[str, float]:
    """Measure a design under a round's load, with the learner's choice of chunks and cuts."""
    load = {name: float(value) for name, value in under.load.items()}
    return measure(design, load, next_chunk, chunk_manifest)


def _picked(
    chunks: int, chunk_manifest: Subject, next_chunk: Subject, broadcast_plan: Subject
) -> tuple[Any, Sequence[Any]]:
    """One choice among so many chunks that are offered."""
    offered, copies = set(range(chunks)), {chunk: chunk % 7 for chunk in range(chunks)}
    return next_chunk, [(set(), offered, copies, "a")] * 3


def _knowing(
    chunks: int, chunk_manifest: Subject, next_chunk: Subject, broadcast_plan: Subject
) -> tuple[Any, Sequence[Any]]:
    """One choice of a machine that has so many chunks already, and is offered eight."""
    return next_chunk, [(set(range(8, chunks)), set(range(8)), {}, "a")] * 3


def _slo(metric: str, limit: float, label: str, unit: str = "") -> Slo:
    return Slo(metric, limit, unit=unit, label=label)


def _copy(limit: float) -> Slo:
    return _slo("copy", limit, "until nine of ten healthy machines have it", "s")


def _live(limit: float) -> Slo:
    return _slo("live", limit, "until they serve it", "s")


def _cross(limit: float) -> Slo:
    return _slo("cross", limit, "bytes between racks", "TB")


def _tracker(limit: float) -> Slo:
    return _slo("tracker", limit, "thousand announcements a second at the tracker")


UPDATE = _slo("update", 340, "until nine of ten have a snapshot with edits", "s")
EXPOSED = _slo("exposed", 100, "machine-minutes on a bad version")
MISSED = _slo("missed", 0.01, "probability that the first stage does not show it")

NAMES = ("plan", "chunk", "stage")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "weights": ("chain", 64, 1000),
        "slow": ("swarm", 64, 1000),
        "spine": ("rack swarm", 64, 1000),
        "bad version": ("rack swarm", 64, 10),
        "tracker": ("rack swarm", 256, 10),
        "snapshots": ("rack swarm", 4, 10),
    }.items()
}

SCENARIO = Scenario(
    id="day15",
    title="Half a terabyte to a thousand machines",
    safety=("exposed", "missed"),
    opening=(
        "Five hundred gigabytes of weights lie in a store behind ten gigabits a second. A thousand machines need them, every "
        "four hours. How long does it take, and how do you know that every machine runs what you released?"
    ),
    clarify=(
        (
            "How fast are the links?",
            "10 gigabits a second out of the store, 25 of each machine. A byte has 8 bits.",
        ),
        ("May machines talk to each other?", "Yes, inside this region. They stand in racks of 40."),
        ("Do all get the same version?", "Yes. And they go on serving the old one until they switch."),
        (
            "How fast is a machine's processor at hashing?",
            "SHA-256 takes 1.8 gigabytes a second on one core.",
        ),
        ("How many versions fit on a disk?", "2: the one that serves and the one that comes."),
        (
            "How would a bad version show itself?",
            "It fails one request in 5,000. A machine gets 10 requests a second, and the first stage is watched for 300 seconds.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "time in which the store can send one copy",
                "s",
                400,
                within=1.5,
                given="500 gigabytes.",
                asks=("How fast are the links?",),
                how="500 × 8 / 10 = 400",
            ),
            Estimate(
                "time if all fetch from the store",
                "days",
                4.6,
                given="1,000 machines, 500 gigabytes; a day has 86,400 seconds.",
                asks=("How fast are the links?",),
                how="1,000 × 500 × 8 / 10 / 86,400 = 4.6",
            ),
            Estimate(
                "time in which one core hashes it",
                "s",
                278,
                within=1.5,
                given="500 gigabytes.",
                asks=("How fast is a machine's processor at hashing?",),
                how="500 / 1.8 = 278",
            ),
        ),
        data=(
            "release(name: str, stage: int) -> accepted: bool\n"
            "next(machine: str, have: set[int]) -> chunk: int\n"
            "activate(machine: str, name: str) -> active: str\n"
            "released name, signed: record, key version, used at machine\n"
            "manifest with its chunks: store, key name, used at machine\n"
            "who has which chunk: tracker, key chunk, used at machine\n"
            "active version of a machine: machine, key machine"
        ),
        path="record ×3 -> machine ×1000\nstore ×2 -> machine\ntracker ×3 -> machine\nmachine -> machine",
    ),
    knobs=(
        Knob("plan", "who gets it from whom", choices=PLANS, default="store"),
        Knob("chunk", "size of a chunk", choices=(1, 4, 16, 64, 256, 1024), unit="MiB", default=64),
        Knob(
            "stage",
            "machines that switch first; 1,000 is all at once",
            choices=(1, 10, 100, 1000),
            default=1000,
        ),
    ),
    rounds=(
        Round(
            name="weights",
            line="Get it there: nine and a half minutes for nine of ten machines.",
            load=CALM,
            slos=(_copy(570),),
            presses="copy",
            predicts="copy",
            replies=Replies(
                weak="“We scale up the store.” A thousandfold?",
                good="A chunk that has arrived is passed on while the next one comes: the floor is one copy, and little on top.",
                strong="Says what is added to the floor: the length of the way in chunks, and what each chunk costs on top; so there is a best size.",
            ),
        ),
        Round(
            name="slow",
            line="One machine in a hundred has a tenth of its link. The others still want it in nine and a half minutes.",
            load=SLOW,
            slos=(_copy(570),),
            presses="copy",
            predicts="copy",
            replies=Replies(
                weak="Takes slow machines out. Who finds them, and when?",
                good="No fixed way: whoever lacks a chunk asks anybody who has it.",
                strong="Counts how many stand below a slow machine in a chain and in a tree before saying so.",
            ),
        ),
        Round(
            name="spine",
            line="Training owns the links between racks. 250 terabytes cross them, no more, in the same time.",
            load=SLOW,
            slos=(_cross(250), _copy(570)),
            presses="cross",
            predicts="cross",
            replies=Replies(
                weak="“Compress it.” Weights hardly compress.",
                good="Mates of one's own rack are asked first.",
                strong="First, and not only: a rack that asks nobody else pulls its own copy from the store.",
            ),
        ),
        Round(
            name="bad version",
            line="Last month a bad version went to all. A hundred machine-minutes at most on one; one chance in a hundred that we do not notice. Live within fifteen and a half minutes.",
            load=BAD,
            slos=(EXPOSED, MISSED, _live(930), _copy(570)),
            presses="exposed",
            predicts="missed",
            replies=Replies(
                weak="One canary. It sees 3,000 requests, and misses the flaw every second time.",
                good="Ten machines for five minutes: 30,000 requests.",
                strong="Says what the ten cannot see: a flaw of one language, or one that shows after an hour.",
            ),
        ),
        Round(
            name="tracker",
            line="The tracker takes 8,000 announcements a second.",
            load=BAD,
            slos=(_tracker(8), _copy(570)),
            presses="tracker",
            predicts="tracker",
            replies=Replies(
                weak="Adds trackers.",
                good="Larger chunks: announcements fall with their number.",
                strong="Says what larger chunks cost: a later start for the last machine, and more bytes thrown away when one does not verify.",
            ),
        ),
        Round(
            name="snapshots",
            line="Now an index snapshot as well, with 20,000 edits since the last: 340 seconds. Weights may take 1,250 for it, live in 1,600, and the tracker 130,000 a second.",
            load=SNAPSHOT,
            slos=(UPDATE, _copy(1250), _live(1600), _tracker(130)),
            presses="update",
            relaxes=("copy", "live", "tracker"),
            predicts="update",
            replies=Replies(
                weak="Sends it whole: it is only half a terabyte.",
                good="Small chunks, cut where the content says so: what has not changed has its name already.",
                strong="Knows that weights do not deduplicate, and says for which files this is worth its bookkeeping.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of one choice grow: with the chunks that are offered, and with those that the machine has?",
            before=Side("one choice, with the chunks offered", _picked, at=32),
            after=Side("one choice, with the chunks one has", _knowing, at=64),
            good="Linear in what is offered, and not at all in what one has. At seven thousand chunks a choice is nothing beside a chunk of 64 MiB; with chunks of a megabyte there are half a million, and one keeps them in buckets by their count.",
            on=("copy", "update"),
        ),
        Tenfold(
            ask="Ten times as many edits come between two snapshots. Which promise breaks first?",
            times={"edits": 10},
            good="The snapshot: every chunk has an edit now, and it is sent whole.",
            rounds=("snapshots",),
        ),
        Production(
            good=(
                "Machines by version, which is a count and must fall to one; chunks that did not verify, by sender, alarm at two an hour; bytes out of the store over one copy. "
                "To roll back is to activate the name that is still on the disk; it takes no bytes, and it is tried out with every release."
            ),
        ),
        Assumed(
            good=(
                "That chunks are lost and late independently; that a flaw shows within five minutes; that the ten first machines meet the same requests as all. "
                "The last hurts most: a flaw in one language of a hundred is three failures among 300."
            ),
        ),
    ),
    run=run,
    probes={
        "copy": "Follow the last chunk to the last machine. Where does it wait, and for whom?",
        "update": "Which bytes did the edits touch, and which names did they change?",
        "live": "It is there. What happens between that and the first answer?",
        "cross": "Which chunk crosses between two racks more than once, and why?",
        "tracker": "Who tells whom about every chunk, and does it have to be every one?",
        "exposed": "How many machines ran it, and for how long, before anybody could have known?",
        "missed": "How many requests did the first stage see, and how many of them fail if it is bad?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, ("tree", 64, 1000), strict=True)), fails_round="slow", fails_metric="copy"
    ),
)
