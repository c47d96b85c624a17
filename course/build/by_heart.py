"""Answers that know nothing: a parrot of the public half, and the lazy. No hidden claim of weight may hold for one.

The parrot stands in the answer's place at the port: it has heard the reference asked at the public seed, and answers
the same requests the same way. To one that it has not heard it gives the commonest answer that it has heard to its
like. The lazy do one thing whatever they are asked: a constant, an argument or something quick about it, or an error
that the docstring names.
"""

import functools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from course.build.gates_code import errors_named
from course.checking.port import Port, subjects
from course.checking.report import Report
from course.checking.seeds import HIDDEN_SCALE, PUBLIC
from course.checking.subject import Subject

Check = Callable[..., Report]
Exchange = Callable[[list[Any]], list[Any]]

CONSTANTS: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    0.0,
    1.0,
    0.5,
    float("nan"),
    "",
    [],
    {},
    set(),
    (),
    [0],
    [""],
)
QUICK: tuple[Callable[[Any], Any], ...] = (len, sorted, list, sum, max, min, lambda given: given[0])
"""What a lazy answer may do to its arguments, where they allow it."""
ARGUMENTS = 4


def known_by_heart(
    check: Check, objects: Sequence[Any], exercise: str, holes: Sequence[str], seeds: Sequence[int]
) -> Iterator[str]:
    """Which claim of weight holds at a hidden seed for one who knows nothing: "the parrot passes “…”".

    ``objects`` are right answers, in the order in which ``check`` takes them; the lazy one stands in the place of
    ``exercise``, whose ``holes`` it has instead. Complexity: about sixty examinations a seed, which end early.
    """
    ignorant = [*_ignorant(check, objects, exercise, holes)]
    passing = dict.fromkeys(
        (title, claim.name)
        for seed in seeds
        for title, answer in ignorant
        for claim in check(*answer(), seed=seed, scale=HIDDEN_SCALE).claims
        if claim.passed and claim.weight
    )
    for title, claim in passing:
        yield f"{title} passes “{claim}”"


def _ignorant(
    check: Check, objects: Sequence[Any], exercise: str, holes: Sequence[str]
) -> Iterator[tuple[str, Callable[[], Sequence[Any]]]]:
    yield "a parrot of the public half", _parrot(check, objects)
    place = next((i for i, each in enumerate(objects) if each.__name__ == exercise), len(objects) - 1)
    for title, answer in _lazy(objects[place], holes):
        others = (*objects[:place], answer, *objects[place + 1 :])
        yield title, functools.partial(tuple, others)


class Parrot:
    """Requests and replies by heart. A ``path`` is how an object was come by, such as ``HashRing/()/lookup``."""

    def __init__(self) -> None:
        self.heard: dict[str, list[Any]] = defaultdict(list)
        self.like: dict[str, Counter[str]] = defaultdict(Counter)
        self.replies: dict[str, Any] = {}
        self.paths: dict[int, str] = {}
        self.turn: Counter[str] = Counter()

    def listening(self, serve: Exchange) -> Exchange:
        """``serve``, overheard."""

        def exchange(message: list[Any]) -> list[Any]:
            reply = serve(message)
            path, verb, args = self._read(message)
            if verb in ("calls", "each") and reply[0] == "value":
                answers = reply[1][1:] if verb == "calls" else _listed(reply[1][2])
                for row, answer in zip(args[0][1:], answers, strict=False):
                    self._hear(path, verb, row, answer)
            else:
                self._hear(path, verb, args, reply[:2])
            self._name(reply[1], f"{path}/{args[0] if verb == 'get' else '()'}")
            return reply

        return exchange

    def answering(self, message: list[Any]) -> list[Any]:
        """A reply from memory."""
        path, verb, args = self._read(message)
        if verb == "stubs":
            return ["value", ["l"], ""]
        if verb in ("calls", "each"):
            rows = [self._say(path, verb, row) for row in args[0][1:]]
            return ["value", ["l", *rows] if verb == "calls" else ["t", len(rows), ["l", *rows], None], ""]
        state, tree = self._say(path, verb, args) or _NOT_HEARD
        fresh = self._renewed(tree)
        self._name(fresh, f"{path}/{args[0] if verb == 'get' else '()'}")
        return [state, fresh, ""]

    def _read(self, message: list[Any]) -> tuple[str, str, Any]:
        _, verb, number, args, _ = message
        return self.paths.get(number, "?"), verb, args

    def _hear(self, path: str, verb: str, args: Any, answer: Any) -> None:
        self.heard[_key(path, verb, args)].append(answer)
        self.replies[repr(answer)] = answer
        self.like[f"{path} {verb}"][repr(answer)] += 1

    def _say(self, path: str, verb: str, args: Any) -> Any:
        key = _key(path, verb, args)
        if key in self.heard:
            self.turn[key] += 1
            return self.heard[key][min(self.turn[key], len(self.heard[key])) - 1]
        common = self.like[f"{path} {verb}"].most_common(1)
        return self.replies[common[0][0]] if common else None

    def _name(self, tree: Any, path: str) -> None:
        if type(tree) is list and tree[:1] == ["h"]:
            self.paths[tree[1]] = path
        elif type(tree) is list:
            for part in tree:
                self._name(part, path)

    def _renewed(self, tree: Any) -> Any:
        """``tree`` with new numbers for the objects in it, so that no two are taken for one."""
        if type(tree) is list and tree[:1] == ["h"]:
            number = max(self.paths, default=0) + 1
            self.paths[number] = "?"
            return ["h", number, tree[2]]
        return [self._renewed(part) for part in tree] if type(tree) is list else tree


_NOT_HEARD = ("error", ["d", "names", ["l", "KeyError"], "message", "not heard"])


def _key(path: str, verb: str, args: Any) -> str:
    return re.sub(r"\['[mh]', \d+", "['object'", f"{path} {verb} {args!r}")


def _listed(tree: Any) -> list[Any]:
    return tree[1:] if type(tree) is list else []


def _parrot(check: Check, objects: Sequence[Any]) -> Callable[[], Sequence[Any]]:
    """Makes subjects that know the public half of ``check`` by heart."""
    own, bird = subjects(*objects), Parrot()
    names = {each._id: each._label for each in own}
    bird.paths = dict(names)
    own[0]._port.exchange = bird.listening(own[0]._port.exchange)
    check(*own, seed=PUBLIC)

    def made() -> Sequence[Any]:
        near = Port()
        near.exchange = bird.answering
        bird.turn.clear()
        bird.paths = dict(names)
        return [Subject(near, each._id, each._type, each._label) for each in own]

    return made


def _lazy(exercise: Any, holes: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Answers in which each of ``holes`` (of a class, or the exercise itself) does one thing whatever it is asked."""
    functions = [getattr(exercise, name) for name in holes] or [exercise]
    errors = sorted({name for function in functions for name in errors_named(function)})
    ways: list[tuple[str, Callable[..., Any]]] = [
        *((f"an answer that is always {value!r}", _constant(value)) for value in CONSTANTS),
        *((f"an answer that returns its argument {n + 1}", _argument(n, _itself)) for n in range(ARGUMENTS)),
        *(
            (f"an answer that returns {_name(quick)} of its argument {n + 1}", _argument(n, quick))
            for n in range(ARGUMENTS)
            for quick in QUICK
        ),
        *((f"an answer that always raises {error}", _raising(error)) for error in errors),
    ]
    for title, way in ways:
        if holes:
            yield title, type(exercise.__name__, (exercise,), dict.fromkeys(holes, way))
        else:
            way.__name__ = exercise.__name__
            yield title, way


def _constant(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


def _argument(number: int, quick: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *given, **named: quick([*given, *named.values()][number])


def _raising(name: str) -> Callable[..., Any]:
    kind = type(name, (ValueError,), {})

    def fails(*_: Any, **__: Any) -> Any:
        raise kind("lazy")

    return fails


def _itself(given: Any) -> Any:
    return given


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", "").replace("<lambda>", "the first")
