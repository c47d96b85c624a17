"""Grade on arrival: look into the exchange, collect what is new, grade it, and release its feedback.

All state is where it is anyway: the exchange holds what arrived, ``submitted/`` what was collected, the log what was graded.
So a restart loses nothing, and a burst is worked off in the order of its time stamps.

Everybody can write into the exchange, so what lies there is read as a stranger's: only plain files are collected, links are
not followed, and a folder that is named or filled in another way costs nobody else anything.
"""

import errno
import os
import pwd
import re
import shutil
import stat
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from autograde.cohort import NOT_ENTERED, Cohort, open_cohort
from autograde.grading import SECRET, STAMP, Graded, nbgrader_api, submission_time
from autograde.sandbox import CannotSandbox
from autograde.verdict_log import BrokenLog
from course.checking.report import cut
from course.checking.seeds import NoCohortSecret
from course.syllabus import DAYS, find

NAME = re.compile(r"\w[\w.@ -]{0,99}")
"""Whose submissions are collected by themselves. Other names might mean something to a shell, a path or a pattern."""
MAX_FILES, MAX_BYTES = 200, 50 << 20
"""Of one submission."""
LEEWAY = timedelta(minutes=2)
"""By how much a learner's clock may be ahead of this one."""
SETTLED = 30.0
"""Seconds after which a folder counts as whole where nothing else says so."""


class CannotCollect(ValueError):
    """A submission is not what `nbgrader submit` makes, and why."""


@dataclass(frozen=True)
class Arrival:
    """One submission in the exchange, by the name of its folder there."""

    student: str
    day: str
    time: datetime
    folder: Path

    @property
    def key(self) -> tuple[datetime, str]:
        """Its place in the queue."""
        return self.time, self.folder.name


def arrivals(api: Any, told: Callable[[str], object] = lambda line: None) -> list[Arrival]:
    """Every submission in the exchange to a day of the course, oldest first; ``told`` of each name of another form."""
    inbound = Path(api.config.Exchange.root) / api.coursedir.course_id / "inbound"
    found = []
    for entry in os.scandir(inbound) if inbound.is_dir() else ():
        try:
            if not entry.is_dir(follow_symlinks=False):
                raise CannotCollect("it is no folder")
            found.append(Arrival(*_read_name(entry.name), Path(entry.path)))
        except CannotCollect as error:
            told(f"passed over {cut(entry.name, 120)!r} in the exchange: {error}")
    return sorted(found, key=lambda each: each.key)


@cache
def _read_name(name: str) -> tuple[str, str, datetime]:
    """Student, day and time of a submission. Raises :class:`CannotCollect`."""
    from nbgrader.utils import parse_utc

    parts = name.rsplit("+", 3)  # the random string at the end may be missing, and never holds a plus
    if len(parts) not in (3, 4):
        raise CannotCollect("its name is not STUDENT+DAY+TIME+RANDOM")
    student, day, stamp = parts[:3]
    if not NAME.fullmatch(student):
        raise CannotCollect(
            "the student's name has other characters than letters, digits, and . @ _ - inside"
        )
    if day not in (each.id for each in DAYS):
        raise CannotCollect("the course has no such day")
    try:
        when = parse_utc(stamp)
        assert isinstance(when, datetime)
    except Exception:  # dateutil raises more than its documentation says
        raise CannotCollect("its time cannot be read") from None
    return student, day, when


def whole(folder: Path) -> bool:
    """Whether a submission has arrived to its end: its secret is what `nbgrader submit` writes last."""
    for path, enough in ((folder / SECRET, lambda found: found.st_size > 0), (folder, _settled)):
        with suppress(OSError):  # it has vanished, or is not there yet
            if enough(path.lstat()):
                return True
    return False


def _settled(found: os.stat_result) -> bool:
    return time.time() - found.st_mtime > SETTLED


def collect(arrival: Arrival, target: Path, *, any_owner: bool = False) -> bool:
    """Copy a submission to ``target``, whole or not at all, unless it or a newer one lies there; whether it was copied.

    It must belong to the student that it names (or to this process, or ``any_owner``), and its time be past. Raises
    :class:`CannotCollect`, and ``OSError`` where the exchange cannot be read.
    """
    now = datetime.now(UTC).replace(tzinfo=None) + LEEWAY
    if not any_owner:
        _require_owner(arrival)
    if arrival.time > now:
        raise CannotCollect(f"its time, {arrival.time:%Y-%m-%d %H:%M} UTC, is yet to come")
    if target.is_dir():
        there, _ = submission_time(target)
        if there is not None and arrival.time <= there <= now:
            return False
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.collecting")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        _copy(arrival.folder, draft)
        stamp, _ = submission_time(draft)
        if stamp is None or stamp > now:
            (draft / STAMP).unlink(missing_ok=True)
            (draft / STAMP).write_text(f"{arrival.time.isoformat(sep=' ')} UTC", encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)  # killed here, the next run copies again
        os.replace(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return True


def _require_owner(arrival: Arrival) -> None:
    """Raise :class:`CannotCollect` where a submission belongs to somebody else than its name says."""
    uid = arrival.folder.lstat().st_uid
    if uid == os.getuid():
        return
    try:
        owner = pwd.getpwuid(uid).pw_name
    except KeyError:
        owner = f"user {uid}, who has no name here"
    if owner != arrival.student:
        raise CannotCollect(
            f"it belongs to {owner}. Where all learners have one user, set c.ExchangeCollect.check_owner = False"
        )


def _copy(source: Path, target: Path) -> None:
    """The plain files of a folder and of those in it. Raises :class:`CannotCollect` for too much."""
    files = size = 0
    for folder, folders, names, place in os.fwalk(source, follow_symlinks=False):
        here = target / Path(folder).relative_to(source)
        here.mkdir(exist_ok=True)
        files += len(names) + len(folders)
        if files > MAX_FILES:
            raise CannotCollect(f"it holds more than {MAX_FILES} files")
        for name in names:
            try:
                handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place)
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENXIO):
                    continue  # a link, or a socket
                raise
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    continue
                data = file.read(MAX_BYTES - size + 1)
            size += len(data)
            if size > MAX_BYTES:
                raise CannotCollect(f"it holds more than {MAX_BYTES >> 20} MiB")
            (here / name).write_bytes(data)


def watch(
    *,
    workers: int = 0,
    interval: float = 2.0,
    rounds: int = 0,
    told: Callable[[str], object] = print,
    sleep: Callable[[float], object] = time.sleep,
) -> int:
    """Work off the exchange every ``interval`` seconds, for ever or ``rounds`` times; returns how many were graded.

    A submission that cannot be collected or graded is named with its reason, once, and holds up no other. A day's examiners
    are started at its first arrival and stay warm. Raises :class:`CannotSandbox`, ``NoCohortSecret`` and
    :class:`BrokenLog`: then nothing can be graded.
    """
    with ExitStack() as stack:
        watcher = _Watcher(stack, workers, told)
        turns = 0
        while not rounds or turns < rounds:
            if turns:
                sleep(interval)
            turns += 1
            watcher.turn()
        return watcher.graded


class _Watcher:
    """What one run of :func:`watch` knows: which cohorts are open, and what it has dealt with."""

    def __init__(self, stack: ExitStack, workers: int, told: Callable[[str], object]) -> None:
        self.api = nbgrader_api()
        self.graded = 0
        self._stack, self._workers, self._told = stack, workers, told
        self._cohorts: dict[str, tuple[Cohort, ExitStack]] = {}
        self._done: set[str] = set()
        self._said: set[str] = set()

    def turn(self) -> None:
        """Deal with everything that is in the exchange now and was not before."""
        fresh = [
            each
            for each in arrivals(self.api, self._once)
            if each.folder.name not in self._done and whole(each.folder)
        ]
        for day in dict.fromkeys(each.day for each in fresh):
            mine = [each for each in fresh if each.day == day]
            try:
                self._day(day, mine)
            except (CannotSandbox, NoCohortSecret, BrokenLog):
                raise
            except Exception as error:
                # A worker was killed, the database is away: once more in the next turn, with new examiners.
                self._told(
                    f"{day}: stopped, and tried again: {type(error).__name__}: {cut(str(error) or 'no reason given')}"
                )
                self._forget(day)

    def _day(self, day: str, arrived: list[Arrival]) -> None:
        cohort = self._cohort(day)
        queue: dict[str, Arrival] = {}
        for each in reversed(arrived):
            if each.student not in queue and self._collected(cohort, each):
                queue[each.student] = each
        for result in cohort.stream(sorted(queue, key=lambda student: queue[student].key)):
            released = self.api.release_feedback(day, result.student)
            entered = not result.problem.startswith(NOT_ENTERED)
            (self._told if entered else self._once)(_line(day, result, released))
            if entered:
                self.graded += 1
                self._done |= {
                    each.folder.name
                    for each in arrived
                    if each.student == result.student and each.key <= queue[result.student].key
                }

    def _collected(self, cohort: Cohort, arrival: Arrival) -> bool:
        """Whether a submission lies in ``submitted/`` now, or a newer one."""
        try:
            any_owner = self.api.config.ExchangeCollect.get("check_owner", True) is False
            collect(arrival, cohort.grader.folder(arrival.student), any_owner=any_owner)
        except (OSError, CannotCollect) as error:
            self._once(f"{arrival.day} {arrival.student}: not collected: {cut(str(error))}")
            return False
        return True

    def _cohort(self, day: str) -> Cohort:
        if day not in self._cohorts:
            alone = self._stack.enter_context(ExitStack())
            cohort = alone.enter_context(open_cohort(find(day), workers=self._workers))
            self._cohorts[day] = cohort, alone
        return self._cohorts[day][0]

    def _forget(self, day: str) -> None:
        if day in self._cohorts:
            self._cohorts.pop(day)[1].close()

    def _once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._told(line)


def _line(day: str, result: Graded, released: dict[str, Any]) -> str:
    score = sum(verdict.score for verdict in result.verdicts)
    text = f"{day} {result.student}: {score:g} points"
    if result.problem:
        text += f" · {result.problem}"
    return text if released["success"] else f"{text} · feedback not released: {_last(released)}"


def _last(result: dict[str, Any]) -> str:
    lines = [
        line for line in str(result.get("error") or result.get("log") or "").splitlines() if line.strip()
    ]
    return lines[-1][:300] if lines else "nbgrader gave no reason"
