"""Runs in a fresh interpreter: a notebook top to bottom, the key on a cut tree, the known mistakes.

Each runs in an empty folder named after the day, with a cohort secret of its own, under a limit of time; what happened
comes back as plain data. The child's side is :mod:`course.build.trial_child`.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.build.cut_tree import cut_tree
from course.build.lesson import Lesson
from course.checking.seeds import ROOT
from course.syllabus import Day

MAX_WALL_SECONDS = 60.0
"""Seconds after which a run is ended."""
HIDDEN_SEEDS = 3
"""Hidden seeds under which a key is tried."""
MISTAKE_SECONDS = 1.0
"""Processor seconds for one request to a mistaken answer: long enough to see a loop without an end."""

_CHILD = Path(__file__).with_name("trial_child.py")


@dataclass(frozen=True)
class Verdict:
    """What a report said: the first finding's kind and text are "" where there is none."""

    passed: bool
    score: float
    points: float
    crossings: int
    kind: str
    first: str


@dataclass(frozen=True)
class CellRun:
    """One cell: processor seconds, the error that it raised ("" if none; ``stub`` where a stub did), its report."""

    id: str
    cpu: float
    error: str
    stub: bool
    verdict: Verdict | None


@dataclass(frozen=True)
class NotebookTrial:
    """A notebook's run. ``broken`` says why it did not end, and where; "" if it did. CPU in seconds, memory in MiB."""

    cells: Mapping[str, CellRun]
    cpu: float
    peak: float
    broken: str = ""


@dataclass(frozen=True)
class CheckTrial:
    """One check of the key on the cut tree: the public half, one report a hidden seed, least CPU seconds of those."""

    public: Verdict
    hidden: tuple[Verdict, ...]
    cpu: float


@dataclass(frozen=True)
class KeyTrial:
    """The key's answers on the cut tree. ``scenario`` are the interview engine's complaints about the day's scenario."""

    errors: tuple[str, ...]
    checks: Mapping[str, CheckTrial]
    scenario: tuple[str, ...]
    broken: str = ""


@dataclass(frozen=True)
class MistakeTrial:
    """One mistake: what the check said, or the error that stopped the answer from being defined."""

    verdict: Verdict | None
    error: str


def run_notebook(notebook: Any, day: Day, rooms: Path, *, learner: bool = False) -> NotebookTrial:
    """Run a notebook's code cells in order, in a fresh interpreter, as IPython would."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    named = [(_name(cell, number), cell.source) for number, cell in enumerate(code, start=1)]
    return _run_cells(named, day, rooms, learner=learner)


def run_lesson(lesson: Lesson, rooms: Path) -> NotebookTrial:
    """Run a lesson's code cells in order, as one who opens ``lesson.py`` itself would."""
    code = [cell for cell in lesson.cells if cell.kind not in ("markdown", "spoken")]
    return _run_cells(
        [(f"cell {cell.index}, {cell.title!r}", cell.source) for cell in code], lesson.day, rooms
    )


def _run_cells(
    named: list[tuple[str, str]], day: Day, rooms: Path, *, learner: bool = False
) -> NotebookTrial:
    cells = [{"id": name, "source": source} for name, source in named]
    events, broken = _run({"mode": "notebook", "cells": cells}, day, rooms, learner=learner)
    total = events[-1] if events and "peak" in events[-1] else {"cpu": 0.0, "peak": 0.0}
    return NotebookTrial(_cells(events), total["cpu"], total["peak"], broken)


def run_cut(lesson: Lesson, key: Any, rooms: Path) -> KeyTrial:
    """Define the key's answers on the library with today's holes in it; examine them with the whole library."""
    calls = {kind: [vars(lesson.check(cell)) for cell in lesson.of(kind)] for kind in ("check", "interview")}
    job = {
        "mode": "cut",
        "cells": answers(lesson, key),
        "checks": calls["check"],
        "interviews": calls["interview"],
        "epochs": HIDDEN_SEEDS,
    }
    with tempfile.TemporaryDirectory() as folder:
        tree = cut_tree(lesson, Path(folder) / "cut")
        events, broken = _run(job, lesson.day, rooms, path=tree)
    checks = {
        event["check"]: CheckTrial(
            Verdict(**event["public"]), tuple(Verdict(**one) for one in event["hidden"]), event["cpu"]
        )
        for event in events
        if "check" in event
    }
    scenario = [line for event in events for line in event.get("scenario", [])]
    errors = [cell.error for cell in _cells(events).values() if cell.error]
    return KeyTrial(tuple(errors), checks, tuple(scenario), broken)


def run_mistakes(
    lesson: Lesson, setup: str, mistakes: Sequence[Mapping[str, Any]], rooms: Path
) -> tuple[list[MistakeTrial], str]:
    """Run mistakes (``check``, ``name``, ``subjects`` and ``cells``: the answers' text, one edited); the same order.

    Also returns why the run broke off, or "".
    """
    job = {"mode": "mistakes", "setup": setup, "mistakes": list(mistakes), "seconds": MISTAKE_SECONDS}
    events, broken = _run(job, lesson.day, rooms)
    trials = [
        MistakeTrial(Verdict(**event["report"]) if event["report"] else None, event["error"])
        for event in events
        if "mistake" in event
    ]
    return trials, broken


def answers(lesson: Lesson, key: Any) -> list[dict[str, str]]:
    """The cells of a key that run when grading: the set-up and the solutions."""
    wanted = {
        f"{lesson.day.id}-setup",
        *(f"{lesson.day.id}-{exercise.name}-code" for exercise in lesson.exercises),
    }
    found = []
    for cell in key.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if grade_id in wanted:
            found.append({"id": grade_id, "source": cell.source})
    return found


def _name(cell: Any, number: int) -> str:
    """A cell's grade id, or its place among the code cells and its first line."""
    lines = cell.source.strip().splitlines() or ["empty"]
    return cell.metadata.get("nbgrader", {}).get("grade_id") or f"code cell {number}, {lines[0][:50]!r}"


def _cells(events: list[dict[str, Any]]) -> dict[str, CellRun]:
    return {
        event["end"]: CellRun(
            event["end"],
            event["cpu"],
            event["error"],
            event["stub"],
            Verdict(**event["report"]) if event["report"] else None,
        )
        for event in events
        if "end" in event
    }


def _run(
    job: dict[str, Any], day: Day, rooms: Path, *, path: Path = ROOT, learner: bool = False
) -> tuple[list[dict[str, Any]], str]:
    """Run a job in a child; returns its events and, where it did not end by itself, why and where."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / day.id
        (Path(name) / "cohort").mkdir()
        (Path(name) / "cohort" / "secret").write_text(
            "the gates' own secret, the same every time", encoding="utf-8"
        )
        folder.mkdir()
        events = Path(name) / "events"
        job |= {"events": str(events), "path": str(path), "root": str(ROOT), "rooms": str(rooms),
                "package": f"course.days.{day.package}"}  # fmt: skip
        child = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD)],
            cwd=folder,
            env=_environment(Path(name), learner),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with _ended(child):
            try:
                _, said = child.communicate(json.dumps(job).encode(), timeout=MAX_WALL_SECONDS)
                broken = (
                    ""
                    if child.returncode == 0
                    else _last_line(said) or f"it ended with status {child.returncode}"
                )
            except subprocess.TimeoutExpired:
                broken = f"it was still running after {MAX_WALL_SECONDS:g} s"
        lines = (
            [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
            if events.exists()
            else []
        )
    if broken:
        last = next((event["begin"] for event in reversed(lines) if "begin" in event), "the start")
        broken = f"{broken} (at {last})"
    return lines, broken


@contextlib.contextmanager
def _ended(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever happens, the child and what it started are gone afterwards."""
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _environment(folder: Path, learner: bool) -> dict[str, str]:
    left_out = ("NBGRADER_EXECUTION", "COURSE_GATE", "PYTHONPATH", "MPLBACKEND", "IPYTHONDIR")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    own = {
        "COURSE_COHORT": str(folder / "cohort"),
        "COURSE_STATE": str(folder / "state"),
        "IPYTHONDIR": str(folder / "ipython"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return kept | own | ({} if learner else {"COURSE_GATE": "1"})


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else ""
