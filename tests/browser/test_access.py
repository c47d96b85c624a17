"""What everybody can read: axe-core and the contrast of every text, on a day, on a mock's page and on the report; in
`make nightly` on all days and mocks. A minute; pictures go to test-artifacts/.

Day 4 is solved, one exercise wrongly, and read in both themes at two widths; the other days are as they are given out, light
and wide, then dark and narrow. Interviews are played on the course's own implementation. Of each interview: before the knobs, after a
round that failed, and at its end.
"""

import importlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_session import IN_CHROMIUM, Notebook, chromium, lab, violations

from autograde.instructor_report import CheckRow, CohortReport, page
from course.build.days import existing_days
from course.checking.seeds import ROOT
from course.interview import Scenario
from course.mocks import Mock, mocks
from course.syllabus import Day, find
from course.workspace import Workspace

DAY = find(4)
ARTIFACTS = ROOT / "test-artifacts"
SLIP = "self.points[index % len(self.points)]", "self.points[index]"
"""What makes the card of the ring an open one: no wrap-around."""
ENDED = """() => window.jupyterapp.shell.currentWidget.content.widgets.every(cell =>
    cell.model.type !== 'code' || (cell.model.executionCount && cell.model.executionState !== 'running'))"""
READ = """() => { const book = window.jupyterapp.shell.currentWidget.node;
    book.querySelectorAll('.jp-MarkdownOutput > *, .jp-OutputArea-output > *').forEach(part => part.setAttribute('data-read', ''));
    book.querySelectorAll('details').forEach(fold => { fold.open = true; }); }"""
"""Marks what a reader sees of a notebook, its folds open."""
NIGHT = "COURSE_NIGHTLY" in os.environ
TRIED = existing_days() if NIGHT else [DAY, find(33)]
"""The days that are read: all of them for a night."""
ALIVE = ".iw-live:not(.jupyter-widgets-disconnected)"
WIDE, NARROW = ("Light", 1366), ("Dark", 700)

pytestmark = IN_CHROMIUM


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A learner's folder: day 4 solved but for one exercise, the others as they are given out."""
    folder = tmp_path_factory.mktemp("reader") / "work"
    Workspace(folder).bring()
    for day in TRIED:
        notebook = json.loads((folder / day.notebook).read_text())
        key = json.loads((ROOT / "solutions" / day.notebook).read_text())
        solved = {
            cell["id"]: "".join(cell["source"])
            for cell in key["cells"]
            if "BEGIN SOLUTION" in "".join(cell["source"])
        }
        for cell in notebook["cells"]:
            source = "".join(cell["source"])
            source = source.replace(f'start("{day.id}")', f'start("{day.id}", play="reference")')
            cell["source"] = source
            if day == DAY and cell["cell_type"] == "code" and "table" not in source:
                cell["source"] = solved.get(cell["id"], source).replace(*SLIP)
        (folder / day.notebook).write_text(json.dumps(notebook))
    return folder


@pytest.fixture(scope="module")
def desk(work: Path) -> Iterator[tuple[str, Any]]:
    with lab(work) as address, chromium() as page:
        yield address, page


def opened(desk: tuple[str, Any], path: str) -> Notebook:
    """A notebook that ran to its end."""
    address, page = desk
    notebook = Notebook(page)
    notebook.open(address.format(path))
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    notebook.command("notebook:run-all-cells")
    page.wait_for_function(ENDED, timeout=90_000)
    page.locator(ALIVE).first.wait_for()
    return notebook


def looks(notebook: Notebook, parts: str, *ways: tuple[str, int]) -> list[str]:
    """What is wrong with ``parts`` in each theme and width."""
    found = []
    for theme, width in ways:
        notebook.page.set_viewport_size({"width": width, "height": 768})
        notebook.theme(theme)
        notebook.page.evaluate(READ)
        found += [f"{theme}, {width}: {line}" for line in violations(notebook.page, parts)]
    return found


def moved(room: Path, scenario: Scenario, *designs: dict[str, Any]) -> None:
    """Leave a play behind, as ``interview.json`` holds it: in round after round the next of ``designs``."""
    moves = [
        {"round": at, "design": scenario.design(design), "predict": 1.0}
        for at, design in enumerate(designs, start=1)
    ]
    (room / "interview.json").write_text(json.dumps({"scenario": scenario.id, "moves": moves}))


def plays(
    notebook: Notebook, room: Path, scenario: Scenario, place: int, *ways: tuple[str, int]
) -> list[str]:
    """What is wrong with the widget after a round that failed, and at the end of a play."""
    references = [scenario.reference(each) for each in scenario.rounds]
    failed = references[:1] * 2  # what passes a round fails in the next
    found = []
    for designs, shown in ((failed, ".iw-broke"), (references, ".iw-out .iw-page-title")):
        moved(room, scenario, *designs)
        notebook.run(place)
        notebook.page.locator(f"{ALIVE} {shown}").first.wait_for()
        found += looks(notebook, ALIVE, *ways)
    return found


def _playing(notebook: Notebook) -> int:
    """The place of the cell that is the interview."""
    sources = ["".join(cell["source"]) for cell in notebook.cells()]
    return next(at for at, source in enumerate(sources) if "interview(SCENARIO" in source)


@pytest.mark.parametrize("day", TRIED, ids=lambda day: day.id)
def test_a_whole_day(day: Day, desk: tuple[str, Any], work: Path) -> None:
    notebook = opened(desk, day.notebook)
    ways = [WIDE, ("Dark", 1366), ("Light", 700), NARROW] if day == DAY else [WIDE, NARROW]
    found = looks(notebook, "[data-read]", *ways)
    if day == DAY:
        for name in ("card", "figure"):
            part = notebook.page.locator(f".course-{name}").first
            part.scroll_into_view_if_needed()
            box = part.bounding_box()
            assert box["x"] + box["width"] <= NARROW[1], f"a {name} runs off the edge"
            ARTIFACTS.mkdir(exist_ok=True)
            notebook.page.screenshot(path=ARTIFACTS / f"{name}-{NARROW[1]}-{NARROW[0]}.png")
    scenario = importlib.import_module(f"course.days.{day.package}.interview").SCENARIO
    found += plays(notebook, work / day.id, scenario, _playing(notebook), *ways)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("mock", mocks() if NIGHT else mocks()[:1], ids=lambda mock: str(mock.number))
def test_a_mock_round(mock: Mock, desk: tuple[str, Any], work: Path) -> None:
    notebook = opened(desk, mock.notebook.as_posix())
    ways = [WIDE, ("Dark", 1366), ("Light", 700), NARROW]
    found = looks(notebook, "[data-read]", *ways)
    scenario = importlib.import_module(f"course.days.{mock.source.parent.name}.mock").SCENARIO
    place = _playing(notebook)
    found += plays(notebook, (work / mock.notebook).parent, scenario, place, WIDE, NARROW)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("width", [1366, 700])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_instructors_report(scheme: Any, width: int, desk: tuple[str, Any], tmp_path: Path) -> None:
    rows = [
        CheckRow("day04-ring", 5, 0.4, 0.3, 1, 1, 0.5, 0, 0, [("a ring wraps around", 0.5)]),
        CheckRow("day04-moved", 2, 0.9, None, 0, 2, 0.1, 1, 0, [("what moved", 1.0)]),
    ]
    report = CohortReport(
        DAY,
        {"ada": {"day04-ring": 5, "day04-moved": 2}, "bea": {"day04-ring": 1, "day04-moved": 1}},
        rows,
        [("day04-ring", "points are `not` sorted", 1)],
        {"ada": ["a note"]},
        [("bea", "day04-moved", "memory")],
        {"cyd": "no notebook"},
        [["ada", "bea"]],
        {"ada": 30, "bea": 95},
        2.0,
        [("ada", "day04-ring", 0.5)],
    )
    (tmp_path / "report.html").write_text(page(report), encoding="utf-8")
    browser = desk[1].context.browser
    shown = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 768})
    shown.goto((tmp_path / "report.html").as_uri())
    ARTIFACTS.mkdir(exist_ok=True)
    shown.screenshot(path=ARTIFACTS / f"report-{width}-{scheme}.png", full_page=True)
    assert violations(shown, "body") == []
    shown.close()
