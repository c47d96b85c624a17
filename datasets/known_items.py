"""Known-item search: 1,200 docstrings as token numbers and as vectors of three models, and questions whose answer is known.

A question is the first line of a docstring; the docstring without that line is to be found. No text is stored. See
known_items.md for where everything comes from.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).with_name("known_items.npz")
Kind = Literal["plain", "part", "typo"]
Model = Literal["minilm", "words", "bge"]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
_STORED = {"plain": "nat", "part": "part", "typo": "typo", "documents": "docs"}


class Copies(NamedTuple):
    """What an attacker made of the documents that answer 20 of the plain questions: six reworded copies of each."""

    questions: Ints  # (20,): numbers of the plain questions
    minilm: Floats  # (20, 6, 192): the copies' vectors, each of length 1, from few words replaced to many
    jaccard: (
        Floats  # (20, 6, 7): likeness to the original, then to each of the six copies, by triples of words
    )


class Mirrors(NamedTuple):
    """300 documents that arrive again from another address, 3% of their words changed."""

    documents: Ints  # (300,): which documents
    jaccard: Floats  # (300,): likeness to the original, by triples of words


def documents() -> list[Ints]:
    """The words of each of the 1,200 documents as numbers, in order; the last is its part number, which no other has."""
    return _rows("doc")


def questions(kind: Kind) -> list[Ints]:
    """The words of each question, numbered as in the documents; words that no document holds are not there.

    ``plain``: 300 first lines. ``part``: of the first 150, a part number and three of their words. ``typo``: the first 150
    with a typing error in seven of ten words.
    """
    return _rows(_STORED[kind])


def targets() -> Ints:
    """The document that answers each plain question, shape (300,); the first 150 are also those of ``part`` and ``typo``."""
    return _file()["target"].astype(np.int64)


def vectors(model: Model, of: Kind | Literal["documents"]) -> Floats:
    """A row of length 1 for each document or question: 192 dimensions of MiniLM or bge-small, 64 of word vectors.

    bge-small, the second model, knows the documents and the plain questions only: ``KeyError`` for the others.
    """
    name = "model" if model == "minilm" else model
    return _unit(_file()[f"{name}_{_STORED[of]}"])


def copies() -> Copies:
    """The attacker's copies."""
    stored = _file()
    jaccard = stored["copy_jaccard"].astype(np.float32)
    rows = _unit(stored["copy_model"]).reshape(len(jaccard), jaccard.shape[1], -1)
    return Copies(stored["victims"].astype(np.int64), rows, jaccard)


def mirrors() -> Mirrors:
    """The mirrored documents."""
    stored = _file()
    return Mirrors(stored["mirrors"].astype(np.int64), stored["mirror_jaccard"].astype(np.float32))


def _unit(rows: NDArray[np.generic]) -> Floats:
    found = rows.astype(np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def _rows(name: str) -> list[Ints]:
    stored = _file()
    ends = np.cumsum(stored[f"{name}_lengths"].astype(np.int64))
    return np.split(stored[f"{name}_terms"].astype(np.int64), ends[:-1])


@cache
def _file() -> dict[str, NDArray[np.generic]]:
    with np.load(FILE) as stored:
        return dict(stored)
