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

START = "0" * 64


class BrokenLog(ValueError):
    """The log is not what was written: the line, and what is wrong with it."""


class VerdictLog:
    """The log in ``folder`` (the cohort's). Appending locks the file, so that several graders may write at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "verdicts.jsonl"
        self.archive = folder / "archive"

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

    def _mend_tail(self, file: Any) -> str:
        """The head; a last line that a crash left torn is cut off first."""
        size = file.seek(0, os.SEEK_END)
        if size == 0:
            return START
        file.seek(0)
        data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) != size:
            os.ftruncate(file.fileno(), len(whole))
        lines = whole.splitlines()
        return str(json.loads(lines[-1])["hash"]) if lines else START

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every entry in order, checked; raises :class:`BrokenLog`."""
        head = START
        if not self.path.is_file():
            return
        for number, line in enumerate(self.path.read_bytes().splitlines(), start=1):
            try:
                entry = json.loads(line)
                found = entry.pop("hash")
            except (ValueError, KeyError, AttributeError):
                raise BrokenLog(f"line {number} is no entry") from None
            if entry.get("before") != head:
                raise BrokenLog(
                    f"line {number} does not follow the line before it: one was removed, added or moved"
                )
            if _digest(entry) != found:
                raise BrokenLog(f"line {number} was changed after it was written")
            head = found
            yield {**entry, "hash": found}

    def keep(self, name: str, data: bytes) -> str:
        """Keep a file that was graded; returns its content hash."""
        digest = hashlib.sha256(data).hexdigest()
        path = self.archive / f"{digest}-{name}"
        if not path.is_file():
            self.archive.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{os.getpid()}")
            draft.write_bytes(data)
            os.replace(draft, path)
        return digest


def _digest(entry: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()
