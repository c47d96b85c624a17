"""Day 3's interview: where a message lives, in six constraints, hot conversations found by the learner's own counters."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject, each
from course.days.day03_partitioning.traffic import (
    CONVERSATION,
    MACHINES,
    MESSAGE,
    SPEED,
    STORED,
    TIME,
    measure,
)
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

FLAT: dict[str, float] = {"rooms": 1000, "skew": 0.0, "celebrity": 0.0}
SKEW = FLAT | {"rooms": 1_000_000, "skew": 1.1}
STAR = SKEW | {"celebrity": 0.25}


def run(design: Mapping[str, Any], under: Round, Map: Subject, Saving: Subject) -> Mapping[str, float]:
    """Measure a design under a round's load, with the hot conversations that the learner's `SpaceSaving` finds."""
    return measure(design, under.load, Saving)


def _located(ranges: int, Map: Subject, Saving: Subject) -> tuple[Any, Sequence[Any]]:
    """A key found in a map of so many ranges."""
    found = Map("p0")
    each(found.split, [(f"{number:06d}", f"p{number % 7}") for number in range(1, ranges)])
    return found.locate, [(f"{number:06d}x",) for number in (1, ranges // 2, ranges - 1)]


def _counted(counters: int, Map: Subject, Saving: Subject) -> tuple[Any, Sequence[Any]]:
    """A newcomer taken in by so many full counters."""
    saving = Saving(counters)
    each(saving.add, [f"room-{number}" for number in range(2 * counters)])
    return saving.add, [(f"new-{number}",) for number in range(3)]


def _busiest(limit: float) -> Slo:
    return Slo("busiest", limit, unit="×", label="busiest machine's writes ÷ its fair share")


def _history(limit: float) -> Slo:
    return Slo("history", limit, label="pieces that a read of the last 50 messages asks")


def _move(limit: float) -> Slo:
    return Slo("move", limit, unit="min", label="until the fullest piece has moved")


WRONG = Slo("wrong", 5, label="conversations called hot that are not")
SWEEP = Slo("sweep", 128, label="pieces that a sweep of the last minute asks")

NAMES = ("key", "pieces", "salt")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "flat": (MESSAGE, 64, 1),
        "history": (CONVERSATION, 64, 1),
        "skew": (CONVERSATION, 64, 8),
        "celebrity": (CONVERSATION, 64, 32),
        "join": (CONVERSATION, 512, 32),
        "sweep": (CONVERSATION, 128, 32),
    }.items()
}

SCENARIO = Scenario(
    id="day03",
    title="Where a message lives",
    opening=(
        "Two hundred thousand messages a second, a million conversations, four terabytes a month on sixteen machines. Where "
        "does a message live? Tell me, and then the evening comes on which one conversation is the whole world's."
    ),
    clarify=(
        (
            "What is read together?",
            "The last 50 messages of one conversation, whenever somebody opens it. Once in ten seconds an abuse team may "
            "read the last minute of everything; not today.",
        ),
        (
            "How skewed is the traffic?",
            "On the evening that counts like Zipf's law with exponent 1.2: the first of a million conversations gets 0.19 of all writes.",
        ),
        (
            "Does order matter?",
            "Within a conversation, yes. Messages carry their time, so a reader can merge several pieces of one.",
        ),
        (
            "How many pieces, and how fast does one move?",
            f"Plan 64 equal pieces. A machine copies 100 MB a second to another, and a GB is 1,000 MB; there are {MACHINES} machines.",
        ),
        (
            "How long may a piece have two homes while it moves?",
            "As short as you can. I will ask for a number when machines come and go.",
        ),
        (
            "Who may know how hot keys are found?",
            "Assume that somebody reads your code. Keep a secret where it helps.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "writes on each machine, spread evenly",
                "a second",
                200_000 / MACHINES,
                given="200,000 messages a second.",
                asks=("How many pieces, and how fast does one move?",),
                how="200,000 / 16 = 12,500",
            ),
            Estimate(
                "writes on the busiest conversation",
                "a second",
                200_000 * 0.19,
                given="200,000 messages a second.",
                asks=("How skewed is the traffic?",),
                how="200,000 × 0.19 = 38,000",
            ),
            Estimate(
                "time to move one of the pieces",
                "s",
                STORED / 64 / SPEED,
                given="4 TB are 4,000,000 MB.",
                asks=("How many pieces, and how fast does one move?",),
                how="4,000,000 / 64 / 100 = 625",
            ),
        ),
        data=(
            "append(conversation: str, sender: str, text: str) -> message_id: str\n"
            "last(conversation: str, n: int) -> messages: list[Message]\n"
            "since(time: float) -> messages: list[Message]\n"
            "message: piece, key conversation and time\n"
            "map of pieces with epochs: map service, key piece, used at router\n"
            "hot list with its salt: router, key conversation\n"
            "log of moves and promotions: log, key time"
        ),
        path=("client -> router ×4 -> piece ×64 -> log ×3\nmap service ×3 -> router\nrouter -> log"),
    ),
    knobs=(
        Knob(
            "key",
            "what decides the piece of a message",
            choices=(MESSAGE, CONVERSATION, TIME),
            default=MESSAGE,
        ),
        Knob("pieces", "pieces in all", choices=(16, 32, 64, 128, 256, 512, 1024), default=16),
        Knob(
            "salt",
            "sub-keys of a conversation that your counters call hot (1: none)",
            choices=(1, 2, 4, 8, 12, 16, 24, 32, 48, 64),
            default=1,
        ),
    ),
    rounds=(
        Round(
            name="flat",
            line="Start calm: a thousand conversations, all equally busy. Keep every machine within a tenth of its share, and a piece must move within 15 minutes.",
            load=FLAT,
            slos=(_busiest(1.1), _move(15)),
            presses="busiest",
            predicts="busiest",
            replies=Replies(
                weak="“Range partitions by time, they are easy to scan.” All writes are in the last one.",
                good="A hash of the message, and enough pieces that luck averages out.",
                strong="Says what it gave up before being asked: the messages of one conversation are everywhere.",
            ),
        ),
        Round(
            name="history",
            line="Somebody opens a conversation: show the last 50 messages. One piece and a half on average, not more. I accept 1.45 on the busiest and 20 minutes for a move, and no more than 5 conversations called hot that are not.",
            load=FLAT,
            slos=(_history(1.5), _busiest(1.45), _move(20), WRONG),
            presses="history",
            relaxes=("busiest", "move"),
            predicts="busiest",
            replies=Replies(
                weak="Asks every piece, and promises a cache.",
                good="Partitions by what is read together, and says what that costs in balance.",
                strong="Names the key as the decision: a thousand keys have more luck in them than twenty thousand messages.",
            ),
        ),
        Round(
            name="skew",
            line="People arrived, a million conversations with exponent 1.1. Busiest at most 1.55; a reader may ask 4 pieces, a move may take 30 minutes.",
            load=SKEW,
            slos=(_busiest(1.55), _history(4), _move(30)),
            presses="busiest",
            relaxes=("busiest", "history", "move"),
            predicts="history",
            replies=Replies(
                weak="More pieces: the first key is as large as before.",
                good="Cuts what is hot into sub-keys, and lets its readers pay.",
                strong="Says who decides what is hot, with which error, and which readers never notice.",
            ),
        ),
        Round(
            name="celebrity",
            line="One conversation takes a quarter of everything. Its readers may pay: 20 pieces on average.",
            load=STAR,
            slos=(_busiest(1.55), _history(20), _move(30)),
            presses="busiest",
            relaxes=("history",),
            predicts="busiest",
            replies=Replies(
                weak="Gives the conversation a machine of its own, which takes four shares.",
                good="A larger salt, with the balance and the readers' bill computed together.",
                strong="Would give the salt to this one key alone, since the others pay it too; says what the router must know for that.",
            ),
        ),
        Round(
            name="join",
            line="A seventeenth machine joins at the peak. Nothing may have two homes for more than twelve and a half minutes.",
            load=STAR,
            slos=(_move(12.5), _busiest(1.55), _history(20)),
            presses="move",
            predicts="move",
            replies=Replies(
                weak="Moves faster. With whose disks, at the peak?",
                good="Smaller pieces, so that the fullest holds less.",
                strong="Sees that the fullest piece holds the largest sub-key, so pieces help until the salt is the limit.",
            ),
        ),
        Round(
            name="sweep",
            line="The abuse team reads the last minute of everything, every ten seconds: 128 pieces at most. A move may take 20 minutes again.",
            load=STAR,
            slos=(SWEEP, _move(20), _busiest(1.55)),
            presses="sweep",
            relaxes=("move",),
            predicts="move",
            replies=Replies(
                weak="Adds a second copy ordered by time, and forgets to pay for it.",
                good="Fewer pieces, and the largest number that the sweep allows.",
                strong="Prices the alternative, an index by time that is written beside, and says when it becomes the cheaper one.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work grow: to find a key among n ranges, and to take in a new key when all n counters are full?",
            before=Side("a key among n ranges", _located, at=128),
            after=Side("a newcomer among n counters", _counted, at=128),
            good="Both logarithmic: a binary search, and a heap whose top is put right when it is read. A scan for the least counter would be linear, for each of 200,000 writes a second.",
            on=("busiest", "history"),
        ),
        Tenfold(
            ask="The celebrity's share of the writes grows two and a half times, which leaves little for anybody else. Which promise breaks first?",
            times={"celebrity": 2.5},
            good="The busiest machine, or the move where pieces are few: both are set by the largest sub-key. Only more salt helps, and every reader of that conversation pays it.",
            rounds=("celebrity", "join", "sweep"),
        ),
        Production(
            good=(
                "Writes a machine over its fair share, each minute, alarm at 1.5 for five minutes; refusals by old epochs over all requests, alarm at one in a hundred; "
                "promotions to hot, each a log line with its count. Roll back by the map: raise the epoch of both halves and give the right one back to its old owner, whose copy is kept for an hour."
            ),
        ),
        Assumed(
            good=(
                "That what was hot in the last window is hot in this one; that conversations do not end while they are salted; that moving costs the busy "
                "machines nothing; that nobody makes keys on purpose. The first would hurt most: a spike shorter than a window is never cut."
            ),
        ),
    ),
    run=run,
    probes={
        "busiest": "Which key, or which piece, makes that machine the busiest? How would you tell the two apart?",
        "history": "Who asks how many pieces, and how many of these readers have anything to do with the hot conversation?",
        "move": "What is in the fullest piece, and who writes to it while it moves?",
        "sweep": "Who waits for the slowest of all those pieces, and how often is one of them slow?",
        "wrong": "Your counters call conversations hot that are not. Who pays once they are salted, and could somebody make you do it?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (MESSAGE, 64, 1), strict=True)), fails_round="history", fails_metric="history"
    ),
    safety=("wrong",),
)
