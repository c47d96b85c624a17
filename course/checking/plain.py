"""Plain data: what crosses between a check and an answer by value, and how anything like it is made exact."""

import functools
import sys
import typing
from typing import Any

from course.checking.errors import NotPlain
from course.checking.report import cut

MAX_DEPTH = 40
"""Nesting of containers in one message, and of calls within calls."""

MAX_CARRIED = 8
"""Arguments of an error that are looked at, and values in one of them."""
MAX_BITS = 1000
"""Bits of a whole number among them."""

SCALARS = frozenset({type(None), bool, float, str, bytes})

LEAVES = SCALARS | {int}

TAGS: dict[type, str] = {list: "l", tuple: "t", set: "s", frozenset: "f"}


class Handle:
    """What stands for an object of the other side; never data."""

    __slots__ = ()


def convert(value: Any, as_: Any) -> Any:
    """Exact plain ``value`` as type ``as_``; raises :class:`NotPlain`. See :func:`plain`."""
    kind = type(value)
    if kind is as_ and kind in LEAVES:
        return value
    origin, inner = _parts(as_)
    is_array = kind.__module__ == "numpy"
    if is_array and kind.__name__ != "ndarray" and origin in (bool, int, float, str):
        value, is_array = value.item(), False
        kind = type(value)
    if origin is None or origin is type(None):
        if value is not None:
            raise NotPlain("None", short(value))
        return None
    if origin == "ndarray":
        if kind in (list, tuple, int, float, bool):
            import numpy as np

            value = np.asarray(value)
        if type(value).__name__ != "ndarray" or value.dtype.kind not in "biufcSU":
            raise NotPlain("a NumPy array", short(value))
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
        raise NotPlain(name_of(as_), short(value))
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
        if inner[1:] == (...,):
            inner = (inner[0],) * len(items)
        if inner and len(inner) != len(items):
            raise NotPlain(name_of(as_), short(value))
        return tuple(
            _inner(item, kind) for item, kind in zip(items, inner or [object] * len(items), strict=True)
        )
    return value


@functools.cache
def _parts(as_: Any) -> tuple[Any, tuple[Any, ...]]:
    return typing.get_origin(as_) or as_, typing.get_args(as_)


def _inner(value: Any, as_: Any) -> Any:
    return value if as_ in (object, Any) else convert(value, as_)


def simplify(value: Any, depth: int = 0) -> Any:
    """On the learner's side: subclasses and look-alikes of plain types as exact plain data, deeply; the rest as is."""
    if type(value) in LEAVES or depth > MAX_DEPTH:
        return value
    if type(value) in (list, tuple) and LEAVES.issuperset(map(type, value)):
        return value
    leaves: tuple[Any, ...] = (bool, int, float, str, bytes)
    for leaf in leaves:
        if isinstance(value, leaf):
            return str.__str__(value) if leaf is str else leaf(value)
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


def copied(value: Any) -> Any:
    """Plain containers, arrays and texts anew, deeply, so that nothing is one object by chance; the rest as it is."""
    if type(value) is str:
        return value[:1] + value[1:]
    if type(value) in TAGS:
        return type(value)(copied(item) for item in value)
    if type(value) is dict:
        return {copied(key): copied(item) for key, item in value.items()}
    return value.copy() if type(value).__name__ == "ndarray" else value


def same(one: Any, other: Any) -> bool:
    """Whether two values are one and the same, or the same plain data (NaN is itself)."""
    if one is other or type(one) is not type(other):
        return one is other
    if type(one) in (list, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if type(one) is dict:
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    if type(one).__name__ == "ndarray":
        return bool(
            one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
        )
    if type(one) in LEAVES or type(one) in TAGS:
        return bool(one == other) or (one != one and other != other)
    return True


def carried(found: Any) -> dict[str, Any]:
    """What an error carries, by name, as far as it is plain and small: at most :data:`MAX_CARRIED` single values, or
    lists and tuples of as many, texts cut. Anything else is left out."""
    items = [*found.items()][:MAX_CARRIED] if type(found) is dict else []
    return {
        name: _trimmed(value)
        for name, value in items
        if type(name) is str and name.isidentifier() and name[0] != "_" and _is_small(value)
    }


def _is_small(value: Any) -> bool:
    """Whether it is a single plain value, or a list or tuple of few."""
    if type(value) in (list, tuple):
        return len(value) <= MAX_CARRIED and all(type(item) in LEAVES and _is_small(item) for item in value)
    return type(value) in LEAVES and (type(value) is not int or value.bit_length() <= MAX_BITS)


def _trimmed(value: Any) -> Any:
    if type(value) in (list, tuple):
        return type(value)(map(_trimmed, value))
    return cut(value) if type(value) is str else value


def is_plain(value: Any) -> bool:
    if type(value) in TAGS or type(value) is dict:
        return all(map(is_plain, value)) and (type(value) is not dict or all(map(is_plain, value.values())))
    return type(value) in LEAVES or type(value).__module__ == "numpy"


def name_of(as_: Any) -> str:
    return as_.__name__ if isinstance(as_, type) and not typing.get_args(as_) else str(as_)


def short(value: object) -> str:
    """``repr`` of plain data, shortened; the type's name of anything else."""
    if type(value) in LEAVES:
        return cut(repr(value), 80)
    if isinstance(value, Handle):
        return repr(value)
    if type(value) in (list, tuple, set, frozenset, dict) and len(value) > 8:  # type: ignore[arg-type]
        return f"<{type(value).__name__} of {len(value)}>"  # type: ignore[arg-type]
    if type(value).__name__ == "ndarray":
        return f"<array of shape {getattr(value, 'shape', ())}>"
    if type(value).__repr__ is object.__repr__ or callable(value):
        return getattr(value, "__name__", f"<{type(value).__name__}>")
    return cut(_written(value), 80)


def _written(value: Any, deep: int = 0) -> str:
    """``repr``, with the arrays in containers as lists: NumPy's own takes longer than most calls that are told with it. What
    lies deeper than three, and may hold itself, is left to Python."""
    kind, inner = type(value), functools.partial(_written, deep=deep + 1)
    if kind.__name__ == "ndarray":
        return f"array({value.tolist()})" if value.size <= 8 else short(value)
    if deep > 3:
        return repr(value)
    if kind is dict:
        return "{" + ", ".join(f"{inner(key)}: {inner(item)}" for key, item in value.items()) + "}"
    if kind is list:
        return "[" + ", ".join(map(inner, value)) + "]"
    if kind is tuple and value:
        return "(" + ", ".join(map(inner, value)) + (",)" if len(value) == 1 else ")")
    return repr(value)
