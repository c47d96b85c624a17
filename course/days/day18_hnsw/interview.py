"""Day 18's interview: a vector index in six constraints, measured on the learner's own `HNSW`."""

from collections.abc import Mapping, Sequence
from typing import Any

from course import facts
from course.checking.subject import Subject
from course.days.day18_hnsw.measure import DIM, QUERIES, measure, rows
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

CLEAN = {"vectors": 400, "k": 10, "deleted": 0.1, "days": 0, "nights": 0, "copies": 0}
CHURNED = CLEAN | {"days": 2, "nights": 1}
FLOODED = CHURNED | {
    "copies": 12,
    "targets": 4,
    "nearest_copy": 0.005,
    "farthest_copy": 0.04,
    "asked_from": 0.1,
}


def run(design: Mapping[str, Any], under: Round, Index: Subject) -> Mapping[str, float]:
    """Measure a design under a round's load on the learner's `HNSW`."""
    return measure(design, under.load, Index)


def _asked(vectors: int, Index: Subject) -> tuple[Any, Sequence[Any]]:
    """Twenty searches among so many vectors."""
    index = Index(DIM, 8, ef_construction=20, seed=1)
    index.add(rows()[:vectors])
    return index.search_batch, [(rows()[QUERIES][:20], 10, 10)] * 2


def _built(vectors: int, Index: Subject) -> tuple[Any, Sequence[Any]]:
    """An index of so many vectors, built."""
    return Index(DIM, 8, ef_construction=20, seed=1).add, [(rows()[:vectors],)]


MISSED = Slo("missed", 1, label="true neighbours missed, of the ten nearest", unit="%", of=1000)
DISTANCES = Slo("distances", 200, label="distances a query")
BUILD = Slo("build", 150, label="distances an insert")
LINKS = Slo("links", 53, label="memory of link slots, for each live vector", unit="B")
UPKEEP = Slo("upkeep", 100, label="distances that repairs cost, for each delete")
HONEST = Slo("honest", 5, label="honest neighbours missed where copies were sent", unit="%", of=200)
HELD = Slo("held", 0.04, label="honest newcomers held at the door", unit=SHARE, of=180)

REFERENCE: Mapping[str, Design] = {
    "first": {"M": 16, "ef_construction": 40, "ef": 15, "door": 0},
    "ninety-nine": {"M": 16, "ef_construction": 40, "ef": 30, "door": 0},
    "deletes": {"M": 6, "ef_construction": 100, "ef": 35, "door": 0},
    "weekly": {"M": 8, "ef_construction": 20, "ef": 55, "door": 0},
    "memory": {"M": 5, "ef_construction": 40, "ef": 55, "door": 0},
    "copies": {"M": 5, "ef_construction": 40, "ef": 55, "door": 0.05},
}

VECTOR = "How large is a vector, and how large a link?"
MACHINE = "What does a machine hold, and what does it cost?"
SPEED = "How fast is a search today?"
QUERY_MS = 1000 / facts.HNSW_QUERIES_1M.value
EXPONENT = facts.HNSW_COST_EXPONENT.value
HOUR, CORES = facts.MACHINE_HOUR_USD.value, facts.MACHINE_CORES.value

SCENARIO = Scenario(
    id="day18",
    title="A vector index that has to last",
    opening=(
        "A product searches a hundred million paragraphs by meaning: one vector each, the ten nearest to a query, and no "
        "time to look at all of them. You have a graph index. I measure it on a sample of 400 vectors, where exact search "
        "measures 400 distances a query. Tell me what you build, and then I will start to press."
    ),
    clarify=(
        (
            VECTOR,
            "Today 64 numbers of 4 bytes. A link is the number of a vector, 4 bytes too; on the bottom layer a vector has room "
            "for 2 × M of them, and what stands above that is a few bytes more.",
        ),
        (
            MACHINE,
            f"64 GB of memory and {CORES:g} cores, at ${HOUR:g} an hour. I want a spare that can take over.",
        ),
        (
            SPEED,
            f"Among 1,000,000 vectors a search takes one core {QUERY_MS:.3f} ms. It grows with the power {EXPONENT:g} of their number, as far as anybody measured.",
        ),
        (
            "Why do you measure on only 400 vectors?",
            "So that every run is replayed in a second. The share that a query measures falls as an index grows; which "
            "design beats which stays.",
        ),
        (
            "Which distance is meant?",
            "Squared Euclidean on vectors of length 1, so the order is that of the cosine.",
        ),
        (
            "May deleted documents be answered for a while?",
            "Never. A deleted document is gone from the next answer on.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "memory of one vector with its links",
                "B",
                384 * 4 + 2 * 16 * 4,
                within=1.2,
                given="A new model makes vectors of 384 numbers; plan M = 16.",
                asks=(VECTOR,),
                how="384 × 4 + 2 × 16 × 4 = 1,664",
            ),
            Estimate(
                "machines for a hundred million of those, with one spare, for a year",
                "$",
                4 * HOUR * 24 * 365,
                within=1.5,
                given="All of it stays in memory, with nothing compressed.",
                asks=(MACHINE, VECTOR),
                how=f"4 × {HOUR:g} × 24 × 365 = {4 * HOUR * 24 * 365:,.0f}; 100,000,000 × 1,664 B are 166 GB, which takes three machines of 64 GB",
            ),
            Estimate(
                "searches a second of one machine that holds a hundred million of today's vectors",
                "queries/s",
                CORES / (QUERY_MS / 1000 * 100**EXPONENT),
                given="A hundred times as many vectors as were measured, and every core searches.",
                asks=(SPEED, MACHINE),
                how=f"{CORES:g} × 1,000 / ({QUERY_MS:.3f} × 100 ^ {EXPONENT:g}) = {CORES * 1000 / (QUERY_MS * 100**EXPONENT):,.0f}, beyond what was measured",
            ),
        ),
        data=(
            "search(query: list[float], k: int, ef: int) -> ids: list[int]\n"
            "insert(document: str, vector: list[float]) -> id: int\n"
            "delete(id: int) -> None\n"
            "repair() -> lists changed: int\n"
            "vectors and links: index, key id\n"
            "tombstones: index, key id\n"
            "paragraph: document store, key id, used at gateway\n"
            "threshold: door, key version\n"
            "newcomer held: review queue, key id, used at door"
        ),
        path="client -> gateway ×2 -> index ×2\ngateway -> document store ×3\nauthor -> door ×2 -> index\ndoor -> review queue ×3",
    ),
    knobs=(
        Knob(
            "M",
            "links a node may keep (twice as many on the bottom)",
            choices=(4, 5, 6, 8, 16),
            default=16,
        ),
        Knob(
            "ef_construction",
            "width of the beam that finds a new node's links",
            choices=(10, 20, 40, 100),
            default=40,
        ),
        Knob(
            "ef",
            "width of the beam at search",
            (10, 200, True),
            default=10,
            grid=(10, 15, 30, 35, 40, 55, 60),
        ),
        Knob(
            "door",
            "hold a newcomer within this squared distance of a stored vector (0: let all in)",
            (0, 0.5, False),
            default=0,
            grid=(0, 0.05, 0.1),
        ),
    ),
    rounds=(
        Round(
            name="first",
            line="Start simple: nothing is deleted, nobody is hostile. Miss at most five of a hundred neighbours, and measure 150 of the 400.",
            load=CLEAN,
            slos=(
                Slo("missed", 5, label=MISSED.label, unit="%", of=1000),
                Slo("distances", 150, label=DISTANCES.label),
            ),
            presses="missed",
            predicts="distances",
            replies=Replies(
                weak="“HNSW is logarithmic.” In what, and at which recall?",
                good="Names the beam as the knob of the query, M and the beam of the build as knobs of the graph.",
                strong="Measures recall against exact search on real vectors, and says that clusters would flatter it.",
            ),
        ),
        Round(
            name="ninety-nine",
            line="The reader of these paragraphs is a model, and it misses what you miss. Miss one in a hundred. You may measure 200 for it, half of exact search.",
            load=CLEAN,
            slos=(MISSED, DISTANCES),
            presses="missed",
            relaxes=("distances",),
            predicts="missed",
            replies=Replies(
                weak="Doubles everything: M, both beams.",
                good="Widens the beam of the search only: it is paid at the query and needs no new build.",
                strong="Draws the curve of misses over distances, and says where on it the next point costs more than the last.",
            ),
        ),
        Round(
            name="deletes",
            line="Every day one document in ten is deleted and replaced. You may repair at night, for 100 distances a delete. Hold the rest at the worst hour, with a day's deletes buried.",
            load=CHURNED,
            slos=(UPKEEP, MISSED, DISTANCES),
            presses="upkeep",
            predicts="upkeep",
            replies=Replies(
                weak="Removes the node and its links: what was reached through it is cut off.",
                good="Buries it (stepped over, never answered), repairs its neighbours at night, and lowers M for the bill.",
                strong="Knows that the bill grows with the links in use: a vector stands in about as many lists as it has links, and each is mended. Buys back by a wider beam at the insert what fewer links lose.",
            ),
        ),
        Round(
            name="weekly",
            line="The model that makes the vectors is retrained every week, and all hundred million are inserted anew. An insert may measure 150. For that a query may measure 230.",
            load=CHURNED,
            slos=(BUILD, Slo("distances", 230, label=DISTANCES.label), MISSED),
            presses="build",
            relaxes=("distances",),
            predicts="distances",
            replies=Replies(
                weak="“We build at night.” How many nights has a build of a hundred million?",
                good="Narrows the beam of the build, and buys the misses back with the beam of the search.",
                strong="Says who pays which: the build once for each vector, the search once for each query. The ratio of queries to inserts decides.",
            ),
        ),
        Round(
            name="memory",
            line="The vectors are compressed now, so the links are most of what you store: 53 bytes for each live vector. Weekly became monthly, so an insert may measure 280.",
            load=CHURNED,
            slos=(
                LINKS,
                Slo("build", 280, label=BUILD.label),
                Slo("distances", 230, label=DISTANCES.label),
                MISSED,
            ),
            presses="links",
            relaxes=("build",),
            predicts="missed",
            replies=Replies(
                weak="“Recall drops, so I need a bigger machine.”",
                good="Lowers M, and spends what the build was given on choosing the few links well.",
                strong="Counts first how many slots are in use, and adds the tombstones: the buried keep their slots until the night.",
            ),
        ),
        Round(
            name="copies",
            line="Somebody sends a dozen reworded copies of each of your best documents, to own the answers about them. Hold back at most four honest newcomers in a hundred. All the rest stays.",
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
    ),
    drills=(
        Complexity(
            ask="How does the work grow with the vectors: of twenty searches? And of building the index?",
            before=Side("twenty searches, with the vectors", _asked, at=128),
            after=Side("a build, with the vectors", _built, at=40),
            good=(
                "About log n for a search and n log n for a build, in practice: exponents near 0.2 and 1.4 at these sizes, which "
                "fall towards 0 and 1 as the index grows. Neither is a bound for the worst case: points can be placed so that a walk visits nearly all."
            ),
        ),
        Tenfold(
            ask="The repair job has failed for ten nights, not one, and nobody noticed. Which promise breaks first?",
            times={"nights": 10},
            good=(
                "About half of what is stored is dead by then, and half of each beam with it, so misses double or worse; where "
                "memory is promised, that breaks first, since link slots for each live vector nearly double."
            ),
            rounds=("deletes", "weekly", "memory", "copies"),
        ),
        Production(
            good=(
                "One query in a thousand is repeated by exact search on one shard and the misses are logged; alarm at twice the "
                "usual rate. Beside it the share of tombstones, distances a query, and what the door held. ef goes back with the "
                "next query; M or ef_construction needs the old index, so both are kept and the gateway switches between them until the new one has served a day."
            ),
        ),
        Assumed(
            good=(
                "That queries lie where documents lie; that 400 docstrings order the designs as a hundred million paragraphs would; "
                "that copies are no farther than those that were sent. The first hurts most: recall on questions was never measured."
            ),
        ),
    ),
    run=run,
    probes={
        "missed": "Which neighbours do you miss: those behind a hill, or those that no link leads to? How do you tell?",
        "distances": "What did the last ten distances of a query buy? Show me the curve, and where you stand on it.",
        "build": "What do the last places of the beam at the insert find, and who uses it? Compare with a place of the beam at search.",
        "links": "How many of your link slots are filled, and by whom? Count, before you change M.",
        "upkeep": "Who pays for a delete: the node, or all who point at it? How many are those?",
        "honest": "Ten answers, one author. Is that a fault of the index, or of what you let into it?",
        "held": "You hold honest documents. Which ones, who looks at them, and how long do they wait?",
    },
    safety=("honest", "held"),
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design={"M": 16, "ef_construction": 40, "ef": 15, "door": 0},
        fails_round="ninety-nine",
        fails_metric="missed",
    ),
)
