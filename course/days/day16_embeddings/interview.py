"""Day 16's interview: a new model for ten million documents, then a billion, while people search and somebody cheats."""

from collections.abc import Mapping, Sequence
from typing import Any

from course import facts
from course.checking.subject import Subject
from course.days.day16_embeddings.corpus import MIRRORS
from course.days.day16_embeddings.measures import NUMBERS, measure
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

FIRST: Mapping[str, float] = {"millions": 10, "upgrade": 0, "mirrors": 0, "attack": 0}
UPGRADE = {**FIRST, "upgrade": 1}
BILLION = {**UPGRADE, "millions": 1000}
MIRRORED = {**BILLION, "mirrors": MIRRORS}
ATTACKED = {**MIRRORED, "attack": 1}


def run(
    design: Mapping[str, Any],
    under: Round,
    blocked_top_k: Subject,
    EmbeddingStore: Subject,
    Migration: Subject,
) -> Mapping[str, float]:
    """Measure a design under a round's load, by the learner's way to make one page of two."""
    return measure(design, under.load, Migration)


def _vectors(
    n: int, blocked_top_k: Subject, EmbeddingStore: Subject, Migration: Subject
) -> tuple[Any, Sequence[Any]]:
    """The ten nearest of so many vectors, for three questions."""
    rows = [[float(number * 7919 % 1009), float(number * 104729 % 997)] for number in range(n)]
    return _asked(blocked_top_k, rows, 10)


def _best(
    k: int, blocked_top_k: Subject, EmbeddingStore: Subject, Migration: Subject
) -> tuple[Any, Sequence[Any]]:
    """So many of the nearest of 512 vectors, for three questions."""
    rows = [[float(number * 7919 % 1009), float(number * 104729 % 997)] for number in range(512)]
    return _asked(blocked_top_k, rows, k)


def _asked(search: Subject, rows: list[list[float]], k: int) -> tuple[Any, Sequence[Any]]:
    import numpy as np

    from course.checking.probes import Row

    asked = np.array([[1.0, 0.5], [0.2, 1.0], [-1.0, 0.3]])
    return search, [Row(asked, np.array(rows), k, block=8)] * 3


def _recall(limit: float) -> Slo:
    return Slo(
        "recall",
        limit,
        at_most=False,
        unit=SHARE,
        label="questions whose page has the right document, at worst",
        of="asked",
    )


def _memory(limit: float) -> Slo:
    return Slo("memory", limit, unit="GB", label="vectors, at the peak")


def _same(limit: float) -> Slo:
    return Slo("same", limit, at_most=False, unit=SHARE, label="places as with 32 bits a number", of="places")


def _held(limit: float) -> Slo:
    return Slo("held", limit, unit=SHARE, label="honest documents held as copies", of="documents")


NAMES = ("plan", "bits", "near")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "first": ("in place", 32, 1.01),
        "a new model": ("two spaces", 16, 1.01),
        "a hundred times": ("two spaces", 8, 1.01),
        "one model a page": ("shadow", 8, 1.01),
        "half the GPUs": ("shadow", 8, 0.8),
        "copies": ("shadow", 8, 0.5),
    }.items()
}

SIZE = "How large is a vector?"
READS = "How fast does a machine read its memory?"
SPEED = "How fast does the model embed?"
VECTOR = NUMBERS * 4
RATE, READ = facts.EMBEDDED_PER_S.value, facts.MEMORY_READ.value

SCENARIO = Scenario(
    id="day16",
    title="A new model for ten million documents",
    opening=(
        "Ten million documents. Find the ten nearest to a question by meaning. In spring you get a better model, and the site stays "
        "up. Then multiply by a hundred."
    ),
    clarify=(
        (SIZE, f"{NUMBERS} numbers, and 4 bytes a number unless you store it in fewer."),
        (
            READS,
            f"One core reads {READ:g} GB a second. For one question it is the reading that takes the time.",
        ),
        (SPEED, f"It embeds {RATE:g} documents a second on a machine of two cores."),
        ("May answers get worse during the change?", "A little. I will give you a number."),
        ("Who owns the texts?", "A text store. Vectors are yours, and may be thrown away."),
        ("Who may add documents?", "Everybody. Do you trust everybody?"),
        ("Is the new model better?", "On our questions nobody has shown it yet."),
    ),
    before=Before(
        estimates=(
            Estimate(
                "vectors of ten million documents, while each has one of each model",
                "GB",
                2e7 * VECTOR / 1e9,
                within=1.3,
                given="Ten million are 10,000,000; a GB has 1,000,000,000 bytes.",
                asks=(SIZE,),
                how=f"2 × 10,000,000 × {NUMBERS} × 4 / 1,000,000,000 = {2e7 * VECTOR / 1e9:.1f}",
            ),
            Estimate(
                "cores for 200 questions a second, one question at a time on a core",
                "cores",
                200e7 * VECTOR / 1e9 / READ,
                within=1.5,
                given="200 questions a second; each reads all 10,000,000 vectors once; a GB has 1,000,000,000 bytes.",
                asks=(SIZE, READS),
                how=f"200 × 10,000,000 × {NUMBERS} × 4 / 1,000,000,000 / {READ:g} = {200e7 * VECTOR / 1e9 / READ:.0f}",
            ),
            Estimate(
                "machines of two cores, to embed all documents again in eight hours",
                "machines",
                1e7 / RATE / 3600 / 8,
                within=1.5,
                given="10,000,000 documents; an hour has 3,600 seconds.",
                asks=(SPEED,),
                how=f"10,000,000 / {RATE:g} / (8 × 3,600) = {1e7 / RATE / 3600 / 8:.1f}, so 3",
            ),
        ),
        data=(
            "put(documents: dict[str, str]) -> report: Put\n"
            "search(text: str, k: int) -> ids: list[str]\n"
            "step(budget: int) -> moved: int\n"
            "text of a document: text store, key id\n"
            "vector: spaces, key hash of version and text\n"
            "which space a document lives in: spaces, key id, used at merge\n"
            "held document: review queue, key id, used at door"
        ),
        path=(
            "writer -> door ×2 -> text store ×3\ntext store -> encoder ×2 -> spaces ×3\n"
            "reader -> merge ×2 -> spaces\ndoor -> review queue ×3"
        ),
    ),
    knobs=(
        Knob(
            "plan",
            "how documents come to the new model",
            choices=("in place", "two spaces", "shadow"),
            default="in place",
        ),
        Knob("bits", "bits a number of a stored vector", choices=(32, 16, 8, 1), default=32),
        Knob(
            "near",
            "Jaccard similarity from which a newcomer is held; 1.01 holds nobody",
            choices=(1.01, 0.9, 0.8, 0.7, 0.5, 0.3),
            default=1.01,
        ),
    ),
    rounds=(
        Round(
            name="first",
            line="One model, ten million documents. The right one is on the page for 78 of 100 questions, and you have 8 GB. A nightly test compares pages: 999 of 1,000 places have the document that they have in 32 bits.",
            load=FIRST,
            slos=(_recall(0.78), _same(0.999), _memory(8)),
            presses="recall",
            predicts="recall",
            replies=Replies(
                weak="Buys a vector database first. What does it do for ten million that one machine does not?",
                good="Exact search in blocks: it fits one machine, and nothing is lost.",
                strong="Says what exact search reads for each question, and at which size that ends.",
            ),
        ),
        Round(
            name="a new model",
            line="Spring. Every document gets a vector of the new model, and the site stays up: 78 of 100 questions, at any time. You have 4 GB.",
            load=UPGRADE,
            slos=(_recall(0.78), _memory(4)),
            presses="recall",
            predicts="recall",
            replies=Replies(
                weak="Embeds again and overwrites, document by document. What is asked of the rest meanwhile?",
                good="Two spaces, each asked with its own model, and a page made by ranks, since scores of two models do not compare.",
                strong="First shows on logged questions that the new model is better at all, with an interval.",
            ),
        ),
        Round(
            name="a hundred times",
            line="A billion documents, and 200 GB. I give up the nightly test: 95 of 100 places may do.",
            load=BILLION,
            slos=(_memory(200), _same(0.95)),
            presses="memory",
            relaxes=("memory", "same"),
            predicts="same",
            replies=Replies(
                weak="“We buy a hundred machines.”",
                good="Eight bits a number: a quarter of the memory, and hardly a place changes.",
                strong="Measures places and recall apart: what changes places near the end of a page need not cost an answer.",
            ),
        ),
        Round(
            name="one model a page",
            line="Auditors: 99 of 100 pages must come from one model, or nobody can explain an order. For that you get 400 GB.",
            load=BILLION,
            slos=(
                Slo(
                    "pure", 0.99, at_most=False, unit=SHARE, label="pages of one model, at worst", of="asked"
                ),
                _memory(400),
            ),
            presses="pure",
            relaxes=("memory",),
            predicts="recall",
            replies=Replies(
                weak="Asks for machines before it looks for bytes.",
                good="A shadow: the new space is filled beside the old one, then everybody switches at once. Twice the bytes.",
                strong="Says what the switch back costs: nothing while the old space stands, a whole embedding after that.",
            ),
        ),
        Round(
            name="half the GPUs",
            line="You lose half of the GPUs, and somebody mirrors a quarter of the documents with little edits. Embed at most 88 of 100 texts that come, and hold at most one honest document in a hundred.",
            load=MIRRORED,
            slos=(
                Slo("work", 0.88, unit=SHARE, label="texts embedded, of those that came", of="came"),
                _held(0.01),
            ),
            presses="work",
            predicts="work",
            replies=Replies(
                weak="A hash of the text. A mirror with one word changed has another.",
                good="Near-duplicates by MinHash and a threshold, and what is held waits for a person.",
                strong="Measures both errors of the threshold, and looks at who is held: honest twins.",
            ),
        ),
        Round(
            name="copies",
            line="An attacker rewrites your best documents a little and uploads five copies of each. They may take at most a fifth of the places on the pages that they are after. I have people for a review: seven in a hundred may be held.",
            load=ATTACKED,
            slos=(
                Slo("poisoned", 0.2, unit=SHARE, label="places that copies take", of="attacked"),
                _held(0.07),
            ),
            presses="poisoned",
            relaxes=("held",),
            predicts="held",
            replies=Replies(
                weak="A better model. The copies are about the same thing: any model finds them.",
                good="A lower threshold, a queue, and a number for honest documents in it.",
                strong="Compares a newcomer only with documents of other owners, caps places for each owner, and says what rewording passes all that.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of exact search grow: with the vectors, and with the k that are wanted?",
            before=Side("the ten nearest, with the vectors", _vectors, at=256),
            after=Side("the k nearest of 512, with k", _best, at=4),
            good="Linear in the vectors, in blocks as without: each is read and multiplied. With k it hardly grows: what does not beat the k-th best of the blocks before is dropped at once.",
            on=("recall", "memory", "same"),
        ),
        Tenfold(
            ask="Ten times the documents. Which promise breaks first?",
            times={"millions": 10},
            good="Memory, in proportion. Recall and places are measured on the sample, which stays; in truth more documents have more near neighbours, so recall would fall, too.",
            rounds=("first", "a new model", "a hundred times", "one model a page", "half the GPUs", "copies"),
        ),
        Production(
            good=(
                "Shadow traffic: one question in a thousand is asked of both models, and the overlap of the two pages is logged. "
                "While two spaces live, the share of moved documents on pages against the share moved: alarm at twice as many. "
                "Rolling back is switching an alias, as long as the old space is not swept."
            ),
        ),
        Assumed(
            good=(
                "That 300 first lines of docstrings ask as people do; that documents move in an order which has nothing to do with what is asked; one version of the encoder for "
                "questions and documents. The second hurts most: if the newest documents move first, the ranks of the new part are no sample."
            ),
        ),
    ),
    run=run,
    probes={
        "recall": "Which model asked for the document that you miss, and what did its place in that model's list count on your page?",
        "memory": "How many vectors does a document have at the peak, and how many bits has a number?",
        "same": "Where on the page did places change, at the top or at the end?",
        "pure": "Which plan never shows two models on one page?",
        "work": "Which of the texts that came had you embedded before, nearly?",
        "held": "Show me three that you hold. Are they copies?",
        "poisoned": "How like is the nearest copy to the original, and how like are two honest twins?",
    },
    safety=("held", "poisoned"),
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, ("in place", 32, 1.01), strict=True)),
        fails_round="a new model",
        fails_metric="recall",
    ),
)
