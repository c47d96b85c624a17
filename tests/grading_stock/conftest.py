"""One cohort, graded once by plain nbgrader in a copy of the repository's folders; about 25 s of CPU."""

import shutil
from typing import Any

import nbformat
import pytest
from plain_cohort import DAY, Course, answered, half_answered, hand_in, moves

from course.build.days import ROOMS
from course.build.lesson import Lesson, read_lesson
from course.checking.seeds import ROOT


@pytest.fixture(scope="session")
def lesson() -> Lesson:
    return read_lesson(DAY, ROOMS / DAY.package)


@pytest.fixture(scope="session")
def key() -> Any:
    return nbformat.read(ROOT / "solutions" / DAY.notebook, as_version=4)


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory, lesson: Lesson, key: Any) -> Course:
    """Released, handed in by four students, collected, graded, with feedback and an export."""
    course = Course(tmp_path_factory.mktemp("course"))
    shutil.copy(ROOT / "nbgrader_config.py", course.folder)
    for name in ("solutions", "notebooks"):
        shutil.copytree(ROOT / name / DAY.id, course.folder / name / DAY.id)
    course.nbgrader("generate_assignment", DAY.id)

    released = nbformat.read(course.folder / "notebooks" / DAY.notebook, as_version=4)
    course.nbgrader("release_assignment", DAY.id)
    full = answered(released, key, [exercise.name for exercise in lesson.exercises])
    hand_in(course.folder / "work" / DAY.id, full, moves())
    course.nbgrader("submit", DAY.id, "--student=full")
    course.nbgrader("collect", DAY.id)
    submitted = course.folder / "cohort" / "submitted"
    hand_in(submitted / "key" / DAY.id, key)
    hand_in(submitted / "blank" / DAY.id, released)
    hand_in(submitted / "half" / DAY.id, half_answered(released, key))

    course.nbgrader("autograde", DAY.id)
    course.nbgrader("generate_feedback", DAY.id)
    course.nbgrader("export")
    return course
