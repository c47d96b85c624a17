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
    """Write the room of ``day`` and a module of the library for it to cut, both small and working; returns the files.

    Raises :class:`~course.build.lesson.LessonError` where the room is there already: nothing is ever overwritten.
    """
    folder = root / "course" / "days" / day.package
    if folder.exists():
        raise LessonError(
            day.id,
            None,
            f"its room is there: course/days/{day.package}",
            "work in it; only a day without one is made anew",
        )
    field = root / "course" / "systems" / day.field
    name = day.slug if not (field / f"{day.slug}.py").exists() else f"{day.slug}_draft"
    names = {
        "number": day.number,
        "id": day.id,
        "title": day.title,
        "package": day.package,
        "module": f"course.systems.{day.field}.{name}",
    }
    texts = {folder / file: _filled(file, names) for file in _ROOM}
    texts |= {folder / "__init__.py": "", field / f"{name}.py": _filled("library.py", names)}
    if not (field / "__init__.py").exists():
        texts[field / "__init__.py"] = f'"""{day.week_title}."""\n'
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    return sorted(texts)


def next_steps(day: Day) -> str:
    """What an author does with a new room, in order."""
    return "\n".join(
        f"  {number}. {step}"
        for number, step in enumerate(
            (
                f"put the day's idea into the library (course/systems/{day.field}), typed and with docstrings that state it",
                "hold it against its peer in tests/library: see the day's row in the syllabus",
                f"write course/days/{day.package}: checks, mistakes, interview, and last the lesson",
                f"`course build {day.number}`, open solutions/{day.notebook} in JupyterLab and do the day as a learner",
                f"`course check {day.number}` until nothing is left; it names what is missing, and the mend",
            ),
            start=1,
        )
    )


def _filled(file: str, names: dict[str, object]) -> str:
    text = Template((_TEMPLATE / f"{file}.txt").read_text(encoding="utf-8")).substitute(names)
    return (
        text if file == "lesson.py" else re.sub(r"(?:^from course\..*\n)+", _sorted, text, flags=re.MULTILINE)
    )


def _sorted(imports: re.Match[str]) -> str:
    return "".join(sorted(imports[0].splitlines(keepends=True), key=lambda line: line.split()[1]))
