"""A verdict is computed once for all that decides it, and only what the machine cannot be blamed for is kept."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from cohort_room import DAY

from autograde import examine as examiner
from autograde.cohort import open_cohort
from autograde.verdict_cache import VerdictCache

HandIn = Callable[..., float]
Graded = Callable[..., tuple[dict[str, float], list[str]]]


@pytest.fixture
def graded(monkeypatch: pytest.MonkeyPatch) -> Graded:
    """Grade the cohort; the scores, and which cells were examined for that."""

    def grade(*, force: bool = False) -> tuple[dict[str, float], list[str]]:
        examined: list[str] = []
        verdict = examiner._Run._verdict

        def told(run: examiner._Run, cell: object, check: examiner.Check, seed: int) -> examiner.Verdict:
            examined.append(check.grade_id.removeprefix("day04-"))
            return verdict(run, cell, check, seed)  # type: ignore[arg-type]

        with monkeypatch.context() as patch, open_cohort(DAY, workers=1) as cohort:
            patch.setattr(examiner._Run, "_verdict", told)
            results = cohort.grade(feedback=False, force=force)
        return {each.student: sum(v.score for v in each.verdicts) for each in results}, examined

    return grade


def test_a_resubmission_costs_what_changed_and_the_same_answer_costs_nothing(
    cohort: Path, hand_in: HandIn, graded: Graded
) -> None:
    first = hand_in("ada", "moved_share", mark="one")
    assert graded() == ({"ada": first}, ["moved", "ring", "bounded", "interview"])
    more = hand_in("ada", "moved_share", "HashRing", mark="one")
    assert graded() == ({"ada": more}, ["ring", "bounded", "interview"])
    assert hand_in("bea", "moved_share", "HashRing", mark="one") == more
    assert graded() == ({"ada": more, "bea": more}, [])
    assert len(graded(force=True)[1]) == 8


def test_other_moves_cost_the_interview_alone(cohort: Path, hand_in: HandIn, graded: Graded) -> None:
    hand_in("ada", "moved_share", mark="one")
    graded()
    moves = {"scenario": DAY.id, "moves": [{"round": 1, "design": {}, "predict": 1.0}]}
    (cohort / "submitted" / "ada" / DAY.id / "interview.json").write_text(json.dumps(moves))
    assert graded()[1] == ["interview"]


def test_what_hit_a_limit_is_examined_again(
    cohort: Path, hand_in: HandIn, graded: Graded, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in("ada", "moved_share", mark="one")
    report = examiner._Run._fair_report

    def at_its_limit(run: examiner._Run, cell: object, check: examiner.Check, seed: int) -> object:
        found, _ = report(run, cell, check, seed)  # type: ignore[arg-type]
        return found, "more than 20 s of processor time"

    with monkeypatch.context() as patch:
        patch.setattr(examiner._Run, "_fair_report", at_its_limit)
        graded()
    (cohort / "verdicts.jsonl").unlink()
    assert len(graded()[1]) == 4
    (cohort / "verdicts.jsonl").unlink()
    assert graded()[1] == []


def test_a_spoiled_file_and_another_version_are_forgotten(tmp_path: Path) -> None:
    cache = VerdictCache(tmp_path, "one")
    key = cache.key("day04-ring", (("day04-HashRing-code", "lone \ud800"),))
    cache.put(key, {"score": 5.0})
    assert cache.get(key) == {"score": 5.0}
    assert VerdictCache(tmp_path, "two").key("day04-ring") != cache.key("day04-ring")
    VerdictCache(tmp_path, "two").put("another", {"score": 1.0})
    assert cache.get(key) is None
    cache.path.write_bytes(b"no database" * 1000)
    assert cache.get(key) is None
    cache.put(key, {"score": 4.0})
    assert cache.get(key) == {"score": 4.0}
    with sqlite3.connect(cache.path) as base:
        base.execute("UPDATE verdicts SET data = x'00'")
    assert cache.get(key) is None
