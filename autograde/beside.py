"""What a learner handed in beside the notebook: a helper module, a data file, a picture. Small plain files; no link is
followed, and nothing hidden or of nbgrader's is taken."""

import errno
import os
import stat
from collections.abc import Collection
from pathlib import Path

MAX_FILES, MAX_BYTES = 100, 8 << 20
"""Files that are copied to where the answers run, and their bytes together."""
MAX_SEEN, MAX_DEPTH = 1_000, 10
"""Names that are looked at, and folders inside one another."""
_OURS = ("interview.json", "timestamp.txt", "submission_secret.txt")
_LEFT = ("feedback", "__pycache__", "node_modules", "venv")


def beside(folder: Path, skip: Collection[str] = ()) -> tuple[dict[str, bytes], str]:
    """The files in ``folder`` and below, by name from there, without notebooks and those in ``skip``; and, in a sentence,
    which are too many or too large to be among them ("" where none is). It looks at no more than :data:`MAX_SEEN` names."""
    found: dict[str, bytes] = {}
    left: list[str] = []
    size = seen = 0
    for here, folders, names, place in os.fwalk(folder, follow_symlinks=False):
        inside = Path(here).relative_to(folder)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _LEFT)
        if len(inside.parts) >= MAX_DEPTH:
            folders.clear()
        for name in sorted(names):
            path = (inside / name).as_posix()
            if name.startswith(".") or name.endswith((".ipynb", ".pyc")) or name in _OURS or path in skip:
                continue
            data = _plain(name, place, MAX_BYTES - size if len(found) < MAX_FILES else -1)
            if type(data) is bytes:
                found[path] = data
                size += len(data)
            elif data:
                left.append(path)
        seen += len(names) + len(folders)
        if seen >= MAX_SEEN:
            return found, _said([*left, "…"])
    return found, _said(left)


def _plain(name: str, place: int, room: int) -> bytes | bool:
    """What a regular file holds, or whether it is one, of more than ``room`` bytes."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENOENT, errno.EACCES):
            return False
        raise
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > room:
            return stat.S_ISREG(found.st_mode)
        data = file.read(room + 1)
        return data if len(data) <= room else True


def _said(left: list[str]) -> str:
    if not left:
        return ""
    names = ", ".join(left[:5]) + (" and others" if len(left) > 5 else "")
    return f"{names} beside the notebook was left out: at most {MAX_FILES} files and {MAX_BYTES >> 20} MiB are copied to where answers run"
