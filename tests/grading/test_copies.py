"""Copies of the reference are seen through other names, words and hints; another way to the same answer is not one."""

import re

import pytest
from class_of_five import built, cell_of

from autograde.cell_names import defined, may_disturb, touched
from autograde.copies import copied, shapes
from course.build.lesson import Lesson

MOVED = "day04-moved_share-code"


@pytest.fixture(scope="module")
def key() -> str:
    return str(cell_of(built().key, MOVED).source)


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return built().lesson


def test_the_key_is_a_copy(key: str, lesson: Lesson) -> None:
    assert copied(lesson, shapes(lesson, {MOVED: key})) == ["moved_share"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("weight", "w"),
        ("total", "everything"),
        ("key, owner", "k, o"),
        (r'""".*?"""', '"""Mine."""'),
        (": Mapping[str, str]", ""),
        ("return moved", "# my own idea\n    return moved"),
        ("^", "%matplotlib inline\n"),
    ],
)
def test_a_copy_under_other_names_is_one(old: str, new: str, key: str, lesson: Lesson) -> None:
    text = re.sub(old, new, key, flags=re.DOTALL) if old in ('""".*?"""', "^") else key.replace(old, new)
    if old == "key, owner":
        text = text.replace("load.get(key", "load.get(k").replace(
            "after.get(key) != owner", "after.get(k) != o"
        )
    assert text != key
    assert copied(lesson, shapes(lesson, {MOVED: text})) == ["moved_share"]


@pytest.mark.parametrize(
    "text",
    [
        "def moved_share(before, after, load=None):\n    return sum(after.get(k) != v for k, v in before.items())",
        "moved_share = None",
        "",
        "def moved_share(:",
        "x = " + "1+" * 20_000 + "1",
        "(" * 5000,
        "class moved_share: pass",
        "def moved_share(before, after, load=None):\n    return " + "-" * 5000 + "1",
    ],
)
def test_what_is_no_copy_is_none(text: str, lesson: Lesson) -> None:
    assert copied(lesson, shapes(lesson, {MOVED: text})) == []


@pytest.mark.parametrize(
    ("cell", "disturbs"),
    [
        ("", False),
        (
            "import math\nfrom bisect import bisect_left\n\ndef helper(x: int = 3) -> int:\n    return print(x)",
            False,
        ),
        ("class Own(Base):\n    '''Doc.'''\n    limit: int = 3\n    def f(self): os._exit(0)", False),
        ("NAME = 'x'\nLIMITS = [1, 2, 3]", False),
        ("print('hello')", True),
        ("import os; os._exit(0)", True),
        ("x = open('y')", True),
        ("@register\ndef f(): pass", True),
        ("@register()\ndef f(): pass", True),
        ("@dataclass(frozen=True)\nclass A:\n    @property\n    def x(self): return 1", False),
        ("@lru_cache(os.abort())\ndef f(): pass", True),
        ("class A:\n    def __init_subclass__(cls): os.abort()\nclass B(A): pass", True),
        ("class A(metaclass=M): pass", True),
        ("class A:\n    x = os.abort()", True),
        ("def f(x=os.abort()): pass", True),
        ("import course.checking.port\ncourse.checking.port.Port.serve = None", True),
        ("for i in x: pass", True),
        ("def sorted(x): return x", True),
        ("import evil as sorted", True),
        ("def used(): pass", True),
        ("this is no Python", True),
        ("%%bash\nls", True),
    ],
)
def test_a_cell_disturbs_others_if_it_acts_or_takes_their_names(cell: str, disturbs: bool) -> None:
    assert may_disturb(cell, "def answer(): return used()") is disturbs


def test_names_of_a_cell_are_read_and_not_run() -> None:
    cell = "import os as system\nclass A: pass\nb = c = 1\nd: int = 2\nA.x = 3\ndel e[0]\ndef f(): inner = 1"
    assert defined(cell) == {"A", "b", "c", "d", "f"}
    assert touched(cell) >= {"system", "A", "b", "c", "d", "e", "f"}
