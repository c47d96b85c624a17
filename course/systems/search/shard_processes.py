"""Shards as processes on this machine, and the network to them: real sockets, a real clock, real deaths."""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from course.systems.search.hits import Hit
from course.systems.search.reports import Statistics
from course.systems.search.shard import Shard

CHILD = "from course.systems.search.shard_process import main; main()"


class ShardProcesses:
    """A process for each copy of each shard: a :class:`~course.systems.search.answer.Network`, and a context in which they live.

    ``machines`` gives the names of the copies of each shard: "s3/0" and "s3/1". A machine that dies shows in three ways: its connection ends, or is reset where
    a request was not read yet, or a request cannot be sent. They mean the same, and come as one.
    """

    def __init__(self, shards: Sequence[Shard], copies: int, known: Statistics) -> None:
        self.machines = {
            shard.name: [f"{shard.name}/{number}" for number in range(copies)] for shard in shards
        }
        self._children: dict[str, subprocess.Popen[str]] = {}
        self._sockets: dict[str, socket.socket] = {}
        self._started = time.monotonic()
        self._selector = selectors.DefaultSelector()
        self._unread: dict[str, bytes] = {}
        self._open: dict[str, set[int]] = {}
        self._ready: deque[tuple[int, list[Hit] | None]] = deque()
        self._tickets = 0
        try:
            for shard in shards:
                for machine in self.machines[shard.name]:
                    self._children[machine] = _started(shard)
            for machine in self._children:
                self._connect(machine, known)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "ShardProcesses":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def now(self) -> float:
        return 1000 * (time.monotonic() - self._started)

    def send(self, machine: str, query: str, ask: int) -> int | None:
        if machine not in self._sockets:
            return None
        try:
            self._sockets[machine].sendall(_line([self._tickets + 1, query, ask]))
        except OSError:  # a broken pipe: it died after its last answer
            self._lost(machine)
            return None
        self._tickets += 1
        self._open[machine].add(self._tickets)
        return self._tickets

    def receive(self, until: float) -> tuple[int, list[Hit] | None] | None:
        while not self._ready:
            seconds = (until - self.now()) / 1000
            if not (came := self._selector.select(max(0.0, seconds))):
                return None
            for key, _ in came:
                self._read(key.data)
        return self._ready.popleft()

    def kill(self, machine: str) -> None:
        """End the process at once, as a failure of power would."""
        self._children[machine].kill()
        self._children[machine].wait()

    def stop(self, machine: str) -> None:
        """Let the process stand still, as a long pause would, until :meth:`go_on`: its connection stays."""
        self._children[machine].send_signal(signal.SIGSTOP)

    def go_on(self, machine: str) -> None:
        """End the pause."""
        self._children[machine].send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End all processes and connections."""
        self._selector.close()
        for link in self._sockets.values():
            link.close()
        for child in self._children.values():
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe:
                    pipe.close()

    def _connect(self, machine: str, known: Statistics) -> None:
        out = self._children[machine].stdout
        assert out is not None
        port = int(out.readline() or "0")
        link = socket.create_connection(("127.0.0.1", port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(_line([known.documents, known.words, dict(known.holding)]))
        self._sockets[machine], self._unread[machine], self._open[machine] = link, b"", set()
        self._selector.register(link, selectors.EVENT_READ, machine)

    def _read(self, machine: str) -> None:
        try:
            came = self._sockets[machine].recv(1 << 16)
        except OSError:  # a reset: it died with a request unread
            came = b""
        if not came:
            self._lost(machine)
            return
        *lines, self._unread[machine] = (self._unread[machine] + came).split(b"\n")
        for line in lines:
            ticket, hits = json.loads(line)
            self._open[machine].discard(ticket)
            self._ready.append((ticket, [(doc, score) for doc, score in hits]))

    def _lost(self, machine: str) -> None:
        link = self._sockets.pop(machine)
        self._selector.unregister(link)
        link.close()
        self._ready.extend((ticket, None) for ticket in sorted(self._open.pop(machine)))


def _line(message: list[object]) -> bytes:
    return json.dumps(message).encode() + b"\n"


def _started(shard: Shard) -> subprocess.Popen[str]:
    """A fresh interpreter that serves ``shard``: a fork of a notebook's kernel would take its threads' locks along."""
    path = os.pathsep.join(
        [str(Path(__file__).resolve().parents[3]), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert child.stdin is not None
    told: Mapping[str, object] = {
        "name": shard.name,
        "postings": shard.postings,
        "lengths": list(shard.lengths.items()),
    }
    child.stdin.write(json.dumps(told) + "\n")
    child.stdin.flush()
    return child
