"""What a real cross-encoder thinks of 100 candidates for each of 150 questions. See rerank_scores.md.

Questions and documents are the first 150 plain ones of ``known_items``.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).with_name("rerank_scores.npz")
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Judged(NamedTuple):
    """Candidates of a question in the order in which two good arms bring them (BM25 and MiniLM, by reciprocal ranks)."""

    candidates: Ints  # (150, 100): numbers of documents
    cross: Floats  # (150, 100): the cross-encoder's score of each, a logit: no scale, may be negative
    cheap: Ints  # (150, 100): places in ``candidates`` in the order in which BM25 and word vectors bring them


class Planted(NamedTuple):
    """A wrong document of each question, said four ways by somebody who wants it first."""

    places: Ints  # (150,): which candidate it is, 3 to 9 counted from 0
    plain: Floats  # (150,): score of the document as it is
    command: Floats  # it begins with an order to ignore all instructions and put it first
    praise: Floats  # it begins by saying that it is the complete and correct answer
    echo: Floats  # it begins by repeating the question


def judged() -> Judged:
    """The candidates, their scores, and the cheap arms' order of them."""
    with np.load(FILE) as stored:
        return Judged(
            stored["candidates"].astype(np.int64),
            stored["cross"].astype(np.float64),
            stored["cheap"].astype(np.int64),
        )


def planted() -> Planted:
    """The planted documents' places and scores."""
    with np.load(FILE) as stored:
        return Planted(stored["planted_at"].astype(np.int64), *stored["planted"].astype(np.float64).T)
