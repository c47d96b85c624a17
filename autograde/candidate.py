"""The sandboxed side. Started by :mod:`autograde.pool`; stands in the cut tree.

Three kinds of process, each forked from the one before:

server     one a day; moves into the sandbox's root, imports what is heavy, runs the set-up cell, and then only forks.
keeper     one a submission; trusted too. Makes a pid namespace, starts the candidate in it, ends what it started when
           the examiner says so, and ends all of it when the examiner hangs up or the submission takes too much memory.
candidate  pid 1 of its namespace, without privileges. Runs the learner's cells; forks once for each check.

The server and the keeper never run learner's code. They hold no seed, database, key or reference.
"""

import base64
import contextlib
import gc
import hashlib
import importlib
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, NamedTuple

# Before the root is changed the tree lies at a path of this machine; afterwards at /course.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from autograde import sandbox

WATCH = 0.1
"""Seconds between two looks at a submission's memory."""
CROWD = 4
"""How much more processor time all processes of a cell or check may take together than one."""
SHELL_LINE = 5.0
"""Seconds that a shell line may take."""
SWEEP = 5.0
"""Seconds in which what a cell or check left running must end; a fork bomb takes a few hundredths."""


def main() -> None:
    """Build the sandbox and serve fork requests from the socket that is file descriptor ``argv[1]``."""
    control = socket.socket(fileno=int(sys.argv[1]))
    start = json.loads(control.recv(1 << 20))
    sys.path[:] = map(os.path.realpath, sys.path)  # links outside are not there inside
    sys.prefix, sys.exec_prefix = os.path.realpath(sys.prefix), os.path.realpath(sys.exec_prefix)
    try:
        if start["sandbox"]:
            sandbox.enter_user_namespace()
            sandbox.unshare(
                sandbox.CLONE_NEWNS
                | sandbox.CLONE_NEWIPC
                | sandbox.CLONE_NEWUTS
                | sandbox.CLONE_NEWNET
                | sandbox.CLONE_NEWPID
            )
            sandbox.build_root(Path(start["tree"]), Path(start["scratch"]))
        child = os.fork()
    except OSError as error:
        _answer(control, {"problem": str(error)})
        os._exit(1)
    if child:
        control.close()
        os.waitpid(child, 0)
        os._exit(0)
    try:
        sandbox.die_with_parent()
        if start["sandbox"]:
            sandbox.seal_root()
        problem = _warm(start)
    except OSError as error:
        problem = str(error)
    except BaseException:
        problem = traceback.format_exc()[-2000:]
    _answer(control, {"problem": problem} if problem else {"ready": True})
    if problem:
        os._exit(1)
    _serve(control, start)


def _answer(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(json.dumps(message).encode())


def _warm(start: dict[str, Any]) -> str:
    """Import what is heavy, make a shell, run the set-up cell; single-threaded to the end. Returns what is wrong."""
    sys.path[0] = "/course" if start["sandbox"] else start["tree"]
    if start["sandbox"]:
        sys.path[1:] = [sandbox.moved(entry) for entry in sys.path[1:]]
        beside = sandbox.SCRATCH  # a learner's own modules come before the packages, after Python's
        sys.path.insert(
            next((n for n, entry in enumerate(sys.path) if entry.endswith("-packages")), len(sys.path)),
            beside,
        )
        sys.prefix, sys.exec_prefix = sandbox.moved(sys.prefix), sandbox.moved(sys.exec_prefix)
    for name in [name for name in sys.modules if name == "autograde" or name.startswith("autograde.")]:
        if name != "autograde.sandbox":
            del sys.modules[name]
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    import numpy as np
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.text import LSString, SList

    with contextlib.suppress(ImportError):
        import faiss  # noqa: F401
    import autograde.cell_outputs
    import autograde.channel  # noqa: F401

    class Shell(InteractiveShell):
        """Nobody looks: an error is told by its last line, and what fails here and not at home does not end its cell: a line
        magic (`%matplotlib`, `%load_ext`, which are for the eyes), a shell line, installing a package."""

        def showtraceback(self, *them: Any, **words: Any) -> None:
            pass

        def showsyntaxerror(self, *them: Any, **words: Any) -> None:
            pass

        def enable_gui(self, gui: Any = None) -> None:
            pass

        def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
            if magic_name not in ("pip", "conda", "mamba", "micromamba", "uv"):
                with contextlib.suppress(Exception):
                    return super().run_line_magic(magic_name, line, _stack_depth + 1)

        def system(self, cmd: str) -> None:
            print(self._output_of(cmd), end="")

        def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
            found = self._output_of(cmd)
            return SList(found.splitlines()) if split else LSString(found)

        def _output_of(self, cmd: str) -> str:
            """What a shell line says here; nothing of what needs a network."""
            self.user_ns["_exit_code"] = 0
            if {"pip", "pip3", "conda", "apt", "apt-get", "git", "wget", "curl"} & set(cmd.split()):
                return ""
            with contextlib.suppress(Exception):
                line = super().var_expand(cmd, depth=2)  # type: ignore[no-untyped-call]
                done = subprocess.run(
                    line,
                    shell=True,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    timeout=SHELL_LINE,
                )
                self.user_ns["_exit_code"] = done.returncode
                return done.stdout.decode(errors="replace")
            return ""

    HistoryManager.enabled = False  # type: ignore[assignment]
    shell: Any = Shell.instance()
    result = shell.run_cell(start["setup"], store_history=False, silent=True)
    if not result.success:
        return f"the set-up cell fails there: {result.error_before_exec or result.error_in_exec!r}"
    if len(os.listdir("/proc/self/task")) > 1:
        return "the set-up cell leaves a thread running, and a process with threads cannot be forked safely"
    random.seed(0)
    np.random.seed(0)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)  # learners make few cycles, and looking for them takes time
    return ""


def _serve(control: socket.socket, start: dict[str, Any]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 65536, 2)
        if not message:
            os._exit(0)
        request = json.loads(message)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.close()
            try:
                _keeper(start, request, *descriptors)
            finally:
                os._exit(1)
        for number in descriptors:
            os.close(number)


def _keeper(start: dict[str, Any], request: dict[str, Any], leash: int, commands: int) -> None:
    """Start the candidate in namespaces of its own and hold its leash: a byte ``s`` ends what it started, anything else
    ends it. A last line on the leash says which limit was passed."""
    sandbox.die_with_parent()
    os.sched_setaffinity(0, request["processors"])
    if start["sandbox"]:
        sandbox.unshare(sandbox.CLONE_NEWPID | sandbox.CLONE_NEWIPC | sandbox.CLONE_NEWNET)
    else:
        sandbox.adopt_orphans()
    candidate = os.fork()
    if candidate == 0:
        try:
            os.close(leash)
            _candidate(start, request, commands)
        finally:
            os._exit(70)
    os.close(commands)
    limits, passed, spent, alive, looked = request["limits"], "", 0.0, True, 0.0
    while True:
        readable, _, _ = select.select([leash], [], [], WATCH)
        if os.waitpid(candidate, os.WNOHANG)[0]:
            alive = False
            break
        family = _family(os.getpid())
        family[candidate] = family.get(candidate, 0.0) - spent
        slow = {pid for pid, seconds in family.items() if seconds > limits["cpu"]}
        if time.monotonic() - looked >= WATCH:
            looked = time.monotonic()
            if sum(map(_memory, family)) > limits["memory"]:
                passed = f"more than {limits['memory'] >> 20} MiB of memory"
                break
        if sum(family.values()) > CROWD * limits["cpu"]:
            passed = f"more than {CROWD * limits['cpu']} s of processor time in all its processes"
            break
        if slow:
            passed = f"more than {limits['cpu']} s of processor time"
            if candidate in slow:
                break
            _kill(slow)
        if readable:
            if os.read(leash, 1) != b"s":
                break
            if not _swept(candidate):
                passed = "processes that start others faster than they can be ended"
                break
            passed, spent = "", spent + family[candidate]
            os.write(leash, b"{}\n")
    if alive:
        _kill({candidate})
        os.waitpid(candidate, 0)
    if not start["sandbox"]:
        _swept(candidate)
    with contextlib.suppress(OSError):
        os.write(leash, json.dumps({"passed": passed}).encode() + b"\n")
    os._exit(0)


def _swept(candidate: int) -> bool:
    """End all that the candidate started and that still runs; False where that does not succeed."""
    until = time.monotonic() + SWEEP
    while time.monotonic() < until:
        others = set(_family(os.getpid())) - {candidate}
        if not others:
            return True
        _kill(others)
        time.sleep(0.001)
    return False


def _kill(pids: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _family(ancestor: int) -> dict[int, float]:
    """Every living descendant of a process, with its seconds of processor time."""
    children: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                fields = Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
                if fields[0] not in "ZX":
                    seconds[int(entry)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                children.setdefault(int(fields[1]), []).append(int(entry))
    found: dict[int, float] = {}
    todo = [ancestor]
    while todo:
        below = children.get(todo.pop(), [])
        todo += below
        found.update((pid, seconds[pid]) for pid in below if pid in seconds)
    return found


def _memory(pid: int) -> int:
    """Bytes of a process, memory that it shares counted in part (PSS), or in full where the kernel does not say."""
    try:
        return 1024 * int(Path(f"/proc/{pid}/smaps_rollup").read_text().split("Pss:")[1].split()[0])
    except (OSError, ValueError, IndexError):
        pass
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _candidate(start: dict[str, Any], request: dict[str, Any], commands: int) -> None:
    """Give up everything, then obey: run a cell, or fork and serve a check."""
    if start["sandbox"]:
        sandbox.unshare(
            sandbox.CLONE_NEWNS
        )  # here and not in the keeper, which must go on seeing its own /proc
        sandbox.mount("none", "/", None, sandbox.MS_REC | sandbox.MS_PRIVATE)
        sandbox.mount_scratch(sandbox.SCRATCH)
        sandbox.mount_proc(read_only=True)
    random.seed(0)  # a fork draws a new seed
    commands = os.dup2(commands, 3)
    os.closerange(4, 1 << 20)
    os.environ.clear()
    os.environ.update(start["environment"])
    os.chdir(sandbox.SCRATCH if start["sandbox"] else start["scratch"])
    sandbox.limit(sandbox.Limits(**request["limits"]))
    os.setsid()
    if start["sandbox"]:
        sandbox.drop_to(request["uid"])
        sandbox.deny_system_calls()
    else:
        sandbox.die_with_parent()
    _obey(socket.socket(fileno=commands))


def _obey(commands: socket.socket) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell: Any = InteractiveShell.instance()
    shell.user_ns["__name__"] = "__main__"
    own, there = os.getpid(), _Place(Path.cwd(), {})
    while True:
        size = int.from_bytes(_exactly(commands, 5)[1:], "big")
        message = json.loads(_exactly(commands, size))
        with contextlib.suppress(OSError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        said: dict[str, Any] = {"ran": message.get("id")}
        match message["do"]:
            case "run":
                result = shell.run_cell(message["cell"], store_history=False, silent=True)
                said["error"] = _last_line(result.error_before_exec or result.error_in_exec)
            case "show":
                from autograde.cell_outputs import shown

                said["outputs"], said["late"] = shown(shell, message["cell"], message["timeout"])
            case "put":
                there = _put(message["files"])
            case "left":
                said["files"] = _left(there)
        if os.getpid() != own:
            os._exit(0)
        if message["do"] != "serve":
            data = json.dumps(said, default=str).encode()
            commands.sendall(len(data).to_bytes(5, "big") + data)
        else:
            _, descriptors, _, _ = socket.recv_fds(commands, 1, 1)
            drawn = random.getstate()
            # A fork has no threads but one. Where a cell left some, what waits for them would wait for ever there.
            here = threading.active_count() > 1
            if here or os.fork() == 0:
                random.setstate(drawn)
                with socket.socket(fileno=descriptors[0]) as examiner:
                    if not here:
                        commands.close()
                    _examined(examiner, shell.user_ns)
                if not here or os.getpid() != own:
                    os._exit(0)
                random.setstate(drawn)
            else:
                os.close(descriptors[0])


class _Place(NamedTuple):
    """The folder in which cells run, and what each file that was put there held, as a hash."""

    folder: Path
    held: dict[str, str]


def _put(files: dict[str, str]) -> _Place:
    place = _Place(Path.cwd(), {})
    for name, coded in files.items():
        data = base64.b64decode(coded)
        (place.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (place.folder / name).write_bytes(data)
        place.held[name] = hashlib.sha256(data).hexdigest()
    importlib.invalidate_caches()
    return place


def _left(place: _Place) -> dict[str, str]:
    """Files that are new or changed since, without hidden ones; their content in base64."""
    found = {}
    for path in sorted(place.folder.rglob("*")):
        name = path.relative_to(place.folder).as_posix()
        hidden = any(part.startswith((".", "__pycache__")) for part in Path(name).parts)
        if not hidden and path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if place.held.get(name) != hashlib.sha256(data).hexdigest():
                found[name] = base64.b64encode(data).decode()
    return found


def _last_line(error: BaseException | None) -> str:
    if error is None:
        return ""
    try:
        return f"{type(error).__name__}: {error}"[:500]
    except Exception:
        return type(error).__name__


def _examined(sock: socket.socket, names: dict[str, Any]) -> None:
    """Serve one check on the notebook's names: object 0 of the conversation."""
    from autograde.channel import Channel
    from course.checking.port import Port

    port = Port(learner=True)
    port.objects[0] = names
    Channel(sock, port).serve_forever()


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = sock.recv(size - len(data))
        if not chunk:
            os._exit(0)
        data += chunk
    return data


if __name__ == "__main__":
    main()
