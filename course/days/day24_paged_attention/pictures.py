"""Day 24's pictures: what fits into a cache by the size of its blocks, and what agents in turn find in it."""

from typing import Any

import numpy as np

from course.checking.port import subjects
from course.days.day24_paged_attention.faults import AGENTS
from course.days.day24_paged_attention.gpu import MEMORY, SHARES, measure, serve
from course.interview.scenario import Design
from course.notebook.predictions import Prediction
from course.systems.serving.errors import NotEnoughBlocks
from course.systems.serving.paged.blocks import BlockAllocator
from course.systems.serving.paged.prefix import PrefixCache
from course.systems.serving.paged.turns import Turns, TurnTaking
from datasets.requests import trace_like

SIZES = (4096, 256, 64, 16, 8)
DARK, LIGHT = "#1f4e79", "#b35900"


def packed(block_tokens: int, fills: int = 20) -> tuple[float, float]:
    """Conversations that fit into the cache, and the share of the memory they hold that has no token: means over
    `fills` caches filled from the trace, each conversation somewhere in its answer."""
    rng = np.random.default_rng(24)
    people: list[int] = []
    waste: list[float] = []
    for _ in range(fills):
        pool = BlockAllocator(MEMORY // block_tokens, block_tokens)
        for request in trace_like(400, None, rng):
            try:
                pool.allocate(request.prompt_tokens + int(rng.integers(request.output_tokens)))
            except NotEnoughBlocks:
                break
        held = block_tokens * sum(refs > 0 for refs in pool.refs)
        people.append(len(pool.tables))
        waste.append(1 - sum(table.tokens for table in pool.tables) / held)
    return float(np.mean(people)), float(np.mean(waste))


def packing() -> None:
    """Draw the memory that is held and empty, and who fits, for slots and for blocks of several sizes."""
    import matplotlib.pyplot as plt

    rows = [packed(size) for size in SIZES]
    figure, axes = plt.subplots(figsize=(7.5, 3.4), dpi=80)
    names = [f"slots of {SIZES[0]:,}", *(f"blocks of {size}" for size in SIZES[1:])]
    empty = [100 * waste for _, waste in rows]
    axes.barh(names[::-1], empty[::-1], color=[DARK] * (len(SIZES) - 1) + [LIGHT])
    for place, ((people, _), share) in enumerate(zip(rows[::-1], empty[::-1], strict=True)):
        axes.text(share + 1, place, f"{share:.1f}%, {people:.0f} conversations", va="center", fontsize=9)
    axes.set(xlim=(0, 100), xlabel="held memory without a token, %")
    axes.set_title(
        f"Blocks of 16 hold {rows[3][0] / rows[0][0]:.1f} times the conversations of whole slots", loc="left"
    )
    figure.tight_layout()
    plt.show()


SHARES_OF_NEED = (1.0, 0.975, 0.95, 0.925, 0.9, 0.85, 0.8, 0.75)


def found(memory: float, at_random: bool = False) -> float:
    """Share of the agents' prompt tokens that the finished cache has, with `memory` times what they need."""
    order = np.random.default_rng(24).integers(AGENTS.agents, size=AGENTS.agents * AGENTS.turns)
    turns = Turns(order=tuple(order.tolist())) if at_random else AGENTS
    return TurnTaking(PrefixCache, turns).measure(memory, 16)["hits"]


def cliff(prediction: Prediction) -> None:
    """Draw what agents find against the memory they have, in turn and in random order."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=(7.5, 4), dpi=80)
    for at_random, label, colour, style in (
        (True, "in random order", LIGHT, "s--"),
        (False, "in turn", DARK, "o-"),
    ):
        axes.plot(
            SHARES_OF_NEED, [found(m, at_random) for m in SHARES_OF_NEED], style, color=colour, label=label
        )
    prediction.mark(axes)
    axes.set(
        xlabel="memory ÷ what all contexts need",
        ylabel="share of prompt tokens found",
        ylim=(-0.03, 1),
        xlim=(0.74, 1.01),
    )
    axes.set_title("Agents in turn lose the cache to a small lack of memory", loc="left")
    axes.legend(frameon=False, loc="upper left")
    plt.show()


def sharing(Cache: Any = PrefixCache) -> None:
    """Print what it is worth to find the blocks of others: three requests a second with an instruction of 800 tokens."""
    (own,) = subjects(Cache)
    load = {"seed": 3, "requests": 80, "rate": 3, "system": 800}
    print("who finds whose blocks   tokens computed   first token p95")
    for share in SHARES:
        design: Design = {"block": 64, "reserve": 0, "share": share}
        computed, ttft = serve(design, load, own)["computed"], measure(design, load, own)["ttft"]
        print(f"{share:<22}{computed:>18,}{ttft:>15.0f} ms")
