"""A lock that is passed in, so that a test can decide who gets it when."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from course.systems.safety.errors import LockHeldError


class Lock(Protocol):
    """What a filter needs of a lock; ``threading.Lock()`` is one."""

    def acquire(self) -> object: ...

    def release(self) -> object: ...


@contextmanager
def holding(lock: Lock) -> Iterator[None]:
    """Hold ``lock`` for the length of a ``with`` block; released on an error too."""
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


class ProbeLock:
    """A lock for a test with one thread: it runs another caller's work at a chosen moment, and never waits.

    ``interrupt(n, action)`` runs ``action`` just before the ``n``-th acquisition from now is granted, as if another thread
    had been faster; with a negative ``n``, just after the ``-n``-th release. Asking for the lock while it is held raises :class:`~course.systems.safety.errors.LockHeldError`, where a
    real lock would wait for ever. ``held`` and ``acquisitions`` are there to read.
    """

    def __init__(self) -> None:
        self.held = False
        self.acquisitions = 0
        self._actions: dict[int, Callable[[], object]] = {}
        self._asked = self._given = 0

    def interrupt(self, n: int, action: Callable[[], object]) -> None:
        """Run ``action`` before the ``n``-th acquisition from now, or after the ``-n``-th release; 1 and -1 are the next."""
        self._actions[n + (self._asked if n > 0 else -self._given)] = action

    def acquire(self) -> bool:
        """Take the lock, after any interruption that is due."""
        self._asked += 1
        self._actions.pop(self._asked, lambda: None)()
        if self.held:
            raise LockHeldError("by a caller that has not returned")
        self.held = True
        self.acquisitions += 1
        return True

    def release(self) -> None:
        """Give the lock back; then comes an interruption that is due."""
        self.held = False
        self._given += 1
        self._actions.pop(-self._given, lambda: None)()
