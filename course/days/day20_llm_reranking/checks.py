"""Day 20: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from course.checking.probes import Examination, Step, calls, examine, growth, raised, script
from course.checking.subject import plain, there
from course.systems.search.cascade import Cascade
from course.systems.search.listwise import listwise_window
from course.systems.search.rerank_audit import RerankAudit
from course.systems.search.rerank_probes import WAYS, AuditTrial, CascadeTrial, ListwiseTrial

NAN, INF = float("nan"), float("inf")


def _ids(draw: random.Random, n: int) -> list[int]:
    """Ids with gaps, in no order; 0 is one of them."""
    return draw.sample([0, *draw.sample(range(1, 3 * n + 2), n - 1)], n) if n else []


def _scores(draw: random.Random, ids: Sequence[int], levels: Sequence[float] = ()) -> dict[int, float]:
    """A score for each, some above and some below 0, in an order of their own."""
    drawn = [draw.choice(levels) if levels else round(draw.uniform(-9, 9), 2) for _ in ids]
    return dict(zip(draw.sample(list(ids), len(ids)), drawn, strict=True))


# ── listwise_window ─────────────────────────────────────────────────────────────────────────────────────


@examine(listwise_window)
def check_windows(exam: Examination) -> None:
    draw = exam.draw

    def judged(passed: Any, n: int, window: int, step: int, way: str = "honest") -> Iterator[Step]:
        """The order after one pass, the windows, and whether the ids that came in are as they were."""
        ids = _ids(draw, n)
        worth = {doc: float(place) for place, doc in enumerate(draw.sample(ids, n))}
        trial = there(passed, ListwiseTrial)(passed)
        found = plain(trial.run(ids, worth, window, step, way), tuple[list[int], list[list[int]], bool])
        order, windows, kept = found
        note = f"ids {ids} of worth {[int(worth[doc]) for doc in ids]}" if n < 10 else f"{n} ids"
        note += f", window {window}, step {step}"
        note += "" if way == "honest" else f", judge: {way}"
        yield f"{note}: windows", windows
        yield f"{note}: order", order
        yield f"{note}: `ids` is as it was", kept

    SIZES = ((4, 3, 1), (5, 3, 2), (6, 4, 2), (7, 3, 1), (8, 4, 3), (9, 5, 2), (10, 4, 2), (11, 5, 4))

    @exam.claim("windows go from the back to the front", "The last ids first.", weight=3)
    def order(passed: Any) -> Iterator[Step]:
        for sizes in ((3, 2, 1), *SIZES, (exam.size(40), 10, 5)):
            yield from judged(passed, *sizes)

    @exam.claim("one window does for few, and none for none", "How many windows hold them all?", needs=order)
    def _(passed: Any) -> Iterator[Step]:
        for n, window in ((0, 3), (1, 3), (2, 3), (3, 3), (4, 9)):
            yield from judged(passed, n, window, 1)

    @exam.claim("what a judge answers is not trusted", "Every id comes out, once.", weight=3, needs=order)
    def _(passed: Any) -> Iterator[Step]:
        for way in WAYS[1:7]:
            for sizes in ((3, 4, 2), *draw.sample(SIZES, 2)):
                yield from judged(passed, *sizes, way)

    @exam.claim("a judge's answer may come once, and its list is its own", "Give it a copy.", needs=order)
    def _(passed: Any) -> Iterator[Step]:
        for way in WAYS[7:]:
            for sizes in ((3, 4, 2), *draw.sample(SIZES, 2)):
                yield from judged(passed, *sizes, way)

    @exam.claim("a step of no use is BadWindow", "Before anything is judged.", needs=order)
    def _(passed: Any) -> Iterator[Step]:
        trial = there(passed, ListwiseTrial)(passed)
        wrong = [(3, 3), (3, 4), (3, 0), (3, -1), (1, 1), (0, 0)]
        for window, step in draw.sample(wrong, len(wrong)):
            for n in (0, 5):
                ids = _ids(draw, n)
                case = f"{n} ids, window {window}, step {step}"
                yield case, raised(partial(trial.run, ids, dict.fromkeys(ids, 1.0), window, step))
                yield f"{case}: windows judged", plain(trial.windows, list)

    @exam.claim("what the judge raises goes on", "Half a pass is no order.", needs=order)
    def _(passed: Any) -> Iterator[Step]:
        trial = there(passed, ListwiseTrial)(passed)
        for n, at in ((3, 1), (9, 1), (9, 2)):
            ids = _ids(draw, n)
            broken = partial(trial.run, ids, dict.fromkeys(ids, 1.0), 4, 2, "honest", at)
            yield f"{n} ids, window 4, step 2, call {at} raises", raised(broken)


# ── Cascade ─────────────────────────────────────────────────────────────────────────────────────────────


def _stage(name: str, scores: Mapping[int, float] | None, **named: Any) -> dict[str, Any]:
    return {
        "name": name,
        "depth": 99,
        "cost_ms": 1.0,
        "takes": 1.0,
        "rise": None,
        "scores": None if scores is None else dict(scores),
    } | named


def _told(ids: Sequence[int], stages: Sequence[Mapping[str, Any]], deadline: float) -> str:
    if len(ids) > 12:
        return f"{len(ids)} ids"
    parts = []
    for each in stages:
        said = "raises" if each["scores"] is None else f"scores {each['scores']}"
        part = f"{each['name']}: {said}, depth {each['depth']}, rise {each['rise']}"
        part += f", {each['cost_ms']:g} ms" + (
            f" (takes {each['takes']:g})" if each["takes"] != each["cost_ms"] else ""
        )
        parts.append(part)
    return f"ids {list(ids)}; {'; '.join(parts)}" + (
        f"; deadline {deadline:g} ms, the clock begins at 1,000,000" if deadline < LONG else ""
    )


Case = tuple[list[int], list[dict[str, Any]], float]
"""Ids, stages, and the deadline in milliseconds."""
LONG = 1e9
FIVE = {"cost_ms": 5.0, "takes": 5.0}


@examine(Cascade)
def check_cascade(exam: Examination) -> None:
    draw = exam.draw

    def ran(Made: Any, cases: Sequence[Case]) -> Iterator[tuple[str, Any]]:
        """Each case in words, and what came of it; or the error."""
        trial = there(Made, CascadeTrial)(Made)
        for case, (_, found) in zip(cases, calls(trial.one, *cases, as_=dict[str, Any]), strict=False):
            yield _told(*case), found

    def whole(Made: Any, *cases: Case) -> Iterator[Step]:
        """Everything that comes of each."""
        for note, found in ran(Made, cases):
            if type(found) is not dict:
                yield note, found
                continue
            yield f"{note}: ids", found["ids"]
            yield f"{note}: events of", [event["stage"] for event in found["events"]]
            for number, event in enumerate(found["events"], 1):
                for name, value in event.items():
                    yield f"{note}: event {number}, {name}", value
            yield f"{note}: who was asked, and for what", found["asked"]
            yield f"{note}: the list that came is as it was", found["kept"]

    def one(n: int, **named: Any) -> Case:
        """Some ids and one stage."""
        ids = _ids(draw, n)
        return ids, [_stage("a", _scores(draw, ids), **named)], LONG

    def two(n: int, first: dict[str, Any], second: dict[str, Any], shrink: float = 1.0) -> Case:
        """Some ids and two stages, of which the first has scores so many times smaller."""
        ids = _ids(draw, n)
        small = {doc: round(score / shrink, 5) for doc, score in _scores(draw, ids).items()}
        return ids, [_stage("a", small, **first), _stage("b", _scores(draw, ids), **second)], LONG

    @exam.claim("nobody rises too far", "Place by place, the best of those that may stand there.", weight=3)
    def limit(Made: Any) -> Iterator[Step]:
        sizes: list[tuple[int, int | None]] = [(1, 1), (2, 0), (3, 1), (4, 1), (5, 2), (5, 1), (6, 2), (8, 3)]
        drawn = [(_ids(draw, n), rise) for n, rise in (*sizes, (8, 0), (exam.size(40), 4))]
        rows = [(ids, draw.sample(ids, len(ids)), rise) for ids, rise in drawn]
        ids = _ids(draw, 6)
        rows += [(ids, ids[::-1], rise) for rise in (0, 1, 2, 4, 5, 9, None)]
        rows.append(([], [], 2))
        yield from calls(Made([], deadline_ms=0.0, clock=None).limited, *rows, as_=list[int])

    @exam.claim("the limit costs the square of the ids at most", "Look each place up once.", needs=limit)
    def _(Made: Any) -> Iterator[Step]:
        def turned(n: int) -> tuple[Any, Sequence[Any]]:
            ids = _ids(draw, n)
            return Made([], deadline_ms=0.0, clock=None).limited, [(ids, ids[::-1], 1)] * 3

        yield from growth("limited, the order turned round, rise 1", turned, at=10, most=2.2)

    @exam.claim("a stage puts the best score first", "Larger is better.", weight=2)
    def best(Made: Any) -> Iterator[Step]:
        yield from whole(Made, *[one(n) for n in (1, 2, 3, 5, 8)])

    @exam.claim("below the depth nothing moves", "Only the first few are judged.", needs=best)
    def deep(Made: Any) -> Iterator[Step]:
        yield from whole(Made, *[one(n, depth=depth) for n, depth in ((3, 2), (5, 3), (6, 1), (4, 9))])

    @exam.claim(
        "a later stage begins where the one before ended",
        "Scores of two judges never meet.",
        weight=2,
        needs=deep,
    )
    def later(Made: Any) -> Iterator[Step]:
        sizes = ((3, 3, 2), (5, 4, 2), (6, 5, 3), (6, 2, 5))
        yield from whole(Made, *[two(n, {"depth": one}, {"depth": other}, 1000) for n, one, other in sizes])

    @exam.claim(
        "a stage's limit counts from where it found them", "Not from where the search had them.", needs=later
    )
    def _(Made: Any) -> Iterator[Step]:
        sizes = ((5, 2, 1), (6, 1, 2), (6, None, 1), (7, 2, None))
        yield from whole(Made, *[two(n, {"rise": one}, {"rise": other}) for n, one, other in sizes])

    @exam.claim("equal scores leave the order as it is", "−0.0 and 0.0 are equal.", needs=best)
    def _(Made: Any) -> Iterator[Step]:
        cases: list[Case] = []
        for n, levels in ((4, (1.0,)), (6, (1.0, 2.0)), (6, (0.0, -0.0)), (7, (-INF, 0.0, INF))):
            ids = _ids(draw, n)
            cases.append((ids, [_stage("a", _scores(draw, ids, levels))], LONG))
        ids = _ids(draw, 4)
        near = dict(zip(ids, (1e6, 1e6 + 1e-7, 1e6 - 1e-7, 1e6), strict=True))
        yield from whole(Made, *cases, (ids, [_stage("a", near)], LONG))

    @exam.claim("scores of others do not count", "Only ids that it was given.", needs=deep)
    def _(Made: Any) -> Iterator[Step]:
        cases: list[Case] = []
        for n, depth in ((3, 2), (5, 3)):
            ids = _ids(draw, n)
            scores = _scores(draw, [*ids, 901, 902]) | {901: 99.0}
            cases.append((ids, [_stage("a", scores, depth=depth)], LONG))
        yield from whole(Made, *cases)

    def without(n: int, missing: int, nan: int, rise: int | None = None) -> Case:
        """Ids, and one stage with scores of which some are missing and some NaN."""
        ids, stages, deadline = one(n, rise=rise)
        gone = draw.sample(ids, missing + nan)
        for doc in gone[:missing]:
            del stages[0]["scores"][doc]
        stages[0]["scores"] |= dict.fromkeys(gone[missing:], NAN)
        return ids, stages, deadline

    @exam.claim(
        "with some scores missing, those that came still order the rest",
        "NaN is no score.",
        weight=3,
        needs=deep,
    )
    def lost(Made: Any) -> Iterator[Step]:
        cases = [
            without(*sizes)
            for sizes in ((2, 1, 0), (3, 1, 0), (4, 0, 2), (5, 2, 1), (6, 2, 2), (4, 4, 0), (3, 0, 3))
        ]
        for case, (note, found) in zip(cases, ran(Made, cases), strict=False):
            if type(found) is not dict:
                yield note, found
                continue
            event = found["events"][0]
            scored = {doc for doc, score in case[1][0]["scores"].items() if score == score}
            yield f"{note}: outcome", event["outcome"]
            yield f"{note}: scores of the event", event["scores"]
            yield (
                f"{note}: those with a score, in their order",
                [doc for doc in found["ids"] if doc in scored],
            )
            yield f"{note}: those without one, in theirs", [doc for doc in found["ids"] if doc not in scored]
            yield (
                f"{note}: `wanted` and `after` are that order",
                event["wanted"] == event["after"] == found["ids"],
            )

    @exam.claim("where a missing score stands is one rule", "Is any score a zero?", needs=lost)
    def _(Made: Any) -> Iterator[Step]:
        cases = [without(n, missing, 0) for n, missing in ((3, 1), (5, 2), (7, 3))]
        changes: dict[str, Callable[[float, Mapping[int, float]], float]] = {
            "100 more": lambda score, _: score + 100,
            "100 less": lambda score, _: score - 100,
            "a thousand more for the best": lambda score, all: score + 1000 * (score == max(all.values())),
            "a thousand less for the worst": lambda score, all: score - 1000 * (score == min(all.values())),
        }
        for say, change in changes.items():
            others = []
            for ids, (stage,), deadline in cases:
                scores = {doc: change(score, stage["scores"]) for doc, score in stage["scores"].items()}
                others.append((ids, [{**stage, "scores": scores}], deadline))
            for (note, found), (_, again) in zip(ran(Made, cases), ran(Made, others), strict=False):
                same = found["ids"] == again["ids"] if type(found) is type(again) is dict else found
                yield f"{note}; and again, with {say}: the same order", same

    @exam.claim("with scores missing, too, nobody rises too far", "The limit comes last.", needs=lost)
    def _(Made: Any) -> Iterator[Step]:
        cases = [
            without(n, missing, 0, rise) for n, missing, rise in ((4, 1, 1), (6, 2, 1), (7, 2, 2), (8, 3, 0))
        ]
        for (ids, (stage,), _), (note, found) in zip(cases, ran(Made, cases), strict=False):
            if type(found) is not dict:
                yield note, found
                continue
            rises = [ids.index(doc) - place for place, doc in enumerate(found["ids"]) if doc in ids]
            yield f"{note}: places risen beyond it", max(0, *rises) - min(stage["rise"], max(0, *rises))
            yield f"{note}: the same ids", sorted(found["ids"]) == sorted(ids)

    @exam.claim(
        "a stage that does not fit is skipped", "Ask the clock before the judge.", weight=2, needs=later
    )
    def late(Made: Any) -> Iterator[Step]:
        cases: list[Case] = []
        for cost, other, takes, deadline in (
            (5, 5, 5, 10),
            (5, 5, 5, 9),
            (5, 5, 5, 4),
            (20, 5, 20, 10),
            (5, 5, 6, 10),
            (5, 5, 12, 10),
            (5, 5, 1, 6),
            (0, 1, 0, 0),
        ):
            ids, stages, _ = two(
                4,
                {"cost_ms": float(cost), "takes": float(takes)},
                {"cost_ms": float(other), "takes": float(other)},
            )
            cases.append((ids, stages, float(deadline)))
        yield from whole(Made, *cases)

    @exam.claim("every list has the whole deadline", "When does the time begin?", needs=late)
    def _(Made: Any) -> Iterator[Step]:
        lists = [_ids(draw, n) for n in (2, 3, 4)]
        scores = _scores(draw, sorted({doc for ids in lists for doc in ids}))
        stages = [_stage(name, scores, **FIVE) for name in "ab"]
        came = plain(there(Made, CascadeTrial)(Made).run(lists, stages, 10.0), list[dict[str, Any]])
        for ids, found in zip(lists, came, strict=True):
            outcomes = [event["outcome"] for event in found["events"]]
            yield f"list {ids} after others, two stages of 5 ms, deadline 10 ms: outcomes", outcomes

    @exam.claim(
        "a stage that raises leaves the order, and the next one goes on",
        "A page is better than none.",
        weight=2,
        needs=later,
    )
    def _(Made: Any) -> Iterator[Step]:
        cases: list[Case] = []
        for n in (1, 3, 5):
            ids = _ids(draw, n)
            cases += [
                (ids, [_stage("a", None)], LONG),
                (ids, [_stage("a", None, depth=2), _stage("b", _scores(draw, ids))], LONG),
                (ids, [_stage("a", _scores(draw, ids)), _stage("b", None)], LONG),
                (
                    ids,
                    [_stage("a", None, takes=8.0), _stage("b", _scores(draw, ids), **FIVE)],
                    10.0,
                ),
            ]
        yield from whole(Made, *cases)

    @exam.claim("what is no Exception goes on to the caller", "Who presses Ctrl+C wants no page.", needs=best)
    def _(Made: Any) -> Iterator[Step]:
        for n in (1, 3):
            ids = _ids(draw, n)
            stopped = plain(there(Made, CascadeTrial)(Made).stopped(ids), bool)
            yield f"ids {ids}; the judge raises a KeyboardInterrupt: it reaches the caller", stopped

    @exam.claim("nothing to judge, nobody to ask", "No ids, no depth, no stages.", needs=best)
    def _(Made: Any) -> Iterator[Step]:
        ids = _ids(draw, 3)
        none = [_stage("a", _scores(draw, ids), depth=0), _stage("b", _scores(draw, ids))]
        yield from whole(Made, ([], [_stage("a", {})], LONG), (ids, none, LONG), (ids, [], LONG))


# ── RerankAudit ─────────────────────────────────────────────────────────────────────────────────────────


def _page(draw: random.Random, n: int, outcomes: Sequence[str] = ("judged",)) -> dict[str, Any]:
    """What a cascade might have given: one event an outcome, by stages called a, b, …"""
    order, events = _ids(draw, n), []
    for name, outcome in zip("abc", outcomes, strict=False):
        part = order[: draw.randint(max(1, n - 1), n)] if outcome in ("judged", "partial") else []
        scores = _scores(draw, part)
        if outcome == "partial":
            del scores[draw.choice(part)]
        if len(scores) > 1:
            scores[draw.choice([*scores])] = 0.0
        wanted, after = draw.sample(part, len(part)), draw.sample(part, len(part))
        events.append(
            {
                "stage": name,
                "outcome": outcome,
                "scores": scores,
                "before": part,
                "wanted": wanted,
                "after": after,
            }
        )
        order = after + order[len(part) :]
    return {"ids": order, "events": events}


def _orders(page: Mapping[str, Any]) -> str:
    """The three orders of each stage of a page, in words."""
    return "; ".join(
        f"{event['stage']} {event['outcome']}"
        + (
            f", before {event['before']}, wanted {event['wanted']}, after {event['after']}"
            if event["before"]
            else ""
        )
        for event in page["events"]
    )


QUESTIONS = ("how do I sort", "", "Größe", "How do I sort", "質問", "how do I sort ")
VERSIONS = {"a": "7", "b": "2026-11", "c": "ü"}


@examine(RerankAudit)
def check_audit(exam: Examination) -> None:
    draw = exam.draw
    AS = {"append": int, "explain": list[tuple[Any, ...]], "records": list[tuple[Any, ...]]}

    def kept(Audit: Any, pages: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[Step]:
        """The records after these pages."""
        audit = Audit()
        lines = [(audit, "append", question, page, VERSIONS) for question, page in pages]
        yield from script(*lines, (audit, "records"), as_=AS)

    @exam.claim("a record holds every document that was judged", "Places count from 1.", weight=3)
    def record(Audit: Any) -> Iterator[Step]:
        for n in (1, 2, 3, 5):
            yield from kept(Audit, [("how do I sort", _page(draw, n))])
        yield from kept(Audit, [("how do I sort", _page(draw, 4, ("judged", "judged")))])

    @exam.claim("records are numbered as they come", "From 0.", needs=record)
    def numbered(Audit: Any) -> Iterator[Step]:
        yield from kept(Audit, [(question, _page(draw, 2)) for question in draw.sample(QUESTIONS, 3)])
        yield from kept(Audit, [("how do I sort", _page(draw, 1))] * 2)

    @exam.claim("of the question only its hash is kept", "SHA-256 of its UTF-8.", needs=record)
    def _(Audit: Any) -> Iterator[Step]:
        for question in draw.sample(QUESTIONS, len(QUESTIONS)):
            yield from kept(Audit, [(question, _page(draw, 1))])

    @exam.claim(
        "stages that judged are in it, others not", "A missing score is None.", weight=2, needs=record
    )
    def stages(Audit: Any) -> Iterator[Step]:
        for outcomes in (
            ("partial",),
            ("skipped",),
            ("failed", "judged"),
            ("judged", "skipped", "partial"),
            (),
        ):
            yield from kept(Audit, [("how do I sort", _page(draw, 3, outcomes))])
        silent = _page(draw, 2, ("partial",))
        silent["events"][0]["scores"].clear()
        yield from kept(Audit, [("how do I sort", silent)])

    @exam.claim("a stage without a version is NoVersion", "And nothing is kept.", needs=stages)
    def _(Audit: Any) -> Iterator[Step]:
        for outcomes, versions in (
            (("judged", "judged"), {"a": "1"}),
            (("judged", "judged"), {"b": "1"}),
            (("judged", "judged"), {}),
            (("judged", "partial"), {"a": "1"}),
            (("skipped", "judged"), {"b": "1"}),
            (("judged", "failed"), {"a": "1"}),
        ):
            audit = Audit()
            page = _page(draw, 3, outcomes)
            yield from script(
                (audit, "append", "q", page, versions),
                (audit, "records"),
                (audit, "append", "q", page, VERSIONS),
                as_=AS,
            )

    @exam.claim("explain says what each stage did to a document", "And what held it.", weight=3, needs=stages)
    def explained(Audit: Any) -> Iterator[Step]:
        for outcomes in (("judged",), ("judged", "partial"), ("partial", "skipped", "judged")):
            audit, page = Audit(), _page(draw, 4, outcomes)
            yield from script(
                (audit, "append", "q", _page(draw, 4), VERSIONS),
                (audit, "append", "q", page, VERSIONS),
                *[
                    (f"{_orders(page)}: explain(1, {doc})", audit, "explain", 1, doc)
                    for doc in sorted(page["ids"])
                ],
                (audit, "explain", 1, 999),
                as_=AS,
            )

    @exam.claim("a number that no record has is UnknownRecord", "−1 is none.", needs=explained)
    def _(Audit: Any) -> Iterator[Step]:
        audit, page = Audit(), _page(draw, 2)
        doc = page["ids"][0]
        yield from script(
            (audit, "explain", 0, doc),
            (audit, "append", "q", page, VERSIONS),
            (audit, "explain", 1, doc),
            (audit, "explain", -1, doc),
            (audit, "explain", 0, doc),
            (audit, "replay", 1, {}),
            (audit, "replay", -1, {}),
            as_=AS,
        )

    @exam.claim("what is changed later changes no record", "Keep values, not lists.", needs=explained)
    def _(Audit: Any) -> Iterator[Step]:
        for outcomes in (("judged",), ("partial", "judged")):
            page = _page(draw, 4, outcomes)
            docs = sorted(page["ids"])
            trial = there(Audit, AuditTrial)(Audit)
            found = plain(trial.meddled("q", page, dict(VERSIONS), docs), list[list[tuple[Any, ...]]])
            for doc, said in zip(docs, found, strict=True):
                yield f"explain(0, {doc}) after the caller changed what it passed in", said

    def replays(
        Audit: Any, note: str, page: dict[str, Any], models: Sequence[tuple[str, str, dict[int, float]]]
    ) -> Iterator[Step]:
        trial = there(Audit, AuditTrial)(Audit)
        pages = [("q", _page(draw, 2), {"a": "old"}), ("q", page, VERSIONS)]
        yield f"replay, {note}", raised(lambda: trial.replayed(pages, 1, models))
        yield f"replay, {note}: who was asked, and for what", plain(trial.asked, list[tuple[Any, ...]])

    def served(page: dict[str, Any]) -> list[tuple[str, str, dict[int, float]]]:
        return [(event["stage"], VERSIONS[event["stage"]], dict(event["scores"])) for event in page["events"]]

    @exam.claim(
        "a page comes again with the models that it names",
        "The version that is recorded.",
        weight=2,
        needs=stages,
    )
    def replayed(Audit: Any) -> Iterator[Step]:
        for outcomes in (("judged",), ("judged", "judged"), ("judged", "skipped", "judged"), ("skipped",)):
            page = _page(draw, 3, outcomes)
            models = served(page)
            newer = [(stage, "newest", {doc: 0.0 for doc in scores}) for stage, _, scores in models]
            yield from replays(
                Audit,
                f"{' '.join(outcomes)}, newer versions beside it",
                page,
                draw.sample(models + newer, 2 * len(models)),
            )

    @exam.claim("one score that differs is no replay", "Of any document.", weight=2, needs=replayed)
    def _(Audit: Any) -> Iterator[Step]:
        for change in (1e-9, -5.0, NAN):
            page = _page(draw, 4)
            models = served(page)
            doc = draw.choice([*models[0][2]])
            models[0][2][doc] += change
            now = "NaN" if change != change else f"{abs(change):g} {'less' if change < 0 else 'more'}"
            yield from replays(Audit, f"document {doc} now scores {now}", page, models)
        page = _page(draw, 4)
        models = served(page)
        doc = next(doc for doc, score in models[0][2].items() if score == 0)
        models[0][2][doc] = 2.5
        yield from replays(Audit, f"document {doc} now scores 2.5 in the place of 0", page, models)
        page = _page(draw, 3)
        models = served(page)
        del models[0][2][page["events"][0]["before"][-1]]
        yield from replays(Audit, "the last document gets no score", page, models)
        page = _page(draw, 4)
        models = served(page)
        models[0] = (*models[0][:2], {doc: 2 * score for doc, score in models[0][2].items()})
        yield from replays(Audit, "every score is twice as large", page, models)

    @exam.claim("a score that never came does not count", "Now it may come.", needs=replayed)
    def _(Audit: Any) -> Iterator[Step]:
        page = _page(draw, 4, ("partial",))
        models = served(page)
        yield from replays(Audit, "one had no score, and has none", page, models)
        more = [
            (stage, version, dict.fromkeys(page["ids"], 1.5) | scores) for stage, version, scores in models
        ]
        yield from replays(Audit, "one had no score, and has one now", page, more)

    @exam.claim("a model that is gone is UnknownModel", "Before any judge is asked.", needs=replayed)
    def _(Audit: Any) -> Iterator[Step]:
        page = _page(draw, 3, ("judged", "judged"))
        both = served(page)
        yield from replays(Audit, "the second one's model is gone", page, both[:1])
        yield from replays(Audit, "the first one's model is gone", page, both[1:])
        yield from replays(Audit, "its version is another", page, [both[0], ("b", "newest", both[1][2])])
        (one, its, first), (two, other, second) = both
        crossed = [(one, other, first), (two, its, second)]
        yield from replays(Audit, "each has the other one's version", page, crossed)
        yield from replays(Audit, "no models", page, [])
