"""Make the answer key of a lesson; `release` makes the learner's notebook from it."""

import base64
import hashlib
import html
import importlib
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import nbformat

from course import facts
from course.build import drawing
from course.build.cutting import BEGIN, END, CutError, exercise_source
from course.build.lesson import RUBRIC, SECTIONS, Cell, Lesson, LessonError, guess_line
from course.build.minutes import minutes
from course.syllabus import Day

HIDDEN_BEGIN, HIDDEN_END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([\w.-]+\.(?:svg|png))\)")
_FACT = re.compile(r"\{facts\.(\w+)\}")
_WORD = re.compile(r"^> word: ([^:\n]+): (.*(?:\n> (?!word: ).*)*)", re.MULTILINE)
_HINT = re.compile(r"(?:^> hint: .*\n?(?:^> (?!hint: ).*\n?)*\n*)+", re.MULTILINE)
_CODE_OR_DOLLAR = re.compile(r"(`+[^`]*`+)|\$")
OUTSIDE = "# No module named 'course'? Choose .venv as the kernel, or run `make lab`: docs/learner.md"
"""The first line of each set-up cell: a traceback shows it beside the import that failed."""
COLUMNS = 88
"""Of a comment that lists choices: what stands beside JupyterLab's file browser on a small screen."""
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def to_bytes(notebook: Any) -> bytes:
    """A notebook as the bytes that nbformat and nbgrader write."""
    text: str = nbformat.writes(notebook, version=4)
    return (text + "\n").encode()


def answer_key(lesson: Lesson) -> Any:
    """The key: a notebook with every solution marked and every hidden test in place. Raises :class:`LessonError`."""
    cells = [_markdown(lesson, "header", header(lesson.day, day_minutes(lesson), words(lesson)), {})]
    own: set[str] = set()
    for cell in lesson.cells:
        name = f"{cell.section}-{cell.ordinal}"
        match cell.kind:
            case "markdown":
                text, attachments = _prose(lesson, cell)
                cells.append(_markdown(lesson, name, text, attachments))
            case "setup":
                grader = _nbgrader(f"{lesson.day.id}-setup", locked=True)
                cells.append(_code(lesson, "setup", f"{OUTSIDE}\n{cell.source}", grader))
            case "demo":
                cells.append(_code(lesson, name, cell.source))
            case "predict":
                sample, comment = guess_line(lesson, cell)
                rest = cell.source.split("\n", 1)[1] if "\n" in cell.source else ""
                source = "\n".join([BEGIN, _narrow(f"guess = {sample}  {comment}"), END, _narrow(rest)])
                grade_id = f"{lesson.day.id}-predict-{cell.section}-{cell.ordinal}"
                stub = _narrow(f"guess = None  {comment}")
                cells.append(_code(lesson, name, source, _nbgrader(grade_id, solution=True), stub))
            case "exercise":
                cells.append(_exercise(lesson, cell, own))
            case "check":
                cells.append(_check(lesson, cell))
            case "interview":
                cells += _interview(lesson, cell)
            case "spoken":
                cells += _spoken(lesson, cell, name)
    cells.append(_code(lesson, "finish", f'from course.notebook import finish\n\nfinish("{lesson.day.id}")'))
    _no_twins(lesson, cells)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=nbformat.from_dict(_METADATA))
    notebook.nbformat_minor = 5
    return notebook


def _narrow(source: str) -> str:
    """``source`` with each comment that runs past :data:`COLUMNS` broken into lines of its own: choices are read."""
    lines = []
    for line in source.split("\n"):
        code, mark, comment = line.partition("  # ")
        if mark and len(line) > COLUMNS and code.count('"') % 2 == 0:
            lines += [code, *textwrap.wrap(comment, COLUMNS, initial_indent="# ", subsequent_indent="# ")]
        else:
            lines.append(line)
    return "\n".join(lines)


def _no_twins(lesson: Lesson, cells: list[Any]) -> None:
    """Every cell has an id of its own, and nbgrader one name for each."""
    seen: set[str] = set()
    for cell in cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", cell.id)
        if name in seen or cell.id in seen:
            raise LessonError(
                lesson.day.id,
                None,
                f"two cells are called {name}",
                "one set-up; no check called setup, play or spoken",
            )
        seen |= {name, cell.id}


def words(lesson: Lesson) -> dict[str, str]:
    """The words of the day and what each means, from the lines `> word: term: explanation` of its recap."""
    text = "\n".join(cell.source for cell in lesson.cells if cell.kind == "markdown")
    return {term: meaning.replace("\n> ", " ") for term, meaning in _WORD.findall(text)}


def day_minutes(lesson: Lesson) -> int:
    """How long the day takes: see :mod:`course.build.minutes`."""
    cells = lesson.of("interview")
    module = f"course.days.{lesson.day.package}.interview"
    return minutes(lesson, _scenario(lesson, cells[0], module) if cells else None)


def header(day: Day, takes: int, terms: Iterable[str] = ()) -> str:
    """The first cell of a day, from the syllabus: with the minutes that it ``takes``, and the ``terms`` that it explains."""
    builds = ", ".join(f"day {number}" for number in day.builds_on) or "nothing"
    able = "\n".join(f"- {line}" for line in day.outcomes)
    return (
        f"# Day {day.number} of 40 · {day.title}\n\n"
        f"Week {day.week} · {takes} minutes · difficulty {day.difficulty} of 5 · builds on {builds}\n\n"
        f"At the end you can\n\n{able}" + (f"\n\n**Words of the day**: {' · '.join(terms)}" if terms else "")
    )


def prose(lesson: Lesson, cell: Cell) -> str:
    """A markdown cell's text with facts filled in and hints folded."""
    return _prose(lesson, cell)[0]


def _prose(lesson: Lesson, cell: Cell) -> tuple[str, dict[str, Any]]:
    def fill(found: re.Match[str]) -> str:
        fact = getattr(facts, found[1], None)
        if not isinstance(fact, facts.Fact):
            raise LessonError(
                lesson.day.id, cell, f"no fact {found[1]}", "add it to course/facts.py with its source"
            )
        return str(fact)

    attachments: dict[str, Any] = {}

    def attach(found: re.Match[str]) -> str:
        path = lesson.folder / found[2]
        if not path.is_file():
            raise LessonError(lesson.day.id, cell, f"no picture {found[2]}", "put it into the day's folder")
        try:
            picture = drawing.png(path) if path.suffix == ".svg" else path.read_bytes()
        except drawing.DrawingError as error:
            mend = "`make tools` installs what draws it, then `course build`"
            raise LessonError(lesson.day.id, cell, str(error), mend) from None
        name = drawing.shown(path).name
        attachments[name] = {"image/png": base64.b64encode(picture).decode()}
        return f"![{found[1]}](attachment:{name})"

    text = _IMAGE.sub(attach, _FACT.sub(fill, cell.source))
    text = _WORD.sub(lambda found: _card(found[1], found[2].replace("\n> ", " ")), text)
    return _HINT.sub(lambda found: _folded(found[0]), text).rstrip("\n"), attachments


def _card(term: str, meaning: str) -> str:
    """A word as a flash card: the term, and its meaning when it is opened."""
    return f"<details><summary>{_inline(term)}</summary>{_inline(meaning)}</details>"


def _inline(text: str) -> str:
    """Text inside HTML: escaped, with code as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text.strip(), quote=False))


def _folded(block: str) -> str:
    """Hints as nested folds: the second can be opened only inside the first."""
    hints = [
        " ".join(line.lstrip("> ") for line in part.splitlines())
        for part in block.split("> hint: ")
        if part.strip()
    ]
    out = ""
    for number, hint in reversed(list(enumerate(hints, start=1))):
        text = _inline(hint)
        out = f"<details><summary>Hint {number}</summary>\n<p>{text}</p>\n{out}</details>\n"
    return out + "\n"  # a blank line, or what follows would still be HTML


def _exercise(lesson: Lesson, cell: Cell, own: set[str]) -> Any:
    exercise = lesson.exercise(cell)
    try:
        source = exercise_source(exercise.module, exercise.name, exercise.holes, frozenset(own))
    except CutError as error:
        raise LessonError(lesson.day.id, cell, error.what, error.mend) from None
    later = [e.name for e in lesson.exercises if e.name not in own and e.name != exercise.name]
    for name in later:
        if re.search(rf"^from {re.escape(exercise.module)} import .*\b{name}\b", source, re.MULTILINE):
            raise LessonError(
                lesson.day.id,
                cell,
                f"{exercise.name} uses {name}, which is cut later",
                f"move the exercise for {name} up",
            )
    own.add(exercise.name)
    grader = _nbgrader(f"{lesson.day.id}-{exercise.name}-code", solution=True)
    return _code(lesson, exercise.name, source, grader)


def _check(lesson: Lesson, cell: Cell) -> Any:
    check = lesson.check(cell)
    call = ", ".join([f'"{check.grade_id}"', check.function, *check.subjects])
    source = "\n".join(
        [
            f"from course.days.{lesson.day.package}.checks import {check.function}",
            "from course.notebook import graded",
            "",
            f"verdict = graded({call}, points={check.points:g})",
            HIDDEN_BEGIN,
            "from course.notebook import confirm",
            "",
            f"verdict = confirm(verdict, {call})",
            HIDDEN_END,
            "verdict",
        ]
    )
    return _code(lesson, check.grade_id, source, _nbgrader(check.grade_id, grade=True, points=check.points))


def _interview(lesson: Lesson, cell: Cell) -> Iterator[Any]:
    check = lesson.check(cell)
    subjects = ", ".join(["SCENARIO", *check.subjects])
    module = f"course.days.{lesson.day.package}.interview"
    scenario = _scenario(lesson, cell, module)
    play = "\n".join(
        [
            f"from {module} import SCENARIO",
            "from course.notebook import interview",
            "",
            f"table = interview({subjects})",
            BEGIN,
            *_reference_moves(scenario),
            END,
            "table",
        ]
    )
    grader = _nbgrader(f"{lesson.day.id}-play", solution=True)
    yield _code(lesson, "play", play, grader, _moves_stub(scenario))
    replay = "\n".join(
        [
            f"from {module} import SCENARIO",
            "from course.notebook import replay",
            "",
            f'replay("{check.grade_id}", {subjects}, points={check.points:g})',
        ]
    )
    yield _code(lesson, check.grade_id, replay, _nbgrader(check.grade_id, grade=True, points=check.points))


def _scenario(lesson: Lesson, cell: Cell, module: str) -> Any:
    try:
        return importlib.import_module(module).SCENARIO
    except Exception as error:
        what = f"interview.py gives no SCENARIO: {type(error).__name__}: {error}"
        raise LessonError(lesson.day.id, cell, what, "see course/interview/__init__.py") from error


def _reference_moves(scenario: Any) -> Iterator[str]:
    """The answer key's play: the reference's design in each round, predicting that it just meets the budget."""
    for number, each in enumerate(scenario.rounds, start=1):
        knobs = "".join(
            f", {name}={value!r}" for name, value in scenario.design(scenario.reference(each)).items()
        )
        promise = each.budget(each.predicts) or scenario.promise(each.predicts)
        yield f"table.propose(round={number}{knobs}, predict={promise.limit if promise else 1:g})"


def _moves_stub(scenario: Any) -> str:
    knobs = "".join(f", {knob.name}=..." for knob in scenario.knobs)
    return "\n".join(
        [
            "# Run this cell and play below, or write one line a move: fill in the ... and take the # away.",
            f"# table.propose(round=1{knobs}, predict=...)",
        ]
    )


def _spoken(lesson: Lesson, cell: Cell, name: str) -> Iterator[Any]:
    question, rubric = (part.strip() for part in cell.source.split(RUBRIC))
    number = sum(other.index <= cell.index for other in lesson.of("spoken"))
    grade_id = f"{lesson.day.id}-spoken-{number}"
    yield _markdown(lesson, name, question, {})
    points = float(cell.options.get("points", 0))
    if points <= 0:
        raise LessonError(lesson.day.id, cell, "no points", "write `# %% [spoken] [markdown] points=3`")
    text = "\n".join([BEGIN, rubric, END])
    grader = _nbgrader(grade_id, grade=True, solution=True, points=points)
    yield nbformat.v4.new_markdown_cell(text, id=_id(lesson, grade_id), metadata=nbformat.from_dict(grader))
    call = f'notebook.compare("{lesson.day.id}", {number})'  # bare, it would take the name of an exercise
    yield _code(lesson, f"compare-{number}", f"from course import notebook\n\n{call}")


def _nbgrader(
    grade_id: str,
    *,
    grade: bool = False,
    solution: bool = False,
    locked: bool = False,
    points: float | None = None,
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": locked or (grade and not solution),
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        data["points"] = int(points) if points == int(points) else points
    return {"nbgrader": data}


def _id(lesson: Lesson, name: str) -> str:
    return hashlib.blake2b(f"{lesson.day.id}/{name}".encode(), digest_size=6).hexdigest()


def _code(
    lesson: Lesson, name: str, source: str, grader: dict[str, Any] | None = None, stub: str | None = None
) -> Any:
    metadata = dict(grader or {})
    if stub is not None:
        metadata["course"] = {"stub": stub}
    return nbformat.v4.new_code_cell(
        source.strip("\n"), id=_id(lesson, name), metadata=nbformat.from_dict(metadata)
    )


def _money(paragraph: str) -> str:
    """Two dollar signs in one paragraph would be taken for the ends of a formula: each stands in an element of its own, as a
    number, which JupyterLab, GitHub and nbconvert all show as it is."""
    if paragraph.count("$") < 2:
        return paragraph
    return _CODE_OR_DOLLAR.sub(lambda found: found[1] or "<span>&#36;</span>", paragraph)


def _markdown(lesson: Lesson, name: str, text: str, attachments: dict[str, Any]) -> Any:
    shown = "\n\n".join(map(_money, text.split("\n\n")))
    cell = nbformat.v4.new_markdown_cell(shown, id=_id(lesson, f"text-{name}"))
    if attachments:
        cell["attachments"] = nbformat.from_dict(attachments)
    return cell


__all__ = ["HIDDEN_BEGIN", "HIDDEN_END", "SECTIONS", "answer_key", "header", "prose"]
