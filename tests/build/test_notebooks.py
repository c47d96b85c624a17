"""From lesson to key to released notebook: what each cell becomes, byte for byte. About 8 s, most of it forty builds."""

import base64
import io
import json
import re
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from tiny_lesson import cell, key, write

from course import facts
from course.build.cutting import ANSWER
from course.build.days import existing_days, make
from course.build.minutes import minutes, words_read
from course.build.notebooks import answer_key, header, to_bytes
from course.build.release import release
from course.checking.seeds import ROOT
from course.notebook.released import origin, read_cells
from course.notebook.unrun import binds
from course.syllabus import Day, find

STUB = "raise NotImplementedError  # your code here"


def test_an_exercise_is_given_with_the_stub_in_each_hole(tmp_path: Path) -> None:
    built = key(tmp_path)
    solved, blank = cell(built, "day04-HashRing-code"), cell(release(built), "day04-HashRing-code")
    assert solved.source.count("### BEGIN SOLUTION") == 2
    assert blank.source.count(STUB) == 2
    assert "### " not in blank.source
    assert "def remove" in blank.source
    assert "del self.weights[node]" in blank.source
    docstring = "The node that owns ``key``: that of the first point at or after"
    assert docstring in blank.source
    compile(blank.source, "cell", "exec")


def test_a_check_shows_its_public_half_and_hides_the_other(tmp_path: Path) -> None:
    built = key(tmp_path)
    graded, shown = cell(built, "day04-ring"), cell(release(built), "day04-ring")
    assert 'graded("day04-ring", check_ring, HashRing, points=8.5)' in shown.source
    assert "confirm" in graded.source
    assert "confirm" not in shown.source
    assert shown.source.split("\n")[-1] == graded.source.split("\n")[-1] == "verdict"
    assert shown.metadata.nbgrader.points == 8.5
    assert shown.metadata.nbgrader.locked


@pytest.mark.parametrize("day", existing_days(), ids=lambda day: day.id)
def test_no_cell_takes_the_name_of_an_exercise(day: Day) -> None:
    cells = read_cells(ROOT / "notebooks" / day.notebook)
    exercises = {cell.id: said[1] for cell in cells if (said := origin(cell.source)) and cell.kind == "code"}
    for name in exercises.values():
        assert [cell.id for cell in cells if name in binds(cell)] == [
            where for where, exercise in exercises.items() if exercise == name
        ], name


def test_a_prediction_is_given_as_none_with_its_comment(tmp_path: Path) -> None:
    built = key(tmp_path)
    assert "guess = 0.25  # a share" in cell(built, "day04-predict-2-1").source
    blank = cell(release(built), "day04-predict-2-1")
    assert blank.source == "guess = None  # a share\nprediction = print(guess)"


def test_a_question_is_given_with_room_for_an_answer_and_without_its_rubric(tmp_path: Path) -> None:
    built = key(tmp_path)
    assert "Because of the rubric." in cell(built, "day04-spoken-1").source
    released = release(built)
    assert cell(released, "day04-spoken-1").source == ANSWER
    assert cell(released, '**"Why?"**')
    assert "Because of the rubric." not in json.dumps(released)


def test_hints_fold_one_inside_the_other_and_the_text_after_them_is_text(tmp_path: Path) -> None:
    text = cell(key(tmp_path), "## 4 Implement").source
    assert text.endswith(
        "What and why.\n\n"
        "<details><summary>Hint 1</summary>\n<p>Use <code>a &lt; b</code> and *think*. It goes on here.</p>\n"
        "<details><summary>Hint 2</summary>\n<p>The second.</p>\n</details>\n</details>\n\n"
        "After the hints."
    )


def test_a_fact_is_filled_in_with_its_unit(tmp_path: Path) -> None:
    text = cell(key(tmp_path), "## 1 Brief").source
    assert f"Vimeo chose {facts.BOUNDED_LOAD_FACTOR.value}×." in text


def test_two_prices_in_a_paragraph_are_no_formula(tmp_path: Path) -> None:
    prices = "At 0.8 $/h it is $7 or `$8`.\n\nOne is $9 alone.\n\n"
    text = cell(key(tmp_path, ("## 1 Brief\n", "## 1 Brief\n\n" + prices)), "## 1 Brief").source
    assert "At 0.8 <span>&#36;</span>/h it is <span>&#36;</span>7 or `$8`." in text
    assert "One is $9 alone." in text


def test_a_picture_travels_inside_its_cell(tmp_path: Path) -> None:
    brief = cell(release(key(tmp_path)), "## 1 Brief")
    assert "![A ring](attachment:ring.png)" in brief.source
    with Image.open(io.BytesIO(base64.b64decode(brief.attachments["ring.png"]["image/png"]))) as picture:
        assert picture.size == (2 * 20, 2 * 10)
        assert {colour for _, colour in picture.convert("RGB").getcolors()} == {(255, 255, 255), (255, 0, 0)}


def test_words_of_the_recap_are_flash_cards_and_stand_in_the_header(tmp_path: Path) -> None:
    words = "> word: virtual node: one of the\n> points of a server.\n> word: TTFT (time to first token): `ttft_ms`.\n"
    made = key(tmp_path, ("## 8 Recap\n", "## 8 Recap\n\n" + words))
    assert made.cells[0].source.endswith("**Words of the day**: virtual node · TTFT (time to first token)")
    recap = next(cell.source for cell in made.cells if cell.source.startswith("## 8 Recap"))
    assert "<details><summary>virtual node</summary>one of the points of a server.</details>" in recap
    assert "<summary>TTFT (time to first token)</summary><code>ttft_ms</code>.</details>" in recap


def test_minutes_are_counted_from_what_a_reader_meets_and_does(tmp_path: Path) -> None:
    heading = "### Exercise 1 · The ring (25 minutes, 4 points, about 9 lines)\n\nWhat and why."
    lesson = write(tmp_path, ("What and why.", heading + "\n\n" + "one of 1,800 words " * 450))
    assert words_read("A ring.\n\n> hint: not this\n> nor this\n> hint: or this\n\n| 2 | words |\n") == 4
    assert minutes(lesson, None) == 45  # a little more than 10 for reading, 25, and 5 for the one answer
    scenario = SimpleNamespace(rounds=[1, 2, 3], drills=[1, 2], before=object())
    assert minutes(lesson, scenario) == 70  # 8 before the knobs, 5 a round and 2 a card more
    assert "Week 1 · 10 minutes ·" in key(tmp_path / "short").cells[0].source


def test_the_header_comes_from_the_syllabus(tmp_path: Path) -> None:
    day = find(4)
    first = key(tmp_path).cells[0].source
    assert first == header(day, 10)
    assert "Day 4 of 40" in first
    assert all(outcome in first for outcome in day.outcomes)


def test_the_same_lesson_gives_the_same_bytes_and_leaves_the_key_as_it_was(tmp_path: Path) -> None:
    lesson = write(tmp_path)
    first, second = answer_key(lesson), answer_key(write(tmp_path / "again"))
    before = to_bytes(first)
    released = to_bytes(release(first))
    assert before == to_bytes(second) == to_bytes(first)
    assert released == to_bytes(release(second))
    assert before.endswith(b"}\n")
    assert b"\r" not in before


def test_ids_hold_when_text_changes_and_differ_from_cell_to_cell(tmp_path: Path) -> None:
    one, two = key(tmp_path), key(tmp_path, ("What and why.", "Why and what."))
    assert [found.id for found in one.cells] == [found.id for found in two.cells]
    assert len({found.id for found in one.cells}) == len(one.cells)
    assert all(re.fullmatch(r"[0-9a-f]{12}", found.id) for found in one.cells)


def test_notebooks_carry_no_outputs_and_are_valid(tmp_path: Path) -> None:
    import nbformat

    built = key(tmp_path)
    for notebook in (built, release(built)):
        nbformat.validate(notebook)
        code = [found for found in notebook.cells if found.cell_type == "code"]
        assert all(found.outputs == [] and found.execution_count is None for found in code)


def test_nbgrader_makes_the_same_bytes_from_the_committed_key() -> None:
    """`nbgrader generate_assignment` runs the same preprocessors on what it reads from the file."""
    import nbformat

    built = make(find(4))
    read = nbformat.reads(to_bytes(built.key).decode(), as_version=4)
    assert to_bytes(release(read)) == to_bytes(built.released)


def test_forty_days_are_built_in_five_seconds() -> None:
    day = find(4)
    make(day)  # imports, once
    costs = []
    for _ in range(2):
        before = time.process_time()
        for _ in range(20):
            make(day)
        costs.append(time.process_time() - before)
    assert 2 * min(costs) < 5


def test_choices_that_run_off_a_small_screen_stand_in_lines_of_their_own(tmp_path: Path) -> None:
    many = ", ".join(f'"choice {at}"' for at in range(12))
    built = key(tmp_path, ("guess = 0.25  # a share", f'guess = "choice 1"  # one of {many}'))
    given = next(each.source for each in release(built).cells if "guess = None" in each.source)
    assert max(map(len, given.split("\n"))) <= 88
    assert given.startswith('guess = None\n# one of "choice 0", "choice 1",')
