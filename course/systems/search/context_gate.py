"""What may reach a model's context: of judged candidates the few best, above a bar, unless they echo the question.

An assistant that answers from documents is right where the document that holds the answer got in, wrong where others got in
without it, and says that it does not know where nothing did. Who writes documents knows the questions: text that repeats one
looks like its best answer to a judge that measures likeness. How much of a question stands in a document word pair by word
pair is its *echo*, from 0 to 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

DOCUMENT_TOKENS = 150
"""Tokens of one document in the context."""
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def echo(question: Sequence[int], document: Sequence[int]) -> float:
    """The share of the question's different word pairs, each word with the next, that stand in the document; 0.0 for one word.
    O(words)."""
    asked = set(pairwise(question))
    return len(asked & set(pairwise(document))) / len(asked) if asked else 0.0


@dataclass(frozen=True)
class Candidates:
    """A row a question, a column a candidate: the judge's ``scores``, how much each ``echoes`` the question, and whether it
    is the ``right`` one. For each question ``planted`` is the score of a wrong document that repeats it whole, and ``draw`` a number
    from 0 to 1: where it is below the share of questions without an answer, the right document does not exist."""

    scores: Floats
    echoes: Floats
    right: Flags
    planted: Floats
    draw: Floats


@dataclass(frozen=True)
class Admitted:
    """Shares of the questions, but for ``tokens``: in the context of one question, on average.

    ``right``: the right document got in, and no planted one. ``wrong``: others did. ``refused``: nothing. ``fooled``: a planted
    one got in. ``held``: the right one was held for its echo.
    """

    right: float
    wrong: float
    refused: float
    fooled: float
    held: float
    tokens: float


class ContextGate:
    """The gate before a model: ``context`` documents at most, none scored under ``bar``, none whose echo is ``echo`` or more."""

    def __init__(self, context: int, bar: float, echo: float) -> None:
        self.context, self.bar, self.echo = context, bar, echo

    def admit(self, pool: Candidates, *, unanswered: float = 0.0, planted: bool = False) -> Admitted:
        """What gets in, where a share ``unanswered`` of the questions has no answer, and where a wrong document that repeats the
        question is ``planted`` for each. O(questions × candidates × log candidates)."""
        allowed = pool.echoes < self.echo
        held = (pool.right & ~allowed).any(axis=1)
        allowed &= ~(pool.right & (pool.draw < unanswered)[:, None])
        scores = np.where(allowed, pool.scores, -np.inf)
        right = pool.right
        if planted and self.echo > 1.0:
            scores = np.column_stack([scores, pool.planted])
            right = np.column_stack([right, np.zeros(len(right), dtype=bool)])
        order = np.argsort(-scores, axis=1, kind="stable")[:, : self.context]
        enters = np.take_along_axis(scores, order, 1) >= self.bar
        fooled = (enters & (order == pool.scores.shape[1])).any(axis=1)
        holds = (enters & np.take_along_axis(right, order, 1)).any(axis=1) & ~fooled
        empty = ~enters.any(axis=1)
        return Admitted(
            right=float(holds.mean()),
            wrong=float((~holds & ~empty).mean()),
            refused=float(empty.mean()),
            fooled=float(fooled.mean()),
            held=float(held.mean()),
            tokens=float(DOCUMENT_TOKENS * enters.sum(axis=1).mean()),
        )
