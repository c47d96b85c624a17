"""The list of one term: in which documents it stands, and where in each; in blocks, as differences, in few bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Self

from course.systems.search.posting_order import in_order
from course.systems.search.reader import Reader
from course.systems.search.varint import read_varints, write_varint


@dataclass(frozen=True)
class PostingList:
    """The postings of one term, ``block`` to a block, the last block with what is left.

    ``count``: how many there are · ``firsts``: the first id of each block · ``starts``: where each block begins, in bytes, by the
    name of the stream · ``streams``: all bytes, under names of your choice. ``firsts`` and ``starts`` are in memory; bytes of
    a stream are read through a reader alone.
    """

    count: int
    block: int
    firsts: Sequence[int]
    starts: Sequence[Mapping[str, int]]
    streams: Mapping[str, bytes]

    @classmethod
    def encode(cls, postings: Sequence[tuple[int, Sequence[int]]], block: int) -> Self:
        """The list of ``postings``: pairs of a document's id and the positions at which the term stands in it.

        Ids increase, and so do the positions of a document; both start at 0 or later, and may have gaps of any size. Ids
        and positions are written as differences of neighbours, by `write_varint`: one below 128 takes one byte. A block
        can be read without any other. No postings make no blocks.

        What is wrong is refused by `in_order`, which is given, takes the same two arguments, and raises the first that it
        meets: `BadBlock` for a block below 1, `NotIncreasing` and `NoPositions` for wrong postings. What was passed in stays
        unchanged. Time and bytes grow with the number of positions.
        """
        in_order(postings, block)
        firsts, starts, ids, places = [], [], bytearray(), bytearray()
        for number, (doc, positions) in enumerate(postings):
            if number % block == 0:
                firsts.append(doc)
                starts.append({"ids": len(ids), "positions": len(places)})
                before = 0
            write_varint(ids, doc - before)
            before = doc
            write_varint(places, len(positions))
            at = 0
            for position in positions:
                write_varint(places, position - at)
                at = position
        return cls(len(postings), block, firsts, starts, {"ids": bytes(ids), "positions": bytes(places)})

    def ids(self, number: int, reader: Reader) -> list[int]:
        """The ids of block ``number``, counted from 0, increasing. What it needs of a stream it asks
        ``reader.bytes(self.streams, name, start, stop)`` for, and no byte twice."""
        doc, found = 0, list[int]()
        for gap in read_varints(self._bytes(number, "ids", reader)):
            doc += gap
            found.append(doc)
        return found

    def positions(self, number: int, reader: Reader) -> list[list[int]]:
        """The positions in each document of block ``number``, in the order of its ids, read as by :meth:`ids`."""
        numbers = iter(read_varints(self._bytes(number, "positions", reader)))
        return [list(accumulate(islice(numbers, count))) for count in numbers]

    def _bytes(self, number: int, name: str, reader: Reader) -> bytes:
        """Block ``number`` of stream ``name``."""
        last = number + 1 == len(self.starts)
        stop = len(self.streams[name]) if last else self.starts[number + 1][name]
        return reader.bytes(self.streams, name, self.starts[number][name], stop)
