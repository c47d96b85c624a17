"""Runs in a fresh interpreter: a notebook top to bottom, the key on a cut tree, the known mistakes.

Each runs in an empty folder named after the day, with a cohort secret of its own, under limits of time; what happened
comes back as plain data. The runs of a day are forks of one child, :mod:`course.build.trial_child`, that has imported
what no run may change.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from course.build.cut_tree import cut_tree
from course.build.lesson import SECTIONS, Lesson
from course.checking.seeds import ROOT
from course.syllabus import Day

MAX_WALL_SECONDS = 300.0
MAX_CPU_SECONDS = 60.0
"""Seconds, and processor seconds, after which a run is ended; a key that runs within another has half of the first."""
HIDDEN_SEEDS = 3
"""Hidden seeds under which a key is tried, and those that know nothing."""
MISTAKE_SECONDS = 1.0
"""Processor seconds for one request to a mistaken answer: long enough to see a loop without an end."""

_CHILD = Path(__file__).with_name("trial_child.py")
_HEAVY = ("numpy", "matplotlib.pyplot", "matplotlib_inline.backend_inline")
"""Packages that a run finds imported, unless its imports are to be measured."""
_LEFT_OUT = ("NBGRADER_EXECUTION", "COURSE_GATE", "PYTHONPATH", "MPLBACKEND", "IPYTHONDIR")


@dataclass(frozen=True)
class Summary:
    """A report in short: the first finding's kind, likely cause and text are "" where there is none; the whole card."""

    passed: bool
    score: float
    points: float
    crossings: int
    kind: str
    likely: str
    first: str
    card: str

    @property
    def line(self) -> str:
        """The first finding on one line."""
        return " · ".join(part.strip() for part in self.first.splitlines())[:300] or "no finding"


@dataclass(frozen=True)
class CellRun:
    """One cell: processor seconds, the error that it raised ("" if none; ``stub`` where a stub did), its report."""

    id: str
    cpu: float
    error: str
    stub: bool
    verdict: Summary | None


@dataclass(frozen=True)
class NotebookTrial:
    """A notebook's run. ``broken`` says why it did not end, and where; "" if it did. CPU in seconds, memory in MiB."""

    cells: Mapping[str, CellRun]
    cpu: float
    peak: float
    broken: str = ""


@dataclass(frozen=True)
class CheckTrial:
    """One check of the key on the cut tree: the public half, one report a hidden seed, least CPU seconds of those, the
    hint of each claim, and what passes without knowing anything."""

    public: Summary
    hidden: tuple[Summary, ...]
    cpu: float
    hints: Mapping[str, str]
    ignorant: tuple[str, ...]


@dataclass(frozen=True)
class KeyTrial:
    """The key's answers on the cut tree. ``scenario`` are the interview engine's complaints about the day's scenario."""

    errors: tuple[str, ...]
    checks: Mapping[str, CheckTrial]
    scenario: tuple[str, ...]
    broken: str = ""


@dataclass(frozen=True)
class MistakeTrial:
    """One mistake: what each check said (by its name and half), and what is compared of it (by its name, see
    :mod:`course.build.told`); what the losing side of a decision ``pays`` (the round that it fails), the processor seconds
    that naming took, and the error that stopped the answer from being defined."""

    reports: Mapping[str, Summary]
    told: Mapping[str, Any]
    pays: str
    naming: float
    error: str


class Trials:
    """The runs of one day. Use it as a context: its child is gone afterwards, with whatever that started."""

    def __init__(self, day: Day, rooms: Path) -> None:
        self.day, self.rooms = day, rooms
        self._child: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def __enter__(self) -> "Trials":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            self._child.terminate()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                assert pipe is not None
                pipe.close()
        if self._folder is not None:
            self._folder.cleanup()

    def setup(self, lesson: Lesson, key: Any) -> NotebookTrial:
        """Run the set-up cell of a key, with everything still to be imported that no run before has imported."""
        return self._cells(answers(lesson, key)[:1], given=())

    def notebooks(self, key: Any, released: Any) -> tuple[NotebookTrial, NotebookTrial]:
        """Run the code cells of the key, and of the released notebook, as IPython would; what stands in both before the
        first exercise is run once."""
        cells = _code(released)
        twin = self._placed({"cells": _code(key), "wall": MAX_WALL_SECONDS / 2})
        shared = next((place for place, cell in enumerate(cells) if cell["id"].endswith("-code")), 0)
        job = {"mode": "both", "cells": cells, "shared": shared, "key": twin}
        events, broken = self._run(job, learner=True)
        ended = [event["key"] for event in events if "key" in event]
        lines, why = _heard(twin, ended[0]) if ended else (events, broken)
        return _notebook_trial(lines, why), _notebook_trial(events, broken)

    def lesson(self, lesson: Lesson) -> NotebookTrial:
        """Run a lesson's code cells in order, as one who opens ``lesson.py`` itself would."""
        code = [cell for cell in lesson.cells if cell.kind not in ("markdown", "spoken")]
        return self._cells(
            [{"id": f"cell {cell.index}, {cell.title!r}", "source": cell.source} for cell in code]
        )

    def key(self, lesson: Lesson, key: Any) -> KeyTrial:
        """Define the key's answers on the library with today's holes in it; examine them with the whole library, and those
        that know nothing."""
        job = {
            "mode": "cut",
            "cells": answers(lesson, key),
            "checks": [
                vars(check) | {"exercise": vars(exercise) if exercise else None}
                for check, exercise in lesson.checks_of_exercises
            ],
            "interviews": [vars(lesson.check(cell)) for cell in lesson.of("interview")],
            "epochs": HIDDEN_SEEDS,
        }
        with tempfile.TemporaryDirectory() as folder:
            events, broken = self._run(job, path=cut_tree(lesson, Path(folder) / "cut"))
        passing = {event["by_heart"]: tuple(event["found"]) for event in events if "by_heart" in event}
        checks = {
            event["check"]: CheckTrial(
                Summary(**event["public"]),
                tuple(Summary(**one) for one in event["hidden"]),
                event["cpu"],
                event["hints"],
                passing.get(event["check"], ()),
            )
            for event in events
            if "check" in event
        }
        scenario = [line for event in events for line in event.get("scenario", [])]
        errors = [cell.error for cell in _ran(events).values() if cell.error]
        return KeyTrial(tuple(errors), checks, tuple(scenario), broken)

    def mistakes(
        self, lesson: Lesson, key: Any, mistakes: Sequence[Mapping[str, Any]], *, thorough: bool = False
    ) -> tuple[list[MistakeTrial], str]:
        """Run mistakes (``name``, ``cells``: the answers' text, one edited; ``checks``, ``decision``, ``interview``), at
        hidden seeds too if ``thorough``; in their order. Also returns why the run broke off, or ""."""
        setup, *rest = answers(lesson, key)
        breaks = [cell for cell in lesson.of("demo", "predict") if SECTIONS[cell.section - 1] == "Break"]
        job = {
            "mode": "mistakes",
            "setup": setup["source"],
            "key": [cell["source"] for cell in rest],
            "breaks": [cell.source for cell in breaks],
            "mistakes": list(mistakes),
            "seconds": MISTAKE_SECONDS,
            "epochs": HIDDEN_SEEDS,
            "thorough": thorough,
        }
        events, broken = self._run(job)
        trials = [
            MistakeTrial(
                {name: Summary(**report) for name, report in event["reports"].items()},
                event["told"],
                event["pays"],
                event["naming"],
                event["error"],
            )
            for event in events
            if "mistake" in event
        ]
        return trials, broken

    def _cells(self, cells: list[dict[str, str]], *, given: Sequence[str] = _HEAVY) -> NotebookTrial:
        return _notebook_trial(*self._run({"mode": "notebook", "cells": cells}, given=given))

    def _run(
        self,
        job: dict[str, Any],
        *,
        path: Path = ROOT,
        learner: bool = False,
        given: Sequence[str] = _HEAVY,
    ) -> tuple[list[dict[str, Any]], str]:
        """Run a job in a fork of the child; returns its events and, where it did not end by itself, why and where."""
        job = self._placed(job, path=path, learner=learner, given=given)
        return _heard(job, self._asked(job))

    def _placed(
        self,
        job: dict[str, Any],
        *,
        path: Path = ROOT,
        learner: bool = False,
        given: Sequence[str] = _HEAVY,
    ) -> dict[str, Any]:
        """A job with a place of its own, and all that it needs to know."""
        self._folder = self._folder or tempfile.TemporaryDirectory()
        self._count += 1
        place = Path(self._folder.name) / str(self._count)
        (place / "cohort").mkdir(parents=True)
        (place / "cohort" / "secret").write_text(
            "the gates' own secret, the same every time", encoding="utf-8"
        )
        (place / self.day.id).mkdir()
        known = {
            "events": str(place / "events"),
            "said": str(place / "said"),
            "state": str(place / "state"),
            "folder": str(place / self.day.id),
            "path": str(path),
            "root": str(ROOT),
            "rooms": str(self.rooms),
            "package": f"course.days.{self.day.package}",
            "given": list(given),
            "wall": MAX_WALL_SECONDS,
            "cpu": MAX_CPU_SECONDS,
            "environment": {
                "COURSE_COHORT": str(place / "cohort"),
                "COURSE_STATE": str(place / "state"),
                "COURSE_HARVEST": self._folder.name,
                "IPYTHONDIR": str(place / "ipython"),
                **({} if learner else {"COURSE_GATE": "1"}),
            },
        }
        return known | job

    def _asked(self, job: dict[str, Any]) -> str:
        if self._child is None:
            kept = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
            alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
            self._child = subprocess.Popen(
                [sys.executable, "-P", str(_CHILD)],
                env=kept | alone,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(json.dumps(job) + "\n")
            self._child.stdin.flush()
        return str(json.loads(self._child.stdout.readline() or '"the child is gone"'))


def _heard(job: Mapping[str, Any], broken: str) -> tuple[list[dict[str, Any]], str]:
    """The events of a job that is over and, where it did not end by itself, why and where."""
    events, said = Path(job["events"]), Path(job["said"])
    lines = (
        [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
        if events.exists()
        else []
    )
    if broken:
        words = (
            said.read_text(encoding="utf-8", errors="replace").strip().splitlines() if said.exists() else []
        )
        why = words[-1][:300] if words and broken.endswith("status 1") else broken
        last = next((event["begin"] for event in reversed(lines) if "begin" in event), "the start")
        broken = f"{why} (at {last})"
    return lines, broken


def _notebook_trial(events: list[dict[str, Any]], broken: str) -> NotebookTrial:
    total = events[-1] if events and "peak" in events[-1] else {"cpu": 0.0, "peak": 0.0}
    return NotebookTrial(_ran(events), total["cpu"], total["peak"], broken)


def _code(notebook: Any) -> list[dict[str, str]]:
    """The code cells of a notebook."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [{"id": _name(cell, number), "source": cell.source} for number, cell in enumerate(code, start=1)]


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


def _ran(events: list[dict[str, Any]]) -> dict[str, CellRun]:
    return {
        event["end"]: CellRun(
            event["end"],
            event["cpu"],
            event["error"],
            event["stub"],
            Summary(**event["report"]) if event["report"] else None,
        )
        for event in events
        if "end" in event
    }
