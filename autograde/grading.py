"""Grade what lies in ``submitted/``: read, examine, rebuild, enter, log. One submission's trouble stops no other's."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from autograde.copies import copied
from autograde.examine import Verdict, examine
from autograde.gradebook import ensure_student_and_submission, enter
from autograde.graded import graded_notebook
from autograde.pool import Server
from autograde.sandbox import DEFAULT_LIMITS, Limits
from autograde.submission import CannotRead, read_submission
from autograde.verdict_log import VerdictLog
from course.build.days import Built, make
from course.build.release import to_bytes
from course.interview.store import FILE as MOVES
from course.seeds import ROOT
from course.syllabus import Day


class NotReleased(LookupError):
    """The day has no room in the course, so there is nothing to grade."""


@dataclass(frozen=True)
class Graded:
    """What became of one submission."""

    student: str
    verdicts: list[Verdict]
    problem: str = ""
    flags: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        return {"student": self.student, "problem": self.problem, "flags": self.flags,
                "score": sum(verdict.score for verdict in self.verdicts),
                "verdicts": [verdict.as_data() for verdict in self.verdicts]}  # fmt: skip


class Grader:
    """Grades one day. ``coursedir`` is nbgrader's :class:`CourseDirectory`, from the repository's configuration."""

    def __init__(
        self,
        day: Day,
        coursedir: Any,
        *,
        sandboxed: bool = True,
        limits: Limits = DEFAULT_LIMITS,
        epoch: int = 0,
    ) -> None:
        self.built: Built = make(day)
        self.day, self.coursedir, self.sandboxed, self.limits, self.epoch = (
            day,
            coursedir,
            sandboxed,
            limits,
            epoch,
        )
        self.log = VerdictLog(cohort_folder())
        self._server: Server | None = None

    @contextmanager
    def warm(self) -> Iterator["Grader"]:
        """Hold the day's fork server for as long as the block lasts."""
        with Server(self.built.lesson, sandboxed=self.sandboxed, limits=self.limits) as server:
            self._server = server
            try:
                yield self
            finally:
                self._server = None

    def students(self) -> list[str]:
        """Who has submitted this day, in order of name."""
        pattern = self.coursedir.format_path(self.coursedir.submitted_directory, "*", self.day.id)
        return sorted(
            path.parent.name for path in Path(pattern).parent.parent.glob(f"*/{self.day.id}") if path.is_dir()
        )

    def submitted(self, student: str) -> Path:
        """The submitted notebook of ``student``; a notebook of another name counts where it is the only one."""
        folder = Path(self.coursedir.format_path(self.coursedir.submitted_directory, student, self.day.id))
        path = folder / f"{self.day.slug}.ipynb"
        others = sorted(folder.glob("*.ipynb"))
        return others[0] if not path.exists() and len(others) == 1 else path

    def examine(self, path: Path, student: str = "") -> tuple[Graded, Any]:
        """Verdicts and the graded notebook for the file at ``path``; nothing is entered anywhere."""
        assert self._server is not None, "use `with grader.warm():`"
        try:
            submission = read_submission(path, self.built)
        except CannotRead as error:
            verdicts = [Verdict(check.grade_id, check.points, None, str(error)) for check in self._checks()]
            return Graded(student, verdicts, str(error)), graded_notebook(self.built, None, verdicts)
        verdicts = examine(self._server, self.built, submission, self.epoch)
        flags = [
            *submission.flags,
            *(
                f"{name} is the reference's, up to names"
                for name in copied(self.built.lesson, submission.solutions)
            ),
        ]
        return Graded(student, verdicts, "", flags), graded_notebook(self.built, submission, verdicts)

    def grade(self, student: str, gradebook: Any) -> Graded:
        """Grade one submission for good: gradebook, ``autograded/`` and the log."""
        path = self.submitted(student)
        graded, notebook = self.examine(path, student)
        ensure_student_and_submission(gradebook, self.day.id, student, self._timestamp(path.parent))
        self.write(student, path.parent, notebook)
        enter(gradebook, self.built, student, graded.verdicts, spoken_of(notebook))
        self.record(student, path, graded)
        return graded

    def write(self, student: str, source: Path, notebook: Any) -> None:
        """Write the graded notebook into ``autograded/``, whole or not at all, with the submission's time stamp."""
        folder = Path(self.coursedir.format_path(self.coursedir.autograded_directory, student, self.day.id))
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{self.day.slug}.ipynb"
        draft = folder / f".{target.name}.{os.getpid()}"
        draft.write_bytes(to_bytes(notebook))
        os.replace(draft, target)
        stamp = source / "timestamp.txt"
        if stamp.is_file() and not stamp.is_symlink():
            shutil.copyfile(stamp, folder / stamp.name)

    def record(self, student: str, path: Path, graded: Graded) -> str:
        """Log the verdicts, and keep what was graded; returns the log's head."""
        kept = {name: self.log.keep(name, data) for name, data in _files(path).items()}
        return self.log.append([
            {"student": student, "day": self.day.id, "epoch": self.epoch, "sandboxed": self.sandboxed, "files": kept,
             "problem": graded.problem, "flags": graded.flags, **verdict.as_data()}
            for verdict in graded.verdicts
        ])  # fmt: skip

    def _checks(self) -> list[Any]:
        return [self.built.lesson.check(cell) for cell in self.built.lesson.of("check", "interview")]

    def _timestamp(self, folder: Path) -> datetime | None:
        found = self.coursedir.get_existing_timestamp(str(folder))
        return found if isinstance(found, datetime) else None


def _files(path: Path) -> dict[str, bytes]:
    found = {}
    for each, name in ((path, "notebook.ipynb"), (path.parent / MOVES, MOVES)):
        if each.is_file() and not each.is_symlink() and each.stat().st_size <= 20 << 20:
            found[name] = each.read_bytes()
    return found


def spoken_of(notebook: Any) -> dict[str, str]:
    """The spoken answers of a graded notebook, by grade id."""
    cells = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade")
    ]
    return {cell.metadata.nbgrader.grade_id: cell.source for cell in cells}


def cohort_folder() -> Path:
    """Where the cohort's files lie."""
    return Path(os.environ.get("COURSE_COHORT", ROOT / "cohort"))


def nbgrader_api() -> Any:
    """nbgrader's API under the repository's configuration, whatever the current folder is."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    loaded = PyFileConfigLoader("nbgrader_config.py", str(ROOT)).load_config()
    return NbGraderAPI(config=Config(loaded))


def ensure_assignment(api: Any, day: Day) -> None:
    """Enter the day into the gradebook where it is missing, as ``nbgrader generate_assignment`` does."""
    from nbgrader.api import MissingEntry

    with api.gradebook as gradebook:
        try:
            notebooks = gradebook.find_assignment(day.id).notebooks
        except MissingEntry:
            notebooks = []
    if not notebooks:
        result = api.generate_assignment(day.id)
        if not result["success"]:
            raise NotReleased(
                f"{day.id} cannot be entered into the gradebook: {result.get('log', '')[-500:]}"
            )


def grade_day(
    day: Day, *, students: list[str] | None = None, sandboxed: bool = True, epoch: int = 0, feedback: bool = True,
    progress: Callable[[list[str]], Any] = iter,
) -> list[Graded]:  # fmt: skip
    """Grade every submission of ``day``, or those of ``students``; returns what became of each."""
    api = nbgrader_api()
    ensure_assignment(api, day)
    grader = Grader(day, api.coursedir, sandboxed=sandboxed, epoch=epoch)
    chosen = [name for name in grader.students() if students is None or name in students]
    results: list[Graded] = []
    if not chosen:
        return results
    with grader.warm(), api.gradebook as gradebook:
        for student in progress(chosen):
            results.append(grader.grade(student, gradebook))
    if feedback:
        for student in chosen:
            api.generate_feedback(day.id, student)
    return results


def dump(results: list[Graded], path: Path) -> None:
    """Write results as JSON, for machines."""
    path.write_text(json.dumps([graded.as_data() for graded in results], indent=1) + "\n", encoding="utf-8")
