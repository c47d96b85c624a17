"""Every schedule of three nodes, breadth first: in how many events can two rules of Raft break what they promise?

The method is bounded model checking; the model is small on purpose. Four kinds of events: a node asks for votes and reaches some of the others;
a leader appends an entry of its term; a leader brings another node's log up to its own, and counts what is committed; with
``forgetful``, a node restarts and has lost its vote.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from course.systems.cluster.commit import commit_index
from course.systems.cluster.election import Ask, Node, Vote, grant_vote

NODES = (0, 1, 2)
NOBODY = -1
LOST, TWO, SPLIT = (
    "a committed entry is lost",
    "two leaders in one term",
    "two entries are committed in one place",
)

_Log = tuple[int, ...]
_Member = tuple[int, int, _Log, bool, tuple[int, int, int]]
"""Term, who has its vote, the terms of its log, whether it leads, and what it knows to be shared with each node."""
_State = tuple[tuple[_Member, ...], frozenset[tuple[int, int]], frozenset[tuple[int, int]]]
"""The members, what was committed as (place, term), and who has led as (term, node)."""


@dataclass(frozen=True)
class Found:
    """What a search came to: the promise that broke ("" if none did), the shortest schedule that breaks it, and the
    ``states`` that were seen. ``elected`` says whether anybody ever won."""

    broke: str
    schedule: tuple[str, ...]
    states: int
    elected: bool


class Schedules:
    """The schedules under two rules. Terms run up to ``terms`` and logs up to ``entries``; each log begins with one
    committed entry of term 1."""

    def __init__(
        self,
        vote: Callable[[Node, Ask], Vote] = grant_vote,
        commit: Callable[[Sequence[int], Sequence[int], int, int], int] = commit_index,
        *,
        terms: int = 5,
        entries: int = 3,
        forgetful: bool = False,
    ) -> None:
        self.terms, self.entries, self.forgetful = terms, entries, forgetful

        @functools.cache
        def voted(
            term: int, has: int, log: _Log, asked: int, candidate: int, last: int, length: int
        ) -> tuple[int, int, bool]:
            node: Node = {"term": term, "voted_for": "" if has == NOBODY else str(has), "log": [*log]}
            answer = vote(
                node, {"term": asked, "candidate": str(candidate), "last_term": last, "length": length}
            )
            return (
                answer["term"],
                NOBODY if answer["voted_for"] == "" else int(answer["voted_for"]),
                answer["granted"],
            )

        @functools.cache
        def committed(log: _Log, match: tuple[int, int], term: int, known: int) -> int:
            return commit([*log], [*match], term, known)

        self._voted, self._committed = voted, committed

    def search(self, most: int = 500_000) -> Found:
        """The shortest schedule that breaks a promise, or none in all schedules within the bounds.

        Raises ``RuntimeError`` after ``most`` states. O(states × events) in time and memory.
        """
        members = tuple((1, NOBODY, (1,), False, (0, 0, 0)) for _ in NODES)
        return self._search((members, frozenset({(0, 1)}), frozenset()), most, events=100)

    def told(self, events: int) -> dict[str, Any]:
        """A search among schedules of at most so many events that begin with node 0 elected by 0 and 1 (nodes are alike, and
        a leader comes first), as plain data: what broke, after how many events, and whether anybody was elected after that."""
        leader: _Member = (2, 0, (1,), True, (1, 0, 0))
        voter: _Member = (2, 0, (1,), False, (0, 0, 0))
        other: _Member = (1, NOBODY, (1,), False, (0, 0, 0))
        begun: _State = ((leader, voter, other), frozenset({(0, 1)}), frozenset({(2, 0)}))
        found = self._search(begun, 500_000, events - 1)
        return {
            "broke": found.broke,
            "events": len(found.schedule) + bool(found.broke),
            "elected": found.elected,
        }

    def _search(self, start: _State, most: int, events: int) -> Found:
        came: dict[_State, tuple[str, _State] | None] = {start: None}
        layer, elected = [start], False
        for _ in range(events):
            if not layer:
                break
            following = []
            for state in layer:
                for event, after, broke in self._events(state):
                    if broke:
                        return Found(broke, (*_path(came, state), event), len(came), True)
                    elected = elected or len(after[2]) > len(start[2])
                    if after not in came:
                        came[after] = event, state
                        following.append(after)
            if len(came) > most:
                raise RuntimeError(f"more than {most} states; take fewer terms or entries")
            layer = following
        return Found("", (), len(came), elected)

    def _events(self, state: _State) -> Iterator[tuple[str, _State, str]]:
        for node in NODES:
            yield from self._elections(state, node)
            yield from self._appends(state, node)
            yield from self._sends(state, node)
            if self.forgetful and state[0][node][1] != NOBODY:
                term, _, log, _, _ = state[0][node]
                yield f"restart {node}", _with(state, {node: (term, NOBODY, log, False, (0, 0, 0))}), ""

    def _elections(self, state: _State, node: int) -> Iterator[tuple[str, _State, str]]:
        members, done, led = state
        term, _, log, _, _ = members[node]
        if term >= self.terms:
            return
        for size in (1, 2):
            for reached in combinations([other for other in NODES if other != node], size):
                changed: dict[int, _Member] = {}
                votes = 1
                for other in reached:
                    before, has, theirs, leads, match = members[other]
                    now, gave, granted = self._voted(
                        before, has, theirs, term + 1, node, log[-1] if log else 0, len(log)
                    )
                    votes += granted
                    still = leads and now == before
                    changed[other] = now, gave, theirs, still, match if still else (0, 0, 0)
                wins = votes >= 2
                known = [0, 0, 0]
                if wins:
                    known[node] = len(log)
                changed[node] = term + 1, node, log, wins, (known[0], known[1], known[2])
                after = _with(state, changed)
                if not wins:
                    yield f"{node} asks {_told(reached)} in vain", after, ""
                    continue
                two = any(at == term + 1 and who != node for at, who in led)
                lost = any(place >= len(log) or log[place] != what for place, what in done)
                won = after[0], done, led | {(term + 1, node)}
                yield (
                    f"{node} is elected by {_told((node, *reached))}",
                    won,
                    TWO if two else LOST if lost else "",
                )

    def _appends(self, state: _State, node: int) -> Iterator[tuple[str, _State, str]]:
        term, has, log, leads, match = state[0][node]
        if leads and len(log) < self.entries:
            more = [*match]
            more[node] += 1
            after = _with(state, {node: (term, has, (*log, term), True, (more[0], more[1], more[2]))})
            yield f"{node} appends", after, ""

    def _sends(self, state: _State, node: int) -> Iterator[tuple[str, _State, str]]:
        members, done, led = state
        term, has, log, leads, match = members[node]
        if not leads:
            return
        for other in NODES:
            before, gave, theirs, _, _ = members[other]
            if other == node or before > term:
                continue
            has_all = theirs[: len(log)] == log
            shared = [*match]
            shared[node] = shared[other] = len(log)
            followers = tuple(shared[each] for each in NODES if each != node)
            count = self._committed(log, (followers[0], followers[1]), term, 0)
            now = done | {(place, log[place]) for place in range(count)}
            changed = {
                other: (
                    term,
                    gave if before == term else NOBODY,
                    theirs if has_all else log,
                    False,
                    (0, 0, 0),
                ),
                node: (term, has, log, True, (shared[0], shared[1], shared[2])),
            }
            split = len({place for place, _ in now}) < len(now)
            yield f"{node} sends to {other}", (_with(state, changed)[0], now, led), SPLIT if split else ""


def _with(state: _State, changed: dict[int, _Member]) -> _State:
    members = tuple(changed.get(node, member) for node, member in enumerate(state[0]))
    return members, state[1], state[2]


def _path(came: dict[_State, tuple[str, _State] | None], state: _State) -> list[str]:
    events = []
    step = came[state]
    while step is not None:
        events.append(step[0])
        step = came[step[1]]
    return events[::-1]


def _told(nodes: Sequence[int]) -> str:
    return " and ".join(map(str, sorted(nodes)))
