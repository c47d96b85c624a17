"""Run in a copy of the repository, by path: hold days to gates there, and print the problems as JSON.

Standard input holds a list of ``[day, gate names, limits]``; ``limits`` overrides constants by dotted name, so that a
test need not burn a minute to pass one. The day ``0`` is the house itself.
"""

import importlib
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path


def here() -> None:
    """Take the course from this copy alone: an editable install would find in the repository what is not here."""
    sys.meta_path[:] = [
        f for f in sys.meta_path if not getattr(f, "__module__", "").startswith("__editable__")
    ]
    sys.path.insert(0, str(Path.cwd()))


def held(order: tuple[int, list[str], dict[str, float]]) -> list[dict[str, str]]:
    """The problems of one day at some gates."""
    from course.build import gates
    from course.build.gates_house import hold_house
    from course.syllabus import find

    number, names, limits = order
    before = {}
    for name, value in limits.items():
        module, _, constant = name.rpartition(".")
        place = importlib.import_module(module)
        before[name] = getattr(place, constant)
        setattr(place, constant, value)
    try:
        wanted = [gate for gate in (*gates.GATES, *gates.NIGHTLY) if gate.__name__ in names] or gates.GATES
        found = gates.hold(find(number), gates=wanted) if number else hold_house()
    finally:
        for name, value in before.items():
            module, _, constant = name.rpartition(".")
            setattr(importlib.import_module(module), constant, value)
    return [asdict(problem) for problem in found]


if __name__ == "__main__":
    here()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=here) as pool:
        print(json.dumps(list(pool.map(held, json.load(sys.stdin)))))
