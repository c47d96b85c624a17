"""Day 4 as a learner opens it: the real JupyterLab in Chromium. About 20 s; pictures go to test-artifacts/."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_session import CHROMIUM, FLAGS, IN_CHROMIUM, Notebook

from course.checking.seeds import ROOT
from course.syllabus import find

DAY = find(4)
CELLS = "window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.map(cell => cell.toJSON())"
ENDED = f"""() => {{ const code = {CELLS}.filter(cell => cell.cell_type === 'code');
    return code.every(cell => cell.execution_count)
        || code.some(cell => cell.outputs.some(output => output.output_type === 'error')); }}"""

pytestmark = IN_CHROMIUM


@pytest.fixture(scope="module")
def page(lab: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        Notebook(page).open(lab.format(DAY.notebook))
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_function(ENDED, timeout=60_000)
        yield page
        browser.close()


@pytest.fixture(scope="module")
def cells(page: Any) -> list[dict[str, Any]]:
    """The open notebook's cells with their outputs, as Lab holds them."""
    shown: list[dict[str, Any]] = page.evaluate(f"() => {CELLS}")
    return shown


def picture(page: Any, name: str) -> Path:
    folder = ROOT / "test-artifacts"
    folder.mkdir(exist_ok=True)
    path = folder / name
    page.screenshot(path=path)
    return path


def outputs(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [output for cell in cells for output in cell.get("outputs", [])]


def test_a_fresh_day_runs_to_its_end_without_an_error(page: Any, cells: list[dict[str, Any]]) -> None:
    assert not [output for output in outputs(cells) if output["output_type"] == "error"]
    assert not [output for output in outputs(cells) if output.get("name") == "stderr"]
    assert picture(page, "day04-fresh.png").stat().st_size > 20_000


def test_every_card_says_that_its_function_is_not_written_yet(cells: list[dict[str, Any]]) -> None:
    cards = {}
    for cell in cells:
        grader = cell["metadata"].get("nbgrader", {})
        if grader.get("grade") and cell["cell_type"] == "code":
            cards[grader["grade_id"]] = "".join(cell["outputs"][-1]["data"]["text/html"])
    assert "not played yet" in cards.pop("day04-interview")
    assert len(cards) == 4
    for name, card in cards.items():
        assert "not written yet" in card, name


def test_a_card_is_shown_on_the_page(page: Any) -> None:
    index = page.evaluate(
        """() => { const book = window.jupyterapp.shell.currentWidget.content;
        const cells = CELLS;
        const at = cells.findIndex(cell => cell.metadata.nbgrader?.grade_id === 'day04-ring');
        book.activeCellIndex = at; book.scrollToItem(at, 'center'); return at; }""".replace("CELLS", CELLS)
    )
    assert index > 0
    card = page.locator(".course-card", has_text="check_ring").first
    card.wait_for(state="visible", timeout=30_000)
    assert "HashRing.add is not written yet" in card.inner_text()
    picture(page, "day04-card.png")
