"""Vectors by the content of their texts, so that nothing is embedded twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.systems.search.blocked import blocked_top_k
from course.systems.search.content import Put, content_key
from course.systems.search.encoders import Embedder
from course.systems.search.errors import BadEmbedding, TooFew, UnknownDocument


class EmbeddingStore:
    """Documents by id, each with the vector of its text.

    ``keys`` has the key of each document's text by id, ``vectors`` the vector of each key, float32 of shape (dim,). Several documents with
    one text share a vector. Vectors are derived from texts and may always be thrown away; who owns the texts is somebody else.
    """

    def __init__(self, embedder: Embedder, *, batch: int = 64) -> None:
        """An empty store; ``batch`` texts go into one call of the embedder at most. ``TooFew`` below 1."""
        if batch < 1:
            raise TooFew("batch", batch)
        self.embedder, self.batch = embedder, batch
        self.keys: dict[str, str] = {}
        self.vectors: dict[str, NDArray[np.float32]] = {}

    def key(self, text: str) -> str:
        """The key of ``text`` under the embedder's version of now."""
        return content_key(self.embedder.version, text)

    def put(self, documents: Mapping[str, str]) -> Put:
        """Store ``documents``, texts by id, and say what it took. An id that is put again with another text points to the new one.

        ``self.key(text)`` tells texts apart: two with one key are one text. A text whose key is in ``self.vectors`` is not embedded. Each other is
        embedded once, in the first form in which it comes, in the order of coming, ``self.batch`` texts a call and the rest in the last.
        ``self.embedder.embed(list of texts)`` gives an array of any kind of float, of shape (texts, ``self.embedder.dim``), a row a text. It may
        use that array again for its next answer, and may change the list that it is given. With nothing to embed it is not called.

        What ``embed`` raises goes on to the caller, and where the shape is another it is ``BadEmbedding(expected, got)``, two tuples. Batches that came back before
        stay, so that a second ``put`` costs only the rest. However it ends, by Ctrl-C too: an id of ``documents`` points to its text of now if that text's vector is there, and
        otherwise to what it pointed to before, or nowhere. ``documents`` is not changed.

        Returns ``Put(embedded, reused, calls)``: texts embedded, all other documents, calls of ``embed``. O(characters), and what ``embed`` takes.
        """
        keys = {name: self.key(text) for name, text in documents.items()}
        unseen: dict[str, str] = {}
        for name, text in documents.items():
            if keys[name] not in self.vectors:
                unseen.setdefault(keys[name], text)
        missing, calls = list(unseen.items()), 0
        try:
            for start in range(0, len(missing), self.batch):
                part = missing[start : start + self.batch]
                rows = np.array(self.embedder.embed([text for _, text in part]), dtype=np.float32)
                if rows.shape != (expected := (len(part), self.embedder.dim)):
                    raise BadEmbedding(expected, rows.shape)
                self.vectors.update(zip([key for key, _ in part], rows, strict=True))
                calls += 1
        finally:
            self.keys.update({name: key for name, key in keys.items() if key in self.vectors})
        return Put(len(missing), len(keys) - len(missing), calls)

    def vector(self, name: str) -> NDArray[np.float32]:
        """The vector of a document; ``UnknownDocument(name)``."""
        if name not in self.keys:
            raise UnknownDocument(name)
        return self.vectors[self.keys[name]]

    def delete(self, name: str) -> None:
        """Forget a document; ``UnknownDocument(name)``. Its vector stays until :meth:`sweep`."""
        if self.keys.pop(name, None) is None:
            raise UnknownDocument(name)

    def sweep(self) -> int:
        """Drop every vector that no document points to, and say how many. O(vectors)."""
        named = set(self.keys.values())
        dropped = [key for key in self.vectors if key not in named]
        for key in dropped:
            del self.vectors[key]
        return len(dropped)

    def search(self, text: str, k: int) -> list[tuple[str, float]]:
        """The ``k`` documents nearest to ``text`` by inner product, ids with scores, best first; of equal scores the smaller id. Fewer give all."""
        names = sorted(self.keys)
        query = self.embedder.embed([text])
        rows = np.array([self.vector(name) for name in names], dtype=np.float32).reshape(len(names), -1)
        scores, found = blocked_top_k(query, rows if names else np.empty((0, query.shape[1])), k)
        return [(names[place], float(score)) for place, score in zip(found[0], scores[0], strict=True)]

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys)

    def __contains__(self, name: Any) -> bool:
        return name in self.keys
