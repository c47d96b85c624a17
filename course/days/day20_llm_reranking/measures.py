"""Day 20's measure: 150 questions, their candidates in the order of a cheap search, and a judge of the first few.

The cross-encoder's scores are those of a real one (``datasets/rerank_scores``). The listwise model is simulated, and said to be so wherever it
stands: it thinks what the cross-encoder thinks, knows the right document by one standard deviation better, favours what stands early in its
prompt, and obeys 7 of 10 documents that speak to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from course import facts
from course.checking.subject import Subject, plain, there
from course.systems.search.rerank_trial import PAGE, RerankTrial
from datasets import known_items, rerank_scores

QUESTIONS = 150
WINDOW, STEP = 10, 5
QUESTION_TOKENS, ANSWER_TOKENS = 30, 4
"""Of the question, and of one document's number in the answer of a listwise judge."""
CORES = 8
"""That judge one question at the same time."""
PAIR_MS = facts.CROSS_ENCODER_CORE_S.value / 20 * 1000 / CORES
BASE_MS = 3.0  # chosen: search, network and the page, within 50
READ_MS, WRITE_MS = facts.LLM_7B_READ_MS.value, facts.LLM_7B_WRITE_MS.value
KNOWS, NOISE, BIAS, OBEYS = 1.0, 0.2, 0.08, 0.7
"""Of the simulated model, in standard deviations of a question's scores, and a share of the planted documents."""
LOST = 0.3
"""Share of the scores that never come in an outage."""
OTHER = 0.1
"""By how much another model's scores differ: a standard deviation, in logits."""
Text = Literal["plain", "command", "praise", "echo"]
Pages = NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """A row a question, a column a document, in the order of the cheap search: the cross-encoder's ``scores``, what the simulated model
    thinks (``worth``), and whether it is the ``right`` one; ``places`` of the planted document, -1 without one."""

    scores: NDArray[np.float64]
    worth: NDArray[np.float64]
    right: NDArray[np.bool_]
    places: NDArray[np.int64]


@cache
def pool(text: Text | None = None, strong: bool = False) -> Pool:
    """The candidates; with ``text`` a seller's page, said that way, stands among the fourth to the tenth. A ``strong`` search has an
    embedding in the place of word vectors."""
    lists = rerank_scores.judged()
    scores, right = lists.cross, lists.candidates == known_items.targets()[:QUESTIONS, None]
    if not strong:
        scores, right = (np.take_along_axis(each, lists.cheap, 1) for each in (scores, right))
    places = np.full(QUESTIONS, -1)
    if text:
        planted = rerank_scores.planted()
        places = planted.places
        scores, right = (
            _put(scores, places, getattr(planted, text)),
            _put(right, places, np.zeros(QUESTIONS, bool)),
        )
    rng = np.random.default_rng(20)
    worth = (scores - scores.mean(axis=1, keepdims=True)) / scores.std(axis=1, keepdims=True)
    worth += KNOWS * right + rng.normal(0, NOISE, scores.shape)
    return Pool(scores, worth, right, places)


def _put(rows: Any, places: Any, values: Any) -> Any:
    """``rows``, each with a value more at its place."""
    return np.array([np.insert(row, at, value) for row, at, value in zip(rows, places, values, strict=True)])


@cache
def lost(documents: int) -> NDArray[np.bool_]:
    """Which scores never come in an outage."""
    return np.random.default_rng(30).random((QUESTIONS, documents)) < LOST


@cache
def obeyed() -> NDArray[np.bool_]:
    """For which questions the simulated model does what a planted document says."""
    return np.random.default_rng(7).random(QUESTIONS) < OBEYS


def another(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """What another model adds to the scores of this one: simulated."""
    return np.random.default_rng(5).normal(0, OTHER, shape)


@dataclass(frozen=True)
class Case:
    """What the questions meet: see :meth:`~course.systems.search.rerank_trial.RerankTrial.run`."""

    judge: str = "cross"
    depth: int = 16
    rise: int = 100
    text: Text | None = None
    outage: bool = False
    down: bool = False
    shuffled: bool = False
    strong: bool = False
    times: float = 1.0
    swapped: bool = False


@dataclass(frozen=True)
class Came:
    """What came of a case: shares of the questions, windows that a listwise judge read for one, and bytes of a record."""

    first: float
    on_page: float
    planted: float
    calls: int
    bytes: int
    pages: Pages


_RUNS: WeakKeyDictionary[Subject, dict[Case, Came]] = WeakKeyDictionary()


def came(case: Case, listwise_window: Subject, Cascade: Subject, RerankAudit: Subject) -> Came:
    """The questions through the learner's own objects; run once for each case."""
    known = _RUNS.setdefault(Cascade, {})
    if case not in known:
        docs = pool(case.text, case.strong)
        listed = case.judge == "list"
        seen = max(case.depth, PAGE)
        rows = (
            docs.worth
            if listed
            else case.times * docs.scores + (another(docs.scores.shape) if case.swapped else 0)
        )
        rng = np.random.default_rng(1)
        trial: Any = there(Cascade, RerankTrial)(listwise_window, Cascade, RerankAudit)
        found = plain(
            trial.run(
                rows[:, :seen],
                case.depth,
                None if case.rise >= 100 else case.rise,
                lost=lost(docs.scores.shape[1])[:, :seen] if case.outage else None,
                arrive=np.array([rng.permutation(case.depth) for _ in rows]) if case.shuffled else None,
                listwise={
                    "window": WINDOW,
                    "step": STEP,
                    "bias": BIAS,
                    "obeys": np.where(obeyed() & (case.text == "command"), docs.places, -1),
                }
                if listed
                else None,
                down=case.down,
            ),
            dict[str, Any],
        )
        pages = np.array(found["pages"])
        right = np.take_along_axis(docs.right, pages, 1)
        known[case] = Came(
            first=float(right[:, 0].mean()),
            on_page=float(right.any(axis=1).mean()),
            planted=float((pages[:, 0] == docs.places).mean()),
            calls=int(found["calls"]),
            bytes=int(found["bytes"]),
            pages=pages,
        )
    return known[case]


def measure(
    design: Mapping[str, Any],
    load: Mapping[str, Any],
    listwise_window: Subject,
    Cascade: Subject,
    RerankAudit: Subject,
) -> dict[str, float]:
    """What a design with ``judge`` ("cross" or "list"), ``depth`` and ``rise`` comes to: ``first``, the share of the questions whose
    right document is the first, ``page``, that have it among ten, ``planted``, that have a seller's page first; ``ms``, ``tokens`` of
    the large model and ``audit`` bytes a question."""
    case = Case(
        str(design["judge"]),
        int(design["depth"]),
        int(design["rise"]),
        "echo" if load["attack"] else None,
        bool(load["outage"]),
    )
    found = came(case, listwise_window, Cascade, RerankAudit)
    tokens, ms = paid(case, found.calls, float(load["document_tokens"]), float(load["wait_ms"]))
    return {
        "first": found.first,
        "page": found.on_page,
        "planted": found.planted,
        "ms": ms,
        "tokens": tokens,
        "audit": float(found.bytes),
    }


def paid(case: Case, calls: int, document_tokens: float, wait_ms: float) -> tuple[float, float]:
    """Tokens of the large model and milliseconds for a question. A cross-encoder reads the beginning of a document, as much of a long one
    as of a short one."""
    ms = BASE_MS + (wait_ms if case.outage else 0.0)
    if case.down:
        return 0.0, ms
    if case.judge == "cross":
        return 0.0, ms + PAIR_MS * case.depth
    size = min(WINDOW, case.depth)
    reads, writes = QUESTION_TOKENS + size * document_tokens, size * ANSWER_TOKENS
    return calls * (reads + writes), ms + calls * (reads * READ_MS + writes * WRITE_MS)
