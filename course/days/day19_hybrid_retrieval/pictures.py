"""Day 19's pictures and lines: what fusing does to two kinds of question, by places and by scores."""

from functools import cache
from typing import Any

import numpy as np

from course.checking.port import subjects
from course.days.day19_hybrid_retrieval.measures import CHEAP, STRONG, Own, mrr, pages, ranks
from course.days.day19_hybrid_retrieval.world import QUESTIONS, found, targets
from course.notebook.predictions import Prediction
from course.systems.search.hybrid import filtered_search
from course.systems.search.rank_fusion import rrf
from course.systems.search.relevance import interval
from course.systems.search.score_fusion import normalise_and_fuse
from datasets.known_items import Kind

DEPTH = 100
WEIGHTS = (0.0, 0.1, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
NAMES = {STRONG: "embedding", CHEAP: "word vectors"}


@cache
def _finished() -> Own:
    one, two, three = subjects(rrf, normalise_and_fuse, filtered_search)
    return one, two, three


def _found(
    kind: Kind, by_ranks: bool, weight: float, model: str = STRONG, depth: int = DEPTH
) -> list[list[int]]:
    return pages(_finished(), kind, by_ranks=by_ranks, weight=weight, depth=depth, model=model)


def fused_by_places(kind: Kind = "part", depth: int = DEPTH) -> float:
    """MRR@10 of both arms fused by RRF, each counting the same."""
    return mrr(_found(kind, True, 0.5, depth=depth))


def curves() -> Any:
    """A function that draws MRR@10 against the embedding's weight, by kind of question, by places and by scores."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots(figsize=(8.6, 5.0), dpi=80, layout="constrained")
        kinds: tuple[tuple[Kind, str, str], ...] = (
            ("part", "part numbers", "#b35900"),
            ("plain", "plain questions", "#1f4e79"),
        )
        for kind, name, colour in kinds:
            for by_ranks, style, how in ((False, "o-", "by scores"), (True, "s--", "by places")):
                values = [mrr(_found(kind, by_ranks, weight)) for weight in WEIGHTS]
                axes.plot(WEIGHTS, values, style, color=colour, markersize=4, label=f"{name}, {how}")
        if prediction.value is not None:
            axes.plot([0.5], [float(prediction.value)], "kv", markersize=9, label="your prediction")
        axes.set(
            xlabel="weight of the embedding (0: BM25 alone, 1: the embedding alone)",
            ylabel=f"MRR@10, {QUESTIONS} questions of a kind",
            ylim=(0.2, 1.0),
        )
        axes.set_title("A second arm helps one kind of question and ruins the other", loc="left")
        figure.legend(frameon=False, loc="outside lower center", ncols=3)
        plt.show()

    return draw


def deeper() -> None:
    """Print MRR@10 of part numbers by RRF, and how many documents stand in both lists, by the depth of the arms."""
    print("candidates from each arm   MRR@10   in both lists")
    pairs = list(zip(found("bm25", "part"), found(STRONG, "part"), strict=True))
    for depth in (5, 10, 20, 50, 100, 200):
        common = [
            len({doc for doc, _ in one[:depth]} & {doc for doc, _ in two[:depth]}) for one, two in pairs
        ]
        print(f"{depth:>24}{fused_by_places('part', depth):>9.3f}{sum(common) / len(common):>16.1f}")
    first = sum(one[0][0] == doc for (one, _), doc in zip(pairs, targets(), strict=True)) / len(pairs)
    held = sum(doc in dict(two[:DEPTH]) for (_, two), doc in zip(pairs, targets(), strict=True)) / len(pairs)
    print(f"BM25 has the answer first for {first:.0%}; the embedding has it among {DEPTH} for {held:.0%}")


def table() -> None:
    """Print MRR@10 of the arms alone and fused, by kind of question, with each kind of vectors."""
    ways: tuple[tuple[str, bool, float], ...] = (
        ("BM25 alone", True, 0.0),
        ("vectors alone", True, 1.0),
        ("by places", True, 0.5),
        ("by scores, weight 0.3", False, 0.3),
        ("by scores, weight 0.5", False, 0.5),
    )
    kinds: tuple[Kind, ...] = ("plain", "part", "typo")
    for model, name in NAMES.items():
        print(f"{name:<24}{'plain':>8}{'part':>8}{'typo':>8}")
        for way, by_ranks, weight in ways:
            print(
                f"  {way:<22}"
                + "".join(f"{mrr(_found(kind, by_ranks, weight, model)):>8.3f}" for kind in kinds)
            )


def differences() -> None:
    """Print, for plain questions, by how much fusing differs from the better arm alone, with its 95% interval."""
    for model, alone, better in ((STRONG, 1.0, "the embedding alone"), (CHEAP, 0.0, "BM25 alone")):
        for way, by_ranks, weight in (
            ("by places", True, 0.5),
            ("by scores, weight 0.3", False, 0.3),
            ("by scores, weight 0.6", False, 0.6),
        ):
            mine, base = (
                ranks(_found("plain", by_ranks, weight, model)),
                ranks(_found("plain", True, alone, model)),
            )
            gain = interval(np.subtract(mine, base))
            print(
                f"{NAMES[model] + ', ' + way:<36} less {better:<20} {gain.mean:+.3f}  ({gain.low:+.3f} to {gain.high:+.3f})"
            )
