"""Known wrong answers: one-line edits of the library, each with the sentence that names it.

``mistakes.toml`` in a day's room groups them by exercise ::

    [HashRing]
    check = "check_ring"
    [HashRing."no wrap-around"]
    edit = ["self.points[index % len(self.points)]", "self.points[index]"]
    likely = "after the last point the search goes on past the end: the ring closes"

``edits`` holds several where no case can tell two mistakes apart. ``decision`` marks the losing side of the day's
decision: it passes every check, and names the fault or the round that it fails.
"""

import sys
import tomllib
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "mistakes.toml"
_KEYS = {"edit", "edits", "likely", "decision"}

Edit = tuple[str, str]


@dataclass(frozen=True)
class Mistake:
    """One entry: ``edits`` of the library's module that holds ``exercise``, each caught by ``check`` and named by the
    sentence ``likely``. ``decision`` names the fault or round that a losing decision fails, "" for a mistake."""

    check: str
    exercise: str
    name: str
    edits: tuple[Edit, ...]
    likely: str
    decision: str = ""

    @property
    def title(self) -> str:
        return f"“{self.name}” ({self.exercise})"


def read_mistakes(path: Path) -> list[Mistake]:
    """The mistakes in a file, in order; none where there is no file. Raises ``ValueError`` with what is malformed."""
    if not path.is_file():
        return []
    found = []
    for exercise, entries in tomllib.loads(path.read_text(encoding="utf-8")).items():
        if not isinstance(entries, dict) or not isinstance(entries.get("check"), str):
            raise ValueError(f"{exercise} is no table with a `check`")
        check = entries.pop("check")
        for name, entry in entries.items():
            if not isinstance(entry, dict) or set(entry) - _KEYS or ("edit" in entry) == ("edits" in entry):
                raise ValueError(f"“{name}” of {exercise} has {_listed(entry)}")
            edits = tuple(_edit(one) for one in entry.get("edits", [entry.get("edit")]))
            likely, decision = entry.get("likely", ""), entry.get("decision", "")
            if not edits or None in edits or not isinstance(likely, str) or bool(likely) == bool(decision):
                raise ValueError(f"“{name}” of {exercise} has {_listed(entry)}")
            found.append(Mistake(check, exercise, name, edits, likely, str(decision)))  # type: ignore[arg-type]
    return found


def edited(mistake: Mistake, references: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The objects of a check with each edit made: the library's module is run with it, all else stays as it is."""
    names = [each.__name__ for each in references]
    if mistake.exercise not in names:
        raise ValueError(f"{mistake.title} is of none of {', '.join(names)}, which {mistake.check} gets")
    at = names.index(mistake.exercise)
    source = sys.modules[references[at].__module__]
    text = Path(str(source.__file__)).read_text(encoding="utf-8")
    for old, new in mistake.edits:
        made = types.ModuleType(source.__name__)
        made.__file__ = source.__file__
        exec(compile(text.replace(old, new), f"<{mistake.name}>", "exec"), vars(made))  # noqa: S102  # our own text
        yield (*references[:at], getattr(made, mistake.exercise), *references[at + 1 :])


def _edit(found: object) -> Edit | None:
    if isinstance(found, list) and len(found) == 2 and all(isinstance(text, str) for text in found):
        return (found[0], found[1])
    return None


def _listed(entry: object) -> str:
    return ", ".join(sorted(entry)) if isinstance(entry, dict) else repr(entry)
