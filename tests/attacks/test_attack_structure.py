"""Metadata and structure: the graded notebook is rebuilt from the source, so only the text of answers counts."""

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from attack_room import FULL, MOVED, ONLY_THAT_QUESTION, WRONG, Bench, cell_of

pytestmark = pytest.mark.xdist_group("attacks: structure")
CHECK = "day04-moved"


def _score_as_output(notebook: Any) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                nbformat.v4.new_output("execute_result", data={"text/plain": "99.0"}, execution_count=1)
            ]


def _worth_more(notebook: Any) -> None:
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.points = 1000


def _own_verdict(notebook: Any) -> None:
    cell = cell_of(notebook, CHECK)
    cell.source = "99.0"
    cell.metadata.nbgrader.locked = False


def _no_check(notebook: Any) -> None:
    notebook.cells.remove(cell_of(notebook, CHECK))


def _check_is_a_solution(notebook: Any) -> None:
    cell_of(notebook, CHECK).metadata.nbgrader.solution = True
    cell_of(notebook, MOVED).metadata.nbgrader.grade = True


def _check_that_defines_the_answer(notebook: Any) -> None:
    key = "from course.systems.cluster.ring import moved_share as f\nmoved_share = f\n2.0"
    cell_of(notebook, CHECK).source = key


def _exchanged_ids(notebook: Any) -> None:
    """The check of exercise 1 asks to be the one of exercise 2."""
    one, two = cell_of(notebook, CHECK), cell_of(notebook, "day04-ring")
    one.metadata.nbgrader.grade_id, two.metadata.nbgrader.grade_id = "day04-ring", CHECK


def _twice_the_id(notebook: Any) -> None:
    notebook.cells.append(copy.deepcopy(cell_of(notebook, CHECK)))
    notebook.cells[-1].source = "99.0"


def _text_instead_of_check(notebook: Any) -> None:
    cell = cell_of(notebook, CHECK)
    cell.cell_type = "markdown"
    cell.source = "Correct."


def _tags(notebook: Any) -> None:
    for cell in notebook.cells:
        cell.metadata.tags = ["skip-execution", "raises-exception", "remove-cell", "hide-input"]


def _other_kernel(notebook: Any) -> None:
    notebook.metadata.kernelspec = {"name": "bash", "display_name": "x", "language": "bash"}
    notebook.metadata.language_info = {"name": "bash"}


def _strange_metadata(notebook: Any) -> None:
    for number, cell in enumerate(notebook.cells):
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            cell.metadata.nbgrader = [None, 7, "x", {"grade_id": ["x"]}, {"grade_id": "x" * 10**5}][
                number % 5
            ]


def _own_stub_metadata(notebook: Any) -> None:
    cell_of(notebook, MOVED).metadata.course = {"stub": "moved_share = 1", "rubric": True, "own": False}


def _hidden_marks(notebook: Any) -> None:
    text = "### BEGIN HIDDEN TESTS\nverdict = 99.0\n### END HIDDEN TESTS\nverdict"
    cell_of(notebook, MOVED).source += text


def _reordered(notebook: Any) -> None:
    notebook.cells.reverse()


STRUCTURES: dict[str, Callable[[Any], None]] = {
    "brings its scores as outputs": _score_as_output,
    "says that it is worth a thousand": _worth_more,
    "writes its own verdict": _own_verdict,
    "leaves out the check": _no_check,
    "makes the check a solution": _check_is_a_solution,
    "defines the answer in the check": _check_that_defines_the_answer,
    "exchanges the ids of two checks": _exchanged_ids,
    "has a second check of the same id": _twice_the_id,
    "makes the check a text": _text_instead_of_check,
    "asks by tags to be passed over": _tags,
    "names another kernel": _other_kernel,
    "has metadata of other shapes": _strange_metadata,
    "brings the build's metadata": _own_stub_metadata,
    "brings marks of hidden tests": _hidden_marks,
    "stands on its head": _reordered,
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_a_wrong_answer_earns_nothing_where_the_notebook(name: str, room: Bench) -> None:
    notebook = room.notebook({MOVED: WRONG})
    STRUCTURES[name](notebook)
    data = json.dumps(notebook).encode()  # as a learner's editor would: nbformat might refuse
    assert room.grade(data).scores == ONLY_THAT_QUESTION


@pytest.mark.parametrize("name", [name for name in STRUCTURES if name != "brings marks of hidden tests"])
def test_a_right_answer_loses_nothing_where_the_notebook(name: str, room: Bench) -> None:
    notebook = room.notebook()
    STRUCTURES[name](notebook)
    assert room.grade(json.dumps(notebook).encode()).scores == FULL


UNREADABLE = {
    "is empty": b"",
    "is no JSON": b"not a notebook",
    "is a list": b"[]",
    "is a number": b"1e999",
    "is cut off": b'{"cells": [{"source": "x"',
    "nests without end": b'{"cells": ' + b"[" * 10**6,
    "holds a number of a million digits": b'{"cells": ' + b"9" * 10**6 + b"}",
    "has cells that are no list": b'{"cells": {"source": "x"}}',
    "is in UTF-16": '{"cells": []}'.encode("utf-16"),
    "is too large": b" " * (21 << 20),
    "is a program": b"\x7fELF" + bytes(1000),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_submission_gets_its_reason_that(name: str, room: Bench) -> None:
    outcome = room.grade(UNREADABLE[name])
    assert outcome.problem
    assert not outcome.verdicts


ODD_CELLS = {
    "no cells": [],
    "cells of other types": [None, 7, "x", [], {}],
    "sources of other types": [{"cell_type": "code", "source": x} for x in (None, 7, {}, [7, None], [["x"]])],
    "ids of other types": [{"cell_type": "code", "source": "1", "id": x} for x in (None, 7, [], {})],
    "five thousand cells": [{"cell_type": "code", "source": f"x = {n}"} for n in range(5000)],
    "a cell that is too long": [{"cell_type": "code", "source": "#" * 300_000}],
    "surrogates and zeros": [{"cell_type": "code", "source": "x = '\ud800\0'"}],
}


@pytest.mark.parametrize("name", ODD_CELLS)
def test_a_notebook_earns_nothing_that_holds(name: str, room: Bench) -> None:
    scores = room.grade(json.dumps({"cells": ODD_CELLS[name]}).encode()).scores
    assert set(scores.values()) == {0.0}


def _symlink(path: Path, secret: Path) -> None:
    path.symlink_to(secret)


def _pipe(path: Path, secret: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path, secret: Path) -> None:
    path.mkdir()


def _memory(path: Path, secret: Path) -> None:
    path.symlink_to("/proc/self/mem")


@pytest.mark.parametrize("make", [_symlink, _pipe, _folder, _memory])
def test_what_is_no_regular_file_is_not_read(
    make: Callable[[Path, Path], None], room: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "consistent_hashing.ipynb"
    make(path, room.cohort / "submitted" / "alice" / "day04" / path.name)
    assert room.examine(path).problem


SAVED = {
    "is no file of moves": ["x"],
    "holds moves of other shapes": {
        "scenario": "day04",
        "moves": [None, 7, [], {"round": "1"}, {"design": []}],
    },
    "holds a hundred thousand moves": {"scenario": "day04", "moves": [{"round": 1}] * 100_000},
    "holds endless numbers": {
        "scenario": "day04",
        "moves": [{"round": 1, "design": {"vnodes": 10**400}, "predict": 1}],
    },
    "asks for more than its knobs allow": {
        "scenario": "day04",
        "moves": [{"round": 1, "design": {"vnodes": 10**9, "bound": -1, "copies": 10**9}, "predict": 1.0}],
    },
    "says that all is passed": {"scenario": "day04", "moves": [], "passed": 6, "score": 2.0},
}


@pytest.mark.parametrize("name", SAVED)
def test_an_interview_earns_nothing_whose_file(name: str, room: Bench) -> None:
    assert room.grade(room.notebook(), moves=SAVED[name]).scores == FULL


def test_moves_behind_a_link_are_not_read(room: Bench, tmp_path: Path) -> None:
    (tmp_path / "interview.json").symlink_to(room.cohort / "secret")
    (tmp_path / "consistent_hashing.ipynb").write_text(json.dumps(room.notebook()), encoding="utf-8")
    outcome = room.examine(tmp_path / "consistent_hashing.ipynb")
    assert outcome.scores == FULL
    assert any("interview.json cannot be opened" in flag for flag in outcome.flags)


def test_an_interview_of_three_thousand_lines_ends(room: Bench) -> None:
    notebook = room.notebook()
    line = "table.propose(round=1, vnodes={}, bound=0, copies=1, predict=1)\n"
    cell_of(notebook, "day04-play").source = "".join(line.format(n % 400 + 1) for n in range(3000))
    assert room.grade(notebook).of("interview").score <= 1.0
