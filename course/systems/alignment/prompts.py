"""A batch of prompts: names, bland texts, the label that only the measurement may read, and what a policy sees."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from course.systems.alignment.responses import FloatArray, IntArray

CATEGORIES = ("ordinary", "borderline", "restricted")
"""Ordinary and borderline requests deserve an answer; borderline ones only look restricted."""

FEATURES = ("bias", "topic", "detail", "purpose", "length", "mood")
"""What a policy, a judge and a reward model see of a prompt. The last two say nothing about the category."""


@dataclass(frozen=True)
class Prompts:
    """``n`` prompts. ``categories`` indexes CATEGORIES, shape (n,); ``features`` has shape (n, 6), columns FEATURES."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    categories: IntArray
    features: FloatArray

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.ids)}

    def row_of(self, prompt: str) -> int:
        """The row of a prompt id. Raises KeyError."""
        return self._rows[prompt]

    def rows_of(self, prompts: list[str]) -> IntArray:
        """The rows of several prompt ids."""
        return np.array([self._rows[name] for name in prompts], dtype=np.int64)

    def where(self, *categories: str) -> IntArray:
        """Rows whose category is one of ``categories``."""
        wanted = [CATEGORIES.index(name) for name in categories]
        return np.flatnonzero(np.isin(self.categories, wanted))
