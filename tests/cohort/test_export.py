"""`nbgrader export`: whatever stands in a name, each value is read again as it is."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from cohort_room import DAY

from autograde.cohort import open_cohort
from autograde.grading import nbgrader_api
from autograde.plugins import QuotedCsv

NAMES = {
    "first_name": 'Ada "the first"',
    "last_name": "Lovelace, Countess of\nLovelace",
    "email": "ada@example.org",
}


@pytest.mark.parametrize("student", ["ada", "Lovelace, Ada"])
def test_a_comma_a_quote_or_a_line_in_a_name_stays_in_its_column(
    student: str, cohort: Path, hand_in: Callable[..., float], tmp_path: Path
) -> None:
    deserved = hand_in(student, "moved_share")
    with open_cohort(DAY, workers=1) as opened:
        opened.grade(feedback=False)
    with nbgrader_api().gradebook as book:
        book.update_or_create_student(student, **NAMES)
        QuotedCsv(to=str(tmp_path / "grades.csv")).export(book)
    with (tmp_path / "grades.csv").open(newline="", encoding="utf-8") as file:
        [row] = [row for row in csv.DictReader(file) if row["assignment"] == DAY.id]
    assert row["student_id"] == student
    assert {name: row[name] for name in NAMES} == NAMES
    assert float(row["raw_score"]) == deserved
