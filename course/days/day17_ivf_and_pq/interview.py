"""Day 17's interview: how small a code, how many cells, how much is read again. Measured on the learner's own index."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from course import facts
from course.checking.subject import Subject
from course.days.day17_ivf_and_pq.measures import PLAIN, measure
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

DRIFTED = {**PLAIN, "drift": 1}
PERMITTED = {**PLAIN, "share": 0.05}
BOTH = {**PERMITTED, "drift": 1}


def run(
    design: Mapping[str, Any], under: Round, kmeans: Subject, PQ: Subject, IVFPQ: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load, on the learner's index."""
    return measure(design, under.load, IVFPQ)


def _lists(cells: int, Index: Subject) -> tuple[Any, Sequence[Any]]:
    """A search that opens a quarter of the cells. Each holds one vector, so that what grows is the number of lists."""
    spots = np.arange(cells, dtype=float)[:, None]
    index = Index.of(spots, np.array([[[-0.5], [0.5]]]))
    index.add(spots, [*range(cells)])
    return index.adc_search, [(np.zeros(1), 1, cells // 4)] * 3


def _fixed(vectors: int, kmeans: Subject, PQ: Subject, IVFPQ: Subject) -> tuple[Any, Sequence[Any]]:
    """The lists of an index with a cell for every four vectors."""
    return _lists(vectors // 4, IVFPQ)


def _rooted(vectors: int, kmeans: Subject, PQ: Subject, IVFPQ: Subject) -> tuple[Any, Sequence[Any]]:
    """The lists of an index with as many cells as the root of the vectors."""
    return _lists(round(vectors**0.5), IVFPQ)


def _recall(limit: float, metric: str = "recall") -> Slo:
    label = "of the ten nearest, found"
    if metric == "permitted":
        label = "of the ten nearest that the user may see, found"
    return Slo(metric, limit, at_most=False, unit=SHARE, label=label, of="asked")


def _scanned(limit: float, metric: str = "measured") -> Slo:
    label = "share of all codes that a query measures"
    if metric == "scanned":
        label = "share of all codes that a filtered query measures"
    return Slo(metric, limit, label=label)


def _memory(limit: float) -> Slo:
    return Slo("memory", limit, unit="B", label="code and id of a vector")


def _reads(limit: float) -> Slo:
    return Slo("reads", limit, label="vectors read again from disk, a query")


NAMES = ("bytes", "opened", "again")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "first": (16, 8, 0),
        "quality": (16, 8, 50),
        "three times": (8, 8, 50),
        "drift": (8, 7, 100),
        "permissions": (8, 32, 50),
        "disks": (16, 32, 20),
    }.items()
}

VECTOR = "How large is a vector, and how large is an id?"
CELLS = "How many cells would there be?"
SPEED = "How fast is a code measured?"
NANOSECONDS = facts.PQ_CODE_NS.value
OPENED = 20
CODES = 1e9 / 32768 * OPENED

SCENARIO = Scenario(
    id="day17",
    title="A billion vectors in one machine",
    opening=(
        "A billion vectors, 64 dimensions each. I give you one machine with 64 GB, and later a disk. Ten nearest, and I will tell "
        "you how many you may miss. I measure your index on 2,000 vectors in 32 cells. Tell me what you build, and then I will start to press."
    ),
    clarify=(
        (
            VECTOR,
            "64 numbers of 4 bytes are 256 bytes. Within its cell's list a vector is known by a row number of 4 bytes.",
        ),
        ("What does the machine hold?", "64 GB of memory, and I want room for more than vectors."),
        (
            CELLS,
            "About the root of a billion; say 32,768, a power of two. In the sample 32 for 2,000.",
        ),
        (
            SPEED,
            f"Some {NANOSECONDS:g} ns a code of 16 bytes, on one core. A table is cheap beside a list of that length.",
        ),
        ("Which distance is meant?", "Squared Euclidean, on vectors of length 1."),
        ("How often may I train again?", "Never, until I say so. Documents come and go."),
        ("Can the disk serve reads side by side?", "Yes, 32 at a time, and each takes one page."),
        ("May a page of answers be short?", "Only where fewer are permitted."),
    ),
    before=Before(
        estimates=(
            Estimate(
                "memory of a billion vectors as codes of 8 bytes",
                "GB",
                12,
                within=1.2,
                given="A code of 8 bytes, and what names it within its list, for each of 1,000,000,000 vectors.",
                asks=(VECTOR,),
                how="(8 + 4) × 1,000,000,000 = 12 GB",
            ),
            Estimate(
                "codes that a query measures among a billion",
                "codes",
                CODES,
                within=1.5,
                given=f"{OPENED} cells are opened. There are 1,000,000,000 vectors.",
                asks=(CELLS,),
                how=f"1,000,000,000 / 32,768 × {OPENED} = {CODES:,.0f}",
            ),
            Estimate(
                "time to measure them on one core",
                "ms",
                CODES * NANOSECONDS / 1e6,
                given=f"{OPENED} of the cells are opened, 1,000,000,000 vectors are stored as codes of 16 bytes; a millisecond has 1,000,000 ns.",
                asks=(CELLS, SPEED),
                how=f"1,000,000,000 / 32,768 × {OPENED} × {NANOSECONDS:g} / 1,000,000 = {CODES * NANOSECONDS / 1e6:.1f}",
            ),
        ),
        data=(
            "search(vector: list[float], user: str, k: int) -> hits: list[tuple[float, int]]\n"
            "centroids and books: coarse, key version\n"
            "codes and ids of a cell: lists, key version and cell\n"
            "full vector: disk, key id, used at lists\n"
            "what a user may see: permissions, key user, used at lists"
        ),
        path="client -> broker ×2 -> coarse ×2 -> lists ×2 -> disk ×2\npermissions ×3 -> lists",
    ),
    knobs=(
        Knob("bytes", "bytes of a code", choices=(4, 8, 16, 32), default=32),
        Knob("opened", "cells opened, of 32", (1, 32, True), default=16, grid=(7, 8, 32)),
        Knob(
            "again",
            "candidates read again in full",
            (0, 200, True),
            default=0,
            grid=(0, 20, 22, 25, 50, 100, 150),
        ),
    ),
    rounds=(
        Round(
            name="first",
            line="One machine, no disk. Find 0.745 of the true ten. A vector may take 36 bytes, a query may measure 0.32 of all codes.",
            load=PLAIN,
            slos=(_recall(0.745), _memory(36), _scanned(0.32), _reads(0)),
            presses="recall",
            predicts="recall",
            replies=Replies(
                weak="“More bytes, more cells.” Half of everything is measured then.",
                good="A code of 16 bytes and 8 cells, and knows which of the two it is that limits recall.",
                strong="Opens all cells once, to see where the curve ends: what is missing there is the code's, and no cell brings it back.",
            ),
        ),
        Round(
            name="quality",
            line="Too many are missed. Find 0.935. Here is a disk with the full vectors, and 60 reads of it a query.",
            load=PLAIN,
            slos=(_recall(0.935), _reads(60)),
            presses="recall",
            relaxes=("reads",),
            predicts="recall",
            replies=Replies(
                weak="Opens more cells.",
                good="Takes more candidates than ten, reads their full vectors, and puts these in order.",
                strong="Says what the code is still for: it has to bring the ten among the first fifty, not into their order.",
            ),
        ),
        Round(
            name="three times",
            line="Three times the documents, in the same machine: 13 bytes a vector. I give you recall: 0.89 of the ten will do.",
            load=PLAIN,
            slos=(_memory(13), _recall(0.89)),
            presses="memory",
            relaxes=("recall",),
            predicts="recall",
            replies=Replies(
                weak="“Three machines.”",
                good="Half the code, and the same fifty reads: the order is worse, so some of the ten are no longer among the fifty.",
                strong="Says where that goes on: with 4 bytes it takes a hundred reads to find about as many.",
            ),
        ),
        Round(
            name="drift",
            line=(
                "A new product line: half of the documents, and all that is asked, are of a kind that training never saw. I do not let you train again. "
                "Still measure no more than 0.32 of the codes. You get 110 reads."
            ),
            load=DRIFTED,
            slos=(_scanned(0.32), _recall(0.89), _reads(110)),
            presses="measured",
            relaxes=("reads",),
            predicts="measured",
            replies=Replies(
                weak="“Recall fell.” Look at the cost first.",
                good="The new documents crowd into few cells, so a query about them opens the fullest. Opens one cell less, and reads more where recall then falls short.",
                strong="Watches the fullest cell's share of the codes, and trains beside the old centroids before it hurts.",
            ),
        ),
        Round(
            name="permissions",
            line=(
                "Each user may see one document in twenty. Nobody asks without that filter any more, so what I wanted of plain queries lapses. "
                "Find 0.94 of what the user may see, measure 0.06 of the codes, and read 60."
            ),
            load=PERMITTED,
            slos=(_recall(0.94, "permitted"), _scanned(0.06, "scanned"), _reads(60)),
            presses="permitted",
            relaxes=("recall", "measured"),
            predicts="permitted",
            replies=Replies(
                weak="Searches as before, and drops what is forbidden at the end: pages come back short.",
                good="Asks for permission before a code is measured, and opens all cells: forbidden codes cost nothing.",
                strong="Says when it turns: where half of the documents are permitted, all cells open mean that half of all codes are measured.",
            ),
        ),
        Round(
            name="disks",
            line=(
                "Half of the disks go: 25 reads a query. You get memory back, 21 bytes a vector. And now the filter meets the new product line. "
                "Still find 0.94."
            ),
            load=BOTH,
            slos=(
                _reads(25),
                _memory(21),
                _recall(0.94, "permitted"),
                _scanned(0.06, "scanned"),
            ),
            presses="reads",
            relaxes=("memory",),
            predicts="permitted",
            replies=Replies(
                weak="Keeps the small code, and reads less.",
                good="Doubles the code, so that a better order needs fewer reads.",
                strong="Has the curve of bytes against reads at hand, and says which of the two is dearer this year.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="A search opens a quarter of the cells. How does the number of lists that it visits grow with the vectors: with a cell for every four vectors, and with as many cells as the root of the vectors?",
            before=Side("lists visited, a cell for four vectors", _fixed, at=256),
            after=Side("lists visited, the root of the vectors as cells", _rooted, at=16384),
            good=(
                "1 and 0.5, but the codes in those lists are a quarter of all either way. To measure fewer, open a number of cells that stays, "
                "so that with root n cells about root n codes are measured."
            ),
            on=("recall", "measured", "permitted"),
        ),
        Tenfold(
            ask="The filter lets through ten times as many: each user sees half of all. Which promise breaks first?",
            times={"share": 10},
            good="The share of codes that is measured: all cells are open, and half of their codes are permitted. A filter that hides little wants few cells.",
            rounds=("permissions", "disks"),
        ),
        Production(
            good=(
                "One query in a thousand again, exactly, over the full vectors: recall of the last two thousand, with its interval, and an alarm two points below the month before. "
                "The share of codes in the fullest cell; its alarm comes first when data drifts. Lists name the version of their centroids, so going back is a change of version at the broker."
            ),
        ),
        Assumed(
            good=(
                "That 2,000 docstrings order the designs as a billion vectors would; that queries lie where documents lie; that the nearest are spread over cells as here. "
                "The last hurts most: in a larger index the ten nearest fill a smaller part of a cell, so fewer cells are needed and the code's loss weighs more."
            ),
        ),
    ),
    run=run,
    probes={
        "recall": "Of what you missed, how much lay in a cell that you did not open, and how much was lost by the code? How do you tell?",
        "memory": "What does a byte of code buy, and what does a read buy? Which is dearer?",
        "measured": "Whose lists are those? How full is the fullest, and since when?",
        "reads": "Which of these reads changed an answer?",
        "permitted": "How many of the ten that this user may see lie in the cells that you open? Who else lies there?",
        "scanned": "What does a forbidden code cost, in your search?",
    },
    safety=("permitted",),
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (32, 16, 0), strict=True)), fails_round="first", fails_metric="measured"
    ),
)
