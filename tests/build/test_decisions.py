"""The losing side of a decision pays where it says: in a round, or under a fault. Day 4's ring, cut down. About 6 s."""

from collections.abc import Iterator

import pytest

from course.build.gates_mistakes import _applied, _run, _tried
from course.build.gates_room import Room
from course.build.trial import MistakeTrial, answers
from course.checking.mistakes import Mistake
from course.syllabus import find

pytestmark = pytest.mark.slow

ONE_POINT = ("for i in range(count))", "for i in range(1))")
"""An edit after which every server has one point, whatever is asked."""


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    room = Room(find(4))
    with room.trials:
        yield room


def tried(room: Room, decision: str) -> MistakeTrial:
    mistake = Mistake("check_ring", "HashRing", "one point", (ONE_POINT,), "", decision)
    problem, cells = _applied(room, mistake, ONE_POINT, answers(room.lesson, room.built.key))
    assert problem is None
    [trial], broken = _tried(room, [_run(room, mistake, cells)])
    assert broken == ""
    return trial


def test_a_fault_is_paid_for_where_more_breaks_than_on_the_key(room: Room) -> None:
    assert tried(room, "a server joins").pays == "a server joins"


def test_a_round_is_paid_for_where_it_is_the_first_to_fail(room: Room) -> None:
    assert tried(room, "phones").pays == "steady"


def test_what_is_neither_is_an_error(room: Room) -> None:
    trial = tried(room, "rain")
    assert (trial.pays, trial.error) == ("", "KeyError: 'rain'")


def test_a_decision_is_examined_by_every_check_at_hidden_seeds_too(room: Room) -> None:
    examined = set(tried(room, "steady").reports)
    assert {"check_ring", "check_ring at a hidden seed", "check_bounded"} <= examined
    assert "check_moved" not in examined
