"""Before the knobs and drill cards in the widget: its real ipywidgets objects, typed into and clicked. Two seconds."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from interview_queue import DESIGNS, Door, UnwrittenDoor
from test_interview_before import WHOLE
from well_formed import unbalanced

from course.interview.before import LOCKED, SKIPPED
from course.notebook.screens.table import Table
from course.notebook.screens.widget import Panel


class Time:
    seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("NBGRADER_EXECUTION", "COURSE_GATE", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sit(*objects: object, now: Time | None = None) -> Panel:
    table = Table(WHOLE, *(objects or (Door,)), reference=(Door,), now=now or Time())
    panel = Panel(table, now=table.plan.now)
    panel.refresh()
    return panel


def shown(widget: Any) -> bool:
    return "iw-hidden" not in widget._dom_classes


def words(part: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part.value)).split())


def fields(panel: Panel) -> Any:
    assert panel.planner is not None
    return panel.planner


def test_it_opens_with_four_fields_and_no_knob() -> None:
    panel = sit()
    assert shown(fields(panel).root)
    assert not shown(panel.columns)
    assert [field.description for field in fields(panel).numbers.values()] == [
        "busy servers, servers",
        "cost, $/h",
        "requests a day, requests",
    ]


def test_what_is_written_is_kept_at_once_drawn_and_answered(room: Path) -> None:
    panel = sit()
    planner = fields(panel)
    planner.begin.click()
    planner.texts["path"].value = "client -> queue ×2"
    assert "<svg" in planner.picture.value
    assert unbalanced(planner.picture.value) == []
    planner.texts["clarify"].value = "How long does a request take?"
    assert "A tenth of a second" in words(planner.answers)
    planner.numbers["cost"].value = "dear"
    assert "cost: “dear” is no number" in words(planner.hint)
    planner.numbers["cost"].value = "11"
    assert words(planner.hint) == ""
    kept = json.loads((room / "interview-notes.json").read_text())["plan"]
    assert (kept["path"], kept["estimates"], kept["since"]) == (
        "client -> queue ×2",
        {"cost": 11.0},
        1_000_000.0,
    )
    again = fields(sit())
    assert (again.texts["path"].value, again.numbers["cost"].value) == ("client -> queue ×2", "11")


def test_locked_the_knobs_are_there_and_the_reference_stands_beside() -> None:
    time = Time()
    panel = sit(now=time)
    fields(panel).texts["data"].value = "f(a: int) -> b"
    time.seconds += 400
    fields(panel).lock.click()
    assert panel.table.plan.plan.state == LOCKED
    assert not shown(fields(panel).root)
    assert shown(panel.columns)
    assert "Estimates in 6:40: 0 of 3 right" in words(panel.beside)
    assert unbalanced(panel.beside.value) == []


def test_skipped_the_knobs_are_there_and_it_is_kept() -> None:
    panel = sit()
    fields(panel).skip.click()
    assert panel.table.plan.plan.state == SKIPPED
    assert shown(panel.columns)
    assert "skipped" in words(panel.beside)


def test_a_line_of_text_shows_in_the_widget() -> None:
    panel = sit()
    panel.table.before(path="client -> queue")
    assert "<svg" in fields(panel).picture.value
    panel.table.lock()
    assert shown(panel.columns)


def passed_first(panel: Panel) -> Panel:
    fields(panel).skip.click()
    panel.knobs["servers"].value = 9
    panel.predict.value = "5"
    panel.run.click()
    panel.knobs["servers"].value = 12
    panel.predict.value = "5"
    panel.run.click()
    return panel


def test_a_card_comes_after_a_passed_round_and_is_answered_once() -> None:
    time = Time()
    panel = passed_first(sit(now=time))
    driller = panel.driller
    assert shown(driller.asked)
    assert "Ten times?" in words(driller.card)
    assert [shown(field) for field in (driller.before, driller.after, driller.breaks)] == [False, False, True]
    driller.text.value = "the queue"
    driller.answer.click()
    assert "breaks is ''; give it one of" in words(driller.hint)
    driller.breaks.value = "wait_ms"
    time.seconds += 41
    driller.answer.click()
    assert not shown(driller.asked)
    assert "Your answer, after 41 s" in words(driller.met)
    assert "The wait." in words(driller.met)


def test_the_reference_is_lent_after_three_failed_runs_and_its_move_is_marked() -> None:
    panel = sit(UnwrittenDoor)
    fields(panel).skip.click()
    for servers in (10, 11, 12):
        assert not shown(panel.lend)
        panel.knobs["servers"].value = servers
        panel.predict.value = "5"
        panel.run.click()
    assert shown(panel.lend)
    panel.lend.value = True
    panel.run.click()
    assert panel.table.session.outcomes[-1].on_reference
    assert "measured on the course's implementation" in words(panel.result)
    assert not panel.lend.value
    assert not shown(panel.lend)


def test_a_widget_that_gave_way_says_why_it_is_text_now() -> None:
    panel = sit()

    class Output:
        shown = ""

        def update(self, still: Any) -> None:
            self.shown = still.page.text()

    panel.still = Output()
    panel.close()
    assert "it goes on there. Run this cell to bring it back here." in " ".join(panel.still.shown.split())


def test_every_design_of_the_reference_is_played_to_the_end() -> None:
    panel = sit()
    fields(panel).skip.click()
    for design in DESIGNS.values():
        for name, value in design.items():
            panel.knobs[name].value = value
        panel.predict.value = "5"
        panel.run.click()
    assert panel.table.session.state.done
    assert "all 5 rounds passed" in words(panel.scorecard)
    assert unbalanced(panel.scorecard.value) == []
