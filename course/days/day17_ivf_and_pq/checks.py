"""Day 17: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.checking.probes import Examination, Row, Step, calls, examine
from course.checking.subject import plain, there
from course.systems.search.ivf import IVFPQ
from course.systems.search.ivf_trial import CodeTrial, TableTrial
from course.systems.search.kmeans import kmeans
from course.systems.search.nearest import nearest, squared_distances
from course.systems.search.pq import PQ

Floats = NDArray[np.float64]


def _grid(draw: random.Random, n: int, dim: int, top: int = 9) -> Floats:
    """``n`` points with whole coordinates from 0 to ``top``: their distances are exact, and often equal."""
    return np.array([[draw.randint(0, top) for _ in range(dim)] for _ in range(n)], dtype=float).reshape(
        n, dim
    )


def _shown(name: str, rows: Any) -> str:
    """Rows of a few numbers, for the case."""
    if np.size(rows) > 12:
        return ""
    told = np.array2string(np.asarray(rows), precision=3, separator=", ")
    return f", {name} = {told.replace(chr(10), '')}"


def _cloud(draw: random.Random, n: int, dim: int) -> Floats:
    """``n`` points of which no two distances are equal."""
    return np.random.default_rng(draw.randrange(2**31)).normal(size=(n, dim))


# ── kmeans ──────────────────────────────────────────────────────────────────────────────────────────────


@examine(kmeans)
def check_kmeans(exam: Examination) -> None:
    draw = exam.draw

    def centroids(find: Any, *rows: tuple[Any, int], **named: Any) -> Iterator[Step]:
        for x, k in rows:
            row = Row(x, k, seed=draw.randrange(99), **named)
            yield from calls(find, row, as_="ndarray", note=_shown("x", x))

    def started(find: Any, x: Floats, k: int, fits: Callable[[list[int]], bool]) -> Iterator[Step]:
        """With the first seed from a drawn one on whose start rows ``fits`` likes."""
        seed = next(
            seed
            for seed in itertools.count(draw.randrange(99))
            if fits(np.random.default_rng(seed).choice(len(x), k, replace=False).tolist())
        )
        yield from calls(find, Row(x, k, seed=seed), as_="ndarray", note=_shown("x", x))

    @exam.claim("each centroid becomes the mean of its cell", "Which rows are in it?", weight=3)
    def means(find: Any) -> Iterator[Step]:
        yield from centroids(
            find, *[(_cloud(draw, n, dim), k) for n, dim, k in ((2, 1, 1), (3, 1, 2), (5, 1, 2), (6, 2, 2))]
        )
        yield from centroids(find, *[(_cloud(draw, n, 2), k) for n, k in ((8, 3), (13, 3), (13, 5))])

    @exam.claim("it starts from the rows that the generator chose", "rounds=0 shows them.", needs=means)
    def _(find: Any) -> Iterator[Step]:
        yield from centroids(find, *[(_cloud(draw, n, 2), k) for n, k in ((3, 2), (6, 4), (8, 8))], rounds=0)

    @exam.claim("it ends after the rounds that are allowed", "Count both steps as one round.", needs=means)
    def _(find: Any) -> Iterator[Step]:
        yield from centroids(find, (_cloud(draw, 6, 2), 2), rounds=1)
        for rounds in draw.sample((1, 2, 3), 3):
            yield from centroids(find, *[(_cloud(draw, 30, 2), k) for k in (3, 6)], rounds=rounds)

    @exam.claim("it ends when no row moves, and not before", "Look at every row.", weight=2, needs=means)
    def settles(find: Any) -> Iterator[Step]:
        yield from centroids(
            find, *[(_cloud(draw, exam.size(60), dim), k) for dim, k in ((1, 4), (2, 5), (4, 6))], rounds=200
        )
        yield from centroids(find, (_cloud(draw, exam.size(150), 2), 9))
        shift, wide = draw.randint(0, 9), draw.randint(1, 9)
        for spots, seed in (  # two rows change places: the cells keep their sizes
            ([[4, 6], [7, 0], [8, 1], [2, 6], [6, 0]], 6),
            ([[9, 8], [2, 6], [3, 3], [0, 2], [7, 4]], 8),
        ):
            x = shift + wide * np.array(spots, dtype=float)
            yield from calls(find, Row(x, 2, seed=seed), as_="ndarray", note=_shown("x", x))
        yield from centroids(
            find, (1e-5 * _cloud(draw, 60, 2), 5), (1e-5 * _cloud(draw, 90, 1), 6), rounds=200
        )

    @exam.claim("of equally near centroids the smaller number", "Whole numbers tie.", weight=2, needs=means)
    def _(find: Any) -> Iterator[Step]:
        for dim in (1, 2):
            rows = [np.array(draw.sample(range(12), 5), dtype=float)[:, None] for _ in range(4)]
            rows = rows if dim == 1 else [np.hstack([row, row[::-1]]) for row in rows]
            yield from centroids(find, *[(row, k) for row in rows for k in (2, 3)], rounds=3)

    @exam.claim("no cell stays empty", "Which row may move, and from where?", weight=3, needs=means)
    def filled(find: Any) -> Iterator[Step]:
        same = np.full((4, 1), float(draw.randint(1, 9)))
        yield from centroids(find, (same, 2), (same, 4), (np.hstack([same, same]), 3))
        for n, k in ((5, 3), (6, 4), (8, 5), (9, 7)):
            few = _grid(draw, 2, 1, 60)
            yield from centroids(find, (few[[draw.randrange(2) for _ in range(n)]], k), rounds=4)
            rows = np.vstack([np.repeat(_grid(draw, 1, 2, 60), n, axis=0), _grid(draw, 3, 2, 60)])
            yield from centroids(find, (rows[draw.sample(range(n + 3), n + 3)], k), rounds=4)
        slant, straight = draw.sample(range(40, 44), 2), [draw.choice((0, 50)), 0]
        for far in (slant, straight[::-1]), (straight, slant):
            rows = np.array([[0, 0]] * 5 + [[3, 0]] * 4 + [[46, 0], [40, 38], *far], dtype=float)
            yield from centroids(find, *[(rows, k) for k in (3, 4, 5, 6)], rounds=1)
        one = draw.randint(20, 60)
        pair = np.array([[one], [0], [0], [0], [0], [one + draw.randint(1, 4)]], dtype=float)
        yield from started(find, pair, 4, lambda start: 0 in start and 5 not in start)

    @exam.claim("a round ends when its empty cells are filled", "Then compare.", weight=2, needs=filled)
    def _(find: Any) -> Iterator[Step]:
        shift, wide = draw.randint(0, 9), draw.randint(1, 9)
        for spots, k, seed in (([12, 1, 0, 0, 12, 12], 3, 11), ([0, 8, 0, 8, 8, 0], 3, 10)):
            x = shift + wide * np.array(spots, dtype=float)[:, None]
            yield from calls(find, Row(x, k, seed=seed), as_="ndarray", note=_shown("x", x))

    @exam.claim("as many cells as rows, one cell, one row", "Nothing special happens.", needs=filled)
    def _(find: Any) -> Iterator[Step]:
        for n in (1, 2, 5):
            x = _cloud(draw, n, 2)
            yield from centroids(find, (x, 1), (x, n), (np.repeat(x, 2, axis=0), n + 1))

    @exam.claim("too few or too many cells are CellsDoNotFit", "k, then the rows.", needs=means)
    def _(find: Any) -> Iterator[Step]:
        x = _cloud(draw, 4, 2)
        rows = [(x, 0), (x, -2), (x, 5), (x, 60), (x[:0], 1), (x[:0], 0), (x, 4)]
        asked = [Row(x, k, seed=draw.randrange(99)) for x, k in draw.sample(rows, len(rows))]
        yield from calls(find, *asked, as_="ndarray")

    @exam.claim("vectors that lie close together, far from 0", "In float64.", needs=settles)
    def _(find: Any) -> Iterator[Step]:
        for dim in (
            1,
            1,
            2,
            2,
        ):  # whole numbers: squares are exact in float64, while float32 keeps every fourth number
            rows = np.array([draw.sample(range(60), 40) for _ in range(dim)], dtype=float).T
            yield from centroids(find, (2.0**25 + rows, 4), rounds=1)

    @exam.claim("whole numbers and float32 come in, float64 goes out", "Convert first.", needs=means)
    def _(find: Any) -> Iterator[Step]:
        whole = np.array([[draw.randint(-50, 200) for _ in range(2)] for _ in range(9)])
        fine = (1000 + _cloud(draw, 30, 3)).astype(np.float32)
        yield from centroids(find, (whole, 3), (fine, 4), (whole.tolist(), 2))


# ── PQ ──────────────────────────────────────────────────────────────────────────────────────────────────


def _said_type(codes: Any) -> str:
    """The type of the numbers of an array that came back."""
    return str(getattr(getattr(codes, "dtype", None), "name", "no array"))


@examine(PQ)
def check_codes(exam: Examination) -> None:
    draw = exam.draw

    def books(m: int, ks: int, wide: int, whole: bool = False) -> Floats:
        made = _grid(draw, m * ks, wide, 6) if whole else _cloud(draw, m * ks, wide)
        return made.reshape(m, ks, wide)

    def coded(Kind: Any, held: Floats, *rows: Any) -> Iterator[Step]:
        quantiser = Kind.of(held)
        for x in rows:
            note = _shown("x", x) + _shown("books", held)
            yield from calls(quantiser.encode, (x,), as_="ndarray", note=note)

    SIZES = ((1, 2, 1), (2, 2, 1), (2, 3, 2), (3, 4, 2), (4, 8, 1))

    @exam.claim("each part is the number of its nearest centroid", "Part by part.", weight=3)
    def nearest_of(Kind: Any) -> Iterator[Step]:
        for m, ks, wide in SIZES:
            held = books(m, ks, wide)
            yield from coded(Kind, held, *[_cloud(draw, n, m * wide) for n in (1, 2, 5)])

    @exam.claim("of equally near centroids the smaller number", "Whole numbers tie.", needs=nearest_of)
    def _(Kind: Any) -> Iterator[Step]:
        for m, ks, wide in SIZES[1:]:
            rows = _grid(draw, 9, m * wide, 6)
            yield from coded(Kind, books(m, ks, wide, whole=True), rows[:3], rows[3:])

    @exam.claim("codes are small: uint8, one a part", "Also for no rows.", needs=nearest_of)
    def _(Kind: Any) -> Iterator[Step]:
        for m, ks, wide in ((2, 2, 1), (3, 256, 1)):
            held = books(m, ks, wide)
            quantiser = Kind.of(held)
            for n in (0, 1, 4):
                codes = quantiser.encode(_cloud(draw, n, m * wide))
                yield (
                    f"{n} rows in {m} parts: shape and type",
                    [list(plain(codes, "ndarray").shape), _said_type(codes)],
                )
            yield from calls(quantiser.encode, (held[:, -1:].reshape(1, -1),), as_="ndarray")

    def tabled(Kind: Any, held: Floats, *queries: Any) -> Iterator[Step]:
        quantiser = Kind.of(held)
        for q in queries:
            note = _shown("q", q) + _shown("books", held)
            yield from calls(quantiser.tables, (q,), as_="ndarray", note=note)

    @exam.claim("a table holds each part's squared distances to its centroids", "All of them.", weight=3)
    def table(Kind: Any) -> Iterator[Step]:
        for m, ks, wide in SIZES:
            held = books(m, ks, wide)
            yield from tabled(Kind, held, *_cloud(draw, 2, m * wide))
            whole = books(m, ks, wide, whole=True)
            yield from tabled(Kind, whole, _grid(draw, 1, m * wide, 6)[0])

    @exam.claim("a table stays as it is when the next is made", "An array for each call.", needs=table)
    def _(Kind: Any) -> Iterator[Step]:
        trial, held = there(Kind, TableTrial)(Kind), books(2, 3, 2)
        found = plain(trial.held(held, *_cloud(draw, 2, 4)), "ndarray")
        for which, table in zip(("first", "second"), found, strict=True):
            yield f"two queries, one after the other: the table of the {which}", table

    @exam.claim(
        "added up along a code it is the distance to the decoded vector",
        "The query itself is not rounded.",
        weight=2,
        needs=table,
    )
    def _(Kind: Any) -> Iterator[Step]:
        for m, ks, wide in ((2, 4, 2), (4, 8, 3), (8, 16, exam.size(2))):
            quantiser = Kind.of(books(m, ks, wide))
            x, q = _cloud(draw, 6, m * wide), _cloud(draw, 1, m * wide)[0]
            codes = plain(quantiser.encode(x), "ndarray").astype(int)
            found = plain(quantiser.tables(q), "ndarray")
            decoded = plain(quantiser.decode(codes), "ndarray")
            for code, stands in zip(codes, decoded, strict=True):
                added = float(found[np.arange(m), code].sum())
                yield (
                    f"{m} parts of {wide}: sum along {code.tolist()} against the distance",
                    abs(added - float(((q - stands) ** 2).sum())) < 1e-9,
                )

    @exam.claim("many rows, and vectors far away", "As arrays.", needs=nearest_of)
    def _(Kind: Any) -> Iterator[Step]:
        held = books(4, 16, 2)
        yield from coded(Kind, held, _cloud(draw, exam.size(40), 8), 1000 + _cloud(draw, 3, 8))
        yield from tabled(Kind, held, 1000 + _cloud(draw, 1, 8)[0])

    @exam.claim("whole numbers and float32 come in", "Convert first.", needs=nearest_of)
    def _(Kind: Any) -> Iterator[Step]:
        held = books(2, 4, 2)
        whole = _grid(draw, 4, 4, 6).astype(np.int8) * np.int8(20)
        yield from coded(Kind, 100 * held, whole)
        yield from tabled(Kind, 100 * held, whole[0])
        fine = (1000 + _cloud(draw, 3, 4)).astype(np.float32)
        yield from coded(Kind, 1000 + held, fine)
        yield from tabled(Kind, 1000 + 100 * held, (1000 + 100 * _cloud(draw, 1, 4)[0]).astype(np.float32))

    @exam.claim("NotTrained first, then DimensionMismatch", "`checked` raises both.", needs=nearest_of)
    def _(Kind: Any) -> Iterator[Step]:
        bare, ready = Kind(2, 4), Kind.of(books(2, 4, 2))
        for rows in (_cloud(draw, 2, 3), _cloud(draw, 2, 4), _cloud(draw, 2, 8)):
            yield from calls(bare.encode, (rows,), (rows[:0],), as_="ndarray", note=", not trained")
            yield from calls(bare.tables, (rows[0],), as_="ndarray", note=", not trained")
            yield from calls(ready.encode, (rows,), as_="ndarray", note=", 4 dimensions")
            yield from calls(ready.tables, (rows[0],), as_="ndarray", note=", 4 dimensions")


# ── IVFPQ ───────────────────────────────────────────────────────────────────────────────────────────────

REACH = 16
"""The books of a check hold every whole number from −REACH to REACH − 1, so that coordinates from 0 to REACH − 1, and their
differences, are coded without loss: an answer does not depend on what is coded."""


WHOLE = np.arange(-REACH, REACH, dtype=float)[None, :, None]
Search = list[tuple[list[tuple[float, int]], list[list[int]], dict[str, int], list[list[int]]]]
"""For each search its hits, the ids that permission was asked for, call by call, what was counted, and the ids in each list afterwards."""
Ask = tuple[Floats, int, int, Sequence[int] | None]


class Small:
    """An index of whole vectors, the words for it, and the searches in it."""

    def __init__(self, draw: random.Random, n: int, cells: int, dim: int = 1) -> None:
        spots = draw.sample(range(REACH**dim), cells)
        self.dim, self.cells = dim, cells
        self.centroids = np.array([[float(spot // REACH**at % REACH) for at in range(dim)] for spot in spots])
        self.x = _grid(draw, n, dim, REACH - 1)
        self.ids = draw.sample(range(3 * n + 5), n)
        self.q = _grid(draw, 1, dim, REACH - 1)[0]

    def said(self, k: int, opened: int) -> str:
        """A search in words."""
        told = f"query {_spot(self.q)}, k {k}, {opened} of {self.cells} cells; "
        if len(self.ids) > 9:
            return f"{told}{len(self.ids)} vectors"
        shown = ", ".join(f"{name} at {_spot(row)}" for name, row in zip(self.ids, self.x, strict=True))
        return f"{told}centroids {', '.join(map(_spot, self.centroids))}; ids {shown or 'none'}"

    def full(self, opened: int, permitted: Sequence[int]) -> int:
        """How many of the ``opened`` lists hold an id that is permitted."""
        near = squared_distances(self.q[None], self.centroids)[0].argsort(kind="stable")[:opened].tolist()
        home = nearest(self.x, self.centroids).tolist()
        return len(
            {cell for cell, name in zip(home, self.ids, strict=True) if cell in near and name in permitted}
        )

    def run(self, trial: Any, *steps: tuple[Any, ...]) -> Any:
        """What the searches among ``steps`` give, ask and count."""
        books = np.repeat(WHOLE, self.dim, axis=0)
        return plain(trial.run(self.centroids, books, [("add", self.x, self.ids), *steps]), Search)

    def search(self, trial: Any, k: int, opened: int, permitted: Sequence[int] | None = None) -> Any:
        """What one search gives, asks and counts."""
        return self.run(trial, ("search", self.q, k, opened, permitted))[0]


def _spot(row: Any) -> str:
    return "/".join(str(int(each)) for each in row)


@examine(PQ, IVFPQ)
def check_search(exam: Examination) -> None:
    draw = exam.draw

    own = "your PQ codes and makes tables"

    @exam.claim(own, "Finish exercise 2 first.", weight=0)
    def _(Kind: Any, Index: Any) -> Iterator[Step]:
        quantiser = Kind.of(_cloud(draw, 8, 2).reshape(2, 4, 2))
        yield from calls(quantiser.encode, (_cloud(draw, 3, 4),), as_="ndarray")
        yield from calls(quantiser.tables, (_cloud(draw, 1, 4)[0],), as_="ndarray")

    def asked(Index: Any, *sizes: tuple[int, ...]) -> Iterator[Step]:
        """What is found by searches among n vectors in so many cells, with this k, and so many opened, in 1 or ``dim`` dimensions."""
        trial = there(Index, CodeTrial)(Index)
        for n, cells, k, opened, *dim in sizes:
            made = Small(draw, n, cells, *dim)
            yield made.said(k, opened), made.search(trial, k, opened)[0]

    @exam.claim(
        "with all cells open it finds the k nearest, by distance", "Look up, add up.", weight=3, needs=own
    )
    def finds(Kind: Any, Index: Any) -> Iterator[Step]:
        small = ((1, 1, 1, 1), (2, 1, 2, 1), (3, 1, 2, 1), (3, 2, 2, 2), (5, 2, 3, 2), (8, 3, 3, 3))
        yield from asked(Index, *small, (8, 3, 4, 3, 2), (exam.size(60), 6, 10, 6, 3))

    @exam.claim("what is coded is each vector or its residual", "One of the two, for every row.", needs=finds)
    def _(Kind: Any, Index: Any) -> Iterator[Step]:
        for n, cells, dim in ((1, 1, 1), (3, 2, 1), (5, 3, 2)):
            centroids = 1 + _grid(draw, cells, dim)
            index = Index.of(centroids, np.zeros((1, 2, dim)))
            x, home = _grid(draw, n, dim), np.array([draw.randrange(cells) for _ in range(n)])
            for _, rest in calls(index.rest, (x, home), as_="ndarray"):
                right = [x.tolist(), (x - centroids[home]).tolist()]
                told = getattr(rest, "tolist", lambda rest=rest: rest)()
                yield (
                    f"rest of {n} vectors in {cells} cells is the vectors, or what is left without the centroids",
                    told in right or told,
                )

    @exam.claim(
        "it opens the cells whose centroids are nearest", "By distance, not by list.", weight=2, needs=finds
    )
    def _(Kind: Any, Index: Any) -> Iterator[Step]:
        few = ((5, 2, 9, 1), (8, 3, 9, 1), (8, 4, 9, 2), (9, 4, 9, 3))
        flat = ((5, 2, 2, 1, 2), (8, 3, 2, 1, 2), (9, 4, 2, 2, 2))
        yield from asked(Index, *few, *flat, (exam.size(60), 8, 10, 3, 2))
        trial, made = there(Index, CodeTrial)(Index), Small(draw, 8, 4)
        queries = made.x[:2] = np.array([[0.0], [REACH - 1.0]])
        found = made.run(trial, *(("search", q, 9, 1, None) for q in queries))
        for (hits, *_), made.q in zip(found, queries, strict=True):
            yield f"two searches of one index: {made.said(9, 1)}", hits

    @exam.claim("equally near cells, equal distances: the smaller number", "Both orders.", needs=finds)
    def _(Kind: Any, Index: Any) -> Iterator[Step]:
        trial, q = there(Index, CodeTrial)(Index), np.array([7.0])
        for away in draw.sample(range(1, 7), 3):
            spots = [7 - away, 7 + away] if draw.random() < 0.5 else [7 + away, 7 - away]
            ids = draw.sample(range(20), 6)
            searches = ((3, 1), (4, 2), (6, 2))
            found = trial.run(
                np.array(spots, dtype=float)[:, None],
                WHOLE,
                [
                    ("add", np.array([7 - away, 7 + away] * 3, dtype=float)[:, None], ids),
                    *(("search", q, k, opened, None) for k, opened in searches),
                ],
            )
            for (k, opened), (hits, *_) in zip(searches, plain(found, Search), strict=True):
                yield (
                    f"query 7, k {k}, {opened} of 2 cells at {spots}; ids {ids} in turns at {7 - away} and {7 + away}",
                    hits,
                )

    @exam.claim("fewer than k, more than all cells, and none", "What is there is given.", needs=finds)
    def _(Kind: Any, Index: Any) -> Iterator[Step]:
        yield from asked(Index, (0, 2, 3, 2), (3, 2, 9, 9), (5, 3, 3, 60), (5, 3, 9, 1))
        trial, made = there(Index, CodeTrial)(Index), Small(draw, 5, 3)
        rows = draw.sample(((0, 2), (-1, 2), (2, 0), (3, -1)), 4)
        found = made.run(trial, *(("search", made.q, k, opened, [*range(99)]) for k, opened in rows))
        for (k, opened), (hits, questions, cost, _) in zip(rows, found, strict=True):
            yield f"k {k}, {opened} of 3 cells: hits, questions, counted", [hits, questions, cost]

    FILTERS = ((3, 1, 1, 1, 0.5), (5, 2, 2, 2, 0.5), (8, 3, 2, 2, 0.4), (8, 2, 3, 2, 0.0), (8, 2, 3, 2, 1.0))

    def filtered(Index: Any, *sizes: tuple[Any, ...]) -> Iterator[tuple[str, int, Any, Any]]:
        """A filtered search for each of ``sizes``, in words, how many of its lists hold what is permitted, and a plain search after it."""
        trial = there(Index, CodeTrial)(Index)
        for n, cells, k, opened, share, *dim in sizes:
            made = Small(draw, n, cells, *dim)
            permitted = [name for name in made.ids if draw.random() < share]
            told = permitted if n < 10 else f"{len(permitted)} ids"
            search = ("search", made.q, k, opened)
            one, two = made.run(trial, (*search, permitted), (*search, None))
            yield f"{made.said(k, opened)}; permitted {told}", made.full(opened, permitted), one, two

    @exam.claim(
        "only what is permitted is answered, and of that the k nearest",
        "Ask before you measure.",
        weight=2,
        needs=finds,
    )
    def only(Kind: Any, Index: Any) -> Iterator[Step]:
        for note, _, (hits, *_), _ in filtered(Index, *FILTERS, (exam.size(60), 5, 5, 4, 0.1)):
            yield note, hits

    @exam.claim("each opened list that holds something is asked about once", "And no other.", needs=only)
    def _(Kind: Any, Index: Any) -> Iterator[Step]:
        for note, _, (_, questions, *_), _ in filtered(Index, *FILTERS, (3, 4, 2, 4, 0.5)):
            yield f"{note}: ids asked for, call by call", sorted(sorted(ids) for ids in questions)

    @exam.claim("codes measured are counted, tables at most one a cell", "Not the forbidden.", needs=only)
    def _(Kind: Any, Index: Any) -> Iterator[Step]:
        sizes = (
            *FILTERS,
            (3, 4, 2, 4, 0.5),
            (4, 5, 2, 5, 1.0),
            (5, 2, 2, 2, 0.5, 2),
            (exam.size(40), 6, 3, 5, 0.3),
        )
        for note, most, (_, _, cost, _), (_, _, whole, _) in filtered(Index, *sizes):
            measured, tables = cost.get("measured", -1), cost.get("tables", -1)
            yield f"{note}: codes measured", measured
            yield f"{note}: tables, {min(1, most)} to {most}", min(1, most) <= tables <= most or tables
            yield f"{note}; then without a filter: codes measured by the two", whole.get("measured")

    @exam.claim("a search changes no list", "The next user sees other documents.", needs=only)
    def _(Kind: Any, Index: Any) -> Iterator[Step]:
        for note, _, (*_, held), (*_, after) in filtered(Index, *FILTERS):
            yield f"{note}: lists afterwards", held
            yield f"{note}; then without a filter: lists afterwards", after

    @exam.claim(
        "a distance is the one to what the code stands for",
        "Is the table that of the cell, and of the query as it is?",
        weight=3,
        needs=finds,
    )
    def _(Kind: Any, Index: Any) -> Iterator[Step]:
        trial = there(Index, CodeTrial)(Index)
        for n, cells, m, ks, wide in ((4, 1, 1, 2, 2), (6, 2, 2, 4, 1), (exam.size(30), 4, 4, 8, 2)):
            dim = m * wide
            centroids, queries = 3 * _cloud(draw, cells, dim), _cloud(draw, 2, dim)
            books = _cloud(draw, m * ks, wide).reshape(m, ks, wide)
            steps: list[tuple[Any, ...]] = [("add", 3 * _cloud(draw, n, dim), draw.sample(range(3 * n), n))]
            steps += [("search", q, n, cells, None) for q in queries]
            found = plain(trial.run(centroids, books, steps), Search)
            names, stand = trial.stands_for()
            for q, (hits, *_) in zip(queries, found, strict=True):
                far = dict(zip(names, ((np.asarray(stand) - q) ** 2).sum(axis=1).tolist(), strict=True))
                note = f"{n} vectors in {cells} cells, codes of {m} parts that lose something"
                yield f"{note}: ids answered", sorted(each for _, each in hits)
                off = [abs(distance - far.get(each, np.inf)) > 1e-9 for distance, each in hits]
                yield f"{note}: distances that are not those to what the code stands for", sum(off)
                yield f"{note}: nearest first", hits == sorted(hits)

    @exam.claim("vectors that come and go", "Ids are names, not places.", needs=finds)
    def _(Kind: Any, Index: Any) -> Iterator[Step]:
        trial = there(Index, CodeTrial)(Index)
        for n, cells in ((4, 2), (6, 3), (8, 3)):
            made = Small(draw, n, cells)
            gone, search = draw.sample(made.ids, n // 2), ("search", made.q, n, cells, None)
            back = made.x[[made.ids.index(each) for each in gone]]
            first, less, again, none = made.run(
                trial,
                search,
                ("remove", gone),
                search,
                ("add", back, gone),
                search,
                ("remove", made.ids),
                search,
            )
            note = made.said(n, cells)
            yield f"{note}; once {gone} are removed", less[0]
            yield f"{note}; once they are back, as before", again[0] == first[0] or again[0]
            yield f"{note}; once all are removed", none[0]

    @exam.claim("before training there is nothing to search", "NotTrained.", needs=finds)
    def _(Kind: Any, Index: Any) -> Iterator[Step]:
        for k, opened in ((3, 2), (0, 0)):
            search = Index(2, 1, 2).adc_search
            yield from calls(search, (np.zeros(2), k, opened), as_=list, note=", not trained")
