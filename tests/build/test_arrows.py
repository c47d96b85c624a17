"""The contracts in pyproject.toml hold, and they cover every package. About 2 s."""

import subprocess
import sys
import tomllib

from course.checking.seeds import ROOT
from course.syllabus import DAYS


def test_imports_go_one_way() -> None:
    line = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as main; main(['--no-cache'])",
    ]
    run = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_library_is_the_lowest_layer_and_has_the_fields_of_the_syllabus() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "arrows")
    assert layers[-2:] == ["systems", "facts | files | numbers"]
    fields = {folder.parent.name for folder in (ROOT / "course" / "systems").glob("*/__init__.py")}
    assert fields <= {day.field for day in DAYS}


def test_circles_are_looked_for_in_every_package_of_ours() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    circles = next(contract for contract in linter["contracts"] if contract["id"] == "circles")
    assert sorted(circles["ancestors"]) == sorted(linter["root_packages"])
    assert not {"skip_descendants", "ignore_imports"} & set(circles), "no circle is excused"
