"""Day 4's interview and the mock round in the real JupyterLab: predict, fail, revise, restart, resume, finish. 45 s.

Pictures and timings go to test-artifacts/.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_session import CHROMIUM, FLAGS, IN_CHROMIUM, Notebook, lab

from course.checking.seeds import ROOT
from course.days.day04_consistent_hashing.interview import SCENARIO
from course.days.day40_search_at_scale.mock import SCENARIO as MOCK
from course.interview import Scenario
from course.syllabus import find
from course.workspace import Workspace

DAY = find(4)
ARTIFACTS = ROOT / "test-artifacts"
MOCK_CELL = "from course.days.day40_search_at_scale.mock import SCENARIO\nfrom course.notebook import interview\n\ninterview(SCENARIO)"
ALIVE = ".iw-live:not(.jupyter-widgets-disconnected)"

pytestmark = IN_CHROMIUM


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A learner's folder in which day 4's exercises are solved, and nothing else is done."""
    folder = tmp_path_factory.mktemp("player") / "work"
    Workspace(folder).bring()
    copy = folder / DAY.notebook
    notebook = json.loads(copy.read_text())
    key = json.loads((ROOT / "solutions" / DAY.notebook).read_text())
    solved = {_grade_id(cell): cell["source"] for cell in key["cells"] if _grade_id(cell).endswith("-code")}
    assert len(solved) >= 2
    for cell in notebook["cells"]:
        cell["source"] = solved.get(_grade_id(cell), cell["source"])
    copy.write_text(json.dumps(notebook))
    return folder


@pytest.fixture(scope="module")
def desk(work: Path) -> Iterator[tuple[str, Any]]:
    """Lab's address and a page in the browser."""
    from playwright.sync_api import sync_playwright

    with lab(work) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1240, "height": 1050})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield address, page
        browser.close()
        assert errors == []


def opened(desk: tuple[str, Any], path: str) -> Notebook:
    address, page = desk
    notebook = Notebook(page)
    notebook.open(address.format(path))
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    return notebook


TYPED = """([field, keys]) => { field.focus(); field.select();
    for (const key of keys) document.execCommand('insertText', false, key); }"""
"""Types keys in one go, with an event for each, so that none is answered before the last."""

BEYOND = """() => { const edge = document.querySelector('.iw-live').getBoundingClientRect().right;
    return [...document.querySelectorAll('.iw-live .iw-columns *')].filter(part => part.getClientRects().length
        && part.getBoundingClientRect().right > edge).map(part => part.outerHTML.slice(0, 99)); }"""
"""The parts of the widget that run off its edge."""


class Player:
    """Plays at the widget as a person does: by what is on the page."""

    def __init__(self, notebook: Notebook, scenario: Scenario) -> None:
        self.notebook, self.page, self.scenario = notebook, notebook.page, scenario
        self.predicted: list[float] = []
        self.moves: list[float] = []
        """Seconds from pressing Enter to the answer on the page, the scenario's own run included."""

    def sit_down(self, place: int, ready: str = "Run round") -> float:
        """Run the cell of the interview; seconds to its first picture. ``ready`` is the button that then waits."""
        began = time.monotonic()
        self.page.evaluate(
            """at => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = at;
            window.jupyterapp.commands.execute('notebook:run-cell'); }""",
            place,
        )
        self.page.locator(f"{ALIVE} .iw-title").wait_for(timeout=30_000)
        painted = time.monotonic() - began
        # Saved moves are measured after the first picture; then the button carries its round.
        self.page.locator(f"{ALIVE} button", has_text=ready).wait_for(timeout=30_000)
        return painted

    @property
    def round(self) -> str:
        return str(self.page.locator(f"{ALIVE} .iw-at").inner_text()).split()[-1]

    @property
    def blocked(self) -> bool:
        return bool(self.page.locator(f"{ALIVE} .iw-run").is_disabled())

    def set(self, **design: object) -> None:
        """Set knobs: a number by what a screen reader calls it, choices by their label."""
        for name, value in design.items():
            label = next(knob.label for knob in self.scenario.knobs if knob.name == name)
            field = self.page.locator(f"{ALIVE} .iw-field", has_text=label)
            number = self.page.get_by_role("spinbutton", name=label)
            if number.count():
                number.fill(str(value))
                number.press("Enter")
            else:
                choices = field.get_by_role("combobox")
                if choices.count():
                    choices.select_option(label=str(value))
                else:
                    field.get_by_label(str(value), exact=True).check()

    def run(self, predict: float) -> str:
        """Predict, press Enter before the kernel can have heard of a key, and read what came."""
        field = self.page.get_by_role("textbox", name="Predict ")
        # The transcript's count says that an answer is a new one.
        runs = self.runs
        self.predicted.append(predict)
        began = time.monotonic()
        self.page.evaluate(TYPED, [field.element_handle(), f"{predict:g}\n"])
        self.page.locator(f"{ALIVE} summary", has_text=f"Transcript: {runs + 1} run").wait_for(timeout=30_000)
        self.moves.append(time.monotonic() - began)
        return str(self.page.locator(f"{ALIVE} .iw-headline").inner_text())

    @property
    def runs(self) -> int:
        shown = self.page.locator(f"{ALIVE} summary", has_text="Transcript:")
        return int(shown.inner_text().split()[1]) if shown.count() else 0

    def finish(self) -> None:
        """The reference's designs to the end."""
        while self.page.locator(f"{ALIVE} .iw-at").count():
            current = next(each for each in self.scenario.rounds if each.name == self.round)
            self.set(**self.scenario.design(self.scenario.reference(current)))
            budget = current.budget(current.predicts)
            assert "HELD" in self.run(budget.limit if budget else 1)
        total = len(self.scenario.rounds)
        self.page.locator(f"{ALIVE} .iw-out").get_by_text(f"all {total} rounds passed").wait_for(
            timeout=10_000
        )

    def picture(self, name: str, height: int = 1050) -> None:
        """The widget as it stands, in a window that is high enough for all of it."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.set_viewport_size({"width": 1240, "height": height})
        self.page.locator(".iw-live").first.screenshot(path=ARTIFACTS / name)


def test_an_interview_is_played_failed_revised_resumed_and_finished(
    desk: tuple[str, Any], work: Path
) -> None:
    notebook = opened(desk, DAY.notebook)
    player, page = Player(notebook, SCENARIO), notebook.page
    ids = [_grade_id(cell) for cell in notebook.cells()]
    first = next(at for at, cell in enumerate(notebook.cells()) if cell["cell_type"] == "code")
    needed = [first, *(at for at, name in enumerate(ids) if name.endswith("-code"))]
    play = ids.index(f"{DAY.id}-play")
    notebook.run(*needed)
    first_picture = player.sit_down(play, "Lock and compare")

    # Before the knobs: four fields, the path drawn as it is written, answers to what is asked; then locked.
    assert page.locator(f"{ALIVE} .iw-right").is_hidden()
    page.get_by_role("textbox", name="Clarify").fill("How large is an entry of the table?")
    page.get_by_role("textbox", name="table in each client").fill("17")
    page.get_by_role("textbox", name="Interface and data").fill(
        "lookup(key: str) -> server: str\nload: cache, key server"
    )
    page.get_by_role("textbox", name="Path").fill("client -> router ×3 -> cache ×24 -> database")
    page.get_by_role("textbox", name="Clarify").click()
    page.locator(f"{ALIVE} .iw-plan .iw-path").wait_for(timeout=10_000)
    page.locator(f"{ALIVE} .iw-says", has_text="A point takes 12 bytes").wait_for(timeout=10_000)
    player.picture("interview-before.png", 1700)
    page.get_by_role("button", name="Lock and compare").click()
    page.locator(f"{ALIVE} .iw-right").wait_for(timeout=10_000)
    beside = page.locator(f"{ALIVE} .iw-beside")
    beside.locator("summary").first.click()
    assert "1 of 3 right" in beside.inner_text().lower()
    assert beside.locator(".iw-single").count() == 2, "the database, in both paths"
    player.picture("interview-compared.png", 1700)
    beside.locator("summary").first.click()

    # Without a prediction nothing runs; garbage is answered.
    assert player.round == "steady"
    assert player.blocked
    page.get_by_role("textbox", name="Predict ").fill("a lot")
    page.locator(".iw-hint", has_text="“a lot” is no number").wait_for(timeout=10_000)
    assert player.blocked

    # A question, the clock, and a first design that breaks.
    page.get_by_role("button", name="How many distinct keys").press("Enter")
    page.locator(".iw-you", has_text="How many distinct keys").wait_for(timeout=10_000)
    page.get_by_role("button", name="Start the clock").click()
    page.get_by_role("timer").wait_for(timeout=10_000)
    assert "BROKE" in player.run(1.3)
    assert player.round == "steady"

    # Revised, it holds; the next constraint breaks it, by the promise that was said.
    player.set(vnodes=20)
    assert "HELD" in player.run(1.3)
    card = page.locator(f"{ALIVE} .iw-drill")
    card.get_by_role("textbox", name="In words").fill(
        "The table grows with points times servers; a look-up by its logarithm."
    )
    if card.get_by_role("textbox", name="exponent before").is_visible():
        card.get_by_role("textbox", name="exponent before").fill("0")
        card.get_by_role("textbox", name="exponent after").fill("1")
    else:
        card.get_by_role("combobox").select_option(label=SCENARIO.name("table"))
    card.get_by_role("button", name="Answer").click()
    page.locator(f"{ALIVE} .iw-cards", has_text="right").wait_for(timeout=10_000)
    player.set(vnodes=60)
    assert "HELD" in player.run(1.25)
    page.get_by_role("combobox", name="what breaks first?").select_option(label=SCENARIO.name("database"))
    page.get_by_role("textbox", name="give or take").fill("0.3")
    assert "BROKE" in player.run(1.4)
    assert player.round == "death"
    page.locator(".iw-quiet", has_text="breaks first: so it was").wait_for(timeout=10_000)
    player.set(vnodes=400, copies=2)
    page.get_by_role("textbox", name="give or take").fill("0.2")
    assert "BROKE" in player.run(0.7)
    page.locator(".iw-left", has_text="under round 2 · mixed").wait_for(timeout=10_000)
    page.set_viewport_size({"width": 480, "height": 900})
    assert page.evaluate(BEYOND) == [], "on a narrow screen something runs off the edge"
    page.get_by_role("textbox", name="Your answer").fill(
        "112 KiB in each client. A join sends only the new server and its points: a delta."
    )
    page.get_by_role("textbox", name="Notes").fill("24 servers: the dead one has a twelfth of the ring")
    page.locator(f"{ALIVE} .iw-title").click()
    player.picture("interview.png")

    # The kernel restarts: the page says so, and running the cells again resumes the play.
    notebook.restart()
    page.locator(".iw-live.jupyter-widgets-disconnected").wait_for(timeout=30_000)
    player.picture("interview-restarted.png")
    notebook.run(*needed)
    player.sit_down(play)
    page.locator(f"{ALIVE} summary", has_text="Transcript: 5 runs").wait_for(timeout=30_000)
    assert player.round == "death"
    assert "24 servers" in page.get_by_role("textbox", name="Notes").input_value()
    assert "a delta" in page.get_by_role("textbox", name="Your answer").input_value()
    assert page.get_by_role("timer").count() == 1

    player.finish()
    scorecard = page.locator(f"{ALIVE} .iw-out")
    assert "names what breaks first, before being told" in scorecard.inner_text()
    page.get_by_role("button", name="Save the transcript").click()
    page.locator(".iw-foot .iw-hint", has_text="written beside the notebook").wait_for(timeout=10_000)
    player.picture("interview-finished.png", 1700)
    notebook.command("apputils:change-theme", theme="JupyterLab Dark")
    page.locator("body[data-jp-theme-light=false]").wait_for(state="attached", timeout=30_000)
    player.picture("interview-dark.png", 1700)

    # The graded cell measures the saved moves again.
    graded = ids.index(f"{DAY.id}-interview")
    notebook.run(graded)
    card = "".join(notebook.cells()[graded]["outputs"][-1]["data"]["text/html"])
    assert "6 of 6 checks pass" in card
    assert "2 of 2 points" in card

    # What is left: moves, notes, transcript, predictions, and the play as a page in the saved notebook.
    room = work / DAY.id
    moves = json.loads((room / "interview.json").read_text())["moves"]
    assert len(moves) == 5 + 4
    assert [move["predict"] for move in moves] == player.predicted
    assert (room / "interview-transcript.md").read_text().count("\n## Round") == len(moves)
    assert (work / ".course" / "predictions.jsonl").read_text().count('"measured"') == len(moves)
    notebook.command("docmanager:save")
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=10_000)
    saved = json.loads((work / DAY.notebook).read_text())["cells"][play]
    assert "all 6 rounds passed" in "".join(saved["outputs"][-1]["data"]["text/plain"])
    timings = {
        "first picture, s": round(first_picture, 2),
        "moves, s": [round(each, 2) for each in player.moves],
    }
    (ARTIFACTS / "interview-timings.json").write_text(json.dumps(timings))


def test_the_mock_round_is_opened_failed_and_finished(desk: tuple[str, Any], work: Path) -> None:
    import nbformat

    path = work / "mock" / "search.ipynb"
    path.parent.mkdir()
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    cell = nbformat.v4.new_code_cell(MOCK_CELL)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}), path)
    player = Player(opened(desk, "mock/search.ipynb"), MOCK)
    player.sit_down(0, "Skip to the knobs")
    player.page.get_by_role("button", name="Skip to the knobs").click()
    player.page.locator(f"{ALIVE} .iw-right").wait_for(timeout=10_000)
    naive = MOCK.naive
    assert naive.design is not None
    while player.round != naive.fails_round:
        player.set(**naive.design)
        assert "HELD" in player.run(1)
    player.set(**naive.design)
    assert "BROKE" in player.run(1)
    player.picture("interview-mock.png")
    player.finish()
    moves = json.loads((path.parent / "interview.json").read_text())
    assert moves["scenario"] == MOCK.id
    assert len(moves["moves"]) == len(MOCK.rounds) + 1


def _grade_id(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
