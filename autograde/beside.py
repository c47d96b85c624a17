"""What a learner handed in beside the notebook: a helper module, a data file, a picture. Small plain files; no link is
followed, and nothing hidden or of nbgrader's is taken."""

import errno
import os
import stat
from collections.abc import Collection
from pathlib import Path

MAX_FILES, MAX_BYTES = 100, 8 << 20
"""Files that are copied to where the answers run, and their bytes together."""
_OURS = ("interview.json", "timestamp.txt", "submission_secret.txt")
_LEFT = ("feedback", "__pycache__", "node_modules", "venv")


def beside(folder: Path, skip: Collection[str] = ()) -> tuple[dict[str, bytes], str]:
    """The files in ``folder`` and below, by name from there, without notebooks and those in ``skip``; and, in a sentence,
    which are too many or too large to be among them ("" where none is)."""
    found: dict[str, bytes] = {}
    left: list[str] = []
    size = 0
    for here, folders, names, place in os.fwalk(folder, follow_symlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _LEFT)
        for name in sorted(names):
            path = (Path(here) / name).relative_to(folder).as_posix()
            if name.startswith(".") or name.endswith((".ipynb", ".pyc")) or name in _OURS or path in skip:
                continue
            if len(found) + len(left) >= 10 * MAX_FILES:
                return found, _said([*left, "…"])
            data = _plain(name, place, MAX_BYTES - size) if len(found) < MAX_FILES else b"too many"
            if data is None:
                continue
            size += len(data)
            if size > MAX_BYTES or len(found) >= MAX_FILES:
                left.append(path)
                size -= len(data)
            else:
                found[path] = data
    return found, _said(left)


def _plain(name: str, place: int, room: int) -> bytes | None:
    """What a regular file holds, up to one byte more than ``room``; None of anything else."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENOENT, errno.EACCES):
            return None
        raise
    with os.fdopen(handle, "rb") as file:
        return file.read(room + 1) if stat.S_ISREG(os.fstat(handle).st_mode) else None


def _said(left: list[str]) -> str:
    if not left:
        return ""
    names = ", ".join(left[:5]) + (" and others" if len(left) > 5 else "")
    return f"{names} beside the notebook was left out: at most {MAX_FILES} files and {MAX_BYTES >> 20} MiB are copied to where answers run"
