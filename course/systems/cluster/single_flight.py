"""One load a key at a time: whoever asks while it runs waits, and gets the same.

After Go's ``golang.org/x/sync/singleflight``.
"""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Lock(Protocol):
    """What is needed of a lock; ``threading.Lock()`` is one."""

    def __enter__(self) -> bool: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Event(Protocol):
    """What is needed of an event; ``threading.Event()`` is one."""

    def set(self) -> None: ...

    def wait(self) -> bool: ...


class Flight(Generic[T]):
    """One load under way. ``done`` is set once it has ended: with a ``value``, or with the ``error`` that it raised."""

    def __init__(self, done: Event) -> None:
        self.done = done
        self.value: T | None = None
        self.error: BaseException | None = None


class SingleFlight(Generic[T]):
    """Loads for many threads; ``flights`` holds the :class:`Flight` of each key whose load is under way, and no other.

    ``lock`` guards ``flights``: every use of it stands under the lock. A check passes a lock and events of its own, to run threads in every order: so a caller
    waits for ``lock`` and for a flight's ``done``, and for nothing else.
    """

    def __init__(
        self, lock: Callable[[], Lock] = threading.Lock, event: Callable[[], Event] = threading.Event
    ) -> None:
        self.lock = lock()
        self.flights: dict[str, Flight[T]] = {}
        self._event = event

    def new_flight(self) -> Flight[T]:
        """A flight that has not ended."""
        return Flight(self._event())

    def do(self, key: str, load: Callable[[], T]) -> tuple[T, bool]:
        """The result of ``load()``, and whether it is another caller's.

        Where no load of ``key`` is under way, this caller's is: called once, on the caller's own thread, and the answer
        is ``(its result, False)``. A caller that comes while one is under way calls nothing, waits until that one has ended, and
        gets ``(that result, True)``. Nothing is kept: who comes after the end begins a new flight.

        Whatever ``load`` raises, ``KeyboardInterrupt`` too, this caller and all who wait for the flight raise: the same
        error. When the first of them returns or raises, ``key`` is no longer in ``flights``, so that it can ask again at once.

        No lock is held while a load runs, so callers of different keys never wait for each other, and a load may itself ask for
        another key (never for its own). Complexity: O(1) and one load.
        """
        with self.lock:
            flight = self.flights.get(key)
            mine = flight is None
            if flight is None:
                flight = self.flights[key] = self.new_flight()
        if mine:
            try:
                flight.value = load()
            except BaseException as error:
                flight.error = error
            with self.lock:
                del self.flights[key]
            flight.done.set()
        else:
            flight.done.wait()
        if flight.error is not None:
            raise flight.error
        return flight.value, not mine  # type: ignore[return-value]
