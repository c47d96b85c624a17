"""nbgrader plug-ins: `nbgrader autograde`, formgrader's button and ``NbGraderAPI`` grade the course's days behind the wall.

:mod:`autograde.settings` puts them into nbgrader's lists, beside nbgrader's own. Ours act on days only, and nbgrader's own on
all other assignments.
"""

import atexit
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor, SaveCells

from autograde.apart import Apart
from autograde.examined import Examined
from autograde.gradebook import enter
from autograde.grading import Grader
from course.build.days import existing_days
from course.build.release import release
from course.checking.seeds import make_secret
from course.files import write_whole
from course.syllabus import find

_open = ExitStack()
_graders: dict[str, tuple[Grader, Apart]] = {}
_results: dict[tuple[str, str], Examined] = {}
atexit.register(_open.close)


@cache
def _days() -> frozenset[str]:
    return frozenset(day.id for day in existing_days())


def is_day(resources: Any) -> bool:
    """Whether what is converted belongs to a day of the course; resources of another origin do not."""
    return resources.get("nbgrader", {}).get("assignment") in _days()


def elsewhere(kind: Any) -> Any:
    """nbgrader's preprocessor ``kind``, under its name and options, for what is no day of the course."""

    def preprocess(self: Any, nb: Any, resources: Any) -> tuple[Any, Any]:
        found: tuple[Any, Any] = (nb, resources)
        return found if is_day(resources) else kind.preprocess(self, nb, resources)

    return type(kind.__name__, (kind,), {"preprocess": preprocess, "__module__": __name__})


def _grader(assignment: str) -> tuple[Grader, Apart]:
    """The grader of a day and its examiner, kept until another day is graded or this process ends."""
    if assignment not in _graders:
        _open.close()
        _graders.clear()
        make_secret()
        day = find(assignment)
        _graders[assignment] = Grader(day), _open.enter_context(Apart(day))
    return _graders[assignment]


class Source(NotebookExporter):
    """For a release: nbgrader's exporter. A day's released notebooks are in the repository already; they are made anew all
    the same, since nbgrader enters an assignment into the gradebook only then, but in a folder of their own: nbgrader
    removes a release before it writes it, and for good where it fails, while learners and graders read it."""

    def __init__(self, config: Any = None, parent: Any = None, **words: Any) -> None:
        super().__init__(config=config, parent=parent, **words)  # type: ignore[no-untyped-call]
        if parent is not None and parent.coursedir.assignment_id in _days():
            parent.convert_notebooks = partial(_made_elsewhere, parent, parent.convert_notebooks)


def _made_elsewhere(converter: Any, convert: Callable[[], None]) -> None:
    """``convert`` in a folder that does not last; of what it makes, only what is new takes the place of what is there."""
    course = converter.coursedir
    released = course.release_directory
    with tempfile.TemporaryDirectory() as elsewhere:
        course.release_directory = os.path.relpath(elsewhere, course.root)
        try:
            convert()
        finally:
            course.release_directory = released
        for made in filter(Path.is_file, Path(elsewhere).rglob("*")):
            place, data = Path(course.root, released, made.relative_to(elsewhere)), made.read_bytes()
            if not place.is_file() or place.read_bytes() != data:
                write_whole(place, data)


class ReleaseDay(NbGraderPreprocessor):  # type: ignore[misc]
    """A day's release as the build makes it, whatever options other assignments have; its cells enter the gradebook."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        if is_day(resources):
            nb = release(nb, lambda notebook: SaveCells(parent=self.parent)(notebook, resources))
        return nb, resources


class Submitted(NotebookExporter):
    """nbgrader's exporter, but what :class:`Rebuild` replaces is not parsed: a file that is no notebook gets its verdict
    too, and nothing in a submission is read twice in two ways."""

    def from_filename(self, filename: str, resources: Any = None, **words: Any) -> tuple[Any, Any]:
        if is_day(resources) and any(isinstance(each, Rebuild) for each in self._preprocessors):
            resources = self._init_resources(resources)  # type: ignore[no-untyped-call]
            resources["metadata"]["name"] = Path(filename).stem
            found: tuple[Any, Any] = self.from_notebook_node(  # type: ignore[no-untyped-call]
                nbformat.v4.new_notebook(), resources, **words
            )
        else:
            found = super().from_filename(filename, resources, **words)
        return found


class Rebuild(NbGraderPreprocessor):  # type: ignore[misc]
    """Examine the submitted file and put the graded notebook in its place; what nbgrader parsed of it is not used."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        if not is_day(resources):
            return nb, resources
        ours = resources["nbgrader"]
        grader, examiner = _grader(ours["assignment"])
        path = grader.folder(ours["student"]) / f"{ours['notebook']}.ipynb"
        found = examiner.examine(ours["student"], path)
        grader.record(ours["student"], path, found.graded)
        _results[(ours["assignment"], ours["student"])] = found
        return nbformat.reads(found.notebook.decode(), as_version=4), resources


class EnterVerdicts(NbGraderPreprocessor):  # type: ignore[misc]
    """Write the verdicts of :class:`Rebuild` into the gradebook."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        if is_day(resources):
            ours = resources["nbgrader"]
            found = _results.pop((ours["assignment"], ours["student"]))
            built = _graders[ours["assignment"]][0].built
            with Gradebook(ours["db_url"]) as gradebook:
                enter(gradebook, built, ours["student"], found.graded.verdicts, found.spoken)
        return nb, resources


class ForLearners(NbGraderPreprocessor):  # type: ignore[misc]
    """For a day's feedback: leave rubrics and hidden tests out."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        if is_day(resources):
            nb.cells = [cell for cell in nb.cells if not cell.metadata.get("course", {}).get("rubric")]
            nb, resources = ClearHiddenTests().preprocess(nb, resources)
        return nb, resources


class QuotedCsv(CsvExportPlugin):  # type: ignore[misc]
    """nbgrader's CSV; a name with a comma, a quote or a line in it is quoted as RFC 4180 says."""

    def export(self, gradebook: Any) -> None:
        super().export(_Quoted(gradebook))


class _Quoted:
    """A gradebook, assignment or student whose words are written as CSV wants them."""

    def __init__(self, of: Any) -> None:
        self._of = of

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._of, name)
        if name in ("students", "assignments"):
            return [_Quoted(each) for each in found]
        return _Cell(found) if type(found) is str else found


class _Cell(str):
    __slots__ = ()

    def __format__(self, spec: str) -> str:
        quoted = '"' + self.replace('"', '""') + '"'
        return quoted if any(sign in self for sign in ',"\r\n') else str(self)
