"""Day 16's pictures and lines: two models on one page, blocks, a store, and copies."""

from functools import cache
from typing import Any

import numpy as np

from course.days.day16_embeddings.corpus import (
    DOCUMENTS,
    K,
    answers,
    likeness,
    moved,
    order,
    scores,
    texts,
)
from course.days.day16_embeddings.measures import alone, ranked_recall, recall
from course.notebook.predictions import Prediction
from course.systems.search.block_trial import BlockTrial
from course.systems.search.blocked import blocked_top_k
from course.systems.search.embedding_store import EmbeddingStore
from course.systems.search.encoders import Stored
from course.systems.search.minhash import candidates, chance, shingles, signatures
from course.systems.search.relevance import interval, reciprocal_rank
from datasets.known_items import documents, vectors

SHARES = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
BANDS, ROWS = 25, 5


@cache
def by_cosine(share: float) -> float:
    """The recall where this share has moved, each part is asked with its own model, and the ten best cosines are the page."""
    return ranked_recall(np.where(moved(share), scores("new"), scores("old")))


def halfway() -> Any:
    """A function that draws the recall against the share moved, for two ways to ask."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.8, 4.3), dpi=80, layout="constrained")
        percent = [100 * share for share in SHARES]
        axes.axhline(recall(alone("old")), color="#333333", linewidth=1, linestyle=":")
        axes.annotate(
            "one model for everybody",
            (100, recall(alone("old"))),
            xytext=(0, 5),
            textcoords="offset points",
            ha="right",
            color="#333333",
        )
        for ways, color, style, label in (
            (
                [by_cosine(share) for share in SHARES],
                "#c8690a",
                "s-",
                "each part asked by its own model, ten best cosines",
            ),
            (
                [ranked_recall(np.where(moved(share), scores("new"), scores("crossed"))) for share in SHARES],
                "#12324d",
                "o--",
                "all asked by the new model",
            ),
        ):
            axes.plot(percent, ways, style, color=color, label=label)
        prediction.mark(axes)
        axes.set(
            xlabel="documents that have moved to the new model, %",
            ylabel="questions answered among ten, share",
            ylim=(0, 1),
        )
        axes.set_title("A twentieth has moved, and most questions are lost", loc="left")
        axes.legend(frameon=False, loc="lower right")
        plt.show()

    return draw


def scales() -> None:
    """Print where the cosines of either model lie."""
    print("cosine with a question:      right document   tenth best   any document   (medians)")
    for name, which in (("old model, MiniLM", "old"), ("new model, bge-small", "new")):
        cosines = scores(which)
        right = np.median(cosines[np.arange(len(cosines)), answers()])
        tenth = np.median(np.sort(cosines, axis=1)[:, -K])
        print(f"  {name:<24} {right:12.2f} {tenth:12.2f} {np.median(cosines):14.2f}")


def better() -> None:
    """Print the mean reciprocal rank of both models, and the interval of their difference."""
    ranks = {
        which: np.array(
            [
                reciprocal_rank(page.tolist(), {int(right)})
                for page, right in zip(order(which), answers(), strict=True)
            ]
        )
        for which in ("old", "new")
    }
    mean, low, high = interval(ranks["new"] - ranks["old"])
    print(
        f"MRR@10 of 300 questions: old model {ranks['old'].mean():.3f}, new model {ranks['new'].mean():.3f}"
    )
    print(f"difference on the same questions {mean:+.3f}, 95% interval {low:+.3f} to {high:+.3f}")


def blocks() -> None:
    """Print what exact search in blocks holds, and that its answers do not depend on them."""
    asked, rows = vectors("minilm", "plain")[:100], vectors("minilm", "documents")
    _, whole = blocked_top_k(asked, rows, K)
    print("100 questions, ten best of 1,200 vectors")
    for block in (1200, 256, 64):
        _, found = blocked_top_k(asked, rows, K, block=block)
        held = BlockTrial(blocked_top_k).held(len(asked), len(rows), rows.shape[1], K, block, 1)
        print(
            f"  blocks of {block:>5,}: {held / 1e3:5,.0f} kB held at the peak, {np.mean(found == whole):.0%} of the places the same"
        )


def twice() -> None:
    """Print what it takes to store the documents, to store them again, and to store some after an edit."""
    held = {f"doc {number}": text for number, text in enumerate(texts()[0])}
    edited = {name: f"{text} edited" for name, text in list(held.items())[:50]}
    rows = vectors("minilm", "documents")
    known = dict(zip(held.values(), rows, strict=True)) | dict(zip(edited.values(), rows, strict=False))
    store = EmbeddingStore(Stored("minilm 1", known))
    for what, given in (
        ("all documents", held),
        ("all, once more", held),
        ("all, 50 of them edited", held | edited),
    ):
        report = store.put(given)
        print(f"{what:<24} {report.embedded:5,} embedded, {report.reused:5,} reused, {report.calls:3} calls")


def near_pairs(threshold: float = 0.5) -> None:
    """Print how many pairs of documents are alike, and how many of them MinHash finds by looking at few."""
    alike = {
        (other, number)
        for number, others in likeness().items()
        for like, other in others
        if like >= threshold
    }
    names: dict[Any, int] = {}
    sets = [
        {names.setdefault(run, len(names)) for run in shingles(words[:-1].tolist())} for words in documents()
    ]
    looked = candidates(signatures(sets, BANDS * ROWS), BANDS, ROWS)
    print(
        f"{DOCUMENTS * (DOCUMENTS - 1) // 2:,} pairs of documents; {len(alike)} with a Jaccard similarity of {threshold} and more"
    )
    print(
        f"{BANDS} bands of {ROWS}: {len(looked):,} pairs looked at, {len(alike & looked) / len(alike):.0%} of the alike among them"
    )
    print(
        "a pair is looked at with probability "
        + ", ".join(f"{chance(like, BANDS, ROWS):.3f} at {like}" for like in (0.3, 0.5, 0.7, 0.9))
    )
