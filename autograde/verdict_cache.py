"""Verdicts that were computed before, by all that they depend on: an answer is examined once, whoever hands it in, and a
resubmission costs what changed in it.

One SQLite file in the cohort's folder. It may be removed at any time; what another version of its day's code said is dropped.
"""

import hashlib
import json
import sqlite3
import zlib
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

_TABLE = "CREATE TABLE IF NOT EXISTS verdicts (key TEXT PRIMARY KEY, code TEXT, data BLOB) WITHOUT ROWID"
_SPOILED = (sqlite3.DatabaseError, zlib.error, ValueError)


class VerdictCache:
    """The cache in ``folder``, for verdicts on ``day`` of the version ``code``. Several processes may use it at once."""

    def __init__(self, folder: Path, day: str, code: str) -> None:
        self.path = folder / "verdict-cache.sqlite"
        self._day, self._code = day, f"{day} {code}"
        self._pruned = False

    def key(self, *parts: object) -> str:
        """The key of a verdict that depends on the code, on ``parts`` (plain data), and on nothing else."""
        return hashlib.sha256(repr((self._code, *parts)).encode(errors="surrogatepass")).hexdigest()

    def get(self, key: str) -> dict[str, Any] | None:
        """What :meth:`put` kept under ``key``; None where there is nothing."""
        try:
            with closing(self._open()) as base:
                row = base.execute("SELECT data FROM verdicts WHERE key = ?", (key,)).fetchone()
            return None if row is None else dict(json.loads(zlib.decompress(row[0])))
        except _SPOILED as error:
            self._begin_anew(error)
            return None

    def put(self, key: str, verdict: dict[str, Any]) -> None:
        """Keep a verdict as data. Where that fails, it will be computed again."""
        data = zlib.compress(json.dumps(verdict).encode())
        try:
            with closing(self._open()) as base, base:
                if not self._pruned:
                    old = "DELETE FROM verdicts WHERE code NOT LIKE 'day__ %' OR (code LIKE ? AND code != ?)"
                    base.execute(old, (f"{self._day} %", self._code))
                    self._pruned = True
                base.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", (key, self._code, data))
        except _SPOILED as error:
            self._begin_anew(error)

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(self.path, timeout=30)
        base.execute("PRAGMA synchronous = OFF")  # what a power cut spoils is computed again
        base.execute(_TABLE)
        return base

    def _begin_anew(self, error: Exception) -> None:
        if not isinstance(
            error, sqlite3.OperationalError
        ):  # which is a lock that was held too long, or a full disk
            with suppress(OSError):
                self.path.unlink()
