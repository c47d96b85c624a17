"""The files of a dev container and of Binder: their form, and Binder's last step with a real server. Eight seconds.

No image is built here.
"""

import json
import os
import re
import urllib.request
from pathlib import Path

from lab_session import serving

from course.checking.seeds import ROOT
from course.lab import write_start

BINDER = ROOT / ".binder"


def test_the_dev_container_installs_and_opens_the_lab_and_names_no_host() -> None:
    found = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"python:3\.1[123]-\w+", found["image"]), "an official image, by its short name"
    targets = set(
        re.findall(r"^([a-z]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    for step in ("postCreateCommand", "postAttachCommand"):
        command, target, *_ = found[step].split()
        assert command == "make"
        assert target in targets
    [port] = found["forwardPorts"]
    assert f"--port={port}" in found["postAttachCommand"]
    assert found["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"].endswith(
        ".venv/bin/python"
    )


def test_binder_installs_the_learners_lock_and_a_supported_python() -> None:
    [line] = (BINDER / "requirements.txt").read_text(encoding="utf-8").split("\n", 1)[0:1]
    assert (BINDER / line.removeprefix("-r ")).resolve() == ROOT / "requirements.lock"
    assert re.fullmatch(r"python-3\.1[123]\n", (BINDER / "runtime.txt").read_text(encoding="utf-8"))
    for name in ("postBuild", "start"):
        text = (BINDER / name).read_text(encoding="utf-8")
        assert os.access(BINDER / name, os.X_OK)
        assert text.startswith("#!/usr/bin/env bash\n")
        assert "://" not in text
    assert 'exec "$@"' in (BINDER / "start").read_text(encoding="utf-8")


def test_binders_server_opens_the_start_page(tmp_path: Path) -> None:
    write_start(tmp_path / "work")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "JUPYTER_"))}
    own |= {"HOME": str(tmp_path), "JUPYTER_TOKEN": "of-the-test"}
    command = [
        str(BINDER / "start"),
        "jupyter-lab",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        "--port=0",
    ]
    with serving(command, own, tmp_path) as address:
        with urllib.request.urlopen(f"{address}/?token=of-the-test") as answer:
            assert answer.url.split("?")[0] == f"{address}/lab/tree/start.ipynb"
        with urllib.request.urlopen(f"{address}/api/contents/start.ipynb?token=of-the-test") as answer:
            assert json.load(answer)["type"] == "notebook"
