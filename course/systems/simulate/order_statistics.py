"""When the k-th of n independent things has happened, where each has happened with the same probability.

The k-th smallest of n uniform numbers has a beta distribution: David and Nagaraja, *Order Statistics* (2003), section 2.3.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def beta_quantile(q: float, k: int, n: int) -> float:
    """The ``q`` quantile of the k-th smallest of ``n`` independent numbers that are uniform between 0 and 1.

    So: the share of single leaves that must have answered by a time, so that with probability ``q`` at least ``k`` of
    ``n`` have. For ``k = n`` it is ``q ** (1 / n)``.
    """
    from scipy.special import betaincinv

    return float(betaincinv(k, n - k + 1, q))


def at_least(k: int, n: int, done: Array) -> Array:
    """The probability that at least ``k`` of ``n`` have answered, where each has with probability ``done``."""
    from scipy.special import betainc

    return np.asarray(betainc(k, n - k + 1, done), np.float64)
