"""Day 14's pictures and lines: how long a deleted document's bytes stay, and what a refresh and a merge cost."""

from statistics import mean
from typing import Any

from course.checking.port import subjects
from course.days.day14_real_time_updates.interview import BUSY, QUIET
from course.days.day14_real_time_updates.measures import (
    forgotten_h,
    in_sqlite,
    updates,
    updates_until_gone,
)
from course.notebook.predictions import Prediction
from course.systems.search.live_index import LiveIndex
from course.systems.search.merge_policy import pick_merge
from course.systems.search.segment_merge import merge_segments
from course.systems.search.segment_store import SegmentStore
from course.systems.search.update_model import rewriting_mb_s

DARK, WARM, GREY = "#12324d", "#c8690a", "#777777"


def finished_index() -> LiveIndex:
    """A small index that refreshes and merges by the finished code."""
    return LiveIndex(SegmentStore(), pick_merge, merge_segments, fanout=4, base=4, cap=1000)


def hours() -> float:
    """Hours until the bytes of a document that is deleted now are gone, in the quiet week."""
    return forgotten_h(QUIET["rate"], QUIET["hot"])


def remembered() -> Any:
    """A function that draws how long deleted bytes stay, against the changes a second."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        rates = [500, 1000, 2000, 5000, 10_000, 20_000, 50_000]
        _, axes = plt.subplots(figsize=(7.5, 4.0), dpi=80, layout="constrained")
        axes.plot(rates, [forgotten_h(rate, QUIET["hot"]) for rate in rates], "o-", color=DARK)
        axes.axhline(24, color=GREY, linestyle=":")
        axes.annotate("a day", (rates[0], 24), (0, 4), textcoords="offset points", color="#333333")
        axes.plot(
            [QUIET["rate"]],
            [max(float(prediction.value or 1), 1e-3)],
            "v",
            color=WARM,
            markersize=9,
            label="your prediction",
        )
        axes.set(
            xscale="log",
            yscale="log",
            xlabel="changes a second (log scale)",
            ylabel="hours until the bytes are gone (log scale)",
        )
        axes.set_xticks(rates, [f"{rate:,}" for rate in rates])
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        axes.minorticks_off()
        axes.set_title("The quieter an index is, the longer it remembers what was deleted", loc="left")
        axes.legend(frameon=False, loc="upper right")
        plt.show()

    return draw


def in_a_real_one() -> None:
    """Print how many updates it takes in a small index with real segments, and what SQLite's full-text index does."""
    for documents in (500, 1000, 2000):
        came = [updates_until_gone(documents, seed) for seed in range(4)]
        print(
            f"{documents:5,} documents: gone after {min(came):3} to {max(came):3} updates, mean {mean(came) / documents:.3f} a document"
        )
    print("SQLite's full-text index, a word that one of 2,000 documents has:")
    for stage, (hits, blocks) in in_sqlite().items():
        print(f"  {stage:<10}  documents found {hits}   blocks of the index with the word {blocks}")


def refreshes() -> None:
    """Print what is written by how often memory becomes a segment, and what it costs to forget in a day."""
    (finished,) = subjects(pick_merge)
    print(f"{BUSY['rate']:,} changes a second:")
    for seconds, fanout in ((30.0, 10), (5.0, 10), (1.0, 10), (0.25, 10), (0.25, 30)):
        found = updates(finished, seconds, fanout, BUSY["rate"], BUSY["hot"])
        kept = found["entries"] / (BUSY["rate"] * seconds)
        print(
            f"  refresh every {seconds:5} s, fanout {fanout}   {kept:4.0%} of the changes reach a segment   "
            f"{found['written']:4.1f} MB/s   {found['segments']:.0f} segments"
        )
    print(f"rewriting every large segment once in 20 hours: {rewriting_mb_s(20):.1f} MB/s more")


def both_ends() -> None:
    """Draw what the fanout costs at 5,000 changes a second and a refresh each two seconds: bytes for the writer, segments for the reader."""
    import matplotlib.pyplot as plt

    (finished,) = subjects(pick_merge)
    fanouts = [2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 30]
    found = [updates(finished, 2.0, fanout, 5000, BUSY["hot"]) for fanout in fanouts]
    _, axes = plt.subplots(figsize=(7.5, 4.2), dpi=80, layout="constrained")
    axes.plot([each["segments"] for each in found], [each["written"] for each in found], "o-", color=DARK)
    for fanout, each in zip(fanouts, found, strict=True):
        if fanout in (2, 4, 10, 20, 30):
            axes.annotate(
                f"fanout {fanout}",
                (each["segments"], each["written"]),
                (7, 5),
                textcoords="offset points",
                color="#333333",
            )
    axes.set(
        xlabel="segments that a query opens, 99th percentile",
        ylabel="MB a second written",
        ylim=(0, 15),
        xlim=(20, 54),
    )
    axes.set_title("Fewer segments for the reader are more bytes for the writer", loc="left")
    plt.show()
