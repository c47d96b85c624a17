"""What everybody can read: axe-core on a whole day and on the pages beside it, in both themes, wide and narrow. A minute;
pictures go to test-artifacts/.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_session import IN_CHROMIUM, Notebook, chromium, lab, violations

from autograde.instructor_report import CheckRow, CohortReport, page
from course.checking.seeds import ROOT
from course.syllabus import find
from course.workspace import Workspace

DAY = find(4)
ARTIFACTS = ROOT / "test-artifacts"
SLIP = "self.points[index % len(self.points)]", "self.points[index]"
"""What makes the card of the ring an open one: no wrap-around."""
ENDED = """() => window.jupyterapp.shell.currentWidget.content.widgets.every(cell =>
    cell.model.type !== 'code' || (cell.model.executionCount && cell.model.executionState !== 'running'))"""
OUTPUTS = """at => { document.querySelectorAll('[data-read]').forEach(old => old.removeAttribute('data-read'));
    const cell = window.jupyterapp.shell.currentWidget.content.widgets[at].node;
    cell.querySelectorAll('.jp-MarkdownOutput > *, .jp-OutputArea-output').forEach(part => part.setAttribute('data-read', ''));
    cell.querySelectorAll('details').forEach(fold => { fold.open = true; }); }"""
"""Marks what a reader sees of a cell, its folds open."""

pytestmark = IN_CHROMIUM


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    """Day 4 in Lab, run to its end with its exercises solved, one of them wrongly."""
    work = tmp_path_factory.mktemp("reader") / "work"
    Workspace(work).bring()
    copy = work / DAY.notebook
    day, key = (json.loads(path.read_text()) for path in (copy, ROOT / "solutions" / DAY.notebook))
    solved = {
        cell["id"]: "".join(cell["source"])
        for cell in key["cells"]
        if "BEGIN SOLUTION" in "".join(cell["source"])
    }
    for cell in day["cells"]:
        if cell["cell_type"] == "code" and "table" not in "".join(cell["source"]):
            cell["source"] = solved.get(cell["id"], "".join(cell["source"])).replace(*SLIP)
    copy.write_text(json.dumps(day))
    with lab(work) as address, chromium() as page:
        opened = Notebook(page)
        opened.open(address.format(DAY.notebook))
        page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
        opened.command("notebook:run-all-cells")
        page.wait_for_function(ENDED, timeout=60_000)
        yield opened


@pytest.mark.parametrize("width", [1366, 700])
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_a_whole_day(theme: str, width: int, notebook: Notebook) -> None:
    page = notebook.page
    page.set_viewport_size({"width": width, "height": 768})
    notebook.theme(theme)
    ARTIFACTS.mkdir(exist_ok=True)
    found = []
    for at in range(len(notebook.cells())):
        notebook.show(at)
        page.evaluate(OUTPUTS, at)
        if page.locator("[data-read]").count():
            found += [f"cell {at}: {line}" for line in violations(page, "[data-read]")]
    assert found == []
    for name in ("card", "figure"):
        part = page.locator(f".course-{name}").first
        part.scroll_into_view_if_needed()
        box = part.bounding_box()
        assert box["x"] + box["width"] <= width, f"a {name} runs off the edge"
        page.screenshot(path=ARTIFACTS / f"{name}-{width}-{theme}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_instructors_report(scheme: Any, notebook: Notebook, tmp_path: Path) -> None:
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
    shown = notebook.page.context.browser.new_page(color_scheme=scheme)
    shown.goto((tmp_path / "report.html").as_uri())
    ARTIFACTS.mkdir(exist_ok=True)
    shown.screenshot(path=ARTIFACTS / f"report-{scheme}.png", full_page=True)
    assert violations(shown, "html") == []
