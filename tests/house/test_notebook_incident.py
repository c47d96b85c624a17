"""An incident drill in a notebook: looked at, named, kept, and another cause the next time. A second."""

import json
from html import unescape
from pathlib import Path

import pytest
from well_formed import unbalanced

from course.interview.incident import Cause, Graph, Incident
from course.notebook import investigate
from course.notebook.incidents import FILE, Drill, plays
from course.notebook.screens.investigator import Investigator
from course.notebook.state import state

CASE = Incident(
    "day09",
    "14:02",
    "It is slow <now>.",
    "a thousand requests",
    (Graph("queue", 1.0), Graph("errors & faults", 0.002, digits=3), Graph("traffic", 5.0, "a second")),
    (
        Cause("retries", {"queue": 9.0, "errors & faults": 0.4}, "stop them"),
        Cause("a slow disk", {"queue": 9.0}, "replace it"),
        Cause("a lost route", {"traffic": 1.0}, "announce it"),
    ),
)


def begun() -> Drill:
    drill = investigate(CASE)
    assert isinstance(drill, Drill)
    return drill


def finish(drill: Drill) -> str:
    for graph in CASE.graphs:
        drill.look(graph.name)
    cause = drill.play.cause.name
    graph = "traffic" if cause == "a lost route" else "errors & faults"
    return drill.name(cause, refuted_by=graph).text()


def test_lines_of_text_play_it_to_the_end_and_it_is_kept(work: Path) -> None:
    drill = begun()
    assert "costs five" in repr(drill)
    assert "queue: 1, then" in drill.look("queue").text()
    assert "there is no graph" in drill.look("nothing").text()
    assert "nobody has looked at" in drill.name("retries", refuted_by="traffic").text()
    assert not (state() / FILE).exists()
    assert "NAMED AND PROVED" in finish(drill)
    assert "What mends it" in repr(drill)
    line = json.loads((state() / FILE).read_text())
    assert (line["incident"], line["minutes"], line["proved"], line["names"]) == ("day09", 3, True, 1)


def test_the_next_play_meets_another_cause_until_all_were_met(work: Path) -> None:
    met = []
    for number in range(len(CASE.causes)):
        assert plays(CASE) == number
        drill = begun()
        met.append(drill.play.cause.name)
        finish(drill)
    assert sorted(met) == sorted(cause.name for cause in CASE.causes)


def test_a_wrong_name_is_said_and_costs(work: Path) -> None:
    drill = begun()
    drill.look("queue")
    wrong = next(cause.name for cause in CASE.causes if cause.name != drill.play.cause.name)
    assert "WRONG" in drill.name(wrong, refuted_by="queue").text()
    assert drill.play.minutes == 6
    assert not (state() / FILE).exists()


def test_where_a_grader_runs_there_is_no_drill(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert investigate(CASE) is None


def test_the_widget_does_what_the_lines_do(work: Path) -> None:
    drill = begun()
    panel = Investigator(drill)
    drill.changed = panel.refresh
    panel.refresh()
    assert "iw-hidden" in panel.naming._dom_classes, "nothing can be named before anything was seen"
    panel.go.click()
    assert "Choose a cause" in panel.hint.value
    for button in panel.graphs:
        button.click()
        assert button.disabled
    assert drill.play.minutes == 3
    assert unescape(panel.seen.value).count("then") >= 3
    panel.cause.value = drill.play.cause.name
    panel.proof.value = "traffic" if drill.play.cause.name == "a lost route" else "errors & faults"
    panel.go.click()
    assert "NAMED AND PROVED" in panel.end.value
    assert "iw-hidden" in panel.naming._dom_classes
    for each in (panel.head, panel.seen, panel.end, panel.hint):
        assert unbalanced(each.value) == []
