"""Examiners in processes of their own, forked from one that is warm: each is ready at once, and shares what that holds.

No thread is started here: a process with threads cannot be forked safely.
"""

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from autograde.sandbox import die_with_parent

AHEAD, BEFOREHAND = 2, 4
"""Jobs that a worker has at a time, so that the next one waits where it is needed; and at first, when its parent is busy."""
MAX_KILLED = 3
"""Workers that may be killed in one run before it stops."""
GARBAGE = 20_000
"""Objects that are made between two looks for cycles: what is measured and compared here makes none."""
_FORK = get_context("fork")


class WorkersKilled(RuntimeError):
    """Workers are killed again and again; the message says what to do."""


class Workers:
    """``number`` processes that each do ``work(job)``. One that is killed is replaced, and what it had is done again."""

    def __init__(self, work: Callable[..., Any], number: int) -> None:
        self._work, self._number = work, number
        self._processors = sorted(os.sched_getaffinity(0))
        self._place: dict[Connection, int] = {}
        self._given: dict[Connection, deque[tuple[object, ...]]] = {}
        self._lines: dict[Connection, BaseProcess] = {}
        gc.collect()
        gc.freeze()  # what is there now stays: neither they nor this process need go through it again
        self._hire()

    def close(self) -> None:
        """End them all, whatever they are at."""
        for line in list(self._lines):
            self._dismiss(line)

    def map(
        self, jobs: Iterable[tuple[object, ...]], *, beforehand: int = BEFOREHAND, ahead: int = AHEAD
    ) -> Generator[Any]:
        """``work(*job)`` for each job, given out in order, each as soon as it is done; raises what ``work`` raises.

        The first are given out at once: ``beforehand`` to each worker, and ``ahead`` later on. Few are under way at a
        time, and a job is asked for when it is given out, so that memory does not grow with their number.
        """
        for line in [line for line, mine in self._given.items() if mine]:
            self._dismiss(line)  # it is still at what an earlier call was not interested in to the end
        self._hire()
        todo = _Jobs(jobs)
        self._give(todo, beforehand)
        return self._results(todo, ahead)

    def _results(self, todo: "_Jobs", ahead: int) -> Generator[Any]:
        killed = 0
        while waiting := [line for line, mine in self._given.items() if mine]:
            for line in wait(waiting):
                assert isinstance(line, Connection)
                try:
                    done, result = line.recv()
                except (EOFError, OSError):
                    todo.again.extendleft(reversed(self._given[line]))
                    self._dismiss(line)
                    killed += 1
                    if killed > MAX_KILLED:
                        raise WorkersKilled(
                            f"{killed} examiners were killed in one run, perhaps for memory: try fewer --workers"
                        ) from None
                    self._hire()
                    self._give(todo, ahead)
                    continue
                self._given[line].popleft()
                if not done:
                    raise result
                self._give(todo, ahead)
                yield result

    def _give(self, todo: "_Jobs", most: int) -> None:
        """Hand out jobs, one to each worker in turn, until each has ``most``."""
        for ahead in range(1, most + 1):
            for line, mine in self._given.items():
                if len(mine) < ahead and (job := todo.next()) is not None:
                    mine.append(job)
                    with suppress(OSError):  # it was killed: its line says so when it is read
                        line.send(mine[-1])

    def _hire(self) -> None:
        while len(self._lines) < self._number:
            ours, theirs = _FORK.Pipe()
            processor = min(self._processors, key=list(self._place.values()).count)
            them = (theirs, [ours, *self._lines], self._work, os.getpid(), processor)
            process = _FORK.Process(target=_serve, args=them, daemon=True)
            process.start()
            theirs.close()
            self._lines[ours], self._given[ours], self._place[ours] = process, deque(), processor

    def _dismiss(self, line: Connection) -> None:
        process = self._lines.pop(line)
        del self._given[line], self._place[line]
        line.close()
        process.kill()
        process.join()


class _Jobs:
    """Jobs, asked for one by one; those that are to be done again come first."""

    def __init__(self, jobs: Iterable[tuple[object, ...]]) -> None:
        self.again: deque[tuple[object, ...]] = deque()
        self._more = iter(jobs)

    def next(self) -> tuple[object, ...] | None:
        return self.again.popleft() if self.again else next(self._more, None)


def _serve(
    line: Connection, others: list[Connection], work: Callable[..., Any], parent: int, processor: int
) -> None:
    """A worker's life: ended with its parent, or by it. An interrupt at the keyboard is its parent's business.

    It stays on one processor, and so does what it starts: an examiner and its candidate only ever work in turns, and
    handing over to a process on another processor takes ten times as long.
    """
    os.sched_setaffinity(0, {processor})
    gc.set_threshold(GARBAGE)
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
