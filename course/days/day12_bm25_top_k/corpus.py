"""Day 12's passages: what NumPy says of itself here, cut into forty words, and queries drawn from them."""

from course.notebook.state import harvested
from datasets.passages import COMMON as COMMON
from datasets.passages import Shard as Shard
from datasets.passages import installed


def shard(whole: bool, by_path: bool, title: int = 0) -> Shard:
    """See :meth:`~datasets.passages.Passages.shard`."""
    return installed(harvested()).shard(whole, by_path, title)


def queries(common: bool) -> tuple[tuple[str, ...], ...]:
    """See :meth:`~datasets.passages.Passages.queries`."""
    return installed(harvested()).queries(common)
