"""Compute the verdicts of a submission: the examiner. Learner's code never runs in this process."""

import hashlib
import importlib
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from autograde.channel import Gone
from autograde.pool import Candidate, Server, names_of
from autograde.submission import Step, Submission
from course.build.days import Built
from course.build.lesson import Cell, Check
from course.interview.replay import replay_report
from course.report import Claim, Finding, Report
from course.seeds import HIDDEN_SCALE, PUBLIC, hidden_seed
from course.subject import SubjectError

CODE_VERSION = "1"
"""Part of every cache key; raise it when a change here may change a verdict."""


@dataclass(frozen=True)
class Verdict:
    """One graded cell: the merged report, or None with the reason, which scores 0 and needs a person's eyes.

    ``seconds`` is wall time, ``limit`` the limit that was hit ("" for none), ``seed`` the hidden seed.
    """

    grade_id: str
    points: float
    report: Report | None
    reason: str = ""
    limit: str = ""
    seconds: float = 0.0
    seed: int = 0

    @property
    def score(self) -> float:
        return self.report.score if self.report else 0.0

    @property
    def needs_review(self) -> bool:
        return self.report is None

    def as_data(self) -> dict[str, object]:
        """Plain data for a log, or for machines."""
        report = None if self.report is None else self.report.as_data()
        return {"grade_id": self.grade_id, "points": self.points, "score": self.score, "needs_review": self.needs_review,
                "reason": self.reason, "limit": self.limit, "seconds": round(self.seconds, 3), "seed": self.seed, "report": report}  # fmt: skip


def examine(server: Server, built: Built, submission: Submission, epoch: int = 0) -> list[Verdict]:
    """A verdict for each automatically graded cell of the day, in order.

    Every check, public and hidden, meets a fork of the candidate as it was at that cell. A cell that kills or hangs its
    process is replaced by its stub and the run begins again, so it costs its own question.
    """
    run = _Run(server, built, submission)
    try:
        return [run.verdict(cell, epoch) for cell in built.lesson.of("check", "interview")]
    finally:
        run.close()


class _Run:
    """One submission in work: which candidate is alive, and which cells it has run."""

    def __init__(self, server: Server, built: Built, submission: Submission) -> None:
        self.server, self.built, self.submission = server, built, submission
        self.package = f"course.days.{built.lesson.day.package}"
        self.fatal: dict[str, str] = {}
        self.errors: dict[str, str] = {}
        self._stack = ExitStack()
        self._candidate: Candidate | None = None
        self._ran = 0

    def close(self) -> None:
        self._stack.close()
        self._stack = ExitStack()
        self._candidate, self._ran = None, 0

    def verdict(self, cell: Cell, epoch: int) -> Verdict:
        check = self.built.lesson.check(cell)
        started = time.monotonic()
        seed = hidden_seed(check.grade_id, epoch)
        try:
            report, limit = self._report(cell, check, seed)
        except (Gone, SubjectError) as error:
            report, limit = _lost(check, str(error)), str(error)
        except Exception as error:
            reason = f"the check itself failed: {type(error).__name__}: {error}"[:500]
            return Verdict(check.grade_id, check.points, None, reason, "", time.monotonic() - started, seed)
        report = replace(report, points=check.points)
        return Verdict(check.grade_id, check.points, report, "", limit, time.monotonic() - started, seed)

    def _report(self, cell: Cell, check: Check, seed: int) -> tuple[Report, str]:
        upto = self._steps_before(cell)
        if cell.kind == "interview":
            scenario = importlib.import_module(self.package + ".interview").SCENARIO
            return self._examined(
                upto, check, lambda *them: replay_report(scenario, *them, moves=self.submission.moves)
            )
        function = getattr(importlib.import_module(self.package + ".checks"), check.function)
        public, limit = self._examined(upto, check, lambda *them: function(*them, seed=PUBLIC))
        if not any(claim.passed for claim in public.claims):
            return public, limit
        hidden, late = self._examined(
            upto, check, lambda *them: function(*them, seed=seed, scale=HIDDEN_SCALE)
        )
        return public.merged(hidden), limit or late

    def _examined(self, upto: int, check: Check, examine: Callable[..., Report]) -> tuple[Report, str]:
        candidate = self._at(upto)
        with candidate.examined() as channel:
            names, subjects = names_of(channel), []
            for name in check.subjects:
                try:
                    subject = names[name]
                except Gone:
                    self.close()
                    return _lost(check, channel.gone), channel.gone
                except SubjectError:
                    return self._undefined(check, name), ""
                object.__setattr__(subject, "_label", name) if hasattr(type(subject), "_label") else None
                subjects.append(subject)
            report = examine(*subjects)
            gone = channel.gone
        if gone:
            why = self.close_and_say(candidate) or gone
            return report, why
        return report, ""

    def close_and_say(self, candidate: Candidate) -> str:
        """End the candidate, so that nothing hung stays behind; returns the limit that it had hit."""
        why = candidate.end()
        self.close()
        return why

    def _undefined(self, check: Check, name: str) -> Report:
        owner = f"{self.built.lesson.day.id}-{name}-code"
        why = self.fatal.get(owner) or self.errors.get(owner) or "no cell defines it"
        finding = Finding(
            "undefined",
            f"{name} is not defined",
            f"the notebook defines {name}",
            why,
            next="run the notebook from top to bottom",
        )
        return Report(check.function, (Claim(f"{name} is defined", finding=finding),))

    def _steps_before(self, cell: Cell) -> int:
        """How many steps run before a check: all up to the last exercise above it, and the own cells that follow."""
        above = {
            f"{self.built.lesson.day.id}-{self.built.lesson.exercise(other).name}-code"
            for other in self.built.lesson.of("exercise") if other.index < cell.index
        }  # fmt: skip
        later = [
            n for n, step in enumerate(self.submission.steps) if step.solution and step.name not in above
        ]
        return later[0] if later else len(self.submission.steps)

    def _at(self, upto: int) -> Candidate:
        """A candidate that has run the first ``upto`` steps, and no more."""
        for _ in range(2 * len(self.submission.steps) + 2):
            if self._candidate is None or self._ran > upto:
                self.close()
                self._candidate = self._stack.enter_context(self.server.candidate())
            try:
                while self._ran < upto:
                    step = self.submission.steps[self._ran]
                    source = self._source(step)
                    error = self._candidate.run(step.name, source) if source else ""
                    if error:
                        self.errors[step.name] = error
                    self._ran += 1
                return self._candidate
            except Gone as gone:
                self.fatal[self.submission.steps[self._ran].name] = gone.why
                self.close()
        raise Gone("the notebook's cells end their process again and again")

    def _source(self, step: Step) -> str:
        if step.name not in self.fatal:
            return step.source
        stubs = {
            cell.metadata.nbgrader.grade_id: cell.source
            for cell in self.built.released.cells
            if "nbgrader" in cell.metadata
        }
        return str(stubs.get(step.name, ""))


def _lost(check: Check, why: str) -> Report:
    finding = Finding("gone", f"{check.function} got no answer", "an answer within the limits", why)
    return Report(check.function, (Claim("it answers", finding=finding),))


def cache_key(built: Built, submission: Submission, cell: Cell, seed: int, version: str) -> str:
    """Key of a verdict: every executed cell up to the check, the check, seed, scale, code and image version."""
    digest = hashlib.blake2b(digest_size=20)
    for step in submission.steps:
        digest.update(f"{step.name}\0{step.source}\0".encode())
    parts: list[Any] = [built.lesson.check(cell), seed, HIDDEN_SCALE, CODE_VERSION, version]
    if cell.kind == "interview":
        parts.append(submission.moves)
    digest.update(repr(parts).encode())
    return digest.hexdigest()
