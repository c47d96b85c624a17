"""Grade a whole cohort: a pool of examiners, each with a warm fork server; incremental, and resumable at any moment.

What was graded stands in the log before it is entered anywhere. So a run that was killed goes on from the log: a submission
whose files, seeds and code are those of its last entry is not examined again; if its grade had not reached the gradebook
yet, it is entered from the log. Nothing is lost, and nothing is graded or logged twice.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import nbformat

from autograde.examine import Verdict
from autograde.gradebook import ensure_student_and_submission, enter
from autograde.graded import graded_notebook
from autograde.grading import (
    Graded,
    Grader,
    assign_late_penalty,
    ensure_assignment,
    nbgrader_api,
    spoken_of,
    submission_time,
)
from autograde.submission import CannotRead, read_submission
from autograde.workers import warm_context
from course.build.release import to_bytes
from course.report import Claim, Finding, Report, cut
from course.syllabus import Day, find

Progress = Callable[[Iterator[Graded], int], Iterator[Graded]]
"""Wraps the stream of results, whose length is known, to show how far a run is."""


NOT_ENTERED = "not entered into the gradebook"
"""How the problem of a result begins that stands in the log, but has not reached the gradebook."""

Examine = Callable[[Sequence[str]], Iterator["Examined"]]


MAX_BROKEN = 3
"""Examiners that may be killed in one run before it stops."""


@dataclass(frozen=True)
class Examined:
    """What an examiner sends back: the verdicts, the graded notebook, and nothing else."""

    graded: Graded
    notebook: bytes


@dataclass
class Cohort:
    """One day of one cohort, with its examiners held warm. Use it as ``with open_cohort(day) as cohort: cohort.grade()``."""

    api: Any
    grader: Grader
    examine: Examine

    def grade(
        self,
        students: Sequence[str] | None = None,
        *,
        force: bool = False,
        feedback: bool = True,
        progress: Progress = lambda results, total: results,
    ) -> list[Graded]:
        """Grade every submission, or those of ``students``, that was not graded as it stands; ``force`` those too.

        Returns what became of each, in order of name.
        """
        chosen = [name for name in self.grader.students() if students is None or name in students]
        stream = self.stream(chosen, force=force, feedback=feedback, progress=progress)
        return sorted(stream, key=lambda graded: graded.student)

    def stream(
        self,
        students: Sequence[str],
        *,
        force: bool = False,
        feedback: bool = True,
        progress: Progress = lambda results, total: results,
    ) -> Iterator[Graded]:
        """The same for ``students``, begun in their order; each comes as soon as log, gradebook and feedback hold it."""
        grader = self.grader
        logged = {} if force else finished(grader, students)
        todo = [name for name in students if name not in logged]
        with self.api.gradebook as gradebook:
            known = (self._from_log(gradebook, student, graded) for student, graded in logged.items())
            fresh = progress(_settled(self.api, grader, gradebook, self.examine(todo)), len(todo))
            for graded in chain(known, fresh):
                if feedback and graded.verdicts and not self._feedback(graded.student):
                    graded.flags.append("no feedback page was written")
                yield graded

    def _from_log(self, gradebook: Any, student: str, graded: Graded) -> Graded:
        """Enter what the log knows, where it has not reached the gradebook yet."""
        grader = self.grader
        if _entered(grader, gradebook, student, graded):
            return graded
        notebook = _again(grader, student, graded)
        return _entering(self.api, grader, gradebook, graded, notebook)

    def _feedback(self, student: str) -> bool:
        """Write the feedback page, unless it is newer than the grading."""
        day, graded = self.grader.day, self.grader.target(student)
        folder = self.api.coursedir.format_path(self.api.coursedir.feedback_directory, student, day.id)
        page = Path(folder) / f"{day.slug}.html"
        if page.is_file() and graded.is_file() and page.stat().st_mtime_ns > graded.stat().st_mtime_ns:
            return True
        return bool(self.api.generate_feedback(day.id, student)["success"])


@contextmanager
def open_cohort(
    day: Day, *, workers: int = 0, sandboxed: bool = True, epoch: int = 0, scheduler: str = ""
) -> Iterator[Cohort]:
    """``day``'s submissions with ``workers`` examiners side by side (0: one a core), or those of the Dask cluster whose
    ``scheduler`` is given."""
    api = nbgrader_api()
    ensure_assignment(api, day)
    grader = Grader(day, api.coursedir, sandboxed=sandboxed, epoch=epoch)
    with _examiners(grader, workers or os.cpu_count() or 1, scheduler) as examine:
        yield Cohort(api, grader, examine)


def _settled(api: Any, grader: Grader, gradebook: Any, examined: Iterator[Examined]) -> Iterator[Graded]:
    """Log, write and enter each result as it arrives; one that cannot be entered says so and stops no other."""
    for each in examined:
        graded = each.graded
        notebook = nbformat.reads(each.notebook.decode(), as_version=4)
        _, problem = submission_time(grader.folder(graded.student))
        if problem:
            graded.flags.append(problem)
        grader.record(graded.student, grader.submitted(graded.student), graded)
        yield _entering(api, grader, gradebook, graded, notebook)


def _entering(api: Any, grader: Grader, gradebook: Any, graded: Graded, notebook: Any) -> Graded:
    """Write and enter one result; where that fails, the result says so."""
    try:
        _enter(api, grader, gradebook, graded.student, graded, notebook)
        return graded
    except Exception as error:
        gradebook.db.rollback()
        why = cut(f"{NOT_ENTERED}: {type(error).__name__}: {error}")
        return Graded(graded.student, graded.verdicts, why, graded.flags)


def _enter(api: Any, grader: Grader, gradebook: Any, student: str, graded: Graded, notebook: Any) -> None:
    folder = grader.folder(student)
    grader.write(student, folder, notebook)
    timestamp, _ = submission_time(folder)
    ensure_student_and_submission(gradebook, grader.day.id, student, timestamp)
    enter(gradebook, grader.built, student, graded.verdicts, spoken_of(graded, notebook))
    assign_late_penalty(api, gradebook, grader.day, student)


# ── what the log already knows ──────────────────────────────────────────────────────────────────────────


def finished(grader: Grader, students: Sequence[str]) -> dict[str, Graded]:
    """The submissions among ``students`` whose last grading was of exactly these files, seeds and code, from the log."""
    latest: dict[str, dict[str, dict[str, Any]]] = {}
    wanted = set(students)
    for entry in grader.log.entries():
        if entry["day"] == grader.day.id and entry["student"] in wanted:
            known = latest.setdefault(entry["student"], {})
            if known and next(iter(known.values()))["run"] != entry["run"]:
                known.clear()
            known[entry["grade_id"]] = entry
    expected = {check.grade_id for check in grader.checks()}
    found = {}
    for student, entries in latest.items():
        first = next(iter(entries.values()))
        same = first["run"] == grader.run_key(grader.files(student))
        if same and set(entries) == expected:
            verdicts = [verdict_of(entries[check.grade_id]) for check in grader.checks()]
            found[student] = Graded(student, verdicts, first["problem"], list(first["flags"]))
    return found


def verdict_of(entry: dict[str, Any]) -> Verdict:
    """A verdict as the log holds it."""
    data = entry["report"]
    report = None
    if data is not None:
        claims = tuple(
            Claim(
                each["name"],
                each["weight"],
                None if each["finding"] is None else Finding(**each["finding"]),
                hidden=each["hidden"],
            )
            for each in data["claims"]
        )
        report = Report(data["check"], claims, data["points"], whole=True)
    return Verdict(
        entry["grade_id"],
        entry["points"],
        report,
        entry["reason"],
        entry["limit"],
        entry["seconds"],
        entry["seed"],
    )


def _entered(grader: Grader, gradebook: Any, student: str, graded: Graded) -> bool:
    """Whether gradebook and ``autograded/`` hold this grading already."""
    from nbgrader.api import MissingEntry

    try:
        notebook = gradebook.find_submission_notebook(grader.day.slug, grader.day.id, student)
    except MissingEntry:
        return False
    scores = {grade.name: grade.auto_score for grade in notebook.grades}
    return grader.target(student).is_file() and all(
        scores.get(v.grade_id) == v.score for v in graded.verdicts
    )


def _again(grader: Grader, student: str, graded: Graded) -> Any:
    """The graded notebook of a submission whose verdicts are known."""
    try:
        submission = read_submission(grader.submitted(student), grader.built)
    except CannotRead:
        submission = None
    return graded_notebook(grader.built, submission, graded.verdicts)


# ── examiners ───────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _examiners(grader: Grader, workers: int, scheduler: str) -> Iterator[Examine]:
    """A function from students to results, in the order in which they are done."""
    if scheduler:
        from autograde.cluster import examiners_of_cluster

        with examiners_of_cluster(grader, scheduler) as over_there:
            yield over_there
    elif workers == 1:
        with grader.warm():
            yield lambda students: (_examined(grader, name, grader.submitted(name)) for name in students)
    else:
        pool = _Pool(grader, workers)
        try:
            yield pool.examine
        finally:
            pool.close()


class _Pool:
    """Examiners in processes of their own. One that is killed is replaced, and what it had in hand is examined again."""

    def __init__(self, grader: Grader, workers: int) -> None:
        self._grader, self._workers, self._broken = grader, workers, 0
        self._start()

    def _start(self) -> None:
        grader = self._grader
        setting = (grader.day.id, grader.sandboxed, grader.epoch, grader.limits, grader.drawn_seeds())
        self._pool = ProcessPoolExecutor(self._workers, warm_context(), _start, setting)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def examine(self, students: Sequence[str]) -> Iterator[Examined]:
        """Few at a time are under way, so that memory does not grow with the cohort."""
        todo = deque(students)
        running: dict[Future[Examined], str] = {}
        while todo or running:
            try:
                while todo and len(running) < 2 * self._workers:
                    running[self._pool.submit(_examine, todo[0], self._grader.submitted(todo[0]))] = todo[0]
                    todo.popleft()
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for each in done:
                    examined = each.result()
                    del running[each]
                    yield examined
            except BrokenProcessPool:
                self._broken += 1
                if self._broken > MAX_BROKEN:
                    raise
                todo.extendleft(reversed(running.values()))
                running.clear()
                self.close()
                self._start()


_worker: Grader
_open = ExitStack()


def _start(day: str, sandboxed: bool, epoch: int, limits: Any, seeds: Mapping[str, int]) -> None:
    """Make this process an examiner with a warm server; it ends with the process that wanted it."""
    global _worker
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = Grader(find(day), None, sandboxed=sandboxed, epoch=epoch, limits=limits, seeds=seeds)
    _open.enter_context(_worker.warm())


def _end_with_parent() -> None:
    wanted_by = parent_process()
    assert wanted_by is not None
    wanted_by.join()
    os._exit(1)


def _examine(student: str, path: Path) -> Examined:
    return _examined(_worker, student, path)


def _examined(grader: Grader, student: str, path: Path) -> Examined:
    graded, notebook = grader.examine(path, student)
    return Examined(graded, to_bytes(notebook))
