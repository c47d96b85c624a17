"""Equality and type tricks: an answer is what it is as plain data, whatever its class says of itself."""

import pytest
from attack_room import BOUNDED, MOVED, ONLY_THAT_QUESTION, RING, Bench

pytestmark = pytest.mark.xdist_group("attacks: types")

ANSWERS = {
    "a float that equals everything": """
class Liar(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = float.__hash__
def moved_share(*a): return Liar(0.123)""",
    "a float that changes when it is converted": """
class Shifty(float):
    def __float__(self): return 0.321
    def __rsub__(self, other): return 0.0
    def __lt__(self, other): return True
def moved_share(*a): return Shifty(0.123)""",
    "an int that equals everything": """
class Liar(int):
    def __eq__(self, other): return True
    __hash__ = int.__hash__
def moved_share(*a): return Liar(7)""",
    "an object that equals everything": """
class Liar:
    def __eq__(self, other): return True
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __float__(self): return 0.5
    def __index__(self): return 1
    def __bool__(self): return True
    def __len__(self): return 1
    def __iter__(self): return iter([self])
def moved_share(*a): return Liar()""",
    "an object that says that its class is float": """
class Liar:
    __class__ = float
    def __eq__(self, other): return True
    def __float__(self): return 0.321
def moved_share(*a): return Liar()""",
    "a class whose metaclass lies": """
class Meta(type):
    def __instancecheck__(cls, other): return True
    def __subclasscheck__(cls, other): return True
    def __eq__(cls, other): return True
    __hash__ = type.__hash__
class moved_share(metaclass=Meta):
    def __eq__(self, other): return True""",
    "an array that equals everything": """
import numpy as np
class Liar(np.ndarray):
    def __eq__(self, other): return np.True_
    def item(self, *a): return 0.5
    def tolist(self): return [0.5]
def moved_share(*a): return np.array(0.123).view(Liar)""",
    "an array of objects": """
import numpy as np
class Liar:
    def __eq__(self, other): return True
def moved_share(*a): return np.array([Liar()], dtype=object)""",
    "a string that equals everything": """
class Liar(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
def moved_share(*a): return Liar("0.5")""",
    "something that runs a program when it is pickled": """
import os
class Boom:
    def __reduce__(self): return (os.system, ("touch /tmp/pickled",))
    __reduce_ex__ = lambda self, n: self.__reduce__()
def moved_share(*a): return Boom()""",
    "a number that is no number": "def moved_share(*a): return float('nan')",
    "an infinite number": "def moved_share(*a): return float('inf')",
    "an integer of a million digits": "def moved_share(*a): return 10 ** 1_000_000",
    "a complex number": "def moved_share(*a): return 0.5 + 0j",
    "True": "def moved_share(*a): return True",
    "NotImplemented": "def moved_share(*a): return NotImplemented",
    "an error of every name that is expected": """
class DuplicateNode(KeyError, ValueError): pass
class EmptyRing(DuplicateNode): pass
def moved_share(*a): raise EmptyRing""",
    "an error that cannot be shown": """
class Mute(Exception):
    def __str__(self): raise self
    __repr__ = __str__
def moved_share(*a): raise Mute""",
    "an error whose class has no name": "def moved_share(*a): raise type('', (Exception,), {})('x' * 10**6)",
    "a list of itself": "def moved_share(*a):\n    x = []; x.append(x); return x",
    "a context manager that swallows": """
class Eats:
    def __enter__(self): return self
    def __exit__(self, *a): return True
    __float__ = lambda self: 0.5
def moved_share(*a): return Eats()""",
    "an answer whose comparison ends the process": """
import os
class Kills(float):
    def __eq__(self, other): os._exit(0)
    __hash__ = None
def moved_share(*a): return Kills(0.123)""",
    "a name that is no function": "moved_share = 0.5",
    "a name that is the check's report": """
from course.checking.report import Claim, Report
moved_share = Report("check_moved", (Claim("all is well", 100.0),), 100.0)""",
    "a function that says that it is no stub": """
def moved_share(*a): raise NotImplementedError
moved_share.__code__ = moved_share.__code__.replace(co_names=("NotImplementedError", "x"))""",
}

RINGS = {
    "points that say that they are sorted": """
class Sorted(list):
    def __eq__(self, other): return True
    def __iter__(self): return iter(sorted(list.__iter__(self)))
    def __len__(self): return 24
class HashRing:
    weights, vnodes, comparisons = {}, 0, 0
    def __init__(self, vnodes=100, *, counted=False): self.points = Sorted()
    def add(self, node, weight=1.0): self.points.append((1, node))
    def lookup(self, key): return 'a'""",
    "a lookup that returns what equals the owner": """
class Owner(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
class HashRing:
    weights, points, comparisons = {}, [], 0
    def __init__(self, *a, **k): pass
    def add(self, node, weight=1.0): pass
    def lookup(self, key): return Owner('a')""",
    "a class that is another at every look": """
class HashRing:
    def __init__(self, *a, **k): pass
    def __getattribute__(self, name): return lambda *a, **k: [] if name != 'points' else []""",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_worth_nothing_that_is(name: str, room: Bench) -> None:
    assert room.grade(room.notebook({MOVED: ANSWERS[name]})).scores == ONLY_THAT_QUESTION


@pytest.mark.parametrize("name", RINGS)
def test_a_ring_is_worth_nothing_that_is(name: str, room: Bench) -> None:
    scores = room.grade(room.notebook({RING: RINGS[name]})).scores
    assert scores["moved"] == 2.0
    assert scores["ring"] == scores["bounded"] == 0.0


def test_owners_that_equal_every_name_earn_nothing(room: Bench) -> None:
    code = """
class Owner(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
def bounded_owners(ring, requests, epsilon): return [Owner('?') for _ in requests]"""
    scores = room.grade(room.notebook({BOUNDED: code})).scores
    assert scores == {"moved": 2.0, "ring": 5.0, "bounded": 0.0, "holders": 2.0, "interview": 0.0}
