"""Words that take an endless time to read or to show: a few characters, again and again, cost no more than their length."""

import base64
import os
import time
from typing import Any

import pytest
from attack_room import BOUNDED, MOVED, RING, WRONG, Bench, cell_of
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograde.graded import graded_notebook
from autograde.grading import nbgrader_api
from autograde.pages import FeedbackPage, clean, safe_markdown
from autograde.submission import MAX_SOURCE, read_submission
from course.build.notebooks import to_bytes

pytestmark = pytest.mark.xdist_group("attacks: slow words")

SPOKEN = "day04-spoken-1"
PATTERNS = [
    "![",
    '<img src="',
    '<img src="attachment:x" ',
    "![a](",
    "![](",
    "![a](b ",
    "x\n\n",
    "<style ",
    "a\n",
    "[",
    "> ",
    "**a",
    "`a",
    "$a ",
    "$$ a",
    "\\\\(",
    "<a ",
    "<b>",
    "&",
    "|a|b|\n",
    "\\begin{a}",
    "<!--",
    "[a]: ",
    "<![CDATA[",
    "~~a",
    "http://a.",
    "a.",
    "'''",
    "%%html\n<a ",
    "f'{",
    "\\",
    "@a ",
    "((",
    " ",
]
SECONDS = 8.0
"""Processor seconds. The slow ones took minutes to hours at this length, the others take at most two."""


def spent(work: Any, *them: Any) -> float:
    before = time.process_time()
    work(*them)
    return time.process_time() - before


@pytest.mark.parametrize("pattern", PATTERNS)
def test_an_answer_in_words_is_read_and_shown_in_a_time_that_grows_with_it(pattern: str, room: Bench) -> None:
    text = pattern * (MAX_SOURCE // len(pattern))
    notebook = room.notebook()
    cell_of(notebook, SPOKEN).source = text
    question = notebook.cells[notebook.cells.index(cell_of(notebook, SPOKEN)) - 1]
    question.source += "\n\n" + text
    notebook.cells.append(new_markdown_cell(text))
    outcome: list[Any] = []
    assert spent(lambda: outcome.append(read(room, notebook))) < SECONDS
    assert text.strip()[:20] in outcome[0].spoken[SPOKEN].text
    assert spent(safe_markdown, {"cell": {}}, text) < SECONDS
    assert spent(clean, pattern * (20_000 // len(pattern))) < SECONDS


def test_code_is_shown_in_a_time_that_grows_with_it(room: Bench) -> None:
    """Colouring `a.a.a.…` takes time with the square of its line."""
    notebook = room.notebook(
        {MOVED: "a." * (MAX_SOURCE // 2), RING: "'''" * 9_000, BOUNDED: "%%html\n" + "<a " * 9_000}
    )
    notebook.cells += [new_code_cell(pattern * (15_000 // len(pattern))) for pattern in PATTERNS]
    made = graded_notebook(room.built, read(room, notebook), [])
    assert spent(page, made) < 5 * SECONDS


def test_names_without_number_are_looked_up_once(room: Bench) -> None:
    """The examiner asks of each own cell, for each check, what it may do to the answers."""
    many = "\n".join(f"a{number} = {number}" for number in range(8_000))
    notebook = room.notebook({MOVED: WRONG}, own=[many] * 8)
    assert spent(room.grade, notebook) < SECONDS


def test_a_long_answer_with_a_picture_typed_into_it_is_rendered(room: Bench) -> None:
    """Length is that of words: a picture that was pasted as text is long."""
    picture = base64.b64encode(os.urandom(60_000)).decode()
    assert "<img" in safe_markdown({"cell": {}}, f"Here: ![mine](data:image/png;base64,{picture})")
    assert "<strong>" in safe_markdown({"cell": {}}, "A **word** more. " * 1_000)
    assert safe_markdown({"cell": {}}, "A **word** more. " * 10_000).startswith("<pre>A **word** more.")


def read(room: Bench, notebook: Any) -> Any:
    path = room.cohort.parent / "slow" / "consistent_hashing.ipynb"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(to_bytes(notebook))
    return read_submission(path, room.built)


def page(notebook: Any) -> str:
    """The notebook as its feedback page."""
    from nbgrader.converters import GenerateFeedback

    api = nbgrader_api()
    config = GenerateFeedback(coursedir=api.coursedir, parent=api).config
    totals = {"notebook": "x", "score": 0, "max_score": 0, "late_penalty": 0}
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)  # its points are in no gradebook here
    shown, _ = FeedbackPage(config=config).from_notebook_node(notebook, {"nbgrader": totals})
    return str(shown)
