"""A check says the same in a learner's kernel and across the wall: every day's key, stub and every known mistake.

What they say in a kernel the gates have heard, on the same files. A day whose files and whose wall are those of the last
time is passed over, but not on CI.
"""

import json
import os
from pathlib import Path

import both_sides
import pytest

from autograde.grading import code_version
from autograde.pool import Server
from course.build.days import existing_days
from course.build.told import FOLDER
from course.files import write_whole
from course.syllabus import Day

COMPARED = FOLDER / "compared.json"
"""What code each day was last compared on."""


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(day, marks=pytest.mark.xdist_group(f"differential {day.id}"), id=day.id)
        for day in existing_days()
    ],
)
def test_both_sides_say_the_same(day: Day) -> None:
    version = [code_version(day), Path(both_sides.__file__).read_text(encoding="utf-8")]
    if not os.environ.get("CI") and _compared().get(day.id) == version:
        pytest.skip("it was compared on these very files")
    kernel, unlike = both_sides.in_the_kernel(day), {}
    with Server(both_sides.built(day.id).lesson) as server:
        for name, answer in both_sides.answers_of(day.id):
            for check, wall in both_sides.across_the_wall(server, answer).items():
                here = kernel[name][check] | ({} if answer.named else {"likely": wall["likely"]})
                if wall != here:
                    unlike[f"{name} under {check}"] = {
                        part: (here[part], wall[part]) for part in wall if here[part] != wall[part]
                    }
    assert not unlike, json.dumps(unlike, indent=1)
    write_whole(COMPARED, json.dumps(_compared() | {day.id: version}).encode())


def _compared() -> dict[str, object]:
    try:
        found = json.loads(COMPARED.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
