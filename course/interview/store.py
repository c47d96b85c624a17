"""The moves of an interview in ``interview.json``: ``{"scenario": "day04", "moves": [...]}``, read as data.

The file lies where the kernel runs, beside the notebook, so that nbgrader submits it. It is replaced whole or not at
all, and no process loses what another one adds. Where a grader or a gate runs, and where the file cannot be used, moves live in this process only.
"""

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from course.files import kept_in_memory, one_at_a_time, write_whole
from course.interview.session import MAX_MOVES

FILE = "interview.json"
MAX_BYTES = 64 * 1024
"""Size of a file that is read or written."""

_kept: dict[tuple[Path, str], list[object]] = {}
"""Moves of this process, by folder and scenario."""


class Unreadable(ValueError):
    """The file holds no moves of this scenario: the reason and the way out, in one sentence."""


def read_data(path: Path, limit: int) -> object:
    """What the JSON file at ``path`` holds; nothing of it is ever run.

    Raises FileNotFoundError where there is none, and :class:`Unreadable` for anything but a regular file of at most
    ``limit`` bytes of JSON.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unreadable(_sentence(path, f"cannot be opened ({error.strerror})")) from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Unreadable(_sentence(path, "is no regular file"))
        with open(handle, "rb", closefd=False) as file:
            text = file.read(limit + 1)
    except OSError as error:
        raise Unreadable(_sentence(path, f"cannot be read ({error.strerror})")) from None
    finally:
        os.close(handle)
    if len(text) > limit:
        raise Unreadable(_sentence(path, f"is larger than {limit // 1024} KiB"))
    try:
        data: object = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable(_sentence(path, "is not JSON")) from None
    return data


def read_moves(path: Path, scenario: str) -> list[object]:
    """The moves of ``scenario`` in the file at ``path``, unchecked, at most :data:`MAX_MOVES`; none where it is missing.

    A :class:`~course.interview.session.Session` decides what each is worth. Raises :class:`Unreadable` for anything but
    a regular file of at most :data:`MAX_BYTES` that names this scenario; what the file holds is never run.
    """
    try:
        data = read_data(path, MAX_BYTES)
    except FileNotFoundError:
        return []
    match data:
        case {"scenario": str(owner), "moves": list(moves)} if owner == scenario:
            return moves[:MAX_MOVES]
        case {"scenario": str(owner), "moves": list()}:
            raise Unreadable(_sentence(path, f"holds the moves of {owner[:40]!r}, not of {scenario!r}"))
    raise Unreadable(_sentence(path, "holds no list of moves"))


class Store:
    """Where the moves of one scenario are kept; ``folder`` is that of the kernel unless given."""

    def __init__(self, scenario: str, folder: Path | None = None) -> None:
        self.scenario = scenario
        self.path = (folder or Path.cwd()).resolve() / FILE
        self._memory = _kept.setdefault((self.path, scenario), [])

    def moves(self) -> tuple[list[object], str]:
        """Every kept move in order, and what is the matter with the file ("" where nothing is)."""
        try:
            return read_moves(self.path, self.scenario) + self._memory, ""
        except Unreadable as problem:
            return list(self._memory), str(problem)

    def add(self, move: Mapping[str, object]) -> str:
        """Keep one more move; returns what prevented it from being written ("" where nothing did)."""
        if kept_in_memory():
            self._memory.append(move)
            return ""
        try:
            with one_at_a_time(self.path.parent):
                self._write([*read_moves(self.path, self.scenario), *self._memory, move])
        except (ValueError, RecursionError, OSError) as error:
            self._memory.append(move)
            reason = error.strerror if isinstance(error, OSError) else str(error)
            return f"not written to {FILE}, kept until the kernel stops: {reason}"
        self._memory.clear()
        return ""

    def _write(self, moves: list[object]) -> None:
        text = json.dumps({"scenario": self.scenario, "moves": moves}, indent=1).encode()
        if len(moves) > MAX_MOVES or len(text) > MAX_BYTES:
            raise Unreadable(_sentence(self.path, f"is full ({MAX_MOVES} moves, {MAX_BYTES // 1024} KiB)"))
        write_whole(self.path, text)


def _sentence(path: Path, what: str) -> str:
    return f"{path.name} {what}; move it away to begin anew"
