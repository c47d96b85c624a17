"""What a gate is given, and what it gives: a day's room, and problems with their mends."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from course.build.cutting import bodies, holes, module_text, stubbed
from course.build.days import ROOMS, Built, make
from course.build.lesson import Lesson, python
from course.build.told import Told
from course.build.trial import KeyTrial, NotebookTrial, Trials
from course.syllabus import Day


@dataclass(frozen=True)
class Problem:
    """One broken promise: of which day (``house`` where of none), at which gate, what it is, and the mend."""

    day: str
    gate: str
    what: str
    mend: str

    def text(self) -> str:
        """The problem as it is printed."""
        return f"{self.day} · {self.gate}: {self.what}\n    mend: {self.mend}"


Gate = Callable[["Room"], list[Problem]]


@dataclass(frozen=True)
class Code:
    """Python text of a room: ``where`` names it for people, ``first`` is the number of its first line there."""

    where: str
    text: str
    first: int = 1

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def at(self, node: ast.AST) -> str:
        """The place of ``node``: ``checks.py, line 12``."""
        return f"{self.where}, line {self.first + getattr(node, 'lineno', 1) - 1}"


class Room:
    """A day as the gates see it: built in memory, with the runs that several gates look at made once, in ``trials``.

    ``told`` is what the gate of mistakes has heard, to be kept."""

    def __init__(self, day: Day, rooms: Path = ROOMS) -> None:
        self.day = day
        self.rooms = rooms
        self.folder = rooms / day.package
        self.trials = Trials(day, rooms)
        self.told: Told = {}

    @cached_property
    def built(self) -> Built:
        """Raises :class:`~course.build.lesson.LessonError`."""
        return make(self.day, self.rooms)

    @property
    def lesson(self) -> Lesson:
        return self.built.lesson

    @cached_property
    def cut_modules(self) -> dict[str, str]:
        """Each module that the day cuts, as text with the stubs in place."""
        wanted: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for exercise in self.lesson.exercises:
            wanted.setdefault(exercise.module, []).append((exercise.name, exercise.holes))
        found = {}
        for module, cuts in wanted.items():
            text = module_text(module)
            found[module] = stubbed(
                text, [h for name, names in cuts for h in holes(text, module, name, names)]
            )
        return found

    @cached_property
    def cut_lines(self) -> dict[str, list[str]]:
        """The lines cut for each exercise, as they stand in the library."""
        found = {}
        for exercise in self.lesson.exercises:
            text = module_text(exercise.module)
            found[exercise.name] = bodies(text, holes(text, exercise.module, exercise.name, exercise.holes))
        return found

    def modules(self) -> Iterator[Code]:
        """The room's modules (not the lesson), as code."""
        for path in sorted(self.folder.glob("*.py")):
            if path.name != "lesson.py":
                yield Code(path.name, path.read_text(encoding="utf-8"))

    def cells(self) -> Iterator[Code]:
        """The code cells of the lesson that are Python and not a call of the format's own."""
        for cell in self.lesson.of("setup", "demo", "predict"):
            yield Code(f"cell {cell.index}", python(cell.source))

    @cached_property
    def setup_run(self) -> NotebookTrial:
        """The set-up cell alone, with everything still to be imported; before all other runs, which import much."""
        return self.trials.setup(self.lesson, self.built.key)

    @cached_property
    def _runs(self) -> tuple[NotebookTrial, NotebookTrial]:
        return self.trials.notebooks(self.built.key, self.built.released)

    @property
    def key_run(self) -> NotebookTrial:
        """The answer key, run top to bottom."""
        return self._runs[0]

    @property
    def released_run(self) -> NotebookTrial:
        """The released notebook, run top to bottom as a learner's kernel would."""
        return self._runs[1]

    @cached_property
    def cut_run(self) -> KeyTrial:
        """The key's solutions on the cut tree, examined by the whole one."""
        return self.trials.key(self.lesson, self.built.key)

    def problem(self, gate: str, what: str, mend: str) -> Problem:
        return Problem(self.day.id, gate, what, mend)
