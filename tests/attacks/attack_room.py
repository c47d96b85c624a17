"""A bench for hostile submissions of day 4: a fork server, a cohort to protect, and a look at the host before and after.

Most attacks stand in the cell of exercise 1 (`moved_share`), whose own answer is wrong: that question deserves nothing,
and the ring and the bounded loads, answered as the key does, deserve all of their points.
"""

import contextlib
import copy
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil

from autograde import examine as examiner
from autograde.examine import Verdict, examine
from autograde.pool import Server
from autograde.sandbox import Limits
from autograde.submission import CannotRead, read_submission
from course.build.days import Built, make
from course.build.notebooks import to_bytes
from course.checking.seeds import ROOT, make_secret
from course.syllabus import find

DAY = find(4)
LIMITS = Limits(cpu=1, wall=6.0, submission=90.0, memory=700 << 20, processes=24)
HIDDEN_SCALE = 1.0
"""The hidden half is of the public half's size here, for speed; its seeds are its own all the same."""
MOVED, RING, BOUNDED = "day04-moved_share-code", "day04-HashRing-code", "day04-bounded_owners-code"
HOLDERS = "day04-holders-code"
WRONG = "def moved_share(before, after, load=None):\n    return 0.123\n"
ONLY_THAT_QUESTION = {"moved": 0.0, "ring": 5.0, "bounded": 3.0, "holders": 2.0, "interview": 0.0}
FULL = {"moved": 2.0, "ring": 5.0, "bounded": 3.0, "holders": 2.0, "interview": 0.0}
"""What the key's code earns where no interview was played."""


@dataclass(frozen=True)
class Outcome:
    """What became of one submission."""

    verdicts: tuple[Verdict, ...]
    problem: str = ""
    flags: tuple[str, ...] = ()

    @property
    def scores(self) -> dict[str, float]:
        return {verdict.grade_id.split("-")[1]: verdict.score for verdict in self.verdicts}

    def of(self, name: str) -> Verdict:
        return next(verdict for verdict in self.verdicts if verdict.grade_id == f"day04-{name}")

    @property
    def said(self) -> str:
        """What the learner's `moved_share` raised or returned: the only word that it gets out."""
        report = self.of("moved").report
        return report.first.got if report and report.first else ""


@dataclass
class Bench:
    """One day's fork server over a cohort in which others have handed in already."""

    server: Server
    built: Built
    cohort: Path
    own: frozenset[int]
    """The fork server's own processes, which outlive every submission."""

    def notebook(self, cells: Mapping[str, str] | None = None, own: Sequence[str] = ()) -> Any:
        """The answer key with other text in some of its cells, and own cells right below the set-up."""
        notebook = copy.deepcopy(self.built.key)
        for grade_id, text in (cells or {}).items():
            cell_of(notebook, grade_id).source = text
        place = notebook.cells.index(cell_of(notebook, "day04-setup")) + 1
        notebook.cells[place:place] = [nbformat.v4.new_code_cell(text) for text in own]
        cell_of(notebook, "day04-play").source = ""
        return notebook

    def grade(self, notebook: Any, moves: object = None, files: Mapping[str, bytes] | None = None) -> Outcome:
        """Hand in a notebook (or raw bytes) as mallory, with ``files`` beside it, and examine it."""
        folder = self.cohort.parent / "mallory" / DAY.id
        shutil.rmtree(folder, ignore_errors=True)
        for name, data in (files or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{DAY.slug}.ipynb"
        path.write_bytes(notebook if isinstance(notebook, bytes) else to_bytes(notebook))
        if moves is not None:
            (folder / "interview.json").write_text(json.dumps(moves), encoding="utf-8")
        return self.examine(path)

    def examine(self, path: Path) -> Outcome:
        try:
            submission = read_submission(path, self.built)
        except CannotRead as error:
            return Outcome((), str(error))
        return Outcome(tuple(examine(self.server, self.built, submission)), "", submission.flags)

    def attack(self, code: str, answer: str = WRONG) -> Outcome:
        """Run ``code`` in the cell of exercise 1, followed by an answer; the rest is answered as the key does."""
        return self.grade(self.notebook({MOVED: f"{code}\n{answer}"}))

    def spy(self, code: str) -> str:
        """What an expression or block finds out: ``found`` is raised inside the check, and read from the finding."""
        answer = "def moved_share(*arguments):\n    raise RuntimeError(str(found))\n"
        return self.attack(f"found = 'nothing'\n{code}", answer).said


def cell_of(notebook: Any, grade_id: str) -> Any:
    return next(
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


@contextlib.contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """A bench in ``folder``; on the way out, the next student's right answer still earns every point."""
    cohort = folder / "cohort"
    (cohort / "submitted" / "alice" / DAY.id).mkdir(parents=True)
    (cohort / "exchange" / "inbound").mkdir(parents=True)
    (cohort / "gradebook.db").write_bytes(b"SQLite format 3\0 and every grade of the class")
    before = os.environ.get("COURSE_COHORT")
    os.environ["COURSE_COHORT"] = str(cohort)
    make_secret()
    built, scale, examiner.HIDDEN_SCALE = make(DAY), examiner.HIDDEN_SCALE, HIDDEN_SCALE
    (cohort / "submitted" / "alice" / DAY.id / f"{DAY.slug}.ipynb").write_bytes(to_bytes(built.key))
    try:
        with Server(built.lesson, limits=LIMITS) as server:
            children = psutil.Process(server.process.pid).children(recursive=True)
            room = Bench(server, built, cohort, frozenset(each.pid for each in children))
            yield room
            assert room.grade(room.notebook()).scores == FULL
    finally:
        examiner.HIDDEN_SCALE = scale
        os.environ.pop("COURSE_COHORT")
        if before is not None:
            os.environ["COURSE_COHORT"] = before


@dataclass(frozen=True)
class Host:
    """What an attack may change on the host: nothing."""

    files: str
    processes: frozenset[int]
    open_files: int

    @classmethod
    def now(cls, room: Bench) -> "Host":
        server = psutil.Process(room.server.process.pid)
        others = [each for each in server.children(recursive=True) if each.pid not in room.own]
        _, left = psutil.wait_procs(others, timeout=5)  # a keeper that has answered may not have ended yet
        files = _digest(room.cohort) + _digest(ROOT / "solutions" / DAY.id)
        return cls(files, frozenset(each.pid for each in left), len(os.listdir("/proc/self/fd")))


def _digest(folder: Path) -> str:
    """A hash over every file in a folder: path, mode, owner and content."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if "__pycache__" not in path.parts:
            found = path.lstat()
            whole.update(f"{path}|{found.st_mode}|{found.st_uid}|".encode())
            whole.update(path.read_bytes() if path.is_file() else b"")
    return whole.hexdigest()
