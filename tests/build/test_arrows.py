"""The contracts in pyproject.toml hold, and they cover every package. About 2 s."""

import subprocess
import sys
import tomllib

from course.seeds import ROOT
from course.syllabus import DAYS


def test_imports_go_one_way() -> None:
    line = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as main; main(['--no-cache'])",
    ]
    run = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_field_of_the_syllabus_is_in_the_lowest_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "arrows")
    library, facts = layers[-2:]
    assert {part.strip(" ()") for part in library.split(":")} == {day.field for day in DAYS}
    assert facts == "facts"
