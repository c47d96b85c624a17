"""Who gets a vote: the rule of Raft's elections.

Source: Ongaro and Ousterhout, *In Search of an Understandable Consensus Algorithm* (USENIX ATC 2014), sections 5.2 and 5.4.1.
"""

from typing import TypedDict


class Node(TypedDict):
    """What a voter has on disk: its ``term``, whom it ``voted_for`` in that term ("" for nobody), and the terms of the
    entries of its ``log``, first to last."""

    term: int
    voted_for: str
    log: list[int]


class Ask(TypedDict):
    """A candidate's question: the ``term`` it wants to lead, its name, and of its log the term of the last entry (0 for an
    empty log) and the number of entries."""

    term: int
    candidate: str
    last_term: int
    length: int


class Vote(TypedDict):
    """The answer, and what must be on disk before it leaves: the voter's ``term``, whom it has ``voted_for`` in it, and
    whether the vote is ``granted``."""

    term: int
    voted_for: str
    granted: bool


def grant_vote(voter: Node, ask: Ask) -> Vote:
    """Answer ``ask``. A voter's term never falls, and in one term it votes for one candidate at most.

    ``voter`` has ``term``, ``voted_for`` ("" for nobody) and ``log``, the terms of its entries, first to last; ``ask`` has ``term``,
    ``candidate``, ``last_term`` (0 for an empty log) and ``length``; the answer has ``term``, ``voted_for`` and ``granted``. They are dicts.

    An older term than the voter's is answered with the voter's own, and no vote; whom it has voted for stays. A newer one becomes the
    voter's, granted or not, and nobody has its vote in it yet. Who has the vote may ask again, and is answered by the same
    rules. The vote is for a candidate whose log is at least as up to date as the voter's: the log
    whose last entry has the later term is more up to date, and of two that end in the same term the longer one. Equal logs will do.
    Changes nothing in place. O(1) in the length of the log.
    """
    term, voted_for = voter["term"], voter["voted_for"]
    if ask["term"] < term:
        return {"term": term, "voted_for": voted_for, "granted": False}
    if ask["term"] > term:
        term, voted_for = ask["term"], ""
    log = voter["log"]
    mine = (log[-1] if log else 0, len(log))
    granted = voted_for in ("", ask["candidate"]) and (ask["last_term"], ask["length"]) >= mine
    return {"term": term, "voted_for": ask["candidate"] if granted else voted_for, "granted": granted}
