"""Day 14's interview: how often to refresh, how many segments to merge, and how soon to forget, in six constraints."""

from collections.abc import Mapping, Sequence
from typing import Any

from course import facts
from course.checking.subject import Subject, there
from course.days.day14_real_time_updates.measures import measure
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
from course.systems.search.segments import Segment
from course.systems.search.update_model import DOCUMENT_BYTES

QUIET: Mapping[str, float] = {"rate": 2000, "hot": 0.99, "reader": 1}
"""Updates a second, the share of them that is on hot documents, and the hours for which the longest reader keeps its snapshot."""
BUSY = {**QUIET, "rate": 20_000}


def run(
    design: Mapping[str, Any],
    under: Round,
    SegmentStore: Subject,
    pick_merge: Subject,
    merge_segments: Subject,
) -> Mapping[str, float]:
    """Measure a design under a round's load, by the learner's policy of merges."""
    return measure(design, under.load, pick_merge)


def _picked(
    segments: int, SegmentStore: Subject, pick_merge: Subject, merge_segments: Subject
) -> tuple[Any, Sequence[Any]]:
    """What to merge of so many segments, none of whose tiers is full."""
    return pick_merge, [([1 + place % 7 for place in range(segments)], segments + 1, 10, 10**9)] * 3


def _beside(
    entries: int, SegmentStore: Subject, pick_merge: Subject, merge_segments: Subject
) -> tuple[Any, Sequence[Any]]:
    """A merge of three entries beside a segment of so many."""
    Kind = there(merge_segments, Segment)
    picked = [Kind([(3, (2, None)), (5, (2, "red"))]), Kind([(entries + 9, (1, None))])]
    return merge_segments, [(picked, [Kind([(id, (1, "red")) for id in range(entries)])])] * 3


def _visible(limit: float) -> Slo:
    return Slo("visible", limit, unit="s", label="time until a change can be found")


def _segments(limit: float) -> Slo:
    return Slo("segments", limit, label="segments that a query opens, 99th percentile")


def _disk(limit: float) -> Slo:
    return Slo("disk", limit, unit="MB/s", label="written to disk")


FORGET = Slo("forget", 24, unit="h", label="time until the bytes of a deleted document are gone")
WORST = Slo("worst_minute", 15, unit="MB/s", label="written to disk in the worst minute")

NAMES = ("refresh", "fanout", "purge")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "ten seconds": (5, 10, 0),
        "one second": (1, 10, 0),
        "a sale": (1, 16, 0),
        "queries": (1, 4, 0),
        "the law": (1, 4, 20),
        "shared disks": (5, 10, 20),
    }.items()
}

SCENARIO = Scenario(
    id="day14",
    title="A hundred million listings that change",
    safety=("forget",),
    opening=(
        "A hundred million listings in the index. Prices change twenty thousand times a second, most of them on a few. A change must be "
        "found within a second, and a deleted listing must be gone. You cannot rebuild: how long would that take?"
    ),
    clarify=(
        ("How fast is a document indexed?", f"{facts.INDEX_BUILD_RATE} on one machine."),
        ("How large is a document in the index?", f"{DOCUMENT_BYTES} bytes, positions included."),
        (
            "Which documents change?",
            "99 in 100 updates fall on 50,000 hot listings; the others, a share of 0.01, on all 100,000,000 alike.",
        ),
        (
            "When is a large segment rewritten?",
            "When 20% of it is dead, which takes 0.223 updates for each of its documents; they must be cold ones. An hour has 3,600 seconds.",
        ),
        (
            "May an update be lost?",
            "No. The outbox of the database is the truth; the index can be rebuilt from it.",
        ),
        (
            "In which order do changes come?",
            "At least once, and a little out of order. Each carries the version of its row.",
        ),
        ("How many deletions a day?", "1,000, by law: somebody asked for it."),
        ("How long does a reader keep a snapshot?", "An export takes 1 hour."),
    ),
    before=Before(
        estimates=(
            Estimate(
                "bytes a second that come in",
                "MB/s",
                12,
                within=1.5,
                given="20,000 updates a second; a MB has 1,000,000 bytes.",
                asks=("How large is a document in the index?",),
                how="20,000 × 600 / 1,000,000 = 12",
            ),
            Estimate(
                "segments that a day leaves without any merge",
                "segments",
                86_400,
                given="A refresh each second; a day has 86,400 seconds.",
                asks=(),
                how="one a second: 86,400 / 1",
            ),
            Estimate(
                "hours for which the bytes of a deleted document stay, at 20,000 updates a second",
                "hours",
                31,
                within=1.5,
                given="100,000,000 documents, 20,000 updates a second.",
                asks=("Which documents change?", "When is a large segment rewritten?"),
                how="0.223 × 100,000,000 / (20,000 × 0.01) / 3,600 = 31",
            ),
        ),
        data=(
            "apply(id: int, version: int, text: str | None) -> None\n"
            "search(words: list[str], snapshot: Snapshot) -> ids: list[int]\n"
            "text and version of a document: database, key id\n"
            "change: outbox, key place, used at indexer\n"
            "how far an indexer has come: indexer, key outbox\n"
            "newest entry of an id: segments, key id and version\n"
            "which segments a search reads: segments, key snapshot"
        ),
        path=(
            "database -> outbox\noutbox -> indexer\nindexer -> memtable\nmemtable -> segments\n"
            "segments -> merge\nmerge -> segments\nsegments -> copies ×3"
        ),
    ),
    knobs=(
        Knob("refresh", "seconds from one refresh to the next", choices=(1, 2, 5, 30), unit="s", default=1),
        Knob(
            "fanout",
            "segments of a tier that are merged into one",
            choices=(2, 30, True),
            default=10,
            grid=(2, 3, 4, 5, 10, 12, 16, 20, 30),
        ),
        Knob(
            "purge",
            "hours in which every large segment is rewritten once; 0 waits until it is dead enough",
            choices=(0, 6, 20),
            unit="h",
            default=0,
        ),
    ),
    rounds=(
        Round(
            name="ten seconds",
            line="A quiet week: 2,000 changes a second. Ten seconds until they are found will do; a query opens at most 32 segments.",
            load=QUIET,
            slos=(_visible(10), _segments(32)),
            presses="segments",
            predicts="segments",
            replies=Replies(
                weak="Writes each change into the index at once, under a lock.",
                good="Gathers changes in memory, and makes a segment of them as seldom as allowed.",
                strong="Says that searchable is not durable: the outbox is what survives a crash.",
            ),
        ),
        Round(
            name="one second",
            line="Sellers complain: one second and a quarter. A query may open 40 segments for it.",
            load=QUIET,
            slos=(_visible(1.25), _segments(40)),
            presses="visible",
            relaxes=("segments",),
            predicts="segments",
            replies=Replies(
                weak="“Five times the refreshes, five times the segments.” The merges are five times as many, too.",
                good="A refresh each second; the number of segments hardly moves, since tiers fill five times as fast.",
                strong="Asks where it must be visible: at the one that indexes, or at every copy that pulls segments from it.",
            ),
        ),
        Round(
            name="a sale",
            line="A sale: 20,000 changes a second, and the disk gives you 17 megabytes a second for the index.",
            load=BUSY,
            slos=(_disk(17), _visible(1.25), _segments(40)),
            presses="disk",
            predicts="disk",
            replies=Replies(
                weak="Expects ten times the bytes. Hot listings replace each other in memory.",
                good="Merges more segments at once: each document is written again fewer times.",
                strong="Computes write amplification: entries that came, times the tiers that they pass through.",
            ),
        ),
        Round(
            name="queries",
            line="Queries got slow: 28 segments at most. You get a better disk for it, 27 megabytes a second.",
            load=BUSY,
            slos=(_segments(28), _disk(27), _visible(1.25)),
            presses="segments",
            relaxes=("disk",),
            predicts="disk",
            replies=Replies(
                weak="Merges all small segments whenever there are a few, and copies the largest of them each time.",
                good="A small fanout, with tiers: like is merged with like, and large segments are copied seldom.",
                strong="Shows both ends: fewer segments for readers is more bytes for the writer, and names the rate between them.",
            ),
        ),
        Round(
            name="the law",
            line="A court asks: when are the bytes of a deleted listing gone? 24 hours at most.",
            load=BUSY,
            slos=(FORGET, _segments(28), _disk(27), _visible(1.25)),
            presses="forget",
            predicts="disk",
            replies=Replies(
                weak="“Deleted is deleted.” Or: “the next merge takes it.” It lies in a segment that is never picked.",
                good="Rewrites each large segment once in less than a day, whatever is dead in it.",
                strong="Treats it as a deadline with a proof: one record for each request, with segments, snapshots, copies and backups.",
            ),
        ),
        Round(
            name="shared disks",
            line="Queries read from the same disks now: 12 megabytes a second, 15 in the worst minute. Six seconds until a change is found are fine again, and 32 segments.",
            load=BUSY,
            slos=(_disk(12), WORST, FORGET, _segments(32), _visible(6)),
            presses="disk",
            relaxes=("visible", "segments"),
            predicts="worst_minute",
            replies=Replies(
                weak="Gives up the promise to forget, since it writes as well. It is the smallest part.",
                good="A refresh each five seconds: within five seconds most changes of a hot listing replace each other.",
                strong="Looks at the worst minute: a merge of the highest tier is a storm, and it can be slowed down.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work grow: of choosing a merge, with the segments, and of a merge of three entries, with what another segment holds?",
            before=Side("choosing a merge, with the segments", _picked, at=64),
            after=Side("a merge of three entries, with the entries of another segment", _beside, at=64),
            good="Choosing grows linearly, with some thirty segments. The merge not at all: each of its ids is looked up elsewhere, and nothing else there is read.",
            on=("segments", "disk", "worst_minute"),
        ),
        Tenfold(
            ask="Ten times the changes. Which promise breaks first?",
            times={"rate": 10},
            good="What is written. It grows by less than ten, since most changes hit the same hot documents within a refresh. To forget becomes easier: more is dead, sooner.",
            rounds=("a sale", "queries", "the law", "shared disks"),
        ),
        Production(
            good=(
                "A change that a robot makes each ten seconds, and how long until each copy finds it; segments a query, 99th percentile; bytes written over bytes that came, alarm at 1.5 times last week; "
                "the age of the oldest request to forget, alarm at 20 of 24 hours. Refresh and fanout are settings: the old ones hold from the next refresh on."
            ),
        ),
        Assumed(
            good=(
                "That versions of a row only grow; that a late change comes within the indexer's horizon; that nobody holds a snapshot for longer than an hour; that backups forget as well. "
                "The second hurts most: a change that comes after its tombstone was dropped brings the document back."
            ),
        ),
    ),
    run=run,
    probes={
        "visible": "A change has just missed a refresh. What does it wait for, and for how long?",
        "segments": "Which tiers are half full right now, and how many segments is that?",
        "disk": "How often is one entry written, from the first segment to the last?",
        "worst_minute": "Which merge ran in that minute, and how large was what it copied?",
        "forget": "In which segment do its bytes stand, and what makes anybody rewrite that one?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(design=dict(zip(NAMES, (1, 10, 0), strict=True)), fails_round="a sale", fails_metric="disk"),
)
