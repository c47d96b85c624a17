"""An examiner in a process of its own: hashes are alike whatever its host was started with, and its end costs one submission."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from both_sides import answers_of
from class_of_five import DAY, POINTS, built, cell_of, full, hand_in

from autograde.apart import Apart, ExaminerKilled
from autograde.verdict_log import VerdictLog
from course.build.gates_room import Room
from course.checking.mistakes import FILE, read_mistakes
from course.checking.seeds import ROOT, make_secret

MISTAKE = next(each for each in read_mistakes(Room(DAY).folder / FILE) if each.name == "Python's own hash")


@pytest.fixture
def cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSE_COHORT", str(tmp_path / "cohort"))
    make_secret()
    return tmp_path / "cohort"


@pytest.mark.parametrize("salt", ["7", "random"])
def test_nbgraders_own_command_names_an_answer_that_uses_pythons_hash(salt: str, cohort: Path) -> None:
    """The examiner runs the known mistake itself: it says what the answer says only where both hash alike."""
    notebook = full(built())
    for name, source in dict(answers_of(DAY.id))[MISTAKE.title].cells.items():
        cell_of(notebook, name).source = source
    hand_in(cohort, "ada", notebook)
    environment = os.environ | {"PYTHONHASHSEED": salt}
    nbgrader = str(Path(sys.executable).with_name("nbgrader"))
    for command in ("generate_assignment", "autograde"):
        subprocess.run(
            [nbgrader, command, DAY.id], cwd=ROOT, env=environment, capture_output=True, check=True
        )
    ring = next(each for each in VerdictLog(cohort).entries() if each["grade_id"] == "day04-ring")
    found = [claim["finding"] for claim in ring["report"]["claims"] if claim["finding"]]
    assert found[0]["likely"] == MISTAKE.likely


def test_an_examiner_that_is_killed_costs_one_submission(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setenv("TMPDIR", str(room))
    path = hand_in(cohort, "ada", full(built()))
    with Apart(DAY) as examiner:
        scores = {v.grade_id: v.score for v in examiner.examine("ada", path).graded.verdicts}
        assert scores == POINTS
        assert examiner._process is not None
        examiner._process.kill()
        with pytest.raises(ExaminerKilled, match="perhaps for memory"):
            examiner.examine("ada", path)
        assert examiner.examine("ada", path).graded.verdicts
        assert list(room.glob("autograde-server-*"))
    left = list(room.glob("autograde-server-*"))
    assert len(left) <= 1, "only what was killed leaves its folder, to the next that starts"
