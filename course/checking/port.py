"""The wire between a check and an answer. In a kernel both sides are one process (:func:`subjects`); across the wall
the same :class:`Port` sits on a socket.
"""

import builtins
import contextlib
import io
import itertools
import signal
import threading
import time
import types
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from course.checking.answering import answer, fault_of, serve
from course.checking.errors import LimitReached, ServedError, SubjectError, TookTooLong
from course.checking.plain import LEAVES, MAX_DEPTH, SCALARS, TAGS
from course.checking.report import cut
from course.checking.subject import Subject

_LARGE = 2**63
_INTEGERS = {int}
_MADE: dict[str, Callable[[list[Any]], Any]] = {"l": list, "t": tuple, "s": set, "f": frozenset, "d": dict}
_WEAK = ("weakref.py", "_weakrefset.py")
"""Files whose functions run when an object goes."""
MAX_NODES = 3_000_000
"""Values in one message."""

MAX_HANDLES = 20_000
"""Live objects that one side keeps for the other."""

MAX_PRINTED = 2_000
"""Characters of the subject's output that are kept."""

MAX_SECONDS = 5.0
"""Processor seconds that one request may take in the learner's own kernel; across the wall the sandbox limits it."""


class Port:
    """One side of a conversation: it encodes, keeps the objects that the other side holds handles on, and serves.

    ``learner`` marks the side where the learner's code runs: it captures output, converts to plain data and reports
    whose line raised. The other side serves only what a check passed in: calls and public attributes.
    ``exchange(message) -> reply`` carries a message over; replies may be preceded by calls the other way.
    """

    def __init__(self, *, learner: bool = False) -> None:
        self.learner = learner
        self.exchange: Callable[[list[Any]], list[Any]]
        self.objects: dict[int, object] = {}
        self.dropped: list[int] = []
        self.crossings = 0
        self.printed = ""
        self._last = 0
        self._depth = 0
        self._nodes = 0

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────

    def ask(self, verb: str, number: int, *args: object, label: str = "") -> Any:
        """Send one request about object ``number`` and return the decoded answer; raises :class:`SubjectError`."""
        self.crossings += 1
        dropped, self.dropped = self.dropped, []
        self._nodes = 0
        message = ["ask", verb, number, [self.encode(item) for item in args], dropped]
        reply = self.exchange(message)
        if type(reply) is not list or len(reply) < 3:
            raise SubjectError({"names": ["Protocol"], "message": "an unreadable reply"}, label)
        if type(reply[2]) is str and not self.learner:
            self.printed = (self.printed + reply[2])[:MAX_PRINTED]
        self._nodes = 0
        value = self.decode(reply[1])
        if reply[0] == "value":
            return value
        raise self._error(value if type(value) is dict else {}, label)

    def _error(self, fault: dict[str, Any], label: str) -> Exception:
        if not self.learner:
            return SubjectError(fault, label)
        name = str(fault.get("names", ["Exception"])[0])
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            with contextlib.suppress(Exception):
                return kind(fault.get("message", ""))
        named: type[ServedError] = type(name, (ServedError,), {}) if name.isidentifier() else ServedError
        return named(f"{name}: {fault.get('message', '')}")

    # ── serving ─────────────────────────────────────────────────────────────────────────────────────────

    def serve(self, message: list[Any]) -> list[Any]:
        """Answer one request: ``["value", tree, printed]`` or ``["error", tree, printed]``. Never raises an
        ``Exception``; an interrupt by the person at the keyboard passes through."""
        out = io.StringIO()
        self.crossings += 1
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise LimitReached(f"calls nest deeper than {MAX_DEPTH}")
            _, verb, number, args, dropped = message
            for old in dropped:
                self.objects.pop(old, None)
            self._nodes = 0
            decoded = [self.decode(item) for item in args]
            target = self.objects[number]
            with self._capture(out), self._limit():
                value = (answer if self.learner else serve)(verb, target, decoded)
            self._nodes = 0
            return ["value", self.encode(value), out.getvalue()[:MAX_PRINTED]]
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._nodes = 0
            return ["error", self.encode(fault_of(error)), out.getvalue()[:MAX_PRINTED]]
        finally:
            self._depth -= 1

    def _capture(self, out: io.StringIO) -> contextlib.ExitStack:
        stack = contextlib.ExitStack()
        if self.learner:
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(out))
            stack.enter_context(warnings.catch_warnings())
            warnings.showwarning = lambda text, kind, *_: print(f"{kind.__name__}: {text}", file=out)
        return stack

    @contextlib.contextmanager
    def _limit(self) -> Iterator[None]:
        """End an endless loop of the learner's in this process; a later request starts anew."""
        outermost = self.learner and self._depth == 1
        if not outermost or threading.current_thread() is not threading.main_thread():
            yield
            return

        began, most = time.monotonic(), MAX_SECONDS

        def stop(number: int, frame: types.FrameType | None) -> None:
            early = time.monotonic() - began < most  # some machines count the time of a busy moment in leaps
            where = frame.f_code if frame else None  # in a destructor an error goes nowhere
            lost = where is not None and (where.co_name == "__del__" or where.co_filename.endswith(_WEAK))
            if early or lost:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0.01, 1.0)
                return
            raise TookTooLong(f"no answer after {most:g} seconds of computing")

        before = signal.signal(signal.SIGVTALRM, stop)
        # Again each second: the loop may catch errors.
        signal.setitimer(signal.ITIMER_VIRTUAL, most, 1.0)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)

    # ── the data-only encoding ──────────────────────────────────────────────────────────────────────────

    def encode(self, value: Any, depth: int = 0) -> Any:
        """``value`` as a tree of None, bool, int, float, str, bytes and lists; anything not plain as a handle."""
        kind = type(value)
        if kind in SCALARS:
            return value
        if kind is int:
            return value if -_LARGE <= value < _LARGE else ["i", str(value)]
        if depth > MAX_DEPTH:
            raise LimitReached(f"data nests deeper than {MAX_DEPTH}")
        if kind in TAGS:
            self._count(len(value))
            return [TAGS[kind], *self._encoded(value, depth + 1)]
        if kind is dict:
            self._count(2 * len(value))
            return ["d", *self._encoded(list(itertools.chain.from_iterable(value.items())), depth + 1)]
        if kind.__module__ == "numpy" and getattr(getattr(value, "dtype", None), "kind", "O") in "biufcSU":
            if kind.__name__ == "ndarray":
                self._count(value.nbytes // 8)
                return ["a", value.dtype.str, list(value.shape), value.tobytes()]
            return ["g", value.dtype.str, value.tobytes()]
        if kind is Subject and value._port is self:
            return ["m", value._id]
        return self.keep(value)

    def _encoded(self, items: Collection[Any], depth: int) -> Iterable[Any]:
        kinds = set(map(type, items))
        if kinds <= SCALARS:
            return items
        if kinds == _INTEGERS and min(items) >= -_LARGE and max(items) < _LARGE:
            return items
        return [item if type(item) in SCALARS else self.encode(item, depth) for item in items]

    def keep(self, value: object) -> list[Any]:
        """Keep ``value`` for the other side; returns the handle's tree."""
        if len(self.objects) >= MAX_HANDLES:
            raise LimitReached(f"more than {MAX_HANDLES} live objects")
        self._last += 1
        self.objects[self._last] = value
        return ["h", self._last, type(value).__name__]

    def decode(self, tree: Any) -> Any:
        """The value of an encoded ``tree``; raises :class:`LimitReached` or ``ValueError`` on anything malformed."""
        return self._decoded(tree, 0)

    def _decoded(self, tree: Any, depth: int) -> Any:
        if type(tree) is not list:
            if type(tree) in LEAVES:
                return tree
            raise ValueError("malformed message")
        if depth > MAX_DEPTH + 2 or not tree:
            raise LimitReached(f"data nests deeper than {MAX_DEPTH}")
        self._count(len(tree))
        tag = tree[0]
        if type(tag) is str and tag in _MADE:
            items = tree[1:]
            if not LEAVES.issuperset(map(type, items)):
                items = [item if type(item) in LEAVES else self._decoded(item, depth + 1) for item in items]
            if tag == "d":
                return dict(zip(items[::2], items[1::2], strict=True))
            return _MADE[tag](items)
        match tree:
            case ["i", str(digits)] if len(digits) <= 4000:
                return int(digits)
            case ["a", str(dtype), list(shape), bytes(data)] if dtype[1:2] in tuple("biufcSU"):
                import numpy as np

                return np.frombuffer(data, self._dtype(dtype)).reshape([int(n) for n in shape]).copy()
            case ["g", str(dtype), bytes(data)] if dtype[1:2] in tuple("biufcSU"):
                import numpy as np

                return np.frombuffer(data, self._dtype(dtype))[0]
            case ["m", int(number)]:
                return self.objects[number]
            case ["h", int(number), str(type_name)]:
                return Subject(self, number, cut(type_name, 80))
        raise ValueError("malformed message")

    def _dtype(self, name: str) -> Any:
        import numpy as np

        return np.dtype(name)

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise LimitReached(f"more than {MAX_NODES} values in one message")


def subjects(*targets: object) -> tuple[Any, ...]:
    """Subjects on ``targets`` in this process, all of one conversation; those that are Subjects stay as they are."""
    near = Port()
    far = Port(learner=True)
    near.exchange, far.exchange = far.serve, near.serve
    found = []
    for target in targets:
        if type(target) is not Subject:
            label = getattr(target, "__name__", type(target).__name__)
            _, number, type_name = far.keep(target)
            target = Subject(near, number, type_name, label)
        found.append(target)
    return tuple(found)


def subject(target: object) -> Any:
    """A :class:`Subject` on one ``target`` in this process."""
    return subjects(target)[0]
