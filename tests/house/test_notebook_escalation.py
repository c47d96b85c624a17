"""The graded interview cell: the saved moves, played again and measured again. A second."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from learner_room import RING

from course.interview import Design, Knob, Naive, Replies, Round, Scenario, Slo
from course.notebook import calibration, interview, predictions, progress, replay

WAIT = Slo("wait", 10, unit="ms", label="wait")
COST = Slo("cost", 12, unit="$/h", label="cost")
REPLIES = Replies(weak="weak", good="good", strong="strong")


def run(design: Design, round: Round, Ring: Any) -> Mapping[str, float]:
    """Waiting falls with servers; the learner's ring must hold one node."""
    Ring().add("a")
    servers = float(design["servers"])
    return {"wait": float(round.load["work"]) / servers, "cost": servers}


SCENARIO = Scenario(
    id="day04", title="A pool", opening="Serve this.",
    knobs=(Knob("servers", "servers", (1, 60, True), default=1),),
    rounds=(
        Round("steady", "Start.", {"work": 50}, (WAIT, COST), presses="wait", predicts="wait", replies=REPLIES),
        Round("spike", "Now a spike.", {"work": 200}, (WAIT, Slo("cost", 40, unit="$/h")), presses="cost", predicts="wait",
              relaxes=("cost",), replies=REPLIES),
    ),
    run=run, probes={"wait": "Where does it wait?", "cost": "Who pays?"},
    reference=lambda round: {"servers": 20} if round.name == "spike" else {"servers": 8},
    naive=Naive(design={"servers": 8}, fails_round="spike", fails_metric="wait"),
)  # fmt: skip


@pytest.fixture
def ring(define: Callable[[str, str], Any]) -> Any:
    return define(RING, "HashRing")


def test_rounds_passed_at_the_table_are_the_points_of_the_cell(work: Path, ring: Any) -> None:
    assert replay("day04-interview", SCENARIO, ring, points=2).score == 0
    table = interview(SCENARIO, ring)
    table.propose(round=1, servers=8, predict=6)
    assert replay("day04-interview", SCENARIO, ring, points=2).score == 1
    table.propose(round=2, servers=20, predict=10)
    report = replay("day04-interview", SCENARIO, ring, points=2)
    assert [claim.name for claim in report.claims if claim.passed] == ["steady", "spike"]
    assert [attempt.score for attempt in progress.attempts()] == [0, 1, 2]
    assert progress.best()["day04-interview"].passed


def test_a_failed_round_says_what_broke_first(work: Path, ring: Any) -> None:
    interview(SCENARIO, ring).propose(round=1, servers=2, predict=6)
    first = replay("day04-interview", SCENARIO, ring, points=2).first
    assert first is not None
    assert (first.kind, first.next) == ("broke-wait", "Where does it wait?")


def test_predictions_made_at_the_table_join_the_calibration_once(work: Path, ring: Any) -> None:
    for _ in range(2):  # the second time as a restarted kernel
        table = interview(SCENARIO, ring)
        table.propose(round=1, servers=2, predict=50)
        table.propose(round=1, servers=8, predict=6.25)
    assert [(o.day, o.name, o.guess, o.measured) for o in predictions.outcomes()] == [
        ("day04", "steady 1: wait", 50, 25), ("day04", "steady 2: wait", 6.25, 6.25)]  # fmt: skip
    assert "half of 2 predictions are within" in calibration().finding
    (work / "day04" / "interview.json").unlink()
    interview(SCENARIO, ring).propose(round=1, servers=4, predict=1)
    assert predictions.outcomes()[0].guess == 50, "begun anew: the first prediction stands, with what it met"
    assert predictions.outcomes()[0].measured == 25


def test_where_no_learner_works_no_prediction_is_kept(
    work: Path, ring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_GATE", "1")
    interview(SCENARIO, ring).propose(round=1, servers=2, predict=50)
    assert not (work / ".course").exists()


@pytest.mark.parametrize(
    "saved",
    ["", "{", "[]", '{"scenario": "day04"}', json.dumps({"scenario": "day04", "moves": [1, None, {}]})],
)
def test_moves_that_cannot_be_read_are_an_open_round_and_no_error(saved: str, work: Path, ring: Any) -> None:
    (work / "day04" / "interview.json").write_text(saved)
    report = replay("day04-interview", SCENARIO, ring, points=2)
    assert report.score == 0
    assert {finding.kind for finding in report.findings} == {"not-played"}


def test_where_no_learner_works_the_moves_count_and_nothing_is_logged(
    work: Path, ring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    interview(SCENARIO, ring).propose(round=1, servers=8, predict=6)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert repr(replay("day04-interview", SCENARIO, ring, points=2)) == "1"
    assert progress.attempts() == []


def test_a_saved_design_is_measured_again_on_the_object_as_it_is_now(
    work: Path, ring: Any, define: Callable[[str, str], Any]
) -> None:
    interview(SCENARIO, ring).propose(round=1, servers=8, predict=6)
    stub = define(RING.replace("bisect.insort(self.points, node)", "raise NotImplementedError"), "HashRing")
    report = replay("day04-interview", SCENARIO, stub, points=2)
    assert report.score == 0
    assert report.first is not None
    assert "HashRing.add is not written yet" in report.first.text()
