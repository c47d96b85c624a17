"""A change of models while people search: documents move from one space of vectors to another, some at a time."""

from collections.abc import Container, Iterator, Mapping
from typing import Any, Protocol

from course.systems.search.errors import NotFinished, TooFew, UnknownDocument


class Store(Protocol):
    """What a migration needs of a store: see :class:`~course.systems.search.embedding_store.EmbeddingStore`."""

    @property
    def vectors(self) -> Container[str]: ...

    def key(self, text: str) -> str: ...

    def put(self, documents: Mapping[str, str]) -> Any: ...

    def delete(self, name: str) -> None: ...

    def search(self, text: str, k: int) -> list[tuple[str, float]]: ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[str]: ...

    def __contains__(self, name: Any) -> bool: ...


class Migration:
    """From ``old``, a store of one model, to ``new``, a store of another. A document lives in one of them, never in both.

    ``texts`` has the text of every document that lives in either, by id; the text store owns it, and it may change while the migration runs.
    """

    def __init__(self, old: Store, new: Store, texts: Mapping[str, str]) -> None:
        self.old, self.new, self.texts = old, new, texts

    def step(self, budget: int) -> int:
        """Move documents from the old store to the new, smallest ids first, and say how many moved.

        A move puts the document's text of now, ``self.texts[id]``, into the new store and deletes the id from the old. All that move in a step
        go into the new store in one ``put``. What is paid for is a text whose key, ``self.new.key(text)``, is not in ``self.new.vectors``,
        and each such key once. The step ends before the first document that would bring the texts paid for above ``budget``; a ``budget`` below 0 moves nothing.

        Where ``put`` raises, the error goes on to the caller. Documents that the new store holds by then are moved all the same, and the
        others still live in the old; the next step goes on from there. Where none moves, ``put`` need not be called. O(n log n) for n documents.
        """
        chosen: dict[str, str] = {}
        paid: set[str] = set()
        for name in sorted(self.old):
            key = self.new.key(self.texts[name])
            if key not in self.new.vectors:
                paid.add(key)
            if len(paid) > budget:
                break
            chosen[name] = self.texts[name]
        try:
            self.new.put(chosen)
        finally:
            for name in chosen:
                if name in self.new:
                    self.old.delete(name)
        return len(chosen)

    def search(self, text: str, k: int) -> list[str]:
        """The ``k`` best documents for ``text`` of all that live in either store, as ids, best first. Fewer give all; ``TooFew("k", k)`` below 1.

        ``store.search(text, k)`` gives pairs of an id and that model's score, best first, ``k`` or as many as there are. Ask each store once; for how many
        is your choice. ``len(store)`` says how many documents live there. Nothing else is asked of a store. Of two documents of one store the one that
        its store ranks higher stands higher. How two lists become one is left to you; the same lists always give the same answer.
        """
        if k < 1:
            raise TooFew("k", k)
        placed = [
            ((rank + 0.5) / len(store), name)
            for store in (self.old, self.new)
            for rank, (name, _) in enumerate(store.search(text, k))
        ]
        return [name for _, name in sorted(placed)[:k]]

    def put(self, name: str, text: str) -> None:
        """A document that comes, or comes with a new text, while the migration runs: it lives in the new store from then on."""
        self.new.put({name: text})
        if name in self.old:
            self.old.delete(name)

    def delete(self, name: str) -> None:
        """Forget a document, wherever it lives; ``UnknownDocument(name)``."""
        if name not in self.old and name not in self.new:
            raise UnknownDocument(name)
        (self.old if name in self.old else self.new).delete(name)

    def finish(self) -> Store:
        """The new store, once everybody lives there; ``NotFinished(left)`` before."""
        if len(self.old):
            raise NotFinished(len(self.old))
        return self.new

    def rollback(self) -> int:
        """Move everybody back to the old store, and say how many; free for texts whose old vectors were not swept yet."""
        moved = sorted(self.new)
        self.old.put({name: self.texts[name] for name in moved})
        for name in moved:
            self.new.delete(name)
        return len(moved)
