"""A whole day without a mouse, in the real JupyterLab: from the start page to the last cell of day 4. About 40 s.

Only keys are sent. A field or button is reached by Tab, and known by what a screen reader calls it.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_session import IN_CHROMIUM, READY, Notebook, chromium, lab

from course.checking.seeds import ROOT
from course.days.day04_consistent_hashing.interview import SCENARIO
from course.lab import START
from course.notebook import spoken
from course.syllabus import find
from course.workspace import Workspace

DAY = find(4)
NAME = """() => { const at = document.activeElement; if (at === document.body) return '';
    const by = document.getElementById(at.getAttribute('aria-labelledby'));
    return at.getAttribute('aria-label') || by?.innerText || [...(at.labels || [])].map(label => label.innerText).join(' ')
        || at.innerText || at.title || ''; }"""
"""What a screen reader calls the element that has the focus."""
WHERE = "() => { const book = window.jupyterapp.shell.currentWidget.content; return [book.activeCellIndex, book.mode]; }"
RAN = """at => { const cell = window.jupyterapp.shell.currentWidget.content.widgets[at].model;
    return cell.type !== 'code' || (cell.executionCount && cell.executionState !== 'running'); }"""
ANSWER = (
    "Only the keys of the dead server move, and every one of them is cold. The ring moved {moved}% of the keys when one server of "
    "twenty-four joined. A second copy stands on the next server clockwise, since that is where clients look next, and I "
    "pay for it with the memory again."
)

MOST = 40
"""Presses of Tab from one place of a day to another."""

pytestmark = IN_CHROMIUM


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "work"
    Workspace(folder).bring()
    return folder


@pytest.fixture(scope="module")
def page(work: Path) -> Iterator[Any]:
    with lab(work) as address, chromium() as page:
        Notebook(page).open(address.format(START))
        yield page


class Keys:
    """A reader at a keyboard."""

    def __init__(self, page: Any) -> None:
        self.page, self.board = page, page.keyboard

    def press(self, *keys: str) -> None:
        for key in keys:
            self.board.press(key)

    def tab_to(self, name: str, key: str = "Tab") -> None:
        """Press Tab, or another ``key``, until what is called ``name`` has the focus."""
        met = []
        for _ in range(MOST):
            self.board.press(key)
            met.append(self.page.evaluate(NAME))
            if name in met[-1]:
                return
        pytest.fail(f"Tab does not reach {name!r}; it met {met}")

    def has_focus(self, name: str) -> None:
        """Wait until what is called ``name`` has the focus: after a step the cursor stands where the next one begins."""
        self.page.wait_for_function(f"name => ({NAME})().includes(name)", arg=name)

    def to(self, cell: int) -> None:
        """Go to a cell by the arrow keys, by Tab out of a widget that has the focus."""
        while self.page.evaluate("() => document.activeElement.matches('body,input,.jupyter-widgets *')"):
            self.board.press("Tab")
        at, _ = self.page.evaluate(WHERE)
        while at != cell:
            self.board.press("ArrowDown" if at < cell else "ArrowUp")
            before, (at, _) = at, self.page.evaluate(WHERE)
            assert at != before, (
                f"the arrow keys do not leave cell {at}: {self.page.evaluate(NAME)!r} has the focus"
            )

    def run(self, cell: int) -> None:
        self.to(cell)
        self.board.press("Shift+Enter")
        self.page.wait_for_function(RAN, arg=cell, timeout=60_000)

    def write(self, cell: int, text: str) -> None:
        """Replace the text of a cell, and run it."""
        self.to(cell)
        self.press("Enter", "Control+a")
        self.board.insert_text(text)
        self.run(cell)


def test_a_whole_day_without_a_mouse(page: Any, work: Path) -> None:
    keys, notebook = Keys(page), Notebook(page)
    keys.tab_to(f"{DAY.number} {DAY.title}")
    keys.press("Enter")
    page.wait_for_function(f"() => window.jupyterapp.shell.currentWidget.context.path === '{DAY.notebook}'")
    page.wait_for_function(READY)
    cells = notebook.cells()
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id", "") for cell in cells]
    sources = ["".join(cell["source"]) for cell in cells]

    # Run, predict, write.
    keys.run(ids.index("day04-setup"))
    keys.write(4, sources[4].replace("guess = None", "guess = 1.5"))
    keys.run(6)
    keys.run(7)
    printed = "".join(output.get("text", "") for output in notebook.cells()[6]["outputs"])
    moved = re.search(r"ring\s+moved\s+([\d.]+)%", printed)
    assert moved, printed
    key = json.loads((ROOT / "solutions" / DAY.notebook).read_text())["cells"]
    solved = {cell["id"]: "".join(cell["source"]) for cell in key}
    for at, name in enumerate(ids):
        if name.endswith("-code"):
            keys.write(at, solved[cells[at]["id"]])
            keys.run(at + 1)
            card = "".join(notebook.cells()[at + 1]["outputs"][-1]["data"]["text/plain"])
            assert "[open]" not in card, card

    # Before the knobs: four fields by Tab, then locked.
    keys.to(ids.index("day04-play"))
    keys.press("Control+Enter")
    page.locator(".iw-live").wait_for()
    keys.tab_to("Start the 8 minutes")
    keys.press("Enter")
    keys.has_focus("Clarify")
    keys.board.type("How large is an entry of the table?")
    keys.tab_to("table in each client")
    keys.board.type("17")
    keys.tab_to("Interface and data")
    keys.board.type("lookup(key: str) -> server: str")
    keys.tab_to("Path")
    keys.board.type("client -> router x3 -> cache x24 -> database")
    keys.tab_to("Lock and compare")
    keys.press("Space")
    page.locator(".iw-live .iw-right").wait_for()

    # A knob by the arrow keys, a prediction, a run that breaks, a run that holds.
    keys.has_focus("Predict ")
    keys.tab_to("points a server of size 1", "Shift+Tab")
    keys.press("ArrowUp", "ArrowUp")
    assert page.evaluate("() => document.activeElement.value") == "3"
    keys.tab_to("Predict ")
    keys.board.type("1.3")
    keys.press("Enter")
    page.locator(".iw-live .iw-badge", has_text="BROKE").wait_for()
    reference = SCENARIO.design(SCENARIO.reference(SCENARIO.rounds[0]))
    keys.tab_to("points a server of size 1", "Shift+Tab")
    keys.press("Control+a")
    keys.board.type(str(reference["vnodes"]))
    keys.tab_to("Predict ")
    keys.board.type("1.3")
    page.locator(".iw-live .iw-run:enabled").wait_for()
    keys.tab_to("Run round 1")
    keys.press("Enter")
    page.locator(".iw-live .iw-badge", has_text="HELD").wait_for()

    # The drill card.
    keys.has_focus("In words")
    keys.board.type("The table grows with points times servers; a look-up by its logarithm.")
    if page.get_by_role("textbox", name="exponent before").is_visible():
        keys.tab_to("exponent before")
        keys.board.type("0")
        keys.tab_to("exponent after")
        keys.board.type("1")
    elif page.get_by_role("combobox", name="promise that breaks").is_visible():
        keys.tab_to("promise that breaks")
        keys.press("ArrowDown")
    keys.tab_to("Answer")
    keys.press("Enter")
    page.locator(".iw-live .iw-cards", has_text="A good answer").wait_for()
    keys.has_focus("Predict ")

    # A spoken answer: written, saved, locked, compared.
    keys.write(ids.index("day04-spoken-1"), ANSWER.format(moved=moved[1]))
    keys.press("Control+s")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    keys.to(ids.index("day04-spoken-1") + 1)
    keys.press("Control+Enter")
    page.locator(".iw-live", has_text="spoken question 1").wait_for()
    keys.tab_to("Start the two minutes")
    keys.press("Space")
    keys.tab_to("Lock and compare")
    keys.press("Enter")
    page.locator(".iw-live", has_text="Point 1 of 3").wait_for()
    for score in (2, 1, 0):
        keys.has_focus("Keep")
        keys.tab_to("2: with a number that I measured", "Shift+Tab")
        keys.press("Space", *["ArrowLeft"] * (2 - score))
        evidence = page.get_by_role("combobox", name="the sentence of yours")
        evidence.wait_for(state="visible" if score else "hidden")
        if score:
            keys.tab_to("the sentence of yours")
            keys.press(*["ArrowDown"] * (3 - score + 1))
        page.get_by_role("textbox", name="a number of yours").wait_for(
            state="visible" if score == 2 else "hidden"
        )
        if score == 2:
            keys.tab_to("a number of yours")
            keys.board.type(moved[1])
        keys.tab_to("Keep")
        keys.press("Enter")
        page.wait_for_function(
            "left => !document.body.innerText.includes(left)", arg=f"Point {3 - score} of 3".upper()
        )
    page.locator(".iw-live", has_text="3 of 6 by your own count").wait_for()
    assert [mark.score for mark in spoken.kept(DAY.id, 1, work / ".course").marks] == [2, 1, 0]

    # And back to the map.
    keys.to(len(cells) - 1)
    keys.press("Control+Enter")
    page.locator(".course-desk a", has_text="back to the map").wait_for()
    keys.tab_to("back to the map")
    keys.press("Enter")
    page.wait_for_function(f"() => window.jupyterapp.shell.currentWidget.context.path === '{START}'")
