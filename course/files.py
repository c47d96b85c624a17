"""Files that several processes write: replaced whole, and changed by one at a time."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # no such locks on Windows
    fcntl = None  # type: ignore[assignment]


def write_whole(path: Path, data: bytes) -> None:
    """Replace the file at ``path`` whole, or leave it as it was, whatever stops this process; folders above it are
    made. Nothing else is left behind by an error. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Within it, no other process is within it for the same ``folder``: for a file that is read, changed and written.

    It waits for its turn, leaves no file, and ends with the process. A file system without locks gives none, and a
    folder that cannot be opened is as good as one: what is written in it then says so itself.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            if fcntl is not None:
                handle = os.open(folder, os.O_RDONLY)
                stack.callback(os.close, handle)
                fcntl.flock(handle, fcntl.LOCK_EX)
                stack.callback(
                    fcntl.flock, handle, fcntl.LOCK_UN
                )  # a child that was forked here holds it too
        yield


def kept_in_memory() -> bool:
    """Whether nothing may be written here: a grader or a gate runs."""
    return "NBGRADER_EXECUTION" in os.environ or "COURSE_GATE" in os.environ
