"""Submissions of day 4 that are cheap to grade, and what the gradebook says of them."""

import copy
from pathlib import Path
from typing import Any

import nbformat

from course.build.days import ROOMS, Built
from course.build.lesson import read_lesson
from course.syllabus import find

DAY = find(4)
LESSON = read_lesson(DAY, ROOMS / DAY.package)
CELLS = len(LESSON.of("check", "interview"))
"""Verdicts of one submission."""
FULL = {check.subjects[-1]: check.points for check in map(LESSON.check, LESSON.of("check"))}
"""What a right answer to each exercise earns."""


def answered(built: Built, *answers: str, mark: str) -> Any:
    """The released notebook with the key's text in the exercises named, and a comment that makes it one's own."""
    notebook = copy.deepcopy(built.released)
    keys = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in built.key.cells
        if "nbgrader" in cell.metadata
    }
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in {f"{DAY.id}-{answer}-code" for answer in answers}:
            cell.source = keys[name] + f"\n# {mark}"
    nbformat.validate(notebook)
    return notebook


def scores(cohort: Path, url: str = "") -> dict[str, float]:
    """Automatic score of each student, from the gradebook in ``cohort`` or at ``url``."""
    from nbgrader.api import Gradebook

    with Gradebook(url or f"sqlite:///{cohort / 'gradebook.db'}") as gradebook:
        return {
            s.student.id: sum(g.auto_score or 0.0 for n in s.notebooks for g in n.grades)
            for s in gradebook.assignment_submissions(DAY.id)
        }
