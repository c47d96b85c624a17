"""An instructor's own assignment beside the days: made, handed in, graded in the sandbox with nbgrader's own semantics, returned
and exported; and what is set for it changes no day."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course.checking.seeds import ROOT

pytestmark = pytest.mark.xdist_group("own assignment")

OPTIONS = """
c.IncludeHeaderFooter.header = "solutions/header.ipynb"
c.ClearSolutions.text_stub = "WRITE HERE"
c.ClearSolutions.code_stub = {"python": "# write here"}
c.Execute.timeout = 4
"""


def graded(source: str, grade_id: str, points: float = 2, **more: bool) -> Any:
    grader = {
        "grade": True,
        "grade_id": grade_id,
        "locked": True,
        "points": points,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    make = new_markdown_cell if more.pop("markdown", False) else new_code_cell
    return make(source, metadata={"nbgrader": grader | more})


def answer(source: str, grade_id: str) -> Any:
    grader = {
        "grade": False,
        "grade_id": grade_id,
        "locked": False,
        "schema_version": 3,
        "solution": True,
        "task": False,
    }
    return new_code_cell(source, metadata={"nbgrader": grader})


SOURCE = [
    answer("### BEGIN SOLUTION\nx, name = 40, 'Ada'\n### END SOLUTION", "x"),
    graded("assert x == 40\n### BEGIN HIDDEN TESTS\nassert name\n### END HIDDEN TESTS", "asserts"),
    graded("x / 40 * 2", "partial"),
    graded("import sys; print(x, file=sys.stderr) if x != 40 else None", "stderr"),
    graded("### AUTOTEST x", "autotest"),
    graded("open('data.txt').read() and open('left.txt', 'w').write(str(x))\nNone", "files"),
    graded(
        "### BEGIN SOLUTION\nbecause\n### END SOLUTION", "why", 3, markdown=True, solution=True, locked=False
    ),
]
SPY = """
import os
x, name = 20, 'Mallory'
seen = [p for p in (%r, %r, '/etc/passwd') if os.path.exists(p)]
try:
    import socket; socket.socket(); seen.append('network')
except OSError:
    pass
print('seen', seen)
"""


class Folder:
    """A course folder with the repository's configuration, an instructor's options under it, and one own assignment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copy(ROOT / "nbgrader_config.py", path)
        with (path / "nbgrader_config.py").open("a", encoding="utf-8") as file:
            file.write(OPTIONS)
        for name in ("solutions", "notebooks"):
            shutil.copytree(ROOT / name / "day04", path / name / "day04")
        (path / "solutions" / "ps1").mkdir()
        nbformat.write(
            new_notebook(cells=[new_markdown_cell("HEADER OF MINE")]), path / "solutions" / "header.ipynb"
        )
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(new_notebook(cells=SOURCE, metadata=kernel), path / "solutions" / "ps1" / "p1.ipynb")
        (path / "solutions" / "ps1" / "data.txt").write_text("data")
        shutil.copy(AUTOTESTS, path / "autotests.yml")

    def nbgrader(self, *arguments: str) -> str:
        alone = {name: value for name, value in os.environ.items() if not name.startswith("COURSE_")}
        command = [str(Path(sys.executable).with_name("nbgrader")), *arguments]
        done = subprocess.run(command, cwd=self.path, env=alone, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def hand_in(self, student: str, x: str) -> None:
        folder = self.path / "cohort" / "submitted" / student / "ps1"
        folder.mkdir(parents=True)
        notebook = nbformat.read(self.path / "notebooks" / "ps1" / "p1.ipynb", as_version=4)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "x" and x:
                cell.source = x
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "why" and x:
                cell.source = "Because of the cache."
        nbformat.write(notebook, folder / "p1.ipynb")

    def scores(self, student: str) -> dict[str, tuple[float | None, bool]]:
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.path / 'cohort' / 'gradebook.db'}") as book:
            grades = book.find_submission_notebook("p1", "ps1", student).grades
            return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in grades}


AUTOTESTS = Path(nbformat.__file__).parents[1] / "nbgrader" / "tests" / "apps" / "files" / "autotests.yml"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    course = Folder(tmp_path_factory.mktemp("course"))
    course.nbgrader("generate_assignment", "ps1")
    course.nbgrader("generate_assignment", "day04")
    course.hand_in("ada, countess", "x, name = 40, 'Ada'")
    course.hand_in("half", "x, name = 20, 'Bea'")
    course.hand_in("blank", "")
    course.hand_in("spy", SPY % (str(ROOT / "solutions"), str(course.path / "cohort")))
    course.hand_in("endless", "x, name = 40, 'Cyd'\nwhile True: pass")
    course.nbgrader("autograde", "ps1")
    course.nbgrader("generate_feedback", "ps1")
    course.nbgrader("export")
    return course


def test_it_is_made_with_header_stubs_and_autotest(course: Folder) -> None:
    released = nbformat.read(course.path / "notebooks" / "ps1" / "p1.ipynb", as_version=4)
    text = {cell.metadata.get("nbgrader", {}).get("grade_id", ""): cell.source for cell in released.cells}
    assert released.cells[0].source == "HEADER OF MINE"
    assert (text["x"], text["why"]) == ("# write here", "WRITE HERE")
    assert "AUTOTEST" not in text["autotest"]
    assert "assert" in text["autotest"]
    assert "HIDDEN" not in text["asserts"]


def test_no_option_of_it_changes_a_day(course: Folder) -> None:
    for path in (course.path / "notebooks" / "day04").iterdir():
        assert path.read_bytes() == (ROOT / "notebooks" / "day04" / path.name).read_bytes()


def test_it_is_graded_as_nbgrader_grades(course: Folder) -> None:
    """A trailing number is partial credit, an error or a word on stderr none, silence full; what is written waits."""
    names = ("asserts", "partial", "stderr", "autotest", "files", "why")
    scores = {
        who: [course.scores(who)[name][0] for name in names] for who in ("ada, countess", "half", "blank")
    }
    assert scores == {
        "ada, countess": [2, 2, 2, 2, 2, None],
        "half": [0, 1, 0, 0, 2, None],
        "blank": [0, 0, 0, 0, 0, 0],
    }
    assert course.scores("half")["why"] == (None, True)
    assert course.scores("blank")["why"] == (0, False)


def test_it_runs_in_the_sandbox(course: Folder) -> None:
    notebook = nbformat.read(course.path / "cohort" / "autograded" / "spy" / "ps1" / "p1.ipynb", as_version=4)
    shown = json.dumps([cell.get("outputs") for cell in notebook.cells])
    assert "seen []" in shown


def test_a_cell_without_an_end_is_interrupted_and_the_next_ones_run(course: Folder) -> None:
    assert [course.scores("endless")[name][0] for name in ("asserts", "partial")] == [2, 2]
    notebook = nbformat.read(
        course.path / "cohort" / "autograded" / "endless" / "ps1" / "p1.ipynb", as_version=4
    )
    assert "CellTimeoutError" in json.dumps([cell.get("outputs") for cell in notebook.cells])


def test_files_that_cells_left_are_kept(course: Folder) -> None:
    assert (course.path / "cohort" / "autograded" / "half" / "ps1" / "left.txt").read_text() == "20"


def test_it_is_returned_and_exported(course: Folder) -> None:
    page = (course.path / "cohort" / "feedback" / "half" / "ps1" / "p1.html").read_text("utf-8")
    assert "AssertionError" in page
    with (course.path / "cohort" / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file) if row["assignment"] == "ps1"}
    assert {name: float(row["score"]) for name, row in rows.items()} == {
        "ada, countess": 10,
        "half": 3,
        "blank": 0,
        "spy": 3,
        "endless": 10,
    }
