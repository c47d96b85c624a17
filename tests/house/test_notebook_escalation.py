"""The graded interview cell: the saved moves, played again and measured again. A second."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from learner_room import RING

from course.interview import Design, Knob, Naive, Replies, Round, Scenario, Slo
from course.notebook import calibration, interview, mine, predictions, progress, replay, start, state
from course.notebook.earlier import played, references
from course.systems.cluster.ring import HashRing

WAIT = Slo("wait", 10, unit="ms", label="wait")
COST = Slo("cost", 12, unit="$/h", label="cost")
REPLIES = Replies(weak="weak", good="good", strong="strong")


def run(design: Design, round: Round, Ring: Any) -> Mapping[str, float]:
    """Waiting falls with servers; the learner's ring must hold one node."""
    Ring().add("a")
    servers = float(design["servers"])
    return {"wait": float(round.load["work"]) / servers, "cost": servers}


SCENARIO = Scenario(
    id="day04",
    title="A pool",
    opening="Serve this.",
    knobs=(Knob("servers", "servers", (1, 60, True), default=1),),
    rounds=(
        Round(
            "steady", "Start.", {"work": 50}, (WAIT, COST), presses="wait", predicts="wait", replies=REPLIES
        ),
        Round(
            "spike",
            "Now a spike.",
            {"work": 200},
            (WAIT, Slo("cost", 40, unit="$/h")),
            presses="cost",
            predicts="wait",
            relaxes=("cost",),
            replies=REPLIES,
        ),
    ),
    run=run,
    probes={"wait": "Where does it wait?", "cost": "Who pays?"},
    reference=lambda round: {"servers": 20} if round.name == "spike" else {"servers": 8},
    naive=Naive(design={"servers": 8}, fails_round="spike", fails_metric="wait"),
)


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
        ("day04", "steady 1: wait", 50, 25),
        ("day04", "steady 2: wait", 6.25, 6.25),
    ]
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


def test_moves_are_decisions_and_count_whatever_the_learners_own_object_is_now(
    work: Path, ring: Any, define: Callable[[str, str], Any]
) -> None:
    interview(SCENARIO, ring).propose(round=1, servers=8, predict=6)
    stub = define(RING.replace("bisect.insort(self.points, node)", "raise NotImplementedError"), "HashRing")
    report = replay("day04-interview", SCENARIO, stub, points=2)
    assert [claim.passed for claim in report.claims] == [True, False]
    assert report.score == 1


# ── on the course's own implementation ──────────────────────────────────────────────────────────────────────


@pytest.fixture
def stub(define: Callable[[str, str], Any]) -> Any:
    return define(RING.replace("bisect.insort(self.points, node)", "raise NotImplementedError"), "HashRing")


@pytest.fixture
def at_the_end() -> Iterator[None]:
    yield
    state.play(reference=False)


def test_a_day_is_played_on_the_reference_where_that_was_said(
    work: Path, stub: Any, at_the_end: None, capsys: pytest.CaptureFixture[str]
) -> None:
    start("day04", play="reference")
    assert "Your rounds count, its exercises stay open" in capsys.readouterr().out
    assert played("day04", stub) == (HashRing,)
    assert mine("day04", "HashRing") is HashRing
    table = interview(SCENARIO, stub)
    table.propose(round=1, servers=8, predict=6)
    assert "measured on the course's implementation" in capsys.readouterr().out
    assert table.session.state.number == 2
    assert json.loads((work / "day04" / "interview.json").read_text())["moves"][0]["on"] == "reference"
    start("day04")
    assert played("day04", stub) == (stub,)
    assert interview(SCENARIO, stub).session.state.number == 2, "the rounds are passed still"
    assert replay("day04-interview", SCENARIO, stub, points=2).score == 1


def test_after_three_failed_runs_a_round_may_be_played_on_the_reference(
    work: Path, stub: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    table = interview(SCENARIO, stub)
    for servers in (7, 8, 9):
        assert not table.may_use_reference
        table.propose(round=1, servers=servers, predict=6, on="reference")
        assert "only after 3 runs" in capsys.readouterr().out
        table.propose(round=1, servers=servers, predict=6)
    assert table.may_use_reference
    assert 'Add on="reference" to play it on the course\'s; it counts.' in " ".join(
        table.page().text().split()
    )
    table.propose(round=1, servers=8, predict=6, on="reference")
    assert table.session.outcomes[-1].passed
    assert table.session.outcomes[-1].on_reference


def test_what_is_no_exercise_of_the_day_stays_what_it_is(work: Path, ring: Any) -> None:
    assert references("day04", (ring, print)) == (HashRing, print)
