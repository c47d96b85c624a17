"""A replicated store by quorums: reads and writes go to all copies and wait for some.

Gifford, "Weighted Voting for Replicated Data" (SOSP 1979); with versions and read repair as in DeCandia et al., "Dynamo"
(SOSP 2007), sections 4.5 and 5.
"""

from collections.abc import Sequence
from itertools import islice

from course.systems.cluster.errors import BadQuorum, NoQuorum
from course.systems.cluster.replicas import Network
from course.systems.cluster.versions import Clock, Version, merged, reconcile


class Quorum:
    """A store of ``copies`` replicas whose reads wait for ``r`` answers and whose writes wait for ``w``.

    ``network`` holds the replicas and the messages (:class:`~course.systems.cluster.replicas.Network`); ``seed`` decides
    in which order replicas answer. Raises ``BadQuorum`` unless 1 <= ``r`` <= ``copies``, and ``w`` likewise.
    """

    def __init__(self, copies: int, r: int, w: int, *, seed: int = 0) -> None:
        if not (1 <= r <= copies and 1 <= w <= copies):
            raise BadQuorum(copies, r, w)
        self.r, self.w = r, w
        self.network = Network(copies, seed)

    def read(self, key: str) -> list[Version]:
        """What ``reconcile`` makes of the versions of ``key`` at the first ``r`` replicas that answer.

        Asks all (``self.network.ask``, once) and waits for ``r`` answers, never for more. Before it returns, each of *those*
        replicas that lacks a version which ``reconcile`` kept has got it (``self.network.send``, one message a
        version that is lacking, none to others): so a later read that meets one of them sees no less. Of a key that
        nobody has written ``[]``. Raises ``NoQuorum(r, got)`` where only ``got`` answers can come; nothing is repaired
        then. Complexity: one request to all, and a message a repair.
        """
        answers = dict(islice(self.network.ask(lambda replica: replica.get(key)), self.r))
        if len(answers) < self.r:
            raise NoQuorum(self.r, len(answers))
        found = reconcile([version for kept in answers.values() for version in kept])
        for index, kept in answers.items():
            for version in found:
                if version not in kept:
                    self.network.send(index, lambda replica, version=version: replica.put(key, version))  # type: ignore[misc]
        return found

    def write(self, key: str, value: str, seen: Sequence[Clock], writer: str, stamp: float) -> Version:
        """Store ``value`` as a new version of ``key`` and return it, once ``w`` replicas have acknowledged it.

        ``seen`` are the clocks of the versions that the writer read before; the new clock has seen all of that
        (``merged``) and one write of ``writer`` more. It is sent to all replicas (``self.network.ask``, once), the
        slow ones get it later. Raises ``NoQuorum(w, got)`` where only ``got`` acknowledgements can come. That write is
        *not* taken back: who got it has it, and a reader may see it. Changes no clock in ``seen``. Complexity: one request to all.
        """
        clock = merged(seen)
        clock[writer] = clock.get(writer, 0) + 1
        version: Version = {"value": value, "clock": clock, "stamp": stamp, "writer": writer}
        acknowledged = list(islice(self.network.ask(lambda replica: replica.put(key, version)), self.w))
        if len(acknowledged) < self.w:
            raise NoQuorum(self.w, len(acknowledged))
        return version
