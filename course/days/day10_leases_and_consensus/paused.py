"""Day 10's pause, for real: two processes write to one SQLite file, and one of them is stopped while it holds the lease.

Nothing waits for a clock: the lease's time is counted here, and each step begins when the one before has answered.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from course.systems.cluster.leases import LeaseTable

OWNER = """
import sqlite3, sys
file, fenced = sys.argv[1], sys.argv[2] == "fenced"
for line in sys.stdin:
    token, value = line.split()
    store = sqlite3.connect(file)
    with store:
        known = " and token <= ?2" if fenced else ""
        changed = store.execute(f"update shard set value = ?1, token = ?2 where name = 'shard 7'{known}", (value, int(token)))
    print("written" if changed.rowcount else "refused", flush=True)
    store.close()
"""
"""An owner: it writes what it is told to, with its token, and says whether the store took it."""


class Owner:
    """A process of its own that holds a token. It is killed when the block ends."""

    def __init__(self, file: Path, fenced: bool) -> None:
        self._process: Any = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(file), "fenced" if fenced else "open"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Owner":
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on()
        self._process.kill()
        self._process.communicate()

    def begin(self, token: int, value: str) -> None:
        """Let it write; :meth:`came` waits for what comes of it."""
        self._process.stdin.write(f"{token} {value}\n")
        self._process.stdin.flush()

    def came(self) -> str:
        line: str = self._process.stdout.readline()
        return line.strip()

    def write(self, token: int, value: str) -> str:
        self.begin(token, value)
        return self.came()

    def stop(self) -> None:
        """As a long garbage collection does: it does not run, and does not know it."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)


def story(*, fenced: bool) -> list[str]:
    """One owner checks its lease and is stopped; another takes over and writes; the first goes on. A line for each step."""
    table, lines = LeaseTable(10.0, 0.1), []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "store.sqlite")
        store = sqlite3.connect(file)
        with store:
            store.execute("create table shard (name text, value text, token integer)")
            store.execute("insert into shard values ('shard 7', 'empty', 0)")
        with Owner(file, fenced) as first, Owner(file, fenced) as second:
            mine: Any = table.grant("shard 7", "first", 0.0)
            lines.append(
                f"  0.0 s  first has token {mine.token} until {mine.until_s} s: {first.write(mine.token, 'one')}"
            )
            lines.append("  9.8 s  first checks: its lease holds. Then it is stopped")
            first.stop()
            first.begin(mine.token, "late")
            theirs: Any = table.grant("shard 7", "second", 10.2)
            lines.append(f" 10.2 s  second has token {theirs.token}: {second.write(theirs.token, 'two')}")
            first.go_on()
            lines.append(f" 12.8 s  first goes on, with token {mine.token}: {first.came()}")
        lines.append(f"         the store holds {store.execute('select value from shard').fetchone()[0]!r}")
        store.close()
    return lines
