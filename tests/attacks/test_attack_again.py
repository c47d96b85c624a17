"""What is no answer costs a bounded time: a question that is asked again, and the learner's other cells, however many."""

from types import SimpleNamespace

import pytest
from attack_room import BOUNDED, FULL, MOVED, RING, WRONG, Bench

from autograde import examine as examiner
from autograde.pool import Candidate

pytestmark = pytest.mark.xdist_group("attacks: again")

TICK = 0.25
"""Seconds by which the examiner's clock moves at each look."""


class Again:
    """Of each question that was asked again: the cells that were run for it, and how long it took by the examiner's clock."""

    def __init__(self) -> None:
        self.cells: list[int] = []
        self.spent: list[float] = []
        self.now = 0.0

    def clock(self) -> float:
        self.now += TICK
        return self.now


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> Again:
    found = Again()
    alone, run = examiner._Run._alone, Candidate.run

    def timed(*them: object) -> object:
        before = found.now
        found.cells.append(0)
        try:
            return alone(*them)  # type: ignore[arg-type]
        finally:
            found.spent.append(found.now - before)

    def counted(*them: object) -> str:
        if len(found.cells) > len(found.spent):
            found.cells[-1] += 1
        return run(*them)  # type: ignore[arg-type]

    monkeypatch.setattr(examiner, "time", SimpleNamespace(monotonic=found.clock))
    monkeypatch.setattr(examiner._Run, "_alone", timed)
    monkeypatch.setattr(Candidate, "run", counted)
    return found


def all_wrong(room: Bench) -> None:
    wrong = {MOVED: WRONG, RING: "class HashRing: pass", BOUNDED: "def bounded_owners(*a): return []"}
    room.grade(
        room.notebook(wrong | {"day04-holders-code": "def holders(*a): return 0"}, own=["print('I act')"])
    )


def test_all_questions_share_one_budget(again: Again, room: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    all_wrong(room)
    assert len(again.cells) == 4, "every question is wrong, and a cell acts: each is asked again"
    assert 0 not in again.cells
    first = again.spent[0]
    monkeypatch.setattr(examiner, "AGAIN", first)
    again.cells, again.spent = [], []
    all_wrong(room)
    assert again.cells[0] > 0
    assert again.cells[1:] == [0, 0, 0], "the budget is spent: nothing is run again"


def test_the_budget_is_some_seconds() -> None:
    assert 0 < examiner.AGAIN <= 10


def test_own_cells_that_take_long_cost_themselves_alone(
    again: Again, room: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty demonstrations of thirty seconds each, where a submission has ninety."""
    run = Candidate.run

    def slow(candidate: Candidate, name: str, *them: object) -> str:
        if name.startswith("own-"):
            again.now += 30
        return run(candidate, name, *them)  # type: ignore[arg-type]

    monkeypatch.setattr(Candidate, "run", slow)
    outcome = room.grade(room.notebook(own=["print('a demonstration')"] * 20))
    assert outcome.scores == FULL
    assert outcome.of("ring").limit == "more than 22.5 s in cells of the learner's own"
