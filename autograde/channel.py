"""Messages across the wall: length-prefixed msgpack on a socket, data only, within caps. Never pickle.

Each side holds a :class:`~course.checking.port.Port`. The examiner's side trusts nothing that arrives: a frame that is too
long, not msgpack, or of another shape ends the conversation with a reason.
"""

import re
import socket
import struct
import time
from typing import Any

import msgpack

from course.checking.errors import LimitReached, SubjectError
from course.checking.plain import MAX_DEPTH
from course.checking.port import Port
from course.checking.report import cut

MAX_FRAME = 16 * 2**20
"""Bytes of one message. Small strings unpack into twenty times as much, so this bounds memory too."""
MAX_LISTS = 500_000
"""Lists in one message: an empty one is a byte here and sixty in memory."""
MAX_RECEIVED = 16 * MAX_FRAME
"""Bytes of one check, all messages together."""
MAX_CALLS = 100_000
"""Messages of one check, nested ones included."""
_HEAD = struct.Struct("!I")
_AT_ONCE = 1 << 16
"""Bytes that are read at once, at least; one reading then brings most messages whole."""
_TICK = 0.05
"""Seconds by which the other side may be late: setting a socket's timeout anew costs a system call."""
_DTYPE = re.compile(r"[<>|=][biufcSU]\d{1,5}", re.ASCII)


class Gone(SubjectError):
    """The candidate gave no answer: it died, hung, or broke a cap. Every later request on the same channel says so too."""

    def __init__(self, why: str) -> None:
        super().__init__({"names": ["Gone"], "message": why})
        self.why = why


class GuardedPort(Port):
    """The examiner's port: whatever is malformed in an answer is one kind of error, and the other side's fault."""

    def decode(self, tree: Any) -> Any:
        try:
            return super().decode(tree)
        except SubjectError:
            raise
        except Exception as error:
            raise SubjectError(_protocol(f"an unreadable value ({type(error).__name__})")) from None

    def _dtype(self, name: str) -> Any:
        if not _DTYPE.fullmatch(name):
            raise SubjectError(_protocol("an array of no plain type"))
        return super()._dtype(name)

    def _error(self, fault: dict[str, Any], label: str) -> Exception:
        names = fault.get("names")
        if type(names) is not list or not names or not all(type(name) is str for name in names):
            return SubjectError(_protocol("an unreadable error"), label)
        texts = {
            key: value for key, value in fault.items() if type(value) is str or key in ("line", "carries")
        }
        return super()._error(texts | {"names": [cut(name, 80) for name in names[:50]]}, label)


def _protocol(what: str) -> dict[str, Any]:
    return {"names": ["Protocol"], "message": what}


class Channel:
    """One end of the socket. ``deadline`` is a ``time.monotonic`` moment after which the other side counts as hung."""

    def __init__(self, sock: socket.socket, port: Port, deadline: float | None = None) -> None:
        self.sock = sock
        self.port = port
        self.deadline = deadline
        self.calls = 0
        self.received = 0
        self.gone = ""
        self._lists = 0
        self._nesting = 0
        self._unread = bytearray()
        self._patient_since = -_TICK
        port.exchange = self.exchange

    def exchange(self, message: list[Any]) -> list[Any]:
        """Send a request and return its reply, serving the other side's requests meanwhile."""
        if self.gone:
            raise Gone(self.gone)
        data = _packed(message)
        if len(data) > MAX_FRAME:
            raise LimitReached(f"more than {MAX_FRAME} bytes in one message")
        self._nesting += 1
        try:
            if self._nesting > MAX_DEPTH:
                raise Gone(f"calls nest deeper than {MAX_DEPTH}")
            self._count()
            self._send(data)
            while True:
                received = self._receive()
                if received[0] != "ask":
                    return received
                self._count()
                reply = self._reply(received)
                if self.gone:
                    raise Gone(self.gone)
                self._send(reply)
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
        finally:
            self._nesting -= 1

    def serve_forever(self) -> None:
        """Answer requests until the other side closes; the candidate's main loop."""
        while True:
            try:
                self._send(self._reply(self._receive()))
            except (OSError, Gone):
                return

    def _count(self) -> None:
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise Gone(f"more than {MAX_CALLS} messages in one check")

    def _reply(self, request: list[Any]) -> bytes:
        try:
            data = _packed(self.port.serve(request))
        except (ValueError, TypeError, OverflowError, UnicodeEncodeError) as error:
            return _packed(_refusal("Unencodable", str(error)[:200]))
        if len(data) > MAX_FRAME:
            return _packed(_refusal("LimitReached", f"more than {MAX_FRAME} bytes in one message"))
        return data

    def _send(self, data: bytes) -> None:
        self._patience()
        self.sock.sendall(_HEAD.pack(len(data)) + data)

    def _receive(self) -> list[Any]:
        (length,) = _HEAD.unpack(self._exactly(_HEAD.size))
        self.received += length
        if length > MAX_FRAME:
            raise Gone(f"a message of {length} bytes; at most {MAX_FRAME}")
        if self.received > MAX_RECEIVED and self.deadline is not None:
            raise Gone(f"more than {MAX_RECEIVED} bytes in one check")
        data = self._exactly(length)
        self._lists = 0
        try:
            message = msgpack.unpackb(
                data,
                raw=False,
                use_list=True,
                max_map_len=0,
                max_ext_len=0,
                unicode_errors="surrogatepass",
                list_hook=self._listed,
            )
        except (ValueError, msgpack.UnpackException, RecursionError):
            raise Gone("a message that cannot be read") from None
        if type(message) is not list or not message or type(message[0]) is not str:
            raise Gone("a message of another shape")
        return message

    def _listed(self, items: list[Any]) -> list[Any]:
        self._lists += 1
        if self._lists > MAX_LISTS:
            raise ValueError
        return items

    def _exactly(self, size: int) -> bytes:
        while len(self._unread) < size:
            self._patience()
            chunk = self.sock.recv(min(max(size - len(self._unread), _AT_ONCE), 1 << 20))
            if not chunk:
                raise Gone("its process ended")
            self._unread += chunk
        found = bytes(self._unread[:size])
        del self._unread[:size]
        return found

    def _patience(self) -> None:
        if self.deadline is None:
            return
        now = time.monotonic()
        if now >= self.deadline:
            raise TimeoutError
        if now - self._patient_since > _TICK:
            self.sock.settimeout(self.deadline - now)
            self._patient_since = now


def _packed(message: list[Any]) -> bytes:
    return bytes(msgpack.packb(message, use_bin_type=True, unicode_errors="surrogatepass"))


def _refusal(name: str, why: str) -> list[Any]:
    return ["error", ["d", "names", ["l", name], "message", why], ""]
