"""Known answers of a day under the day's checks, twice: in one process as in a learner's kernel, and across the wall.

``python both_sides.py day04`` prints the first as JSON, an answer after the other: in one process, since what known
mistakes say is found once a process.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any

from autograde.pool import Server, named
from course.build.days import Built, make
from course.build.gates_room import Room
from course.build.trial import answers
from course.checking.mistakes import FILE, read_mistakes
from course.checking.report import Report
from course.syllabus import Day, find

Said = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A known answer: the cells that run when grading, by grade id, and the checks that are compared."""

    day: str
    cells: Mapping[str, str]
    checks: tuple[str, ...]


@cache
def built(day: str) -> Built:
    return make(find(day))


def names_of_answers(day: Day) -> list[str]:
    """The key, the stub and every known mistake of a day, without building it."""
    return ["the key", "the stub", *(mistake.title for mistake in read_mistakes(Room(day).folder / FILE))]


def answer_of(day: str, name: str) -> Answer:
    made = built(day)
    key = {cell["id"]: cell["source"] for cell in answers(made.lesson, made.key)}
    mistake = next(
        (each for each in read_mistakes(Room(find(day)).folder / FILE) if each.title == name), None
    )
    if mistake is not None:
        cell = f"{day}-{mistake.exercise}-code"
        return Answer(day, key | {cell: key[cell].replace(*mistake.edits[0])}, (mistake.check,))
    stub = {cell["id"]: cell["source"] for cell in answers(made.lesson, made.released)}
    checks = tuple(check.function for check in made.lesson.checks)
    return Answer(day, stub if name == "the stub" else key, checks)


def across_the_wall(server: Server, answer: Answer) -> Said:
    with server.candidate() as candidate:
        for name, source in answer.cells.items():
            assert candidate.run(name, source) == "", name
        found = {}
        for name, function, subjects in _checks(answer):
            with candidate.examined() as channel:
                report = function(*(named(channel, subject) for subject in subjects))
            found[name] = comparable(report)
        return found


def in_the_kernel(answer: Answer) -> Said:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.user_ns["__name__"] = "__main__"
    for source in answer.cells.values():
        shell.run_cell(source, store_history=False, silent=True)
    names = shell.user_ns
    return {
        name: comparable(function(*map(names.__getitem__, subjects)))
        for name, function, subjects in _checks(answer)
    }


def _checks(answer: Answer) -> Iterator[tuple[str, Callable[..., Report], tuple[str, ...]]]:
    lesson = built(answer.day).lesson
    module = import_module(f"course.days.{lesson.day.package}.checks")
    for check in lesson.checks:
        if check.function in answer.checks:
            yield check.function, getattr(module, check.function), check.subjects


def comparable(report: Report) -> Said:
    """All that a report says, but for line numbers."""
    # What numpy warns of names the file that it stands in, and the sandbox may hold it at another place.
    text = re.sub(r"line \d+ of your cell", "line N of your cell", replace(report, printed="").text())
    claims = [[c.name, c.weight, c.passed, c.finding.kind if c.finding else ""] for c in report.claims]
    return {"claims": claims, "score": report.score, "crossings": report.crossings, "text": text.splitlines()}


def main(day: str) -> None:
    said = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    with os.fdopen(said, "w") as out:
        for name in names_of_answers(find(day)):
            out.write(json.dumps([name, in_the_kernel(answer_of(day, name))]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
