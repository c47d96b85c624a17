"""The rules around a verdict: default deny, one's trouble is one's own, lateness, the sandbox's absence, nbgrader's ways."""

import io
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from class_of_five import DAY, POINTS, built, full, graded, grades, hand_in, hostile, page
from traitlets.config import Config

from autograde import cohort as cohort_module
from autograde.cli import CONFIRM, main, visible
from autograde.cohort import open_cohort
from autograde.grading import Grader, nbgrader_api, submission_time
from autograde.verdict_log import VerdictLog
from course.build.days import Built
from course.checking.seeds import ROOT, make_secret
from course.days.day04_consistent_hashing import checks

pytestmark = pytest.mark.xdist_group("rules of grading")


@pytest.fixture
def cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSE_COHORT", str(tmp_path / "cohort"))
    (tmp_path / "cohort" / "submitted").mkdir(parents=True)
    make_secret()
    return tmp_path / "cohort"


@pytest.fixture(scope="module")
def made() -> Built:
    return built()


def _grade(**words: Any) -> list[Any]:
    with open_cohort(DAY, workers=1, **words) as found:
        return found.grade()


def test_a_check_that_raises_gives_nothing_and_asks_for_a_person(
    cohort: Path, made: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*subjects: object, seed: int, scale: float = 1.0) -> None:
        raise KeyError(f"the hidden case {seed}")

    monkeypatch.setattr(checks, "check_moved", broken)
    hand_in(cohort, "full", full(made))
    verdict = _grade()[0].verdicts[0]
    assert (verdict.score, verdict.needs_review) == (0.0, True)
    assert "the check itself failed" in verdict.reason
    assert "the hidden case" in verdict.detail
    assert grades(cohort, "full")["day04-moved"] == (0.0, True)
    assert grades(cohort, "full")["day04-ring"] == (5.0, False)
    assert "the hidden case" not in page(cohort, "full") + json.dumps(graded(cohort, "full"))


def test_one_submission_that_cannot_be_graded_stops_no_other(
    cohort: Path, made: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograde import grading

    def broken(built: Built, submission: Any, verdicts: list[Any]) -> Any:
        if submission is not None and "unlucky" in submission.solutions["day04-spoken-2"]:
            raise RuntimeError("a fault of ours")
        return whole(built, submission, verdicts)

    whole = grading.graded_notebook
    monkeypatch.setattr(grading, "graded_notebook", broken)
    unlucky = full(made)
    next(
        c for c in unlucky.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "day04-spoken-2"
    ).source = "unlucky"
    hand_in(cohort, "alice", unlucky)
    hand_in(cohort, "bob", made.released)
    results = {each.student: each for each in _grade()}
    assert "nothing is known about its answers" in results["alice"].problem
    assert set(grades(cohort, "alice").values()) == {(0.0, True)}
    assert results["bob"].problem == ""


def test_a_time_stamp_that_cannot_be_read_counts_as_on_time_and_is_flagged(cohort: Path, made: Built) -> None:
    path = hand_in(cohort, "alice", made.released)
    (path.parent / "timestamp.txt").write_text("\0 nonsense " * 20_000, encoding="utf-8")
    assert any("time stamp cannot be read" in flag for flag in _grade()[0].flags)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-01-02 03:04:05 UTC", datetime(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02 03:04:05.678 Europe/Berlin", datetime(2026, 1, 2, 2, 4, 5, 678_000)),
        ("", None),
        ("9" * 90, None),
        ("99999-01-01", None),
    ],
)
def test_time_stamps_are_read_as_nbgrader_writes_them(
    text: str, found: datetime | None, tmp_path: Path
) -> None:
    (tmp_path / "timestamp.txt").write_text(text, encoding="utf-8")
    assert submission_time(tmp_path)[0] == found


def test_a_time_stamp_behind_a_link_or_in_a_pipe_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "timestamp.txt").symlink_to("/proc/uptime")
    assert submission_time(tmp_path) == (None, "")
    (tmp_path / "timestamp.txt").unlink()
    os.mkfifo(tmp_path / "timestamp.txt")
    assert submission_time(tmp_path) == (None, "")


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A course in which late work earns nothing."""

    def api() -> Any:
        found = nbgrader_api()
        found.config.merge(Config({"LateSubmissionPlugin": {"penalty_method": "zero"}}))
        return found

    monkeypatch.setattr(cohort_module, "nbgrader_api", api)


def test_late_penalties_of_nbgraders_plug_in_are_assigned(cohort: Path, made: Built, strict: None) -> None:
    from nbgrader.api import Gradebook

    with open_cohort(DAY, workers=1), Gradebook(f"sqlite:///{cohort / 'gradebook.db'}") as book:
        book.update_or_create_assignment(DAY.id, duedate="2026-01-01 00:00:00 UTC")
    hand_in(cohort, "late", full(made), late=True)
    hand_in(cohort, "early", full(made))
    _grade()
    with Gradebook(f"sqlite:///{cohort / 'gradebook.db'}") as book:
        penalties = {
            name: book.find_submission(DAY.id, name).late_submission_penalty for name in ("late", "early")
        }
    assert penalties == {"late": sum(POINTS.values()), "early": 0.0}


def test_without_the_sandbox_nothing_is_graded_unless_it_is_typed(
    cohort: Path, made: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(cohort, "alice", made.released)
    for typed in ("", "yes\n", CONFIRM.upper() + "\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        assert main(["grade", DAY.id, "--no-sandbox"]) == 2
    assert "nothing was graded" in capsys.readouterr().err
    assert not (cohort / "gradebook.db").exists()
    assert not (cohort / "verdicts.jsonl").exists()


def test_without_the_sandbox_every_grade_is_marked(
    cohort: Path, made: Built, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(cohort, "alice", full(made))
    monkeypatch.setattr(sys, "stdin", io.StringIO(CONFIRM + "\n"))
    assert main(["grade", DAY.id, "--no-sandbox", "--workers", "1", "--no-feedback"]) == 0
    assert "graded without the sandbox" in capsys.readouterr().out
    entries = list(VerdictLog(cohort).entries())
    assert len(entries) == len(POINTS)
    assert not any(entry["sandboxed"] for entry in entries)
    assert all("graded without the sandbox" in entry["flags"] for entry in entries)
    assert sum(entry["score"] for entry in entries) == sum(POINTS.values())


def test_what_strangers_wrote_cannot_steer_a_terminal() -> None:
    assert visible("a\x1b[2Jb\rc\u202ed\x00e\x9b0m") == "a�[2Jb�c�d�e�0m"
    assert visible("Zoë 移動 ключ") == "Zoë 移動 ключ"


def test_a_notebook_of_another_name_counts_where_it_is_the_only_one(cohort: Path, made: Built) -> None:
    path = hand_in(cohort, "alice", full(made))
    path.rename(path.with_name("consistent_hashing(1) - Copy.ipynb"))
    assert sum(verdict.score for verdict in _grade()[0].verdicts) == sum(POINTS.values())


def test_a_sandbox_that_this_machine_lacks_stops_the_run_with_an_explanation(
    cohort: Path, made: Built, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(cohort, "alice", made.released)
    code = (
        "import ctypes, sys\n"
        "from autograde.sandbox import deny_system_calls\n"
        "ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)\n"
        "assert deny_system_calls()\n"
        "from autograde.cli import main\n"
        f"sys.exit(main(['grade', '{DAY.id}', '--workers', '1']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 2
    assert "no sandbox on this machine: [Errno 1] unshare" in done.stderr
    assert "autograde doctor" in done.stderr
    assert not (cohort / "verdicts.jsonl").exists()


def _as_on_disk(folder: Path) -> dict[str, tuple[int, int]]:
    """Each file in ``folder`` and the folder itself, by inode and time: what was removed and made again differs."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in [folder, *folder.iterdir()]}


def test_nbgraders_own_command_grades_behind_the_wall(cohort: Path, made: Built) -> None:
    hand_in(cohort, "full", full(made))
    hand_in(cohort, "hostile", hostile(made))
    hand_in(cohort, "junk", b"not a notebook")
    command = str(Path(sys.executable).with_name("nbgrader"))
    released = _as_on_disk(ROOT / "notebooks" / DAY.id)
    for arguments in (["generate_assignment", DAY.id], ["autograde", DAY.id], ["generate_feedback", DAY.id]):
        done = subprocess.run([command, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
    assert _as_on_disk(ROOT / "notebooks" / DAY.id) == released, "others read them while a day is released"
    assert grades(cohort, "full")["day04-ring"] == (5.0, False)
    assert grades(cohort, "hostile")["day04-moved"] == (0.0, False)
    assert set(grades(cohort, "junk").values()) == {(0.0, True)}
    assert len(list(VerdictLog(cohort).entries())) == 3 * len(POINTS)
    assert "For the grader" in json.dumps(graded(cohort, "full"))
    assert "For the grader" not in page(cohort, "full")


def test_nbgraders_api_gives_the_grades_that_the_command_gives(cohort: Path, made: Built) -> None:
    hand_in(cohort, "full", full(made))
    _grade()
    first = grades(cohort, "full")
    api = nbgrader_api()
    result = api.autograde(DAY.id, "full")
    assert result["success"], result
    assert grades(cohort, "full") == first
    assert [e["score"] for e in VerdictLog(cohort).entries()] == [*POINTS.values()] * 2


def test_a_days_grader_knows_who_has_handed_in(cohort: Path, made: Built) -> None:
    for student in ("zoë", "alice"):
        hand_in(cohort, student, made.released)
    assert Grader(DAY).students() == ["alice", "zoë"]
