"""Day 12's pictures and lines: what must be scored for the best few, with and without a word that stands everywhere."""

from functools import cache
from statistics import mean
from typing import Any

import numpy as np

from course.checking.port import subjects
from course.days.day12_bm25_top_k.corpus import COMMON, queries, shard
from course.days.day12_bm25_top_k.measures import best, searched
from course.notebook.predictions import Prediction
from course.systems.search.block_max import block_max_top_k
from course.systems.search.bm25 import bm25_scores
from course.systems.search.idf import idf
from course.systems.search.windows import WindowIndex

DEPTHS = (1, 10, 100, 1000)
WINDOW = 8


@cache
def scored(common: bool, k: int, window: int = WINDOW) -> float:
    """Passages that are scored for the ``k`` best, on average over the queries."""
    docs, total = shard(True, True), 0
    index = WindowIndex(docs.of(queries(common)), docs.lengths, window)
    for query in queries(common):
        index.begin()
        block_max_top_k(index, query, k)
        visited = set(index.visited)
        total += sum(int(doc) // window in visited for doc in _holding(query))
    return total / len(queries(common))


@cache
def candidates(common: bool) -> float:
    """Passages that hold a word of the query, on average."""
    return sum(len(_holding(query)) for query in queries(common)) / len(queries(common))


@cache
def _holding(query: tuple[str, ...]) -> Any:
    docs = shard(True, True)
    return np.unique(np.concatenate([docs.postings[word][0] for word in query if word in docs.postings]))


def grows(k: int = 10) -> float:
    """By which factor a word that stands everywhere makes the passages that are scored grow."""
    return scored(True, k) / scored(False, k)


def needed() -> Any:
    """A function that draws the passages that are scored, by how many are wanted."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 4.2), dpi=80, layout="constrained")
        for common, color, style, label in (
            (False, "#12324d", "o-", "three words"),
            (True, "#c8690a", "s--", f"the same and “{COMMON}”"),
        ):
            axes.plot(DEPTHS, [scored(common, k) for k in DEPTHS], style, color=color, label=label)
            axes.axhline(candidates(common), color=color, linewidth=0.8, linestyle=":")
            axes.annotate(
                "all that hold one",
                (1, candidates(common)),
                xytext=(0, 3),
                textcoords="offset points",
                color="#333333",
            )
        axes.plot([10], [scored(False, 10) * float(prediction.value or 1)], "kv", label="your prediction")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set(
            xlabel="how many are wanted, k", ylabel="passages scored, mean of twelve queries", ylim=(8, 9000)
        )
        axes.set_title("A common word makes many candidates, and few that must be scored", loc="left")
        axes.legend(frameon=False, loc="lower right")
        plt.show()

    return draw


def work() -> None:
    """Print what is scored and looked at for the ten best, by scoring everything and in windows of several sizes."""
    (finished,) = subjects(block_max_top_k)
    for common, name in ((False, "three words"), (True, f"the same and “{COMMON}”")):
        exact = [postings for _, postings in best(True, True, 0, common, 10)]
        print(f"{name}: postings scored + maxima looked at, mean of twelve queries")
        print(
            f"  everything      {mean(exact):6,.0f} +      0 = {mean(exact):6,.0f}   ({max(exact):,} at worst)"
        )
        for window in (8, 16, 32, 64):
            came = searched(
                finished, shard(True, True), (True, True, 0, common), queries(common), 10, window, None
            )
            scored, looked = mean(each[1] for each in came), mean(each[2] for each in came)
            print(f"  windows of {window:<4} {scored:6,.0f} + {looked:6,.0f} = {scored + looked:6,.0f}")


def weights() -> None:
    """Print what the words of one query say, and what the common one adds at most."""
    docs, query = shard(True, True), queries(True)[0]
    scores = bm25_scores(docs.postings, query, docs.lengths)
    print("best passage for", " ".join(query), f"{scores.max():.2f}")
    for word in query:
        holding = len(docs.postings[word][0])
        alone = bm25_scores(docs.postings, [word], docs.lengths).max()
        print(
            f"  {word:<14} in {holding:5,} of {docs.passages:,}   idf {idf(docs.passages, holding):.2f}   adds at most {alone:.2f}"
        )
