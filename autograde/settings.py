"""nbgrader's configuration less its paths: what `nbgrader_config.py` sets, so that days of the course are graded behind the
wall, and every other assignment as nbgrader does, in the sandbox."""

import os
from typing import Any

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, Execute, GetGrades

BOTH = (AssignLatePenalties, CheckCellMetadata)
"""What nbgrader does for days too."""


def configure(c: Any) -> None:
    """Set it all on ``c``, a traitlets configuration."""
    from autograde.plugins import elsewhere

    c.GenerateAssignment.exporter_class = "autograde.plugins.Source"
    stock = GenerateAssignment.preprocessors.default()
    c.GenerateAssignment.preprocessors = ["autograde.plugins.ReleaseDay", *map(elsewhere, stock)]

    # Grading happens behind the wall (docs/threat-model.md), whether by `nbgrader autograde`, formgrader's button or the
    # API. COURSE_STOCK_EXECUTOR=1 keeps nbgrader's own executor, which runs a submission as you: for notebooks you trust.
    if os.environ.get("COURSE_STOCK_EXECUTOR") != "1":
        from autograde.own_assignments import SandboxedExecute

        def beside(kinds: list[Any]) -> list[Any]:
            ours = [SandboxedExecute if kind is Execute else kind for kind in kinds]
            return [kind if kind in BOTH else elsewhere(kind) for kind in ours]

        sanitize = Autograde.sanitize_preprocessors.default()
        grade = Autograde.autograde_preprocessors.default()
        c.Autograde.exporter_class = "autograde.plugins.Submitted"
        c.Autograde.sanitize_preprocessors = ["autograde.plugins.Rebuild", *beside(sanitize)]
        c.Autograde.autograde_preprocessors = ["autograde.plugins.EnterVerdicts", *beside(grade)]

    # Learners' HTML and Markdown are data on an instructor's screen, and feedback shows no hidden test and no rubric of a day.
    c.GenerateFeedback.preprocessors = [GetGrades, "autograde.plugins.ForLearners", CSSHTMLHeaderPreprocessor]
    c.GenerateFeedback.exporter_class = "autograde.pages.FeedbackPage"
    c.HTMLExporter.preprocessors = ["autograde.pages.SafePage"]
    c.HTMLExporter.filters = {
        "markdown2html": "autograde.pages.safe_markdown",
        "highlight_code": "autograde.pages.safe_code",
    }
    c.ExportApp.plugin_class = "autograde.plugins.QuotedCsv"
