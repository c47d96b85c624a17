"""How many submissions a minute: this grader against stock ``nbgrader autograde``, on the same submissions, in one run.

Stock nbgrader executes the learner's whole notebook in a kernel; ours runs set-up, solutions and the learner's own cells, and
examines across the wall. Neither side writes feedback, neither uses a cache, both start from an empty gradebook, and each
side's time is that of its whole command, from start to end.
"""

import copy
import json
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
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import nbformat

from course.build.days import make
from course.build.notebooks import to_bytes
from course.checking.seeds import ROOT
from course.syllabus import Day


@dataclass(frozen=True)
class Side:
    """One way of grading: seconds a submission in each run."""

    name: str
    seconds: list[float]

    @property
    def median(self) -> float:
        return median(self.seconds)

    def line(self) -> str:
        spread = f"{min(self.seconds):.2f} to {max(self.seconds):.2f}"
        return (
            f"{self.name:<28} {self.median:7.2f} s a submission ({spread}), {60 / self.median:7.1f} a minute"
        )


def benchmark(day: Day, *, submissions: int = 40, runs: int = 3, workers: int = 2) -> dict[str, object]:
    """Measure both sides ``runs`` times on ``submissions`` submissions; prints as it goes, the last line is the ratio.

    The submissions are answer keys, whose play cell also plays the interview to its end.
    """
    print(
        f"machine   {_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"task      {day.id}: {submissions} submissions (answer keys with the interview played, each with a comment of its own), {runs} runs, {workers} workers"
    )
    stock, ours = Side("stock nbgrader autograde", []), Side("autograde grade", [])
    loads, memory = [round(os.getloadavg()[0], 1)], 0
    for number in range(runs):
        for side in (stock, ours):
            with _cohort(day, submissions) as cohort:
                seconds, peak = _timed(side is stock, day, cohort, workers)
            side.seconds.append(round(seconds / submissions, 3))
            memory = max(memory, 0 if side is stock else peak)
            loads.append(round(os.getloadavg()[0], 1))
            print(f"run {number + 1}     {side.name}: {side.seconds[-1]:.2f} s a submission", flush=True)
    with _cohort(day, min(submissions, 8)) as cohort:
        parts, alone = where_time_goes(day, cohort)
    print("where the time goes, in one examiner, medians a submission (and once a run):")
    for name, seconds in parts.items():
        print(f"  {name:<26} {seconds:7.3f} s")
    print(f"one new submission, warm     {alone:7.3f} s from file to gradebook")
    print(f"memory of the pool           {memory / 2**20:7.0f} MiB (proportional set size, highest seen)")
    print(stock.line())
    print(ours.line())
    ratio = stock.median / ours.median
    print(f"ratio {ratio:.1f}")
    return {"day": day.id, "submissions": submissions, "runs": runs, "workers": workers,
            "stock": stock.seconds, "ours": ours.seconds, "ratio": round(ratio, 1), "parts": parts,
            "one, warm": alone, "memory MiB": round(memory / 2**20), "machine": _processor(), "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.release()}", "python": platform.python_version(), "loads": loads}  # fmt: skip


def where_time_goes(day: Day, cohort: Path) -> tuple[dict[str, float], float]:
    """Median seconds of each part of grading the submissions in ``cohort`` one after another in this process; and of all
    parts of one submission."""
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
        laps = _Laps(spent)
        api = nbgrader_api()
        ensure_assignment(api, day)
        laps.start()
        grader = Grader(day)
        assert grader.built
        laps.end("day, built (once)")
        stack.enter_context(grader.warm()).ready()
        laps.end("server, started (once)")
        assert grader._server is not None
        gradebook = stack.enter_context(api.gradebook)
        for student in grader.students():
            cells.clear()
            path = grader.submitted(student)
            laps.start()
            submission = read_submission(path, grader.built)
            laps.end("read")
            verdicts = examine(grader._server, grader.built, submission)
            shapes(grader.built.lesson, submission.solutions)
            whole = laps.end("examine")
            notebook = graded_notebook(grader.built, submission, verdicts)
            grader.write(student, path.parent, to_bytes(notebook))
            laps.end("graded notebook")
            graded = Graded(student, verdicts)
            laps.start()
            grader.record(student, path, graded)
            laps.end("log")
            with one_transaction(gradebook):
                ensure_student_and_submission(gradebook, day.id, student, None)
                enter(gradebook, grader.built, student, verdicts, spoken_of(graded, notebook))
            assign_late_penalty(api, gradebook, day, student)
            laps.end("database")
            interview = sum(v.seconds for v in verdicts if v.grade_id.endswith("-interview"))
            spent["learner's cells"].append(sum(cells))
            spent["interview"].append(interview)
            spent["checks"].append(whole - interview - sum(cells))
            spent["all"].append(sum(spent[name][-1] for name in _PARTS))
    once = {name: round(seconds[0], 3) for name, seconds in spent.items() if name.endswith("(once)")}
    each = {name: round(median(spent[name]), 3) for name in _PARTS if name != "examine"}
    parts = ("learner's cells", "checks", "interview")
    return once | {name: round(median(spent[name]), 3) for name in parts} | each, round(
        median(spent["all"]), 3
    )


_PARTS = ("read", "examine", "graded notebook", "log", "database")


class _Laps:
    def __init__(self, spent: dict[str, list[float]]) -> None:
        self._spent = spent
        self.start()

    def start(self) -> None:
        self._since = time.perf_counter()

    def end(self, name: str) -> float:
        now = time.perf_counter()
        seconds, self._since = now - self._since, now
        self._spent[name].append(seconds)
        return seconds


def _timed(stock: bool, day: Day, cohort: Path, workers: int) -> tuple[float, int]:
    """Seconds of one side's command, and the most memory that its processes took together."""
    environment = {
        **os.environ,
        "COURSE_COHORT": str(cohort),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    environment.pop("COURSE_DB_URL", None)
    nbgrader = [str(Path(sys.executable).parent / "nbgrader")]
    subprocess.run(
        [*nbgrader, "generate_assignment", day.id], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    if stock:
        environment["COURSE_STOCK_EXECUTOR"] = "1"
        command = [*nbgrader, "autograde", day.id]
    else:
        ours = ["grade", day.id, "--workers", str(workers), "--no-feedback", "--force"]
        command = [sys.executable, "-m", "autograde", *ours]
    with (cohort / "said").open("wb") as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
        peak, looked = 0, 0.0
        while process.poll() is None:
            if time.perf_counter() - looked > 1:
                peak, looked = max(peak, memory_of(process.pid)), time.perf_counter()
            time.sleep(0.01)
        seconds = time.perf_counter() - start
    graded = len(list((cohort / "autograded").glob(f"*/{day.id}/*.ipynb")))
    if process.returncode or graded != len(list((cohort / "submitted").iterdir())):
        raise RuntimeError(f"{command} graded {graded}: {(cohort / 'said').read_text()[-2000:]}")
    return seconds, peak


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
    """A cohort folder with submissions that differ, so that nothing is graded from what another left."""
    folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
    built = make(day)
    try:
        for number in range(submissions):
            key = copy.deepcopy(built.key)
            for cell in key.cells:
                if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
                    cell.source = cell.source.rstrip() + f"\n# submission {number}"
            target = folder / "submitted" / f"student-{number:03d}" / day.id
            target.mkdir(parents=True)
            nbformat.validate(key)
            (target / f"{day.slug}.ipynb").write_bytes(to_bytes(key))
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else ():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def save(result: dict[str, object], path: Path) -> None:
    """Write a result as JSON."""
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
