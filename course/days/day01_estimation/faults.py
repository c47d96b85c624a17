"""Day 1's faults: which resource of a leaf breaks its promise under which, on the fleet that the learner's own code sized."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from course.checking.port import subjects
from course.checking.subject import Subject, each, plain, there
from course.days.day01_estimation.interview import MILLION, SCRAPED
from course.days.day01_estimation.service import look_up, machine_of, searched, sized
from course.notebook.breaking import Promise, Run, under_fault
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.blocks import Text
from course.notebook.screens.page import Page
from course.systems.simulate.estimate import fleet_size
from course.systems.simulate.parts import Fleet, Resource, Work
from course.systems.simulate.vector_bytes import document_bytes

DESIGN: Mapping[str, Any] = {"codec": "int8", "memory": 256, "ttl": 60, "limit": 0}
CONNECTIONS = 1000
"""Connections that a leaf may have open: chosen."""
BUFFERS = 1e6
"""Bytes that a request holds while it is answered: chosen."""
STAY = 0.02  # chosen: seconds from a request's arrival at a leaf to its last answer from the document store


@dataclass(frozen=True)
class Fault:
    """What changes: the ``load``, the design's ``ttl``, ``zones`` of three that are left, how long a request ``stays``,
    and the ``numbers`` of a vector."""

    load: Mapping[str, float]
    ttl: int = 60
    zones: int = 3
    stays: float = STAY
    numbers: int = 768


CALM = Fault(MILLION)
FAULTS: Mapping[str, Fault] = {
    "the cache is emptied": Fault(MILLION, ttl=0),
    "one zone of three is lost": Fault(MILLION, zones=2),
    "the document store answers three times slower": Fault(MILLION, stays=3 * STAY),
    "vectors grow from 768 to 1,536 numbers": Fault(MILLION, numbers=1536),
    "every text doubles in length": Fault(MILLION),
    "three queries in ten come from a scraper": Fault({**SCRAPED, "accounts": 1e9}),
}
PROMISES = (
    Promise("processors", "share of a leaf's cores that is busy", 0.90),
    Promise("memory", "share of a leaf's memory that is in use", 1.00),
    Promise("connections", "share of a leaf's connections that is open", 0.95),
)


def under(fault: str, expected: Prediction, size: object, first: object) -> Page:
    """What the fault does to a leaf of the learner's own fleet: see :func:`~course.notebook.breaking.under_fault`."""
    size, first = played("day01", size, first)
    return under_fault(fault, expected, FAULTS, partial(_run, size, first), size, first)


def _run(size: object, first: object, fault: str) -> Run:
    own, bottleneck = subjects(size, first)
    fleet, said = _fleet(own)
    before, after = (_leaf(fleet, each) for each in (CALM, FAULTS[fault]))
    name, rate = plain(bottleneck(_made(bottleneck, after[1])), tuple[str, float])
    also = [
        Text(
            f"Your bottleneck under the fault: {name}, full at {rate:,.0f} requests a second. "
            f"A leaf gets {after[0]:,.0f}; in calm weather {before[0]:,.0f}."
        ),
        Text(said),
    ]
    return Run(PROMISES, _used(*before), _used(*after), also=also)


def _fleet(size: Subject) -> tuple[Fleet, str]:
    """The learner's fleet for the calm load; ours where theirs has no end."""
    case = (MILLION["documents"], searched(DESIGN, MILLION), DESIGN["codec"], DESIGN["memory"])
    own, ours = sized(size, *case), sized(subjects(fleet_size)[0], *case)
    if own or not ours:
        fleet = own or Fleet(1, 1)
        return fleet, f"Your fleet_size made {fleet.shards} shards × {fleet.copies} copies of it."
    return ours, (
        f"Your fleet_size says TooLarge here, so this is ours: {ours.shards} shards × {ours.copies} copies. "
        "Section 6 comes back to it."
    )


def _leaf(fleet: Fleet, fault: Fault) -> tuple[float, Sequence[Resource]]:
    """Requests a second that a leaf gets under the fault, and what it has."""
    lost = fleet.copies - fleet.copies * fault.zones // 3
    rate = searched({**DESIGN, "ttl": fault.ttl}, fault.load) / (fleet.copies - lost)
    documents = fault.load["documents"] / fleet.shards
    cores, memory, _ = machine_of(DESIGN["memory"])
    index = documents * document_bytes(DESIGN["codec"], fault.numbers)
    return rate, [
        Resource("processors", cores, Work(*look_up()).seconds(documents)),
        Resource("memory", memory, BUFFERS, index, fault.stays),
        Resource("connections", CONNECTIONS, 1, 0.0, fault.stays),
    ]


def _used(rate: float, resources: Sequence[Resource]) -> dict[str, float]:
    """The share of each resource that is in use at this rate."""
    held = {each.name: each.per_request * (1 if each.held_s is None else each.held_s) for each in resources}
    return {each.name: (each.fixed + rate * held[each.name]) / each.capacity for each in resources}


def _made(first: Subject, resources: Sequence[Resource]) -> list[Any]:
    """The resources, made where the learner's function lives."""
    return each(there(first, Resource), [tuple(vars(one).values()) for one in resources])
