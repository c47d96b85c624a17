"""An examiner in a process of its own, for hosts that `autograde` did not start: nbgrader, Jupyter's server, a Dask worker.

Python salts its hashes anew in each process unless its environment says otherwise, and what a check draws from a set, or a
known mistake hashes, must be the same when a grade is replayed. This process has fixed hashes, whatever its host has.
"""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

from autograde.examined import Examined, examined
from autograde.grading import Grader
from autograde.sandbox import CannotSandbox, die_with_parent
from course.checking.seeds import ROOT, cohort_folder
from course.syllabus import Day


class ExaminerKilled(RuntimeError):
    """The examiner ended in the middle of a submission; the next one gets a new one."""


class Apart:
    """The examiner of ``day``, with the options of :class:`Grader`. Use as a context manager; it starts when it is needed."""

    def __init__(self, day: Day, **options: Any) -> None:
        self._start = day, options
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Apart":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it: where it waits for work it tidies up first."""
        if self._process is not None:
            self._line.close()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def examine(self, student: str, path: Path, *, fresh: bool = False) -> Examined:
        """Examine one submission; nothing is entered anywhere. Raises what the examiner raised."""
        try:
            if self._process is None:
                self._begin()
            self._line.send((student, path.absolute(), fresh))
            done, found = self._line.recv()
        except (EOFError, OSError):
            self.close()
            raise ExaminerKilled("the examiner was killed, perhaps for memory") from None
        if not done:
            raise found
        return found  # type: ignore[no-any-return]

    def _begin(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "autograde.apart", str(theirs.fileno())],
                cwd=ROOT,
                env={**os.environ, "PYTHONHASHSEED": "0", "COURSE_COHORT": str(cohort_folder().absolute())},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._line = Connection(ours.detach())
        self._line.send(self._start)


def main() -> None:
    """Examine what is asked for on the socket that is file descriptor ``argv[1]``, until it is closed."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt at the keyboard is its host's business
    line = Connection(int(sys.argv[1]))
    with suppress(EOFError, OSError):
        day, options = line.recv()
        job = line.recv()
        try:
            with Grader(day, **options).warm() as grader:
                while True:
                    line.send(_answer(grader, *job))
                    job = line.recv()
        except CannotSandbox as error:
            line.send((False, error))


def _answer(grader: Grader, *job: Any) -> tuple[bool, Any]:
    try:
        return True, examined(grader, *job)
    except Exception as error:
        return False, error


if __name__ == "__main__":
    main()
