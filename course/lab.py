"""JupyterLab on the learner's folder, opened at the map of days."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course.notebook.daymap import show_map
from course.workspace import STATE, WORK, write_whole

START = "start.ipynb"

SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
    "@jupyterlab/notebook-extension:tracker": {"recordTiming": True},
}
"""JupyterLab's own prompts, off: they need the network, and stand in a beginner's way. When a cell ran, in its metadata: so
that a day that takes too long is seen."""

PAGE = {"disabledExtensions": {"@jupyter/nbgrader": True}}
"""nbgrader's panels are an instructor's, and a second of start-up; a learner submits from a terminal or a hub."""

_INTRO = """# Forty days of system design

Open the day marked **next**: its link is in the map. Each day is a notebook of 60 to 90 minutes; run its cells from the
top with Shift+Enter. Run the cell below to bring this map up to date."""

_MOCK = """## Mock rounds

A whole round of 55 minutes, from the prompt to the last constraint:
[search over a billion documents](mock_search/search_at_scale.ipynb)."""

MOCK = Path("mock_search") / "search_at_scale.ipynb"

_MOCK_PAGE = """# Mock round · search over a billion documents

55 minutes, as in the real room: clarify for five, draw the whole for fifteen, then take the constraints as they come. Say
aloud what you think; keep notes. Each constraint is *measured* on your design, and you predict before each run. What you
did is in the scorecard at the end, and the transcript keeps it.

The numbers come from a model (`course/systems/simulate/search_service.py`): measured look-ups, published classifiers and rerankers,
and a cache by its formula. It leaves out keyword retrieval, the network between regions and slowness that correlates. A good
candidate says so before being asked."""

_CALIBRATION = "## How well do you predict?\n\nEach day asks for a number before anything runs. Run the cell to see by how much yours missed."

_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def write_start(work: Path = WORK) -> None:
    """Write the start page ``start.ipynb`` with the map as it stands now, unless a learner has edited its cells."""
    import nbformat
    from nbformat.sign import NotebookNotary

    path = work / START
    page = _page(work)
    if path.exists() and _sources(path) != [cell.source for cell in page.cells]:
        return
    write_whole(path, nbformat.writes(page).encode())
    notary = NotebookNotary(data_dir=str(_kept(work)))
    notary.sign(page)
    notary.store.close()


def write_mock(work: Path = WORK) -> None:
    """Write the page of the mock round where it is missing; a learner's own is never touched."""
    import nbformat
    from nbformat import v4

    path = work / MOCK
    if path.exists():
        return
    play = (
        "from course.days.day40_search_at_scale.mock import SCENARIO\nfrom course.notebook import interview\n\n"
        "table = interview(SCENARIO)\ntable"
    )
    cells = [v4.new_markdown_cell(_MOCK_PAGE, id="intro"), v4.new_code_cell(play, id="play")]
    page = v4.new_notebook(cells=cells, metadata=_METADATA)
    write_whole(path, nbformat.writes(page).encode())


def command(work: Path, extra: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The command that serves ``work``, and its environment; ``extra`` are JupyterLab's own arguments, and win."""
    kept = _kept(work)
    labconfig = kept / "labconfig"
    labconfig.mkdir(parents=True, exist_ok=True)
    for name, setting in (("default_setting_overrides", SETTINGS), ("page_config", PAGE)):
        (labconfig / f"{name}.json").write_text(json.dumps(setting, indent=1), encoding="utf-8")
    paths = [str(kept), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    environment = {
        **os.environ,
        # Two BLAS threads on a busy two-core machine made medians ten times worse.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "JUPYTER_CONFIG_PATH": os.pathsep.join(path for path in paths if path),
        # The kernel called python3 is this environment's, whatever else is installed for the user.
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    serve = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={work}", f"--LabApp.default_url=/lab/tree/{START}",
             "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
             f"--NotebookNotary.data_dir={kept}", f"--LabApp.workspaces_dir={kept / 'workspaces'}"]  # fmt: skip
    return [*serve, *extra], environment


def serve(extra: Sequence[str], work: Path = WORK) -> None:
    """Replace this process by JupyterLab on ``work``."""
    write_start(work)
    write_mock(work)
    line, environment = command(work, extra)
    os.chdir(work)
    os.execve(line[0], line, environment)


def _page(work: Path) -> Any:
    from nbformat import v4

    days = show_map(work)
    data = {"text/plain": days.text(), "text/html": days.html()}
    output = v4.new_output("execute_result", data=data, execution_count=1)
    cells = [
        v4.new_markdown_cell(_INTRO, id="intro"),
        v4.new_code_cell(
            "from course.notebook import show_map\n\nshow_map()",
            id="map",
            outputs=[output],
            execution_count=1,
        ),
        v4.new_markdown_cell(_MOCK, id="mock"),
        v4.new_markdown_cell(_CALIBRATION, id="predict"),
        v4.new_code_cell("from course.notebook import calibration\n\ncalibration()", id="calibration"),
    ]
    return v4.new_notebook(cells=cells, metadata=_METADATA)


def _sources(path: Path) -> list[str] | None:
    import nbformat

    try:
        return [cell.source for cell in nbformat.read(path, as_version=4).cells]
    except Exception:
        return None


def _kept(work: Path) -> Path:
    """What JupyterLab keeps for this course (open tabs, whose saved output it trusts): with the learner's state."""
    folder = work / STATE / "jupyter"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
