"""Day 14: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

from collections.abc import Iterator, Sequence
from typing import Any

from course.checking.probes import Examination, Step, calls, examine, growth, script
from course.checking.subject import each, plain, there
from course.systems.search.merge_policy import pick_merge
from course.systems.search.segment_merge import merge_segments
from course.systems.search.segment_store import SegmentStore
from course.systems.search.segment_trial import MergeTrial, Plain, PolicyTrial, StoreTrial
from course.systems.search.segments import Segment

WORDS = ("red", "blue", "shoe", "hat", "é")


def _text(id: int, version: int, deletes: float = 0.0) -> str | None:
    """What an id holds at a version, which is one text wherever it stands; None for some."""
    number = (id * 7919 + version * 104729) % 1009
    return None if number % 100 < 100 * deletes else f"{WORDS[number % 5]} {WORDS[number // 5 % 5]}"


# ── SegmentStore ────────────────────────────────────────────────────────────────────────────────────────


def _call(name: str, *arguments: Any) -> str:
    return f"{name}({', '.join(map(repr, arguments))})"


def _told(before: Sequence[str]) -> str:
    """What was called before, in words."""
    said = " · ".join(before)
    if not before:
        return ""
    return (
        f", after {said}"
        if len(said) < 170
        else f", after {len(before)} calls: … · {' · '.join(before[-3:])}"
    )


@examine(SegmentStore)
def check_store(exam: Examination) -> None:
    draw = exam.draw

    def told(Store: Any, *lines: tuple[Any, ...]) -> Iterator[Step]:
        """What each line does, after those before it. A write answers nothing, and is no step."""
        trial = there(Store, StoreTrial)(Store)
        before: list[str] = []
        rows = []
        for name, *arguments in lines:
            said = _call(name, *arguments)
            rows.append((said + _told(before), trial, name, *arguments))
            before.append(said)
        for case, value in script(*rows):
            if value is not None or not case.startswith(("write", "snapshot", "replace")):
                yield case, value

    def text(words: int = 2) -> str:
        return " ".join(draw.choice(WORDS) for _ in range(words))

    def written(n: int, ids: int, *, deletes: float = 0.0) -> list[tuple[Any, ...]]:
        """So many writes to so many ids, in no order, versions in no order."""
        drawn = [(draw.randrange(ids), draw.randrange(3 * n)) for _ in range(n)]
        return [("write", id, version, _text(id, version, deletes)) for id, version in drawn]

    @exam.claim(
        "what was written is found after a refresh, and not before", "From memory to a segment.", weight=3
    )
    def basic(Store: Any) -> Iterator[Step]:
        for n in (1, 2, 3, 5):
            ids = sorted(draw.sample(range(50), n))
            writes = [("write", id, 1, "red " + text(1)) for id in ids]
            look = [("snapshot",), ("search", 0, ["red"]), ("refresh",), ("snapshot",)]
            yield from told(Store, *writes, *look, ("search", 1, ["red"]), ("search", 0, ["red"]))

    @exam.claim("a segment stands in order of id, each id once", "Whatever the order of writes.", needs=basic)
    def _(Store: Any) -> Iterator[Step]:
        for n in (3, 6, exam.size(15)):
            yield from told(Store, *written(n, 2 * n), ("refresh",), ("segments",))

    @exam.claim(
        "in memory the highest version of an id stays", "Not the last that came.", weight=2, needs=basic
    )
    def newest(Store: Any) -> Iterator[Step]:
        id, high = draw.randrange(9), draw.randint(3, 90)
        for versions in (
            (high, high - 1),
            (high - 2, high, high - 1),
            (0, high),
            (-high, -high - 1),
            (-2, 0),
        ):
            yield from told(
                Store, *[("write", id, version, f"v{version}") for version in versions], ("refresh",)
            )
        same = [("write", id, high, "first"), ("write", id, high, "again")]
        yield from told(Store, *same, ("refresh",))
        yield from told(Store, ("write", id, high, None), ("write", id, high - 1, "old"), ("refresh",))
        yield from told(Store, ("write", id, high, None), ("write", id, high + 1, "new"), ("refresh",))
        yield from told(Store, *written(exam.size(20), 4, deletes=0.3), ("refresh",))

    @exam.claim("a deletion is an entry like others, in memory and in a segment", "With None.", needs=basic)
    def deleted(Store: Any) -> Iterator[Step]:
        id = draw.randrange(99)
        yield from told(Store, ("write", id, 4, None), ("refresh",), ("segments",))
        first = [("write", id, 1, "red"), ("refresh",), ("write", id, 2, None)]
        yield from told(Store, *first, ("refresh",), ("segments",), ("snapshot",), ("search", 0, ["red"]))
        yield from told(Store, ("write", id, 1, ""), ("write", id + 1, 2, None), ("refresh",))

    @exam.claim(
        "after a refresh memory is empty, and the next segment has only what is new", "Twice.", needs=basic
    )
    def _(Store: Any) -> Iterator[Step]:
        one, two = written(3, 9), written(3, 9)
        yield from told(
            Store, *one, ("refresh",), ("waiting",), *two, ("waiting",), ("refresh",), ("segments",)
        )

    @exam.claim("nothing written: no segment, and None", "Also the second time.", needs=basic)
    def _(Store: Any) -> Iterator[Step]:
        yield from told(Store, ("refresh",), ("segments",), ("refresh",))
        yield from told(Store, *written(2, 5), ("refresh",), ("refresh",), ("refresh",), ("segments",))

    @exam.claim(
        "the newest version of an id decides, in whichever segment it stands",
        "Compare versions, not places.",
        weight=3,
        needs=newest,
    )
    def versions(Store: Any) -> Iterator[Step]:
        id, v = draw.randrange(20), draw.randint(2, 40)
        for first, second in ((v, v + 1), (v + 1, v)):
            texts = {v: "red shoe", v + 1: "red hat"}
            lines: list[tuple[Any, ...]] = []
            for version in (first, second):
                lines += [("write", id, version, texts[version]), ("refresh",)]
            yield from told(
                Store, *lines, ("snapshot",), *[("search", 0, [word]) for word in ("red", "shoe", "hat")]
            )
        for order in ((3, 1, 2), (2, 3, 1), (1, 3, 2)):
            lines = []
            for version in order:
                lines += [("write", id, version, None if version == 3 else "red"), ("refresh",)]
            yield from told(Store, *lines, ("snapshot",), ("search", 0, ["red"]))
        back = [("write", id, 1, "red"), ("refresh",), ("write", id, 2, None), ("refresh",)]
        yield from told(
            Store, *back, ("write", id, 3, "red"), ("refresh",), ("snapshot",), ("search", 0, ["red"])
        )
        down = [("write", id + 1, 1, "red"), ("refresh",), ("write", id, 1, "red"), ("refresh",)]
        yield from told(Store, *down, ("snapshot",), ("search", 0, ["red"]))
        lines = []
        for _ in range(5):
            lines += [*written(4, 6, deletes=0.3), ("refresh",)]
        yield from told(Store, *lines, ("snapshot",), *[("search", 0, [word]) for word in WORDS])

    @exam.claim("all of the words, ids increasing, each once", "Any order of segments.", needs=versions)
    def _(Store: Any) -> Iterator[Step]:
        few = [("write", 1, 1, "red shoe"), ("write", 2, 1, "red hat"), ("refresh",), ("snapshot",)]
        yield from told(Store, *few, ("search", 0, ["red", "shoe"]))
        lines: list[tuple[Any, ...]] = []
        for id in draw.sample(range(30), 6):
            lines += [("write", id, draw.randint(0, 9), "red " + text()), ("refresh",)]
        asked = [["red"], ["red", "shoe"], ["hat", "blue"], ["red", "red"], ["green"], ["red", "green"]]
        yield from told(Store, *lines, ("snapshot",), *[("search", 0, words) for words in asked])
        twice = [("write", 5, 7, "red"), ("refresh",)]
        yield from told(Store, *twice, *twice, ("snapshot",), ("search", 0, ["red"]))

    @exam.claim(
        "a snapshot finds what it found, whatever comes after it",
        "Its segments, and no others.",
        weight=2,
        needs=versions,
    )
    def _(Store: Any) -> Iterator[Step]:
        a, b, c = draw.sample(range(40), 3)
        for text in (None, "blue", "red"):
            kept = [("write", a, 1, "red"), ("refresh",), ("snapshot",), ("write", a, 2, text)]
            yield from told(Store, *kept, ("search", 0, ["red"]))
            yield from told(Store, *kept, ("refresh",), ("search", 0, ["red"]))
        lines: list[tuple[Any, ...]] = [("write", a, 1, "red"), ("write", b, 1, "red")]
        lines += [("refresh",), ("snapshot",)]
        lines += [("write", a, 2, None), ("write", c, 1, "red"), ("refresh",), ("snapshot",)]
        merged = sorted([(b, 1, "red"), (c, 1, "red")])
        lines += [("replace", [0, 1], merged), ("write", b, 2, "blue"), ("refresh",), ("snapshot",)]
        yield from told(
            Store,
            *lines,
            *[("search", number, ["red"]) for number in (0, 1, 2, 0)],
            ("held", 0),
            ("held", 1),
            ("segments",),
        )

    @exam.claim("no words are an EmptyQuery, in an empty store too", "Before anything else.", needs=basic)
    def _(Store: Any) -> Iterator[Step]:
        yield from told(Store, ("snapshot",), ("search", 0, []), ("search", 0, ["red"]))
        yield from told(Store, *written(2, 5), ("refresh",), ("snapshot",), ("search", 0, []))

    @exam.claim("a search costs what it finds, not what is there", "`holding` knows the ids.", needs=versions)
    def _(Store: Any) -> Iterator[Step]:
        def at(n: int) -> tuple[Any, list[tuple[Any, ...]]]:
            store = Store()
            each(store.write, [(id, 1, "red" if id < 3 else "blue") for id in range(n)])
            store.refresh()
            snapshot = store.snapshot()
            return store.search, [(snapshot, ["red"])] * 3

        yield from growth("search for three of n documents", at, at=60, most=0.5)

    @exam.claim("a write costs the same, however many wait", "A dict finds it at once.", needs=newest)
    def _(Store: Any) -> Iterator[Step]:
        def at(n: int) -> tuple[Any, list[tuple[Any, ...]]]:
            store = Store()
            each(store.write, [(id, 1, "red") for id in range(n)])
            return store.write, [(n + more, 1, "red") for more in range(3)]

        yield from growth("write, with n entries in memory", at, at=60, most=0.5)


# ── pick_merge ──────────────────────────────────────────────────────────────────────────────────────────


def _tiers(live: Sequence[int], fanout: int, base: int, cap: int) -> dict[int, list[int]]:
    """The positions of what may be merged, by tier."""
    tiers: dict[int, list[int]] = {}
    for position, documents in enumerate(live):
        if 2 * documents <= cap:
            tier = next(t for t in range(200) if documents < base * fanout ** (t + 1))
            tiers.setdefault(tier, []).append(position)
    return tiers


def _verdict(picked: Any, live: Sequence[int], fanout: int, base: int, cap: int) -> Any:
    """Whether ``picked`` is one of the right answers, or what is wrong with it."""
    if type(picked) not in (tuple, list):
        return picked
    tiers = _tiers(live, fanout, base, cap)
    full = [tier for tier, places in sorted(tiers.items()) if len(places) >= fanout]
    may = {place for places in tiers.values() for place in places}
    if not picked:
        return f"() although tier {full[0]} is full: {tuple(tiers[full[0]])}" if full else "a right answer"
    if any(type(place) is not int for place in picked):
        return f"{tuple(picked)}: positions are whole numbers"
    if list(picked) != sorted(set(picked)):
        return f"{tuple(picked)}: not increasing, or one twice"
    wrong = [place for place in picked if place not in may]
    if wrong:
        what = "there is none" if not 0 <= wrong[0] < len(live) else "it is above half of the cap"
        return f"{tuple(picked)}: {wrong[0]} may not be merged, {what}"
    if len(picked) < fanout:
        return f"{tuple(picked)}: fewer than {fanout}"
    return "a right answer"


@examine(pick_merge)
def check_policy(exam: Examination) -> None:
    draw = exam.draw
    BIG = 10**9

    def judged(pick: Any, *rows: tuple[Any, int, int, int]) -> Iterator[Step]:
        answers = calls(pick, *rows, as_=tuple)
        for row, (case, picked) in zip(rows, answers, strict=True):
            said = f"pick_merge({', '.join(map(repr, row))})"
            yield said if len(said) < 160 else case, _verdict(picked, *row)

    def sizes(tier: int, n: int, fanout: int, base: int) -> list[int]:
        """``n`` sizes of one tier."""
        low = base * fanout**tier if tier else 0
        return [draw.randint(low, base * fanout ** (tier + 1) - 1) for _ in range(n)]

    @exam.claim("a full tier gives fanout segments or more", "Count by tier.", weight=3)
    def full(pick: Any) -> Iterator[Step]:
        rows = []
        for fanout, base, tier, more in (
            (2, 1, 0, 0),
            (3, 10, 0, 0),
            (2, 10, 1, 1),
            (4, 5, 2, 2),
            (3, 1, 3, 0),
        ):
            rows.append((sizes(tier, fanout + more, fanout, base), fanout, base, BIG))
        yield from judged(pick, *rows)

    @exam.claim("fewer than fanout are left alone", "Then it is ().", weight=2, needs=full)
    def _(pick: Any) -> Iterator[Step]:
        rows: list[Any] = [([], 2, 10, BIG), ([7], 2, 10, BIG)]
        for fanout, base in ((3, 10), (4, 1), (10, 100)):
            rows.append((sizes(draw.randrange(3), fanout - 1, fanout, base), fanout, base, BIG))
        yield from judged(pick, *rows)

    @exam.claim(
        "a full tier is found among others, whatever stands between",
        "Positions in `live`.",
        weight=2,
        needs=full,
    )
    def among(pick: Any) -> Iterator[Step]:
        rows = []
        for fanout, base, tier in ((3, 10, 1), (3, 10, 2), (4, 2, 1), (2, 50, 3), (5, 1, 2)):
            live = sizes(tier, fanout, fanout, base)
            for other in range(4):
                if other != tier:
                    live += sizes(other, draw.randrange(fanout), fanout, base)
            rows.append((draw.sample(live, len(live)), fanout, base, BIG))
        yield from judged(pick, *rows)

    @exam.claim("none above half of the cap; exactly half may", "2 · size ≤ cap.", weight=2, needs=full)
    def _(pick: Any) -> Iterator[Step]:
        rows = []
        for fanout in (2, 3, 4):
            half = draw.randint(50, 500)
            large = [half + 1 + draw.randrange(40) for _ in range(fanout)]
            rows.append(([*large, *[half] * fanout], fanout, half, 2 * half))
            rows.append(([*large, *[half] * fanout], fanout, half, 2 * half + 1))
            rows.append(([half + 1] * fanout, fanout, 10, 2 * half))
            rows.append(([3 * half] * fanout, fanout, half, 2 * half))
            small = [5] * (fanout - 1)
            rows.append((draw.sample([*large, *small], 2 * fanout - 1), fanout, 10, 2 * half))
        yield from judged(pick, *rows)

    @exam.claim(
        "a tier begins exactly at base times a power of fanout",
        "Whole numbers are exact.",
        weight=2,
        needs=among,
    )
    def _(pick: Any) -> Iterator[Step]:
        rows = []
        exact = (10, 1, 3), (2, 3, 2), (3, 1, 5), (10, 1, 6), (5, 7, 3), (10, 1, 15), (3, 1, 2), (4, 5, 3)
        for fanout, base, power in exact:
            edge = base * fanout**power
            cap = 4 * edge * fanout
            inside = [edge + draw.randint(1, edge // 2 + 1) for _ in range(fanout - 1)]
            rows.append((draw.sample([edge, *inside], fanout), fanout, base, cap))
            below = [edge - 1 - draw.randrange(max(1, edge // 4)) for _ in range(fanout - 1)]
            rows.append((draw.sample([edge - 1, *below], fanout), fanout, base, cap))
            wide = [draw.randint(edge, edge * fanout - 1) for _ in range(fanout - 2)]
            rows.append(([edge, *wide, edge * fanout - 1], fanout, base, cap))
        yield from judged(pick, *rows)

    @exam.claim("tier 0 has all that is below base · fanout, 0 too", "An empty one counts.", needs=full)
    def _(pick: Any) -> Iterator[Step]:
        rows = []
        for fanout, base in ((2, 10), (3, 100), (4, 1000)):
            live = [0, base * fanout - 1, *[draw.randrange(base) for _ in range(fanout - 2)]]
            rows.append((live, fanout, base, BIG))
            rows.append(([0] * fanout, fanout, base, BIG))
            rows.append(([1, *[base] * (fanout - 1)], fanout, base, BIG))
        yield from judged(pick, *rows)

    @exam.claim("many segments, at any scale", "Each tier by itself.", needs=among)
    def many(pick: Any) -> Iterator[Step]:
        rows = []
        for _ in range(6):
            fanout, base = draw.choice((2, 3, 4, 10)), draw.choice((1, 10, 2000))
            live = [int(base * fanout ** draw.uniform(-1, 5)) for _ in range(exam.size(25))]
            rows.append((live, fanout, base, draw.choice((BIG, base * fanout**3))))
        yield from judged(pick, *rows)

    @exam.claim("asked again and again it comes to an end, with no full tier", "Then it is ().", needs=many)
    def _(pick: Any) -> Iterator[Step]:
        trial: Any = there(pick, PolicyTrial)(pick)
        for fanout, n in ((2, 5), (3, 12), (4, exam.size(20)), (10, exam.size(30))):
            live, cap = [draw.randint(0, 900) for _ in range(n)], draw.choice((4000, 10**6))
            left, merges = plain(trial.settle(live, fanout, 10, cap), tuple[list[int], int])
            full = [places for places in _tiers(left, fanout, 10, cap).values() if len(places) >= fanout]
            case = f"{n} segments, fanout {fanout}, base 10, cap {cap}"
            yield f"{case}: full tiers in the end, documents", [len(full), sum(left)]
            yield f"{case}: does it end", merges <= n

    @exam.claim("a fanout below 2 is BadFanout, before BadBase", "Then a base below 1.", needs=full)
    def _(pick: Any) -> Iterator[Step]:
        live = [draw.randint(1, 9) for _ in range(3)]
        rows = [
            (live, 1, 10),
            (live, 0, 0),
            (live, -3, -1),
            (live, 2, 0),
            (live, 5, -2),
            ([], 1, 1),
            ([], 2, 0),
        ]
        yield from calls(pick, *[(*row, BIG) for row in draw.sample(rows, len(rows))], as_=tuple)

    @exam.claim("a tuple will do", "A sequence is asked for.", needs=among)
    def _(pick: Any) -> Iterator[Step]:
        for fanout in (2, 3):
            yield from judged(pick, (tuple(sizes(1, fanout, fanout, 10)), fanout, 10, BIG))

    @exam.claim("the work grows with the segments, not their square", "One pass.", needs=many)
    def _(pick: Any) -> Iterator[Step]:
        def at(n: int) -> tuple[Any, list[tuple[Any, ...]]]:
            return pick, [([1 + place % 7 for place in range(n)], n + 1, 10, BIG)] * 3

        yield from growth("pick_merge, with n segments", at, at=40, most=1.3)


# ── merge_segments ──────────────────────────────────────────────────────────────────────────────────────


@examine(merge_segments)
def check_merge(exam: Examination) -> None:
    draw = exam.draw

    def some(ids: Sequence[int], *, deletes: float = 0.0, most: int = 9) -> Plain:
        return [(id, v, _text(id, v, deletes)) for id in sorted(ids) for v in [draw.randint(1, most)]]

    def merged(merge: Any, *rows: tuple[Sequence[Plain], Sequence[Plain]]) -> Iterator[Step]:
        trial = there(merge, MergeTrial)(merge)
        lines = []
        for picked, others in rows:
            said = f"merge_segments({picked!r}, others={others!r})"
            if len(said) > 220:
                said = f"merge_segments of {len(picked)} segments with {sum(map(len, picked))} entries, {len(others)} others"
            lines.append((said, trial, "run", picked, others))
        yield from script(*lines)

    @exam.claim("of each id the highest version, ids increasing", "One pass over all entries.", weight=3)
    def newest(merge: Any) -> Iterator[Step]:
        a, b = draw.sample(range(1, 50), 2)
        rows: list[tuple[list[Plain], list[Plain]]] = [
            ([[(a, 1, "red")], [(b, 1, "hat")]], []),
            ([[(a, 1, "red")], [(a, 2, "hat")]], []),
            ([some([a]), some(sorted([a, b]))], []),
        ]
        for n, segments in ((4, 2), (6, 3), (exam.size(12), 4)):
            rows.append(([some(draw.sample(range(2 * n), n)) for _ in range(segments)], []))
        yield from merged(merge, *rows)

    @exam.claim("positions say nothing about versions", "Compare the versions.", weight=2, needs=newest)
    def _(merge: Any) -> Iterator[Step]:
        a, v = draw.randrange(50), draw.randint(2, 60)
        three: list[Plain] = [[(a, v, "red")], [(a, v + 2, "blue")], [(a, v + 1, "hat")]]
        yield from merged(
            merge,
            ([[(a, v + 1, "red")], [(a, v, "hat")]], []),
            (draw.sample(three, 3), []),
            ([[(a, 0, "red")], [(a, -v, "hat")]], []),
            ([[(a, -v, "red")], [(a, -v - 1, "hat")]], []),
        )

    @exam.claim(
        "a tombstone that hides nothing is left out", "Nobody else holds the id.", weight=2, needs=newest
    )
    def gone(merge: Any) -> Iterator[Step]:
        a, b = sorted(draw.sample(range(50), 2))
        yield from merged(
            merge,
            ([[(a, 1, "red"), (b, 1, "hat")], [(a, 2, None)]], []),
            ([[(a, 2, None), (b, 1, "hat")]], []),
            ([[(a, 2, None)], [(a, 1, "red")]], [[(b, 1, "hat")]]),
            ([[(a, 3, None)], [(a, 2, None), (b, 4, "red")]], [[(b, 2, "hat")]]),
            ([some(range(6), deletes=0.6), some(range(6), deletes=0.6)], [some([9])]),
        )

    @exam.claim(
        "a tombstone stays while another segment holds an older version",
        "Or it is back.",
        weight=3,
        needs=newest,
    )
    def stays(merge: Any) -> Iterator[Step]:
        a, b = sorted(draw.sample(range(50), 2))
        yield from merged(
            merge,
            ([[(a, 5, None)]], [[(a, 3, "red")]]),
            ([[(a, 4, "hat")], [(a, 5, None)]], [[(b, 1, "red")], [(a, 3, "red")]]),
            ([[(a, 5, None), (b, 2, None)]], [[(b, 1, None)], [(a, 1, None)]]),
            ([[(a, 5, None)]], [[(a, 5, None)]]),
            ([some(range(6), deletes=0.7)], [[(id, 0, "red") for id in sorted(draw.sample(range(6), 3))]]),
        )

    @exam.claim(
        "what is hidden by a newer version elsewhere is not written again",
        "Text or tombstone.",
        weight=2,
        needs=stays,
    )
    def hidden(merge: Any) -> Iterator[Step]:
        a, b = sorted(draw.sample(range(50), 2))
        yield from merged(
            merge,
            ([[(a, 3, "red"), (b, 1, "hat")]], [[(a, 4, "blue")]]),
            ([[(a, 3, None), (b, 1, "hat")]], [[(a, 4, "blue")]]),
            ([[(a, 3, None)], [(b, 1, "hat")]], [[(a, 1, "red")], [(a, 4, "blue")]]),
            ([[(a, 3, "red")]], [[(a, 2, "blue")], [(a, 4, None)], [(a, 1, "hat")]]),
            ([[(a, -2, "red"), (b, -1, "hat")]], [[(a, -1, "blue")]]),
            ([[(a, 3, "red")]], [[(a, 3, "red")]]),
            ([[(a, 3, "red")], [(a, 5, "hat")]], [[(a, 4, "blue")]]),
        )

    @exam.claim("one segment, empty ones, and nothing left", "It may come out empty.", needs=hidden)
    def _(merge: Any) -> Iterator[Step]:
        a = draw.randrange(50)
        yield from merged(
            merge,
            ([[(a, 1, "red"), (a + 1, 1, None)]], []),
            ([[], [(a, 1, "")]], [[]]),
            ([[], []], []),
            ([[(a, 1, None)]], []),
            ([[(a, 1, "red")]], [[(a, 2, "hat")]]),
        )

    @exam.claim("no segment at all is NothingToMerge", "Before anything else.", needs=newest)
    def _(merge: Any) -> Iterator[Step]:
        yield from merged(merge, ([], []), ([], [some([1, 2])]))

    @exam.claim(
        "a store finds what it found before", "Random segments, any of them merged.", weight=2, needs=hidden
    )
    def large(merge: Any) -> Iterator[Step]:
        rows = []
        for n, segments, others in ((5, 2, 2), (8, 3, 2), (12, 2, 4), (exam.size(20), 5, 5)):
            drawn = [
                some(draw.sample(range(n), draw.randint(0, n)), deletes=0.4, most=6)
                for _ in range(segments + others)
            ]
            rows.append((drawn[:segments], drawn[segments:]))
        yield from merged(merge, *rows)

    @exam.claim("what was passed in stays as it is", "Lists too.", needs=newest)
    def _(merge: Any) -> Iterator[Step]:
        trial: Any = there(merge, MergeTrial)(merge)
        for lengths in ((2,), (3, 1, 4, 2)):
            picked = [some(draw.sample(range(9), n), deletes=0.3) for n in lengths]
            others = [some(draw.sample(range(9), n)) for n in (2, 3, 1)]
            case = f"both lists hold what they held, in order, after a merge of {len(lengths)}"
            yield case, plain(trial.keeps_inputs(picked, others), bool)

    @exam.claim(
        "a tuple of segments, a dict's keys as others", "A collection need not have an index.", needs=hidden
    )
    def _(merge: Any) -> Iterator[Step]:
        trial = there(merge, MergeTrial)(merge)
        a, b = sorted(draw.sample(range(50), 2))
        picked: list[Plain] = [[(a, 3, None)], [(b, 2, "hat")]]
        others: list[Plain] = [[(a, 1, "red")], [(b, 1, "shoe")]]
        said = f"merge_segments({tuple(picked)!r}, others=dict.fromkeys({others!r}).keys())"
        yield from script((said, trial, "run_on_keys", picked, others))

    @exam.claim("the work grows with the entries that are merged", "Not with their square.", needs=large)
    def _(merge: Any) -> Iterator[Step]:
        Kind = there(merge, Segment)

        def at(n: int) -> tuple[Any, list[tuple[Any, ...]]]:
            picked = [Kind([(id, (1, "red")) for id in range(start, n, 2)]) for start in (0, 1)]
            return merge, [(picked, [Kind([(1, (2, "hat"))])])] * 3

        yield from growth("merge_segments, with n entries", at, at=40, most=1.3)

    @exam.claim("what else the others hold costs nothing", "`get` knows.", needs=large)
    def _(merge: Any) -> Iterator[Step]:
        Kind = there(merge, Segment)

        def at(n: int) -> tuple[Any, list[tuple[Any, ...]]]:
            others = [Kind([(id, (1, "red")) for id in range(n)])]
            return merge, [([Kind([(3, (2, None)), (n + 5, (2, None))])], others)] * 3

        yield from growth("a merge of two entries, with n entries in another segment", at, at=60, most=0.5)
