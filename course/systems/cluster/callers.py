"""Callers of a :class:`~course.systems.cluster.single_flight.SingleFlight`: real threads, of which one runs at a time.

Who runs next is chosen where somebody waits, so what happens is the same every time (:mod:`course.systems.safety.interleaving`).
"""

import builtins
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from course.systems.cluster.errors import WaitsElsewhere
from course.systems.cluster.single_flight import SingleFlight
from course.systems.safety.errors import DeadlockError, EndlessScheduleError
from course.systems.safety.interleaving import STEPS, Interleaver, SteppedEvent, SteppedLock, explore

FUSE_S = 5.0  # chosen: only a caller that waits for what the stage cannot see ever meets it
Calls = list[tuple[str, str]]
"""What a caller does, one call after the other: the key, and what its own load would do: ``""`` to give a new text, one of
:data:`GIVES` to give that, the name of an error to raise it, ``"asks b"`` to ask for key b on the way."""
GIVES: Mapping[str, object] = {"zero": 0, "empty text": "", "nothing": None}


@dataclass
class _Load:
    key: str
    value: object
    ended: bool = False
    given: int = 0  # the line in which the first caller has it


class _Wrong(Exception):
    """What cannot be right in a schedule that came to its end."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(*sentences)
        self.sentences = sentences


@dataclass
class _Scene:
    """One schedule: callers on a stage, and what is noted of them."""

    stage: Interleaver
    flights: SingleFlight[object]
    gates: dict[str, SteppedEvent]
    lines: list[str] = field(default_factory=list)
    wrong: set[str] = field(default_factory=set)
    loads: list[_Load] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)

    def note(self, line: str) -> int:
        """Tell ``line``, unless this schedule is over; the number of lines then."""
        if not self.stage.over:
            self.lines.append(line)
        return len(self.lines)

    def open_all(self) -> None:
        for gate in self.gates.values():
            gate.set()

    def calls(self, name: str, calls: Calls) -> None:
        self.busy.append(name)
        for key, does in calls:
            self.call(name, key, does)
        self.busy.remove(name)

    def call(self, name: str, key: str, does: str) -> object:
        began = self.note(f"{name} asks for {key!r}")
        try:
            answer: Any = self.flights.do(key, lambda: self.load(name, key, does))
        except EndlessScheduleError:
            raise
        except (Exception, KeyboardInterrupt) as error:
            answer = error
        self.judge(name, key, began, answer)
        return answer

    def load(self, name: str, key: str, does: str) -> object:
        lock: Any = self.flights.lock
        if isinstance(lock, SteppedLock) and lock.owner is not None:
            self.wrong.add(f"the lock is held while {key!r} is loaded")
        if any(load.key == key and not load.ended for load in self.loads):
            self.wrong.add(f"two loads of {key!r} at once")
        self.note(f"{name} loads {key!r}")
        load = _Load(key, f"{key}{len(self.loads) + 1}")
        self.loads.append(load)
        self.gates[key].wait()
        if does.startswith("asks "):
            self.call(f"{name}'s load", does.removeprefix("asks "), "")
        elif does:
            load.value = GIVES[does] if does in GIVES else getattr(builtins, does)(load.value)
        self.note(f"the load of {key!r} ends")
        load.ended = True
        if isinstance(load.value, BaseException):
            raise load.value
        return load.value

    def check(self) -> None:
        """Raises what was wrong, once all have come to an end."""
        if self.flights.flights:
            self.wrong.add("a key is under way in the end")
        if self.wrong:
            raise _Wrong(sorted(self.wrong))

    def judge(self, name: str, key: str, began: int, answer: Any) -> None:
        """Tell what a caller got, and what of it cannot be right."""
        if isinstance(answer, BaseException):
            value, told = answer, f"{name} gets {type(answer).__name__}"
        elif type(answer) is tuple and len(answer) == 2:
            value, told = answer[0], f"{name} gets {answer[0]!r}, {'shared' if answer[1] else 'its own'}"
        else:
            value, told = answer, f"{name} gets {answer!r}, which is no pair"
        now = self.note(told)
        load = next((load for load in self.loads if load.value is value and load.key == key), None)
        if load is None:
            self.wrong.add(f"{name} got what no load of {key!r} gave")
        elif 0 < load.given < began:
            self.wrong.add(f"{name} got what another caller had before {name} asked")
        else:
            load.given = load.given or now


class _Guarded(dict[str, Any]):
    """A dict whose every use is noted as wrong while it is not ``guarded``."""

    def __init__(self, guarded: Callable[[], bool], wrong: set[str]) -> None:
        super().__init__()
        self._guarded, self._wrong = guarded, wrong
        self._uses = 0

    def used(self) -> None:
        """Note a use; raises ``EndlessScheduleError`` where there is no end of them."""
        self._uses += 1
        if self._uses > 2 * STEPS:
            raise EndlessScheduleError("a caller without the lock", 2 * STEPS)
        if not self._guarded():
            self._wrong.add("flights is used while the lock is not held")


def _watched(name: str) -> Callable[..., Any]:
    def method(self: _Guarded, *args: Any, **named: Any) -> Any:
        self.used()
        return getattr(dict, name)(self, *args, **named)

    return method


for _name in ("__getitem__", "__setitem__", "__delitem__", "__contains__", "get", "pop", "setdefault"):
    setattr(_Guarded, _name, _watched(_name))


class Callers:
    """Callers of what ``make`` makes, a class like :class:`~course.systems.cluster.single_flight.SingleFlight`."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make

    def meet(self, callers: list[tuple[str, Calls]]) -> list[str]:
        """What happens, line by line, where all go on until they have to wait.

        The callers begin in the order given. Loads wait until all who can have come; then the first key's may end, then
        the next one's. Whoever waits when nobody can go on waits for ever.
        """
        told: list[str] = []

        def run() -> None:
            stage = Interleaver([], 0, frozenset())
            scene = self._scene(stage, callers)
            for key, gate in scene.gates.items():
                stage.spawn(f"the database, for {key}", gate.set)
            try:
                stage.run()
            except DeadlockError:
                told.extend([*scene.lines, f"waiting for ever: {', '.join(scene.busy)}"])
            except EndlessScheduleError as error:
                told.extend([*scene.lines, str(error)])
            else:
                told.extend([*scene.lines, f"under way in the end: {sorted(scene.flights.flights)}"])

        self._fused(run)
        return told

    def orders(self, callers: list[tuple[str, Calls]]) -> list[str]:
        """What goes wrong in the first order of the callers' steps in which anything does, a sentence each.

        A step is where somebody asks for the lock, waits, loads, or ends a flight; there another caller may come first, once
        more than it has to. What is done to ``flights`` between two steps is done under the lock, or is told as wrong.
        """
        told: list[str] = []

        def program(stage: Interleaver) -> Callable[[], None]:
            scene = self._scene(stage, callers)
            stage.spawn("the database", scene.open_all)
            return scene.check

        def run() -> None:
            for failure in explore(program, preemptions=1, first=True).failures:
                told.extend(_sentences(failure.error))

        self._fused(run)
        return told

    def _scene(self, stage: Interleaver, callers: Sequence[tuple[str, Calls]]) -> _Scene:
        asked = [(key, does) for _, calls in callers for key, does in calls]
        keys = dict.fromkeys(name for key, does in asked for name in (key, *does.split("asks ")[1:]))
        flights = self.make(stage.lock, stage.event)
        scene = _Scene(stage, flights, {key: stage.event() for key in keys})
        flights.flights = _Guarded(lambda: flights.lock.owner is not None, scene.wrong)
        for name, calls in callers:
            stage.spawn(name, lambda name=name, calls=calls: scene.calls(name, calls))  # type: ignore[misc]
        return scene

    def _fused(self, run: Callable[[], None]) -> None:
        """Run on a thread of its own, and do not wait for ever: what waits for another lock than the stage's does."""
        if self.make in _ELSEWHERE:
            raise WaitsElsewhere
        errors: list[BaseException] = []

        def guarded() -> None:
            try:
                run()
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=guarded, daemon=True)
        thread.start()
        thread.join(FUSE_S)
        if thread.is_alive():
            _ELSEWHERE.add(self.make)
            raise WaitsElsewhere
        if errors:
            raise errors[0]


_ELSEWHERE: WeakSet[Callable[..., Any]] = WeakSet()
"""Classes that were found to wait for what no stage sees: asked again, they would cost the fuse once more."""


def _sentences(error: BaseException) -> Sequence[str]:
    if isinstance(error, _Wrong):
        return error.sentences
    if isinstance(error, DeadlockError):
        return ["somebody waits for ever"]
    return [f"{type(error).__name__}: {error}"]
