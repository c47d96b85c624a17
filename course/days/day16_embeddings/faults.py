"""Day 16's faults: which promise of a store of embeddings breaks under which, with the learner's own objects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np

from course.checking.errors import SubjectError
from course.checking.port import subjects
from course.checking.subject import Subject, each, plain, there
from course.days.day16_embeddings.corpus import DOCUMENTS, K, kept, moved, texts
from course.days.day16_embeddings.measures import alone, merged, recall
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.search.embedder_trial import Interrupted
from course.systems.search.encoders import Stored
from datasets.known_items import mirrors, vectors

PROMISES = (
    Promise("the right one is found", "share of 300 questions, among ten", 0.78, at_least=True, digits=3),
    Promise(
        "one model", "share of documents whose vector is the model's that asks", 1, at_least=True, digits=3
    ),
    Promise("nothing is embedded twice", "texts embedded, over texts that are not copies", 1.1, digits=3),
    Promise("honest documents get in", "share of them that is held", 0.01, digits=4),
)
FIRST_MOVED = 0.01
"""The share of the documents that have moved, early in a change of models."""
EDITED = 0.1
"""The share of the documents that are edited, and so embedded again."""


@dataclass(frozen=True)
class Outcome:
    """What was found, how many vectors are the asking model's, what was embedded for how many texts, and who was held."""

    found: float
    own: float = 1.0
    embedded: int = DOCUMENTS
    texts: int = DOCUMENTS
    held: float = 0.0

    @property
    def measures(self) -> dict[str, float]:
        return dict(
            zip(
                [promise.name for promise in PROMISES],
                (self.found, self.own, self.embedded / self.texts, self.held),
                strict=True,
            )
        )


@cache
def corpus() -> dict[str, str]:
    """The documents' texts, by id in their order."""
    return {f"doc {number:04d}": text for number, text in enumerate(texts()[0])}


@cache
def known(model: Literal["minilm", "bge"], mark: str = "") -> dict[str, Any]:
    """The vector of each document's text, and of the text with ``mark`` at its end."""
    rows = vectors(model, "documents")
    return {text + end: row for end in {"", mark} for text, row in zip(texts()[0], rows, strict=True)}


def filled(Store: Subject, mark: str = "") -> tuple[Any, Any]:
    """The learner's store with every document by the old model, and that model."""
    model = there(Store, Stored)("minilm 1", known("minilm", mark))
    store = Store(model)
    store.put(corpus())
    return store, model


def _asked(store: Any, which: Literal["minilm", "bge"]) -> tuple[float, float]:
    """The recall where this model asks, and the share of documents that have its vector."""
    rows = np.array(each(store.vector, list(corpus()), as_="ndarray"), dtype=np.float32)
    cosines = vectors(which, "plain") @ rows.T
    pages = np.argsort(-cosines, axis=1, kind="stable")[:, :K]
    own = np.isclose(rows, vectors(which, "documents"), atol=1e-6).all(axis=1)
    return recall(pages), float(own.mean())


def healthy(Store: Subject, Migration: Subject) -> Outcome:
    """Everybody put once, and asked with the model that made the vectors."""
    store, model = filled(Store)
    return Outcome(*_asked(store, "minilm"), embedded=plain(model.embedded, int))


def same_name(Store: Subject, Migration: Subject) -> Outcome:
    """The new model answers under the old one's version; a tenth of the documents is edited, and all is put again."""
    mark = " edited"
    store, before = filled(Store, mark)
    edited = np.flatnonzero(moved(EDITED)).tolist()
    model = there(Store, Stored)("minilm 1", known("bge", mark))
    store.embedder = model
    names = list(corpus())
    store.put(corpus() | {names[number]: texts()[0][number] + mark for number in edited})
    embedded = plain(before.embedded, int) + plain(model.embedded, int)
    return Outcome(*_asked(store, "bge"), embedded=embedded, texts=DOCUMENTS + len(edited))


def interrupted(Store: Subject, Migration: Subject) -> Outcome:
    """A migration in steps of 200, in which the new model's server fails once within a step."""
    old, _ = filled(Store)
    model = there(Store, Interrupted)("bge 1", known("bge"), DOCUMENTS // 2 - 50)
    new = Store(model)
    move = Migration(old, new, corpus())
    for _ in range(DOCUMENTS // 200 + 1):
        try:
            move.step(200)
        except SubjectError as error:
            if "Unavailable" not in error.names:
                raise
    store = move.finish()
    return Outcome(*_asked(store, "bge"), embedded=plain(model.embedded, int))


def again(Store: Subject, Migration: Subject) -> Outcome:
    """Every document comes a second time from another address, its lines broken elsewhere."""
    store, model = filled(Store)
    store.put({f"again {name}": text.replace(" ", "\n") for name, text in corpus().items()})
    return Outcome(*_asked(store, "minilm"), embedded=plain(model.embedded, int))


def mirrored(near: float) -> Callable[[Subject, Subject], Outcome]:
    """A quarter of the documents comes again with 3% of the words changed, past a door that holds whoever is ``near`` to one inside."""

    def run(Store: Subject, Migration: Subject) -> Outcome:
        mark, arrived, inside = " mirrored", mirrors(), kept(near)
        store, model = filled(Store, mark)
        let_in = arrived.documents[arrived.jaccard < near].tolist()
        store.put({f"mirror {number}": texts()[0][number] + mark for number in let_in})
        embedded = plain(model.embedded, int) - int((~inside).sum())
        return Outcome(
            recall(alone("old", 32, near), near),
            embedded=embedded,
            texts=int(inside.sum()),
            held=1 - float(inside.mean()),
        )

    return run


def begun(Store: Subject, Migration: Subject) -> Outcome:
    """The first documents have moved to the new model; both stores are asked."""
    return Outcome(recall(merged(Migration, FIRST_MOVED)))


def coarse(bits: int) -> Callable[[Subject, Subject], Outcome]:
    """Everybody has moved, and vectors are stored in fewer bits a number."""
    return lambda Store, Migration: Outcome(recall(alone("new", bits)))


FAULTS: Mapping[str, Callable[[Subject, Subject], Outcome]] = {
    "a new model under the old version's name": same_name,
    "the new model's server fails within a step": interrupted,
    "everything comes again from another address": again,
    "a quarter comes again, slightly reworded": mirrored(1.01),
    "the same, and 0.8 alike is held": mirrored(0.8),
    "the same, and 0.5 alike is held": mirrored(0.5),
    "the first 1% have moved": begun,
    "all have moved, in 8 bits a number": coarse(8),
    "all have moved, in 1 bit a number": coarse(1),
}


def under(
    fault: str, expected: Prediction, blocked_top_k: object, EmbeddingStore: object, Migration: object
) -> Page:
    """What the fault does to the learner's own objects: see :func:`~course.notebook.breaking.under_fault`."""
    blocked_top_k, EmbeddingStore, Migration = played("day16", blocked_top_k, EmbeddingStore, Migration)

    def run(fault: str) -> Run:
        Store, Move = subjects(EmbeddingStore, Migration)
        return Run(PROMISES, healthy(Store, Move).measures, FAULTS[fault](Store, Move).measures)

    return under_fault(fault, expected, FAULTS, run, blocked_top_k, EmbeddingStore, Migration)
