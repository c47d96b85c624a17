"""What this machine can do to isolate a submission, and what to install where it cannot."""

import os
import platform
import sys
from pathlib import Path

from autograde.pool import Server
from autograde.sandbox import CannotSandbox
from course.build.days import ROOMS, existing_days
from course.build.lesson import read_lesson

_PROBE = """
import os, json, socket
def tried(action):
    try:
        action()
        return "open"
    except Exception as error:
        return type(error).__name__
raise SystemExit(json.dumps({
    "uid": os.getuid(), "pid": os.getpid(), "processes": len([n for n in os.listdir("/proc") if n.isdigit()]),
    "socket": tried(socket.socket), "home": tried(lambda: os.listdir(%r)), "write": tried(lambda: open("/course/x", "w")),
}))
"""


def examination() -> tuple[bool, list[str]]:
    """Whether submissions can be graded here, and the findings, a line each."""
    lines = [
        f"system      {platform.system()} {platform.release()} {platform.machine()}, Python {sys.version.split()[0]}"
    ]
    lines.append(
        f"user        {'root: each submission gets a uid of its own' if os.getuid() == 0 else 'ordinary user: namespaces isolate, submissions share your uid inside them'}"
    )
    if platform.system() != "Linux":
        return False, [
            *lines,
            "sandbox     no: Linux namespaces are needed; grade on a Linux machine or in a Linux virtual machine",
        ]
    for name, mend in (
        ("/proc/sys/kernel/unprivileged_userns_clone", "sysctl -w kernel.unprivileged_userns_clone=1"),
        ("/proc/sys/user/max_user_namespaces", "sysctl -w user.max_user_namespaces=15000"),
        (
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ):
        if Path(name).is_file():
            value = Path(name).read_text().strip()
            closed = value == ("1" if "restrict" in name else "0")
            lines.append(
                f"kernel      {Path(name).name} = {value}"
                + (f" — closed to ordinary users; as root: {mend}" if closed and os.getuid() else "")
            )
    days = existing_days()
    if not days:
        return False, [*lines, "sandbox     not tried: the course has no day yet"]
    try:
        with Server(read_lesson(days[0], ROOMS / days[0].package)) as server, server.candidate() as candidate:
            said = candidate.run("probe", _PROBE % str(Path.home()))
    except CannotSandbox as error:
        return False, [
            *lines,
            f"sandbox     no: {error}",
            "            run as root, or let ordinary users make user namespaces (above)",
        ]
    lines += [
        "sandbox     yes: user, pid, mount, network, ipc namespaces; seccomp; limits",
        f"inside      {said.removeprefix('SystemExit: ')}",
    ]
    return True, lines
