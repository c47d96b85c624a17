"""``autograde grade | watch | report | replay | verify | benchmark | doctor``."""

import argparse
import json
import logging
import sys
from pathlib import Path

from autograde.sandbox import CannotSandbox
from autograde.verdict_log import BrokenLog
from autograde.visible import visible
from autograde.workers import WorkersKilled
from course.checking.seeds import NoCohortSecret
from course.syllabus import NoSuchDay, find

CONFIRM = "run untrusted code as me"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="autograde", description="Grade notebooks that nobody has looked at yet."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    grade = commands.add_parser("grade", help="grade what lies in cohort/submitted/*/dayNN/")
    grade.set_defaults(run=_grade)
    grade.add_argument("day", help="day04")
    grade.add_argument("--student", action="append", help="only this one (may be given again)")
    grade.add_argument(
        "--json", type=Path, metavar="FILE", help="write every verdict, finding, time and limit hit"
    )
    grade.add_argument("--epoch", type=int, default=0, help="another number draws other hidden seeds")
    grade.add_argument("--workers", type=int, default=0, help="examiners side by side (default: one a core)")
    grade.add_argument("--scheduler", default="", metavar="tcp://…", help="examine on this Dask cluster")
    grade.add_argument(
        "--force", action="store_true", help="also what was graded as it stands, and without the cache"
    )
    grade.add_argument("--no-feedback", action="store_true", help="do not write feedback pages")
    grade.add_argument(
        "--no-sandbox",
        action="store_true",
        help="run untrusted code as yourself; asks, and marks every grade",
    )
    watch = commands.add_parser(
        "watch", help="grade and release feedback whenever something arrives in the exchange"
    )
    watch.set_defaults(run=_watch)
    watch.add_argument("--workers", type=int, default=0)
    watch.add_argument("--interval", type=float, default=2.0, metavar="SECONDS")
    report = commands.add_parser("report", help="what a day's grading says, as a web page and as CSV")
    report.set_defaults(run=_report)
    report.add_argument("day")
    report.add_argument("--html", type=Path, metavar="FILE", help="default: cohort/dayNN-report.html")
    report.add_argument("--csv", type=Path, metavar="FILE", help="default: cohort/dayNN-report.csv")
    speed = commands.add_parser("benchmark", help="submissions a minute, against stock nbgrader, in one run")
    speed.set_defaults(run=_benchmark)
    speed.add_argument("--day", default="day04")
    speed.add_argument("--submissions", type=int, default=40)
    speed.add_argument("--runs", type=int, default=3)
    speed.add_argument("--workers", type=int, default=2)
    speed.add_argument("--json", type=Path, metavar="FILE")
    replay = commands.add_parser("replay", help="grade again exactly as the log says, and compare")
    replay.set_defaults(run=_replay)
    replay.add_argument("day")
    replay.add_argument("student")
    verify = commands.add_parser("verify", help="check the chain of the log of verdicts")
    verify.set_defaults(run=_verify)
    commands.add_parser("doctor", help="what this machine can do").set_defaults(run=_doctor)
    chosen = parser.parse_args(arguments)
    for name in ("traitlets", "tornado.application"):  # nbgrader's tracebacks: what failed is said below
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        return int(chosen.run(chosen))
    except (CannotSandbox, NoCohortSecret, NoSuchDay, LookupError, WorkersKilled) as error:
        print(f"autograde: {visible(error)}", file=sys.stderr)
        return 2
    except BrokenLog as error:
        print(
            f"autograde: {visible(error)}; run `autograde verify`, and see docs/operations.md",
            file=sys.stderr,
        )
        return 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"autograde: {visible(where)}{visible(error.strerror or error)}; what was graded before is kept: mend that, and run the same command again",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print(
            "\nautograde: stopped. What was graded is entered; run the same command again for the rest",
            file=sys.stderr,
        )
        return 130


def _grade(chosen: argparse.Namespace) -> int:
    if chosen.no_sandbox and not _confirmed():
        return 2
    from tqdm import tqdm

    from autograde.cohort import open_cohort
    from autograde.grading import head

    tqdm.monitor_interval = 0  # no thread of its own: examiners are forked from this process
    day = find(chosen.day)
    setting = {"workers": chosen.workers, "sandboxed": not chosen.no_sandbox, "epoch": chosen.epoch}
    with open_cohort(day, scheduler=chosen.scheduler, **setting) as cohort:
        results = cohort.grade(
            chosen.student,
            force=chosen.force,
            feedback=not chosen.no_feedback,
            progress=lambda each, total: tqdm(each, day.id, total, unit="submission", disable=None),
        )
    if not results:
        print(f"no submissions of {day.id}; collect them first: nbgrader collect {day.id}", file=sys.stderr)
        return 1
    for graded in results:
        scores = " ".join(
            f"{v.grade_id.split('-', 1)[1]} {v.score:g}/{v.points:g}{' (needs review)' if v.needs_review else ''}"
            for v in graded.verdicts
        )
        total = sum(v.score for v in graded.verdicts)
        print(f"{visible(graded.student):<20} {total:>5g}  {visible(graded.problem) or scores}")
        details = [f"{v.grade_id}: {v.reason} ({v.detail})" for v in graded.verdicts if v.detail]
        for note in [*graded.flags, *details]:
            print(f"{'':<20}        note: {visible(note)}")
    waiting = sum(any(v.needs_review for v in graded.verdicts) for graded in results)
    print(f"{len(results)} graded, {waiting} need review; head of the log {head()[:16]}")
    if chosen.json:
        _write(chosen.json, [graded.as_data() for graded in results])
    return 0


def _watch(chosen: argparse.Namespace) -> int:
    from autograde.watch import watch

    print("watching the exchange; Ctrl-C stops", flush=True)
    watch(
        workers=chosen.workers, interval=chosen.interval, told=lambda line: print(visible(line), flush=True)
    )
    return 0


def _report(chosen: argparse.Namespace) -> int:
    from autograde.grading import entered
    from autograde.instructor_report import cohort_report, page, write_csv
    from course.checking.seeds import cohort_folder

    day = find(chosen.day)
    found = cohort_report(day, cohort_folder(), entered(day))
    web = chosen.html or cohort_folder() / f"{day.id}-report.html"
    table = chosen.csv or cohort_folder() / f"{day.id}-report.csv"
    web.write_text(page(found), encoding="utf-8")
    write_csv(found, table)
    print(f"{len(found.scores)} submissions of {day.id}: {web} and {table}")
    return 0


def _benchmark(chosen: argparse.Namespace) -> int:
    from autograde.benchmark import benchmark

    setting = {"submissions": chosen.submissions, "runs": chosen.runs, "workers": chosen.workers}
    result = benchmark(find(chosen.day), **setting)
    if chosen.json:
        _write(chosen.json, result)
    return 0


def _write(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _confirmed() -> bool:
    print(
        f"Without the sandbox a submission can read and change whatever you can: grades, keys, other people's work.\nType “{CONFIRM}” to go on: ",
        end="",
        file=sys.stderr,
        flush=True,
    )
    if sys.stdin.readline().strip() == CONFIRM:
        return True
    print("autograde: not confirmed; nothing was graded", file=sys.stderr)
    return False


def _replay(chosen: argparse.Namespace) -> int:
    from autograde.replay import replay

    same, lines = replay(find(chosen.day), chosen.student)
    print("\n".join(map(visible, lines)))
    return 0 if same else 1


def _verify(chosen: argparse.Namespace) -> int:
    from autograde.verdict_log import START, VerdictLog
    from course.checking.seeds import cohort_folder

    head, number = START, 0
    try:
        for entry in VerdictLog(cohort_folder()).entries():
            head, number = entry["hash"], number + 1
    except BrokenLog as error:
        print(
            f"the log is broken: {error}. Everything from there on is in doubt; the {number} entries before it hold"
        )
        return 1
    print(f"{number} verdicts, chain unbroken, head {head}")
    return 0


def _doctor(chosen: argparse.Namespace) -> int:
    from autograde.doctor import examination

    able, lines = examination()
    print("\n".join(lines))
    return 0 if able else 1


if __name__ == "__main__":
    sys.exit(main())
