"""What every fusion asks of its weights."""

import math
from collections.abc import Sequence

from course.systems.search.errors import BadWeight, WeightsDoNotMatch


def check_weights(lists: int, weights: Sequence[float]) -> None:
    """Raises ``WeightsDoNotMatch(lists, weights)``, with the two numbers, where there is not one weight for each list; then
    ``BadWeight(weight)`` for the first weight that is negative or not finite."""
    if len(weights) != lists:
        raise WeightsDoNotMatch(lists, len(weights))
    for weight in weights:
        if not 0 <= weight < math.inf:
            raise BadWeight(weight)
