"""The sandbox: what a process must give up before a learner's code runs in it.

Linux only: user, pid, mount, network, ipc and uts namespaces, a root that holds a read-only interpreter, the cut tree
and a private scratch, resource limits, no new privileges and a seccomp filter. No daemon, no container engine. Works as
root (a fresh uid for each submission) and as an ordinary user where the kernel allows user namespaces.
"""

import ctypes
import errno
import os
import platform
import resource
import struct
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
CLONE_NEWCGROUP = 0x02000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1,
    2,
    4,
    8,
    32,
    4096,
    16384,
    1 << 18,
)
MNT_DETACH, AT_RECURSIVE, MOUNT_SETATTR = 2, 0x8000, 442
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 1, 4, 22, 38, 24
PR_SET_CHILD_SUBREAPER = 36
FIRST_UID = 200_000
"""Submissions run as ``FIRST_UID`` + n where the grader is root, so that no two share a uid."""

_libc = ctypes.CDLL(None, use_errno=True)


class CannotSandbox(RuntimeError):
    """This machine cannot isolate a submission; the message says what is missing and what to do."""


@dataclass(frozen=True)
class Limits:
    """What one cell or check may use; ``submission`` is for all of them together. Times in seconds, sizes in bytes.

    ``memory`` counts all processes of a submission; ``files`` are those open at once. Output goes nowhere.
    """

    cpu: int = 20
    wall: float = 60.0
    submission: float = 600.0
    memory: int = 2 << 30
    processes: int = 64
    file: int = 16 << 20
    files: int = 128


SCRATCH = "/scratch"
"""Where a candidate may write: in memory, its own, and gone with it."""
DEFAULT_LIMITS = Limits()


def _call(name: str, *arguments: object) -> None:
    function = getattr(_libc, name)
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """unshare(2)."""
    _call("unshare", ctypes.c_int(flags))


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """mount(2)."""
    words = [None if text is None else text.encode() for text in (source, target, kind, options)]
    _call("mount", words[0], words[1], words[2], ctypes.c_ulong(flags), words[3])


def enter_user_namespace() -> None:
    """Become root of a new user namespace that maps what this user may map: a range as root, oneself otherwise."""
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        return
    unshare(CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")


def python_folders() -> list[Path]:
    """The folders that the running interpreter and its packages need, outermost first, none inside another."""
    wanted = {
        Path(p).resolve()
        for p in (sys.base_prefix, sys.prefix, sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    }
    wanted |= {Path(p) for p in ("/usr/lib", "/lib", "/lib64", "/usr/lib64") if Path(p).exists()}
    wanted |= {
        Path("/usr") / name
        for name in ("local/lib", "share/zoneinfo", "share/fonts")
        if (Path("/usr") / name).exists()
    }
    if Path(sys.base_prefix) == Path("/usr"):
        wanted |= {Path("/usr/bin")}
    chosen: list[Path] = []
    for path in sorted(wanted, key=lambda p: len(p.parts)):
        if not any(path != other and path.is_relative_to(other) for other in chosen):
            chosen.append(path)
    return chosen


def installed_copies() -> list[Path]:
    """Copies of the course among the installed packages: the reference would be readable there."""
    homes = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    copies = [home / name for home in sorted(homes) for name in ("autograde", "course", "datasets")]
    return [path for path in copies if (path / "__init__.py").is_file()]


def build_root(tree: Path, scratch: Path) -> None:
    """Make a new root in an own mount namespace and move into it: interpreter and ``tree`` read-only, a private
    :data:`SCRATCH`, a minimal ``/dev``, and nothing else of this machine. ``scratch`` is an empty folder to build it in.

    ``/tmp`` is the scratch too; an interpreter that lies there (a repository cloned into it) stands at :func:`moved`.
    """
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    root = str(scratch)
    mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,nr_inodes=4k,mode=755")
    for path in python_folders():
        _bind(path, root + moved(str(path)))
    for path in (Path("/bin"), Path("/usr/bin")):  # for `!ls`: what it costs a learner at home is nothing
        if path.exists() and not os.path.lexists(root + str(path)):
            _bind(path, root + str(path))
    for path in installed_copies():
        mount(
            "none", root + moved(str(path)), "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "size=4k,nr_inodes=2"
        )
    _bind(tree, root + "/course")
    _bind_file("/etc/ld.so.cache", root)
    for name in ("null", "zero", "urandom", "random"):
        _bind_file(f"/dev/{name}", root, read_only=False)
    for name in (SCRATCH, "/proc"):
        os.makedirs(root + name, exist_ok=True)
    os.symlink(SCRATCH, root + "/dev/shm")
    os.symlink(SCRATCH, root + "/tmp")
    mount_scratch(root + SCRATCH)
    os.makedirs(root + "/.old", exist_ok=True)
    _call("syscall", ctypes.c_long(PIVOT_ROOT), root.encode(), (root + "/.old").encode())
    os.chdir("/")


def moved(path: str) -> str:
    """Where a folder of the interpreter stands in the sandbox's root: at its own place, unless the scratch hides that."""
    return f"/python{path}" if path.startswith("/tmp/") else path


def mount_scratch(path: str) -> None:
    """A small private folder in memory, which ends with the last process that sees it."""
    mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "size=64m,nr_inodes=4k,mode=1777")


def mount_proc(*, read_only: bool = False) -> None:
    """``/proc`` of the caller's own pid namespace. Without it neither memory nor processes can be watched."""
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC | (MS_RDONLY if read_only else 0))


def seal_root() -> None:
    """After the fork into the pid namespace: its own ``/proc``, no way back, a read-only root."""
    mount_proc()
    _call("umount2", b"/.old", MNT_DETACH)
    os.rmdir("/.old")
    mount("none", "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)


def _bind(source: Path, target: str) -> None:
    if source.is_symlink():
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink(source), target)
        return
    os.makedirs(target, exist_ok=True)
    mount(str(source), target, None, MS_BIND | MS_REC)
    _protect(target)


def _protect(target: str) -> None:
    """Make a mount, and every one below it where the kernel can (5.12), read-only, without set-uid and devices."""
    attributes = struct.pack("QQQQ", MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0)
    try:
        _call(
            "syscall",
            ctypes.c_long(MOUNT_SETATTR),
            -100,
            target.encode(),
            AT_RECURSIVE,
            attributes,
            ctypes.c_size_t(len(attributes)),
        )
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        mount("none", target, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)


def _bind_file(source: str, root: str, *, read_only: bool = True) -> None:
    if not os.path.exists(source):
        return
    target = root + source
    os.makedirs(os.path.dirname(target), exist_ok=True)
    Path(target).touch()
    mount(source, target, None, MS_BIND)
    if read_only:
        _protect(target)


def drop_to(uid: int | None) -> None:
    """Give up every privilege for good: capabilities, and as root the uid too (None keeps it, in a user namespace)."""
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 and ctypes.get_errno() not in (
            errno.EINVAL,
            errno.EPERM,
        ):
            break
    if uid is not None:
        os.setresuid(uid, uid, uid)
        _call(
            "prctl", PR_SET_DUMPABLE, 0, 0, 0, 0
        )  # in a user namespace the keeper could not read its memory then
    header = struct.pack("Ii", 0x20080522, 0)
    _call("capset", header, bytes(24))
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def limit(limits: Limits) -> None:
    """Set resource limits on this process and its children."""
    for what, value in (
        (resource.RLIMIT_CPU, int(limits.submission)),  # the keeper holds each cell and check to `cpu`
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_CORE, 1),  # unlike 0, this also keeps cores from a pipe in core_pattern; see core(5)
    ):
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))


_REFUSED = """
ptrace 101 117, mount 165 40, umount2 166 39, pivot_root 155 41, chroot 161 51, unshare 272 97,
setns 308 268, bpf 321 280, perf_event_open 298 241, keyctl 250 219, add_key 248 217,
request_key 249 218, kexec_load 246 104, init_module 175 105, finit_module 313 273,
delete_module 176 106, reboot 169 142, swapon 167 224, swapoff 168 225, process_vm_readv 310 270,
process_vm_writev 311 271, userfaultfd 323 282, open_by_handle_at 304 265, io_uring_setup 425 425,
io_uring_enter 426 426, io_uring_register 427 427, socket 41 198, open_tree 428 428,
move_mount 429 429, fsopen 430 430, fsconfig 431 431, fsmount 432 432, fspick 433 433,
pidfd_getfd 438 438, mount_setattr 442 442, syslog 103 116, memfd_create 319 279,
memfd_secret 447 447, shmget 29 194, msgget 68 186, semget 64 190, mq_open 240 180
"""
"""What only an escape needs: the name of a system call, and its numbers on x86-64 and ARM64."""
_NUMBERS = [line.split() for line in _REFUSED.split(",")]
_MACHINES = {
    "x86_64": (0xC000003E, 56, {name: int(number) for name, number, _ in _NUMBERS}),
    "aarch64": (0xC00000B7, 220, {name: int(number) for name, _, number in _NUMBERS}),
}
ARCH, _CLONE, DENIED = _MACHINES.get(platform.machine(), (0, 0, {}))
_CLONE3 = 435
PIVOT_ROOT = DENIED.get("pivot_root", -1)
_X32 = 0x40000000
"""Bit of system calls by the x32 convention, which would pass a filter that looks at numbers alone."""
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL, _ALLOW, _REFUSE = 0x80000000, 0x7FFF0000, 0x00050000
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16


def deny_system_calls() -> bool:
    """A seccomp filter, inherited by every child: what only an escape needs answers EPERM.

    Also refused: ``socket`` (no learner needs one), memory that no process's size shows (memfd, System V), and new
    namespaces by ``clone``; ``clone3``, whose flags a filter cannot see, answers ENOSYS, and libraries then use ``clone``.
    Returns whether it is in force. Source: seccomp(2), BPF as in linux/filter.h.
    """
    if not DENIED:
        return False
    spaces = (
        CLONE_NEWNS
        | CLONE_NEWUTS
        | CLONE_NEWIPC
        | CLONE_NEWUSER
        | CLONE_NEWPID
        | CLONE_NEWNET
        | CLONE_NEWCGROUP
    )
    numbers = sorted(set(DENIED.values()))
    n = len(numbers)  # a jump counts from the next step
    steps = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, ARCH),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, n + 5, 0, _X32),
        (_EQUAL, n + 5, 0, _CLONE3),
        (_EQUAL, 0, 2, _CLONE),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, n + 1, n, spaces),
        *((_EQUAL, n - index, 0, number) for index, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE | errno.EPERM),
        (_RETURN, 0, 0, _REFUSE | errno.ENOSYS),
    ]
    program = b"".join(struct.pack("HBBI", *step) for step in steps)
    code = ctypes.create_string_buffer(program)
    fprog = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    return bool(_libc.prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(fprog), 0, 0) == 0)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ended, so that none is lost from sight."""
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """SIGKILL this process when its parent ends."""
    _libc.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)
