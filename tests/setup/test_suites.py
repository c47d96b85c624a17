"""The end of a run says what each suite cost, and on CI one above its ceiling fails. About 3 s."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from course.checking.seeds import ROOT

BUSY = "def test_busy():\n    assert sum(range(3_000_000))\n"


def run(
    root: Path, *options: str, ci: bool, only: tuple[str, ...] = ("tests",)
) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST")
    }
    environment = kept | ({"CI": "true"} if ci else {})
    line = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, *only]
    return subprocess.run(line, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for suite in ("quick", "slow"):
        (tmp_path / "tests" / suite).mkdir(parents=True)
        (tmp_path / "tests" / suite / f"test_{suite}.py").write_text(BUSY)
    shutil.copyfile(ROOT / "tests" / "conftest.py", tmp_path / "tests" / "conftest.py")
    (tmp_path / "pyproject.toml").write_text("[tool.suite-seconds]\nquick = 100\nslow = 0.001\n")
    return tmp_path


@pytest.mark.parametrize("options", [("-n", "0"), ("-n", "2")])
def test_a_suite_above_its_ceiling_fails_on_ci(root: Path, options: tuple[str, ...]) -> None:
    done = run(root, *options, ci=True)
    assert done.returncode == 1, done.stdout
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith(("quick", "slow"))]
    assert [line[0] for line in lines] == ["quick", "slow"]
    assert lines[0][-1] == "100"
    assert lines[1][-3:] == ["ABOVE", "ITS", "CEILING"]


def test_a_suite_that_a_run_of_everything_leaves_out_fails_on_ci(root: Path) -> None:
    (root / "tests" / "slow").rename(root / "tests" / "build")
    settings = (
        '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n[tool.suite-seconds]\nquick = 100\nbuild = 100\n'
    )
    (root / "pyproject.toml").write_text(settings)
    done = run(root, "-n", "0", ci=True, only=())
    assert done.returncode == 1, done.stdout
    assert ["build", "NOT", "RUN"] in [line.split() for line in done.stdout.splitlines()]
    assert run(root, "-n", "0", ci=True, only=("tests/quick",)).returncode == 0


def test_elsewhere_it_is_only_said(root: Path) -> None:
    done = run(root, "-n", "0", ci=False)
    assert done.returncode == 0
    assert "ABOVE ITS CEILING" in done.stdout


def test_every_suite_has_a_ceiling() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    suites = {
        path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"
    }
    assert settings["tool"]["suite-seconds"].keys() == suites
