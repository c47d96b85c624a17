"""Day 19's world: 1,200 docstrings, questions whose answer is known, three retrievers, and what each user may see."""

from collections import Counter
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.systems.search.arms import LexicalArm, Question, VectorArm
from datasets import known_items
from datasets.known_items import Kind

QUESTIONS, DEEPEST, SEED = 150, 351, 19
"""Questions of a kind; documents that an arm's stored answer holds, one more than is ever asked for."""
Answers = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Ids and scores of one arm, shape (questions, deepest), −1 where it found no more."""


@cache
def documents() -> int:
    """How many documents there are."""
    return len(known_items.documents())


@cache
def lexical() -> LexicalArm:
    """BM25 over the documents' words."""
    postings: dict[str, tuple[list[int], list[int]]] = {}
    rows = known_items.documents()
    for doc, words in enumerate(rows):
        for word, count in Counter(words.tolist()).items():
            ids, counts = postings.setdefault(str(word), ([], []))
            ids.append(doc)
            counts.append(count)
    lengths = np.array([len(words) for words in rows])
    return LexicalArm({word: (np.array(a), np.array(b)) for word, (a, b) in postings.items()}, lengths)


@cache
def _asked(model: str, kind: Kind) -> list[Question]:
    words = known_items.questions(kind)[:QUESTIONS]
    vectors = known_items.vectors(model, kind)[:QUESTIONS]  # type: ignore[arg-type]
    return [Question([*map(str, row)], vector) for row, vector in zip(words, vectors, strict=True)]


@cache
def targets() -> list[int]:
    """The document that answers each question of a kind."""
    return known_items.targets()[:QUESTIONS].tolist()  # type: ignore[no-any-return]


@cache
def permitted(share: float) -> NDArray[np.bool_]:
    """Whether the user who asks a question may see a document, shape (questions, documents): a ``share`` of them, by chance, and what
    answers the question."""
    shape = QUESTIONS, documents()
    may: NDArray[np.bool_] = np.random.default_rng(SEED).random(shape) < share
    may[np.arange(QUESTIONS), targets()] = True
    return may


@cache
def found(arm: str, kind: Kind, depth: int = DEEPEST) -> list[list[tuple[int, float]]]:
    """The ``depth`` best that ``arm`` ("bm25", "minilm" or "words") finds for each question of this kind."""
    if arm == "bm25":
        retriever: Any = lexical()
        asked = _asked("words", kind)
    else:
        retriever, asked = VectorArm(known_items.vectors(arm, "documents")), _asked(arm, kind)  # type: ignore[arg-type]
    return [retriever.search(question, depth) for question in asked]


@cache
def answers(arm: str, kind: Kind, share: float = 1.0, pushed: bool = False) -> Answers:
    """The answers of ``arm`` as two arrays; where the filter is ``pushed`` down, the arm itself passes over what the user may not see."""
    ids = np.full((QUESTIONS, DEEPEST), -1)
    scores = np.zeros((QUESTIONS, DEEPEST))
    for row, best in enumerate(found(arm, kind, documents() if pushed else DEEPEST)):
        may = permitted(share)[row]
        kept = [pair for pair in best if may[pair[0]]][:DEEPEST] if pushed else best
        ids[row, : len(kept)] = [doc for doc, _ in kept]
        scores[row, : len(kept)] = [score for _, score in kept]
    return ids, scores


@cache
def secrets(share: float) -> list[int]:
    """For each plain question the document that BM25 puts highest among those that its user may not see, −1 for none."""
    pairs = zip(found("bm25", "plain"), permitted(share), strict=True)
    return [next((doc for doc, _ in best if not may[doc]), -1) for best, may in pairs]
