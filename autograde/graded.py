"""The graded notebook: the released cells, the learner's text in them, and each verdict as an output.

Made from the source, never from the submission's structure. It holds no hidden test, so neither formgrader nor feedback
can show one; results stand in it redacted. The rubric of a spoken answer follows it for the grader, and is taken out of
feedback again by :class:`autograde.plugins.ForLearners`.
"""

import copy
from html import escape
from typing import Any

import nbformat

from autograde.examine import Verdict
from autograde.submission import Submission
from course.build.cutting import BEGIN, END
from course.build.days import Built
from course.checking.report import Report


def graded_notebook(built: Built, submission: Submission | None, verdicts: list[Verdict]) -> Any:
    """The notebook for ``autograded/``; with no submission (it could not be read) the released cells stand alone."""
    by_id = {verdict.grade_id: verdict for verdict in verdicts}
    rubrics = _rubrics(built)
    own = [step for step in submission.steps if not step.solution] if submission else []
    notebook = copy.deepcopy(built.released)
    cells: list[Any] = []
    for cell in notebook.cells:
        name = str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        cell.metadata.pop("editable", None)
        if submission and name in submission.solutions:
            cell.source = submission.solutions[name]
        if submission and name in submission.spoken and submission.spoken[name].pictures:
            cell["attachments"] = nbformat.from_dict(submission.spoken[name].pictures)
        if name in by_id:
            cell.outputs = [output_of(by_id[name])]
        cells.append(cell)
        if name in rubrics:
            text = f"**For the grader**\n\n{rubrics[name]}"
            cells.append(
                nbformat.v4.new_markdown_cell(
                    text, id=f"rubric-{name}"[:64], metadata={"course": {"rubric": True}}
                )
            )
    for step in own:
        cells.append(
            nbformat.v4.new_code_cell(step.source, id=f"cell-{step.name}", metadata={"course": {"own": True}})
        )
    notebook.cells = cells
    return notebook


def output_of(verdict: Verdict) -> Any:
    """A verdict as the output of its cell: the score as plain text, the redacted card as HTML."""
    report = verdict.report or Report(verdict.grade_id, (), verdict.points, whole=True)
    data = {"text/plain": f"{verdict.score:g}", "text/html": report.redacted().html()}
    if verdict.needs_review:
        data["text/html"] += (
            f"<p><b>Needs review:</b> a person will look at this. {escape(verdict.reason)}</p>"
        )
    return nbformat.v4.new_output("execute_result", data=data, execution_count=1)


def _rubrics(built: Built) -> dict[str, str]:
    found = {}
    for cell in built.key.cells:
        grader = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and grader.get("grade") and grader.get("solution"):
            found[grader["grade_id"]] = cell.source.replace(BEGIN, "").replace(END, "").strip()
    return found
