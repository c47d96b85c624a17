"""The widget without a kernel: its real ipywidgets objects, clicked and typed into. Three seconds."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from interview_queue import SCENARIO, BrokenDoor, Door, UnwrittenDoor
from test_interview_table import PLAY, run_notebook, saved
from well_formed import unbalanced

from course.interview import Knob, replay_report
from course.interview.clock import PHASES, SECONDS
from course.interview.store import FILE
from course.notebook.screens import notes as said_before
from course.notebook.screens.fields import control
from course.notebook.screens.interview import interview
from course.notebook.screens.table import Table
from course.notebook.screens.widget import Panel
from course.numbers import NotANumber, read_number

ROOM = {"NBGRADER_EXECUTION", "COURSE_GATE", "ANTHROPIC_API_KEY"}


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A day's folder in which a learner works."""
    for name in ROOM:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "day02"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


def sit(*objects: object, now: Any = None) -> Panel:
    panel = Panel(interview(SCENARIO, *(objects or (Door,))), now=now or Time())
    panel.refresh()
    return panel


def run(panel: Panel, predict: object = "", spread: str = "", breaks: str = "", **knobs: Any) -> Panel:
    """Set the fields as a learner does, and press the button."""
    for name, value in knobs.items():
        panel.knobs[name].value = value
    panel.predict.value, panel.spread.value = str(predict), spread
    panel.breaks.value = breaks
    panel.run.click()
    return panel


def play(panel: Panel, moves: list[dict[str, Any]] = PLAY) -> Panel:
    for move in moves:
        run(panel, **{name: value for name, value in move.items() if name != "round"})
    return panel


def words(*parts: Any) -> str:
    """What a reader sees of HTML parts, without tags and styles."""
    html = " ".join(part if isinstance(part, str) else part.value for part in parts)
    return " ".join(
        re.sub(r"<style>.*?</style>|<title>.*?</title>|<[^>]+>", " ", html, flags=re.DOTALL).split()
    )


def everything(panel: Panel) -> str:
    """All HTML of a panel."""

    def walk(widget: Any) -> Iterator[str]:
        if type(widget).__name__ == "HTML":
            yield widget.value
        for child in getattr(widget, "children", ()):
            yield from walk(child)

    return " ".join(walk(panel.root))


# ── predict, run, read ──────────────────────────────────────────────────────────────────────────────────────


def test_it_opens_with_line_budget_controls_and_whose_code_is_measured() -> None:
    panel = sit()
    text = words(panel.head, panel.before, panel.latest, panel.budget, panel.whose)
    for part in (
        "A pool of servers",
        "▸ 1 Steady",
        "Size it for me",
        "Eighty requests a second",
        "mean wait ≤ 50 ms",
        "≤ 40 $/h",
        "measured on your Door",
    ):
        assert part in text, part
    assert [type(field).__name__ for field in panel.knobs.values()] == [
        "BoundedIntText",
        "BoundedIntText",
        "RadioButtons",
    ]
    assert [field.value for field in panel.knobs.values()] == [8, 200, "plain"]
    assert panel.predict.description == "Predict mean wait in ms"
    assert "Spike" not in words(everything(panel)), "a constraint to come is not shown"


def test_without_a_prediction_nothing_runs(room: Path) -> None:
    panel = sit()
    assert panel.run.disabled
    assert "Predict first: mean wait in ms" in panel.hint.value
    panel.run.click()
    assert os.listdir(room) == []
    panel.predict.value = "12"
    assert not panel.run.disabled
    panel.predict.value = " "
    assert panel.run.disabled


def test_a_broken_promise_shows_prediction_measurement_slack_and_its_probe() -> None:
    panel = run(sit(), 12, servers=9)
    text = words(panel.result)
    for part in (
        "BROKE Round 1 · Steady, attempt 1",
        "What broke first: mean wait, 65.3 ms against ≤ 50 ms",
        "predicted 12 ms",
        "measured 65.3 ms",
        "too low by ×5.44",
        "−31% BROKE FIRST",
        "+78% held",
    ):
        assert part in text, part
    assert "Where does the wait come from" in panel.latest.value
    assert "Eighty requests" in panel.before.value, "the constraint stays in sight"
    assert panel.predict.value == "", "the next run wants a new prediction"
    assert panel.run.disabled


def test_a_passed_round_brings_the_next_constraint_and_keeps_the_design() -> None:
    panel = run(sit(), 5, servers=12)
    assert "HELD Round 1 · Steady" in words(panel.result)
    assert "✓ 1 Steady ▸ 2 Spike · 3" in words(panel.head)
    assert "A launch doubles the traffic" in panel.latest.value
    assert "Still binding" in panel.budget.value
    assert panel.knobs["servers"].value == 12
    assert "What a reply to this round contains" in panel.result.value


def test_the_ghost_of_the_last_run_and_the_prediction_are_drawn() -> None:
    panel = run(sit(), 12, servers=9)
    assert 'class="iw-ghost"' not in panel.result.value.split("iw-legend")[0]
    run(panel, 5, spread="2", servers=11)
    drawn = panel.result.value.split("iw-legend")[0]
    assert drawn.count('class="iw-ghost"') == 3
    assert "last run 65.3 ms; you predicted 5 ms" in drawn, "in words for who does not see it"
    assert 'class="iw-spread"' in drawn


def test_enter_runs(room: Path) -> None:
    panel = sit()
    panel.knobs["servers"].value = 12
    panel.predict.value = "5"
    assert not room.joinpath(FILE).exists()
    panel.predict.value = "5.5\n"  # the last key and Enter, in one message
    assert [move["predict"] for move in saved(room)["moves"]] == [5.5]
    assert panel.predict.value == ""


def test_enter_in_the_second_field_runs_too_and_what_is_blocked_stays_written(room: Path) -> None:
    panel = sit()
    panel.knobs["servers"].value = 12
    panel.predict.value = "a lot\n"
    assert panel.predict.value == "a lot"
    assert "“a lot” is no number" in words(panel.hint)
    panel.predict.value = "5"
    panel.spread.value = "2\n"
    assert [move["predict"] for move in saved(room)["moves"]] == [5]


def test_a_prediction_that_cannot_be_is_refused_in_a_sentence(room: Path) -> None:
    panel = sit()
    panel.knobs["servers"].value = 12
    for written in ("-5", "−5 ms\n"):
        panel.predict.value = written
        assert panel.run.disabled
        assert "-5 is under 0, which" in words(panel.hint)
    panel.run.click()
    assert not room.joinpath(FILE).exists()


def test_the_last_round_ends_in_the_scorecard_and_closes_the_fields() -> None:
    panel = play(sit())
    assert panel.table.session.state.done
    assert "all 5 rounds passed" in words(panel.scorecard)
    assert "iw-hidden" in panel.right._dom_classes
    assert "what you still doubt" in panel.latest.value
    assert panel.run.disabled
    panel.run.click()
    assert len(panel.table.session.outcomes) == len(PLAY)


# ── text and widget are one play ────────────────────────────────────────────────────────────────────────────


def test_widget_and_text_write_the_same_file(room: Path) -> None:
    play(sit())
    by_widget = (room / FILE).read_bytes()
    (room / FILE).unlink()
    table = interview(SCENARIO, Door)
    for move in PLAY:
        table.propose(**move)
    assert (room / FILE).read_bytes() == by_widget
    assert replay_report(SCENARIO, Door).passed


def test_a_move_by_a_line_of_text_shows_in_the_widget() -> None:
    panel = sit()
    panel.table.propose(**PLAY[0])
    assert "65.3 ms" in words(panel.result)
    panel.table.propose(**PLAY[1])
    assert "▸ 2 Spike" in words(panel.head)


def test_a_new_kernel_goes_on_with_design_notes_and_last_run() -> None:
    first = play(sit(), PLAY[:6])
    first.notes.value = "320 erlangs"
    first.answer.value = "We pay for idle servers."
    panel = Panel(interview(SCENARIO, Door), now=Time())
    assert "6 saved moves are measured again" in panel.hint.value, "said before it is done"
    panel.refresh()
    assert [field.value for field in panel.knobs.values()] == [14, 20, "plain"]
    assert (panel.notes.value, panel.answer.value) == ("320 erlangs", "We pay for idle servers.")
    assert panel.result.value == first.result.value
    assert panel.head.value == first.head.value


def test_the_learners_objects_are_named_and_a_newer_definition_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    panel = sit()
    newer = type("Door", (Door,), {})
    monkeypatch.setattr("course.notebook.screens.widget._names", lambda: {"Door": newer})
    panel.refresh()
    assert "Door was defined anew since: run this cell again" in words(panel.whose)


def test_an_unwritten_object_is_named_and_the_prediction_stays(room: Path) -> None:
    panel = run(sit(UnwrittenDoor), 5, servers=12)
    assert "NOT MEASURED" in panel.result.value
    assert "UnwrittenDoor.admits is not written yet: finish its exercise to play" in words(panel.result)
    assert panel.predict.value == "5"
    assert not (room / FILE).exists()
    assert "IndexError" in words(run(sit(BrokenDoor), 5, servers=12).result)


def test_what_the_learner_prints_is_shown_escaped() -> None:
    class Loud(Door):
        def admits(self, waiting: int) -> bool:
            if waiting == 0:
                print("<img src=x onerror=alert(1)>")
            return super().admits(waiting)

    html = run(sit(Loud), 5, servers=12).result.value
    assert "&lt;img src=x" in html
    assert "<img" not in html


# ── games ───────────────────────────────────────────────────────────────────────────────────────────────────

GARBAGE = [
    "abc",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "",
    "   ",
    "1e",
    "--3",
    "0x10",
    "True",
    "[1]",
    "10**3",
    "1;2",
    "<script>alert(1)</script>",
    "\ud800",
    "\x00",
    "9" * 5000,
    "ms",
    "five",
    "1 2",
    "½",
    "💥",
]


@pytest.mark.parametrize("typed", GARBAGE)
def test_garbage_in_the_prediction_is_answered_and_never_runs(typed: str, room: Path) -> None:
    panel = run(sit(), typed, servers=12)
    assert panel.run.disabled
    assert words(panel.hint)
    assert "<script" not in panel.hint.value
    assert len(panel.hint.value) < 300
    assert os.listdir(room) == []


@pytest.mark.parametrize("typed", [*GARBAGE[:5], "-1", "<b>"])
def test_garbage_in_give_or_take_stops_the_run_until_it_is_mended(typed: str, room: Path) -> None:
    panel = run(sit(), 5, spread=typed, servers=12)
    assert panel.run.disabled
    assert "give or take" in panel.hint.value
    panel.spread.value = ""
    assert not panel.run.disabled


@pytest.mark.parametrize(
    ("typed", "unit", "number"),
    [
        ("1,200.5", "", 1200.5),
        ("1,200,000", "", 1_200_000),
        ("1,5", "", 1.5),
        ("0,08", "", 0.08),
        ("0,080", "", 0.08),
        ("−12,75 ms", "ms", -12.75),
        ("0,5%", "", 0.005),
        (",5", "", 0.5),
        ("1234,567", "", 1234.567),
        ("1,5e3", "", 1500),
        ("1.200,5", "", 1200.5),
        ("1.500", "", 1.5),
        ("1200", "", 1200),
        ("−3", "", -3),
        ("40 ms", "ms", 40),
        ("40ms", "ms", 40),
        ("1.3×", "×", 1.3),
        ("1.3x", "×", 1.3),
        ("8%", "", 0.08),
        ("8 %", "%", 8),
        ("1e3", "", 1000),
        ("٣", "", 3),
        (".5", "", 0.5),
        ("2 KiB", "KiB", 2),
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str, unit: str, number: float) -> None:
    assert read_number(typed, unit) == pytest.approx(number)


def test_a_number_with_another_unit_is_not_guessed() -> None:
    with pytest.raises(NotANumber):
        read_number("40 s", "ms")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1,500", "“1,500” is 1500 or 1.500: write which"),
        ("12,345 ms", "“12,345” is 12345 or 12.345: write which"),
        ("-1,500", "“-1,500” is -1500 or -1.500: write which"),
    ],
)
def test_a_number_that_can_be_read_twice_is_not_guessed(typed: str, words: str) -> None:
    with pytest.raises(NotANumber, match=re.escape(words)):
        read_number(typed, "ms")


@pytest.mark.parametrize(
    "typed", ["1,2,3", "1,20,000", "1.2.3", "5,", "1,5,", "1.20,5", ",", "1,500,00.5", "1 500"]
)
def test_marks_in_no_known_order_are_no_number(typed: str) -> None:
    with pytest.raises(NotANumber, match="is no number"):
        read_number(typed)


def test_a_double_click_is_one_move_also_where_the_first_passed_the_round(room: Path) -> None:
    for knobs in ({"servers": 9}, {"servers": 12}):
        before = len(saved(room)["moves"]) if (room / FILE).exists() else 0
        panel = run(sit(), 5, **knobs)
        panel.run.click()
        panel.run.click()
        assert len(saved(room)["moves"]) == before + 1


def test_the_same_design_again_is_no_second_try() -> None:
    panel = run(sit(), 12, servers=9)
    panel.predict.value = "65.3"
    assert panel.run.disabled
    assert "This design is measured: change it" in panel.hint.value
    panel.knobs["servers"].value = 10
    assert not panel.run.disabled


def test_knobs_cannot_leave_their_bounds() -> None:
    panel = sit()
    panel.knobs["servers"].value = 10**9
    assert panel.knobs["servers"].value == 60
    with pytest.raises(Exception, match="Invalid selection"):
        panel.knobs["kind"].value = "huge"
    for servers, places in ((1, 0), (1, 200), (60, 0), (60, 200)):
        run(panel, 1e300, servers=servers, places=places)
    assert [outcome.attempt for outcome in panel.table.session.outcomes] == [1, 2, 3, 4]


def test_a_round_cannot_be_played_again_after_it_passed(room: Path) -> None:
    panel = run(sit(), 5, servers=12)
    panel.table.propose(round=1, servers=60, places=1, predict=1)
    assert "▸ 2 Spike" in words(panel.head)
    assert len(saved(room)["moves"]) == 1


def test_two_tabs_with_a_kernel_each_play_one_interview(room: Path) -> None:
    one, two = sit(), sit()
    run(one, 12, servers=9)
    run(one, 5, servers=12)
    run(two, 7, servers=11)
    assert "round 1 is passed and closed; you are in round 2, Spike" in words(two.hint)
    assert "▸ 2 Spike" in words(two.head), "it shows what the other tab did"
    run(two, 5, servers=22, places=20)
    one.refresh()
    assert "▸ 3 Slow" in words(one.head)
    rounds = [move["round"] for move in saved(room)["moves"]]
    assert rounds == [1, 1, 2]
    assert sum(claim.passed for claim in replay_report(SCENARIO, Door).claims) == 2


def test_what_the_widget_sets_itself_is_no_word_of_the_players(monkeypatch: pytest.MonkeyPatch) -> None:
    first = sit()
    first.answer.value, first.notes.value = "in round 1", "320 erlangs"
    written: list[tuple[str, ...]] = []
    for name in ("write", "answer"):
        monkeypatch.setattr(said_before.NotesFile, name, lambda _, *words: written.append(words))
    play(first)
    play(sit(), PLAY[:0])
    assert written == [], "rounds change, fields are emptied and filled"
    first.notes.value = "and more"
    assert written == [("and more",)]


def test_notes_of_two_tabs_do_not_wipe_each_other(room: Path) -> None:
    one, two = sit(), sit()
    one.notes.value = "from one"
    two.answer.value = "from two"
    kept = said_before.NotesFile("day02").now
    assert (kept.text, kept.answers) == ("from one", {"Steady": "from two"})


def test_taking_the_file_away_begins_anew_and_a_spoilt_file_costs_nothing(room: Path) -> None:
    panel = play(sit(), PLAY[:3])
    (room / FILE).write_bytes(b"{")
    run(panel, 0.2, servers=22, places=20)
    assert "▸ 4" in words(panel.head), "this kernel goes on"
    assert "is not JSON" in panel.table.problem
    (room / FILE).unlink()
    fresh = sit(Door)
    fresh.table._store._memory.clear()
    again = sit()
    assert "▸ 1 Steady" in words(again.head)


def test_a_disk_that_cannot_be_written_is_said_and_the_play_goes_on(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = sit()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    run(panel, 12, servers=9)
    assert "attempt 1" in panel.result.value
    panel.notes.value = "kept"
    panel.answer.value = "kept too"
    assert panel.table.notes.now.text == "kept", "until the kernel stops"
    assert "No space left on device" in panel.hint.value
    panel.save.click()
    assert "not written" in panel.saved.value
    monkeypatch.undo()


def test_notes_from_a_file_of_anything_are_data(room: Path) -> None:
    for content in (
        "{",
        "[]",
        "null",
        '{"scenario": "day04"}',
        '{"scenario": "day02", "notes": 3, "answers": [1],'
        ' "asked": [1, {"question": {}}], "before": {"1": 5}, "clock": {"since": true, "spent": 1e999}}',
    ):
        (room / said_before.FILE).write_text(content)
        panel = play(sit(), PLAY[:1])
        assert panel.notes.value == ""
        (room / FILE).unlink()
    (room / said_before.FILE).write_text(
        json.dumps(
            {
                "scenario": "day02",
                "notes": "<script>alert(1)</script>",
                "answers": {"Steady": "<script>alert(2)</script>"},
            }
        )
    )
    panel = sit()
    assert panel.notes.value.startswith("<script>"), "a text area shows it as text"
    assert "<script>" not in everything(panel)


def test_an_error_in_a_handler_is_said_in_the_widget(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = sit()
    monkeypatch.setattr(panel.table, "move", lambda *_: 1 / 0)
    run(panel, 5, servers=12)
    assert "This went wrong: ZeroDivisionError" in panel.hint.value


# ── what is said besides ────────────────────────────────────────────────────────────────────────────────────


def test_what_will_break_and_give_or_take_are_kept_with_their_move_and_out_of_the_moves(room: Path) -> None:
    panel = run(sit(), 60, spread="10", breaks="wait_ms", servers=9)
    text = words(panel.result)
    assert "give or take 10 ms: the interval held the measurement" in text
    assert "you said that mean wait breaks first: so it was" in text
    assert saved(room)["moves"] == [
        {"round": 1, "design": {"servers": 9, "places": 200, "kind": "plain"}, "predict": 60.0}
    ]
    assert panel.breaks.value == ""
    run(panel, 5, breaks="nothing", servers=12)
    assert "you said that nothing will break: so it was" in words(panel.result)


def test_choices_of_what_breaks_are_the_promises_that_bind() -> None:
    panel = sit()
    assert dict(panel.breaks.options) == {
        "not said": "",
        "nothing: every promise holds": "nothing",
        "mean wait": "wait_ms",
        "requests refused": "shed",
        "cost": "cost",
    }


def test_a_question_is_answered_in_the_talk_and_can_be_asked_once_before_the_first_run() -> None:
    panel = sit()
    panel.asks["Are arrivals even?"].click()
    assert "You Are arrivals even? Interviewer No: independent of each other." in words(panel.before)
    assert "iw-hidden" in panel.asks["Are arrivals even?"]._dom_classes
    assert "iw-hidden" not in panel.asks["May I refuse?"]._dom_classes
    run(panel, 5, servers=12)
    assert "iw-hidden" in panel.asking._dom_classes


def test_the_clock_runs_pauses_and_survives_a_restart() -> None:
    time = Time()
    panel = sit(now=time)
    assert "The clock is yours to start" in panel.clock.value
    panel.start.click()
    time.seconds += 61
    panel.refresh()
    assert 'aria-label="1 of 55 minutes, clarify"' in panel.clock.value
    assert "animation-delay:-61.0s" in panel.clock.value
    time.seconds += 5 * 60
    again = sit(now=time)
    assert 'aria-label="6 of 55 minutes, requirements"' in again.clock.value
    again.start.click()
    time.seconds += 3600
    again.refresh()
    assert "6 of 55 minutes" in again.clock.value
    assert "paused" in again.clock.value
    again.start.click()
    time.seconds += 3600
    again.refresh()
    assert "55 of 55 minutes, over" in again.clock.value
    again.reset.click()
    assert "The clock is yours to start" in again.clock.value


def test_a_real_round_has_the_minutes_of_the_facts() -> None:
    from course import facts

    assert facts.ROUND_DESIGN_MINUTES.value * 60 == SECONDS
    assert [phase.name for phase in PHASES] == [
        "clarify",
        "requirements",
        "high-level design",
        "drill",
        "constraints",
        "wrap-up",
    ]


def test_the_transcript_is_written_on_request(room: Path) -> None:
    panel = play(sit())
    panel.save.click()
    assert (
        "written beside the notebook: interview-transcript.md and interview-transcript.json"
        in panel.saved.value
    )
    assert (room / "interview-transcript.md").read_text().startswith("# A pool of servers")
    data = json.loads((room / "interview-transcript.json").read_text())
    assert (data["finished"], len(data["moves"]), len(data["rounds"])) == (True, 7, 5)


# ── how it is shown ─────────────────────────────────────────────────────────────────────────────────────────


def test_every_part_is_well_formed_and_says_its_state_in_words() -> None:
    panel = sit()
    for move in PLAY:
        play(panel, [move])
        assert unbalanced(everything(panel)) == []
        shown = words(panel.result)
        assert ("HELD" in shown) != ("BROKE" in shown)
        assert shown.count("BROKE FIRST") == ("BROKE" in shown)
        for svg in re.findall(r'<svg [^>]*role="img"[^>]*>', panel.result.value):
            assert re.search(r'aria-label="[^"]+ slack [^"]+"', svg), "each plot row in words"


def test_it_is_small_enough_to_come_at_once() -> None:
    import ipywidgets

    before = len(ipywidgets.widgets.widget._instances)
    panel = play(sit())
    made = len(ipywidgets.widgets.widget._instances) - before
    assert made <= 75, "each is a message before the first picture"
    panel.refresh()
    assert len(everything(panel)) < 60_000
    panel.close()
    assert len(ipywidgets.widgets.widget._instances) - before < 50, "layouts are shared, the rest is closed"


@pytest.mark.parametrize(
    ("knob", "kind"),
    [
        (Knob("a", "a", (1, 400, True), default=3), "BoundedIntText"),
        (Knob("a", "a", (0.0, 0.5, False), default=0.1), "BoundedFloatText"),
        (Knob("a", "a", (0, 1.1, 2), default=2), "RadioButtons"),
        (Knob("a", "a", tuple(range(9)), default=2), "Dropdown"),
        (Knob("a", "a", ("x", "y"), default="y", unit="ms"), "RadioButtons"),
    ],
)
def test_each_kind_of_knob_has_its_control(knob: Knob, kind: str) -> None:
    field = control(knob)
    assert (type(field).__name__, field.value) == (kind, knob.default)
    span = f", {knob.span[0]:g} to {knob.span[1]:g}" if knob.span else ""
    assert field.description == ("a (ms)" if knob.unit else "a") + span, "a name that a screen reader says"


@pytest.mark.parametrize(
    ("low", "high", "step"), [(0.0, 3600.0, 1), (0.0, 0.5, 0.001), (1.0, 2.0, 0.001), (0.0, 100.0, 0.1)]
)
def test_the_steps_of_a_number_reach_the_values_that_people_name(
    low: float, high: float, step: float
) -> None:
    assert control(Knob("a", "a", (low, high, False), default=low)).step == pytest.approx(step)


# ── in a kernel ─────────────────────────────────────────────────────────────────────────────────────────────

VIEW = "application/vnd.jupyter.widget-view+json"


def test_a_notebook_holds_the_widget_and_beside_it_the_same_play_as_a_page(room: Path) -> None:
    outputs = run_notebook(room, PLAY[:2])[0].outputs
    widget, page = outputs[-2:]
    assert set(widget.data) == {VIEW, "text/plain"}
    assert widget.data["text/plain"] == ""
    assert 'class="iw-still"' in page.data["text/html"]
    assert "round 2 of 5: Spike" in page.data["text/plain"]


def test_a_converted_notebook_shows_the_page(room: Path) -> None:
    import nbformat
    from nbconvert import HTMLExporter

    cells = run_notebook(room, PLAY[:2])
    html, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    assert "round 2 of 5: Spike" in html
    assert VIEW not in html


@pytest.mark.parametrize("variable", ["NBGRADER_EXECUTION", "COURSE_GATE"])
def test_where_a_grader_or_a_gate_runs_it_is_text_and_needs_no_ipywidgets(
    variable: str, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "autograde")
    outputs = run_notebook(room, PLAY[:1])[0].outputs
    assert [output.output_type for output in outputs] == ["display_data", "execute_result"]
    assert set(outputs[-1].data) == {"text/plain", "text/html"}


def test_without_ipywidgets_the_table_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.delitem(sys.modules, "course.notebook.screens.widget", raising=False)
    monkeypatch.setattr("course.notebook.screens.interview.in_a_notebook", lambda: True)
    table = Table(SCENARIO, Door)
    with pytest.raises(NotImplementedError):
        table._ipython_display_()
    assert "round 1 of 5" in repr(table)


def test_the_notebook_package_stays_light() -> None:
    code = "import course.notebook, course.interview, sys; print([m for m in ('ipywidgets', 'IPython', 'anthropic', 'asyncio') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
