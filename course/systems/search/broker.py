"""One search over many shards: scatter, gather, and answer in time whoever is away.

Barroso, Dean and Hölzle, "Web Search for a Planet" (IEEE Micro 23(2), 2003); Dean and Barroso, "The Tail at Scale" (2013).
"""

from collections.abc import Mapping, Sequence

from course.systems.search.answer import Answer, Network
from course.systems.search.errors import NoAnswer
from course.systems.search.hits import Hit
from course.systems.search.merge import merge_top_k
from course.systems.search.tickets import Tickets


class Broker:
    """Searches shards. ``copies`` names the machines that hold each, and no machine holds two; ``documents`` says how
    many documents each has, and not all have none. Neither is changed.

    It waits ``hedge_after`` ms for a shard before it asks another copy too, and ``deadline`` ms for all; both are 0 or
    more, and ``hedge_after`` may be infinite.
    """

    def __init__(
        self,
        network: Network,
        copies: Mapping[str, Sequence[str]],
        documents: Mapping[str, int],
        hedge_after: float,
        deadline: float,
    ) -> None:
        self.network, self.copies, self.documents = network, copies, documents
        self.hedge_after, self.deadline = hedge_after, deadline

    def search(self, query: str, k: int, ask: int) -> Answer:
        """The ``k`` best of all shards, each of which is asked for its ``ask`` best, by the deadline.

        At once every shard is asked at one copy; which one is left to you. A machine that is known to be dead is passed
        over, and another copy takes its place. Every shard that has not answered after ``hedge_after`` ms is asked at one
        more copy, once, if that is before the deadline. Where a connection breaks, one more copy is asked at once, unless
        the shard has answered. No machine is asked twice in a search, and none is left out for what it did in an earlier one.

        The first answer of a shard counts, and no other. A ticket that this search did not get is of an earlier one, and
        means nothing. The search ends when every shard has answered or has nobody left who could, at the deadline at the
        latest. What comes just when a hedge is due, or just at the deadline, has come in time.

        Gives ``Answer(hits, again, coverage, missing, hedged)``. ``hits`` and ``again`` are what ``merge_top_k`` gives for the
        answers that came. ``coverage`` is the share of all documents that the shards with an answer have; ``missing`` are the
        others' names, sorted; ``hedged`` counts the requests that went out because ``hedge_after`` had passed. Raises
        ``NoAnswer()`` where no shard has answered, not even with an empty list.
        """
        import random

        began, draw = self.network.now(), random.Random(query)
        wake, end = began + min(self.hedge_after, self.deadline), began + self.deadline
        order = {name: draw.sample([*copies], len(copies)) for name, copies in self.copies.items()}
        tickets, answers, hedged = Tickets(self.network, query, ask), dict[str, Sequence[Hit]](), 0
        for shard in order:
            tickets.ask(shard, order[shard])
        while silent := tickets.silent(answers):
            came = self.network.receive(wake)
            if came is None and wake == end:
                break
            if came is None:
                hedged, wake = sum(tickets.ask(shard, order[shard]) for shard in silent), end
            elif (shard := tickets.take(came[0])) and shard not in answers:
                if came[1] is None:
                    tickets.ask(shard, order[shard])
                else:
                    answers[shard] = came[1]
        if not answers:
            raise NoAnswer
        hits, again = merge_top_k(answers, dict.fromkeys(answers, ask), k)
        covered = sum(self.documents[shard] for shard in answers) / sum(self.documents.values())
        return Answer(hits, again, covered, sorted(self.copies.keys() - answers.keys()), hedged)
