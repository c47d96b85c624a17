"""What a learner hands in beside the notebook is there when it is graded, or a person is told why not."""

import json
import os
import pickle
import subprocess
import time
from typing import Any

import nbformat
import pytest
from attack_room import FULL, MOVED, Bench, cell_of

pytestmark = pytest.mark.xdist_group("attacks: honest oddities")

HELPER = b'''"""My helpers."""
import json, pathlib

def weigh(key, load):
    return 1.0 if load is None else load.get(key, 0.0)
'''
ANSWER = """
from helper import weigh

def moved_share(before, after, load=None):
    total = sum(weigh(key, load) for key in before)
    return sum(weigh(k, load) for k, o in before.items() if after.get(k) != o) / total if total else 0.0
"""
READS = """
import json, pathlib
SCALE = json.loads(pathlib.Path("data/scale.json").read_text())["one"]
"""


def with_answer(room: Bench, text: str) -> Any:
    return room.notebook({MOVED: text})


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"helper.py": HELPER}, ANSWER),
        (
            {"my_code/__init__.py": b"", "my_code/helper.py": HELPER},
            ANSWER.replace("from helper", "from my_code.helper"),
        ),
        ({"helper.py": HELPER, "data/scale.json": b'{"one": 1.0}'}, READS + ANSWER.replace("1.0", "SCALE")),
        ({"utils.py": HELPER}, ANSWER.replace("from helper", "from utils")),
        ({"random.py": b"1 / 0", "helper.py": HELPER}, ANSWER),
        ({"helper.py": HELPER, "course.py": b"print('my course')"}, ANSWER),
        ({"helper.py": HELPER, "course/__init__.py": b"print('my course')"}, ANSWER),
        (
            {
                "helper.py": HELPER,
                "model.pkl": pickle.dumps([1, 2, 3]),
                ".DS_Store": b"\0",
                "feedback/x.html": b"",
            },
            ANSWER,
        ),
    ],
    ids=[
        "a module",
        "a package",
        "a data file",
        "a common name",
        "a name of Python's",
        "course.py",
        "course/",
        "whatever else",
    ],
)
def test_full_marks_with(files: dict[str, bytes], text: str, room: Bench) -> None:
    outcome = room.grade(with_answer(room, text), files=files)
    assert outcome.scores == FULL
    assert not any(verdict.needs_review for verdict in outcome.verdicts)


@pytest.mark.parametrize("name", ["consistent_hashing.ipynb.txt", "day04/consistent_hashing.ipynb"])
def test_a_notebook_that_a_browser_or_an_archive_put_elsewhere_is_pointed_to(name: str, room: Bench) -> None:
    room.grade(room.notebook(), files={name: b"{}"})
    path = room.cohort.parent / "mallory" / "day04" / "consistent_hashing.ipynb"
    path.unlink()
    assert f"{name} lies there: is that it?" in room.examine(path).problem


@pytest.mark.parametrize("name", ["course.py", "course/__init__.py"])
def test_who_hides_the_course_is_told_what_to_do(name: str, room: Bench) -> None:
    outcome = room.grade(room.notebook(), files={name: b""})
    assert [flag for flag in outcome.flags if name.split("/")[0] in flag and "another name" in flag]


def test_what_is_too_large_to_be_copied_waits_for_a_person_with_the_reason(room: Bench) -> None:
    files = {"helper.py": HELPER, "big.bin": bytes(9 << 20)}
    outcome = room.grade(with_answer(room, "big = open('big.bin').read()\n" + ANSWER), files=files)
    assert outcome.of("moved").score == 0
    assert outcome.of("moved").needs_review
    assert "big.bin beside the notebook was left out" in outcome.of("moved").reason
    assert not outcome.of("ring").needs_review
    assert room.grade(with_answer(room, ANSWER), files=files).scores == FULL


def test_many_files_are_counted_out(room: Bench) -> None:
    files = {f"{n:04}.txt": b"x" for n in range(300)} | {"0000.py": HELPER}
    outcome = room.grade(
        with_answer(
            room,
            ANSWER.replace(
                "from helper", "from importlib import import_module\nweigh = import_module('0000').weigh #"
            ),
        ),
        files=files,
    )
    assert outcome.scores == FULL
    assert any("and others beside the notebook was left out" in flag for flag in outcome.flags)


def test_no_link_is_followed(room: Bench) -> None:
    """Not of a file and not of a folder: keys, grades and other people's work lie on the same disk."""
    room.grade(room.notebook())
    folder = room.cohort.parent / "mallory" / "day04"
    (folder / "helper.py").symlink_to(room.cohort / "secret")
    (folder / "data").symlink_to(room.cohort)
    os.mkfifo(folder / "pipe.py")
    path = folder / "consistent_hashing.ipynb"
    notebook = with_answer(
        room, "import os\nfound = os.listdir()\ndef moved_share(*a): raise ValueError(found)"
    )
    path.write_text(json.dumps(notebook))
    assert room.examine(path).said == "ValueError: []" or "[]" in room.examine(path).said


def test_a_module_beside_takes_no_part_in_the_verdict(room: Bench) -> None:
    """Names that the wall itself imports late, or might."""
    bad = b"import os\nos._exit(0)\n"
    names = [
        "tracemalloc",
        "asyncio",
        "msgpack",
        "numpy",
        "autograde",
        "course",
        "IPython",
        "linecache",
        "inspect",
        "sitecustomize",
    ]
    outcome = room.grade(room.notebook(), files={f"{name}.py": bad for name in names})
    assert outcome.scores == FULL


def test_the_interview_is_found_where_colab_took_all_metadata(room: Bench) -> None:
    notebook = room.notebook()
    play = "".join(cell.source for cell in room.built.key.cells if "table.propose" in cell.source)
    cell_of(notebook, "day04-play").source = play
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
        cell.pop("id", None)
    notebook.nbformat_minor = 0
    assert room.grade(json.dumps(notebook).encode()).scores == FULL | {"interview": 2.0}


def test_moves_count_in_whatever_cell_they_were_made(room: Bench) -> None:
    notebook = room.notebook()
    play = next(cell.source for cell in room.built.key.cells if "table.propose" in cell.source)
    for line in play.splitlines():
        if line.startswith("table.propose"):
            notebook.cells.append(nbformat.v4.new_code_cell(line))
    notebook.cells.append(nbformat.v4.new_code_cell("this is no Python, table.propose"))
    assert room.grade(notebook).scores == FULL | {"interview": 2.0}


def test_a_folder_that_is_made_to_cost_time_costs_none(room: Bench) -> None:
    """Files of holes, which are large and take no room; folders in folders, deeper than a path may be long."""
    room.grade(room.notebook())
    folder = room.cohort.parent / "mallory" / "day04"
    (folder / "helper.py").write_bytes(HELPER)
    for number in range(300):
        with open(folder / f"hole-{number}.bin", "wb") as file:
            file.truncate(1 << 40)
    there = os.open(folder, os.O_RDONLY)
    for _ in range(1_200):
        os.mkdir("x", dir_fd=there)
        inner = os.open("x", os.O_RDONLY, dir_fd=there)
        os.close(there)
        there = inner
    os.close(there)
    (folder / "consistent_hashing.ipynb").write_text(json.dumps(with_answer(room, ANSWER)))
    before = time.process_time()
    outcome = room.examine(folder / "consistent_hashing.ipynb")
    assert outcome.scores == FULL
    assert time.process_time() - before < 5
    assert any("hole-0.bin" in flag and "left out" in flag for flag in outcome.flags)
    subprocess.run(["rm", "-rf", str(folder)], check=True)
