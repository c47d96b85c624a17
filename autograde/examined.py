"""What an examiner sends back about one submission, on this machine or on another."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograde.grading import Graded, Grader, files_at, spoken_of
from course.build.notebooks import to_bytes

Examine = Callable[[Sequence[str], bool], Iterator["Examined"]]
"""From students, and whether to pass over the cache, to results, in the order in which they are done."""


@dataclass(frozen=True)
class Examined:
    """What an examiner sends back: the verdicts, the graded notebook, the spoken answers, and what exactly was examined
    (:meth:`Grader.run_key`)."""

    graded: Graded
    notebook: bytes
    spoken: dict[str, str]
    run: str


def examined(grader: Grader, student: str, path: Path, fresh: bool) -> Examined:
    """Examine one submission; nothing is entered anywhere."""
    run = grader.run_key(files_at(path))
    graded, notebook = grader.examine(path, student, fresh=fresh)
    return Examined(graded, to_bytes(notebook), spoken_of(graded, notebook), run)
