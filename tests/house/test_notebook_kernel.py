"""In real kernels: verdicts, the log, work carried to a later day, and the time all this takes. Twenty seconds."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from learner_room import CHECKS, GRADED, RING, code, day_four, write_notebook
from nbclient import NotebookClient

from course.notebook import graded, progress


def run(path: Path, *, errors: bool = False, **environment: str) -> Any:
    """Run a notebook top to bottom in a kernel of its own, in its own folder, as JupyterLab would; return it. It runs on
    after an error where ``errors`` are allowed."""
    client = NotebookClient(
        nbformat.read(path, as_version=4),
        timeout=60,
        allow_errors=errors,
        resources={"metadata": {"path": str(path.parent)}},
    )
    own = {
        name: value
        for name, value in os.environ.items()
        if name not in ("NBGRADER_EXECUTION", "COURSE_GATE", "COURSE_STATE")
    }
    return client.execute(env={**own, **environment}, cwd=str(path.parent))


def output(cell: Any, kind: str = "text/plain") -> str:
    """What a cell printed, or its last value."""
    found = [
        out.get("text", "") if out.output_type == "stream" else out.get("data", {}).get(kind, "")
        for out in cell.outputs
    ]
    return "".join(found)


def test_a_kernel_checks_logs_and_carries_work_to_a_later_day(work: Path) -> None:
    day_five = work / "day05" / "replication_and_quorums.ipynb"
    source = "from course.notebook import mine\n\nRing = mine('day04', 'HashRing')\nring = Ring()\nring.add('b')\nring.lookup('x')"
    write_notebook(day_five, [code(source)])
    done = run(work / "day04" / "consistent_hashing.ipynb")
    assert output(done.cells[0]) == "Day 4 of 40 · Consistent hashing · not started\n"
    assert "2 of 2 public checks pass · up to 4 of 4 points" in output(done.cells[3])
    assert 'class="course-card course-passed"' in output(done.cells[3], "text/html")
    assert [attempt.passed for attempt in progress.attempts(work / ".course")] == [True]
    assert output(run(day_five).cells[0]) == "HashRing: your own, from day 4\n'b'"


def test_a_cell_whose_names_were_not_made_yet_says_which_to_run_first(work: Path) -> None:
    path = work / "day04" / "consistent_hashing.ipynb"
    asked = ["HashRing()", "no_such_name", "def late():\n    return HashRing\n\nlate()"]
    write_notebook(path, [code("from course.notebook import start\n\nstart('day04')"), *map(code, asked)])
    known, unknown, inner = [cell.outputs[0] for cell in run(path, errors=True).cells[1:]]
    assert known.ename == unknown.ename == inner.ename == "NameError"
    assert known.evalue.startswith(
        "HashRing is not defined in this kernel yet: run first the cell that defines it, under “Exercise 2 · The ring”"
    )
    assert unknown.evalue == "name 'no_such_name' is not defined"
    assert inner.evalue == "name 'HashRing' is not defined"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "def add(self, node: str) -> None:",
            "def add(self, node: str) -> None",
            "SyntaxError: expected ':'\nline 11",
        ),
        ('"""A small ring of the learner\'s own."""', "sizes = no_such_name", "an error when it ran"),
    ],
)
def test_a_cell_that_did_not_run_is_said_and_the_older_text_is_not_graded(
    old: str, new: str, said: str, work: Path
) -> None:
    path = work / "day04" / "consistent_hashing.ipynb"
    spoilt, mended = code(RING.replace(old, new)), code(RING + "\n# mended")
    write_notebook(path, [*day_four(), spoilt, code(GRADED), mended, code(GRADED)])
    cells = run(path, errors=True).cells
    card = output(cells[5])
    assert "the cell of `HashRing` did not run to its end" in card
    assert said in card.replace("\n            ", "\n")
    assert "until then `HashRing` is what an older text made it" in card
    assert "1 checks" not in card
    assert "2 of 2 public checks pass" in output(cells[7])
    assert [attempt.passed for attempt in progress.attempts(work / ".course")] == [True, True]


def test_under_nbgrader_a_kernel_gives_scores_and_leaves_no_trace(work: Path) -> None:
    done = run(work / "day04" / "consistent_hashing.ipynb", NBGRADER_EXECUTION="autograde")
    assert [output(cell) for cell in done.cells] == ["", "", "", "4"]
    assert not (work / ".course").exists()


def test_an_unwritten_exercise_is_named_and_scores_nothing(work: Path) -> None:
    stub = RING.replace("bisect.insort(self.points, node)", "raise NotImplementedError  # your code here")
    write_notebook(work / "day04" / "consistent_hashing.ipynb", day_four(stub))
    card = output(run(work / "day04" / "consistent_hashing.ipynb").cells[3])
    assert card.startswith("HashRing.add is not written yet")
    assert "0 of 4 points" in card


# Budgets are held in CPU time: what a quiet machine shows on the clock, whatever else runs beside the tests.


def test_the_set_up_cell_takes_less_than_a_second_and_a_half(work: Path) -> None:
    setup = "from course.notebook import start\n\nstart('day04')\n\nimport math\n\nimport numpy as np"
    clock = code("import time\n\ntime.process_time()")
    path = work / "day04" / "consistent_hashing.ipynb"
    write_notebook(path, [clock, code(setup), clock, *day_four()])
    cells = run(path).cells
    assert float(output(cells[2])) - float(output(cells[0])) < 1.5


@pytest.mark.parametrize("module", ["course", "course.notebook", "course.syllabus", "course.cli"])
def test_importing_takes_a_fifth_of_a_second_at_most(module: str) -> None:
    statement = f"import {module}, time; print(time.process_time())"

    def once() -> float:
        return float(
            subprocess.run(
                [sys.executable, "-c", statement], check=True, capture_output=True, text=True
            ).stdout
        )

    assert min(once() for _ in range(3)) < 0.2


def test_the_heavy_libraries_are_imported_only_where_they_are_used() -> None:
    heavy = "{'numpy', 'matplotlib', 'IPython', 'ipywidgets', 'nbformat', 'jupytext', 'faiss'}"
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, course.notebook, course.cli; assert not {heavy} & set(sys.modules)",
        ],
        check=True,
    )


def test_a_check_costs_less_than_fifty_milliseconds_besides_its_claims(
    work: Path, define: Callable[[str, str], Any]
) -> None:
    check, ring = define(CHECKS, "check_ring"), define(RING, "HashRing")
    for _ in range(500):
        progress.record("day04-ring", graded("day04-ring", check, ring, points=4), (ring,))

    def once() -> float:
        began = time.process_time()
        graded("day04-ring", check, ring, points=4)._repr_mimebundle_()
        return time.process_time() - began

    assert min(once() for _ in range(5)) < 0.05
