"""Day 22's picture, throughput against the budget, and the tables of Run: asynchronous callers, waits, whose turn it is."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from course.checking.port import subjects
from course.days.day22_batching_front_door.interview import FLOOD, STEADY, measured
from course.notebook.predictions import Prediction
from course.systems.serving.async_door import AsyncDoor
from course.systems.serving.fair_queue import FairQueue
from course.systems.serving.front_door import pass_ms
from course.systems.serving.job_store import JobStore
from course.systems.serving.saturated import Rate, saturated
from course.systems.serving.texts import lengths
from course.systems.serving.token_batcher import TokenBatcher

BUDGETS = (128, 256, 512, 1024, 2048, 4096, 8192)
TEXTS, SEED = 2000, 22
WAYS = {
    "by arrival": {"near": False, "packed": False},
    "nearest in length to the oldest": {"near": True, "packed": False},
    "by arrival, no padding computed": {"near": False, "packed": True},
}
LOOKS = {
    "by arrival": ("#b35900", "o", "--"),
    "nearest in length to the oldest": ("#1f4e79", "s", "-"),
    "by arrival, no padding computed": ("#777777", "^", ":"),
}


@cache
def rate(way: str, budget: int) -> Rate:
    """What a full line gets out of the GPU."""
    how = WAYS[way]
    batcher = TokenBatcher(budget, 0.0, how["near"])
    return saturated(batcher, lengths(TEXTS, SEED), packed=how["packed"])


def times_one(way: str, budget: int) -> float:
    """Texts a second of a full line, as a multiple of running them one by one."""
    return rate(way, budget).texts_per_s / rate("by arrival", 1).texts_per_s


def curves() -> Callable[[Prediction], None]:
    """A function that draws throughput against the budget, for three ways to fill a batch."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 4.4), dpi=80, layout="constrained")
        for way, (colour, marker, line) in LOOKS.items():
            found = [times_one(way, budget) for budget in BUDGETS]
            axes.plot(BUDGETS, found, marker=marker, linestyle=line, color=colour, label=way)
        axes.axhline(1.0, color="#bbbbbb", linewidth=0.8)
        prediction.mark(axes)
        axes.set(
            xscale="log",
            xlabel="budget of a pass, tokens with padding (log scale)",
            ylabel="texts a second ÷ one by one",
            ylim=(0, max(3.3, 1.1 * axes.get_ylim()[1])),
        )
        axes.set_xticks(BUDGETS, labels=[f"{budget:,}" for budget in BUDGETS])
        axes.minorticks_off()
        padding = rate("by arrival", 4096).padding
        axes.set_title(
            f"At 4,096 tokens {padding:.0%} of a pass by arrival is padding, and nothing is gained",
            loc="left",
        )
        axes.legend(frameon=False, loc="lower left")
        plt.show()

    return draw


def passes() -> None:
    """Print what one text alone takes, and what a mean pass of 4,096 tokens holds."""
    one, many = rate("by arrival", 1), rate("by arrival", 4096)
    print(f"one by one:  {1000 / one.texts_per_s:.1f} ms a text, {one.texts_per_s:.0f} a second")
    print(
        f"up to 4,096: {many.batch:.1f} texts a pass, {1000 * many.batch / many.texts_per_s:.0f} ms a pass, "
        f"{many.padding:.0%} of it padding, {many.texts_per_s:.0f} a second"
    )
    print(f"a pass of 4,096 tokens takes {pass_ms(4096):.0f} ms, one of 64 tokens {pass_ms(64):.1f} ms")
    print("\nbudget" + "".join(f"{budget:>8,}" for budget in BUDGETS))
    for way in list(WAYS)[:2]:
        print(f"padding, {way}")
        print("      " + "".join(f"{rate(way, budget).padding:>8.0%}" for budget in BUDGETS))


def waits() -> None:
    """Print what holding texts back brings, at 60 a second, at a budget of 512 and with the nearest in length."""
    own = subjects(JobStore, TokenBatcher, FairQueue)
    print("wait at most   texts a pass   median    p99   GPU busy   GPU a text")
    for wait in (0, 10, 25, 50, 100):
        found = measured({"wait": wait, "budget": 512, "pick": "near"}, STEADY, *own)
        print(
            f"{wait:>9} ms {found['batch']:>14.1f} {found['p50']:>5.0f} ms {found['p99']:>3.0f} ms {found['busy']:>10.0%}"
            f" {found['gpu']:>9.1f} ms"
        )


def turns() -> None:
    """Print who waits how long while one team sends 250 texts at once, by whose turn it is."""
    own = subjects(JobStore, TokenBatcher, FairQueue)
    print("p99 of the time to the answer     nine teams   the team that sent 250   GPU a text")
    for pick, said in (
        ("arrival", "by arrival"),
        ("near", "nearest in length"),
        ("fair", "fair, by tokens served"),
    ):
        found = measured({"wait": 0, "budget": 512, "pick": pick}, FLOOD, *own)
        print(f"{said:<31}{found['small']:>10.0f} ms {found['large']:>21.0f} ms {found['gpu']:>9.1f} ms")


def callers() -> None:
    """Let six asynchronous callers ask, in an event loop of its own; print the passes and what each was told."""

    def score(texts: Sequence[str]) -> list[int]:
        if "?" in texts:
            raise ValueError("a pass broke")
        return [len(text) for text in texts]

    async def all_of_them() -> tuple[list[Any], list[int]]:
        ticks = iter(range(10**6))
        door = AsyncDoor(JobStore(), TokenBatcher(30, 0.0), score, lambda: float(next(ticks)))
        asked = [("k1", "so be it"), ("k2", "a longer text"), ("k1", "so be it"), ("k3", "?"), ("k4", "yes")]
        waiting = [asyncio.ensure_future(door.ask(key, text, "team 1")) for key, text in asked]
        serving = asyncio.ensure_future(door.serve())
        told = await asyncio.gather(*waiting, door.ask("k1", "another", "team 1"), return_exceptions=True)
        serving.cancel()
        return [*zip([*asked, ("k1", "another")], told, strict=True)], door.passes

    # A notebook runs in an event loop already, so this one gets a thread.
    with ThreadPoolExecutor(1) as pool:
        found, sizes = pool.submit(asyncio.run, all_of_them()).result()
    print(f"texts in each pass: {sizes}")
    for (key, text), said in found:
        answer = f"{said[0]}, {said[1]}" if isinstance(said, tuple) else f"{type(said).__name__}"
        print(f"  {key}  {text!r:<16} -> {answer}")
