"""Read a day's ``lesson.py`` (jupytext percent) into cells that the build understands."""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.syllabus import Day

KINDS = ("markdown", "setup", "demo", "predict", "exercise", "check", "interview", "spoken")
SECTIONS = ("Brief", "Predict", "Run", "Implement", "Break", "Escalate", "Explain", "Recap")
RUBRIC = "---rubric---"
"""The line between a spoken question and what only the answer key holds."""

EXERCISE = re.compile(
    r"from (course\.[\w.]+) import (?:\(\s*)?(\w+)(?:,\s*\))?\s*# implement(?:: *([\w, ]+))?"
)
_GUESS = re.compile(r"guess = (?P<sample>[^#\n]+?)\s*(?P<comment>#[^\n]*)?\n", re.ASCII)


class LessonError(ValueError):
    """A lesson breaks a rule: ``where`` (day and cell), ``what`` is the matter, and the ``mend``."""

    def __init__(self, day: str, cell: "Cell | None", what: str, mend: str) -> None:
        self.where = f"{day}, cell {cell.index} ({cell.title!r})" if cell else day
        self.what, self.mend = what, mend
        super().__init__(f"{self.where}: {what}. Mend: {mend}")


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson: its kind, text, and the section it stands in (0 before the first heading)."""

    index: int
    kind: str
    source: str
    section: int
    ordinal: int
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The first line, for messages."""
        return self.source.strip().splitlines()[0][:60] if self.source.strip() else "empty"


@dataclass(frozen=True)
class Exercise:
    """A piece of the library and the functions to cut out of it; ``holes`` is empty where ``name`` itself is one."""

    module: str
    name: str
    holes: tuple[str, ...]

    @property
    def file(self) -> str:
        return self.module.replace(".", "/") + ".py"


@dataclass(frozen=True)
class Check:
    """A graded call: ``function`` of the day's checks on ``subjects``, names of the notebook."""

    grade_id: str
    function: str
    subjects: tuple[str, ...]
    points: float


@dataclass(frozen=True)
class Lesson:
    """A day's lesson, read and held against the rules of the format."""

    day: Day
    folder: Path
    cells: tuple[Cell, ...]

    def exercise(self, cell: Cell) -> Exercise:
        """What an exercise cell cuts."""
        found = EXERCISE.fullmatch(cell.source.strip())
        if not found:
            raise LessonError(
                self.day.id,
                cell,
                "not an exercise line",
                "write `from course.systems.field.module import Name  # implement: method, method`",
            )
        holes = tuple(part.strip() for part in (found[3] or "").split(",") if part.strip())
        return Exercise(found[1], found[2], holes)

    def check(self, cell: Cell) -> Check:
        """What a check or interview cell calls, after its imports: ``check_x(Name, …)`` or
        ``interview(SCENARIO, Name, …)``."""
        try:
            *imports, last = ast.parse(cell.source).body
        except (SyntaxError, ValueError):
            imports, last = [], ast.Pass()
        call = last.value if isinstance(last, ast.Expr) else None
        plain_call = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and not call.keywords
        if not (plain_call and all(isinstance(each, ast.ImportFrom) for each in imports)):
            raise LessonError(
                self.day.id,
                cell,
                "not one call",
                "write the import and `check_ring(HashRing)`, and nothing else",
            )
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Name)
        names = tuple(arg.id for arg in call.args if isinstance(arg, ast.Name))
        if len(names) != len(call.args):
            raise LessonError(
                self.day.id, cell, "an argument that is no name", "pass the learner's objects by name"
            )
        points = cell.options.get("points")
        if not isinstance(points, int | float) or points <= 0:
            raise LessonError(self.day.id, cell, "no points", f"write `# %% [{cell.kind}] points=4`")
        function = call.func.id
        if cell.kind == "interview":
            if function != "interview" or names[:1] != ("SCENARIO",):
                mend = "write `interview(SCENARIO, HashRing)`, its objects being the learner's"
                raise LessonError(self.day.id, cell, "not an interview", mend)
            return Check(f"{self.day.id}-interview", function, names[1:], float(points))
        short = function.removeprefix("check_").replace("_", "-")
        return Check(f"{self.day.id}-{short}", function, names, float(points))

    def of(self, *kinds: str) -> list[Cell]:
        """The cells of these kinds, in order."""
        return [cell for cell in self.cells if cell.kind in kinds]

    @property
    def exercises(self) -> list[Exercise]:
        return [self.exercise(cell) for cell in self.of("exercise")]

    @property
    def checks(self) -> list[Check]:
        return [self.check(cell) for cell in self.of("check")]

    @property
    def checks_of_exercises(self) -> list[tuple[Check, Exercise | None]]:
        """Each check, and the exercise that stands last before it."""
        found: list[tuple[Check, Exercise | None]] = []
        last: Exercise | None = None
        for cell in self.of("exercise", "check"):
            if cell.kind == "exercise":
                last = self.exercise(cell)
            else:
                found.append((self.check(cell), last))
        return found

    @property
    def points(self) -> float:
        """All points of the day, by checks, escalation and rubric."""
        return sum(float(cell.options.get("points", 0)) for cell in self.of("check", "interview", "spoken"))


def guess_line(lesson: Lesson, cell: Cell) -> tuple[str, str]:
    """The sample guess of a predict cell and the comment that says what to write."""
    found = _GUESS.match(cell.source + "\n")
    if not found:
        raise LessonError(
            lesson.day.id,
            cell,
            "no guess on the first line",
            "start with `guess = 0.5  # a share between 0 and 1`",
        )
    return found["sample"], (found["comment"] or "# your guess").strip()


def read_lesson(day: Day, folder: Path) -> Lesson:
    """Read ``folder/lesson.py``; raises :class:`LessonError` where it breaks the format."""
    import jupytext

    path = folder / "lesson.py"
    if not path.is_file():
        raise LessonError(
            day.id, None, f"no {path.name} in {folder.name}", "make one: `course new-day " + f"{day.number}`"
        )
    cells: list[Cell] = []
    section, ordinal = 0, 0
    for index, raw in enumerate(jupytext.read(path).cells, start=1):
        kind = str(raw.metadata.get("title", "")).strip("[] ") or (
            "markdown" if raw.cell_type == "markdown" else "demo"
        )
        cell = Cell(index, kind, raw.source, section, ordinal, dict(raw.metadata))
        if kind not in KINDS:
            raise LessonError(day.id, cell, f"unknown kind of cell [{kind}]", f"one of {', '.join(KINDS)}")
        if (kind in ("markdown", "spoken")) != (raw.cell_type == "markdown"):
            raise LessonError(
                day.id,
                cell,
                f"a [{kind}] cell of type {raw.cell_type}",
                "write `# %% [spoken] [markdown] points=3`",
            )
        heading = re.match(r"## (\d) (\w+)\s*$", raw.source.split("\n")[0])
        if kind == "markdown" and heading:
            section, ordinal = int(heading[1]), 0
            if not 1 <= section <= len(SECTIONS) or SECTIONS[section - 1] != heading[2]:
                names = ", ".join(f"{n} {name}" for n, name in enumerate(SECTIONS, 1))
                raise LessonError(day.id, cell, f"heading {heading[0]!r}", f"the headings are {names}")
        cells.append(Cell(index, kind, raw.source, section, ordinal, dict(raw.metadata)))
        ordinal += 1
    lesson = Lesson(day, folder, tuple(cells))
    _hold(lesson)
    return lesson


def python(source: str) -> str:
    """A cell's source with its magics and shell lines passed over."""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)


def _hold(lesson: Lesson) -> None:
    """The rules that a lesson must keep for the build to work at all; the gates hold the rest."""
    for cell in lesson.of("setup", "demo", "predict"):
        try:
            compile(
                python(cell.source), "cell", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST
            )
        except SyntaxError as error:
            what = f"{error.msg} in its line {error.lineno}"
            raise LessonError(lesson.day.id, cell, what, "write Python that runs") from None
    headings = [cell.section for cell in lesson.of("markdown") if cell.ordinal == 0 and cell.section]
    if headings != list(range(1, len(SECTIONS) + 1)):
        missing = [f"## {n} {name}" for n, name in enumerate(SECTIONS, 1) if n not in headings]
        what = f"headings missing: {', '.join(missing)}" if missing else "headings repeated or out of order"
        raise LessonError(lesson.day.id, None, what, "write each of the eight once, in order")
    seen: dict[str, Cell] = {}
    for cell in lesson.of("check", "interview"):
        grade_id = lesson.check(cell).grade_id
        if grade_id in seen:
            raise LessonError(
                lesson.day.id, cell, f"duplicate check {grade_id}", "give each check a name of its own"
            )
        seen[grade_id] = cell
    names: set[str] = set()
    for cell in lesson.of("exercise"):
        name = lesson.exercise(cell).name
        if name in names:
            raise LessonError(
                lesson.day.id, cell, f"{name} is cut twice", "one cell cuts one class or function"
            )
        names.add(name)
    for cell in lesson.of("predict"):
        guess_line(lesson, cell)
    for cell in lesson.of("spoken"):
        if cell.source.count(RUBRIC) != 1:
            raise LessonError(lesson.day.id, cell, "no rubric", f"put the rubric after one line `{RUBRIC}`")
