"""Day 12's measure: the best k of real passages, with the learner's own way through the windows."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from course.checking.subject import Subject, plain, there
from course.days.day12_bm25_top_k.corpus import Shard, queries, shard
from course.systems.search.bm25 import bm25_scores
from course.systems.search.window_trial import WindowTrial

Found = list[tuple[list[int], int, int]]
_RUNS: WeakKeyDictionary[Subject, dict[tuple[Any, ...], Found]] = WeakKeyDictionary()
BYTES = 2
"""Of a window's maximum as it is stored: its bound in 8 bits, and the gap to the window before."""


@cache
def best(whole: bool, by_path: bool, title: int, common: bool, k: int) -> list[tuple[frozenset[int], int]]:
    """For each query the k best by scoring everything, and the postings that it takes."""
    docs = shard(whole, by_path, title)
    found = []
    for query in queries(common):
        scores = bm25_scores(docs.postings, query, docs.lengths)
        order = np.lexsort((np.arange(docs.passages), -scores))[:k]
        postings = sum(len(docs.postings[word][0]) for word in query if word in docs.postings)
        found.append((frozenset(int(doc) for doc in order if scores[doc] > 0), postings))
    return found


@cache
def bound_bytes(whole: bool, by_path: bool, title: int, window: int) -> float:
    """Bytes a posting that the maxima of all windows of all words take."""
    docs = shard(whole, by_path, title)
    lists = [ids for ids, _ in docs.postings.values()]
    windows = np.concatenate(lists) // window
    first = np.append(True, windows[1:] != windows[:-1])
    first[np.cumsum([len(ids) for ids in lists])[:-1]] = True
    return BYTES * int(first.sum()) / len(windows)


def searched(
    find: Subject,
    docs: Shard,
    key: tuple[Any, ...],
    asked: Sequence[Sequence[str]],
    k: int,
    window: int,
    budget: int | None,
    rounding: str = "",
) -> Found:
    """What the learner's ``find`` comes to for each query; run once for each ``key`` with these settings."""
    known, place = _RUNS.setdefault(find, {}), (*key, k, window, budget, rounding)
    if place not in known:
        trial: Any = there(find, WindowTrial)(find)
        chosen = tuple(tuple(query) for query in asked)
        came = trial.run(
            docs.of(chosen), docs.lengths, [list(query) for query in asked], k, window, budget, rounding
        )
        known[place] = plain(came, list[tuple[list[int], int, int]])
    return known[place]


def measure(design: Mapping[str, Any], load: Mapping[str, Any], find: Subject) -> dict[str, float]:
    """What a design with ``window`` (passages; 0 scores everything), ``cut`` (postings at most; 0 for no limit) and ``numbering`` takes
    for twelve queries. ``worst`` and ``mean`` are postings scored and maxima looked at, ``recall`` the share of the k best that is found,
    ``bounds`` the bytes a posting of the maxima, ``asked`` the queries.
    """
    whole, title, common, k = load["whole"] > 0, int(load["title"]), load["common"] > 0, int(load["k"])
    window, cut, by_path = int(design["window"]), int(design["cut"]), design["numbering"] == "path"
    exact = best(whole, by_path, title, common, k)
    works, recalls = [], []
    if window:
        key = (whole, by_path, title, common)
        came = searched(find, shard(whole, by_path, title), key, queries(common), k, window, cut or None)
        for (hits, scored, looked), (wanted, _) in zip(came, exact, strict=True):
            works.append(scored + looked)
            recalls.append(len(wanted.intersection(hits)) / len(wanted))
    else:
        works = [postings for _, postings in exact]
        recalls = [1.0 for _ in exact]
    return {
        "worst": float(max(works)),
        "mean": sum(works) / len(works),
        "recall": sum(recalls) / len(recalls),
        "bounds": bound_bytes(whole, by_path, title, window) if window else 0.0,
        "asked": float(len(works) * k),
    }
