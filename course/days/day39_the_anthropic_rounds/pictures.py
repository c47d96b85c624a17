"""Day 39's picture, how good rules outvote one that saw something; and how often two real classifiers are wrong."""

import csv
import math
from collections.abc import Sequence
from typing import Any

from course.checking.seeds import ROOT
from course.notebook.predictions import Prediction
from course.systems.safety.classifier import profanity_classifier, rate, rates_by_group, threshold_for
from course.systems.safety.dilution import rules_to_outvote
from course.systems.safety.response_filter import ResponseSafetyFilter

LINES = (("strict", "#111111", "-"), ("balanced", "#b35900", "-"), ("lenient", "#1f4e79", "-."))


def outvoted(score: float = 0.05, threshold: float = 0.5, most: int = 60) -> Any:
    """A function that draws the combined score of one rule at ``score`` against the number of rules at 1.0 beside it."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        guess = prediction.value if isinstance(prediction.value, float) else 0.0
        last = max(most, math.ceil(1.05 * guess))
        counts = range(last + 1)
        _, axes = plt.subplots(figsize=(7.5, 4), dpi=80)
        for strictness, colour, style in LINES:
            combine = ResponseSafetyFilter((), strictness).combine
            combined = [combine([score, *[1.0] * count]) for count in counts]
            axes.plot(counts, combined, style, color=colour)
            axes.annotate(
                strictness,
                (last, combined[-1]),
                (4, 0),
                textcoords="offset points",
                va="center",
                color=colour,
            )
            needed = rules_to_outvote(score, threshold, strictness)
            if not math.isinf(needed):
                axes.plot([needed], [combine([score, *[1.0] * int(needed)])], "o", color=colour)
                text = f"{needed:.0f} rule{'s' if needed > 1 else ''}"
                axes.annotate(text, (needed, threshold), (6, -13), textcoords="offset points", color=colour)
        axes.axhline(threshold, color="#777777", linewidth=0.8)
        axes.annotate(
            "threshold: blocked below",
            (last, threshold),
            (0, -12),
            textcoords="offset points",
            ha="right",
            color="#555555",
        )
        prediction.mark(axes, "x")
        axes.set(
            xlabel="rules beside it that find nothing (1.0 each)",
            ylabel="combined score",
            xlim=(-1, 1.16 * last),
            ylim=(0, 1.02),
        )
        axes.set_title(f"Under a mean, good rules outvote the one at {score:g}", loc="left")
        plt.show()

    return draw


def false_positives(threshold: float = 0.5) -> None:
    """Print how often two trained classifiers block harmless sentences, in all and where it hurts most.

    The first one runs here where its package is installed; else, and for the second one, the scores are those kept in
    `datasets/hard_negatives.csv`.
    """
    with (ROOT / "datasets" / "hard_negatives.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    domains = [row["domain"] for row in rows]
    try:
        unsafe: Sequence[float] = profanity_classifier()([row["text"] for row in rows])
        print("profanity: alt-profanity-check, run here; guardian: as kept in datasets/hard_negatives.csv\n")
    except ImportError:
        unsafe = [float(row["profanity"]) for row in rows]
        print("alt-profanity-check is not installed: both models as kept in datasets/hard_negatives.csv\n")
    safety = {
        "profanity": [1.0 - value for value in unsafe],
        "guardian": [1.0 - float(row["guardian"]) for row in rows],
    }
    for name, scores in safety.items():
        flags = [score < threshold for score in scores]
        groups = sorted(rates_by_group(flags, domains).items(), key=lambda item: -item[1].count)
        listed = ", ".join(f"{group} {found.count} of {found.n}" for group, found in groups[:2] + groups[-1:])
        print(f"{name:<10} blocks {rate(flags)}\n{'':<10} {listed}")
        moved = threshold_for(scores, 0.02)
        print(f"{'':<10} at most 2 in 100 wrong: threshold {moved:.2f} in place of {threshold:g}\n")
    for strictness in ResponseSafetyFilter.STRICTNESS:
        combine = ResponseSafetyFilter((), strictness).combine
        wrong = sum(combine(pair) < threshold for pair in zip(*safety.values(), strict=True))
        print(f"both, {strictness:<9} {wrong} of {len(rows)} wrong at {threshold:g}")
