"""A cohort of its own for each test."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cohort_room import DAY, FULL, answered

from course.build.days import Built, make
from course.build.notebooks import to_bytes


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
