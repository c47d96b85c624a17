"""``course``: the learner's commands (lab, mock, status, reset, update) and the author's (build, check, rounds, new-day)."""

import argparse
import sys
from collections.abc import Sequence

from course.syllabus import Day, NoSuchDay, find


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 something found, 2 not possible as asked."""
    given = list(sys.argv[1:] if argv is None else argv)
    own, extra = (
        (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    )
    parser = _parser()
    args, unknown = parser.parse_known_args(own)
    if unknown:
        way = f"; JupyterLab's own follow --, as in: course lab -- {' '.join(unknown)}"
        parser.error(f"unrecognized arguments: {' '.join(unknown)}{way if args.command == 'lab' else ''}")
    if extra and args.command not in ("lab", "mock"):
        parser.error("only `course lab` and `course mock` take arguments after --")
    args.extra = extra
    try:
        status: int = args.run(args)
    except _refusals() as error:
        print(f"course: {error}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="course", description="A 40-day workbook: learn, check, build.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    lab = commands.add_parser(
        "lab", help="bring your notebooks and open JupyterLab; its own arguments follow --"
    )
    lab.set_defaults(run=_lab)
    mock = commands.add_parser("mock", help="open JupyterLab at a mock round of 55 minutes")
    mock.add_argument(
        "number", nargs="?", type=int, help="the week that it closes; the first where none is named"
    )
    mock.set_defaults(run=_mock)
    commands.add_parser("status", help="the map of days, your points, and what is next").set_defaults(
        run=_status
    )
    reset = commands.add_parser("reset", help="start a day afresh; your work is moved to a backup")
    reset.add_argument("day", type=_day, help="4, day04 or consistent_hashing")
    reset.set_defaults(run=_reset)
    commands.add_parser("update", help="bring new versions; what you changed is kept").set_defaults(
        run=_update
    )

    build = commands.add_parser("build", help="make answer keys and notebooks from the lessons")
    build.add_argument("days", nargs="*", type=_day, metavar="day", help="all that exist where none is named")
    build.add_argument(
        "--check", action="store_true", help="write nothing; fail where a file is not what the build makes"
    )
    build.set_defaults(run=_build)
    check = commands.add_parser("check", help="hold days to the course's promises")
    check.add_argument("days", nargs="*", type=_day, metavar="day", help="all that exist where none is named")
    check.add_argument(
        "--nightly", action="store_true", help="with what repeats: lessons run as they stand, hidden seeds"
    )
    check.set_defaults(run=_check)
    rounds = commands.add_parser("rounds", help="prove a day's rounds over the grid of its knobs")
    rounds.add_argument("day", type=_day)
    rounds.set_defaults(run=_rounds)
    cards = commands.add_parser(
        "cards", help="the cards of a day's known wrong answers, as a learner reads them"
    )
    cards.add_argument("day", type=_day)
    cards.add_argument(
        "mistake", nargs="?", default="", help="words of its name or its exercise; all where none"
    )
    cards.set_defaults(run=_cards)
    new = commands.add_parser("new-day", help="make the room of a day from a template")
    new.add_argument("day", type=_day)
    new.set_defaults(run=_new_day)
    return parser


def _day(text: str) -> Day:
    try:
        return find(text)
    except NoSuchDay as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _refusals() -> tuple[type[Exception], ...]:
    """Errors that are one sentence to a person."""
    from course.build.lesson import LessonError
    from course.mocks import NoSuchMock
    from course.workspace import WorkspaceError

    return (LessonError, NoSuchMock, WorkspaceError)


# ── a learner's ─────────────────────────────────────────────────────────────────────────────────────────


def _lab(args: argparse.Namespace) -> int:
    from course.lab import serve
    from course.workspace import Workspace

    *said, last = Workspace().bring() or [""]
    shown = (
        [*said[:2], last]
        if len(said) < 3
        else [*said[:2], f"and {len(said) - 1} more: `ls work/*/*.new.ipynb`"]
    )
    _say([line for line in shown if line])
    serve(args.extra)
    return 0


def _mock(args: argparse.Namespace) -> int:
    from course.lab import serve
    from course.mocks import find_mock
    from course.workspace import Workspace

    mock = find_mock(args.number)
    _say(Workspace().bring())
    serve([f"--LabApp.default_url=/lab/tree/{mock.notebook.as_posix()}", *args.extra])
    return 0


def _status(args: argparse.Namespace) -> int:
    from course.notebook.daymap import show_map
    from course.workspace import WORK

    print(show_map(WORK).text())
    return 0


def _reset(args: argparse.Namespace) -> int:
    from course.lab import kernels
    from course.workspace import WORK, Workspace

    alive = kernels(WORK, args.day)
    _say(Workspace().reset(args.day))
    for name in alive:
        print(
            f"{name} has a kernel, which still works in the backup: close its tab, open it again, restart its kernel"
        )
    return 0


def _update(args: argparse.Namespace) -> int:
    from course.lab import write_pages
    from course.workspace import Workspace

    _say(Workspace().bring() or ["nothing new"])
    write_pages()
    return 0


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        print(line)


# ── an author's: see course.build.commands ──────────────────────────────────────────────────────────────


def _build(args: argparse.Namespace) -> int:
    from course.build.commands import build_command

    return build_command(args.days, check=args.check)


def _check(args: argparse.Namespace) -> int:
    from course.build.commands import check_command

    return check_command(args.days, nightly=args.nightly)


def _rounds(args: argparse.Namespace) -> int:
    from course.build.commands import rounds_command

    return rounds_command(args.day)


def _cards(args: argparse.Namespace) -> int:
    from course.build.commands import cards_command

    return cards_command(args.day, args.mistake)


def _new_day(args: argparse.Namespace) -> int:
    from course.build.commands import new_day_command

    return new_day_command(args.day)


if __name__ == "__main__":
    sys.exit(main())
