"""The same examiners on a Dask cluster: a submission goes out as bytes with its seeds, and verdicts come back as data.

The cohort's secret stays here. A worker needs the repository (the same commit) and a kernel that allows the sandbox.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from autograde.cohort import Examined
from autograde.grading import Grader, code_version
from course.build.release import to_bytes
from course.seeds import hidden_seed
from course.syllabus import find


class OtherCode(RuntimeError):
    """A worker runs other code than this machine, so its verdicts would not be comparable."""


@contextmanager
def examiners_of_cluster(
    grader: Grader, scheduler: str
) -> Iterator[Callable[[Sequence[str]], Iterator[Examined]]]:
    """A function from students to results on the cluster at ``scheduler`` (``tcp://host:port``).

    A worker that is lost midway costs nothing: its submissions are examined elsewhere.
    """
    from distributed import Client, as_completed

    seeds = {check.grade_id: hidden_seed(check.grade_id, grader.epoch) for check in grader.checks()}
    setting = (grader.day.id, grader.sandboxed, grader.epoch, grader.limits, code_version())

    def examine(students: Sequence[str]) -> Iterator[Examined]:
        futures = [
            client.submit(
                _examine,
                setting,
                seeds,
                name,
                grader.files(name),
                grader.submitted(name).name,
                pure=False,
                retries=2,
            )
            for name in students
        ]
        for future in as_completed(futures):
            yield future.result()

    with Client(scheduler, timeout=30) as client:
        yield examine


_graders: dict[tuple[Any, ...], Grader] = {}
_open = ExitStack()


def _examine(
    setting: tuple[Any, ...], seeds: Mapping[str, int], student: str, files: Mapping[str, bytes], name: str
) -> Examined:
    """On a worker: examine one submission in a folder of its own."""
    day, sandboxed, epoch, limits, code = setting
    if code != code_version():
        raise OtherCode(
            f"this worker runs {code_version()}, the grader runs {code}; bring it to the same commit"
        )
    if setting not in _graders:
        grader = Grader(find(day), None, sandboxed=sandboxed, epoch=epoch, limits=limits, seeds=seeds)
        _open.enter_context(grader.warm())
        _graders[setting] = grader
    with tempfile.TemporaryDirectory() as folder:
        for kept, data in files.items():
            (Path(folder) / (name if kept == "notebook.ipynb" else kept)).write_bytes(data)
        graded, notebook = _graders[setting].examine(Path(folder) / name, student)
    return Examined(graded, to_bytes(notebook))
