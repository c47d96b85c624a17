"""What goes wrong around grading ends in a sentence, loses nothing, and is mended by the same command."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from cohort_room import CELLS, DAY, scores

from autograde import grading
from autograde.cohort import open_cohort
from autograde.grading import NotReleased, nbgrader_api
from autograde.sandbox import MS_BIND, MS_RDONLY, MS_REMOUNT, mount, unshare
from autograde.verdict_log import VerdictLog
from course.build.days import Built
from course.checking.seeds import ROOT, cohort_folder, secret_path

HandIn = Callable[..., float]
COMMAND = [sys.executable, "-m", "autograde", "grade", DAY.id, "--workers", "1"]
CLONE_NEWNS = 0x00020000
rooted = pytest.mark.skipif(os.getuid() != 0, reason="mounting takes root")


def logged(cohort: Path) -> Counter[str]:
    return Counter(entry["student"] for entry in VerdictLog(cohort).entries())


def in_a_mount_of_its_own(change: Callable[[], None]) -> Callable[[], None]:
    def enter() -> None:
        unshare(CLONE_NEWNS)
        mount("none", "/", None, 1 << 18 | 16384)  # private: what is mounted here is seen here alone
        change()

    return enter


def run(before: Callable[[], None] | None = None, command: list[str] = COMMAND) -> tuple[int, str]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, preexec_fn=before, timeout=300)
    return done.returncode, done.stderr + done.stdout


@rooted
def test_a_cohort_that_cannot_be_written_is_one_sentence(cohort: Path, hand_in: HandIn) -> None:
    deserved = hand_in("ada", "moved_share")

    def read_only() -> None:
        mount(str(cohort), str(cohort), None, MS_BIND)
        mount("none", str(cohort), None, MS_REMOUNT | MS_BIND | MS_RDONLY)

    code, said = run(in_a_mount_of_its_own(read_only))
    assert code == 2
    assert "Read-only file system; what was graded before is kept" in said
    assert "Traceback" not in said
    nbgrader = str(Path(sys.executable).with_name("nbgrader"))
    code, said = run(in_a_mount_of_its_own(read_only), [nbgrader, "generate_assignment", DAY.id])
    assert code
    assert f"nbgrader: the cohort in {cohort} cannot be written: Read-only file system" in said
    assert "Traceback" not in said
    assert run()[0] == 0
    assert scores(cohort) == {"ada": deserved}


@rooted
@pytest.mark.parametrize("size", ["4k", "200k", "600k"], ids=lambda size: f"{size} left")
def test_a_full_disk_is_a_sentence_and_the_same_command_goes_on(
    size: str, cohort: Path, hand_in: HandIn, tmp_path: Path
) -> None:
    deserved = {f"s{n}": hand_in(f"s{n}", "moved_share") for n in range(3)}
    disk = tmp_path / "disk"
    disk.mkdir()

    def full() -> None:
        mount("tmpfs", str(disk), "tmpfs", 0, f"size={size}")
        os.environ["COURSE_COHORT"] = str(disk)

    script = f"cp -r {cohort}/submitted {disk}/ 2>/dev/null; mkdir -p {disk}/submitted; mount --bind {cohort}/submitted {disk}/submitted; COURSE_COHORT={disk} exec {' '.join(COMMAND)}"
    _, said = run(in_a_mount_of_its_own(full), ["sh", "-c", script])
    assert "Traceback" not in said
    assert "No space left on device" in said or "disk is full" in said or "disk I/O error" in said, said
    assert run()[0] == 0
    assert scores(cohort) == deserved


def test_two_runs_at_once_log_each_verdict_once(cohort: Path, hand_in: HandIn) -> None:
    deserved = {f"s{n}": hand_in(f"s{n}", *["moved_share"][: n % 2]) for n in range(4)}
    runs = [
        subprocess.Popen([*COMMAND, "--no-feedback"], cwd=ROOT, stdout=subprocess.DEVNULL) for _ in range(2)
    ]
    assert [each.wait(300) for each in runs] == [0, 0]
    assert scores(cohort) == deserved
    assert logged(cohort) == Counter(dict.fromkeys(deserved, CELLS))


def test_points_that_were_changed_in_the_key_are_the_gradebooks_too(
    cohort: Path, hand_in: HandIn, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After submissions: the maximum and the scores are those of the key as it is now."""
    hand_in("ada", "moved_share", "HashRing")
    hand_in("bea", "moved_share")
    with open_cohort(DAY, workers=1) as opened:
        opened.grade(feedback=False)
    with nbgrader_api().gradebook as book:
        whole = book.find_assignment(DAY.id).max_score
        cell = book.find_grade_cell("day04-moved", DAY.slug, DAY.id)
        cell.max_score = 1.0  # as an older key had it
        book.find_grade_cell("day04-spoken-1", DAY.slug, DAY.id).max_score = 9.0
        book.db.commit()
        assert book.find_assignment(DAY.id).max_score != whole
    with open_cohort(DAY, workers=1) as opened:
        opened.grade(feedback=False, force=True)
    with nbgrader_api().gradebook as book:
        assert book.find_assignment(DAY.id).max_score == whole
        found = book.find_submission_notebook(DAY.slug, DAY.id, "ada")
        assert {grade.max_score for grade in found.grades if grade.name == "day04-moved"} == {2.0}
    assert scores(cohort)["bea"] == 2.0


def test_a_key_that_is_not_its_lessons_is_refused_by_name(
    cohort: Path, hand_in: HandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in("ada", "moved_share")
    changed = tmp_path / "solutions" / DAY.notebook
    changed.parent.mkdir(parents=True)
    text = (ROOT / "solutions" / DAY.notebook).read_text(encoding="utf-8")
    changed.write_text(re.sub(r'"points": 2', '"points": 7', text, count=1), encoding="utf-8")
    for module in ("autograde.grading", "course.build.days"):
        monkeypatch.setattr(f"{module}.KEYS", tmp_path / "solutions")
    with pytest.raises(
        NotReleased,
        match=r"solutions/day04/consistent_hashing\.ipynb is not what its lesson makes.*course build",
    ):
        assert grading.Grader(DAY).built


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_COHORT", "")
    return


def test_an_empty_name_of_a_cohort_is_none(unset: None) -> None:
    """The secret would lie in the repository's root, where git takes it along."""
    assert cohort_folder() == ROOT / "cohort"
    assert secret_path() == ROOT / "cohort" / "secret"


@pytest.mark.parametrize("name", ["cohort", "downloaded", "work"])
def test_what_learners_handed_in_is_not_committed_by_chance(name: str) -> None:
    said = subprocess.run(["git", "check-ignore", f"{name}/ada/day04/x.ipynb"], cwd=ROOT, capture_output=True)
    if said.returncode == 128:
        pytest.skip("no git here")
    assert said.returncode == 0
