"""The instructor's report: right figures, learner's text as data."""

import csv
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cohort_room import DAY

from autograde.cohort import open_cohort
from autograde.instructor_report import cohort_report, correlation, page, write_csv
from autograde.submission import minutes_worked


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


def test_it_tells_who_is_alike_and_how_long_they_worked(
    cohort: Path, hand_in: Callable[..., float], tmp_path: Path
) -> None:
    for name in ("ada", "bea", "cyd", "dan"):
        hand_in(name, "moved_share", "HashRing")
    for name, minutes in (("ada", (0, 9, 14)), ("bea", (0, 5, 95, 100))):
        path = cohort / "submitted" / name / DAY.id / f"{DAY.slug}.ipynb"
        notebook = json.loads(path.read_text())
        for cell in notebook["cells"]:
            text = "".join(cell["source"]).replace("total = moved = 0.0", "moved = total = 0.0")
            cell["source"] = text.replace("self.weights[node] = weight", "self.weights[node] = 1 * weight")
        for cell, minute in zip(notebook["cells"], minutes, strict=False):
            cell["metadata"]["execution"] = {
                "iopub.execute_input": f"2026-11-20T{9 + minute // 60:02}:{minute % 60:02}:00Z"
            }
        path.write_text(json.dumps(notebook))
    with open_cohort(DAY, workers=1) as opened:
        opened.grade(feedback=False)
    found = cohort_report(DAY, cohort)
    assert found.alike == [["ada", "bea"]]
    assert found.worked == {"ada": 14, "bea": 10}
    ring = next(row for row in found.rows if row.grade_id == "day04-ring")
    assert all(share == 1 for _, share in ring.claims)
    interview = next(row for row in found.rows if row.grade_id == "day04-interview")
    assert len(interview.claims) == 6
    html = page(found)
    assert "ada, bea" in html
    write_csv(found, tmp_path / "out.csv")
    lines = {line["student"]: line for line in csv.DictReader((tmp_path / "out.csv").open())}
    assert [lines[name]["alike: group"] for name in ("ada", "bea", "cyd")] == ["1", "1", ""]
    assert lines["ada"]["minutes worked"] == "14"


@pytest.mark.parametrize(
    ("noted", "minutes"),
    [
        ([], None),
        ([{}], None),
        ([{"shell.execute_reply": "2026-01-01T10:00:00"}], None),
        ([{"a": "2026-01-01T10:00:00", "b": "2026-01-01T10:07:00+00:00"}], 7),
        ([{"a": 5, "b": None, "c": "soon"}, "x", 3], None),
        ([{"a": "0001-01-01T00:00:00+14:00", "b": "9999-12-31T23:59:59-14:00"}], None),
        ([{"a": "2026-01-01T10:00:00Z"}, {"a": "2026-01-01T10:19:00Z"}, {"a": "2026-01-01T12:00:00Z"}], 19),
    ],
)
def test_minutes_worked_are_read_from_whatever_a_notebook_says(
    noted: list[object], minutes: int | None
) -> None:
    assert minutes_worked([{"metadata": {"execution": each}} for each in noted]) == minutes


def test_discrimination_is_pearsons_correlation() -> None:
    assert correlation([0, 1, 2, 3], [1, 3, 5, 7]) == pytest.approx(1)
    assert correlation([0, 1, 0, 1], [0, 0, 1, 1]) == pytest.approx(0)
    assert correlation([1, 1, 1], [1, 2, 3]) is None


def test_a_day_without_grades_says_what_to_do(cohort: Path) -> None:
    with pytest.raises(LookupError, match="autograde grade day04"):
        cohort_report(DAY, cohort)


def test_a_trial_student_who_was_removed_is_gone(
    cohort: Path, hand_in: Callable[..., float], monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograde.grading import entered, nbgrader_api

    for name in ("ada", "blank", "answer-key"):
        hand_in(name, "moved_share")
    with open_cohort(DAY, workers=1) as opened:
        opened.grade(feedback=False)
    shutil.rmtree(cohort / "submitted" / "blank")
    assert set(cohort_report(DAY, cohort).scores) == {"ada", "answer-key"}
    with nbgrader_api().gradebook as book:
        book.remove_student("answer-key")
    assert set(cohort_report(DAY, cohort, entered(DAY)).scores) == {"ada"}


def test_names_that_are_no_text_and_control_characters_stop_nothing(
    cohort: Path, hand_in: Callable[..., float], tmp_path: Path
) -> None:
    """Folders that a learner or an unzip tool named: not UTF-8, a colour of the terminal, a comma."""
    deserved = hand_in("Lovelace, Ada", "moved_share")
    for name in (b"caf\xe9", b"red\x1b[31m", b"line\nfeed"):
        folder = Path(os.fsdecode(os.fsencode(cohort / "submitted") + b"/" + name)) / DAY.id
        folder.mkdir(parents=True)
        (folder / f"{DAY.slug}.ipynb").write_text("{}")
    with open_cohort(DAY, workers=1) as opened:
        found = {each.student: each for each in opened.grade(feedback=False)}
    assert sum("not graded" in each.problem for each in found.values()) == 3
    assert sum(v.score for v in found["Lovelace, Ada"].verdicts) == deserved
    report = cohort_report(DAY, cohort)
    odd = replace(report, flags={"caf\udce9": ["red \x1b[31m"]}, scores=report.scores | {"b\udce9": {}})
    (tmp_path / "page.html").write_text(page(odd), encoding="utf-8")
    assert "\x1b" not in (tmp_path / "page.html").read_text()
    write_csv(odd, tmp_path / "out.csv")
    rows = list(csv.reader((tmp_path / "out.csv").open(encoding="utf-8")))
    assert [row[0] for row in rows] == ["student", "Lovelace, Ada", "b\ufffd"]
    assert len({len(row) for row in rows}) == 1
