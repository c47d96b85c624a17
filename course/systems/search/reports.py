"""What a shard says of its documents, and what is known of the documents of all."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ShardReport:
    """What one copy of ``shard`` says, of its data as of ``version``: how many ``documents``, how many ``words`` they have together, and how many of them are
    ``holding`` each word."""

    shard: str
    version: int
    documents: int
    words: int
    holding: Mapping[str, int]


@dataclass(frozen=True)
class Statistics:
    """The same of a whole corpus: what a shard needs to score as one index would."""

    documents: int
    words: int
    holding: Mapping[str, int]

    @property
    def mean_length(self) -> float:
        """Words of a document, on average."""
        return self.words / max(1, self.documents)
