"""What a check says: claims, each with a finding or none. Standard library only.

A :class:`Report` is shared by the learner's kernel, the gates and the grader. In a kernel it shows itself as a
card; where nbgrader executes it (``NBGRADER_EXECUTION`` is set) its plain text is the score, which nbgrader reads
as partial credit.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

LIMIT = 500
"""Characters of learner's text that a finding keeps."""

NOT_WRITTEN = "not-written"
"""Kind of the finding for a function whose body is still the stub."""


def cut(text: object, limit: int = LIMIT) -> str:
    """``text`` as one string of at most ``limit`` characters, marked where it was cut; lone surrogates, which no file can
    hold, as question marks."""
    whole = str(text)
    if not whole.isascii():
        whole = whole.encode("utf-8", "replace").decode()
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"


@dataclass(frozen=True)
class Finding:
    """One way in which an answer fails: the smallest case that shows it, and one next step.

    ``kind`` is a slug (``no-wrap-around``); ``likely`` stands only where the check can tell the cause. Texts are
    data: they are cut at :data:`LIMIT` characters here and escaped where they are shown; what stands between backquotes
    in ``case``, ``likely`` and ``next`` is code. ``secret`` says whether :meth:`Report.redacted` takes the texts away.
    """

    kind: str
    case: str
    expected: str = ""
    got: str = ""
    likely: str = ""
    next: str = ""
    secret: bool = True

    def __post_init__(self) -> None:
        for name in ("kind", "case", "expected", "got", "likely", "next"):
            object.__setattr__(self, name, cut(getattr(self, name)))

    def rows(self) -> list[tuple[str, str]]:
        """The labelled lines under the case, empty ones left out."""
        rows = [("expected", self.expected), ("got", self.got), ("likely", self.likely), ("try", self.next)]
        return [(label, text) for label, text in rows if text]

    def text(self) -> str:
        """The finding as a card's plain text."""
        lines = [self.case]
        for label, text in self.rows():
            first, *rest = text.splitlines() or [""]
            lines.append(f"  {label:<9} {first}")
            lines += [" " * 12 + line for line in rest]
        return "\n".join(lines)


@dataclass(frozen=True)
class Claim:
    """One property that a right answer has. ``finding`` is None where it holds.

    ``hint`` may be shown for a hidden claim; the finding may not. ``hidden`` marks a finding from the hidden half.
    """

    name: str
    weight: float = 1.0
    finding: Finding | None = None
    hint: str = ""
    hidden: bool = False

    @property
    def passed(self) -> bool:
        return self.finding is None


@dataclass(frozen=True)
class Report:
    """The verdict of one check: its claims in order, the first failing one being the one to mend.

    ``points`` is what the check is worth (0 where it is not graded). ``printed`` is what the learner's code wrote
    while it was checked; ``crossings`` counts messages between check and answer (see :mod:`course.checking.subject`). ``whole``
    marks a verdict that no hidden half will follow: it is merged in, or there is none. ``place`` is where the reference
    stands, shown once everything passes.
    """

    check: str
    claims: tuple[Claim, ...]
    points: float = 0.0
    printed: str = ""
    crossings: int = 0
    place: str = ""
    whole: bool = False

    @property
    def passed(self) -> bool:
        return bool(self.claims) and all(claim.passed for claim in self.claims)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(claim.finding for claim in self.claims if claim.finding)

    @property
    def first(self) -> Finding | None:
        """The finding to mend first."""
        return next(iter(self.findings), None)

    @property
    def score(self) -> float:
        """Points × weight passed / weight, rounded to 2, within [0, points]; an unwritten function makes it 0."""
        whole = sum(claim.weight for claim in self.claims)
        if whole <= 0 or any(finding.kind == NOT_WRITTEN for finding in self.findings):
            return 0.0
        share = sum(claim.weight for claim in self.claims if claim.passed) / whole
        return min(max(round(self.points * share, 2), 0.0), self.points)

    def merged(self, hidden: "Report") -> "Report":
        """Claim by claim with the hidden half: both must pass. A hidden finding is kept only redacted."""
        confirmed = {claim.name: claim for claim in hidden.claims}
        claims = []
        for claim in self.claims:
            other = confirmed.pop(claim.name, None)
            if claim.passed and other is None:
                missing = Finding("no-verdict", "the hidden half gave no verdict on this claim")
                claim = replace(claim, finding=missing, hidden=True)
            elif claim.passed and other is not None and other.finding:
                claim = replace(_redacted(other), hidden=True)
            claims.append(claim)
        claims += [replace(_redacted(claim), hidden=True) for claim in confirmed.values()]
        return replace(self, claims=tuple(claims), crossings=self.crossings + hidden.crossings, whole=True)

    def redacted(self) -> "Report":
        """Claims, kinds and hints alone: the form that results take in a graded notebook or in feedback."""
        return replace(self, claims=tuple(_redacted(claim) for claim in self.claims), printed="")

    def as_data(self) -> dict[str, object]:
        """Plain data for a log or for JSON."""
        claims = []
        for claim in self.claims:
            found = None if claim.finding is None else vars(claim.finding)
            claims.append(
                {
                    "name": claim.name,
                    "weight": claim.weight,
                    "passed": claim.passed,
                    "hidden": claim.hidden,
                    "hint": claim.hint,
                    "finding": found,
                }
            )
        return {"check": self.check, "points": self.points, "score": self.score, "claims": claims}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Report":
        """The report whose :meth:`as_data` this is."""
        claims = []
        for each in data["claims"]:
            finding = None if each["finding"] is None else Finding(**each["finding"])
            claims.append(
                Claim(each["name"], each["weight"], finding, each.get("hint", ""), hidden=each["hidden"])
            )
        return cls(data["check"], tuple(claims), data["points"], whole=True)

    def text(self) -> str:
        """The card as plain text: the first finding in full, then every claim, then the tally."""
        lines = []
        if self.first:
            lines += [self.first.text(), ""]
        lines += [
            f"  [{'pass' if claim.passed else 'open'}] {claim.name}{_suffix(claim)}" for claim in self.claims
        ]
        if self.printed:
            lines += ["", "  your code printed: " + self.printed]
        return "\n".join([*lines, "  " + self._tally()])

    def html(self) -> str:
        """The card as HTML. States stand in words and in shape, not in colour alone."""
        state = "passed" if self.passed else "open"
        parts = [
            f'<div class="course-card course-{state}"><div class="course-title">{escape(self.check)}</div>'
        ]
        if self.first:
            rows = "".join(
                f'<tr><th scope="row">{label}</th><td>{_value(label, text)}</td></tr>'
                for label, text in self.first.rows()
            )
            parts.append(f'<div class="course-case">{_coded(self.first.case)}</div><table>{rows}</table>')
        parts.append("<ul>")
        for claim in self.claims:
            mark = "✓ pass" if claim.passed else "○ open"
            parts.append(f"<li><b>{mark}</b> {_coded(claim.name + _suffix(claim))}</li>")
        parts.append("</ul>")
        if self.printed:
            parts.append(
                f'<div class="course-printed">your code printed: <code>{escape(self.printed)}</code></div>'
            )
        return "".join([*parts, f'<div class="course-tally">{escape(self._tally())}</div></div>', STYLE])

    def _tally(self) -> str:
        done = sum(claim.passed for claim in self.claims)
        parts = [f"{done} of {len(self.claims)} {'' if self.whole else 'public '}checks pass"]
        if self.points:
            most = "" if self.whole or not self.score else "up to "
            parts.append(f"{most}{self.score:g} of {self.points:g} points")
        if not self.whole:
            parts.append("hidden checks run when you submit")
        if self.passed and self.place:
            parts.append(f"the reference: {self.place}")
        return " · ".join(parts)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        if "NBGRADER_EXECUTION" in os.environ:
            return {"text/plain": f"{self.score:g}", "text/html": self.redacted().html()}
        return {"text/plain": self.text(), "text/html": self.html()}

    def __repr__(self) -> str:
        return self._repr_mimebundle_()["text/plain"]


def _suffix(claim: Claim) -> str:
    if claim.passed:
        return ""
    where = " (only in the hidden half)" if claim.hidden else ""
    return where + (f" — {claim.hint}" if claim.hint and claim.hidden else "")


def _value(label: str, text: str) -> str:
    """A row of a card as HTML: what is expected and what came are values, the rest is prose."""
    return f"<code>{escape(text)}</code>" if label in ("expected", "got") else _coded(text)


def _coded(text: str) -> str:
    """Prose as HTML, with what stands between backquotes as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text))


def _redacted(claim: Claim) -> Claim:
    if claim.finding is None or not claim.finding.secret:
        return claim
    return replace(claim, finding=Finding(claim.finding.kind, case=claim.name, next=claim.hint))


def not_written(names: Sequence[str]) -> Finding:
    """The finding for functions whose bodies are still the stub: no secret, and the most useful word of feedback."""
    first = names[0]
    more = f" (nor {', '.join(names[1:])})" if len(names) > 1 else ""
    return Finding(
        NOT_WRITTEN,
        f"{first} is not written yet{more}",
        next="write its body, run the cell, check again",
        secret=False,
    )


STYLE = """<style>
.course-card{font-family:var(--jp-ui-font-family,sans-serif);border:1px solid #8888;border-left:6px solid #555;
border-radius:4px;padding:.6em 1em;margin:.4em 0;max-width:60em}
.course-card.course-passed{border-left-style:double;border-left-color:#1b7f4d}
.course-card.course-open{border-left-style:dashed;border-left-color:#b35900}
.course-title,.course-case,.course-card code{font-family:var(--jp-code-font-family,monospace)}
.course-card code{font-size:1em;color:inherit;white-space:pre-wrap;padding:0 .2em;background:#8883;border-radius:3px}
.course-title{font-weight:700}.course-case{margin:.4em 0;white-space:pre-wrap;overflow-wrap:anywhere}
.course-card table{margin:0;border-collapse:collapse}
.course-card th{text-align:left!important;vertical-align:top;padding:.1em 1em .1em 0!important;font-weight:600}
.course-card td{text-align:left!important;white-space:pre-wrap;overflow-wrap:anywhere;padding:.1em 0!important}
.course-card tr{background:none!important}
.course-card ul{list-style:none;margin:.5em 0!important;padding:0!important}
.course-printed,.course-tally{margin-top:.3em}
</style>"""
