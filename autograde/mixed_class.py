"""A class for the benchmark: right answers, answers with one known mistake each, half finished ones, and blank ones."""

import copy
from collections.abc import Iterator
from typing import Any

from course.build.days import ROOMS, Built
from course.checking.mistakes import FILE, Mistake, read_mistakes

KINDS = ("right", "one mistake", "half finished", "blank")
"""Of a mixed class, in turn."""


def mixed_class(built: Built, number: int) -> Iterator[tuple[str, Any]]:
    """``number`` submissions with their kinds, :data:`KINDS` in turn; each notebook that is worked on differs from all others.

    The mistakes are those of the day's ``mistakes.toml``, spread over the whole list. Half of the exercises of a half
    finished one are answered, and half of the interview is played.
    """
    lesson = built.lesson
    keys = {name: cell.source for cell in built.key.cells if (name := _name(cell))}
    codes = [f"{lesson.day.id}-{each.name}-code" for each in lesson.exercises]
    mistakes = [each for each in read_mistakes(ROOMS / lesson.day.package / FILE) if not each.decision]
    wrong = -(-number // len(KINDS))
    play = f"{lesson.day.id}-play"
    moves = [line for line in keys[play].splitlines() if line.startswith("table.propose")]
    for n in range(number):
        kind = KINDS[n % len(KINDS)]
        answers = {} if kind == "blank" else {name: keys[name] for name in codes}
        if kind == "one mistake":
            mistake = mistakes[n // len(KINDS) * len(mistakes) // wrong % len(mistakes)]
            code = f"{lesson.day.id}-{mistake.exercise}-code"
            answers[code] = _with(mistake, answers[code])
        elif kind == "half finished":
            answers = {name: keys[name] for name in codes[: len(codes) // 2]}
        played = {"blank": [], "half finished": moves[: len(moves) // 2]}.get(kind, moves)
        notebook = copy.deepcopy(built.released)
        for cell in notebook.cells:
            if _name(cell) in answers:
                cell.source = f"{answers[_name(cell)].rstrip()}\n# submission {n}"
            elif _name(cell) == play:
                cell.source = "\n".join([cell.source.removesuffix("\ntable"), *played, "table"])
        yield kind, notebook


def _with(mistake: Mistake, text: str) -> str:
    """An answer with a known mistake made in it. Raises ``ValueError`` where its place is elsewhere in the library."""
    old, new = next((edit for edit in mistake.edits if edit[0] in text), ("", ""))
    if not old:
        raise ValueError(f"{mistake.title} is not in the exercise's own text")
    return text.replace(old, new)


def _name(cell: Any) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
