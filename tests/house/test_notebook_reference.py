"""Each day as a reader plays it who does not program: on the course's own implementation, section 4 never run. What its cells
show can be read, also in grey print. Some 4 s a day; two days, and all of them in `make nightly`.
"""

import ast
import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import pytest
from print_ready import alike, contrast, faint

from course.build.days import existing_days
from course.notebook import state
from course.notebook.chart import Calibration
from course.notebook.explained import Explained
from course.notebook.predictions import Outcome
from course.notebook.screens.page import Page
from course.notebook.screens.table import Table
from course.notebook.spoken import Answered, Mark
from course.syllabus import Day, find
from course.workspace import Workspace

TRIED = existing_days() if "COURSE_NIGHTLY" in os.environ else [find(4), find(39)]
"""The days that are played: all of them for a night."""


class Kernel:
    """What `start` asks of a shell: its names, and to show figures as the course does."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.user_ns = names
        self.config = SimpleNamespace(InlineBackend=SimpleNamespace())
        self.display_formatter = SimpleNamespace(mimebundle_formatter=self)

    def for_type_by_name(self, *named: object) -> None:
        pass

    def set_custom_exc(self, *handled: object) -> None:
        pass


@dataclass(frozen=True)
class Played:
    """A day's sections 1 to 3 and 5, run: the values of the last lines in section 5, what was printed, the figures, and the
    notebook's names and cells as they then are."""

    day: Day
    shown: list[object]
    printed: str
    figures: list[Any]
    names: dict[str, Any]
    cells: dict[int, list[str]]


def sections(path: Path) -> dict[int, list[str]]:
    """The code cells of a notebook by section, with the first choice, or 2, for each guess."""
    found: dict[int, list[str]] = {}
    section = 0
    for cell in json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            heads = re.findall(r"^## (\d)", source, re.MULTILINE)
            section = int(heads[-1]) if heads else section
            continue
        said = re.search(r"^guess = None\s+((?:# .*\n)+)", source, re.MULTILINE)
        choices = re.findall(r"\"[^\"]+\"", said[1]) if said else []
        first = choices[0] if choices else "2"
        found.setdefault(section, []).append(source.replace("guess = None", f"guess = {first}"))
    return found


@pytest.fixture(scope="module", params=TRIED, ids=lambda day: day.id)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    day: Day = request.param
    work = tmp_path_factory.mktemp(day.id) / "work"
    Workspace(work).bring()
    matplotlib.use("agg")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NBGRADER_EXECUTION", "COURSE_GATE", "COURSE_STATE"):
            patch.delenv(name, raising=False)
        patch.setitem(state._PLAY, "reference", False)
        patch.chdir(work / day.id)
        names: dict[str, Any] = {"__name__": "__main__"}
        patch.setattr("course.notebook.daymap._shell", lambda: Kernel(names))
        cells, shown, printed = sections(work / day.notebook), [], io.StringIO()
        with redirect_stdout(printed):
            for source in (*cells[1], *cells[2], *cells[3]):
                exec(source.replace(f'start("{day.id}")', f'start("{day.id}", play="reference")'), names)
            for source in cells[5]:
                *before, last = ast.parse(source).body
                value = "shown = " * isinstance(last, ast.Expr) + ast.unparse(last)
                exec("\n".join([*map(ast.unparse, before), value]), names)
                shown.append(names.pop("shown", None))
        figures = [plt.figure(number) for number in plt.get_fignums()]
        yield Played(day, shown, printed.getvalue(), figures, names, cells)
        plt.close("all")


def test_break_and_escalate_need_nothing_of_section_4(played: Played) -> None:
    assert "skip section 4" in played.printed
    pages = " ".join(page.text() for page in played.shown if isinstance(page, Page))
    assert "Fault: " in pages
    assert "written yet" not in pages + played.printed
    play, graded = played.cells[6]
    exec(play, played.names)
    table = played.names["table"]
    assert isinstance(table, Table)
    first = table.scenario.rounds[0]
    table.skip()
    table.propose(round=1, predict=1, **table.scenario.design(table.scenario.reference(first)))
    assert table.session.outcomes[0].passed, "round 1, on the course's own"
    exec(graded, played.names)


def test_an_exercise_that_was_laid_out_stays_open(played: Played) -> None:
    exec(next(source for source in played.cells[4] if "graded(" in source), played.names)
    assert "is not written yet" in played.names["verdict"].text()


def test_figures_can_be_read_in_grey(played: Played) -> None:
    assert played.figures
    for figure in played.figures:
        assert alike(figure) == []
        assert faint(figure) == []


def test_charts_of_the_start_page_can_be_read_in_grey() -> None:
    missed = Calibration(tuple(Outcome("day04", str(guess), guess, 1.0) for guess in (0.5, 1.0, 3.0)))
    spoken = Explained((Answered("day04", 1, "words", 90.0, marks=(Mark(2),) * 3),))
    for chart in (missed, spoken):
        assert alike(chart.figure()) == []
        assert faint(chart.figure()) == []


def test_what_cannot_be_told_apart_is_found() -> None:
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3], color="#1f4e79", label="one")
    axes.plot([2, 3, 4], color="#8b2500", label="other")
    axes.set_title("pale", color="#bbbbbb")
    assert alike(figure) == ["one and other: 1.03 apart, and the same stroke"]
    assert faint(figure) == ["'pale': 1.9"]
    plt.close(figure)
    assert round(contrast("white", "black")) == 21
