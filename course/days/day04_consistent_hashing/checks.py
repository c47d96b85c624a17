"""Day 4: what a right answer shows. Every expected value comes from the library, run by the examiner."""

import math
import random
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from course.cluster.bounded_loads import bounded_owners
from course.cluster.position import position
from course.cluster.ring import HashRing, moved_share
from course.examination import Examination, Finding, examine
from course.subject import NotPlain, Subject, each, expect_error, plain

# Cases are drawn, and answered by the reference, once a seed: a grader meets the same ones with every submission.


@lru_cache(maxsize=8)
def _moves(seed: int, scale: float) -> tuple[dict[str, str], dict[str, str], dict[str, float]]:
    """Owners before and after a change, and a load for each key."""
    rng = random.Random(seed)
    keys = [f"session:{rng.randrange(10**9)}" for _ in range(int(400 * scale))]
    before = {key: rng.choice("abc") for key in keys}
    after = {key: owner if rng.random() < 0.7 else "d" for key, owner in before.items()}
    return before, after, {key: 1000.0 / (rank + 1) for rank, key in enumerate(keys)}


@lru_cache(maxsize=8)
def _fleet(seed: int, scale: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of nodes, and keys that they own."""
    rng = random.Random(seed)
    tag = rng.randrange(10**6)
    keys = [f"user:{rng.randrange(10**9)}" for _ in range(int(800 * scale))] + ["", "ключ", "user:1 "]
    return tuple(f"cache-{tag}-{i}" for i in range(int(12 * scale))), tuple(keys)


@lru_cache(maxsize=8)
def _owners(
    nodes: tuple[tuple[str, float], ...], vnodes: int, keys: tuple[str, ...], lost: str = ""
) -> tuple[str, ...]:
    """Who owns each key, by the reference, with ``lost`` taken off the ring again."""
    ring = _ring(dict(nodes), vnodes)
    if lost:
        ring.remove(lost)
    return tuple(map(ring.lookup, keys))


@lru_cache(maxsize=8)
def _prompts(seed: int, scale: float) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Names of nodes, requests of which a few make up most, and requests that are all different."""
    rng = random.Random(seed)
    names = tuple(f"gpu-{rng.randrange(10**6)}" for _ in range(8))
    popular = tuple(f"prompt:{int(rng.paretovariate(1.1))}" for _ in range(int(600 * scale)))
    return names, popular, tuple(f"prompt:{rng.randrange(10**9)}" for _ in range(160))


@lru_cache(maxsize=64)
def _bounded(
    nodes: tuple[tuple[str, float], ...], vnodes: int, requests: tuple[str, ...], epsilon: float
) -> tuple[str, ...]:
    """Who serves each request, by the reference."""
    return tuple(bounded_owners(_ring(dict(nodes), vnodes), requests, epsilon))


@examine
def check_moved(exam: Examination, moved: Subject, *, seed: int, scale: float) -> None:
    before, after, load = _moves(seed, scale)

    def share(*arguments: object) -> float:
        return float(plain(moved(*arguments), float))

    def odd(got: float, expected: float) -> str:
        if expected and math.isclose(got, 100 * expected):
            return "the answer is a share between 0 and 1, not a percentage"
        return "that is the share that stayed" if math.isclose(got, 1 - expected) and expected != 0.5 else ""

    @exam.claim("a key without an owner afterwards has moved", hint="A lost key is a miss too.",
                likely={"KeyError": "`after` need not hold every key of `before`"})  # fmt: skip
    def _() -> Finding | None:
        got = share({"k1": "a", "k2": "a"}, {"k1": "a"})
        if got == 0.5:
            return None
        return Finding("lost-key", 'moved_share({"k1": "a", "k2": "a"}, {"k1": "a"})', "0.5: k2 has no owner now, so it moved",
                       f"{got}", odd(got, 0.5) or "a key that is missing from `after` is skipped", "use after.get(key)")  # fmt: skip

    @exam.claim("a key that is only in `after` is new, not moved", hint="Whose load is the denominator?")
    def _() -> Finding | None:
        got = share({"k1": "a"}, {"k1": "a", "k2": "b", "k3": "b"})
        if got == 0.0:
            return None
        return Finding("new-key", 'moved_share({"k1": "a"}, {"k1": "a", "k2": "b", "k3": "b"})', "0.0: k2 and k3 had no owner to lose",
                       f"{got}", odd(got, 0.0) or "the loop runs over `after`", "run over `before`")  # fmt: skip

    @exam.claim("a key that `load` leaves out weighs nothing", hint="No requests, no weight.",
                likely={"KeyError": "`load` need not hold every key"})  # fmt: skip
    def _() -> Finding | None:
        got = share({"hot": "a", "idle": "a"}, {"hot": "a", "idle": "b"}, {"hot": 90.0})
        if got == 0.0:
            return None
        return Finding("idle-key", 'moved_share({"hot": "a", "idle": "a"}, {"hot": "a", "idle": "b"}, {"hot": 90.0})',
                       "0.0: the idle key has no requests", f"{got}",
                       "a key that is missing from `load` weighs 1" if got > 0 else "", "use load.get(key, 0.0)")  # fmt: skip

    @exam.claim("the share weighs each key by its load", weight=2, hint="Sum loads above and below the line.")
    def _() -> Finding | None:
        case = 'moved_share({"hot": "a", "cold": "a"}, {"hot": "b", "cold": "a"}, {"hot": 9.0, "cold": 1.0})'
        got = share({"hot": "a", "cold": "a"}, {"hot": "b", "cold": "a"}, {"hot": 9.0, "cold": 1.0})
        if not math.isclose(got, 0.9):
            likely = "keys are counted, and their load is not used" if math.isclose(got, 0.5) else (
                "moved load is divided by the number of keys" if math.isclose(got, 4.5) else "")  # fmt: skip
            return Finding(
                "not-weighted", case, "0.9: nine of ten requests find another owner", f"{got}", likely
            )
        got = share({"old": "a"}, {"old": "b", "new": "b"}, {"old": 5.0, "new": 95.0})
        if got != 1.0:
            return Finding("whole-load", 'moved_share({"old": "a"}, {"old": "b", "new": "b"}, {"old": 5.0, "new": 95.0})',
                           "1.0: all load of the keys in `before` moved", f"{got}", "divided by the load of keys that are not in `before` too")  # fmt: skip
        for arguments in ((before, after), (before, after, load)):
            expected, got = moved_share(*arguments), share(*arguments)
            if not math.isclose(got, expected, abs_tol=1e-9):
                how = "with a load for each key" if len(arguments) == 3 else "without loads"
                return Finding(
                    "share", f"moved_share of {len(before)} keys, {how}", f"{expected:.4f}", f"{got:.4f}"
                )
        return None

    @exam.claim("no keys, or no load: the share is 0", hint="What is the share of nothing?",
                likely={"ZeroDivisionError": "the division has no guard for a total of 0"})  # fmt: skip
    def _() -> Finding | None:
        nothing: tuple[tuple[object, ...], ...] = (
            ({}, {"k": "a"}), ({"k": "a"}, {"k": "b"}, {"k": 0.0}), ({"k": "a"}, {"k": "b"}, {}),
        )  # fmt: skip
        for arguments in nothing:
            if (got := share(*arguments)) != 0.0:
                return Finding("share-of-nothing", f"moved_share{arguments}", "0.0", f"{got}")
        return None


def _ring(nodes: dict[str, float], vnodes: int) -> HashRing:
    ring = HashRing(vnodes)
    for node, weight in nodes.items():
        ring.add(node, weight)
    return ring


@examine
def check_ring(exam: Examination, Ring: Subject, *, seed: int, scale: float) -> None:
    nodes, keys = _fleet(seed, scale)
    no_wrap = "the search ran past the last point: a ring goes on with its first"
    weighted = "weight multiplies a node's points, and the ring remembers it"

    def filled(names: Sequence[str | tuple[str, float]], vnodes: int, **options: object) -> Subject:
        ring = Ring(vnodes, **options)
        each(ring.add, names)
        return ring  # type: ignore[no-any-return]

    def points(ring: Subject) -> list[tuple[int, str]]:
        found = plain(ring.points, list)
        for pair in found[:1]:
            if type(pair) not in (tuple, list) or len(pair) != 2:
                raise NotPlain("(position, node) pairs in ring.points", repr(pair)[:80])
            if type(pair[0]) is str:
                raise NotPlain("(position, node) in ring.points, the position first", repr(pair)[:80])
        return [(int(plain(at, int)), str(plain(node, str))) for at, node in found]

    @exam.claim(
        "a node stands at vnodes points, named node#0, node#1, …", hint="Count the points of one node."
    )
    def _() -> Finding | None:
        got = points(filled(["a"], 8))
        expected = _ring({"a": 1.0}, 8).points
        if len(got) != 8:
            return Finding("number-of-points", 'HashRing(8).add("a")', "8 points", f"{len(got)}",
                           "one point a node" if len(got) == 1 else "", "loop over range(count)")  # fmt: skip
        if sorted(got) != expected:
            lost = next(i for i in range(8) if (position(f"a#{i}"), "a") not in got)
            shifted = [point for point in got if point in expected]
            return Finding("other-positions", 'HashRing(8).add("a")', f'a point at self.place("a#{lost}"), {position(f"a#{lost}")}',
                           "no point there", "the numbers do not run from 0" if shifted else
                           "points are placed by something other than self.place(f\"{node}#{i}\")", f"print(self.place(\"a#{lost}\"))")  # fmt: skip
        return None

    @exam.claim(
        "points stay sorted as nodes join", hint="In which order do the points lie after the second add?"
    )
    def _() -> Finding | None:
        got = points(filled(["a", "b", "c"], 8))
        if got == sorted(got) and len(got) == 24:
            return None
        return Finding("not-sorted", 'HashRing(8), add("a"), add("b"), add("c")', "ring.points in ascending order, 24 of them",
                       f"{len(got)} points, out of order" if len(got) == 24 else f"{len(got)} points",
                       "points are appended but not kept sorted, so a search lands anywhere", "print(ring.points[:5]) after each add")  # fmt: skip

    @exam.claim(
        weighted,
        hint="round(vnodes * weight), at least 1.",
    )
    def _() -> Finding | None:
        ring = Ring(10)
        for node, weight, expected in (("big", 2.5, 25), ("odd", 0.26, 3), ("small", 0.01, 1)):
            ring.add(node, weight)
            got = sum(name == node for _, name in points(ring))
            if got != expected:
                likely = (
                    "the weight is not used"
                    if got == 10
                    else {0: "a very small node gets no point at all", 2: "cut off instead of rounded"}.get(
                        got, ""
                    )
                )
                return Finding(
                    "weight",
                    f'HashRing(10).add("{node}", {weight})',
                    f"point count {expected}",
                    f"{got}",
                    likely,
                )
        weights = plain(ring.weights, dict)
        if weights != {"big": 2.5, "odd": 0.26, "small": 0.01}:
            return Finding("weights-forgotten", "ring.weights after all three", "{'big': 2.5, 'odd': 0.26, 'small': 0.01}", f"{weights}",
                           "add does not remember the weight")  # fmt: skip
        return None

    @exam.claim("a node that is there already, or weighs nothing, is refused, and nothing changes",
                hint="Check before you change anything.")  # fmt: skip
    def _() -> Finding | None:
        ring = filled(["a"], 4)
        before = points(ring)
        duplicate = expect_error("DuplicateNode", lambda: ring.add("a"), 'add("a") twice',
                                 likely="the second add puts the same points on the ring again")  # fmt: skip
        found = duplicate or expect_error("ValueError", lambda: ring.add("b", 0), 'add("b", weight=0)')
        if found is None and (points(ring) != before or len(ring.weights) != 1):
            return Finding("changed-on-error", 'add("b", weight=0), which raises', "the ring as before",
                           f"{len(points(ring))} points, {len(ring.weights)} weights", "the ring is changed before the check")  # fmt: skip
        return found

    @exam.claim("an empty ring says EmptyRing", hint="What is there to find?",
                likely={"ZeroDivisionError": "an empty ring has no point to wrap around to"})  # fmt: skip
    def _() -> Finding | None:
        return expect_error("EmptyRing", lambda: Ring(4).lookup("k"), 'lookup("k") on an empty ring')

    @exam.claim("a key past the last point belongs to the first", hint="Where does a ring end?",
                likely={"IndexError": no_wrap}, needs="points stay sorted as nodes join")  # fmt: skip
    def _() -> Finding | None:
        ring = filled(["a", "b", "c"], 1)
        expected = _ring({"a": 1.0, "b": 1.0, "c": 1.0}, 1)
        last, first = expected.points[-1][0], expected.points[0][1]
        key = next(f"user:{i}" for i in range(10**6) if position(f"user:{i}") > last)
        got = plain(ring.lookup(key), str)
        if got == first:
            return None
        return Finding(
            "no-wrap-around",
            f'lookup("{key}"), which lies past the last point',
            f'"{first}", the first point\'s node',
            f'"{got}"',
            no_wrap if got == expected.points[-1][1] else "",
        )

    @exam.claim("a key exactly at a point belongs to that point", hint="At or after.",
                needs="points stay sorted as nodes join")  # fmt: skip
    def _() -> Finding | None:
        ring = filled(["a", "b", "c"], 4)
        got = {f"{node}#{i}": plain(ring.lookup(f"{node}#{i}"), str) for node in "abc" for i in range(4)}
        off = [key for key, owner in got.items() if owner != key[0]]
        if not off:
            return None
        reference = _ring(dict.fromkeys("abc", 1.0), 4).points
        after = {at: reference[(i + 1) % len(reference)][1] for i, (at, _) in enumerate(reference)}
        past = all(got[key] == after[position(key)] for key in got)
        return Finding("off-by-one-point", f'lookup("{off[0]}"): the key lies exactly at a point of "{off[0][0]}"', f'"{off[0][0]}"',
                       f'"{got[off[0]]}"', "the search goes past a point at the key's own position" if past else
                       "the key is placed by something other than self.place(key)" if len(off) > 5 else "",
                       "the first point at or after the key: bisect_left")  # fmt: skip

    @exam.claim("lookup is the first point clockwise, for every key", weight=2, hint="At or after, then around.",
                likely={"IndexError": no_wrap}, needs="points stay sorted as nodes join")  # fmt: skip
    def _() -> Finding | None:
        got = each(filled(nodes, 16).lookup, keys, as_=str)
        for key, owner, right in zip(
            keys, got, _owners(tuple((node, 1.0) for node in nodes), 16, keys), strict=True
        ):
            if owner != right:
                expected = _ring(dict.fromkeys(nodes, 1.0), 16)
                back = owner == expected.points[[p[0] >= position(key) for p in expected.points].index(True) - 1][1] if any(
                    p[0] >= position(key) for p in expected.points) else False  # fmt: skip
                return Finding("other-owner", f'lookup("{key}") on {len(nodes)} nodes', f'"{right}"', f'"{owner}"',
                               "the search goes counter-clockwise: it takes the point before the key" if back else "")  # fmt: skip
        return None

    @exam.claim("adding a node moves keys to that node alone", hint="Whose keys may change owner?",
                likely={"IndexError": no_wrap}, needs="points stay sorted as nodes join")  # fmt: skip
    def _() -> Finding | None:
        ring = filled(nodes, 16)
        before = each(ring.lookup, keys, as_=str)
        ring.add("newcomer")
        after = each(ring.lookup, keys, as_=str)
        for key, old, new in zip(keys, before, after, strict=True):
            if new not in (old, "newcomer"):
                return Finding(
                    "moved-elsewhere",
                    f'lookup("{key}") after add("newcomer")',
                    f'the owner stays "{old}", or becomes "newcomer"',
                    f'"{new}"',
                )
        if "newcomer" not in after:
            return Finding(
                "newcomer-idle",
                f'{len(keys)} lookups after add("newcomer")',
                "some keys move to it",
                "none does",
                "lookup answers from what add left behind earlier",
            )
        return None

    @exam.claim("after remove, a key falls to the next point that is left", hint="remove rebuilds self.points, and nothing else.",
                likely={"IndexError": "lookup uses something that remove does not know of: it rebuilds self.points alone"},
                needs="lookup is the first point clockwise, for every key")  # fmt: skip
    def _() -> Finding | None:
        sizes = (1.0, 0.5, 2.0) if exam.holds(weighted) else (1.0,)
        fleet = tuple((node, sizes[number % len(sizes)]) for number, node in enumerate(nodes))
        ring = filled(fleet, 16)
        ring.lookup(keys[0])
        ring.remove(nodes[1])
        got = each(ring.lookup, keys, as_=str)
        for key, owner, right in zip(keys, got, _owners(fleet, 16, keys, lost=nodes[1]), strict=True):
            if owner != right:
                return Finding("stale-after-remove", f'lookup("{key}") after remove("{nodes[1]}")', f'"{right}"', f'"{owner}"',
                               "lookup uses something that remove does not know of: it rebuilds self.points alone")  # fmt: skip
        return None

    @exam.claim("a lookup costs the logarithm of the points", hint="Sorted points can be halved.",
                likely={"IndexError": no_wrap}, needs="points stay sorted as nodes join")  # fmt: skip
    def _() -> Finding | None:
        few = nodes[:12]
        ring = filled(few, 64, counted=True)
        before = plain(ring.comparisons, int)
        each(ring.lookup, keys[:200])
        cost = (plain(ring.comparisons, int) - before) / 200
        number = 64 * len(few)
        allowed = 2 * math.log2(number) + 4
        if cost <= allowed:
            return None
        return Finding("slow-lookup", f"a lookup among {number} points", f"at most {allowed:.0f} comparisons (binary search)",
                       f"{cost:.0f}", "the search looks at every point, or sorts them again" if cost > number / 8 else "", "bisect on ring.points")  # fmt: skip


@examine
def check_bounded(exam: Examination, Ring: Subject, bounded: Subject, *, seed: int, scale: float) -> None:
    names, popular, different = _prompts(seed, scale)
    own = "your HashRing places nodes as the reference does"
    home, rounded = (
        "below the bound, a request stays at home",
        "the bound is (1 + epsilon) × the fair share, rounded up",
    )
    no_wrap = "the walk ran past the last point: a ring goes on with its first"

    def rings(nodes: dict[str, float], vnodes: int) -> tuple[Subject, HashRing]:
        ring = Ring(vnodes)
        each(ring.add, list(nodes.items()))
        return ring, _ring(nodes, vnodes)

    def placed(ring: Subject, requests: Sequence[str], epsilon: float) -> list[str]:
        return list(plain(bounded(ring, list(requests), epsilon), list[str]))

    def busiest(owners: list[str]) -> int:
        return max(Counter(owners).values(), default=0)

    @exam.claim(own, weight=0, hint="Finish exercise 2 first.")
    def _() -> Finding | None:
        ring, expected = rings(dict.fromkeys(names, 1.0), 6)
        if [(at, node) for at, node in plain(ring.points, list)] == expected.points:
            return None
        return Finding("ring-first", "the points of your HashRing", "those of the reference", "others",
                       "the ring of exercise 2 is not finished", "pass its check, run its cell again, then come back")  # fmt: skip

    @exam.claim("epsilon must be above 0, and an empty ring says EmptyRing", hint="Check at the door.", needs=own,
                likely={"ZeroDivisionError": "an empty ring has no weights to share among",
                        "KeyError": "an empty ring has no node to ask for room"})  # fmt: skip
    def _() -> Finding | None:
        ring, _ = rings({"a": 1.0, "b": 1.0}, 4)
        for epsilon in (-0.5, 0.0):
            found = expect_error("ValueError", lambda: bounded(ring, ["k"], epsilon), f"bounded_owners(ring, ['k'], epsilon={epsilon})",  # noqa: B023
                                 kind="no-guard", likely="there is no guard: without slack the last request may walk for ever")  # fmt: skip
            if found:
                return found
        return expect_error(
            "EmptyRing",
            lambda: bounded(Ring(4), ["k"], 0.5),
            "bounded_owners of an empty ring",
            kind="empty-ring",
        )

    @exam.claim(
        home, hint="With a wide bound it is the plain ring.", needs=own, likely={"IndexError": no_wrap}
    )
    def _() -> Finding | None:
        ring, expected = rings(dict.fromkeys(names, 1.0), 6)
        if (nothing := placed(ring, [], 0.5)) != []:
            return Finding("no-requests", "bounded_owners(ring, [], 0.5)", "[]", f"{nothing}")
        requests = [*different[:60], f"{names[0]}#3"]
        got = placed(ring, requests, 100.0)
        if len(got) != len(requests):
            return Finding(
                "not-all-served", f"{len(requests)} requests", f"{len(requests)} owners", f"{len(got)}"
            )
        for key, owner in zip(requests, got, strict=True):
            if owner != (right := expected.lookup(key)):
                return Finding("not-at-home", f'"{key}" with every node far below its bound', f'"{right}", as lookup says', f'"{owner}"',
                               "the walk does not start at the first point at or after the key")  # fmt: skip
        return None

    @exam.claim(rounded, hint="ceil, and 1 + epsilon.", needs=home,
                likely={"IndexError": no_wrap,
                        "TookTooLong": "together the nodes may hold fewer requests than arrive, so the last walks for ever"})  # fmt: skip
    def _() -> Finding | None:
        ring, reference = rings(dict.fromkeys(names[:4], 1.0), 1)
        home = reference.lookup("celebrity")
        near = [key for key in (f"prompt:{i}" for i in range(400)) if reference.lookup(key) == home]
        most = busiest(placed(ring, ["celebrity"] * 5 + near[:4], 1.0))
        if most == 5:
            most = busiest(placed(ring, ["celebrity"] * 8, 1.0))
            return None if most == 4 else Finding(
                "bound", "eight requests at home on one of four equal nodes, epsilon 1", "4 on the busiest node: 2 × 8 / 4", f"{most}",
                "a whole number is rounded up too: math.ceil leaves it" if most == 5 else "")  # fmt: skip
        likely = {4: "the bound is rounded down, so together the nodes may not hold all requests",
                  9: "a node never fills up: its load is not counted",
                  6: "one request more than the bound: a node is full when its load has reached it",
                  3: "the bound counts different keys, not requests"}  # fmt: skip
        return Finding("bound", "nine requests at home on one of four equal nodes, epsilon 1", "5 on the busiest node: ceil(2 × 9 / 4)", f"{most}",
                       likely.get(most, ""), "print the bounds before the first request")  # fmt: skip

    @exam.claim("a heavier node has a higher bound", hint="ring.weights.", needs=rounded)
    def _() -> Finding | None:
        nodes = {names[0]: 3.0, names[1]: 1.0}
        ring, _ = rings(nodes, 8)
        got = Counter(placed(ring, [f"prompt:{i}" for i in range(400)] + ["celebrity"] * 400, 0.25))
        for node, bound in {names[0]: 750, names[1]: 250}.items():
            if got[node] > bound:
                return Finding("weights", f"800 requests, weights 3 and 1, epsilon 0.25: the node of weight {nodes[node]:g}", f"at most {bound} of them",
                               f"{got[node]}", "the bound is the same for every node")  # fmt: skip
        small, reference = rings({names[0]: 1.0, names[1]: 0.25}, 2)
        got = Counter(placed(small, ["celebrity"] * 100, 0.25))
        expected = Counter(bounded_owners(reference, ["celebrity"] * 100, 0.25))
        if got != expected:
            return Finding(
                "weight-not-points",
                "100 requests for one key, weights 1 and 0.25, epsilon 0.25, 2 points and 1",
                f"{dict(expected)}",
                f"{dict(got)}",
                "the bound follows the number of points, which is rounded, and not the weight",
            )
        return None

    @exam.claim("a full node's request goes clockwise to the first with room", weight=2, hint="Point by point.", needs=rounded,
                likely={"IndexError": no_wrap})  # fmt: skip
    def _() -> Finding | None:
        last, before = (point[0] for point in _ring(dict.fromkeys(names, 1.0), 1).points[-1:-3:-1])
        late = next(key for key in (f"prompt:{i}" for i in range(10**6)) if before < position(key) <= last)
        for vnodes, requests, epsilon in (
            (1, ("celebrity",) * 16, 0.5),
            (1, (late,) * 16, 0.5),
            (6, popular, 0.25),
            (3, popular[::-1], 1.0),
        ):
            nodes = dict.fromkeys(names, 1.0)
            expected = _bounded(tuple(nodes.items()), vnodes, requests, epsilon)
            got = placed(rings(nodes, vnodes)[0], requests, epsilon)
            if len(got) != len(expected):
                return Finding(
                    "not-all-served", f"{len(expected)} requests", f"{len(expected)} owners", f"{len(got)}"
                )
            bound = math.ceil((1 + epsilon) * len(requests) / len(names))
            if busiest(got) > bound:
                return Finding("above-bound", f"{len(requests)} requests, {len(names)} nodes, epsilon {epsilon}", f"at most {bound} on one node",
                               f"{busiest(got)}", "the walk stops after one step, even at a full node")  # fmt: skip
            for number, (owner, right) in enumerate(zip(got, expected, strict=True)):
                if owner != right:
                    return Finding("not-clockwise", f'request {number + 1} of {len(requests)}, "{requests[number]}", when nodes before it are full',
                                   f'"{right}", the next clockwise with room', f'"{owner}"', "a full node's request is not handed to the next point on the ring")  # fmt: skip
        return None

    @exam.claim(
        "a request costs the logarithm of the points while nodes have room",
        hint="Sorted points can be halved.",
        needs=rounded,
    )
    def _() -> Finding | None:
        ring = Ring(64, counted=True)
        each(ring.add, names)
        before, requests = plain(ring.comparisons, int), different[60:]
        placed(ring, requests, 50.0)
        cost, number = (plain(ring.comparisons, int) - before) / len(requests), 64 * len(names)
        allowed = 2 * math.log2(number) + 4
        if cost <= allowed:
            return None
        return Finding("slow-walk", f"a request among {number} points, every node far below its bound", f"at most {allowed:.0f} comparisons (binary search)",
                       f"{cost:.0f}", "the start is searched from the first point on", "bisect_left on ring.points")  # fmt: skip

    @exam.claim("the ring is left as it was", hint="Copy what you change.", needs=rounded)
    def _() -> Finding | None:
        ring, reference = rings(dict.fromkeys(names, 1.0), 4)
        bounded(ring, popular[:50], 0.5)
        if plain(ring.points, list) == reference.points and plain(ring.weights, dict) == reference.weights:
            return None
        return Finding(
            "ring-changed", "ring.points and ring.weights after bounded_owners", "as before", "changed"
        )
