"""Escaping limits: whatever a cell or an answer does to its process costs that question, within its limit."""

import time

import pytest
from attack_room import LIMITS, MOVED, ONLY_THAT_QUESTION, WRONG, Bench

pytestmark = pytest.mark.xdist_group("attacks: limits")

IN_THE_CELL = {
    "leaves by os._exit": "import os; os._exit(0)",
    "leaves by a segmentation fault": "import ctypes; ctypes.string_at(0)",
    "kills itself": "import os, signal; os.abort()",
    "closes every descriptor": "import os; os.closerange(0, 4096)",
    "puts another file in the place of its socket": "import os; os.dup2(os.open('/dev/null', os.O_RDWR), 3)",
    "never ends": "while True: pass",
    "never ends, in C": "pow(3, 10**10)",
    "sleeps for ever": "import time; time.sleep(10**6)",
    "sleeps for ever and ignores every signal": (
        "import signal, time\n"
        "for n in range(1, 65):\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "while True: time.sleep(9)"
    ),
    "fills the memory": "hoard = []\nwhile True: hoard.append(bytes(10**7))",
    "fills the memory with many processes": (
        "import os, time\n"
        "for _ in range(6):\n"
        "    if os.fork() == 0:\n"
        "        hoard = bytearray(b'x') * (300 << 20)\n"
        "        time.sleep(60)\n"
        "time.sleep(60)"
    ),
    "is a fork bomb": "import os\nwhile True: os.fork()",
    "is a fork bomb that ignores errors": (
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    ),
    "starts threads without end": (
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,)).start()"
    ),
    "floods its output": "import os\nwhile True: os.write(1, b'x' * 65536); print('x' * 65536)",
    "overflows the C stack": "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
}

IN_THE_ANSWER = {
    "leaves by os._exit": "import os; os._exit(0)",
    "leaves by a segmentation fault": "import ctypes; ctypes.string_at(0)",
    "never ends": "while True: pass",
    "never ends, in C": "return pow(3, 10**10)",
    "sleeps for ever": "import time; time.sleep(10**6)",
    "kills all that it can see": "import os; os.kill(-1, 9)",
    "closes every descriptor": "import os; os.closerange(0, 4096)",
    "fills the memory": "hoard = []\n    while True: hoard.append(bytes(10**7))",
    "is a fork bomb": "import os\n    while True: os.fork()",
    "stops itself": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "waits for a signal that never comes": "import signal; signal.pause()",
    "raises SystemExit": "raise SystemExit(0)",
    "raises KeyboardInterrupt": "raise KeyboardInterrupt",
    "returns a value of 100 MiB": "return bytes(100 << 20)",
    "returns data that nests without end": "x = []\n    for _ in range(10**5): x = [x]\n    return x",
    "returns itself inside itself": "x = []\n    x.append(x)\n    return x",
    "returns three million lists": "return [[] for _ in range(3 * 10**6)]",
    "returns an endless generator": "import itertools\n    return itertools.count()",
}


@pytest.mark.parametrize("name", IN_THE_CELL)
def test_a_cell_that(name: str, room: Bench) -> None:
    started = time.monotonic()
    outcome = room.grade(room.notebook({MOVED: f"{IN_THE_CELL[name]}\n{WRONG}"}))
    assert outcome.scores == ONLY_THAT_QUESTION
    assert time.monotonic() - started < 6 * LIMITS.wall


@pytest.mark.parametrize("name", IN_THE_ANSWER)
def test_an_answer_that(name: str, room: Bench) -> None:
    answer = f"def moved_share(before, after, load=None):\n    {IN_THE_ANSWER[name]}\n"
    outcome = room.grade(room.notebook({MOVED: answer}))
    assert outcome.scores == ONLY_THAT_QUESTION


@pytest.mark.parametrize(
    "name",
    [
        "leaves by os._exit",
        "sleeps for ever",
        "is a fork bomb",
        "closes every descriptor",
        "raises SystemExit",
    ],
)
def test_beside_a_thread_of_its_own_an_answer_that(name: str, room: Bench) -> None:
    """Where a cell left threads, its process is asked itself and not a fork: it costs that question all the same."""
    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n"
    answer = f"def moved_share(before, after, load=None):\n    {IN_THE_ANSWER[name]}\n"
    outcome = room.grade(room.notebook({MOVED: thread + answer}))
    assert outcome.scores == ONLY_THAT_QUESTION


def test_what_a_thread_answers_in_the_place_of_its_process_is_no_verdict(room: Bench) -> None:
    """It has the socket on which its process is told what to run."""
    listener = (
        "import json, os, threading\n"
        "def lie():\n"
        "    for _ in range(1000):\n"
        "        data = json.dumps({'ran': 'day04-HashRing-code', 'error': ''}).encode()\n"
        "        os.write(3, len(data).to_bytes(5, 'big') + data)\n"
        "threading.Thread(target=lie, daemon=True).start()\n"
    )
    outcome = room.grade(room.notebook({MOVED: listener + WRONG}))
    assert outcome.of("moved").score == 0
    assert max(outcome.scores.values()) <= 5
