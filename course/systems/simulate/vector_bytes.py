"""Bytes of a vector in a graph index, and what is still found when its numbers are stored in fewer bits.

Links as faiss's ``IndexHNSW`` lays them out: 2·links neighbours of 4 bytes on the bottom layer, links more on each layer
above, where one vector in ``links`` stands; and 12 bytes of levels and offsets.
"""

from dataclasses import dataclass

from course import facts


@dataclass(frozen=True)
class Codec:
    """How a vector is stored: ``number_bytes`` for each of its numbers, or ``code_bytes`` for all of it; and ``recall``,
    the share of the true ten nearest that a search finds then."""

    recall: float
    number_bytes: float = 0.0
    code_bytes: float = 0.0

    def vector_bytes(self, numbers: int) -> float:
        """Bytes of one vector of so many numbers, without links."""
        return self.number_bytes * numbers + self.code_bytes


_GRAPH = facts.HNSW_RECALL.value
CODECS = {
    "float32": Codec(_GRAPH, number_bytes=4),  # chosen: the width that the name says, as below
    "float16": Codec(_GRAPH, number_bytes=2),  # chosen: as its name says
    "int8": Codec(round(_GRAPH * facts.INT8_RECALL.value, 2), number_bytes=1),
    "int4": Codec(round(_GRAPH * facts.INT4_RECALL.value, 2), number_bytes=0.5),  # chosen: as its name says
    "pq64": Codec(facts.PQ64_RECALL.value, code_bytes=64),  # chosen: as its name says
}
"""``pq64``: product quantisation, a code of 64 bytes whatever the dimensions."""


def link_bytes(links: int) -> float:
    """Bytes of links and bookkeeping for each vector of a graph index: 144 with 16 links."""
    return 2 * links * facts.HNSW_LINK_BYTES.value + 12 + links * facts.HNSW_LINK_BYTES.value / (links - 1)


def document_bytes(codec: str, numbers: int = 768, links: int = 16) -> float:
    """Bytes that a document takes in the index: its vector as ``codec`` stores it, and its links."""
    return CODECS[codec].vector_bytes(numbers) + link_bytes(links)
