"""What each side does with a request: the learner's side about its own objects, the check's about what it passed in."""

import dataclasses
import importlib
import itertools
import linecache
import os
import sys
import sysconfig
import threading
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from course.checking.errors import SubjectError, TookTooLong
from course.checking.plain import LEAVES, MAX_CARRIED, TAGS, carried, copied, is_plain, same, simplify
from course.checking.report import cut

_COURSE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_OUTSIDE = (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), "<frozen")
_NOT_COUNTED = (*_OUTSIDE, __file__)


def answer(verb: str, target: Any, args: list[Any]) -> Any:
    """A request of the check about an object of the learner's."""
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
        case "plain", more:
            return [simplify(each) for each in (target, *more)]
        case "each", [rows]:
            return _each(target, rows)
        case "calls", [rows]:
            return _calls(target, rows)
        case "script", [lines]:
            return _script(lines)
        case "work", [rows]:
            return min(_work(target, row, named) for row, named in rows)
        case "wait", []:
            return _run_coroutine(target)
        case "stubs", []:
            return stubs(target)
        case "library", [str(module), str(name)] if module.startswith("course.systems."):
            return getattr(importlib.import_module(module), name)
        case _:
            raise TypeError(f"unknown request {cut(verb, 40)!r}")
    return None


def serve(verb: str, target: Any, args: list[Any]) -> Any:
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
            return [simplify(target)]
    raise AttributeError("only calls and public attributes of this object are served")


class _Cursor:
    """An iterator kept for the other side; ``next`` answers ``(more, value)`` so that the end is no error."""

    def __init__(self, iterator: Iterator[object]) -> None:
        self.iterator = iterator

    def next(self) -> tuple[bool, object]:
        for value in self.iterator:
            return True, value
        return False, None


def _each(function: Callable[..., object], rows: list[object]) -> tuple[int, list[object], object]:
    results: list[object] = []
    for row in rows:
        try:
            result = function(*row) if type(row) is tuple else function(row)
            results.append(result if type(result) in LEAVES else simplify(result))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return len(results), [], fault_of(error)
    return len(results), results, None


_LAZY = frozenset({"generator", "map", "filter", "zip", "reversed", "enumerate"})

_TWICE = 8
"""Rows of one message that are asked twice."""


def _calls(function: Callable[..., object], rows: list[tuple[list[Any], dict[str, Any]]]) -> list[Any]:
    """One ``(state, result or error, argument that was changed, result the second time)`` for each row of arguments.

    ``state`` is "" for a result that is there, the type's name for one that is still to be computed (a generator), "!"
    for an error. A plain function is asked twice about the first rows, each time with copies of their own.
    """
    found: list[tuple[object, ...]] = []
    for number, (positional, named) in enumerate(rows):
        kept = [*positional, *named.values()]
        given = copied(kept)

        def ask(
            arguments: list[Any], count: int = len(positional), names: Iterable[str] = tuple(named)
        ) -> Any:
            return function(*arguments[:count], **dict(zip(names, arguments[count:], strict=True)))

        twice = number < _TWICE and isinstance(function, types.FunctionType) and is_plain(kept)
        try:
            result = ask(given)
            state = type(result).__name__ if type(result).__name__ in _LAZY else ""
            value = simplify(result)
            again = simplify(ask(copied(kept))) if twice else value
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            found.append(("!", fault_of(error), None, None))
            if isinstance(error, TookTooLong):
                break
            continue
        changed = next((i for i, pair in enumerate(zip(given, kept, strict=True)) if not same(*pair)), None)
        found.append((state, value, changed, None if same(again, value) else (again,)))
    return found


def _script(lines: list[tuple[Any, str, list[Any]]]) -> list[tuple[str, object]]:
    """``(state, value or error)`` of each line, as in :func:`_calls`: a call, an attribute read, or ("name =") set."""
    found: list[tuple[str, object]] = []
    for target, name, arguments in lines:
        try:
            value = None
            if name.endswith(" ="):
                setattr(target, name[:-2], *arguments)
            else:
                value = getattr(target, name)
                value = value(*arguments) if callable(value) else value
            state = type(value).__name__ if type(value).__name__ in _LAZY else ""
            if dataclasses.is_dataclass(value) and not isinstance(value, type):
                names = [each.name for each in dataclasses.fields(value)]
                value = {"": type(value).__name__} | {each: getattr(value, each) for each in names}
            found.append((state, copied(simplify(value))))  # a later line may change what this one showed
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            found.append(("!", fault_of(error)))
            if isinstance(error, TookTooLong):
                break
    return found


_COMPARED = ("__eq__", "__lt__", "__gt__", "__le__", "__ge__")
_NOISE_OF_A_LINE, _NOISE = 128, 512
"""Bytes of memory that tracing itself takes, at a line and at another event."""


def _work(function: Callable[..., object], arguments: Sequence[Any], named: dict[str, Any]) -> int:
    """What a call costs, counted: lines run in code that is neither the standard library's nor a package's, comparisons
    of texts and numbers that came with its positional arguments, and items copied (memory that a line asked for, in words).

    So a scan in C is seen (``in``, ``min``, ``sort``, ``bisect``) where it compares what was passed in. Not seen are the
    work inside NumPy but for the memory that it takes, items that are moved within a list (``insert(0, x)``,
    ``pop(0)``, the second half of ``insort``), scans over numbers that the function itself computed, and other threads.
    An answer that takes a text or a number of exactly its type, and no other, is counted without its comparisons.
    """
    compared = [0]
    counted = {kind: _counted(kind, compared) for kind in (str, int, float)}

    def wrapped(value: Any) -> Any:
        kind = type(value)
        if kind is dict:
            return {wrapped(key): wrapped(item) for key, item in value.items()}
        if kind in TAGS:
            return kind(wrapped(item) for item in value)
        return counted[kind](value) if kind in counted else value

    try:
        spent = _spent(function, wrapped(arguments), named)
    except TookTooLong:
        raise
    except Exception:
        return _spent(function, arguments, named)
    return compared[0] + spent


def _spent(function: Callable[..., object], given: Sequence[Any], named: dict[str, Any]) -> int:
    """Lines run and items copied in one call."""
    import tracemalloc

    lines, items, held = 0, 0, 0
    memory, forget_peak = tracemalloc.get_traced_memory, tracemalloc.reset_peak

    def trace(frame: types.FrameType, event: str, _: object) -> Any:
        return None if frame.f_code.co_filename.startswith(_NOT_COUNTED) else step(frame, event, _)

    def step(frame: types.FrameType, event: str, _: object) -> Any:
        nonlocal lines, items, held
        now, peak = memory()
        if event == "line":
            lines += 1
            asked = peak - held - _NOISE_OF_A_LINE
        else:
            asked = peak - held - _NOISE
        if asked > 0:
            items += asked // 8
        forget_peak()
        held = now
        return step

    before = sys.gettrace()
    tracemalloc.start(1)
    sys.settrace(trace)
    try:
        function(*given, **named)
    finally:
        sys.settrace(before)
        tracemalloc.stop()
    return lines + items


def _counted(kind: type, tally: list[int]) -> type:
    """``kind`` with each comparison counted in ``tally``."""

    def counting(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def counted(self: Any, other: object) -> Any:
            tally[0] += 1
            return compare(self, other)

        return counted

    own: dict[str, Any] = {name: counting(getattr(kind, name)) for name in _COMPARED}
    return type(kind.__name__, (kind,), own | {"__hash__": kind.__hash__})


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


def fault_of(error: BaseException) -> dict[str, Any]:
    """An error as data: class names of its MRO, message, what it carries, function, and the line in the learner's own
    code."""
    if isinstance(error, SubjectError):
        return {"names": error.names, "message": error.message, "carries": carried(error.carries)}
    chain = []
    trace = error.__traceback__
    while trace is not None:
        chain.append((trace.tb_frame.f_code, trace.tb_lineno))
        trace = trace.tb_next
    own = [step for step in chain if not step[0].co_filename.startswith((_COURSE, *_OUTSIDE))]
    fault: dict[str, Any] = {
        "names": [kind.__name__ for kind in type(error).__mro__ if kind is not object],
        "message": cut(_safe_text(error)),
        "carries": _arguments(error),
    }
    if own:
        code, line = own[-1]
        fault |= {"function": code.co_qualname, "line": line}
        fault["source"] = linecache.getline(code.co_filename, line).strip()
    elif chain and chain[-1][0].co_filename != __file__:
        fault["function"] = chain[-1][0].co_qualname
    return fault


def _arguments(error: BaseException) -> dict[str, Any]:
    """The public attributes of an error that is not Python's own: its arguments, where it keeps them."""
    try:
        if type(error).__module__.partition(".")[0] in sys.stdlib_module_names:
            return {}
        kept = itertools.islice(vars(error).items(), 2 * MAX_CARRIED)
        return carried({name: simplify(value) for name, value in kept})
    except Exception:
        return {}


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
        function = member
        for inner in ("__func__", "fget", "func", "__wrapped__"):
            function = getattr(function, inner, None) or function
        code = getattr(function, "__code__", None)
        if isinstance(code, types.CodeType) and code.co_names == ("NotImplementedError",):
            found.append(code.co_qualname)
    return found
