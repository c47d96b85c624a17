"""Start and hold the sandboxed processes of a day: the examiner's side of :mod:`autograde.candidate`."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from autograde.channel import Channel, Gone
from autograde.sandbox import DEFAULT_LIMITS, FIRST_UID, CannotSandbox, Limits
from course.build.cut_tree import cut_tree
from course.build.lesson import Lesson
from course.subject import Port, Subject

_OURS = Path(__file__).resolve().parent
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg", "MPLCONFIGDIR": "/tmp/.mpl",
    "NBGRADER_EXECUTION": "autograde",
}  # fmt: skip


class Server:
    """The warm fork server of one day. Use as a context manager; :meth:`candidate` starts one submission's process."""

    def __init__(self, lesson: Lesson, *, sandboxed: bool = True, limits: Limits = DEFAULT_LIMITS) -> None:
        self.lesson = lesson
        self.sandboxed = sandboxed
        self.limits = limits
        self._count = 0

    def __enter__(self) -> "Server":
        self.folder = Path(tempfile.mkdtemp(prefix="autograde-"))
        os.chmod(self.folder, 0o755)
        tree = cut_tree(self.lesson, self.folder / "tree")
        (tree / "autograde").mkdir()
        for name in ("__init__.py", "sandbox.py", "channel.py", "candidate.py"):
            shutil.copyfile(_OURS / name, tree / "autograde" / name)
        (self.folder / "root").mkdir()
        ours, theirs = socket.socketpair()
        self._control = ours
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(tree / "autograde" / "candidate.py"), str(theirs.fileno())],
            pass_fds=[theirs.fileno()], env=_ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()
        setup = "\n\n".join(cell.source for cell in self.lesson.of("setup"))
        start = {
            "tree": str(tree),
            "scratch": str(self.folder / "root"),
            "setup": setup,
            "sandbox": self.sandboxed,
            "environment": _ENVIRONMENT,
        }
        ours.sendall(json.dumps(start).encode() + b"\n")
        ours.settimeout(60)
        answer = json.loads(_line(ours) or b'{"problem": "the sandbox ended before it was ready"}')
        ours.settimeout(None)
        if "problem" in answer:
            self.__exit__(None, None, None)
            raise CannotSandbox(
                f"no sandbox on this machine: {answer['problem']}. Run `autograde doctor`; it says what is missing"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._control.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def candidate(self) -> Iterator["Candidate"]:
        """A fresh process for one submission; ended with all its offspring on the way out."""
        self._count += 1
        uid = FIRST_UID + self._count if os.getuid() == 0 and self.sandboxed else None
        leash, far_leash = socket.socketpair()
        commands, far_commands = socket.socketpair()
        request = {"uid": uid, "memory": self.limits.memory, "limits": asdict(self.limits)}
        with far_leash, far_commands:
            socket.send_fds(
                self._control, [json.dumps(request).encode()], [far_leash.fileno(), far_commands.fileno()]
            )
        candidate = Candidate(leash, commands, self.limits)
        try:
            yield candidate
        finally:
            candidate.end()


class Candidate:
    """One submission's process. Its answers are claims of a stranger; only its silence is believed."""

    def __init__(self, leash: socket.socket, commands: socket.socket, limits: Limits) -> None:
        self._leash, self._commands, self._limits = leash, commands, limits
        self.gone = ""

    def run(self, cell_id: str, source: str) -> str:
        """Run one cell; returns the error that it ended with ("" for none). Raises :class:`Gone`."""
        try:
            self._command({"do": "run", "id": cell_id, "cell": source})
            self._commands.settimeout(self._limits.wall)
            size = int.from_bytes(self._exactly(5), "big")
            if size > 1 << 16:
                raise Gone("an answer of another shape")
            answer = json.loads(self._exactly(size))
            return str(answer.get("error", ""))[:500] if type(answer) is dict else ""
        except (OSError, ValueError, RecursionError) as error:
            raise self._lost(error) from None

    @contextlib.contextmanager
    def examined(self) -> Iterator[Channel]:
        """A channel to a fork of the candidate as it is now, for one check."""
        ours, theirs = socket.socketpair()
        port = Port()
        channel = Channel(ours, port, deadline=time.monotonic() + self._limits.wall)
        try:
            with theirs:
                try:
                    self._command({"do": "serve"})
                    socket.send_fds(self._commands, [b"f"], [theirs.fileno()])
                except OSError as error:
                    raise self._lost(error) from None
            yield channel
        finally:
            ours.close()

    def end(self) -> str:
        """Kill the candidate and everything that it started; returns why the keeper ended it before, if it did."""
        with contextlib.suppress(OSError):
            self._leash.sendall(b"x")
            self._leash.settimeout(10)
            with contextlib.suppress(ValueError):
                self.gone = self.gone or str(json.loads(_line(self._leash) or b"{}").get("reason", ""))
        self._leash.close()
        self._commands.close()
        return self.gone

    def _lost(self, error: Exception) -> Gone:
        if isinstance(error, Gone):
            return error
        why = "it hung: no answer within its time" if isinstance(error, TimeoutError) else "its process ended"
        return Gone(self.end() or why)

    def _command(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode()
        self._commands.settimeout(self._limits.wall)
        self._commands.sendall(len(data).to_bytes(5, "big") + data)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            chunk = self._commands.recv(size - len(data))
            if not chunk:
                raise ConnectionError
            data += chunk
        return data


def names_of(channel: Channel) -> Subject:
    """The notebook's names on the other side: ``names[\"HashRing\"]`` is a handle."""
    return Subject(channel.port, 0, "notebook")


def _line(sock: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n") and len(data) < 1 << 16:
        chunk = sock.recv(4096)
        if not chunk:
            break
        data += chunk
    return data
