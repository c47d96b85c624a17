"""A verdict is computed once for all that decides it, and only what the machine cannot be blamed for is kept."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from cohort_room import CELLS, DAY

from autograde import examine as examiner
from autograde.channel import Gone
from autograde.cohort import open_cohort
from autograde.pool import Candidate
from autograde.verdict_cache import VerdictCache
from autograde.verdict_log import VerdictLog

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
    assert graded() == ({"ada": first}, ["moved", "ring", "bounded", "holders", "interview"])
    more = hand_in("ada", "moved_share", "HashRing", mark="one")
    assert graded() == ({"ada": more}, ["ring", "bounded", "holders"])
    assert hand_in("bea", "moved_share", "HashRing", mark="one") == more
    assert graded() == ({"ada": more, "bea": more}, [])
    assert len(graded(force=True)[1]) == 2 * CELLS


def test_other_moves_cost_the_interview_alone(cohort: Path, hand_in: HandIn, graded: Graded) -> None:
    hand_in("ada", "moved_share", mark="one")
    graded()
    moves = {"scenario": DAY.id, "moves": [{"round": 1, "design": {}, "predict": 1.0}]}
    (cohort / "submitted" / "ada" / DAY.id / "interview.json").write_text(json.dumps(moves))
    assert graded()[1] == ["interview"]


def at_its_limit(*texts: str) -> Callable[..., str]:
    """What a busy machine does: cells that hold all ``texts`` do not end in their time."""
    run = Candidate.run

    def late(candidate: Candidate, cell: str, source: str, seconds: float = 60.0) -> str:
        if all(text in source for text in texts):
            candidate.end()
            raise Gone("it hung: no answer within its time")
        return run(candidate, cell, source, seconds)

    return late


def test_a_limit_is_in_every_verdict_that_it_touched_and_is_kept_for_nobody(
    cohort: Path, hand_in: HandIn, graded: Graded, monkeypatch: pytest.MonkeyPatch
) -> None:
    deserved = hand_in("ada", "moved_share", "HashRing", mark="one")
    with monkeypatch.context() as patch:
        patch.setattr(Candidate, "run", at_its_limit("class HashRing", "# one"))
        assert graded()[0]["ada"] < deserved
    limits = {entry["grade_id"]: entry["limit"] for entry in VerdictLog(cohort).entries()}
    hung = "it hung: no answer within its time, in the cell day04-HashRing-code"
    assert limits == {
        "day04-moved": "",
        "day04-ring": hung,
        "day04-bounded": hung,
        "day04-holders": hung,
        "day04-interview": "",
    }
    assert hand_in("bea", "moved_share", "HashRing", mark="one") == deserved
    scores, examined = graded()
    assert (scores["bea"], examined) == (deserved, ["ring", "bounded", "holders"])


def test_force_mends_all_that_a_bad_hour_has_left(
    cohort: Path, hand_in: HandIn, graded: Graded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even what was cached wrongly: a forced run reads nothing from the cache, and writes what it finds."""
    deserved = hand_in("ada", "moved_share", mark="one")
    put = VerdictCache.put
    with monkeypatch.context() as patch:
        patch.setattr(VerdictCache, "put", lambda them, key, data: put(them, key, data | {"report": None}))
        graded()
    (cohort / "verdicts.jsonl").unlink()
    assert graded() == ({"ada": 0.0}, [])
    assert graded(force=True)[0] == {"ada": deserved}
    (cohort / "verdicts.jsonl").unlink()
    assert graded() == ({"ada": deserved}, [])


def test_a_spoiled_file_and_another_version_are_forgotten(tmp_path: Path) -> None:
    cache = VerdictCache(tmp_path, "day04", "one")
    key = cache.key("day04-ring", (("day04-HashRing-code", "lone \ud800"),))
    cache.put(key, {"score": 5.0})
    assert cache.get(key) == {"score": 5.0}
    VerdictCache(tmp_path, "day05", "two").put("another day's", {"score": 1.0})
    assert cache.get(key) == {"score": 5.0}
    assert VerdictCache(tmp_path, "day04", "two").key("day04-ring") != cache.key("day04-ring")
    VerdictCache(tmp_path, "day04", "two").put("another", {"score": 1.0})
    assert cache.get(key) is None
    cache.path.write_bytes(b"no database" * 1000)
    assert cache.get(key) is None
    cache.put(key, {"score": 4.0})
    assert cache.get(key) == {"score": 4.0}
    with sqlite3.connect(cache.path) as base:
        base.execute("UPDATE verdicts SET data = x'00'")
    assert cache.get(key) is None
