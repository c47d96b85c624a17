"""An embedder that counts letters, and behaves as badly as a contract allows it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.systems.search.encoders import Stored


class Unavailable(RuntimeError):
    """A model's server that does not answer this call."""


class Stopped(BaseException):
    """Somebody stops the program in the midst of a call, as Ctrl-C does."""


class Letters:
    """Three numbers for each text: its characters, the last three digits of the sum of their code points, and the number of the version's letters.

    ``fails`` is the number of the call, from 1, that raises, :class:`Stopped` where it ``stops``; ``kind`` is that of its floats; ``rows`` and ``columns`` are what every answer but the first ``good`` ones has too few or too many. With
    ``reuses`` it answers in the same array each time, and empties the list that it is given.
    """

    dim = 3

    def __init__(
        self,
        version: str,
        fails: int = 0,
        rows: int = 0,
        columns: int = 0,
        good: int = 0,
        reuses: bool = False,
        kind: str = "float32",
        stops: bool = False,
    ) -> None:
        self.version, self.fails, self.good, self.reuses = version, fails, good, reuses
        self.rows, self.columns = rows, columns
        self.kind, self.error = kind, Stopped if stops else Unavailable
        self.calls: list[list[str]] = []
        self.buffer: dict[int, Any] = {}

    def embed(self, texts: list[str]) -> Any:
        self.calls.append(list(texts))
        if len(self.calls) == self.fails:
            raise self.error("the model's server does not answer")
        found = [[len(text), sum(map(ord, text)) % 1000, len(self.version)] for text in texts]
        made = np.array(found, dtype=self.kind).reshape(len(texts), 3)
        if len(self.calls) > self.good:
            made = np.resize(made, (max(len(texts) + self.rows, 0), 3 + self.columns))
        if not self.reuses:
            return made
        texts.clear()
        answer = self.buffer.setdefault(len(made), np.empty_like(made))
        answer[:] = made
        return answer


class Interrupted(Stored):
    """As :class:`~course.systems.search.encoders.Stored`, but the call that would bring the texts embedded above ``after`` fails, once."""

    def __init__(self, version: str, vectors: Mapping[str, NDArray[Any]], after: int) -> None:
        super().__init__(version, vectors)
        self.after: int | None = after

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.after is not None and self.embedded + len(texts) > self.after:
            self.after = None
            raise Unavailable("the model's server does not answer")
        return super().embed(texts)
