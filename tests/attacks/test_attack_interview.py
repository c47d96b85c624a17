"""The escalation: moves are decisions. They are judged on the reference alone, within a cap and a deadline for each round."""

import json
from dataclasses import replace
from typing import Any

import pytest
from attack_room import MOVED, RING, WRONG, Bench, cell_of

from autograde.moves import judged
from course.days.day04_consistent_hashing.interview import SCENARIO
from course.interview import replay as module
from course.interview.session import Session, play_reference
from course.systems.cluster.bounded_loads import bounded_owners
from course.systems.cluster.holders import holders
from course.systems.cluster.ring import HashRing

pytestmark = pytest.mark.xdist_group("attacks: interview")
REFERENCE = (HashRing, bounded_owners, holders)
BAD = {"vnodes": 1, "lookup": "client", "bound": 0, "copies": 1}


@pytest.fixture(scope="module")
def moves() -> Any:
    session = Session(SCENARIO, *REFERENCE)
    play_reference(session)
    return {
        "scenario": SCENARIO.id,
        "moves": [json.loads(json.dumps(each.move)) for each in session.outcomes],
    }


def test_moves_that_hold_earn_their_points(room: Bench, moves: Any) -> None:
    assert room.grade(room.notebook(), moves).of("interview").score == 2.0


def test_moves_earn_their_points_whether_or_not_the_code_is_finished(room: Bench, moves: Any) -> None:
    blank = room.notebook({MOVED: WRONG, RING: "", "day04-bounded_owners-code": "1 / 0"})
    outcome = room.grade(blank, moves)
    assert outcome.scores == {"moved": 0.0, "ring": 0.0, "bounded": 0.0, "holders": 0.0, "interview": 2.0}


def failed(moves: Any, number: int) -> list[Any]:
    """Different designs that do not hold in the first round."""
    tried = [moves["moves"][0] | {"design": BAD | {"vnodes": n}} for n in range(1, 400)]
    return [move for move in tried if not judged(SCENARIO, REFERENCE, [move])[0].claims[0].passed][:number]


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
    notebook = room.notebook(
        {
            RING: FLATTERER,
            "day04-bounded_owners-code": "def bounded_owners(ring, requests, epsilon):\n    return [ring.lookup(r) for r in requests]",
        }
    )
    moves = {"scenario": "day04", "moves": [{"round": n, "design": BAD, "predict": 1.0} for n in range(1, 7)]}
    assert room.grade(notebook, moves).of("interview").score == 0.0


def test_a_ring_that_never_answers_costs_the_interview_nothing(room: Bench, moves: Any) -> None:
    notebook = room.notebook()
    cell_of(notebook, RING).source += "\ndef slow(self, key):\n    while True: pass\nHashRing.lookup = slow\n"
    scores = room.grade(notebook, moves).scores
    assert scores["interview"] == 2.0
    assert scores["ring"] < 2.0


def test_of_many_attempts_the_latest_count(moves: Any) -> None:
    """Eighteen failed designs before the one that holds, in each round, and what is no move at all."""
    tried = []
    for move in moves["moves"]:
        tried += [move | {"design": BAD | {"vnodes": n}, "predict": n} for n in range(1, 19)]
        tried += [move | {"design": BAD, "predict": n} for n in range(10)]
        tried += [{"round": "x"}, None, [], {"round": move["round"]}, move]
    report, limit = judged(SCENARIO, REFERENCE, tried)
    assert (report.passed, limit) == (True, "")


def test_a_round_has_a_cap(moves: Any) -> None:
    """Whoever tries every design there is has decided nothing."""
    tried = [moves["moves"][0], *failed(moves, module.CAP)]
    report, _ = judged(SCENARIO, REFERENCE, tried)
    assert not any(claim.passed for claim in report.claims)
    assert judged(SCENARIO, REFERENCE, tried[:-1])[0].claims[0].passed


def test_a_round_has_a_deadline(moves: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is the examiner's processor time; here each look at the clock is two seconds after the one before."""
    tried = [moves["moves"][0], *failed(moves, 10)]
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr("course.interview.replay.process_time", lambda: next(clock))
    monkeypatch.setattr(module, "CAP", 1_000_000)
    report, limit = judged(SCENARIO, REFERENCE, tried)
    assert limit == "more than 5 s of processor time for the designs of one round"
    assert not report.claims[0].passed


def test_what_the_first_run_reads_counts_in_no_deadline(moves: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A corpus is read once, in whichever run comes first; here that takes a minute of the examiner's time."""
    spent = [0.0]

    def run(*them: Any) -> Any:
        spent[0] = spent[0] or 60.0
        return SCENARIO.run(*them)

    monkeypatch.setattr("course.interview.replay.process_time", lambda: spent[0])
    tried = [moves["moves"][0], *failed(moves, 1)]
    report, limit = judged(replace(SCENARIO, id="day04-reads", run=run), REFERENCE, tried)
    assert (spent, limit) == ([60.0], "")
    assert report.claims[0].passed


def test_the_slowest_designs_are_measured_once_for_the_whole_class(
    moves: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(SCENARIO, REFERENCE, moves["moves"])

    def never(*them: object) -> object:
        raise AssertionError("measured again")

    assert judged(replace(SCENARIO, run=never), REFERENCE, moves["moves"])[0].passed


@pytest.mark.parametrize("value", ["0x" + "f" * 9_000, "9" * 4_000, "10 ** 9", "'x' * 3", "1e999"])
def test_a_number_without_measure_costs_its_move_alone(value: str, room: Bench, moves: Any) -> None:
    notebook = room.notebook()
    good = "\n".join(
        f"table.propose(round={m['round']}, predict={m['predict']}, **{{}}, {', '.join(f'{k}={v!r}' for k, v in m['design'].items())})"
        for m in moves["moves"]
    ).replace("**{}, ", "")
    odd = "".join(
        f"table.propose(round={r}, vnodes={v}, bound=0, copies=1, predict={p})\n"
        for r, v, p in (("1", value, "1"), (value, "3", "1"), ("1", "3", value))
    )
    cell_of(notebook, "day04-play").source = odd + good
    outcome = room.grade(notebook)
    assert outcome.of("interview").score == 2.0
    assert outcome.scores == {"moved": 2.0, "ring": 5.0, "bounded": 3.0, "holders": 2.0, "interview": 2.0}


def test_a_file_of_moves_with_an_endless_number_costs_the_moves_alone(room: Bench) -> None:
    folder = room.cohort.parent / "mallory" / "day04"
    room.grade(room.notebook())
    (folder / "interview.json").write_text(
        '{"scenario": "day04", "moves": [{"round": 1, "predict": ' + "9" * 9000 + "}]}"
    )
    outcome = room.examine(folder / "consistent_hashing.ipynb")
    assert outcome.scores == {"moved": 2.0, "ring": 5.0, "bounded": 3.0, "holders": 2.0, "interview": 0.0}
    assert any("interview.json is not JSON" in flag for flag in outcome.flags)
