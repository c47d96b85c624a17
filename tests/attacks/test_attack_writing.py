"""Writing grades, other people's work, the exchange: nothing outside a private scratch can be written."""

import pytest
from attack_room import ONLY_THAT_QUESTION, Bench

from course.checking.seeds import ROOT

pytestmark = pytest.mark.xdist_group("attacks: writing")


def _places(room: Bench) -> list[str]:
    return [
        str(room.cohort / "gradebook.db"),
        str(room.cohort / "secret"),
        str(room.cohort / "submitted" / "alice" / "day04" / "consistent_hashing.ipynb"),
        str(room.cohort / "exchange" / "inbound" / "mallory"),
        str(room.cohort / "autograded" / "mallory" / "day04" / "consistent_hashing.ipynb"),
        str(ROOT / "solutions" / "day04" / "consistent_hashing.ipynb"),
        str(ROOT / "course" / "report.py"),
        "/course/course/checking/report.py",
        "/course/new.py",
        "/new",
        "/etc/passwd",
        "/usr/lib/new",
        "/proc/sys/kernel/core_pattern",
        "/proc/self/oom_score_adj",
        "/proc/1/mem",
        "/dev/new",
    ]


def test_no_place_can_be_written(room: Bench) -> None:
    code = f"""
import os
found = []
for path in {_places(room)!r}:
    for mode in ("r+b", "wb", "ab"):
        try:
            with open(path, mode) as file: file.write(b"mallory"); file.flush()
            found.append(path)
        except OSError: pass
"""
    assert room.spy(code).splitlines()[0] == "RuntimeError: []"


def test_neither_links_nor_renames_lead_out(room: Bench) -> None:
    code = f"""
import os
found = []
for number, path in enumerate({_places(room)!r}):
    for action in (lambda: os.link(path, f"/tmp/l{{number}}"), lambda: os.rename(path, "/tmp/r"), lambda: os.remove(path),
                   lambda: os.chmod(path, 0o777), lambda: os.mkdir(path + "x"), lambda: os.truncate(path, 0),
                   lambda: open(f"/tmp/s{{number}}", "w") if os.symlink(path, f"/tmp/s{{number}}") else None):
        try: action()
        except OSError: continue
        if not os.path.islink(f"/tmp/s{{number}}"): found.append(path)
"""
    assert room.spy(code).splitlines()[0] == "RuntimeError: []"


def test_nothing_can_be_mounted_or_remounted(room: Bench) -> None:
    code = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
calls = {"mount": lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
         "remount": lambda: libc.mount(b"none", b"/", None, 32 | 4096, None),
         "umount": lambda: libc.umount2(b"/tmp", 2),
         "chroot": lambda: libc.chroot(b"/tmp"),
         "unshare": lambda: libc.unshare(0x10000000),
         "setns": lambda: libc.setns(0, 0),
         "user namespace by clone": lambda: libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0),
         "mount_setattr": lambda: libc.syscall(442, -100, b"/", 0, bytes(32), 32),
         "clone3": lambda: libc.syscall(435, bytes(88), 88),
         "open_tree": lambda: libc.syscall(428, -100, b"/", 1)}
found = [name for name, call in calls.items() if call() >= 0]
"""
    assert room.spy(code).splitlines()[0] == "RuntimeError: []"


def test_the_powers_of_root_cannot_be_had_again(room: Bench) -> None:
    code = """
import os
for change in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0), lambda: os.setgroups([0]),
               lambda: os.seteuid(0)):
    try: change()
    except OSError: pass
found = [line for line in open("/proc/self/status") if line.startswith("Cap") and int(line.split()[1], 16)]
"""
    assert room.spy(code).splitlines()[0] == "RuntimeError: []"


def test_the_scratch_is_small_and_private(room: Bench) -> None:
    code = """
import os
written = 0
try:
    for n in range(200):
        with open(f"/tmp/fill{n}", "wb") as file: written += file.write(bytes(1 << 20))
except OSError: pass
found = written <= 64 << 20
"""
    assert room.spy(code).splitlines()[0] == "RuntimeError: True"
    assert room.spy("import os; found = os.listdir('/tmp')").splitlines()[0] == "RuntimeError: []"


def test_a_million_empty_files_do_not_fit(room: Bench) -> None:
    code = """
import os
made = 0
try:
    for n in range(10**5): os.mkdir(f"/tmp/{n}"); made += 1
except OSError: pass
found = made < 5000
"""
    assert room.spy(code).splitlines()[0] == "RuntimeError: True"


def test_one_file_has_its_limit(room: Bench) -> None:
    code = """
import os, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
written = 0
try:
    with open("/tmp/one", "wb", buffering=0) as file:
        while True: written += file.write(bytes(1 << 20))
except OSError: pass
found = written == 16 << 20
"""
    assert room.spy(code).splitlines()[0] == "RuntimeError: True"


def test_memory_that_no_process_shows_is_refused(room: Bench) -> None:
    code = """
import ctypes, os
libc = ctypes.CDLL(None)
calls = {"memfd": lambda: libc.memfd_create(b"x", 0), "shmget": lambda: libc.shmget(0, 1 << 20, 0o1600),
         "msgget": lambda: libc.msgget(0, 0o1600), "io_uring": lambda: libc.syscall(425, 8, bytes(120))}
found = [name for name, call in calls.items() if call() >= 0]
"""
    assert room.spy(code).splitlines()[0] == "RuntimeError: []"


def test_a_signal_reaches_nobody_outside(room: Bench) -> None:
    code = """
import os, signal
for pid in (*range(2, 400), 32767):
    try: os.kill(pid, signal.SIGKILL)
    except OSError: pass
"""
    assert room.attack(code).scores == ONLY_THAT_QUESTION


def test_limits_cannot_be_raised(room: Bench) -> None:
    code = """
import resource
found = []
for what in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
    try: resource.setrlimit(what, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)); found.append(what)
    except (ValueError, OSError): pass
"""
    assert room.spy(code).splitlines()[0] == "RuntimeError: []"
