"""PostgreSQL as the gradebook, by URL: a real server that the test starts and stops, for nbgrader and for this grader."""

import csv
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cohort_room import DAY, scores

from autograde.cohort import open_cohort
from course.checking.seeds import ROOT

pytest.importorskip("psycopg")


def server_binaries() -> Path | None:
    """The folder with initdb and pg_ctl; Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) if sys.platform == "linux" else []
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).resolve().parent if named else None


BINARIES = server_binaries()
pytestmark = pytest.mark.skipif(
    BINARIES is None, reason="no PostgreSQL server on this machine: apt-get install postgresql"
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server with an empty database on a socket in a folder of its own; never run by root, which it refuses."""
    assert BINARIES is not None
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    owner = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        try:
            who = pwd.getpwnam(owner)
        except KeyError:
            who = pwd.getpwnam(owner := "nobody")
        os.chown(folder, who.pw_uid, who.pw_gid)

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(BINARIES / program), "-D", str(folder / "data"), *arguments],
            cwd=folder,
            text=True,
            user=owner if os.getuid() == 0 else None,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout

    try:
        run("initdb", "--auth=trust", "--username=course", "--encoding=UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://course@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(server: str, cohort: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The server's URL, in force for this process and its children, and emptied afterwards."""
    from sqlalchemy import create_engine, text

    monkeypatch.setenv("COURSE_DB_URL", server)
    yield server
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def test_a_cohort_run_enters_grades_and_feedback(
    cohort: Path, hand_in: Callable[..., float], database: str
) -> None:
    deserved = {
        "ada": hand_in("ada", "moved_share", "HashRing"),
        "bea": hand_in("bea"),
        "cyd": hand_in("cyd", "moved_share"),
    }
    for _ in range(2):
        with open_cohort(DAY, workers=2) as opened:
            found = opened.grade()
        assert {each.student: sum(v.score for v in each.verdicts) for each in found} == deserved
        assert not [each.problem for each in found if each.problem]
    assert scores(cohort, database) == deserved
    assert len(list((cohort / "feedback").glob(f"*/{DAY.id}/*.html"))) == 3
    assert not list(cohort.glob("*.db"))


def test_nbgraders_own_commands_work_on_it(
    cohort: Path, hand_in: Callable[..., float], database: str
) -> None:
    deserved = hand_in("ada", "moved_share")
    for command in (
        ["generate_assignment", DAY.id],
        ["autograde", DAY.id],
        ["generate_feedback", DAY.id],
        ["export"],
    ):
        done = subprocess.run(
            [str(Path(sys.executable).with_name("nbgrader")), *command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
    assert scores(cohort, database) == {"ada": deserved}
    with (cohort / "grades.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["student_id"] == "ada"]
    assert [float(row["score"]) for row in rows] == [deserved]
