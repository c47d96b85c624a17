"""A file is replaced whole, and two processes lose nothing of each other's. Two seconds."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from course.checking.seeds import ROOT
from course.files import one_at_a_time, write_whole
from course.interview.store import Store
from course.notebook.screens.notes import NotesFile

MOVES = 40


def test_a_file_is_replaced_and_folders_above_it_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.json"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(path.parent) == ["file.json"]


def test_a_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


@pytest.mark.parametrize("stops", ["replace", "fsync"])
def test_what_fails_leaves_the_old_file_and_nothing_else(
    stops: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_whole(path, b"one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, stops, full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"two")
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["file"]


PLAYER = """
import sys
from pathlib import Path
from course.interview.store import Store
from course.notebook.screens.notes import NotesFile
store, notes = Store("day02", Path.cwd()), NotesFile("day02", Path.cwd())
print("ready", flush=True)
sys.stdin.readline()
for place in range({moves}):
    problem = store.add({{"round": 1, "design": {{}}, "predict": place, "by": sys.argv[1]}})
    assert not problem, problem
    notes.answer(f"{{sys.argv[1]}} {{place}}", "said")
"""


def test_two_processes_keep_every_move_and_every_word_of_each_other(tmp_path: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("NBGRADER_EXECUTION", "COURSE_GATE")
    }
    players = [
        subprocess.Popen(
            [sys.executable, "-c", PLAYER.format(moves=MOVES), name],
            cwd=tmp_path,
            env=environment | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for player in players:
        assert player.stdout is not None
        assert player.stdout.readline() == "ready\n"
    for player in players:
        assert player.stdin is not None
        player.stdin.write("go\n")
        player.stdin.flush()
    assert [player.wait(timeout=60) for player in players] == [0, 0]
    for player in players:
        player.communicate()
    moves = json.loads((tmp_path / "interview.json").read_text())["moves"]
    for name in ("one", "two"):
        assert [move["predict"] for move in moves if move["by"] == name] == list(range(MOVES)), name
    assert len(NotesFile("day02", tmp_path).now.answers) == 2 * MOVES
    assert sorted(os.listdir(tmp_path)) == ["interview-notes.json", "interview.json"]


def test_without_locks_or_a_folder_the_work_is_done_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with one_at_a_time(tmp_path / "missing"):
        pass
    monkeypatch.setattr("course.files.fcntl", None)
    with one_at_a_time(tmp_path):
        pass
    for name in ("NBGRADER_EXECUTION", "COURSE_GATE"):
        monkeypatch.delenv(name, raising=False)
    assert Store("day02", tmp_path).add({"round": 1}) == ""
