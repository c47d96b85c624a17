"""How much of a file an update leaves as it was, by a way of cutting it."""

import random
from collections.abc import Callable
from typing import Any

from course.systems.cluster.chunks import shared


class Reuse:
    """A file of :data:`CHUNKS` chunks, and the same after insertions of a few bytes each, at drawn places."""

    CHUNKS, TARGET, SEED = 256, 512, 15

    def __init__(self, cut: Callable[..., Any]) -> None:
        self.cut = cut

    def after(self, insertions: int) -> float:
        """The share of bytes whose chunks the file had before."""
        draw = random.Random(self.SEED)
        before = draw.randbytes(self.CHUNKS * self.TARGET)
        changed = bytearray(before)
        for _ in range(insertions):
            place = draw.randrange(len(changed))
            changed[place:place] = draw.randbytes(5)
        return shared(self.cut(before, target=self.TARGET), self.cut(bytes(changed), target=self.TARGET))
