"""The gate of figures: a number with a unit comes from ``facts.py``, with its source and its date.

A name tells its unit (``step_ms``, ``PRICE_USD``). A literal that is assigned to such a name, is the default of such a
parameter, or is passed as one, is a figure without a source, except 0 and 1. Where a number is no figure from the world
(the width of an index, a test's input), its line says so: ``LINK_BYTES = 4  # chosen: a 32-bit index``. The entries of
a dictionary are free: a round's load is a choice of the scenario.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from course.build.gates_room import Code, Problem, Room
from course.syllabus import DAYS

GATE = "units"
MEND = "add it to course/facts.py with unit, source and date, and read facts.NAME.value; or say why it is free: `# chosen: …`"
_UNIT = re.compile(
    r"_(ns|us|µs|ms|s|sec|secs|seconds|minutes|hours|usd|eur|bytes|kb|mb|gb|tb|pb|kib|mib|gib|tib"
    r"|kbps|mbps|gbps|tbps|qps|rps|hz|mhz|ghz|flops|gflops|tflops|watts|kw|kwh)$",
    re.IGNORECASE,
)
_CHOSEN = re.compile(r"#.*\bchosen: \S")


def units(room: Room) -> list[Problem]:
    """Numbers with a unit in the day's lesson, checks and interview come from ``facts.py``."""
    return [
        room.problem(GATE, what, MEND) for code in [*room.modules(), *room.cells()] for what in figures(code)
    ]


def library_units(root: Path) -> Iterator[Problem]:
    """The same for the library, field by field."""
    for path in library_files(root):
        code = Code(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        yield from (Problem("house", GATE, what, MEND) for what in figures(code))


def library_files(root: Path) -> Iterable[Path]:
    """The library's modules under ``root``."""
    return (
        path
        for field in sorted({day.field for day in DAYS})
        for path in sorted((root / "course" / "systems" / field).rglob("*.py"))
    )


def figures(code: Code) -> Iterator[str]:
    """Every literal in ``code`` that a name with a unit takes, as a sentence."""
    lines = code.text.split("\n")
    for node in ast.walk(code.tree):
        for name, value in _given(node):
            if _UNIT.search(name) and _is_literal(value) and not _CHOSEN.search(lines[value.lineno - 1]):
                yield f"{code.at(value)}: {name} = {ast.unparse(value)} has a unit and no source"


def _given(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((_name(target), value) for target in targets)
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.NamedExpr(target=target, value=value)
        ):
            yield _name(target), value
        case ast.keyword(arg=str(name), value=value):
            yield name, value
        case ast.arguments():
            positional = [*node.posonlyargs, *node.args]
            defaults = zip(reversed(positional), reversed(node.defaults), strict=False)
            yield from ((argument.arg, default) for argument, default in defaults)
            yield from ((a.arg, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d)


def _name(target: ast.AST) -> str:
    return (
        target.id
        if isinstance(target, ast.Name)
        else target.attr
        if isinstance(target, ast.Attribute)
        else ""
    )


def _is_literal(value: ast.expr) -> bool:
    """Whether ``value`` is a number other than 0 and 1, or arithmetic of plain numbers."""
    match value:
        case ast.Constant(value=bool()):
            return False
        case ast.Constant(value=int() | float() as number):
            return number not in (0, 1)
        case ast.UnaryOp(operand=operand):
            return _is_literal(operand)
        case ast.BinOp(left=left, right=right):
            return _is_number(left) and _is_number(right)
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return any(_is_literal(item) for item in items)
    return False


def _is_number(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=int() | float()):
            return True
        case ast.UnaryOp(operand=operand):
            return _is_number(operand)
        case ast.BinOp(left=left, right=right):
            return _is_number(left) and _is_number(right)
    return False
