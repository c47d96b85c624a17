"""One segment out of several, with what is still alive."""

from collections.abc import Collection, Sequence

from course.systems.search.errors import NothingToMerge
from course.systems.search.segments import Entry, Segment


def merge_segments(segments: Sequence[Segment], others: Collection[Segment]) -> Segment:
    """The segment that takes the place of ``segments``; ``others`` are all segments of the store that are not among them.

    Every search in the store finds afterwards what it found before. The new segment holds of the entries of ``segments``:

    - of each id at most one, that with the highest version;
    - none where a segment of ``others`` holds a newer version of the id;
    - no tombstone of an id that ``others`` do not hold at all. Where they hold it, and nothing newer, the tombstone stays.

    Segments stand in any order, and their positions say nothing about versions. Two entries of an id with the same version are the
    same. Ids increase in the new segment, and what was passed in stays unchanged; it may come out empty. Raises `NothingToMerge` where
    ``segments`` is empty. One segment is merged like several. O(n log n) for n entries of ``segments``, times the number of ``others``; what
    else ``others`` hold is not looked at: ``segment.get(id)`` gives the entry of an id or None, at once.
    """
    if not segments:
        raise NothingToMerge
    newest: dict[int, Entry] = {}
    for segment in segments:
        for id, entry in segment:
            if id not in newest or newest[id].version < entry.version:
                newest[id] = entry
    kept = []
    for id, entry in sorted(newest.items()):
        elsewhere = [other.version for each in others if (other := each.get(id))]
        hidden = any(version > entry.version for version in elsewhere)
        if not hidden and (entry.text is not None or elsewhere):
            kept.append((id, entry))
    return Segment(kept)
