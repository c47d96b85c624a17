"""The first mock round: a replicated key-value store, at first in one region, then in three.

Fifty-five minutes, on a design rather than on code: :mod:`course.systems.cluster.regions` is the measure.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.port import subjects
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
from course.systems.cluster import regions
from course.systems.cluster.delays import ONE_WAY

CALM: Mapping[str, float] = {"down": 0.0, "cut": 0.0}
LIFE: Mapping[str, float] = {"down": 0.005, "cut": 0.001}


def run(design: Design, under: Round) -> Mapping[str, float]:
    """Measure a design under a round's load."""
    reads, writes = str(design["level"]).split("/")
    load = {name: float(value) for name, value in under.load.items() if not isinstance(value, str)}
    chosen = regions.Design(reads, writes, int(design["copies"]), float(design["grace"]))
    return regions.run(chosen, regions.Load(**load))


def _every_key(keys: int) -> list[int]:
    """Two copies compare what they hold, key by key: the keys that differ."""
    different = []
    for key in range(keys):
        if key == keys - 1:
            different.append(key)
    return different


def _down_a_tree(keys: int) -> int:
    """Two copies compare hashes of halves, and go on where they differ: comparisons until one key is found."""
    compared = 0
    while keys > 1:
        keys //= 2
        compared += 1
    return compared


def _keys(n: int) -> tuple[Any, Sequence[Any]]:
    return subjects(_every_key)[0], [(n,), (n,), (n,)]


def _tree(n: int) -> tuple[Any, Sequence[Any]]:
    return subjects(_down_a_tree)[0], [(n,), (n,), (n,)]


def _read(limit: float) -> Slo:
    return Slo("read99", limit, unit="ms", label="99th percentile of a read")


def _write(limit: float) -> Slo:
    return Slo("write99", limit, unit="ms", label="99th percentile of a write")


def _down(limit: float) -> Slo:
    return Slo("down", limit, label="operations in a million that fail")


def _gone(limit: float) -> Slo:
    return Slo("gone", limit, unit="h", label="until a deleted value's last byte is gone")


STALE = Slo("stale", 0.001, unit=SHARE, label="reads that miss a write just acknowledged", of=regions.TRIALS)
LOOSE = Slo("stale", 0.01, unit=SHARE, label=STALE.label, of=regions.TRIALS)
FAR = Slo(
    "far",
    0.001,
    unit=SHARE,
    label="reads in another region that miss a write just acknowledged",
    of=regions.TRIALS,
)
SETTLED = Slo(
    "settled", 0.01, unit=SHARE, label="reads in another region that miss it 200 ms later", of=regions.TRIALS
)
BACK = Slo("back", 10, label="deletes in a million that come back")
COPIES = Slo("copies", 6, label="copies in all regions")

NAMES = ("level", "copies", "grace")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "session": ("local/local", 3, 240),
        "travel": ("local/each", 3, 240),
        "cut": ("quorum/quorum", 3, 240),
        "erase": ("quorum/quorum", 3, 40),
        "finance": ("quorum/quorum", 2, 40),
        "memory": ("one/quorum", 2, 34),
    }.items()
}

SCENARIO = Scenario(
    id="mock-store",
    title="A replicated key-value store",
    mock=True,
    safety=("gone", "back"),
    opening=(
        "Design a key-value store for sessions and settings: 500,000 reads and 50,000 writes a second, values of a "
        "kilobyte. It starts with the users of one region, and they will travel. Twenty minutes for the whole; then we "
        "go into one part, and I change the problem while you are in it."
    ),
    clarify=(
        (
            "How large is the live set: how many users, of which size?",
            "200 million keys, each with a value of 1,000 bytes.",
        ),
        (
            "How far apart are the regions?",
            "There will be 3, and between two of them a message takes 40 ms one way.",
        ),
        ("How many copies does a region keep?", "3, until somebody shows that fewer will do."),
        (
            "How often is a machine down, and for how long?",
            "A share of 0.005 of the time, independently of the others; an outage lasts 4 hours on average, "
            "an exponential time: that it is long already brings its end no nearer. Never are two regions cut off at once.",
        ),
        (
            "May two devices write the same key at once?",
            "Yes. Keep both, and let the application merge them.",
        ),
        (
            "What does a failed write mean to the application?",
            "That it does not know: the write may be there or not. It tries again under the same version.",
        ),
        (
            "What does a delete promise?",
            "Today only that reads no longer show it. Once its tombstone is dropped, compaction takes 24 hours until the "
            "last byte of the value is gone. Expect a lawyer.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "values written in a day, one copy of each",
                "TB",
                50_000 * 1_000 * 86_400 / 1e12,
                given="A day has 86,400 seconds, a TB 1,000,000,000,000 bytes.",
                asks=("How large is the live set: how many users, of which size?",),
                how="50,000 × 1,000 × 86,400 / 1,000,000,000,000 = 4.3",
            ),
            Estimate(
                "the live set with all its copies in all regions",
                "TB",
                200e6 * 1_000 * 9 / 1e12,
                given="A million is 1,000,000, a TB 1,000,000,000,000 bytes.",
                asks=(
                    "How large is the live set: how many users, of which size?",
                    "How far apart are the regions?",
                    "How many copies does a region keep?",
                ),
                how="200 × 1,000,000 × 1,000 × 3 × 3 / 1,000,000,000,000 = 1.8",
            ),
            Estimate(
                "least time of a write that another region acknowledges",
                "ms",
                2 * ONE_WAY,
                asks=("How far apart are the regions?",),
                how="2 × 40 = 80",
                within=1.5,
            ),
        ),
        data=(
            "get(key: str, level: str) -> versions: list[Version]\n"
            "put(key: str, value: bytes, seen: Clock, level: str) -> version: Version\n"
            "delete(key: str, seen: Clock) -> tombstone: Version\n"
            "version with its clock: replica, key key and writer\n"
            "tombstone with its grace: replica, key key\n"
            "ring of replicas: membership, key token, used at coordinator\n"
            "level of each table: membership, key table, used at coordinator\n"
            "erase log: eraser, key key and time"
        ),
        path=(
            "client -> coordinator ×6 -> replica ×9 -> coordinator\n"
            "coordinator -> client\n"
            "membership ×3 -> coordinator\n"
            "replica -> anti-entropy ×3 -> replica\n"
            "eraser ×3 -> replica"
        ),
    ),
    knobs=(
        Knob(
            "level",
            "what a read / a write waits for",
            (
                "one/one",
                "one/quorum",
                "local/local",
                "local/quorum",
                "local/each",
                "quorum/quorum",
            ),
            default="one/one",
        ),
        Knob("copies", "copies in each region", (1, 2, 3), default=3),
        Knob(
            "grace",
            "how long a tombstone is kept",
            (1, 4, 12, 24, 34, 40, 48, 60, 72, 120, 240),
            unit="h",
            default=240,
        ),
    ),
    rounds=(
        Round(
            "session",
            "One region's users first. They see what they just saved: at most one read in a thousand misses it. "
            "Reads within 3 ms, writes within 15.",
            CALM,
            (STALE, _read(3), _write(15)),
            presses="stale",
            predicts="write99",
            replies=Replies(
                weak="“Three replicas, so it is consistent.” Which of them answers?",
                good="Counts which acknowledgements a read can meet, and takes a majority inside the region.",
                strong="Says what the other regions see meanwhile, and what the slowest disk of two does to the write.",
            ),
        ),
        Round(
            "travel",
            "Saved at home, opened in another region at once: one in a thousand may miss. Writes may take 140 ms now.",
            CALM,
            (FAR, _read(3), _write(140)),
            presses="far",
            relaxes=("write99",),
            predicts="write99",
            replies=Replies(
                weak="Reads from everywhere, and breaks the 3 ms.",
                good="Makes the write pay, once: a majority in every region, so that any local read meets it.",
                strong="Separates what must hold from what happens to hold: an acknowledgement that took a round trip "
                "outlives the one way to the reader, and that is luck with a number, not a guarantee.",
            ),
        ),
        Round(
            "cut",
            "Machines fail, and each region is cut off one thousandth of the time. At most fifty operations in a million may "
            "fail. Reads may take 110 ms.",
            LIFE,
            (_down(50), FAR, _read(110)),
            presses="down",
            relaxes=("read99",),
            predicts="down",
            replies=Replies(
                weak="“We fail over to another region.” Which one has the last write?",
                good="Sees that a write to every region fails with any region, and asks for a majority of all instead.",
                strong="Computes both: two cuts of a thousandth against a majority of nine that rarely lacks; and says who is "
                "inside the region that was cut.",
            ),
        ),
        Round(
            "erase",
            "Legal: a deleted value is gone from every disk within 72 hours, and at most ten in a million may come back.",
            LIFE,
            (_gone(72), BACK, _down(50)),
            presses="gone",
            predicts="back",
            replies=Replies(
                weak="“We delete it from all replicas.” And the one that is down?",
                good="Keeps a tombstone for longer than an outage lasts, and subtracts what compaction takes.",
                strong="Shows the two sides of the grace with a number each, logs every tombstone that is dropped, and measures "
                "what came back.",
            ),
        ),
        Round(
            "finance",
            "Finance: six copies in all.",
            LIFE,
            (COPIES, _down(50), BACK),
            presses="copies",
            predicts="down",
            replies=Replies(
                weak="Takes a copy away and hopes.",
                good="Four of six must answer: says how often three are missing, and that a region's cut takes two at once.",
                strong="Notes that a pair tolerates no loss inside a region, so every majority crosses an ocean now.",
            ),
        ),
        Round(
            "memory",
            "A model reads it at every turn: 3 ms. A write may be invisible elsewhere for 200 ms, and one read in a hundred may "
            "miss at home. And erase in 60 hours.",
            LIFE,
            (_read(3), LOOSE, SETTLED, _gone(60), BACK),
            presses="read99",
            relaxes=("far", "stale"),
            predicts="back",
            replies=Replies(
                weak="Puts a cache in front, and has two stores to erase.",
                good="Reads the first copy and lets writes wait for a majority of all; checks the hundredth that may miss.",
                strong="Says what the model does with an old memory, and shortens the grace only as far as the outages allow.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="Two copies hold n keys and differ in one. How do the comparisons until it is found grow: key by key, and by "
            "hashes of halves?",
            before=Side("every key, one by one", _keys, 256),
            after=Side("down a tree of hashes", _tree, 4096),
            good="Linear against a logarithm (an exponent that falls to 0). That is a Merkle tree, Dynamo's anti-entropy; what "
            "it costs instead is to keep the hashes of a path up to date at every write.",
        ),
        Tenfold(
            ask="Machines are down ten times as often, and regions cut off ten times as often. Which promise breaks first?",
            times={"down": 10, "cut": 10},
            rounds=("cut", "erase", "finance", "memory"),
            good="Failed operations, unless the level needs one region alone; then deletes that come back, since they grow with "
            "the share of copies that are down. Copies answer the first, a longer grace the second, and Legal limits that.",
        ),
        Production(
            good="Probes write in one region and read in the others (stale, far), failed operations by level and region, age of "
            "the oldest tombstone, deletes that were read again. A level is a setting of a table: switch it back, key range by key range.",
            on=("far", "down", "gone"),
        ),
        Assumed(
            good="That copies fail independently: a rack, a bad release or a full disk takes three at once, and every binomial "
            "here is then wrong by orders of magnitude. That clocks order two writers. That 40 ms holds in bad weeks.",
        ),
    ),
    run=run,
    probes={
        "read99": "Which of a read's answers is the slow one, and do you need it?",
        "write99": "Where does the last percent of the writes wait: for a disk, or for an ocean?",
        "stale": "Which copy answered, and why had it not heard?",
        "far": "At which moment after the acknowledgement does the other region read? Who told it?",
        "settled": "200 ms have passed. Which write is still under way, and who would send it again?",
        "down": "Which copies were missing when it failed? Name the two cases, and the more frequent of them.",
        "gone": "Where is the last byte: in a tombstone's file, in a backup, in a cache?",
        "back": "A copy was away longer than the tombstone was kept. What does it say when it is asked?",
        "copies": "Which copy could go, and which failure did it cover?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, ("quorum/quorum", 3, 240), strict=True)),
        fails_round="session",
        fails_metric="read99",
    ),
)
