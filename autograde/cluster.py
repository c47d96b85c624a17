"""The same examiners on a Dask cluster: a submission goes out as bytes with its seeds, and verdicts come back as data.

The cohort's secret stays here. A worker needs the repository (the same commit) and a kernel that allows the sandbox.
"""

import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from autograde.apart import Apart
from autograde.examined import Examine, Examined
from autograde.grading import Grader, code_version, lay_out
from course.syllabus import find


class OtherCode(RuntimeError):
    """A worker runs other code than this machine, so its verdicts would not be comparable."""


@contextmanager
def examiners_of_cluster(grader: Grader, scheduler: str) -> Iterator[Examine]:
    """A function from students to results on the cluster at ``scheduler`` (``tcp://host:port``).

    A worker that is lost midway costs nothing: its submissions are examined elsewhere.
    """
    import distributed

    as_completed: Any = distributed.as_completed
    Client: Any = distributed.Client

    seeds = grader.drawn_seeds()
    setting = (grader.day.id, grader.sandboxed, grader.epoch, grader.limits, code_version(grader.day))

    def examine(students: Sequence[str], fresh: bool) -> Iterator[Examined]:
        """Few at a time are under way, so that memory does not grow with the cohort. The workers keep no cache."""

        def send(name: str) -> Any:
            files, file = grader.files(name), grader.submitted(name).name
            return client.submit(_examine, setting, seeds, name, files, file, pure=False, retries=2)

        todo = iter(students)
        running = as_completed([send(name) for name in islice(todo, _window(client))])
        for future in running:
            examined = future.result()
            future.release()
            for name in islice(todo, max(0, _window(client) - running.count())):
                running.add(send(name))
            yield examined

    with Client(scheduler, timeout=30) as client:
        yield examine


def _window(client: Any) -> int:
    """How many submissions are under way: enough for every thread of the cluster, and one more to begin with."""
    return 2 * max(2, sum(int(threads) for threads in client.ncores().values()))


_examiners: dict[object, Apart] = {}
_open = ExitStack()
_one = threading.Lock()
"""A worker may have several threads, but its servers answer one at a time: give it one thread, and more workers."""


def _examine(
    setting: tuple[Any, ...], seeds: Mapping[str, int], student: str, files: Mapping[str, bytes], name: str
) -> Examined:
    """On a worker: examine one submission in a folder of its own."""
    day, sandboxed, epoch, limits, code = setting
    own = code_version(find(day))
    if code != own:
        raise OtherCode(f"this worker runs {own}, the grader runs {code}; bring it to the same commit")
    key = (*setting, *sorted(seeds.items()))
    with _one, tempfile.TemporaryDirectory() as folder:
        if key not in _examiners:
            _open.close()  # another day, or other seeds: one at a time
            _examiners.clear()
            options = {"sandboxed": sandboxed, "epoch": epoch, "limits": limits, "seeds": dict(seeds)}
            _examiners[key] = _open.enter_context(Apart(find(day), **options, cached=False))
        return _examiners[key].examine(student, lay_out(files, Path(folder), name), fresh=True)
