"""Pages for many questions, out of stored answers of the arms: for a way to fuse and to filter that lives elsewhere."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

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
