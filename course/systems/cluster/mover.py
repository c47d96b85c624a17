"""A file that goes from process to process over loopback, chunk by chunk: each chunk is verified before it is passed on.

``python -m course.systems.cluster.mover FOLDER SPOIL`` is one machine: it prints the port on which it serves what it has, reads the port
from which it is to fetch, and fetches what it lacks. A machine that was killed goes on with the chunks that its file has.
"""

import json
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from course.systems.cluster.chunks import Manifest, name_of

FILE = "file"
_ASK = struct.Struct(">I")
ALL = 2**32 - 1
"""What is asked for to get the manifest."""


class _Shelf:
    """Chunks of one file: which are there, and a way to wait for one. ``sent`` counts the bytes that were passed on."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.manifest: Manifest | None = None
        self.there: set[int] = set()
        self.changed = threading.Condition()
        self.sent = self.refused = 0

    def begin(self, manifest: Manifest) -> None:
        """Take over the manifest, and what the file has of it from before."""
        fresh = not self.path.exists()
        with self.path.open("wb" if fresh else "r+b") as file:
            file.truncate(sum(chunk["size"] for chunk in manifest["chunks"]))
            for place, chunk in enumerate([] if fresh else manifest["chunks"]):
                if name_of(file.read(chunk["size"])) == chunk["name"]:
                    self.there.add(place)
        with self.changed:
            self.manifest = manifest
            self.changed.notify_all()

    def known(self) -> Manifest:
        """The manifest, once it is there."""
        with self.changed:
            self.changed.wait_for(lambda: self.manifest is not None)
        return cast(Manifest, self.manifest)

    def read(self, place: int) -> bytes:
        chunk = self.known()["chunks"][place]
        with self.path.open("rb") as file:
            file.seek(chunk["offset"])
            return file.read(chunk["size"])

    def keep(self, place: int, data: bytes) -> bool:
        """Keep a chunk if it is what the manifest names."""
        chunk = self.known()["chunks"][place]
        if name_of(data) != chunk["name"]:
            self.refused += 1
            return False
        with self.path.open("r+b") as file:
            file.seek(chunk["offset"])
            file.write(data)
        with self.changed:
            self.there.add(place)
            self.changed.notify_all()
        return True

    def wait(self, place: int) -> bytes:
        """Chunk ``place``, once it is there."""
        with self.changed:
            self.changed.wait_for(lambda: place in self.there)
        return self.read(place)


class _Server(socketserver.ThreadingTCPServer):
    """Serves a shelf: at most ``rate`` bytes a second in all (0 is as fast as it goes), and chunk ``spoil`` wrong the first time."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, shelf: _Shelf, rate: float = 0.0, spoil: int = -1) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.shelf, self.rate, self.spoil = shelf, rate, spoil
        self.turn, self.free_at = threading.Lock(), 0.0

    def pace(self, size: int) -> None:
        """Wait until ``size`` bytes more are within the rate."""
        if not self.rate:
            return
        with self.turn:
            self.free_at = max(self.free_at, time.monotonic()) + size / self.rate
            until = self.free_at
        time.sleep(max(0.0, until - time.monotonic()))


@contextmanager
def _serving(server: _Server) -> Iterator[_Server]:
    """The server at work in a thread that ends with the block, also where the block is left by an error or an interrupt."""
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


class _Asked(socketserver.BaseRequestHandler):
    """One machine that asks for chunks, one after the other."""

    server: _Server

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever asked is gone
            self._answer()

    def _answer(self) -> None:
        shelf = self.server.shelf
        while asked := _exactly(self.request, _ASK.size):
            (place,) = _ASK.unpack(asked)
            if place == ALL:
                data = json.dumps(shelf.known()).encode()
            else:
                data = shelf.wait(place)
                if place == self.server.spoil:
                    self.server.spoil, data = -1, bytes(len(data))
                self.server.pace(len(data))
                shelf.sent += len(data)
            self.request.sendall(_ASK.pack(len(data)) + data)


def _exactly(link: socket.socket, size: int) -> bytes:
    """``size`` bytes, or b"" where the other side is gone."""
    parts = bytearray()
    while len(parts) < size:
        got = link.recv(min(size - len(parts), 2**20))
        if not got:
            return b""
        parts += got
    return bytes(parts)


def _ask(link: socket.socket, place: int) -> bytes:
    link.sendall(_ASK.pack(place))
    head = _exactly(link, _ASK.size)
    if not head:
        raise ConnectionError("the machine before this one is gone")
    return _exactly(link, _ASK.unpack(head)[0])


def machine(folder: Path, spoil: int) -> None:
    """Be one machine: serve at once, fetch every chunk that is missing, say what it took, and go on serving."""
    shelf = _Shelf(folder)
    with _serving(_Server(shelf, spoil=spoil)) as server:
        print(json.dumps({"port": server.server_address[1]}), flush=True)
        upstream = int(sys.stdin.readline())
        with socket.create_connection(("127.0.0.1", upstream)) as link:
            manifest: Manifest = json.loads(_ask(link, ALL))
            shelf.begin(manifest)
            fetched = 0
            for place in range(len(manifest["chunks"])):
                while place not in shelf.there:
                    fetched += shelf.keep(place, _ask(link, place))
        said = {"fetched": fetched, "refused": shelf.refused}
        print(json.dumps(said), flush=True)
        sys.stdin.readline()  # it serves until it is told to end


@dataclass(frozen=True)
class Moved:
    """What moving a file took: bytes that left the ``store``, what each machine ``said``, and the ``seconds``."""

    store: int
    said: Sequence[dict[str, Any]]
    seconds: float


@contextmanager
def _started(folder: Path, spoil: int) -> Iterator[Any]:
    """A machine in a process of its own; it ends with the block, and an interrupt of this process reaches it in no other way."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", __name__, str(folder), str(spoil)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def move(
    data: bytes,
    manifest: Manifest,
    folder: Path,
    machines: int,
    *,
    chain: bool,
    rate: float = 0.0,
    spoil: int = -1,
) -> Moved:
    """Bring ``data`` to so many machines, each a process with a folder of its own below ``folder``.

    In a ``chain`` each fetches from the one before it, else all from the store, which sends at most ``rate`` bytes a second. The
    first machine passes on chunk ``spoil`` wrong, once. Raises ``ConnectionError`` where a machine ended early.
    """
    (folder / "store").mkdir(exist_ok=True)
    shelf = _Shelf(folder / "store")
    shelf.path.write_bytes(data)
    shelf.begin(manifest)
    with _serving(_Server(shelf, rate)) as server, ExitStack() as all_:
        started = [
            all_.enter_context(_started(folder / f"machine {number}", spoil if number == 0 else -1))
            for number in range(machines)
        ]
        ports = [
            server.server_address[1],
            *(_said(process, number)["port"] for number, process in enumerate(started)),
        ]
        began = time.monotonic()
        for number, process in enumerate(started):
            with suppress(BrokenPipeError):  # it has ended: what it said last tells why
                process.stdin.write(f"{ports[number if chain else 0]}\n")
                process.stdin.flush()
        said = [_said(process, number) for number, process in enumerate(started)]
        seconds = time.monotonic() - began
    return Moved(shelf.sent, said, seconds)


def _said(process: Any, number: int) -> dict[str, Any]:
    line = process.stdout.readline()
    if not line:
        why = process.stderr.read().strip().rpartition("\n")[2]
        raise ConnectionError(
            f"machine {number} ended before it had everything; it said last: {why or 'nothing'}"
        )
    said: dict[str, Any] = json.loads(line)
    return said


if __name__ == "__main__":
    machine(Path(sys.argv[1]), int(sys.argv[2]))
