"""What a cascade is made of, and what it leaves behind: stages, and an event for each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

Score = Callable[[Sequence[int]], Mapping[int, float]]
"""A judge: gets ids, gives a score for each, larger for better. It may leave some out."""
Outcome = Literal["judged", "partial", "skipped", "failed"]


@dataclass(frozen=True)
class Stage:
    """One judge of a cascade.

    It judges the first ``depth`` documents (0 or more) of the order that it finds, and is expected to take ``cost_ms``. No document ends
    more than ``rise`` places above where the stage found it; None is no limit.
    """

    name: str
    depth: int
    cost_ms: float
    score: Score
    rise: int | None = None


class Event(TypedDict):
    """What one stage did. The lists are empty where it was ``skipped`` or ``failed``."""

    stage: str
    outcome: Outcome
    scores: dict[int, float]  # by id, of those that have one
    before: list[int]  # what it judged, in the order in which it found it
    wanted: list[int]  # the same, in the order that the scores ask for
    after: list[int]  # the same, once no document rises too far


class Reranked(TypedDict):
    """``ids``, best first, and an event for each stage, in the order of the stages."""

    ids: list[int]
    events: list[Event]


def unasked(stage: Stage) -> Event:
    """The event of a stage that was not asked: ``skipped``, with nothing in it."""
    return Event(stage=stage.name, outcome="skipped", scores={}, before=[], wanted=[], after=[])
