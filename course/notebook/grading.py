"""What a graded cell calls: the visible half of a check, and the hidden half where there is a cohort."""

import ast
from collections.abc import Callable
from dataclasses import replace

from course.checking.report import Claim, Finding, Report
from course.checking.seeds import HIDDEN_SCALE, NoCohortSecret, hidden_seed
from course.notebook import progress
from course.notebook.released import origin
from course.notebook.source import cell_text, newer_text
from course.notebook.state import learner

NOT_RUN = "not-run"
"""Kind of the finding for a cell whose newest text stopped with an error."""
NO_VERDICT = "no-verdict"
"""Kind of the finding for a hidden half that could not run: it scores nothing until it can."""


def graded(check_id: str, check: Callable[..., Report], *objects: object, points: float) -> Report:
    """Run ``check`` on the learner's ``objects`` at the public seed, worth ``points``.

    In a learner's kernel the result is added to the progress log; a cell whose newest text did not run to its end is the
    only finding there, since the check would see what an older text defined. Raises what a broken check raises: that
    is the course's error, not the learner's.
    """
    if learner() and (finding := _not_run(objects)):
        return Report(check.__name__, (Claim("your cell runs", finding=finding),), points=float(points))
    report = replace(check(*objects), points=float(points), place=_place(objects))
    if learner():
        progress.record(check_id, report, objects)
    return report


def confirm(report: Report, check_id: str, check: Callable[..., Report], *objects: object) -> Report:
    """``report`` merged with the hidden half: the same check at the cohort's seed for ``check_id``, at larger size.

    Without a cohort secret every claim fails as :data:`NO_VERDICT` and says what to do.
    """
    try:
        seed = hidden_seed(check_id)
    except NoCohortSecret:
        mend = "run any nbgrader command in the repository, which makes the cohort's secret, then grade again"
        finding = Finding(
            NO_VERDICT, "the hidden half cannot run: this machine has no cohort secret", next=mend
        )
        claims = (replace(claim, finding=finding, hint=mend, hidden=True) for claim in report.claims)
        return replace(report, claims=tuple(claims))
    return report.merged(check(*objects, seed=seed, scale=HIDDEN_SCALE))


def _not_run(objects: tuple[object, ...]) -> Finding | None:
    """What keeps the newest text of a learner's cell from being what is checked; None where it is."""
    for target in objects:
        if text := newer_text(target):
            name = getattr(target, "__name__", type(target).__name__)
            got = "an error when it ran: see below the cell"
            try:
                ast.parse(text)
            except SyntaxError as error:
                got = f"SyntaxError: {error.msg}\nline {error.lineno} of your cell: {(error.text or '').strip()}"
            mend = "mend it, run it, check again: until then `{}` is what an older text made it"
            return Finding(
                NOT_RUN,
                f"the cell of `{name}` did not run to its end",
                "a cell that runs",
                got,
                next=mend.format(name),
            )
    return None


def _place(objects: tuple[object, ...]) -> str:
    """The files of the reference, which the exercise cells of ``objects`` name in their first line."""
    origins = [origin(cell_text(target) or "") for target in objects]
    files = [found[0].replace(".", "/") + ".py" for found in origins if found]
    return ", ".join(dict.fromkeys(files))
