"""The sandboxed side. Started by :mod:`autograde.pool` as ``python -I -B candidate.py``; stands in the cut tree.

Three kinds of process, each forked from the one before:

server     one a day; moves into the sandbox's root, imports what is heavy, runs the set-up cell, and then only forks.
keeper     one a submission; trusted too. Makes a pid namespace, starts the candidate in it, and ends it with all its
           offspring when the examiner says so, hangs up, or the submission uses too much memory.
candidate  pid 1 of its namespace, without privileges. Runs the learner's cells; forks once for each check.

The server and the keeper never run learner's code. They hold no seed, database, key or reference.
"""

import contextlib
import gc
import json
import os
import random
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

# Before the root is changed the tree lies at a path of this machine; afterwards at /course.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from autograde import sandbox

WATCH = 0.1
"""Seconds between two looks at a submission's memory."""


def main() -> None:
    """Build the sandbox and serve fork requests from the socket that is file descriptor ``argv[1]``."""
    control = socket.socket(fileno=int(sys.argv[1]))
    start = json.loads(_line(control))
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
            sandbox.seal_root(proc=True)
        warm = _warm(start)
    except BaseException:
        _answer(control, {"problem": traceback.format_exc()[-2000:]})
        os._exit(1)
    _answer(control, {"ready": True, **warm})
    _serve(control, start)


def _line(control: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n"):
        chunk = control.recv(65536)
        if not chunk:
            os._exit(0)
        data += chunk
    return data


def _answer(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(json.dumps(message).encode() + b"\n")


def _warm(start: dict[str, Any]) -> dict[str, Any]:
    """Import what is heavy, make a shell, run the set-up cell; single-threaded to the end."""
    sys.path[0] = "/course" if start["sandbox"] else start["tree"]
    for name in [name for name in sys.modules if name == "autograde" or name.startswith("autograde.")]:
        if name != "autograde.sandbox":
            del sys.modules[name]
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    import numpy as np
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell

    with contextlib.suppress(ImportError):
        import faiss  # noqa: F401
    import course.subject  # noqa: F401

    HistoryManager.enabled = False  # type: ignore[assignment]
    shell: Any = InteractiveShell.instance()
    setup = shell.run_cell(start["setup"], store_history=False, silent=True)
    random.seed(0)
    np.random.seed(0)
    gc.collect()
    gc.freeze()
    return {
        "threads": len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1,
        "setup": setup.success,
    }


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
    """Start the candidate in namespaces of its own; end it when the leash is pulled or it takes too much memory."""
    sandbox.die_with_parent()
    if start["sandbox"]:
        sandbox.unshare(
            sandbox.CLONE_NEWPID | sandbox.CLONE_NEWNS | sandbox.CLONE_NEWIPC | sandbox.CLONE_NEWNET
        )
    candidate = os.fork()
    if candidate == 0:
        try:
            os.close(leash)
            _candidate(start, request, commands)
        finally:
            os._exit(70)
    os.close(commands)
    reason, status = "", 0
    while True:
        readable, _, _ = select.select([leash], [], [], WATCH)
        done, status = os.waitpid(candidate, os.WNOHANG)
        if done:
            break
        if readable:
            os.kill(candidate, signal.SIGKILL)
            os.waitpid(candidate, 0)
            break
        if _memory(candidate) > request["memory"]:
            reason = f"memory above {request['memory'] >> 20} MiB"
            os.kill(candidate, signal.SIGKILL)
            _, status = os.waitpid(candidate, 0)
            break
    with contextlib.suppress(OSError):
        os.write(leash, json.dumps({"reason": reason, "status": status}).encode() + b"\n")
    os._exit(0)


def _memory(first: int) -> int:
    """Proportional set size, in bytes, of a process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                stat = Path(f"/proc/{entry}/stat").read_text()
                children.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(int(entry))
    total, todo = 0, [first]
    while todo:
        pid = todo.pop()
        todo += children.get(pid, [])
        with contextlib.suppress(OSError, ValueError, IndexError):
            total += 1024 * int(Path(f"/proc/{pid}/smaps_rollup").read_text().split("Pss:")[1].split()[0])
    return total


def _candidate(start: dict[str, Any], request: dict[str, Any], commands: int) -> None:
    """Give up everything, then obey: run a cell, or fork and serve a check."""
    if start["sandbox"]:
        sandbox.mount("none", "/", None, sandbox.MS_REC | sandbox.MS_PRIVATE)
        sandbox.mount("tmpfs", "/tmp", "tmpfs", sandbox.MS_NOSUID | sandbox.MS_NODEV, "size=64m,mode=1777")
        with contextlib.suppress(OSError):
            sandbox.mount("proc", "/proc", "proc", sandbox.MS_NOSUID | sandbox.MS_NODEV | sandbox.MS_NOEXEC)
    commands = os.dup2(commands, 3)
    os.closerange(4, 4096)
    os.environ.clear()
    os.environ.update(start["environment"])
    os.chdir("/tmp" if start["sandbox"] else start["scratch"])
    sandbox.limit(sandbox.Limits(**request["limits"]))
    if start["sandbox"]:
        sandbox.drop_to(request["uid"])
        sandbox.deny_system_calls()
    os.setsid()
    _obey(socket.socket(fileno=commands))


def _obey(commands: socket.socket) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell: Any = InteractiveShell.instance()
    shell.user_ns["__name__"] = "__main__"
    while True:
        size = int.from_bytes(_exactly(commands, 5)[1:], "big")
        message = json.loads(_exactly(commands, size))
        if message["do"] == "run":
            result = shell.run_cell(message["cell"], store_history=False, silent=True)
            error = result.error_before_exec or result.error_in_exec
            answer = {
                "ran": message["id"],
                "error": "" if error is None else f"{type(error).__name__}: {error}"[:500],
            }
            data = json.dumps(answer).encode()
            commands.sendall(len(data).to_bytes(5, "big") + data)
        else:
            _, descriptors, _, _ = socket.recv_fds(commands, 1, 1)
            pid = os.fork()
            if pid == 0:
                commands.close()
                _examined(socket.socket(fileno=descriptors[0]), shell.user_ns)
                os._exit(0)
            os.close(descriptors[0])
            with contextlib.suppress(OSError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def _examined(sock: socket.socket, names: dict[str, Any]) -> None:
    """Serve one check on the notebook's names: object 0 of the conversation."""
    from autograde.channel import Channel
    from course.subject import Port

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
