"""A copy of the repository without its days, in which tests may open rooms and plant defects."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from course.checking.seeds import ROOT


@dataclass(frozen=True)
class House:
    """A copy of the repository at ``root``."""

    root: Path

    def run(self, *line: str, says: str = "") -> subprocess.CompletedProcess[str]:
        """Run Python on the copy: ``-c code`` or a script by path; ``says`` goes to its standard input."""
        kept = {
            name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "COURSE_GATE")
        }
        environment = kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-P", *line]
        return subprocess.run(
            command, cwd=self.root, env=environment, input=says, capture_output=True, text=True, check=False
        )

    def course(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the author's, such as ``course("check", "17")``."""
        folder = Path(__file__).parent
        return self.run(
            "-c",
            f"import sys; sys.path.insert(0, {str(folder)!r}); from hold_days import here; here(); "
            f"from course.cli import main; sys.exit(main({list(arguments)!r}))",
        )

    def hold(self, orders: list[tuple[int, list[str], dict[str, float]]]) -> list[list[dict[str, Any]]]:
        """The problems of each order (day, names of gates or none for all, limits), in their order."""
        run = self.run(str(Path(__file__).with_name("hold_days.py")), says=json.dumps(orders))
        assert run.returncode == 0, run.stderr
        found: list[list[dict[str, Any]]] = json.loads(run.stdout)
        return found


@pytest.fixture(scope="session")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes copies of the repository without its days."""

    def copy(name: str) -> House:
        root = tmp_path_factory.mktemp(name)
        for part in ("course", "datasets", "autograde"):
            ignore = shutil.ignore_patterns("__pycache__", "day[0-9]*")
            shutil.copytree(ROOT / part, root / part, ignore=ignore)
        (root / "notebooks").mkdir()
        shutil.copyfile(ROOT / "pyproject.toml", root / "pyproject.toml")
        return House(root)

    return copy
