"""A small day 4 as a notebook, for tests."""

import json
from pathlib import Path
from typing import Any

RING = '''# exercise: course.systems.cluster.ring.HashRing
import bisect


class HashRing:
    """A small ring of the learner's own."""

    def __init__(self, vnodes: int = 1) -> None:
        self.points: list[str] = []

    def add(self, node: str) -> None:
        bisect.insort(self.points, node)

    def lookup(self, key: str) -> str:
        return self.points[bisect.bisect_left(self.points, key) % len(self.points)]
'''

CHECKS = f"""{RING.replace("HashRing", "Right")}
Right.add.__qualname__, Right.lookup.__qualname__ = "HashRing.add", "HashRing.lookup"

from course.checking.probes import examine
from course.checking.subject import plain


@examine(Right)
def check_ring(exam):
    @exam.claim("a key past the last node goes to the first")
    def _(Ring):
        ring = Ring()
        for node in ("b", "d"):
            ring.add(node)
        yield 'lookup("x")', plain(ring.lookup("x"), str)

    @exam.claim("a key before a node goes to it")
    def _(Ring):
        ring = Ring()
        ring.add("b")
        yield 'lookup("a")', plain(ring.lookup("a"), str)
"""

GRADED = 'from course.notebook import graded\n\nverdict = graded("day04-ring", check_ring, HashRing, points=4)\nverdict'


def code(source: str, grade_id: str = "", **flags: Any) -> dict[str, Any]:
    """A code cell; with a ``grade_id`` it carries nbgrader's metadata."""
    fixed = {"grade": False, "locked": False, "schema_version": 3, "solution": False, "task": False}
    grader = {"nbgrader": fixed | {"grade_id": grade_id} | flags} if grade_id else {}
    return {"cell_type": "code", "metadata": grader, "source": source, "outputs": [], "execution_count": None}


def text(source: str) -> dict[str, Any]:
    """A Markdown cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def write_notebook(path: Path, cells: list[dict[str, Any]]) -> None:
    """Save ``cells`` as a notebook, as JupyterLab would."""
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    cells = [{"id": f"cell-{at}", **cell} for at, cell in enumerate(cells)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}))


def day_four(ring: str = RING) -> list[dict[str, Any]]:
    """The cells of a small day 4."""
    return [
        code("from course.notebook import start\n\nstart('day04')"),
        code(ring, "day04-HashRing-code", solution=True),
        code(CHECKS),
        code(GRADED, "day04-ring", grade=True, points=4),
    ]
