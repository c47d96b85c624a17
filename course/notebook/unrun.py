"""A name of the day that a cell asks for before its own cell was run: the kernel says which cell to run first."""

import symtable
from types import TracebackType
from typing import Any

from course.checking.seeds import ROOT
from course.notebook.released import Cell, heading_of, read_cells
from course.syllabus import Day


def watch(shell: Any, day: Day) -> None:
    """Let ``shell`` say, in the place of a bare ``NameError`` of a cell, which cell of ``day`` is to be run first."""

    def said(
        shell: Any, kind: type, error: NameError, trace: TracebackType, tb_offset: int | None = None
    ) -> None:
        cells = read_cells(ROOT / "notebooks" / day.notebook) if _of_a_cell(trace) else []
        first = first_to_run(error.name or "", cells)
        if first:
            shell.showtraceback((kind, kind(first), None), exception_only=True)
        else:
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    shell.set_custom_exc((NameError,), said)


def first_to_run(name: str, cells: list[Cell]) -> str:
    """Which of ``cells`` defines ``name``, as a sentence of what to do; "" where none does."""
    for cell in cells:
        if name in binds(cell):
            return (
                f"{name} is not defined in this kernel yet: run first the cell that defines it, under "
                f"“{heading_of(cells, cell)}”, and those above it"
            )
    return ""


def _of_a_cell(trace: TracebackType) -> bool:
    """Whether a line of a cell raised, and no function that it called."""
    while trace.tb_next:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_name == "<module>"


def binds(cell: Cell) -> set[str]:
    """The names that a cell defines; none where it is no code, or no plain Python."""
    if cell.kind != "code":
        return set()
    try:
        symbols = symtable.symtable(cell.source, "cell", "exec").get_symbols()
    except (SyntaxError, ValueError):
        return set()
    return {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}
