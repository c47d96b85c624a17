"""Day 16's measure: what a plan for a change of models, in so many bits and with a door for copies, comes to."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from course.checking.subject import Subject, plain, there
from course.days.day16_embeddings.corpus import (
    DOCUMENTS,
    QUESTIONS,
    K,
    answers,
    kept,
    mirrors_inside,
    moved,
    order,
    poisoned,
    scores,
)
from course.systems.search.migration_trial import MergeTrial

SHARES = (0.01, 0.1, 0.5, 0.99)
"""Shares moved at which a change of models is looked at, beside none and all."""
NUMBERS = 192
"""Dimensions of a vector."""
ATTACKED = 20
"""Questions whose pages an attacker is after."""
Pages = Any
_RUNS: WeakKeyDictionary[Subject, dict[tuple[Any, ...], Pages]] = WeakKeyDictionary()


def merged(migration: Subject, share: float, bits: int = 32, near: float = 1.01) -> Pages:
    """The pages of ten, document numbers of shape (questions, 10), that the learner's ``migration`` gives where this share has moved."""
    known, place = _RUNS.setdefault(migration, {}), (share, bits, near)
    if place not in known:
        if (bits,) not in known:
            parts = [[of("old", bits), of("new", bits)] for of in (order, scores)]
            known[(bits,)] = there(migration, MergeTrial)(migration, *parts)
        new, inside = moved(share), kept(near)
        pages = known[(bits,)].pages([~new & inside, new & inside], K)
        known[place] = plain(pages, "ndarray").reshape(QUESTIONS, -1)
    return known[place]


@cache
def alone(which: str, bits: int = 32, near: float = 1.01, share: float = 0.0) -> Pages:
    """The pages where one list is ranked: of the ``old`` model, of the ``new``, or ``in place``, where the new model asks a list
    of which this share is its own."""
    if which == "in place":
        ranked = _mixed(bits, share)
    else:
        ranked = order(which, bits)
    inside = kept(near)
    return np.array([row[inside[row]][:K] for row in ranked])


@cache
def _mixed(bits: int, share: float) -> Any:
    """All documents for each question, best first, where the new model asks vectors of which this share is its own."""
    mixed = np.where(moved(share), scores("new", bits), scores("crossed", bits))
    return np.argsort(-mixed, axis=1, kind="stable")


def recall(pages: Pages, near: float = 1.01) -> float:
    """Of the questions whose document is inside, the share that has it on its page."""
    asked = kept(near)[answers()]
    return float((pages == answers()[:, None]).any(axis=1)[asked].mean())


def ranked_recall(cosines: Any) -> float:
    """The recall where these cosines, of shape (questions, documents), rank everybody: as by a stable sort, and counted without one."""
    right = cosines[np.arange(QUESTIONS), answers()][:, None]
    tied = (cosines == right) & (np.arange(DOCUMENTS) < answers()[:, None])
    before = ((cosines > right) | tied).sum(axis=1)
    return float((before < K).mean())


def pure(pages: Pages, share: float) -> float:
    """The share of the pages that hold documents of one model only."""
    new = moved(share)[pages]
    return float((new.all(axis=1) | ~new.any(axis=1)).mean())


@cache
def same(bits: int) -> float:
    """The share of the places that keep their document when vectors are stored in ``bits`` a number."""
    return float(
        np.mean(
            [
                len({*coarse} & {*fine}) / K
                for coarse, fine in zip(alone("old", bits), alone("old"), strict=True)
            ]
        )
    )


def measure(design: Mapping[str, Any], load: Mapping[str, Any], migration: Subject) -> dict[str, float]:
    """What a design with ``plan`` ("in place", "two spaces" or "shadow"), ``bits`` a number and ``near`` (Jaccard similarity from which a
    newcomer is held as a copy; 1.01: nobody) comes to.

    ``recall`` is the worst over the shares moved, and so is ``pure``, the share of pages of one model only. ``same`` is the share of places as in
    32 bits, ``memory`` the gigabytes of all vectors at the peak, ``work`` texts embedded over texts that came, ``held`` the honest documents held,
    ``poisoned`` the share of places that an attacker takes.
    """
    plan, bits, near = str(design["plan"]), int(design["bits"]), float(design["near"])
    upgrade = load["upgrade"] > 0
    mirrored = int(load["mirrors"])
    half_way = [
        (
            share,
            merged(migration, share, bits, near)
            if plan == "two spaces"
            else alone("in place", bits, near, share),
        )
        for share in (SHARES if upgrade and plan != "shadow" else ())
    ]
    whole = [alone("old", bits, near), *([alone("new", bits, near)] if upgrade else [])]
    came = DOCUMENTS + mirrored
    return {
        "recall": min(recall(pages, near) for pages in [*whole, *(pages for _, pages in half_way)]),
        "same": same(bits),
        "pure": min((pure(pages, share) for share, pages in half_way), default=1.0),
        "memory": load["millions"] * NUMBERS * bits / 8e3 * (2 if plan == "shadow" and upgrade else 1),
        "work": (int(kept(near).sum()) + (mirrors_inside(near) if mirrored else 0)) / came,
        "held": 1 - float(kept(near).mean()),
        "poisoned": poisoned(near) if load["attack"] else 0.0,
        "asked": float(QUESTIONS),
        "came": float(came),
        "documents": float(DOCUMENTS),
        "places": float(QUESTIONS * K),
        "attacked": float(ATTACKED * K),
    }
