"""A lesson that breaks the format is refused: the message names the day, the cell and the mend. About 1 s."""

from pathlib import Path

import pytest
from tiny_lesson import key, write

from course.build.lesson import LessonError, read_lesson
from course.syllabus import find

BROKEN = [
    (
        "a misspelt function",
        ("HashRing  # implement: add, lookup", "HashRing  # implement: ad, lookup"),
        "cell 10 ('from course.systems.cluster.ring import HashRing  # implemen'): course.systems.cluster.ring.HashRing has no method ad",
        "one of __init__, add, lookup",
    ),
    (
        "a misspelt class",
        ("import HashRing  # implement", "import HashRng  # implement"),
        "course.systems.cluster.ring has no class or function HashRng",
        "check its name",
    ),
    (
        "a misspelt module",
        (
            "from course.systems.cluster.ring import HashRing",
            "from course.systems.cluster.rings import HashRing",
        ),
        "there is no module course.systems.cluster.rings",
        "check its name",
    ),
    (
        "a duplicate check",
        ("check_ring(HashRing)", "check_moved(HashRing)"),
        "cell 11 ('check_moved(HashRing)'): duplicate check day04-moved",
        "a name of its own",
    ),
    (
        "a missing heading",
        ("## 5 Break", "Break things"),
        "headings missing: ## 5 Break",
        "each of the eight once, in order",
    ),
    ("a misspelt heading", ("## 5 Break", "## 5 Brake"), "heading '## 5 Brake'", "1 Brief, 2 Predict"),
    (
        "a repeated heading",
        ("## 6 Escalate", "## 5 Break"),
        "headings missing: ## 6 Escalate",
        "once, in order",
    ),
    (
        "headings out of order",
        (
            '## 5 Break\n"""\n\n# %% [markdown]\n"""\n## 6 Escalate',
            '## 6 Escalate\n"""\n\n# %% [markdown]\n"""\n## 5 Break',
        ),
        "headings repeated or out of order",
        "once, in order",
    ),
    (
        "an unknown kind of cell",
        ("# %% [demo]", "# %% [demmo]"),
        "cell 6 ('await_nothing = 1'): unknown kind of cell [demmo]",
        "one of markdown, setup, demo",
    ),
    (
        "a check that is no call",
        ("check_ring(HashRing)", "verdict = check_ring(HashRing)"),
        "not one call",
        "the import and `check_ring(HashRing)`, and nothing else",
    ),
    (
        "an interview that is none",
        ('# %% [markdown]\n"""\n## 7', '# %% [interview] points=2\nplay()\n\n# %% [markdown]\n"""\n## 7'),
        "not an interview",
        "interview(SCENARIO, HashRing)",
    ),
    (
        "a check of an expression",
        ("check_ring(HashRing)", "check_ring(HashRing())"),
        "an argument that is no name",
        "by name",
    ),
    (
        "a check without points",
        ("# %% [check] points=4", "# %% [check]"),
        "no points",
        "`# %% [check] points=4`",
    ),
    (
        "a question without points",
        ("# %% [spoken] [markdown] points=3", "# %% [spoken] [markdown]"),
        "no points",
        "points=3",
    ),
    (
        "a question that is code",
        ("# %% [spoken] [markdown] points=3", "# %% [spoken] points=3"),
        "a [spoken] cell of type code",
        "[spoken] [markdown]",
    ),
    ("a question without rubric", ("---rubric---", "rubric"), "no rubric", "---rubric---"),
    (
        "an exercise that is no import",
        (
            "from course.systems.cluster.ring import moved_share  # implement",
            "moved_share = None  # implement",
        ),
        "not an exercise line",
        "# implement: method",
    ),
    (
        "a hole in a function's inside",
        ("moved_share  # implement", "moved_share  # implement: total"),
        "moved_share is a function",
        "with no names after it",
    ),
    (
        "the same exercise twice",
        ("import moved_share  # implement", "import HashRing  # implement: add"),
        "HashRing is cut twice",
        "one class or function",
    ),
    (
        "a guess that is missing",
        ("guess = 0.25  # a share\n", "share = 0.25\n"),
        "no guess on the first line",
        "guess = 0.5",
    ),
    (
        "a fact that is missing",
        ("{facts.BOUNDED_LOAD_FACTOR}", "{facts.NO_SUCH}"),
        "no fact NO_SUCH",
        "course/facts.py",
    ),
    (
        "a picture that is missing",
        ("(ring.svg)", "(rung.svg)"),
        "no picture rung.svg",
        "into the day's folder",
    ),
    (
        "a cell that is no Python",
        ("await_nothing = 1", "x = 1\nif x"),
        "cell 6 ('x = 1'): expected ':' in its line 2",
        "Python that runs",
    ),
    ("two set-ups", ("# %% [demo]", "# %% [setup]"), "two cells are called day04-setup", "one set-up"),
    (
        "a check with a name that is taken",
        ("check_ring(HashRing)", "check_setup(HashRing)"),
        "two cells are called day04-setup",
        "no check called setup",
    ),
]


@pytest.mark.parametrize(("change", "what", "mend"), [pytest.param(*case[1:], id=case[0]) for case in BROKEN])
def test_what_breaks_the_format_is_refused_with_its_mend(
    tmp_path: Path, change: tuple[str, str], what: str, mend: str
) -> None:
    with pytest.raises(LessonError) as caught:
        key(tmp_path, change)
    said, _, way_out = str(caught.value).partition(". Mend: ")
    assert said.startswith("day04")
    assert what in said
    assert mend in way_out


def test_an_exercise_that_uses_a_later_one_is_told_to_move(tmp_path: Path) -> None:
    change = ("import moved_share  # implement", "import HashRing  # implement: add")
    later = (
        "from course.systems.cluster.ring import HashRing  # implement: add, lookup",
        "from course.systems.cluster.bounded_loads import bounded_owners  # implement",
    )
    key(tmp_path, change, later)  # in this order bounded_owners uses the ring of the notebook
    with pytest.raises(LessonError, match="later") as caught:
        key(
            tmp_path,
            (
                "from course.systems.cluster.ring import moved_share  # implement",
                "from course.systems.cluster.position import counted_position  # implement",
            ),
            (
                "from course.systems.cluster.ring import HashRing  # implement: add, lookup",
                "from course.systems.cluster.position import position  # implement",
            ),
        )
    assert "counted_position uses position, which is cut later" in str(caught.value)
    assert "move the exercise for position up" in str(caught.value)


def test_a_day_without_a_lesson_is_told_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(LessonError, match=r"day17: no lesson\.py .* Mend: make one: `course new-day 17`"):
        read_lesson(find(17), tmp_path)


def test_magics_and_top_level_await_are_python_enough(tmp_path: Path) -> None:
    write(tmp_path, ("await_nothing = 1", "%time x = 1\n!ls\nif x:\n    %pip list\nawait x"))


def test_points_and_kinds_are_read_from_the_cells(tmp_path: Path) -> None:
    lesson = write(tmp_path)
    assert lesson.points == 15.5
    assert [check.grade_id for check in lesson.checks] == ["day04-moved", "day04-ring"]
    assert [exercise.holes for exercise in lesson.exercises] == [(), ("add", "lookup")]
    assert [cell.section for cell in lesson.of("predict", "exercise", "spoken")] == [2, 4, 4, 7]
