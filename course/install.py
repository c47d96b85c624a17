"""Install what a lock names into this environment: says first what comes, how large and how long, then how far it is.

`make` runs this file with the environment's own Python before anything is installed, so it needs the standard library
alone.
"""

import compileall
import os
import re
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BARE = ["install", "--disable-pip-version-check", "--no-deps"]
NO_NETWORK = re.compile(
    r"connection broken|name resolution|Network is unreachable|Max retries|timed out|getaddrinfo"
)
"""What pip says when it cannot reach its index."""
OFFLINE = (
    "no network? pip does not reach its index. Connect and run make again: what was fetched stays in pip's cache.\n"
    "Behind a proxy set HTTPS_PROXY; with the wheels in a folder: PIP_NO_INDEX=1 PIP_FIND_LINKS=folder make install"
)


@dataclass(frozen=True)
class Lock:
    """What a lock brings, and its size in MB as measured on Linux with Python 3.11: a test holds what is on disk."""

    what: str
    fetched: int
    on_disk: int

    def sentence(self, packages: int) -> str:
        """The first line of an installation."""
        return (
            f"Installing {self.what}: {packages} packages, {self.fetched} MB to fetch, {self.on_disk} MB on disk; "
            "once, one to three minutes"
        )


LOCKS = {
    "requirements.lock": Lock("the course", 183, 770),
    "requirements-test.lock": Lock("what its tests need", 102, 376),
}


def install(name: str) -> int:
    """Install the lock ``name`` of the repository; 0, or 1 with the reason and the way out on standard error."""
    entries = re.findall(r"^[\w.-]+==", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    print(LOCKS[name].sentence(len(entries)), flush=True)
    log = Path(sys.prefix) / f"{name}.log"
    began = time.monotonic()
    steps = [["-r", name, "--progress-bar", "off", "--retries", "2"]]
    if name == "requirements.lock":
        steps.append(["--no-build-isolation", "-e", "."])
    with log.open("w", encoding="utf-8") as file:
        for step in steps:
            pip = [sys.executable, "-m", "pip", *BARE, *step]
            process = subprocess.Popen(pip, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)
            if step is steps[0]:
                watch(process, log, len(entries))
            if process.wait():
                print(
                    reason(log.read_text(encoding="utf-8")),
                    f"All that pip said: {log}",
                    sep="\n",
                    file=sys.stderr,
                )
                return 1
    for folder in ("course", "autograde", "datasets"):
        compileall.compile_dir(ROOT / folder, quiet=1)
    print(f"Installed in {time.monotonic() - began:.0f} s", flush=True)
    return 0


def watch(process: "subprocess.Popen[bytes]", log: Path, packages: int) -> None:
    """Show how far ``process`` is until it ends: on one line that is written over in a terminal, else a line a step."""
    there, shown = installed(), ""
    while process.poll() is None:
        time.sleep(0.25)
        step, count = state(log.read_text(encoding="utf-8", errors="replace"), installed() - there)
        if sys.stdout.isatty():
            print(f"\r  {step} {count} of {packages}   ", end="", flush=True)
        elif step != shown:
            print(f"  {step} …", flush=True)
        shown = step
    if sys.stdout.isatty():
        print("\r" + " " * 40, end="\r")


def state(said: str, installed: int) -> tuple[str, int]:
    """The step that pip is at and its count, from what it ``said`` and the packages that are in place since it began."""
    if "Installing collected packages" in said:
        return "unpacking", installed
    return "fetching", len(re.findall(r"^(?:Collecting|Processing|Ignoring) ", said, re.MULTILINE))


def installed() -> int:
    """How many packages this environment holds."""
    return sum(name.endswith(".dist-info") for name in os.listdir(sysconfig.get_path("purelib")))


def reason(said: str) -> str:
    """Why pip failed, in a sentence or two."""
    if NO_NETWORK.search(said):
        return OFFLINE
    errors = [line for line in said.splitlines() if line.startswith("ERROR")]
    return errors[0] if errors else "pip failed"


if __name__ == "__main__":
    sys.exit(install(sys.argv[1]))
