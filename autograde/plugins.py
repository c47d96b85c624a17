"""nbgrader plug-ins: `nbgrader autograde`, formgrader's button and ``NbGraderAPI`` grade behind the wall.

`nbgrader_config.py` puts them in the place of nbgrader's own: :class:`Rebuild` for the sanitising preprocessors,
:class:`Examine` for Execute, :class:`EnterVerdicts` for SaveAutoGrades.
"""

import atexit
from contextlib import ExitStack
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from autograde.gradebook import enter
from autograde.grading import Graded, Grader, spoken_of
from course.syllabus import find

_open = ExitStack()
_graders: dict[str, Grader] = {}
atexit.register(_open.close)


class NotOurs(LookupError):
    """The notebook belongs to no day of the course; grade it with nbgrader's own preprocessors."""


def _grader(preprocessor: Any, assignment: str) -> Grader:
    """The warm grader of a day, kept for as long as this process lives."""
    if assignment not in _graders:
        grader = Grader(find(assignment), preprocessor.parent.parent.coursedir)
        _open.enter_context(grader.warm())
        _graders[assignment] = grader
    return _graders[assignment]


class Rebuild(NbGraderPreprocessor):  # type: ignore[misc]
    """Examine the submitted file and put the graded notebook in its place; what nbgrader parsed of it is not used."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        ours = resources["nbgrader"]
        grader = _grader(self, ours["assignment"])
        path = grader.submitted(ours["student"])
        graded, notebook = grader.examine(path, ours["student"])
        _results[(ours["assignment"], ours["student"])] = graded
        grader.record(ours["student"], path, graded)
        return notebook, resources


_results: dict[tuple[str, str], Graded] = {}


class EnterVerdicts(NbGraderPreprocessor):  # type: ignore[misc]
    """Write the verdicts of :class:`Rebuild` into the gradebook."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        ours = resources["nbgrader"]
        graded = _results.pop((ours["assignment"], ours["student"]))
        with Gradebook(ours["db_url"]) as gradebook:
            enter(
                gradebook, _graders[ours["assignment"]].built, ours["student"], graded.verdicts, spoken_of(nb)
            )
        return nb, resources
