"""Day 3: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import math
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from course.checking.probes import Examination, Step, calls, examine, growth, raised, script
from course.checking.subject import each, plain
from course.systems.cluster.hot_keys import SpaceSaving
from course.systems.cluster.ranges import RangeMap
from course.systems.cluster.sketch import CountMinSketch


def _keys(draw: random.Random, n: int) -> list[str]:
    """Different keys: some that sort by more than their first letter, one empty, one beyond ASCII, two that differ in case."""
    odd = ["", "ключ", "Room", "room", "room\0", "room "]
    plain_ones = [f"{draw.choice('abxz')}{number}" for number in draw.sample(range(10**4), n)]
    return draw.sample([*plain_ones, *draw.sample(odd, min(n, 2))], n)


def _stream(draw: random.Random, length: int, keys: list[str], skew: float = 1.0) -> list[str]:
    """``length`` keys, the first ones more often."""
    return draw.choices(keys, [1 / (place + 1) ** skew for place in range(len(keys))], k=length)


def _told(keys: Iterable[str]) -> str:
    keys = list(keys)
    return " ".join(map(repr, keys)) if len(keys) < 9 else f"{len(keys)} keys"


def _read(subject: Any, after: str, **attributes: Any) -> Iterator[Step]:
    """What the attributes of ``subject`` hold, each of its type."""
    yield from script(*[(f"{name} after {after}", subject, name) for name in attributes], as_=attributes)


# ── CountMinSketch ──────────────────────────────────────────────────────────────────────────────────────


def _state(sketch: Any, after: str) -> Iterator[Step]:
    yield from _read(sketch, after, table=list[list[int]], total=int)


def _few_cells(draw: random.Random, width: int, depth: int) -> Callable[[str], list[int]]:
    """A `cells` with cells of its own."""
    known: dict[str, list[int]] = {}
    return lambda key: known.setdefault(key, [draw.randrange(width) for _ in range(depth)])


@examine(CountMinSketch)
def check_sketch(exam: Examination) -> None:
    draw = exam.draw

    def made(Sketch: Any, width: int, depth: int, **more: Any) -> tuple[Any, str]:
        seed = draw.randrange(1000)
        extra = "".join(f", {name}={value!r}" for name, value in more.items())
        return Sketch(
            width, depth, seed=seed, **more
        ), f"CountMinSketch({width}, {depth}, seed={seed}{extra})"

    @exam.claim("a key is counted in its cell of every row, and in the total", "One cell a row.", weight=2)
    def counted(Sketch: Any) -> Iterator[Step]:
        for width, depth, n in ((4, 1, 1), (4, 2, 2), (3, 3, 4), (50, 4, exam.size(60))):
            sketch, name = made(Sketch, width, depth)
            keys = _stream(draw, n, _keys(draw, max(1, n // 2)))
            each(sketch.add, keys)
            yield from _state(sketch, f"add of {_told(keys)} to {name}")

    @exam.claim("a count above 1 adds as much", "Use `count`.", needs=counted)
    def _(Sketch: Any) -> Iterator[Step]:
        for n in (1, 3):
            sketch, name = made(Sketch, 5, 2)
            rows = [(key, draw.choice((2, 3, 7, 10**3))) for key in _keys(draw, n)]
            each(sketch.add, rows)
            told = ", ".join(f"add({key!r}, {count})" for key, count in rows)
            yield from _state(sketch, f"{told} to {name}")

    @exam.claim("an estimate is the least of a key's cells", "Others only add.", weight=2, needs=counted)
    def estimated(Sketch: Any) -> Iterator[Step]:
        for width, depth, n in ((2, 1, 3), (2, 3, 4), (3, 2, 8), (3, 4, 12), (40, 4, exam.size(200))):
            keys = _keys(draw, max(2, n // 2))
            sketch, name = made(Sketch, width, depth, salt=draw.choice((b"", b"vault")))
            rows = [(key, draw.choice((1, 1, 2, 5))) for key in _stream(draw, n, keys)]
            each(sketch.add, rows)
            asked = [*keys[:6], *(f"never {number}" for number in range(2))]
            note = f", {name} after {_told(key for key, _ in rows)}"
            yield from calls(sketch.estimate, *[(key,) for key in asked], as_=int, note=note)

    @exam.claim("an estimate changes nothing", "It only looks.", needs=estimated)
    def _(Sketch: Any) -> Iterator[Step]:
        sketch, name = made(Sketch, 50, 3)
        keys = _keys(draw, 3)
        each(sketch.add, keys)
        each(sketch.estimate, [*keys, *(f"never {number}" for number in range(5))])
        yield from _state(sketch, f"add of {_told(keys)} to {name}, and estimates of these and of others")

    @exam.claim("cells are those that self.cells says", "Ask self.cells(key).", needs=estimated)
    def _(Sketch: Any) -> Iterator[Step]:
        for width, depth in ((2, 2), (4, 3)):
            sketch, name = made(Sketch, width, depth)
            sketch.cells = _few_cells(draw, width, depth)
            keys = _keys(draw, 5)
            each(sketch.add, _stream(draw, 12, keys))
            yield from _state(sketch, f"12 adds to {name}, where `cells` was replaced")
            note = ", where `cells` was replaced"
            yield from calls(sketch.estimate, *[(key,) for key in keys], as_=int, note=note)

    @exam.claim(
        "a merged sketch has seen both streams, and the other stays", "Cell by cell.", weight=2, needs=counted
    )
    def merged(Sketch: Any) -> Iterator[Step]:
        for width, depth, n in ((2, 1, 2), (3, 2, 4), (30, 4, exam.size(80))):
            seed, salt, keys = draw.randrange(100), draw.choice((b"", b"s")), _keys(draw, max(2, n // 2))
            one, two = (Sketch(width, depth, seed=seed, salt=salt) for _ in range(2))
            streams = [_stream(draw, draw.randrange(n, 2 * n), keys) for _ in range(2)]
            each(one.add, streams[0])
            each(two.add, streams[1])
            one.merge(two)
            where = f"one ({_told(streams[0])}) merged two ({_told(streams[1])}), {depth} rows of {width}"
            yield from _state(one, where)
            yield from _state(two, f"{where}: the other")
            two.add(keys[0])
            yield from _state(one, f"{where}, and two was added to")

    @exam.claim("a sketch merged into an empty one is not shared", "Cells, not rows.", needs=merged)
    def _(Sketch: Any) -> Iterator[Step]:
        for n in (1, 4):
            one, two = Sketch(3, 2), Sketch(3, 2)
            keys = _keys(draw, n)
            each(two.add, keys)
            one.merge(two)
            one.add(keys[0])
            yield from _state(two, f"an empty one merged it ({_told(keys)}) and added {keys[0]!r}")
            each(two.add, keys)
            yield from _state(one, "all those, and the merged one added its keys again")

    @exam.claim("a sketch may be merged with itself", "Its stream counts twice.", needs=merged)
    def _(Sketch: Any) -> Iterator[Step]:
        for n in (1, 6):
            sketch, name = made(Sketch, 3, 2)
            keys = _stream(draw, n, _keys(draw, 3))
            each(sketch.add, keys)
            sketch.merge(sketch)
            yield from _state(sketch, f"{name} with {_told(keys)} merged with itself")

    @exam.claim("a count below 1 is refused, and nothing changes", "Check first.", needs=counted)
    def _(Sketch: Any) -> Iterator[Step]:
        sketch, name = made(Sketch, 3, 2)
        one, two = _keys(draw, 2)
        sketch.add(one, 3)
        rows = [(one, 0), (two, -1), (one, -draw.randrange(2, 9)), (two, 1)]
        yield from calls(sketch.add, *rows, note=f", {name} after add({one!r}, 3)")
        yield from _state(sketch, "those calls")

    @exam.claim("unlike sketches are refused, and nothing changes", "All four must be equal.", needs=merged)
    def _(Sketch: Any) -> Iterator[Step]:
        seed = draw.randrange(1, 9)
        like: dict[str, Any] = {"width": 4, "depth": 2, "seed": seed, "salt": b"se"}
        changes: list[dict[str, Any]] = [{"width": 5}, {"depth": 3}, {"seed": seed + 1}, {"salt": b"te"}, {}]
        for change, keys in [*((changed, 2) for changed in changes), ({"seed": seed + 2}, 0)]:
            one, two = Sketch(**like), Sketch(**{**like, **change})
            each(one.add, _keys(draw, 3))
            each(two.add, _keys(draw, keys))
            told = (
                ", ".join(f"{name} {like[name]!r} and {value!r}" for name, value in change.items())
                or "two alike"
            ) + (", the other empty" if not keys else "")
            yield f"merge of sketches with {told}", raised(lambda one=one, two=two: one.merge(two))  # type: ignore[misc]
            yield from _state(one, f"merge of sketches with {told}")

    @exam.claim("two sketches share nothing", "What belongs to one stands in its __init__.", needs=counted)
    def _(Sketch: Any) -> Iterator[Step]:
        (one, name), (two, other) = made(Sketch, 3, 2), made(Sketch, 3, 2)
        each(one.add, _keys(draw, 3))
        yield from _state(two, f"three adds to another: {name} beside {other}")
        each(two.add, _keys(draw, 2))
        yield from _state(one, "two adds to the other")

    @exam.claim("to add a large count costs as much as to add 1", "Add it at once.", needs=counted)
    def _(Sketch: Any) -> Iterator[Step]:
        (key,) = _keys(draw, 1)
        yield from growth("add, with the count", lambda n: (Sketch(5, 3).add, [(key, n)]), at=800, most=0.3)

    @exam.claim("add and estimate cost the rows, not the cells", "One cell a row.", needs=estimated)
    def _(Sketch: Any) -> Iterator[Step]:
        rows = [(key,) for key in _keys(draw, 3)]
        yield from growth("add, with the width", lambda n: (Sketch(n, 3).add, rows), at=50, most=0.3)
        yield from growth(
            "estimate, with the width", lambda n: (Sketch(n, 3).estimate, rows), at=50, most=0.3
        )


# ── RangeMap ────────────────────────────────────────────────────────────────────────────────────────────


def _cuts(draw: random.Random, n: int) -> list[str]:
    """Keys to cut at: neighbours that differ in the last letter, in case, by a zero or beyond ASCII."""
    few = ["b", "b\0", "ba", "B", "m", "mé", "m\uffff", "t", "tt"]
    few += ["b ", " b", "a"]
    many = [f"{draw.choice('cdxyz')}{number:04d}" for number in draw.sample(range(10**4), n)]
    return draw.sample([*few, *many], n)


def _ranges(found: Any, after: str) -> Iterator[Step]:
    """The three lists of the map, and its highest epoch."""
    yield from _read(found, after, starts=list[str], owners=list[str], epochs=list[int], epoch=int)


@examine(RangeMap)
def check_map(exam: Examination) -> None:
    draw = exam.draw

    def split(Map: Any, cuts: list[str]) -> tuple[Any, str]:
        """A map cut so, and how to say it; owners of few names, so that some are met again."""
        found, owners = Map("p0"), [f"p{draw.randrange(4)}" for _ in cuts]
        each(found.split, list(zip(cuts, owners, strict=True)))
        told = ", ".join(f"split({at!r}, {owner!r})" for at, owner in zip(cuts, owners, strict=True))
        return found, told if len(cuts) < 5 else f"{len(cuts)} splits"

    def near(cuts: list[str]) -> list[str]:
        """Keys on, just before and just after cuts, and at both ends."""
        chosen = cuts if len(cuts) < 5 else draw.sample(cuts, 4)
        before = [at[:-1] + chr(ord(at[-1]) - 1) + "z" for at in chosen if at[-1] > "\0"]
        around = [key for at in chosen for key in (at, f"{at}\0")] + before
        return [*around, "", "a", "~", "\U0010ffff"]

    def located(found: Any, keys: Iterable[str], note: str) -> Iterator[Step]:
        yield from script(*[(found, "locate", key) for key in keys], note=note)

    @exam.claim(
        "a split cuts the range that holds the key, and the right half changes hands", "Left keeps.", weight=2
    )
    def cut(Map: Any) -> Iterator[Step]:
        for n in (1, 2, 2, 3, 4, exam.size(30)):
            found, told = split(Map, _cuts(draw, n))
            yield from _ranges(found, told)

    @exam.claim(
        "a key belongs to the range that starts at or before it", "At or before.", weight=2, needs=cut
    )
    def found_in(Map: Any) -> Iterator[Step]:
        for n in (0, 1, 2, 3, exam.size(30)):
            cuts = _cuts(draw, n)
            found, told = split(Map, cuts)
            yield from located(found, near(cuts), f" after {told}" if cuts else " on a new map")

    @exam.claim(
        "both halves get one epoch, above all others; no other range does", "Which clients notice?", needs=cut
    )
    def epochs(Map: Any) -> Iterator[Step]:
        for order in (1, -1):
            cuts = sorted(_cuts(draw, 5))[::order]
            found, _ = split(Map, cuts[:4])
            yield "epochs after four splits in order", plain(found.epochs, list[int])
            found.split(cuts[4], "p9")
            yield "epochs after a fifth", plain(found.epochs, list[int])

    @exam.claim(
        "serve answers by the range's own epoch",
        "That of the range, not of the map.",
        weight=2,
        needs=found_in,
    )
    def served(Map: Any) -> Iterator[Step]:
        for n in (0, 1, 2, 4, exam.size(12)):
            cuts = _cuts(draw, n)
            found, told = split(Map, cuts)
            keys = draw.sample(near(cuts), min(5, 3 * len(cuts) + 1))
            now = [plain(found.locate(key).epoch, int) for key in keys]
            rows = [
                (key, epoch + step) for key, epoch in zip(keys, now, strict=True) for step in (0, 1, -1, 99)
            ]
            yield from calls(found.serve, *rows, as_=str, note=f" after {told}" if cuts else " on a new map")

    @exam.claim("a cut where a range starts is BadCut, and nothing changes", "Check first.", needs=cut)
    def _(Map: Any) -> Iterator[Step]:
        for n in (1, 3):
            cuts = _cuts(draw, n)
            found, told = split(Map, cuts)
            yield from calls(found.split, *[(at, "p7") for at in ("", *cuts)], note=f" after {told}")
            yield from _ranges(found, "those calls")
            found.split(f"{cuts[0]}\0\0", "p8")
            yield from _ranges(found, "one good split more")

    @exam.claim("locate and serve change nothing", "They only look.", needs=served)
    def _(Map: Any) -> Iterator[Step]:
        cuts = _cuts(draw, 3)
        found, told = split(Map, cuts)
        each(found.locate, near(cuts))
        raised(lambda: found.serve(cuts[0], 99))
        yield from _ranges(found, f"{told}, then look-ups")

    @exam.claim("texts are compared as they are, and any owner will do", 'Case, blanks, "".', needs=found_in)
    def _(Map: Any) -> Iterator[Step]:
        found, owner = Map("p0"), draw.choice(("p1", "p0"))
        for at, new in draw.sample([("B", owner), ("b", ""), (" ", "p2"), ("a ", "p3")], 4):
            yield f"split({at!r}, {new!r})", raised(lambda at=at, new=new: found.split(at, new))  # type: ignore[misc]
        yield from _ranges(found, "those splits")
        yield from located(found, ("", " ", "A", "B", "Bz", "Z", "a", "a ", "b", "B "), " after them")

    @exam.claim("a look-up before a split does not decide one after it", "Look anew.", needs=found_in)
    def _(Map: Any) -> Iterator[Step]:
        cuts = _cuts(draw, 3)
        found = Map("p0")
        for at in cuts:
            each(found.locate, near(cuts))
            found.split(at, "p1")
            yield from located(found, near(cuts), f" after split({at!r}, 'p1'), looked up before it too")

    @exam.claim("two maps share nothing", "What belongs to one stands in its __init__.", needs=cut)
    def _(Map: Any) -> Iterator[Step]:
        one, told = split(Map, _cuts(draw, 2))
        two, _ = split(Map, _cuts(draw, 1))
        yield from _ranges(one, f"{told}, while another map was split")
        yield from _ranges(two, "its one split")

    @exam.claim("many splits in any order", "Do the three lists stay in step?", needs=cut)
    def _(Map: Any) -> Iterator[Step]:
        cuts = _cuts(draw, exam.size(120))
        found, told = split(Map, cuts)
        yield from _ranges(found, told)
        yield from located(found, near(cuts), f" after {told}")

    @exam.claim(
        "to find a key costs the logarithm of the ranges", "Sorted starts can be halved.", needs=served
    )
    def _(Map: Any) -> Iterator[Step]:
        def sized(n: int) -> Any:
            found = Map("p0")
            each(found.split, [(f"{number:06d}", "p1") for number in range(1, n)])
            return found

        maps = {n: sized(n) for n in (60, 240)}
        rows = [(f"{draw.randrange(60):06d}x",) for _ in range(3)]
        yield from growth("locate", lambda n: (maps[n].locate, rows), at=60, most=0.4)
        asked = {n: [(key, plain(maps[n].locate(key).epoch, int)) for (key,) in rows] for n in maps}
        yield from growth("serve", lambda n: (maps[n].serve, asked[n]), at=60, most=0.4)


# ── SpaceSaving ─────────────────────────────────────────────────────────────────────────────────────────

SHARES = (1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125)
"""Shares that floats hold exactly, so that no product of one decides by rounding."""


def _clear(stream: list[str], counters: int) -> list[float]:
    """The shares at which a key's counter and its certain part say the same of every key."""
    saving = SpaceSaving(counters)
    for key in stream:
        saving.add(key)
    sides = [(n - saving.taken[key], n) for key, n in saving.counts.items()]
    return [share for share in SHARES if not any(low < share * len(stream) <= high for low, high in sides)]


def _counters(saving: Any, after: str) -> Iterator[Step]:
    yield from _read(saving, after, counts=dict[str, int], taken=dict[str, int], total=int)


@examine(SpaceSaving)
def check_hot(exam: Examination) -> None:
    draw = exam.draw

    def fed(Saving: Any, counters: int, stream: list[str]) -> tuple[Any, str]:
        saving = Saving(counters)
        each(saving.add, stream)
        return saving, f"{_told(stream)}, {counters} counter{'s' * (counters > 1)}"

    @exam.claim("while there are counters, every key has its own, exact", "Count.")
    def exact(Saving: Any) -> Iterator[Step]:
        for counters, n in ((1, 1), (1, 3), (2, 4), (3, 8), (5, 20)):
            yield from _counters(*fed(Saving, counters, _stream(draw, n, _keys(draw, counters))))

    @exam.claim(
        "a newcomer takes over the least counter, and adds one",
        "What may the old key's count be worth?",
        weight=3,
        needs=exact,
    )
    def taken(Saving: Any) -> Iterator[Step]:
        for counters, n in ((1, 2), (1, 5), (2, 4), (2, 7), (3, 10), (4, 16), (10, exam.size(300))):
            keys = _keys(draw, counters + draw.choice((1, 2, counters + 2)))
            start = draw.sample(keys, counters + 1)  # a newcomer at once
            stream = [*start, *_stream(draw, max(0, n - len(start)), keys, 0.5)]
            yield from _counters(*fed(Saving, counters, stream))

    @exam.claim("of equal counters the first in the order of texts goes", "Which one is least?", needs=taken)
    def _(Saving: Any) -> Iterator[Step]:
        for counters in (2, 3, 5, 8):
            old, new = _keys(draw, counters), [f"new {number}" for number in range(counters)]
            for order in (sorted(old), sorted(old, reverse=True), draw.sample(old, counters)):
                stream = [*order, *new[: draw.randrange(1, counters + 1)]]
                yield from _counters(*fed(Saving, counters, stream))

    @exam.claim(
        "a key that comes back after it was forgotten is a newcomer", "Its old count is gone.", needs=taken
    )
    def _(Saving: Any) -> Iterator[Step]:
        for counters in (1, 2, 3):
            keys = _keys(draw, counters + 1)
            yield from _counters(*fed(Saving, counters, [*keys, *keys, *draw.sample(keys, 2)]))

    @exam.claim(
        "hot names what certainly has the share, and not what certainly has not",
        "At least.",
        weight=3,
        needs=exact,
    )
    def named(Saving: Any) -> Iterator[Step]:
        for counters, n, skew in (
            (2, 4, 1.0),
            (4, 8, 1.0),
            (4, 16, 2.0),
            (8, 32, 1.5),
            (16, exam.size(256), 1.5),
            (64, exam.size(512), 1.2),
        ):
            stream = _stream(draw, n, _keys(draw, max(counters, n // 4)), skew)
            saving, told = fed(Saving, counters, stream)
            shares = [(share,) for share in _clear(stream, counters)]
            yield from calls(saving.hot, *shares, as_=set[str], note=f" after {told}")
        for counters in (1, 2, 4):  # a newcomer that took over a counter, and came often since
            late, *keys = _keys(draw, counters + 1)
            stream = [*keys, *[late] * draw.randrange(8, 20)]
            saving, told = fed(Saving, counters, stream)
            yield from calls(saving.hot, (0.5,), as_=set[str], note=f" after {told}")

    @exam.claim("a share is not rounded to whole writes", "Half a write counts.", needs=named)
    def _(Saving: Any) -> Iterator[Step]:
        for half in (1, 2, 3):
            one, two = _keys(draw, 2)
            stream = draw.sample([one] * half + [two] * (half + 1), 2 * half + 1)
            saving, told = fed(Saving, 3, stream)
            yield from calls(saving.hot, (0.5,), as_=set[str], note=f" after {told}")

    @exam.claim("a key is at most as hot as its counter", "Not twice what it took over.", needs=named)
    def _(Saving: Any) -> Iterator[Step]:
        late, *keys = _keys(draw, 5)
        stream = [*keys * 3, late]
        saving, told = fed(Saving, 4, stream)
        yield from calls(saving.hot, (0.5,), (0.0625,), as_=set[str], note=f" after {told}")

    @exam.claim("exactly the share is hot", "At least, not above.", needs=named)
    def _(Saving: Any) -> Iterator[Step]:
        for parts in (1, 2, 4, 8):
            keys = _keys(draw, parts + 1)
            stream = [key for key in keys[:parts] for _ in range(draw.choice((2, 4)))]
            stream = draw.sample(stream, len(stream))
            saving, told = fed(Saving, parts + 1, stream)
            least = {stream.count(key) for key in stream}
            asked = [(count / len(stream),) for count in sorted(least) if math.log2(len(stream)).is_integer()]
            yield from calls(saving.hot, *(asked or [(1.0,)]), as_=set[str], note=f" after {told}")

    @exam.claim("hot changes nothing, and can be asked at any time", "It only looks.", needs=named)
    def _(Saving: Any) -> Iterator[Step]:
        keys = _keys(draw, 5)
        for first, then in (
            (_stream(draw, 8, keys[:3]), _stream(draw, 8, keys)),
            (keys[:3], keys[3:4]),
            ([*keys[:4], *keys[:4] * 2], keys[4:]),  # asked when counters have been taken over
        ):
            saving, told = fed(Saving, 3, first)
            shares = _clear(first, 3)
            asked = [(share,) for share in (shares[0], *shares[::-1], shares[0])]
            yield from calls(saving.hot, *asked, as_=set[str], note=f" after {told}")
            each(saving.add, then)
            yield from _counters(saving, f"{told}, then hot of several shares, then {_told(then)}")

    @exam.claim(
        "a share is above 0 and at most 1; an empty stream has nothing hot", "At the door.", needs=named
    )
    def _(Saving: Any) -> Iterator[Step]:
        saving, told = fed(Saving, 2, _stream(draw, 6, _keys(draw, 2)))
        bad = (0, -draw.random(), 1.0 + 2**-20, 2, math.nan, math.inf)
        yield from calls(
            saving.hot, *[(share,) for share in (1.0, *bad)], as_=set[str], note=f" after {told}"
        )
        empty = Saving(draw.randrange(1, 4))
        rows = [(share,) for share in (1.0, draw.choice(SHARES), *bad[:2])]
        yield from calls(empty.hot, *rows, as_=set[str], note=" of an empty stream")

    @exam.claim("two of them share nothing", "What belongs to one stands in its __init__.", needs=taken)
    def _(Saving: Any) -> Iterator[Step]:
        streams = [_stream(draw, 6, _keys(draw, 4)) for _ in range(2)]
        one, told = fed(Saving, 2, streams[0])
        two, other = fed(Saving, 3, streams[1])
        each(two.add, streams[0][:2])
        yield from _counters(one, f"{told}, while another counted {other}")

    @exam.claim("a long stream, in few counters", "Which counter is the least, each time?", needs=taken)
    def many(Saving: Any) -> Iterator[Step]:
        keys = [f"k{number}" for number in range(exam.size(150))]
        for skew in (0.0, 1.2):
            yield from _counters(*fed(Saving, 20, _stream(draw, exam.size(1200), keys, skew)))

    @exam.claim("memory stays fixed on a long stream", "What does a counter that goes up leave?", needs=many)
    def _(Saving: Any) -> Iterator[Step]:
        for counters in (2, 10):
            keys = [f"k{number}" for number in range(counters)]
            saving, told = fed(Saving, counters, _stream(draw, 200 * counters, keys))
            yield f"`order` after {told}: at most 8 entries a counter", len(saving.order) <= 8 * counters

    @exam.claim("a newcomer costs the logarithm of the counters", "A scan for each is linear.", needs=many)
    def _(Saving: Any) -> Iterator[Step]:
        def full(n: int) -> Any:
            return fed(Saving, n, [f"k{number:05d}" for number in range(2 * n)])[0]

        savings = {n: full(n) for n in (64, 256)}
        names = [(f"new {draw.randrange(10**6)}",) for _ in range(3)]
        yield from growth("add of a newcomer", lambda n: (savings[n].add, names), at=64, most=0.4)
