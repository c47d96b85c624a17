"""What the gates have heard of a day is kept for its files as they are, and compared by what is the same on both sides."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from course.build import told
from course.checking.report import Claim, Finding, Report
from course.checking.seen import Cost
from course.syllabus import find

DAY = find(4)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(told, "FOLDER", tmp_path)
    return tmp_path


def test_it_is_kept_until_a_file_of_the_day_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: told.Told = {"the key": {"check_ring": {"score": 0.0}}}
    assert told.kept(DAY) is None
    told.keep(DAY, said)
    assert told.kept(DAY) == said
    with monkeypatch.context() as patch:
        patch.setattr(told, "digest", lambda files: "of other files")
        assert told.kept(DAY) is None
    (folder / f"{DAY.id}.json").write_text("{")
    assert told.kept(DAY) is None


def report(line: int, seconds: float, likely: str) -> Report:
    got = f"in place, line {line} of your cell\nno answer after {seconds:g} seconds of computing"
    return Report("check_ring", (Claim("it ends", finding=Finding("broke", "place(1)", "2", got, likely)),))


def test_line_numbers_and_limits_are_left_out_and_the_likely_cause_stands_by_itself() -> None:
    one, other = (told.comparable(report(*each)) for each in ((3, 1.0, "no end"), (40, 5.0, "")))
    assert (one.pop("likely"), other.pop("likely")) == ("no end", "")
    assert one == other
    assert "no end" not in str(one)


def heard(*values: Any) -> str:
    plan: Any = SimpleNamespace(expected=[[("work", Cost(1.0, 1.5)), ("names", {"b", "a"})]])
    return told.heard(plan, [list(zip(("work", "names"), values, strict=True))])


def test_all_that_was_seen_counts_and_a_cost_only_for_being_right() -> None:
    assert heard(Cost(1.0, 1.5), {"a", "b"}) == heard(Cost(1.2, 1.5), {"b", "a"})
    assert heard(Cost(1.0, 1.5), {"a"}) != heard(Cost(1.9, 1.5), {"a"})
    assert heard(Cost(1.0, 1.5), {"a"}) != heard(Cost(1.0, 1.5), {"b"})
