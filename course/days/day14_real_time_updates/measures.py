"""Day 14's measures: what updates cost by the learner's policy, and how long the bytes of a deleted document stay."""

import random
import sqlite3
from collections.abc import Mapping
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from course import facts
from course.checking.subject import Subject, plain, there
from course.systems.search.live_index import DEAD, LiveIndex
from course.systems.search.merge_policy import pick_merge
from course.systems.search.segment_merge import merge_segments
from course.systems.search.segment_store import SegmentStore
from course.systems.search.update_model import UpdateModel, forgotten_after_s, rewriting_mb_s

HOUR = 3600
_RUNS: WeakKeyDictionary[Subject, dict[tuple[float, int, float, float], dict[str, float]]] = (
    WeakKeyDictionary()
)


def updates(pick: Subject, refresh_s: float, fanout: int, rate: float, hot_share: float) -> dict[str, float]:
    """A quarter of an hour of updates by the learner's ``pick``, run once for these settings."""
    known, key = _RUNS.setdefault(pick, {}), (refresh_s, fanout, rate, hot_share)
    if key not in known:
        model: Any = there(pick, UpdateModel)(pick)
        known[key] = plain(model.run(*key), dict[str, float])
    return known[key]


def forgotten_h(rate: float, hot_share: float) -> float:
    """Hours until the bytes of a deleted document are gone, where nobody rewrites a segment for that."""
    return forgotten_after_s(rate, hot_share, DEAD) / HOUR


def measure(design: Mapping[str, Any], load: Mapping[str, Any], pick: Subject) -> dict[str, float]:
    """What a design comes to: ``refresh`` (s), ``fanout``, and ``purge``, the hours in which each large segment is rewritten once
    (0: when enough of it is dead). ``load``: updates a second, the share of them on hot documents, and the hours for which the longest
    reader holds its snapshot.
    """
    refresh, fanout, purge = float(design["refresh"]), int(design["fanout"]), float(design["purge"])
    rate, hot, reader = (float(load[name]) for name in ("rate", "hot", "reader"))
    found = updates(pick, refresh, fanout, rate, hot)
    build = found["entries"] / facts.INDEX_BUILD_RATE.value
    extra = rewriting_mb_s(purge) if purge else 0.0
    return {
        "visible": refresh + build if build < refresh else float("inf"),
        "segments": found["segments"],
        "disk": found["written"] + extra,
        "worst_minute": found["worst_minute"] + extra,
        "forget": (purge or forgotten_h(rate, hot)) + reader,
    }


@cache
def updates_until_gone(documents: int, seed: int) -> int:
    """In a real index whose documents stand in one large segment: updates of random other documents until the text of
    one that was deleted is in no segment any more."""
    draw, batch = random.Random(seed), 8
    index = LiveIndex(SegmentStore(), pick_merge, merge_segments, fanout=4, base=batch, cap=documents)
    for id in range(documents):
        index.write(id, 0, "word")
    index.refresh()
    gone = documents - 1
    index.write(gone, 1, None)
    index.refresh()
    came = index.came
    while any((entry := each.get(gone)) and entry.text is not None for each in index.store.on_disk()):
        for _ in range(batch):
            index.write(draw.randrange(gone), index.came, "word")
        index.refresh()
    return index.came - came


@cache
def in_sqlite(rows: int = 2000) -> dict[str, tuple[int, int]]:
    """A word that one document of ``rows`` has, in SQLite's full-text index: hits, and blocks of the index that hold its letters; before and
    after the document is deleted, and once everything was merged."""
    base = sqlite3.connect(":memory:")
    base.execute("create virtual table page using fts5(text)")
    draw = random.Random(14)
    base.executemany(
        "insert into page(rowid, text) values (?, ?)",
        (
            (n, "zyzzyva" if n == rows // 2 else " ".join(draw.choices("abcdefgh", k=8)))
            for n in range(1, rows + 1)
        ),
    )
    base.commit()
    found = {}
    for stage, order in (
        ("written", ""),
        ("deleted", f"delete from page where rowid = {rows // 2}"),
        ("all merged", "insert into page(page) values ('optimize')"),
    ):
        if order:
            base.execute(order)
            base.commit()
        hits = base.execute("select count(*) from page where page match 'zyzzyva'").fetchone()[0]
        blocks = sum(b"zyzzyva" in block for (block,) in base.execute("select block from page_data"))
        found[stage] = int(hits), blocks
    return found
