"""JupyterLab on the learner's folder: a real server. Fifteen seconds."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from learner_room import day_four, write_notebook

from course.lab import START, arguments, environment, kernels, shortcuts, write_start
from course.syllabus import find

TOKEN = "a-token-of-the-test"


SERVE = "import sys; from pathlib import Path; from course.lab import serve; serve(sys.argv[2:], Path(sys.argv[1]))"


@contextlib.contextmanager
def serving(work: Path, home: Path, *extra: str) -> Iterator[list[str]]:
    """JupyterLab as `course lab` starts it; the lines that it says, the last of which is its address."""
    line = [
        sys.executable,
        "-c",
        SERVE,
        str(work),
        "--no-browser",
        f"--IdentityProvider.token={TOKEN}",
        *extra,
    ]
    process = subprocess.Popen(
        line,
        env=os.environ | {"HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = []
    for heard in process.stdout:
        said.append(heard.rstrip())
        if heard.startswith("http://"):
            break
    try:
        yield said
    finally:
        process.terminate()
        process.communicate()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, str, list[str]]]:
    """Its folder, its home, its address, and what it said."""
    root = tmp_path_factory.mktemp("lab")
    work, home = root / "work", root / "home"
    home.mkdir()
    write_notebook(work / "day04" / "consistent_hashing.ipynb", day_four())
    with serving(work, home, "--port=0") as said:
        yield work, home, said[-1].partition("/lab/")[0], said


def ask(address: str, path: str, body: object = None, method: str | None = None) -> Any:
    """What the server answers to a request, which is a POST where it has a body."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"token {TOKEN}"}
    request = urllib.request.Request(f"{address}{path}", data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or "null")


def test_it_says_little_and_the_address_last(lab: tuple[Path, Path, str, list[str]]) -> None:
    said = lab[3]
    assert 2 <= len(said) <= 10
    assert re.fullmatch(r"http://(127\.0\.0\.1|localhost):\d+/lab/tree/start\.ipynb\?token=\S+", said[-1])


@pytest.mark.skipif(os.geteuid() != 0, reason="for root alone")
def test_root_is_served_on_this_machine_alone_and_told_so(lab: tuple[Path, Path, str, list[str]]) -> None:
    assert any("You are root" in line and "127.0.0.1, on this machine alone" in line for line in lab[3])


def test_a_port_that_is_taken_and_a_folder_that_is_open_are_said(
    lab: tuple[Path, Path, str, list[str]],
) -> None:
    work, home, address, _ = lab
    port = int(address.rpartition(":")[2])
    with serving(work, home, f"--port={port}") as said:
        assert f"This folder is open already, at {address}/: end that one, or work in one of them" in said
        assert f"Port {port} is taken: this is port" in "\n".join(said)
        assert f":{port}/" not in said[-1]


def test_it_serves_the_learners_folder_and_opens_the_map(lab: tuple[Path, Path, str, list[str]]) -> None:
    address = lab[2]
    assert {entry["name"] for entry in ask(address, "/api/contents")["content"]} == {
        "day04",
        "mocks",
        START,
    }
    request = urllib.request.Request(f"{address}/?token={TOKEN}")
    with urllib.request.urlopen(request) as answer:
        assert "/lab/tree/start.ipynb" in answer.url


def test_it_knows_the_notebooks_of_a_day_that_have_a_kernel(
    lab: tuple[Path, Path, str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    work, home, address, _ = lab
    monkeypatch.setenv("HOME", str(home))
    assert kernels(work, find(4)) == []
    body = {
        "path": "day04/consistent_hashing.ipynb",
        "type": "notebook",
        "name": "",
        "kernel": {"name": "python3"},
    }
    session = ask(address, "/api/sessions", body)
    try:
        assert kernels(work, find(4)) == ["day04/consistent_hashing.ipynb"]
        assert kernels(work, find(5)) == []
    finally:
        ask(address, f"/api/sessions/{session['id']}", method="DELETE")


def test_it_asks_for_no_news_and_no_updates(lab: tuple[Path, Path, str, list[str]]) -> None:
    settings = ask(lab[2], "/lab/api/settings/@jupyterlab/apputils-extension:notification")["schema"][
        "properties"
    ]
    assert settings["fetchNews"]["default"] == "false"
    assert settings["checkForUpdates"]["default"] is False


def test_it_writes_nothing_into_the_home_but_what_jupyter_keeps_while_it_runs(
    lab: tuple[Path, Path, str, list[str]],
) -> None:
    written = {path.relative_to(lab[1]).as_posix() for path in lab[1].rglob("*") if path.is_file()}
    assert all("/runtime/" in name or "/.jupyter/" in f"/{name}" or "cookie" in name for name in written), (
        written
    )


def test_the_start_page_shows_the_map_before_anything_runs(lab: tuple[Path, Path, str, list[str]]) -> None:
    cells = ask(lab[2], f"/api/contents/{START}")["content"]["cells"]
    page = "".join(output["data"]["text/html"] for cell in cells for output in cell.get("outputs", []))
    assert 'href="day04/consistent_hashing.ipynb"' in page
    assert all(cell["metadata"].get("trusted", True) for cell in cells)


def test_its_kernels_use_one_thread_each(tmp_path: Path) -> None:
    found = environment(tmp_path)
    assert (found["OMP_NUM_THREADS"], found["OPENBLAS_NUM_THREADS"]) == ("1", "1")
    assert not {"NBGRADER_EXECUTION", "COURSE_GATE"} & found.keys()


def test_a_learners_own_arguments_win(tmp_path: Path) -> None:
    assert arguments(tmp_path, ["--ip=0.0.0.0", "--port=9999"])[-2:] == ["--ip=0.0.0.0", "--port=9999"]
    page = "--LabApp.default_url=/lab/tree/mocks/one.ipynb"
    said = arguments(tmp_path, [page])
    assert [each for each in said if each.startswith("--LabApp.default_url")] == [page]


def test_a_start_page_that_a_learner_edited_is_kept(tmp_path: Path) -> None:
    write_notebook(tmp_path / "day04" / "consistent_hashing.ipynb", day_four())
    write_start(tmp_path)
    page = nbformat.read(tmp_path / START, as_version=4)
    page.cells[1].outputs = []
    nbformat.write(page, tmp_path / START)
    write_start(tmp_path)
    assert nbformat.read(tmp_path / START, as_version=4).cells[1].outputs
    page.cells[0].source = "# My notes"
    nbformat.write(page, tmp_path / START)
    write_start(tmp_path)
    assert nbformat.read(tmp_path / START, as_version=4).cells[0].source == "# My notes"


def test_an_older_start_page_that_nobody_edited_is_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("course.lab._INTRO", "# The page of an older course")
    write_start(tmp_path)
    monkeypatch.undo()
    write_start(tmp_path)
    assert nbformat.read(tmp_path / START, as_version=4).cells[0].source.startswith("# Forty days")


def test_a_start_page_that_is_spoilt_is_kept_too(tmp_path: Path) -> None:
    (tmp_path / START).write_text("not a notebook")
    write_start(tmp_path)
    assert (tmp_path / START).read_text() == "not a notebook"


def test_the_start_page_validates(tmp_path: Path) -> None:
    write_start(tmp_path)
    nbformat.validate(nbformat.read(tmp_path / START, as_version=4))
    shutil.rmtree(tmp_path / ".course")


def test_no_single_key_is_a_command_while_a_widget_has_the_focus() -> None:
    keys = shortcuts()
    off, moved = (
        [key for key in keys if key.get("disabled")],
        [key for key in keys if not key.get("disabled")],
    )
    assert [(key["command"], key["keys"]) for key in off] == [(key["command"], key["keys"]) for key in moved]
    assert {"B", "ArrowDown"} <= {key["keys"][0] for key in moved}
    assert all(key["selector"].endswith(":focus:not(.jupyter-widgets *)") for key in moved)
