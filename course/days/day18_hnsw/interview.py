"""Day 18's interview: a vector index in six constraints, measured on the learner's own `HNSW`."""

from collections.abc import Mapping
from typing import Any

from course.checking.subject import Subject
from course.days.day18_hnsw.measure import measure
from course.interview import SHARE, Design, Knob, Naive, Replies, Round, Scenario, Slo

CLEAN = {"vectors": 400, "k": 10, "deleted": 0.1, "days": 0, "copies": 0}
CHURNED = CLEAN | {"days": 2}
FLOOD = {"copies": 12, "targets": 4, "nearest_copy": 0.005, "farthest_copy": 0.04, "asked_from": 0.1}
FLOODED = CLEAN | FLOOD
ALL = CHURNED | FLOOD


def run(design: Mapping[str, Any], under: Round, Index: Subject) -> Mapping[str, float]:
    """Measure a design under a round's load on the learner's `HNSW`."""
    return measure(design, under.load, Index)


GOOD = Slo("recall", 0.95, at_most=False, label="recall@10", unit=SHARE)
BEST = Slo("recall", 0.99, at_most=False, label=GOOD.label, unit=SHARE)
DISTANCES = Slo("distances", 190, label="distances a query")
LINKS = Slo("links", 70, label="link slots for each live vector", unit="B")
UPKEEP = Slo("upkeep", 125, label="distances that repairs cost, for each delete")
HONEST = Slo(
    "honest", 0.95, at_most=False, label="recall@10 of honest documents where copies were sent", unit=SHARE
)
HELD = Slo("held", 0.05, label="honest newcomers held at the door", unit=SHARE)

REFERENCE: Mapping[str, Design] = {
    "first": {"M": 16, "ef": 15, "door": 0},
    "ninety-nine": {"M": 16, "ef": 30, "door": 0},
    "memory": {"M": 8, "ef": 36, "door": 0},
    "deletes": {"M": 8, "ef": 36, "door": 0},
    "copies": {"M": 8, "ef": 36, "door": 0.045},
    "finance": {"M": 4, "ef": 80, "door": 0.045},
}

SCENARIO = Scenario(
    id="day18",
    title="A vector index that has to last",
    opening=(
        "A product searches paragraphs by meaning: one vector each, the ten nearest to a query, and no time to look at "
        "all of them. You have a graph index. On a sample of 400 vectors exact search measures 400 distances a query; "
        "show me that you need fewer than half of them, and then I will start to press."
    ),
    clarify=(
        (
            "Why only 400 vectors?",
            "So that every run is replayed in a second. The share that is measured falls as an index grows; which "
            "design beats which stays.",
        ),
        (
            "Which distance?",
            "Squared Euclidean on vectors of length 1, so the order is that of the cosine.",
        ),
        (
            "May deleted documents be answered for a while?",
            "Never. A deleted document is gone from the next answer on.",
        ),
    ),
    knobs=(
        Knob(
            "M",
            "links a node may keep (twice as many on the bottom)",
            choices=(2, 3, 4, 6, 8, 12, 16, 24),
            default=16,
        ),
        Knob("ef", "width of the beam at search", (10, 200, True), default=10),
        Knob(
            "door",
            "hold a newcomer within this squared distance of a stored vector (0: let all in)",
            (0, 0.5, False),
            default=0,
        ),
    ),
    rounds=(
        Round(
            name="first",
            line="Start simple: nothing is deleted, nobody is hostile. Find 95 in 100, and measure fewer than half.",
            load=CLEAN,
            slos=(GOOD, DISTANCES),
            presses="recall",
            predicts="distances",
            replies=Replies(
                weak="“HNSW is logarithmic.” In what, and at which recall?",
                good="Names the beam as the knob of the query, M as the knob of the build.",
                strong="Measures recall against exact search on real vectors, and says that clusters would flatter it.",
            ),
        ),
        Round(
            name="ninety-nine",
            line="The reader of these paragraphs is a model, and it misses what you miss. Ninety-nine in a hundred.",
            load=CLEAN,
            slos=(BEST, DISTANCES),
            presses="recall",
            predicts="distances",
            replies=Replies(
                weak="Doubles everything: M, the beam, the build.",
                good="Widens the beam only: it is paid at the query and needs no new build.",
                strong="Says what the last points cost: at M = 16, going from ef = 15 to 30 took 1.4 times the distances and left a fifth of the misses.",
            ),
        ),
        Round(
            name="memory",
            line="The links take as much memory as the vectors now that those are compressed. Halve the links.",
            load=CLEAN,
            slos=(LINKS, BEST),
            presses="links",
            predicts="recall",
            replies=Replies(
                weak="“Recall drops, so I need a bigger machine.”",
                good="Halves M, and buys recall back with the beam.",
                strong="Looks first how many slots are used: the selection keeps about ten links on the bottom, even where it may keep 32.",
            ),
        ),
        Round(
            name="deletes",
            line="Every day one document in ten is deleted and replaced. You may repair at night, within a budget.",
            load=CHURNED,
            slos=(UPKEEP, BEST),
            presses="upkeep",
            predicts="upkeep",
            replies=Replies(
                weak="Removes the node and its links: what was reached through it is cut off.",
                good="Buries it (stepped over, never answered) and repairs its neighbours at night.",
                strong="Knows that the bill grows with M: a vector stands in about as many lists as it has links, and each is mended.",
            ),
        ),
        Round(
            name="copies",
            line="Somebody sends a dozen reworded copies of each of your best documents, to own the answers about them.",
            load=FLOODED,
            slos=(HONEST, HELD),
            presses="honest",
            predicts="held",
            replies=Replies(
                weak="A wider beam. (The copies really are nearest: exact search would answer them too.)",
                good="A threshold on the distance to what is stored, and what is nearer is held for a second look.",
                strong="Measures both errors of the threshold: copies let in, and honest near-duplicates held; logs each hold.",
            ),
        ),
        Round(
            name="finance",
            line="Finance wants nearly half of the link memory again. I bought you a quarter more distances. All the rest stays.",
            load=ALL,
            slos=(
                Slo("links", 45, label=LINKS.label, unit="B"),
                Slo("distances", 240, label=DISTANCES.label),
                BEST,
                HONEST,
                HELD,
                UPKEEP,
            ),
            presses="links",
            relaxes=("distances",),
            predicts="distances",
            replies=Replies(
                weak="Lowers M again and leaves the beam: recall falls under the tombstones first.",
                good="Lowers M and widens the beam until recall holds at the worst hour, before the repair.",
                strong="Says where this ends: with three links a node no beam in the budget is wide enough.",
            ),
        ),
    ),
    run=run,
    probes={
        "recall": "Which neighbours do you miss: those behind a hill, or those that no link leads to? How do you tell?",
        "distances": "What did the last ten distances of a query buy? Show me the curve, and where you stand on it.",
        "links": "How many of your link slots are filled? Count, before you change M.",
        "upkeep": "Who pays for a delete: the node, or all who point at it? How many are those?",
        "honest": "Ten answers, one author. Is that a fault of the index, or of what you let into it?",
        "held": "You hold honest documents. Which ones, who looks at them, and how long do they wait?",
    },
    safety=("honest", "held"),
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(design={"M": 8, "ef": 36, "door": 0}, fails_round="copies", fails_metric="honest"),
)
