"""`course/install.py` as make runs it, in an environment of its own. About 6 s."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from course import install
from course.checking.seeds import ROOT

CLOSED = "http://127.0.0.1:9/simple"
"""An index that refuses every connection."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with an environment that holds pip alone, and with a lock of one package that no cache has."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "course").mkdir()
    shutil.copy(ROOT / "course" / "install.py", folder / "course")
    (folder / "requirements.lock").write_text("system-design-course-no-such-package==1.0\n", encoding="utf-8")
    venv.create(folder / ".venv", with_pip=True)
    return folder


def run(copy: Path, **mine: str) -> subprocess.CompletedProcess[str]:
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    alone |= {"PIP_CONFIG_FILE": os.devnull, "PYTHONUNBUFFERED": "1"} | mine
    line = [copy / ".venv" / "bin" / "python", "course/install.py", "requirements.lock"]
    return subprocess.run(line, cwd=copy, env=alone, capture_output=True, text=True, timeout=120)


def test_the_first_line_says_what_comes_how_large_and_how_long(copy: Path) -> None:
    first = run(copy, PIP_INDEX_URL=CLOSED).stdout.splitlines()[0]
    assert first == (
        "Installing the course: 1 packages, 183 MB to fetch, 770 MB on disk; once, one to three minutes"
    )


def test_without_a_network_it_says_so_and_what_to_do(copy: Path) -> None:
    done = run(copy, PIP_INDEX_URL=CLOSED)
    assert done.returncode == 1
    said = done.stderr.splitlines()
    assert said[0].startswith("no network? pip does not reach its index. Connect and run make again")
    assert "PIP_NO_INDEX=1 PIP_FIND_LINKS=folder make install" in said[1]
    assert len(said) == 3
    log = Path(said[2].removeprefix("All that pip said: "))
    assert "connection broken" in log.read_text()


def test_another_error_is_told_in_pips_own_words(copy: Path) -> None:
    done = run(copy, PIP_NO_INDEX="1")
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR: Could not find a version that satisfies the requirement")
    assert "network" not in done.stderr


def test_it_is_written_for_a_python_with_nothing_installed() -> None:
    code = "import sys, course.install; sys.exit(bool({'pip', 'numpy', 'tqdm'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_how_far_it_is_comes_from_what_pip_said_and_what_is_in_place() -> None:
    said = "Ignoring a: markers\nCollecting b==1\n  Downloading b\nProcessing ./c.whl\n"
    assert install.state(said, 0) == ("fetching", 3)
    assert install.state(said + "Installing collected packages: b, c\n", 1) == ("unpacking", 1)
