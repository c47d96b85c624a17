"""Day 16's documents: 1,200 docstrings by two models, who of them is like whom, and the order in which they move."""

from collections import Counter, defaultdict
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from course.systems.search.coarse import in_bits
from course.systems.search.minhash import shingles
from datasets.known_items import copies, documents, mirrors, questions, targets, vectors

K, SEED = 10, 16
DOCUMENTS, QUESTIONS, MIRRORS = 1200, 300, 300
Scored = Literal["old", "new", "crossed"]
"""``old`` and ``new`` are a model's questions among its own documents, ``crossed`` the new model's questions among the old one's documents."""
MODELS: dict[str, tuple[Literal["minilm", "bge"], Literal["minilm", "bge"]]] = {
    "old": ("minilm", "minilm"),
    "new": ("bge", "bge"),
    "crossed": ("bge", "minilm"),
}


@cache
def answers() -> NDArray[np.int64]:
    """The right document of each question."""
    return targets()


@cache
def _turned(model: Literal["minilm", "bge"], of: Literal["plain", "documents"], bits: int) -> Any:
    """The sample is stored in eight bits; it is turned off its grid before it is made coarser."""
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(192, 192)))[0].astype(np.float32)
    return in_bits(vectors(model, of) @ turn, bits)


@cache
def scores(which: Scored, bits: int = 32) -> Any:
    """The cosine of each question and each document, its vector stored in ``bits`` a number: shape (300, 1200)."""
    asked, held = MODELS[which]
    return _turned(asked, "plain", 32) @ _turned(held, "documents", bits).T


@cache
def order(which: Scored, bits: int = 32) -> Any:
    """For each question all documents, best first: small numbers, for they are sent to where an answer lives."""
    return np.argsort(-scores(which, bits), axis=1, kind="stable").astype(np.int16)


@cache
def moved(share: float) -> Any:
    """Who has moved, when this share has: shape (1200,), True or False."""
    who = np.zeros(DOCUMENTS, dtype=bool)
    who[np.random.default_rng(SEED).permutation(DOCUMENTS)[: round(share * DOCUMENTS)]] = True
    return who


@cache
def likeness() -> dict[int, list[tuple[float, int]]]:
    """For each document every earlier one that shares a run of three words with it, and their Jaccard similarity."""
    sets = [shingles(words[:-1].tolist()) for words in documents()]  # the last word is its part number
    holding: dict[Any, list[int]] = defaultdict(list)
    found = {}
    for number, mine in enumerate(sets):
        common = Counter(other for run in mine for other in holding[run])
        found[number] = [
            (both / (len(mine) + len(sets[other]) - both), other) for other, both in common.items()
        ]
        for run in mine:
            holding[run].append(number)
    return found


@cache
def kept(near: float) -> Any:
    """Who gets in, in the order of coming, where whoever is ``near`` to somebody inside is held: shape (1200,)."""
    inside = np.ones(DOCUMENTS, dtype=bool)
    for number, others in likeness().items() if near <= 1 else ():
        inside[number] = not any(like >= near and inside[other] for like, other in others)
    return inside


@cache
def mirrors_inside(near: float) -> int:
    """Mirrored documents, of 300, that are not held."""
    return int((mirrors().jaccard < near).sum())


@cache
def poisoned(near: float) -> float:
    """The share of the places on the 20 attacked questions' pages that five reworded copies of the best answer take."""
    attack, taken = copies(), 0
    for victim, question in enumerate(attack.questions.tolist()):
        inside = [copy for copy in range(5) if attack.jaccard[victim, copy, 0] < near]
        mine = attack.minilm[victim][inside] @ vectors("minilm", "plain")[question]
        everybody = np.concatenate(
            [vectors("minilm", "documents") @ vectors("minilm", "plain")[question], mine]
        )
        taken += int((np.argsort(-everybody, kind="stable")[:K] >= DOCUMENTS).sum())
    return taken / (K * len(attack.questions))


@cache
def texts() -> tuple[list[str], list[str]]:
    """The documents and the questions as texts of word numbers: the vocabulary is not stored."""
    return tuple(
        [" ".join(map(str, row.tolist())) for row in rows] for rows in (documents(), questions("plain"))
    )  # type: ignore[return-value]
