"""Enter verdicts into nbgrader's gradebook: one transaction a submission, and nothing else of nbgrader's is touched."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from autograde.examine import Verdict
from course.build.cutting import ANSWER
from course.build.days import Built


@contextmanager
def one_transaction(gradebook: Any) -> Iterator[None]:
    """What happens inside reaches the database whole or not at all, also where nbgrader would commit on the way."""
    session = gradebook.db()
    session.commit = session.flush
    try:
        yield
    finally:
        del session.commit
    session.commit()


def ensure_student_and_submission(
    gradebook: Any, assignment: str, student: str, timestamp: datetime | None
) -> Any:
    """The submission's row, made where it is missing. Raises nbgrader's ``MissingEntry`` without the assignment."""
    from nbgrader.api import MissingEntry

    session = gradebook.db()
    session.expunge_all()  # what others changed since the last submission is read anew,
    session.expire_on_commit = False  # and what belongs to this one is read once
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # nbgrader 0.9 meets SQLAlchemy 2 with a dozen harmless ones a submission
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            gradebook.update_or_create_student(student)
            return gradebook.add_submission(assignment, student, timestamp=timestamp)
    submission.timestamp = timestamp
    return submission


def enter(
    gradebook: Any, built: Built, student: str, verdicts: list[Verdict], spoken: dict[str, str]
) -> None:
    """Write automatic scores and what needs a person into the gradebook.

    A manual score that a grader gave before stays, and the cell is marked for another look, as nbgrader does. An
    unanswered spoken question gets 0 and the comment "No response.".
    """
    day = built.lesson.day
    notebook = gradebook.find_submission_notebook(day.slug, day.id, student)
    by_id = {verdict.grade_id: verdict for verdict in verdicts}
    points = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in built.key.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    for grade in notebook.grades:
        if grade.cell.max_score != points.get(grade.name, grade.cell.max_score):
            grade.cell.max_score = points[grade.name]  # the key was changed after the day was entered
        verdict = by_id.get(grade.name)
        if verdict is not None:
            grade.auto_score = verdict.score
            grade.needs_manual_grade = verdict.needs_review or grade.manual_score is not None
        elif grade.name in spoken:
            answered = answered_text(spoken[grade.name])
            grade.auto_score = None if answered else 0.0
            grade.needs_manual_grade = answered or grade.manual_score is not None
        else:
            grade.auto_score, grade.needs_manual_grade = 0.0, True
    for comment in notebook.comments:
        if comment.name in spoken:
            comment.auto_comment = None if answered_text(spoken[comment.name]) else "No response."
    gradebook.db.commit()


def answered_text(text: str) -> bool:
    """Whether a spoken answer was written at all."""
    return text.strip() not in ("", ANSWER)
