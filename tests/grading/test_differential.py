"""A check says the same in a learner's kernel and across the wall: every day's key, stub and every known mistake."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import both_sides
import pytest

from autograde.pool import Server
from course.build.days import existing_days
from course.checking.seeds import ROOT
from course.syllabus import find

DAYS = [day.id for day in existing_days()]
ANSWERS = [
    pytest.param(day, name, marks=pytest.mark.xdist_group(f"differential {day}"), id=f"{day} {name}")
    for day in DAYS
    for name in both_sides.names_of_answers(find(day))
]


class Pair:
    """A day's fork server, and what its answers were told in a kernel; one day at a time."""

    def __init__(self) -> None:
        self.day = ""
        self.stack = ExitStack()

    def of(self, day: str) -> tuple[Server, dict[str, both_sides.Said]]:
        if day != self.day:
            self.stack.close()
            self.server = self.stack.enter_context(Server(both_sides.built(day).lesson))
            self.kernel = _kernel(day)
            self.day = day
        return self.server, self.kernel


def _kernel(day: str) -> dict[str, both_sides.Said]:
    alone = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COURSE_"))}
    environment = alone | {
        "NBGRADER_EXECUTION": "autograde",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT),
        "MPLBACKEND": "agg",
    }
    done = subprocess.run(
        [sys.executable, both_sides.__file__, day],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    return dict(json.loads(line) for line in done.stdout.splitlines())


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    found = Pair()
    yield found
    found.stack.close()


@pytest.mark.parametrize(("day", "name"), ANSWERS)
def test_both_sides_say_the_same(day: str, name: str, pair: Pair) -> None:
    server, kernel = pair.of(day)
    assert both_sides.across_the_wall(server, both_sides.answer_of(day, name)) == kernel[name]
