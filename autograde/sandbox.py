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
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 1, 4, 22, 38, 24
FIRST_UID = 200_000
"""Submissions run as ``FIRST_UID`` + n where the grader is root, so that no two share a uid."""

_libc = ctypes.CDLL(None, use_errno=True)


class CannotSandbox(RuntimeError):
    """This machine cannot isolate a submission; the message says what is missing and what to do."""


@dataclass(frozen=True)
class Limits:
    """What one check may use. Times in seconds, sizes in bytes."""

    cpu: int = 20
    wall: float = 60.0
    memory: int = 2 << 30
    processes: int = 64
    file: int = 16 << 20
    files: int = 256
    output: int = 1 << 20


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
    root, uid, gid = os.getuid() == 0, os.getuid(), os.getgid()
    if root:
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


def build_root(tree: Path, scratch: Path) -> None:
    """Make a new root in an own mount namespace and move into it: interpreter and ``tree`` read-only, a private
    ``/tmp``, a minimal ``/dev``, and nothing else of this machine. ``scratch`` is an empty folder to build it in."""
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    root = str(scratch)
    mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=64m,mode=755")
    for path in python_folders():
        _bind(path, root + str(path))
    _bind(tree, root + "/course")
    _bind_file("/etc/ld.so.cache", root)
    for name in ("null", "zero", "urandom", "random"):
        _bind_file(f"/dev/{name}", root, read_only=False)
    os.makedirs(root + "/tmp", exist_ok=True)
    mount("tmpfs", root + "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=64m,mode=1777")
    os.makedirs(root + "/proc", exist_ok=True)
    os.makedirs(root + "/.old", exist_ok=True)
    _call("syscall", ctypes.c_long(PIVOT_ROOT), root.encode(), (root + "/.old").encode())
    os.chdir("/")


def seal_root(*, proc: bool) -> None:
    """After the fork into the pid namespace: its own ``/proc`` (where the kernel allows), no way back, a read-only root."""
    if proc:
        try:
            mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EACCES):
                raise
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
    mount("none", target, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)


def _bind_file(source: str, root: str, *, read_only: bool = True) -> None:
    if not os.path.exists(source):
        return
    target = root + source
    os.makedirs(os.path.dirname(target), exist_ok=True)
    Path(target).touch()
    mount(source, target, None, MS_BIND)
    if read_only:
        mount("none", target, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)


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
    header = struct.pack("Ii", 0x20080522, 0)
    _libc.capset(header, bytes(24))
    _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def limit(limits: Limits) -> None:
    """Set resource limits on this process and its children."""
    for what, value in (
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))


_X86_64 = {"ptrace": 101, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308,
           "bpf": 321, "perf_event_open": 298, "keyctl": 250, "add_key": 248, "request_key": 249, "kexec_load": 246,
           "init_module": 175, "finit_module": 313, "delete_module": 176, "reboot": 169, "swapon": 167, "swapoff": 168,
           "process_vm_readv": 310, "process_vm_writev": 311, "userfaultfd": 323, "open_by_handle_at": 304,
           "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "socket": 41, "open_tree": 428,
           "move_mount": 429, "fsopen": 430, "fsmount": 432, "pidfd_getfd": 438}  # fmt: skip
_AARCH64 = {"ptrace": 117, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "unshare": 97, "setns": 268,
            "bpf": 280, "perf_event_open": 241, "keyctl": 219, "add_key": 217, "request_key": 218, "kexec_load": 104,
            "init_module": 105, "finit_module": 273, "delete_module": 106, "reboot": 142, "swapon": 224, "swapoff": 225,
            "process_vm_readv": 270, "process_vm_writev": 271, "userfaultfd": 282, "open_by_handle_at": 265,
            "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "socket": 198, "open_tree": 428,
            "move_mount": 429, "fsopen": 430, "fsmount": 432, "pidfd_getfd": 438}  # fmt: skip
_MACHINES = {"x86_64": (0xC000003E, _X86_64), "aarch64": (0xC00000B7, _AARCH64)}
ARCH, DENIED = _MACHINES.get(platform.machine(), (0, {}))
PIVOT_ROOT = DENIED.get("pivot_root", -1)
_X32 = 0x40000000
"""Bit of system calls by the x32 convention, which would pass a filter that looks at numbers alone."""


def deny_system_calls() -> bool:
    """A seccomp filter: the calls that only an escape needs answer EPERM; so does ``socket`` (no learner needs one).

    Returns whether it is in force. Source: seccomp(2), BPF as in linux/filter.h.
    """
    if not DENIED:
        return False
    numbers = sorted(set(DENIED.values()))
    program = [struct.pack("HBBI", 0x20, 0, 0, 4), struct.pack("HBBI", 0x15, 1, 0, ARCH),
               struct.pack("HBBI", 0x06, 0, 0, 0x80000000), struct.pack("HBBI", 0x20, 0, 0, 0),
               struct.pack("HBBI", 0x35, len(numbers) + 1, 0, _X32)]  # fmt: skip
    for index, number in enumerate(numbers):
        program.append(struct.pack("HBBI", 0x15, len(numbers) - index, 0, number))
    program.append(struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000))
    program.append(struct.pack("HBBI", 0x06, 0, 0, 0x00050000 | errno.EPERM))
    code = ctypes.create_string_buffer(b"".join(program))
    fprog = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    return bool(_libc.prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(fprog), 0, 0) == 0)


def die_with_parent() -> None:
    """SIGKILL this process when its parent ends."""
    _libc.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)
