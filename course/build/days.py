"""Which days exist, and their generated files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.build.lesson import Lesson, read_lesson
from course.checking.seeds import ROOT
from course.syllabus import DAYS, Day

ROOMS = ROOT / "course" / "days"
KEYS = ROOT / "solutions"
NOTEBOOKS = ROOT / "notebooks"


@dataclass(frozen=True)
class Built:
    """A day's two notebooks, as objects and as the files that they and its diagrams should be."""

    lesson: Lesson
    key: Any
    released: Any

    def files(self) -> dict[Path, bytes]:
        from course.build.drawing import png, shown
        from course.build.notebooks import to_bytes

        name = self.lesson.day.notebook
        diagrams = {shown(svg): png(svg) for svg in sorted(self.lesson.folder.glob("*.svg"))}
        return {KEYS / name: to_bytes(self.key), NOTEBOOKS / name: to_bytes(self.released), **diagrams}


def existing_days(rooms: Path = ROOMS) -> list[Day]:
    """The days that have a room, in order."""
    return [day for day in DAYS if (rooms / day.package / "lesson.py").is_file()]


def make(day: Day, rooms: Path = ROOMS) -> Built:
    """Build one day in memory; raises :class:`~course.build.lesson.LessonError`."""
    return built(read_lesson(day, rooms / day.package))


def built(lesson: Lesson) -> Built:
    """Both notebooks of a lesson; raises :class:`~course.build.lesson.LessonError`."""
    from course.build.notebooks import answer_key
    from course.build.release import release

    key = answer_key(lesson)
    return Built(lesson, key, release(key))


def as_written(lesson: Lesson) -> Built | None:
    """The notebooks of ``lesson`` as they stand in files; None where one is missing, or the key is not what the lesson makes.

    Raises :class:`OSError` where a file is there and cannot be read."""
    import nbformat

    from course.build.notebooks import answer_key, to_bytes

    key = answer_key(lesson)
    try:
        if (KEYS / lesson.day.notebook).read_bytes() != to_bytes(key):
            return None
        released = (NOTEBOOKS / lesson.day.notebook).read_text(encoding="utf-8")
        return Built(lesson, key, nbformat.reads(released, as_version=4))
    except (FileNotFoundError, ValueError):
        return None


def write(built: Built) -> list[Path]:
    """Write a day's notebooks and diagrams where their bytes differ; returns the files written."""
    changed = [
        path for path, data in built.files().items() if not path.is_file() or path.read_bytes() != data
    ]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(built.files()[path])
    return changed


def stale(built: Built) -> list[Path]:
    """The generated files that are missing or not what the build makes."""
    return [path for path, data in built.files().items() if not path.is_file() or path.read_bytes() != data]
