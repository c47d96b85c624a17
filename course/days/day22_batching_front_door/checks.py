"""Day 22: what a right answer shows. TODO a claim's probe yields what it sees; the library's answer is expected."""

import random
from collections.abc import Iterator
from typing import Any

from course.checking.probes import Examination, Step, calls, examine, growth
from course.systems.serving.day22_example import batches, waste


def _sizes(draw: random.Random, n: int) -> list[int]:
    return [draw.randint(1, 10) for _ in range(n)]


@examine(batches)
def check_batches(exam: Examination) -> None:
    draw = exam.draw

    @exam.claim("sizes fill batches in their order", "One pass, no sorting.", weight=2)
    def packed(pack: Any) -> Iterator[Step]:
        sizes = (1, 2, 2, 3, 3, 4, 5, 8, exam.size(200))
        yield from calls(pack, *[(_sizes(draw, n), draw.randint(10, 20)) for n in sizes], as_=list[list[int]])

    @exam.claim("a batch may be exactly full", "At most, not below.")
    def _(pack: Any) -> Iterator[Step]:
        firsts = draw.sample(range(1, 10), 4)
        yield from calls(pack, *[([n, 10 - n, draw.randint(1, 9)], 10) for n in firsts], as_=list[list[int]])

    @exam.claim("a size of no use, or that can never fit, is refused", "Check at the door.", needs=packed)
    def _(pack: Any) -> Iterator[Step]:
        good, limit = _sizes(draw, 2), draw.randint(10, 20)
        bad = (limit + 1, 0, -1)
        yield from calls(pack, *[([*good, size], limit) for size in (limit, *bad)], as_=list[list[int]])

    @exam.claim("no sizes make no batches", "What is there to pack?", needs=packed)
    def _(pack: Any) -> Iterator[Step]:
        yield from calls(pack, ([], draw.randint(10, 20)), as_=list[list[int]])

    @exam.claim("the work is one pass", "What do you know of the batch that is open?", needs=packed)
    def _(pack: Any) -> Iterator[Step]:
        yield from growth("batches", lambda n: (pack, [(_sizes(draw, n), 10**6)] * 3), at=50, most=1.3)


@examine(waste)
def check_waste(exam: Examination) -> None:
    draw = exam.draw

    def some(n: int) -> tuple[list[list[int]], int]:
        limit = draw.randint(20, 40)
        return [_sizes(draw, draw.randint(1, 2)) for _ in range(n)], limit

    @exam.claim("the share is empty room over all room", "The last batch's room was taken too.", weight=2)
    def share(wasted: Any) -> Iterator[Step]:
        yield from calls(wasted, *[some(n) for n in (1, 1, 2, 2, 3, 5, exam.size(100))], as_=float)

    @exam.claim("a full batch wastes nothing", "Count what is used.", needs=share)
    def _(wasted: Any) -> Iterator[Step]:
        yield from calls(wasted, ([[20]], 20), ([[12, 8], [20]], 20), ([[20], [10]], 20), as_=float)

    @exam.claim("a batch over its limit is refused", "Check before you count.", needs=share)
    def _(wasted: Any) -> Iterator[Step]:
        packed, limit = some(2)
        yield from calls(wasted, (packed, limit), ([*packed, [limit, 1]], limit), as_=float)

    @exam.claim("no batches waste nothing", "What is the share of nothing?", needs=share)
    def _(wasted: Any) -> Iterator[Step]:
        yield from calls(wasted, ([], draw.randint(20, 40)), as_=float)
