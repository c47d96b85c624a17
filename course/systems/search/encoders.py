"""What turns texts into vectors."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from course.systems.search.errors import UnknownDocument


class Embedder(Protocol):
    """A model under a version of its own: the same version and text always give the same vector."""

    @property
    def version(self) -> str: ...

    @property
    def dim(self) -> int: ...

    def embed(self, texts: list[str]) -> NDArray[Any]:
        """A row for each text, shape (len(texts), dim)."""
        ...


class Stored:
    """Replays vectors that a model made earlier: of each text that it knows, and of no other."""

    def __init__(self, version: str, vectors: Mapping[str, NDArray[Any]]) -> None:
        self.version, self.vectors = version, dict(vectors)
        self.dim = len(next(iter(self.vectors.values()), ()))
        self.embedded = 0

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As :meth:`Embedder.embed`, counting; ``UnknownDocument(text)`` for a text that was never embedded."""
        for text in texts:
            if text not in self.vectors:
                raise UnknownDocument(text)
        self.embedded += len(texts)
        return np.array([self.vectors[text] for text in texts], dtype=np.float32).reshape(
            len(texts), self.dim
        )
