"""Workers do each job once, say what goes wrong, and survive being killed."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from autograde.workers import MAX_KILLED, Workers, WorkersKilled


@contextmanager
def workers(work: object, number: int = 2) -> Iterator[Workers]:
    found = Workers(work, number)  # type: ignore[arg-type]
    try:
        yield found
    finally:
        found.close()


def doubled(number: int) -> int:
    if number < 0:
        raise ValueError(f"{number} is below 0")
    return 2 * number


def test_each_job_is_done_once_by_one_worker_in_their_order() -> None:
    with workers(doubled) as pool:
        assert sorted(pool.map((n,) for n in range(40))) == [2 * n for n in range(40)]
    with workers(doubled, number=1) as pool:
        assert list(pool.map((n,) for n in range(40))) == [2 * n for n in range(40)]


def test_no_jobs_are_done_at_once() -> None:
    with workers(doubled) as pool:
        assert list(pool.map([])) == []


def test_what_the_work_raises_is_raised_and_the_next_run_is_whole() -> None:
    with workers(doubled) as pool:
        with pytest.raises(ValueError, match="-1 is below 0"):
            list(pool.map([(1,), (-1,), (2,), (3,), (4,)]))
        assert sorted(pool.map((n,) for n in range(9))) == [2 * n for n in range(9)]


def test_a_run_that_nobody_finished_leaves_nothing_to_the_next() -> None:
    with workers(doubled) as pool:
        assert next(pool.map((n,) for n in range(100, 120))) >= 200
        pool.map((n,) for n in range(100, 120))
        assert sorted(pool.map((n,) for n in range(9))) == [2 * n for n in range(9)]


def test_one_that_is_killed_is_replaced_and_the_others_do_not_notice(tmp_path: object) -> None:
    def work(number: int) -> int:
        flag = f"{tmp_path}/{number}"
        if number % 7 == 3 and not os.path.exists(flag):
            open(flag, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with workers(work) as pool:
        assert sorted(pool.map((n,) for n in range(15))) == list(range(15))


def test_killed_again_and_again_it_stops_with_advice() -> None:
    advice = pytest.raises(WorkersKilled, match=rf"{MAX_KILLED + 1} examiners.*--workers")
    with workers(lambda: os.kill(os.getpid(), signal.SIGKILL)) as pool, advice:
        list(pool.map([(), ()]))


def test_none_outlives_the_process_that_wanted_it() -> None:
    there, here = os.pipe()
    parent = os.fork()
    if parent == 0:
        try:
            pool = Workers(lambda: time.sleep(60), 2)
            pool.map([(), ()])
            for process in pool._lines.values():
                os.write(here, f"{process.pid}\n".encode())
            os.write(here, b".")
            time.sleep(60)
        finally:
            os._exit(1)
    os.close(here)
    data = b""
    while not data.endswith(b"."):
        chunk = os.read(there, 100)
        assert chunk, "it ended before it had begun"
        data += chunk
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    until = time.monotonic() + 20
    pids = [int(line) for line in data[:-1].split()]
    while any(_runs(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.02)
    assert not [pid for pid in pids if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False
