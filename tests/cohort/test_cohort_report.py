"""The instructor's report: right figures, learner's text as data."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from cohort_room import DAY

from autograde.cohort import open_cohort
from autograde.instructor_report import cohort_report, correlation, page, write_csv


def test_it_counts_what_a_cohort_did(cohort: Path, hand_in: Callable[..., float], tmp_path: Path) -> None:
    hand_in("=cmd|'C calc'!A0", "moved_share", "HashRing")
    hand_in("bea")
    hand_in("<script>alert(1)<_script>", "moved_share")
    with open_cohort(DAY, workers=1) as opened:
        opened.grade(feedback=False)
    found = cohort_report(DAY, cohort)
    rows = {row.grade_id: row for row in found.rows}
    assert rows["day04-moved"].difficulty == pytest.approx(2 / 3)
    assert rows["day04-ring"].difficulty == pytest.approx(1 / 3)
    assert rows["day04-moved"].full == 2
    assert any("not written" in words for _, words, _ in found.mistakes)
    html = page(found)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    write_csv(found, tmp_path / "out.csv")
    lines = list(csv.reader((tmp_path / "out.csv").open()))
    assert lines[0][0] == "student"
    assert len(lines) == 4
    assert not any(line[0].startswith("=") for line in lines)


def test_discrimination_is_pearsons_correlation() -> None:
    assert correlation([0, 1, 2, 3], [1, 3, 5, 7]) == pytest.approx(1)
    assert correlation([0, 1, 0, 1], [0, 0, 1, 1]) == pytest.approx(0)
    assert correlation([1, 1, 1], [1, 2, 3]) is None


def test_a_day_without_grades_says_what_to_do(cohort: Path) -> None:
    with pytest.raises(LookupError, match="autograde grade day04"):
        cohort_report(DAY, cohort)
