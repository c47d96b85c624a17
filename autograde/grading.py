"""Grade what lies in ``submitted/``: read, examine, rebuild, enter, log. One submission's trouble stops no other's."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import nbformat

from autograde.beside import beside
from autograde.copies import COPIED, copied, shapes
from autograde.examine import Verdict, examine, rehearse
from autograde.graded import graded_notebook
from autograde.pool import Server
from autograde.sandbox import DEFAULT_LIMITS, CannotSandbox, Limits
from autograde.submission import MAX_NOTEBOOK, CannotRead, other_notebooks, read_submission
from autograde.verdict_cache import VerdictCache
from autograde.verdict_log import VerdictLog
from course.build.closure import closure, digest
from course.build.days import KEYS, ROOMS, Built, as_written, built, existing_days
from course.build.lesson import Check, read_lesson
from course.checking.report import cut
from course.checking.seeds import ROOT, NoCohortSecret, cohort_folder, hidden_seed
from course.files import write_whole
from course.interview.store import FILE as MOVES
from course.syllabus import Day

UNSAFE = "graded without the sandbox"
"""Flag of everything that was graded with `--no-sandbox`."""
FAILED = "grading this submission failed; nothing is known about its answers"
NOTEBOOK, BESIDE = "notebook.ipynb", "beside/"
"""How the submitted notebook is called among the files that are kept, and how what lies beside it begins."""
STAMP, SECRET = "timestamp.txt", "submission_secret.txt"


class NotReleased(LookupError):
    """The day has no room in the course, so there is nothing to grade."""


@dataclass(frozen=True)
class Graded:
    """What became of one submission.

    ``shapes`` are those of its functions (:mod:`autograde.copies`); ``worked`` the minutes that its time stamps tell.
    """

    student: str
    verdicts: list[Verdict]
    problem: str = ""
    flags: list[str] = field(default_factory=list)
    shapes: dict[str, str] = field(default_factory=dict)
    worked: int | None = None

    def as_data(self) -> dict[str, Any]:
        return {
            "student": self.student,
            "problem": self.problem,
            "flags": self.flags,
            "minutes worked": self.worked,
            "score": sum(verdict.score for verdict in self.verdicts),
            "verdicts": [verdict.as_data() for verdict in self.verdicts],
        }


class Grader:
    """Grades one day. Submissions and graded notebooks lie where `nbgrader_config.py` tells nbgrader that they are."""

    def __init__(
        self,
        day: Day,
        *,
        sandboxed: bool = True,
        limits: Limits = DEFAULT_LIMITS,
        epoch: int = 0,
        seeds: Mapping[str, int] | None = None,
        cached: bool = True,
    ) -> None:
        if day not in existing_days():
            raise NotReleased(f"{day.id} is not in the course yet; `course status` says which days are")
        self.lesson = read_lesson(day, ROOMS / day.package)
        self.day, self.sandboxed, self.limits, self.epoch = day, sandboxed, limits, epoch
        self.seeds = seeds
        self.log = VerdictLog(cohort_folder())
        self.cache = VerdictCache(cohort_folder(), day.id, code_version(day)) if cached else None
        self._server: Server | None = None

    @cached_property
    def built(self) -> Built:
        """The day's two notebooks: the files, or built again where there are none, which takes nbgrader.

        Raises :class:`NotReleased` for files of another lesson: points may differ, and one of the two is wrong.
        """
        found = as_written(self.lesson)
        if found is None and (KEYS / self.day.notebook).is_file():
            raise NotReleased(
                f"solutions/{self.day.notebook} is not what its lesson makes, or has no notebook beside it; `course build` writes both anew"
            )
        return found or built(self.lesson)

    @contextmanager
    def warm(self) -> Iterator["Grader"]:
        """Hold the day's fork server for as long as the block lasts; it gets ready while the caller goes on."""
        self._server = Server(self.lesson, sandboxed=self.sandboxed, limits=self.limits)
        self._server.begin()
        try:
            yield self
        finally:
            self._server.close()
            self._server = None

    def ready(self) -> None:
        """Do now what the first submission would wait for, once for all processes forked from this one: on the key."""
        with suppress(Exception):  # a fault of the day is told with each question that it costs
            rehearse(self.built, read_submission(KEYS / self.day.notebook, self.built), self.drawn_seeds())
        assert self._server is not None
        self._server.ready()

    def students(self) -> list[str]:
        """Who has submitted this day, in order of name."""
        submitted = cohort_folder() / "submitted"
        return sorted(path.parent.name for path in submitted.glob(f"*/{self.day.id}") if path.is_dir())

    def folder(self, student: str) -> Path:
        """Where the submission of ``student`` lies."""
        return cohort_folder() / "submitted" / student / self.day.id

    def submitted(self, student: str) -> Path:
        """The submitted notebook of ``student``; a notebook of another name counts where it is the only one."""
        folder = self.folder(student)
        path = folder / f"{self.day.slug}.ipynb"
        others = sorted(folder.glob("*.ipynb"))
        return others[0] if not path.exists() and len(others) == 1 else path

    def target(self, student: str) -> Path:
        """Where the graded notebook of ``student`` stands."""
        return cohort_folder() / "autograded" / student / self.day.id / f"{self.day.slug}.ipynb"

    def files(self, student: str) -> dict[str, bytes]:
        """What of a submission is graded: the notebook, the moves of the interview, and what lies beside."""
        return files_at(self.submitted(student))

    def run_key(self, files: Mapping[str, bytes]) -> str:
        """What a grading depends on: the submitted ``files``, the seeds, the code, and whether it is sandboxed."""
        parts = sorted((name, hashlib.sha256(data).hexdigest()) for name, data in files.items())
        text = repr((self.day.id, parts, self.epoch, self.sandboxed, code_version(self.day)))
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def examine(self, path: Path, student: str = "", *, fresh: bool = False) -> tuple[Graded, Any]:
        """Verdicts and the graded notebook for the file at ``path``; nothing is entered anywhere.

        A verdict whose every cause was met before comes from the cohort's cache, unless ``fresh``.
        """
        assert self._server is not None, "use `with grader.warm():`"
        notes = [] if self.sandboxed else [UNSAFE]
        try:
            submission = read_submission(path, self.built)
            verdicts = examine(
                self._server, self.built, submission, self.epoch, self.seeds, self.cache, fresh
            )
            found = shapes(self.built.lesson, submission.solutions)
            notebook = graded_notebook(self.built, submission, verdicts)
        except CannotRead as error:
            return self._ungraded(student, str(error), "", notes)
        except (CannotSandbox, NoCohortSecret):
            raise
        except Exception as error:
            return self._ungraded(student, FAILED, cut(f"{type(error).__name__}: {error}"), notes)
        copies = copied(self.built.lesson, found)
        flags = [*notes, *submission.flags, *(name + COPIED for name in copies)]
        return Graded(student, verdicts, "", flags, found, submission.worked), notebook

    def _ungraded(self, student: str, why: str, detail: str, notes: list[str]) -> tuple[Graded, Any]:
        verdicts = [
            Verdict(check.grade_id, check.points, None, why, detail=detail) for check in self.checks()
        ]
        return Graded(student, verdicts, why, notes), graded_notebook(self.built, None, verdicts)

    def write(self, student: str, source: Path, notebook: bytes) -> None:
        """Write the graded notebook into ``autograded/``, whole or not at all, with the submission's time stamp, and with
        the secret under which nbgrader releases its feedback."""
        target = self.target(student)
        folder = target.parent
        write_whole(target, notebook)
        timestamp, _ = submission_time(source)
        if timestamp is not None:
            (folder / STAMP).write_text(f"{timestamp.isoformat(sep=' ')} UTC\n", encoding="utf-8")
        secret = source / SECRET
        if secret.is_file() and not secret.is_symlink() and secret.stat().st_size <= 1000:
            (folder / SECRET).write_bytes(secret.read_bytes())
        else:
            (folder / SECRET).unlink(missing_ok=True)

    def record(self, student: str, path: Path, graded: Graded) -> str:
        """Log the verdicts, and keep what was graded; returns the log's head."""
        files = files_at(path)
        kept = {name: self.log.keep(name, data) for name, data in files.items()}
        run = self.run_key(files)
        return self.log.append(
            [
                {
                    "student": student,
                    "day": self.day.id,
                    "epoch": self.epoch,
                    "run": run,
                    "sandboxed": self.sandboxed,
                    "files": kept,
                    "problem": graded.problem,
                    "flags": graded.flags,
                    "shapes": graded.shapes,
                    "worked": graded.worked,
                    **verdict.as_data(),
                }
                for verdict in graded.verdicts
            ]
        )

    def drawn_seeds(self) -> dict[str, int]:
        """The hidden seed of each check, for an examiner elsewhere, which then needs no secret."""
        if self.seeds is not None:
            return dict(self.seeds)
        return {check.grade_id: hidden_seed(check.grade_id, self.epoch) for check in self.checks()}

    def checks(self) -> list[Check]:
        """What is graded automatically, in order."""
        return [self.built.lesson.check(cell) for cell in self.built.lesson.of("check", "interview")]


def submission_time(folder: Path) -> tuple[datetime | None, str]:
    """When a submission was handed in (UTC, none where nothing says so), and what is wrong with its time stamp."""
    from nbgrader.utils import parse_utc

    path = folder / STAMP
    try:
        if not path.is_file() or path.is_symlink():
            return None, ""
        with path.open("rb") as file:
            text = file.read(100).decode().strip()
        found = parse_utc(text) if text else None
        return (found if isinstance(found, datetime) else None), ""
    except Exception as error:  # dateutil raises more than its documentation says
        return (
            None,
            f"its time stamp cannot be read, so it counts as handed in on time ({type(error).__name__})",
        )


def files_at(path: Path) -> dict[str, bytes]:
    """What of the submission at ``path`` decides its grade, by name."""
    found = {}
    others = [(each, BESIDE + each.name) for each in other_notebooks(path)]
    for each, name in ((path, NOTEBOOK), (path.parent / MOVES, MOVES), *others):
        with suppress(OSError):  # what cannot be read gets its verdict, and stops nobody
            if each.is_file() and not each.is_symlink() and each.stat().st_size <= MAX_NOTEBOOK:
                found[name] = each.read_bytes()
    return found | {BESIDE + name: data for name, data in beside(path.parent)[0].items()}


def lay_out(files: Mapping[str, bytes], folder: Path, notebook: str) -> Path:
    """Write what :func:`files_at` gave into ``folder``, the notebook under the name ``notebook``; returns its path."""
    for name, data in files.items():
        path = folder / (notebook if name == NOTEBOOK else name.removeprefix(BESIDE))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / notebook


def spoken_of(graded: Graded, notebook: Any) -> dict[str, str]:
    """The spoken answers of a graded notebook, by grade id; none of a submission that could not be read."""
    cells = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("grade")
    ]
    return {} if graded.problem else {cell.metadata.nbgrader.grade_id: cell.source for cell in cells}


@cache
def code_version(day: Day) -> str:
    """A hash of all that decides verdicts on ``day``: its closure, and the grader."""
    return digest([*closure(day), *sorted((ROOT / "autograde").rglob("*.py"))])[:16]


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


def entered(day: Day) -> set[str]:
    """The students who have a submission of this day in the gradebook."""
    from nbgrader.api import MissingEntry

    try:
        with nbgrader_api().gradebook as gradebook:
            return {each.student.id for each in gradebook.assignment_submissions(day.id)}
    except MissingEntry:
        return set()


def assign_late_penalty(api: Any, gradebook: Any, day: Day, student: str) -> None:
    """nbgrader's own late penalty, by the plug-in that its configuration names."""
    from nbgrader.preprocessors import AssignLatePenalties

    notebook = gradebook.find_submission_notebook(day.slug, day.id, student)
    if gradebook.find_submission(day.id, student).total_seconds_late > 0 or notebook.late_submission_penalty:
        names = {"notebook": day.slug, "assignment": day.id, "student": student}
        resources = {"nbgrader": {**names, "db_url": api.coursedir.db_url}}
        AssignLatePenalties(config=api.config).preprocess(nbformat.v4.new_notebook(), resources)


def head() -> str:
    """The head of the log as it is now: whoever notes it can tell later that no entry was cut off."""
    return VerdictLog(cohort_folder()).head()
