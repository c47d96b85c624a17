"""From the database to the index: a change is noted in the same transaction, and an indexer carries it on.

Source: Kleppmann, "Designing Data-Intensive Applications", chapter 11, change data capture.
"""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple, Protocol


class Change(NamedTuple):
    """Document ``id`` has ``text`` at ``version``; None deletes it."""

    id: int
    version: int
    text: str | None


class Store(Protocol):
    """What takes changes."""

    def write(self, id: int, version: int, text: str | None) -> None: ...


class Outbox:
    """A database of documents that notes each change beside it, in an *outbox*: both are there, or neither is."""

    def __init__(self) -> None:
        self._base = sqlite3.connect(":memory:")
        self._base.execute("create table document (id integer primary key, version integer, text text)")
        self._base.execute(
            "create table outbox (place integer primary key, id integer, version integer, text text)"
        )

    def put(self, id: int, text: str | None) -> Change:
        """Write a document, or delete it with None; its version is one more than it was."""
        with self._base:
            row = self._base.execute("select version from document where id = ?", (id,)).fetchone()
            change = Change(id, row[0] + 1 if row else 1, text)
            self._base.execute("insert or replace into document values (?, ?, ?)", change)
            self._base.execute("insert into outbox (id, version, text) values (?, ?, ?)", change)
        return change

    def read(self, after: int, most: int) -> list[tuple[int, Change]]:
        """Up to ``most`` changes behind place ``after``, in order, each with its place. Who reads keeps that number, its *offset*."""
        rows = self._base.execute(
            "select place, id, version, text from outbox where place > ? order by place limit ?",
            (after, most),
        )
        return [(place, Change(*change)) for place, *change in rows]

    def documents(self) -> dict[int, str]:
        """What is true now: the text of each document that is not deleted."""
        return dict(self._base.execute("select id, text from document where text is not null"))


class Indexer:
    """Carries changes into ``store``. They come at least once; one that comes late does so within ``horizon`` changes.

    A store forgets a tombstone once it hides nothing. An older text that comes late would then be new to it. So the version of
    each deletion is kept here until ``horizon`` more changes have come; with 0 it is forgotten at once.
    """

    def __init__(self, store: Store, horizon: int) -> None:
        self.store, self.horizon, self.came = store, horizon, 0
        self._gone: dict[int, tuple[int, int]] = {}

    def apply(self, changes: Iterable[Change]) -> None:
        """Write what is not known to be older than a deletion."""
        for change in changes:
            self.came += 1
            version, _ = self._gone.get(change.id, (0, 0))
            if change.version < version:
                continue
            if change.text is None:
                self._gone[change.id] = change.version, self.came
            self.store.write(*change)
            self._gone = {
                id: (version, at) for id, (version, at) in self._gone.items() if self.came - at < self.horizon
            }
