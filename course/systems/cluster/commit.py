"""What a leader may call committed.

Source: Ongaro and Ousterhout, *In Search of an Understandable Consensus Algorithm* (USENIX ATC 2014), sections 5.3 and 5.4.2.
"""

from collections.abc import Sequence


def commit_index(log: Sequence[int], match: Sequence[int], term: int, known: int) -> int:
    """How many entries, from the first on, the leader of ``term`` may call committed.

    ``log`` holds the terms of the leader's entries, first to last. ``match`` has one number for each follower: how many entries,
    from the first on, its log is known to share with the leader's. The leader is a member too, and has its whole log. An
    entry can be committed once more than half of all members have it, and with it all before it. Whether that is enough for
    an entry of an earlier term than ``term`` is left to you; entries of ``term`` are committed by it. ``known`` are committed
    already, and the answer is never lower. Raises ``ValueError`` where a number of ``match``, or ``known``, is below 0 or above
    the length of the log. Changes no argument. O(f log f) in the followers, whatever the log's length.
    """
    if not all(0 <= count <= len(log) for count in (*match, known)):
        raise ValueError(f"match is {[*match]} and known {known}, and the log has {len(log)} entries")
    members = sorted((*match, len(log)), reverse=True)
    shared = members[len(members) // 2]
    if shared > known and log[shared - 1] == term:
        return shared
    return known
