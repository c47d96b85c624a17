"""nbgrader plug-ins: `nbgrader autograde`, formgrader's button and ``NbGraderAPI`` grade behind the wall.

`nbgrader_config.py` puts them in the place of nbgrader's own: :class:`Submitted` for the exporter, :class:`Rebuild` for
the sanitising preprocessors, :class:`EnterVerdicts` for Execute and SaveAutoGrades, :class:`WithoutRubrics` for feedback.
"""

import atexit
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from autograde.gradebook import enter
from autograde.grading import Graded, Grader, spoken_of
from course.syllabus import find

_open = ExitStack()
_graders: dict[str, Grader] = {}
_results: dict[tuple[str, str], Graded] = {}
atexit.register(_open.close)


def _grader(assignment: str) -> Grader:
    """The warm grader of a day, kept until another day is graded or this process ends."""
    if assignment not in _graders:
        _open.close()
        _graders.clear()
        grader = Grader(find(assignment))
        _open.enter_context(grader.warm())
        _graders[assignment] = grader
    return _graders[assignment]


class Submitted(NotebookExporter):
    """nbgrader's exporter, but what :class:`Rebuild` replaces is not parsed: a file that is no notebook gets its verdict
    too, and nothing in a submission is read twice in two ways."""

    def from_filename(self, filename: str, resources: Any = None, **words: Any) -> tuple[Any, Any]:
        if any(isinstance(each, Rebuild) for each in self._preprocessors):
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
        ours = resources["nbgrader"]
        grader = _grader(ours["assignment"])
        path = grader.folder(ours["student"]) / f"{ours['notebook']}.ipynb"
        graded, notebook = grader.examine(path, ours["student"])
        grader.record(ours["student"], path, graded)
        _results[(ours["assignment"], ours["student"])] = graded
        return notebook, resources


class EnterVerdicts(NbGraderPreprocessor):  # type: ignore[misc]
    """Write the verdicts of :class:`Rebuild` into the gradebook."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        ours = resources["nbgrader"]
        graded = _results.pop((ours["assignment"], ours["student"]))
        built = _graders[ours["assignment"]].built
        with Gradebook(ours["db_url"]) as gradebook:
            enter(gradebook, built, ours["student"], graded.verdicts, spoken_of(graded, nb))
        return nb, resources


class WithoutRubrics(NbGraderPreprocessor):  # type: ignore[misc]
    """For feedback: leave the rubrics out."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        nb.cells = [cell for cell in nb.cells if not cell.metadata.get("course", {}).get("rubric")]
        return nb, resources
