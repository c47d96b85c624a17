"""Agents that take turns: what a prefix cache still has of each when its turn comes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from course.systems.serving.paged.keys import keys_of


@dataclass(frozen=True)
class Turns:
    """`agents` agents, each with a context of `start` tokens that grows by `grows` at each of its `turns`.

    What a turn adds is a tool's answer, the same text for every agent. After each turn a `stranger` of so many
    tokens, seen never again, passes through. The order is a circle, or the one that `order` gives.
    """

    agents: int = 6
    start: int = 16_000
    grows: int = 144
    turns: int = 8
    stranger: int = 0
    order: tuple[int, ...] = ()

    def need(self, block_tokens: int) -> int:
        """Blocks that hold every context at its longest."""
        longest = self.start + self.grows * self.turns
        return self.agents * -(-longest // block_tokens)

    def line(self) -> Sequence[int]:
        """Whose turn it is, one after the other."""
        return self.order or tuple(range(self.agents)) * self.turns


class TurnTaking:
    """A prefix cache under agents that take turns."""

    def __init__(self, make: Callable[[int, int], Any], turns: Turns) -> None:
        self.make, self.turns = make, turns

    def measure(self, memory: float, block_tokens: int, chained: bool = True) -> dict[str, float]:
        """With `memory` times the blocks that all contexts need: the share of prompt tokens found, `hits`; and of the
        tokens found, the share in blocks that hold something else, `foreign`."""
        turns, cache = self.turns, self.make(int(memory * self.turns.need(block_tokens)), block_tokens)
        holds: dict[int, bytes] = {}
        taken = [0] * turns.agents
        prompt = hits = foreign = 0
        for place, agent in enumerate(turns.line()):
            taken[agent] += 1
            segments = ((agent, turns.start), *((99 + turn, turns.grows) for turn in range(taken[agent])))
            visits = [segments]
            if turns.stranger:
                visits.append(((1000 + place, turns.stranger),))
            for text in visits:
                tokens = sum(n for _, n in text)
                keys, true = (keys_of(text, block_tokens, chained=how) for how in (chained, True))
                table, found = cache.acquire(keys, tokens)
                full = table.blocks[: len(true)]
                known = found // block_tokens
                foreign += block_tokens * sum(holds[b] != k for b, k in zip(full[:known], true, strict=False))
                holds.update(zip(full[known:], true[known:], strict=True))
                cache.publish(table, keys)
                cache.free(table)
                if text is segments:
                    prompt, hits = prompt + tokens, hits + found
        return {"hits": hits / prompt, "foreign": foreign / max(1, hits)}
