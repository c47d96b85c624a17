"""A spoken answer is locked, compared point by point with evidence, and kept. A second."""

import json
from pathlib import Path
from typing import Any

import pytest

from course.notebook import compare as compare_cell
from course.notebook import spoken
from course.notebook.daymap import show_map
from course.notebook.screens.page import Page
from course.notebook.spoken import Mark
from course.syllabus import find

DAY = find(4)
ANSWER = (
    "Only the keys of the dead server move, and all of them are cold. Before it died the database took 5% of the reads, and "
    "now it takes 12.4 in a hundred, that is 1.55 times what it serves. I would keep a second copy on the next server "
    "clockwise, since that is where clients look next, at the price of the memory again."
)


def compare(**given: Any) -> str:
    page = compare_cell("day04", 1, **given)
    assert isinstance(page, Page)
    return " ".join(page.text().split())


def write(work: Path, answer: str, output: str = "") -> None:
    path = work / DAY.notebook
    notebook = json.loads(path.read_text())
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") != "day04-spoken-1"
    ]
    grader = {"grade": True, "grade_id": "day04-spoken-1", "points": 3, "solution": True}
    notebook["cells"].append({"cell_type": "markdown", "source": answer, "metadata": {"nbgrader": grader}})
    notebook["cells"].append(
        {
            "cell_type": "code",
            "source": "",
            "metadata": {},
            "outputs": [{"output_type": "stream", "text": output}],
        }
    )
    path.write_text(json.dumps(notebook))


def test_until_an_answer_is_saved_it_says_what_to_do(work: Path) -> None:
    write(work, "*Your answer: diagnosis*")
    assert "write your answer in the cell above and save" in compare()
    write(work, "Too short.")
    assert "what is saved has 2 words" in compare()
    assert spoken.kept("day04", 1).text == ""


def test_points_come_one_by_one_with_evidence_and_the_strong_answer_last(work: Path) -> None:
    write(work, ANSWER, "database 1.553 of what it serves\n")
    rubric = spoken.rubric(DAY, 1)
    assert len(rubric.points) == spoken.POINTS
    shown = compare()
    assert "Your answer is locked: 64 words" in shown
    assert "Point 1 of 3" in shown
    assert "strong answer" not in shown
    assert "the sentence is not in your answer" in compare(score=1, sentence="I never said that at all")
    sentence = "now it takes 12.4 in a hundred, that is 1.55 times what it serves"
    assert "2 takes a number of your answer" in compare(score=2, sentence=sentence, number="7.7")
    assert "12.4 was not measured in this notebook" in compare(score=2, sentence=sentence, number="12.4")
    assert "Point 2 of 3" in compare(score=2, sentence=sentence, number="1.55")
    assert "Point 3 of 3" in compare(score=1, sentence="a second copy on the next server clockwise")
    shown = compare(score=0)
    assert "3 of 6 by your own count" in shown
    assert "A strong answer" in shown
    assert [mark.score for mark in spoken.kept("day04", 1).marks] == [2, 1, 0]
    compare(score=2, sentence=sentence, number="1.55")
    assert spoken.kept("day04", 1).score == 3, "marked once"


def test_what_is_locked_stays_whatever_is_written_afterwards(work: Path) -> None:
    write(work, ANSWER)
    compare()
    write(work, ANSWER + " And more, with the strong answer copied.")
    compare()
    assert spoken.kept("day04", 1).text == ANSWER


def test_two_minutes_are_timed_and_kept_with_the_answer(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter((1000.0, 1130.0))
    monkeypatch.setattr("time.time", lambda: next(ticks))
    compare(clock="start")
    assert "2:10 of 2:00, 10 s over" in compare(clock="stop")
    write(work, ANSWER)
    assert "spoken in 130 s" in compare()


def test_a_grader_sees_nothing_and_locks_nothing(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(work, ANSWER)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert compare_cell("day04", 1) is None
    assert not (work / ".course").exists()


def test_an_instructor_can_hold_it_back_until_feedback(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(work, ANSWER)
    monkeypatch.setenv(spoken.HELD, "feedback")
    assert "once feedback is out" in compare()
    feedback = work / "day04" / "feedback" / "now"
    feedback.mkdir(parents=True)
    (feedback / "consistent_hashing.html").write_text("")
    assert "Point 1 of 3" in compare()


STANDS = {
    ("1.55", "1.553"): True,
    ("1.55", "1.56"): False,
    ("8", "0.08"): True,
    ("2,400", "2400"): True,
    ("1.6", "1.553"): True,
    ("12", "1.2"): False,
}


@pytest.mark.parametrize(("said", "found"), STANDS)
def test_a_number_stands_for_what_rounds_to_it(said: str, found: str) -> None:
    missing = spoken.evidence(
        Mark(2, f"it was {said} of the whole", said), f"I say it was {said} of the whole", found
    )
    assert (missing == "") is STANDS[said, found]


def test_the_map_says_that_answers_are_unscored(work: Path) -> None:
    write(work, ANSWER)
    square = next(each for each in show_map(work).squares if each.day == DAY)
    assert square.unscored == 1
    compare()
    for _ in range(3):
        compare(score=0)
    square = next(each for each in show_map(work).squares if each.day == DAY)
    assert square.unscored == 0
