"""Where idempotency keys are kept: what is known of the call that was made under each."""

import threading
from typing import Any, TypedDict


class Entry(TypedDict):
    """``state`` is "in progress", "done" or "in doubt"; ``fingerprint`` says of which request; ``result`` what came, once done."""

    state: str
    fingerprint: str
    result: Any


class KeyStore:
    """Entries by key, in memory; each method is one atomic step, whichever threads call it. ``asked`` counts ``begin``."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.asked = 0
        self._one_at_a_time = threading.Lock()

    def begin(self, key: str, fingerprint: str) -> Entry | None:
        """A copy of what is kept under ``key``. None where nothing was: then the key is in progress from now on, for a
        request of this ``fingerprint``."""
        with self._one_at_a_time:
            self.asked += 1
            if key in self.entries:
                return self.entries[key].copy()
            self.entries[key] = {"state": "in progress", "fingerprint": fingerprint, "result": None}
            return None

    def finish(self, key: str, result: Any) -> None:
        """The call under ``key`` was executed, and this came of it."""
        with self._one_at_a_time:
            self.entries[key] |= {"state": "done", "result": result}

    def doubt(self, key: str) -> None:
        """The call under ``key`` may have been executed: whoever asks again is told so."""
        with self._one_at_a_time:
            self.entries[key]["state"] = "in doubt"

    def drop(self, key: str) -> None:
        """Nothing is kept under ``key`` any more: it may be used as if it were new."""
        with self._one_at_a_time:
            del self.entries[key]
