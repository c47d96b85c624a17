"""Day 13: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from course.checking.probes import Examination, Row, Step, calls, examine, growth, raised
from course.checking.subject import plain, there
from course.systems.search.broker import Broker
from course.systems.search.global_statistics import global_statistics
from course.systems.search.hits import place
from course.systems.search.merge import merge_top_k
from course.systems.search.planned_network import BREAKS, REFUSES, SILENT, BrokerTrial, Planned
from course.systems.search.statistics_trial import StatisticsTrial, Told

COUNTED = tuple[int, int, dict[str, int], float]
MERGED = tuple[list[tuple[int, float]], list[str]]
NAMES = ("s0", "s1", "s10", "s2", "s20", "s3", "B", "a", "é", "Z")
ANSWERS = "answers"

# ── global_statistics ───────────────────────────────────────────────────────────────────────────────────

WORDS = ("alpha", "the", "é", "Alpha")
TWO = WORDS[:2]


def _report(draw: random.Random, shard: str, version: int = 1, words: Sequence[str] = WORDS) -> Told:
    documents = draw.randint(1, 40)
    chosen = draw.sample(words, draw.randint(1, len(words)))
    return (
        shard,
        version,
        documents,
        documents * draw.randint(2, 9) + draw.randint(0, 3),
        {word: draw.randint(1, documents) for word in chosen},
    )


@examine(global_statistics)
def check_statistics(exam: Examination) -> None:
    draw = exam.draw

    def told(add: Any, *rows: Sequence[Told]) -> Iterator[Step]:
        trial = there(add, StatisticsTrial)(add)
        for reports in rows:
            said = "; ".join(f"{s} v{v}: {n} documents, {w} words, {dict(h)}" for s, v, n, w, h in reports)
            found = raised(lambda reports=reports: plain(trial.run([*reports]), COUNTED))  # type: ignore[misc]
            yield f"documents, words, holding, mean length of ({said or 'no reports'})", found

    @exam.claim("documents, words and holding of all shards", "Sums are exact.", weight=3)
    def sums(add: Any) -> Iterator[Step]:
        rows = []
        for count in (1, 2, 3, 5):
            rows.append([_report(draw, name, words=TWO) for name in draw.sample(NAMES, count)])
        yield from told(add, *rows)

    @exam.claim("a word that only some shards hold", "The others have 0 of it.", weight=2, needs=sums)
    def _(add: Any) -> Iterator[Step]:
        rows = [[_report(draw, name) for name in draw.sample(NAMES, count)] for count in (2, 3, 4)]
        yield from told(add, *rows)

    @exam.claim("a word that no document holds any more is named all the same", "With 0.", needs=sums)
    def _(add: Any) -> Iterator[Step]:
        for count in (1, 3):
            reports = [_report(draw, name, words=TWO) for name in draw.sample(NAMES, count)]
            for report in reports:
                report[4]["gone"] = 0
            yield from told(add, reports, [*reports, ("none", 1, 0, 0, {"never": 0})])

    @exam.claim("copies of a shard count once", "The newest alone.", weight=3, needs=sums)
    def once(add: Any) -> Iterator[Step]:
        for count in (1, 2, 3):
            names = draw.sample(NAMES, count)
            reports = [_report(draw, name, version, TWO) for name in names for version in (1, 2)]
            yield from told(add, reports, reports[::-1], draw.sample(reports, len(reports)))
        name = draw.choice(NAMES)
        versions = [_report(draw, name, version, TWO) for version in (9, 10, 3)]
        yield from told(add, versions)

    @exam.claim("each shard has a newest version of its own", "Some shards lag.", needs=once)
    def _(add: Any) -> Iterator[Step]:
        for _ in range(2):
            one, two, three = draw.sample(NAMES, 3)
            reports = [
                _report(draw, one, 7, TWO),
                _report(draw, two, 3, TWO),
                _report(draw, two, 2, TWO),
                _report(draw, three, 0, TWO),
            ]
            yield from told(add, draw.sample(reports, 4))

    @exam.claim("of equal versions the first counts", "Of that shard.", needs=once)
    def _(add: Any) -> Iterator[Step]:
        for _ in range(2):
            one, two = draw.sample(NAMES, 2)
            reports = [
                _report(draw, one, 4, TWO),
                _report(draw, two, 1, TWO),
                _report(draw, one, 4, TWO),
                _report(draw, one, 2, TWO),
            ]
            yield from told(add, [reports[2], reports[0]], reports)

    @exam.claim("no report, and shards without documents", "What is their sum?", needs=sums)
    def _(add: Any) -> Iterator[Step]:
        one, two = draw.sample(NAMES, 2)
        empty: Told = (one, 1, 0, 0, {})
        yield from told(
            add, [], [empty], [empty, _report(draw, two)], [_report(draw, one), (two, 1, 3, 0, {})]
        )

    @exam.claim("names that differ by a letter's case are two shards", "", needs=once)
    def _(add: Any) -> Iterator[Step]:
        reports = [_report(draw, name, words=TWO) for name in ("b", "B")]
        yield from told(add, reports, reports[::-1])

    @exam.claim("many shards, each with two copies", "", needs=once)
    def _(add: Any) -> Iterator[Step]:
        names = [f"s{number}" for number in range(exam.size(12))]
        reports = [_report(draw, name, draw.randint(1, 3)) for name in (*names, *names)]
        yield from told(add, draw.sample(reports, len(reports)))


# ── merge_top_k ─────────────────────────────────────────────────────────────────────────────────────────


def _dealt(
    draw: random.Random, sizes: Sequence[int], levels: Sequence[float] = ()
) -> dict[str, list[tuple[int, float]]]:
    """Sorted hits of as many shards as there are ``sizes``; no id twice."""
    ids = draw.sample(range(3 * sum(sizes) + 3), sum(sizes))
    names, found = draw.sample(NAMES, len(sizes)), {}
    for name, size in zip(names, sizes, strict=True):
        hits = [
            (ids.pop(), draw.choice(levels) if levels else round(draw.uniform(1, 9), 3)) for _ in range(size)
        ]
        found[name] = sorted(hits, key=place)
    return found


@examine(merge_top_k)
def check_merge(exam: Examination) -> None:
    draw = exam.draw

    def full(sizes: Sequence[int], k: int, levels: Sequence[float] = ()) -> tuple[Any, ...]:
        """Every shard sent as many as it was asked for."""
        answers = _dealt(draw, sizes, levels)
        return answers, {name: max(1, len(hits)) for name, hits in answers.items()}, k

    def more(sizes: Sequence[int], k: int, levels: Sequence[float] = ()) -> tuple[Any, ...]:
        """No shard has others: each was asked for more than it sent."""
        answers = _dealt(draw, sizes, levels)
        return answers, {name: len(hits) + draw.randint(1, 4) for name, hits in answers.items()}, k

    def merged(merge: Any, *rows: tuple[Any, ...]) -> Iterator[Step]:
        yield from calls(merge, *rows, as_=MERGED)

    @exam.claim("the k best of all that came, best first", "Each shard's are sorted already.", weight=3)
    def best(merge: Any) -> Iterator[Step]:
        sizes = (((1,), 1), ((1, 1), 2), ((2, 1), 2), ((2, 3), 4), ((3, 3, 3), 4), ((5, 1, 4), 7))
        yield from merged(merge, *[more(each, k) for each, k in sizes])

    @exam.claim(
        "of equal scores the smaller id, whichever shard it is of",
        "`place` says how.",
        weight=2,
        needs=best,
    )
    def ties(merge: Any) -> Iterator[Step]:
        sizes = (((2, 2), 2), ((3, 3), 3), ((3, 2, 3), 4), ((4, 4, 4), 5))
        yield from merged(merge, *[more(each, k, (1.0, 2.0)) for each, k in sizes])
        yield from merged(merge, *[more(each, k, (0.5,)) for each, k in sizes[:3]])

    @exam.claim(
        "a shard whose last hit stands before the k-th best is asked again",
        "What may stand between the two?",
        weight=3,
        needs=best,
    )
    def before(merge: Any) -> Iterator[Step]:
        sizes = (((1, 1), 2), ((1, 3), 2), ((2, 3), 4), ((3, 3, 2), 5), ((4, 1, 5), 6), ((6, 6, 6), 9))
        yield from merged(merge, *[full(each, k) for each, k in sizes])

    @exam.claim(
        "a shard that sent fewer than it was asked for has no others",
        "Why ask it again?",
        weight=2,
        needs=before,
    )
    def _(merge: Any) -> Iterator[Step]:
        for sizes, k in (((1, 2), 3), ((2, 3, 2), 5), ((3, 1, 4), 6), ((2, 2, 2, 2), 7)):
            answers, asked, _ = full(sizes, k)
            asked = {name: number + draw.choice((0, 1, 3)) for name, number in asked.items()}
            yield from merged(merge, (answers, asked, k))

    @exam.claim(
        "a shard whose last hit is the k-th best is not",
        "What follows it comes after it.",
        needs=before,
    )
    def _(merge: Any) -> Iterator[Step]:
        for size in (1, 2, 4):
            first, second = draw.sample(NAMES, 2)
            hits = [(2 * number, 9.0 - number) for number in range(size + 1)]
            answers = {first: hits[:-1], second: [hits[-1]]}
            for k in (size, size + 1):
                yield from merged(merge, (answers, {first: size, second: 1}, k))

    @exam.claim(
        "with equal scores at the k-th place the ids decide who is asked again",
        "An equal score and a smaller id may follow.",
        needs=ties,
    )
    def _(merge: Any) -> Iterator[Step]:
        for _ in range(3):
            low, middle, high = sorted(draw.sample(range(1, 40), 3))
            one, two, x = *draw.sample(NAMES, 2), draw.choice((0.5, 2.0, 7.25))
            rows = [
                ({one: [(low, x)], two: [(middle, x)]}, {one: 1, two: 1}, 2),
                ({one: [(high, x)], two: [(middle, x)]}, {one: 1, two: 1}, 1),
                ({one: [(middle, x)], two: [(low, x), (high, x)]}, {one: 1, two: 2}, 3),
            ]
            yield from merged(merge, *draw.sample(rows, 3))

    @exam.claim("fewer than k came: whoever may have others is asked", "", weight=2, needs=before)
    def _(merge: Any) -> Iterator[Step]:
        for sizes, k in (((1,), 2), ((1, 2), 4), ((2, 2, 1), 9)):
            answers, asked, _ = full(sizes, k)
            yield from merged(merge, (answers, asked, k))
            some = {name: number + draw.choice((0, 2)) for name, number in asked.items()}
            yield from merged(merge, (answers, some, k))

    @exam.claim("names are sorted as texts", "“s10” comes before “s2”.", needs=before)
    def _(merge: Any) -> Iterator[Step]:
        for size in (4, 6):
            names = draw.sample(NAMES, size)
            answers = {name: [(number, 5.0 + number)] for number, name in enumerate(names)}
            yield from merged(merge, (answers, dict.fromkeys(answers, 1), size + 1))

    @exam.claim("no shard, empty shards, a k of 0 or less", "", needs=before)
    def _(merge: Any) -> Iterator[Step]:
        few, asked, _ = full((2, 1), 2)
        nobody: tuple[Any, ...] = ({}, {}, 3)
        empty: tuple[Any, ...] = ({"a": [], "b": []}, {"a": 2, "b": 1}, 3)
        one = ({**few, "none": []}, {**asked, "none": 4}, 3)
        rows = [nobody, empty, one, (few, asked, 0), (few, asked, -2), ({}, {}, 0)]
        yield from merged(merge, *draw.sample(rows, len(rows)))

    @exam.claim("negative scores, −inf, and two that are nearly equal", "Compared as they are.", needs=ties)
    def _(merge: Any) -> Iterator[Step]:
        x = draw.uniform(1, 9)
        near = math.nextafter(x, 10)
        one, two = draw.sample(NAMES, 2)
        answers = {
            one: sorted([(3, x), (5, -x), (9, -math.inf)], key=place),
            two: sorted([(7, near), (4, 0.0), (2, -math.inf)], key=place),
        }
        for k in (1, 2, 4, 6):
            yield from merged(merge, (answers, {one: 3, two: 3}, k))
        yield from merged(merge, ({one: [(3, x)], two: [(7, near)]}, {one: 1, two: 1}, 1))

    @exam.claim("an id twice among the k best is DuplicateId", "And after the k-th it is not.", needs=ties)
    def _(merge: Any) -> Iterator[Step]:
        for size in (2, 3):
            one, two, three = draw.sample(NAMES, 3)
            hits = [(draw.randrange(10) + 10 * number, 9.0 - number) for number in range(2 * size)]
            twice = sorted([hits[0], *hits[size:]], key=place)
            late = sorted([(hits[size - 1][0], hits[-1][1] - 1.0), *hits[size:]], key=place)
            for other in (twice, late):
                for k in (1, 2, size + 1, 3 * size):
                    answers = {one: hits[:size], two: other, three: []}
                    yield from merged(merge, (answers, dict.fromkeys(answers, 99), k))
            both = {one: [(1, 9.0), (2, 8.0)], two: [(2, 7.0), (1, 6.0)]}
            yield from merged(merge, (both, dict.fromkeys(both, 2), 4))

    @exam.claim("many shards with many hits", "", needs=ties)
    def many(merge: Any) -> Iterator[Step]:
        for levels in ((), (1.0, 2.0, 3.0)):
            sizes = [draw.randint(0, 12) for _ in range(9)]
            yield from merged(merge, full(sizes, exam.size(20), levels))

    @exam.claim("the work does not grow with the hits that a shard sent", "Who needs them all?", needs=many)
    def _(merge: Any) -> Iterator[Step]:
        def made(n: int) -> tuple[Any, Sequence[Any]]:
            answers = {
                f"s{shard}": [(4 * rank + shard, 1e6 - (4 * rank + shard)) for rank in range(n)]
                for shard in range(4)
            }
            return merge, [(answers, dict.fromkeys(answers, n), 8)] * 3

        yield from growth("merge_top_k, k 8, so many hits of each of four shards", made, at=30, most=0.3)

    @exam.claim(
        "one more hit does not take a look at every shard",
        "Which of them has changed since the last one?",
        needs=many,
    )
    def _(merge: Any) -> Iterator[Step]:
        def made(n: int) -> tuple[Any, Sequence[Any]]:
            answers = {
                f"s{shard}": [(n * rank + shard, 1e6 - (n * rank + shard)) for rank in range(3)]
                for shard in range(n)
            }
            return merge, [(answers, dict.fromkeys(answers, 3), n)]

        yield from growth("merge_top_k, so many shards and as many hits wanted", made, at=20, most=1.4)


# ── Broker ──────────────────────────────────────────────────────────────────────────────────────────────

Try = tuple[str, float, int]
"""What becomes of a request, after how many ms, and how many hits come where it answers."""
Plan = Mapping[str, Sequence[Try]]
SAID = {
    "after": "ms until it answers",
    "sent": "requests, by ms and shard",
    "otherwise": "requests that are not for `query` and `ask`",
    "hedged": "hedged",
}
COPY = ("first copy asked", "second", "third")
REFUSED: Try = (REFUSES, 0.0, 0)
NOTHING: Try = (SILENT, 0.0, 0)


def _answers(ms: float, count: int = 3) -> Try:
    return ANSWERS, ms, count


def _breaks(ms: float) -> Try:
    return BREAKS, ms, 0


def _with_hits(draw: random.Random, plan: Plan, search: int) -> tuple[dict[str, list[Planned]], str]:
    """The plan with hits, and in words. An id tells what it is of: the search, the shard and the copy that was asked."""
    planned, parts = dict[str, list[Planned]](), []
    for number, (shard, tries) in enumerate(plan.items()):
        planned[shard], words = [], []
        for place_, (what, ms, count) in enumerate(tries):
            first = 1000 * search + 100 * number + 10 * place_
            scores = sorted((round(draw.uniform(1, 9), 2) for _ in range(count)), reverse=True)
            planned[shard].append((what, ms, [(first + at, score) for at, score in enumerate(scores)]))
            told = f"{what} after {ms:g} ms" if what in (ANSWERS, BREAKS) else what
            more = f" with ids {first} to {first + count - 1}" if count else ""
            copy = COPY[place_] if len(tries) > 1 else "its only copy"
            words.append(f"{copy} {told}{more}")
        parts.append(f"{shard}: {', '.join(words)}")
    return planned, "; ".join(parts)


@examine(merge_top_k, Broker)
def check_broker(exam: Examination) -> None:
    draw = exam.draw

    def searched(
        Kind: Any,
        plans: Sequence[Plan],
        *,
        hedge: float = 20.0,
        deadline: float = 60.0,
        k: int = 4,
        ask: int = 4,
        fields: Sequence[str] = ("hits", "coverage", "missing", "after"),
        sizes: Mapping[str, int] | None = None,
    ) -> Iterator[Step]:
        """What each search of the same broker comes to: the ``fields`` of it."""
        copies = {shard: len(tries) for shard, tries in plans[0].items()}
        documents = sizes or {shard: draw.randint(1, 9) for shard in copies}
        trial = there(Kind, BrokerTrial)(Kind)
        asked, words = [], []
        for number, plan in enumerate(plans):
            planned, told = _with_hits(draw, plan, number)
            asked.append((k, ask, planned))
            words.append(f"k {k}, ask {ask}, hedge after {hedge:g} ms, deadline {deadline:g} · {told}")
        found = raised(
            lambda: plain(trial.run(copies, documents, hedge, deadline, asked), list[dict[str, Any]])
        )
        if not isinstance(found, list):
            first = f"in one of {len(plans)} searches of the same broker, the first: " if plans[1:] else ""
            yield f"{SAID.get(fields[0], fields[0])}, {first}{words[0]}", found
            return
        for number, (told, said) in enumerate(zip(words, found, strict=True)):
            note = f"in search {number + 1} of the same broker, {told}" if number else told
            if "raises" in said:
                yield f"{fields[0]}, {note}", f"raises {said['raises']}"
                continue
            for name in fields:
                more = f" of {dict(documents)} documents" if name == "coverage" else ""
                yield f"{SAID.get(name, name)}{more}, {note}", said[name]
            yield f"machines that were asked twice, {note}", said["twice"]

    own = "your merge_top_k gives the k best"

    @exam.claim(own, "Finish exercise 2 first.", weight=0)
    def _(merge: Any, Kind: Any) -> Iterator[Step]:
        found = _dealt(draw, (3, 2, 4))
        for k in (2, 5):
            yield from calls(merge, Row(found, dict.fromkeys(found, 4), k), as_=MERGED)

    @exam.claim("every shard answers: the best of all, when the last has come", "", weight=3, needs=own)
    def all_answer(merge: Any, Kind: Any) -> Iterator[Step]:
        for count in (1, 2, 3):
            names = draw.sample(NAMES, count)
            plan = {name: [_answers(draw.randint(1, 19))] for name in names}
            yield from searched(Kind, [plan])

    @exam.claim("each shard is asked at once, for what is asked", "", needs=all_answer)
    def _(merge: Any, Kind: Any) -> Iterator[Step]:
        for k, ask in ((4, 2), (9, 2), (2, 5)):
            plan = {
                name: [_answers(draw.randint(1, 19), 6), _answers(1, 6)] for name in draw.sample(NAMES, 3)
            }
            fields = ("sent", "otherwise", "hits", "again")
            yield from searched(Kind, [plan], k=k, ask=ask, fields=fields)

    @exam.claim(
        "at the deadline it answers with what has come", "Without an error.", weight=3, needs=all_answer
    )
    def late(merge: Any, Kind: Any) -> Iterator[Step]:
        for slow in (61, 200):
            one, two, three = draw.sample(NAMES, 3)
            plan = {
                one: [_answers(draw.randint(1, 19))],
                two: [_answers(slow)],
                three: [_answers(draw.randint(21, 59))],
            }
            yield from searched(Kind, [plan])
        one, two = draw.sample(NAMES, 2)
        fields = ("hits", "again", "missing", "after")
        yield from searched(Kind, [{one: [NOTHING], two: [_answers(30)]}], fields=fields)

    @exam.claim("coverage is the share of the documents", "Shards differ in size.", weight=2, needs=late)
    def _(merge: Any, Kind: Any) -> Iterator[Step]:
        for gone in (NOTHING, REFUSED):
            one, two, three = draw.sample(NAMES, 3)
            sizes = {one: draw.randint(20, 40), two: draw.randint(1, 5), three: draw.choice((0, 3))}
            plan = {one: [_answers(5)], two: [gone], three: [_answers(4)]}
            yield from searched(Kind, [plan], sizes=sizes, fields=("coverage", "missing"))
        first, second, *more = sorted(draw.sample(NAMES, 4), reverse=True)
        plan = {first: [NOTHING], second: [REFUSED], **{name: [_answers(6)] for name in more}}
        yield from searched(Kind, [plan], fields=("missing", "coverage"))

    @exam.claim(
        "a late shard is asked at another copy, once", "Only those that are late.", weight=3, needs=late
    )
    def hedges(merge: Any, Kind: Any) -> Iterator[Step]:
        fields = ("hits", "after", "sent", "hedged")
        for second in (3, 30):
            one, two, three = draw.sample(NAMES, 3)
            plan = {
                one: [NOTHING, _answers(second), _answers(1)],
                two: [_answers(draw.randint(1, 19)), _answers(2)],
                three: [_answers(45), _answers(draw.choice((10, 50)))],
            }
            yield from searched(Kind, [plan], fields=fields)
        one, two = draw.sample(NAMES, 2)
        plan = {one: [NOTHING, NOTHING, _answers(1)], two: [_answers(15), _answers(1)]}
        yield from searched(Kind, [plan], fields=fields)
        plan = {one: [REFUSED, NOTHING, _answers(4)], two: [NOTHING, REFUSED, _answers(5)]}
        yield from searched(Kind, [plan], fields=fields)
        one, two = draw.sample(NAMES, 2)
        yield from searched(Kind, [{one: [NOTHING], two: [_answers(25)]}], fields=fields)
        late_one, *others = draw.sample(NAMES, 4)
        plan = {late_one: [_answers(50), _answers(draw.randint(5, 25))]}
        plan |= {name: [_answers(draw.randint(1, 19))] for name in others}
        yield from searched(Kind, [plan], fields=fields)

    @exam.claim("the first answer of a shard counts, and no other", "", weight=2, needs=hedges)
    def _(merge: Any, Kind: Any) -> Iterator[Step]:
        for first, second in ((25, 20), (35, 5)):
            one, two = draw.sample(NAMES, 2)
            plan = {one: [_answers(first), _answers(second)], two: [NOTHING, _answers(35)]}
            yield from searched(Kind, [plan], fields=("hits", "after", "hedged"))

    @exam.claim("a dead machine's place is taken at once", "None is no ticket.", weight=2, needs=all_answer)
    def refused(merge: Any, Kind: Any) -> Iterator[Step]:
        for before in (1, 2):
            one, two = draw.sample(NAMES, 2)
            plan = {one: [*[REFUSED] * before, _answers(7)], two: [_answers(draw.randint(1, 19))]}
            yield from searched(Kind, [plan], fields=("hits", "after", "sent", "hedged", "coverage"))

    @exam.claim(
        "a shard that nobody is left of is missing, and not waited for",
        "Who could still answer?",
        weight=3,
        needs=refused,
    )
    def gone(merge: Any, Kind: Any) -> Iterator[Step]:
        for tries in ([REFUSED], [REFUSED, REFUSED], [_breaks(4), REFUSED], [_breaks(3), _breaks(5)]):
            names = draw.sample(NAMES, 3)
            plan: Plan = {names[0]: tries, names[1]: [_answers(9)], names[2]: [_answers(draw.randint(1, 12))]}
            yield from searched(Kind, [plan])

    @exam.claim(
        "where a connection breaks another copy is asked at once",
        "Before the hedge.",
        weight=2,
        needs=refused,
    )
    def broken(merge: Any, Kind: Any) -> Iterator[Step]:
        fields = ("hits", "after", "sent", "hedged")
        one, two = draw.sample(NAMES, 2)
        tail = [_answers(2), _answers(3)]
        for tries in (
            [_breaks(5), _answers(6), _answers(1)],
            [_breaks(5), REFUSED, _answers(9)],
            [_breaks(5), NOTHING, _answers(9)],
            [_breaks(30), _answers(25), _answers(4)],
            [NOTHING, _breaks(8), _answers(11)],
        ):
            yield from searched(Kind, [{one: tries, two: [_answers(12), *tail]}], fields=fields)
        plan = {one: [_breaks(50), _answers(5), _answers(1)], two: [NOTHING, _answers(38)]}
        yield from searched(Kind, [plan], fields=fields)

    @exam.claim("answers to an earlier search mean nothing", "Whose ticket is it?", weight=2, needs=hedges)
    def _(merge: Any, Kind: Any) -> Iterator[Step]:
        for after in (70, 85):
            one, two = draw.sample(NAMES, 2)
            first = {one: [_answers(after), NOTHING], two: [_answers(30), _answers(12)]}
            second = {one: [_answers(40), NOTHING], two: [_answers(33), NOTHING]}
            yield from searched(Kind, [first, second, second], fields=("hits", "missing", "after", "hedged"))
        one, two = draw.sample(NAMES, 2)
        first = {one: [_answers(2), _answers(3)], two: [_breaks(90), NOTHING]}
        second = {one: [_answers(8), _answers(9)], two: [_answers(41), NOTHING]}
        yield from searched(Kind, [first, second], fields=("hits", "missing", "after", "hedged", "sent"))

    @exam.claim("nothing is remembered of a machine for the next search", "It may be back.", needs=broken)
    def _(merge: Any, Kind: Any) -> Iterator[Step]:
        one, two = draw.sample(NAMES, 2)
        first = {one: [_breaks(3), _answers(8)], two: [REFUSED, _answers(9)]}
        second = {one: [NOTHING, _answers(6)], two: [NOTHING, _answers(11)]}
        fields = ("hits", "after", "sent", "hedged")
        yield from searched(Kind, [first, second, first, second], fields=fields)

    @exam.claim("what comes just when it is late, or at the deadline, is in time", "", needs=hedges)
    def _(merge: Any, Kind: Any) -> Iterator[Step]:
        fields = ("hits", "after", "sent", "hedged", "missing")
        for ms in (20, 60):
            one, two = draw.sample(NAMES, 2)
            plan = {one: [_answers(ms), NOTHING], two: [_answers(ms), NOTHING]}
            yield from searched(Kind, [plan], fields=fields)
        one, two = draw.sample(NAMES, 2)
        plan = {one: [NOTHING, _answers(40)], two: [_breaks(60), _answers(0)]}
        yield from searched(Kind, [plan], fields=("hits", "after", "missing", "hedged"))

    @exam.claim("a hedge that is due at the deadline, later, never, or at once", "", needs=hedges)
    def _(merge: Any, Kind: Any) -> Iterator[Step]:
        for hedge, deadline in ((60.0, 60.0), (90.0, 60.0), (math.inf, 60.0), (0.0, 60.0), (0.0, 0.0)):
            one, two = draw.sample(NAMES, 2)
            plan = {one: [NOTHING, _answers(15)], two: [_answers(0), _answers(0)]}
            fields = ("hits", "after", "sent", "hedged", "missing")
            yield from searched(Kind, [plan], hedge=hedge, deadline=deadline, fields=fields)

    @exam.claim("no shard has answered: NoAnswer", "An empty page would be a lie.", needs=gone)
    def _(merge: Any, Kind: Any) -> Iterator[Step]:
        one, two = draw.sample(NAMES, 2)
        for tries in (REFUSED, NOTHING, _breaks(3)):
            yield from searched(Kind, [{one: [tries], two: [REFUSED]}])
        plan = {one: [_answers(5, 0)], two: [NOTHING]}
        yield from searched(Kind, [plan])
        yield from searched(Kind, [plan], sizes={one: 0, two: draw.randint(1, 9)})

    @exam.claim("many shards, in any state", "", needs=broken)
    def _(merge: Any, Kind: Any) -> Iterator[Step]:
        names = [f"s{number}" for number in range(exam.size(8))]
        plan = {}
        for name in names:
            kinds = [_answers(draw.randint(1, 70)), _breaks(draw.randint(1, 30)), REFUSED, NOTHING]
            plan[name] = [draw.choice(kinds), draw.choice([_answers(draw.randint(1, 40)), REFUSED])]
        plan[names[0]] = [_answers(3), _answers(4)]
        fields = ("hits", "coverage", "missing", "after", "sent", "hedged")
        yield from searched(Kind, [plan], fields=fields)
