"""Day 23's comparison with published ratios: each on its authors' load, with the baseline of each side named."""

import functools
from collections.abc import Callable, Sequence

import numpy as np

from course import facts
from course.days.day23_continuous_batching.gpu import CONTEXT, SLOTS
from course.systems.serving.chunked import ChunkedScheduler
from course.systems.serving.continuous import ContinuousScheduler
from course.systems.serving.request import Request
from course.systems.serving.simulation import simulate
from course.systems.serving.slots import SlotScheduler
from course.systems.serving.static_batching import StaticScheduler
from course.systems.serving.step_time import StepTime, constant_step, published_step_time
from course.systems.serving.summary import highest_rate, percentile
from datasets.requests import exponential_outputs, poisson_arrivals, trace_like, uniform_outputs

BATCH = 8
Line = tuple[str, float, str, str]
"""What was compared, our ratio, the published one, and the baseline that it is over."""


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def _tokens_per_s(scheduler: SlotScheduler, requests: list[Request], step: StepTime) -> float:
    trace = simulate(scheduler, requests, step)
    return 1000 * float(trace.emitted.sum()) / trace.duration_ms


def at_saturation(requests: list[Request], step: StepTime, slots: int = BATCH) -> float:
    """Tokens a second of continuous over static batching, everybody in line from the start."""
    static, continuous = (
        _tokens_per_s(scheduler(slots, CONTEXT), requests, step)
        for scheduler in (StaticScheduler, ContinuousScheduler)
    )
    return continuous / static


def theory() -> list[Line]:
    """A pass that always takes the same time: the mean of the longest of 8 answers, over the mean answer."""
    harmonic = sum(1 / k for k in range(1, BATCH + 1))
    uniform = uniform_outputs(400, 1, 80, 1, _rng(23))
    exponential = exponential_outputs(400, 40.0, 1, _rng(23))
    step = constant_step(1.0)
    return [
        (
            "uniform answers, equal passes",
            at_saturation(uniform, step),
            f"{2 * BATCH / (BATCH + 1):.2f}",
            "2B / (B+1)",
        ),
        (
            "exponential answers, equal passes",
            at_saturation(exponential, step),
            f"{harmonic:.2f}",
            "1 + 1/2 + … + 1/B",
        ),
    ]


def anyscale() -> Line:
    """Prompts of 512 tokens, exponential answers of mean 128, at most 1,536; 8 at a time."""
    requests = exponential_outputs(150, 128.0, 512, _rng(5), 1536)
    ours = at_saturation(requests, published_step_time())
    quotient = facts.ANYSCALE_CONTINUOUS_GAIN.value / facts.ANYSCALE_OPTIMISED_STATIC_GAIN.value
    return "Anyscale's load, at saturation", ours, f"{quotient:g}", "static batches, optimised"


def capacity(meets: Callable[[float], bool], rates: Sequence[float]) -> float:
    """The highest rate that ``meets``, to 3%: bracketed by ascending ``rates``, then halved; 0.0 if the first fails."""
    low = highest_rate(meets, rates)
    high = min((rate for rate in rates if rate > low), default=low)
    while low and high > 1.03 * low:
        middle = (low * high) ** 0.5
        low, high = (middle, high) if meets(middle) else (low, middle)
    return low


MEDIANS_MS = (20, 30)  # chosen: bounds on the median that static batches keep at some rate


def orca(bounds_ms: Sequence[float] = MEDIANS_MS) -> list[Line]:
    """Prompts of 32 to 512 tokens, answers of 1 to 128, Llama-2-70B over 8 GPUs; each bound is on the median latency a
    token, wait included."""
    step = published_step_time("a100", "70b", 8)
    lengths = zip(_rng(6).integers(32, 513, 120), _rng(7).integers(1, 129, 120), strict=True)
    requests = [Request(i, int(prompt), int(output)) for i, (prompt, output) in enumerate(lengths)]

    @functools.cache
    def median_ms(make: Callable[[int, int], SlotScheduler], rate: float) -> float:
        outcomes = simulate(make(16, 1024), poisson_arrivals(requests, rate, _rng(8)), step).outcomes
        return float(np.median((outcomes.last_token_ms - outcomes.arrival_ms) / outcomes.output_tokens))

    rates = [0.4 * 1.5**k for k in range(13)]
    lines: list[Line] = [
        ("Orca's load, at saturation", at_saturation(requests, step, 16), "", "static batches, same kernels")
    ]

    def within(make: Callable[[int, int], SlotScheduler], bound: float) -> float:
        return capacity(lambda rate: median_ms(make, rate) <= bound, rates)

    for bound in bounds_ms:
        static, continuous = within(StaticScheduler, bound), within(ContinuousScheduler, bound)
        what = f"Orca's load, median within {bound:g} ms"
        lines.append((what, continuous / static, "", "static batches, same kernels"))
    return lines


def sarathi() -> Line:
    """Conversations: the highest rate at which 99 gaps in 100 are within 50 ms and the median wait within 2 s."""
    step = published_step_time()

    def meets(make: Callable[[], SlotScheduler], rate: float) -> bool:
        trace = simulate(make(), trace_like(100, rate, _rng(0)), step)
        return percentile(trace.gaps_ms, 99) <= 50 and percentile(trace.outcomes.ttft_ms, 50) <= 2000

    rates = [0.3 * 1.4**k for k in range(9)]
    whole = capacity(lambda rate: meets(lambda: ContinuousScheduler(SLOTS, CONTEXT), rate), rates)
    chunked = capacity(
        lambda rate: meets(lambda: ChunkedScheduler(SLOTS, CONTEXT, token_budget=384), rate), rates
    )
    published = f"{facts.SARATHI_CAPACITY_GAIN.value:g}"
    return "chunked over whole, within 50 ms", chunked / whole, published, "vLLM of 2023, 7B on one A100"


def compare() -> None:
    """Print our ratios beside what theory and the papers say, each with its baseline."""
    print(f"{'':<36}{'ours':>6}{'theory or paper':>18}   over")
    for what, ours, other, baseline in [*theory(), anyscale(), *orca(), sarathi()]:
        digits = 1 if ours > 10 else 2
        print(f"{what:<36}{ours:>5.{digits}f}×{other + '×' if other else 'not given':>18}   {baseline}")
