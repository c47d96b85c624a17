"""Grade again exactly as the log says, from what was kept, and compare."""

import tempfile
from pathlib import Path

from autograde.grading import Grader, lay_out
from autograde.verdict_log import VerdictLog
from course.checking.seeds import cohort_folder
from course.syllabus import Day


def replay(day: Day, student: str) -> tuple[bool, list[str]]:
    """Replay the latest grading of ``student`` on ``day``; returns whether every score came out the same, and the lines
    to show. Raises ``LookupError`` where the log has none, :class:`~autograde.verdict_log.BrokenLog` where it is broken."""
    log = VerdictLog(cohort_folder())
    found = {
        entry["grade_id"]: entry
        for entry in log.entries()
        if entry["student"] == student and entry["day"] == day.id
    }
    if not found:
        raise LookupError(f"the log has no verdict for {student} on {day.id}")
    last = list(found.values())[-1]
    with tempfile.TemporaryDirectory() as name:
        files = {kept: log.kept(kept, digest) for kept, digest in last["files"].items()}
        path = lay_out(files, Path(name), f"{day.slug}.ipynb")
        grader = Grader(day, epoch=last["epoch"], cached=False)
        with grader.warm():
            graded, _ = grader.examine(path, student)
    lines, same = [], True
    for verdict in graded.verdicts:
        before = found.get(verdict.grade_id)
        if before is None:
            same = False
            lines.append(f"{verdict.grade_id:<24} not in the log: the day has changed since")
            continue
        equal = all(verdict.as_data()[name] == before[name] for name in ("score", "report", "seed"))
        same = same and equal
        lines.append(
            f"{verdict.grade_id:<24} logged {before['score']:g}, replayed {verdict.score:g}: {'the same' if equal else 'DIFFERENT'}"
        )
    return same, lines
