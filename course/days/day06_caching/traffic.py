"""Day 6's measure: a miniature of the page service, one item in 10,000, each with the rate that it has in the world.

Which keys the cache holds is replayed read by read, with the learner's own admission policy; the front page, which no miniature
has, is computed from the learner's own early expiry.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from course.checking.subject import Subject, plain, there
from course.systems.cluster.hot_page import Chances, expiries, grid
from course.systems.cluster.w_tinylfu import WTinyLFU, ages

ITEMS, READS, PER_SECOND = 10_000, 20_000, 20.0
"""Items and reads of the miniature, and how many of people's reads there are in a second."""
WARM = READS // 4
"""Reads that are played and not counted."""
ENTRIES = 200
"""Room for 2% of the items."""
SERVERS = 40
"""Web servers that ask the cache; each computes a page at most once at a time."""
EXPIRIES, SEED = 4000, 6
NEWS_S, NEWS_ITEMS = 30.0, 40  # chosen: how long an item of news lives, and how many there are at a time

CALM: Mapping[str, float] = {
    "alpha": 1.0,  # Zipf's exponent of people's reads
    "scan": 0.0,  # share of all reads that are a crawler's, each of a key of its own
    "news": 0.0,  # share of all reads that are of news
    "change": 1 / 5000,  # changes of an item, a second
    "page": 2000.0,  # reads of the front page, a second
    "delta": 2.0,  # seconds that computing it takes
    "turns": 0.0,  # 1: in the middle other items become the popular ones
    "entries": float(ENTRIES),
}
"""A load, as it is when nothing happens."""


def measure(
    design: Mapping[str, Any], load: Mapping[str, Any], due: Subject, Policy: Subject
) -> dict[str, float]:
    """What the service does under ``load`` with ``window``, ``ttl`` (s) and ``beta`` of this ``design``.

    ``hit``: people's reads that the cache answers. ``stale``: people's reads that it answers with what has changed since.
    ``herd``: computations of the front page that run at once, at the worst of a hundred expiries. ``work``: its
    computations a minute. ``people``: how many reads ``hit`` and ``stale`` are shares of.
    """
    ttl, beta = float(design["ttl"]), float(design["beta"])
    return served(Policy, load, float(design["window"]), ttl) | front_page(due, load, ttl, beta)


# ── what the cache holds ────────────────────────────────────────────────────────────────────────────────────


@cache
def _trace(alpha: float, scan: float, news: float, turns: float) -> tuple[list[str], list[float], list[bool]]:
    """The key of each read, its second, and whether it is a person's."""
    rng = np.random.default_rng(SEED)
    weights = np.arange(1.0, ITEMS + 1) ** -alpha
    items = np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(READS)).clip(0, ITEMS - 1)
    number = np.arange(READS)
    items = np.where((turns > 0) & (number >= READS // 2), (items + ITEMS // 2) % ITEMS, items)
    times = np.cumsum(rng.exponential((1 - scan) / PER_SECOND, READS))
    kind = rng.random(READS)
    of_news = (times // NEWS_S).astype(int) * NEWS_ITEMS + rng.integers(0, NEWS_ITEMS, READS)
    keys = [f"item-{item}" for item in items.tolist()]
    for place in number[kind < scan + news].tolist():
        keys[place] = f"crawled-{place}" if kind[place] < scan else f"news-{of_news[place]}"
    return keys, times.tolist(), (kind >= scan).tolist()


Setting = tuple[float, ...]
_FOUND: WeakKeyDictionary[Subject, dict[Setting, list[bool]]] = WeakKeyDictionary()
_SERVED: WeakKeyDictionary[Subject, dict[Setting, dict[str, float]]] = WeakKeyDictionary()
_PAGES: WeakKeyDictionary[Subject, dict[Setting, dict[str, float]]] = WeakKeyDictionary()
"""What was measured of a learner's object, by what it depends on: each is measured once."""


def _of(load: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """What of a load decides its trace."""
    whole = {**CALM, **load}
    return float(whole["alpha"]), float(whole["scan"]), float(whole["news"]), float(whole["turns"])


def found(Policy: Subject, load: Mapping[str, Any], window: float) -> list[bool]:
    """Whether each read of the trace found its key, with the learner's ``Policy``; replayed once for each setting."""
    entries = int({**CALM, **load}["entries"])
    known, setting = _FOUND.setdefault(Policy, {}), (*_of(load), window, float(entries))
    if setting not in known:
        policy = Policy(10 * entries, 4 * entries)  # 16 counters of 4 bits an entry: 8 bytes
        cached = there(Policy, WTinyLFU)(entries, window, policy)
        known[setting] = plain(cached.replay(_trace(*_of(load))[0]), list[bool])
    return known[setting]


def served(
    Policy: Subject, load: Mapping[str, Any], window: float, ttl_s: float, begin: int = WARM
) -> dict[str, float]:
    """``hit``, ``stale`` and ``people`` of :func:`measure`, from read number ``begin`` on."""
    whole = {**CALM, **load}
    setting = (*_of(load), float(whole["entries"]), float(whole["change"]), window, ttl_s, float(begin))
    known = _SERVED.setdefault(Policy, {})
    if setting not in known:
        known[setting] = _served(Policy, whole, window, ttl_s, begin)
    return known[setting]


def _served(
    Policy: Subject, load: Mapping[str, Any], window: float, ttl_s: float, begin: int
) -> dict[str, float]:
    keys, times, people = _trace(*_of(load))
    answers = ages(keys, times, found(Policy, load, window), ttl_s)
    mine = [answer for answer, person in zip(answers[begin:], people[begin:], strict=True) if person]
    old = np.array([answer for answer in mine if answer is not None])
    changed = 1 - np.exp(-float(load["change"]) * old)
    count = len(mine)
    return {
        "hit": len(old) / count,
        "stale": float(changed.sum()) / count,
        "people": float(count),
    }


# ── the front page ──────────────────────────────────────────────────────────────────────────────────────────


def front_page(due: Subject, load: Mapping[str, Any], ttl_s: float, beta: float) -> dict[str, float]:
    """``herd`` and ``work`` of :func:`measure`, with the learner's ``due``."""
    whole = {**CALM, **load}
    rate, delta = float(whole["page"]), float(whole["delta"])
    known, setting = _PAGES.setdefault(due, {}), (rate, delta, ttl_s, beta)
    if setting not in known:
        lefts = grid(ttl_s, delta, beta)
        chances = plain(there(due, Chances)(due).at(lefts, delta, beta), list[float])
        around = expiries(lefts, chances, rate, delta, EXPIRIES, SEED)
        flights: NDArray[np.float64] = around.flights(SERVERS)
        known[setting] = {
            "herd": float(np.quantile(flights, 0.99)),
            "work": float(flights.mean() * 60 / (ttl_s - around.leads).mean()),
        }
    return known[setting]
