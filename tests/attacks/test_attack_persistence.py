"""Persistence: nothing lasts from one check to the next, and nothing from one submission to the next."""

import pytest
from attack_room import BOUNDED, FULL, MOVED, ONLY_THAT_QUESTION, WRONG, Bench, cell_of

pytestmark = pytest.mark.xdist_group("attacks: persistence")

DAEMON = """
import os, signal, time
def daemon(work):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for n in range(1, 65):
                try: signal.signal(n, signal.SIG_IGN)
                except (OSError, ValueError): pass
            work()
        os._exit(0)
    os.wait()
"""


def _kill_all() -> str:
    return (
        DAEMON
        + """
def work():
    while True:
        try: os.kill(-1, signal.SIGKILL)
        except OSError: pass
        time.sleep(0.001)
daemon(work)
"""
    )


def test_a_daemon_that_kills_what_it_sees_costs_its_own_question(room: Bench) -> None:
    assert room.attack(_kill_all()).scores == ONLY_THAT_QUESTION


def test_a_daemon_that_an_answer_starts_does_not_live_to_the_next_check(room: Bench) -> None:
    body = "\n".join("    " + line for line in _kill_all().splitlines())
    answer = f"def moved_share(before, after, load=None):\n{body}\n    return 0.123\n"
    assert room.attack("", answer).scores == ONLY_THAT_QUESTION


def test_a_daemon_does_not_outlive_its_submission(room: Bench) -> None:
    room.attack(DAEMON + "daemon(lambda: time.sleep(600))")
    assert room.spy(
        "import os; found = [n for n in os.listdir('/proc') if n.isdigit() and n != '1' and int(n) != os.getpid()]"
    ).startswith("RuntimeError: []")


def test_a_child_that_goes_on_after_its_cell_answers_nothing(room: Bench) -> None:
    assert room.attack("import os\nfor _ in range(5): os.fork()", WRONG).scores == ONLY_THAT_QUESTION


def test_an_exit_in_one_check_leaves_the_others(room: Bench) -> None:
    answer = "import os\ndef bounded_owners(ring, requests, epsilon): os._exit(1)"
    assert room.grade(room.notebook({BOUNDED: answer})).scores == FULL | {"bounded": 0.0}


def test_what_one_check_changes_the_next_does_not_see(room: Bench) -> None:
    """The public half sees a fork, the hidden half another: a count of calls never gets beyond one of them."""
    answer = """
calls = []
def moved_share(before, after, load=None):
    calls.append(1)
    return 0.123 if len(calls) < 10**6 else 0.5
"""
    assert room.attack("", answer).scores == ONLY_THAT_QUESTION


LEFT = {
    "files": "open('/tmp/left', 'w').write('x')",
    "a start-up file of IPython": (
        "import os\n"
        "os.makedirs('/tmp/.ipython/profile_default/startup')\n"
        "open('/tmp/.ipython/profile_default/startup/00.py', 'w').write('import os; os._exit(0)')"
    ),
    "a patched NumPy": "import numpy; numpy.array = None; numpy.frombuffer = None",
    "a patched library": "import course.systems.cluster.position as p; p.position = lambda label: 0",
    "a patched port": "import course.checking.port as s; s.Port.serve = None",
    "an environment": "import os; os.environ['COURSE_LEFT'] = 'x'; os.environ['PYTHONSTARTUP'] = '/tmp/left'",
    "another folder": "import os; os.chdir('/')",
    "signals ignored": "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN); signal.alarm(1)",
    "a mask of files": "import os; os.umask(0o777)",
    "modules": "import sys; sys.modules['bisect'] = None; sys.modules['math'] = None",
}


@pytest.mark.parametrize("name", LEFT)
def test_the_next_submission_meets_nothing_left_by(name: str, room: Bench) -> None:
    room.attack(LEFT[name])
    assert room.grade(room.notebook()).scores == FULL
    found = room.spy("import os; found = [os.listdir('/tmp'), os.getcwd(), 'COURSE_LEFT' in os.environ]")
    assert found.splitlines()[0] == "RuntimeError: [[], '/scratch', False]"


def test_two_submissions_have_two_users(room: Bench) -> None:
    code = "import os; found = os.getuid()"
    first, second = room.spy(code), room.spy(code)
    assert first != second or "RuntimeError: 0" in first


def test_a_hang_in_each_question_costs_each_its_own(room: Bench) -> None:
    notebook = room.notebook({MOVED: f"import time; time.sleep(600)\n{WRONG}"})
    cell_of(notebook, BOUNDED).source = "import os; os._exit(3)"
    assert room.grade(notebook).scores == FULL | {"moved": 0.0, "bounded": 0.0}
