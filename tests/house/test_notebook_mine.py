"""`mine`: the learner's own class from an earlier day, where it passed, else the reference. A second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from learner_room import CHECKS, GRADED, RING, code, day_four, write_notebook

from course.notebook import graded, mine
from course.notebook.earlier import NoSuchExercise, _free
from course.systems.cluster.ring import HashRing as Reference

BOUNDED = """# exercise: course.systems.cluster.bounded_loads.bounded_owners
def bounded_owners(nodes):
    ring = HashRing()
    for node in nodes:
        ring.add(node)
    return math.floor(len(ring.points))
"""
BOUNDED_CHECK = 'graded("day04-bounded", check_bounded, bounded_owners, points=2)'


@pytest.fixture
def passed(work: Path, define: Callable[[str, str], Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Day 4 is passed with the text that is saved; the kernel stands in day 5."""
    graded("day04-ring", define(CHECKS, "check_ring"), define(RING, "HashRing"), points=4)
    monkeypatch.chdir(work / "day05")
    return work


def save(work: Path, cells: list[dict[str, Any]]) -> None:
    write_notebook(work / "day04" / "consistent_hashing.ipynb", cells)


def test_what_passed_is_given_and_named(passed: Path, capsys: Any) -> None:
    Ring = mine("day04", "HashRing")
    assert capsys.readouterr().out == "HashRing: your own, from day 4\n"
    ring = Ring()
    ring.add("b")
    assert ring.lookup("x") == "b"
    assert Ring is not Reference


def test_a_text_that_changed_after_it_passed_is_not_given(passed: Path, capsys: Any) -> None:
    save(passed, day_four(RING.replace("bisect_left", "bisect_right")))
    assert mine(4, "HashRing") is Reference
    said = capsys.readouterr().out
    assert said.startswith(
        "HashRing: the reference, since day04-ring has not passed on what is saved in day04/"
    )


def test_blank_lines_at_the_ends_change_nothing(passed: Path) -> None:
    save(passed, day_four("\n" + RING + "\n\n"))
    assert mine("day04", "HashRing") is not Reference


def test_a_failed_check_gives_the_reference(work: Path, define: Callable[[str, str], Any]) -> None:
    broken = RING.replace(" % len(self.points)", "")
    save(work, day_four(broken))
    graded("day04-ring", define(CHECKS, "check_ring"), define(broken, "HashRing"), points=4)
    assert mine("day04", "HashRing") is Reference


def test_every_check_of_the_class_must_have_passed(passed: Path, capsys: Any) -> None:
    save(passed, [*day_four(), code(GRADED.replace("day04-ring", "day04-scale"))])
    assert mine("day04", "HashRing") is Reference
    assert "since day04-scale has not passed" in capsys.readouterr().out


@pytest.mark.parametrize("variable", ["NBGRADER_EXECUTION", "COURSE_GATE"])
def test_a_grader_or_gate_gets_the_reference(
    variable: str, passed: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv(variable, "1")
    assert mine("day04", "HashRing") is Reference
    assert capsys.readouterr().out == ""


def test_no_check_runs(passed: Path) -> None:
    save(passed, [*day_four(), code("raise SystemExit('this cell must not run')")])
    log = (passed / ".course" / "progress.jsonl").read_bytes()
    mine("day04", "HashRing")
    assert (passed / ".course" / "progress.jsonl").read_bytes() == log


def bounded(
    passed: Path, define: Callable[[str, str], Any], *, ring: str = RING, extra: str = "import math"
) -> Any:
    """Day 4 with a second exercise that uses the first, passed as it stands."""
    save(
        passed,
        [
            code(f"import json\n{extra}"),
            *day_four(ring),
            code(BOUNDED, "day04-bounded_owners-code", solution=True),
            code(BOUNDED_CHECK),
        ],
    )
    check = define(
        "from course.checking.report import Claim, Report\n\ndef check(f):\n    return Report('check', (Claim('holds'),))\n",
        "check",
    )
    graded("day04-bounded", check, define(BOUNDED, "bounded_owners"), points=2)
    return mine("day04", "bounded_owners")


def test_an_exercise_brings_the_earlier_one_and_the_imports_it_uses(
    passed: Path, define: Callable[[str, str], Any], capsys: Any
) -> None:
    function = bounded(passed, define)
    assert capsys.readouterr().out == "HashRing: your own, from day 4\nbounded_owners: your own, from day 4\n"
    assert function(["a", "b", "c"]) == 3
    assert function.__globals__["HashRing"] is not Reference
    assert "json" not in function.__globals__


def test_an_earlier_exercise_that_did_not_pass_is_the_reference_underneath(
    passed: Path, define: Callable[[str, str], Any]
) -> None:
    function = bounded(passed, define, ring=RING.replace("bisect_left", "bisect_right"))
    assert function.__globals__["HashRing"] is Reference


def test_a_helper_from_another_cell_is_named(
    passed: Path, define: Callable[[str, str], Any], capsys: Any
) -> None:
    function = bounded(passed, define, extra="class math: floor = int")
    from course.systems.cluster.bounded_loads import bounded_owners

    assert function is bounded_owners
    assert (
        "since it uses math, which its cell does not define; move math into the cell"
        in capsys.readouterr().out
    )


def test_only_names_from_outside_the_cell_count_as_used() -> None:
    source = """
import bisect
LIMIT = 3

class Ring:
    size: int = SIZE

    def add(self, node, seen=LIMIT):
        global count
        count = len([point for point in POINTS if point > seen])
        def inner(): return node, count, bisect, helper(self, __name__)
        return inner, Ring
"""
    assert _free(source, "cell") - {"__name__"} == {"SIZE", "POINTS", "helper"}


def test_a_cell_that_does_not_run_alone_gives_the_reference(
    work: Path, define: Callable[[str, str], Any], capsys: Any
) -> None:
    once = RING + "\nHashRing.limit = 1 / 0\n"
    save(work, day_four(once))
    from course.checking.report import Claim, Report
    from course.notebook import progress
    from course.notebook.source import text_hash

    ring = define(RING, "HashRing")
    progress.record("day04-ring", Report("check_ring", (Claim("holds"),), points=4), (ring,))
    log = work / ".course" / "progress.jsonl"
    log.write_text(log.read_text().replace(text_hash(RING), text_hash(once)))
    assert mine("day04", "HashRing") is Reference
    assert "does not run alone: ZeroDivisionError" in capsys.readouterr().out


def test_an_error_inside_it_points_at_the_learners_line(passed: Path) -> None:
    ring = mine("day04", "HashRing")()
    with pytest.raises(ZeroDivisionError) as caught:
        ring.lookup("x")
    last = caught.traceback[-1]
    assert str(last.path).endswith("HashRing.py")
    assert str(last.statement).strip() == RING.splitlines()[last.lineno].strip()


def test_an_unknown_name_is_refused_with_the_way_out(work: Path) -> None:
    with pytest.raises(NoSuchExercise, match="day 4 has no exercise 'Rung'"):
        mine("day04", "Rung")


def test_a_notebook_that_is_gone_or_spoilt_gives_the_reference_of_the_released_one(
    passed: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from course.notebook import earlier

    write_notebook(passed.parent / "notebooks" / "day04" / "consistent_hashing.ipynb", day_four())
    monkeypatch.setattr(earlier, "ROOT", passed.parent)
    for spoil in ("{", '{"cells": 3}', '{"cells": [{}]}', "[]"):
        (passed / "day04" / "consistent_hashing.ipynb").write_text(spoil)
        assert mine("day04", "HashRing") is Reference
    (passed / "day04" / "consistent_hashing.ipynb").unlink()
    assert mine("day04", "HashRing") is Reference
    assert "since there is no day04/consistent_hashing.ipynb beside this day" in capsys.readouterr().out
