"""Day 18's picture: what an index misses on clustered points and on real text, for what it pays."""

from typing import Any

from course.days.day18_hnsw.bench import Bench
from course.notebook.predictions import Prediction

EFS = (10, 14, 20, 28, 40, 80)
PROBES = (1, 2, 4, 8)
NONE = 0.03
"""Where "none missed" is drawn on a logarithmic axis: under one miss in all queries together."""


def flattered(easy: Bench, real: Bench, ef: int) -> Any:
    """A function that draws misses against distances, for both indexes on both kinds of data; ``ef`` is marked."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(9.4, 4.8), dpi=80)
        for bench, name, colour, mark in (
            (real, "docstrings", "#b35900", "s"),
            (easy, "clusters", "#1f4e79", "o"),
        ):
            graph, cells = [bench.at(width) for width in EFS], [bench.cells(probes) for probes in PROBES]
            for runs, style, what in ((graph, "-", "HNSW"), (cells, ":", "cells")):
                xs, ys = [run.distances for run in runs], [max(run.misses, NONE) for run in runs]
                axes.plot(xs, ys, style + mark, color=colour, markersize=5, label=f"{what}, {name}")
            run = bench.at(ef)
            axes.plot(
                run.distances, max(run.misses, NONE), mark, color=colour, markersize=13, fillstyle="none"
            )
        factor = real.at(ef).misses / max(easy.at(ef).misses, NONE)
        prediction.mark(axes)
        axes.set(
            xlabel="distances a query (exact search: 1,000)",
            ylabel="true neighbours missed, of 100",
            yscale="log",
            xlim=(0, 420),
        )
        axes.set_yticks([NONE, 0.1, 1, 10], labels=["none", "0.1", "1", "10"])
        axes.set_title(f"Same index, same ef = {ef}: {factor:.0f} times the misses on real text", loc="left")
        axes.legend(frameon=False, loc="upper right")
        plt.show()

    return draw
