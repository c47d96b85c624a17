"""Day 12: what a right answer shows. Probes run on the answer, on the library and on known mistakes."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from course.checking.probes import Cost, Examination, Row, Step, calls, examine
from course.checking.subject import each, plain, there
from course.systems.search.block_max import block_max_top_k
from course.systems.search.bm25 import bm25_scores
from course.systems.search.score_trial import ScoreTrial
from course.systems.search.top_k import top_k
from course.systems.search.windows import WindowIndex

WORDS = ("alpha", "beta", "gamma", "delta", "the", "Alpha", "é")


def _corpus(draw: random.Random, documents: int, longest: int = 6) -> tuple[dict[str, tuple[Any, Any]], Any]:
    """Postings of drawn documents, some of them empty, and their lengths."""
    texts = [[draw.choice(WORDS) for _ in range(draw.randint(0, longest))] for _ in range(documents)]
    postings = {}
    for word in WORDS:
        ids = [number for number, text in enumerate(texts) if word in text]
        if ids:
            postings[word] = np.array(ids), np.array([texts[number].count(word) for number in ids])
    return postings, np.array([len(text) for text in texts])


# ── bm25_scores ─────────────────────────────────────────────────────────────────────────────────────────


@examine(bm25_scores)
def check_bm25(exam: Examination) -> None:
    draw = exam.draw

    def scores(score: Any, *rows: tuple[Any, ...], **named: Any) -> Iterator[Step]:
        yield from calls(score, *[Row(*row, **named) for row in rows], as_="ndarray")

    def ask(documents: int, words: int, longest: int = 6) -> tuple[Any, ...]:
        postings, lengths = _corpus(draw, documents, longest)
        return postings, [draw.choice(WORDS) for _ in range(words)], lengths

    @exam.claim("one word in a few documents", "idf, then how often it stands, then the length.", weight=3)
    def one(score: Any) -> Iterator[Step]:
        yield from scores(score, *[ask(n, 1) for n in (1, 2, 3, 5, 8, 8)])

    @exam.claim("several words add up", "Word by word.", weight=2, needs=one)
    def several(score: Any) -> Iterator[Step]:
        yield from scores(score, *[ask(n, words) for n, words in ((3, 2), (5, 3), (8, 3), (12, 4))])

    @exam.claim(
        "a word that is twice in the query counts twice", "And one that nobody holds adds nothing.", needs=one
    )
    def _(score: Any) -> Iterator[Step]:
        rows = []
        for n in (3, 6):
            postings, lengths = _corpus(draw, n)
            word = draw.choice([*postings] or ["alpha"])
            rows += [
                (postings, query, lengths)
                for query in ([word, word], ["nowhere", word], ["nowhere"], [], [word])
            ]
        yield from scores(score, *rows)

    @exam.claim("k1 and b are what is given", "0 and 1 too.", weight=2, needs=several)
    def _(score: Any) -> Iterator[Step]:
        for k1, b in (
            (0.0, 0.75),
            (1.2, 0.0),
            (1.5, 1.0),
            (draw.choice((0.5, 2.0)), draw.choice((0.3, 0.5))),
            (500.0, 0.75),
        ):
            yield from scores(score, ask(6, 2), k1=k1, b=b)

    @exam.claim("empty documents, and only empty ones", "What is the mean length then?", needs=one)
    def _(score: Any) -> Iterator[Step]:
        yield from scores(
            score, ask(6, 2, longest=1), ({}, ["alpha"], np.array([0, 0, 0])), ({}, [], np.array([4]))
        )

    @exam.claim("no documents: EmptyIndex, before BadParameter", "k1 before b.", needs=one)
    def _(score: Any) -> Iterator[Step]:
        postings, lengths = _corpus(draw, 3)
        nothing = np.array([], dtype=np.int64)
        nan = float("nan")
        wrong: tuple[tuple[Any, float, float], ...] = (
            (nothing, -1.0, 2.0),
            (nothing, 1.5, 0.75),
            (lengths, -0.5, 2.0),
            (lengths, 1.5, -0.1),
            (lengths, 1.5, 1.1),
        )
        wrong += ((lengths, nan, 0.5), (lengths, 1.5, nan), (lengths, 0.0, 0.0))
        rows = [
            Row(postings if len(sizes) else {}, ["beta"], sizes, k1=k1, b=b)
            for sizes, k1, b in draw.sample(wrong, len(wrong))
        ]
        for query in ([], ["nowhere"]):  # whatever the query, the parameters are wrong
            rows += [Row(postings, query, lengths, k1=k1, b=b) for k1, b in ((-1.0, 0.5), (1.5, 2.0))]
        yield from calls(score, *rows, as_="ndarray")

    @exam.claim("no array is changed", "Floats come as they are.", needs=several)
    def _(score: Any) -> Iterator[Step]:
        postings, query, lengths = ask(9, 3)
        floats = {word: (ids, counts.astype(np.float64)) for word, (ids, counts) in postings.items()}
        yield from scores(score, (floats, query, lengths.astype(np.float64)), (postings, query, lengths))

    @exam.claim("many documents, their ids in any order", "As arrays.", needs=several)
    def many(score: Any) -> Iterator[Step]:
        for words in (3, 5):
            postings, query, lengths = ask(exam.size(60), words)
            for word, (ids, counts) in postings.items():
                order = draw.sample(range(len(ids)), len(ids))
                postings[word] = ids[order], counts[order]
            yield from scores(score, (postings, query, lengths))


# ── top_k ───────────────────────────────────────────────────────────────────────────────────────────────


@examine(top_k)
def check_top(exam: Examination) -> None:
    draw = exam.draw

    def drawn(n: int, levels: Sequence[float] = ()) -> list[tuple[int, float]]:
        ids = draw.sample(range(3 * n + 2), n)
        return [(doc, draw.choice(levels) if levels else draw.uniform(-5, 5)) for doc in ids]

    def tops(best: Any, *rows: tuple[list[tuple[int, float]], int]) -> Iterator[Step]:
        yield from calls(best, *rows, as_=list[tuple[int, float]])

    @exam.claim("the k best, best first", "Any order comes in.", weight=2)
    def first(best: Any) -> Iterator[Step]:
        yield from tops(best, *[(drawn(n), k) for n, k in ((1, 1), (3, 1), (4, 2), (8, 3), (13, 5), (13, 2))])

    @exam.claim(
        "of equal scores the smaller id", "Within the hits, and for the last place.", weight=3, needs=first
    )
    def ties(best: Any) -> Iterator[Step]:
        rows = [(drawn(n, (1.0, 2.0)), k) for n, k in ((3, 2), (5, 2), (8, 3), (8, 5), (13, 4))]
        rows += [([(doc, 0.5) for doc in draw.sample(range(9), 6)], 3)]
        yield from tops(best, *rows)

    @exam.claim("fewer than k give all, and k of 0 or less none", "How many are there?", needs=first)
    def _(best: Any) -> Iterator[Step]:
        few = drawn(3)
        yield from tops(
            best, *draw.sample([(few, 9), (few, 3), (few, 4), (few, 0), (few, -2), ([], 3), ([], 0)], 7)
        )

    @exam.claim("scores that are near, negative, 0 and −inf", "Scores are compared as they are.", needs=ties)
    def _(best: Any) -> Iterator[Step]:
        x = draw.uniform(1, 9)
        near = [
            (3, x * (1 + 2e-16)),
            (1, x),
            (2, x),
            (9, -x),
            (5, 0.0),
            (4, -0.0),
            (8, float("-inf")),
            (7, float("inf")),
        ]
        yield from tops(
            best,
            (near[:2], 1),
            (near[1::-1], 1),
            *[(draw.sample(near, len(near)), k) for k in (1, 2, 3, 5, 7, 8)],
        )

    @exam.claim("a score that is NaN is NotComparable, with its id", "The first that comes.", needs=first)
    def _(best: Any) -> Iterator[Step]:
        nan = float("nan")
        some = drawn(4)
        rows = [
            ([(7, nan)], 1),
            ([*some, (99, nan), (98, nan)], 2),
            ([(99, nan), *some], 9),
        ]
        yield from tops(best, *draw.sample(rows, len(rows)))

    @exam.claim("many scores", "Keep no more than k.", needs=ties)
    def many(best: Any) -> Iterator[Step]:
        n = exam.size(80)
        yield from tops(
            best,
            (drawn(n), 10),
            (drawn(n, (1.0, 2.0, 3.0)), 10),
            (sorted(drawn(n), key=lambda pair: pair[1]), 5),
        )

    def tried(best: Any, scores: list[tuple[int, float]], k: int) -> Any:
        trial = there(best, ScoreTrial)(best)
        return plain(trial.run(scores, k), tuple[list[tuple[int, float]], int, int])

    @exam.claim("scores come once, and few are kept", "A score that is no hit is forgotten.", needs=many)
    def _(best: Any) -> Iterator[Step]:
        for n, k in ((12, 3), (exam.size(80), 5)):
            hits, held, _ = tried(best, drawn(n), k)
            note = f"{n} scores that can be read once, k {k}"
            yield f"{note}: hits", hits
            yield f"{note}: kept when the next one is read", Cost(held, k + 2, "scores")

    @exam.claim("the work is n log k comparisons", "With a large k too.", needs=many)
    def _(best: Any) -> Iterator[Step]:
        n, k = exam.size(240), exam.size(60)
        hits, _, compared = tried(best, sorted(drawn(n), key=lambda pair: pair[1]), k)
        yield f"{n} scores from the worst up, k {k}: hits", hits
        yield f"{n} scores from the worst up, k {k}", Cost(compared, of="comparisons of scores", times=3)


# ── block_max_top_k ─────────────────────────────────────────────────────────────────────────────────────


def _bounds(index: Any, query: Sequence[str]) -> dict[int, float]:
    bounds: dict[int, float] = {}
    for word in query:
        for window, most in index.window_maxima(word):
            bounds[window] = bounds.get(window, 0.0) + most
    return bounds


def _rule(
    index: Any, query: Sequence[str], visited: Sequence[int], k: int
) -> tuple[int, list[tuple[int, float]]]:
    """How many of the ``visited`` windows could not hold one of the k best when they were scored, and the k best of all visited."""
    bounds = _bounds(index, query)
    known: list[tuple[int, float]] = []
    needless = 0
    for window in visited:
        best = top_k(known, k)
        needless += len(best) == k and bounds.get(window, 0.0) < best[-1][1] * (1 - 1e-9)
        known += index.score_window(query, window)
    return needless, top_k(known, k)


def _open(
    index: Any, query: Sequence[str], visited: Sequence[int], k: int, hits: Sequence[tuple[int, float]]
) -> bool:
    """Whether a window that is not among the ``visited`` might hold a better one than the last of ``k`` hits, by its bound."""
    left = [bound for window, bound in _bounds(index, query).items() if window not in visited]
    return any(len(hits) < k or bound > hits[-1][1] * (1 + 1e-9) for bound in left)


@examine(top_k, block_max_top_k)
def check_windows(exam: Examination) -> None:
    draw = exam.draw

    def asked(
        find: Any,
        documents: int,
        words: int,
        k: int,
        window: int,
        budget: int | None = None,
        *,
        equal: bool = False,
        enough: bool = False,
    ) -> Iterator[tuple[str, Any, list[tuple[int, float]], list[int], Any, list[str]]]:
        """One question: its words, the answer, the best of all, the windows that were scored, and an index of ours. The budget is
        all postings of the query where it is ``enough``."""
        postings, lengths = _corpus(draw, documents, 1 if equal else 6)
        query = [draw.choice((*WORDS, "nowhere")) for _ in range(words)]
        theirs, ours = (
            there(find, WindowIndex)(postings, lengths, window),
            WindowIndex(postings, lengths, window),
        )
        windows = range(-(-documents // window))
        if enough:
            budget = sum(ours.postings_in(query, each) for each in windows)
        found = plain(find(theirs, query, k, budget=budget), dict[str, Any])
        hits = [(int(doc), float(score)) for doc, score in found["hits"]]
        visited = plain(theirs.visited, list[int])
        whole = [pair for each in windows for pair in ours.score_window(query, each)]
        note = f"{documents} documents in windows of {window}, query {query}, k {k}"
        note += "" if budget is None else f", budget {budget}"
        yield note, (hits, bool(found["exact"])), top_k(whole, k), visited, ours, query

    SIZES = (
        (1, 1, 1, 1),
        (5, 1, 2, 2),
        (9, 2, 3, 2),
        (16, 2, 3, 4),
        (30, 3, 5, 4),
        (30, 2, 5, 7),
        (50, 3, 10, 8),
    )

    own = "your top_k gives the best first"

    @exam.claim(own, "Finish exercise 2 first.", weight=0)
    def _(best: Any, find: Any) -> Iterator[Step]:
        pairs = [(doc, draw.choice((1.0, 2.0, 3.0))) for doc in draw.sample(range(20), 8)]
        yield from calls(best, (pairs, 3), (pairs, 8), as_=list[tuple[int, float]])

    @exam.claim("the hits are those of scoring everything", "Ties included.", weight=4, needs=own)
    def same(best: Any, find: Any) -> Iterator[Step]:
        for sizes in SIZES:
            for note, (hits, _), wanted, _, _, _ in asked(find, *sizes):
                yield f"{note}: hits", hits if hits != wanted else wanted
                yield f"{note}: are they the best of all", hits == wanted
        # A window with one middling document, one with a low one, and one with two of which one is the best.
        short = draw.randint(6, 12)
        lengths = np.array([short, 0, short + 30, 0, short - 3, short + 9])
        postings = {"alpha": (np.array([0, 2, 4, 5]), np.ones(4, dtype=np.int64))}
        found = plain(find(there(find, WindowIndex)(postings, lengths, 2), ["alpha"], 1), dict[str, Any])
        yield (
            f"one word once in documents 0, 2, 4 and 5 of {lengths.tolist()} words, windows of 2, k 1: hits",
            [int(doc) for doc, _ in found["hits"]],
        )

    @exam.claim(
        "where many score alike the smaller ids win",
        "A bound that equals the last score may hide one.",
        weight=2,
        needs=same,
    )
    def _(best: Any, find: Any) -> Iterator[Step]:
        for before in draw.sample(range(4), 2):
            # The later window has the higher bound, and no document in it scores more than that of the first.
            ids = {"alpha": [2 * before, 2 * before + 2], "beta": [2 * before + 3, 2 * before + 5]}
            postings = {word: (np.array(docs), np.array([1, 1])) for word, docs in ids.items()}
            lengths = np.ones(2 * before + 6, dtype=np.int64)
            index = there(find, WindowIndex)(postings, lengths, 2)
            found = plain(find(index, ["alpha", "beta"], 2), dict[str, Any])
            yield (
                f"two words, four documents that score alike, windows of 2, {before} empty ones first: hits",
                [int(doc) for doc, _ in found["hits"]],
            )
        for documents, k, window in ((8, 2, 2), (20, 3, 4), (40, 5, 4), (exam.size(30), 4, 3)):
            for note, (hits, _), wanted, _, _, _ in asked(find, documents, 1, k, window, equal=True):
                yield f"{note}, one word a document: hits", hits if hits != wanted else wanted

    @exam.claim(
        "no window is scored whose bound is below the k-th best so far",
        "That is what bounds are for.",
        weight=3,
        needs=same,
    )
    def _(best: Any, find: Any) -> Iterator[Step]:
        for sizes in (*SIZES[2:], (exam.size(80), 2, 3, 2), (exam.size(80), 1, 2, 4), (40, 1, 1, 2)):
            for note, _, _, visited, ours, query in asked(find, *sizes):
                yield (
                    f"{note}: windows scored that could not hold one",
                    _rule(ours, query, visited, sizes[2])[0],
                )
        # Long documents that hold a word once: each bound is a score, and the next is hardly lower.
        lengths = np.array(draw.sample(range(2000, 2100), 30))
        postings = {"alpha": (np.arange(30), np.ones(30, dtype=np.int64))}
        index = there(find, WindowIndex)(postings, lengths, 1)
        plain(find(index, ["alpha"], 3), dict[str, Any])
        visited = plain(index.visited, list[int])
        yield (
            "30 documents of 2,000 to 2,100 words, each in a window of its own and with the word once, k 3: windows scored that could not hold one",
            _rule(WindowIndex(postings, lengths, 1), ["alpha"], visited, 3)[0],
        )

    @exam.claim("a window is scored once at most", "Once is enough.", needs=same)
    def _(best: Any, find: Any) -> Iterator[Step]:
        for sizes in SIZES[3:]:
            for note, _, _, visited, _, _ in asked(find, *sizes):
                yield f"{note}: windows scored twice", len(visited) - len({*visited})

    @exam.claim("without a budget it is exact", "And it says so.", needs=same)
    def _(best: Any, find: Any) -> Iterator[Step]:
        for sizes in SIZES[:5]:
            for note, (_, exact), _, _, _, _ in asked(find, *sizes):
                yield f"{note}: exact", exact

    @exam.claim(
        "a budget is never exceeded, and ends the search",
        "Before the window that would.",
        weight=2,
        needs=same,
    )
    def within(best: Any, find: Any) -> Iterator[Step]:
        for sizes in SIZES[2:]:
            for budget in (draw.randint(0, 6), 12):
                for note, (hits, _), _, visited, ours, query in asked(find, *sizes, budget):
                    spent = sum(ours.postings_in(query, window) for window in visited)
                    yield f"{note}: postings beyond it", max(0, spent - budget)
                    yield (
                        f"{note}: the best of what was scored",
                        hits == _rule(ours, query, visited, sizes[2])[1],
                    )

    @exam.claim(
        "all that fits into the budget is scored, and nothing after what does not fit",
        "What is passed over costs nothing.",
        needs=within,
    )
    def _(best: Any, find: Any) -> Iterator[Step]:
        rows = []
        for documents, words, k, window in SIZES[5:]:
            query = [draw.choice(WORDS) for _ in range(words)]
            rows.append((*_corpus(draw, documents), query, k, window))
        # The best document comes late, after many that are passed over; it and the first hold both words, the others one.
        short, late = draw.randint(3, 5), draw.randint(6, 9)
        lengths = np.array([2 if doc == late else 40 + doc if doc else short for doc in range(12)])
        ids = {"alpha": np.arange(12), "beta": np.array([0, late])}
        both = {word: (docs, np.ones(len(docs), dtype=np.int64)) for word, docs in ids.items()}
        rows.append((both, lengths, ["alpha", "beta"], 2, 1))
        for postings, lengths, query, k, window in rows:
            index, ours = (
                there(find, WindowIndex)(postings, lengths, window),
                WindowIndex(postings, lengths, window),
            )
            costs = [ours.postings_in(query, number) for number in range(-(-len(lengths) // window))]
            find(index, query, k, budget=sum(costs))
            way = plain(index.visited, list[int])
            budgets = (0, 1, 3, 5) if window == 1 else (-9, draw.randint(1, sum(costs) // 2 + 1))
            wanted = []
            for budget in budgets:
                find(index, query, k, budget=budget)
                spent = np.cumsum([costs[number] for number in way])
                wanted += way[: int(np.searchsorted(spent, budget, side="right"))]
            note = f"{len(lengths)} documents in windows of {window}, query {query}, k {k}, budgets {budgets}"
            yield (
                f"{note}: are the windows scored the first of those that {sum(costs)} postings allow, as many as fit",
                plain(index.visited, list[int])[len(way) :] == wanted,
            )

    @exam.claim(
        "with a budget `exact` is true only where it is so",
        "Could something better be left?",
        weight=2,
        needs=within,
    )
    def _(best: Any, find: Any) -> Iterator[Step]:
        for sizes in SIZES[1:]:
            for budget in (3, 10):
                for note, (hits, exact), wanted, visited, ours, query in asked(find, *sizes, budget):
                    yield f"{note}: says exact and is not", exact and hits != wanted
                    yield (
                        f"{note}: says exact, and a window that was not scored has a bound above the last hit",
                        exact and _open(ours, query, visited, sizes[2], hits),
                    )
            documents, words, _, window = sizes
            for note, (hits, exact), wanted, _, _, _ in asked(
                find, documents, words, documents, window, enough=True
            ):
                yield f"{note}, which is enough: all hits, exact", [hits == wanted, exact]

    @exam.claim("k of 0 or less, unknown words, no words", "Nothing is scored.", needs=same)
    def _(best: Any, find: Any) -> Iterator[Step]:
        for documents, words, k, window, budget in (
            (9, 2, 0, 2, None),
            (9, 2, -1, 2, None),
            (9, 0, 3, 2, None),
            (9, 2, 0, 2, 3),
            (9, 0, 3, 2, 0),
        ):
            for note, (hits, exact), _, visited, _, _ in asked(find, documents, words, k, window, budget):
                yield f"{note}: hits", hits
                yield f"{note}: windows scored, exact", [len(visited), exact]
        postings, lengths = _corpus(draw, 6)
        index = there(find, WindowIndex)(postings, lengths, 2)
        each(index.begin, [()])
        yield "only unknown words", plain(find(index, ["no", "where"], 3), dict[str, Any])
