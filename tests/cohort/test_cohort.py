"""A cohort run is the same by any number of workers, goes on where it was stopped, and loses nothing."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest
from cohort_room import CELLS, DAY, scores

from autograde.benchmark import memory_of
from autograde.cohort import open_cohort
from autograde.grading import Graded
from autograde.verdict_log import VerdictLog
from course.build.days import Built
from course.build.notebooks import to_bytes
from course.checking.seeds import ROOT

HandIn = Callable[..., float]


def grade(workers: int = 1, **options: bool) -> dict[str, float]:
    with open_cohort(DAY, workers=workers) as cohort:
        return {g.student: sum(v.score for v in g.verdicts) for g in cohort.grade(feedback=False, **options)}


def logged(cohort: Path) -> Counter[str]:
    return Counter(entry["student"] for entry in VerdictLog(cohort).entries())


def test_scores_reach_the_gradebook_and_are_the_same_with_one_worker_or_two(
    cohort: Path, hand_in: HandIn
) -> None:
    deserved = {
        "ada": hand_in("ada", "moved_share", "HashRing"),
        "bea": hand_in("bea"),
        "cyd": hand_in("cyd", "moved_share"),
    }
    assert grade(workers=2) == deserved
    assert scores(cohort) == deserved
    assert grade(workers=1, force=True) == deserved


def test_a_second_run_examines_only_what_changed(cohort: Path, hand_in: HandIn) -> None:
    hand_in("ada", "moved_share")
    hand_in("bea")
    grade()
    before = logged(cohort)
    grade()
    assert logged(cohort) == before
    deserved = hand_in("bea", "moved_share")
    assert grade()["bea"] == deserved
    assert logged(cohort) == before + Counter({"bea": CELLS})


def test_what_the_log_holds_is_entered_without_being_examined_again(cohort: Path, hand_in: HandIn) -> None:
    deserved = hand_in("ada", "moved_share", "HashRing")
    grade()
    before = logged(cohort)
    for name in ("gradebook.db", "autograded"):
        subprocess.run(["rm", "-rf", str(cohort / name)], check=True)
    assert grade() == {"ada": deserved}
    assert logged(cohort) == before
    assert scores(cohort) == {"ada": deserved}


def test_one_unreadable_submission_stops_no_other(cohort: Path, hand_in: HandIn) -> None:
    deserved = hand_in("ada", "moved_share")
    folder = cohort / "submitted" / "bea" / DAY.id
    folder.mkdir(parents=True)
    (folder / f"{DAY.slug}.ipynb").write_text("{")
    with open_cohort(DAY, workers=1) as opened:
        found = {each.student: each for each in opened.grade(feedback=False)}
    assert sum(v.score for v in found["ada"].verdicts) == deserved
    assert "not JSON" in found["bea"].problem


def test_a_killed_examiner_is_replaced_and_its_submissions_are_examined_again(
    cohort: Path, hand_in: HandIn
) -> None:
    deserved = {f"s{i}": hand_in(f"s{i}", *["moved_share"][: i % 2]) for i in range(6)}
    with open_cohort(DAY, workers=2) as opened:
        workers = active_children()

        def kill_one(results: Iterator[Graded], total: int) -> Iterator[Graded]:
            for number, each in enumerate(results):
                if number == 0:
                    os.kill(workers[0].pid or 0, signal.SIGKILL)
                yield each

        found = opened.grade(feedback=False, progress=kill_one)
    assert {g.student: sum(v.score for v in g.verdicts) for g in found} == scores(cohort) == deserved
    assert logged(cohort) == Counter(dict.fromkeys(deserved, CELLS))


def test_what_is_replaced_while_it_is_examined_is_not_graded_as_the_new_one(
    cohort: Path, hand_in: HandIn
) -> None:
    hand_in("ada", "moved_share", "HashRing")
    with open_cohort(DAY, workers=1) as opened:
        examine = opened.examine

        def replaced(*them: Any) -> Iterator[Any]:
            for each in examine(*them):
                hand_in("ada", "moved_share")
                yield each

        opened.examine = replaced
        assert "changed while" in opened.grade(feedback=False)[0].problem
    assert (scores(cohort), logged(cohort)) == ({}, {})
    assert grade() == {"ada": 2.0}


def test_a_fault_of_the_day_in_the_rehearsal_stops_no_grading(
    cohort: Path, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    deserved = hand_in("ada", "moved_share")

    def broken(*them: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("autograde.grading.rehearse", broken)
    assert grade(workers=2) == {"ada": deserved}


def test_a_killed_server_is_started_again_and_nothing_is_lost(cohort: Path, hand_in: HandIn) -> None:
    """All examiners share it; each makes one of its own then."""
    deserved = {f"s{i}": hand_in(f"s{i}", *["moved_share"][: i % 2]) for i in range(8)}
    with open_cohort(DAY, workers=2) as opened:
        server = opened.grader._server
        assert server is not None

        def kill_it(results: Iterator[Graded], total: int) -> Iterator[Graded]:
            for number, each in enumerate(results):
                if number == 0:
                    server.process.kill()
                yield each

        found = opened.grade(feedback=False, progress=kill_it)
    assert {g.student: sum(v.score for v in g.verdicts) for g in found} == scores(cohort) == deserved


def test_a_grading_is_in_the_gradebook_whole_or_not_at_all(
    cohort: Path, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    deserved = hand_in("ada", "moved_share")

    def killed(*them: object) -> None:
        raise ConnectionError("the database went away")

    with monkeypatch.context() as patch, open_cohort(DAY, workers=1) as opened:
        patch.setattr("autograde.cohort.enter", killed)
        assert opened.grade(feedback=False)[0].problem.startswith("not entered")
    assert scores(cohort) == {}
    assert grade() == scores(cohort) == {"ada": deserved}
    assert logged(cohort) == {"ada": CELLS}


def test_the_pool_stays_small_and_one_submission_is_quick(cohort: Path, built: Built) -> None:
    """Wide bounds, processor time and shared memory counted in part: this machine may be busy."""
    folder = cohort / "submitted" / "ada" / DAY.id
    folder.mkdir(parents=True)
    (folder / f"{DAY.slug}.ipynb").write_bytes(to_bytes(built.key))
    with open_cohort(DAY, workers=2) as opened:
        assert sum(v.score for v in opened.grade(feedback=False)[0].verdicts) == 14  # the key, its moves too
        assert 0 < memory_of(os.getpid()) < 1.5 * 2**30
    with open_cohort(DAY, workers=1) as opened:
        opened.grade(feedback=False, force=True)
        before = time.process_time()
        opened.grade(feedback=False, force=True)
        assert time.process_time() - before < 2


def test_killed_at_random_moments_it_loses_nothing_and_logs_nothing_twice(
    cohort: Path, hand_in: HandIn
) -> None:
    answers: list[tuple[str, ...]] = [(), ("moved_share",), ("moved_share", "HashRing")]
    deserved = {f"s{i}": hand_in(f"s{i}", *answers[i % 3]) for i in range(9)}
    rng = random.Random(5)
    command = [sys.executable, "-m", "autograde", "grade", DAY.id, "--workers", "2", "--no-feedback"]
    for _ in range(4):
        run = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        until = time.monotonic() + 60
        wanted = rng.randrange(1, 9)
        while run.poll() is None and time.monotonic() < until and _lines(cohort) < CELLS * wanted:
            time.sleep(0.005)
        run.kill()
        run.wait()
    assert grade(workers=2) == deserved
    assert scores(cohort) == deserved
    assert logged(cohort) == Counter(dict.fromkeys(deserved, CELLS))


def _lines(cohort: Path) -> int:
    path = cohort / "verdicts.jsonl"
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def test_nothing_of_a_killed_run_stays_behind(cohort: Path, hand_in: HandIn) -> None:
    for number in range(4):
        hand_in(f"s{number}", "moved_share", "HashRing")
    command = [sys.executable, "-m", "autograde", "grade", DAY.id, "--workers", "2", "--no-feedback"]
    run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while _lines(cohort) < CELLS and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    until = time.monotonic() + 20
    while _of(cohort) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _of(cohort)


def _of(cohort: Path) -> list[str]:
    """Processes that still work for this cohort: their environment names it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f"COURSE_COHORT={cohort}".encode() in environment.split(b"\0"):
                found.append((entry / "cmdline").read_text()[:80])
    return found
