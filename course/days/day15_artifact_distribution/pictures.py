"""Day 15's pictures and lines: how a choice of chunks stretches a swarm, and what an insertion leaves."""

import random
from collections.abc import Callable, Mapping, Set
from functools import cache
from typing import Any

from course.notebook.predictions import Prediction
from course.systems.cluster.chunks import Chunk, Manifest, chunk_manifest, name_of, named, shared
from course.systems.cluster.swarm import next_chunk, order
from course.systems.simulate.swarm_run import Swarm, Swarmed

Pick = Callable[[Set[int], Set[int], Mapping[int, int], str], int | None]


def in_order(have: Set[int], offered: Set[int], copies: Mapping[int, int], machine: str) -> int | None:
    return min(offered - have, default=None)


def any_at_all(have: Set[int], offered: Set[int], copies: Mapping[int, int], machine: str) -> int | None:
    return min(offered - have, key=lambda chunk: order(machine, chunk), default=None)


def lowest_number(have: Set[int], offered: Set[int], copies: Mapping[int, int], machine: str) -> int | None:
    return min(offered - have, key=lambda chunk: (copies.get(chunk, 0), chunk), default=None)


CHOICES: Mapping[str, Pick] = {
    "rarest, equals in one's own order": next_chunk,
    "rarest, equals by number": lowest_number,
    "any": any_at_all,
    "in file order": in_order,
}


@cache
def swarmed(choice: str, lag: int = 1) -> Swarmed:
    """Forty machines with 48 chunks."""
    return Swarm(CHOICES[choice]).run(lag=lag)


def stretches() -> Any:
    """A function that draws how many times as long as one machine each choice takes."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(7.5, 3.8), dpi=80, layout="constrained")
        places = range(len(CHOICES))
        for offset, lag, color, label in (
            (-0.2, 1, "#12324d", "fresh counts"),
            (0.2, 10, "#c8690a", "ten steps old"),
        ):
            values = [swarmed(choice, lag).stretch for choice in CHOICES]
            axes.barh(
                [len(CHOICES) - 1 - at + offset for at in places],
                values,
                height=0.36,
                color=color,
                label=label,
            )
        prediction.mark(axes, "x")
        axes.axvline(1, color="#777777", linewidth=0.8)
        axes.set_yticks([*places], [*CHOICES][::-1])
        axes.set(xlabel="times as long as one machine alone, forty machines", xlim=(0, 5))
        axes.set_title("Everybody needs every chunk; the order decides", loc="left")
        axes.legend(frameon=False, loc="lower right")
        plt.show()

    return draw


def fixed(data: bytes, target: int) -> Manifest:
    """Cuts at every ``target`` bytes."""
    pieces = [(start, data[start : start + target]) for start in range(0, len(data), target)]
    chunks: list[Chunk] = [
        {"name": name_of(piece), "offset": start, "size": len(piece)} for start, piece in pieces
    ]
    return named(chunks)


def edits() -> None:
    """Print how much of half a megabyte an update leaves, with cuts at fixed places and with the finished ones."""
    draw, target = random.Random(15), 2048
    before = draw.randbytes(256 * target)
    print("bytes that stay       fixed  by content")
    for name, count, insert in (
        ("20 bytes overwritten", 20, False),
        ("1 byte inserted", 1, True),
        ("20 bytes inserted", 20, True),
        ("200 bytes inserted", 200, True),
    ):
        changed = bytearray(before)
        for _ in range(count):
            place = draw.randrange(len(changed))
            changed[place : place + (not insert)] = draw.randbytes(1)
        after = bytes(changed)
        pairs = [shared(cut(before), cut(after)) for cut in (lambda d: fixed(d, target), _by_content)]
        print(f"{name:<20}{pairs[0]:7.1%}{pairs[1]:12.1%}")


def _by_content(data: bytes) -> Manifest:
    return chunk_manifest(data, target=2048)
