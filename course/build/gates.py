"""The gates that every day must pass: `course check`.

A gate takes a :class:`~course.build.gates_room.Room` and gives problems, each with its mend. Days are held in
processes of their own, side by side. A day without problems is remembered by the content that it was held on.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from course.build.closure import closure, digest
from course.build.days import ROOMS, existing_days
from course.build.gates_code import errors_in_order, module_homes, no_later_day, setup_is_plain, steady
from course.build.gates_files import fresh, linked, links, no_outputs
from course.build.gates_house import hold_house
from course.build.gates_interview import printed_budgets, rounds_hurt, scenario_plays
from course.build.gates_leaks import hints, leaks
from course.build.gates_mistakes import mistakes, mistakes_thoroughly
from course.build.gates_room import Gate, Problem, Room
from course.build.gates_runs import (
    costs,
    cut_tree_passes,
    key_runs,
    knows_nothing,
    lesson_runs,
    released_scores_nothing,
)
from course.build.gates_shape import shape
from course.build.gates_units import units
from course.build.lesson import LessonError
from course.build.told import keep
from course.checking.seeds import ROOT
from course.files import write_whole
from course.syllabus import Day

GATES: tuple[Gate, ...] = (
    shape,
    fresh,
    no_outputs,
    links,
    leaks,
    no_later_day,
    setup_is_plain,
    steady,
    errors_in_order,
    units,
    printed_budgets,
    key_runs,
    cut_tree_passes,
    hints,
    released_scores_nothing,
    costs,
    knows_nothing,
    scenario_plays,
    mistakes,
)
NIGHTLY: tuple[Gate, ...] = (lesson_runs, rounds_hurt, mistakes_thoroughly)
"""What repeats or searches a whole grid, for a night: see `make nightly`."""
CACHE = ROOT / ".course" / "check-cache.json"


def hold(day: Day, rooms: Path = ROOMS, gates: Iterable[Gate] = GATES) -> list[Problem]:
    """Every problem of one day. A lesson that cannot be built is the only one; a gate that fails is one too."""
    room = Room(day, rooms)
    with room.trials:
        return _held(room, gates)


def _held(room: Room, gates: Iterable[Gate]) -> list[Problem]:
    try:
        _ = room.built
    except LessonError as error:
        return [room.problem("build", f"{error.where}: {error.what}", error.mend)]
    except Exception as error:
        return [
            room.problem(
                "build",
                f"the lesson cannot be built: {type(error).__name__}: {error}",
                "mend what it imports",
            )
        ]
    found = []
    for gate in gates:
        try:
            found += gate(room)
        except Exception as error:
            what = f"the gate could not look: {type(error).__name__}: {error}"
            found.append(
                room.problem(
                    gate.__name__.replace("_", " "),
                    what,
                    "mend what it tripped over, most likely in the day's room",
                )
            )
    return list(dict.fromkeys(found))  # two gates may say the same: at night the mistakes are held twice


def run(days: Sequence[Day], *, nightly: bool = False) -> int:
    """Hold ``days`` (all that exist and the house itself, where none is named), print what is found; 1 if anything is.

    With ``nightly`` they are held to what repeats, too, and nothing is remembered.
    """
    from tqdm import tqdm

    cache = {} if nightly else _remembered()
    wanted: list[Day | None] = list(days) or [None, *existing_days()]
    keys = {day: content(day) for day in wanted}
    open_days = [day for day in wanted if not _holds(cache.get(_name(day)), keys[day])]
    problems: list[Problem] = []
    workers = min(len(open_days), os.cpu_count() or 1)
    if open_days:
        bar = tqdm(total=len(open_days), desc="course check", unit="day", file=sys.stderr, disable=None)
        with bar, ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            futures = {pool.submit(_work, day, nightly): day for day in open_days}
            for future in as_completed(futures):
                day = futures[future]
                found, reached = future.result()
                problems += found
                if not found:
                    cache[_name(day)] = {"content": keys[day], "linked": reached}
                bar.set_postfix_str(_name(day))
                bar.update()
    if not nightly:
        _remember(cache)
    order = [_name(day) for day in wanted]
    for problem in sorted(problems, key=lambda problem: order.index(problem.day)):
        print(problem.text())
    with_problems = {problem.day for problem in problems}
    print(
        f"{len(wanted) - len(with_problems)} of {len(wanted)} hold ({', '.join(order)}); {len(problems)} problem{'' if len(problems) == 1 else 's'}"
    )
    return 1 if problems else 0


def content(day: Day | None) -> str:
    """The hash of all that a verdict on ``day`` (None: the house) rests on: of a day its closure, and which day is the
    first to cut which module; of the house everything. Complexity: reads a few megabytes."""
    if day is not None:
        homes = json.dumps(module_homes(ROOMS), sort_keys=True)
        return hashlib.sha256(f"{digest(closure(day))} {homes}".encode()).hexdigest()
    roots = [ROOT / name for name in ("course", "datasets", "docs", "autograde", "solutions", "notebooks")]
    papers = [*ROOT.glob("*.md"), ROOT / "pyproject.toml", ROOT / "requirements.lock"]
    files = [path for root in roots for path in root.rglob("*")] + papers
    return digest(sorted(path for path in files if path.is_file() and path.suffix != ".pyc"))


def _work(day: Day | None, nightly: bool) -> tuple[list[Problem], list[str]]:
    """In a process of its own: the problems of a day, and the files that its links reach. What its answers were told is kept."""
    if day is None:
        return hold_house(), []
    room = Room(day)
    with room.trials:
        found = _held(room, (*GATES, *NIGHTLY) if nightly else GATES)
    if found:
        return found, []
    keep(day, room.told)
    return [], [os.path.relpath(path, ROOT) for path in linked(room)]


def _name(day: Day | None) -> str:
    return day.id if day else "house"


def _holds(entry: object, key: str) -> bool:
    if not isinstance(entry, dict) or entry.get("content") != key:
        return False
    return all((ROOT / str(path)).exists() for path in entry.get("linked", []))


def _remembered() -> dict[str, object]:
    try:
        found = json.loads(CACHE.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remember(cache: dict[str, object]) -> None:
    write_whole(CACHE, json.dumps(cache, indent=1, sort_keys=True).encode())
