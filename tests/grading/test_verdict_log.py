"""The log of verdicts: append-only, chained, mended after a crash, and broken for everyone to see by any change."""

import json
from multiprocessing import get_context
from pathlib import Path

import pytest

from autograde.verdict_log import START, BrokenLog, VerdictLog


def _filled(folder: Path, number: int = 5) -> VerdictLog:
    log = VerdictLog(folder)
    for n in range(number):
        log.append([{"student": f"s{n}", "score": n}])
    return log


def test_entries_come_back_in_order(tmp_path: Path) -> None:
    entries = list(_filled(tmp_path).entries())
    assert [entry["score"] for entry in entries] == [0, 1, 2, 3, 4]
    assert entries[0]["before"] == START
    assert [entry["before"] for entry in entries[1:]] == [entry["hash"] for entry in entries[:-1]]


def test_an_empty_log_has_a_head(tmp_path: Path) -> None:
    assert VerdictLog(tmp_path).head() == START


def test_the_head_is_the_last_entrys_hash(tmp_path: Path) -> None:
    log = _filled(tmp_path)
    assert log.head() == list(log.entries())[-1]["hash"]


@pytest.mark.parametrize("torn", [b"{", b'{"student": "s', b"\xff" * 70_000, b'{"hash": "x"}'])
def test_a_torn_tail_is_cut_off_and_the_chain_goes_on(torn: bytes, tmp_path: Path) -> None:
    log = _filled(tmp_path, 3)
    with log.path.open("ab") as file:
        file.write(torn)
    log.append([{"student": "after", "score": 9}])
    assert [entry["score"] for entry in log.entries()] == [0, 1, 2, 9]


def test_long_entries_are_mended_too(tmp_path: Path) -> None:
    log = VerdictLog(tmp_path)
    log.append([{"text": "x" * 300_000}])
    log.append([{"text": "y" * 300_000}])
    with log.path.open("ab") as file:
        file.write(b"z" * 300_000)
    log.append([{"text": "end"}])
    assert [entry["text"][0] for entry in log.entries()] == ["x", "y", "e"]


def _tampered(log: VerdictLog, how: str) -> None:
    lines = log.path.read_bytes().splitlines(keepends=True)
    match how:
        case "edited":
            lines[1] = lines[1].replace(b'"score": 1', b'"score": 7')
        case "removed":
            del lines[2]
        case "moved":
            lines[1], lines[2] = lines[2], lines[1]
        case "added":
            lines.insert(2, lines[1])
        case "begun anew":
            del lines[0]
        case "edited with a new hash":
            entry = json.loads(lines[1])
            entry["score"] = 7
            lines[1] = json.dumps(entry, sort_keys=True).encode() + b"\n"
    log.path.write_bytes(b"".join(lines))


@pytest.mark.parametrize(
    "how", ["edited", "removed", "moved", "added", "begun anew", "edited with a new hash"]
)
def test_a_log_is_broken_that_was(how: str, tmp_path: Path) -> None:
    log = _filled(tmp_path)
    _tampered(log, how)
    with pytest.raises(BrokenLog, match=r"line [1-3]"):
        list(log.entries())


def test_a_cut_tail_shows_by_the_head_that_was_noted(tmp_path: Path) -> None:
    log = _filled(tmp_path)
    noted = log.head()
    log.path.write_bytes(b"".join(log.path.read_bytes().splitlines(keepends=True)[:-1]))
    assert noted not in {entry["hash"] for entry in log.entries()}


def test_nothing_is_appended_to_a_last_line_that_was_changed(tmp_path: Path) -> None:
    log = _filled(tmp_path)
    log.path.write_bytes(log.path.read_bytes().replace(b'"score": 4', b'"score": 5'))
    with pytest.raises(BrokenLog, match="the last line was changed"):
        log.append([{"score": 0}])


def _append(folder: Path, name: str) -> None:
    log = VerdictLog(folder)
    for n in range(20):
        log.append([{"student": name, "score": n}, {"student": name, "score": -n}])


def test_graders_side_by_side_make_one_chain(tmp_path: Path) -> None:
    context = get_context("spawn")
    graders = [context.Process(target=_append, args=(tmp_path, name)) for name in "abc"]
    for grader in graders:
        grader.start()
    for grader in graders:
        grader.join(60)
    entries = list(VerdictLog(tmp_path).entries())
    assert len(entries) == 120
    for name in "abc":
        assert [e["score"] for e in entries if e["student"] == name and e["score"] >= 0][-1] == 19


def test_what_was_graded_is_kept_by_its_content(tmp_path: Path) -> None:
    log = VerdictLog(tmp_path)
    digest = log.keep("notebook.ipynb", b"a submission")
    assert log.keep("notebook.ipynb", b"a submission") == digest
    assert log.kept("notebook.ipynb", digest) == b"a submission"
    (log.archive / f"{digest}-notebook.ipynb").write_bytes(b"another")
    with pytest.raises(BrokenLog, match="changed after it was graded"):
        log.kept("notebook.ipynb", digest)


def test_nobody_else_reads_the_log(tmp_path: Path) -> None:
    assert _filled(tmp_path).path.stat().st_mode & 0o077 == 0
