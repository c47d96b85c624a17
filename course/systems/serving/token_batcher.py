"""Batches by tokens, padding included, under a maximum wait."""

import math
from collections.abc import Sequence

from course.systems.serving.errors import InvalidSetting


class TokenBatcher:
    """Say which of those who wait run now, in one pass, or when to ask again.

    A pass is a rectangle: as many rows as texts, each as long as the longest. `budget`: most
    tokens of a rectangle, padding included. `max_wait_ms`: for so long a text may be held back,
    so that a batch fills. `near`: whether texts ride with others of their length. Raises
    `InvalidSetting` for a budget below 1 or a wait that is not at least 0.
    """

    def __init__(self, budget: int, max_wait_ms: float, near: bool = False) -> None:
        if budget < 1 or not max_wait_ms >= 0:
            raise InvalidSetting(
                f"a budget of {budget} tokens and a wait of {max_wait_ms} ms: give at least 1 token and 0 ms"
            )
        self.budget, self.max_wait_ms, self.near = budget, max_wait_ms, near

    def next_batch(self, waiting: Sequence[tuple[int, float]], now_ms: float) -> list[int] | float:
        """Indices into `waiting` of the texts that run now, or the time in ms at which to ask again.

        `waiting` has a pair for each text that waits, (tokens, arrived_ms), in the order in which
        it is their turn; that need not be the order of their arrival. Texts are asked one after
        the other: in the order of the line, or with `near` by how far their length is from that
        of the first in line, of equal ones the earlier in line first. The first in line is always
        in the batch, even where it is larger than the budget alone. Each further one joins while
        the rectangle stays within the budget, which may be met exactly; with the first that does
        not fit it ends, and nobody behind that one is asked.

        The batch runs now if some text is left out, or if the rectangle uses the budget up. While a
        rest is left, however small, it is held: a text that comes later may have its turn before
        these. The batch also runs now if any of `waiting` has waited `max_wait_ms` or longer,
        whether it is in the batch or not. Otherwise return the earliest time at which one has,
        `arrived_ms + max_wait_ms`, a float; asked at exactly that time, it runs. Where nobody
        waits, return `math.inf`. Indices may come in any order; `waiting` stays as it was.
        Complexity: O(n), or O(n log n) with `near`.
        """
        if not waiting:
            return math.inf
        line = range(len(waiting))
        turns = sorted(line, key=lambda i: abs(waiting[i][0] - waiting[0][0])) if self.near else line
        batch: list[int] = []
        longest = 0
        for index in turns:
            rows, widest = len(batch) + 1, max(longest, waiting[index][0])
            if batch and rows * widest > self.budget:
                break
            batch.append(index)
            longest = widest
        due_ms = min(arrived_ms for _, arrived_ms in waiting) + self.max_wait_ms
        full = len(batch) < len(waiting) or len(batch) * longest >= self.budget
        return batch if full or now_ms >= due_ms else due_ms
