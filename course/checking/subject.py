"""How a check touches a learner's object: through a :class:`Subject`, the same in the kernel and across the wall.

A check never holds the learner's object. It holds a handle; each use of the handle is a message to the side where
the object lives, and each answer is data or another handle. Arguments therefore arrive as copies, and no comparison
ever asks the learner's ``__eq__``. Values of exact plain types cross by value; :func:`plain` asks the learner's side
to turn anything plain-like (a Counter, a namedtuple, an ndarray subclass) into exact plain data. Objects that a
check passes in (a rule, an oracle) are *served*: the learner's side may call them and use their public attributes.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from course.checking.errors import NotPlain, SubjectError
from course.checking.plain import LEAVES, Handle, convert, name_of, short
from course.checking.report import cut


class Wire(Protocol):
    """What a handle needs of the conversation it belongs to: :class:`course.checking.port.Port` has it."""

    dropped: list[int]
    """Objects that no handle is left on."""

    def ask(self, verb: str, number: int, *args: object, label: str = "") -> Any: ...


class Subject(Handle):
    """A handle on an object of the other side. Using it (call, attribute, item, ``len``, iteration, ``in``, ``with``)
    uses that object; it never equals anything but itself."""

    __slots__ = ("__weakref__", "_id", "_label", "_port", "_type")

    def __init__(self, port: Wire, number: int, type_name: str, label: str = "") -> None:
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
        return self._port.ask("item", self._id, key, label=f"{self._label}[{short(key)}]")

    def __setitem__(self, key: object, value: object) -> None:
        self._port.ask("set item", self._id, key, value, label=f"{self._label}[{short(key)}] = …")

    def __delitem__(self, key: object) -> None:
        self._port.ask("delete item", self._id, key, label=f"del {self._label}[{short(key)}]")

    def __len__(self) -> int:
        return int(exact(self._port.ask("len", self._id, label=f"len({self._label})"), int))

    def __contains__(self, key: object) -> bool:
        return bool(exact(self._port.ask("in", self._id, key, label=f"{short(key)} in {self._label}"), bool))

    def __iter__(self) -> Iterator[Any]:
        iterator = self._port.ask("iter", self._id, label=f"iter({self._label})")
        while True:
            more, value = self._port.ask("next", handled(iterator)._id, label=f"next({self._label})")
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
        return f"<an object of {self._type}>"

    def __del__(self) -> None:
        port = getattr(self, "_port", None)
        if port is not None:
            port.dropped.append(self._id)


def plain(value: Any, as_: Any) -> Any:
    """``value`` as exact plain data of type ``as_``, converted on the side where it lives.

    ``as_`` is ``None``, ``bool``, ``int``, ``float``, ``str``, ``bytes``, ``list``, ``tuple``, ``set``, ``dict``,
    ``"ndarray"``, or a container with its element types: ``list[str]``, ``dict[str, int]``, ``tuple[str, float]``.
    Raises :class:`NotPlain` with what was expected and what came.
    """
    label = value._label if type(value) is Subject else "the result"
    if handles := list(dict.fromkeys(_handles_in(value))):
        first, *more = handles
        found = first._port.ask("plain", first._id, *more, label=label)
        if type(found) is not list or len(found) != len(handles):
            raise NotPlain(f"{len(handles)} plain values", short(found))
        try:
            value = _with(value, dict(zip(handles, found, strict=True)))
        except TypeError:  # what was a key or in a set is a list now
            raise NotPlain(name_of(as_), short(value)) from None
    try:
        return convert(value, as_)
    except NotPlain as error:
        error.call = error.call or label
        raise


def _handles_in(value: Any) -> Iterator[Subject]:
    """Every handle in ``value`` and in the plain containers that it is made of."""
    if type(value) is Subject:
        yield value
    elif type(value) is dict:
        yield from _handles_in([*value, *value.values()])
    elif type(value) in (list, tuple, set, frozenset) and not LEAVES.issuperset(map(type, value)):
        for item in value:
            yield from _handles_in(item)


def _with(value: Any, found: dict[Subject, Any]) -> Any:
    """``value`` with what was found in the place of each handle."""
    if type(value) is Subject:
        return found[value]
    if type(value) is dict:
        return {_with(key, found): _with(item, found) for key, item in value.items()}
    if type(value) in (list, tuple, set, frozenset) and not LEAVES.issuperset(map(type, value)):
        return type(value)(_with(item, found) for item in value)
    return value


def each(function: Any, arguments: Iterable[Any], as_: Any = None) -> list[Any]:
    """``[function(a) for a in arguments]`` in one message; a tuple among ``arguments`` is several arguments.

    Each result is made plain; ``as_`` (as in :func:`plain`) states its type. An error names the call that raised.
    """
    rows = list(arguments)
    handle = handled(function)
    done, results, fault = handle._port.ask("each", handle._id, rows, label=f"{handle._label}(…)")
    if fault is not None:
        row = rows[min(exact(done, int), len(rows) - 1)]
        raise SubjectError(fault, call_text(handle._label, row if type(row) is tuple else (row,), {}))
    if type(results) is not list or len(results) != len(rows):
        raise NotPlain(f"{len(rows)} results", short(results))
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
    handle = handled(target)
    return int(exact(handle._port.ask("length", handle._id, name, label=f"len({handle._label}.{name})"), int))


def there(target: Any, kind: type) -> Any:
    """``kind``, a class of the library, on the side of ``target``: what it makes lives there, and needs no messages."""
    handle = handled(target)
    found = handle._port.ask("library", handle._id, kind.__module__, kind.__name__, label=kind.__name__)
    object.__setattr__(handled(found), "_label", kind.__name__)
    return found


def wait(coroutine: Any) -> Any:
    """Run a coroutine of the subject to its end, in an event loop of its own, and return its result."""
    handle = handled(coroutine)
    return handle._port.ask("wait", handle._id, label=f"await {handle._label}")


def call_text(name: str, args: Sequence[object], kwargs: dict[str, object]) -> str:
    """A call as a person would write it, shortened."""
    parts = [short(value) for value in args] + [f"{key}={short(value)}" for key, value in kwargs.items()]
    return cut(f"{name}({', '.join(parts)})", 160)


def exact(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise NotPlain(kind.__name__, short(value))
    return value


def handled(value: Any) -> Subject:
    if type(value) is not Subject:
        raise NotPlain("an object", short(value))
    return value
