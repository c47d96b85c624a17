"""A spoken answer is locked, compared point by point with evidence, and kept. A second."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from course.notebook import compare as compare_cell
from course.notebook import spoken
from course.notebook.daymap import show_map
from course.notebook.explained import explained
from course.notebook.screens import comparer
from course.notebook.screens.comparer import Comparer
from course.notebook.screens.comparison import Comparison
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
    shown = compare_cell("day04", 1, **given)
    page = shown.page() if isinstance(shown, Comparison) else shown
    assert isinstance(page, Page)
    return " ".join(page.text().split())


class Time:
    """A clock that is set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 1_000_000.0
        monkeypatch.setattr(Comparison.__init__, "__defaults__", (None, lambda: self.seconds))


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
    assert "64 words are saved" in compare()
    assert spoken.kept("day04", 1).text == "", "to run the notebook again locks nothing"
    shown = compare(lock=True)
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
    compare(lock=True)
    write(work, ANSWER + " And more, with the strong answer copied.")
    compare(lock=True)
    assert spoken.kept("day04", 1).text == ANSWER


def test_two_minutes_are_timed_and_kept_with_the_answer(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = Time(monkeypatch)
    compare(clock="start")
    now.seconds += 130
    assert "2:10 of 2:00, 10 s over" in compare(clock="stop")
    now.seconds += 1000
    assert "2:10 of 2:00" in compare(), "it stands"
    write(work, ANSWER)
    assert "spoken in 2:10" in compare(lock=True)
    assert spoken.kept("day04", 1).seconds == 130


def test_a_grader_sees_nothing_and_locks_nothing(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(work, ANSWER)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert compare_cell("day04", 1, lock=True) is None
    assert not (work / ".course").exists()


def test_an_instructor_can_hold_it_back_until_feedback(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(work, ANSWER)
    monkeypatch.setenv(spoken.HELD, "feedback")
    assert "once feedback is out" in compare(lock=True)
    assert spoken.kept("day04", 1).text == "", "and nothing is locked before the rubric can be seen"
    feedback = work / "day04" / "feedback" / "now"
    feedback.mkdir(parents=True)
    (feedback / "consistent_hashing.html").write_text("")
    assert "Point 1 of 3" in compare(lock=True)


def test_a_number_of_ones_own_notes_was_not_measured(work: Path) -> None:
    write(work, ANSWER)
    (work / "day04" / "interview-notes.json").write_text('{"text": "12.4 in a hundred"}')
    compare(lock=True)
    sentence = "now it takes 12.4 in a hundred, that is 1.55 times what it serves"
    assert "12.4 was not measured" in compare(score=2, sentence=sentence, number="12.4")


# ── the widget ──────────────────────────────────────────────────────────────────────────────────────────────


def panel() -> Comparer:
    found = Comparer(Comparison(DAY, 1))
    found.refresh()
    return found


def seen(shown: Comparer) -> str:
    """What a reader sees of it, without tags and styles."""
    parts = (shown.head, shown.clock, shown.known, shown.point, shown.hint, shown.end)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", " ".join(part.value for part in parts))).split())


def hidden(*widgets: Any) -> list[bool]:
    return ["iw-hidden" in widget._dom_classes for widget in widgets]


def test_the_widget_goes_from_the_clock_to_the_two_answers(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = Time(monkeypatch)
    shown = panel()
    assert "▸ 1 speak and write" in seen(shown)
    assert hidden(shown.timer, shown.lock, shown.marking) == [False, False, True]
    shown.run.click()
    assert shown.run.description == "Stop"
    now.seconds += 95
    shown.run.click()
    shown.lock.click()
    assert "Not yet: write your answer in the cell above" in seen(shown)
    write(work, ANSWER, "database 1.553 of what it serves\n")
    shown.lock.click()
    assert "64 words, spoken in 1:35 of 2:00" in seen(shown)
    assert "Point 1 of 3" in seen(shown)
    assert hidden(shown.timer, shown.lock, shown.marking) == [True, True, False]
    shown.keep.click()
    assert "Not kept: choose 0, 1 or 2" in seen(shown)

    assert hidden(shown.sentence, shown.number) == [True, True]
    shown.score.value = 2
    assert hidden(shown.sentence, shown.number) == [False, False]
    shown.keep.click()
    assert "Not kept: the sentence is not in your answer" in seen(shown)
    own = next(text for _, text in shown.sentence.options if "1.55" in text)
    shown.sentence.value, shown.number.value = own, "1.55"
    shown.keep.click()
    assert "Point 2 of 3" in seen(shown)
    assert (shown.score.value, shown.sentence.value, shown.number.value) == (None, "", "")
    for _ in range(2):
        assert "A strong answer" not in seen(shown)
        shown.score.value = 0
        shown.keep.click()
    assert "2 of 6 by your own count" in seen(shown)
    assert "A strong answer" in seen(shown)
    assert "▸ 5 the two answers" in seen(shown)
    assert spoken.kept("day04", 1).marks == (Mark(2, own, "1.55"), Mark(0), Mark(0))


def test_after_a_restart_it_goes_on_where_it_stood_and_the_clock_ran_on(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = Time(monkeypatch)
    panel().run.click()
    now.seconds += 40
    assert panel().run.description == "Stop"
    assert "animation-delay:-40.0s" in panel().clock.value
    write(work, ANSWER)
    before = panel()
    before.lock.click()
    before.score.value = 0
    before.keep.click()
    assert "Point 2 of 3" in seen(panel())
    assert spoken.kept("day04", 1).seconds == 40


def test_what_is_written_is_shown_as_text(work: Path) -> None:
    write(work, ANSWER + " <img src=x onerror=alert(1)> is what I would not say.")
    shown = panel()
    shown.lock.click()
    assert "<img" not in shown.known.value
    assert "&lt;img" in shown.known.value


def test_a_line_of_text_is_followed_by_the_widget(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(work, ANSWER)
    shown = panel()
    monkeypatch.setitem(comparer._open, ("day04", 1), shown)
    compare(lock=True)
    compare(score=0)
    assert "Point 2 of 3" in seen(shown)


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
    compare(lock=True)
    for _ in range(3):
        compare(score=0)
    square = next(each for each in show_map(work).squares if each.day == DAY)
    assert square.unscored == 0


def test_own_scores_are_drawn_over_the_days_with_words_and_time(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no spoken answer has been compared yet" in explained().text()
    now = Time(monkeypatch)
    write(work, ANSWER)
    compare(clock="start")
    now.seconds += 95
    compare(lock=True)
    for score in (1, 0):
        compare(score=score, sentence="a second copy on the next server clockwise")
    assert not explained().answers, "two of three points are marked"
    compare(score=1, sentence="Only the keys of the dead server move")
    chart = explained()
    assert "one spoken answer so far: 2 of 6 by your own count" in chart.text()
    assert "day 4 · question 1       2 of 6  64 words in 1:35" in chart.text()
    texts = [text.get_text() for text in chart.figure().axes[0].texts]
    assert [text.strip() for text in texts] == ["64 words in 1:35"]
