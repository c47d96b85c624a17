"""The gate of a day's shape: sections, lengths, exercises, points."""

import re
from collections.abc import Iterator

from course.build.cutting import module_text
from course.build.gates_room import Problem, Room
from course.build.lesson import SECTIONS, Cell
from course.build.minutes import EXERCISE, MOST, count_words
from course.build.notebooks import day_minutes, words
from course.build.rooms import example
from course.checking.seeds import ROOT

GATE = "shape"
BRIEF_WORDS = (300, 900)
EXERCISE_WORDS = 120
RUN_LINES = 15
HOLE_LINES = (5, 25)
POINTS = 20
AUTOMATIC = (14, 16)
INTERVIEW_POINTS = 2
EXERCISES = (2, 4)
HINTS = 2
SPOKEN = 2
WORDS = (6, 10)
HOME = {
    "predict": ("Predict", "Break"),
    "exercise": ("Implement",),
    "check": ("Implement",),
    "interview": ("Escalate",),
    "spoken": ("Explain",),
}
"""The sections in which each kind of cell may stand; a guess is locked before anything runs, and before a fault does."""


def shape(room: Room) -> list[Problem]:
    """Sections hold what they should, within length; the day has its exercises, questions and 20 points."""
    return [
        *_sections(room),
        *_lengths(room),
        *_time(room),
        *_exercises(room),
        *_numbers(room),
        *_words(room),
        *_points(room),
        *_unwritten(room),
    ]


def _sections(room: Room) -> list[Problem]:
    found = []
    for cell in room.lesson.cells:
        homes = HOME.get(cell.kind)
        if homes and (cell.section == 0 or SECTIONS[cell.section - 1] not in homes):
            where = " and ".join(homes)
            what = f"cell {cell.index} ({cell.title!r}) is a [{cell.kind}] cell outside {where}"
            found.append(room.problem(GATE, what, f"move it under the heading of {where}"))
    brief = _text(room, 1)
    if not re.search(r"!\[[^\]]+\]\([\w.-]+\.(svg|png)\)", brief):
        found.append(
            room.problem(
                GATE,
                "the Brief has no diagram",
                "draw one as an SVG in the day's folder: `![what it shows](name.svg)`",
            )
        )
    if not _tables(brief):
        found.append(
            room.problem(
                GATE,
                "the Brief has no table of numbers",
                "give load, latency and budget as a table of two columns",
            )
        )
    if "weak answer" not in brief.lower():
        found.append(
            room.problem(
                GATE,
                "the Brief does not say what a weak answer sounds like",
                "close it with one line: a weak answer sounds like this",
            )
        )
    for number, needed in ((3, "demo"), (5, "demo"), (8, "markdown")):
        if not any(cell.section == number and cell.kind == needed for cell in room.lesson.cells):
            found.append(room.problem(GATE, f"{SECTIONS[number - 1]} has no [{needed}] cell", "write one"))
    for wanted in ("Flash question", "Further reading"):
        if wanted.lower() not in _text(room, 8).lower():
            found.append(room.problem(GATE, f"the Recap has no “{wanted}”", f"write it under **{wanted}**"))
    return found


def _lengths(room: Room) -> list[Problem]:
    found = []
    words, (low, high) = count_words(_text(room, 1)), BRIEF_WORDS
    if not low <= words <= high:
        what = f"the Brief has {words} words; it takes {low} to {high}, tables and pictures apart"
        mend = "explain the topic from first principles" if words < low else "keep what the exercises need"
        found.append(room.problem(GATE, what, mend))
    for cell in room.lesson.of("exercise"):
        words = count_words(_intro(room, cell))
        if words > EXERCISE_WORDS:
            what = f"the text of {room.lesson.exercise(cell).name} has {words} words, more than {EXERCISE_WORDS} (hints apart)"
            found.append(room.problem(GATE, what, "the docstring is the statement; here stand what and why"))
        if words == 0:
            found.append(
                room.problem(
                    GATE, f"{room.lesson.exercise(cell).name} has no text before it", "say what it is and why"
                )
            )
    for cell in room.lesson.of("demo"):
        lines = code_lines(cell.source.split("\n"))
        if cell.section == 3 and lines > RUN_LINES:
            what = f"cell {cell.index} of Run has {lines} lines of code, more than {RUN_LINES}"
            found.append(room.problem(GATE, what, "move what is not the point into the day's own modules"))
    return found


def _time(room: Room) -> list[Problem]:
    takes = day_minutes(room.lesson)
    if takes <= MOST:
        return []
    what = (
        f"the day takes {takes} minutes, reading, exercises, interview and answers together; more than {MOST}"
    )
    return [room.problem(GATE, what, "shorten the text, or take a round or an exercise out")]


def _exercises(room: Room) -> list[Problem]:
    found = []
    for cell in room.lesson.of("exercise"):
        name, intro = room.lesson.exercise(cell).name, _intro(room, cell, hints=True)
        lines, (low, high) = code_lines(room.cut_lines[name]), HOLE_LINES
        if not low <= lines <= high:
            found.append(
                room.problem(
                    GATE,
                    f"the holes of {name} have {lines} lines of code; they take {low} to {high}",
                    "cut the idea, and not the plumbing",
                )
            )
        if intro.count("> hint:") < HINTS:
            found.append(
                room.problem(
                    GATE,
                    f"{name} has {intro.count('> hint:')} hints, fewer than {HINTS}",
                    "write `> hint: …` lines, the first the gentlest",
                )
            )
        said = EXERCISE.search(intro)
        if not said:
            found.append(
                room.problem(
                    GATE,
                    f"the heading of {name} does not say what it takes",
                    "`### Exercise 1 · Title (10 minutes, 4 points, about 8 lines)`",
                )
            )
            continue
        points = sum(float(check.options["points"]) for check in _checks_after(room, cell))
        if float(said[2]) != points:
            found.append(
                room.problem(
                    GATE,
                    f"the heading of {name} says {said[2]} points, its checks give {points:g}",
                    "make them agree",
                )
            )
    return found


def _words(room: Room) -> Iterator[Problem]:
    """The words of the day: enough, and each used in the day before the recap explains it again."""
    terms = words(room.lesson)
    low, high = WORDS
    if terms and not low <= len(terms) <= high:
        what = f"{len(terms)} words of the day; a day has {low} to {high}"
        yield room.problem(
            GATE, what, "`> word: term: what it means` in the recap, for what an interviewer will say"
        )
    cells = [cell.source for cell in room.lesson.cells if 0 < cell.section < len(SECTIONS)]
    before = " ".join("\n".join(cells).lower().split())
    for term in terms:
        name = term.split(" (")[0].lower()
        if name not in before:
            what = f"the word “{term}” is not used before the recap"
            yield room.problem(GATE, what, "explain it where it first stands, or leave it out")


def _numbers(room: Room) -> list[Problem]:
    lesson, found = room.lesson, []
    counts = [
        (
            "exercises",
            len(lesson.of("exercise")),
            EXERCISES,
            "cut the idea in two to four steps, the easiest first",
        ),
        ("cells to predict", len(lesson.of("predict")), (1, 3), "ask for one number before anything runs"),
        ("interviews", len(lesson.of("interview")), (1, 1), "write one [interview] cell"),
        (
            "spoken questions",
            len(lesson.of("spoken")),
            (SPOKEN, SPOKEN),
            "write two [spoken] cells, each with its rubric",
        ),
        (
            "set-up cells",
            len(lesson.of("setup")),
            (1, 1),
            "write one [setup] cell: `start(…)` and plain imports",
        ),
    ]
    for what, number, (low, high), mend in counts:
        if not low <= number <= high:
            wanted = f"{low}" if low == high else f"{low} to {high}"
            found.append(room.problem(GATE, f"{number} {what}; a day has {wanted}", mend))
    return found


def _points(room: Room) -> list[Problem]:
    lesson, found = room.lesson, []
    if lesson.points != POINTS:
        found.append(
            room.problem(
                GATE,
                f"the day's points sum to {lesson.points:g}; they sum to {POINTS}",
                "set `points=` of checks, interview and questions",
            )
        )
    automatic = sum(float(cell.options.get("points", 0)) for cell in lesson.of("check", "interview"))
    if not AUTOMATIC[0] <= automatic <= AUTOMATIC[1]:
        found.append(
            room.problem(
                GATE,
                f"checks and interview give {automatic:g} points; they give {AUTOMATIC[0]} to {AUTOMATIC[1]}",
                "move points between checks and questions",
            )
        )
    for cell in lesson.of("interview"):
        if cell.options.get("points") != INTERVIEW_POINTS:
            found.append(
                room.problem(
                    GATE,
                    f"the interview gives {cell.options.get('points')} points; it gives {INTERVIEW_POINTS}",
                    "write `# %% [interview] points=2`",
                )
            )
    return found


def _unwritten(room: Room) -> list[Problem]:
    """What the template left to write, a file at a time."""
    modules = {exercise.module for exercise in room.lesson.exercises}
    texts = {f"{module.replace('.', '/')}.py": module_text(module) for module in sorted(modules)}
    left = example(room.day)
    if left.is_file():
        texts[left.relative_to(ROOT).as_posix()] = left.read_text(encoding="utf-8")
    texts |= {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(room.folder.iterdir())
        if path.suffix in (".py", ".toml", ".svg")
    }
    found = []
    for name, text in texts.items():
        open_ = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if "TODO" in line]
        if open_:
            number, line = open_[0]
            what = (
                f"{name} says TODO {len(open_)}×, first in line {number}: {line[line.index('TODO') :][:80]}"
            )
            found.append(room.problem(GATE, what, "write what stands beside each"))
    return found


def code_lines(lines: list[str]) -> int:
    """Lines that are neither blank nor only a comment."""
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in lines)


def _text(room: Room, section: int) -> str:
    return "\n\n".join(cell.source for cell in room.lesson.of("markdown") if cell.section == section)


def _tables(text: str) -> list[str]:
    return re.findall(r"^\|.*\|\s*$", text, re.MULTILINE)


def _intro(room: Room, exercise: Cell, hints: bool = False) -> str:
    """The text right before an exercise; without its hints, unless they are wanted."""
    before = [cell for cell in room.lesson.cells if cell.index < exercise.index]
    texts: list[str] = []
    while before and before[-1].kind == "markdown":
        texts.insert(0, before.pop().source)
    text = "\n\n".join(texts)
    return text if hints else re.sub(r"(?m)^> .*\n?", "", text)


def _checks_after(room: Room, exercise: Cell) -> list[Cell]:
    """The checks between this exercise and the next."""
    following = [cell for cell in room.lesson.of("exercise", "check") if cell.index > exercise.index]
    checks = []
    for cell in following:
        if cell.kind == "exercise":
            break
        checks.append(cell)
    return checks
