"""Questions asked ahead: those of a claim that are the same whatever is answered cross in one message, not in hundreds.

What the reference was asked is what the answer will be asked, as long as no question hangs on an answer. Whether one does is
found by asking the probe itself: it hears the reference's replies with everything in them changed, and must ask the same
(:attr:`Talk.open`). So no message holds what came of an earlier question in it, and whoever reads ahead finds questions alone.

The other side answers all of them in turn, and the probe then hears its replies. A probe that asks something else than was
asked ahead raises :class:`Unlike`: all is to be asked again, one by one, where nothing was asked ahead.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from course.checking.errors import SubjectError
from course.checking.plain import same
from course.checking.port import subjects
from course.checking.subject import Subject

Observe = Callable[[Sequence[Any]], object]
"""Runs a probe on objects."""
_CONTROL = frozenset({"iter", "next", "enter", "exit"})
"""Requests whose replies say how a loop or a block goes on; what changes in those is their value alone."""
_SETS_OF_ROWS = frozenset({"calls", "script"})


class Unlike(Exception):
    """An answer was not asked what had been asked ahead, or did not answer all of it."""


@dataclass(eq=False)
class Talk:
    """What one probe asked the reference's objects, and what they replied."""

    objects: tuple[Any, ...] = ()
    requests: list[list[Any]] = field(default_factory=list)
    replies: list[list[Any]] = field(default_factory=list)
    open: bool = False
    """Whether all of it may be asked ahead: nothing in it hangs on a reply, and no object of the check's own is passed in."""

    @classmethod
    def with_(cls, *references: Any) -> "Talk":
        """A talk that takes down what is asked of its ``objects``, subjects on ``references``."""
        talk = cls(subjects(*references))
        port = talk.objects[0]._port
        serve = port.exchange

        def exchange(message: list[Any]) -> list[Any]:
            reply: list[Any] = serve(message)
            talk.requests.append(message)
            talk.replies.append(reply)
            return reply

        port.exchange = exchange
        return talk

    def end(self, observe: Observe) -> None:
        """Find out whether it is ``open``, by ``observe``, which is run on nothing but replies."""
        served = self.objects[0]._port.lent
        printed = any(reply[2] for reply in self.replies)
        self.open = bool(self.requests) and not served and not printed
        for way in (1, -1):
            self.open = self.open and self._same_whatever_is_said(observe, way)

    def _same_whatever_is_said(self, observe: Observe, way: int) -> bool:
        changed = [
            _changed_reply(request[1], reply, way)
            for request, reply in zip(self.requests, self.replies, strict=True)
        ]
        heard = Hearing(self, self.objects, changed)
        observe(heard.objects)
        return heard.whole


class Hearing:
    """A probe's run on replies that are there already. ``like`` says whether it has asked what was asked ahead so far, and
    ``whole`` whether it heard all replies too."""

    def __init__(self, talk: Talk, objects: Sequence[Any], replies: Sequence[list[Any]]) -> None:
        self._talk, self._replies, self._heard = talk, replies, 0
        self.like = True
        self.port = type(objects[0]._port)()
        self.port.exchange = self._exchange
        self.objects = tuple(
            Subject(self.port, number, each._type, each._label) for number, each in enumerate(objects, 1)
        )

    @property
    def whole(self) -> bool:
        return self.like and self._heard == len(self._replies)

    def _exchange(self, message: list[Any]) -> list[Any]:
        place = self._heard
        self.like = (
            self.like
            and place < len(self._replies)
            and same(message[1:4], self._talk.requests[place][1:4])
            and not self.port.lent
        )
        if not self.like:
            raise SubjectError({"names": ["Unlike"], "message": "this was not asked ahead"})
        self._heard += 1
        return self._replies[place]


def asked_ahead(talk: Talk, own: Sequence[Any]) -> "Hearing | None":
    """The replies of ``own`` to all of ``talk``, for a probe to hear; None where they are the reference's, to the byte.

    Raises :class:`Unlike` where no replies came.
    """
    port = own[0]._port
    assert port.ahead is not None
    try:
        replies = port.ahead(len(own), talk)
    except SubjectError as error:
        raise Unlike(error.describe()) from None
    return None if replies is None else Hearing(talk, own, replies)


def may_ask_ahead(own: Collection[Any]) -> bool:
    """Whether ``own`` are the first objects of a conversation that lets one ask ahead."""
    ports = {id(each._port): each._port for each in own}
    numbers = [each._id for each in own]
    return (
        len(ports) == 1 and numbers == list(range(1, len(own) + 1)) and all(p.ahead for p in ports.values())
    )


# ── replies with everything in them changed ─────────────────────────────────────────────────────────────


def _changed_reply(verb: str, reply: list[Any], way: int) -> list[Any]:
    kind, tree, printed = reply
    if kind == "error":
        return [kind, _changed_fault(tree, way), printed]
    if verb in _SETS_OF_ROWS:
        tag, *rows = tree
        return [kind, [tag, *(_changed_row(row, way) for row in rows)], printed]
    if verb == "each":
        tag, done, results, fault = tree
        return [kind, [tag, done, _changed(results, way), fault and _changed_fault(fault, way)], printed]
    if verb == "next":
        tag, more, value = tree
        return [kind, [tag, more, _changed(value, way)], printed]
    return [kind, tree if verb in _CONTROL else _changed(tree, way), printed]


def _changed_row(row: list[Any], way: int) -> list[Any]:
    """A row of ``calls`` or ``script``: its state stays, so that the probe goes the same way through it."""
    tag, state, value, *more = row
    if state == "!":
        return [tag, state, _changed_fault(value, way), *more]
    return [tag, state, value if state else _changed(value, way), *more]


def _changed_fault(fault: list[Any], way: int) -> list[Any]:
    """An error of the same class that says and carries something else."""
    tag, *items = fault
    kept = [items[place - 1] == "names" or not place % 2 for place in range(len(items))]
    return [tag, *(each if stays else _changed(each, way) for each, stays in zip(items, kept, strict=True))]


def _changed(tree: Any, way: int) -> Any:
    """An encoded value with all its texts and numbers changed; its form, its types and its handles stay."""
    match tree:
        case None:
            return None
        case bool():
            return not tree
        case int():
            return tree + way * (abs(tree) // 2 + 1)
        case float():
            return tree + way * (abs(tree) / 2 + 1.0)
        case str():
            return f"{tree}~" if way > 0 else f"~{tree[1:]}"
        case bytes():
            return tree[::-1] if len(set(tree)) > 1 else bytes(255 - each for each in tree)
        case ["i", str(digits)]:
            return ["i", f"{digits}0"]
        case ["a" | "g" as tag, *form, bytes(data)]:
            return [tag, *form, _changed(data, way)]
        case ["h" | "m", *_]:
            return tree
        case ["d", *items] if items[::2].count("") == 1:  # a dataclass: its fields' names are no answer
            return ["d", *(_changed(each, way) if place % 2 else each for place, each in enumerate(items))]
        case [tag, *items]:
            return [tag, *(_changed(each, way) for each in items)]
    return tree
