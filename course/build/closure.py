"""A day's closure: every file of ours that a verdict on the day rests on, and its hash, by which verdicts are remembered."""

import functools
import hashlib
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from course.checking.seeds import ROOT
from course.syllabus import DAYS, Day

SETTINGS = ("pyproject.toml", "requirements.lock")
_IMPORT = re.compile(r"^\s*import ((?:course|datasets)[\w.]*)", re.MULTILINE)
_FROM = re.compile(r"^\s*from ((?:course|datasets)[\w.]*) import (\([^)]*\)|[^\n#]*)", re.MULTILINE)


def closure(day: Day, root: Path = ROOT) -> list[Path]:
    """The day's room, what it imports of ours, directly or not, with the data beside it; what builds and checks it; its
    notebooks, and those of the days that it builds on, from which earlier work is taken. In order of path.

    Complexity: reads each module once in the life of the process.
    """
    rooms = root / "course" / "days"
    room = _files_in(rooms / day.package)
    machinery = [path for part in ("build", "checking") for path in _files_in(root / "course" / part)]
    found = _imported(room, root)
    if any("datasets" in path.read_text(encoding="utf-8") for path in found):
        found |= {path for path in _files_in(root / "datasets") if path.suffix != ".md"}
    found |= _imported(machinery, root) | set(machinery)
    related = [day, *(other for other in DAYS if other.number in day.builds_on)]
    made = [root / "notebooks" / other.notebook for other in related] + [root / "solutions" / day.notebook]
    settings = [root / name for name in SETTINGS]
    return sorted(found | {path for path in (*room, *made, *settings) if path.is_file()})


def digest(files: Iterable[Path], root: Path = ROOT) -> str:
    """A hash of files, of where they stand, and of the interpreter."""
    seen = hashlib.sha256(sys.version.encode())
    for path in files:
        seen.update(path.relative_to(root).as_posix().encode() + b"\0")
        seen.update(hashlib.sha256(path.read_bytes()).digest())
    return seen.hexdigest()


def _files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]


def _imported(start: Iterable[Path], root: Path) -> set[Path]:
    """The Python files among ``start``, and every file of ours that one of them imports, directly or not."""
    found: set[Path] = set()
    waiting = [path for path in start if path.suffix == ".py"]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [each for name in _names(path, path.stat().st_mtime_ns) for each in _files(name, root)]
    return found


def _files(name: str, root: Path) -> list[Path]:
    """The files that an import of ``name`` runs: its packages, then itself, where they are modules."""
    parts = name.split(".")
    places = [root.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
    return [
        path
        for place in places
        for path in (place / "__init__.py", place.with_suffix(".py"))
        if path.is_file()
    ]


@functools.lru_cache(maxsize=4096)
def _names(path: Path, changed: int) -> frozenset[str]:
    """Every name of ours that a module imports, anywhere in it: ``from a import b`` may be ``a.b``. What only looks like
    an import, in a docstring, does no harm."""
    text = path.read_text(encoding="utf-8")
    found = set(_IMPORT.findall(text))
    for module, names in _FROM.findall(text):
        found.update(f"{module}.{name}" for name in re.findall(r"\w+", names))
    return frozenset(found)
