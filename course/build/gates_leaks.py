"""The gates against answers in the learner's notebook: its text, and hints that say too much."""

import ast
import re
import textwrap
from collections.abc import Iterator

from course.build.closure import closure
from course.build.cut_tree import LEFT_OUT
from course.build.gates_room import Problem, Room
from course.build.lesson import RUBRIC
from course.checking.seeds import ROOT

GATE = "leaks"
LONG = 25
"""Characters of a line, spaces evened out, from which it counts as solution text."""
LONG_IN_A_HINT = 10
"""Characters of code, without spaces, from which a hint that holds it quotes the key."""


def leaks(room: Room) -> list[Problem]:
    """No line of a cut body or of a rubric stands in the released notebook, except where the library gives it anyway."""
    cells = [(cell, _lines(cell.source)) for cell in room.built.released.cells]
    given = _given(room)
    found = []
    for name, cut in room.cut_lines.items():
        for line in _lines("\n".join(cut)):
            if len(line) >= LONG and line not in given:
                found += [
                    _problem(room, f"a line of {name}'s answer", line, cell)
                    for cell, lines in cells
                    if any(line in other for other in lines)
                ]
    for cell in room.lesson.of("spoken"):
        for line in _lines(cell.source.split(RUBRIC)[1]):
            if len(line) >= LONG:
                found += [
                    _problem(room, "a line of a rubric", line, other)
                    for other, lines in cells
                    if line in lines
                ]
    for cell in room.built.released.cells:
        for mark in ("### BEGIN", "### END", RUBRIC):
            if mark in cell.source:
                found.append(_problem(room, "a mark of the key", mark, cell))
    return found


def hints(room: Room) -> list[Problem]:
    """No hint, of an exercise or of a claim, quotes a statement of the key, or the expression that one turns on."""
    said = [
        (f"a hint of cell {cell.index}", hint)
        for cell in room.lesson.of("markdown")
        for hint in re.findall(r"^> hint: (.*(?:\n> (?!hint: ).*)*)", cell.source, re.MULTILINE)
    ]
    said += [
        (f"the hint of “{claim}”", hint)
        for check in room.cut_run.checks.values()
        for claim, hint in check.hints.items()
    ]
    given = {_tight(line) for line in _given(room)}
    quoted = {
        code: name
        for name, cut in room.cut_lines.items()
        for code in map(_tight, _code("\n".join(cut)))
        if len(code) >= LONG_IN_A_HINT and code not in given
    }
    return [
        room.problem(
            "hints",
            f"{where} quotes the key of {name}: {code}",
            "push the thought, and let the learner write the code",
        )
        for where, hint in said
        for code, name in quoted.items()
        if code in _tight(hint)
    ]


def _code(cut: str) -> Iterator[str]:
    """The statements of a hole that stand on one line, and what they compute, test or go over, as text."""
    for node in ast.walk(ast.parse(textwrap.dedent(cut))):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            yield ast.unparse(node)
        for part in ("value", "test", "iter", "exc"):
            inner = getattr(node, part, None) if isinstance(node, ast.stmt) else None
            if isinstance(inner, ast.BinOp | ast.BoolOp | ast.Call | ast.Compare | ast.IfExp | ast.ListComp):
                yield ast.unparse(inner)


def _tight(text: str) -> str:
    """``text`` without what differs between two ways to set the same code."""
    return re.sub(r"[\s`]", "", text).replace("'", '"')


def _problem(room: Room, kind: str, line: str, cell: object) -> Problem:
    title = str(getattr(cell, "source", "")).strip().splitlines()[:1] or [""]
    what = f"{kind} stands in the released notebook, in the cell {title[0][:50]!r}: {line}"
    return room.problem(GATE, what, "take it out of the lesson's text and demos, or leave it out of the hole")


def _given(room: Room) -> set[str]:
    """Every line of ours that the day stands on, as a learner may read it today: with today's holes cut."""
    lines: set[str] = set()
    cut = {ROOT / (module.replace(".", "/") + ".py"): text for module, text in room.cut_modules.items()}
    for path in closure(room.day):
        if path.suffix == ".py" and path.relative_to(ROOT).parts[1] not in LEFT_OUT:
            lines.update(_lines(cut.get(path) or path.read_text(encoding="utf-8")))
    return lines


def _lines(text: str) -> list[str]:
    return [even for line in text.split("\n") if (even := re.sub(r"\s+", " ", line).strip())]
