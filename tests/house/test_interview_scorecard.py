"""What the scorecard and the transcript say of a play: each sentence is held against what was done. A second."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from interview_queue import SCENARIO, Door

from course.interview import Scenario, Session, check_scenario
from course.interview.said import NO_NOTES, Notes, Said
from course.interview.scorecard import scorecard, traits
from course.interview.session import play_reference
from course.interview.store import Store
from course.notebook.screens.interview import interview
from course.notebook.screens.notes import NotesFile
from course.notebook.screens.record import as_data
from course.notebook.screens.table import Table


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("NBGRADER_EXECUTION", "COURSE_GATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def play(scenario: Scenario = SCENARIO) -> Table:
    """Seven runs with what was said before them; the first and the sixth break a promise."""
    table = interview(scenario, Door)
    table.notes.ask("Are arrivals even?", 0)
    for said, move in (
        (Said("wait_ms", 60), {"round": 1, "servers": 9, "places": 200, "predict": 12}),
        (Said("nothing", 3), {"round": 1, "servers": 12, "places": 200, "predict": 5}),
        (Said("shed"), {"round": 2, "servers": 22, "places": 20, "predict": 5}),
        (Said(), {"round": 3, "servers": 22, "places": 20, "predict": 0.2}),
        (Said(), {"round": 4, "servers": 22, "places": 20, "predict": 100}),
        (Said("", 5), {"round": 5, "servers": 14, "places": 20, "predict": 80}),
        (Said("nothing"), {"round": 5, "servers": 14, "places": 5, "predict": 18}),
    ):
        table.say(said.breaks or None, said.give_or_take)
        table.propose(**move)
    return table


def found(table: Table) -> dict[str, tuple[str, ...]]:
    return {trait.name: trait.evidence for trait in traits(table.session, table.notes.now)}


def test_each_trait_stands_with_what_was_done_or_measured(capsys: pytest.CaptureFixture[str]) -> None:
    table = play()
    assert table.session.state.done
    assert found(table) == {
        "clarifies first": ("1 of 2 questions asked, 1 of them before the first run.",),
        "evolves the design": (
            "Spike: servers 12 → 22, places 200 → 20, before anything broke.",
            "Half: servers 22 → 14, places 20 → 5, after mean wait broke.",
            "2 constraints met by the design as it stood.",
        ),
        "names what breaks first, before being told": ("Said before 4 of 7 runs, right in 3.",),
        "quantifies": found(table)["quantifies"],
        "states uncertainty": ("An interval with 3 of 7 predictions; it held the measurement in 2.",),
        "safety as a mechanism": ("No promise of this interview is about safety.",),
    }
    text = found(table)["quantifies"][0]
    assert text.startswith("Half of 7 predictions within ×1.43; ")
    assert "First half within" in text


def test_a_silent_play_is_told_what_it_did_not_say() -> None:
    session = Session(SCENARIO, Door)
    play_reference(session)
    shown = {trait.name: trait.evidence[0] for trait in traits(session, NO_NOTES)}
    assert shown["clarifies first"].startswith("None of 2 questions asked; in text play")
    assert shown["names what breaks first, before being told"].startswith("Never said before a run.")
    assert shown["states uncertainty"] == "No prediction came with its give or take."


def test_a_safety_promise_is_shown_with_the_mechanism_that_held_it() -> None:
    table = play(replace(SCENARIO, safety=("shed",)))
    assert found(table)["safety as a mechanism"] == (
        "requests refused 16.9% against ≤ 20% in Half, by servers = 14, places = 5, kind = plain.",
    )
    fresh = Session(replace(SCENARIO, safety=("shed",)), Door)
    assert traits(fresh, NO_NOTES)[-1].evidence == ("requests refused: not held yet.",)


def test_the_gate_wants_a_budget_for_each_safety_promise() -> None:
    problems = check_scenario(replace(SCENARIO, safety=("harm",)), Door)
    assert problems == [
        "safety names 'harm', which no round has a budget for. Mend: give it one, or take it out"
    ]


def test_nothing_said_or_written_changes_rounds_misses_or_first_tries() -> None:
    table = play()
    spoken = Notes(text="I am the best candidate. " * 100, answers={"Steady": "pass me"})
    with_words, without = scorecard(table.session, spoken), scorecard(table.session)
    assert (with_words.rounds, with_words.misses, with_words.first_try) == (
        without.rounds,
        without.misses,
        without.first_try,
    )
    assert with_words.traits == without.traits


def test_what_was_said_belongs_to_the_first_run_of_a_design() -> None:
    table = interview(SCENARIO, Door)
    table.say("wait_ms", 60)
    table.propose(round=1, servers=9, predict=12)
    table.say("cost", 0)
    table.propose(round=1, servers=9, predict=65)  # measured before: nothing is said anew
    assert table.notes.now.said(table.session.outcomes[0]) == Said("wait_ms", 60)
    table.propose(round=1, servers=10, predict=30)
    assert not table.notes.now.said(table.session.outcomes[1]), "what was said is used up"


@pytest.mark.parametrize(
    ("breaks", "spread", "words"),
    [
        ("memory", None, "breaks is 'memory'; give it one of 'wait_ms', 'shed', 'cost', 'nothing'"),
        (3, None, "breaks is 3"),
        (None, -1, "give_or_take is -1; give it a number, 0 or more"),
        (None, float("nan"), "give_or_take is nan"),
        (None, "wide", "give_or_take is 'wide'"),
        (None, True, "give_or_take is True"),
    ],
)
def test_what_cannot_be_said_is_answered_in_a_sentence(
    breaks: Any, spread: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    interview(SCENARIO, Door).say(breaks, spread)
    assert words in capsys.readouterr().out


def test_a_table_reads_the_file_anew_before_each_move(room: Path) -> None:
    one, two = interview(SCENARIO, Door), interview(SCENARIO, Door)
    one.propose(round=1, servers=12, predict=5)
    two.propose(round=2, servers=22, places=20, predict=5)
    assert two.session.state.number == 3
    assert [move["round"] for move in Store("day02").moves()[0]] == [1, 2]  # type: ignore[index]


# ── the transcript ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_transcript_holds_questions_answers_notes_and_traits() -> None:
    table = play()
    table.notes.answer("Half", "The door sheds first, at 14 percent.")
    table.notes.voice("Half", "Who is refused?")
    table.notes.write("320 erlangs at the crowd")
    text = str(table.transcript())
    for words in (
        "> **You** Are arrivals even?",
        "**Your answer:** The door sheds first",
        "320 erlangs at the crowd",
        "**Claude, as the interviewer:** Who is refused?",
        "you said that mean wait breaks first: so it was",
        "| evolves the design | Spike: servers 12 → 22",
        "Nothing here scores your words",
        "give or take 60 ms: the interval held the measurement",
    ):
        assert words in text, words
    assert text.count("Your answer") == 1


def test_the_transcript_as_data_is_strict_json_and_complete(room: Path) -> None:
    table = interview(SCENARIO, Door)
    table.propose(round=1, servers=1, places=0, predict=5)
    table.say("nothing")
    table.propose(round=1, servers=2, places=200, predict=5)
    assert table.save_transcript() == (
        "written beside the notebook: interview-transcript.md and interview-transcript.json"
    )
    data = json.loads((room / "interview-transcript.json").read_text(), parse_constant=pytest.fail)
    assert data == json.loads(json.dumps(as_data(table.session, table.notes.now)))
    second = data["moves"][1]
    assert (second["round"], second["attempt"], second["said_breaks"], second["held"]) == (
        1,
        2,
        "nothing",
        False,
    )
    assert second["broke_first"] == {"metric": "wait_ms", "round": "Steady"}
    assert {verdict["metric"] for verdict in second["verdicts"]} == {"wait_ms", "shed", "cost"}
    assert (data["finished"], data["reference"]) == (False, []), "the reference is measured at the end"


def test_under_a_grader_no_transcript_is_written(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    table = interview(SCENARIO, Door)
    table.notes.write("kept in memory")
    assert table.save_transcript() == "not written: a grader or a gate runs"
    assert list(room.iterdir()) == []


def test_notes_are_read_back_as_they_were_written(room: Path) -> None:
    table = play()
    table.notes.write("ünïcode \ud800 and a lot: " + "x" * 50_000)
    again = NotesFile("day02")
    assert again.now.before == table.notes.now.before
    assert again.now.asked == table.notes.now.asked
    assert len(again.now.text) == 20_000
    assert not again.problem


def test_a_prediction_that_repeats_the_limit_is_no_estimate() -> None:
    copied, own = Session(SCENARIO, Door), Session(SCENARIO, Door)
    limit = next(slo.limit for slo in SCENARIO.rounds[0].slos if slo.metric == SCENARIO.rounds[0].predicts)
    for session, predicted in ((copied, limit), (own, limit + 1)):
        session.propose({"round": 1, "design": {"servers": 12, "places": 200}, "predict": predicted})
        assert len(session.outcomes) == 1
    told = {
        session: next(t.evidence[0] for t in traits(session, NO_NOTES) if t.name == "quantifies")
        for session in (copied, own)
    }
    assert scorecard(copied).typical_miss is None
    assert told[copied].startswith("1 prediction repeated the limit and not counted.")
    assert scorecard(own).typical_miss is not None
    assert told[own].startswith("Half of 1 prediction within")
