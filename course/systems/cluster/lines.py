"""Waiting lines: who is let in, and who is next when a worker is free."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from course.systems.cluster.shed import Request

Chooser = Callable[[Sequence[Request], float, float], tuple[Request | None, list[Request]]]
"""What :func:`~course.systems.cluster.shed.next_request` is."""


class Line(Protocol):
    """A waiting line."""

    def add(self, request: Request) -> bool:
        """Let it wait; False where it is refused at once."""
        ...

    def next(self, now_s: float) -> Request | None:
        """Who is started now, None where nobody waits who is worth it."""
        ...


class InOrder:
    """First in, first out. Thrown away, when its turn comes, is who has less than ``needs_s`` left (-infinity: nobody), and
    refused is who finds ``room`` waiting already. ``newest``: last in, first out."""

    def __init__(self, needs_s: float = -math.inf, room: float = math.inf, *, newest: bool = False) -> None:
        self.needs_s, self.room, self.newest = needs_s, room, newest
        self.waiting: deque[Request] = deque()

    def add(self, request: Request) -> bool:
        if len(self.waiting) >= self.room:
            return False
        self.waiting.append(request)
        return True

    def next(self, now_s: float) -> Request | None:
        while self.waiting:
            request = self.waiting.pop() if self.newest else self.waiting.popleft()
            if request["deadline_s"] - now_s >= self.needs_s:
                return request
        return None


class Chosen:
    """Whom ``choose`` says, asked with everybody who waits."""

    def __init__(self, choose: Chooser, expected_s: float) -> None:
        self.choose, self.expected_s = choose, expected_s
        self.waiting: list[Request] = []

    def add(self, request: Request) -> bool:
        self.waiting.append(request)
        return True

    def next(self, now_s: float) -> Request | None:
        request, hopeless = self.choose(self.waiting, now_s, self.expected_s)
        if request is not None:
            self.waiting.remove(request)
        if hopeless:
            gone = {each["id"] for each in hopeless}
            self.waiting = [each for each in self.waiting if each["id"] not in gone]
        return request
