"""Read a submitted notebook as data, and take from it what counts: solution text by grade id, and the learner's own cells.

What was deleted, duplicated, reordered, retagged, injected or renamed cannot matter: the graded notebook is rebuilt
from the source's cells, and a solution is found by its grade id, else by its cell id. Nothing here is executed.
"""

import ast
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.build.days import Built
from course.interview.store import FILE as MOVES
from course.interview.store import Unreadable, read_moves

MAX_NOTEBOOK = 20 << 20
"""Bytes of a notebook that is read."""
MAX_CELLS = 2_000
"""Cells of a notebook that are looked at."""
MAX_SOURCE = 200_000
"""Characters of one cell."""


class CannotRead(ValueError):
    """A submission that cannot be read at all: the reason, in one sentence."""


@dataclass(frozen=True)
class Step:
    """One cell to run when grading: a solution (``grade_id``), or one of the learner's own cells."""

    name: str
    source: str
    solution: bool


@dataclass(frozen=True)
class Submission:
    """What counts of a submitted notebook.

    ``solutions`` maps the grade id of every solution cell to the learner's text (the stub where it is missing).
    ``steps`` are the cells to run, in the source's order with the learner's own cells between. ``spoken`` maps the
    grade ids of spoken answers to their text. ``moves`` are the interview's, unchecked. ``flags`` are for the
    instructor's eyes.
    """

    solutions: dict[str, str]
    steps: tuple[Step, ...]
    spoken: dict[str, str]
    moves: tuple[object, ...]
    flags: tuple[str, ...] = ()


@dataclass
class _Found:
    """Cells of a submitted notebook, taken apart."""

    by_id: dict[str, list[str]] = field(default_factory=dict)
    own: list[tuple[int, str]] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)


def read_submission(path: Path, built: Built) -> Submission:
    """Read ``path`` (a notebook of ``built``'s day). Raises :class:`CannotRead`."""
    cells = _cells(path)
    released = built.released.cells
    graded = {_grade_id(cell): cell for cell in released if _grade_id(cell)}
    stubs = {name: cell.source for name, cell in graded.items() if cell.metadata.nbgrader.solution}
    ids = {cell.id: _grade_id(cell) for cell in released}
    known = {_text(cell.source) for cell in released if cell.cell_type == "code"}
    found = _Found()
    seen = 0
    order = [name for name in stubs]
    for cell in cells:
        name = _claimed_id(cell)
        if name not in graded:
            name = ids.get(cell.get("id"), name) if isinstance(cell.get("id"), str) else name
        source = _text(cell.get("source", ""))
        if len(source) > MAX_SOURCE:
            found.flags.append(
                f"a cell of {len(source)} characters was left out; at most {MAX_SOURCE} are read"
            )
        elif name in stubs:
            found.by_id.setdefault(name, []).append(source)
            seen = max(seen, order.index(name) + 1)
        elif (
            cell.get("cell_type") == "code" and source.strip() and source not in known and name not in graded
        ):
            found.own.append((seen, source))
        elif name in graded and name.endswith("-setup") and source not in known:
            found.own.append((0, source))
    solutions = {name: _choose(name, found, stub) for name, stub in stubs.items()}
    spoken = {name: text for name, text in solutions.items() if graded[name].cell_type == "markdown"}
    play = f"{built.lesson.day.id}-play"
    moves, problem = _moves(path.parent, built.lesson.day.id, solutions.get(play, ""))
    if problem:
        found.flags.append(problem)
    steps = tuple(_steps(built, solutions, found.own, order))
    return Submission(solutions, steps, spoken, moves, tuple(found.flags))


def _cells(path: Path) -> list[dict[str, Any]]:
    """The notebook's cells as plain data, whatever its format version."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise CannotRead(f"{path.name} cannot be opened: {error.strerror}") from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise CannotRead(f"{path.name} is no regular file")
        data = file.read(MAX_NOTEBOOK + 1)
    if len(data) > MAX_NOTEBOOK:
        raise CannotRead(f"{path.name} is larger than {MAX_NOTEBOOK >> 20} MiB")
    try:
        notebook = json.loads(data.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        raise CannotRead(
            f"{path.name} is not JSON, so no notebook; open it in JupyterLab and save it again"
        ) from None
    if not isinstance(notebook, dict):
        raise CannotRead(f"{path.name} is no notebook")
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):
        sheets = [sheet.get("cells") for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]
    if not isinstance(cells, list):
        raise CannotRead(f"{path.name} holds no cells")
    return [
        cell if "source" in cell else {**cell, "source": cell.get("input", "")}
        for cell in cells[:MAX_CELLS]
        if isinstance(cell, dict)
    ]


def _text(source: object) -> str:
    """A cell's source as text with plain line ends; lists of lines are joined."""
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    text = source if isinstance(source, str) else ""
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", errors="replace").decode()


def _grade_id(cell: Any) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _claimed_id(cell: dict[str, Any]) -> str:
    metadata = cell.get("metadata")
    grader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = grader.get("grade_id") if isinstance(grader, dict) else None
    return name if isinstance(name, str) else ""


def _choose(name: str, found: _Found, stub: str) -> str:
    """The text of solution ``name``: the first that is not the stub; more than one is flagged."""
    texts = found.by_id.get(name, [])
    written = [text for text in texts if _bare(text) != _bare(stub)]
    if len(texts) > 1:
        found.flags.append(f"{name} stands {len(texts)} times; the first written one counts")
    if not texts:
        found.flags.append(f"{name} is missing; it counts as not written")
    return written[0] if written else stub


def _bare(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _steps(
    built: Built, solutions: dict[str, str], own: list[tuple[int, str]], order: list[str]
) -> Iterator[Step]:
    exercises = {f"{built.lesson.day.id}-{exercise.name}-code" for exercise in built.lesson.exercises}
    for place in range(len(order) + 1):
        if place and order[place - 1] in exercises:
            yield Step(order[place - 1], solutions[order[place - 1]], solution=True)
        for number, (anchor, source) in enumerate(own):
            if anchor == place:
                yield Step(f"own-{number + 1}", source, solution=False)


def _moves(folder: Path, scenario: str, play: str) -> tuple[tuple[object, ...], str]:
    """Moves from ``interview.json`` beside the notebook, then those written out in the play cell."""
    try:
        saved, problem = read_moves(folder / MOVES, scenario), ""
    except Unreadable as error:
        saved, problem = [], str(error)
    return (*saved, *proposals(play)), problem


def proposals(source: str) -> Iterator[dict[str, object]]:
    """The moves of ``table.propose(round=1, knob=2, predict=3)`` lines with literal arguments; nothing is run."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in tree.body:
        call = node.value if isinstance(node, ast.Expr) else None
        if not (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "propose"
            and not call.args
        ):
            continue
        try:
            values = {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}
        except (ValueError, TypeError, RecursionError, MemoryError):
            continue
        yield {"round": values.pop("round", None), "predict": values.pop("predict", None), "design": values}
