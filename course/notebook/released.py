"""What a day's notebook file holds: its exercises, its checks and their points, read as JSON."""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ORIGIN = re.compile(r"^# exercise: (course\.[\w.]+)\.(\w+)\s*$", re.MULTILINE)

_MINUTES = re.compile(r"^Week \d · (\d+) minutes", re.MULTILINE)

_HEADING = re.compile(r"^#{2,3} (?:\d )?(.+?)(?: \([^()]*\))?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """One cell as saved: ``grade_id`` is nbgrader's, or ""; ``id`` is what a link to the cell names."""

    kind: str
    source: str
    grade_id: str = ""
    points: float | None = None
    solution: bool = False
    id: str = ""


def read_cells(path: Path) -> list[Cell]:
    """The cells of a notebook, in order; none where the file is missing or is no notebook."""
    try:
        raw = json.loads(path.read_bytes())["cells"]
        return [_cell(cell) for cell in raw]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []


def _cell(raw: dict[str, Any]) -> Cell:
    source, grader = raw["source"], raw.get("metadata", {}).get("nbgrader", {})
    return Cell(
        kind=str(raw["cell_type"]),
        source=source if isinstance(source, str) else "".join(source),
        grade_id=str(grader.get("grade_id", "")),
        points=float(grader["points"]) if grader.get("grade") else None,
        solution=bool(grader.get("solution")),
        id=str(raw.get("id", "")),
    )


def minutes(cells: list[Cell]) -> int:
    """The minutes that the day takes, as the notebook's first cell says; 0 where it does not."""
    found = _MINUTES.search(cells[0].source) if cells else None
    return int(found[1]) if found else 0


def automatic_points(cells: list[Cell]) -> dict[str, float]:
    """Points by check, for the cells that a check scores; spoken answers are not among them."""
    return {
        c.grade_id: c.points for c in cells if c.points is not None and not c.solution and c.kind == "code"
    }


def place(cells: list[Cell], check: str) -> tuple[str, str]:
    """What the part of ``check`` is called, as its last heading says it less what stands in brackets, and the id of the
    heading's cell; the check's own name where no heading stands before it."""
    name, where = check, ""
    for cell in cells:
        if cell.kind == "markdown" and (found := _HEADING.findall(cell.source)):
            name, where = found[-1], cell.id
        if cell.grade_id == check:
            break
    return name, where


def heading_of(cells: list[Cell], cell: Cell) -> str:
    """The last heading before ``cell``, as :func:`place` says it; "" where there is none."""
    before = [each.source for each in cells[: cells.index(cell)] if each.kind == "markdown"]
    return next((found[-1] for source in reversed(before) if (found := _HEADING.findall(source))), "")


def exercise(cells: list[Cell], day: str, name: str) -> Cell | None:
    """The cell of exercise ``name`` (``day04-HashRing-code``)."""
    return next((cell for cell in cells if cell.grade_id == f"{day}-{name}-code"), None)


def origin(source: str) -> tuple[str, str] | None:
    """Module and name of the reference that an exercise's cell was cut from, as its comment says."""
    found = _ORIGIN.search(source)
    return (found[1], found[2]) if found else None


def checks_of(cells: list[Cell], name: str) -> list[str]:
    """The ids of the checks that are called with ``name``: ``graded("day04-ring", check_ring, HashRing, …)``."""
    found = []
    for node in (node for tree in trees(cells) for node in ast.walk(tree)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "graded":
            named = any(isinstance(argument, ast.Name) and argument.id == name for argument in node.args)
            if named and isinstance(node.args[0], ast.Constant):
                found.append(str(node.args[0].value))
    return found


def trees(cells: list[Cell]) -> list[ast.Module]:
    """The syntax trees of the code cells that are plain Python."""
    found = []
    for cell in cells:
        if cell.kind == "code":
            try:
                found.append(ast.parse(cell.source))
            except (SyntaxError, ValueError):
                continue
    return found
