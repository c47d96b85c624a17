"""A graded cell: the visible half, the hidden half, the card. A second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from learner_room import CHECKS, RING

from course.checking.report import Claim, Finding, Report
from course.checking.seeds import HIDDEN_SCALE, PUBLIC, hidden_seed, make_secret
from course.notebook import confirm, graded, progress


def check_seeds(Ring: Any, *, seed: int = PUBLIC, scale: float = 1) -> Report:
    """Passes at the public seed; another size or seed is named in a finding."""
    public = (seed, scale) == (PUBLIC, 1)
    finding = None if public else Finding("hidden", f"seed {seed} at {scale}", got="secret data")
    return Report("check_seeds", (Claim("the public seed", finding=finding, hint="look at larger rings"),))


@pytest.fixture
def cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_COHORT", str(tmp_path / "cohort"))
    make_secret()


def test_a_check_is_worth_its_points_and_is_logged(work: Path, define: Callable[[str, str], Any]) -> None:
    report = graded("day04-ring", check_seeds, define(RING, "HashRing"), points=4)
    assert (report.points, report.score, report.place) == (4, 4, "course/systems/cluster/ring.py")
    assert [(a.check, a.passed, a.score) for a in progress.attempts()] == [("day04-ring", True, 4)]
    assert "the reference: course/systems/cluster/ring.py" in report.text()


@pytest.mark.parametrize("variable", ["NBGRADER_EXECUTION", "COURSE_GATE"])
def test_nothing_is_logged_where_no_learner_works(
    variable: str, work: Path, define: Callable[[str, str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "autograde")
    assert graded("day04-ring", check_seeds, define(RING, "HashRing"), points=4).score == 4
    assert not (work / ".course").exists()


def test_the_hidden_half_runs_at_the_cohorts_seed_and_size(
    work: Path, cohort: None, define: Callable[[str, str], Any]
) -> None:
    seen: list[tuple[int, float]] = []

    def check(Ring: Any, *, seed: int = PUBLIC, scale: float = 1) -> Report:
        seen.append((seed, scale))
        return Report("check", (Claim("holds"),))

    ring = define(RING, "HashRing")
    verdict = confirm(graded("day04-ring", check, ring, points=4), "day04-ring", check, ring)
    assert seen == [(PUBLIC, 1), (hidden_seed("day04-ring"), HIDDEN_SCALE)]
    assert verdict.score == 4
    assert len(progress.attempts()) == 1


def test_a_hidden_finding_keeps_its_data_to_itself(
    work: Path, cohort: None, define: Callable[[str, str], Any]
) -> None:
    ring = define(RING, "HashRing")
    verdict = confirm(graded("day04-ring", check_seeds, ring, points=4), "day04-ring", check_seeds, ring)
    assert verdict.score == 0
    assert "secret data" not in verdict.text() + verdict.html()
    assert "look at larger rings" in verdict.text()


def test_without_a_cohort_nothing_scores_and_the_card_says_what_to_do(
    work: Path, define: Callable[[str, str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_COHORT", str(tmp_path / "none"))
    ring = define(RING, "HashRing")
    verdict = confirm(graded("day04-ring", check_seeds, ring, points=4), "day04-ring", check_seeds, ring)
    assert verdict.score == 0
    assert {finding.kind for finding in verdict.findings} == {"no-verdict"}
    for card in (verdict.text(), verdict.html(), verdict.redacted().html()):
        assert "run any nbgrader command" in card
        assert str(tmp_path) not in card


def test_under_nbgrader_the_plain_text_is_the_score(
    work: Path, define: Callable[[str, str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert repr(graded("day04-ring", check_seeds, define(RING, "HashRing"), points=2.5)) == "2.5"


HOSTILE = """class HashRing:
    def __init__(self): self.points = []
    def add(self, node): print("<img src=x onerror=alert(1)>")
    def lookup(self, key): raise ValueError("<script>alert(document.cookie)</script>")
"""


def test_a_card_shows_the_learners_text_as_text(work: Path, define: Callable[[str, str], Any]) -> None:
    check: Callable[..., Report] = define(CHECKS, "check_ring")
    card = graded("day04-ring", check, define(HOSTILE, "HashRing"), points=4).html()
    assert "<script" not in card
    assert "<img" not in card
    assert "&lt;script&gt;alert(document.cookie)&lt;/script&gt;" in card
    assert "&lt;img src=x onerror=alert(1)&gt;" in card
