"""Start and hold the sandboxed processes of a day: the examiner's side of :mod:`autograde.candidate`."""

import base64
import contextlib
import fcntl
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from autograde.channel import MAX_FRAME, Channel, Gone, GuardedPort
from autograde.sandbox import DEFAULT_LIMITS, FIRST_UID, SCRATCH, CannotSandbox, Limits, python_folders
from course.build.cut_tree import cut_tree
from course.build.lesson import Lesson
from course.checking.report import cut
from course.checking.seeds import ROOT, secret_path
from course.checking.subject import Subject

START = 60.0
"""Seconds in which a fork server must be ready."""
PATIENCE = 15.0
"""Seconds in which server and keeper, which never run a learner's code, must answer."""
_PREFIX = "autograde-server-"
_OURS = Path(__file__).resolve().parent
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": SCRATCH,
    "TMPDIR": SCRATCH,
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "MPLCONFIGDIR": f"{SCRATCH}/.mpl",
    "NBGRADER_EXECUTION": "autograde",
    "USER": "learner",
    "LOGNAME": "learner",
}
_DRAWING = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


class Server:
    """The warm fork server of one day, or with no ``lesson`` of an instructor's own assignments, which see the whole library
    and draw as in a kernel. Use as a context manager; :meth:`candidate` starts one submission's process.

    :meth:`begin` starts it while its caller goes on, and :meth:`ready` waits for it. Processes that are forked from the
    caller after that share it. One that died (killed for memory, say) is started again, by each of them for itself, when
    the next submission needs it.
    """

    def __init__(
        self, lesson: Lesson | None = None, *, sandboxed: bool = True, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.lesson = lesson
        self.sandboxed = sandboxed
        self.limits = limits
        self._count = 0
        self._owner = 0
        self._ready = False

    def __enter__(self) -> "Server":
        self.begin()
        try:
            self.ready()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def begin(self) -> None:
        """Start it. Raises :class:`CannotSandbox` where submissions would see what they must not."""
        if self.sandboxed:
            refuse_exposed_folders()
        self._owner, self._ready = os.getpid(), False
        self.folder, self._lock = _own_folder()
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        tree = cut_tree(self.lesson, self.folder / "tree")
        (tree / "autograde").mkdir()
        for name in ("__init__.py", "sandbox.py", "channel.py", "candidate.py", "cell_outputs.py"):
            shutil.copyfile(_OURS / name, tree / "autograde" / name)
        (self.folder / "root").mkdir()
        self._control, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-s",
                    "-P",
                    "-B",
                    str(tree / "autograde" / "candidate.py"),
                    str(theirs.fileno()),
                ],
                pass_fds=[theirs.fileno()],
                env=_ENVIRONMENT,
                cwd="/",
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        start = {
            "tree": str(tree),
            "scratch": str(self.folder / "root"),
            "setup": "\n\n".join(cell.source for cell in self.lesson.of("setup")) if self.lesson else "",
            "sandbox": self.sandboxed,
            "environment": _ENVIRONMENT | ({} if self.lesson else _DRAWING),
        }
        self._control.settimeout(START)
        self._control.sendall(json.dumps(start).encode())

    def ready(self) -> None:
        """Wait until it can fork. Raises :class:`CannotSandbox`."""
        if not self._ready:
            data = self._control.recv(1 << 16)
            answer = json.loads(data) if data else {"problem": "the sandbox ended before it was ready"}
            if "problem" in answer:
                raise CannotSandbox(
                    f"no sandbox on this machine: {answer['problem']}. Run `autograde doctor`; it says what is missing"
                )
            self._control.settimeout(PATIENCE)
            self._ready = True

    def close(self) -> None:
        """End it, with all that it has started; in a process that only shares it, let go of it."""
        if hasattr(self, "_control"):
            self._control.close()
        if self._owner != os.getpid():
            return
        if hasattr(self, "process"):
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)

    @contextlib.contextmanager
    def candidate(self) -> Iterator["Candidate"]:
        """A fresh process for one submission; ended with all its offspring on the way out."""
        self.ready()
        try:
            candidate = self._fork()
        except OSError:
            self.close()
            self.begin()
            self.ready()
            candidate = self._fork()
        try:
            yield candidate
        finally:
            candidate.end()

    def _fork(self) -> "Candidate":
        """Raises ``OSError`` where the server is gone."""
        self._count += 1
        uid = _fresh_uid(self._count) if os.getuid() == 0 and self.sandboxed else None
        leash, far_leash = socket.socketpair()
        commands, far_commands = socket.socketpair()
        where = sorted(os.sched_getaffinity(0))  # where this process is held to one processor, so are they
        request = json.dumps({"uid": uid, "limits": asdict(self.limits), "processors": where}).encode()
        with far_leash, far_commands:
            try:
                socket.send_fds(self._control, [request], [far_leash.fileno(), far_commands.fileno()])
            except OSError:
                leash.close()
                commands.close()
                raise
        return Candidate(leash, commands, self.limits)


class Candidate:
    """One submission's process. Its answers are claims of a stranger; only its silence is believed."""

    def __init__(self, leash: socket.socket, commands: socket.socket, limits: Limits) -> None:
        self._leash, self._commands, self._limits = leash, commands, limits
        self._leash.settimeout(PATIENCE)
        self.gone = ""

    def run(self, cell_id: str, source: str, seconds: float = 60.0) -> str:
        """Run one cell within ``seconds``; returns the error that it ended with ("" for none). What it left running is
        ended. Raises :class:`Gone`."""
        deadline = time.monotonic() + min(seconds, self._limits.wall)
        answer = self._asked({"do": "run", "id": cell_id, "cell": source}, deadline)
        return cut(answer.get("error", ""))

    def show(self, source: str, timeout: float, seconds: float) -> tuple[list[object], bool]:
        """Run one cell, interrupted after ``timeout`` where that is above 0, and ended after ``seconds``; what it shows, and
        whether it was interrupted. Raises :class:`Gone`."""
        asked = {"do": "show", "id": "", "cell": source, "timeout": timeout}
        answer = self._asked(asked, time.monotonic() + seconds, MAX_FRAME)
        outputs = answer.get("outputs")
        return (outputs if type(outputs) is list else []), answer.get("late") is True

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write files where the cells will run. Raises :class:`Gone`."""
        if files:
            coded = {name: base64.b64encode(data).decode() for name, data in files.items()}
            self._asked({"do": "put", "id": "", "files": coded}, time.monotonic() + self._limits.wall)

    def left(self) -> dict[str, bytes]:
        """The files that cells have left there, and those that they changed. Raises :class:`Gone`."""
        answer = self._asked({"do": "left", "id": ""}, time.monotonic() + self._limits.wall, 2 * MAX_FRAME)
        try:
            return {str(name): base64.b64decode(data) for name, data in answer["files"].items()}
        except (KeyError, AttributeError, TypeError, ValueError):
            raise Gone("an answer of another shape") from None

    def _asked(self, message: dict[str, Any], deadline: float, most: int = 1 << 16) -> dict[str, Any]:
        """The answer to one command, of at most ``most`` bytes; what was left running is ended."""
        try:
            self._command(message, deadline)
            size = int.from_bytes(self._exactly(5, deadline), "big")
            if size > most:
                raise Gone("an answer of another shape")
            answer = json.loads(self._exactly(size, deadline))
            if type(answer) is not dict or answer.get("ran") != message["id"]:
                raise Gone("an answer of another shape")
            self._sweep()
        except (OSError, ValueError, RecursionError) as error:
            raise self._lost(error) from None
        return answer

    @contextlib.contextmanager
    def examined(self, seconds: float = 60.0) -> Iterator[Channel]:
        """A channel, open for ``seconds``, to a fork of the candidate as it is now, for one check."""
        ours, theirs = socket.socketpair()
        deadline = time.monotonic() + min(seconds, self._limits.wall)
        channel = Channel(ours, GuardedPort(), deadline=deadline)
        try:
            with theirs:
                try:
                    self._sweep()
                    self._command({"do": "serve"}, deadline)
                    socket.send_fds(self._commands, [b"f"], [theirs.fileno()])
                except OSError as error:
                    raise self._lost(error) from None
            yield channel
        finally:
            ours.close()

    def end(self) -> str:
        """Kill the candidate and everything that it started; returns the limit that it had passed, if it had."""
        with contextlib.suppress(OSError):
            self._leash.sendall(b"x")
        with contextlib.suppress(OSError, ValueError):
            while answer := _line(self._leash):
                self.gone = self.gone or str(answer.get("passed", ""))
        self._leash.close()
        self._commands.close()
        return self.gone

    def _sweep(self) -> None:
        """End what the candidate left running."""
        self._leash.sendall(b"s")
        answer = _line(self._leash)
        if answer != {}:
            self.gone = str(answer.get("passed", "")) if answer else ""
            raise ConnectionError

    def _lost(self, error: Exception) -> Gone:
        if isinstance(error, Gone):
            return error
        why = "it hung: no answer within its time" if isinstance(error, TimeoutError) else "its process ended"
        return Gone(self.end() or why)

    def _command(self, message: dict[str, Any], deadline: float) -> None:
        data = json.dumps(message).encode()
        self._commands.settimeout(_left(deadline))
        self._commands.sendall(len(data).to_bytes(5, "big") + data)

    def _exactly(self, size: int, deadline: float) -> bytes:
        data = b""
        while len(data) < size:
            self._commands.settimeout(_left(deadline))
            chunk = self._commands.recv(size - len(data))
            if not chunk:
                raise ConnectionError
            data += chunk
        return data


def refuse_exposed_folders() -> None:
    """Raise :class:`CannotSandbox` where the keys or the cohort lie in a folder that every submission can read."""
    for private in (ROOT, secret_path().parent):
        for folder in python_folders():
            if private.resolve().is_relative_to(folder):
                raise CannotSandbox(
                    f"{private} lies in {folder}, which Python's packages make readable to submissions; move it elsewhere"
                )


def _own_folder() -> tuple[Path, int]:
    """A folder for one server, locked for as long as its grader lives; those of graders that were killed are removed."""
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            found = os.lstat(old)
            if (
                stat.S_ISDIR(found.st_mode)
                and found.st_uid == os.getuid()
                and time.time() - found.st_mtime > START
            ):
                lock = os.open(old, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(old, ignore_errors=True)
                finally:
                    os.close(lock)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.chmod(folder, 0o755)
    return folder, lock


def _fresh_uid(number: int) -> int | None:
    """A uid that no other submission has now, whichever process grades it; None where root is the only one mapped."""
    ranges = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    mapped = max(int(first) + int(count) for first, _, count in ranges)
    first = min(FIRST_UID, mapped // 2)
    return first + (2000 * os.getpid() + number) % (mapped - first - 1) if mapped > 2000 else None


def _left(deadline: float) -> float:
    """Seconds to a deadline; raises ``TimeoutError`` where it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def named(channel: Channel, name: str) -> Any:
    """The object that the notebook calls ``name``: a handle, or a value if it is plain. Raises ``SubjectError``."""
    found = channel.port.ask("item", 0, name, label=name)
    if type(found) is Subject:
        object.__setattr__(found, "_label", name)
    return found


def _line(sock: socket.socket) -> dict[str, Any] | None:
    """One line of JSON from server or keeper; None at the end. Raises ``OSError`` when it does not come in time."""
    data = b""
    while not data.endswith(b"\n"):
        chunk = sock.recv(4096)
        if not chunk:
            return None
        data += chunk
    return dict(json.loads(data))
