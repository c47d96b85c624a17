"""Gates of the house as a whole: arrows, the library's figures, papers' links, rooms and notebooks that belong to a day."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from course.build.days import KEYS, NOTEBOOKS, ROOMS, existing_days
from course.build.gates_files import paper_links
from course.build.gates_interview import mocks_hold
from course.build.gates_room import Problem
from course.build.gates_units import library_units
from course.checking.seeds import ROOT
from course.syllabus import DAYS


def hold_house(root: Path = ROOT) -> list[Problem]:
    """Every problem of the house as a whole."""
    return [*arrows(root), *library_units(root), *paper_links(root), *strays(), *mocks_hold()]


def arrows(root: Path) -> Iterator[Problem]:
    """Imports go the way that the contracts in ``pyproject.toml`` allow."""
    line = [
        sys.executable,
        "-P",
        "-c",
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as main; main(['--no-cache'])",
    ]
    run = subprocess.run(line, cwd=root, capture_output=True, text=True, check=False)
    if run.returncode:
        broken = [said.strip() for said in run.stdout.splitlines() if " -> " in said]
        said = broken or (run.stderr.strip() or run.stdout.strip()).splitlines()[-1:]
        for what in said:
            yield Problem(
                "house",
                "arrows",
                what,
                "the library imports none of the rest; see [tool.importlinter] in pyproject.toml",
            )


def strays() -> Iterator[Problem]:
    """Every room and every generated notebook belongs to a day of the syllabus that has a lesson."""
    days = existing_days()
    rooms = {day.package for day in days} | {
        day.package for day in DAYS if (ROOMS / day.package / "mock.py").is_file()
    }
    for folder in sorted(ROOMS.iterdir()):
        if folder.is_dir() and folder.name != "__pycache__" and folder.name not in rooms:
            what = f"course/days/{folder.name} is the room of no day: the syllabus has no such package, or it has neither lesson.py nor mock.py"
            yield Problem("house", "rooms", what, "name it as syllabus.py does, or remove it")
    notebooks = {day.notebook for day in days}
    for place in (KEYS, NOTEBOOKS):
        for path in sorted(place.glob("day*/*.ipynb")):
            if path.relative_to(place).as_posix() not in notebooks:
                yield Problem(
                    "house",
                    "rooms",
                    f"{path.relative_to(ROOT).as_posix()} is built by no lesson",
                    "remove it, or write its day's lesson",
                )
