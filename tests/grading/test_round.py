"""One class, graded once by `autograde grade`: the gradebook, the graded notebooks, feedback, the log and replay."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from class_of_five import (
    DAY,
    POINTS,
    built,
    full,
    graded,
    grades,
    hand_in,
    hostile,
    only_publicly_right,
    page,
)

from autograde.cli import main
from autograde.replay import replay
from autograde.verdict_log import VerdictLog
from course.checking.seeds import hidden_seed, make_secret

pytestmark = pytest.mark.xdist_group("a class of five")
STUDENTS = ["full", "half", "hostile", "junk", "latecomer"]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("class") / "cohort"
        patch.setenv("COURSE_COHORT", str(folder))
        make_secret()
        made = built()
        hand_in(folder, "full", full(made))
        hand_in(folder, "half", only_publicly_right(made))
        hand_in(folder, "hostile", hostile(made))
        hand_in(folder, "junk", b"\x1b[2Jnot a notebook")
        hand_in(folder, "latecomer", made.released, late=True)
        out = folder.parent / "out.json"
        assert main(["grade", DAY.id, "--workers", "1", "--json", str(out)]) == 0
        yield folder


def test_right_answers_earn_every_automatic_point(cohort: Path) -> None:
    scores = {name: score for name, (score, _) in grades(cohort, "full").items()}
    assert scores == POINTS | {"day04-spoken-1": None, "day04-spoken-2": 0.0}


def test_an_answer_in_words_waits_for_a_person(cohort: Path) -> None:
    assert grades(cohort, "full")["day04-spoken-1"] == (None, True)
    assert grades(cohort, "full")["day04-spoken-2"] == (0.0, False)


def test_what_cannot_be_read_gets_nothing_a_reason_and_a_person(cohort: Path) -> None:
    assert set(grades(cohort, "junk").values()) == {(0.0, True)}
    outputs = [cell.outputs for cell in graded(cohort, "junk").cells if cell.get("outputs")]
    assert len(outputs) == len(POINTS)
    assert all("is not JSON, so no notebook" in output[0]["data"]["text/html"] for output in outputs)


def test_a_claim_that_fails_only_in_the_hidden_half_costs_its_part(cohort: Path) -> None:
    score, waits = grades(cohort, "half")["day04-ring"]
    assert score is not None
    assert 0 < score < 5
    assert not waits


def test_feedback_says_why_the_interview_earned_nothing(cohort: Path) -> None:
    for student, reasons in (
        ("half", ["round 1 · steady: vnodes=1", "expected", "got", "open round 2"]),
        ("latecomer", ["round 1 · steady is not played yet", "table.propose(round=1"]),
    ):
        assert grades(cohort, student)["day04-interview"] == (0.0, False)
        cards = BeautifulSoup(page(cohort, student), "html.parser").find_all(class_="course-card")
        card = next(" ".join(card.get_text(" ").split()) for card in cards if "the rounds" in card.get_text())
        assert [reason for reason in reasons if reason not in card] == [], card


def _hidden_words(cohort: Path) -> list[str]:
    """Words that only the hidden half of the ring's check holds."""
    seed = hidden_seed("day04-ring")
    rng = random.Random(seed)
    tag = rng.randrange(10**6)
    return [str(seed), f"cache-{tag}-", f"user:{rng.randrange(10**9)}"]


@pytest.mark.parametrize("student", STUDENTS)
def test_nothing_hidden_stands_in_a_graded_notebook_or_in_feedback(student: str, cohort: Path) -> None:
    shown = page(cohort, student)
    outputs = json.dumps([cell.get("outputs") for cell in graded(cohort, student).cells])
    for word in _hidden_words(cohort):
        assert word not in outputs
        assert word not in shown
    assert "HIDDEN TESTS" not in shown
    assert "confirm(" not in shown
    assert (cohort / "secret").read_text() not in shown


def test_the_log_holds_what_the_instructor_needs_to_replay(cohort: Path) -> None:
    entries = [
        e for e in VerdictLog(cohort).entries() if e["student"] == "half" and e["grade_id"] == "day04-ring"
    ]
    assert [e["seed"] for e in entries] == [hidden_seed("day04-ring")]
    assert entries[0]["sandboxed"] is True
    assert set(entries[0]["files"]) == {"notebook.ipynb"}


@pytest.mark.parametrize("student", ["full", "half", "junk"])
def test_every_grade_is_replayed_exactly(student: str, cohort: Path) -> None:
    same, lines = replay(DAY, student)
    assert same, lines


def test_rubrics_reach_the_grader_and_not_the_learner(cohort: Path) -> None:
    texts = [cell.source for cell in graded(cohort, "full").cells]
    assert sum(text.startswith("**For the grader**") for text in texts) == 2
    assert "For the grader" not in page(cohort, "full")
    assert "Rubric" not in page(cohort, "full")


@pytest.mark.parametrize("student", ["full", "hostile"])
def test_feedback_runs_nothing_that_a_learner_wrote(student: str, cohort: Path) -> None:
    found = BeautifulSoup(page(cohort, student), "html.parser")
    assert not [tag for tag in found.find_all("script") if "stolen" in tag.get_text()]
    assert not found.find_all(["iframe", "object", "embed"])
    for tag in found.find_all(True):
        assert not any(name.startswith("on") for name in tag.attrs), tag
        for name in ("href", "src"):
            assert "stolen" not in str(tag.get(name, "")), tag


def test_a_copy_of_the_reference_is_flagged_and_scored_like_any_answer(cohort: Path) -> None:
    found = json.loads((cohort.parent / "out.json").read_text())
    by_name = {each["student"]: each for each in found}
    assert "HashRing.add is the reference's, up to names" in by_name["full"]["flags"]
    assert by_name["full"]["score"] == sum(POINTS.values())
    assert by_name["latecomer"]["flags"] == []


def test_the_file_for_machines_holds_every_verdict_finding_and_time(cohort: Path) -> None:
    found = json.loads((cohort.parent / "out.json").read_text())
    assert [each["student"] for each in found] == STUDENTS
    for each in found:
        assert len(each["verdicts"]) == len(POINTS)
        for verdict in each["verdicts"]:
            assert verdict.keys() >= {
                "grade_id",
                "score",
                "points",
                "seconds",
                "limit",
                "seed",
                "report",
                "reason",
            }


def test_text_that_is_no_text_stops_nothing(cohort: Path, tmp_path: Path) -> None:
    """The hostile one raises half of a character, and what clears a terminal."""
    assert grades(cohort, "hostile")["day04-moved"] == (0.0, False)
    found = next(e for e in VerdictLog(cohort).entries() if e["student"] == "hostile")
    assert "\x1b[2J" in found["report"]["claims"][0]["finding"]["got"]
    assert main(["report", DAY.id, "--html", str(tmp_path / "r.html"), "--csv", str(tmp_path / "r.csv")]) == 0


def test_the_log_verifies(cohort: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify"]) == 0
    assert f"{5 * len(POINTS)} verdicts, chain unbroken" in capsys.readouterr().out
