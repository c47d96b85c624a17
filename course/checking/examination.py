"""How a check is written: claims that run, each giving a finding or none, gathered into a report.

::

    @examine
    def check_ring(exam, Ring, *, seed, scale):
        @exam.claim("every key has an owner", likely={"IndexError": "no wrap-around: …"})
        def _():
            ring = Ring()
            ...
            return Finding("no-wrap-around", case=..., expected=..., got=...)  # or None

The result, ``check_ring(Ring, *, seed=PUBLIC, scale=1) -> Report``, takes the learner's object or a
:class:`~course.checking.subject.Subject`. Every claim runs; claims stand from most specific to most general, so that the first
finding names the mistake.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from course.checking.errors import LimitReached, NotPlain, SubjectError
from course.checking.plain import short
from course.checking.port import subjects
from course.checking.report import NOT_WRITTEN, Claim, Finding, Report, cut, not_written
from course.checking.seeds import PUBLIC
from course.checking.subject import Subject

BLOCKED = "blocked"
"""Kind of the finding of a claim that was not tried because one that it needs does not hold."""

ClaimBody = Callable[[], Finding | None]


class Examination:
    """One run of a check on its subjects; collects claims."""

    def __init__(self, check: str, subjects: tuple[Subject, ...]) -> None:
        self.check = check
        self.subjects = subjects
        self.claims: list[Claim] = []
        self._ports = list(
            {id(target._port): target._port for target in subjects if type(target) is Subject}.values()
        )
        self._before = [(port.crossings, len(port.printed)) for port in self._ports]
        self.unwritten = [name for target in subjects for name in _stubs(target)]

    def claim(
        self,
        name: str,
        *,
        weight: float = 1.0,
        hint: str = "",
        likely: Mapping[str, str] | None = None,
        needs: str = "",
    ) -> Callable[[ClaimBody], None]:
        """Run the decorated function at once as claim ``name``.

        ``hint`` is what a learner may read when only the hidden half fails. ``likely`` maps the name of an error that
        the learner's code may raise to its likely cause. A claim that ``needs`` another is not tried, and open, until
        that one holds.
        """

        def run(function: ClaimBody) -> None:
            finding = self._blocked(needs) or self._finding(function, likely or {})
            self.claims.append(Claim(name, weight, finding, hint))

        return run

    def holds(self, name: str) -> bool:
        """Whether the claim ``name``, made before, has passed."""
        return next(claim for claim in self.claims if claim.name == name).passed

    def _blocked(self, needs: str) -> Finding | None:
        return (
            Finding(BLOCKED, f"not tried before “{needs}” holds") if needs and not self.holds(needs) else None
        )

    def _finding(self, function: ClaimBody, likely: Mapping[str, str]) -> Finding | None:
        if self.unwritten:
            return not_written(self.unwritten)
        try:
            return function()
        except NotPlain as error:
            kind, cause = "wrong-type", likely.get("TypeError", "")
            return Finding(kind, error.call or "the result", error.wanted, error.got, cause)
        except SubjectError as error:
            if error.unwritten:
                self.unwritten = [error.function]
                return not_written(self.unwritten)
            cause = next((likely[name] for name in error.names if name in likely), "")
            return Finding("raised", error.call or "a call", "no error", error.describe(), cause)

    def report(self) -> Report:
        """The report, with what the subjects printed and how many messages were needed."""
        claims = self.claims
        if self.unwritten:
            claims = [Claim(c.name, c.weight, not_written(self.unwritten), c.hint) for c in claims]
        since = list(zip(self._ports, self._before, strict=True))
        printed = "".join(port.printed[length:] for port, (_, length) in since)
        crossings = sum(port.crossings - number for port, (number, _) in since)
        return Report(self.check, tuple(claims), printed=cut(printed), crossings=crossings)


def _stubs(target: Subject) -> list[str]:
    names = target._port.ask("stubs", target._id)
    return [cut(name, 120) for name in names if type(name) is str]


def examine(body: Callable[..., None]) -> Callable[..., Report]:
    """Make a check out of ``body(exam, *subjects, seed, scale)``; see the module's docstring."""

    @functools.wraps(body)
    def check(*objects: Any, seed: int = PUBLIC, scale: float = 1.0) -> Report:
        exam = Examination(body.__name__, subjects(*objects))
        body(exam, *exam.subjects, seed=seed, scale=scale)
        return exam.report()

    return check


def expect_error(
    name: str, call: Callable[[], object], case: str, *, kind: str = "", likely: str = ""
) -> Finding | None:
    """None where ``call`` raises an error with a class called ``name`` in its MRO, else the finding.

    The class is compared by name, so a learner who defines an error of that name again is right too.
    """
    try:
        result = call()
    except SubjectError as error:
        if error.unwritten or isinstance(error, LimitReached):
            raise
        if name in error.names:
            return None
        got, likely = error.describe(), ""
    else:
        got = f"no error; it returned {short(result)}"
    return Finding(kind or f"no-{name}", case, f"raises {name}", got, likely)


__all__ = ["NOT_WRITTEN", "Examination", "Finding", "Report", "examine", "expect_error"]
