"""The watcher: what arrives in the exchange is graded and answered, whatever else lies there, and whenever it is stopped."""

import base64
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cohort_room import CELLS, DAY, FULL, answered, scores

from autograde import watch as watching
from autograde.verdict_log import VerdictLog
from autograde.watch import watch
from course.build.days import Built
from course.build.notebooks import to_bytes

pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
START = datetime(2026, 11, 2, 9)
Arrive = Callable[..., float]


@pytest.fixture
def inbound(cohort: Path) -> Path:
    path = cohort / "exchange" / "system-design" / "inbound"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def arrive(inbound: Path, built: Built) -> Arrive:
    """Put a submission into the exchange as `nbgrader submit` does, ``second`` seconds after :data:`START`."""

    def submit(student: str, *answers: str, second: float = 0, **others: str | bytes) -> float:
        stamp = f"{START + timedelta(seconds=second)} UTC"
        random = base64.urlsafe_b64encode(os.urandom(9)).decode()
        folder = inbound / f"{student}+{DAY.id}+{stamp}+{random}"
        folder.mkdir()
        notebook = to_bytes(answered(built, *answers, mark=student))
        files = {
            f"{DAY.slug}.ipynb": notebook,
            "timestamp.txt": stamp,
            "submission_secret.txt": os.urandom(64).hex(),
        }
        for name, content in (files | others).items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return sum(FULL[name] for name in answers)

    return submit


def turns(number: int = 1, between: Callable[[], object] = lambda: None, workers: int = 1) -> list[str]:
    """What the watcher says in ``number`` rounds; ``between`` is called where it would sleep."""
    said: list[str] = []
    watch(workers=workers, rounds=number, told=said.append, sleep=lambda seconds: between())
    return said


def graded(cohort: Path) -> list[str]:
    """Who was graded, in the order of the log."""
    return list(dict.fromkeys(entry["student"] for entry in VerdictLog(cohort).entries()))


def released(cohort: Path) -> int:
    return len(list((cohort / "exchange" / "system-design" / "feedback").glob("*.html")))


def test_an_arrival_is_graded_and_its_feedback_is_where_the_learner_fetches_it(
    cohort: Path, inbound: Path, arrive: Arrive
) -> None:
    from nbgrader.utils import notebook_hash

    deserved = arrive(
        "ada", "moved_share", **{"interview.json": json.dumps({"scenario": "day04", "moves": []})}
    )
    assert turns() == [f"{DAY.id} ada: {deserved:g} points"]
    assert scores(cohort) == {"ada": deserved}
    assert (cohort / "submitted" / "ada" / DAY.id / "interview.json").is_file()
    secret = next(inbound.iterdir()).joinpath("submission_secret.txt").read_text()
    name = notebook_hash(secret=secret, notebook_id=DAY.slug)
    page = cohort / "exchange" / "system-design" / "feedback" / f"{name}.html"
    assert "HashRing" in page.read_text()


def test_a_burst_is_worked_off_in_order_and_loses_none(cohort: Path, arrive: Arrive) -> None:
    order = [7, 3, 11, 0, 5, 9, 1, 10, 2, 8, 4, 6]
    deserved = {
        f"s{i:02d}": arrive(f"s{i:02d}", *["moved_share"][: i % 2], second=order[i]) for i in range(12)
    }
    said = turns(2)
    assert graded(cohort) == sorted(deserved, key=lambda name: order[int(name[1:])])
    assert scores(cohort) == deserved
    assert len(said) == released(cohort) == 12


def test_what_arrives_during_a_burst_is_graded_next(cohort: Path, arrive: Arrive) -> None:
    arrive("ada")
    turns(2, between=lambda: arrive("bea", second=1))
    assert graded(cohort) == ["ada", "bea"]


class Stopped(BaseException):
    """The watcher ends here, as by a signal."""


@pytest.mark.parametrize(
    "where",
    [
        "between arrival and collection",
        "in the middle of collecting",
        "after collecting",
        "after grading one",
    ],
)
def test_a_restart_loses_nothing_and_grades_nothing_twice(
    cohort: Path, arrive: Arrive, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    deserved = {"ada": arrive("ada", "moved_share"), "bea": arrive("bea", second=1)}

    def stop(*_: object, **__: object) -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        if where == "between arrival and collection":
            patched.setattr(watching, "collect", stop)
        elif where == "in the middle of collecting":
            patched.setattr(watching.os, "replace", stop)
            patched.setattr(
                watching.shutil, "rmtree", lambda *_, **__: None
            )  # a killed process cleans nothing up
        elif where == "after collecting":
            patched.setattr("autograde.cohort.Cohort.stream", stop)
        else:
            patched.setattr("nbgrader.apps.NbGraderAPI.release_feedback", stop)
        with pytest.raises(Stopped):
            turns()
    assert len(turns()) == 2
    assert scores(cohort) == deserved
    assert Counter(entry["student"] for entry in VerdictLog(cohort).entries()) == {"ada": CELLS, "bea": CELLS}
    assert released(cohort) == 2
    assert not list((cohort / "submitted").rglob("*.collecting"))


def test_a_newer_submission_is_graded_again_and_an_older_one_is_not(cohort: Path, arrive: Arrive) -> None:
    arrive("ada", second=5)
    later = iter([lambda: arrive("ada", "moved_share", second=9), lambda: arrive("ada", second=1)])
    said = turns(3, between=lambda: next(later)())
    assert said[:2] == [f"{DAY.id} ada: 0 points", f"{DAY.id} ada: 2 points"]
    assert scores(cohort) == {"ada": 2.0}
    assert len(list(VerdictLog(cohort).entries())) == 2 * CELLS


def test_nobody_is_held_up_by_what_is_not_a_submission(cohort: Path, inbound: Path, arrive: Arrive) -> None:
    whole = arrive("ada", "moved_share", second=9)
    arrive("bad", second=1, **{f"{DAY.slug}.ipynb": "{"})
    arrive("big", second=2, **{f"file-{i}": "" for i in range(watching.MAX_FILES)})
    arrive("odd", second=3, **{"timestamp.txt": b"\xff"})
    for name in (
        f"eve+{DAY.id}+yesterday perhaps+x",
        f"eve+{DAY.id}",
        f"*+{DAY.id}+2026-11-02 09:00:00 UTC+x",
        "nonsense",
        f"..+{DAY.id}+2026-11-02 09:00:00 UTC+x",
        "eve+day99+2026-11-02 09:00:00 UTC+x",
        "eve\x1b[2J\nada: 99 points",
    ):
        (inbound / name).mkdir()
    said = turns(2)
    assert scores(cohort) == {"ada": whole, "bad": 0.0, "odd": 0.0}
    assert [line for line in said if "bad" in line and "not JSON" in line]
    assert [line for line in said if "big" in line and f"more than {watching.MAX_FILES} files" in line]
    assert sum("passed over" in line for line in said) == 7
    assert released(cohort) == 3
    assert sorted(path.name for path in (cohort / "submitted").iterdir()) == ["ada", "bad", "big", "odd"]


def test_links_and_pipes_are_not_collected(
    cohort: Path, inbound: Path, arrive: Arrive, tmp_path: Path
) -> None:
    (tmp_path / "others.ipynb").write_text("somebody else's")
    arrive("eve")
    folder = next(inbound.iterdir())
    (folder / f"{DAY.slug}.ipynb").unlink()
    (folder / f"{DAY.slug}.ipynb").symlink_to(tmp_path / "others.ipynb")
    (folder / "sub").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    turns()
    collected = {path.name for path in (cohort / "submitted" / "eve" / DAY.id).iterdir()}
    assert collected == {"timestamp.txt", "submission_secret.txt"}
    assert scores(cohort) == {"eve": 0.0}


def test_a_submission_that_is_still_being_written_waits(cohort: Path, inbound: Path, arrive: Arrive) -> None:
    arrive("ada", "moved_share")
    secret = next(inbound.iterdir()) / "submission_secret.txt"
    shutil.move(secret, cohort / "kept")
    assert len(turns(2, between=lambda: shutil.move(cohort / "kept", secret))) == 1
    assert scores(cohort) == {"ada": 2.0}


def _folder_of(inbound: Path, student: str) -> Path:
    return max(inbound.glob(f"{student}+*"), key=lambda path: path.name)


@pytest.mark.skipif(os.getuid() != 0, reason="giving a folder away takes root")
def test_nobody_hands_in_in_anothers_name(cohort: Path, inbound: Path, arrive: Arrive) -> None:
    deserved = arrive("ada", "moved_share", "HashRing", second=1)
    turns()
    arrive("ada", second=2)
    os.chown(_folder_of(inbound, "ada"), 65534, 65534)
    said = turns()
    assert scores(cohort) == {"ada": deserved}
    assert any("ada: not collected: it belongs to nobody" in line for line in said)


@pytest.mark.skipif(os.getuid() != 0, reason="giving a folder away takes root")
def test_a_folder_is_its_students_own_or_anybodys_where_nbgrader_is_told_so(
    cohort: Path, inbound: Path, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    deserved = {"nobody": arrive("nobody", "moved_share"), "bea": arrive("bea", "moved_share")}
    for student in deserved:
        os.chown(_folder_of(inbound, student), 65534, 65534)
    turns()
    assert scores(cohort) == {"nobody": deserved["nobody"]}
    loaded = watching.nbgrader_api

    def told() -> object:
        api = loaded()
        api.config.ExchangeCollect.check_owner = False
        return api

    monkeypatch.setattr(watching, "nbgrader_api", told)
    turns()
    assert scores(cohort) == deserved


def test_a_time_to_come_replaces_nothing_and_blocks_nobody(
    cohort: Path, inbound: Path, arrive: Arrive
) -> None:
    ahead = (datetime.now() - START).total_seconds() + 7 * 24 * 3600
    arrive("ada", "moved_share", second=1)
    said = turns(2, between=lambda: arrive("ada", second=ahead))
    assert scores(cohort) == {"ada": 2.0}
    assert sum("is yet to come" in line for line in said) == 1
    deserved = arrive("ada", "moved_share", "HashRing", second=5)
    turns()
    assert scores(cohort) == {"ada": deserved}


def test_a_time_to_come_inside_a_submission_blocks_nobody(cohort: Path, arrive: Arrive) -> None:
    arrive("ada", second=1, **{"timestamp.txt": "2999-01-01 00:00:00 UTC"})
    turns()
    deserved = arrive("ada", "moved_share", second=5)
    turns()
    assert scores(cohort) == {"ada": deserved}


def test_a_folder_that_vanishes_stops_nobody(
    cohort: Path, inbound: Path, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the listing and each look at it."""
    deserved = arrive("bea", "moved_share", second=9)
    listed = watching.arrivals

    def vanishing(api: object, told: Callable[[str], object]) -> list[watching.Arrival]:
        arrive("ada", second=1)
        found = listed(api, told)
        shutil.rmtree(_folder_of(inbound, "ada"))
        return found

    monkeypatch.setattr(watching, "arrivals", vanishing)
    whole = watching.whole
    turns()
    monkeypatch.setattr(watching, "whole", lambda folder: True)  # it vanishes a little later
    said = turns()
    assert scores(cohort) == {"bea": deserved}
    assert any("ada: not collected" in line for line in said)
    assert not whole(inbound / "gone")
