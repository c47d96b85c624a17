"""What docs/instructor.md promises of plain nbgrader, on day 4. One cohort serves every test here."""

import csv
import json

import pytest
from bs4 import BeautifulSoup
from plain_cohort import DAY, NAME, Course

from course.build.lesson import Lesson
from course.checking.seeds import ROOT

pytestmark = pytest.mark.xdist_group("plain nbgrader")


def test_a_release_writes_the_bytes_that_are_committed(course: Course) -> None:
    written = sorted(path.relative_to(course.folder) for path in (course.folder / "notebooks").rglob("*.*"))
    assert [str(path) for path in written] == [f"notebooks/{DAY.notebook}"]
    assert (course.folder / written[0]).read_bytes() == (ROOT / written[0]).read_bytes()


def test_the_key_earns_every_automatic_point(course: Course, lesson: Lesson) -> None:
    expected = {check.grade_id: check.points for check in map(lesson.check, lesson.of("check", "interview"))}
    assert course.scores("key") == expected


def test_an_honest_full_answer_earns_every_automatic_point(course: Course) -> None:
    assert course.scores("full") == course.scores("key")


def test_the_released_notebook_earns_nothing(course: Course) -> None:
    assert set(course.scores("blank").values()) == {0.0}
    assert not any(grade["waits"] for grade in course.grades("blank").values())


def test_a_half_answer_earns_its_part(course: Course) -> None:
    scores, full = course.scores("half"), course.scores("key")
    assert scores["day04-moved"] == full["day04-moved"]
    assert 0 < scores["day04-ring"] < full["day04-ring"]
    assert scores["day04-bounded"] == 0
    assert scores["day04-interview"] == 0


def test_a_spoken_answer_waits_for_a_person(course: Course) -> None:
    assert course.grades("full")["day04-spoken-1"] == {"score": None, "of": 3, "waits": True}
    assert course.grades("full")["day04-spoken-2"] == {"score": 0, "of": 3, "waits": False}


def test_saved_moves_are_submitted_with_the_notebook_and_survive_grading(course: Course) -> None:
    graded = course.folder / "cohort" / "autograded" / "full" / DAY.id / "interview.json"
    assert graded.read_bytes() == (course.folder / "work" / DAY.id / "interview.json").read_bytes()
    assert json.loads(graded.read_text("utf-8"))["moves"]


@pytest.mark.parametrize("student", ["key", "full", "half", "blank"])
def test_feedback_shows_no_hidden_test(course: Course, student: str) -> None:
    text = BeautifulSoup(course.page(student), "html.parser").get_text()
    assert 'graded("day04-ring", check_ring' in text
    assert "HIDDEN TESTS" not in text
    assert "confirm(" not in text


@pytest.mark.parametrize("student", ["full", "half"])
def test_feedback_runs_nothing_that_a_learner_wrote(course: Course, student: str) -> None:
    page = BeautifulSoup(course.page(student), "html.parser")
    assert page.find("b", string="kept")
    assert not [tag for tag in page.find_all("script") if "stolen" in tag.get_text()]
    assert not page.find("iframe")
    assert not [tag for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)]


def test_feedback_keeps_code_in_an_answer_and_the_days_drawing(course: Course) -> None:
    page = course.page("full")
    assert "<code>p99 &lt; 5 ms</code> at 3 &gt; 2 nodes." in page
    assert 'src="data:image/png;base64,' in page


def test_grades_are_exported_into_the_cohort(course: Course) -> None:
    with (course.folder / "cohort" / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {row["max_score"] for row in rows.values()} == {"20.0"}
    assert float(rows["full"]["score"]) == sum(course.scores("full").values())


def test_a_learner_can_validate(course: Course) -> None:
    said = course.nbgrader("validate", f"notebooks/{DAY.notebook}")
    assert "VALIDATION FAILED" in said


def test_everything_of_a_cohort_stays_in_its_folder(course: Course) -> None:
    made = {path.name for path in course.folder.iterdir()}
    assert made - {"__pycache__"} == {"nbgrader_config.py", "solutions", "notebooks", "cohort", "work"}
    assert (course.folder / "cohort" / "autograded" / "key" / DAY.id / f"{NAME}.ipynb").is_file()


def test_nobody_else_reads_the_secret_of_a_cohort(course: Course) -> None:
    assert (course.folder / "cohort" / "secret").stat().st_mode & 0o077 == 0
