"""The instructor's log of verdicts: append-only, hash-chained, and enough to replay any grade.

One JSON object a line. ``hash`` is the SHA-256 of the line before and of this one without it, so a line that was edited,
removed or moved breaks the chain from there on. What the chain alone cannot show is a cut tail: note the head that each
run prints. Beside the log, ``archive/`` holds what was graded, by content hash.
"""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from course.files import write_whole

START = "0" * 64


class BrokenLog(ValueError):
    """The log is not what was written: the line, and what is wrong with it."""


class VerdictLog:
    """The log in ``folder`` (the cohort's). Appending locks the file, so that several graders may write at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "verdicts.jsonl"
        self.archive = folder / "archive"
        self._place, self._number, self._head = 0, 0, START

    def append(self, entries: list[dict[str, Any]]) -> str:
        """Append entries, each with the time and its place in the chain; returns the new head."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            head = self._mend_tail(file)
            lines = b""
            for entry in entries:
                body = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **entry, "before": head}
                head = _digest(body)
                lines += json.dumps({**body, "hash": head}, sort_keys=True).encode() + b"\n"
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        return head

    def head(self) -> str:
        """The hash of the last entry. Raises :class:`BrokenLog`."""
        return self.append([])

    def _mend_tail(self, file: Any) -> str:
        """The head; a last line that a crash left torn is cut off first. Raises :class:`BrokenLog`."""
        size = start = file.seek(0, os.SEEK_END)
        data = b""
        while start > 0 and data.count(b"\n") < 2:
            start = max(0, size - max(1 << 16, 2 * len(data)))
            file.seek(start)
            data = file.read(size - start)
        whole = data[: data.rfind(b"\n") + 1]
        if start + len(whole) != size:
            os.ftruncate(file.fileno(), start + len(whole))
        if not whole:
            return START
        return str(_checked(whole.splitlines()[-1], "the last line")["hash"])

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every entry in order, checked; raises :class:`BrokenLog`."""
        for _, entry in VerdictLog(self.path.parent).follow():
            yield entry

    def follow(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The entries that this object has not given yet, checked, each with its place for :meth:`at`."""
        if not self.path.is_file():
            return
        with self.path.open("rb") as file:
            file.seek(self._place)
            for line in file:
                self._number += 1
                entry = _checked(line, f"line {self._number}")
                if entry["before"] != self._head:
                    raise BrokenLog(
                        f"line {self._number} does not follow the line before it: one was removed, added or moved"
                    )
                place, self._place, self._head = self._place, self._place + len(line), entry["hash"]
                yield place, entry

    def at(self, place: int) -> dict[str, Any]:
        """The entry at a place that :meth:`follow` gave; raises :class:`BrokenLog`."""
        with self.path.open("rb") as file:
            file.seek(place)
            return _checked(file.readline(), f"the line at byte {place}")

    def kept(self, name: str, digest: str) -> bytes:
        """What :meth:`keep` kept. Raises :class:`BrokenLog` where it is not there, or another."""
        path = self.archive / f"{digest}-{name.partition('/')[0]}"
        data = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(data).hexdigest() != digest:
            raise BrokenLog(f"{path.name} in the archive is missing, or was changed after it was graded")
        return data

    def keep(self, name: str, data: bytes) -> str:
        """Keep a file that was graded; returns its content hash."""
        digest = hashlib.sha256(data).hexdigest()
        path = self.archive / f"{digest}-{name.partition('/')[0]}"
        if not path.is_file():
            write_whole(path, data)
        return digest


def _checked(line: bytes, place: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
        found = entry.pop("hash")
        entry["before"]
    except (ValueError, KeyError, AttributeError, TypeError):
        raise BrokenLog(f"{place} is no entry") from None
    if _digest(entry) != found:
        raise BrokenLog(f"{place} was changed after it was written")
    return {**entry, "hash": found}


def _digest(entry: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()
