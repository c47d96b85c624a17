"""Of a key and a released notebook, what stands in both before the first exercise is run once, and nothing else is shared."""

from collections.abc import Sequence
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook

from course.build.days import ROOMS
from course.build.trial import NotebookTrial, Trials
from course.syllabus import find


def notebook(cells: Sequence[str], answer: str, *after: str) -> Any:
    exercise = new_code_cell(answer, metadata={"nbgrader": {"grade_id": "day04-answer-code"}})
    return new_notebook(cells=[*map(new_code_cell, cells), exercise, *map(new_code_cell, after)])


def run(key: Any, released: Any) -> tuple[NotebookTrial, NotebookTrial]:
    with Trials(find(4), ROOMS) as trials:
        return trials.notebooks(key, released)


def errors(trial: NotebookTrial) -> list[str]:
    return [cell.error for cell in trial.cells.values()]


WRITES = "import os\nopen('runs', 'a').write('.')\nruns = []"
LINES = "assert open('runs').read() == '.', open('runs').read()\nruns.append(1)\nassert runs == [1], runs"


def test_what_is_the_same_runs_once_and_each_goes_on_by_itself() -> None:
    same = (WRITES, "first = 1")
    key, released = run(
        notebook(same, "answer = 2", LINES, "assert answer == 2", "assert 'COURSE_GATE' in os.environ"),
        notebook(same, "other = 3", LINES, "assert other == 3", "assert 'COURSE_GATE' not in os.environ"),
    )
    assert (errors(key), key.broken) == ([""] * 6, "")
    assert (errors(released), released.broken) == ([""] * 6, "")


def test_what_rests_on_another_guess_is_the_key_s_own() -> None:
    rest = ("half = guess / 2 if guess else None", "shown = half and 1 / (half - 1)", "plain = 5")
    key, released = run(
        notebook(["guess = 2", *rest], "answer = plain"), notebook(["guess = None", *rest], "answer = plain")
    )
    assert errors(released) == [""] * 5
    assert sorted(errors(key)) == ["", "", "", "", "ZeroDivisionError: float division by zero"]


def test_names_of_the_released_notebook_are_none_of_the_key_s() -> None:
    key, released = run(
        notebook(["a = 1"], "answer = 2", "print(late)"), notebook(["a = 1"], "late = 2", "print(late)")
    )
    assert errors(released) == ["", "", ""]
    assert errors(key)[-1] == "NameError: name 'late' is not defined"


def test_a_notebook_that_ends_its_process_says_where() -> None:
    key, released = run(
        notebook(["a = 1"], "import os; os._exit(3)", "b = 2"), notebook(["a = 1"], "pass", "b = 2")
    )
    assert key.broken == "it ended with status 3 (at day04-answer-code)"
    assert (errors(released), released.broken) == (["", "", ""], "")
    key, released = run(*[notebook(["import os; os._exit(3)"], "pass")] * 2)
    assert key.broken == released.broken != ""
