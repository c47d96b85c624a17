"""Day 15: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import hashlib
from collections.abc import Iterator
from typing import Any

from course.checking.probes import Examination, Row, Step, calls, examine, growth
from course.checking.subject import plain
from course.systems.cluster.broadcast import MIB, broadcast_plan
from course.systems.cluster.chunks import chunk_manifest
from course.systems.cluster.swarm import next_chunk

MACHINES = ("a", "b", "gpu-7", "gpu-07", "", "é")


def _kind(name: str, piece: bytes) -> str:
    """What the name of a chunk is made of."""
    right = hashlib.sha256(piece).hexdigest()
    ways = {
        "its bytes": right,
        "its bytes without the last": hashlib.sha256(piece[:-1]).hexdigest(),
        "its bytes, in capitals": right.upper(),
        "its bytes, cut short": right[: len(name)],
    }
    return next((how for how, made in ways.items() if made == name), "something else")


def _begins(chunks: list[dict[str, Any]]) -> list[str]:
    """Where chunks begin, seen from the end of the one before."""
    if len(chunks) > 1 and [each["offset"] for each in chunks] == [*range(len(chunks))]:
        return ["at its number in the list"]
    ends = [0, *(each["offset"] + each["size"] for each in chunks)]
    ways = {0: "where the one before ends", 1: "a byte later", -1: "a byte earlier"}
    gaps = [each["offset"] - end for each, end in zip(chunks, ends, strict=False)]
    return sorted({ways.get(gap, "elsewhere") for gap in gaps})


def _ends(chunks: list[dict[str, Any]], size: int) -> str:
    """Where the last chunk ends, seen from the end of a file."""
    end = chunks[-1]["offset"] + chunks[-1]["size"] if chunks else 0
    return "where the data end" if end == size else "before the data end" if end < size else "after the data"


def _below(sizes: list[int], target: int) -> str:
    """By how much the smallest chunk is too small; the last one may be."""
    if not all(sizes):
        return "one has no bytes"
    least = min(sizes[:-1], default=target)
    return "none" if least >= target // 4 else "one, by a byte" if least == target // 4 - 1 else "some"


def _above(sizes: list[int], target: int) -> str:
    """By how much the largest chunk is too large."""
    over = max(sizes, default=0) - 4 * target
    if over <= 1:
        return "one, by a byte" if over == 1 else "none"
    return "some, twice over at most" if over <= 4 * target else "some, and nothing bounds them"


# ── chunk_manifest ──────────────────────────────────────────────────────────────────────────────────────


@examine(chunk_manifest)
def check_manifest(exam: Examination) -> None:
    draw = exam.draw

    def cut(chunk: Any, data: bytes, target: int) -> tuple[list[dict[str, Any]], str]:
        found = plain(chunk(data, target=target), dict[str, Any])
        return [dict(each) for each in found["chunks"]], str(found["name"])

    def told(data: bytes) -> str:
        return f"{len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()[:6]}…" if data else "no bytes"

    def files() -> list[bytes]:
        text = draw.randbytes(draw.randint(300, 900))
        return [
            bytes(exam.size(1500)),
            draw.randbytes(exam.size(3000)),
            text * 4,
            bytes([draw.randrange(256)]) * 777,
        ]

    @exam.claim(
        "the chunks are the data, in order, each byte once", "Where does the next one begin?", weight=3
    )
    def whole(chunk: Any) -> Iterator[Step]:
        for data in (draw.randbytes(1), draw.randbytes(500), *files()):
            chunks, _ = cut(chunk, data, 64)
            yield f"{told(data)}: every chunk begins", _begins(chunks)
            yield f"{told(data)}: the last one ends", _ends(chunks, len(data))

    @exam.claim("a chunk's name is the SHA-256 of its bytes", "In hexadecimal digits.", weight=2, needs=whole)
    def names(chunk: Any) -> Iterator[Step]:
        for data in files():
            chunks, _ = cut(chunk, data, 128)
            pieces = [data[each["offset"] : each["offset"] + each["size"]] for each in chunks]
            told_as = [_kind(each["name"], piece) for each, piece in zip(chunks, pieces, strict=True)]
            yield f"{told(data)}: each name is that of", sorted(set(told_as))
            once = len({*pieces}) == len({each["name"] for each in chunks})
            yield f"{told(data)}: equal chunks have one name", once

    @exam.claim(
        "the manifest is named by its chunks' names, in order", "One after the other, hashed.", needs=names
    )
    def _(chunk: Any) -> Iterator[Step]:
        for data in files():
            chunks, name = cut(chunk, data, 128)
            listed = [each["name"] for each in chunks]
            ways = {"the names in order": listed, "the names sorted": sorted(listed)}
            made = {how: hashlib.sha256("".join(names).encode()).hexdigest() for how, names in ways.items()}
            made["the bytes of the file"] = hashlib.sha256(data).hexdigest()
            came = [how for how, digest in made.items() if digest == name]
            yield f"{told(data)}: the whole is named by", came[0] if came else "something else"

    @exam.claim(
        "no chunk but the last is below a quarter of the target",
        "Nor above four times it.",
        weight=2,
        needs=whole,
    )
    def _(chunk: Any) -> Iterator[Step]:
        for data in (*files(), draw.randbytes(30_000)):
            for target in (64, draw.randint(65, 300)) if len(data) < 30_000 else (64,):
                chunks, _ = cut(chunk, data, target)
                sizes = [each["size"] for each in chunks]
                yield f"{told(data)}, target {target}: too small", _below(sizes, target)
                yield f"{told(data)}, target {target}: too large", _above(sizes, target)

    @exam.claim("equal data gives an equal manifest", "On any machine, at any time.", needs=whole)
    def _(chunk: Any) -> Iterator[Step]:
        some = [draw.randbytes(draw.randint(200, 300)) for _ in range(12)]
        first = [cut(chunk, data, 64) for data in some]
        again = [cut(chunk, bytes(bytearray(data)), 64) for data in reversed(some)]
        yield f"{len(some)} files, cut, and cut again in another order: the same", first == again[::-1]
        data = some[0] * 3
        cut(chunk, data, 64)
        yield (
            f"{told(data)}, cut at 64 and then at 300: too small",
            _below([each["size"] for each in cut(chunk, data, 300)[0]], 300),
        )

    @exam.claim("empty data has no chunks", "And a name all the same.", needs=names)
    def _(chunk: Any) -> Iterator[Step]:
        chunks, name = cut(chunk, b"", draw.randint(64, 500))
        yield "chunks of no bytes", chunks
        yield "the name of no chunks", name

    @exam.claim("a target below 64 is BadTarget", "Before anything else.", needs=whole)
    def _(chunk: Any) -> Iterator[Step]:
        rows = [Row(data, target=target) for data in (b"", b"abc") for target in (63, 1, 0, -5)]
        yield from calls(chunk, *draw.sample(rows, 5))

    @exam.claim("the work is one pass over the bytes", "Each byte is looked at once.", needs=whole)
    def _(chunk: Any) -> Iterator[Step]:
        data = {n: draw.randbytes(n) for n in (256, 512, 1024, 2048)}

        def larger(n: int) -> tuple[Any, list[Row]]:
            return chunk, [Row(data[n], target=n // 8)]

        yield from growth("chunk_manifest of n bytes, its target an eighth of them", larger, at=512, most=1.3)

        def more(n: int) -> tuple[Any, list[Row]]:
            return chunk, [Row(data[n], target=64)]

        yield from growth("chunk_manifest of n bytes, its target 64", more, at=256, most=1.3)


# ── next_chunk ──────────────────────────────────────────────────────────────────────────────────────────


@examine(next_chunk)
def check_next(exam: Examination) -> None:
    draw = exam.draw

    def row(n: int, *, copies: int = 4, known: float = 1.0, mine: float = 0.4) -> tuple[Any, ...]:
        chunks = draw.sample(range(3 * n + 3), n)
        have = {chunk for chunk in chunks if draw.random() < mine}
        counted = {chunk: draw.randint(0, copies) for chunk in chunks if draw.random() < known}
        return have, set(chunks), counted, draw.choice(MACHINES)

    @exam.claim(
        "of what is offered and missing, the one with the fewest copies",
        "What would nobody else miss first?",
        weight=3,
    )
    def rarest(pick: Any) -> Iterator[Step]:
        rows = []
        for n in (1, 2, 3, 5, 8, 8, 13):
            chunks = draw.sample(range(40), n)
            counts = draw.sample(range(1, 40), n)
            have = set(draw.sample(chunks, n // 3))
            rows.append((have, set(chunks), dict(zip(chunks, counts, strict=True)), draw.choice(MACHINES)))
        yield from calls(pick, *rows)

    @exam.claim(
        "a chunk that the counts do not name has no copies", "None is fewer than one.", weight=2, needs=rarest
    )
    def _(pick: Any) -> Iterator[Step]:
        rows = [row(n, known=0.6, mine=0.2) for n in (2, 3, 5, 8, 8)]
        rows += [({7}, {7, 8, 9}, {8: 1}, "a"), (set(), {3, 4}, {}, draw.choice(MACHINES))]
        yield from calls(pick, *draw.sample(rows, len(rows)))

    @exam.claim(
        "equals are taken in the machine's own order",
        "`order(machine, chunk)`, the least.",
        weight=3,
        needs=rarest,
    )
    def _(pick: Any) -> Iterator[Step]:
        rows = [row(n, copies=1) for n in (3, 5, 8, 13)]
        chunks = set(draw.sample(range(60), 9))
        rows += [(set(), chunks, dict.fromkeys(chunks, 2), machine) for machine in draw.sample(MACHINES, 4)]
        yield from calls(pick, *rows)

    @exam.claim("nothing offered that is missing: None", "Have it all, or nobody offers.", needs=rarest)
    def _(pick: Any) -> Iterator[Step]:
        some = set(draw.sample(range(20), 4))
        rows = [
            (some, set(), {}, "a"),
            (set(), set(), {1: 2}, "b"),
            (some, set(some), dict.fromkeys(some, 1), "a"),
        ]
        rows += [(set(), {0}, {0: 9}, "a"), (some, {*some, 99}, {99: 5}, "b")]
        yield from calls(pick, *draw.sample(rows, len(rows)))

    @exam.claim("chunk 0 is a chunk, and a count of 0 is a count", "Zero is not nothing.", needs=rarest)
    def _(pick: Any) -> Iterator[Step]:
        n = draw.randint(2, 6)
        rows = [
            (set(), {0, n}, {0: 1, n: 3}, "a"),
            (set(), {n, n + 1}, {n: 0, n + 1: 1}, "b"),
            ({n}, {0, n}, {0: 4, n: 0}, "a"),
        ]
        yield from calls(pick, *rows)

    @exam.claim("counts of what is not offered do not matter", "Only what one can get.", needs=rarest)
    def _(pick: Any) -> Iterator[Step]:
        rows = []
        for n in (3, 5, 8):
            have, offered, counted, machine = row(n, copies=6, mine=0.2)
            rows.append((have, offered, {**counted, **dict.fromkeys(range(200, 206), 0)}, machine))
        yield from calls(pick, *rows)

    @exam.claim("many chunks", "Once over what is offered.", needs=rarest)
    def many(pick: Any) -> Iterator[Step]:
        yield from calls(pick, *[row(exam.size(60), copies=3) for _ in range(4)])

    @exam.claim("the work is one pass over what is offered", "No sort is needed for one.", needs=many)
    def _(pick: Any) -> Iterator[Step]:
        def at(n: int) -> tuple[Any, list[tuple[Any, ...]]]:
            offered = set(range(n))
            return pick, [({0}, offered, {chunk: chunk % 5 + 1 for chunk in offered}, "a")] * 3

        yield from growth("next_chunk of n offered", at, at=30, most=1.25)

        def having(n: int) -> tuple[Any, list[tuple[Any, ...]]]:
            offered = set(range(n))
            return pick, [(set(range(n, 2 * n)), offered, {chunk: n - chunk for chunk in offered}, "a")] * 3

        yield from growth("next_chunk of n offered to a machine that has n others", having, at=30, most=1.3)

        def counted(n: int) -> tuple[Any, list[tuple[Any, ...]]]:
            return pick, [({1}, {1, 2, 3}, dict.fromkeys(range(n), 2), "a")] * 3

        yield from growth("next_chunk of 3 offered, with n counts known", counted, at=60, most=0.4)


# ── broadcast_plan ──────────────────────────────────────────────────────────────────────────────────────


@examine(broadcast_plan)
def check_plan(exam: Examination) -> None:
    draw = exam.draw

    def plans(make: Any, *rows: tuple[tuple[Any, ...], dict[str, Any]]) -> Iterator[Step]:
        yield from calls(make, *[Row(*given, **named) for given, named in rows], as_=dict[str, Any])

    def one(
        size: int, machines: int, chunk: int, fanout: int, **rates: float
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """A question with one plan to choose from."""
        given = {"ingress": 100.0, "link": 250.0, "per_chunk": 0.0, **rates}
        return (size, machines), {**given, "chunks": (chunk,), "fanouts": (fanout,)}

    @exam.claim(
        "a chain: one chunk after the other, and the way of the last",
        "Fill the pipe, then empty it.",
        weight=2,
    )
    def chain(make: Any) -> Iterator[Step]:
        rows = [one(8 * n, machines, 8, 1) for n, machines in ((1, 1), (1, 2), (4, 1), (4, 3), (5, 8))]
        rows.append(one(8 * draw.randint(6, 40), draw.randint(5, 30), 8, 1))
        yield from plans(make, *draw.sample(rows, len(rows)))

    @exam.claim(
        "the depth of a tree whose root alone is fed", "1, 1 + f, 1 + f + f², …", weight=2, needs=chain
    )
    def tree(make: Any) -> Iterator[Step]:
        rows = [
            one(800, machines, 8, fanout, link=1e9)
            for machines, fanout in ((2, 2), (3, 2), (4, 2), (7, 2), (8, 2), (13, 3), (14, 3))
        ]
        rows.append(one(800, draw.randint(20, 300), 8, draw.choice((2, 3, 4)), link=1e9))
        yield from plans(make, *draw.sample(rows, len(rows)))

    @exam.claim(
        "a step is as slow as its slowest link",
        "A machine's link is shared by its fanout.",
        weight=2,
        needs=tree,
    )
    def _(make: Any) -> Iterator[Step]:
        rows = [
            one(800, 20, 8, fanout, link=link)
            for fanout, link in ((2, 100.0), (3, 400.0), (4, 300.0), (1, 50.0), (8, 250.0))
        ]
        rows += [one(800, machines, 8, 4, link=100.0) for machines in (1, 2, 3)]
        yield from plans(make, *draw.sample(rows, len(rows)))

    @exam.claim("what a chunk costs on top is paid at every step", "Whatever its size.", needs=chain)
    def _(make: Any) -> Iterator[Step]:
        rows = [
            one(800, 9, chunk, fanout, link=link, per_chunk=draw.choice((0.5, 0.125)))
            for chunk in (4, 16)
            for fanout in (1, 2)
            for link in (250.0, 40.0)
        ]
        yield from plans(make, *rows)

    @exam.claim("the last chunk counts as a whole one", "Rounded up.", needs=chain)
    def _(make: Any) -> Iterator[Step]:
        rows = [one(size, 3, 8, 1) for size in (1, 7, 8, 9, 15, 17, 8 * 9 + draw.randint(1, 7))]
        yield from plans(make, *draw.sample(rows, len(rows)))

    @exam.claim("the fastest of all", "Every size with every fanout.", weight=2, needs=tree)
    def _(make: Any) -> Iterator[Step]:
        rows = []
        for _ in range(5):
            given = (draw.randint(10**4, 10**6), draw.randint(2, 400))
            rates = {
                "ingress": draw.choice((50.0, 100.0)),
                "link": draw.choice((100.0, 300.0)),
                "per_chunk": draw.choice((0.0, 0.25)),
            }
            rows.append((given, {**rates, "chunks": (64, 256, 1024), "fanouts": (1, 2, 3, 4)}))
        rows.append(((500 * 10**9, 1000), {"ingress": 1.25e9, "link": 3.125e9, "per_chunk": 0.005}))
        rows.append(((draw.randint(1, 50) * MIB, 7), {"ingress": 1e6, "link": 1e6}))
        few = {"ingress": 100.0, "link": 250.0, "per_chunk": float(draw.randint(1, 4))}
        rows.append(((draw.randint(9, 15), 3), {**few, "chunks": (8, 16), "fanouts": (1, 2)}))
        together = {"ingress": 100.0, "link": 100.0, "per_chunk": 0.125}
        rows.append(((1000, 50), {**together, "chunks": (4, 16, 64), "fanouts": (1, 2, 3, 4)}))
        yield from plans(make, *rows)

    @exam.claim(
        "of equally fast plans the larger chunk, then the smaller fanout", "In this order.", needs=tree
    )
    def _(make: Any) -> Iterator[Step]:
        rows = []
        for machines in (1, 2):
            rows.append(
                ((64, machines), {"ingress": 64.0, "link": 1e9, "chunks": (8, 64, 16), "fanouts": (4, 1, 2)})
            )
            rows.append(
                ((1000, machines), {"ingress": 100.0, "link": 1e9, "chunks": (10, 20), "fanouts": (3, 2)})
            )
        equal = {"ingress": 64.0, "link": 64.0, "per_chunk": 0.25}
        rows.append(((96, 9), {**equal, "chunks": [8, 32], "fanouts": [2, 1]}))
        rows.append(((96, 9), {**equal, "chunks": [32, 8], "fanouts": [1, 2]}))
        yield from plans(make, *draw.sample(rows, len(rows)))

    @exam.claim("NoLink, then NoMachines", "In this order.", needs=chain)
    def _(make: Any) -> Iterator[Step]:
        rows = [
            one(80, machines, 8, 1, **rates)
            for machines, rates in (
                (0, {"ingress": 0.0}),
                (3, {"link": -1.0}),
                (0, {"link": 0.0}),
                (0, {}),
                (-2, {}),
            )
        ]
        rows += [one(80, 3, 8, 1, link=float("nan")), one(80, 1, 8, 1), one(0, 3, 8, 1)]
        rows.append(one(80, 3, 8, 1, ingress=-2.0, link=-1.0))
        yield from plans(make, *draw.sample(rows, len(rows)))
