"""Messages across the wall: length-prefixed msgpack on a socket, data only, within caps. Never pickle.

Each side holds a :class:`~course.subject.Port`. The examiner's side trusts nothing that arrives: a frame that is too
long, not msgpack, or of another shape ends the conversation with a reason.
"""

import socket
import struct
import time
from typing import Any

import msgpack

from course.subject import Port, SubjectError

MAX_FRAME = 32 * 2**20
"""Bytes of one message."""
MAX_CALLS = 20_000
"""Messages of one check, nested ones included."""
_HEAD = struct.Struct("!I")


class Gone(SubjectError):
    """The candidate gave no answer: it died, hung, or broke a cap. Every later request on the same channel says so too."""

    def __init__(self, why: str) -> None:
        super().__init__({"names": ["Gone"], "message": why})
        self.why = why


class Channel:
    """One end of the socket. ``deadline`` is a ``time.monotonic`` moment after which the other side counts as hung."""

    def __init__(self, sock: socket.socket, port: Port, deadline: float | None = None) -> None:
        self.sock = sock
        self.port = port
        self.deadline = deadline
        self.calls = 0
        self.gone = ""
        port.exchange = self.exchange

    def exchange(self, message: list[Any]) -> list[Any]:
        """Send a request and return its reply, serving the other side's requests meanwhile."""
        if self.gone:
            raise Gone(self.gone)
        try:
            self._send(message)
            while True:
                received = self._receive()
                if received[0] != "ask":
                    return received
                self.calls += 1
                if self.calls > MAX_CALLS:
                    raise Gone(f"more than {MAX_CALLS} messages in one check")
                self._send(self.port.serve(received))
        except Gone as error:
            self.gone = error.why
            raise
        except OSError as error:
            self.gone = (
                "it hung: no answer within its time"
                if isinstance(error, TimeoutError)
                else "its process ended"
            )
            raise Gone(self.gone) from None

    def serve_forever(self) -> None:
        """Answer requests until the other side closes; the candidate's main loop."""
        while True:
            try:
                received = self._receive()
            except (OSError, Gone):
                return
            self._send(self.port.serve(received))

    def _send(self, message: list[Any]) -> None:
        try:
            data = msgpack.packb(message, use_bin_type=True)
        except (ValueError, TypeError, OverflowError, UnicodeEncodeError) as error:
            data = msgpack.packb(
                ["error", ["d", "names", ["l", "Unencodable"], "message", str(error)[:200]], ""]
            )
        if len(data) > MAX_FRAME:
            data = msgpack.packb(
                [
                    "error",
                    [
                        "d",
                        "names",
                        ["l", "LimitReached"],
                        "message",
                        f"more than {MAX_FRAME} bytes in one message",
                    ],
                    "",
                ]
            )
        self._patience()
        self.sock.sendall(_HEAD.pack(len(data)) + data)

    def _receive(self) -> list[Any]:
        (length,) = _HEAD.unpack(self._exactly(_HEAD.size))
        if length > MAX_FRAME:
            raise Gone(f"a message of {length} bytes; at most {MAX_FRAME}")
        data = self._exactly(length)
        try:
            message = msgpack.unpackb(
                data, raw=False, use_list=True, max_map_len=0, max_ext_len=0, unicode_errors="replace"
            )
        except (ValueError, msgpack.UnpackException, RecursionError):
            raise Gone("a message that cannot be read") from None
        if type(message) is not list or not message or type(message[0]) is not str:
            raise Gone("a message of another shape")
        return message

    def _exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            self._patience()
            chunk = self.sock.recv(min(size - len(parts), 1 << 20))
            if not chunk:
                raise Gone("its process ended")
            parts += chunk
        return bytes(parts)

    def _patience(self) -> None:
        if self.deadline is None:
            return
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)
