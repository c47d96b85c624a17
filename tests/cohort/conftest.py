"""A cohort of its own for each test: a folder with submissions of day 4 that are cheap to grade."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from course.build.days import Built, make
from course.build.release import to_bytes
from course.syllabus import find

DAY = find(4)
FULL = {"moved_share": 2.0, "HashRing": 5.0, "bounded_owners": 5.0}


@pytest.fixture(scope="session")
def built() -> Built:
    return make(DAY)


@pytest.fixture
def cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cohort folder, in force for this process and its children."""
    monkeypatch.setenv("COURSE_COHORT", str(tmp_path / "cohort"))
    monkeypatch.delenv("COURSE_DB_URL", raising=False)
    (tmp_path / "cohort" / "submitted").mkdir(parents=True)
    return tmp_path / "cohort"


@pytest.fixture
def hand_in(cohort: Path, built: Built) -> Callable[..., float]:
    """Hand in for a student the answers named (from the key; the rest stays unwritten); returns what they deserve."""

    def submit(student: str, *answers: str, mark: str = "") -> float:
        notebook = answered(built, *answers, mark=mark or student)
        folder = cohort / "submitted" / student / DAY.id
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{DAY.slug}.ipynb").write_bytes(to_bytes(notebook))
        return sum(FULL[name] for name in answers)

    return submit


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
