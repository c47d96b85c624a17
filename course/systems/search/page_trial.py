"""One page, with what was asked of arms and permissions on the way: for a filtered search that lives elsewhere."""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from course.systems.search.arms import Page

Pairs = list[tuple[int, float]]
_DENIED = {"PermissionError": PermissionError, "ConnectionError": ConnectionError}


class PageTrial:
    """One page by ``filtered_search``, from arms and permissions that note what is asked of them."""

    def __init__(self, filtered_search: Callable[..., Page]) -> None:
        self.filtered_search = filtered_search
        self.searched: list[tuple[int, int]] = []
        self.checked: list[int] = []

    def page(
        self,
        answers: Sequence[Pairs],
        may: Collection[int],
        size: int,
        depth: int,
        *,
        weights: Sequence[float] = (),
        failing: Sequence[str] = (),
        lazy: bool = False,
        denies: str = "",
        mask: bool = False,
    ) -> dict[str, Any]:
        """The page, as ``ids``, ``scores``, ``down`` and ``short``. Each arm answers what is in ``answers``, as an iterator that can be read once where ``lazy``.
        ``failing`` says for each arm "" or how it fails: "down" at once, "half way" while it is read, "broken" or "late" with another error.
        Scores of arms are added up as they are, times the arm's weight. ``denies`` names the error that the permission check itself
        raises, "" for none; with ``mask`` it answers with NumPy's booleans.
        """
        self.searched, self.checked = [], []
        arms = [
            _NotingArm(self, number, pairs, failing[number] if failing else "", lazy)
            for number, pairs in enumerate(answers)
        ]

        def allowed(doc: int) -> bool | np.bool_:
            self.checked.append(int(doc))
            if denies:
                raise _DENIED[denies]("the permission service does not answer")
            return np.bool_(doc in may) if mask else doc in may

        page = self.filtered_search(
            arms, "a question", allowed, _Sum(weights or [1.0] * len(answers)), size=size, depth=depth
        )
        return {
            "ids": [int(doc) for doc in page.ids],
            "scores": [float(score) for score in page.scores],
            "down": [int(number) for number in page.down],
            "short": bool(page.short),
        }


class _Sum:
    """Scores as they are, times the weight of their arm, added up (CombSUM of Fox and Shaw 1994), of equal ones the larger id first;
    called once, with a list for each arm, best first."""

    def __init__(self, weights: Sequence[float]) -> None:
        self.weights, self.called = weights, 0

    def __call__(self, lists: Sequence[Sequence[tuple[int, float]]]) -> Pairs:
        self.called += 1
        if self.called > 1 or len(lists) != len(self.weights):
            raise ValueError(
                f"fuse takes one list for each of {len(self.weights)} arms, once: call {self.called} had {len(lists)}"
            )
        if any(one[1] < two[1] for found in lists for one, two in pairwise(found)):
            raise ValueError(f"each list that fuse takes is best first: {lists}")
        fused: dict[int, float] = {}
        for found, weight in zip(lists, self.weights, strict=True):
            for doc, score in found:
                fused[doc] = fused.get(doc, 0.0) + weight * score
        return sorted(fused.items(), key=lambda pair: (-pair[1], -pair[0]))


class _NotingArm:
    def __init__(self, trial: PageTrial, number: int, pairs: Pairs, failing: str, lazy: bool) -> None:
        self.trial, self.number, self.pairs, self.failing, self.lazy = trial, number, pairs, failing, lazy

    def search(self, query: str, depth: int) -> Any:
        self.trial.searched.append((self.number, int(depth)))
        if query != "a question":
            raise ValueError(f"an arm was asked {query!r}")
        if self.failing == "down":
            raise ConnectionError("no answer")
        if self.failing == "broken":
            raise RuntimeError("a bug in this arm")
        if self.failing == "late":
            raise TimeoutError("too late")
        found = self.pairs[:depth]
        return self._read(found) if self.lazy or self.failing else found

    def _read(self, found: Pairs) -> Iterator[tuple[int, float]]:
        for place, pair in enumerate(found):
            if self.failing and 2 * place >= len(found):
                raise ConnectionResetError("no answer")
            yield pair
        if self.failing:
            raise ConnectionError("no answer")
