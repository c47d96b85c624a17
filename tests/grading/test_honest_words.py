"""Spoken answers are found and shown wherever a learner left them, with their pictures, and never a text of ours instead."""

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from class_of_five import DAY, built, cell_of

from autograde.examine import Verdict
from autograde.graded import graded_notebook
from autograde.pages import safe_markdown
from autograde.submission import read_submission
from course.build.cutting import ANSWER
from course.build.days import Built

ONE, TWO = "day04-spoken-1", "day04-spoken-2"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
MINE = "One key in twenty-five moves, and the database takes **4 %** more."
Edit = Callable[[Any], None]


@pytest.fixture(scope="module")
def made() -> Built:
    return built()


@pytest.fixture
def shown(made: Built, tmp_path: Path) -> Callable[..., Any]:
    """The graded notebook of what a learner did to the released one."""

    def show(edit: Edit, files: dict[str, bytes] | None = None) -> Any:
        notebook = copy.deepcopy(made.released)
        edit(notebook)
        for name, data in (files or {}).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
        path = tmp_path / f"{DAY.slug}.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return graded_notebook(made, read_submission(path, made), [])

    return show


def place(notebook: Any, grade_id: str) -> int:
    return int(notebook.cells.index(cell_of(notebook, grade_id)))


def words(text: str, kind: str = "markdown", **more: Any) -> Any:
    return getattr(nbformat.v4, f"new_{kind}_cell")(text, **more)


def in_its_cell(notebook: Any) -> None:
    cell_of(notebook, ONE).source = MINE


def in_a_new_cell_below(notebook: Any) -> None:
    notebook.cells.insert(place(notebook, ONE) + 1, words(MINE))


def in_a_raw_cell_below(notebook: Any) -> None:
    notebook.cells.insert(place(notebook, ONE) + 1, words(MINE, "raw"))


def in_a_code_cell_below(notebook: Any) -> None:
    notebook.cells.insert(place(notebook, ONE) + 1, words(MINE, "code"))


def below_the_stub(notebook: Any) -> None:
    cell_of(notebook, ONE).source += f"\n\n{MINE}"


def in_place_of_a_lost_cell(notebook: Any) -> None:
    notebook.cells[place(notebook, ONE)] = words(MINE)


def above_the_question(notebook: Any) -> None:
    at = place(notebook, ONE)
    notebook.cells[at - 1 : at + 1] = [words(MINE), notebook.cells[at - 1]]


def at_the_end_of_a_notebook_that_lost_its_cell(notebook: Any) -> None:
    del notebook.cells[place(notebook, ONE)]
    notebook.cells.append(words(MINE))


def at_the_top_of_a_notebook_that_lost_its_cell(notebook: Any) -> None:
    del notebook.cells[place(notebook, ONE)]
    notebook.cells.insert(1, words(MINE))


def in_a_cell_merged_with_its_question(notebook: Any) -> None:
    at = place(notebook, ONE)
    notebook.cells[at - 1].source += f"\n\n{MINE}"
    del notebook.cells[at]


def in_a_cell_merged_with_question_and_next_question(notebook: Any) -> None:
    at = place(notebook, ONE)
    notebook.cells[at - 1].source += f"\n\n{MINE}\n\n{notebook.cells[at + 1].source}"
    del notebook.cells[at : at + 2]


def in_a_question_that_was_changed(notebook: Any) -> None:
    at = place(notebook, ONE)
    notebook.cells[at - 1].source = notebook.cells[at - 1].source.replace(".", "!", 1) + f"\n\n{MINE}"
    del notebook.cells[at]


def without_any_metadata(notebook: Any) -> None:
    in_its_cell(notebook)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
        cell.pop("id")


WAYS = [
    in_its_cell,
    in_a_new_cell_below,
    in_a_raw_cell_below,
    in_a_code_cell_below,
    below_the_stub,
    in_place_of_a_lost_cell,
    above_the_question,
    at_the_end_of_a_notebook_that_lost_its_cell,
    at_the_top_of_a_notebook_that_lost_its_cell,
    in_a_cell_merged_with_its_question,
    in_a_cell_merged_with_question_and_next_question,
    in_a_question_that_was_changed,
    without_any_metadata,
]


@pytest.mark.parametrize("edit", WAYS, ids=lambda edit: str(edit.__name__))
def test_an_answer_is_shown_that_stands(edit: Edit, shown: Callable[..., Any], made: Built) -> None:
    notebook = shown(edit)
    assert cell_of(notebook, ONE).source.strip() == MINE
    released = {cell.source for cell in made.released.cells}
    assert cell_of(notebook, TWO).source in {ANSWER, MINE}
    assert not released & {cell_of(notebook, ONE).source}


def test_both_halves_of_a_split_answer_are_shown(shown: Callable[..., Any]) -> None:
    """JupyterLab's "Split Cell": both parts keep the metadata."""

    def split(notebook: Any) -> None:
        first = cell_of(notebook, ONE)
        second = copy.deepcopy(first)
        first.source, second.source = "The first half.", "The second half."
        notebook.cells.insert(place(notebook, ONE) + 1, second)

    assert cell_of(shown(split), ONE).source == "The first half.\n\nThe second half."


def test_a_note_elsewhere_is_no_answer(shown: Callable[..., Any]) -> None:
    notebook = shown(lambda notebook: notebook.cells.insert(3, words("I must ask about this.")))
    assert cell_of(notebook, ONE).source == cell_of(notebook, TWO).source == ANSWER


def test_a_lost_cell_with_nothing_typed_again_shows_nothing_of_ours(
    shown: Callable[..., Any], made: Built
) -> None:
    def lose(notebook: Any) -> None:
        del notebook.cells[place(notebook, ONE)]
        del notebook.cells[place(notebook, TWO)]

    notebook = shown(lose)
    assert cell_of(notebook, ONE).source == cell_of(notebook, TWO).source == ANSWER


def pasted(name: str = "image.png", kind: str = "image/png") -> dict[str, Any]:
    return {name: {kind: PNG}}


def test_a_pasted_picture_is_seen(shown: Callable[..., Any]) -> None:
    def paste(notebook: Any) -> None:
        cell_of(notebook, ONE).source = "My ring: ![ring](attachment:image.png)"
        cell_of(notebook, ONE)["attachments"] = pasted()

    cell = cell_of(shown(paste), ONE)
    html = safe_markdown({"cell": cell}, cell.source)
    assert f'src="data:image/png;base64,{PNG}"' in html


@pytest.mark.parametrize(
    "link",
    [
        "![ring](attachment:my%20ring.png)",
        '![ring](attachment:my%20ring.png "as I see it")',
        "[![ring](attachment:my%20ring.png)](https://example.org)",
        '<img src="attachment:my%20ring.png" width="300"/>',
        "<p align=center><img alt='ring' src='attachment:my ring.png'></p>",
        "![ring][1]\n\n[1]: attachment:my%20ring.png",
        '<img alt="ring" src="figures/my ring.png">',
        "![ring](figures/my%20ring.png)",
    ],
)
def test_a_picture_is_seen_that_is_shown_by(link: str, shown: Callable[..., Any]) -> None:
    """JupyterLab shows all of these: with a size, as a link, under a name with a space."""

    def paste(notebook: Any) -> None:
        cell_of(notebook, ONE).source = f"My ring: {link}"
        cell_of(notebook, ONE)["attachments"] = pasted("my ring.png")

    cell = cell_of(shown(paste, {"figures/my ring.png": base64.b64decode(PNG)}), ONE)
    assert f"data:image/png;base64,{PNG}" in safe_markdown({"cell": cell}, cell.source)


def test_pictures_of_two_halves_with_one_name_are_both_seen(shown: Callable[..., Any]) -> None:
    def paste(notebook: Any) -> None:
        first = cell_of(notebook, ONE)
        second = copy.deepcopy(first)
        for cell, data in ((first, PNG), (second, PNG[:-8] + "BBBBBBBB")):
            cell.source = f"![{data[-4:]}](attachment:image.png)"
            cell["attachments"] = {"image.png": {"image/png": data}}
        notebook.cells.insert(place(notebook, ONE) + 1, second)

    cell = cell_of(shown(paste), ONE)
    html = safe_markdown({"cell": cell}, cell.source)
    assert html.count("<img") == 2
    assert len({part.split('"')[0] for part in html.split("base64,")[1:]}) == 2


def test_a_picture_file_beside_the_notebook_is_seen(shown: Callable[..., Any]) -> None:
    def link(notebook: Any) -> None:
        cell_of(notebook, ONE).source = "![mine](figures/my%20ring.png)"

    cell = cell_of(shown(link, {"figures/my ring.png": base64.b64decode(PNG)}), ONE)
    assert "data:image/png;base64," in safe_markdown({"cell": cell}, cell.source)


@pytest.mark.parametrize(
    "attachments",
    [
        None,
        [],
        "x",
        {"image.png": None},
        {"image.png": {"image/png": 7}},
        {"image.png": {"image/png": '"><script>'}},
        {"image.png": {"text/html": "<script>alert(1)</script>"}},
        {"image.png": {"image/svg+xml": PNG}},
        {"image.png": {"image/png": "A" * 9_000_000}},
    ],
)
def test_a_picture_that_is_none_costs_nothing_but_itself(
    attachments: object, shown: Callable[..., Any]
) -> None:
    def paste(notebook: Any) -> None:
        cell_of(notebook, ONE).source = f"{MINE} ![ring](attachment:image.png)"
        cell_of(notebook, ONE)["attachments"] = attachments

    cell = cell_of(shown(paste), ONE)
    html = safe_markdown({"cell": cell}, cell.source)
    assert "4 %" in html
    assert "<script" not in html


def test_a_graded_notebook_with_pictures_is_valid(shown: Callable[..., Any]) -> None:
    def paste(notebook: Any) -> None:
        cell_of(notebook, ONE).source = "![ring](attachment:image.png)"
        cell_of(notebook, ONE)["attachments"] = pasted()

    nbformat.validate(shown(paste))


def test_who_wrote_beside_an_untouched_notebook_is_looked_at(made: Built, tmp_path: Path) -> None:
    """`make lab` puts a new release beside one's own work under this name, and so one may work on in the wrong one."""
    path = tmp_path / f"{DAY.slug}.ipynb"
    path.write_text(json.dumps(made.released), encoding="utf-8")
    beside = path.with_name(f"{DAY.slug}.new.ipynb")
    beside.write_text(json.dumps(made.released), encoding="utf-8")
    assert read_submission(path, made).doubt == ""
    worked = copy.deepcopy(made.released)
    cell_of(worked, "day04-moved_share-code").source = "def moved_share(before, after, load=None): return 0.0"
    beside.write_text(json.dumps(worked), encoding="utf-8")
    doubt = read_submission(path, made).doubt
    assert beside.name in doubt
    assert "ask which one counts" in doubt
    path.write_text(json.dumps(worked), encoding="utf-8")
    found = read_submission(path, made)
    assert found.doubt == ""
    assert any(beside.name in flag and "not graded" in flag for flag in found.flags)


def test_a_doubt_waits_for_a_person_unless_all_points_are_earned() -> None:
    from course.checking.report import Claim, Finding, Report

    right = Report("x", (Claim("a"),), 2.0)
    wrong = Report("x", (Claim("a", finding=Finding("differs", "")),), 2.0)
    assert not Verdict("x", 2.0, right).needs_review
    assert Verdict("x", 2.0, wrong, "because").needs_review
