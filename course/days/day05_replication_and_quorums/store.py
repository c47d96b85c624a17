"""Day 5's measure: one key's copies under published delays, and two writers who count with the learner's own `reconcile`."""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from course.checking.subject import Subject, plain
from course.days.day05_replication_and_quorums.counter import count
from course.systems.cluster.staleness import TRIALS, down, measured
from course.systems.cluster.versions import Version


def measure(design: Mapping[str, Any], load: Mapping[str, Any], reconcile: Subject) -> dict[str, float]:
    """What the store does under ``load`` with ``copies``, ``r`` and ``w`` of this ``design`` (r and w at most the copies).

    ``load``: ``writers`` of one key (2 counts increments, see :mod:`counter`), a copy that lags by ``lag`` ms each way,
    copies that stand ``far``, and the share of time that a copy is ``down``. ``read99``, ``write99`` (ms), ``stale``
    and ``settled`` are those of :func:`~course.systems.cluster.staleness.measured`; ``failed``, operations in a million that find no
    quorum, exact; ``lost``, the share of acknowledged increments that are gone; ``copies``; ``sampled`` reads.
    """
    copies = int(design["copies"])
    r, w = (min(int(design[name]), copies) for name in ("r", "w"))
    share = float(load.get("down", 0.0))
    found = measured(copies, r, w, lag=float(load.get("lag", 0.0)), far=int(load.get("far", 0)))
    return found | {
        "failed": 1e6 * max(down(copies, r, share), down(copies, w, share)),
        "lost": lost(reconcile, copies=copies, r=r, w=w) if int(load.get("writers", 1)) > 1 else 0.0,
        "copies": float(copies),
        "sampled": float(TRIALS),
    }


_LOST: WeakKeyDictionary[Subject, dict[tuple[tuple[str, Any], ...], float]] = WeakKeyDictionary()


def lost(reconcile: Subject, **settings: Any) -> float:
    """The share of two writers' acknowledged increments that are gone in the end; measured once for each setting."""
    known, key = _LOST.setdefault(reconcile, {}), tuple(sorted(settings.items()))
    if key not in known:
        known[key] = count(lambda versions: understood(reconcile, versions), **settings).lost
    return known[key]


def understood(reconcile: Subject, versions: list[Version]) -> list[Version]:
    """What the learner's ``reconcile`` makes of ``versions``; one version needs no asking."""
    if len(versions) < 2:
        return versions
    kept: list[Version] = plain(reconcile(versions), list[dict[str, Any]])
    return kept
