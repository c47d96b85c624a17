"""Day 19's measure: how well and how safely the learner's own fusion and filter answer 150 questions of a kind."""

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from course.checking.subject import Subject, plain, there
from course.days.day19_hybrid_retrieval.world import QUESTIONS, answers, permitted, secrets, targets
from course.systems.search.hybrid_trial import HybridTrial
from course.systems.search.relevance import reciprocal_rank
from datasets.known_items import Kind

Own = tuple[Subject, Subject, Subject]
"""The learner's rrf, normalise_and_fuse and filtered_search."""
SIZE = 10
STRONG, CHEAP = "minilm", "words"
KINDS: tuple[Kind, ...] = ("plain", "part", "typo")
Pages = list[list[int]]
_TRIALS: WeakKeyDictionary[Subject, tuple[Any, set[str], dict[tuple[Any, ...], Pages]]] = WeakKeyDictionary()
"""For each learner's filter its trial, the worlds that it holds, and the pages that it made."""


def pages(
    own: Own,
    kind: Kind,
    *,
    by_ranks: bool,
    weight: float,
    depth: int,
    model: str = STRONG,
    share: float = 1.0,
    pushed: bool = False,
    down: tuple[int, ...] = (),
    without_secret: bool = False,
    scale: tuple[float, float] = (1.0, 0.0),
) -> Pages:
    """The page of each question; ``without_secret``, in a world in which the best document that its user may not see does not exist; the second
    arm's scores times and plus ``scale``. Run once for each of the learner's filters with the same settings."""
    world = f"{kind}, {model}, {share:g}, {pushed}, {scale}"
    key = (world, by_ranks, weight, depth, down, without_secret)
    trial, held, known = _TRIALS.get(own[2]) or _TRIALS.setdefault(
        own[2], (there(own[2], HybridTrial)(*own), set(), {})
    )
    if world not in held:
        ids, scores = answers(model, kind, share, pushed)
        arms = [answers("bm25", kind, share, pushed), (ids, scores * scale[0] + scale[1])]
        trial.hold(world, arms, permitted(share))
        held.add(world)
    if key not in known:
        gone = secrets(share) if without_secret else []
        came = trial.run(world, by_ranks, weight, depth, down=list(down), gone=gone, size=SIZE)
        known[key] = plain(came, list[list[int]])
    return known[key]


def ranks(found: Pages) -> list[float]:
    """The reciprocal rank of what answers each question."""
    return [reciprocal_rank(page, (doc,), SIZE) for page, doc in zip(found, targets(), strict=True)]


def mrr(found: Pages) -> float:
    """MRR@10."""
    return sum(ranks(found)) / len(found)


def share_of(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags)


def measure(design: Mapping[str, Any], load: Mapping[str, Any], own: Own) -> dict[str, float]:
    """What a design with ``fuse`` ("ranks" or "scores"), ``weight`` of the vector arm and ``depth`` does under ``load``.

    ``plain``, ``part`` and ``typo``: MRR@10 by kind of question, 0 where the load has none of that kind. ``asked``: candidates asked of each arm. ``short`` and
    ``few``: share of pages under ten. ``betrayed``: share of pages that are others once the best document that their user may
    not see is gone; an arm that filters itself never holds it, so that nothing can change. All of 150 questions a kind.
    """
    settings: dict[str, Any] = {
        "by_ranks": design["fuse"] == "ranks",
        "weight": float(design["weight"]),
        "depth": int(design["depth"]),
        "model": CHEAP if load["cheap"] else STRONG,
        "share": float(load["share"]),
        "pushed": load["pushed"] > 0,
    }
    found = {kind: pages(own, kind, **settings) for kind in KINDS if load[kind]}
    short = share_of([len(page) < SIZE for came in found.values() for page in came])
    betrayed = 0.0
    if settings["share"] < 1 and not settings["pushed"]:
        other = pages(own, "plain", without_secret=True, **settings)
        betrayed = share_of([page != then for page, then in zip(found["plain"], other, strict=True)])
    return {
        **{kind: mrr(found[kind]) if kind in found else 0.0 for kind in KINDS},
        "asked": float(settings["depth"]),
        "short": short,
        "few": short,
        "betrayed": betrayed,
        "questions": float(QUESTIONS),
    }
