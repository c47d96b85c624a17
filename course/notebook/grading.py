"""What a graded cell calls: the visible half of a check, and the hidden half where there is a cohort."""

import re
from collections.abc import Callable
from dataclasses import replace

from course.notebook import progress
from course.notebook.state import learner
from course.report import Finding, Report
from course.seeds import HIDDEN_SCALE, NoCohortSecret, hidden_seed

NO_VERDICT = "no-verdict"
"""Kind of the finding for a hidden half that could not run: it scores nothing until it can."""

_PLACE = re.compile(r"^\s*Reference: (\S+)", re.MULTILINE)


def graded(check_id: str, check: Callable[..., Report], *objects: object, points: float) -> Report:
    """Run ``check`` on the learner's ``objects`` at the public seed, worth ``points``.

    In a learner's kernel the result is added to the progress log. A line ``Reference: course/cluster/ring.py`` in the
    check's docstring is shown once everything passes. Raises what a broken check raises: that is the course's error,
    not the learner's.
    """
    place = _PLACE.search(check.__doc__ or "")
    report = replace(check(*objects), points=float(points), place=place[1] if place else "")
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
