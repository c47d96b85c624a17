"""Network: there is none, neither inside nor outside of the machine."""

import socket
import threading
from collections.abc import Iterator

import pytest
from attack_room import Bench

pytestmark = pytest.mark.xdist_group("attacks: network")


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A server on this machine, and whom it has met."""
    met: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                met.append(server.accept()[1])
            except OSError:
                return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1], met
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


WAYS = {
    "a socket": "import socket; socket.create_connection(('127.0.0.1', {port}), 1)",
    "urllib": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}', timeout=1)",
    "asyncio": "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', {port}))",
    "the C library": (
        "import ctypes, struct, socket\n"
        "    libc = ctypes.CDLL(None)\n"
        "    s = libc.socket(2, 1, 0)\n"
        "    assert libc.connect(s, struct.pack('=HH4s8x', 2, socket.htons({port}), bytes([127, 0, 0, 1])), 16) == 0"
    ),
    "a system call by the x32 convention": (
        "import ctypes\n    assert ctypes.CDLL(None).syscall(0x40000000 + 41, 2, 1, 0) >= 0"
    ),
    "a shell": "import subprocess; subprocess.run(['bash', '-c', 'echo > /dev/tcp/127.0.0.1/{port}'], check=True)",
    "a pair of sockets turned to an address": (
        "import socket\n"
        "    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "    a.connect('\\0/tmp/.X11-unix/X0')"
    ),
    "a name": "import socket; socket.getaddrinfo('localhost', {port}); socket.socket()",
}


@pytest.mark.parametrize("name", WAYS)
def test_nobody_is_reached_by(name: str, room: Bench, listener: tuple[int, list[object]]) -> None:
    port, met = listener
    way = WAYS[name].format(port=port)
    said = room.spy(
        f"try:\n    {way}\n    found = 'through'\nexcept BaseException as error:\n    found = 'refused'"
    )
    assert said.splitlines()[0] == "RuntimeError: refused"
    assert met == []


def test_there_is_no_interface_but_a_silent_one(room: Bench) -> None:
    code = "found = sorted(line.split(':')[0].strip() for line in open('/proc/net/dev').readlines()[2:])"
    assert room.spy(code).splitlines()[0] in ("RuntimeError: ['lo']", "RuntimeError: []")
