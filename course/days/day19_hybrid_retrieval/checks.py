"""Day 19: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from course.checking.probes import Examination, Row, Step, calls, examine, growth, raised
from course.checking.subject import plain, there
from course.systems.search.hybrid import filtered_search
from course.systems.search.page_trial import PageTrial
from course.systems.search.rank_fusion import rrf
from course.systems.search.score_fusion import normalise_and_fuse

PAIRS = list[tuple[int, float]]
NAN, INF = math.nan, math.inf


def _ids(draw: random.Random, n: int) -> list[int]:
    """Ids with gaps, in no order, some of them beyond 32 bits."""
    return [node + 2**33 * (draw.random() < 0.1) for node in draw.sample(range(3 * n + 3), n)]


def _apart(parts: Mapping[int, Sequence[float]]) -> bool:
    """Whether sums of these parts have one order, however they are added up."""
    orders = [
        sorted((-add(values), doc) for doc, values in parts.items())
        for add in (math.fsum, lambda v: sum(v), lambda v: sum(v[::-1]))
    ]
    return all([doc for _, doc in one] == [doc for _, doc in orders[0]] for one in orders)


# ── rrf ─────────────────────────────────────────────────────────────────────────────────────────────────


def _parts(lists: Sequence[Sequence[int]], k: float, weights: Sequence[float]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for ranked, weight in zip(lists, weights, strict=True):
        for doc in dict.fromkeys(ranked):
            found.setdefault(doc, []).append(weight / (k + 1 + ranked.index(doc)))
    return found


def _rankings(
    draw: random.Random, sizes: Sequence[int], ids: int, k: float = 60.0, weights: Sequence[float] = ()
) -> list[list[int]]:
    """Rankings of so many of the same ids, whose fused scores do not hang on the order of adding."""
    while True:
        known = _ids(draw, ids)
        lists = [draw.sample(known, size) for size in sizes]
        if _apart(_parts(lists, k, weights or [1.0] * len(sizes))):
            return lists


@examine(rrf)
def check_rrf(exam: Examination) -> None:
    draw = exam.draw

    def fused(fuse: Any, *rows: Any) -> Iterator[Step]:
        yield from calls(fuse, *rows, as_=PAIRS)

    @exam.claim("one list keeps its order: 1 / (k + place)", "Which place has the first?", weight=2)
    def one(fuse: Any) -> Iterator[Step]:
        yield from fused(fuse, *[([_ids(draw, n)],) for n in (1, 2, 3, 5)])

    @exam.claim("several lists add up", "Nothing for an id that a list does not hold.", weight=3, needs=one)
    def several(fuse: Any) -> Iterator[Step]:
        sizes = ((1, 2, 3), (2, 2), (3, 2), (3, 5, 4), (2, 1, 3, 2), (6, 6))
        yield from fused(fuse, *[(_rankings(draw, size, max(size) + 1),) for size in sizes])

    @exam.claim("of equal scores the smaller id", "At every place.", needs=several)
    def _(fuse: Any) -> Iterator[Step]:
        rows = []
        for n in (1, 2, 3, 4):
            known = _ids(draw, 2 * n)
            rows += [([known[:n], known[n:]],), ([known[:n], known[:n][::-1]],)]
        yield from fused(fuse, *rows)

    @exam.claim("k is what is given", "0 too.", needs=several)
    def _(fuse: Any) -> Iterator[Step]:
        rows = []
        for k in (0, 1, 2.5, 1000.0, 1e6, draw.randint(3, 50)):
            rows.append(Row(_rankings(draw, (2, 3), 4, k), k=k))
        yield from fused(fuse, *draw.sample(rows, len(rows)))

    @exam.claim("a list counts as much as its weight", "0 is a weight.", weight=2, needs=several)
    def _(fuse: Any) -> Iterator[Step]:
        rows = []
        for weights in ([2.0], [0.3, 0.7], [1e6, 1.0, 0.5], [0.0, 1.0], [0.0, 0.0], [2, 1]):
            sizes = [draw.randint(1, 4) for _ in weights]
            rows.append(Row(_rankings(draw, sizes, 6, weights=weights), weights=weights))
        yield from fused(fuse, *rows)

    @exam.claim(
        "an id that a list holds twice counts once",
        "At its first place; the others keep theirs.",
        needs=several,
    )
    def _(fuse: Any) -> Iterator[Step]:
        rows = []
        for n in (1, 2, 3, 4):
            known = _ids(draw, n)
            twice = [*known, draw.choice(known)]
            after = [known[0], *known, *_ids(draw, 2)]
            rows += [([twice],), ([after],), ([twice, draw.sample(known, n)],)]
        yield from fused(fuse, *[row for row in rows if _apart(_parts(row[0], 60, [1.0] * len(row[0])))])

    @exam.claim("no lists, and empty ones", "What is there to fuse?", needs=one)
    def _(fuse: Any) -> Iterator[Step]:
        known = _ids(draw, 3)
        rows = [([],), ([[]],), ([[], known],), ([known, [], []],), Row([], weights=[])]
        rows += [Row([[], known], weights=[9.0, 0.5])]
        yield from fused(fuse, *draw.sample(rows, len(rows)))

    @exam.claim(
        "errors, in their order", "Weights that do not fit, a bad weight, a bad k.", weight=2, needs=one
    )
    def _(fuse: Any) -> Iterator[Step]:
        lists = [_ids(draw, 2), _ids(draw, 1)]
        wrong: list[tuple[Any, Any]] = [
            ([1.0], 60),
            ([], 60),
            ([1.0, 2.0, 3.0], -1),
            ([-1.0], -1),
            ([0.5, -0.5], 60),
            ([-2.0, NAN], 60),
            ([NAN, 1.0], -1),
            ([1.0, INF], 60),
            (None, -0.5),
            (None, -1),
            ([1.0, 1.0], NAN),
            (None, INF),
        ]
        yield from fused(fuse, *[Row(lists, k=k, weights=w) for w, k in draw.sample(wrong, len(wrong))])
        yield from fused(fuse, Row([], weights=[1.0]), Row([], k=-2), Row([[], []], weights=[1.0, -1.0]))

    @exam.claim("long lists", "As short ones.", needs=several)
    def _(fuse: Any) -> Iterator[Step]:
        n = exam.size(40)
        yield from fused(
            fuse, (_rankings(draw, (n, n), n + n // 2),), (_rankings(draw, (n, n // 2, n), 2 * n),)
        )

    @exam.claim(
        "the work grows as n log n", "Look up where an id stands, do not search for it.", needs=several
    )
    def _(fuse: Any) -> Iterator[Step]:
        def lists(n: int) -> tuple[Any, Sequence[Any]]:
            return fuse, [([draw.sample(range(2 * n), n), draw.sample(range(2 * n), n)],)] * 3

        yield from growth("two lists of n ids", lists, at=16, most=1.3)


# ── normalise_and_fuse ──────────────────────────────────────────────────────────────────────────────────


def _normal(scores: Mapping[int, float], how: str) -> tuple[dict[int, float], float]:
    """An arm's normalised scores, and what stands for a document that it does not hold."""
    low, high = min(scores.values()), max(scores.values())
    if how == "min-max":
        return {
            doc: (score - low) / (high - low) if low < high else 1.0 for doc, score in scores.items()
        }, 0.0
    mean = sum(scores.values()) / len(scores)
    spread = math.sqrt(sum((score - mean) ** 2 for score in scores.values()) / len(scores))
    found = {doc: (score - mean) / spread if low < high else 0.0 for doc, score in scores.items()}
    return found, min(found.values())


def _scored(
    draw: random.Random,
    sizes: Sequence[int],
    weights: Sequence[float],
    how: str = "min-max",
    low: float = -5.0,
) -> list[dict[int, float]]:
    """Scores of each arm, no two equal within an arm, whose fused order does not hang on the order of adding."""
    while True:
        known = _ids(draw, max(sizes) + 1)
        arms = []
        for size in sizes:
            scale = draw.choice((1.0, 0.01, 20.0))
            levels = draw.sample(range(1, 40), size)
            arms.append(
                {
                    doc: scale * (low + level / 4)
                    for doc, level in zip(draw.sample(known, size), levels, strict=True)
                }
            )
        normal = [_normal(arm, how) for arm in arms if arm]
        shares = [weight for weight, arm in zip(weights, arms, strict=True) if arm]
        parts = {
            doc: [
                weight * found.get(doc, other) for weight, (found, other) in zip(shares, normal, strict=True)
            ]
            for arm in arms
            for doc in arm
        }
        totals = sorted(math.fsum(part) for part in parts.values())
        near = any(0 < b - a < 1e-9 for a, b in itertools.pairwise(totals))
        if not near and _apart(parts):
            return arms


@examine(normalise_and_fuse)
def check_scores(exam: Examination) -> None:
    draw = exam.draw

    def fused(fuse: Any, *rows: Any) -> Iterator[Step]:
        yield from calls(fuse, *rows, as_=PAIRS)

    def row(sizes: Sequence[int], weights: Sequence[float], how: str = "", low: float = -5.0) -> Row:
        arms = _scored(draw, sizes, weights, how or "min-max", low)
        return Row(arms, list(weights), how=how) if how else Row(arms, list(weights))

    @exam.claim("one arm: the lowest is 0, the highest 1", "Each arm by itself.", weight=2)
    def one(fuse: Any) -> Iterator[Step]:
        yield from fused(
            fuse, *[row([n], [1.0], low=low) for n, low in ((2, 1), (3, 0), (4, -5), (5, -12), (3, -12))]
        )

    @exam.claim("arms add up, each with its weight", "Weights after normalising.", weight=3, needs=one)
    def several(fuse: Any) -> Iterator[Step]:
        rows = [row([2, 2], [0.5, 0.5]), row([3, 2], [0.7, 0.3]), row([4, 4], [1.0, 1.0])]
        rows += [row([3, 4, 3], [0.2, 0.3, 0.5]), row([4, 3], [2.0, 1e6]), row([3, 3], [0.0, 1.0])]
        yield from fused(fuse, *rows)

    @exam.claim("what an arm did not return counts 0 there", "It is no average.", weight=2, needs=one)
    def _(fuse: Any) -> Iterator[Step]:
        rows = []
        for n in (2, 3, 4):
            known = _ids(draw, 2 * n)
            first = {doc: 2.0 + 3 * place for place, doc in enumerate(known[:n])}
            second = {doc: -4.0 - 5 * place for place, doc in enumerate(known[n:])}
            rows.append(Row([first, second], [0.6, 0.4]))
        yield from fused(fuse, *rows, row([4, 2], [0.5, 0.4], low=3.0))

    @exam.claim(
        "where all scores of an arm are equal, each is 1", "One document too.", weight=2, needs=several
    )
    def _(fuse: Any) -> Iterator[Step]:
        known = _ids(draw, 4)
        same = draw.choice((0.1, -3.0, 7.5))
        rows = [Row([{known[0]: score}], [0.5]) for score in (0.0, -2.0, 4.0)]
        rows += [
            Row([dict.fromkeys(known[:3], same)], [2.0]),
            Row([dict.fromkeys(known[:3], 0.1), {known[3]: 5.0, known[0]: 2.0}], [0.5, 0.3]),
            Row([{known[2]: 1.0}, {known[2]: 8.0, known[1]: 9.0, known[0]: 6.0}], [0.3, 0.7]),
        ]
        yield from fused(fuse, *rows)

    @exam.claim("an arm without documents adds nothing", "And no arms give nothing.", needs=several)
    def _(fuse: Any) -> Iterator[Step]:
        (arm,) = _scored(draw, [3], [1.0])
        rows = [([], []), ([{}], [1.0]), ([{}, arm], [0.7, 0.3]), ([arm, {}, {}], [0.2, 0.3, 0.5])]
        yield from fused(fuse, *draw.sample(rows, len(rows)), Row([arm, {}], [0.5, 0.5], how="z"))

    @exam.claim("of equal scores the smaller id", "Also where both are 0.", needs=several)
    def _(fuse: Any) -> Iterator[Step]:
        rows = []
        for n in (2, 3, 5):
            known = _ids(draw, 2 * n)
            twins = [
                {doc: float(place % 2) for place, doc in enumerate(half)} for half in (known[:n], known[n:])
            ]
            rows.append(Row(twins, [1.0, 1.0]))
            rows.append(Row([{doc: float(draw.choice((1, 2))) for doc in known} | {known[0]: 3.0}], [1.0]))
        yield from fused(fuse, *rows)

    @exam.claim("z: away from the mean, in standard deviations", "Divide by n.", weight=2, needs=one)
    def spread(fuse: Any) -> Iterator[Step]:
        yield from fused(fuse, *[row([n], [1.0], "z", low) for n, low in ((2, 1), (3, -5), (4, 0), (5, -12))])

    @exam.claim(
        "z: what an arm did not return counts as its lowest",
        "Its lowest after normalising.",
        weight=2,
        needs=spread,
    )
    def _(fuse: Any) -> Iterator[Step]:
        rows = [row(sizes, [0.6, 0.4], "z") for sizes in ((2, 2), (3, 2), (4, 4), (2, 5))]
        yield from fused(fuse, *rows, row([3, 4, 3], [2.0, 1.0, 0.5], "z"))

    @exam.claim("z: where all scores are equal, each is 0", "Tenths are no exact numbers.", needs=spread)
    def _(fuse: Any) -> Iterator[Step]:
        known = _ids(draw, 4)
        rows = [
            Row([dict.fromkeys(known[:n], score)], [1.0], how="z")
            for n, score in ((1, 4.0), (2, 0.5), (3, 0.1), (3, 1e-9))
        ]
        rows += [Row([dict.fromkeys(known[:3], 0.7), {known[3]: 5.0, known[0]: 2.0}], [0.5, 0.3], how="z")]
        rows += [Row([{known[0]: 7.0}, {known[1]: 1.0, known[2]: 3.0}], [0.5, 0.3], how="z")]
        yield from fused(fuse, *rows)

    @exam.claim("z: scores that are far from 0", "Take the mean off, then square.", needs=spread)
    def _(fuse: Any) -> Iterator[Step]:
        for _ in range(2):
            known, base = _ids(draw, 4), 2.0**27 * draw.randint(1, 4)
            steps = draw.sample(range(9), 4)
            arm = {doc: base + step for doc, step in zip(known, steps, strict=True)}
            yield from fused(fuse, Row([arm], [1.0], how="z"))

    @exam.claim("scores that are huge or next to each other", "A quotient, nothing else.", needs=several)
    def _(fuse: Any) -> Iterator[Step]:
        known = _ids(draw, 3)
        base = draw.randint(1, 9) * 1.0
        close = {doc: base + place * 2.0**-40 for place, doc in enumerate(known)}
        huge = {doc: place * 8e307 for place, doc in enumerate(known)}
        yield from fused(fuse, ([close], [1.0]), ([huge], [1.0]), ([close, huge], [0.5, 0.4]))

    @exam.claim(
        "errors, in their order",
        "Weights that do not fit, a bad weight, a score that is not finite.",
        weight=2,
        needs=one,
    )
    def _(fuse: Any) -> Iterator[Step]:
        known = _ids(draw, 4)
        good, bad = {known[0]: 1.0, known[1]: 2.0}, {known[2]: 1.0, known[3]: NAN, known[0]: INF}
        wrong: list[tuple[Any, Any]] = [
            ([good], []),
            ([good, bad], [1.0]),
            ([bad], [-1.0, 2.0]),
            ([good, bad], [1.0, -0.5]),
            ([bad, good], [NAN, -1.0]),
            ([good, good], [1.0, INF]),
            ([good, bad], [0.5, 0.5]),
            ([bad, bad], [0.5, 0.0]),
            ([{}, {known[1]: -INF}], [0.5, 0.5]),
            ([{known[1]: INF}], [0.0]),
        ]
        yield from fused(fuse, *draw.sample(wrong, len(wrong)), Row([bad], [1.0], how="z"))

    @exam.claim("the work grows as n log n", "Lowest and highest once for each arm.", needs=several)
    def _(fuse: Any) -> Iterator[Step]:
        def arms(n: int) -> tuple[Any, Sequence[Any]]:
            known = draw.sample(range(3 * n), 2 * n)
            both = [{doc: draw.random() for doc in known[at : at + n]} for at in (0, n // 2)]
            return fuse, [(both, [0.7, 0.3])] * 3

        yield from growth("two arms of n documents", arms, at=12, most=1.3)

    @exam.claim("many documents", "As few.", needs=several)
    def _(fuse: Any) -> Iterator[Step]:
        n = exam.size(15)
        yield from fused(
            fuse, row([min(n, 38), min(n, 30)], [0.7, 0.3]), row([min(n, 30), min(n, 38)], [0.4, 0.6], "z")
        )


# ── filtered_search ─────────────────────────────────────────────────────────────────────────────────────


@examine(filtered_search)
def check_page(exam: Examination) -> None:
    draw = exam.draw

    def world(sizes: Sequence[int], share: float) -> tuple[list[list[tuple[int, float]]], list[int]]:
        """Arms' answers, best first, whose scores add up exactly; and what may be seen."""
        known = _ids(draw, max(sizes, default=0) + 2)
        arms = []
        for size in sizes:
            docs, levels = draw.sample(known, size), sorted(draw.sample(range(1, 60), size), reverse=True)
            arms.append([(doc, level / 8) for doc, level in zip(docs, levels, strict=True)])
        return arms, [doc for doc in known if draw.random() < share]

    def asked(
        find: Any, answers: Any, may: Any, size: int, depth: int, counted: bool = False, **named: Any
    ) -> Iterator[Step]:
        """A page; with ``counted``, also what was asked for it."""
        trial = there(find, PageTrial)(find)
        few = sum(map(len, answers)) <= 12
        note = (
            f"fuse adds up, of equals the larger id first; arms {answers}"
            if few
            else f"{len(answers)} arms of {len(answers[0])}"
        )
        told = {"down": "is down", "half way": "fails half way", "broken": "has a bug", "late": "is late"}
        for number, how in enumerate(named.get("failing", ())):
            note += f", arm {number} {told[how]}" if how else ""
        if named.get("weights"):
            note += f", weights {named['weights']}"
        if named.get("denies"):
            note += f", the permission check raises {named['denies']}"
        if named.get("mask"):
            note += ", permissions are NumPy's"
        note += f"; may be seen: {sorted(may) if len(may) <= 8 else len(may)}; size {size}, depth {depth}"
        yield note, raised(lambda: plain(trial.page(answers, may, size, depth, **named), dict[str, Any]))
        if counted:
            searched = plain(trial.searched, list[tuple[int, int]])
            yield f"{note}: how the arms were asked (arm, depth)", sorted(searched)
            checked = plain(trial.checked, list[int])
            yield (
                f"{note}: ids checked more than once",
                sorted({doc for doc in checked if checked.count(doc) > 1}),
            )
            near = {doc for found in answers for doc, _ in found[: max(depth, 0)]}
            yield f"{note}: ids checked that no arm returned", sorted(set(checked) - near)

    @exam.claim("the best that may be seen, best first", "No other id, no more than size.", weight=3)
    def best(find: Any) -> Iterator[Step]:
        for sizes, share, size in (
            ([1], 1.0, 1),
            ([3], 0.6, 2),
            ([2, 2], 1.0, 2),
            ([3, 3], 0.5, 2),
            ([4, 5], 0.6, 3),
            ([5, 4, 3], 0.7, 4),
            ([8, 8], 0.5, 3),
        ):
            yield from asked(find, *world(sizes, share), size, 10)

    @exam.claim(
        "fuse gets one list for each arm, in their order", "Weights go by the arm.", weight=2, needs=best
    )
    def _(find: Any) -> Iterator[Step]:
        for sizes in ([2, 3], [3, 3, 2], [4, 0, 4]):
            answers, may = world(sizes, 0.8)
            yield from asked(find, answers, may, 3, 10, weights=[2.0**at for at in range(len(sizes))])

    @exam.claim("an arm is asked once, for depth", "Not for the size of the page.", weight=2, needs=best)
    def _(find: Any) -> Iterator[Step]:
        for sizes, size, depth in (([4, 4], 2, 3), ([6, 6], 4, 2), ([5, 3, 6], 1, 4), ([8, 8], 5, 50)):
            yield from asked(find, *world(sizes, 0.5), size, depth, counted=True)

    @exam.claim("a permission is asked for once at most", "An id may come from two arms.", needs=best)
    def _(find: Any) -> Iterator[Step]:
        for n in (1, 3, exam.size(10)):
            (found,), may = world([n], 0.6)
            turned = [(doc, score) for (doc, _), (_, score) in zip(found[::-1], found, strict=True)]
            yield from asked(find, [found, turned, found], may, 2, 20, counted=True)

    @exam.claim("of equal scores, the order of fuse", "Its order is the order of the page.", needs=best)
    def _(find: Any) -> Iterator[Step]:
        for n in (2, 4):
            known = sorted(_ids(draw, n))
            yield from asked(find, [[(doc, 1.5) for doc in known]], known, n, 10)

    @exam.claim("a short page stays short, and says so", "Nothing is made up.", weight=2, needs=best)
    def _(find: Any) -> Iterator[Step]:
        for sizes, share, size in (([3, 3], 0.3, 3), ([4, 4], 0.0, 2), ([2], 1.0, 5), ([3, 2], 1.0, 9)):
            yield from asked(find, *world(sizes, share), size, 3, counted=True)
        (found,), _may = world([3], 1.0)
        for size in (2, 3, 4):
            yield from asked(find, [found], [doc for doc, _ in found], size, 3)

    @exam.claim(
        "an arm that is down is left out, and named",
        "By its number; its list is empty.",
        weight=2,
        needs=best,
    )
    def _(find: Any) -> Iterator[Step]:
        for failing in (["down", ""], ["", "down"], ["", "down", ""], ["down", "", "down"]):
            answers, may = world([3] * len(failing), 0.8)
            weights = [2.0**at for at in range(len(failing))]
            yield from asked(find, answers, may, 2, 10, failing=failing, weights=weights, counted=True)

    @exam.claim("an arm that fails half way gave nothing", "An answer may be read like a file.", needs=best)
    def _(find: Any) -> Iterator[Step]:
        for failing in (["half way", ""], ["", "half way", ""]):
            answers, may = world([4] * len(failing), 1.0)
            yield from asked(find, answers, may, 3, 10, failing=failing)

    @exam.claim("answers that can be read once", "A list is not promised.", needs=best)
    def _(find: Any) -> Iterator[Step]:
        for sizes in ([2], [4, 2, 3]):
            yield from asked(find, *world(sizes, 0.7), 3, 10, lazy=True)

    @exam.claim("permissions out of an array", "NumPy's true is not the object True.", needs=best)
    def _(find: Any) -> Iterator[Step]:
        for sizes in ([2], [3, 2]):
            yield from asked(find, *world(sizes, 0.7), 2, 10, mask=True)

    @exam.claim("no arm answers: AllArmsDown", "Empty is not the same as unknown.", needs=best)
    def _(find: Any) -> Iterator[Step]:
        for failing in (["down"], ["down", "half way"], ["half way", "down", "down"]):
            answers, may = world([2] * len(failing), 1.0)
            yield from asked(find, answers, may, 2, 5, failing=failing)
        yield from asked(find, [], [], 2, 5)
        yield from asked(find, [[], []], [], 2, 5)

    @exam.claim("nothing asked: size before depth, before the arms", "NothingAsked.", needs=best)
    def _(find: Any) -> Iterator[Step]:
        for size, depth, failing in (
            (0, 5, ["", ""]),
            (3, 0, ["", ""]),
            (-1, -2, ["", ""]),
            (0, 0, ["down", "down"]),
            (2, -3, ["down", "down"]),
        ):
            yield from asked(find, *world([2, 2], 1.0), size, depth, failing=failing)

    @exam.claim("any other error goes on", "A page without a check is no page.", needs=best)
    def _(find: Any) -> Iterator[Step]:
        answers, may = world([2, 2], 1.0)
        yield from asked(find, answers, may, 2, 5, failing=["broken", ""])
        yield from asked(find, answers, may, 2, 5, failing=["", "late"])
        yield from asked(find, answers, may, 2, 5, denies="PermissionError")
        yield from asked(find, answers, may, 2, 5, denies="ConnectionError")
        yield from asked(find, answers, may, 2, 5, failing=["down", "broken"])

    @exam.claim("many candidates", "As few.", needs=best)
    def _(find: Any) -> Iterator[Step]:
        n = min(exam.size(25), 55)
        yield from asked(find, *world([n, n], 0.3), 10, n, counted=True, weights=[0.5, 2.0])
