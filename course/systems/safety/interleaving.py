"""Every interleaving of a few tasks, run one by one: a race is found by counting, not by luck and sleeps.

Tasks are real threads, but one runs at a time, and another may take over only at a *step*: where a lock is asked for,
where a task says so, and, for code that is traced, before every bytecode that can touch shared memory. :func:`explore` runs the program once for each
sequence of choices, with at most ``preemptions`` switches away from a task that could have gone on. The same program
gives the same schedules in the same order, every time.

Source: Musuvathi et al., "Finding and Reproducing Heisenbugs in Concurrent Programs" (CHESS), OSDI 2008; most bugs need
no more than two preemptions.
"""

import dis
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from course.systems.safety.errors import DeadlockError, EndlessScheduleError, TooManySchedulesError

STEPS = 5_000
"""Steps after which a task is taken for one without an end: it asks again and again what will not change."""


@dataclass(frozen=True)
class Failure:
    """One schedule that ended badly: which task ran at each step, and the error."""

    order: tuple[str, ...]
    error: BaseException


@dataclass(frozen=True)
class Exploration:
    """What :func:`explore` saw: how many schedules ran, and those that failed."""

    schedules: int
    failures: tuple[Failure, ...]

    @property
    def share_failed(self) -> float:
        """Failed schedules as a share of all."""
        return len(self.failures) / self.schedules if self.schedules else 0.0


@dataclass
class _Task:
    name: str
    function: Callable[[], object]
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    waits_for: "SteppedLock | None" = None
    steps: int = 0
    done: bool = False
    error: BaseException | None = None


class _Abandoned(BaseException):
    """Unwinds a task whose schedule is over."""


class Interleaver:
    """The stage of one schedule: ``spawn`` tasks, and give the code under test a ``lock()`` and ``step`` to call."""

    def __init__(self, choices: list[int], preemptions: int, traced: frozenset[CodeType]) -> None:
        self.order: list[str] = []
        self.widths: list[int] = []
        self._choices = choices
        self._left = preemptions
        self._steps = {code: _shared_steps(code) for code in traced}
        self._tasks: list[_Task] = []
        self._by_thread: dict[int, _Task] = {}
        self._deadlock: DeadlockError | None = None

    def spawn(self, name: str, function: Callable[[], object]) -> None:
        """Add a task; it starts when :func:`explore` runs the schedule."""
        self._tasks.append(_Task(name, function))

    def lock(self) -> "SteppedLock":
        """A lock that this stage schedules."""
        return SteppedLock(self)

    def event(self) -> "SteppedEvent":
        """An event that this stage schedules."""
        return SteppedEvent(self)

    @property
    def over(self) -> bool:
        """Whether this schedule has come to its end because nobody could go on: what tasks still do is unwinding."""
        return self._deadlock is not None

    def current_task(self) -> _Task | None:
        """The task of the calling thread, or None outside any."""
        return self._by_thread.get(threading.get_ident())

    def step(self) -> None:
        """A point at which another task may take over. Outside a task (in set-up and in the final check) it does nothing.

        Raises :class:`~course.systems.safety.errors.EndlessScheduleError` in a task of more than :data:`STEPS` steps.
        """
        task = self.current_task()
        if task is not None:
            task.steps += 1
            if task.steps > STEPS:
                raise EndlessScheduleError(task.name, STEPS)
        if task is not None and not self._hand_over(task):
            task.turn.acquire()
            if self._deadlock is not None:
                raise _Abandoned

    def run(self) -> None:
        """Run the tasks to their end by this schedule's choices; raises the first task's error, or ``DeadlockError``."""
        threads = [threading.Thread(target=self._body, args=(task,), daemon=True) for task in self._tasks]
        for thread in threads:
            thread.start()
        self._hand_over(None)
        for thread in threads:
            thread.join()
        if self._deadlock is not None:
            raise self._deadlock
        for task in self._tasks:
            if task.error is not None:
                raise task.error

    def _hand_over(self, current: _Task | None) -> bool:
        """Choose who runs next and wake it; True where that is ``current`` itself, which then simply goes on."""
        alive = [task for task in self._tasks if not task.done]
        ready = [task for task in alive if task.waits_for is None or task.waits_for.owner is None]
        if not ready:
            if alive and self._deadlock is None:
                self._deadlock = DeadlockError(tuple(task.name for task in alive))
                for task in alive:
                    task.turn.release()
            return False
        if current is not None and current in ready:
            options = [current, *(task for task in ready if task is not current)] if self._left else [current]
        else:
            options = ready
        at = len(self.widths)
        chosen = options[self._choices[at] if at < len(self._choices) else 0]
        self.widths.append(len(options))
        self.order.append(chosen.name)
        if chosen is current:
            return True
        if current in options:
            self._left -= 1
        chosen.turn.release()
        return False

    def _body(self, task: _Task) -> None:
        self._by_thread[threading.get_ident()] = task
        task.turn.acquire()
        try:
            if self._steps:
                sys.settrace(self._trace)
            task.function()
        except _Abandoned:
            pass
        except BaseException as error:
            task.error = error
        finally:
            sys.settrace(None)
            task.done = True
            self._hand_over(task)

    def _trace(self, frame: FrameType, event: str, _: Any) -> Any:
        steps = self._steps.get(frame.f_code)
        if steps is None:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and frame.f_lasti in steps:
            self.step()
        return self._trace


class SteppedLock:
    """A lock whose waiting the :class:`Interleaver` can see; a step stands before each acquisition."""

    def __init__(self, stage: Interleaver) -> None:
        self.owner: object | None = None
        self._stage = stage

    def acquire(self) -> bool:
        """Take the lock once it is free."""
        task = self._stage.current_task()
        if task is not None:
            task.waits_for = self
            self._stage.step()
            task.waits_for = None
        self.owner = task or self
        return True

    def release(self) -> None:
        """Give the lock back."""
        self.owner = None

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class SteppedEvent:
    """An event whose waiting the :class:`Interleaver` can see: a lock that nobody gets before it is set."""

    def __init__(self, stage: Interleaver) -> None:
        self._stage = stage
        self._lock = SteppedLock(stage)
        self._lock.owner = self

    def is_set(self) -> bool:
        """Whether it was set; a step, so that nobody asks for ever."""
        self._stage.step()
        return self._lock.owner is not self

    def set(self) -> None:
        """Let all who wait go on, and whoever comes later: a step, so that they may come first."""
        self._lock.release()
        self._stage.step()

    def wait(self) -> bool:
        """Return once it is set."""
        self._lock.acquire()
        self._lock.release()
        return True


def _shared_steps(code: CodeType) -> frozenset[int]:
    """Offsets of the instructions that may touch what another thread sees: attributes, items, calls, iteration."""
    shared = ("ATTR", "METHOD", "SUBSCR", "CONTAINS", "FOR_ITER", "BINARY_OP", "CALL")
    return frozenset(
        instruction.offset
        for instruction in dis.get_instructions(code)
        if any(part in instruction.opname for part in shared) and instruction.opname != "PRECALL"
    )


def codes_of(*targets: object) -> frozenset[CodeType]:
    """The code objects of functions, and of all functions of classes: what :func:`explore` may trace."""
    found: set[CodeType] = set()
    for target in targets:
        for member in vars(target).values() if isinstance(target, type) else [target]:
            function = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
            code = getattr(function, "__code__", None)
            if isinstance(code, CodeType):
                found |= {code, *(inner for inner in code.co_consts if isinstance(inner, CodeType))}
    return frozenset(found)


def explore(
    program: Callable[[Interleaver], Callable[[], None]],
    *,
    preemptions: int = 2,
    traced: frozenset[CodeType] = frozenset(),
    limit: int = 20_000,
    first: bool = False,
) -> Exploration:
    """Run ``program`` under every schedule with at most ``preemptions`` preemptions.

    ``program(stage)`` sets up fresh state, spawns tasks on the stage and returns a check, called after all tasks have
    ended; an error in a task or in the check makes the schedule a failure. One without an end is the last, and so is any where
    only the ``first`` is asked for. Raises
    :class:`~course.systems.safety.errors.TooManySchedulesError` past ``limit`` schedules. With k steps in all and p preemptions
    between n tasks there are O((k·n)^p · n!) schedules: polynomial in the steps, where all interleavings are exponential.
    """
    choices: list[int] = []
    failures: list[Failure] = []
    for ran in range(1, limit + 1):
        stage = Interleaver(choices, preemptions, traced)
        check = program(stage)
        try:
            stage.run()
            check()
        except Exception as error:
            failures.append(Failure(tuple(stage.order), error))
            if first or isinstance(error, EndlessScheduleError):  # each of its steps would be a schedule more
                return Exploration(ran, tuple(failures))
        taken = [*choices, *[0] * (len(stage.widths) - len(choices))]
        while taken and taken[-1] + 1 >= stage.widths[len(taken) - 1]:
            taken.pop()
        if not taken:
            return Exploration(ran, tuple(failures))
        taken[-1] += 1
        choices = taken
    raise TooManySchedulesError(limit)
