"""Odd but honest submissions keep full marks: what matters is what the code answers, not how the notebook looks."""

import copy
import json
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from attack_room import BOUNDED, FULL, HOLDERS, MOVED, RING, Bench, cell_of

pytestmark = pytest.mark.xdist_group("honest oddities")

Edit = Callable[[Any], None]


def _append(grade_id: str, text: str) -> Edit:
    def edit(notebook: Any) -> None:
        cell_of(notebook, grade_id).source += "\n" + text

    return edit


def _prepend(grade_id: str, text: str) -> Edit:
    def edit(notebook: Any) -> None:
        cell = cell_of(notebook, grade_id)
        cell.source = text + "\n" + cell.source

    return edit


def _replace(grade_id: str, old: str, new: str) -> Edit:
    def edit(notebook: Any) -> None:
        cell = cell_of(notebook, grade_id)
        assert cell.source.count(old) >= 1, old
        cell.source = cell.source.replace(old, new)

    return edit


def _rewrite(grade_id: str, text: str) -> Edit:
    def edit(notebook: Any) -> None:
        cell_of(notebook, grade_id).source = text

    return edit


def _own(text: str, *, below: str = "day04-setup") -> Edit:
    def edit(notebook: Any) -> None:
        place = notebook.cells.index(cell_of(notebook, below)) + 1
        notebook.cells.insert(place, nbformat.v4.new_code_cell(text))

    return edit


def _all(*edits: Edit) -> Edit:
    def edit(notebook: Any) -> None:
        for each in edits:
            each(notebook)

    return edit


def _pasted_twice(notebook: Any) -> None:
    place = notebook.cells.index(cell_of(notebook, RING))
    notebook.cells.insert(place, copy.deepcopy(notebook.cells[place]))


def _stub_above_the_answer(notebook: Any) -> None:
    """The released cell was copied and pasted, and the answer written into the copy."""
    place = notebook.cells.index(cell_of(notebook, MOVED))
    twin = copy.deepcopy(notebook.cells[place])
    twin.source = (
        "def moved_share(before, after, load=None):\n    raise NotImplementedError  # your code here"
    )
    notebook.cells.insert(place, twin)


def _no_tests(notebook: Any) -> None:
    notebook.cells = [
        cell
        for cell in notebook.cells
        if not (cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"))
    ]


def _no_ids(notebook: Any) -> None:
    for cell in notebook.cells:
        cell.pop("id", None)
    notebook.nbformat_minor = 4


def _other_ids(notebook: Any) -> None:
    for number, cell in enumerate(notebook.cells):
        cell.id = f"new-{number}"


def _no_metadata(notebook: Any) -> None:
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})


def _neither_ids_nor_metadata(notebook: Any) -> None:
    _no_metadata(notebook)
    _no_ids(notebook)


def _colab(notebook: Any) -> None:
    notebook.metadata = nbformat.from_dict(
        {
            "colab": {"provenance": [], "collapsed_sections": ["x"], "toc_visible": True},
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "accelerator": "GPU",
        }
    )
    for number, cell in enumerate(notebook.cells):
        cell.metadata["id"] = f"aB{number}xYz"
        cell.metadata["colab"] = {"base_uri": "https://localhost:8080/"}
        cell.metadata["outputId"] = "0"
        cell.pop("id", None)
    notebook.nbformat_minor = 0


def _split(grade_id: str, before: str) -> Edit:
    """JupyterLab's "Split Cell": both parts keep the metadata."""

    def edit(notebook: Any) -> None:
        cell = cell_of(notebook, grade_id)
        head, tail = cell.source.split(before, 1)
        place = notebook.cells.index(cell)
        second = copy.deepcopy(cell)
        cell.source, second.source = head, before + tail
        notebook.cells.insert(place + 1, second)

    return edit


def _moved_to_the_end(notebook: Any) -> None:
    for grade_id in (MOVED, RING, BOUNDED):
        cell = cell_of(notebook, grade_id)
        notebook.cells.remove(cell)
        notebook.cells.append(cell)


def _as_raw_cell(notebook: Any) -> None:
    cell_of(notebook, RING).cell_type = "raw"


def _crlf(notebook: Any) -> None:
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n")


def _answer_in_a_cell_below(grade_id: str, below: str) -> Edit:
    """The released cell was left as it is, and the answer typed into a new one."""

    def edit(notebook: Any) -> None:
        cell, name = cell_of(notebook, grade_id), grade_id.split("-")[1]
        _own(cell.source, below=below)(notebook)
        cell.source = (
            f"def {name}(before, after, load=None):\n    raise NotImplementedError  # your code here"
        )

    return edit


def _under_a_try(notebook: Any) -> None:
    """The whole answer, where it can be found by its name alone."""
    cell = cell_of(notebook, MOVED)
    lines = "\n".join("    " + line for line in cell.source.splitlines())
    cell.source = f"try:\n    import numpy\nexcept ImportError:\n    numpy = None\nelse:\n{lines}"
    _neither_ids_nor_metadata(notebook)


def _all_answers_in_one_cell(notebook: Any) -> None:
    """JupyterLab's "Merge Cells": the first keeps its metadata, the others are gone."""
    first = cell_of(notebook, MOVED)
    for grade_id in (RING, BOUNDED, HOLDERS):
        cell = cell_of(notebook, grade_id)
        first.source += f"\n\n\n{cell.source}"
        notebook.cells.remove(cell)


def _merged_with_its_check(notebook: Any) -> None:
    cell, check = cell_of(notebook, MOVED), cell_of(notebook, "day04-moved")
    cell.source += f"\n\n{check.source}"
    notebook.cells.remove(check)


def _hundreds(notebook: Any) -> None:
    notebook.cells[3:3] = [nbformat.v4.new_code_cell(f"note_{number} = {number}") for number in range(600)]


def _swapped(notebook: Any) -> None:
    one, other = cell_of(notebook, MOVED), cell_of(notebook, BOUNDED)
    one.source, other.source = other.source, one.source


def _demos_edited(notebook: Any) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code" and "nbgrader" not in cell.metadata:
            cell.source = "# I changed this\n" + cell.source


RECURSIVE = '''
from collections.abc import Mapping


def moved_share(before: Mapping[str, str], after: Mapping[str, str], load: Mapping[str, float] | None = None) -> float:
    """By halves."""

    def weigh(keys: list[str]) -> tuple[float, float]:
        if len(keys) < 2:
            weights = [1.0 if load is None else load.get(key, 0.0) for key in keys]
            return sum(weights), sum(w for w, key in zip(weights, keys) if after.get(key) != before[key])
        half = len(keys) // 2
        left, right = weigh(keys[:half]), weigh(keys[half:])
        return left[0] + right[0], left[1] + right[1]

    whole, moved = weigh(list(before))
    return moved / whole if whole else 0.0
'''

GENERATOR = """
def moved_share(before, after, load=None):
    def weights():
        for key, owner in before.items():
            weight = 1.0 if load is None else load.get(key, 0.0)
            yield weight, weight if after.get(key) != owner else 0.0
    pairs = list(weights())
    total = sum(w for w, _ in pairs)
    return sum(m for _, m in pairs) / total if total else 0.0
"""

NUMPY = """
import numpy as np

def moved_share(before, after, load=None):
    weights = np.array([1.0 if load is None else load.get(k, 0.0) for k in before], dtype=float)
    moved = np.array([after.get(k) != owner for k, owner in before.items()], dtype=bool)
    return np.sum(weights[moved]) / np.sum(weights) if weights.sum() else np.float32(0)
"""

MASKED = """
import numpy as np

def moved_share(before, after, load=None):
    weights = np.ma.array([1.0 if load is None else load.get(k, 0.0) for k in before], dtype=float)
    moved = sum(w for w, (k, owner) in zip(weights, before.items()) if after.get(k) != owner)
    total = weights.sum() if before else 0.0
    return np.float64(moved / total) if total else np.matrix([[0.0]])[0, 0]
"""

RATIO = """
from fractions import Fraction

class Share(float):
    \"\"\"A share that prints as a percentage.\"\"\"
    def __repr__(self): return f"{float(self):.1%}"

def moved_share(before, after, load=None):
    weigh = (lambda key: 1.0) if load is None else (lambda key: load.get(key, 0.0))
    total = sum(map(weigh, before))
    return Share(sum(weigh(k) for k, o in before.items() if after.get(k) != o) / total) if total else Share(0)
"""

DATACLASS = """
import math
from bisect import bisect_left
from dataclasses import dataclass, field
from course.systems.cluster.errors import DuplicateNode, EmptyRing, UnknownNode
from course.systems.cluster.position import Tally, counted_position, position

@dataclass(eq=False)
class HashRing:
    vnodes: int = 100
    counted: bool = field(default=False, kw_only=True)
    weights: dict[str, float] = field(default_factory=dict)
    points: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.vnodes < 1:
            raise ValueError(self.vnodes)
        self._tally = Tally() if self.counted else None

    def add(self, node, weight=1.0):
        if node in self.weights:
            raise DuplicateNode(node)
        if not 0 < weight < math.inf:
            raise ValueError(weight)
        self.weights[node] = weight
        count = max(1, round(self.vnodes * weight))
        self.points = sorted(self.points + [(self.place(f"{node}#{i}"), node) for i in range(count)])

    def lookup(self, key):
        if not self.points:
            raise EmptyRing
        return self.points[bisect_left(self.points, (self.place(key), "")) % len(self.points)][1]

    def remove(self, node):
        if node not in self.weights:
            raise UnknownNode(node)
        del self.weights[node]
        self.points = [p for p in self.points if p[1] != node]

    def place(self, label):
        return position(label) if self._tally is None else counted_position(label, self._tally)

    @property
    def comparisons(self):
        return 0 if self._tally is None else self._tally.comparisons
"""

UNICODE = """
def moved_share(vorher, später, last=None):
    Σ = 0.0; bewegt = 0.0
    for schlüssel, besitzer in vorher.items():
        größe = 1.0 if last is None else last.get(schlüssel, 0.0)
        Σ += größe
        if später.get(schlüssel) != besitzer: bewegt += größe
    return bewegt / Σ if Σ else 0.0  # 移動した割合
"""

LOUD = """
import functools, logging, sys, warnings
def debug(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        print("calling", function.__name__, file=sys.stderr)
        warnings.warn("deprecated?", DeprecationWarning)
        logging.getLogger().warning("called")
        result = function(*args, **kwargs)
        print("->", result)
        return result
    return wrapper
HashRing.lookup = debug(HashRing.lookup)
HashRing.add = debug(HashRing.add)
"""

SLOW = """
_quick = moved_share
def moved_share(before, after, load=None):
    total = 0
    for i in range(4_000): total += i * i
    return _quick(before, after, load)
"""

HELPER = """
def weigh(key, load):
    return 1.0 if load is None else load.get(key, 0.0)
"""
WITH_HELPER = """
def moved_share(before, after, load=None):
    total = sum(weigh(key, load) for key in before)
    return sum(weigh(k, load) for k, owner in before.items() if after.get(k) != owner) / total if total else 0.0
"""

MIXIN = '''
class Described:
    """Something that can describe itself."""
    def __repr__(self): return f"<{type(self).__name__} of {len(self.points)} points>"
    def __len__(self): return len(self.points)
    def __eq__(self, other): return isinstance(other, Described) and self.points == other.points
    __hash__ = None
'''

SHELL = """
!ls
!nosuchprogram --really
files = !ls *.csv
%pip install nosuchpackage
!pip install nosuchpackage
%conda install nosuchpackage
import getpass, os
print("solved by", getpass.getuser(), os.environ["USER"], os.path.expanduser("~"), files)
"""

POOLED = """
_one = moved_share
def moved_share(before, after, load=None):
    return pool.submit(_one, before, after, load).result()
"""

ENDLESS_PRINTER = """
import threading, time
def talk():
    while True: print("still here"); time.sleep(0.001)
threading.Thread(target=talk, daemon=True).start()
"""

ODDITIES: dict[str, Edit] = {
    "has shell lines, installs and asks for its user in a solution": _all(
        _prepend(MOVED, SHELL), _prepend(RING, SHELL), _prepend(BOUNDED, SHELL)
    ),
    "warns when it is run": _append(MOVED, "import warnings; warnings.warn('careful')"),
    "warns, prints and logs in every call": _append(RING, LOUD),
    "prints a lot": _append(MOVED, "for i in range(20_000): print('line', i)"),
    "draws": _own("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()\nplt.gcf()"),
    "sets up its plots by magic": _prepend(MOVED, "%matplotlib inline"),
    "uses magics": _all(
        _prepend(MOVED, "%%time"), _own("%timeit -n1 -r1 sum(range(10))\n%pip --version\n!ls\n%who")
    ),
    "reloads modules by magic": _own("%load_ext autoreload\n%autoreload 2"),
    "has cells of its own": _own("x = 3\nx * 2", below=RING),
    "has a cell that fails": _own("1 / 0"),
    "has a cell that is no Python": _own("this is my note, in a code cell"),
    "has a cell that asks": _own("name = input('who? ')"),
    "has a cell that imports what is not there": _own("import google.colab, seaborn_that_is_not_there"),
    "has a cell that loads widgets": _own("import ipywidgets\nipywidgets.IntSlider()"),
    "has a cell that never ends": _own("while True: pass"),
    "has a cell that goes to the network": _own(
        "import urllib.request\nurllib.request.urlopen('http://localhost:1')"
    ),
    "tries its ring below the check": _own("HashRing = None\nmoved_share = lambda *a: 0", below="day04-ring"),
    "shadows a built-in name in a cell of its own": _own("sum = 0\nlist = [1]\nmax = 3\nsorted = None"),
    "waits at the top of a cell": _own("import asyncio\nawait asyncio.sleep(0)"),
    "calls the checks by hand": _own(
        "from course.days.day04_consistent_hashing.checks import check_ring\ncheck_ring(HashRing)", below=RING
    ),
    "has its helper in another cell": _all(_own(HELPER), _rewrite(MOVED, WITH_HELPER)),
    "has its helper in a cell below": _all(_own(HELPER, below="day04-moved"), _rewrite(MOVED, WITH_HELPER)),
    "has its helper in the set-up": _all(_append("day04-setup", HELPER), _rewrite(MOVED, WITH_HELPER)),
    "has its helper in a demo": _all(lambda notebook: _demo(notebook, HELPER), _rewrite(MOVED, WITH_HELPER)),
    "inherits from a helper": _all(
        _own(MIXIN), _replace(RING, "class HashRing:", "class HashRing(Described):")
    ),
    "is a dataclass": _rewrite(RING, DATACLASS),
    "is recursive": _rewrite(MOVED, RECURSIVE),
    "uses a generator": _rewrite(MOVED, GENERATOR),
    "returns a NumPy scalar": _rewrite(MOVED, NUMPY),
    "counts with masked arrays": _rewrite(MOVED, MASKED),
    "returns a float of its own class": _rewrite(MOVED, RATIO),
    "returns a tuple where a list is meant": _replace(BOUNDED, "return owners", "return tuple(owners)"),
    "returns an array where a list is meant": _replace(
        BOUNDED, "return owners", "import numpy as np\n    return np.array(owners, dtype=str)"
    ),
    "returns a deque where a list is meant": _replace(
        BOUNDED, "return owners", "from collections import deque\n    return deque(owners)"
    ),
    "keeps its points as a list of its own class": _replace(
        RING, "self.points: list[tuple[int, str]] = []", "self.points = type('Points', (list,), {})()"
    ),
    "keeps its weights in a default dict": _replace(
        RING,
        "self.weights: dict[str, float] = {}",
        "from collections import OrderedDict; self.weights = OrderedDict()",
    ),
    "uses names that are not ASCII": _rewrite(MOVED, UNICODE),
    "has no type hints": _replace(MOVED, ": Mapping[str, str]", ""),
    "is slow": _append(MOVED, SLOW),
    "ends its cell with an error": _append(MOVED, "print(undefined_name)"),
    "tests itself with asserts that fail": _append(RING, "assert HashRing(3).points == [1], 'my own test'"),
    "guards its main part": _append(
        MOVED, "if __name__ == '__main__':\n    print(moved_share({'a': 'x'}, {}))"
    ),
    "starts a thread": _own("import threading\nt = threading.Thread(target=print); t.start(); t.join()"),
    "starts processes": _own(
        "from multiprocessing import Pool\nwith Pool(2) as p: print(p.map(abs, [-1, 2]))"
    ),
    "sets a seed and forgets it": _own("import random, numpy as np\nrandom.seed(7); np.random.seed(7)"),
    "changes the folder": _own(
        "%cd /tmp\nimport os; os.makedirs('out', exist_ok=True); open('out/x', 'w').write('1')"
    ),
    "leaves by sys.exit in a cell of its own": _own("import sys; sys.exit(0)"),
    "has a cell pasted twice": _pasted_twice,
    "has the stub above the answer": _stub_above_the_answer,
    "has lost its tests": _no_tests,
    "has lost its ids": _no_ids,
    "has other ids": _other_ids,
    "has lost its metadata": _no_metadata,
    "has lost both": _neither_ids_nor_metadata,
    "comes from Colab": _colab,
    "has a cell split in two": _split(RING, "class HashRing:"),
    "has a function's cell split in two": _all(_append(BOUNDED, "\nLIMIT = 3"), _split(BOUNDED, "LIMIT = 3")),
    "has its answers at the end": _moved_to_the_end,
    "has an answer in a raw cell": _as_raw_cell,
    "has line ends of Windows": _crlf,
    "has changed the demos": _demos_edited,
    "has its answer in a new cell below the stub": _answer_in_a_cell_below(MOVED, MOVED),
    "has its answer in a new cell below the check": _answer_in_a_cell_below(MOVED, "day04-moved"),
    "has its answer under a try and lost its metadata": _under_a_try,
    "has all answers in one cell": _all_answers_in_one_cell,
    "has an answer merged with its check": _merged_with_its_check,
    "has two answers in each other's cells": _swapped,
    "has an answer in a Markdown cell": lambda notebook: cell_of(notebook, RING).update(cell_type="markdown"),
    "writes its helper to a file and imports it": _all(
        _own(f"%%writefile my_helper.py\n{HELPER}"),
        _rewrite(MOVED, "from my_helper import weigh\n" + WITH_HELPER),
    ),
    "has hundreds of cells of its own": _hundreds,
    "clears all names once it has checked": _own("%reset -f", below="day04-moved"),
    "leaves a pool of threads that its answer needs": _all(
        _own(
            "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(2)\nlist(pool.map(abs, [-1]))"
        ),
        _append(MOVED, POOLED),
    ),
    "has a thread that prints for ever": _prepend(RING, ENDLESS_PRINTER),
    "has an alarm that rings later": _own(
        "import signal\nsignal.signal(signal.SIGALRM, lambda *_: 1 / 0)\nsignal.alarm(1)"
    ),
    "makes errors of warnings": _own("import warnings; warnings.simplefilter('error')"),
    "traces its memory": _own("import tracemalloc; tracemalloc.start(25)"),
    "has put its output elsewhere": _own(
        "import io, sys\nsys.stdout = io.StringIO(); sys.stderr = open('errors.txt', 'w')"
    ),
    "lowers its own limits": _own(
        "import resource, sys\nresource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\nsys.setrecursionlimit(200)"
    ),
}


def _demo(notebook: Any, text: str) -> None:
    cell = next(c for c in notebook.cells if c.cell_type == "code" and "nbgrader" not in c.metadata)
    cell.source = text + cell.source


@pytest.mark.parametrize("name", ODDITIES)
def test_full_marks_for_a_notebook_that(name: str, room: Bench) -> None:
    notebook = room.notebook()
    ODDITIES[name](notebook)
    outcome = room.grade(json.dumps(notebook).encode())
    assert outcome.scores == FULL


FORMATS = ("3", "4.0", "4.2", "4.4")


@pytest.mark.parametrize("version", FORMATS)
def test_full_marks_for_a_notebook_of_format(version: str, room: Bench) -> None:
    notebook = room.notebook()
    if version == "3":
        old = nbformat.v3.upgrade if False else nbformat.convert(copy.deepcopy(notebook), 3)
        data = nbformat.v3.nbjson.writes(old).encode()
    else:
        _no_ids(notebook)
        notebook.nbformat_minor = int(version[2:])
        data = json.dumps(notebook).encode()
    assert room.grade(data).scores == FULL


def test_full_marks_for_a_notebook_with_a_mark_of_byte_order_and_lists_of_lines(room: Bench) -> None:
    notebook = json.loads(json.dumps(room.notebook()))
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    assert room.grade(b"\xef\xbb\xbf" + json.dumps(notebook, indent=4).encode()).scores == FULL


def test_a_spoken_answer_is_found_without_ids(room: Bench) -> None:
    from autograde.submission import read_submission

    notebook = room.notebook()
    cell_of(notebook, "day04-spoken-1").source = "One key in twenty-five moves."
    _neither_ids_nor_metadata(notebook)
    path = room.cohort.parent / "spoken.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert read_submission(path, room.built).spoken["day04-spoken-1"].text == "One key in twenty-five moves."
