"""What NumPy says of itself here, cut into forty words, and queries drawn from it. See passages.md."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from course.systems.search.analysis import analyse
from datasets.docstrings import harvest

WORDS, SMALL, SEED = 40, 650, 12
QUERIES, DRAWN = 12, 5
COMMON = "the"
HOLDING = (4, 110)
"""Passages of the small shard that a word of a query stands in."""


@dataclass(frozen=True)
class Shard:
    """Postings by word, and the words of each passage."""

    postings: Mapping[str, tuple[Any, Any]]
    lengths: Any

    @property
    def passages(self) -> int:
        return len(self.lengths)

    def of(self, queries: tuple[tuple[str, ...], ...]) -> dict[str, tuple[Any, Any]]:
        """The postings of the words of ``queries``."""
        return {word: self.postings[word] for query in queries for word in query if word in self.postings}


class Passages:
    """The passages of the docstrings that are installed here; what was harvested is kept in ``cache``, where that is a folder."""

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache
        self._shards: dict[tuple[bool, bool, int], Shard] = {}

    @cached_property
    def _passages(self) -> list[tuple[tuple[str, ...], str]]:
        """Every passage with the path of what it documents, in the order of the paths."""
        found = harvest(per_module=None, packages=("numpy",), cache=self._cache)
        passages = []
        for entry in sorted(found, key=lambda entry: (entry.name, entry.text)):
            words = analyse(entry.text)
            passages += [(tuple(words[at : at + WORDS]), entry.name) for at in range(0, len(words), WORDS)]
        return passages

    @cached_property
    def _arrival(self) -> list[int]:
        """The passages as they happen to arrive."""
        return random.Random(SEED).sample(range(len(self._passages)), len(self._passages))

    def _standing(self, title: int) -> tuple[list[str], Any, Any, Any]:
        """All words and, for each with each passage that it stands in, the word's place among them, the passage's, and how often it
        stands there; the words of a passage's path ``title`` times more."""
        places: dict[str, int] = {}
        rows: list[tuple[int, int, int]] = []
        for number, (words, path) in enumerate(self._passages):
            bag = Counter(words)
            for word in analyse(path.replace("_", " ").replace(".", " ")) if title else []:
                bag[word] += title
            rows += [(places.setdefault(word, len(places)), number, count) for word, count in bag.items()]
        word, passage, count = np.array(rows).T
        return [*places], word, passage, count

    @cached_property
    def _plain(self) -> tuple[list[str], Any, Any, Any]:
        return self._standing(0)

    def shard(self, whole: bool, by_path: bool, title: int = 0) -> Shard:
        """The whole corpus or its small part, numbered by path or as it arrives; the words of the path count ``title`` times more."""
        key = whole, by_path, title
        if key not in self._shards:
            self._shards[key] = self._made(*key)
        return self._shards[key]

    def _made(self, whole: bool, by_path: bool, title: int) -> Shard:
        chosen = [*range(len(self._passages))] if whole and by_path else self._arrival
        if not whole:
            part = random.Random(SEED).sample(range(len(self._passages)), SMALL)
            chosen = sorted(part) if by_path else self._arrival[:SMALL]
        number = np.full(len(self._passages), -1)
        number[chosen] = np.arange(len(chosen))
        words, word, passage, count = self._standing(title) if title else self._plain
        kept = np.flatnonzero(number[passage] >= 0)
        kept = kept[np.lexsort((number[passage[kept]], word[kept]))]
        ids, counts = number[passage[kept]], count[kept]
        here, starts = np.unique(word[kept], return_index=True)
        parts = zip(here.tolist(), np.split(ids, starts[1:]), np.split(counts, starts[1:]), strict=True)
        lengths = np.bincount(ids, weights=counts, minlength=len(chosen)).astype(np.int64)
        return Shard({words[place]: (docs, often) for place, docs, often in parts}, lengths)

    def queries(self, common: bool) -> tuple[tuple[str, ...], ...]:
        """Three words of one passage each; ``common`` adds a word that stands nearly everywhere."""
        return tuple((*words, *([COMMON] if common else [])) for words in self._drawn)

    @cached_property
    def _drawn(self) -> list[tuple[str, ...]]:
        few = [self._passages[passage][0] for passage in self._arrival[:SMALL]]
        holding = Counter(word for passage in few for word in set(passage))
        draw, found = random.Random(DRAWN), list[tuple[str, ...]]()
        while len(found) < QUERIES:
            passage = draw.choice(few)
            words = sorted(word for word in set(passage) if HOLDING[0] <= holding[word] <= HOLDING[1])
            if len(words) >= 3:
                found.append(tuple(draw.sample(words, 3)))
        return found


@cache
def installed(folder: Path | None) -> Passages:
    """The passages of this machine, made once a process."""
    return Passages(folder)
