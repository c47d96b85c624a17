"""Day 23's pictures: who holds which slot when, what a pass costs, and good answers against load."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from course.days.day23_continuous_batching.gpu import CONTEXT, SLOTS
from course.notebook.predictions import Prediction
from course.systems.serving.batch_curve import batch_curve
from course.systems.serving.chunked import ChunkedScheduler
from course.systems.serving.continuous import ContinuousScheduler
from course.systems.serving.goodput import Slo, goodput_of
from course.systems.serving.request import Request
from course.systems.serving.simulation import simulate
from course.systems.serving.slots import Columns, SlotScheduler
from course.systems.serving.static_batching import StaticScheduler
from course.systems.serving.step_time import StepTimeModel, constant_step, published_step_time
from datasets.requests import trace_like

PROMPTS = (3, 4, 2, 4, 4, 14, 3, 4)
OUTPUTS = (3, 10, 2, 5, 4, 6, 2, 5)
EIGHT = [Request(i, prompt, output) for i, (prompt, output) in enumerate(zip(PROMPTS, OUTPUTS, strict=True))]
"""Eight requests in line, the sixth with a long prompt."""
SHADES = {"prefill": "#8fb3d9", "decode": "#e8eef5", "padding": "#ffffff"}
LATE = {"static": ":", "continuous": "--", "chunked": "-"}
COLOURS = {"static": "#777777", "continuous": "#b35900", "chunked": "#1f4e79"}


def slot_chart(schedulers: Mapping[str, SlotScheduler]) -> None:
    """Draw who holds which slot in which pass, for eight requests in line; the first scheduler is the static one."""
    import matplotlib.pyplot as plt

    traces = {name: simulate(scheduler, EIGHT, constant_step(1.0)) for name, scheduler in schedulers.items()}
    passes = {name: len(trace.end_ms) for name, trace in traces.items()}
    slots = max(len(scheduler.slots) for scheduler in schedulers.values())
    figure, rows = plt.subplots(len(traces), 1, figsize=(9, 1.8 * len(traces)), dpi=80, sharex=True)
    for axes, (name, trace) in zip(np.atleast_1d(rows), traces.items(), strict=True):
        _draw_slots(axes, trace.schedule)
        most = int((trace.prefill_tokens + trace.decode_tokens + trace.padding_tokens).max())
        axes.set(ylim=(slots, 0), yticks=np.arange(slots) + 0.5, yticklabels=range(slots), ylabel="slot")
        axes.set_title(
            f"{name}: {passes[name]} passes, at most {most} tokens in one", loc="left", fontsize=10
        )
        axes.tick_params(length=0)
    axes.set(
        xlim=(0, max(passes.values())), xlabel="pass over the model", xticks=range(0, max(passes.values()), 2)
    )
    static, first = next(iter(traces.items()))[1], next(iter(passes.values()))
    idle = first * slots - int(static.emitted.sum())
    title = f"The same eight answers: of {first * slots} slot passes, static batching spends {idle} on nobody"
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    key = "number: request · dark: its prompt, with the tokens computed · hatched: a token for nobody"
    figure.text(0.01, 0.925, key, fontsize=9, color="#555555")
    figure.tight_layout(rect=(0, 0, 1, 0.96))
    plt.show()


def _draw_slots(axes: Any, plan: Columns) -> None:
    from matplotlib.patches import Rectangle

    step = np.repeat(np.arange(len(plan["items"])), plan["items"])
    columns = (plan[column].tolist() for column in ("slot", "request_id", "phase", "tokens"))
    items = list(zip(step.tolist(), *columns, strict=True))
    # Padding of a prompt shares the pass with the prompt itself, which is drawn over it.
    for at, slot, request, phase, tokens in sorted(items, key=lambda item: item[3] != "padding"):
        style: dict[str, Any] = {"facecolor": SHADES[phase], "edgecolor": "#333333", "linewidth": 0.6}
        if phase == "padding":
            style |= {"hatch": "////", "edgecolor": "#999999"}
        axes.add_patch(Rectangle((at, slot), 1, 1, **style))
        if phase != "padding":
            text = f"{request}\n{tokens}" if phase == "prefill" else f"{request}"
            colour = "#000000" if phase == "prefill" else "#555555"
            axes.text(at + 0.5, slot + 0.5, text, ha="center", va="center", fontsize=8, color=colour)


def pass_cost(measure: bool = False) -> None:
    """Draw what a pass costs against the tokens in it, on a GPU and on a CPU thread; ``measure`` this very CPU."""
    import matplotlib.pyplot as plt

    curve, gpu = batch_curve(measure=measure), published_step_time()
    tokens = np.unique(np.geomspace(1, 2048, 60).astype(int))
    ms = np.array([gpu.ms(int(n)) for n in tokens])
    _, axes = plt.subplots(figsize=(7.5, 4), dpi=80)
    axes.plot(tokens, ms / ms[0], "-", color=COLOURS["chunked"], linewidth=2)
    axes.text(260, 1.1, "Llama-2-7B on an A100,\npublished", color=COLOURS["chunked"], fontsize=9)
    cpu = np.array(curve.ms)
    axes.plot(curve.tokens, cpu / cpu[0], "o--", color=COLOURS["continuous"])
    kind = "measured here" if curve.measured else "stored curve"
    axes.text(1.5, 4, f"135M model on one CPU thread,\n{kind}", color=COLOURS["continuous"], fontsize=9)
    knee = int(tokens[np.argmax(ms > 1.25 * ms[0])])
    axes.axvline(knee, color="#777777", linewidth=0.8)
    axes.set(
        xscale="log",
        yscale="log",
        ylim=(0.75, 20),
        xlabel="tokens in the pass (log scale)",
        ylabel="time ÷ time of one token (log scale)",
    )
    axes.set_xticks([1, 8, 64, 512, 2048], labels=["1", "8", "64", "512", "2,048"])
    axes.set_yticks([1, 2, 5, 10, 20], labels=["1", "2", "5", "10", "20"])
    axes.minorticks_off()
    axes.set_title(f"On an A100, {knee} tokens in a pass cost a quarter more than one", loc="left")
    plt.show()
    print(f"A100: 1 token {ms[0]:.0f} ms, 64 tokens {gpu.ms(64):.0f} ms, 2,048 tokens {gpu.ms(2048):.0f} ms")
    many, seconds = curve.tokens_per_s[6] / curve.tokens_per_s[0], curve.ms[6] / curve.ms[0]
    print(
        f"CPU:  {curve.tokens[6]} sequences give {many:.1f}× the tokens of one at {seconds:.1f}× the wait ({curve.note})"
    )


SCHEDULERS: Mapping[str, Callable[[], SlotScheduler]] = {
    "static": lambda: StaticScheduler(SLOTS, CONTEXT),
    "continuous": lambda: ContinuousScheduler(SLOTS, CONTEXT),
    "chunked": lambda: ChunkedScheduler(SLOTS, CONTEXT, token_budget=384),
}
"""The finished schedulers on one A100."""


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
        axes.annotate(
            "every answer good",
            (rates[-2], rates[-2]),
            xytext=(-8, 0),
            textcoords="offset points",
            ha="right",
            color="#555555",
            fontsize=9,
        )
        for name in SCHEDULERS:
            shown = [rates[0], rates[-1]] if name == "static" else rates  # its line is flat
            good = [rates_of(name, rate, slo, step)[1] for rate in shown]
            axes.plot(shown, good, "o", linestyle=LATE[name], color=COLOURS[name], label=name)
        prediction.mark(axes)
        axes.set(
            xlabel="requests that arrive, per second", ylabel="good answers per second", ylim=(-0.1, None)
        )
        axes.set_title("Chunking keeps answers good until the server is full", loc="left")
        axes.legend(frameon=False)
        plt.show()

    return draw
