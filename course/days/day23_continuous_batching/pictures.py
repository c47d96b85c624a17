"""Day 23's pictures: who holds which slot when, what a pass costs, and good answers against load."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from course.days.day23_continuous_batching.gpu import CONTEXT, SLOTS
from course.notebook.predictions import Prediction
from course.serving.batch_curve import batch_curve
from course.serving.chunked import ChunkedScheduler
from course.serving.continuous import ContinuousScheduler
from course.serving.goodput import Slo, goodput_of
from course.serving.request import Request
from course.serving.simulation import simulate
from course.serving.slots import SlotScheduler
from course.serving.static_batching import StaticScheduler
from course.serving.step_time import StepTimeModel, constant_step, published_step_time
from datasets.requests import trace_like

PROMPTS = (3, 4, 2, 4, 4, 14, 3, 4)
OUTPUTS = (3, 10, 2, 5, 4, 6, 2, 5)
EIGHT = [Request(i, prompt, output) for i, (prompt, output) in enumerate(zip(PROMPTS, OUTPUTS, strict=True))]
"""Eight requests in line, the sixth with a long prompt."""
SHADES = {"prefill": "#8fb3d9", "decode": "#e8eef5", "padding": "#ffffff"}
LATE = {"static": ":", "continuous": "--", "chunked": "-"}
COLOURS = {"static": "#777777", "continuous": "#b35900", "chunked": "#1f4e79"}


def slot_chart(schedulers: Mapping[str, SlotScheduler]) -> None:
    """Draw who holds which slot in which pass: the number is the request, dark a prompt, hatched nobody's token."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    figure, rows = plt.subplots(len(schedulers), 1, figsize=(9, 1.75 * len(schedulers)), dpi=80, sharex=True)
    longest, lengths = 0, {}
    for axes, (name, scheduler) in zip(np.atleast_1d(rows), schedulers.items(), strict=True):
        trace = simulate(scheduler, EIGHT, constant_step(1.0))
        plan, slots = trace.schedule, len(scheduler.slots)
        step = np.repeat(np.arange(len(plan["items"])), plan["items"])
        columns = (plan[column].tolist() for column in ("slot", "request_id", "phase", "tokens"))
        for at, slot, request, phase, tokens in zip(step.tolist(), *columns, strict=True):
            style: dict[str, Any] = {"facecolor": SHADES[phase], "edgecolor": "#333333", "linewidth": 0.6}
            if phase == "padding":
                style |= {"hatch": "////", "edgecolor": "#999999"}
            axes.add_patch(Rectangle((at, slot), 1, 1, **style))
            if phase == "prefill":
                axes.text(at + 0.5, slot + 0.5, f"{request}\n{tokens}", ha="center", va="center", fontsize=8)
            elif phase == "decode":
                axes.text(
                    at + 0.5, slot + 0.5, f"{request}", ha="center", va="center", fontsize=8, color="#555555"
                )
        lengths[name], longest = len(plan["items"]), max(longest, len(plan["items"]))
        most = int((trace.prefill_tokens + trace.decode_tokens + trace.padding_tokens).max())
        axes.set(ylim=(slots, 0), yticks=np.arange(slots) + 0.5, yticklabels=range(slots), ylabel="slot")
        axes.set_title(
            f"{name}: {len(plan['items'])} passes, at most {most} tokens in one", loc="left", fontsize=10
        )
        axes.tick_params(length=0)
    axes.set(xlim=(0, longest), xlabel="pass over the model")
    short, long = min(lengths.values()), max(lengths.values())
    figure.suptitle(
        f"The same eight answers take {long} passes or {short}. A number alone is a decode; dark: a prompt and its tokens",
        x=0.01, ha="left", fontsize=11,
    )  # fmt: skip
    figure.tight_layout()
    plt.show()


def pass_cost(measure: bool = False) -> None:
    """Draw what a pass costs against the tokens in it, on a GPU and on a CPU thread; ``measure`` this very CPU."""
    import matplotlib.pyplot as plt

    curve, gpu = batch_curve(measure=measure), published_step_time()
    tokens = np.unique(np.geomspace(1, 2048, 60).astype(int))
    ms = np.array([gpu.ms(int(n)) for n in tokens])
    _, axes = plt.subplots(figsize=(7.5, 4), dpi=80)
    axes.plot(tokens, ms / ms[0], "-", color="#1f4e79", linewidth=2, label="Llama-2-7B on an A100, published")
    cpu = np.array(curve.ms)
    kind = "measured here" if curve.measured else "stored curve"
    axes.plot(
        curve.tokens, cpu / cpu[0], "o--", color="#b35900", label=f"135M model on one CPU thread, {kind}"
    )
    knee = int(tokens[np.argmax(ms > 1.25 * ms[0])])
    axes.axvline(knee, color="#777777", linewidth=0.8)
    axes.annotate(
        f"{knee} tokens", (knee, 1), xytext=(5, -3), textcoords="offset points", color="#555555", va="top"
    )
    axes.set(xscale="log", yscale="log", ylim=(0.75, None), xlabel="tokens in the pass (log scale)",
             ylabel="time ÷ time of one token (log scale)")  # fmt: skip
    axes.set_title(f"On the GPU up to {knee} tokens share a pass for a quarter more time", loc="left")
    axes.legend(frameon=False)
    plt.show()
    print(f"A100: 1 token {ms[0]:.0f} ms, 64 tokens {gpu.ms(64):.0f} ms, 2,048 tokens {gpu.ms(2048):.0f} ms")
    many, seconds = curve.tokens_per_s[6] / curve.tokens_per_s[0], curve.ms[6] / curve.ms[0]
    print(
        f"CPU:  {curve.tokens[6]} sequences give {many:.1f}× the tokens of one at {seconds:.1f}× the wait ({curve.note})"
    )


SCHEDULERS = {
    "static": lambda: StaticScheduler(SLOTS, CONTEXT),
    "continuous": lambda: ContinuousScheduler(SLOTS, CONTEXT),
    "chunked": lambda: ChunkedScheduler(SLOTS, CONTEXT, token_budget=384),
}


def rates_of(
    name: str, rate: float, slo: Slo, step: StepTimeModel, requests: int = 160
) -> tuple[float, float]:
    """Tokens a second, and good answers a second of the arrivals, of a finished scheduler under conversations."""
    stream = trace_like(requests, rate, np.random.default_rng(3))
    trace = simulate(SCHEDULERS[name](), stream, step)
    window_ms = 1000.0 * requests / rate
    return 1000.0 * float(trace.emitted.sum()) / trace.duration_ms, goodput_of(trace.outcomes, slo, window_ms)


def good_answers(slo: Slo, rates: Sequence[float]) -> Any:
    """A function that draws good answers a second against the rate of arrivals, for the three schedulers."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        step = published_step_time()
        _, axes = plt.subplots(figsize=(7.5, 4.2), dpi=80)
        axes.plot(rates, rates, color="#bbbbbb", linewidth=1)
        axes.annotate("every answer good", (rates[-2], rates[-2]), xytext=(-8, 0), textcoords="offset points",
                      ha="right", color="#777777", fontsize=9)  # fmt: skip
        for name in SCHEDULERS:
            good = [rates_of(name, rate, slo, step)[1] for rate in rates]
            axes.plot(rates, good, "o", linestyle=LATE[name], color=COLOURS[name], label=name)
        prediction.mark(axes)
        axes.set(
            xlabel="requests that arrive, per second", ylabel="good answers per second", ylim=(-0.1, None)
        )
        axes.set_title("Chunking keeps answers good until the server is full", loc="left")
        axes.legend(frameon=False)
        plt.show()

    return draw
