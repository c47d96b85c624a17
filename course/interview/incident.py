"""An incident: something went wrong at a stated minute, every graph costs one minute, and the cause has to be named and proved.

A day gives the graphs of each cause as data (:class:`Incident`); :class:`Investigation` holds the rules of play. Pure, as the
rest of the interview's engine. A graph tells by whether it rose, fell or stayed, against the hour before.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from course.interview.scenario import Refused, shown

WRONG = 5
"""Minutes that a wrong name costs: what was mended was not broken."""


@dataclass(frozen=True)
class Graph:
    """What one may look at: its name, its unit, and the value of the calm hour before. ``digits`` after the point; at ``times`` that value, or
    its ``times``-th part, it has moved."""

    name: str
    calm: float
    unit: str = ""
    digits: int = 0
    times: float = 1.6

    def words(self, value: float) -> str:
        return f"{value:,.{self.digits}f}" + (f" {self.unit}" if self.unit else "")


@dataclass(frozen=True)
class Cause:
    """What may have happened: ``values`` of the graphs that it moves, by name, and what mends it."""

    name: str
    values: Mapping[str, float]
    mend: str


@dataclass(frozen=True)
class Incident:
    """A drill. ``id`` is the day or the mock that it belongs to, ``opening`` what one is told at the start, ``minute`` what
    a minute costs, in words."""

    id: str
    title: str
    opening: str
    minute: str
    graphs: tuple[Graph, ...]
    causes: tuple[Cause, ...]

    def graph(self, name: object) -> Graph:
        """The graph of that name; raises :class:`~course.interview.scenario.Refused` with those there are."""
        for graph in self.graphs:
            if graph.name == name:
                return graph
        raise Refused(f"there is no graph {shown(name)}; there are {_listed(self.graphs)}")

    def cause(self, name: object) -> Cause:
        """The cause of that name; raises :class:`~course.interview.scenario.Refused` with those there are."""
        for cause in self.causes:
            if cause.name == name:
                return cause
        raise Refused(f"there is no cause {shown(name)}; there are {_listed(self.causes)}")

    def moves(self, graph: Graph, cause: Cause) -> int:
        """How ``cause`` moves ``graph`` against the calm hour: 1 up, −1 down, 0 not to speak of."""
        now = cause.values.get(graph.name, graph.calm)
        least = 1e-3  # of a share or a count that is 0 when all is calm
        ratio = (now + least) / (graph.calm + least)
        return 1 if ratio >= graph.times else -1 if ratio <= 1 / graph.times else 0

    def left(self, looked: Iterable[Graph], cause: Cause) -> tuple[Cause, ...]:
        """The causes that would have shown the same on every graph of ``looked``."""
        seen = [(graph, self.moves(graph, cause)) for graph in looked]
        return tuple(
            each for each in self.causes if all(self.moves(graph, each) == move for graph, move in seen)
        )

    @functools.cached_property
    def plan(self) -> "Plan":
        """The fewest graphs in which every cause can be told from the others, by trying all orders."""
        return _fewest(self, self.causes)


@dataclass(frozen=True)
class Plan:
    """Graphs that the best way takes: ``mean`` over the causes, ``worst`` of them, and which it may begin with. ``mean`` is
    inf where two causes look alike on every graph."""

    mean: float
    worst: float
    first: tuple[str, ...] = ()


def _fewest(incident: Incident, causes: Sequence[Cause]) -> Plan:
    @functools.cache
    def total(left: frozenset[str]) -> tuple[float, float, tuple[str, ...]]:
        """(graphs of all causes together, of the worst, what to look at first)."""
        if len(left) < 2:
            return 0.0, 0.0, ()
        best: tuple[float, float, tuple[str, ...]] = (float("inf"), float("inf"), ())
        for graph in incident.graphs:
            parts: dict[int, set[str]] = {}
            for cause in causes:
                if cause.name in left:
                    parts.setdefault(incident.moves(graph, cause), set()).add(cause.name)
            if len(parts) > 1:
                found = [total(frozenset(part)) for part in parts.values()]
                cost = len(left) + sum(each[0] for each in found), 1 + max(each[1] for each in found)
                if cost < best[:2]:
                    best = *cost, (graph.name,)
                elif cost == best[:2]:
                    best = *cost, (*best[2], graph.name)
        return best

    whole, worst, first = total(frozenset(cause.name for cause in causes))
    return Plan(whole / max(1, len(causes)), worst, first)


@dataclass(frozen=True)
class Named:
    """A cause that was named, and with which graph it was to be proved. ``left`` are the causes that what was seen allows;
    ``proof`` says whether another reading of that graph would have refuted the name."""

    cause: str
    graph: str
    right: bool
    proof: bool
    left: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """Right, with no other cause left, and with a graph that could have said no."""
        return self.right and self.proof and len(self.left) == 1


class Investigation:
    """One play: ``cause`` is what happened, which the player does not know."""

    def __init__(self, incident: Incident, cause: str) -> None:
        self.incident, self.cause = incident, incident.cause(cause)
        self.looked: list[Graph] = []
        self.named: list[Named] = []

    @property
    def over(self) -> bool:
        """Whether the cause was named rightly."""
        return any(name.right for name in self.named)

    @property
    def minutes(self) -> int:
        """A graph is one, a wrong name :data:`WRONG`."""
        return len(self.looked) + WRONG * sum(not name.right for name in self.named)

    @property
    def left(self) -> tuple[Cause, ...]:
        """The causes that everything seen allows; those that were named wrongly are out."""
        wrong = [name.cause for name in self.named if not name.right]
        return tuple(each for each in self.incident.left(self.looked, self.cause) if each.name not in wrong)

    def value(self, graph: Graph) -> float:
        return self.cause.values.get(graph.name, graph.calm)

    def look(self, name: object) -> Graph:
        """Look at a graph; the same one again costs nothing. Raises :class:`~course.interview.scenario.Refused`."""
        graph = self.incident.graph(name)
        if graph not in self.looked and not self.over:
            self.looked.append(graph)
        return graph

    def name(self, cause: object, graph: object) -> Named:
        """Name the cause, and the graph that would have refuted it, one that was looked at.

        Raises :class:`~course.interview.scenario.Refused` for a name that is none, for a graph that was not looked at, and
        once it is over."""
        if self.over:
            raise Refused("the cause is named; play another one")
        said, proof = self.incident.cause(cause), self.incident.graph(graph)
        if proof not in self.looked:
            raise Refused(f"nobody has looked at “{proof.name}”; name a graph that you have seen")
        moved = self.incident.moves(proof, self.cause)
        would = self.incident.moves(proof, said)
        could = would == moved and any(
            self.incident.moves(proof, each) != moved for each in self.incident.causes
        )
        found = Named(
            said.name, proof.name, said == self.cause, could, tuple(each.name for each in self.left)
        )
        self.named.append(found)
        return found


def _listed(items: Iterable[Graph | Cause]) -> str:
    return ", ".join(f"“{each.name}”" for each in items)
