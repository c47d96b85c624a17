"""How many submissions a minute: this grader against stock ``nbgrader autograde``, on the same submissions, in one run.

Stock nbgrader executes the learner's whole notebook in a kernel; ours runs set-up, solutions and the learner's own cells, and
examines across the wall. Neither side writes feedback, neither uses a cache, both start from an empty gradebook.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import nbformat

from course.build.days import make
from course.build.release import to_bytes
from course.seeds import ROOT
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


def benchmark(day: Day, *, submissions: int = 4, runs: int = 3, workers: int = 2) -> dict[str, object]:
    """Measure both sides ``runs`` times on ``submissions`` submissions; prints as it goes, the last line is the ratio."""
    print(
        f"machine   {_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    )
    print(
        f"task      {day.id}: {submissions} submissions (answer keys, each with a comment of its own), {runs} runs, {workers} workers"
    )
    stock, ours = Side("stock nbgrader autograde", []), Side("autograde grade", [])
    for number in range(runs):
        for side in (stock, ours):
            with _cohort(day, submissions) as cohort:
                side.seconds.append(_timed(side is stock, day, cohort, workers) / submissions)
                print(f"run {number + 1}     {side.name}: {side.seconds[-1]:.2f} s a submission", flush=True)
    print(stock.line())
    print(ours.line())
    ratio = stock.median / ours.median
    print(f"ratio {ratio:.1f}")
    return {"day": day.id, "submissions": submissions, "runs": runs, "workers": workers, "stock": stock.seconds, "ours": ours.seconds,
            "ratio": round(ratio, 1), "machine": _processor(), "cores": os.cpu_count()}  # fmt: skip


def _timed(stock: bool, day: Day, cohort: Path, workers: int) -> float:
    environment = {
        **os.environ,
        "COURSE_COHORT": str(cohort),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    nbgrader = [str(Path(sys.executable).parent / "nbgrader")]
    subprocess.run(
        [*nbgrader, "generate_assignment", day.id], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    if stock:
        environment["COURSE_STOCK_EXECUTOR"] = "1"
        command = [*nbgrader, "autograde", day.id]
    else:
        command = [
            sys.executable,
            "-m",
            "autograde",
            "grade",
            day.id,
            "--workers",
            str(workers),
            "--no-feedback",
        ]
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


@contextmanager
def _cohort(day: Day, submissions: int) -> Iterator[Path]:
    """A cohort folder with submissions that differ, so that nothing is graded from what another left."""
    folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
    try:
        for number in range(submissions):
            key = make(day).key
            for cell in key.cells:
                if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
                    cell.source += f"\n# submission {number}"
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
