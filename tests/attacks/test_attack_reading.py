"""Reading: a submission sees an interpreter, the library with today's bodies cut out, and its own scratch."""

import pytest
from attack_room import FULL, MOVED, Bench

from course.checking.seeds import ROOT

pytestmark = pytest.mark.xdist_group("attacks: reading")

LOOK = """
import os, sys
interpreter = (sys.prefix, sys.base_prefix, "/usr", "/lib", "/proc")
def walk():
    for place, folders, files in os.walk("/"):
        folders[:] = [f for f in folders if not os.path.join(place, f).startswith(interpreter)]
        for name in folders + files: yield os.path.join(place, name)
"""
NOTHING = {
    "keys on the disk": LOOK
    + """
found = [p for p in walk() if p.endswith(".ipynb") and not p.startswith("/course/notebooks/")]""",
    "checks, mistakes and lessons": """
import os
found = [os.path.join(p, n) for p, _, names in os.walk("/course") for n in names
         if n in ("checks.py", "lesson.py", "mistakes.toml", "interview.py", "faults.py") and "/screens" not in p]""",
    "lines of today's answers in the tree": """
import os
wanted = ("self.points.extend(", "room[owners[-1]] -= 1", "return moved / total")
found = []
for p, _, names in os.walk("/course"):
    for n in names:
        text = open(os.path.join(p, n), errors="replace").read()
        found += [os.path.join(p, n) for w in wanted if w in text]""",
    "compiled answers": """
import os
found = [p for p, d, n in os.walk("/course") if "__pycache__" in d or any(x.endswith(".pyc") for x in n)]""",
    "databases, secrets and version control": LOOK
    + """
found = [p for p in walk() if os.path.basename(p) in
         ("gradebook.db", "secret", ".git", "cohort", "exchange", "verdicts.jsonl", "submitted", "solutions", "tests")]""",
    "a second copy of the course": """
import os, site, sysconfig
found = [h for h in {sysconfig.get_path("purelib"), *site.getsitepackages()}
         if os.path.exists(os.path.join(h, "course", "cluster", "ring.py"))]""",
    "other processes": """
import os
found = [n for n in os.listdir("/proc") if n.isdigit() and int(n) != os.getpid() and n != "1"]""",
    "processes above its own": """
import os
found = [] if os.getppid() in (0, 1) else os.getppid()""",
    "open files but its sockets and nothing": """
import os
found = []
for n in os.listdir("/proc/self/fd"):
    try: where = os.readlink(f"/proc/self/fd/{n}")
    except OSError: continue
    if not where.startswith(("socket:", "/dev/null", "/proc/")): found.append(where)""",
    "the disk by its device": """
import os
found = [n for n in os.listdir("/dev") if n not in ("null", "zero", "random", "urandom", "shm")]""",
    "the home folders": """
import os
found = []
for home in ("/root", "/home"):
    for p, _, names in os.walk(home):
        found += [os.path.join(p, n) for n in names if n.startswith((".bash", ".ssh", ".netrc", ".gitconfig"))]""",
    "accounts of the machine": """
found = []
for path in ("/etc/passwd", "/etc/shadow", "/etc/hostname", "/etc/hosts", "/var/log/syslog"):
    try: found.append(open(path).read()[:20])
    except OSError: pass""",
    "way out of its root": """
import os
found = [n for n in os.listdir("/proc/1/root/") + os.listdir("/..") if n in (".old", "boot", "var", "home", "sys", "run")]""",
    "the kernel's log and its keys": """
import ctypes, os
libc = ctypes.CDLL(None)
found = [n for n, call in {"syslog": lambda: libc.klogctl(3, ctypes.create_string_buffer(99), 99),
                           "keyctl": lambda: libc.syscall(250, 0, -3, 0)}.items() if call() >= 0]""",
    "environment of the machine": """
try: known = open("/proc/1/environ").read().split(chr(0))
except OSError: known = []
found = [line for line in known if line.startswith(("COURSE", "JUPYTER", "SSH", "USER", "LOGNAME", "SUDO"))]""",
    "capabilities": """
found = [line for line in open("/proc/self/status") if line.startswith(("CapEff", "CapPrm", "CapBnd", "CapAmb"))
         and int(line.split()[1], 16)]""",
}


@pytest.mark.parametrize("name", NOTHING)
def test_a_submission_finds_no(name: str, room: Bench) -> None:
    assert room.spy(NOTHING[name]).splitlines()[0] == "RuntimeError: []"


REFUSED = {
    "today's checks": "import course.days",
    "the build": "import course.build",
    "the examiner": "import autograde.examine",
    "the gradebook's module": "import autograde.gradebook",
    "memory of the first process": "open('/proc/1/mem', 'rb').read(1)",
    "the kernel's memory": "open('/dev/mem', 'rb').read(1)",
    "a file by its handle": "import ctypes; assert ctypes.CDLL(None).syscall(304, 0, b'', 0) >= 0",
    "another's memory by process_vm_readv": "import ctypes; assert ctypes.CDLL(None).syscall(310, 1, 0, 0, 0, 0, 0) >= 0",
    "another process by ptrace": "import ctypes; assert ctypes.CDLL(None).syscall(101, 16, 1, 0, 0) >= 0",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_submission_cannot_open(name: str, room: Bench) -> None:
    code = f"try:\n    {REFUSED[name]}\n    found = 'open'\nexcept BaseException as error:\n    found = 'refused'"
    assert room.spy(code).splitlines()[0] == "RuntimeError: refused"


def test_nothing_of_the_repository_is_there_but_its_environment(room: Bench) -> None:
    code = f"""
import os, sys
root = {str(ROOT)!r}
found = [n for n in (os.listdir(root) if os.path.isdir(root) else []) if not sys.prefix.startswith(os.path.join(root, n))]"""
    assert room.spy(code).splitlines()[0] == "RuntimeError: []"


def test_the_gradebook_and_the_secret_have_no_path(room: Bench) -> None:
    code = f"""
import os, sqlite3
found = [os.path.exists({str(room.cohort)!r})]
try: found.append(sqlite3.connect("file:{room.cohort}/gradebook.db?mode=ro", uri=True).execute("select 1").fetchall())
except sqlite3.Error: pass"""
    assert room.spy(code).splitlines()[0] == "RuntimeError: [False]"


def test_the_library_gives_the_stub_for_todays_bodies(room: Bench) -> None:
    code = """
import inspect
from course.systems.cluster.ring import HashRing
found = inspect.getsource(HashRing.lookup).strip().splitlines()[-1].strip()"""
    assert room.spy(code).splitlines()[0] == "RuntimeError: raise NotImplementedError  # your code here"


def test_an_answer_that_imports_the_reference_is_not_written(room: Bench) -> None:
    outcome = room.grade(room.notebook({MOVED: "from course.systems.cluster.ring import moved_share"}))
    assert outcome.scores == FULL | {"moved": 0.0}
    assert outcome.of("moved").report.first.kind == "not-written"  # type: ignore[union-attr]


def test_an_answer_that_imports_what_the_library_makes_of_it_is_not_written(room: Bench) -> None:
    code = "from course.systems.cluster.bounded_loads import HashRing as Other\nHashRing = Other"
    assert room.grade(room.notebook({"day04-HashRing-code": code})).scores["ring"] == 0.0
