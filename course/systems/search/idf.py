"""How much a word says, by how many documents hold it."""

import math


def idf(documents: int, holding: int) -> float:
    """How much a word says that stands in ``holding`` of so many documents: ln(1 + (N − df + ½) / (df + ½)), above 0."""
    return math.log(1 + (documents - holding + 0.5) / (holding + 0.5))
