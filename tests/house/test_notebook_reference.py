"""A reader who does not program plays a day on the course's own implementation, with section 4 never run. Some 5 s a day."""

import ast
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import pytest

from course.build.days import existing_days
from course.notebook import state
from course.notebook.screens.page import Page
from course.notebook.screens.table import Table
from course.syllabus import Day
from course.workspace import Workspace


class Kernel:
    """What `start` asks of a shell: its names, and to show figures as the course does."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.user_ns = names
        self.config = SimpleNamespace(InlineBackend=SimpleNamespace())
        self.display_formatter = SimpleNamespace(mimebundle_formatter=self)

    def for_type_by_name(self, *named: object) -> None:
        pass


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("NBGRADER_EXECUTION", "COURSE_GATE", "COURSE_STATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(state._PLAY, "reference", False)
    matplotlib.use("agg")
    folder = tmp_path / "work"
    Workspace(folder).bring()
    return folder


def sections(path: Path) -> dict[int, list[str]]:
    """The code cells of a notebook by section, with the first choice, or 1, for each guess."""
    found: dict[int, list[str]] = {}
    section = 0
    for cell in json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            heads = re.findall(r"^## (\d)", source, re.MULTILINE)
            section = int(heads[-1]) if heads else section
            continue
        choices = re.search(r"^guess = None\s+# [^\"]*(\"[^\"]+\")", source, re.MULTILINE)
        first = choices[1] if choices else "1"
        found.setdefault(section, []).append(source.replace("guess = None", f"guess = {first}"))
    return found


@pytest.mark.parametrize("day", existing_days(), ids=lambda day: day.id)
def test_break_and_escalate_need_nothing_of_section_4(
    day: Day, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(work / day.id)
    cells = sections(work / day.notebook)
    names: dict[str, Any] = {"__name__": "__main__"}
    monkeypatch.setattr("course.notebook.daymap._shell", lambda: Kernel(names))
    for source in (*cells[1], *cells[2], *cells[3]):
        exec(source.replace(f'start("{day.id}")', f'start("{day.id}", play="reference")'), names)
    assert "skip section 4" in capsys.readouterr().out
    pages = []
    for source in cells[5]:
        *before, last = ast.parse(source).body
        shows = isinstance(last, ast.Expr)
        exec(
            "\n".join(
                [*map(ast.unparse, before), f"shown = {ast.unparse(last)}" if shows else ast.unparse(last)]
            ),
            names,
        )
        pages.append(names.pop("shown", None))
    shown = " ".join(page.text() for page in pages if isinstance(page, Page))
    assert "Fault: " in shown
    assert "written yet" not in shown + capsys.readouterr().out
    play, graded = cells[6]
    exec(play, names)
    table = names["table"]
    assert isinstance(table, Table)
    first = table.scenario.rounds[0]
    table.skip()
    table.propose(round=1, predict=1, **table.scenario.design(table.scenario.reference(first)))
    assert table.session.outcomes[0].passed, "round 1, on the course's own"
    exec(graded, names)
    exec(next(source for source in cells[4] if "graded(" in source), names)
    assert "is not written yet" in names["verdict"].text(), "an exercise that was laid out stays open"
