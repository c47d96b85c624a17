"""Interpreter and IPython patching: the learner's process may be turned inside out; the verdict is made in another."""

import pytest
from attack_room import ONLY_THAT_QUESTION, RING, WRONG, Bench

pytestmark = pytest.mark.xdist_group("attacks: interpreter")

PATCHES = {
    "replaces the rules of subjects": """
import sys, types
fake = types.ModuleType("course.checking.port")
fake.__getattr__ = lambda name: lambda *a, **k: 0.5
sys.modules["course.checking.port"] = fake""",
    "replaces the report": """
import course.checking.report
course.checking.report.Report.score = property(lambda self: 99.0)
course.checking.report.Report.passed = property(lambda self: True)
course.checking.report.Claim.passed = property(lambda self: True)
course.checking.report.Finding.__init__ = lambda *a, **k: None""",
    "replaces the examination": """
import course.checking.probes
course.checking.probes.Plan.report = lambda *a, **k: None
course.checking.probes.Examination.observe = lambda *a, **k: []
course.checking.probes.Examination.claim = lambda *a, **k: lambda f: None""",
    "says that nothing is a stub": """
import course.checking.answering
course.checking.answering.stubs = lambda target: []""",
    "turns every error into a value": """
import course.checking.answering
course.checking.answering.fault_of = lambda error: {"names": [], "message": ""}""",
    "makes every plain value what is expected": """
import course.checking.answering
course.checking.answering.simplify = lambda value, depth=0: 0.5 if isinstance(value, float) else value""",
    "replaces the encoder": """
import course.checking.port
course.checking.port.Port.encode = lambda self, value, depth=0: ["h", 10**9, "float"]""",
    "compares in its own way": """
import builtins, math
math.isclose = lambda *a, **k: True
builtins.abs = lambda x: 0
builtins.round = lambda *a: 0""",
    "replaces sorted, len, hash and min": """
import builtins
for name in ("hash", "min", "max", "sum", "any", "all"):
    setattr(builtins, name, lambda *a, **k: 0)""",
    "replaces the building of classes": """
import builtins
before = builtins.__build_class__
def build(f, name, *a, **k):
    made = before(f, name, *a, **k)
    type.__setattr__(made, "__eq__", lambda s, o: True)
    return made
builtins.__build_class__ = build""",
    "opens what it likes by an import hook": """
import sys
class Finder:
    def find_spec(self, name, *a):
        if name.startswith("course.days"): raise RuntimeError(name)
sys.meta_path.insert(0, Finder())""",
    "watches every call": """
import sys, threading
def watch(frame, event, arg): return watch
sys.settrace(watch); threading.settrace(watch); sys.setprofile(watch)""",
    "ends the process at the next cell": """
import os
get_ipython().events.register("pre_run_cell", lambda *a: os._exit(0))""",
    "ends the process after the next cell": """
import os
first = []
get_ipython().events.register("post_run_cell", lambda *a: os._exit(0) if first else first.append(1))""",
    "rewrites the cells that follow": """
get_ipython().input_transformers_cleanup.append(lambda lines: ["raise SystemExit\\n"])""",
    "rewrites the trees that follow": """
import ast
class Empty(ast.NodeTransformer):
    def visit_Module(self, node): node.body = []; return node
get_ipython().ast_transformers.append(Empty())""",
    "replaces the shell's run": """
get_ipython().run_cell = lambda *a, **k: None""",
    "replaces fork": """
import os
os.fork = lambda: os._exit(0)""",
    "leaves work for the exit": """
import atexit, os
atexit.register(os.abort)
import weakref
class Last:
    def __del__(self): os.abort()
last = Last()""",
    "sets an alarm": """
import signal
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
signal.setitimer(signal.ITIMER_PROF, 0.01, 0.01)""",
    "lets a thread end the process later": """
import os, threading
threading.Timer(0.02, os._exit, (0,)).start()""",
    "holds the lock of the interpreter's imports": """
import _imp
_imp.acquire_lock()""",
    "takes the recursion away": """
import sys
sys.setrecursionlimit(60)""",
    "throws errors in the garbage collector": """
import gc
gc.callbacks.append(lambda *a: 1 / 0)
gc.set_threshold(1)""",
    "replaces the names of the notebook": """
class Names(dict):
    def __getitem__(self, name): return lambda *a, **k: 0.321
get_ipython().user_ns = Names(get_ipython().user_ns)""",
    "empties the modules": """
import sys
for name in list(sys.modules):
    if name.startswith(("course", "autograde", "numpy", "msgpack")): del sys.modules[name]""",
    "patches the library's ring": """
import course.systems.cluster.ring, course.systems.cluster.position
course.systems.cluster.ring.HashRing.lookup = lambda self, key: "a"
course.systems.cluster.position.position = lambda label: 0""",
}


@pytest.mark.parametrize("name", PATCHES)
def test_a_wrong_answer_earns_nothing_that(name: str, room: Bench) -> None:
    assert room.attack(PATCHES[name]).scores == ONLY_THAT_QUESTION


def test_a_patched_bisect_makes_a_wrong_lookup_no_better(room: Bench) -> None:
    code = """
import bisect
bisect.bisect_left = lambda *a, **k: 0
from course.systems.cluster.errors import DuplicateNode, EmptyRing
class HashRing:
    def __init__(self, vnodes=100, *, counted=False):
        self.vnodes, self.weights, self.points, self.comparisons = vnodes, {}, [], 0
    def add(self, node, weight=1.0):
        self.points.append((0, node))
    def lookup(self, key):
        return self.points[bisect.bisect_left(self.points, key)][1]
"""
    scores = room.grade(room.notebook({RING: code})).scores
    assert scores["moved"] == 2.0
    assert scores["ring"] < 1.0
    assert scores["bounded"] == 0.0


SOUGHT = {
    "objects of the garbage collector": """
import gc
found = [type(o).__name__ for o in gc.get_objects() if type(o).__name__ in
         ("Examination", "Verdict", "Submission", "Lesson", "Built", "Gradebook", "Check", "_Run")]""",
    "frames of its callers": """
import sys
frame, files = sys._getframe(), set()
while frame:
    files.add(frame.f_code.co_filename.rsplit("/", 1)[-1]); frame = frame.f_back
found = sorted(files & {"examine.py", "grading.py", "checks.py", "probes.py", "pool.py", "cli.py"})""",
    "numbers in its callers' frames": """
import sys
frame, numbers = sys._getframe(), []
while frame:
    numbers += [v for v in frame.f_locals.values() if type(v) is int and v > 10**6]
    frame = frame.f_back
found = [n for n in numbers if n != 20040601]""",
    "modules of the examiner": """
import sys
found = [n for n in sys.modules if n.startswith(("course.days", "course.build", "nbgrader"))
         or n in ("autograde.examine", "autograde.grading", "autograde.gradebook", "autograde.submission")]""",
    "the environment": """
import os
found = [k for k in os.environ if k.startswith(("COURSE", "JUPYTER", "AWS", "SSH")) or "TOKEN" in k]""",
    "the secret by its own function": """
from course.checking.seeds import hidden_seed
try: found = hidden_seed("day04-moved")
except Exception as e: found = [] if type(e).__name__ == "NoCohortSecret" else e""",
}


@pytest.mark.parametrize("name", SOUGHT)
def test_nothing_of_the_examiner_is_found_among(name: str, room: Bench) -> None:
    assert room.spy(SOUGHT[name]).splitlines()[0] in ("RuntimeError: []", "RuntimeError: nothing")


def test_the_arguments_of_a_check_are_all_that_it_tells(room: Bench) -> None:
    code = "import inspect, sys"
    answer = """
def moved_share(*arguments):
    frame, names = sys._getframe(1), []
    while frame:
        names += list(frame.f_locals); frame = frame.f_back
    raise RuntimeError(sorted(set(names) & {"seed", "expected", "scale", "points", "exam", "right", "epoch"}))
"""
    assert room.attack(code, answer).said.splitlines()[0] == "RuntimeError: []"


def test_a_wrong_answer_stays_wrong_beside_a_patched_library(room: Bench) -> None:
    code = "import course.systems.cluster.ring as library\nlibrary.moved_share = lambda *a: 0.123"
    assert room.attack(code, WRONG).scores == ONLY_THAT_QUESTION
