"""Read a submitted notebook as data, and take from it what counts: solution text by grade id, and the learner's own cells.

What was deleted, duplicated, reordered, retagged, injected or renamed cannot matter: the graded notebook is rebuilt
from the source's cells, and a solution is found by its grade id, by its cell id, or by what it defines in any cell. What
cannot be placed is shown to a person. Nothing here is executed.
"""

import ast
import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from autograde.beside import beside
from autograde.cell_names import defined, parsed
from autograde.spoken import Answer, Part, answers, bare
from course.build.cutting import STUB
from course.build.days import Built
from course.interview.store import FILE as MOVES
from course.interview.store import Unreadable, read_moves

MAX_NOTEBOOK = 20 << 20
"""Bytes of a notebook that is read."""
MAX_CELLS, MAX_OWN = 500, 1_000_000
"""Cells of a notebook that are looked at beside those that are graded, and characters of the learner's own code in all."""
MAX_SOURCE, MAX_WORDS = 200_000, 4_000_000
"""Characters of one cell of code, and of one of words, which may hold a picture."""
MAX_OTHERS = 5
"""Other notebooks in a submission that are looked at."""
PAUSE = 20.0
"""Minutes without a run after which a learner counts as away."""
OWN = "own-"
"""How the names of the learner's own cells begin."""


class CannotRead(ValueError):
    """A submission that cannot be read at all: the reason, in one sentence."""


@dataclass(frozen=True)
class Step:
    """One cell to run when grading: a solution, or one of the learner's own cells. ``place`` is the number of graded
    cells, in the source's order, above it."""

    name: str
    source: str
    solution: bool
    place: int = 0


@dataclass(frozen=True)
class Submission:
    """What counts of a submitted notebook.

    ``solutions`` maps the grade id of every solution cell to the learner's text (the stub where it is missing).
    ``steps`` are the cells to run, in the source's order with the learner's own cells between. ``spoken`` maps the
    grade ids of spoken answers to what was written. ``moves`` are the interview's, unchecked. ``files`` lie beside the
    notebook where it runs. ``doubt`` is why a person should look at what does not earn all its points, "" for nothing.
    ``flags`` are for the instructor's eyes, and so is ``worked``: minutes at the notebook by its own time stamps, None
    where it has none.
    """

    solutions: dict[str, str]
    steps: tuple[Step, ...]
    spoken: dict[str, Answer]
    moves: tuple[object, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    doubt: str = ""
    flags: tuple[str, ...] = ()
    worked: int | None = None


@dataclass
class _Found:
    """Cells of a submitted notebook, taken apart. ``own`` are places and texts of the learner's own code cells, ``merged``
    the solutions that another one's cell runs."""

    by_id: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    own: list[tuple[int, str]] = field(default_factory=list)
    merged: set[str] = field(default_factory=set)
    parts: list[Part] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)


def read_submission(path: Path, built: Built, *, alone: bool = False) -> Submission:
    """Read ``path`` (a notebook of ``built``'s day), and unless ``alone`` what lies beside it. Raises :class:`CannotRead`."""
    cells = _cells(path)
    released = built.released.cells
    graded = {_grade_id(cell): cell for cell in released if _grade_id(cell)}
    stubs = {name: cell.source for name, cell in graded.items() if cell.metadata.nbgrader.solution}
    found = _taken_apart(cells, built, list(graded), stubs)
    exercises = {f"{built.lesson.day.id}-{each.name}-code": each.name for each in built.lesson.exercises}
    _sort_out(found, exercises, stubs)
    files, doubt = ({}, "") if alone else beside(path.parent)
    spoken, told = answers(found.parts, released, files)
    play = f"{built.lesson.day.id}-play"
    checked = {
        name: list(graded).index(check.grade_id) + 1
        for check in reversed(built.lesson.checks)
        for name in check.subjects
    }
    solutions = {}
    for name, stub in stubs.items():
        if name in spoken:
            solutions[name] = spoken[name].text or stub
            continue
        if name in exercises or name == play:
            _adopt(found, name, stub, exercises.get(name, ""), checked.get(exercises.get(name, ""), 0))
        solutions[name] = _choose(name, found, stub, exercises.get(name, ""))
    played = [solutions.get(play, ""), *(text for _, text in found.own if "propose" in text)]
    moves, problem = _moves(path.parent, built.lesson.day.id, played)
    if not alone:
        untouched = all(bare(solutions[name]) == bare(stub) for name, stub in stubs.items())
        worked = _worked_on(path, built)
        if worked and untouched:
            doubt = f"{path.name} is as it was released, but {worked} beside it is worked on: ask which one counts"
        elif worked:
            found.flags.append(f"{worked} beside it is worked on too, and was not graded")
        if hiding := [
            name for name in ("course.py", "course") if name in {each.split("/")[0] for each in files}
        ]:
            found.flags.append(
                f"{hiding[0]} beside the notebook hides the course where the learner works: it wants another name"
            )
    flags = [each for each in (doubt, *found.flags, *told, problem) if each]
    steps = tuple(_steps(list(graded), exercises, solutions | dict.fromkeys(found.merged, ""), found.own))
    return Submission(solutions, steps, spoken, moves, files, doubt, tuple(flags), minutes_worked(cells))


def _worked_on(path: Path, built: Built) -> str:
    """The name of another notebook beside the one at ``path`` that somebody has worked on; "" where there is none."""
    stubs = {_grade_id(cell): bare(cell.source) for cell in built.released.cells}
    for other in other_notebooks(path):
        with suppress(CannotRead):
            found = read_submission(other, built, alone=True)
            if any(bare(text) != stubs[name] for name, text in found.solutions.items()):
                return other.name
    return ""


def other_notebooks(path: Path) -> list[Path]:
    """Notebooks that lie beside the one at ``path``, as far as they are looked at."""
    return [each for each in sorted(path.parent.glob("*.ipynb")) if each.name != path.name][:MAX_OTHERS]


def minutes_worked(cells: list[dict[str, Any]]) -> int | None:
    """Minutes between the first and the last time that a cell ran, as JupyterLab noted them, without pauses.

    At least two stamps are needed. Only the last run of a cell is noted, so it is a lower bound; and it is the learner's
    own notebook that says so.
    """
    stamps = sorted(stamp for cell in cells for stamp in _stamps(cell))
    gaps = [(later - earlier).total_seconds() / 60 for earlier, later in pairwise(stamps)]
    return round(sum(gap for gap in gaps if gap <= PAUSE)) if gaps else None


def _stamps(cell: dict[str, Any]) -> Iterator[datetime]:
    metadata = cell.get("metadata")
    noted = metadata.get("execution") if isinstance(metadata, dict) else None
    for text in list(noted.values())[:10] if isinstance(noted, dict) else ():
        with suppress(ValueError, TypeError, OverflowError):
            stamp = datetime.fromisoformat(text)
            yield stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def _taken_apart(
    cells: list[dict[str, Any]], built: Built, order: list[str], stubs: dict[str, str]
) -> _Found:
    ids = {cell.id: _grade_id(cell) for cell in built.released.cells}
    known = {bare(_text(cell.source)) for cell in built.released.cells if cell.cell_type == "code"}
    found = _Found()
    if len(cells) > MAX_CELLS:
        found.flags.append(
            f"it has {len(cells)} cells; the first {MAX_CELLS}, and those that are graded, were read"
        )
    above = code = 0
    for number, cell in enumerate(cells):
        name, own_id = _claimed_id(cell), cell.get("id")
        if name not in order:
            name = ids.get(own_id, "") if isinstance(own_id, str) else ""
        if number >= MAX_CELLS and name not in order:
            continue
        source, kind = _text(cell.get("source", "")), str(cell.get("cell_type"))
        is_new = bool(source.strip()) and bare(source) not in known
        if len(source) > (MAX_SOURCE if kind == "code" else MAX_WORDS):
            found.flags.append(
                f"a cell of {len(source)} characters was left out; at most {MAX_SOURCE} of code or {MAX_WORDS} of words are read"
            )
            continue
        if name in order:
            above = max(above, order.index(name) + 1)
        if name in stubs:
            found.by_id.setdefault(name, []).append((above, source))
        elif name.endswith("-setup") and is_new:
            found.own.append((0, source))
        elif not name and kind == "code" and is_new:
            code += len(source)
            if code > MAX_OWN:
                found.flags.append(
                    f"a cell of the learner's own was left out: at most {MAX_OWN} characters are run"
                )
            else:
                found.own.append((above, source))
        found.parts.append(
            Part(name, isinstance(own_id, str) and own_id in ids, kind, source, cell.get("attachments"))
        )
    return found


def _cells(path: Path) -> list[dict[str, Any]]:
    """The notebook's cells as plain data, whatever its format version."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        near = ", ".join(_near(path))
        hint = (
            f"; {near} lies there: is that it? It wants to lie and to be called as it was released"
            if near
            else ""
        )
        raise CannotRead(f"{path.name} cannot be opened: {error.strerror}{hint}") from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise CannotRead(f"{path.name} is no regular file")
        with open(handle, "rb", closefd=False) as file:
            data = file.read(MAX_NOTEBOOK + 1)
    finally:
        os.close(handle)
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
        for cell in cells
        if isinstance(cell, dict)
    ]


def _near(path: Path) -> list[str]:
    """What may be the notebook that is not at ``path``: under another ending, or a folder deeper."""
    found = [*path.parent.glob("*.ipynb*"), *path.parent.glob("[!.]*/*.ipynb")]
    return sorted(each.relative_to(path.parent).as_posix() for each in found if each != path)[:MAX_OTHERS]


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


def _choose(name: str, found: _Found, stub: str, defines: str) -> str:
    """The text of solution ``name``: of the cells with that id, the first that is written and defines what it must.

    Others that define it again are not run, and flagged; what is left of a cell that was split is run where it stands.
    """
    written = [(place, text) for place, text in found.by_id.get(name, []) if bare(text) != bare(stub)]
    if name not in found.by_id:
        found.flags.append(f"{name} is missing; it counts as not written")
    if not written:
        return stub
    defining = [each for each in written if defines in defined(each[1])]
    chosen = min(defining or written, key=lambda each: STUB in each[1])
    rest = [each for each in written if each is not chosen and bare(each[1]) != bare(chosen[1])]
    if len(written) > 1:
        found.flags.append(f"{name} stands {len(written)} times; the first that defines it counts")
    if defines:
        found.own += [each for each in rest if each[1].strip() and defines not in defined(each[1])]
    return chosen[1]


def _sort_out(found: _Found, exercises: dict[str, str], stubs: dict[str, str]) -> None:
    """Give a text that stands in the cell of another exercise to its own: of two that were swapped each, of cells that
    were merged the one text to all."""
    written = {
        name: [each for each in found.by_id.get(name, []) if bare(each[1]) != bare(stubs[name])]
        for name in exercises
    }
    for name, each in [(name, each) for name, mine in written.items() for each in mine]:
        names = defined(each[1])
        for other, wanted in exercises.items():
            if (
                other == name
                or wanted not in names
                or any(wanted in defined(text) for _, text in written[other])
            ):
                continue
            if exercises[name] not in names:
                found.by_id[name].remove(each)
                found.by_id.setdefault(other, []).append(each)
                found.flags.append(f"the answer to {other} stands in the cell of {name}")
            elif other not in found.by_id:
                found.by_id[other] = [each]
                found.merged.add(other)
                found.flags.append(f"the answer to {other} stands in the cell of {name}")


def _adopt(found: _Found, name: str, stub: str, defines: str, checked: int) -> None:
    """Where no cell has the id of a solution: the first cell of the learner's own that defines what it must, or opens the
    interview. Where that cell is unwritten, and no own cell defines it above its check, which is graded cell ``checked``:
    the last that does below."""
    mine = [each for each in found.own if (defines in defined(each[1]) if defines else _plays(each[1]))]
    if name not in found.by_id:
        chosen = mine[:1]
    elif any(at < checked for at, _ in mine) or any(
        STUB not in text and bare(text) != bare(stub) for _, text in found.by_id[name]
    ):
        return
    else:
        chosen = mine[-1:]
    for each in chosen:
        found.own.remove(each)
        found.by_id[name] = [each]


def _plays(source: str) -> bool:
    called = [node.func for node in ast.walk(parsed(source)) if isinstance(node, ast.Call)]
    return any(isinstance(each, ast.Name) and each.id == "interview" for each in called)


def _steps(
    order: list[str], exercises: dict[str, str], solutions: dict[str, str], own: list[tuple[int, str]]
) -> Iterator[Step]:
    for place in range(len(order) + 1):
        if place and order[place - 1] in exercises:
            name = order[place - 1]
            yield Step(name, solutions[name], solution=True, place=place)
        for number, (above, source) in enumerate(own, start=1):
            if above == place:
                yield Step(f"{OWN}{number}", source, solution=False, place=place)


def _moves(folder: Path, scenario: str, played: list[str]) -> tuple[tuple[object, ...], str]:
    """Moves from ``interview.json`` beside the notebook, then those written out in its cells."""
    try:
        saved, problem = read_moves(folder / MOVES, scenario), ""
    except Unreadable as error:
        saved, problem = [], str(error)
    return tuple(filter(_short, (*saved, *(move for text in played for move in proposals(text))))), problem


def _short(move: object) -> bool:
    """Whether a move is data as the interview reads it; a number of a thousand digits is a move that it would refuse."""
    if not isinstance(move, dict) or len(move) > 10:
        return False
    design = move.get("design")
    values = [*move.values(), *(design.values() if isinstance(design, dict) and len(design) <= 50 else [])]
    return all(
        isinstance(value, dict | float | bool | None)
        or (isinstance(value, str) and len(value) <= 100)
        or (isinstance(value, int) and value.bit_length() <= 64)
        for value in values
    )


def proposals(source: str) -> Iterator[dict[str, object]]:
    """The moves of ``table.propose(round=1, knob=2, predict=3)`` lines with literal arguments; nothing is run."""
    for node in parsed(source).body:
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
