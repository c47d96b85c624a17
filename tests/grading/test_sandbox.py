"""The sandbox on this machine: as root and as an ordinary user, its fork server, and what it leaves behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from class_of_five import DAY, POINTS, built, full, grades, hand_in

from autograde import pool, sandbox
from autograde.channel import Gone
from autograde.doctor import examination
from autograde.pool import Server, named
from autograde.sandbox import CannotSandbox, Limits
from course.build.days import Built
from course.checking.seeds import ROOT, make_secret

pytestmark = pytest.mark.xdist_group("sandbox")
NOBODY = 65_534


@pytest.fixture(scope="module")
def made() -> Built:
    return built()


def test_a_server_that_was_killed_is_started_again(made: Built) -> None:
    with Server(made.lesson) as server:
        first = server.process.pid
        for process in psutil.Process(first).children(recursive=True):
            process.kill()
        server.process.wait(10)
        with server.candidate() as candidate:
            assert candidate.run("x", "x = 1") == ""
        assert server.process.pid != first


def test_nothing_is_left_when_a_grader_is_killed(made: Built, tmp_path: Path) -> None:
    """Neither processes nor, after the next start, folders."""
    code = (
        "import os, time\n"
        "from both_sides import built\n"
        "from autograde.pool import Server\n"
        "with Server(built('day04').lesson) as server, server.candidate() as candidate:\n"
        "    print(server.process.pid, server.folder, flush=True)\n"
        "    candidate.run('x', 'import time; time.sleep(600)')\n"
    )
    grader = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent), "TMPDIR": str(tmp_path)},
    )
    assert grader.stdout is not None
    pid, folder = grader.stdout.readline().split()
    family = [psutil.Process(int(pid)), *psutil.Process(int(pid)).children(recursive=True)]
    assert len(family) >= 2
    os.kill(grader.pid, signal.SIGKILL)
    grader.communicate()
    _, left = psutil.wait_procs(family, timeout=10)
    assert left == []
    assert Path(folder).is_dir()
    os.utime(folder, (0, 0))
    found, lock = _own_folder_in(tmp_path)
    os.close(lock)
    assert sorted(tmp_path.iterdir()) == [found]


def _own_folder_in(folder: Path) -> tuple[Path, int]:
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        return pool._own_folder()
    finally:
        tempfile.tempdir = before


def test_the_folder_of_a_grader_that_lives_is_left_alone(tmp_path: Path) -> None:
    first, lock = _own_folder_in(tmp_path)
    os.utime(first, (0, 0))
    second, other = _own_folder_in(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([first, second])
    os.close(lock)
    os.close(other)


def test_keys_in_a_folder_of_the_interpreter_are_refused(
    made: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "ROOT", Path(sys.prefix) / "course-repository")
    with pytest.raises(CannotSandbox, match="make readable to submissions; move it elsewhere"):
        Server(made.lesson).__enter__()


def test_a_set_up_that_fails_there_is_said(made: Built) -> None:
    broken = replace(made.lesson.of("setup")[0], source="1 / 0")
    with pytest.raises(CannotSandbox, match="the set-up cell fails there: ZeroDivisionError"):
        Server(replace(made.lesson, cells=(broken,))).__enter__()


def test_a_copy_of_the_course_among_the_packages_is_hidden(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("course", "numpy"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    monkeypatch.setattr(sandbox.sysconfig, "get_path", lambda name: str(tmp_path))
    assert sandbox.installed_copies() == [tmp_path / "course"]


PROCESSES = """
import os, signal
for _ in range(5):
    if os.fork() == 0:
        hoard = bytearray(b"x") * (300 << 20)
        signal.pause()
signal.pause()
"""


CROWD = """
import os, time
for _ in range(12):
    if os.fork() == 0:
        while time.process_time() < 0.8: pass
        time.sleep(60)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        ("while True: pass", "more than 1 s of processor time"),
        ("import time; time.sleep(99)", "it hung: no answer within its time"),
        (PROCESSES, "more than 900 MiB of memory"),
        (CROWD, "more than 4 s of processor time in all its processes"),
    ],
    ids=["processor time", "wall time", "memory of all processes", "processor time of all processes"],
)
def test_a_limit_that_was_passed_is_named(code: str, limit: str, made: Built) -> None:
    limits = Limits(cpu=1, wall=2.0 if "sleep(99)" in code else 60.0, memory=900 << 20)
    with Server(made.lesson, limits=limits) as server, server.candidate() as candidate:
        with pytest.raises(Gone) as error:
            candidate.run("cell", code)
        assert error.value.why == limit


def test_cells_have_each_their_processor_time(made: Built) -> None:
    busy = "import time\nstarted = time.process_time()\nwhile time.process_time() - started < 0.7: pass"
    with Server(made.lesson, limits=Limits(cpu=1)) as server, server.candidate() as candidate:
        assert [candidate.run(name, busy) for name in "abc"] == ["", "", ""]


def test_what_a_cell_left_running_is_ended(made: Built) -> None:
    start = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\n    os._exit(0)"
    count = "raise SystemExit(len([n for n in os.listdir('/proc') if n.isdigit()]))"
    with Server(made.lesson) as server, server.candidate() as candidate:
        assert candidate.run("start", start) == ""
        assert candidate.run("count", count) == "SystemExit: 1"


def test_a_submission_has_a_time_for_all_its_cells(made: Built) -> None:
    with Server(made.lesson) as server, server.candidate() as candidate:
        started = time.monotonic()
        with pytest.raises(Gone):
            candidate.run("cell", "import time; time.sleep(99)", seconds=0.5)
        assert time.monotonic() - started < 20


def test_hash_and_chance_are_the_same_every_time(made: Built) -> None:
    code = (
        "import random, numpy\ndef drawn(): return [hash('x'), random.random(), float(numpy.random.rand())]"
    )
    found = []
    for _ in range(2):
        with Server(made.lesson) as server, server.candidate() as candidate:
            assert candidate.run("cell", code) == ""
            with candidate.examined() as channel:
                found.append(named(channel, "drawn")())
    assert found[0] == found[1]


def test_the_doctor_says_what_holds_here() -> None:
    able, lines = examination()
    assert able, lines
    text = "\n".join(lines)
    assert "sandbox     yes" in text
    assert "network     none" in text
    assert "keys        not visible" in text


def _readable_to_all(folder: Path) -> None:
    """In a mount namespace of this process alone: every path to the interpreter and to the repository may be walked."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    sandbox.unshare(sandbox.CLONE_NEWNS)
    sandbox.mount("none", "/", None, sandbox.MS_REC | sandbox.MS_PRIVATE)
    wanted = [Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT]
    closed = {p for path in wanted for p in [path, *path.parents] if p.stat().st_mode & 0o005 != 0o005}
    for number, top in enumerate(sorted(closed, key=lambda p: len(p.parts))[:1]):
        below = [path for path in wanted if path.is_relative_to(top)]
        for index, path in enumerate(below):
            (folder / f"{number}-{index}").mkdir()
            sandbox.mount(
                str(path), str(folder / f"{number}-{index}"), None, sandbox.MS_BIND | sandbox.MS_REC
            )
        sandbox.mount("none", str(top), "tmpfs", 0, "mode=755")
        for index, path in enumerate(below):
            path.mkdir(parents=True, exist_ok=True)
            sandbox.mount(
                str(folder / f"{number}-{index}"), str(path), None, sandbox.MS_BIND | sandbox.MS_REC
            )
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    libc.prctl(sandbox.PR_SET_DUMPABLE, 1, 0, 0, 0)  # as it is for a process that was never root


@pytest.mark.skipif(os.getuid() != 0, reason="the other tests of this file run as an ordinary user already")
def test_an_ordinary_user_grades_too(made: Built, tmp_path: Path) -> None:
    if Path("/proc/sys/user/max_user_namespaces").read_text().strip() == "0":
        pytest.skip("this kernel gives ordinary users no namespaces: user.max_user_namespaces is 0")
    folder = Path(tempfile.mkdtemp(prefix="ordinary-"))
    cohort = folder / "cohort"
    try:
        hand_in(cohort, "full", full(made))
        hand_in(cohort, "bomb", _with_answer(made, "import os\n    while True: os.fork()"))
        hand_in(cohort, "hoarder", _with_answer(made, HOARD))
        hand_in(cohort, "spy", _with_answer(made, SPY.format(root=str(ROOT), cohort=str(cohort))))
        (folder / "mounts").mkdir()
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        done = subprocess.run(
            [
                sys.executable,
                "-B",
                "-m",
                "autograde",
                "grade",
                DAY.id,
                "--workers",
                "1",
                "--no-feedback",
                "--json",
                str(folder / "out.json"),
            ],
            env=os.environ | {"HOME": str(folder), "COURSE_COHORT": str(cohort), "TMPDIR": str(folder)},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=300,
            preexec_fn=lambda: _readable_to_all(folder / "mounts"),
        )
        assert done.returncode == 0, done.stderr
        found = {each["student"]: each for each in json.loads((folder / "out.json").read_text())}
        assert found["full"]["score"] == sum(POINTS.values())
        assert [found[name]["score"] for name in ("bomb", "hoarder", "spy")] == [0, 0, 0]
        moved = {name: each["verdicts"][0] for name, each in found.items()}
        assert moved["hoarder"]["limit"] == "more than 2048 MiB of memory"
        assert "ValueError: seen: []" in json.dumps(moved["spy"]["report"])
        assert grades_of(cohort)["full"]["day04-ring"] == (5.0, False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


HOARD = (
    "import os, signal\n    for _ in range(6):\n        if os.fork() == 0:\n"
    "            x = bytearray(b'x') * (500 << 20); signal.pause()\n    signal.pause()"
)
SPY = (
    "import os\n    seen = [p for p in ({root!r} + '/solutions', {cohort!r}, '/etc/passwd') if os.path.exists(p)]\n"
    "    try: open('/course/x', 'w'); seen.append('wrote')\n    except OSError: pass\n"
    "    raise ValueError(f'seen: {{seen}}')"
)


def _with_answer(made: Built, body: str) -> object:
    import copy

    notebook = copy.deepcopy(made.released)
    cell = next(
        c
        for c in notebook.cells
        if c.metadata.get("nbgrader", {}).get("grade_id") == "day04-moved_share-code"
    )
    cell.source = f"def moved_share(before, after, load=None):\n    {body}\n"
    return notebook


def grades_of(cohort: Path) -> dict[str, dict[str, tuple[float | None, bool]]]:
    make_secret()
    return {name: grades(cohort, name) for name in ("full", "bomb")}
