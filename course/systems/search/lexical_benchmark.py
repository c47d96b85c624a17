"""How fast days 11 and 12 answer, beside tantivy and bm25s on the same words: ``python -m course.systems.search.lexical_benchmark``.

Prints the machine, the versions, and for each way its queries a second (median of the runs and spread), its ratio to tantivy, and how many of
its ten best are among the ten best of exhaustive scoring. Each run has its own queries. One thread everywhere.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from course.systems.search.analysis import analyse
from course.systems.search.block_max import block_max_top_k
from course.systems.search.bm25 import bm25_scores
from course.systems.search.top_k import top_k
from course.systems.search.windows import WindowIndex

K, WORDS, WINDOW, K1, B = 10, 40, 32, 1.2, 0.75
"""tantivy's k1 and b cannot be set: these are its own."""

Way = Callable[[Sequence[str]], list[int]]


def passages(documents: int) -> list[list[str]]:
    """``documents`` passages of forty words from the docstrings that are installed here, in the order of their paths."""
    from datasets.docstrings import harvest

    found: list[list[str]] = []
    for entry in sorted(harvest(per_module=None), key=lambda entry: (entry.name, entry.text)):
        words = analyse(entry.text)
        found += [words[at : at + WORDS] for at in range(0, len(words), WORDS)]
    chosen = random.Random(0).sample(range(len(found)), min(documents, len(found)))
    return [found[place] for place in sorted(chosen)]


def postings_of(texts: Sequence[Sequence[str]]) -> dict[str, tuple[Any, Any]]:
    """For each word the ids of its passages and how often it stands there."""
    found: dict[str, tuple[list[int], list[int]]] = {}
    for number, text in enumerate(texts):
        for word, count in Counter(text).items():
            ids, counts = found.setdefault(word, ([], []))
            ids.append(number)
            counts.append(count)
    return {word: (np.array(ids), np.array(counts)) for word, (ids, counts) in found.items()}


def tantivy_way(texts: Sequence[Sequence[str]]) -> Way:
    """tantivy's index of the same words, in memory; any word of the query may match."""
    tantivy: Any = importlib.import_module("tantivy")
    fields = tantivy.SchemaBuilder()
    fields.add_text_field("words", stored=False, tokenizer_name="whitespace", index_option="freq")
    fields.add_unsigned_field("id", stored=True)
    schema = fields.build()
    index = tantivy.Index(schema)
    writer = index.writer(heap_size=128_000_000, num_threads=1)
    for number, text in enumerate(texts):
        writer.add_document(tantivy.Document(words=" ".join(text), id=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def search(query: Sequence[str]) -> list[int]:
        any_of = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "words", word, "freq")) for word in query
        ]
        hits = searcher.search(tantivy.Query.boolean_query(any_of), K, count=False).hits
        return [searcher.doc(place)["id"][0] for _, place in hits]

    return search


def ways_of(texts: Sequence[Sequence[str]], postings: Mapping[str, tuple[Any, Any]]) -> dict[str, Way]:
    """Each way to find the ten best passages."""
    lengths = np.array([len(text) for text in texts])
    windows = WindowIndex(postings, lengths, WINDOW, k1=K1, b=B)
    bm25s: Any = importlib.import_module("bm25s")
    scored = bm25s.BM25(method="lucene", dtype="float64", k1=K1, b=B)
    scored.index([list(text) for text in texts], show_progress=False)

    def exhaustive(query: Sequence[str]) -> list[int]:
        scores = bm25_scores(postings, query, lengths, k1=K1, b=B)
        held = np.unique(np.concatenate([postings[word][0] for word in query if word in postings]))
        return [doc for doc, _ in top_k(zip(held.tolist(), scores[held].tolist(), strict=True), K)]

    def pruned(query: Sequence[str]) -> list[int]:
        return [doc for doc, _ in block_max_top_k(windows, query, K)["hits"]]

    def peer(query: Sequence[str]) -> list[int]:
        return [int(doc) for doc in np.argsort(-scored.get_scores(list(query)), kind="stable")[:K]]

    return {
        "every posting (day 12)": exhaustive,
        f"windows of {WINDOW} (day 12)": pruned,
        "bm25s": peer,
        "tantivy": tantivy_way(texts),
    }


def queries_of(texts: Sequence[Sequence[str]], many: int, seed: int) -> list[list[str]]:
    """``many`` times three words that stand in one passage."""
    draw, found = random.Random(seed), list[list[str]]()
    while len(found) < many:
        words = sorted(set(draw.choice(texts)))
        if len(words) >= 3:
            found.append(draw.sample(words, 3))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("documents", 20_000), ("queries", 200), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args(arguments)
    texts = passages(asked.documents)
    ways = ways_of(texts, postings_of(texts))
    rates: dict[str, list[float]] = {name: [] for name in ways}
    shared: dict[str, list[float]] = {name: [] for name in ways}
    for run in range(asked.runs):
        drawn = queries_of(texts, asked.queries, run)
        exact: list[set[int]] = []
        for name, way in ways.items():
            start = time.perf_counter()
            found = [set(way(query)) for query in drawn]
            rates[name].append(len(drawn) / (time.perf_counter() - start))
            exact = exact or found
            shared[name].append(
                statistics.mean(len(hits & best) / len(best) for hits, best in zip(found, exact, strict=True))
            )
    print(f"machine   {platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
    print(
        f"versions  Python {platform.python_version()}, NumPy {np.__version__}, "
        f"tantivy {version('tantivy')}, bm25s {version('bm25s')}, one thread"
    )
    print(
        f"data      {len(texts):,} passages of {WORDS} words, {asked.queries} queries of three words, k {K}"
    )
    print(f"queries a second, {asked.runs} runs    median     lowest    highest   /tantivy  ten best shared")
    for name, counted in rates.items():
        middle = statistics.median(counted)
        ratio = middle / statistics.median(rates["tantivy"])
        print(
            f"{name:<25} {middle:12,.0f} {min(counted):10,.0f} {max(counted):10,.0f} {ratio:10.3g}"
            f" {statistics.mean(shared[name]):16.3f}"
        )


if __name__ == "__main__":
    main()
