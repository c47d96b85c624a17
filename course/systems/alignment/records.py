"""What is kept of every label: linked triples, preference pairs, and a store in which each leads back to its words."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from course.systems.alignment.constitution import Constitution
from course.systems.alignment.errors import AlteredRecord, UnknownRecord, UnknownSection, UnknownVersion


def _content_id(kind: str, row: dict[str, Any]) -> str:
    canonical = json.dumps([kind, row], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{kind}-{hashlib.sha256(canonical.encode()).hexdigest()[:16]}"


class Triple(NamedTuple):
    """One critique: the response that was read, what was said of it, and the response after it.

    An empty ``critique`` records adherence: the section was asked and found nothing. ``parent`` is the id of the
    triple whose revision this one read, None for the first of its chain. A named tuple: a list of records is plain
    rows to whoever examines it.
    """

    prompt: str
    original: str
    critique: str
    revision: str
    section: str
    constitution: str
    parent: str | None = None

    @property
    def id(self) -> str:
        """The hash of the content: a record that changes is another record."""
        return _content_id("triple", self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain data."""
        return self._asdict()


class Pair(NamedTuple):
    """One comparison. ``p_a`` is the probability that ``a`` is the better response to ``prompt``.

    ``sections`` and ``constitution`` say by which words an AI label was given; both are empty for ``source="human"``.
    ``triple`` is the id of the triple whose original and revision were compared, if they came from one.
    """

    prompt: str
    a: str
    b: str
    p_a: float
    sections: tuple[str, ...] = ()
    constitution: str = ""
    source: str = "ai"
    triple: str | None = None

    @property
    def id(self) -> str:
        """The hash of the content."""
        return _content_id("pair", self.as_dict())

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain data; ``sections`` as a list."""
        return {**self._asdict(), "sections": list(self.sections)}


Record = Triple | Pair


@dataclass(frozen=True)
class Trace:
    """Where a record comes from: its words at the time, and the triples before it, nearest first."""

    record: Record
    words: dict[str, str]
    constitution: str
    ancestors: tuple[Triple, ...]


@dataclass
class RecordStore:
    """Append-only: records are added once, found by id, and traced to the words that shaped them."""

    constitutions: dict[str, Constitution] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)

    def register(self, constitution: Constitution) -> str:
        """Make a version known; returns it."""
        self.constitutions[constitution.version] = constitution
        return constitution.version

    def add(self, record: Record) -> str:
        """Keep a record and return its id; the same content twice is one record.

        Raises :class:`UnknownVersion`, :class:`UnknownSection` or :class:`UnknownRecord` where a link leads nowhere:
        a label whose words cannot be found again never enters.
        """
        link = record.parent if isinstance(record, Triple) else record.triple
        if link is not None and link not in self.records:
            raise UnknownRecord(link)
        self._words(record)
        key = record.id
        self.records.setdefault(key, record)
        return key

    def trace(self, record_id: str) -> Trace:
        """The record, the words of its sections in its version, and the triples that led to it.

        Raises :class:`UnknownRecord`. O(length of the chain).
        """
        record = self._get(record_id)
        chain: list[Triple] = []
        link = record.parent if isinstance(record, Triple) else record.triple
        while link is not None:
            above = self._get(link)
            assert isinstance(above, Triple)
            chain.append(above)
            link = above.parent
        return Trace(record, self._words(record), record.constitution, tuple(chain))

    def using(self, section: str, constitution: str | None = None) -> Iterator[Record]:
        """Every record that a section shaped, under one version or any."""
        for record in self.records.values():
            sections = (record.section,) if isinstance(record, Triple) else record.sections
            if section in sections and constitution in (None, record.constitution):
                yield record

    def to_jsonl(self) -> str:
        """One line a record, in order of arrival: id, kind, fields."""
        rows = [
            {"id": key, "kind": type(record).__name__, "row": record.as_dict()}
            for key, record in self.records.items()
        ]
        return "".join(json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n" for row in rows)

    def load_jsonl(self, text: str) -> int:
        """Add every line of :meth:`to_jsonl`, after the versions are registered; returns how many.

        Raises :class:`AlteredRecord` where the content no longer has the id that was written beside it.
        """
        lines = [json.loads(line) for line in text.splitlines() if line]
        for line in lines:
            row = line["row"]
            record: Record = (
                Triple(**row)
                if line["kind"] == "Triple"
                else Pair(**{**row, "sections": tuple(row["sections"])})
            )
            if record.id != line["id"]:
                raise AlteredRecord(line["id"], record.id)
            self.add(record)
        return len(lines)

    def _get(self, record_id: str) -> Record:
        if record_id not in self.records:
            raise UnknownRecord(record_id)
        return self.records[record_id]

    def _words(self, record: Record) -> dict[str, str]:
        sections = (record.section,) if isinstance(record, Triple) else record.sections
        if isinstance(record, Pair) and record.source != "ai":
            return {}
        if record.constitution not in self.constitutions:
            raise UnknownVersion(record.constitution)
        constitution = self.constitutions[record.constitution]
        for section in sections:
            if section not in constitution.ids:
                raise UnknownSection(section, constitution.version)
        return {section: constitution.text(section) for section in sections}
