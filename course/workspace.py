"""The learner's copies of the notebooks: made when missing, refreshed while untouched, never overwritten."""

import hashlib
import json
import re
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from course.checking.seeds import ROOT
from course.files import write_whole
from course.notebook.state import FOLDER
from course.syllabus import DAYS, Day

NOTEBOOKS = ROOT / "notebooks"
"""What the build generates, and an update of the course changes."""
WORK = ROOT / "work"
"""Where a learner works."""
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
    "version": sys.version.split()[0],
}
"""What a kernel of this Python says of its language. JupyterLab writes it into each notebook that it opens: one that has
it already is not changed by being opened."""
_SAID = re.compile(rb'^  "language_info": \{.*?^  \}', re.MULTILINE | re.DOTALL)
"""Where a notebook's file says it."""


class WorkspaceError(RuntimeError):
    """Nothing was done: what stood in the way, and the way out."""


@dataclass(frozen=True)
class Workspace:
    """A learner's folder ``work`` and the course's ``notebooks``. ``copies.json`` in its state folder holds the hash
    of each notebook as it was brought, so that one that a learner has saved since is known."""

    work: Path = WORK
    notebooks: Path = NOTEBOOKS

    def bring(self) -> list[str]:
        """Copy what is missing, refresh what was never touched, and put the new version of anything else beside it.

        Returns what a learner should know, a line each.
        """
        copies = self._copies()
        brought, kept = 0, []
        for name in (day.notebook for day in DAYS if (self.notebooks / day.notebook).is_file()):
            source, target = self.notebooks / name, self.work / name
            new = _hash(source)
            now = _hash(target) if target.exists() else None
            if now == new:
                copies[name] = new
            elif now is None or now == copies.get(name):
                write_whole(target, _as_opened(source.read_bytes()))
                copies[name] = new
                brought += 1
            else:
                kept += self._beside(source, target, new, copies, f"{name} beside")
        write_whole(self.work / FOLDER / "copies.json", json.dumps(copies, indent=1, sort_keys=True).encode())
        kept += [
            f"{self._name(path)} hides the course from the notebooks beside it: give it another name"
            for path in sorted([*self.work.glob("*/course.py"), *self.work.glob("*/course/__init__.py")])
        ]
        days = f"{brought} notebook{'s' if brought > 1 else ''} brought to {self._name(self.work)}"
        return [days, *kept] if brought else kept

    def reset(self, day: Day) -> list[str]:
        """Move the learner's folder of ``day`` into a backup and copy a fresh one; says what it did and how to undo it.

        Progress and predictions stay. Raises :class:`WorkspaceError` where there is nothing to reset or to copy.
        """
        folder, fresh = self.work / day.id, self.notebooks / day.notebook
        if not fresh.is_file():
            raise WorkspaceError(f"day {day.number} is not in this release: no file {self._name(fresh)}")
        if not folder.is_dir():
            raise WorkspaceError(f"day {day.number} has not been opened: `course lab` brings it")
        backup = self._free(self.work / FOLDER / "backup" / f"{day.id}-{datetime.now():%Y%m%d-%H%M%S}")
        backup.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(backup)
        self.bring()
        there, kept = self._name(folder), self._name(backup)
        return [
            f"day {day.number} is fresh again; points and predictions stay as they are",
            f"your work was moved to {kept}",
            f"to undo: remove {there}, then move {kept} back to {there}",
        ]

    def _beside(self, source: Path, target: Path, new: str, copies: dict[str, str], key: str) -> list[str]:
        """Put a new version next to the learner's file, once a version; an older one that nobody saved makes way."""
        before = copies.get(key)
        if new == (before or copies.get(key.removesuffix(" beside"))):
            return []
        beside = target.with_name(f"{target.stem}.new{target.suffix}")
        if beside.exists() and _hash(beside) != before:
            beside = self._free(beside)
        write_whole(beside, _as_opened(source.read_bytes()))
        copies[key] = new
        return [f"{self._name(target)} is yours and was kept; the new version is beside it: {beside.name}"]

    def _free(self, path: Path) -> Path:
        """``path``, or with the first number that no file has yet."""
        count, wanted = 2, path
        while path.exists():
            path = wanted.with_name(f"{wanted.stem}-{count}{wanted.suffix}")
            count += 1
        return path

    def _copies(self) -> dict[str, str]:
        try:
            found = json.loads((self.work / FOLDER / "copies.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}

    def _name(self, path: Path) -> str:
        """``path`` as a learner sees it from the repository."""
        return (
            path.relative_to(self.work.parent).as_posix()
            if path.is_relative_to(self.work.parent)
            else path.name
        )


def _hash(path: Path) -> str:
    """Of a notebook as the course gives it out, whatever kernel opened it since."""
    return hashlib.sha256(_saying({"name": "python"}, path.read_bytes())).hexdigest()


def _as_opened(notebook: bytes) -> bytes:
    return _saying(LANGUAGE, notebook)


def _saying(language: dict[str, Any], notebook: bytes) -> bytes:
    """The bytes of a notebook with this in its place."""
    text = json.dumps({"language_info": language}, indent=1, sort_keys=True)
    lines = [" " + line for line in text.splitlines()[1:-1]]
    return _SAID.sub(lambda _: "\n".join(lines).encode(), notebook)
