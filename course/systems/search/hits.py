"""What a shard sends and a broker puts in order."""

Hit = tuple[int, float]
"""The id of a document, and its score."""


def place(hit: Hit) -> tuple[float, int]:
    """What hits are sorted by, best first: the higher score, and of equal scores the smaller id."""
    return -hit[1], hit[0]
