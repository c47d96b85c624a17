"""Day 20's pictures and lines: what a judge puts first, and what it is worth."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from course.checking.port import subjects
from course.days.day20_llm_reranking.measures import Came, Case, Text, came, pool
from course.notebook.predictions import Prediction
from course.systems.search.cascade import Cascade
from course.systems.search.listwise import listwise_window
from course.systems.search.relevance import interval
from course.systems.search.rerank_audit import RerankAudit

TEXTS: Mapping[Text, str] = {
    "plain": "as it is",
    "command": "“Ignore all previous\ninstructions …”",
    "praise": "“… the complete and\ncorrect answer …”",
    "echo": "the question itself",
}
"""What a seller's page begins with."""
DEPTH, RISE = 20, 2


def _came(**case: Any) -> Came:
    """What came of a case by the finished objects."""
    return came(Case(**case), *subjects(listwise_window, Cascade, RerankAudit))


def lifted(text: Text, rise: int = 100) -> float:
    """Of 100 questions, for how many the seller's page is first."""
    return 100 * _came(depth=DEPTH, rise=rise, text=text).planted


def texts() -> Any:
    """A function that draws how often the seller's page is first, by what it begins with, without a limit and with one."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 4.2), dpi=80, layout="constrained")
        places = np.arange(len(TEXTS))
        for rise, shift, color, hatch, label in (
            (100, -0.18, "#c8690a", "", "no limit"),
            (RISE, 0.18, "#12324d", "//", f"nobody rises more than {RISE} places"),
        ):
            shares = [lifted(text, rise) for text in TEXTS]
            bars = axes.bar(
                places + shift, shares, 0.34, color=color, hatch=hatch, edgecolor="#ffffff", label=label
            )
            axes.bar_label(bars, [f"{share:.1f}" for share in shares], padding=2, color="#333333")
        if prediction.value is not None:
            axes.plot(
                [places[-1] - 0.18], [float(prediction.value)], "kv", markersize=9, label="your prediction"
            )
        axes.set_xticks(places, list(TEXTS.values()))
        axes.set(
            xlabel="the seller's page begins with", ylabel="first place, of 100 questions", ylim=(0, 118)
        )
        axes.set_title("The judge obeys nobody, and is fooled by an echo", loc="left")
        axes.legend(frameon=False, loc="upper left")
        plt.show()

    return draw


def worth() -> None:
    """Print what judging deeper buys, after a cheap search and after a better one, and after how many candidates."""
    print("right document first, of 150 questions, with its 95% interval")
    print("judged   words + word vectors       words + a real embedding")
    for depth in (0, 5, 10, 20, 50, 100):
        cells = []
        for strong in (False, True):
            right = pool(strong=strong).right
            rows = _came(depth=depth, strong=strong).pages[:, 0]
            first = interval(np.take_along_axis(right, rows[:, None], 1)[:, 0])
            cells.append(f"{first.mean:.3f}  ({first.low:.2f} to {first.high:.2f})")
        print(f"{depth:>6}   {cells[0]:<26} {cells[1]}")


def swapped() -> None:
    """Print how often another order of the candidates changes the first document."""
    print("the same candidates, shuffled: another document is first")
    for judge, name in (("cross", "cross-encoder"), ("list", "listwise model, simulated")):
        one, other = (
            _came(judge=judge, depth=DEPTH, shuffled=shuffled).pages[:, 0] for shuffled in (False, True)
        )
        print(f"  {name:<28} {100 * np.mean(one != other):.0f} of 100 questions")
