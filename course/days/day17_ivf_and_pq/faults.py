"""Day 17's faults: which promise of the learner's index breaks under which."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from course.checking.port import subjects
from course.checking.subject import Subject
from course.days.day17_ivf_and_pq.measures import (
    Asked,
    Bench,
    K,
    Rows,
    asked,
    bench,
    new_half,
    scored,
    stored,
)
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.search.nearest import squared_distances

BYTES, OPENED, AGAIN = 16, 8, 50
PROMISES = (
    Promise("recall", "of the ten nearest, found by codes alone", 0.71, at_least=True, digits=3),
    Promise(
        "recall with reads",
        f"of the ten nearest, found once {AGAIN} are read again",
        0.93,
        at_least=True,
        digits=3,
    ),
    Promise("cost", "share of all codes that a query measures", 0.32, digits=3),
)


@dataclass(frozen=True)
class World:
    """What is stored, what the index is trained on, and what is asked."""

    rows: Rows
    known: Rows
    about: Asked


def _asked(rows: Rows, queries: Rows) -> Asked:
    exact = squared_distances(queries, rows)
    return Asked(queries, None, exact, exact.argsort(axis=1, kind="stable")[:, :K])


def sound() -> World:
    """No fault."""
    return World(stored(), stored(), asked(False, 1))


def few() -> World:
    """Trained on 64 documents."""
    return World(stored(), stored()[:64], asked(False, 1))


def drifted() -> World:
    """Trained on one half of the topics, and asked about the other."""
    return World(stored(), stored()[stored()[:, 0] < new_half()], asked(True, 1))


def lengths() -> World:
    """Vectors are no longer of length 1."""
    rows = stored() * np.random.default_rng(5).lognormal(0, 1, size=len(stored()))[:, None]
    return World(rows, rows, _asked(rows, asked(False, 1).queries))


def outliers() -> World:
    """One document in a hundred is thirty times as long."""
    rows = stored().copy()
    rows[np.random.default_rng(5).choice(len(rows), len(rows) // 100, replace=False)] *= 30
    return World(rows, rows, _asked(rows, asked(False, 1).queries))


def turned() -> World:
    """Documents and queries are rotated together."""
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(stored().shape[1],) * 2))[0]
    return World(stored() @ turn, stored() @ turn, _asked(stored() @ turn, asked(False, 1).queries @ turn))


def copied() -> World:
    """One document comes 600 times more."""
    rows = np.vstack([stored(), np.repeat(stored()[:1], 600, axis=0)])
    return World(rows, rows, _asked(rows, asked(False, 1).queries))


FAULTS: Mapping[str, Callable[[], World]] = {
    "trained on 64 documents": few,
    "trained on one half of the topics": drifted,
    "lengths of vectors vary": lengths,
    "one document in a hundred is 30 times as long": outliers,
    "everything is rotated": turned,
    "one document comes 600 times more": copied,
}


def measured(world: World, Index: Subject) -> dict[str, float]:
    """The promises in numbers, on a hundred queries."""
    its = bench(Index) if world.rows is stored() else Bench(Index, world.rows)
    key = ("fault", len(world.known), world.about is asked(True, 1))
    ids, share, _ = its.found(BYTES, OPENED, world.about, world.known, key)
    return {
        "recall": scored(world.about, ids, 0)["recall"],
        "recall with reads": scored(world.about, ids, AGAIN)["recall"],
        "cost": share,
    }


def under(fault: str, expected: Prediction, kmeans: object, PQ: object, IVFPQ: object) -> Page:
    """What the fault does to the learner's own index: see :func:`~course.notebook.breaking.under_fault`."""
    kmeans, PQ, IVFPQ = played("day17", kmeans, PQ, IVFPQ)

    def run(fault: str) -> Run:
        (own,) = subjects(IVFPQ)
        return Run(PROMISES, measured(sound(), own), measured(FAULTS[fault](), own))

    return under_fault(fault, expected, FAULTS, run, kmeans, PQ, IVFPQ)
