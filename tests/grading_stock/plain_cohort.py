"""A course folder for plain nbgrader, and what students hand in to it."""

import copy
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from course.build.days import ROOMS
from course.checking.mistakes import FILE, read_mistakes
from course.syllabus import find

DAY = find(4)
NAME = Path(DAY.notebook).stem
HOSTILE = (
    '<b>kept</b><script>stolen()</script><img src=x onerror="stolen()"><iframe src="//x.invalid"></iframe>'
)


@dataclass(frozen=True)
class Course:
    """A folder that stands for the repository: its nbgrader configuration, keys and notebooks, and a cohort."""

    folder: Path

    def nbgrader(self, *arguments: str, check: bool = True) -> str:
        """Run `nbgrader` in the folder, as docs/instructor.md says; returns what it printed."""
        alone = {name: value for name, value in os.environ.items() if not name.startswith("COURSE_")}
        done = subprocess.run(
            [str(Path(sys.executable).with_name("nbgrader")), *arguments],
            cwd=self.folder,
            env=alone | {"COURSE_STOCK_EXECUTOR": "1"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0 or not check, done.stdout + done.stderr
        return done.stdout + done.stderr

    def grades(self, student: str) -> dict[str, Any]:
        """nbgrader's grade of every graded cell of a student."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.folder / 'cohort' / 'gradebook.db'}") as book:
            found = book.find_submission_notebook(NAME, DAY.id, student).grades
            return {
                grade.name: {
                    "score": grade.auto_score,
                    "of": grade.max_score,
                    "waits": grade.needs_manual_grade,
                }
                for grade in found
            }

    def scores(self, student: str) -> dict[str, float]:
        """The automatic score of every cell that the checks grade."""
        return {name: grade["score"] for name, grade in self.grades(student).items() if "spoken" not in name}

    def page(self, student: str) -> str:
        """A student's feedback."""
        return (self.folder / "cohort" / "feedback" / student / DAY.id / f"{NAME}.html").read_text("utf-8")


def hand_in(folder: Path, notebook: Any, saved: str | None = None) -> None:
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{NAME}.ipynb")
    if saved is not None:
        (folder / "interview.json").write_text(saved, encoding="utf-8")


def moves() -> str:
    """The moves of someone who played the escalation to its end."""
    from course.days.day04_consistent_hashing.interview import SCENARIO
    from course.interview.session import Session, play_reference
    from course.systems.cluster.bounded_loads import bounded_owners
    from course.systems.cluster.holders import holders
    from course.systems.cluster.ring import HashRing

    session = Session(SCENARIO, HashRing, bounded_owners, holders)
    play_reference(session)
    return json.dumps({"scenario": SCENARIO.id, "moves": [outcome.move for outcome in session.outcomes]})


def cell(notebook: Any, grade_id: str) -> Any:
    return next(
        each for each in notebook.cells if each.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def answered(released: Any, key: Any, exercises: list[str]) -> Any:
    """The released notebook with the key's code in some exercises, and a spoken answer."""
    notebook = copy.deepcopy(released)
    for name in exercises:
        grade_id = f"{DAY.id}-{name}-code"
        cell(notebook, grade_id).source = cell(key, grade_id).source
    cell(notebook, f"{DAY.id}-spoken-1").source = f"`p99 < 5 ms` at 3 > 2 nodes. {HOSTILE}"
    return notebook


def half_answered(released: Any, key: Any) -> Any:
    """The first exercise right, the ring with a known mistake, the rest unwritten; and output that attacks a reader."""
    notebook = answered(released, key, ["moved_share", "HashRing"])
    mistakes = read_mistakes(ROOMS / DAY.package / FILE)
    (before, after) = next(each.edits[0] for each in mistakes if each.name == "no wrap-around")
    ring = cell(notebook, f"{DAY.id}-HashRing-code")
    assert ring.source.count(before) == 1
    ring.source = ring.source.replace(before, after)
    shown = f"from IPython.display import HTML\n\nHTML({HOSTILE!r})"
    notebook.cells.append(nbformat.v4.new_code_cell(shown, id="own-cell"))
    return notebook
