"""What a batcher gets out of a GPU that always has a full line before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from course.systems.serving.front_door import PLACES, Batcher, pass_ms


@dataclass(frozen=True)
class Rate:
    """Texts a second, texts a pass, and the share of what is computed that is padding."""

    texts_per_s: float
    batch: float
    padding: float


def saturated(batcher: Batcher, lengths: Sequence[int], *, packed: bool = False) -> Rate:
    """Run all texts of these lengths, with as many of them in line as there are places, in their order.

    ``packed``: a pass costs its texts, without padding.
    """
    coming, line = list(reversed(lengths)), list[tuple[int, float]]()
    took, passes, computed = 0.0, 0, 0
    while coming or line:
        while coming and len(line) < PLACES:
            line.append((coming.pop(), 0.0))
        batch = batcher.next_batch(line, took)
        if isinstance(batch, float):
            raise ValueError(f"a full line, and next_batch waits until {batch}: use a maximum wait of 0")
        chosen = set(batch)
        tokens = [line[index][0] for index in chosen]
        cost = sum(tokens) if packed else len(tokens) * max(tokens)
        line = [each for index, each in enumerate(line) if index not in chosen]
        took, passes, computed = took + pass_ms(cost), passes + 1, computed + cost
    return Rate(1000 * len(lengths) / took, len(lengths) / passes, 1 - sum(lengths) / computed)
