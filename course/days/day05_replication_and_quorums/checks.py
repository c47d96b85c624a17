"""Day 5: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import random
from collections.abc import Iterable, Iterator
from typing import Any

from course.checking.probes import Examination, Step, calls, examine, growth, raised, script
from course.checking.subject import plain
from course.systems.cluster import versions as library
from course.systems.cluster.quorum import Quorum
from course.systems.cluster.versions import Version, compare, reconcile

WRITERS = ("ann", "bob", "", "Ann", "größe")
ALIKE = (("ann", "Ann"), ("gr\u00f6\u00dfe", "gro\u0308\u00dfe"), ("", " "), ("ann", "ann "), ("1", "01"))
"""Writers that are one only to somebody who tidies texts."""
VERSIONS = list[dict[str, Any]]


def _clock(draw: random.Random, most: int = 3, writers: tuple[str, ...] = WRITERS) -> dict[str, int]:
    chosen = draw.sample(writers, draw.randint(0, min(3, len(writers))))
    return {writer: draw.randint(0, most) for writer in chosen}


def _grown(draw: random.Random, clock: dict[str, int], writers: tuple[str, ...] = WRITERS) -> dict[str, int]:
    """A clock that has seen all of ``clock`` and more."""
    grown = dict(clock)
    for _ in range(draw.choice((1, 1, 2))):
        writer = draw.choice(writers)
        grown[writer] = grown.get(writer, 0) + 1
    return grown


# ── compare ─────────────────────────────────────────────────────────────────────────────────────────────


@examine(compare)
def check_compare(exam: Examination) -> None:
    draw = exam.draw

    def pairs(stand: Any, rows: Iterable[tuple[dict[str, int], dict[str, int]]]) -> Iterator[Step]:
        yield from calls(stand, *rows, as_=str)

    def apart(n: int) -> list[tuple[dict[str, int], dict[str, int]]]:
        """Pairs of which each has seen something that the other has not."""
        rows = []
        for _ in range(n):
            one, two = draw.sample(WRITERS, 2)
            common = _clock(draw)
            a, b = {**common, one: common.get(one, 0) + 1}, {**common, two: common.get(two, 0) + 1}
            rows.append((a, b))
        return rows

    @exam.claim(
        "all four answers, on clocks of the same writers",
        "Which counts are higher, and which lower?",
        weight=2,
    )
    def four(stand: Any) -> Iterator[Step]:
        one, two = draw.sample(WRITERS, 2)
        base = {one: draw.randint(1, 5), two: draw.randint(1, 5)}
        more = {**base, one: base[one] + draw.randint(1, 3)}
        cross = {one: base[one] - 1, two: base[two] + draw.randint(1, 3)}
        rows = [(base, more), (more, base), (base, dict(base)), (base, cross), (cross, more)]
        yield from pairs(stand, draw.sample(rows, len(rows)))

    @exam.claim("a writer that is missing counts 0", "On either side.", weight=2)
    def missing(stand: Any) -> Iterator[Step]:
        writer, other = draw.sample(WRITERS, 2)
        n = draw.randint(1, 9)
        some = {writer: n}
        rows: list[tuple[dict[str, int], dict[str, int]]] = [
            ({}, some),
            (some, {}),
            ({}, {writer: 0}),
            ({writer: 0}, {}),
        ]
        rows += [(some, {writer: n, other: 0}), ({other: 1}, some), (some, {writer: n, other: 1}), ({}, {})]
        rows += [({writer: 0, other: n}, {other: n, "new": 1}), ({other: n, "new": 1}, {writer: 0, other: n})]
        yield from pairs(stand, draw.sample(rows, len(rows)))

    @exam.claim("clocks are compared writer by writer, not by their sums", "Who has seen what?", needs=four)
    def _(stand: Any) -> Iterator[Step]:
        rows = []
        for _ in range(5):
            one, two, three = draw.sample(WRITERS, 3)
            rows.append(({one: draw.randint(3, 9)}, {two: 1, three: 1}))
            rows.append(({one: 1, two: draw.randint(4, 9)}, {one: 2, two: 1}))
        yield from pairs(stand, rows)

    @exam.claim("clocks that have drifted apart, or grown", "Any number of writers.", needs=missing)
    def _(stand: Any) -> Iterator[Step]:
        rows = apart(4)
        for _ in range(6):
            clock = _clock(draw)
            grown = _grown(draw, clock)
            rows += draw.sample([(clock, grown), (grown, clock)], 2)
        yield from pairs(stand, rows)

    @exam.claim("writers are compared as they are", "Two texts, two writers.", needs=missing)
    def _(stand: Any) -> Iterator[Step]:
        rows = []
        for one, two in draw.sample(ALIKE, len(ALIKE)):
            n = draw.randint(1, 5)
            rows += [({one: n}, {two: n}), ({one: n}, {one: n, two: 1}), ({one: n}, {one: n})]
        yield from pairs(stand, rows)

    @exam.claim("clocks of many writers", "Look at every writer.", needs=missing)
    def many(stand: Any) -> Iterator[Step]:
        names = tuple(f"device {number}" for number in range(exam.size(40)))
        for _ in range(4):
            clock = {name: draw.randint(0, 3) for name in names}
            late = draw.choice(names)
            grown = {**clock, late: clock[late] + 1}
            back = {**grown, draw.choice([name for name in names if name != late]): 9}
            yield from pairs(
                stand, [(clock, grown), (grown, clock), (grown, {**clock, "new": 1}), (back, grown)]
            )

    @exam.claim("the work is one pass over the writers", "A dict finds a writer at once.", needs=many)
    def _(stand: Any) -> Iterator[Step]:
        clocks = {n: {f"device {number}": 1 for number in range(n)} for n in (50, 200)}
        yield from growth("compare", lambda n: (stand, [(clocks[n], clocks[n])] * 3), at=50, most=1.3)


# ── reconcile ───────────────────────────────────────────────────────────────────────────────────────────


def _version(draw: random.Random, clock: dict[str, int], **fixed: Any) -> Version:
    found = {
        "value": f"v{draw.randrange(10**4)}",
        "clock": clock,
        "stamp": draw.randrange(10**4) / 16,
        "writer": "ann",
    }
    return {**found, **fixed}  # type: ignore[typeddict-item]


def _chain(draw: random.Random, n: int) -> list[Version]:
    """Versions each of which has seen the one before it; their stamps say nothing of that."""
    found, clock = [], _clock(draw)
    for _ in range(n):
        clock = _grown(draw, clock)
        found.append(_version(draw, clock, writer=draw.choice(WRITERS)))
    return found


def _branches(draw: random.Random, n: int) -> list[Version]:
    """``n`` versions that have not seen each other, by writers of their own, with different stamps."""
    base = _clock(draw, writers=WRITERS[:2])
    stamps = draw.sample(range(1000), n)
    return [
        _version(draw, {**base, f"w{place}": draw.randint(1, 3)}, stamp=stamp / 8, writer=f"w{place}")
        for place, stamp in enumerate(stamps)
    ]


def _told(given: list[Version]) -> str:
    said = ", ".join(
        f"{each['value']} {each['clock']} at {each['stamp']:g} by {each['writer']!r}" for each in given[:5]
    )
    return said + (f" and {len(given) - 5} more" if len(given) > 5 else "")


def _kept(given: list[Version], answer: Any) -> Any:
    """What an answer is, in words that are the same for both choices."""
    if type(answer) is not list:
        return answer
    left, newest = library.reconcile(given), library.latest(given)
    unknown = [each for each in answer if each not in given]
    if unknown:
        return f"not one of those given: {unknown[0]}"
    if any(each in answer[:place] for place, each in enumerate(answer)):
        return "one of them twice"
    old = [each["value"] for each in answer if each not in left]
    if old:
        return f"{old[0]}, which another has seen"
    if len(answer) == len(left):
        return "all that none has seen, or the latest of those"
    first = {(each["stamp"], each["writer"]) for each in newest}
    if len(answer) == 1 and {(each["stamp"], each["writer"]) for each in answer} == first:
        return "all that none has seen, or the latest of those"
    return f"only {[each['value'] for each in answer]} of {[each['value'] for each in left]}"


@examine(reconcile)
def check_reconcile(exam: Examination) -> None:
    draw = exam.draw

    def made(make: Any, *cases: list[Version]) -> Iterator[Step]:
        """What is made of each case, in the words of :func:`_kept`."""
        answers = calls(make, *[(case,) for case in cases], as_=VERSIONS)
        for case, (_, answer) in zip(cases, answers, strict=False):
            yield f"reconcile of {_told(case)}", _kept(case, answer)

    def exactly(make: Any, *cases: list[Version]) -> Iterator[Step]:
        """The values that are made of each case, where both choices are the same."""
        answers = calls(make, *[(case,) for case in cases], as_=VERSIONS)
        for case, (_, answer) in zip(cases, answers, strict=False):
            told = sorted(str(each.get("value")) for each in answer) if type(answer) is list else answer
            yield f"reconcile of {_told(case)}: the values", told

    @exam.claim("of a chain the last one is left", "Which has seen the others?", weight=2)
    def chain(make: Any) -> Iterator[Step]:
        cases = []
        for n in (1, 2, 2, 3, 4, 6):
            versions = _chain(draw, n)
            cases.append(draw.sample(versions, n))
        yield from exactly(make, *cases)

    @exam.claim(
        "a later stamp does not beat a version that has seen it", "The clock first.", weight=2, needs=chain
    )
    def _(make: Any) -> Iterator[Step]:
        cases = []
        for n in (2, 2, 3, 4):
            versions = _chain(draw, n)
            for place, version in enumerate(versions):
                version["stamp"] = 1000.0 - place
            cases += [versions, versions[::-1]]
        yield from exactly(make, *cases)

    @exam.claim(
        "of concurrent versions all are left, or the latest",
        "None has seen the others.",
        weight=3,
        needs=chain,
    )
    def apart(make: Any) -> Iterator[Step]:
        cases = []
        for n in (2, 2, 3, 4, 5):
            versions = _branches(draw, n)
            cases += [versions, draw.sample(versions, n)]
        yield from made(make, *cases)

    @exam.claim("what a branch has seen goes, also beside another branch", "Each against each.", needs=apart)
    def _(make: Any) -> Iterator[Step]:
        cases = []
        for n in (2, 2, 3, 3):
            tips = _branches(draw, n)
            old = [
                _version(draw, {**tip["clock"], tip["writer"]: 0}, stamp=2000.0 + place, writer=tip["writer"])
                for place, tip in enumerate(tips[:2])
            ]
            cases.append(draw.sample([*tips, *old], n + 2))
        yield from made(make, *cases)

    @exam.claim(
        "the same version twice is one; equal clocks with other values are two",
        "All four fields.",
        needs=apart,
    )
    def _(make: Any) -> Iterator[Step]:
        versions = _chain(draw, 2)
        twins = _version(draw, {"ann": 2}, stamp=5.0), _version(draw, {"ann": 2}, stamp=4.0)
        zero = _version(draw, {"ann": 2, "bob": 0}, stamp=6.0)
        same = [versions[1], versions[0], versions[1]]
        beside = [*twins, _version(draw, {"bob": 1}, stamp=3.0, writer="bob")]
        turned = _version(draw, {"ann": 2, "bob": 1}), _version(draw, {"ann": 1})
        other_way: Version = {**turned[0], "clock": {"bob": 1, "ann": 2}}
        again = [*turned, other_way]
        cases = [same, [*twins], [*twins[::-1]], [twins[0], *twins], [twins[0], zero], beside, again]
        yield from made(make, *cases)

    @exam.claim(
        "versions that differ in one field are two, whichever field it is",
        "All four fields.",
        needs=apart,
    )
    def _(make: Any) -> Iterator[Step]:
        other = _version(draw, {"bob": 1}, stamp=1.0, writer="bob")
        one = _version(draw, {"ann": 2}, stamp=6.25)
        cases = []
        for changed in ({"value": ""}, {"stamp": 6.75}, {"writer": "Ann"}):
            two: Version = {**one, **changed}  # type: ignore[typeddict-item]
            case = draw.sample([one, two, other], 3)
            cases += [case, [*case, dict(one)]]
        yield from made(make, *cases)  # type: ignore[arg-type]

    @exam.claim(
        "of equal stamps all are left, or that of the last writer in the order of texts",
        "Not some of them.",
        needs=apart,
    )
    def _(make: Any) -> Iterator[Step]:
        cases = []
        for first, last in (("ann", "bob"), ("Zoe", "ann"), ("", "ann"), ("zoe", "\u00e9va")):
            for values in (("a", "b"), ("b", "a")):
                tied = [
                    _version(draw, {writer: 1}, value=value, stamp=7.0, writer=writer)
                    for writer, value in zip((first, last), values, strict=True)
                ]
                cases.append(draw.sample([*tied, _version(draw, {"w": 1}, stamp=3.0, writer="w")], 3))
                cases.append(tied[::-1])
        yield from made(make, *cases)

    @exam.claim(
        "equal stamps, equal values, an empty value: nothing depends on them",
        "Which field decides?",
        needs=apart,
    )
    def _(make: Any) -> Iterator[Step]:
        cases: list[list[Version]] = []
        for n in (2, 3):
            versions = _branches(draw, n)
            cases.append(
                [_version(draw, each["clock"], stamp=7.0, writer=each["writer"]) for each in versions]
            )
            cases.append(
                [_version(draw, each["clock"], value="", writer=each["writer"]) for each in versions]
            )
            cases.append([_version(draw, each["clock"], stamp=-each["stamp"] - 1) for each in versions])
            nameless = _version(draw, {"": 1}, stamp=500.0, writer="")
            cases.append(draw.sample([*versions, nameless], n + 1))
        for late, early in ((6.75, 6.25), (0.0, -3.0)):
            first = _version(draw, {"ann": 1}, stamp=late, writer="ann")
            cases.append([first, _version(draw, {"bob": 1}, stamp=early, writer="bob")])
        yield from made(make, *cases, *[case[::-1] for case in cases])

    @exam.claim("which are left does not depend on the order in which they came", "Any order.", needs=apart)
    def _(make: Any) -> Iterator[Step]:
        for n in (2, 3, 4):
            tips = _branches(draw, n)
            chain = _chain(draw, 2)
            case = [*tips, *chain, tips[0]]
            orders = [draw.sample(case, len(case)) for _ in range(4)]
            answers = [answer for _, answer in calls(make, *[(order,) for order in orders], as_=VERSIONS)]
            lists = [sorted(map(str, answer)) for answer in answers if type(answer) is list]
            told = len(lists) == 4 and all(each == lists[0] for each in lists)
            yield f"reconcile of {_told(case)}, in four orders: the same each time", told

    @exam.claim("the same choice each time", "All, or the latest: not now one, now the other.", needs=apart)
    def _(make: Any) -> Iterator[Step]:
        cases = [_branches(draw, n) for n in (2, 2, 2, 3, 4)]
        cases.append([_version(draw, {writer: 1}, stamp=-2.0, writer=writer) for writer in "abc"])
        counts = {
            len(answer) == 1
            for _, answer in calls(make, *[(case,) for case in cases], as_=VERSIONS)
            if type(answer) is list
        }
        yield "six sets of versions that are concurrent: is it the same choice each time", len(counts) == 1

    @exam.claim("of nothing, nothing", "What is there to read?", needs=chain)
    def _(make: Any) -> Iterator[Step]:
        yield from exactly(make, [], _chain(draw, 1), [])

    @exam.claim("many versions of many writers", "Each against each.", needs=apart)
    def many(make: Any) -> Iterator[Step]:
        for n in (8, exam.size(20)):
            case = [*_branches(draw, 4), *_chain(draw, n)]
            yield from made(make, draw.sample(case, len(case)))

    @exam.claim("the work is each against each, once", "A pair needs no third.", needs=many)
    def _(make: Any) -> Iterator[Step]:
        cases = {n: _branches(draw, n) for n in (6, 24)}
        yield from growth("reconcile", lambda n: (make, [(cases[n],)]), at=6, most=2.4)


# ── Quorum ──────────────────────────────────────────────────────────────────────────────────────────────


@examine(reconcile, Quorum)
def check_quorum(exam: Examination) -> None:
    draw = exam.draw

    def store(
        Store: Any, copies: int, r: int, w: int, kept: Iterable[list[Version]] = (), down: Iterable[int] = ()
    ) -> tuple[Any, Any, str]:
        """A store whose replicas answer in an order that is told, with versions of "k" on them."""
        found, order = Store(copies, r, w), draw.sample(range(copies), copies)
        network = found.network
        down = sorted(down)
        lines = [(network, "planned =", [order] * 4), (network, "hold", "k", [*kept] or [[]] * copies)]
        list(script(*lines, (network, "fail", down)))
        away = f", {down} down" if down else ""
        return found, network, f"{copies} copies, r {r}, w {w}, answers in the order {order}{away}"

    types = {"held": list[VERSIONS], "messages": int, "read": VERSIONS, "write": dict[str, Any]}

    def done(network: Any, note: str, *first: tuple[Any, ...]) -> Iterator[Step]:
        """What the lines ``first`` do, then what each replica has, and the messages so far."""
        lines = (("what each replica has then", network, "held", "k"), ("messages then", network, "messages"))
        yield from script(*first, *lines, as_=types, note=f": {note}")

    own = "your reconcile leaves the last of a chain"

    @exam.claim(own, "Finish exercise 2 first.", weight=0)
    def _(make: Any, Store: Any) -> Iterator[Step]:
        cases = [draw.sample(_chain(draw, n), n) for n in (1, 2, 3)]
        yield from calls(make, *[(case,) for case in cases], as_=VERSIONS)

    @exam.claim(
        "a write is on w replicas when it returns, and on all later",
        "Sent to all, waits for w.",
        weight=2,
        needs=own,
    )
    def written(make: Any, Store: Any) -> Iterator[Step]:
        for copies, w in ((1, 1), (2, 1), (3, 1), (3, 2), (3, 3), (5, 2)):
            found, network, note = store(Store, copies, draw.randint(1, copies), w)
            value, stamp, writer = f"v{draw.randrange(100)}", draw.randrange(800) / 8, draw.choice(WRITERS)
            line: tuple[Any, ...] = (found, "write", "k", value, [], writer, stamp)
            yield from done(network, note, line)
            network.deliver()
            yield from done(network, f"once all has arrived: {note}")

    @exam.claim("a read returns what the first r replicas have", "The first r, no more.", weight=2, needs=own)
    def first_r(make: Any, Store: Any) -> Iterator[Step]:
        for copies, r in ((1, 1), (2, 1), (3, 1), (3, 2), (3, 3), (5, 3)):
            chain = _chain(draw, 3)
            kept = [draw.sample(chain, draw.randint(0, 2)) for _ in range(copies)]
            found, network, note = store(Store, copies, r, 1, kept)
            yield from done(network, note, (found, "read", "k"))

    @exam.claim(
        "replicas that answered and lack it are repaired, and no others",
        "Before it returns.",
        weight=2,
        needs=first_r,
    )
    def repaired(make: Any, Store: Any) -> Iterator[Step]:
        for copies, r in ((2, 2), (3, 2), (3, 2), (4, 3), (5, 3), (5, 5)):
            old, new = _chain(draw, 2)
            kept = [draw.choice(([], [old], [new], [old, new])) for _ in range(copies)]
            found, network, note = store(Store, copies, r, 1, kept)
            yield from done(network, note, (found, "read", "k"))

    def mended(make: Any, Store: Any, copies: int, r: int, kept: list[list[Version]]) -> Iterator[Step]:
        """A read of versions that are concurrent, by what the answer's own reconcile makes of them."""
        found, network, note = store(Store, copies, r, 1, kept)
        order = [int(part) for part in note.split("[")[1].split("]")[0].split(", ")][:r]
        union = [version for index in order for version in kept[index]]
        expected = plain(make(union), VERSIONS)
        got = plain(found.read("k"), VERSIONS)
        same = sorted(map(str, expected)) == sorted(map(str, got))
        yield f"read: {note}: is it your reconcile of those", same
        held = plain(network.held("k"), list[VERSIONS])
        lacking = [index for index in order if any(each not in held[index] for each in expected)]
        yield f"read: {note}: replicas that answered and still lack one", lacking
        extra = sum(each not in kept[index] for index in order for each in expected)
        yield (
            f"read: {note}: messages sent, less the request and one for each version that was lacking",
            plain(network.messages, int) - copies - extra,
        )

    @exam.claim(
        "concurrent versions: what your reconcile makes of the r answers", "Use reconcile.", needs=repaired
    )
    def _(make: Any, Store: Any) -> Iterator[Step]:
        for copies, r in ((2, 2), (3, 2), (3, 3), (5, 4)):
            tips = _branches(draw, 3)
            kept = [draw.sample(tips, draw.randint(0, 2)) for _ in range(copies)]
            yield from mended(make, Store, copies, r, kept)
        base = _version(draw, {"ann": 2}, stamp=4.0)
        for change in ({"value": "w", "stamp": 5.0}, {"clock": {"bob": 1}, "stamp": 5.0}):
            twin: Version = {**base, **change}  # type: ignore[typeddict-item]
            yield from mended(make, Store, 2, 2, draw.sample([[base], [twin]], 2))

    @exam.claim(
        "the new clock has seen what was read, and one write more",
        "Merge, then count.",
        weight=2,
        needs=written,
    )
    def _(make: Any, Store: Any) -> Iterator[Step]:
        for n in (0, 1, 1, 2, 3):
            found, _, note = store(Store, 3, 2, 2)
            common = draw.choice(WRITERS)
            names = [dict.fromkeys((common, *draw.sample(WRITERS, 2))) for _ in range(n)]
            clocks = [{name: draw.randint(2, 5) for name in each} for each in names]
            writer = draw.choice((common, *WRITERS))
            row = ("k", draw.choice(("", "v")), clocks, writer, draw.choice((0.0, 1.5)))
            yield from calls(found.write, row, as_=dict[str, Any], note=f": {note}")

    @exam.claim(
        "the clock knows what the writer read, not what the store remembers",
        "Only `seen`.",
        needs=written,
    )
    def _(make: Any, Store: Any) -> Iterator[Step]:
        found, _, note = store(Store, 3, 2, 2)
        writer = draw.choice(WRITERS)
        rows: list[tuple[Any, ...]] = [
            ("k", "a", [], writer, 0.0),
            ("k", "b", [], writer, 1.0),
            ("other", "c", [], writer, 0.0),
        ]
        yield from calls(found.write, *rows, as_=dict[str, Any], note=f": {note}")

    @exam.claim(
        "nobody waits for more answers than it needs, and what is under way stays so",
        "Take r answers, or w, and leave the rest.",
        needs=written,
    )
    def _(make: Any, Store: Any) -> Iterator[Step]:
        for copies, r, w in ((2, 1, 1), (3, 2, 1), (5, 2, 3)):
            found, network, note = store(Store, copies, r, w)
            line: tuple[Any, ...] = (found, "write", "k", "v", [], draw.choice(WRITERS), 0.0)
            waited = ("answers waited for so far", network, "waited")
            held = ("what each replica has then", network, "held", "k")
            lines = (line, waited, (found, "read", "k"), waited, held)
            yield from script(*lines, as_=types | {"waited": int}, note=f": {note}")

    @exam.claim("replicas that are down are not waited for", "The first r that answer.", needs=repaired)
    def _(make: Any, Store: Any) -> Iterator[Step]:
        for copies, need, gone in ((2, 1, 1), (3, 2, 1), (3, 1, 2), (5, 3, 2)):
            old, new = _chain(draw, 2)
            kept = [draw.choice(([old], [new])) for _ in range(copies)]
            found, network, note = store(Store, copies, need, need, kept, draw.sample(range(copies), gone))
            yield from done(network, note, (found, "read", "k"))
            seen = {name: count for name, count in new["clock"].items() if count}
            yield from done(network, note, (found, "write", "k", "w", [seen], "bob", 2.0))

    @exam.claim(
        "too few answers are NoQuorum, and a failed write is not taken back",
        "Count them.",
        weight=2,
        needs=repaired,
    )
    def _(make: Any, Store: Any) -> Iterator[Step]:
        for copies, r, w, gone in ((1, 1, 1, 1), (3, 2, 2, 2), (3, 3, 3, 1), (5, 3, 4, 3)):
            old, new = _chain(draw, 2)
            down = draw.sample(range(copies), gone)
            up = [index for index in draw.sample(range(copies), copies) if index not in down]
            kept = [[old] if index in up[::2] else [new] for index in range(copies)]
            found, network, note = store(Store, copies, r, w, kept, down)
            yield f"read: {note}", raised(lambda found=found: found.read("k"))  # type: ignore[misc]
            yield from done(network, f"after that read: {note}")
            yield f"write: {note}", raised(lambda found=found: found.write("k", "w", [], "bob", 2.0))  # type: ignore[misc]
            network.deliver()
            yield from done(network, f"after that write: {note}")

    @exam.claim(
        "a key that nobody has written is empty, and other keys are other keys", "By key.", needs=first_r
    )
    def _(make: Any, Store: Any) -> Iterator[Step]:
        found, network, note = store(Store, 3, 2, 2, [[_version(draw, {"ann": 1})]] * 3)
        other = draw.choice(("", "K", "k ", "other"))
        yield from calls(found.read, (other,), ("k",), as_=VERSIONS, note=f": {note}")
        found.write(other, "x", [], "ann", 0.0)
        yield from done(network, f"after write to {other!r}: {note}")

    @exam.claim(
        "whoever saw a write is followed by nobody who does not", "Repair before you return.", needs=repaired
    )
    def _(make: Any, Store: Any) -> Iterator[Step]:
        after = 0
        for _ in range(6):
            found, network, _ = store(Store, 3, 2, 2, down=[1, 2])
            raised(lambda found=found: found.write("k", "new", [], "ann", 0.0))  # type: ignore[misc]
            orders = [draw.sample(range(3), 3) for _ in range(2)]
            read = (found, "read", "k")
            steps = script((network, "fail", []), (network, "planned =", orders), read, read, as_=types)
            first, then = [bool(value) for _, value in steps][-2:]
            after += first and not then
        yield "six writes that reached one of three, two reads each: how often new, then old", after
