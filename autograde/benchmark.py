"""How many submissions a minute: this grader against stock nbgrader, on the same submissions, in one run.

Stock ``nbgrader autograde`` executes the learner's whole notebook in a kernel; ours runs set-up, solutions and the learner's
own cells, and examines across the wall. The class is mixed (:mod:`autograde.mixed_class`). Both sides start from an empty
cohort, ours with an empty cache of verdicts too, and each side's time is that of its whole commands, from start to end: to
the grades, and to the grades and the feedback pages.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

from autograde.mixed_class import KINDS, mixed_class
from course.build.days import make
from course.build.notebooks import to_bytes
from course.checking.seeds import ROOT
from course.syllabus import Day

NBGRADER = str(Path(sys.executable).with_name("nbgrader"))


@dataclass(frozen=True)
class Side:
    """One way of grading: seconds a submission in each run, without and with feedback pages."""

    name: str
    grades: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)


def benchmark(day: Day, *, submissions: int = 40, runs: int = 3, workers: int = 2) -> dict[str, object]:
    """Measure both sides ``runs`` times on a mixed class of ``submissions``; prints as it goes, the last lines are the ratios."""
    machine = {
        "machine": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
    print("machine  ", ", ".join(f"{name} {value}" for name, value in machine.items()), f", load {_load()}")
    print(
        f"task      {day.id}: {submissions} submissions ({', '.join(KINDS)}), {runs} runs, {workers} workers"
    )
    stock, ours = Side("stock nbgrader"), Side("autograde")
    loads, memory = [_load()], [0, 0]
    for run in range(1, runs + 1):
        with _cohort(day, submissions) as cohort:
            autograde = _timed([NBGRADER, "autograde", day.id], day, cohort, stock=True)[0]
            feedback = _timed([NBGRADER, "generate_feedback", day.id], day, cohort, stock=True)[0]
        stock.grades.append(round(autograde / submissions, 4))
        stock.pages.append(round((autograde + feedback) / submissions, 4))
        grade = [sys.executable, "-m", "autograde", "grade", day.id, "--workers", str(workers)]
        for found, command in ((ours.grades, [*grade, "--no-feedback"]), (ours.pages, grade)):
            with _cohort(day, submissions) as cohort:
                seconds, seen = _timed(command, day, cohort)
            found.append(round(seconds / submissions, 4))
            memory = [max(pair) for pair in zip(memory, seen, strict=True)]
        loads.append(_load())
        print(f"run {run}     {_seconds(stock, -1)}; {_seconds(ours, -1)}; load {loads[-1]}", flush=True)
    with _cohort(day, 4 * len(KINDS)) as cohort:
        parts, alone = where_time_goes(day, cohort)
    print("one new submission, warm, from file to gradebook:")
    for kind, seconds in alone.items():
        print(f"  {kind:<24} {seconds:7.3f} s")
    print("where the time goes, in one examiner, medians a submission (and once a run):")
    for name, seconds in parts.items():
        print(f"  {name:<24} {seconds:7.3f} s")
    halves = [round(each / 2**20) for each in memory]
    print(
        f"memory of all processes  {halves[0]} MiB at most in the first half of a run, {halves[1]} in the second"
    )
    result: dict[str, object] = {
        "day": day.id,
        "submissions": submissions,
        "kinds": KINDS,
        "runs": runs,
        "workers": workers,
    }
    for name, theirs, mine in (
        ("grades", stock.grades, ours.grades),
        ("grades and feedback", stock.pages, ours.pages),
    ):
        ratio = round(median(theirs) / median(mine), 1)
        print(f"{name}: stock {_spread(theirs)}; ours {_spread(mine)}; ratio {ratio}")
        result[name] = {"stock": theirs, "ours": mine, "ratio": ratio}
    return result | {"one, warm": alone, "parts": parts, "memory MiB": halves, **machine, "loads": loads}


def _seconds(side: Side, run: int) -> str:
    return f"{side.name} {side.grades[run]:.3f} s, with feedback {side.pages[run]:.3f} s"


def _spread(seconds: list[float]) -> str:
    middle = median(seconds)
    return (
        f"{middle:.3f} s a submission ({min(seconds):.3f} to {max(seconds):.3f}), {60 / middle:.0f} a minute"
    )


def _load() -> float:
    return round(os.getloadavg()[0], 1)


def where_time_goes(day: Day, cohort: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Median seconds of each part of grading the submissions in ``cohort`` one after another in this process; and of all
    parts together by kind of submission."""
    from autograde.copies import shapes
    from autograde.examine import examine
    from autograde.gradebook import ensure_student_and_submission, enter, one_transaction
    from autograde.graded import graded_notebook
    from autograde.grading import (
        Graded,
        Grader,
        assign_late_penalty,
        ensure_assignment,
        nbgrader_api,
        spoken_of,
    )
    from autograde.pool import Candidate
    from autograde.submission import read_submission

    spent: dict[str, list[float]] = defaultdict(list)
    whole: dict[str, list[float]] = defaultdict(list)
    cells: list[float] = []
    run = Candidate.run

    def timed_run(*them: Any, **words: Any) -> str:
        start = time.perf_counter()
        try:
            return run(*them, **words)
        finally:
            cells.append(time.perf_counter() - start)

    with (
        mock.patch.dict(os.environ, COURSE_COHORT=str(cohort)),
        mock.patch.object(Candidate, "run", timed_run),
        ExitStack() as stack,
    ):
        api = nbgrader_api()
        ensure_assignment(api, day)
        laps = _Laps(spent)
        grader = Grader(day)
        stack.enter_context(grader.warm()).ready()
        laps.end("made ready (once)")
        assert grader._server is not None
        gradebook = stack.enter_context(api.gradebook)
        for number, student in enumerate(grader.students()):
            cells.clear()
            path = grader.submitted(student)
            begun = laps.start()
            submission = read_submission(path, grader.built)
            laps.end("read")
            verdicts = examine(grader._server, grader.built, submission)
            shapes(grader.built.lesson, submission.solutions)
            spent["learner's cells"].append(sum(cells))
            spent["checks"].append(laps.lap() - sum(cells))
            notebook = graded_notebook(grader.built, submission, verdicts)
            grader.write(student, path.parent, to_bytes(notebook))
            laps.end("graded notebook")
            graded = Graded(student, verdicts)
            grader.record(student, path, graded)
            laps.end("log")
            with one_transaction(gradebook):
                ensure_student_and_submission(gradebook, day.id, student, None)
                enter(gradebook, grader.built, student, verdicts, spoken_of(graded, notebook))
            assign_late_penalty(api, gradebook, day, student)
            laps.end("database")
            whole[KINDS[number % len(KINDS)]].append(time.perf_counter() - begun)
    return (
        {name: round(median(each), 3) for name, each in spent.items()},
        {kind: round(median(each), 3) for kind, each in whole.items()},
    )


class _Laps:
    def __init__(self, spent: dict[str, list[float]]) -> None:
        self._spent = spent
        self.start()

    def start(self) -> float:
        self._since = time.perf_counter()
        return self._since

    def lap(self) -> float:
        before = self._since
        return self.start() - before

    def end(self, name: str) -> None:
        self._spent[name].append(self.lap())


def _timed(command: list[str], day: Day, cohort: Path, *, stock: bool = False) -> tuple[float, list[int]]:
    """Seconds of a command in ``cohort``, and the most memory that its processes took together in each half of that time."""
    environment = {
        **os.environ,
        "COURSE_COHORT": str(cohort),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    environment.pop("COURSE_DB_URL", None)
    if not (cohort / "gradebook.db").is_file():
        entering = [NBGRADER, "generate_assignment", day.id]
        subprocess.run(entering, cwd=ROOT, env=environment, check=True, capture_output=True)
    if stock:
        environment["COURSE_STOCK_EXECUTOR"] = "1"
    with (cohort / "said").open("wb") as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
        seen, looked = [0], 0.0
        while process.poll() is None:
            if time.perf_counter() - looked > 1:
                seen.append(0 if stock else memory_of(process.pid))
                looked = time.perf_counter()
            time.sleep(0.01)
        seconds = time.perf_counter() - start
    graded = len(list((cohort / "autograded").glob(f"*/{day.id}/*.ipynb")))
    if process.returncode or graded != len(list((cohort / "submitted").iterdir())):
        raise RuntimeError(f"{command} graded {graded}: {(cohort / 'said').read_text()[-2000:]}")
    half = len(seen) // 2
    return seconds, [max(seen[: half + 1]), max(seen[half:])]


def memory_of(ancestor: int) -> int:
    """Bytes of a process and all its descendants, what they share counted once (PSS); 0 where the kernel does not say."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir() if Path("/proc").is_dir() else ():
        try:
            if entry.name.isdigit():
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
    family, total = {ancestor}, 0
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    for pid in family:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += 1024 * int(text.split("Pss:")[1].split()[0])
        except (OSError, IndexError):
            continue
    return total


@contextmanager
def _cohort(day: Day, submissions: int) -> Iterator[Path]:
    """A cohort folder in which a mixed class has handed in."""
    folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
    try:
        for number, (_, notebook) in enumerate(mixed_class(make(day), submissions)):
            target = folder / "submitted" / f"student-{number:03d}" / day.id
            target.mkdir(parents=True)
            (target / f"{day.slug}.ipynb").write_bytes(to_bytes(notebook))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else ():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
