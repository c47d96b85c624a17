"""What a probe sees: plain data, and observations with rules of their own; how two are compared, and how they read."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from course.checking.errors import NotPlain, SubjectError
from course.checking.plain import carried, convert
from course.checking.report import Finding, cut
from course.checking.subject import Subject, call_text

Step = tuple[str, Any]
"""A case in words, and what was observed."""
Observed = list[Step]


class Seen:
    """An observation that is not plain data: when it is right, when two answers say the same, how it reads."""

    def right(self, expected: Any) -> bool:
        return False

    def like(self, other: Any) -> bool:
        return isinstance(other, Seen) and self == other

    def told(self) -> str:
        return ""

    def wanted(self) -> str:
        return self.told()


@dataclass(frozen=True)
class Raised(Seen):
    """An error, by the class names of its MRO and by the arguments that it carries; never by its text."""

    names: tuple[str, ...]
    text: str = field(default="", compare=False)
    carries: dict[str, Any] = field(default_factory=dict, hash=False)
    where: str = field(default="", compare=False)

    @property
    def late(self) -> bool:
        """Whether it came of a loop without an end."""
        return self.names[0] == "TookTooLong"

    def right(self, expected: Any) -> bool:
        return self.is_a(expected) and not self.unlike(expected)

    def is_a(self, expected: Any) -> bool:
        """Whether its class is the expected one or below it."""
        return isinstance(expected, Raised) and expected.names[0] in self.names

    def unlike(self, expected: "Raised") -> list[str]:
        """The names of the expected arguments that it does not carry, or carries with another value."""
        return [
            name
            for name, value in expected.carries.items()
            if name not in self.carries or not _says_the_same(self.carries[name], value)
        ]

    def like(self, other: Any) -> bool:
        return (
            isinstance(other, Raised) and self == other and not self.late
        )  # that two answers never end says nothing about why

    def told(self) -> str:
        return self.text

    def wanted(self) -> str:
        arguments = ", ".join(f"{name}={said(value)}" for name, value in self.carries.items())
        return f"raises {self.names[0]}" + (f"({arguments})" if arguments else "")


class Broke(Raised):
    """An error that ended the probe."""


@dataclass(frozen=True)
class Odd(Seen):
    """A result that is not what the contract states, or that the check cannot read."""

    instead: str
    got: str

    def told(self) -> str:
        return self.got


@dataclass(frozen=True)
class Slip(Seen):
    """A result with a side effect: an argument was changed, or the same call says something else the second time."""

    value: Any
    what: str

    def like(self, other: Any) -> bool:
        if not isinstance(other, Slip) or self.what != other.what:
            return False
        return type(self.value) is type(other.value) is Subject or agree(self.value, other.value)

    def told(self) -> str:
        return f"{said(self.value)}, and {self.what}"


@dataclass(frozen=True)
class Cost(Seen):
    """A counted cost: right up to ``most``, or up to ``times`` what the reference needs."""

    value: float
    most: float = 0.0
    of: str = ""
    times: float = 0.0

    def limit(self, reference: float) -> float:
        return self.times * reference if self.times else self.most

    def right(self, expected: Any) -> bool:
        return isinstance(expected, Cost) and self.value <= self.limit(expected.value)

    def like(self, other: Any) -> bool:
        return isinstance(other, Cost) and 0.25 * other.value <= self.value <= 4 * other.value

    def told(self) -> str:
        return f"{self.value:.3g} {self.of}"

    def wanted(self) -> str:
        return f"at most {self.limit(self.value):.3g} {self.of}"


@dataclass(frozen=True, repr=False)
class Near(Seen):
    """A number that may be off by ``rel`` of the reference's, or by ``abs``; several stand in a list."""

    value: float
    rel: float = 1e-9
    abs: float = 1e-12

    def right(self, expected: Any) -> bool:
        return isinstance(expected, Near) and agree(self.value, expected.value, self.rel, self.abs)

    def like(self, other: Any) -> bool:
        return self.right(other)

    def told(self) -> str:
        return repr(self.value)

    def __repr__(self) -> str:
        return self.told()


NOTHING: Step = ("", Odd("", "no answer"))


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────────


def raised(call: Callable[[], object]) -> Any:
    """The error that ``call`` raises, as an observation; what it returned where it raises none."""
    try:
        return call()
    except SubjectError as error:
        return error_of(error)


def error_of(error: SubjectError, kind: type[Raised] = Raised) -> Seen:
    """The error as an observation. What is not written, or computes without an end, ends the probe."""
    if error.unwritten or (error.names[0] == "TookTooLong" and kind is Raised):
        raise error
    return (
        Odd(error.wanted, error.got)
        if isinstance(error, NotPlain)
        else kind((*error.names,), error.describe(), carried(error.carries), error.where)
    )


class Row:
    """Arguments of one call of :func:`calls`; a tuple does where all are positional."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        self.positional, self.named = positional, named


def _rows(rows: Iterable[Any]) -> list[Row]:
    return [row if isinstance(row, Row) else Row(*row) for row in rows]


def calls(function: Any, *rows: Any, as_: Any = None, note: str = "") -> Iterator[Step]:
    """What ``function`` returns (as plain data of type ``as_``, as in :func:`~course.checking.subject.plain`) or raises for each
    of ``rows``, in one message. A row is a tuple of arguments, of one argument ``(x,)``.

    An argument changed in place is seen, and a plain function that answers otherwise when it is asked again.
    """
    asked = _rows(rows)
    sent = [([*row.positional], row.named) for row in asked]
    found = function._port.ask("calls", function._id, sent, label=f"{function._label}(…)")
    for row, answer in zip(asked, found, strict=False):
        case = call_text(function._label, row.positional, row.named)
        yield case + note, _outcome(answer, as_, case)


def script(*lines: tuple[Any, ...], as_: dict[str, Any] | None = None, note: str = "") -> Iterator[Step]:
    """What each line does, one after the other, in one message.

    ``(object, "method", *arguments)`` calls, ``(object, "name")`` reads what is no method, ``(object, "name =", value)``
    sets and is no step unless it fails. Words may stand first, for the case. ``as_`` states the types of results, by name
    of the method; a dataclass comes as a dict, with its type's name under "".
    """
    told, asked = [], []
    for line in lines:
        words, (target, name, *arguments) = (line[0], line[1:]) if type(line[0]) is str else ("", line)
        told.append(words or call_text(name, arguments, {}))
        asked.append((target, name, arguments))
    first = asked[0][0]
    found = first._port.ask("script", first._id, asked, label=told[0])
    for case, (_, name, _), (state, value) in zip(told, asked, found, strict=False):
        if state or not name.endswith(" ="):
            yield case + note, _outcome((state, value, None, None), (as_ or {}).get(name), case)


def _outcome(answer: Any, as_: Any, case: str) -> Any:
    state, value, changed, again = answer
    if state == "!":
        return error_of(SubjectError(value, case))
    if state:
        return Odd(getattr(as_, "__name__", str(as_)), f"a {state}, which computes nothing until it is read")
    try:
        value = convert(value, as_) if as_ else value
    except NotPlain as error:
        return Odd(error.wanted, error.got)
    if changed is not None:
        return Slip(value, f"argument {changed + 1} was changed: copy what you change")
    return value if again is None else Slip(value, f"asked once more it says {said(again[0])}")


def growth(
    case: str, make: Callable[[int], tuple[Any, Sequence[Any]]], *, at: int, most: float, **named: Any
) -> Iterator[Step]:
    """How the work of a call grows: ``make(n)`` gives the function and rows of arguments at size n.

    Counted where the answer lives, at ``at`` and at 4 times that: lines run, texts and numbers compared, items copied;
    within 0.1 the same on Python 3.11 to 3.13. A slice counts by its length, also where it is dropped at once; a scan in C
    (``in``, ``min``, ``sort``) by its comparisons of what came with the arguments. It does not see what NumPy computes,
    items moved within a list (``insert(0, x)``, ``pop(0)``, ``insort``), and scans in C over what the answer itself made
    (``in``, ``index``, ``count``, ``min`` of a list of its own). Where a contract states a cost that such a scan would break,
    let the answer pay for it where it is counted: at a served oracle, or in comparisons of keys that are passed in.
    Comparisons of arguments that are passed by name (:class:`Row`) are not counted: pass a whole number so that an answer may
    look up in a ``range``, which counts up to it where the number is a counted one. Of several rows the cheapest counts:
    three are enough to leave out what is imported, or outgrows its cache, on the way.
    """
    power = Cost(round(exponent(make, at, **named), 1), most, "as power of the size")
    yield f"{case}: its work (lines run, values compared, items copied) at sizes {at} and {4 * at}", power


def exponent(
    make: Callable[[int], tuple[Any, Sequence[Any]]], at: int, *, least: int = 1, **named: Any
) -> float:
    """The power of the size that fits the work of a call at ``at`` and at 4 times that: see :func:`growth`. Work below
    ``least`` counts as that: what a few lines happen to allocate is no growth."""
    cost = []
    for function, rows in (make(at), make(4 * at)):
        asked = _rows(rows)
        sent = [([*row.positional], named | row.named) for row in asked]
        label = call_text(function._label, *sent[0])
        cost.append(max(least, int(function._port.ask("work", function._id, sent, label=label))))
    return math.log(cost[1] / cost[0], 4)


# ── comparing and telling ───────────────────────────────────────────────────────────────────────────────


EXACT = frozenset({str, int, bool, bytes, type(None)})


def agree(mine: Any, right: Any, rel: float = 1e-9, abs_: float = 1e-12) -> bool:
    """Whether ``mine`` is what is expected: the same plain data of the same types, floats up to rounding."""
    kind = type(mine)
    if kind is type(right) and kind in EXACT:
        return bool(mine == right)
    if isinstance(mine, Seen):
        return mine.right(right)
    if kind is not type(right):
        return False
    if kind is float:
        return math.isclose(mine, right, rel_tol=rel, abs_tol=abs_) or (mine != mine and right != right)
    if type(mine) in (list, tuple):
        return len(mine) == len(right) and all(map(agree, mine, right))
    if type(mine) is dict:
        return mine.keys() == right.keys() and all(agree(mine[key], right[key]) for key in right)
    if type(mine).__name__ == "ndarray":
        return mine.shape == right.shape and agree(mine.tolist(), right.tolist())
    return bool(mine == right)


def _says_the_same(mine: Any, right: Any) -> bool:
    """Whether an argument of an error is what is expected: a number of either type, a list or a tuple, floats to six
    digits, for an argument is there to be read."""
    kinds = {type(mine), type(right)}
    if kinds <= {list, tuple}:
        return len(mine) == len(right) and all(map(_says_the_same, mine, right))
    return mine == right if kinds == {int, float} else agree(mine, right, rel=1e-6, abs_=1e-9)


def likeness(mine: Observed, theirs: Observed, right: Observed) -> float:
    """Of what either says wrong, the share that both say; 0 where the first that ``mine`` says wrong is not theirs."""
    shared: list[bool] = []
    for (_, one), (_, other), (_, good) in itertools.zip_longest(mine, theirs, right, fillvalue=NOTHING):
        if one is other is NOTHING[1]:
            continue  # both have ended: no evidence
        wrong, off = not agree(one, good), not agree(other, good)
        if wrong or off:
            like = (
                one.like(other)
                if isinstance(one, Seen)
                else not isinstance(other, Seen) and agree(one, other)
            )
            same = wrong and off and like
            if wrong and not same and not any(shared):
                return 0.0
            shared.append(same)
    return sum(shared) / len(shared) if shared else 0.0


def first_wrong(mine: Observed, right: Observed) -> int | None:
    """The place of the first observation that is not as the reference's."""
    for place, ((_, got), (_, expected)) in enumerate(itertools.zip_longest(mine, right, fillvalue=NOTHING)):
        if not agree(got, expected):
            return place
    return None


def difference(mine: Observed, right: Observed) -> Finding | None:
    """The first observation that is not as the reference's, as a finding."""
    place = first_wrong(mine, right)
    if place is None:
        return None
    if place == len(right):
        return Finding("more", mine[place][0], "nothing more", said(mine[place][1]))
    (case, expected), (own, got) = right[place], mine[place] if place < len(mine) else NOTHING
    where, wanted, told = _contrast(got, expected)
    kind = type(got).__name__.lower() if isinstance(got, Seen) else "differs"
    return Finding(kind, (own or case) + (f": {where}" if where else ""), wanted, told)


def said(value: Any) -> str:
    if isinstance(value, Seen):
        return value.told()
    return cut("an object" if type(value) is Subject else repr(value), 200)


def _contrast(mine: Any, right: Any) -> tuple[str, str, str]:
    """Where two values differ ("[3]", or "" for the whole), what is expected there, and what came, told apart."""
    if isinstance(right, Raised):
        if isinstance(mine, Raised) and mine.is_a(right) and (unlike := mine.unlike(right)):
            return _contrast_of_arguments(mine, right, unlike[0])
        return (
            "",
            right.wanted(),
            said(mine) if isinstance(mine, Seen) else f"no error; it returned {said(mine)}",
        )
    if isinstance(mine, Seen):
        wanted = right.wanted() if isinstance(right, Seen) else said(right)
        if isinstance(mine, Raised):
            wanted = "no error" if isinstance(mine, Broke) else f"no error: {wanted}"
        return "", getattr(mine, "instead", "") or wanted, mine.told()
    if type(mine) is type(right) is float:
        digits = next((n for n in (6, 9, 12) if f"{mine:.{n}g}" != f"{right:.{n}g}"), 17)
        return "", f"{right:.{digits}g}", f"{mine:.{digits}g}"
    if type(mine) is type(right) and max(len(repr(mine)), len(repr(right))) > 90:
        if type(mine) in (list, tuple) and len(mine) != len(right):
            return "", f"length {len(right)}", f"length {len(mine)}"
        for key in right if type(right) is dict else range(len(right) if type(right) in (list, tuple) else 0):
            if type(right) is dict and key not in mine:
                return f"[{key!r}]", said(right[key]), "no entry"
            if not agree(mine[key], right[key]):
                place, *told = _contrast(mine[key], right[key])
                return f"[{key!r}]{place}", told[0], told[1]
    return "", said(right), said(mine)


def _contrast_of_arguments(mine: Raised, right: Raised, name: str) -> tuple[str, str, str]:
    """The same of one argument of an error: its place, what is expected, and what came, with the line that raised."""
    came = said(mine.carries[name]) if name in mine.carries else f"an error without {name}"
    return f"`{name}` of the {right.names[0]}", said(right.carries[name]), f"{came}\n{mine.where}".rstrip()
