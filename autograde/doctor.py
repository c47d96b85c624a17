"""What this machine can do to isolate a submission, and what to install where it cannot."""

import json
import os
import platform
import sys
from pathlib import Path

from autograde.pool import Server
from autograde.sandbox import CannotSandbox
from course.build.days import ROOMS, existing_days
from course.build.lesson import read_lesson
from course.checking.seeds import ROOT, secret_path

_PROBE = """
import json, os, socket, ctypes
def refused(action):
    try:
        return not action()
    except OSError:
        return True
line = next((line for line in open("/proc/self/status") if line.startswith("Seccomp:")), "Seccomp: 0")
raise SystemExit(json.dumps({
    "uid": os.getuid(), "processes": len([n for n in os.listdir("/proc") if n.isdigit()]), "filter": line.split()[1] != "0",
    "network": refused(socket.socket), "keys": refused(lambda: any(map(os.path.exists, %r))),
    "writing": refused(lambda: open("/course/x", "w")), "capabilities": open("/proc/self/status").read().split("CapEff:")[1].split()[0],
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
    private = [str(path) for path in (ROOT / "solutions", ROOT / ".git", secret_path().parent)]
    try:
        with Server(read_lesson(days[0], ROOMS / days[0].package)) as server, server.candidate() as candidate:
            said = json.loads(candidate.run("probe", _PROBE % private).removeprefix("SystemExit: "))
    except CannotSandbox as error:
        return False, [
            *lines,
            f"sandbox     no: {error}",
            "            run as root, or let ordinary users make user namespaces (above)",
        ]
    holds = said["network"] and said["keys"] and said["writing"] and int(said["capabilities"], 16) == 0
    lines += [
        f"sandbox     {'yes' if holds else 'no: see below'}: user, pid, mount, network, ipc namespaces; limits",
        f"filter      {'seccomp refuses the system calls of escapes' if said['filter'] else 'none: no seccomp for this kernel or processor; namespaces hold alone'}",
        f"uid         {said['uid']} inside, without capabilities, {said['processes']} process in sight",
        f"network     {'none' if said['network'] else 'REACHABLE'}",
        f"keys        {'not visible' if said['keys'] else 'VISIBLE'}",
        f"disk        {'read-only' if said['writing'] else 'WRITABLE'}",
    ]
    return holds, lines
