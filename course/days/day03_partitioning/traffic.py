"""Day 3's measure: a sampled evening of messages on sixteen machines, hot conversations found by the learner's own counters.

Where a message lives is exact for the sample: every write has a conversation, a piece and a machine.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from course.checking.subject import Subject, each, plain

MACHINES = 16
WRITES, WINDOWS = 20_000, 4
"""Sampled writes, and the windows in which the hot ones are looked for, one after the other."""
STORED, SPEED = 4e12, 100e6
"""Bytes in all, and bytes a second at which a piece moves to another machine."""
SHARE, COUNTERS = 0.01, 100
"""From which share of a window's writes on a conversation is hot, and the counters that there are to find it."""
MESSAGE, CONVERSATION, TIME = "message", "conversation", "time"
"""What decides the piece of a message: a hash of the message, a hash of its conversation, or ranges of time."""

Ints = NDArray[np.int64]


def measure(design: Mapping[str, Any], load: Mapping[str, Any], Saving: Subject) -> dict[str, float]:
    """What the service does under ``load`` with this ``design``: ``key``, ``pieces``, and ``salt``, the sub-keys of each
    conversation that the learner's ``SpaceSaving`` reports as hot.

    ``load``: how many ``rooms`` talk, the ``skew`` of their popularity (exponent of Zipf's law, 0 is even), and the
    share of one ``celebrity`` beside them. ``busiest``: the busiest machine's writes over its fair share. ``history``:
    pieces that a read of a conversation's last 50 messages asks, averaged over reads. ``sweep``: pieces that a read of everything
    in the last minute asks. ``move``: minutes until the fullest piece has moved. ``wrong``: conversations called hot that have less than
    the share. ``writes``: how many were sampled.
    """
    rooms, skew, celebrity = int(load["rooms"]), float(load["skew"]), float(load.get("celebrity", 0.0))
    stream, pieces, salt = _stream(rooms, skew, celebrity), int(design["pieces"]), int(design["salt"])
    found = hot(Saving, rooms, skew, celebrity)
    salted = np.isin(stream, found) & (salt > 1) & (design["key"] == CONVERSATION)
    if design["key"] == TIME:  # every write is newer than all before: it falls into the last range
        piece, fullest, history = np.full(WRITES, pieces - 1), 1 / pieces, float(pieces)
    else:
        number = np.arange(WRITES)
        sub = np.where(salted, number % salt, 0)
        where = _hash(number, 1) if design["key"] == MESSAGE else _hash(stream, 0) + _hash(sub, 2) * (sub > 0)
        piece = (where % np.uint64(pieces)).astype(np.int64)
        fullest = float(np.bincount(piece, minlength=pieces).max()) / WRITES
        asked = np.where(salted, min(salt, pieces), 1).mean()
        history = float(pieces) if design["key"] == MESSAGE else float(asked)
    writes = np.bincount(piece * MACHINES // pieces, minlength=MACHINES)
    keys, counts = np.unique(stream, return_counts=True)
    return {
        "busiest": float(writes.max()) / WRITES * MACHINES,
        "history": history,
        "sweep": 1.0 if design["key"] == TIME else float(pieces),
        "move": fullest * STORED / SPEED / 60,
        "wrong": float(len(np.setdiff1d(found, keys[counts >= SHARE * WRITES]))),
        "writes": float(WRITES),
    }


@cache
def _stream(rooms: int, skew: float, celebrity: float) -> Ints:
    """The conversation of each write, in order; the celebrity is number ``rooms``."""
    draw = np.random.default_rng(3)
    ends = np.cumsum(1 / np.arange(1, rooms + 1) ** skew)
    ids = np.minimum(np.searchsorted(ends / ends[-1], draw.random(WRITES)), rooms - 1)
    return np.where(draw.random(WRITES) < celebrity, rooms, ids)


def conversations(rooms: int, skew: float, celebrity: float = 0.0) -> list[str]:
    """The stream as a counter of keys meets it."""
    return [f"room-{number}" for number in _stream(rooms, skew, celebrity).tolist()]


_HOT: WeakKeyDictionary[Subject, dict[tuple[int, float, float], Ints]] = WeakKeyDictionary()


def hot(Saving: Subject, rooms: int, skew: float, celebrity: float) -> Ints:
    """The conversations that the learner's counters named in one window or another: once salted, always salted."""
    known, load = _HOT.setdefault(Saving, {}), (rooms, skew, celebrity)
    if load not in known:
        stream, named, size = conversations(*load), set[str](), WRITES // WINDOWS
        for start in range(0, WRITES, size):
            saving = Saving(COUNTERS)
            each(saving.add, stream[start : start + size])
            named |= plain(saving.hot(SHARE), set[str])
        known[load] = np.array(sorted(int(name.removeprefix("room-")) for name in named), np.int64)
    return known[load]


def _hash(numbers: Ints, seed: int) -> NDArray[np.uint64]:
    """A 64-bit hash of whole numbers: SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014)."""
    mixed = np.asarray(numbers, np.uint64) + np.uint64((0x9E3779B97F4A7C15 * (seed + 1)) % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
