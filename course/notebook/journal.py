"""A file of JSON lines that is only ever appended to, and that a crash cannot spoil."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def append(path: Path, record: Mapping[str, object]) -> None:
    """Add one line with the time of writing, by one write to the end of ``path``: no other kernel's line comes between.
    Once this returns the line is there. A kill in the middle may leave the beginning of it, where it crosses a page of the
    file; such a line is closed by the next, so that it harms no other.

    A folder that cannot be written is said in one line and nothing more: a verdict does not depend on its record.
    """
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = json.dumps({"time": stamp, **record}, ensure_ascii=False).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            os.write(handle, b"\n" + line if torn else line)
        finally:
            os.close(handle)
    except OSError as error:
        print(f"not kept: {path.name} cannot be written ({error.strerror}); free its disk or its permissions")


def read(path: Path) -> list[dict[str, Any]]:
    """Every whole record, oldest first; torn or foreign lines are passed over. Empty where there is no file."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    records = []
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            records.append(record)
    return records
