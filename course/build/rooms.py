"""`course new-day`: a day's room from the template in ``course/build/template``."""

import re
from pathlib import Path
from string import Template

from course.build.lesson import LessonError
from course.checking.seeds import ROOT
from course.syllabus import Day

_TEMPLATE = Path(__file__).with_name("template")
_ROOM = ("lesson.py", "checks.py", "mistakes.toml", "interview.py", "diagram.svg")


def open_room(day: Day, root: Path = ROOT) -> list[Path]:
    """Write the room of ``day`` and an example for it to cut, both small and working; returns the files.

    The example is a module of its own, so that the day's library can be written beside it while the room still works.
    A room that holds a mock round alone gets what it lacks. Raises :class:`~course.build.lesson.LessonError` where the room
    has more already: nothing is ever overwritten.
    """
    folder = root / "course" / "days" / day.package
    alone = (folder / "mock.py").is_file() and not any((folder / file).exists() for file in _ROOM)
    if folder.exists() and not alone:
        raise LessonError(
            day.id,
            None,
            f"its room is there: course/days/{day.package}",
            "work in it; only a day without one is made anew",
        )
    names = {
        "number": day.number,
        "id": day.id,
        "title": day.title,
        "package": day.package,
        "module": f"course.systems.{day.field}.{day.id}_example",
    }
    texts = {folder / file: _filled(file, names) for file in _ROOM}
    texts |= {folder / "__init__.py": "", example(day, root): _filled("library.py", names)}
    field = root / "course" / "systems" / day.field / "__init__.py"
    if not field.exists():
        texts[field] = f'"""{day.week_title}."""\n'
    if alone:
        del texts[folder / "__init__.py"]
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    return sorted(texts)


def example(day: Day, root: Path = ROOT) -> Path:
    """The library module that a new room of ``day`` cuts, until the day has its own."""
    return root / "course" / "systems" / day.field / f"{day.id}_example.py"


def next_steps(day: Day) -> str:
    """What an author does with a new room, in order."""
    room = f"course/days/{day.package}"
    steps = (
        f"`course build {day.number}` and `course check {day.number}`: the room works, and what is missing is named",
        f"library: the day's idea in a module of its own in course/systems/{day.field}, with docstrings that state it",
        "peer: a test in tests/library that holds it against something independent",
        f"an exercise: its cell in {room}/lesson.py, its check in checks.py, its mistakes in mistakes.toml; then both commands",
        f"the other exercises, interview.py and the text; {example(day).name} goes when nothing uses it",
        f"solutions/{day.notebook} in JupyterLab, done as a learner; `course cards {day.number}` read as one",
        "CONTRIBUTING.md says how",
    )
    return "\n".join(f"  {number}. {step}" for number, step in enumerate(steps, start=1))


def _filled(file: str, names: dict[str, object]) -> str:
    text = Template((_TEMPLATE / f"{file}.txt").read_text(encoding="utf-8")).substitute(names)
    return (
        text if file == "lesson.py" else re.sub(r"(?:^from course\..*\n)+", _sorted, text, flags=re.MULTILINE)
    )


def _sorted(imports: re.Match[str]) -> str:
    return "".join(sorted(imports[0].splitlines(keepends=True), key=lambda line: line.split()[1]))
