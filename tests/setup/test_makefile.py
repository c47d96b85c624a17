"""`make` in a copy of the set-up files, where it may do as it likes. About a second."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from course.checking.seeds import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Makefile", "requirements.lock", "requirements-test.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str, **mine: str) -> subprocess.CompletedProcess[str]:
    """`make` with ``mine`` alone of what could change what it does."""
    alone = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "MFLAGS", "LAB_ARGS", "PYTHON"))
    }
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=alone | mine, capture_output=True, text=True, timeout=60
    )


def installed(folder: Path) -> Path:
    """The stamp that a finished installation leaves in ``folder``, named by a dry run."""
    plan = make(folder, "-n", "lab").stdout
    found = re.search(r"touch (\S+)", plan)
    assert found, plan
    stamp = folder / found[1]
    stamp.parent.mkdir(exist_ok=True)
    return stamp


def python(folder: Path, script: str) -> str:
    """An interpreter that answers as ``script`` says."""
    path = folder / "python-here"
    path.write_text("#!/bin/sh\n" + script, encoding="utf-8")
    path.chmod(0o755)
    return "./python-here"


def test_an_old_python_is_refused_in_one_sentence_with_the_way_out(folder: Path) -> None:
    old = python(folder, 'if [ "$1" = --version ]; then echo "Python 3.9.18"; else exit 1; fi')
    done = make(folder, "lab", f"PYTHON={old}")
    assert done.returncode != 0
    said = done.stderr.splitlines()[0]
    assert "Python 3.9.18" in said
    assert "3.11 or newer" in said
    assert "make lab PYTHON=python3.12" in said
    assert not (folder / ".venv").exists()


def test_a_missing_python_is_named_too(folder: Path) -> None:
    done = make(folder, "test", "PYTHON=no-such-python")
    assert "no-such-python is missing; the course needs Python 3.11 or newer" in done.stderr


def test_the_second_lab_installs_nothing(folder: Path) -> None:
    installed(folder).touch()
    assert make(folder, "-n", "lab", "LAB_ARGS=--port=9 --no-browser").stdout.splitlines() == [
        ".venv/bin/course lab -- --port=9 --no-browser"
    ]


def test_a_changed_lock_installs_again(folder: Path) -> None:
    stamp = installed(folder)
    stamp.touch()
    later = stamp.stat().st_mtime + 10
    os.utime(folder / "requirements.lock", (later, later))
    assert "install.py requirements.lock" in make(folder, "-n", "lab").stdout


def test_the_environments_lab_args_count_and_the_command_lines_win(folder: Path) -> None:
    installed(folder).touch()
    assert make(folder, "-n", "lab", LAB_ARGS="--port=7").stdout == ".venv/bin/course lab -- --port=7\n"
    both = make(folder, "-n", "lab", "LAB_ARGS=--port=9", LAB_ARGS="--port=7").stdout
    assert both == ".venv/bin/course lab -- --port=9\n"


def test_a_learner_gets_the_first_lock_alone_and_a_test_the_second_on_top(folder: Path) -> None:
    assert "requirements-test.lock" not in make(folder, "-n", "lab").stdout
    plan = make(folder, "-n", "pytest").stdout
    assert plan.index("install.py requirements.lock") < plan.index("install.py requirements-test.lock")


def test_a_repository_that_was_moved_installs_again(folder: Path) -> None:
    installed(folder).touch()
    moved = folder.rename(folder.with_name("moved"))
    assert "install.py requirements.lock" in make(moved, "-n", "lab").stdout


def test_clean_keeps_answers_and_grades(folder: Path) -> None:
    kept = [folder / "work" / "day04" / "answer.ipynb", folder / "cohort" / "gradebook.db"]
    gone = [
        folder / ".venv" / "x",
        folder / "course" / "__pycache__" / "x.pyc",
        folder / "test-artifacts" / "x.png",
    ]
    for path in (*kept, *gone):
        path.parent.mkdir(parents=True)
        path.touch()
    make(folder, "clean")
    assert all(path.exists() for path in kept)
    assert not any(path.exists() for path in gone)
