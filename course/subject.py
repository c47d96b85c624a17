"""How a check touches a learner's object: through a :class:`Subject`, the same in the kernel and across the wall.

A check never holds the learner's object. It holds a handle; each use of the handle is a message to the side where
the object lives, and each answer is data or another handle. Arguments therefore arrive as copies, and no comparison
ever asks the learner's ``__eq__``. Values of exact plain types cross by value; :func:`plain` asks the learner's side
to turn anything plain-like (a Counter, a namedtuple, an ndarray subclass) into exact plain data. Objects that a
check passes in (a rule, an oracle) are *served*: the learner's side may call them and use their public attributes.

In a kernel both sides are one process (:func:`subject`); across the wall the same :class:`Port` sits on a socket.
"""

import contextlib
import io
import itertools
import linecache
import os
import signal
import sys
import sysconfig
import threading
import types
import typing
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from course.report import Finding, cut

MAX_DEPTH = 40
"""Nesting of containers in one message, and of calls within calls."""
MAX_NODES = 3_000_000
"""Values in one message."""
MAX_HANDLES = 20_000
"""Live objects that one side keeps for the other."""
MAX_PRINTED = 2_000
"""Characters of the subject's output that are kept."""
MAX_SECONDS = 5.0
"""Processor seconds that one request may take in the learner's own kernel; across the wall the sandbox limits it."""

_SCALARS = frozenset({type(None), bool, float, str, bytes})
_LEAVES = _SCALARS | {int}
_TAGS: dict[type, str] = {list: "l", tuple: "t", set: "s", frozenset: "f"}
_HERE = os.path.dirname(os.path.abspath(__file__))
_LIBRARIES = tuple({_HERE, sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")})


class SubjectError(Exception):
    """The learner's code raised. ``names`` are the classes in the error's MRO, ``line`` is in *their* cell."""

    def __init__(self, fault: dict[str, Any], call: str = "") -> None:
        self.names: list[str] = [str(name) for name in fault.get("names", ["Exception"])]
        self.message = cut(fault.get("message", ""))
        self.function = cut(fault.get("function", ""), 120)
        self.line = fault.get("line") if type(fault.get("line")) is int else None
        self.source = cut(fault.get("source", ""), 120)
        self.call = call
        super().__init__(self.describe())

    @property
    def unwritten(self) -> bool:
        """Whether a stub raised it: its function is not written yet."""
        return self.names[0] == "NotImplementedError" and bool(self.function)

    def describe(self) -> str:
        """The error's last line, and the learner's own line number."""
        text = f"{self.names[0]}: {self.message}" if self.message else self.names[0]
        if self.line:
            text += f"\nin {self.function}, line {self.line} of your cell: {self.source}"
        return text


class LimitReached(SubjectError):
    """A cap on messages was passed: size, depth or live handles."""

    def __init__(self, what: str) -> None:
        super().__init__({"names": ["LimitReached"], "message": what})


class NotPlain(SubjectError):
    """A result was not of the type that the contract states."""

    def __init__(self, wanted: str, got: str) -> None:
        self.wanted, self.got = wanted, got
        super().__init__({"names": ["TypeError"], "message": f"expected {wanted}, got {got}"})


class TookTooLong(Exception):
    """In the learner's own kernel: one request used more processor time than :data:`MAX_SECONDS`."""


class ServedError(Exception):
    """On the learner's side: an object that the check passed in raised an error that is not a built-in one."""


class Subject:
    """A handle on an object of the other side. Using it (call, attribute, item, ``len``, iteration, ``in``, ``with``)
    uses that object; it never equals anything but itself."""

    __slots__ = ("__weakref__", "_id", "_label", "_port", "_type")

    def __init__(self, port: "Port", number: int, type_name: str, label: str = "") -> None:
        for slot, value in (
            ("_port", port),
            ("_id", number),
            ("_type", type_name),
            ("_label", label or type_name),
        ):
            object.__setattr__(self, slot, value)

    def __getattr__(self, name: str) -> Any:
        found = self._port.ask("get", self._id, name, label=f".{name}")
        if type(found) is Subject:
            object.__setattr__(found, "_label", name)
        return found

    def __setattr__(self, name: str, value: object) -> None:
        self._port.ask("set", self._id, name, value, label=f".{name} = …")

    def __call__(self, *args: object, **kwargs: object) -> Any:
        return self._port.ask(
            "call", self._id, list(args), kwargs, label=call_text(self._label, args, kwargs)
        )

    def __getitem__(self, key: object) -> Any:
        return self._port.ask("item", self._id, key, label=f"{self._label}[{_short(key)}]")

    def __setitem__(self, key: object, value: object) -> None:
        self._port.ask("set item", self._id, key, value, label=f"{self._label}[{_short(key)}] = …")

    def __delitem__(self, key: object) -> None:
        self._port.ask("delete item", self._id, key, label=f"del {self._label}[{_short(key)}]")

    def __len__(self) -> int:
        return int(_exact(self._port.ask("len", self._id, label=f"len({self._label})"), int))

    def __contains__(self, key: object) -> bool:
        return bool(
            _exact(self._port.ask("in", self._id, key, label=f"{_short(key)} in {self._label}"), bool)
        )

    def __iter__(self) -> Iterator[Any]:
        iterator = self._port.ask("iter", self._id, label=f"iter({self._label})")
        while True:
            more, value = self._port.ask("next", _handle(iterator)._id, label=f"next({self._label})")
            if more is not True:
                return
            yield value

    def __enter__(self) -> Any:
        return self._port.ask("enter", self._id, label=f"with {self._label}")

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        text = None if error is None else f"{type(error).__name__}: {error}"
        return self._port.ask("exit", self._id, text, label=f"leaving {self._label}") is True

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"<{self._type} of the subject>"

    def __del__(self) -> None:
        port = getattr(self, "_port", None)
        if port is not None:
            port.dropped.append(self._id)


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


def plain(value: Any, as_: Any) -> Any:
    """``value`` as exact plain data of type ``as_``, converted on the side where it lives.

    ``as_`` is ``None``, ``bool``, ``int``, ``float``, ``str``, ``bytes``, ``list``, ``tuple``, ``set``, ``dict``,
    ``"ndarray"``, or a container with its element types: ``list[str]``, ``dict[str, int]``, ``tuple[str, float]``.
    Raises :class:`NotPlain` with what was expected and what came.
    """
    label = "the result"
    if type(value) is Subject:
        label = value._label
        value = value._port.ask("plain", value._id, label=label)
    try:
        return convert(value, as_)
    except NotPlain as error:
        error.call = error.call or label
        raise


def each(function: Any, arguments: Iterable[Any], as_: Any = None) -> list[Any]:
    """``[function(a) for a in arguments]`` in one message; a tuple among ``arguments`` is several arguments.

    Each result is made plain; ``as_`` (as in :func:`plain`) states its type. An error names the call that raised.
    """
    rows = list(arguments)
    handle = _handle(function)
    done, results, fault = handle._port.ask("each", handle._id, rows, label=f"{handle._label}(…)")
    if fault is not None:
        row = rows[min(_exact(done, int), len(rows) - 1)]
        raise SubjectError(fault, call_text(handle._label, row if type(row) is tuple else (row,), {}))
    if type(results) is not list or len(results) != len(rows):
        raise NotPlain(f"{len(rows)} results", _short(results))
    if as_ is None or {as_}.issuperset(map(type, results)):
        return results
    found = []
    for row, result in zip(rows, results, strict=True):
        try:
            found.append(convert(result, as_))
        except NotPlain as error:
            error.call = call_text(handle._label, row if type(row) is tuple else (row,), {})
            raise
    return found


def length(target: Any, name: str) -> int:
    """``len(target.name)``, counted where it lives: what is counted does not cross."""
    handle = _handle(target)
    return int(
        _exact(handle._port.ask("length", handle._id, name, label=f"len({handle._label}.{name})"), int)
    )


def wait(coroutine: Any) -> Any:
    """Run a coroutine of the subject to its end, in an event loop of its own, and return its result."""
    handle = _handle(coroutine)
    return handle._port.ask("wait", handle._id, label=f"await {handle._label}")


def expect_error(
    name: str, call: Callable[[], object], case: str, *, kind: str = "", likely: str = ""
) -> Finding | None:
    """None where ``call`` raises an error with a class called ``name`` in its MRO, else the finding.

    The class is compared by name, so a learner who defines an error of that name again is right too.
    """
    try:
        result = call()
    except SubjectError as error:
        if error.unwritten or isinstance(error, LimitReached):
            raise
        if name in error.names:
            return None
        got, likely = error.describe(), ""
    else:
        got = f"no error; it returned {_short(result)}"
    return Finding(kind or f"no-{name}", case, f"raises {name}", got, likely)


def call_text(name: str, args: Sequence[object], kwargs: dict[str, object]) -> str:
    """A call as a person would write it, shortened."""
    parts = [_short(value) for value in args] + [f"{key}={_short(value)}" for key, value in kwargs.items()]
    return cut(f"{name}({', '.join(parts)})", 160)


def convert(value: Any, as_: Any) -> Any:
    """Exact plain ``value`` as type ``as_``; raises :class:`NotPlain`. See :func:`plain`."""
    origin, inner = typing.get_origin(as_) or as_, typing.get_args(as_)
    kind = type(value)
    is_array = kind.__module__ == "numpy"
    if is_array and kind.__name__ != "ndarray" and origin in (bool, int, float, str):
        value, is_array = value.item(), False
        kind = type(value)
    if origin is None or origin is type(None):
        if value is not None:
            raise NotPlain("None", _short(value))
        return None
    if origin == "ndarray":
        if kind in (list, tuple, int, float, bool):
            import numpy as np

            value = np.asarray(value)
        if type(value).__name__ != "ndarray" or value.dtype.kind not in "biufcSU":
            raise NotPlain("a NumPy array", _short(value))
        return value
    if origin is float and kind is int:
        return float(value)
    if origin in (list, tuple) and kind in (list, tuple):
        items = list(value)
    elif origin in (list, tuple) and is_array:
        items = value.tolist() if value.ndim else [value.item()]
    elif origin is set and kind in (set, frozenset):
        items = list(value)
    elif kind is origin:
        items = []
    else:
        raise NotPlain(_name_of(as_), _short(value))
    if origin is dict:
        pair = inner or (object, object)
        return {_inner(key, pair[0]): _inner(item, pair[1]) for key, item in value.items()}
    if origin is list:
        if not inner or {inner[0]}.issuperset(map(type, items)):
            return items
        return [_inner(item, inner[0]) for item in items]
    if origin is set:
        return {_inner(item, inner[0]) for item in items} if inner else set(items)
    if origin is tuple:
        if inner and len(inner) != len(items):
            raise NotPlain(_name_of(as_), _short(value))
        return tuple(
            _inner(item, kind) for item, kind in zip(items, inner or [object] * len(items), strict=True)
        )
    return value


def _inner(value: Any, as_: Any) -> Any:
    return value if as_ in (object, Any) else convert(value, as_)


def _name_of(as_: Any) -> str:
    return as_.__name__ if isinstance(as_, type) and not typing.get_args(as_) else str(as_)


def _short(value: object) -> str:
    """``repr`` of plain data, shortened; the type's name of anything else."""
    if type(value) is Subject:
        return repr(value)
    if type(value) in (list, tuple, set, frozenset, dict) and len(value) > 8:  # type: ignore[arg-type]
        return f"<{type(value).__name__} of {len(value)}>"  # type: ignore[arg-type]
    if type(value).__name__ == "ndarray":
        return f"<array of shape {getattr(value, 'shape', ())}>"
    if type(value).__repr__ is object.__repr__ or callable(value):
        return getattr(value, "__name__", f"<{type(value).__name__}>")
    return cut(repr(value), 80)


def _exact(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise NotPlain(kind.__name__, _short(value))
    return value


def _handle(value: Any) -> Subject:
    if type(value) is not Subject:
        raise NotPlain("an object", _short(value))
    return value


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
        import builtins

        name = str(fault.get("names", ["Exception"])[0])
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            with contextlib.suppress(Exception):
                return kind(fault.get("message", ""))
        return ServedError(f"{name}: {fault.get('message', '')}")

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
                value = (
                    self._learner_verb(verb, target, decoded)
                    if self.learner
                    else _serve(verb, target, decoded)
                )
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
        return stack

    @contextlib.contextmanager
    def _limit(self) -> Iterator[None]:
        """End an endless loop of the learner's in this process; a later request starts anew."""
        outermost = self.learner and self._depth == 1
        if not outermost or threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, frame: object) -> None:
            raise TookTooLong(
                f"no answer after {MAX_SECONDS:g} seconds of computing; is there a loop without an end?"
            )

        before = signal.signal(signal.SIGVTALRM, stop)
        signal.setitimer(signal.ITIMER_VIRTUAL, MAX_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)

    def _learner_verb(self, verb: str, target: Any, args: list[Any]) -> Any:
        match verb, args:
            case "call", [positional, keywords]:
                return target(*positional, **keywords)
            case "get", [name]:
                return getattr(target, name)
            case "set", [name, value]:
                return setattr(target, name, value)
            case "item", [key]:
                return target[key]
            case "set item", [key, value]:
                target[key] = value
            case "delete item", [key]:
                del target[key]
            case "len", []:
                return len(target)
            case "length", [name]:
                return len(getattr(target, name))
            case "in", [key]:
                return bool(key in target)
            case "iter", []:
                return _Cursor(iter(target))
            case "next", []:
                return target.next()
            case "enter", []:
                return target.__enter__()
            case "exit", [text]:
                error = None if text is None else RuntimeError(text)
                return bool(target.__exit__(None if error is None else type(error), error, None))
            case "plain", []:
                return simplify(target)
            case "each", [rows]:
                return _each(target, rows)
            case "wait", []:
                return _run_coroutine(target)
            case "stubs", []:
                return stubs(target)
            case _:
                raise TypeError(f"unknown request {cut(verb, 40)!r}")
        return None

    # ── the data-only encoding ──────────────────────────────────────────────────────────────────────────

    def encode(self, value: Any, depth: int = 0) -> Any:
        """``value`` as a tree of None, bool, int, float, str, bytes and lists; anything not plain as a handle."""
        kind = type(value)
        if kind in _SCALARS:
            return value
        if kind is int:
            return value if -(2**63) <= value < 2**63 else ["i", str(value)]
        if depth > MAX_DEPTH:
            raise LimitReached(f"data nests deeper than {MAX_DEPTH}")
        if kind in (list, tuple, set, frozenset):
            self._count(len(value))
            tag = _TAGS[kind]
            if _SCALARS.issuperset(map(type, value)):
                return [tag, *value]
            return [
                tag,
                *[
                    item
                    if type(item) in _SCALARS or (type(item) is int and -(2**63) <= item < 2**63)
                    else self.encode(item, depth + 1)
                    for item in value
                ],
            ]
        if kind is dict:
            self._count(2 * len(value))
            if _SCALARS.issuperset(map(type, value)) and _SCALARS.issuperset(map(type, value.values())):
                return ["d", *itertools.chain.from_iterable(value.items())]
            return ["d", *(self.encode(part, depth + 1) for pair in value.items() for part in pair)]
        if kind.__module__ == "numpy" and getattr(getattr(value, "dtype", None), "kind", "O") in "biufcSU":
            if kind.__name__ == "ndarray":
                self._count(value.nbytes // 8)
                return ["a", value.dtype.str, list(value.shape), value.tobytes()]
            return ["g", value.dtype.str, value.tobytes()]
        if kind is Subject and value._port is self:
            return ["m", value._id]
        return self.keep(value)

    def keep(self, value: object) -> list[Any]:
        """Keep ``value`` for the other side; returns the handle's tree."""
        if len(self.objects) >= MAX_HANDLES:
            raise LimitReached(f"more than {MAX_HANDLES} live objects")
        self._last += 1
        self.objects[self._last] = value
        return ["h", self._last, type(value).__name__]

    def decode(self, tree: Any, depth: int = 0) -> Any:
        """The value of an encoded ``tree``; raises :class:`LimitReached` or ``ValueError`` on anything malformed."""
        if type(tree) is not list:
            if type(tree) in _LEAVES:
                return tree
            raise ValueError("malformed message")
        if depth > MAX_DEPTH + 2 or not tree:
            raise LimitReached(f"data nests deeper than {MAX_DEPTH}")
        self._count(len(tree))
        tag, rest = tree[0], tree[1:]
        if tag in ("l", "t", "s", "f", "d") and type(tag) is str:
            items = (
                rest
                if _LEAVES.issuperset(map(type, rest))
                else [self.decode(item, depth + 1) for item in rest]
            )
            if tag == "d":
                return dict(zip(items[::2], items[1::2], strict=True))
            return {"l": list, "t": tuple, "s": set, "f": frozenset}[tag](items)
        match tree:
            case ["i", str(digits)] if len(digits) <= 4000:
                return int(digits)
            case ["a", str(dtype), list(shape), bytes(data)] if dtype[1:2] in tuple("biufcSU"):
                import numpy as np

                return np.frombuffer(data, dtype=np.dtype(dtype)).reshape([int(n) for n in shape]).copy()
            case ["g", str(dtype), bytes(data)] if dtype[1:2] in tuple("biufcSU"):
                import numpy as np

                return np.frombuffer(data, dtype=np.dtype(dtype))[0]
            case ["m", int(number)]:
                return self.objects[number]
            case ["h", int(number), str(type_name)]:
                return Subject(self, number, cut(type_name, 80))
        raise ValueError("malformed message")

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise LimitReached(f"more than {MAX_NODES} values in one message")


class _Cursor:
    """An iterator kept for the other side; ``next`` answers ``(more, value)`` so that the end is no error."""

    def __init__(self, iterator: Iterator[object]) -> None:
        self.iterator = iterator

    def next(self) -> tuple[bool, object]:
        for value in self.iterator:
            return True, value
        return False, None


def _serve(verb: str, target: Any, args: list[Any]) -> Any:
    """Requests of the learner's side about an object that a check passed in: calls and public attributes only."""
    served = isinstance(target, types.FunctionType | types.MethodType)
    if not served and (isinstance(target, type) or type(target).__module__ in ("builtins", "types")):
        raise TypeError(f"{type(target).__name__} is not served")
    match verb, args:
        case "call", [list(positional), dict(keywords)]:
            return target(*positional, **keywords)
        case "get", [str(name)] if not name.startswith("_") and not served:
            return getattr(target, name)
        case "plain", []:
            return simplify(target)
    raise AttributeError("only calls and public attributes of this object are served")


def _each(function: Callable[..., object], rows: list[object]) -> tuple[int, list[object], object]:
    results: list[object] = []
    for row in rows:
        try:
            result = function(*row) if type(row) is tuple else function(row)
            results.append(result if type(result) in _LEAVES else simplify(result))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return len(results), [], fault_of(error)
    return len(results), results, None


def _run_coroutine(coroutine: Any) -> object:
    import asyncio

    box: list[object] = []

    def run() -> None:
        try:
            box.extend((True, asyncio.run(coroutine)))
        except BaseException as error:
            box.extend((False, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if box[0] is not True:
        raise typing.cast(BaseException, box[1])
    return box[1]


def simplify(value: Any, depth: int = 0) -> Any:
    """On the learner's side: subclasses and look-alikes of plain types as exact plain data, deeply; the rest as is."""
    if type(value) in _LEAVES or depth > MAX_DEPTH:
        return value
    if type(value) in (list, tuple) and _LEAVES.issuperset(map(type, value)):
        return value
    leaves: tuple[Any, ...] = (bool, int, float, str, bytes)
    for leaf in leaves:
        if isinstance(value, leaf):
            return leaf(value)
    if isinstance(value, dict):
        return {simplify(key, depth + 1): simplify(item, depth + 1) for key, item in value.items()}
    for base in (list, tuple, set, frozenset):
        if isinstance(value, base):
            return base(simplify(item, depth + 1) for item in value)
    if "numpy" in sys.modules:
        import numpy as np

        if isinstance(value, np.ndarray):
            return np.asarray(value) if type(value) is not np.ndarray else value
        if isinstance(value, np.generic):
            return value.item()
    name = type(value).__name__
    if name in {
        "deque",
        "dict_keys",
        "dict_values",
        "dict_items",
        "map",
        "filter",
        "zip",
        "range",
        "generator",
    } or (name.endswith("iterator") and hasattr(value, "__next__")):
        return [simplify(item, depth + 1) for item in value]
    return value


def fault_of(error: BaseException) -> dict[str, Any]:
    """An error as data: class names of its MRO, message, function, and the line in the learner's own code."""
    if isinstance(error, SubjectError):
        return {"names": error.names, "message": error.message}
    chain = []
    trace = error.__traceback__
    while trace is not None:
        chain.append((trace.tb_frame.f_code, trace.tb_lineno))
        trace = trace.tb_next
    own = [step for step in chain if not step[0].co_filename.startswith((*_LIBRARIES, "<frozen"))]
    fault: dict[str, Any] = {
        "names": [kind.__name__ for kind in type(error).__mro__ if kind is not object],
        "message": cut(_safe_text(error)),
    }
    if own:
        code, line = own[-1]
        fault |= {"function": code.co_qualname, "line": line}
        fault["source"] = linecache.getline(code.co_filename, line).strip()
    elif chain and chain[-1][0].co_filename != __file__:
        fault["function"] = chain[-1][0].co_qualname
    return fault


def _safe_text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def stubs(target: Any) -> list[str]:
    """Names of the functions in ``target`` (a function, or a class's own functions) whose body is the stub."""
    members = list(vars(target).values()) if isinstance(target, type) else [target]
    found = []
    for member in members:
        function = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
        code = getattr(function, "__code__", None)
        if isinstance(code, types.CodeType) and code.co_names == ("NotImplementedError",):
            found.append(code.co_qualname)
    return found
