"""JupyterLab on the learner's folder: a real server. Ten seconds."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from learner_room import day_four, write_notebook

from course.lab import START, command, write_start

TOKEN = "a-token-of-the-test"


def serve(work: Path, home: Path) -> tuple[subprocess.Popen[str], str, float]:
    """Start JupyterLab as `course lab` does; returns the process, its address, and the seconds until it served."""
    write_start(work)
    extra = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        "--port=0",
        f"--IdentityProvider.token={TOKEN}",
    ]
    line, environment = command(work, extra)
    began = time.perf_counter()
    process = subprocess.Popen(
        line, cwd=work, env=environment | {"HOME": str(home)}, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    log = []
    for said in process.stderr:
        log.append(said)
        found = re.search(r"(http://127\.0\.0\.1:(\d+))/", said)
        if found:
            answers(int(found[2]), began)
            return process, found[1], time.perf_counter() - began
    raise AssertionError("".join(log))


def answers(port: int, began: float) -> None:
    """Return once something listens at ``port``: the server says where a moment before it does."""
    while time.perf_counter() - began < 60:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
    raise AssertionError(f"nothing listens at {port}")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, str, float]]:
    """A second start, on a folder where the first one has been."""
    root = tmp_path_factory.mktemp("lab")
    work, home = root / "work", root / "home"
    home.mkdir()
    write_notebook(work / "day04" / "consistent_hashing.ipynb", day_four())
    process, address, seconds = serve(work, home)
    try:
        yield work, home, address, seconds
    finally:
        process.terminate()
        process.communicate()


def get(address: str, path: str) -> Any:
    request = urllib.request.Request(f"{address}{path}", headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_it_serves_within_ten_seconds(lab: tuple[Path, Path, str, float]) -> None:
    assert lab[3] < 10


def test_it_serves_the_learners_folder_and_opens_the_map(lab: tuple[Path, Path, str, float]) -> None:
    _, _, address, _ = lab
    assert {entry["name"] for entry in get(address, "/api/contents")["content"]} == {"day04", START}
    request = urllib.request.Request(f"{address}/?token={TOKEN}")
    with urllib.request.urlopen(request) as answer:
        assert "/lab/tree/start.ipynb" in answer.url


def test_it_asks_for_no_news_and_no_updates(lab: tuple[Path, Path, str, float]) -> None:
    settings = get(lab[2], "/lab/api/settings/@jupyterlab/apputils-extension:notification")["schema"][
        "properties"
    ]
    assert settings["fetchNews"]["default"] == "false"
    assert settings["checkForUpdates"]["default"] is False


def test_it_writes_nothing_into_the_home_but_what_jupyter_keeps_while_it_runs(
    lab: tuple[Path, Path, str, float],
) -> None:
    written = {path.relative_to(lab[1]).as_posix() for path in lab[1].rglob("*") if path.is_file()}
    assert all("/runtime/" in name or "/.jupyter/" in f"/{name}" or "cookie" in name for name in written), (
        written
    )


def test_the_start_page_shows_the_map_before_anything_runs(lab: tuple[Path, Path, str, float]) -> None:
    cells = get(lab[2], f"/api/contents/{START}")["content"]["cells"]
    page = "".join(output["data"]["text/html"] for cell in cells for output in cell.get("outputs", []))
    assert 'href="day04/consistent_hashing.ipynb"' in page
    assert all(cell["metadata"].get("trusted", True) for cell in cells)


def test_its_kernels_use_one_thread_each(tmp_path: Path) -> None:
    line, environment = command(tmp_path, ["--port=9999"])
    assert (environment["OMP_NUM_THREADS"], environment["OPENBLAS_NUM_THREADS"]) == ("1", "1")
    assert line[-1] == "--port=9999"
    assert not {"NBGRADER_EXECUTION", "COURSE_GATE"} & (environment.keys() - os.environ.keys())


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


def test_a_start_page_that_is_spoilt_is_kept_too(tmp_path: Path) -> None:
    (tmp_path / START).write_text("not a notebook")
    write_start(tmp_path)
    assert (tmp_path / START).read_text() == "not a notebook"


def test_the_start_page_validates(tmp_path: Path) -> None:
    write_start(tmp_path)
    nbformat.validate(nbformat.read(tmp_path / START, as_version=4))
    shutil.rmtree(tmp_path / ".course")
