"""The same verdicts from a Dask cluster: a real scheduler and two worker processes, one of them killed midway.

The workers run in a cohort folder of their own, which stays without a secret: the seeds come with the task.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cohort_room import CELLS, DAY, scores

from autograde import cluster
from autograde.cohort import open_cohort
from autograde.verdict_log import VerdictLog
from course.checking.seeds import ROOT

pytest.importorskip("distributed")


@dataclass
class Cluster:
    scheduler: str
    workers: list[subprocess.Popen[bytes]]
    elsewhere: Path


def dask(*arguments: str, log: Path, home: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COURSE_")}
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=ROOT,
            stdout=file,
            stderr=file,
            start_new_session=True,
            env=environment | {"COURSE_COHORT": str(home), "DASK_DISTRIBUTED__WORKER__DAEMON": "False"},
        )


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Cluster]:
    home = tmp_path / "elsewhere"
    home.mkdir()
    started = [
        dask(
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            log=tmp_path / "scheduler.log",
            home=home,
        )
    ]
    try:
        address = said(tmp_path / "scheduler.log", r"Scheduler at:\s+(tcp://127\.0\.0\.1:\d+)")
        for number in range(2):
            log = tmp_path / f"worker-{number}.log"
            options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path)]
            started.append(dask("worker", address, *options, log=log, home=home))
        for number in range(2):
            said(tmp_path / f"worker-{number}.log", r"Registered to:\s+(tcp)")
        yield Cluster(address, started[1:], home)
    finally:
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def said(log: Path, pattern: str) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = re.search(pattern, log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def test_two_workers_give_the_local_verdicts_and_never_see_the_secret(
    cohort: Path, hand_in: Callable[..., float], running: Cluster
) -> None:
    deserved = {
        "ada": hand_in("ada", "moved_share", "HashRing"),
        "bea": hand_in("bea"),
        "cyd": hand_in("cyd", "moved_share"),
    }
    (cohort / "submitted" / "bad" / DAY.id).mkdir(parents=True)
    with open_cohort(DAY, scheduler=running.scheduler) as opened:
        there = opened.grade(feedback=False)
    with open_cohort(DAY, workers=2) as opened:
        here = opened.grade(feedback=False, force=True)
    assert [plain(each) for each in there] == [plain(each) for each in here]
    assert {each.student: sum(v.score for v in each.verdicts) for each in there} == deserved | {"bad": 0.0}
    assert scores(cohort) == deserved | {"bad": 0.0}
    assert (cohort / "secret").is_file()
    assert not list(running.elsewhere.iterdir())


def test_a_worker_killed_midway_costs_nothing(
    cohort: Path, hand_in: Callable[..., float], running: Cluster
) -> None:
    deserved = {f"s{i}": hand_in(f"s{i}", *["moved_share", "HashRing"][: i % 3]) for i in range(10)}

    def kill_one() -> None:
        log, until = cohort / "verdicts.jsonl", time.monotonic() + 60
        while not log.is_file() and time.monotonic() < until:
            time.sleep(0.01)
        os.killpg(running.workers[0].pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    with open_cohort(DAY, scheduler=running.scheduler) as opened:
        killer.start()
        found = opened.grade(feedback=False)
        killer.join()
    assert running.workers[0].wait() == -signal.SIGKILL
    assert running.workers[1].poll() is None
    assert {each.student: sum(v.score for v in each.verdicts) for each in found} == scores(cohort) == deserved
    assert len(list(VerdictLog(cohort).entries())) == CELLS * len(deserved)


def test_a_worker_with_other_code_is_refused(
    cohort: Path, hand_in: Callable[..., float], running: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in("ada")
    monkeypatch.setattr(cluster, "code_version", lambda day: "another")
    with (
        open_cohort(DAY, scheduler=running.scheduler) as opened,
        pytest.raises(cluster.OtherCode, match="same commit"),
    ):
        opened.grade(feedback=False)


def plain(graded: Any) -> dict[str, Any]:
    data = graded.as_data()
    for verdict in data["verdicts"]:
        del verdict["seconds"]
    return dict(data)
