"""Pages for many questions, out of stored answers of the arms: for a way to fuse and to filter that lives elsewhere."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from course.systems.search.arms import Page

Pairs = list[tuple[int, float]]


class StoredArm:
    """Answers question number ``query`` from ``answers``, without the documents in ``gone`` (one for each question, −1 for none); or is ``down``."""

    def __init__(self, answers: Sequence[Pairs], gone: Sequence[int] = (), down: bool = False) -> None:
        self.answers, self.gone, self.down = answers, gone, down

    def search(self, query: int, depth: int) -> Pairs:
        if self.down:
            raise ConnectionError("no answer")
        if self.gone:
            without = self.gone[query]
            return [pair for pair in self.answers[query][: depth + 1] if pair[0] != without][:depth]
        return self.answers[query][:depth]


class HybridTrial:
    """Pages by ``rrf``, ``normalise_and_fuse`` and ``filtered_search``, from two stored arms."""

    def __init__(self, rrf: Any, normalise_and_fuse: Any, filtered_search: Any) -> None:
        self.rrf, self.normalise_and_fuse, self.filtered_search = rrf, normalise_and_fuse, filtered_search
        self.worlds: dict[str, tuple[list[list[Pairs]], list[list[bool]]]] = {}

    def hold(self, world: str, answers: Sequence[tuple[Any, Any]], allowed: Any) -> None:
        """Keep a world under its name. ``answers`` are the ids and the scores of each arm, two arrays of shape (questions, deepest),
        −1 where nothing more was found; ``allowed`` says for each question and document whether it may be seen."""
        stored = []
        for ids, scores in answers:
            rows = zip(ids.tolist(), scores.tolist(), strict=True)
            stored.append([[pair for pair in zip(*row, strict=True) if pair[0] >= 0] for row in rows])
        self.worlds[world] = stored, allowed.tolist()

    def run(
        self,
        world: str,
        by_ranks: bool,
        weight: float,
        depth: int,
        *,
        down: Collection[int] = (),
        gone: Sequence[int] = (),
        size: int = 10,
    ) -> list[list[int]]:
        """The ids on the page of each question in a world that is held. ``weight`` is that of the second arm, the first has the rest
        to 1; ``down`` are arms that do not answer; ``gone`` has for each question a document that does not exist, −1 for none."""
        answers, allowed = self.worlds[world]
        arms = [StoredArm(found, gone, number in down) for number, found in enumerate(answers)]
        fuse, pages = self._fuse(by_ranks, [1 - weight, weight]), []
        for number, row in enumerate(allowed):
            page = self.filtered_search(arms, number, row.__getitem__, fuse, size=size, depth=depth)
            pages.append([int(doc) for doc in page.ids])
        return pages

    def _fuse(self, by_ranks: bool, weights: list[float]) -> Callable[[list[Pairs]], Pairs]:
        def ranks(lists: list[Pairs]) -> Pairs:
            return list(self.rrf([[doc for doc, _ in found] for found in lists], weights=weights))

        def scores(lists: list[Pairs]) -> Pairs:
            return list(self.normalise_and_fuse([dict(found) for found in lists], weights))

        return ranks if by_ranks else scores


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
        denies: bool = False,
    ) -> dict[str, Any]:
        """The page, as ``ids``, ``scores``, ``down`` and ``short``. Each arm answers what is in ``answers``, as an iterator that can be read once where ``lazy``.
        ``failing`` says for each arm "" or how it fails: "down" at once, "half way" while it is read, "broken" with another error.
        Scores of arms are added up as they are, times the arm's weight. With ``denies`` the permission check itself fails.
        """
        self.searched, self.checked = [], []
        arms = [
            _NotingArm(self, number, pairs, failing[number] if failing else "", lazy)
            for number, pairs in enumerate(answers)
        ]

        def allowed(doc: int) -> bool:
            self.checked.append(int(doc))
            if denies:
                raise PermissionError("the permission service does not answer")
            return doc in may

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
    """Scores as they are, times the weight of their arm, added up (CombSUM of Fox and Shaw 1994); called once, with a list for each arm."""

    def __init__(self, weights: Sequence[float]) -> None:
        self.weights, self.called = weights, 0

    def __call__(self, lists: Sequence[Sequence[tuple[int, float]]]) -> Pairs:
        self.called += 1
        if self.called > 1 or len(lists) != len(self.weights):
            raise ValueError(
                f"fuse takes one list for each of {len(self.weights)} arms, once: call {self.called} had {len(lists)}"
            )
        fused: dict[int, float] = {}
        for found, weight in zip(lists, self.weights, strict=True):
            for doc, score in found:
                fused[doc] = fused.get(doc, 0.0) + weight * score
        return sorted(fused.items(), key=lambda pair: (-pair[1], pair[0]))


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
        found = self.pairs[:depth]
        return self._read(found) if self.lazy or self.failing else found

    def _read(self, found: Pairs) -> Iterator[tuple[int, float]]:
        for place, pair in enumerate(found):
            if self.failing and 2 * place >= len(found):
                raise ConnectionError("no answer")
            yield pair
        if self.failing:
            raise ConnectionError("no answer")
