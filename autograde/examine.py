"""Compute the verdicts of a submission: the examiner. Learner's code never runs in this process."""

import hashlib
import importlib
import platform
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, cast

from autograde.cell_names import may_disturb, touched
from autograde.channel import Gone
from autograde.moves import judged
from autograde.pool import Candidate, Server, named
from autograde.sandbox import CannotSandbox
from autograde.submission import OWN, Step, Submission
from autograde.verdict_cache import VerdictCache
from course.build.days import Built
from course.build.lesson import Cell, Check
from course.checking.errors import SubjectError
from course.checking.port import MAX_SECONDS
from course.checking.report import Claim, Finding, Report, cut
from course.checking.seeds import HIDDEN_SCALE, PUBLIC, hidden_seed

MAX_LOST = 5
"""Own cells that may end their process before all of them are left out."""
OWN_SHARE = 4
"""The part of a submission's time, one in so many, after which the learner's own cells are left out: they are no answers."""
AGAIN = 10.0
"""Seconds for all questions of a submission that are asked again without its other cells."""
UNDEFINED = "undefined"
"""Kind of the finding where no cell defines what a check is about."""
CHECK_FAILED = "the check itself failed; the fault is not necessarily in the answer"
"""Why a cell has no verdict after an error in the examiner."""


@dataclass(frozen=True)
class Verdict:
    """One graded cell: the merged report, or None, which scores 0. With a ``reason`` it needs a person's eyes.

    ``detail`` says more, for the instructor alone: it may quote hidden data. ``seconds`` is wall time, ``seed`` the hidden
    seed. ``limit`` is the limit that was hit, here or in a cell that ran before ("" for none).
    """

    grade_id: str
    points: float
    report: Report | None
    reason: str = ""
    limit: str = ""
    seconds: float = 0.0
    seed: int = 0
    detail: str = ""

    @property
    def score(self) -> float:
        return self.report.score if self.report else 0.0

    @property
    def needs_review(self) -> bool:
        return bool(self.reason) or self.report is None

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Verdict":
        """The verdict whose :meth:`as_data` this is."""
        report = None if data["report"] is None else Report.from_data(data["report"])
        kept = ("reason", "limit", "seconds", "seed", "detail")
        return cls(data["grade_id"], data["points"], report, **{name: data[name] for name in kept})

    def as_data(self) -> dict[str, object]:
        """Plain data for a log, or for machines."""
        report = None if self.report is None else self.report.as_data()
        kept = ("grade_id", "points", "score", "needs_review", "reason", "detail", "limit", "seed")
        return {name: getattr(self, name) for name in kept} | {
            "seconds": round(self.seconds, 3),
            "report": report,
        }


def examine(
    server: Server,
    built: Built,
    submission: Submission,
    epoch: int = 0,
    seeds: Mapping[str, int] | None = None,
    cache: VerdictCache | None = None,
    fresh: bool = False,
) -> list[Verdict]:
    """A verdict for each automatically graded cell of the day, in order; from ``cache`` where that has it, unless ``fresh``.

    Every check, public and hidden, meets a fork of the candidate as it was at that cell. A cell that kills or hangs its
    process is replaced by its stub and the run begins again, so it costs its own question.
    """
    run = _Run(server, built, submission, cache, fresh)
    try:
        for cell in (*built.lesson.of("check"), *built.lesson.of("interview")):
            run.verdict(cell, epoch, seeds)
        return [run.verdicts[cell.index] for cell in built.lesson.of("check", "interview")]
    finally:
        run.close()


class _Run:
    """One submission in work: which candidate is alive, and which cells it has run."""

    def __init__(
        self, server: Server, built: Built, submission: Submission, cache: VerdictCache | None, fresh: bool
    ) -> None:
        self.server, self.built, self.submission = server, built, submission
        self.cache, self.fresh, self.again = cache, fresh, AGAIN
        self.package = f"course.days.{built.lesson.day.package}"
        self.deadline = time.monotonic() + server.limits.submission
        self.for_own = server.limits.submission / OWN_SHARE
        self.fatal: dict[str, str] = {}
        self.errors: dict[str, str] = {}
        self.left_out: frozenset[str] = frozenset()
        self.verdicts: dict[int, Verdict] = {}
        self._stack = ExitStack()
        self._candidate: Candidate | None = None
        self._ran = 0
        cells = [cell for cell in built.released.cells if "nbgrader" in cell.metadata]
        self._order = [cell.metadata.nbgrader.grade_id for cell in cells]
        self._stubs = {cell.metadata.nbgrader.grade_id: cell.source for cell in cells}

    def close(self) -> None:
        self._stack.close()
        self._stack = ExitStack()
        self._candidate, self._ran = None, 0

    def verdict(self, cell: Cell, epoch: int, seeds: Mapping[str, int] | None = None) -> None:
        """Put the verdict on ``cell`` to the others: that of the cache, or a new one, which the cache then has."""
        check = self.built.lesson.check(cell)
        seed = seeds[check.grade_id] if seeds is not None else hidden_seed(check.grade_id, epoch)
        key = self.cache.key(*self._depends_on(cell, check, seed)) if self.cache else ""
        known = self.cache.get(key) if self.cache and not self.fresh else None
        verdict = self._verdict(cell, check, seed) if known is None else Verdict.from_data(known)
        self.verdicts[cell.index] = verdict
        lasting = verdict.report is not None and not verdict.limit  # no machine, on no day, says otherwise
        if self.cache and known is None and lasting:
            self.cache.put(key, verdict.as_data())

    def _depends_on(self, cell: Cell, check: Check, seed: int) -> tuple[object, ...]:
        """What decides a verdict beside the code: the moves, or every cell that has run by then, seed and scale, and how
        it is run."""
        if cell.kind == "interview":
            return (check.grade_id, self.submission.moves, self.submission.doubt)
        steps = self.submission.steps[: self._steps_before(cell)]
        cells = tuple((step.name, step.source) for step in steps)
        how = (self.server.sandboxed, repr(self.server.limits), sys.version, platform.machine())
        files = [(name, hashlib.sha256(data).hexdigest()) for name, data in self.submission.files.items()]
        return (check.grade_id, cells, files, self.submission.doubt, seed, HIDDEN_SCALE, *how)

    def _verdict(self, cell: Cell, check: Check, seed: int) -> Verdict:
        started = time.monotonic()
        try:
            if cell.kind == "interview":
                report, limit = on_reference(self.built, check, self.submission)
            else:
                report, limit = self._fair_report(cell, check, seed)
        except CannotSandbox:
            raise
        except Exception as error:
            detail = cut(f"{type(error).__name__}: {error}")
            seconds = time.monotonic() - started
            return Verdict(check.grade_id, check.points, None, CHECK_FAILED, "", seconds, seed, detail)
        report = replace(report, points=check.points)
        if not limit and _slow(report):
            limit = f"more than {MAX_SECONDS:g} s of computing in one call"
        doubt = self.submission.doubt if report.score < check.points else ""
        return Verdict(check.grade_id, check.points, report, doubt, limit, time.monotonic() - started, seed)

    def _fair_report(self, cell: Cell, check: Check, seed: int) -> tuple[Report, str]:
        """The report with all cells, or with this question's cells alone, if that is better: what another question, or
        a cell of the learner's own, left behind must not cost this one."""
        own = {f"{self.built.lesson.day.id}-{name}-code" for name in check.subjects}
        report, limit, trouble = self._any_report(cell, check, seed)
        lost = bool(limit or own & self.fatal.keys() or [f for f in report.findings if f.kind == UNDEFINED])
        limit = limit or self._limit_before(cell)
        if not report.passed and (lost or not _slow(report)) and (others := self._suspects(own)):
            alone = self._alone(cell, check, seed, others)
            if replace(alone, points=1.0).score > replace(report, points=1.0).score:
                return alone, limit
        if trouble is not None:
            raise trouble
        return report, limit

    def _alone(self, cell: Cell, check: Check, seed: int, others: frozenset[str]) -> Report:
        """The report without the steps ``others``, within what is left of :data:`AGAIN`."""
        started, before, deadline = time.monotonic(), self.fatal, self.deadline
        self.fatal, self.left_out, self.deadline = {}, others, min(deadline, started + self.again)
        self.close()
        try:
            return self._any_report(cell, check, seed)[0]
        finally:
            self.fatal, self.left_out, self.deadline = before, frozenset(), deadline
            self.again -= time.monotonic() - started
            self.close()

    def _limit_before(self, cell: Cell) -> str:
        """What ended a cell that ran before ``cell``, and so touched its verdict."""
        if self.for_own <= 0:
            return f"more than {self.server.limits.submission / OWN_SHARE:g} s in cells of the learner's own"
        before = [step.name for step in self.submission.steps[: self._steps_before(cell)]]
        return next((f"{self.fatal[name]}, in the cell {name}" for name in before if name in self.fatal), "")

    def _suspects(self, own: set[str]) -> frozenset[str]:
        """Every step but ``own``, if one of them may have changed what those do; none otherwise."""
        text = "\n".join(step.source for step in self.submission.steps if step.name in own)
        others = [step for step in self.submission.steps if step.name not in own]
        suspected = any(may_disturb(step.source, text) for step in others)
        return frozenset(step.name for step in others) if suspected else frozenset()

    def _any_report(self, cell: Cell, check: Check, seed: int) -> tuple[Report, str, Exception | None]:
        """The report, the limit that was hit, and what the check itself raised."""
        try:
            return *self._report(cell, check, seed), None
        except CannotSandbox:
            raise
        except SubjectError as error:
            why = error.why if isinstance(error, Gone) else str(error)
            return _lost(check, why), why, None
        except Exception as error:
            return Report(check.function, ()), "", error

    def _report(self, cell: Cell, check: Check, seed: int) -> tuple[Report, str]:
        upto = self._steps_before(cell)
        function = getattr(importlib.import_module(self.package + ".checks"), check.function)

        def hidden(*them: object) -> Report:
            return cast(Report, function(*them, seed=seed, scale=HIDDEN_SCALE))

        report, limit = self._examined(upto, check, lambda *them: function(*them, seed=PUBLIC), hidden)
        if not limit or not any(claim.passed for claim in report.claims):
            return report, limit
        again, late = self._examined(upto, check, hidden)  # what ended the first half may not meet the second
        return report.merged(again), limit or late

    def _examined(
        self,
        upto: int,
        check: Check,
        examine: Callable[..., Report],
        then: Callable[..., Report] | None = None,
    ) -> tuple[Report, str]:
        """What ``examine``, and ``then`` where something passed, say of a fork; and the limit that ended the fork."""
        candidate = self._at(upto)
        with candidate.examined(self._left()) as channel:
            subjects = []
            for name in check.subjects:
                try:
                    subjects.append(named(channel, name))
                except Gone:
                    limit = self._end(candidate) or channel.gone
                    return _lost(check, limit), limit
                except SubjectError:
                    return self._undefined(check, name), ""
            report = examine(*subjects)
            if not channel.gone and then is not None and any(claim.passed for claim in report.claims):
                report = report.merged(then(*subjects))
            gone = channel.gone
        return report, (self._end(candidate) or gone) if gone else ""

    def _end(self, candidate: Candidate) -> str:
        """End the candidate, so that nothing hung stays behind; returns the limit that it had passed."""
        why = candidate.end()
        self.close()
        return why

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Gone(f"the submission took more than {self.server.limits.submission:g} s in all")
        return left

    def _undefined(self, check: Check, name: str) -> Report:
        owner = f"{self.built.lesson.day.id}-{name}-code"
        why = self.fatal.get(owner) or self.errors.get(owner) or "no cell defines it"
        finding = Finding(
            UNDEFINED,
            f"{name} is not defined",
            f"the notebook defines {name}",
            why,
            next="run the notebook from top to bottom",
        )
        return Report(check.function, (Claim(f"{name} is defined", finding=finding),))

    def _steps_before(self, cell: Cell) -> int:
        """How many steps run before a check: all up to the last exercise above it, and the own cells that follow, but
        for those below the check that give a name of it another meaning: the check has run by then."""
        lesson, steps = self.built.lesson, self.submission.steps
        above = {
            f"{lesson.day.id}-{lesson.exercise(other).name}-code"
            for other in lesson.of("exercise")
            if other.index < cell.index
        }
        check = lesson.check(cell)
        place = self._order.index(check.grade_id) + 1
        for number, step in enumerate(steps):
            if step.solution and step.name not in above:
                return number
            if not step.solution and step.place >= place and touched(step.source) & set(check.subjects):
                return number
        return len(steps)

    def _at(self, upto: int) -> Candidate:
        """A candidate that has run the first ``upto`` steps, and no more."""
        while True:
            if self._candidate is None or self._ran > upto:
                self.close()
                self._candidate = self._stack.enter_context(self.server.candidate())
                self._candidate.put(self.submission.files)
            try:
                while self._ran < upto:
                    step = self.submission.steps[self._ran]
                    source = self._source(step)
                    started = time.monotonic()
                    error = self._candidate.run(step.name, source, self._left()) if source else ""
                    if not step.solution:
                        self.for_own -= time.monotonic() - started
                    if error:
                        self.errors[step.name] = error
                    self._ran += 1
                return self._candidate
            except Gone as gone:
                self._left()
                if self.submission.steps[self._ran].name in self.fatal:
                    raise  # the stub does not end its process: something that ran before does
                self.fatal[self.submission.steps[self._ran].name] = gone.why
                self.close()

    def _source(self, step: Step) -> str:
        """What to run for a step: the stub where it, or too much of the learner's own code, ended the process before."""
        lost = [name for name in self.fatal if name.startswith(OWN)]
        too_much = not step.solution and (len(lost) >= MAX_LOST or self.for_own <= 0)
        if step.name not in self.fatal | dict.fromkeys(self.left_out) and not too_much:
            return step.source
        return str(self._stubs.get(step.name, ""))


def _slow(report: Report) -> bool:
    """Whether the answer's own loop took too long somewhere."""
    return any("TookTooLong" in found.got for found in report.findings)


def rehearse(built: Built, submission: Submission, seeds: Mapping[str, int]) -> None:
    """Do once what all submissions have in common: measure the moves of ``submission`` on the reference, and ask the
    reference what is right in each check."""
    for cell in built.lesson.of("interview"):
        on_reference(built, built.lesson.check(cell), submission)
    checks = importlib.import_module(f"course.days.{built.lesson.day.package}.checks")
    for check in built.lesson.checks:
        plan = getattr(checks, check.function).plan
        plan(PUBLIC, 1.0)
        plan(seeds[check.grade_id], HIDDEN_SCALE)


def reference_of(built: Built) -> dict[str, object]:
    """The library's own object for each exercise of a day."""
    return {
        each.name: getattr(importlib.import_module(each.module), each.name) for each in built.lesson.exercises
    }


def on_reference(built: Built, check: Check, submission: Submission) -> tuple[Report, str]:
    """The moves of a submission, judged on the reference; and the limit that was hit."""
    scenario = importlib.import_module(f"course.days.{built.lesson.day.package}.interview").SCENARIO
    reference = reference_of(built)
    return judged(scenario, [reference[name] for name in check.subjects], submission.moves)


def _lost(check: Check, why: str) -> Report:
    finding = Finding("gone", f"{check.function} got no answer", "an answer within the limits", why)
    return Report(check.function, (Claim("it answers", finding=finding),))
