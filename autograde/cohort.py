"""Grade a whole cohort: a pool of examiners on one warm fork server; incremental, and resumable at any moment.

What was graded stands in the log before it is entered anywhere. So a run that was killed goes on from the log: a submission
whose files, seeds and code are those of its last entry is not examined again; if its grade had not reached the gradebook
yet, it is entered from the log. Nothing is lost, and nothing is graded or logged twice.
"""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain
from typing import Any

from autograde.examine import Verdict
from autograde.examined import Examine, Examined, examined
from autograde.gradebook import ensure_student_and_submission, enter, one_transaction
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
from autograde.workers import Workers
from course.build.notebooks import to_bytes
from course.checking.report import cut
from course.checking.seeds import cohort_folder, make_secret
from course.files import one_at_a_time
from course.syllabus import Day

Progress = Callable[[Iterator[Graded], int], Iterator[Graded]]
"""Wraps the stream of results, whose length is known, to show how far a run is."""


NOT_ENTERED = "not entered into the gradebook"
"""How the problem of a result begins that has not reached the gradebook."""
CHANGED = f"{NOT_ENTERED}: its files changed while they were examined; run the same command again"
"""The problem of a submission that was replaced meanwhile."""
ODD_NAME = f"{NOT_ENTERED}, not graded: the name of its folder holds what is no printable text; rename it"
"""The problem of a student whose name nbgrader could not keep."""


@dataclass
class Cohort:
    """One day of one cohort, with its examiners held warm. Use it as ``with open_cohort(day) as cohort: cohort.grade()``."""

    grader: Grader
    examine: Examine
    workers: int
    _logged: dict[str, tuple[str, dict[str, int]]] = field(default_factory=dict)
    """Of each student, the latest run in the log, and where its verdicts stand."""

    @cached_property
    def api(self) -> Any:
        """nbgrader's API, with the day entered. Its import takes longer than grading a few submissions."""
        api = nbgrader_api()
        ensure_assignment(api, self.grader.day)
        gc.freeze()  # some hundred modules, which no collection need go through again
        return api

    def grade(
        self,
        students: Sequence[str] | None = None,
        *,
        force: bool = False,
        feedback: bool = True,
        progress: Progress = lambda results, total: results,
    ) -> list[Graded]:
        """Grade every submission, or those of ``students``, that was not graded as it stands; ``force`` those too,
        and without the cache.

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
        """The same for ``students``, begun in their order; each comes as soon as log, gradebook and feedback hold it.

        Of several runs over the same day and cohort one waits for the other, and then finds in the log what that has done.
        """
        grader = self.grader
        turn = cohort_folder() / ".grading" / grader.day.id
        turn.mkdir(parents=True, exist_ok=True)
        with one_at_a_time(turn):
            named = [name for name in students if name.isprintable()]
            logged = {} if force else self.finished(named)
            todo = [name for name in named if name not in logged]
            results = self.examine(todo, force)  # begins while nbgrader is imported
            api = self.api
            with self._pages(feedback) as with_page, api.gradebook as gradebook:
                odd = (Graded(name, [], ODD_NAME) for name in students if name not in named)
                known = (self._from_log(gradebook, student, graded) for student, graded in logged.items())
                fresh = progress(_settled(api, grader, gradebook, results), len(todo))
                yield from with_page(chain(odd, known, fresh))

    @contextmanager
    def _pages(self, wanted: bool) -> Iterator[Callable[[Iterator[Graded]], Iterator[Graded]]]:
        """From results to the same results, each once its feedback page is written. The pages are made side by side, by
        processes that have nbgrader imported from here."""
        if not wanted:
            yield lambda results: results
        elif self.workers == 1:
            yield partial(map, self._with_page)
        else:
            pool = Workers(self._with_page, self.workers)
            try:
                yield lambda results: pool.map(((each,) for each in results), beforehand=1, ahead=1)
            finally:
                pool.close()

    def finished(self, students: Sequence[str]) -> dict[str, Graded]:
        """Those of ``students`` whose last grading was of exactly these files, seeds and code, from the log."""
        grader, found = self.grader, {}
        for place, entry in grader.log.follow():
            if entry["day"] == grader.day.id:
                run, places = self._logged.get(entry["student"], ("", {}))
                places = (
                    {**places, entry["grade_id"]: place}
                    if run == entry["run"]
                    else {entry["grade_id"]: place}
                )
                self._logged[entry["student"]] = entry["run"], places
        expected = [check.grade_id for check in grader.checks()]
        for student in students:
            run, places = self._logged.get(student, ("", {}))
            if run and run == grader.run_key(grader.files(student)) and set(places) == set(expected):
                entries = [grader.log.at(places[grade_id]) for grade_id in expected]
                verdicts = [Verdict.from_data(entry) for entry in entries]
                found[student] = Graded(
                    student,
                    verdicts,
                    entries[0]["problem"],
                    list(entries[0]["flags"]),
                    entries[0].get("shapes", {}),
                    entries[0].get("worked"),
                )
        return found

    def _from_log(self, gradebook: Any, student: str, graded: Graded) -> Graded:
        """Enter what the log knows, where it has not reached the gradebook yet."""
        grader = self.grader
        if _entered(grader, gradebook, student, graded):
            assign_late_penalty(self.api, gradebook, grader.day, student)  # which is a transaction of its own
            return graded
        return _entering(self.api, grader, gradebook, _again(grader, graded))

    def _with_page(self, graded: Graded) -> Graded:
        """Write the feedback page, unless it is newer than the grading."""
        day, notebook = self.grader.day, self.grader.target(graded.student)
        page = cohort_folder() / "feedback" / graded.student / day.id / f"{day.slug}.html"
        if not graded.verdicts or not notebook.is_file():
            return graded
        if page.is_file() and page.stat().st_mtime_ns > notebook.stat().st_mtime_ns:
            return graded
        if not self.api.generate_feedback(day.id, graded.student)["success"]:
            graded.flags.append("no feedback page was written")
        return graded


@contextmanager
def open_cohort(
    day: Day, *, workers: int = 0, sandboxed: bool = True, epoch: int = 0, scheduler: str = ""
) -> Iterator[Cohort]:
    """``day``'s submissions with ``workers`` examiners side by side (0: one a core), or those of the Dask cluster whose
    ``scheduler`` is given."""
    make_secret()
    with ExitStack() as stack:
        grader = Grader(day, sandboxed=sandboxed, epoch=epoch)
        if not scheduler:
            stack.enter_context(grader.warm()).ready()
        number = workers or os.cpu_count() or 1
        yield Cohort(grader, stack.enter_context(_examiners(grader, number, scheduler)), number)


def _settled(api: Any, grader: Grader, gradebook: Any, results: Iterator[Examined]) -> Iterator[Graded]:
    """Log, write and enter each result as it arrives; one that cannot be entered says so and stops no other."""
    for each in results:
        graded = each.graded
        if each.run != grader.run_key(grader.files(graded.student)):
            yield Graded(graded.student, [], CHANGED)
            continue
        _, problem = submission_time(grader.folder(graded.student))
        if problem:
            graded.flags.append(problem)
        grader.record(graded.student, grader.submitted(graded.student), graded)
        yield _entering(api, grader, gradebook, each)


def _entering(api: Any, grader: Grader, gradebook: Any, result: Examined) -> Graded:
    """Write and enter one result; where that fails, the result says so."""
    graded = result.graded
    try:
        folder = grader.folder(graded.student)
        grader.write(graded.student, folder, result.notebook)
        timestamp, _ = submission_time(folder)
        with one_transaction(gradebook):
            ensure_student_and_submission(gradebook, grader.day.id, graded.student, timestamp)
            enter(gradebook, grader.built, graded.student, graded.verdicts, result.spoken)
        assign_late_penalty(api, gradebook, grader.day, graded.student)
        return graded
    except Exception as error:
        gradebook.db.rollback()
        why = cut(f"{NOT_ENTERED}: {type(error).__name__}: {error}")
        return Graded(graded.student, graded.verdicts, why, graded.flags)


# ── what the log already knows ──────────────────────────────────────────────────────────────────────────


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


def _again(grader: Grader, graded: Graded) -> Examined:
    """The result of a submission whose verdicts are known."""
    try:
        submission = read_submission(grader.submitted(graded.student), grader.built)
    except CannotRead:
        submission = None
    notebook = graded_notebook(grader.built, submission, graded.verdicts)
    run = grader.run_key(grader.files(graded.student))
    return Examined(graded, to_bytes(notebook), spoken_of(graded, notebook), run)


# ── examiners ───────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _examiners(grader: Grader, workers: int, scheduler: str) -> Iterator[Examine]:
    """A function from students to results, in the order in which they are done."""
    if scheduler:
        from autograde.cluster import examiners_of_cluster

        with examiners_of_cluster(grader, scheduler) as over_there:
            yield over_there
    elif workers == 1:
        yield lambda students, fresh: (
            examined(grader, name, grader.submitted(name), fresh) for name in students
        )
    else:
        pool = Workers(partial(examined, grader), workers)
        try:
            yield lambda students, fresh: pool.map((name, grader.submitted(name), fresh) for name in students)
        finally:
            pool.close()
