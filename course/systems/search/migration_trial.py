"""Stores that a migration can be tried on: one that embeds by counting letters, one whose rankings are given, and questions by the hundred."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from course.systems.search.content import content_key
from course.systems.search.errors import UnknownDocument


class Exhausted(RuntimeError):
    """The embedder of a :class:`PlainStore` has no more to give for now."""


class Texts(dict[str, str]):
    """The text of each document by id, as who owns the texts keeps it: it may change at any time."""

    def edit(self, name: str, text: str) -> None:
        self[name] = text

    def ids(self) -> list[str]:
        return sorted(self)


class PlainStore:
    """As :class:`~course.systems.search.embedding_store.EmbeddingStore`, text after text; a vector is how many characters the text has.

    ``gives`` texts are embedded, then one ``put`` fails, and from then on it gives without end.
    """

    def __init__(
        self, version: str, documents: Mapping[str, str], known: Sequence[str] = (), gives: int | None = None
    ) -> None:
        """A store that holds ``documents``, and the vectors of ``known`` texts."""
        self.version, self.gives, self.puts = version, gives, 0
        self.keys = {name: self.key(text) for name, text in documents.items()}
        self.vectors = {self.key(text): len(text) for text in (*documents.values(), *known)}
        self.embedded: list[str] = []

    def key(self, text: str) -> str:
        return content_key(self.version, text)

    def put(self, documents: Mapping[str, str]) -> None:
        """Store ``documents``; :class:`Exhausted` at the text that is one too many, when those before it are stored."""
        self.puts += 1
        for name, text in documents.items():
            key = self.key(text)
            if key not in self.vectors:
                if self.gives == 0:
                    self.gives = None
                    raise Exhausted("the embedder is exhausted: try again")
                self.gives = None if self.gives is None else self.gives - 1
                self.vectors[key] = len(text)
                self.embedded.append(text)
            self.keys[name] = key

    def delete(self, name: str) -> None:
        if self.keys.pop(name, None) is None:
            raise UnknownDocument(name)

    def search(self, text: str, k: int) -> list[tuple[str, float]]:
        """The ``k`` longest texts."""
        scored = sorted((-self.vectors[key], name) for name, key in self.keys.items())
        return [(name, -float(less)) for less, name in scored[:k]]

    def paid_for(self) -> list[str]:
        """The texts that were embedded, sorted."""
        return sorted(self.embedded)

    def names(self) -> list[str]:
        """The ids that are stored, in order."""
        return sorted(self.keys)

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys)

    def __contains__(self, name: Any) -> bool:
        return name in self.keys


class RankedStore:
    """A store of which only rankings are known: for each text its documents with their scores, best first."""

    def __init__(self, rankings: Mapping[str, Sequence[tuple[str, float]]]) -> None:
        self.rankings = {text: [(name, score) for name, score in pairs] for text, pairs in rankings.items()}
        self.asked: list[str] = []

    def search(self, text: str, k: int) -> list[tuple[str, float]]:
        self.asked.append(text)
        return self.rankings[text][: max(k, 0)]

    def __len__(self) -> int:
        return max(map(len, self.rankings.values()), default=0)


class Ordered:
    """A part of all documents, ranked for many questions: ``order`` (questions, documents) has document numbers, best first,
    ``scores`` (questions, documents) a score by number, ``live`` (documents) who is in this part. A question's text is its number.
    """

    def __init__(self, order: NDArray[Any], scores: NDArray[Any], live: NDArray[Any]) -> None:
        self.size, self.scores = int(live.sum()), scores
        self.best = order[live[order]].reshape(len(order), self.size)

    def search(self, text: str, k: int) -> list[tuple[str, float]]:
        found = self.best[int(text), :k]
        near = self.scores[int(text), found].tolist()
        return [(f"{number:06d}", score) for number, score in zip(found.tolist(), near, strict=True)]

    def __len__(self) -> int:
        return self.size


class MergeTrial:
    """Asks a :class:`~course.systems.search.migration.Migration` that lives elsewhere for pages, half way.

    ``orders`` and ``scores`` are those of all documents by the old model, then by the new: see :class:`Ordered`.
    """

    def __init__(
        self,
        migration: Callable[..., Any],
        orders: Sequence[NDArray[Any]] = (),
        scores: Sequence[NDArray[Any]] = (),
    ) -> None:
        self.migration, self.orders, self.scores = migration, orders, scores

    def page(
        self, old: Sequence[tuple[str, float]], new: Sequence[tuple[str, float]], k: int
    ) -> tuple[list[str], list[str], list[int]]:
        """The page for a question that the two stores rank so, the page for it once more, and how often each store was asked for the
        first."""
        stores = [RankedStore({"q": pairs}) for pairs in (old, new)]
        moving = self.migration(*stores, {})
        page = list(moving.search("q", k))
        asked = [len(store.asked) for store in stores]
        return page, list(moving.search("q", k)), asked

    def pages(self, live: Sequence[NDArray[Any]], k: int) -> list[list[int]]:
        """The ``k`` best document numbers for each question, where ``live`` says who lives in the old store, and who in the new."""
        old, new = (Ordered(*parts) for parts in zip(self.orders, self.scores, live, strict=True))
        moving = self.migration(old, new, {})
        return [
            [int(name) for name in moving.search(str(number), k)] for number in range(len(self.orders[0]))
        ]
