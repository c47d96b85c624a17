"""A file as chunks that are named by what is in them.

Source: Muthitacharoen, Chen and Mazières, "A Low-Bandwidth Network File System" (SOSP 2001), for cuts that follow the content; the
rolling sum is the "gear" of Xia and others, "Ddelta" (Performance Evaluation 79, 2014).
"""

import hashlib
from collections.abc import Iterable
from typing import TypedDict

from course.systems.cluster.errors import BadTarget

LEAST = 64
"""Bytes that a target has at least."""
GEAR: tuple[int, ...] = tuple(
    int.from_bytes(hashlib.sha256(bytes([byte])).digest()[:8], "big") for byte in range(256)
)
"""A number of 64 bits for each byte. ``sum = (2 * sum + GEAR[byte]) % 2**64`` forgets a byte after 64 more, and looks random in
its upper bits."""


class Chunk(TypedDict):
    """Bytes ``offset`` to ``offset + size`` of a file; ``name`` is their SHA-256, in hexadecimal digits."""

    name: str
    offset: int
    size: int


class Manifest(TypedDict):
    """A file as its chunks in order. ``name`` is the SHA-256 of their names, one after the other."""

    name: str
    chunks: list[Chunk]


def name_of(data: bytes) -> str:
    """The name of a chunk: its SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def named(chunks: Iterable[Chunk]) -> Manifest:
    """The manifest of ``chunks``, which are in order."""
    listed = [*chunks]
    return {"name": name_of("".join(chunk["name"] for chunk in listed).encode()), "chunks": listed}


def chunk_manifest(data: bytes, *, target: int) -> Manifest:
    """Cut ``data`` into chunks of about ``target`` bytes, and name them.

    A chunk is ``{"name": …, "offset": …, "size": …}``: the name of its bytes, the place of the first one in ``data``, and how many they
    are. Together the chunks are exactly ``data``, in order, each byte once. Every chunk has from ``target // 4`` to ``4 * target`` bytes;
    only the last one may be shorter. No chunk is empty, and empty data has none. Equal data gives an equal manifest, on any
    machine and at any time. Where to cut within these bounds is left to you. Raises ``BadTarget(target)`` below :data:`LEAST`,
    64 bytes, and for empty data too. One pass: O(bytes).
    """
    if target < LEAST:
        raise BadTarget(target)
    chunks: list[Chunk] = []
    start, rolling, bar = 0, 0, 2**64 // (target - target // 4)
    for place, byte in enumerate(data, start=1):
        rolling = (2 * rolling + GEAR[byte]) % 2**64
        size = place - start
        if (size >= target // 4 and rolling < bar) or size == 4 * target or place == len(data):
            chunks.append({"name": name_of(data[start:place]), "offset": start, "size": size})
            start = place
    return named(chunks)


def shared(old: Manifest, new: Manifest) -> float:
    """The share of the bytes of ``new`` whose chunks ``old`` has already; 1.0 for an empty file."""
    known = {chunk["name"] for chunk in old["chunks"]}
    sizes = [chunk["size"] for chunk in new["chunks"]]
    return sum(c["size"] for c in new["chunks"] if c["name"] in known) / sum(sizes) if sizes else 1.0
