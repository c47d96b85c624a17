"""Texts that ten teams send to be scored: when, how long, by whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

TENANTS = 10
MEDIAN, SPREAD, SHORTEST, LONGEST = 48, 0.8, 4, 600  # chosen: most are short, a few are long
DOCUMENT = 3600  # chosen: tokens of a document, near what the model can read at once
BIG = 0.1
"""The largest tenant's share of ordinary traffic: as much as anybody's."""


@dataclass(frozen=True)
class Texts:
    """Texts in order of arrival: ``at_ms``, ``tokens``, and ``tenant`` from 0, who is the largest."""

    at_ms: tuple[float, ...]
    tokens: tuple[int, ...]
    tenant: tuple[int, ...]


def lengths(number: int, seed: int) -> list[int]:
    """So many lengths in tokens, log-normal of median 48, from 4 to 600."""
    found: list[int] = _lengths(np.random.default_rng(seed), number).tolist()
    return found


def texts(load: Mapping[str, float]) -> Texts:
    """The seeded texts of a load: ``seed``, ``requests`` and ``rate`` a second; ``documents``, the share of texts that
    are one of 3,600 tokens; ``flood``, how many more the largest tenant sends at one moment, a third of the way in."""
    return _texts(*(load.get(name, 0) for name in ("seed", "requests", "rate", "documents", "flood")))


@lru_cache(maxsize=32)
def _texts(seed: float, requests: float, rate: float, documents: float, flood: float) -> Texts:
    rng, number = np.random.default_rng(int(seed)), int(requests)
    at = np.cumsum(rng.exponential(1000 / rate, number))
    tokens = _lengths(rng, number)
    tokens[rng.random(number) < documents] = DOCUMENT
    tenant = np.where(rng.random(number) < BIG, 0, rng.integers(1, TENANTS, number))
    if flood:
        extra = int(flood)
        at = np.concatenate((at, np.full(extra, at[number // 3])))
        tokens = np.concatenate((tokens, rng.integers(30, 80, extra)))
        tenant = np.concatenate((tenant, np.zeros(extra, np.int64)))
        order = np.argsort(at, kind="stable")
        at, tokens, tenant = at[order], tokens[order], tenant[order]
    return Texts(tuple(at.tolist()), tuple(tokens.tolist()), tuple(tenant.tolist()))


def _lengths(rng: np.random.Generator, number: int) -> NDArray[np.int64]:
    drawn = np.exp(rng.normal(np.log(MEDIAN), SPREAD, number))
    return np.clip(np.rint(drawn), SHORTEST, LONGEST).astype(np.int64)
