"""JupyterLab on the learner's folder, opened at the map of days."""

import contextlib
import hashlib
import json
import os
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from course.files import write_whole
from course.mocks import mocks, write_mocks
from course.notebook.daymap import START, show_map
from course.notebook.state import FOLDER
from course.syllabus import Day
from course.workspace import LANGUAGE, WORK

SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
    "@jupyterlab/notebook-extension:tracker": {
        "recordTiming": True,
        "codeCellConfig": {"lineNumbers": True, "lineWrap": True},
    },
}
"""JupyterLab's own prompts, off: they need the network, and stand in a beginner's way. When a cell ran, in its metadata: so
that a day that takes too long is seen. Line numbers, since cards name lines; long lines
wrap, since a docstring is read."""

_SHORTCUTS = Path(sys.prefix) / "share/jupyter/lab/schemas/@jupyterlab/notebook-extension/tracker.json"
"""The keys of JupyterLab's notebooks, and where each of them counts."""
_COMMANDS = ".jp-Notebook.jp-mod-commandMode:not(.jp-mod-readWrite) :focus"
"""Where a single key is a command: wherever in a notebook no text is written."""

PAGE = {"disabledExtensions": {"@jupyter/nbgrader": True}}
_NBGRADER = ("formgrader", "validate_assignment", "assignment_list", "course_list")
_AWAY = ["jupyter_lsp", *(f"nbgrader.server_extensions.{name}" for name in _NBGRADER)]
SERVER = {"ServerApp": {"jpserver_extensions": dict.fromkeys(_AWAY, False)}}
"""nbgrader's panels are an instructor's, and a second of start-up; a learner submits from a terminal or a hub. Language
servers are looked for by running npm, and none is there."""

_INTRO = """# Forty days of system design

A day is one interview question as a notebook: predict a number, watch a small finished system, write its central functions
yourself, break it, and defend it while an interviewer adds constraints.

**Shift+Enter** runs a cell and goes to the next. *Run ▸ Run All Cells* brings this page up to date. You do not program
today? Add a cell under a day's first code cell (press **B** there) and run `start("day04", play="reference")` in it: faults
and interview then run on the course's own implementation."""

_MOCK = """## Mock rounds

A whole round of 55 minutes, from the prompt to the last constraint, with a product manager's prompt below it; play one when
you have done a few days.

"""

_CALIBRATION = "## How well do you predict?\n\nEach day asks for a number before anything runs. Run the cell to see by how much yours missed."
_EXPLAINED = (
    "## How well do you explain?\n\nSection 7 of a day compares two spoken answers with their rubric. Run the cell to see what you "
    "gave yourself."
)
_HIDDEN = {"jupyter": {"source_hidden": True}}
"""The page's own code is one click away, and not in sight."""

_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": LANGUAGE,
}


def write_pages(work: Path = WORK) -> None:
    """The pages that are no day: the start page and those of the mock rounds."""
    write_start(work)
    write_mocks(work)


def write_start(work: Path = WORK) -> None:
    """Write the start page with the map as it stands now, unless a learner has edited its cells."""
    import nbformat
    from nbformat.sign import NotebookNotary

    path = work / START
    if path.exists() and not _as_written(path):
        return
    page = _page(work)
    write_whole(path, nbformat.writes(page).encode())
    notary = NotebookNotary(data_dir=str(_kept(work)))
    notary.sign(page)
    notary.store.close()


def arguments(work: Path, extra: Sequence[str]) -> list[str]:
    """What JupyterLab is told on ``work``; ``extra`` are a learner's own arguments, and win."""
    kept = _kept(work)
    # Root is what a container and a Codespace give; its server stays on this machine's own address.
    root = ["--allow-root", "--ServerApp.ip=127.0.0.1"] if _root() else []
    ours = [
        f"--ServerApp.root_dir={work}",
        f"--LabApp.default_url=/lab/tree/{START}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        f"--NotebookNotary.data_dir={kept}",
        f"--LabApp.workspaces_dir={kept / 'workspaces'}",
        "--Application.log_level=WARN",
        *root,
        *([] if _browser() else ["--no-browser"]),
    ]
    # JupyterLab does not load where an option stands twice.
    given = {each.partition("=")[0] for each in extra}
    return [*(each for each in ours if each.partition("=")[0] not in given), *extra]


def environment(work: Path) -> dict[str, str]:
    """What JupyterLab and its kernels find in their environment, besides what is there."""
    kept = _kept(work)
    labconfig = kept / "labconfig"
    labconfig.mkdir(parents=True, exist_ok=True)
    settings = {**SETTINGS, "@jupyterlab/shortcuts-extension:shortcuts": {"shortcuts": shortcuts()}}
    for name, setting in (("default_setting_overrides", settings), ("page_config", PAGE)):
        (labconfig / f"{name}.json").write_text(json.dumps(setting, indent=1), encoding="utf-8")
    (kept / "jupyter_server_config.json").write_text(json.dumps(SERVER, indent=1), encoding="utf-8")
    paths = [str(kept), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {
        # Two BLAS threads on a busy two-core machine made medians ten times worse.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "JUPYTER_CONFIG_PATH": os.pathsep.join(path for path in paths if path),
        # The kernel called python3 is this environment's, whatever else is installed for the user.
        "JUPYTER_PREFER_ENV_PATH": "1",
    }


def shortcuts() -> list[dict[str, Any]]:
    """JupyterLab's keys as they should be: none is a command while a widget has the focus.

    Without it an arrow key in a list of choices goes to the next cell, and the first letter of a choice, such as B,
    inserts one.
    """
    try:
        own = json.loads(_SHORTCUTS.read_bytes())["jupyter.lab.shortcuts"]
    except (OSError, ValueError, LookupError):
        return []
    keys = [key for key in own if key["selector"] == _COMMANDS and key["keys"] and not key.get("disabled")]
    outside = _COMMANDS + ":not(.jupyter-widgets *)"
    return [{**key, "disabled": True} for key in keys] + [{**key, "selector": outside} for key in keys]


def serve(extra: Sequence[str], work: Path = WORK) -> None:
    """Serve ``work`` by JupyterLab until it is ended; says first what a learner should know, the address last."""
    from jupyterlab.labapp import LabApp

    print(f"Starting JupyterLab in {work}", flush=True)
    write_pages(work)
    os.environ.update(environment(work))
    os.chdir(work)
    others = _others(work)
    server = LabApp.initialize_server(argv=arguments(work, extra))
    for line in [*others, *_greeting(server)]:
        print(line, flush=True)
    # Said above, in one line instead of eight.
    server.identity_provider.token_generated = False
    server.start()


def _greeting(server: Any) -> list[str]:
    """What is worth saying about a server that listens; its address is the last line."""
    said = []
    if _root():
        here = "on this machine alone" if server.ip == "127.0.0.1" else "as you asked"
        said.append(f"You are root: JupyterLab runs all the same, and listens at {server.ip}, {here}")
    default = int(os.environ.get("JUPYTER_PORT", server.port_default_value))
    asked = server.config.ServerApp.get("port", default)
    if asked not in (0, server.port):
        said.append(f"Port {asked} is taken: this is port {server.port}")
    return [*said, "Control-C, twice, ends it; what you saved stays. Open in a browser:", server.local_url]


def _others(work: Path) -> list[str]:
    """A line for each JupyterLab that serves ``work`` already: two would save over each other."""
    from jupyter_server.serverapp import list_running_servers

    same = [each for each in list_running_servers() if Path(each["root_dir"]) == work]
    return [
        f"This folder is open already, at {each['url']}: end that one, or work in one of them"
        for each in same
    ]


def kernels(work: Path, day: Day) -> list[str]:
    """The notebooks of ``day`` that have a kernel in a JupyterLab of this user, as paths within ``work``."""
    from jupyter_server.serverapp import list_running_servers

    found = []
    for server in list_running_servers():
        asked = Request(f"{server['url']}api/sessions", headers={"Authorization": f"token {server['token']}"})
        with contextlib.suppress(OSError, ValueError), urlopen(asked, timeout=2) as answer:
            paths = [Path(server["root_dir"]) / session["path"] for session in json.load(answer)]
            found += [
                path.relative_to(work).as_posix() for path in paths if path.is_relative_to(work / day.id)
            ]
    return sorted(set(found))


def _root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _browser() -> bool:
    """Whether there is a browser that could be opened."""
    try:
        return bool(webbrowser.get())
    except webbrowser.Error:
        return False


def _page(work: Path) -> Any:
    from nbformat import v4

    days = show_map(work)
    data = {"text/plain": days.text(), "text/html": days.html()}
    output = v4.new_output("execute_result", data=data, execution_count=1)
    rounds = "\n".join(f"- [{mock.title}]({mock.notebook.as_posix()})" for mock in mocks())
    show = "from course.notebook import show_map\n\nshow_map()"
    predictions = "from course.notebook import calibration\n\ncalibration()"
    explanations = "from course.notebook import explained\n\nexplained()"
    cells = [
        v4.new_markdown_cell(_INTRO, id="intro"),
        v4.new_code_cell(show, id="map", outputs=[output], execution_count=1, metadata=_HIDDEN),
        v4.new_markdown_cell(_MOCK + rounds, id="mock"),
        v4.new_markdown_cell(_CALIBRATION, id="predict"),
        v4.new_code_cell(predictions, id="calibration", metadata=_HIDDEN),
        v4.new_markdown_cell(_EXPLAINED, id="explain"),
        v4.new_code_cell(explanations, id="explained", metadata=_HIDDEN),
    ]
    return v4.new_notebook(cells=cells, metadata={**_METADATA, "course": {"page": _sources(cells)}})


def _as_written(path: Path) -> bool:
    """Whether nobody edited the page: its cells are those whose hash it carries."""
    import nbformat

    try:
        page = nbformat.read(path, as_version=4)
        return bool(page.metadata.get("course", {}).get("page") == _sources(page.cells))
    except Exception:
        return False


def _sources(cells: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps([cell.source for cell in cells]).encode()).hexdigest()


def _kept(work: Path) -> Path:
    """What JupyterLab keeps for this course (open tabs, whose saved output it trusts): with the learner's state."""
    folder = work / FOLDER / "jupyter"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
