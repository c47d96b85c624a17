"""Day 11's pictures: the share of blocks that is decoded, and comparisons of galloping against a merge."""

import random
from collections.abc import Sequence
from functools import cache
from typing import Any

from course.days.day11_inverted_index.corpus import index, shuffled, uneven
from course.notebook.predictions import Prediction
from course.systems.search.galloping import comparisons_of_gallop, comparisons_of_merge

SIZES = (16, 32, 64, 128, 256)
BLOCK = 128
"""Postings of a block in the prediction."""


@cache
def decoded(block: int = BLOCK, *, by_path: bool = True) -> float:
    """Per cent of the frequent word's blocks that hold a page of the rare word, mean of 400 pairs of words."""
    of = index() if by_path else shuffled()
    return 100 * of.decoded(of.asked(uneven()), block)


def blocks() -> Any:
    """A function that draws the share of decoded blocks against their size, for both ways to number pages."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 4.2), dpi=80, layout="constrained")
        for by_path, style, color in ((False, "s--", "#c8690a"), (True, "o-", "#12324d")):
            shares = [decoded(size, by_path=by_path) for size in SIZES]
            axes.plot(SIZES, shares, style, color=color)
            name = "numbered by path" if by_path else "numbered at random"
            offset = (8, -16) if by_path else (-8, 8)
            side = "left" if by_path else "right"
            axes.annotate(name, (SIZES[2], shares[2]), offset, textcoords="offset points", ha=side)
        prediction.mark(axes)
        axes.set(
            xscale="log",
            xlabel="ids in a block (log scale)",
            ylabel="blocks of the frequent word that are decoded, %",
            ylim=(0, 100),
            xlim=(SIZES[0] * 0.8, SIZES[-1] * 1.25),
        )
        axes.set_xticks(SIZES, [str(size) for size in SIZES])
        axes.minorticks_off()
        axes.set_title("Thirty pages of two thousand: half of the blocks are read", loc="left")
        plt.show()

    return draw


@cache
def paid(times: int, rare: int = 40, repeats: int = 15) -> float:
    """Comparisons of galloping over those of a merge, where one list is so many times as long as the other; ids at random."""
    draw, gallop, merge = random.Random(11), 0, 0
    for _ in range(repeats):
        short, long = (sorted(draw.sample(range(10**6), n)) for n in (rare, rare * times))
        gallop += comparisons_of_gallop(short, long)
        merge += comparisons_of_merge(short, long)
    return gallop / merge


def galloping(ratios: Sequence[int] = (1, 2, 4, 8, 16, 64, 256)) -> None:
    """Draw comparisons of galloping over those of a merge, against how unlike the lengths are."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=(7.5, 3.6), dpi=80, layout="constrained")
    axes.axhline(1, color="#777777", linestyle=":")
    axes.annotate("a plain merge", (ratios[-1], 1), (0, 4), textcoords="offset points", ha="right")
    axes.plot(ratios, [paid(times) for times in ratios], "o-", color="#12324d")
    axes.set(
        xscale="log",
        xlabel="length of the longer list ÷ the shorter (log scale)",
        ylabel="comparisons, gallop ÷ merge",
        ylim=(0, 1.8),
    )
    axes.set_xticks(ratios, [str(times) for times in ratios])
    axes.minorticks_off()
    axes.set_title("Galloping loses where lists are alike, and wins where they are not", loc="left")
    plt.show()
