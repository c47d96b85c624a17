"""The progress log: append-only, whole lines, alive after any crash. Six seconds."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from learner_room import RING

from course.checking.report import Claim, Finding, Report
from course.notebook import journal, progress
from course.notebook.source import cell_text, text_hash

WRITER = """
import sys
from pathlib import Path
from course.notebook import journal
first = int(sys.argv[2])
for number in range(first, first + int(sys.argv[3])):
    journal.append(Path(sys.argv[1]), {"number": number, "text": "ü" * 300})
    print(number, flush=True)
"""


def writer(path: Path, first: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), str(first), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def numbers(path: Path) -> list[int]:
    return [record["number"] for record in journal.read(path)]


def report(passed: bool = True, points: float = 4, of: int = 2) -> Report:
    open_claim = Claim("second", finding=None if passed else Finding("kind", "case"))
    return Report("check_ring", (Claim("first"), open_claim)[:of], points=points)


def test_every_line_written_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    said: list[int] = []
    torn = 0
    for life in range(6):
        process = writer(path, first=life * 100_000, count=100_000)
        assert process.stdout is not None
        for _ in range(3 + 17 * life):
            said.append(int(process.stdout.readline()))
        process.kill()
        process.wait()
        process.stdout.close()
        kept = numbers(path)
        assert set(said) <= set(kept)
        assert kept == sorted(kept)
        # A kill may tear the line under way, where it crosses a page of the file; never one that was written before.
        lines = path.read_bytes().splitlines()
        was, torn = torn, sum(not line.endswith(b"}") for line in lines)
        assert torn == was or (torn == was + 1 and not lines[-1].endswith(b"}"))


def test_kernels_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    processes = [writer(path, first=worker * 1000, count=150) for worker in range(4)]
    for process in processes:
        process.communicate()
    assert sorted(numbers(path)) == [worker * 1000 + at for worker in range(4) for at in range(150)]


@pytest.mark.parametrize("torn", [b'{"number": 9, "te', b"\xff\xfe\x00", b"[1, 2]\n", b"\n\n", b"null"])
def test_a_torn_line_costs_itself_alone(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "progress.jsonl"
    journal.append(path, {"number": 1})
    with path.open("ab") as file:
        file.write(torn)
    assert numbers(path) == [1]
    journal.append(path, {"number": 2})
    assert numbers(path) == [1, 2]


def test_nothing_that_was_written_is_rewritten(work: Path) -> None:
    progress.record("day04-ring", report(), ())
    before = (work / ".course" / "progress.jsonl").read_bytes()
    progress.record("day04-ring", report(passed=False), ())
    assert (work / ".course" / "progress.jsonl").read_bytes().startswith(before)


def test_a_folder_that_cannot_be_written_is_said_and_costs_nothing(work: Path, capsys: Any) -> None:
    (work / ".course").write_text("a file where the folder should be")
    progress.record("day04-ring", report(), ())
    assert "not kept: progress.jsonl cannot be written" in capsys.readouterr().out
    assert progress.attempts() == []


def test_a_record_holds_the_verdict_and_the_text_that_earned_it(
    work: Path, define: Callable[[str, str], Any]
) -> None:
    progress.record("day04-ring", report(passed=False), (define(RING, "HashRing"),))
    line = json.loads((work / ".course" / "progress.jsonl").read_text())
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "day": "day04",
        "check": "day04-ring",
        "passed": False,
        "score": 2.0,
        "points": 4,
        "claims_passed": 1,
        "claims": 2,
        "texts": {"HashRing": text_hash(RING)},
    }


def test_the_best_score_of_a_check_counts(work: Path) -> None:
    for passed in (False, True, False):
        progress.record("day04-ring", report(passed), ())
    progress.record("day04-bounded", report(passed=False), ())
    best = progress.best()
    assert {check: attempt.score for check, attempt in best.items()} == {
        "day04-ring": 4.0,
        "day04-bounded": 2.0,
    }
    assert best["day04-ring"].passed


def test_lines_of_another_shape_are_passed_over(work: Path) -> None:
    for line in ({"check": 3}, {"check": "day04-ring", "score": "4", "points": 4, "texts": {}}, {}):
        journal.append(work / ".course" / "progress.jsonl", line)
    progress.record("day04-ring", report(), ())
    assert len(progress.attempts()) == 1


def test_state_lies_beside_the_day_folders(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from course.notebook.state import state

    assert state() == work / ".course"
    monkeypatch.chdir(work)
    assert state() == work / ".course"
    monkeypatch.setenv("COURSE_STATE", str(work / "elsewhere"))
    assert state() == work / "elsewhere"


def test_what_a_notebook_changes_by_itself_leaves_the_hash(define: Callable[[str, str], Any]) -> None:
    saved = text_hash(RING)
    assert text_hash("\n\n" + RING.replace("\n", "  \r\n") + "\n\n") == saved
    assert text_hash(RING.replace("bisect_left", "bisect_right")) != saved
    assert text_hash(RING.replace("        return", "    return")) != saved
    assert text_hash(cell_text(define(RING, "HashRing")) or "") == saved


WRAPPED = """
import functools
from dataclasses import dataclass


@dataclass
class Plan:
    size: int

    @property
    def double(self): return 2 * self.size

    @staticmethod
    def make(): return Plan(1)

    @functools.cached_property
    def half(self): return self.size / 2


@functools.lru_cache
def slow(n): return n


plan = Plan(2)
"""


@pytest.mark.parametrize("name", ["Plan", "slow", "plan"])
def test_the_cell_is_found_behind_decorators_and_instances(
    name: str, define: Callable[[str, str], Any]
) -> None:
    assert cell_text(define(WRAPPED, name)) == WRAPPED


def test_a_class_patched_from_another_cell_has_no_text(define: Callable[[str, str], Any]) -> None:
    ring = define(RING, "HashRing")
    ring.lookup = define("def lookup(self, key):\n    return self.points[0]\n", "lookup")
    assert cell_text(ring) is None
    assert cell_text(3) is None
    assert cell_text(
        define(
            "class Touchy:\n    def __getattr__(self, name): raise RuntimeError(name)\n\ntouchy = Touchy()\n",
            "touchy",
        )
    )
    assert cell_text(len) is None


def test_the_log_survives_a_full_disk(work: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def no_space(handle: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    progress.record("day04-ring", report(), ())
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", no_space)
        progress.record("day04-ring", replace(report(), points=5), ())
    assert "No space left" in capsys.readouterr().out
    assert len(progress.attempts()) == 1
