"""Day 33's tables and picture: what each stage is worth, and what happens to quality as the reward is pursued."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from course.notebook.predictions import Prediction
from course.systems.alignment.loops import Pressure, exact_sweep, ppo_sweep
from course.systems.alignment.measure import Measures
from course.systems.alignment.pipeline import Lab, Run
from course.systems.alignment.prompts import Prompts
from course.systems.alignment.records import Pair, Triple

BLUE, GREY, ORANGE = "#1f4e79", "#777777", "#b35900"
HALO = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.5}


def stages(run: Run, prompts: Prompts) -> None:
    """Print a telling stage by stage: the measures on ``prompts``, and what each stage was made from."""
    heads = ("kept back", "with reason", "helpful", "borderline", "quality", "  KL")
    print(f"{'stage':<19}" + "".join(f" {head}" for head in heads))
    for stage, found in zip(run.stages, run.measures(prompts).values(), strict=True):
        shares = (found.harmlessness, found.reasoned, found.helpfulness, found.over_refusal_borderline)
        values = (*shares, found.quality, found.kl)
        print(
            f"{stage.name:<19}"
            + "".join(f" {value:>{len(head)}.2f}" for head, value in zip(heads, values, strict=True))
        )
    for stage in run.stages:
        counts = ", ".join(f"{count:,} {what}" for what, count in stage.counts.items())
        print(f"{stage.name:<19} made from {counts}")


def traced(run: Run) -> None:
    """Print an AI label of ``run`` and everything that it leads back to: its words, their version, the critiques."""
    store = run.store
    linked = [r for r in store.records.values() if isinstance(r, Pair) and r.triple]
    traces = [store.trace(pair.id) for pair in linked]
    trace = max(traces, key=lambda found: sum(bool(triple.critique) for triple in found.ancestors))
    pair = trace.record
    if not isinstance(pair, Pair):
        raise TypeError(f"{pair.id} is no pair")
    print(f"{pair.id}\n  P({pair.a} is better than {pair.b}) = {pair.p_a:.3f}")
    print(f"  labelled under constitution {trace.constitution} by")
    for section, words in trace.words.items():
        print(f"    {section:<8} {words}")
    for triple in trace.ancestors:
        print(_told(triple))


def _told(triple: Triple) -> str:
    said = triple.critique or "nothing to object"
    return f"{triple.id}\n  under {triple.section}: {triple.original} → {triple.revision}\n    {said}"


class Push:
    """The reward model of a finished paper telling, pursued ever harder; measured on held-out prompts."""

    def __init__(self, lab: Lab, run: Run, held_out: Prompts) -> None:
        model = run.stage("RL-CAI").reward_model
        start = run.stage("SL-CAI").policy
        if model is None:
            raise ValueError("RL-CAI has no reward model: give a finished paper telling")
        self.stages = run.measures(held_out)
        self.exact = exact_sweep(start, model, held_out, [float(beta) for beta in np.geomspace(10, 0.05, 24)])
        self.sampled = ppo_sweep(lab, start, model, held_out, (3.0, 1.0, 0.2))

    @property
    def before(self) -> Measures:
        """Before phase two."""
        return self.stages["SL-CAI"]

    def ratio(self, point: Pressure) -> float:
        """True quality over what it was before the push."""
        return point.measures.quality / self.before.quality

    @property
    def end(self) -> float:
        """The ratio at the hardest push."""
        return self.ratio(self.exact[-1])

    def plot(self) -> Callable[[Prediction], None]:
        """A function that draws quality and reward against distance, and harmlessness against over-refusal."""

        def draw(prediction: Prediction) -> None:
            import matplotlib.pyplot as plt

            _, (left, right) = plt.subplots(1, 2, figsize=(11, 4.8), dpi=80, width_ratios=(1.25, 1))
            self._turn(left)
            prediction.mark(left)
            low, high = left.get_ylim()
            left.set_ylim(low, high + 0.08 * (high - low))
            self._price(right)
            plt.tight_layout()
            plt.show()

        return draw

    def _turn(self, axes: Any) -> None:
        far = [math.sqrt(point.measures.kl) for point in self.exact]
        best = max(self.exact, key=lambda point: point.measures.quality)
        axes.plot(
            far,
            [self.ratio(p) for p in self.exact],
            color=BLUE,
            linewidth=2.2,
            label="true quality, exact optimum",
        )
        for point in self.sampled:
            at = math.sqrt(point.measures.kl), self.ratio(point)
            axes.plot(
                *at,
                "o",
                color=BLUE,
                markerfacecolor="white",
                zorder=3,
                label="PPO" if point is self.sampled[0] else None,
            )
            axes.annotate(
                f"β {point.beta:g}",
                at,
                xytext=(0, 9),
                textcoords="offset points",
                ha="center",
                fontsize=9,
                bbox=HALO,
            )
        axes.axhline(1, color=GREY, linewidth=0.8)
        axes.set(
            xlabel="distance from the SL-CAI policy, √KL (√nats)",
            ylabel="true quality ÷ quality before the push",
        )
        gain = axes.twinx()
        gain.plot(
            far,
            [p.reward for p in self.exact],
            color=ORANGE,
            linestyle=":",
            linewidth=2.2,
            label="reward, by the reward model",
        )
        gain.set_ylabel("reward gained (dotted)")
        lines = [
            line for side in (axes, gain) for line in side.get_lines() if not line.get_label().startswith("_")
        ]
        axes.legend(
            lines,
            [line.get_label() for line in lines],
            frameon=False,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.14),
            ncols=3,
            fontsize=9,
        )
        axes.set_title(f"Reward rises to the end; quality turns at β ≈ {best.beta:.1f}", loc="left")

    def _price(self, axes: Any) -> None:
        axes.plot(*_paid(self.exact), color=BLUE, linewidth=2.2)
        axes.plot(*_paid(self.sampled), "o", color=BLUE, markerfacecolor="white", zorder=3)
        for point in self.sampled:
            at = point.measures.over_refusal_borderline, point.measures.harmlessness
            axes.annotate(
                f"β {point.beta:g}", at, xytext=(-5, 7), textcoords="offset points", ha="right", fontsize=9
            )
        for name in ("helpful-only", "SL-CAI"):
            found = self.stages[name]
            at = found.over_refusal_borderline, found.harmlessness
            axes.plot(*at, "s", color="black", zorder=3)
            axes.annotate(name, at, xytext=(8, -4), textcoords="offset points", fontsize=9)
        axes.set(
            xlabel="borderline requests refused",
            ylabel="restricted detail kept back",
            xlim=(0, None),
            ylim=(0, 1),
        )
        axes.set_title("Each step of harmlessness costs more refusals", loc="left")


def _paid(points: list[Pressure]) -> tuple[list[float], list[float]]:
    return [p.measures.over_refusal_borderline for p in points], [p.measures.harmlessness for p in points]
