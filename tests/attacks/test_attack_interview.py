"""The escalation: what a design measures on the learner's objects is confirmed on the reference."""

import json
from typing import Any

import pytest
from attack_room import RING, Bench, cell_of

from autograde import examine as examiner
from course.days.day04_consistent_hashing.interview import SCENARIO
from course.interview.session import Session, play_reference
from course.systems.cluster.bounded_loads import bounded_owners
from course.systems.cluster.ring import HashRing

pytestmark = pytest.mark.xdist_group("attacks: interview")


@pytest.fixture(scope="module")
def moves() -> object:
    session = Session(SCENARIO, HashRing, bounded_owners)
    play_reference(session)
    return {
        "scenario": SCENARIO.id,
        "moves": [json.loads(json.dumps(each.move)) for each in session.outcomes],
    }


def test_moves_that_hold_earn_their_points(room: Bench, moves: object) -> None:
    assert room.grade(room.notebook(), moves).of("interview").score == 2.0


FLATTERER = """
class HashRing:
    def __init__(self, vnodes=100, *, counted=False):
        self.weights, self.points, self.turn = {}, [], 0
    def add(self, node, weight=1.0):
        self.weights[node] = weight
    def remove(self, node):
        del self.weights[node]
    def lookup(self, key):
        names = [n for n, w in self.weights.items() for _ in range(int(2 * w))]
        return names[__import__("zlib").crc32(key.encode()) % len(names)]
"""


def test_a_ring_that_flatters_the_measure_makes_no_design_hold(room: Bench) -> None:
    notebook = room.notebook({RING: FLATTERER, "day04-bounded_owners-code": "def bounded_owners(ring, requests, epsilon):\n    return [ring.lookup(r) for r in requests]"})  # fmt: skip
    bad = {"vnodes": 1, "bound": 0, "copies": 1}
    moves = {"scenario": "day04", "moves": [{"round": n, "design": bad, "predict": 1.0} for n in range(1, 7)]}
    verdict = room.grade(notebook, moves).of("interview")
    assert verdict.score == 0.0


def test_a_ring_that_is_wrong_for_servers_of_two_sizes_earns_the_round_before(
    room: Bench, moves: object
) -> None:
    notebook = room.notebook()
    cell_of(notebook, RING).source += """
_right = HashRing.lookup
HashRing.lookup = lambda self, key: _right(self, key) if 2.0 not in self.weights.values() else min(self.weights)
"""
    assert room.grade(notebook, moves).of("interview").score == 0.33


def test_of_many_attempts_those_that_hold_count(room: Bench, moves: Any) -> None:
    tried = []
    for move in moves["moves"]:
        tried += [move | {"design": {"vnodes": 1, "bound": 0, "copies": 1}, "predict": n} for n in range(20)]
        tried += [move, {"round": "x"}, move]
    assert room.grade(room.notebook(), moves | {"moves": tried}).of("interview").score == 2.0


def test_a_ring_that_never_answers_costs_the_interview_in_time(
    room: Bench, moves: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examiner, "HIDDEN_SCALE", 2.0)  # 24 nodes there, as in the interview's first round
    notebook = room.notebook()
    ring = cell_of(notebook, RING)
    ring.source += "\n_right = HashRing.lookup\ndef slow(self, key):\n    while len(self.weights) > 23: pass\n    return _right(self, key)\nHashRing.lookup = slow\n"
    verdict = room.grade(notebook, moves).of("interview")
    assert verdict.score == 0.0
