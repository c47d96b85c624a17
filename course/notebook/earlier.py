"""`mine`: a later day runs on the learner's own work from an earlier one, where that passed; `played`: a day runs on the
course's own implementation, where that was asked for."""

import ast
import builtins
import importlib
import linecache
import symtable
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from course.checking.seeds import ROOT
from course.notebook import progress
from course.notebook.released import Cell, checks_of, exercise, origin, read_cells, trees
from course.notebook.source import text_hash
from course.notebook.state import home, learner, on_reference
from course.syllabus import Day, find


class NoSuchExercise(LookupError):
    """The day has no exercise of that name."""


class _NotUsable(Exception):
    """The learner's own class cannot be given, and why."""


def mine(day: int | str, name: str) -> Any:
    """The learner's own ``name`` (a class or function) from ``day``, or the reference; prints which, and why.

    The learner's stands in the notebook of that day beside this one. It is given only if every check of it passed
    for exactly the text that is saved there; no check runs now. Wherever a grader or a gate runs, and where the day is
    played on the reference, it is the reference. Raises :class:`NoSuchExercise`.
    """
    found = find(day)
    module = _reference(found, name)
    if learner() and not on_reference():
        try:
            own = _own(found, name)
        except _NotUsable as reason:
            print(f"{name}: the reference, since {reason}")
        else:
            print(f"{name}: your own, from day {found.number}")
            return own
    return getattr(importlib.import_module(module), name)


def references(day: int | str, objects: Sequence[object]) -> tuple[Any, ...]:
    """The course's own in place of each of ``objects``, known by its name among the exercises of ``day``; what is no
    exercise stays. Raises :class:`~course.syllabus.NoSuchDay`."""
    found = find(day)

    def reference(target: object) -> Any:
        name = getattr(target, "__name__", "")
        try:
            return getattr(importlib.import_module(_reference(found, name)), name)
        except NoSuchExercise:
            return target

    return tuple(map(reference, objects))


def played(day: int | str, *objects: Any) -> tuple[Any, ...]:
    """``objects`` as section 5 runs them: the learner's own, or the course's where ``start(day, play="reference")`` was
    said. What a day measures of the learner's objects it measures of these."""
    return references(day, objects) if learner() and on_reference() else objects


def lay_out(day: Day, names: dict[str, Any]) -> None:
    """Define in ``names`` the exercises of ``day`` that it lacks, unwritten as the course gives them out: a notebook that
    is played on the course's own implementation then needs none of section 4."""
    for cell in read_cells(ROOT / "notebooks" / day.notebook):
        said = origin(cell.source) if cell.grade_id.endswith("-code") else None
        if said and said[1] not in names:
            exec(compile(cell.source, f"{day.id}-{said[1]}", "exec"), names)  # noqa: S102 - the course's own cells


def _reference(day: Day, name: str) -> str:
    """The library module that exercise ``name`` of ``day`` was cut from, as the notebook's exercise cell says."""
    for folder in (ROOT / "notebooks", home()):
        cell = exercise(read_cells(folder / day.notebook), day.id, name)
        said = origin(cell.source) if cell else None
        if said and said[1] == name:
            return said[0]
    raise NoSuchExercise(
        f"day {day.number} has no exercise {name!r} in {day.notebook}; use the name that the exercise defines"
    )


def _own(day: Day, name: str) -> Any:
    cells = read_cells(home() / day.notebook)
    cell = exercise(cells, day.id, name)
    if cell is None:
        raise _NotUsable(f"there is no {day.notebook} beside this day with its cell")
    text, checks = text_hash(cell.source), checks_of(cells, name)
    missing = [check for check in checks if not progress.passes(check, name, text)]
    if missing or not checks:
        what = ", ".join(missing) or "no check"
        raise _NotUsable(
            f"{what} has not passed on what is saved in {day.notebook}; finish it there, then save"
        )
    return getattr(_run(day, name, cell, cells), name)


def _run(day: Day, name: str, cell: Cell, cells: list[Cell]) -> ModuleType:
    """The exercise cell as a module of its own, with what it uses of the notebook's other cells."""
    module = ModuleType(f"mine_{day.id}_{name}")
    path = str(Path(day.id) / f"{name}.py")
    try:
        for used in sorted(_free(cell.source, path) - vars(module).keys()):
            if exercise(cells[: cells.index(cell)], day.id, used):
                setattr(module, used, mine(day.id, used))
            else:
                exec(_import_of(used, cells), vars(module))  # noqa: S102 - the learner's own imports, in their kernel
        linecache.cache[path] = (len(cell.source), None, cell.source.splitlines(keepends=True), path)
        sys.modules[module.__name__] = module
        exec(compile(cell.source, path, "exec"), vars(module))  # noqa: S102 - the learner's own text, in their kernel
    except _NotUsable:
        raise
    except Exception as error:
        raise _NotUsable(
            f"its cell in {day.notebook} does not run alone: {type(error).__name__}: {error}"
        ) from error
    return module


def _free(source: str, path: str) -> set[str]:
    """The global names that ``source`` uses and neither defines nor finds in the language."""
    top = symtable.symtable(source, path, "exec")
    tables = list(_tables(top))
    defined = {
        s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()
    }
    defined |= {
        s.get_name() for t in tables for s in t.get_symbols() if s.is_declared_global() and s.is_assigned()
    }
    used = {
        s.get_name()
        for t in tables
        for s in t.get_symbols()
        if s.is_referenced() and (t is top or s.is_global())
    }
    return used - defined - set(dir(builtins))


def _tables(top: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield top
    for inner in top.get_children():
        yield from _tables(inner)


def _import_of(name: str, cells: list[Cell]) -> Any:
    """The code of the notebook's import that binds ``name``."""
    for statement in (statement for tree in trees(cells) for statement in tree.body):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name.partition(".")[0]) == name:
                    return compile(ast.Module([statement], []), f"import of {name}", "exec")
    raise _NotUsable(
        f"it uses {name}, which its cell does not define; move {name} into the cell and check it again"
    )
