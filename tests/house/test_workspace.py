"""The learner's copies: what is theirs is never overwritten. Three seconds."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from learner_room import day_four, write_notebook

from course.checking.seeds import ROOT
from course.notebook import journal
from course.notebook.state import home, state
from course.syllabus import find
from course.workspace import LANGUAGE, Workspace, WorkspaceError

NAME = "day04/consistent_hashing.ipynb"


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    """A course with one day, brought to a learner."""
    space = Workspace(tmp_path / "work", tmp_path / "notebooks")
    publish(space, "one")
    assert space.bring() == ["1 notebook brought to work"]
    return space


def publish(space: Workspace, version: str) -> None:
    write_notebook(space.notebooks / NAME, day_four(f"# {version}"))


def version(path: Path) -> str:
    return next(word for word in ("one", "two", "three", "mine", "other") if f"# {word}" in path.read_text())


def learn(space: Workspace, text: str = "mine") -> None:
    write_notebook(space.work / NAME, day_four(f"# {text}"))


def files(space: Workspace) -> list[str]:
    return sorted(path.name for path in (space.work / "day04").iterdir())


def test_what_is_missing_is_brought_once(space: Workspace) -> None:
    assert space.bring() == []
    assert files(space) == ["consistent_hashing.ipynb"]
    assert (space.work / NAME).read_bytes() == (space.notebooks / NAME).read_bytes()


def test_a_copy_that_was_never_touched_follows_the_course(space: Workspace) -> None:
    publish(space, "two")
    assert space.bring() == ["1 notebook brought to work"]
    assert version(space.work / NAME) == "two"
    assert len(files(space)) == 1


def test_a_copy_says_what_the_kernel_says_so_that_opening_changes_nothing(space: Workspace) -> None:
    from ipykernel.ipkernel import IPythonKernel

    assert IPythonKernel.language_info == LANGUAGE
    shutil.copy(ROOT / "notebooks" / NAME, space.notebooks / NAME)
    space.bring()
    given, copy = (json.loads((folder / NAME).read_bytes()) for folder in (space.notebooks, space.work))
    assert copy["metadata"].pop("language_info") == LANGUAGE
    assert given["metadata"].pop("language_info") == {"name": "python"}
    assert copy == given


def test_a_copy_that_another_python_opened_was_not_touched(space: Workspace) -> None:
    shutil.copy(ROOT / "notebooks" / NAME, space.notebooks / NAME)
    space.bring()
    copy = space.work / NAME
    copy.write_text(copy.read_text().replace(f'"version": "{LANGUAGE["version"]}"', '"version": "3.14.9"'))
    assert space.bring() == []
    publish(space, "two")
    assert space.bring() == ["1 notebook brought to work"]
    assert files(space) == ["consistent_hashing.ipynb"]


def test_a_copy_that_was_touched_is_kept_with_the_new_one_beside(space: Workspace) -> None:
    learn(space)
    assert space.bring() == []
    publish(space, "two")
    said = space.bring()
    assert said == [
        "work/day04/consistent_hashing.ipynb is yours and was kept; the new version is beside it: consistent_hashing.new.ipynb"
    ]
    assert version(space.work / NAME) == "mine"
    assert version(space.work / "day04" / "consistent_hashing.new.ipynb") == "two"
    assert space.bring() == []


def test_a_newer_version_takes_the_place_of_one_beside_that_nobody_saved(space: Workspace) -> None:
    learn(space)
    for text in ("two", "three"):
        publish(space, text)
        space.bring()
    assert files(space) == ["consistent_hashing.ipynb", "consistent_hashing.new.ipynb"]
    assert version(space.work / "day04" / "consistent_hashing.new.ipynb") == "three"


def test_work_in_the_one_beside_is_kept_too(space: Workspace) -> None:
    learn(space)
    publish(space, "two")
    space.bring()
    write_notebook(space.work / "day04" / "consistent_hashing.new.ipynb", day_four("# other"))
    publish(space, "three")
    space.bring()
    names = ["consistent_hashing.new-2.ipynb", "consistent_hashing.new.ipynb"]
    assert [version(space.work / "day04" / name) for name in names] == ["three", "other"]


def test_after_taking_the_new_version_over_updates_are_silent_again(space: Workspace) -> None:
    learn(space)
    publish(space, "two")
    space.bring()
    (space.work / "day04" / "consistent_hashing.new.ipynb").replace(space.work / NAME)
    assert space.bring() == []
    publish(space, "three")
    assert space.bring() == ["1 notebook brought to work"]
    assert version(space.work / NAME) == "three"


@pytest.mark.parametrize("lost", [None, "{", "[]", '{"day04/consistent_hashing.ipynb": 3}'])
def test_without_a_record_of_the_copy_it_counts_as_touched(space: Workspace, lost: str | None) -> None:
    record = space.work / ".course" / "copies.json"
    record.unlink() if lost is None else record.write_text(lost)
    publish(space, "two")
    space.bring()
    assert version(space.work / NAME) == "one"
    assert version(space.work / "day04" / "consistent_hashing.new.ipynb") == "two"


def test_a_copy_that_was_removed_is_brought_again(space: Workspace) -> None:
    shutil.rmtree(space.work / "day04")
    assert space.bring() == ["1 notebook brought to work"]


def test_what_somebody_left_in_the_courses_folder_is_not_brought(space: Workspace) -> None:
    for name in ("interview.json", ".ipynb_checkpoints/consistent_hashing-checkpoint.ipynb"):
        left = space.notebooks / "day04" / name
        left.parent.mkdir(exist_ok=True)
        left.write_text("{}")
    assert space.bring() == []
    assert files(space) == ["consistent_hashing.ipynb"]


def test_a_file_that_hides_the_course_is_named_with_what_to_do(space: Workspace) -> None:
    (space.work / "day04" / "course.py").write_text("")
    hides = "work/day04/course.py hides the course from the notebooks beside it: give it another name"
    assert space.bring() == [hides]


def test_reset_keeps_the_work_in_a_backup_and_says_how_to_undo(space: Workspace) -> None:
    learn(space)
    (space.work / "day04" / "interview.json").write_text("{}")
    first, moved, undo = space.reset(find(4))
    assert first == "day 4 is fresh again; points and predictions stay as they are"
    backup = space.work.parent / moved.removeprefix("your work was moved to ")
    assert (
        undo
        == f"to undo: remove work/day04, then move {backup.relative_to(space.work.parent)} back to work/day04"
    )
    assert version(space.work / NAME) == "one"
    assert version(backup / "consistent_hashing.ipynb") == "mine"
    assert (backup / "interview.json").exists()
    assert not (space.work / "day04" / "interview.json").exists()
    shutil.rmtree(space.work / "day04")
    backup.rename(space.work / "day04")
    assert version(space.work / NAME) == "mine"
    assert space.bring() == []


def test_two_resets_in_one_second_keep_two_backups(space: Workspace) -> None:
    for _ in range(3):
        space.reset(find(4))
    assert len(list((space.work / ".course" / "backup").iterdir())) == 3


def test_a_kernel_that_outlives_a_reset_or_a_rename_keeps_its_state(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSE_STATE", raising=False)
    monkeypatch.chdir(space.work / "day04")
    kept = state()
    assert kept == space.work / ".course"
    space.reset(find(4))
    assert Path.cwd().parent.name == "backup"
    assert state() == kept
    monkeypatch.chdir(space.work / "day04")
    (space.work / "day04").rename(space.work / "my day four")
    assert state() == kept
    assert home() == space.work
    (space.work / "my day four").rename(space.work / "day04")
    space.work.rename(space.work.with_name("moved"))
    assert state() == space.work.with_name("moved") / ".course"


def test_a_folder_without_any_state_is_its_own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".course").mkdir()
    (tmp_path / ".course" / "check-cache.json").write_text("{}")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert home() == tmp_path / "elsewhere"


def test_reset_refuses_what_is_not_there(space: Workspace) -> None:
    with pytest.raises(
        WorkspaceError,
        match="day 5 is not in this release: no file notebooks/day05",
    ):
        space.reset(find(5))
    shutil.rmtree(space.work / "day04")
    with pytest.raises(WorkspaceError, match="day 4 has not been opened: `course lab` brings it"):
        space.reset(find(4))


# ── the commands, in a process of their own on a copy of the course ─────────────────────────────────────


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the package and a small day 4."""
    root = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "course", root / "course", ignore=shutil.ignore_patterns("__pycache__", "days"))
    write_notebook(root / "notebooks" / NAME, day_four())
    return root


def course(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "NBGRADER"))
    }
    command = [sys.executable, "-m", "course.cli", *arguments]
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)


def test_the_commands_bring_show_and_reset(clone: Path) -> None:
    assert "no day's notebook is here; `course lab` brings them" in course(clone, "status").stdout
    assert course(clone, "update").stdout == "1 notebook brought to work\n"
    assert course(clone, "update").stdout == "nothing new\n"
    passed = {"check": "day04-ring", "passed": True, "score": 4, "points": 4, "texts": {}}
    journal.append(clone / "work" / ".course" / "progress.jsonl", passed)
    status = course(clone, "status").stdout
    assert status.splitlines()[0] == "1 of 1 days done · 4 of 4 points by checks"
    assert "4: done" in status
    done = course(clone, "reset", "consistent_hashing")
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "day 4 is fresh again; points and predictions stay as they are",
    )
    assert "4: done" in course(clone, "status").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["reset", "5"], "course: day 5 is not in this release"),
        (["reset", "41"], "no day '41': give a number from 1 to 40"),
        (["status", "--", "--port=1"], "only `course lab` and `course mock` take arguments after --"),
        (["learn"], "invalid choice: 'learn'"),
        (["lab", "--port", "9"], "JupyterLab's own follow --, as in: course lab -- --port 9"),
    ],
)
def test_a_refusal_is_one_sentence_and_status_two(clone: Path, arguments: list[str], said: str) -> None:
    refused = course(clone, *arguments)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
