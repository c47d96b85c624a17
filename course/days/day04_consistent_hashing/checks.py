"""Day 4: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import math
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from course.checking.probes import Cost, Examination, Step, calls, examine, growth, raised
from course.checking.subject import each, plain
from course.systems.cluster.bounded_loads import bounded_owners
from course.systems.cluster.holders import holders
from course.systems.cluster.position import position
from course.systems.cluster.ring import HashRing, moved_share

SHARES = (0.25, 0.5, 1.0, 1.5)
"""Values of epsilon with which floats hold every bound exactly, so that any order of its factors is right."""
LEAST = 2.0**-40
"""An epsilon that floats hold too, and that a bound in float32 or "up to rounding" loses."""
WEIGHTS = ((3.0, 1.0), (0.25, 0.75), (1.0, 0.5, 2.5), (1.25, 0.5, 0.25))
"""Weights that sum to a power of two, for the same reason."""


def _names(draw: random.Random, n: int) -> list[str]:
    """Names of nodes: some with the sign that numbers a point or a letter beyond ASCII, two that differ in case alone,
    and the beginning of another name after it."""
    kinds = ("cache", "rack#2", "gpu", "größe")
    names = [f"{draw.choice(kinds)}-{number}" for number in draw.sample(range(10**4), n)]
    if n > 2:
        names[-2], names[0] = names[0], f"{names[0]}b"
    return [*names[:-1], names[0].upper()] if n > 1 else names


def _keys(draw: random.Random, n: int) -> list[str]:
    return [f"user:{number}" for number in draw.sample(range(10**9), n)] + ["", "Ключ", "User:1 "]


# ── moved_share ─────────────────────────────────────────────────────────────────────────────────────────

LOADS = {"whole": (1.0, 2.0, 9.0), "any": (0.0, 1e-3, 0.3, 0.45, 2.5, 1e4), "tiny": (1e-8, 2e-8, 3e-8)}


def _move(
    draw: random.Random,
    n: int,
    *,
    lost: float = 0.0,
    new: int = 0,
    idle: float = 0.0,
    loads: str = "",
    owners: tuple[str, ...] = ("n0", "n1", "n2"),
) -> tuple[Any, ...]:
    """Owners before and after a change, and with ``loads`` the load of each key; some keys lost, new or idle."""
    keys = [f"k{number}" for number in draw.sample(range(100 + 10 * n), n + new)]
    before = {key: draw.choice(owners[:2]) for key in keys[:n]}
    after = {key: draw.choice(owners) for key in keys if key not in before or draw.random() >= lost}
    load = {key: draw.choice(LOADS[loads]) for key in keys if draw.random() >= idle} if loads else None
    return (before, after) if load is None else (before, after, load)


@examine(moved_share)
def check_moved(exam: Examination) -> None:
    draw = exam.draw

    def moves(moved: Any, *sizes: int, **kind: Any) -> Iterator[Step]:
        yield from calls(moved, *[_move(draw, n, **kind) for n in sizes], as_=float)

    @exam.claim("the share counts keys whose owner is another", "Compare owners, key by key.")
    def _(moved: Any) -> Iterator[Step]:
        yield from moves(moved, 1, 2, 2, 3, 3, 4, 7)

    @exam.claim("a key without an owner afterwards has moved", "A lost key is a miss too.")
    def _(moved: Any) -> Iterator[Step]:
        yield from moves(moved, 2, 2, 3, 3, 4, 4, 5, lost=0.5)
        yield from moves(moved, 1, 2, lost=1.0)

    @exam.claim("a key that is only in `after` is new, not moved", "Whose load is the denominator?")
    def _(moved: Any) -> Iterator[Step]:
        yield from moves(moved, 1, 2, 2, 3, 3, 4, new=2)

    @exam.claim("the share weighs each key by its load", "Sum loads above and below the line.", weight=2)
    def weighed(moved: Any) -> Iterator[Step]:
        yield from moves(moved, 2, 2, 2, 3, 3, loads="whole")
        yield from moves(moved, 2, 2, 3, 3, loads="whole", new=1)
        yield from moves(moved, 2, 2, 2, 2, 3, 3, 5, 8, loads="any")
        yield from moves(moved, 2, 3, 5, loads="tiny")

    @exam.claim("a key that `load` leaves out weighs nothing", "No requests, no weight.")
    def _(moved: Any) -> Iterator[Step]:
        yield from moves(moved, 2, 2, 3, 3, 4, 4, loads="whole", idle=0.5)

    @exam.claim("owners are told apart by their whole names", "Is it the same text?")
    def _(moved: Any) -> Iterator[Step]:
        yield from moves(moved, 1, 2, 3, 5, 8, owners=("gpu", "GPU", "gpu "))
        yield from moves(moved, 2, 3, 5, 8, owners=("", "gpu", "GPU"))

    @exam.claim("the share of many keys", "Lost, new and idle keys in one move.")
    def many(moved: Any) -> Iterator[Step]:
        yield from moves(moved, 8, 20, exam.size(400), lost=0.1, new=5)
        yield from moves(moved, 8, 20, exam.size(400), lost=0.1, new=5, loads="any", idle=0.1)

    @exam.claim("no keys, or no load: the share is 0", "What is the share of nothing?", needs=weighed)
    def _(moved: Any) -> Iterator[Step]:
        before, after = _move(draw, 2, new=1)
        nothing: Any = ({}, after), (before, after, {}), (before, after, dict.fromkeys(before, 0.0))
        nothing += ((before, after, {"elsewhere": 4.0}), ({}, after, {"elsewhere": 4.0}))
        yield from calls(moved, *nothing, as_=float)

    @exam.claim("the work is one pass over the keys", "A dict finds a key at once.", needs=many)
    def _(moved: Any) -> Iterator[Step]:
        yield from growth(
            "moved_share", lambda n: (moved, [_move(draw, n, loads="any")] * 3), at=50, most=1.3
        )


# ── HashRing ────────────────────────────────────────────────────────────────────────────────────────────


def _filled(Ring: Any, nodes: Iterable[Any], vnodes: int, **options: Any) -> Any:
    ring = Ring(vnodes, **options)
    each(ring.add, nodes)
    return ring


def _state(ring: Any, after: str) -> Iterator[Step]:
    """The labels of the ring's points in their order, and its weights."""
    points, weights = plain(ring.points, list[Any]), plain(ring.weights, dict[str, float])
    names = {pair[1] for pair in points if type(pair[-1]) is str}
    labels = {
        (position(f"{name}#{i}"), name): f"{name}#{i}" for name in names for i in range(len(points) + 1)
    }
    told = [
        labels.get(pair, f"{pair[-1]} elsewhere" if type(pair[0]) is int else str(pair))
        if type(pair) is tuple
        else f"{pair}, which is no tuple"
        for pair in points
    ]
    yield f"ring.points after {after}", told
    yield f"ring.weights after {after}", weights


def _places(draw: random.Random, labels: Iterable[str], places: int) -> Callable[[str], int]:
    """A `place` for these labels alone."""
    at = {label: draw.randrange(places) for label in labels}
    return lambda label: at[label]


@examine(HashRing)
def check_ring(exam: Examination) -> None:
    draw = exam.draw

    def asked(ring: Any, keys: Iterable[str], note: str = "") -> Iterator[Step]:
        yield from calls(ring.lookup, *[(key,) for key in keys], as_=str, note=note)

    def small(Ring: Any, names: list[str], keys: list[str], vnodes: int) -> Iterator[Step]:
        """The owners of ``keys`` on a small ring; the case says how the ring goes on from the key."""
        points = [(position(f"{name}#{i}"), name) for name in names for i in range(vnodes)]
        for key, (_, owner) in zip(keys, asked(_filled(Ring, names, vnodes), keys), strict=True):
            onward = [name for _, name in sorted(((at - position(key)) % 2**64, name) for at, name in points)]
            past = ", past the last point" if position(key) > max(points)[0] else ""
            yield f'lookup("{key}"){past}; points at or after it, around: {", ".join(onward[:4])}', owner

    @exam.claim("a node stands at round(vnodes × weight) points, at least one", "Count them.", weight=2)
    def placed(Ring: Any) -> Iterator[Step]:
        halves = [(8, (2 * k + 1) / 16) for k in draw.sample(range(1, 12), 1)]
        halves += [(8, (4 * draw.randrange(1, 6) + 1) / 16 + sign * 2.0**-40) for sign in (1, -1)]
        weights = (1.0, 0.01, 0.26, 2, round(draw.uniform(1.2, 2.0), 2), round(draw.uniform(11, 13), 2))
        for vnodes, weight in [*((draw.randrange(4, 9), weight) for weight in weights), *halves]:
            (name,) = _names(draw, 1)
            ring = _filled(Ring, [(name, weight)], vnodes)
            yield from _state(ring, f'HashRing({vnodes}).add("{name}", {weight!r})')

    @exam.claim("points stay sorted as nodes join", "In which order do they lie after the second add?")
    def in_order(Ring: Any) -> Iterator[Step]:
        for n, vnodes in ((2, 1), (3, 2), (exam.size(12), 16)):
            names = _names(draw, n)
            joined = ", ".join(names) if n < 4 else f"{n} nodes"
            yield from _state(_filled(Ring, names, vnodes), f"add of {joined} to HashRing({vnodes})")

    @exam.claim("lookup is the first point clockwise, for every key", "At or after, then around.", weight=2)
    def clockwise(Ring: Any) -> Iterator[Step]:
        for n, vnodes, number in ((1, 1, 2), (2, 1, 8), (3, 1, 16), (3, 2, 16)):
            yield from small(Ring, _names(draw, n), _keys(draw, number), vnodes)
        ring = _filled(Ring, _names(draw, exam.size(12)), 16)
        yield from asked(ring, _keys(draw, exam.size(400)), " on many nodes of 16 points")

    @exam.claim("a key exactly at a point belongs to that point", "At or after.")
    def _(Ring: Any) -> Iterator[Step]:
        names = _names(draw, 3)
        yield from small(Ring, names, [f"{name}#{i}" for name in names for i in range(4)], 4)

    @exam.claim("each ring has points of its own", "What belongs to one ring stands in its __init__.")
    def _(Ring: Any) -> Iterator[Step]:
        names, keys = _names(draw, 4), _keys(draw, 12)
        one, two = _filled(Ring, names[:2], 3), _filled(Ring, names[2:], 3)
        yield from _state(one, "another ring was filled")
        yield from asked(one, keys)
        yield from asked(two, keys, " on another ring, with other nodes")

    @exam.claim("points and keys lie at self.place; at one place, nodes stand by name", "Sort the pairs.")
    def _(Ring: Any) -> Iterator[Step]:
        names = [*_names(draw, 3), ""]
        for order in (names, names[::-1]):
            ring, note = Ring(2), f", where `place` has few places and {', '.join(map(repr, order))} joined"
            labels = [*(f"{name}#{i}" for name in names for i in range(2)), *"vwxy"]
            ring.place = _places(draw, labels, 6)
            each(ring.add, order)
            yield "ring.points" + note, plain(ring.points, list[tuple[Any, Any]])
            yield from asked(ring, "vwxy", note)

    @exam.claim("as nodes join and leave, only their keys move", "Whose keys may change owner?")
    def _(Ring: Any) -> Iterator[Step]:
        for n, vnodes, number in ((3, 1, 12), (exam.size(12), 16, exam.size(200))):
            names, keys = _names(draw, n + 2), _keys(draw, number)
            sizes = (1.0,) if n == 3 else (0.5, 1.0, 2.0)
            ring = _filled(Ring, [(name, draw.choice(sizes)) for name in names[:n]], vnodes)
            each(ring.lookup, keys)
            for change, at in (("add", n), ("remove", 1), ("add", n + 1), ("remove", 0), ("add", 1)):
                getattr(ring, change)(names[at])
                yield from asked(ring, keys, f' after {change}("{names[at]}")')

    @exam.claim("a lookup costs the logarithm of the points", "Sorted points can be halved.", needs=clockwise)
    def _(Ring: Any) -> Iterator[Step]:
        ring, keys = _filled(Ring, _names(draw, 12), 64, counted=True), _keys(draw, 20)
        before = plain(ring.comparisons, int)
        each(ring.lookup, keys)
        cost = (plain(ring.comparisons, int) - before) / len(keys)
        yield "a lookup among 768 points", Cost(cost, 2 * math.log2(768) + 4, "comparisons (binary search)")
        names, (key, *_) = _names(draw, 1), keys
        yield from growth("lookup", lambda n: (_filled(Ring, names, n).lookup, [(key,)] * 3), at=50, most=0.4)

    @exam.claim("an add sorts its points once", "One sort for all points of a node.", needs=in_order)
    def _(Ring: Any) -> Iterator[Step]:
        one, *others = _names(draw, 4)
        rows = [(name,) for name in others]
        yield from growth("add", lambda n: (_filled(Ring, [one], n).add, rows), at=40, most=1.4)
        ring, asked_for, in_place = _filled(Ring, others, 8), list[str](), list[bool]()

        def place(label: str) -> int:
            asked_for.append(label)
            if 5 < len(asked_for) < 9:
                points = plain(ring.points, list[Any])
                in_place.append(len(points) > 8 * len(others) and points == sorted(points))
            return position(label)

        ring.place = place
        ring.add(one)
        among = f'add("{one}") to {len(others)} nodes of 8 points'
        yield f"{among}: positions asked for", Cost(len(asked_for), 8, "positions")
        told = "three times" if all(in_place) else "not each time"
        yield f"{among}: were those placed so far in their order, as the last three were asked for?", told

    @exam.claim(
        "a node twice, or of no weight, is refused, and nothing changes", "Check first.", needs=placed
    )
    def _(Ring: Any) -> Iterator[Step]:
        one, other = _names(draw, 2)
        ring = _filled(Ring, [one], 4)
        bad = [(other, weight) for weight in (0, -1.0, math.nan, math.inf, -math.inf)]
        for rows in ([(one, 1.0)], bad, [(one, 2.0), (one, 0), (one, math.inf)]):
            yield from calls(ring.add, *rows, note=f', where "{one}" is on the ring')
            yield from _state(ring, f"{len(rows)} such adds")

    @exam.claim("an empty ring says EmptyRing", "What is there to find?", needs=clockwise)
    def _(Ring: Any) -> Iterator[Step]:
        ring, (name,), (key, *_) = Ring(4), _names(draw, 1), _keys(draw, 1)
        yield f'lookup("{key}") on an empty ring', raised(lambda: ring.lookup(key))
        ring.add(name)
        ring.remove(name)
        yield f'lookup("{key}") after the last node left', raised(lambda: ring.lookup(key))


# ── bounded_owners ──────────────────────────────────────────────────────────────────────────────────────


@examine(HashRing, bounded_owners)
def check_bounded(exam: Examination) -> None:
    draw = exam.draw

    def served(
        Ring: Any, bounded: Any, nodes: dict[str, float], vnodes: int, requests: list[str], epsilon: float
    ) -> Iterator[Step]:
        """Who serves each request, how many each node serves, and the ring afterwards."""
        ring = _filled(Ring, list(nodes.items()), vnodes)
        weights = ", ".join(f"{weight:g}" for weight in nodes.values())
        them = f"{len(nodes)} equal nodes" if set(nodes.values()) == {1.0} else f"nodes of weight {weights}"
        alone = f' for "{requests[0]}"' if len(set(requests)) == 1 else ""
        where = f"{len(requests)} requests{alone}, {them}, vnodes {vnodes}, epsilon {epsilon:g}"
        onward = sorted(nodes, key=lambda node: (position(f"{node}#0") - position(requests[0])) % 2**64)
        rows = [(ring, requests, epsilon)] * 2
        for again, (_, owners) in zip(
            ("", ", asked again"), calls(bounded, *rows, as_=list[str]), strict=False
        ):
            where = f"{where}{again}"
            if not again:
                yield f"ring.weights after {where}", plain(ring.weights, dict[str, float])
            if type(owners) is list:
                counts = {node: owners.count(node) for node in onward}
                yield f"{where}: how many each serves, clockwise from the first", counts
            yield f"{where}: who serves each", owners
        yield f"ring.points after {where}", plain(ring.points, list[tuple[Any, Any]])

    def equal(n: int) -> dict[str, float]:
        return dict.fromkeys(_names(draw, n), 1.0)

    own = "your HashRing places nodes as the reference does"

    @exam.claim(own, "Finish exercise 2 first.", weight=0)
    def _(Ring: Any, bounded: Any) -> Iterator[Step]:
        yield from _state(_filled(Ring, _names(draw, 8), 6), "add of 8 nodes to your HashRing")

    @exam.claim("below the bound, a request stays at home", "A wide bound is the plain ring.", needs=own)
    def home(Ring: Any, bounded: Any) -> Iterator[Step]:
        for n, vnodes, number in ((2, 1, 3), (3, 2, 6), (8, 6, 60)):
            nodes = equal(n)
            yield from served(
                Ring, bounded, nodes, vnodes, [*_keys(draw, number), f"{next(iter(nodes))}#0"], 100.0
            )

    @exam.claim(
        "the bound is (1 + epsilon) × the share by weight, rounded up", "ceil, 1 + epsilon.", needs=home
    )
    def _(Ring: Any, bounded: Any) -> Iterator[Step]:
        for few, whole in ((5, 1), (8, 3)):
            yield from served(Ring, bounded, equal(4), 1, ["hot"] * few + _keys(draw, 1), whole)
        for number in (8, *sorted(draw.sample(range(5, 40), 12))):
            hot = [f"hot-{draw.randrange(10**6)}"] * number
            yield from served(Ring, bounded, equal(4), 1, hot, draw.choice(SHARES))
        for weights in WEIGHTS:
            for epsilon in (0.25, draw.choice(SHARES)):
                nodes = dict(zip(_names(draw, len(weights)), weights, strict=True))
                yield from served(Ring, bounded, nodes, 2, ["hot"] * draw.randrange(40, 90), epsilon)
        for number in (4, 8, 4 * draw.randrange(3, 9)):
            hot = [f"hot-{draw.randrange(10**6)}"] * number
            yield from served(Ring, bounded, equal(4), 1, hot, LEAST)

    @exam.claim(
        "a full node's request goes clockwise to the first with room", "By points.", weight=2, needs=home
    )
    def walk(Ring: Any, bounded: Any) -> Iterator[Step]:
        many = exam.size(400)
        for n, vnodes, number in ((3, 1, 6), (4, 1, 8), (4, 2, 16), (8, 1, 16), (8, 6, many), (8, 3, many)):
            requests = [f"prompt:{int(draw.paretovariate(1.1))}" for _ in range(number)]
            yield from served(Ring, bounded, equal(n), vnodes, requests, draw.choice(SHARES))
        yield from served(Ring, bounded, equal(64), 4, ["hot"] * 63, LEAST)

    @exam.claim("requests lie where ring.place says", "ring.place(key).", needs=walk)
    def _(Ring: Any, bounded: Any) -> Iterator[Step]:
        names, requests, ring = _names(draw, 3), [*"xyzyuvwxpqrs"], Ring(2)
        labels = [*(f"{name}#{i}" for name in names for i in range(2)), *sorted(set(requests))]
        ring.place = _places(draw, labels, 100)
        each(ring.add, names)
        owners = plain(bounded(ring, requests, 0.5), list[str])
        yield "who serves each of twelve requests, with `place` replaced", owners

    @exam.claim("a request costs the logarithm of the points below the bound", "Halve them.", needs=walk)
    def _(Ring: Any, bounded: Any) -> Iterator[Step]:
        names, requests = _names(draw, 8), _keys(draw, 100)
        ring = _filled(Ring, names, 64, counted=True)
        before = plain(ring.comparisons, int)
        bounded(ring, requests, 50.0)
        cost = (plain(ring.comparisons, int) - before) / len(requests)
        yield "a request among 512 points", Cost(cost, 2 * math.log2(512) + 4, "comparisons (binary search)")
        rings = {n: _filled(Ring, names[:1], n) for n in (100, 400)}
        rows = {n: [(ring, requests, 50.0)] * 3 for n, ring in rings.items()}
        yield from growth("103 requests on a ring", lambda n: (bounded, rows[n]), at=100, most=0.6)

    @exam.claim("epsilon must be above 0, then: an empty ring says EmptyRing", "At the door.", needs=walk)
    def _(Ring: Any, bounded: Any) -> Iterator[Step]:
        ring, empty = _filled(Ring, _names(draw, 2), 4), Ring(4)
        bad = (-0.5, 0.0, math.nan, math.inf)
        rows = [(ring, requests, epsilon) for requests in (["k"], []) for epsilon in bad]
        rows += [(empty, ["k"], 0.5), (empty, [], 0.5), (empty, ["k"], 0.0), (ring, [], 0.5)]
        answers = calls(bounded, *rows, as_=list[str])
        for (where, requests, epsilon), (_, value) in zip(rows, answers, strict=False):
            told = "an empty ring" if where is empty else "a ring of two nodes"
            yield f"bounded_owners({told}, {requests}, {epsilon})", value


# ── holders ─────────────────────────────────────────────────────────────────────────────────────────────


@examine(HashRing, holders)
def check_holders(exam: Examination) -> None:
    draw = exam.draw

    def rings(Ring: Any, *sizes: tuple[int, int]) -> Iterator[tuple[Any, list[str], str]]:
        for n, vnodes in sizes:
            names = _names(draw, n)
            joined = ", ".join(names) if n < 4 else f"{n} nodes"
            yield _filled(Ring, names, vnodes), names, f", where {joined} stand at {vnodes} points each"

    def kept(
        ring: Any, hold: Any, keys: Iterable[str], copies: int, note: str
    ) -> Iterator[tuple[str, str, Any]]:
        """Each key, its case in words, and who keeps it."""
        keys = list(keys)
        answers = calls(hold, *[(ring, key, copies) for key in keys], as_=list[str])
        for key, (_, nodes) in zip(keys, answers, strict=False):
            yield key, f'holders(ring, "{key}", {copies}){note}', nodes

    @exam.claim("the owner comes first", "Who answers for the key today?", weight=2)
    def owner(Ring: Any, hold: Any) -> Iterator[Step]:
        for ring, names, note in rings(Ring, (1, 1), (2, 1), (3, 2), (exam.size(12), 16)):
            ends = [f"{name}#{i}" for name in names[:3] for i in range(2)]
            for _, case, nodes in kept(ring, hold, [*_keys(draw, 12), *ends], draw.choice((1, 2, 3)), note):
                yield f"{case}: the first of them", nodes[:1] if type(nodes) is list else nodes

    @exam.claim("keys lie where ring.place says", "ring.place(key).", needs=owner)
    def _(Ring: Any, hold: Any) -> Iterator[Step]:
        names, ring = _names(draw, 5), Ring(4)
        ring.place = lambda label: position(f"elsewhere {label}")
        each(ring.add, names)
        for _, case, nodes in kept(ring, hold, _keys(draw, 12), 2, ", with `place` replaced"):
            yield f"{case}: the first of them", nodes[:1] if type(nodes) is list else nodes

    @exam.claim(
        "as many different nodes as copies, and all nodes where there are fewer", "Count.", needs=owner
    )
    def many(Ring: Any, hold: Any) -> Iterator[Step]:
        for ring, names, note in rings(Ring, (1, 4), (2, 4), (3, 1), (5, 6), (exam.size(12), 16)):
            for copies in (1, 2, 3, 4, len(names), len(names) + 2):
                for _, case, nodes in kept(ring, hold, _keys(draw, 3), copies, note):
                    told = (
                        [len(nodes), len(set(nodes)), set(nodes) <= set(names)]
                        if type(nodes) is list
                        else nodes
                    )
                    yield f"{case}: how many, how many different, and whether all are on the ring", told

    @exam.claim(
        "whoever joined first, the list is the same, and the ring stays as it is", "Each alone.", needs=owner
    )
    def alike(Ring: Any, hold: Any) -> Iterator[Step]:
        for n, vnodes in ((3, 2), (exam.size(8), 8)):
            names, keys = _names(draw, n), _keys(draw, 12)
            one, other = _filled(Ring, names, vnodes), _filled(Ring, names[::-1], vnodes)
            pairs = zip(kept(one, hold, keys, 3, ""), kept(other, hold, keys, 3, ""), strict=False)
            for (_, case, nodes), (_, _, same) in pairs:
                yield f"{case} on two rings that {n} nodes joined in another order: the same?", nodes == same
            yield from _state(one, case)

    @exam.claim(
        "a node that does not keep the key may leave", "Whose absence may change the list?", needs=owner
    )
    def _(Ring: Any, hold: Any) -> Iterator[Step]:
        names, keys = _names(draw, 6), _keys(draw, 12)
        ring = _filled(Ring, names, 8)
        before = [nodes for _, _, nodes in kept(ring, hold, keys, 2, "")]
        for gone in draw.sample(names, 3):
            ring.remove(gone)
            now = kept(ring, hold, keys, 2, f" after {gone} left")
            for then, (_, case, nodes) in zip(before, now, strict=False):
                told = nodes == then or gone in then
                yield f"{case}: as before, or did it keep the key?", told and gone not in nodes
            ring.add(gone)

    @exam.claim(
        "the second copies of one owner's keys are spread", "Who takes over when it dies?", needs=many
    )
    def _(Ring: Any, hold: Any) -> Iterator[Step]:
        names = _names(draw, exam.size(12))
        ring = _filled(Ring, names, 32)
        heirs: dict[str, set[str]] = {}
        for _, _, nodes in kept(ring, hold, _keys(draw, exam.size(300)), 2, ""):
            heirs.setdefault(nodes[0], set()).add(nodes[-1])
        spread = [len(those) >= 3 for _, those in sorted(heirs.items())]
        yield "how many others hold second copies of an owner's keys: at least 3 each?", spread

    @exam.claim("copies of at least 1, then: an empty ring says EmptyRing", "At the door.", needs=owner)
    def _(Ring: Any, hold: Any) -> Iterator[Step]:
        ring, empty = _filled(Ring, _names(draw, 2), 4), Ring(4)
        rows = [(ring, "k", 0), (ring, "k", -1), (empty, "k", 1), (empty, "k", 0), (ring, "", 1)]
        for (where, key, copies), (_, value) in zip(rows, calls(hold, *rows, as_=list[str]), strict=False):
            told = "an empty ring" if where is empty else "a ring of two nodes"
            yield f'holders({told}, "{key}", {copies})', value

    @exam.claim("the cost is the logarithm of the points", "Sorted points can be halved.", needs=many)
    def _(Ring: Any, hold: Any) -> Iterator[Step]:
        (key, *_) = _keys(draw, 1)
        made = {n: _filled(Ring, _names(draw, n), 2) for n in (50, 200)}
        yield from growth("holders among n nodes", lambda n: (hold, [(made[n], key, 2)] * 3), at=50, most=0.5)
