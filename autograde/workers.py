"""Examiners in processes of their own, forked from one that is warm: each is ready at once, and shares what that holds.

No thread is started here: a process with threads cannot be forked safely.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from autograde.sandbox import die_with_parent

AHEAD = 2
"""Jobs that a worker is given at a time: the next one waits where it is needed."""
MAX_KILLED = 3
"""Workers that may be killed in one run before it stops."""
_FORK = get_context("fork")


class WorkersKilled(RuntimeError):
    """Workers are killed again and again; the message says what to do."""


class Workers:
    """``number`` processes that each do ``work(job)``. One that is killed is replaced, and what it had is done again."""

    def __init__(self, work: Callable[..., Any], number: int) -> None:
        self._work, self._number = work, number
        self.processes: dict[Connection, BaseProcess] = {}
        self._hire()

    def close(self) -> None:
        """End them all, whatever they are at."""
        for line in list(self.processes):
            self._dismiss(line)

    def map(self, jobs: Iterable[tuple[object, ...]]) -> Iterator[Any]:
        """``work(*job)`` for each job, begun in order, each as soon as it is done; raises what ``work`` raises.

        Few are under way at a time, so that memory does not grow with their number.
        """
        todo, killed = deque(jobs), 0
        given: dict[Connection, deque[tuple[object, ...]]] = {}
        self._hire()
        try:
            while todo or any(given.values()):
                self._give(todo, given)
                for line in wait([line for line, mine in given.items() if mine]):
                    assert isinstance(line, Connection)
                    try:
                        done, result = line.recv()
                    except (EOFError, OSError):
                        todo.extendleft(reversed(given.pop(line)))
                        self._dismiss(line)
                        killed += 1
                        if killed > MAX_KILLED:
                            raise WorkersKilled(
                                f"{killed} examiners were killed in one run, perhaps for memory: try fewer --workers"
                            ) from None
                        self._hire()
                        continue
                    given[line].popleft()
                    if not done:
                        raise result
                    self._give(todo, given)
                    yield result
        finally:
            for line, mine in given.items():
                if mine:
                    self._dismiss(line)

    def _give(
        self, todo: deque[tuple[object, ...]], given: dict[Connection, deque[tuple[object, ...]]]
    ) -> None:
        for ahead in range(1, AHEAD + 1):
            for line in self.processes:
                mine = given.setdefault(line, deque())
                if todo and len(mine) < ahead:
                    mine.append(todo.popleft())
                    with suppress(OSError):  # it was killed: its line says so when it is read
                        line.send(mine[-1])

    def _hire(self) -> None:
        while len(self.processes) < self._number:
            ours, theirs = _FORK.Pipe()
            them = (theirs, [ours, *self.processes], self._work, os.getpid())
            process = _FORK.Process(target=_serve, args=them, daemon=True)
            process.start()
            theirs.close()
            self.processes[ours] = process

    def _dismiss(self, line: Connection) -> None:
        process = self.processes.pop(line)
        line.close()
        process.kill()
        process.join()


def _serve(line: Connection, others: list[Connection], work: Callable[..., Any], parent: int) -> None:
    """A worker's life: ended with its parent, or by it. An interrupt at the keyboard is its parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()
    if os.getppid() != parent:
        return
    for other in others:
        other.close()
    while True:
        try:
            job = line.recv()
        except EOFError:
            return
        try:
            answer = True, work(*job)
        except Exception as error:
            answer = False, error
        line.send(answer)
