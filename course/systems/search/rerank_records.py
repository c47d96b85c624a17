"""What is kept of a page, and how large it is."""

import hashlib
import math
import struct
from typing import NamedTuple

from course.systems.search.stages import Event


class Row(NamedTuple):
    """One document under one judge: its score, None where it got none, and its places, counted from 1: as the judge found
    it, as the scores want it, and once no document rises too far."""

    doc: int
    score: float | None
    before: int
    wanted: int
    after: int


class Judged(NamedTuple):
    """What one stage judged, in the order in which it found it."""

    stage: str
    version: str
    rows: tuple[Row, ...]


class Record(NamedTuple):
    """One page: the question's SHA-256 in hexadecimal digits, and the stages that judged."""

    question: str
    stages: tuple[Judged, ...]


class Reason(NamedTuple):
    """Why a document stands where it stands after one stage; ``held`` where the scores wanted it higher up."""

    stage: str
    version: str
    score: float | None
    before: int
    after: int
    held: bool


def rows_of(event: Event) -> tuple[Row, ...]:
    """The documents of an event in the order of its ``before``. O(documents)."""
    wanted = {doc: place for place, doc in enumerate(event["wanted"], 1)}
    after = {doc: place for place, doc in enumerate(event["after"], 1)}
    return tuple(
        Row(doc, event["scores"].get(doc), place, wanted[doc], after[doc])
        for place, doc in enumerate(event["before"], 1)
    )


def packed(record: Record) -> bytes:
    """A record as it is stored: 32 B for the question, 32 B for the name and version of each stage, and five times 8 B for each document that
    it judged. A score that is missing is NaN."""
    parts = [bytes.fromhex(record.question)]
    for stage in record.stages:
        parts.append(hashlib.sha256(f"{stage.stage} {stage.version}".encode()).digest())
        parts += [
            struct.pack("<qdqqq", row.doc, math.nan if row.score is None else row.score, *row[2:])
            for row in stage.rows
        ]
    return b"".join(parts)
