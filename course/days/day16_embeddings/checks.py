"""Day 16: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import random
from collections.abc import Iterator, Mapping, Sequence
from types import GenericAlias
from typing import Any

import numpy as np

from course.checking.probes import Cost, Examination, Row, Step, calls, examine, script
from course.checking.report import cut
from course.checking.subject import each, plain, there
from course.systems.search.block_trial import BlockTrial
from course.systems.search.blocked import blocked_top_k
from course.systems.search.embedder_trial import Letters
from course.systems.search.embedding_store import EmbeddingStore
from course.systems.search.migration import Migration
from course.systems.search.migration_trial import MergeTrial, PlainStore, RankedStore, Texts

# ── blocked_top_k ───────────────────────────────────────────────────────────────────────────────────────

FOUND = GenericAlias(tuple, ("ndarray", "ndarray"))


def _rows(draw: random.Random, n: int, d: int = 2, low: int = -99, high: int = 99) -> Any:
    """Vectors of quarters: sums of their products are exact, in whatever order they are added up, and hardly two are equal."""
    return np.array([[draw.randint(low, high) / 4 for _ in range(d)] for _ in range(n)]).reshape(n, d)


def _with(rows: Any, places: Mapping[int, float]) -> Any:
    """``rows`` with another number at the end of some."""
    for row, value in places.items():
        rows[row, -1] = value
    return rows


@examine(blocked_top_k)
def check_blocks(exam: Examination) -> None:
    draw = exam.draw

    def found(search: Any, *rows: tuple[Any, ...]) -> Iterator[Step]:
        """Rows are queries, vectors, k, and the block where one is given."""
        for asked, stored, k, *block in rows:
            row = Row(asked, stored, k, **({"block": block[0]} if block else {}))
            small = asked.size + stored.size <= 16
            note = f", queries {asked.tolist()}, vectors {stored.tolist()}" if small else ""
            yield from calls(search, row, as_=FOUND, note=note)

    @exam.claim("the k best, best first, of a single block", "The inner products, sorted.", weight=2)
    def one(search: Any) -> Iterator[Step]:
        sizes = ((1, 1, 1), (1, 2, 1), (1, 3, 2), (2, 4, 2), (3, 6, 3), (2, 9, 4))
        yield from found(search, *[(_rows(draw, q), _rows(draw, n), k) for q, n, k in sizes])

    @exam.claim(
        "the same in blocks of any size",
        "What does a block have to know of those before?",
        weight=3,
        needs=one,
    )
    def blocks(search: Any) -> Iterator[Step]:
        for q, n, k in ((1, 3, 1), (1, 4, 2), (2, 5, 2), (2, 7, 3), (3, 11, 4)):
            sizes = draw.sample(range(1, n + 2), 3)
            yield from found(search, *[(_rows(draw, q), _rows(draw, n), k, size) for size in sizes])

    @exam.claim(
        "of equal scores the smaller id comes first", "Within a block, and across two.", weight=2, needs=one
    )
    def _(search: Any) -> Iterator[Step]:
        for n, k, size in ((3, 2, 9), (4, 2, 2), (5, 3, 1), (6, 4, 4), (9, 3, 2), (50, 7, 32)):
            yield from found(
                search,
                (_rows(draw, 2, 1, 1, 2), _rows(draw, n, 1, 1, 2), k, size),
                (np.ones((1, 2)), np.ones((n, 2)), k, size),
            )

    @exam.claim("fewer vectors than k give all, and none give none", "How many columns are there?", needs=one)
    def _(search: Any) -> Iterator[Step]:
        n = draw.randint(2, 4)
        rows = [(_rows(draw, 2), _rows(draw, n), k, size) for k, size in ((n, 2), (n + 1, 1), (9, 2), (9, 9))]
        rows += [(_rows(draw, 2), np.empty((0, 2)), 3, 2), (np.empty((0, 2)), _rows(draw, n), 1, 2)]
        rows += [(np.empty((0, 2)), np.empty((0, 2)), 1, 1), (np.empty((0, 2)), _rows(draw, n), 9, 2)]
        yield from found(search, *draw.sample(rows, len(rows)))

    @exam.claim("negative scores, and vectors of zeros", "The best may well be below 0.", weight=2, needs=one)
    def _(search: Any) -> Iterator[Step]:
        for n, k, size in ((2, 1, 2), (4, 2, 2), (5, 4, 3)):
            yield from found(
                search,
                (_rows(draw, 2, 2, 1, 9), _rows(draw, n, 2, -9, -1), k, size),
                (_rows(draw, 1), np.vstack([_rows(draw, n), np.zeros((2, 2))]), k, size),
            )

    @exam.claim(
        "a k that is larger than a block", "The best of all may all stand in different blocks.", needs=blocks
    )
    def _(search: Any) -> Iterator[Step]:
        for n, k, size in ((4, 3, 1), (7, 5, 2), (9, 8, 3)):
            yield from found(search, (_rows(draw, 2), _rows(draw, n), k, size))

    @exam.claim("any kind of float", "Which kind are the results, whatever comes in?", weight=2, needs=one)
    def _(search: Any) -> Iterator[Step]:
        for kind in (np.float16, np.float32, np.float64):
            asked, rows = _rows(draw, 2, 3).astype(kind), _rows(draw, 6, 3).astype(kind)
            yield from found(search, (asked, rows, 3, 4), (_rows(draw, 1, 2, 4097, 4200), rows[:, :2], 2, 3))
            scores, ids = plain(search(asked, rows, 3, block=4), FOUND)
            yield (
                f"the kinds of scores and ids, queries and vectors {rows.dtype}",
                [str(scores.dtype), str(ids.dtype)],
            )
        for n in (0, 2):
            scores, ids = plain(search(_rows(draw, 2 - n), _rows(draw, n), 2), FOUND)
            yield f"the kinds of scores and ids, {n} vectors", [str(scores.dtype), str(ids.dtype)]

    @exam.claim("what does not fit is refused, in the order stated", "k, block, shapes, numbers.", needs=one)
    def _(search: Any) -> Iterator[Step]:
        nan, inf = float("nan"), float("inf")
        asked, rows = _rows(draw, 2), _rows(draw, 7)
        wide = _rows(draw, 2, 3)
        wrong: list[tuple[Any, Any, int, int]] = [
            (asked, rows, 0, 2),
            (asked, rows, 2, 0),
            (asked, rows, -1, -2),
            (wide, rows, 0, 0),
            (wide, rows, 2, 2),
            (wide, _with(_rows(draw, 3), {0: nan}), 2, 2),
            (asked, _with(_rows(draw, 5), {4: nan}), 1, 2),
            (asked, _with(_rows(draw, 5), {3: nan, 4: inf}), 1, 3),
            (asked, _with(_rows(draw, 6), {5: -inf}), 2, 4),
            (asked, _with(_rows(draw, 4), {2: nan, 3: nan}), 1, 9),
            (asked, _with(_rows(draw, 5), {1: nan, 4: inf}), 1, 2),
            (wide, np.empty((0, 2)), 1, 1),
            (np.empty((0, 3)), rows, 1, 2),
            (np.empty((0, 2)), _with(_rows(draw, 3), {2: nan}), 1, 2),
            (asked[0], rows, 1, 2),
        ]
        yield from found(search, *draw.sample(wrong, len(wrong)))

    @exam.claim(
        "beside one block only the best are held",
        "Nothing of the size of all vectors.",
        weight=2,
        needs=blocks,
    )
    def _(search: Any) -> Iterator[Step]:
        trial = there(search, BlockTrial)(search)
        for q, n, d, k in (
            (4, exam.size(4800), 1, 25),
            (1, exam.size(750), 32, 4),
            (1, exam.size(2200), 32, 4),
        ):
            held = int(plain(trial.held(q, n, d, k, 100, draw.randrange(999)), int))
            case = f"queries {q}, vectors {n} × {d}, k {k}, blocks of 100: held at the peak, beside the arguments"
            yield case, Cost(held / 1000, 60, "kB")


# ── EmbeddingStore.put ──────────────────────────────────────────────────────────────────────────────────

TEXTS = (
    "one",
    "two words",
    "three",
    "",
    "na\u00efve",
    "🙂 ok",
    "One",
    "a b c",
    "zwei",
    "x",
    "yy",
    "zzz",
    "four words and more",
)
ALIKE = (
    ("two words", " two  words", "two\twords\n"),
    ("na\u00efve", "nai\u0308ve", "na\u00efve "),
    ("", "  ", "\n"),
)
"""Texts that have the same content."""


@examine(EmbeddingStore)
def check_put(exam: Examination) -> None:
    draw = exam.draw

    def documents(n: int, texts: Sequence[str] = TEXTS) -> dict[str, str]:
        """``n`` documents of different texts, by ids in no order."""
        names = [f"d{number}" for number in draw.sample(range(2 * n + 1), n)]
        return dict(zip(names, draw.sample(texts, n), strict=True))

    def stored(
        Store: Any, *rounds: Mapping[str, str], batch: int = 64, few: bool = False, **embedder: Any
    ) -> Iterator[Step]:
        """What each ``put`` gives, what the embedder was asked for so far, whose vector each document then has (with ``few``
        no document's), and how many vectors belong to nobody."""
        model = there(Store, Letters)("v1", **embedder)
        store = Store(model, batch=batch)
        names = [] if few else sorted({name for given in rounds for name in given})
        lines: list[tuple[Any, ...]] = []
        for number, given in enumerate(rounds, 1):
            how = "was stopped from outside" if "stops" in embedder else "failed"
            failed = (
                f", where call no. {embedder['fails']} of the embedder {how}" if "fails" in embedder else ""
            )
            after = f"after put no. {number}, batch {batch}{failed}"
            said = f"put({cut(repr(dict(given)), 150)}), batch {batch}, put no. {number}"
            lines += [(said, store, "put", dict(given)), (f"the embedder was given, {after}", model, "calls")]
            lines += [(f"vector({name!r}) {after}", store, "vector", name) for name in names]
        lines.append(("vectors of no document that sweep() drops", store, "sweep"))
        yield from script(*lines, as_={"vector": "ndarray", "calls": list[list[str]]})

    @exam.claim("each document has its text's vector", "Embed, then point each id to the key.", weight=2)
    def own(Store: Any) -> Iterator[Step]:
        for n in (1, 2, 3, 5):
            yield from stored(Store, documents(n))

    @exam.claim("what is known is not embedded again", "Look before you embed.", weight=2, needs=own)
    def known(Store: Any) -> Iterator[Step]:
        for n in (1, 3):
            given = documents(n, TEXTS[:6])
            yield from stored(Store, given, given, {"z1": next(iter(given.values())), "z2": TEXTS[9]})

    @exam.claim("one text under several ids is embedded once", "Within one put, too.", weight=2, needs=own)
    def _(Store: Any) -> Iterator[Step]:
        for n in (1, 3):
            given = documents(n, TEXTS[:6])
            twice = given | {f"z{number}": text for number, text in enumerate(given.values())}
            yield from stored(Store, dict(draw.sample([*twice.items()], len(twice))))

    @exam.claim("texts with the same key are one text", "The first form is embedded.", weight=2, needs=own)
    def _(Store: Any) -> Iterator[Step]:
        for forms in draw.sample(ALIKE, len(ALIKE)):
            mixed = draw.sample(forms, len(forms))
            yield from stored(Store, {f"d{number}": text for number, text in enumerate(mixed)})
            yield from stored(Store, {"a": mixed[0]}, {"b": mixed[1], "c": "x"})

    @exam.claim(
        "a call has `batch` texts, and the last the rest",
        "No text more, and no call for nothing.",
        weight=2,
        needs=own,
    )
    def _(Store: Any) -> Iterator[Step]:
        yield from stored(Store, {}, documents(2), {})
        for n, batch in ((3, 1), (4, 2), (5, 2), (7, 3), (6, 9)):
            yield from stored(Store, documents(n), batch=batch, few=True)
        n = exam.size(40)
        for batch in draw.sample(range(3, 9), 2):
            many = {f"d{number}": f"text {draw.randrange(n // 2)}" for number in range(n)}
            yield from stored(Store, many, batch=batch, few=True)

    @exam.claim("an id with another text points to the new one", "The newest text counts.", needs=known)
    def _(Store: Any) -> Iterator[Step]:
        first, second, third = draw.sample(TEXTS, 3)
        yield from stored(Store, {"d1": first, "d2": first}, {"d1": second}, {"d2": third, "d3": first})
        yield from stored(Store, {"d1": first, "d2": second}, {"d1": second, "d2": first})

    @exam.claim("another version embeds anew", "A vector belongs to a model.", needs=known)
    def _(Store: Any) -> Iterator[Step]:
        model = there(Store, Letters)("v1")
        store = Store(model)
        given = documents(3)
        name = next(iter(given))
        lines: list[tuple[Any, ...]] = []
        for version in ("v1", "v2 beta", "v1"):
            lines += [
                (model, "version =", version),
                (f"put, the embedder's version being {version!r}", store, "put", given),
            ]
            lines += [(f"vector({name!r}) after it", store, "vector", name)]
        yield from script(*lines, (store, "sweep"), as_={"vector": "ndarray"})

    @exam.claim(
        "after a failure the finished batches stay",
        "And a second put costs only the rest.",
        weight=3,
        needs=known,
    )
    def _(Store: Any) -> Iterator[Step]:
        for n, batch, fails in ((3, 1, 2), (5, 2, 3), (2, 4, 1)):
            given = documents(n)
            old = dict.fromkeys(draw.sample([*given], 2), "before")
            yield from stored(Store, given, given, batch=batch, fails=fails)
            yield from stored(
                Store, old, old | given | {"z": "before"}, {}, given, batch=batch, fails=fails + 1
            )
        given = documents(3)
        yield from stored(Store, given, given, batch=1, fails=2, stops=True)

    @exam.claim(
        "another shape is BadEmbedding, with both shapes",
        "Rows and columns; expected, then got.",
        needs=known,
    )
    def _(Store: Any) -> Iterator[Step]:
        for rows, columns in draw.sample([(-1, 0), (1, 0), (0, 1), (0, -1), (-9, 0)], 5):
            yield from stored(Store, documents(3), batch=2, rows=rows, columns=columns)
        yield from stored(Store, documents(2), batch=5, rows=1)
        yield from stored(Store, documents(5), batch=2, columns=1, good=1)

    @exam.claim("an embedder may use its array and your list again", "Keep a copy.", needs=known)
    def _(Store: Any) -> Iterator[Step]:
        for n, batch in ((2, 1), (4, 2), (5, 2)):
            yield from stored(Store, documents(n), batch=batch, reuses=True)

    @exam.claim("vectors are float32, whatever the embedder gives", "Convert when you copy.", needs=own)
    def _(Store: Any) -> Iterator[Step]:
        for kind in ("float16", "float32", "float64"):
            store = Store(there(Store, Letters)("v1", kind=kind))
            store.put({"d1": draw.choice(TEXTS)})
            yield (
                f"the kind of vector('d1'), the embedder's being {kind}",
                str(plain(store.vector("d1"), "ndarray").dtype),
            )

    @exam.claim("a document that was deleted comes again", "Its vector may still be there.", needs=known)
    def _(Store: Any) -> Iterator[Step]:
        given = documents(2)
        name = next(iter(given))
        for sweep in ([], ["sweep"]):
            model = there(Store, Letters)("v1")
            store = Store(model)
            lines = [(store, "put", given), (store, "delete", name), *[(store, word) for word in sweep]]
            lines += [(store, "put", given), (store, "vector", name), (model, "calls")]
            yield from script(*lines, as_={"vector": "ndarray", "calls": list[list[str]]})


# ── Migration.step and search ───────────────────────────────────────────────────────────────────────────


@examine(Migration)
def check_migration(exam: Examination) -> None:
    draw = exam.draw

    def documents(n: int, shared: int = 0) -> dict[str, str]:
        """``n`` texts by ids in no order; ``shared`` of them have the same text."""
        names = draw.sample([f"d{number:02d}" for number in range(3 * n)], n)
        if names[0] == min(names):
            names.append(names.pop(0))
        texts = [f"Text {name}" for name in names[shared:]] + ["shared"] * shared
        return dict(zip(names, draw.sample(texts, len(texts)), strict=True))

    def moving(
        Move: Any, texts: Mapping[str, str], gives: int | None = None, known: Sequence[str] = ()
    ) -> tuple[Any, Any, Any]:
        """A migration that nobody has moved in, its old and its new store; the new one has the vectors of ``known`` texts."""
        Store = there(Move, PlainStore)
        old, new = Store("v1", dict(texts)), Store("v2", {}, list(known), gives)
        return Move(old, new, dict(texts)), old, new

    def state(old: Any, new: Any, after: str) -> list[tuple[Any, ...]]:
        """Lines of a script that show who lives where, and what was embedded."""
        return [
            (f"in the old store after {after}", old, "names"),
            (f"in the new store after {after}", new, "names"),
            (f"texts embedded by the new store after {after}", new, "paid_for"),
        ]

    def steps(Move: Any, texts: Mapping[str, str], *budgets: int, **given: Any) -> Iterator[Step]:
        move, old, new = moving(Move, texts, **given)
        said = f"of documents {dict(sorted(texts.items()))}"
        said += f", {given['known']} known to the new store" if given.get("known") else ""
        said += f", new store fails after {given['gives']} texts" if "gives" in given else ""
        lines: list[tuple[Any, ...]] = []
        for number, budget in enumerate(budgets, 1):
            step = (
                f"step({budget}), step no. {number} {said}" if len(budgets) > 1 else f"step({budget}) {said}"
            )
            lines += [(step, move, "step", budget), *state(old, new, step)]
        yield from script(*lines, as_={"step": int})

    @exam.claim(
        "the smallest ids move first, as many as the budget pays for",
        "In order, until it is used up.",
        weight=3,
    )
    def first(Move: Any) -> Iterator[Step]:
        for n, budgets in ((1, (1,)), (2, (1, 1)), (3, (2, 2)), (5, (2, 1, 9)), (exam.size(12), (4, 5, 99))):
            yield from steps(Move, documents(n), *budgets)

    @exam.claim(
        "a text is paid for once, and a known one not at all",
        "Documents are not what costs.",
        weight=2,
        needs=first,
    )
    def paid(Move: Any) -> Iterator[Step]:
        for n, shared, budgets in ((3, 3, (1,)), (4, 2, (1, 1, 1)), (6, 3, (2, 1, 9))):
            yield from steps(Move, documents(n, shared), *budgets)
        for n in (2, 4):
            texts = documents(n)
            yield from steps(Move, texts, 1, 1, known=draw.sample([*texts.values()], n // 2))

    @exam.claim("budgets of 0, below 0, and far too large", "What is free may move at 0.", needs=paid)
    def _(Move: Any) -> Iterator[Step]:
        texts = documents(3)
        yield from steps(Move, texts, 0, -1, 10**6, 5)
        yield from steps(Move, texts, -1, 0, 1, known=[texts[min(texts)]])
        yield from steps(Move, {}, 3)

    @exam.claim(
        "a document that does not fit ends the step", "Also where a later one would be free.", needs=paid
    )
    def _(Move: Any) -> Iterator[Step]:
        for n in (3, 5):
            texts = documents(n)
            yield from steps(Move, texts, 1, 1, known=[texts[max(texts)]])

    @exam.claim("what moves is the text of now, in one put", "The text store owns it.", needs=first)
    def _(Move: Any) -> Iterator[Step]:
        texts = documents(4)
        Store = there(Move, PlainStore)
        old, new = Store("v1", dict.fromkeys(texts, "as it was")), Store("v2", {})
        move = Move(old, new, texts)
        for budget in (2, 9):
            lines = (f"step({budget}) with new texts", move, "step", budget), (new, "paid_for"), (new, "puts")
            *seen, (_, puts) = script(*lines, as_={"step": int})
            yield from seen
            yield f"calls of put after step({budget})", Cost(plain(puts, int), times=1.0, of="calls")
        held = there(Move, Texts)(documents(3))
        name = max(plain(held.ids(), list[str]))
        old, new = Store("v1", dict.fromkeys(plain(held.ids(), list[str]), "as it was")), Store("v2", {})
        move = Move(old, new, held)
        yield from script(
            (move, "step", 1),
            (held, "edit", name, "edited"),
            (move, "step", 9),
            (f"texts embedded by the new store, where {name} was edited between two steps", new, "paid_for"),
            as_={"step": int},
        )

    @exam.claim(
        "where the embedder fails, what was stored has moved",
        "And nobody lives in both, or nowhere.",
        weight=2,
        needs=first,
    )
    def _(Move: Any) -> Iterator[Step]:
        for n, gives in ((2, 0), (3, 1), (5, 3)):
            yield from steps(Move, documents(n), n, 1, n, gives=gives)
            yield from steps(Move, documents(n + 2, 2), n + 1, n + 1, gives=gives)
        first, second = draw.sample(("shared", "own", "other"), 2)
        yield from steps(Move, {"d3": first, "d2": second, "d1": first}, 3, 3, gives=1)

    @exam.claim("documents that come and go in between", "Who is in the old store now?", needs=first)
    def _(Move: Any) -> Iterator[Step]:
        texts = documents(5)
        name = draw.choice([*texts])
        move, old, new = moving(Move, texts)
        yield from script(
            (move, "step", 2),
            (move, "delete", name),
            (move, "step", 1),
            *state(old, new, f"two steps, {name} deleted between them"),
            (move, "step", 9),
            (move, "rollback"),
            (move, "step", 1),
            (move, "delete", min({*texts} - {name})),
            *state(old, new, "a rollback, a step and a delete"),
            (move, "step", 9),
            (move, "step", 9),
            *state(old, new, "two more steps"),
        )

    # ── search

    def ranked(n: int, prefix: str) -> list[tuple[str, float]]:
        """Documents with falling scores; some are equal, and of those the id says nothing."""
        names = [f"{prefix}{number:02d}" for number in draw.sample(range(3 * n + 1), n)]
        levels = [draw.choice((0.9, 0.5, 0.5, 0.25, -0.1)) + draw.randrange(9) / 100 for _ in range(n)]
        return sorted(zip(names, levels, strict=True), key=lambda pair: -pair[1])

    def asked(
        Move: Any, old: Any, new: Any, ks: Sequence[int]
    ) -> Iterator[tuple[str, tuple[list[str], list[str], list[int]], list[list[str]]]]:
        """What :class:`MergeTrial` says for each k, and the names of each store in its order."""
        trial = there(Move, MergeTrial)(Move)
        orders = [[name for name, _ in pairs] for pairs in (old, new)]
        pages = each(trial.page, [(old, new, k) for k in ks], as_=tuple[list[str], list[str], list[int]])
        for k, page in zip(ks, pages, strict=True):
            yield f"search for the {k} best, old store {orders[0]}, new store {orders[1]}", page, orders

    SIZES = ((1, 1), (3, 1), (1, 4), (3, 3), (6, 2), (2, 7))

    @exam.claim("a page has k documents, and none twice", "From both stores together.", weight=2)
    def page(Move: Any) -> Iterator[Step]:
        for n, m in (*SIZES, (9, 8)):
            for case, (found, _, _), orders in asked(
                Move, ranked(n, "o"), ranked(m, "n"), (1, 2, n + m, n + m + 3)
            ):
                yield f"{case}: how many", len(found)
                strange = len(found) - len({*found} & {*orders[0], *orders[1]})
                yield f"{case}: that live nowhere, or come twice", strange

    @exam.claim("a store's own order stays", "Who is higher there is higher here.", weight=2, needs=page)
    def stays(Move: Any) -> Iterator[Step]:
        for n, m in (*SIZES, (25, 3)):
            for case, (found, _, _), orders in asked(Move, ranked(n, "o"), ranked(m, "n"), (1, 3, n + m)):
                for which, names in zip(("old", "new"), orders, strict=True):
                    mine = [name for name in found if name in names]
                    yield (
                        f"{case}: those of the {which} store are its best, in its order",
                        mine == names[: len(mine)],
                    )

    @exam.claim(
        "with one store empty it is the other's page",
        "Before the first step, and after the last.",
        needs=page,
    )
    def _(Move: Any) -> Iterator[Step]:
        for n in (1, 4):
            for old, new in ((n, 0), (0, n), (0, 0)):
                for case, (found, _, _), _ in asked(Move, ranked(old, "o"), ranked(new, "n"), (1, 3, 9)):
                    yield case, found

    @exam.claim("who came or went since the last page counts", "A page is of now.", needs=page)
    def _(Move: Any) -> Iterator[Step]:
        texts = documents(4)
        move, _, _ = moving(Move, texts)
        gone = min(texts)
        asked_for = move, "search", "q", 2
        yield from script(
            (f"search for the 2 best of {sorted(texts)}", *asked_for),
            (move, "delete", gone),
            (f"search for the 2 best, {gone} deleted since", *asked_for),
            as_={"search": list[str]},
        )

    @exam.claim(
        "each store is asked once, and gives the same each time", "One question, two lists.", needs=stays
    )
    def _(Move: Any) -> Iterator[Step]:
        for n, m in SIZES[2:5]:
            for case, (found, again, times), _ in asked(Move, ranked(n, "o"), ranked(m, "n"), (2,)):
                yield f"{case}: a store is asked more than once", max(times) > 1
                yield f"{case}: the same page again", found == again

    @exam.claim("a k below 1 is TooFew", "With its name and value.", needs=page)
    def _(Move: Any) -> Iterator[Step]:
        Store = there(Move, RankedStore)
        move = Move(*[Store({"q": ranked(2, prefix)}) for prefix in "on"], {})
        yield from calls(move.search, *[("q", k) for k in draw.sample((0, -1, -7), 3)], as_=list[str])
