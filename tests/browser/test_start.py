"""The start page in the real JupyterLab: where it leads, and who can read it. About 25 s; pictures go to test-artifacts/."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_session import IN_CHROMIUM, READY, Notebook, chromium, lab, violations

from course.checking.seeds import ROOT
from course.lab import START
from course.mocks import mocks
from course.notebook import journal
from course.notebook.released import automatic_points, place, read_cells
from course.syllabus import find
from course.workspace import LANGUAGE, Workspace

DAY = find(4)
ARTIFACTS = ROOT / "test-artifacts"
pytestmark = IN_CHROMIUM


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A learner's folder in which the first check of day 4 has passed."""
    folder = tmp_path_factory.mktemp("started") / "work"
    Workspace(folder).bring()
    check, points = next(iter(automatic_points(read_cells(folder / DAY.notebook)).items()))
    passed = {"check": check, "passed": True, "score": points, "points": points, "texts": {}}
    journal.append(folder / ".course" / "progress.jsonl", passed)
    return folder


@pytest.fixture(scope="module")
def address(work: Path) -> Iterator[str]:
    with lab(work) as address:
        yield address


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with chromium() as page:
        yield page


def shown(page: Any) -> str:
    return str(page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path"))


def test_it_resumes_at_the_open_exercise(work: Path, address: str, page: Any) -> None:
    cells = read_cells(work / DAY.notebook)
    _, check, *_ = automatic_points(cells)
    heading, _ = place(cells, check)
    Notebook(page).open(address.format(START))
    page.locator(".course-desk a").first.click()
    page.wait_for_function(f"() => window.jupyterapp.shell.currentWidget.context.path === '{DAY.notebook}'")
    page.wait_for_function(READY)
    title = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) h3", has_text=heading)
    title.wait_for(state="visible")
    page.wait_for_function(
        "title => { const at = title.getBoundingClientRect(); return at.top > 50 && at.bottom < innerHeight; }",
        arg=title.element_handle(),
    )


def test_the_last_cell_of_a_day_leads_back_to_it(address: str, page: Any) -> None:
    notebook = Notebook(page)
    notebook.open(address.format(DAY.notebook))
    last = len(notebook.cells()) - 1
    notebook.run(last)
    notebook.show(last)
    back = page.locator(".course-desk a", has_text="back to the map")
    back.click()
    page.wait_for_function(f"() => window.jupyterapp.shell.currentWidget.context.path === '{START}'")


@pytest.mark.parametrize("path", [START, find(18).notebook, mocks()[0].notebook.as_posix()])
def test_opening_a_notebook_changes_nothing(path: str, address: str, page: Any) -> None:
    Notebook(page).open(address.format(path))
    info = "() => window.jupyterapp.shell.currentWidget.context.model.getMetadata('language_info')"
    assert page.evaluate(info) == LANGUAGE, "what the kernel says is what the file says"
    assert not page.evaluate("() => window.jupyterapp.shell.currentWidget.context.model.dirty")


@pytest.mark.parametrize("width", [1366, 700])
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_everybody_can_read_it(theme: str, width: int, address: str, page: Any) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    notebook = Notebook(page)
    notebook.open(address.format(START))
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    notebook.theme(theme)
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"start-{width}-{theme}.png")
    assert violations(page, ".course-desk") == []
