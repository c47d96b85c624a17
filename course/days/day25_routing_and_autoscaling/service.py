"""Day 25's measure: a fleet of replicas with the learner's own choices, routes and autoscaler."""

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from course.checking.subject import Subject, plain, there
from course.systems.serving.fleet_trial import FleetTrial

_TRIALS: WeakKeyDictionary[Subject, Any] = WeakKeyDictionary()


def measure(
    design: Mapping[str, Any], load: Mapping[str, float], two: Subject, affinity: Subject, scaler: Subject
) -> dict[str, float]:
    """What a design does under a load, played where the learner's objects live: see
    :meth:`~course.systems.serving.fleet_trial.FleetTrial.told`.
    """
    if scaler not in _TRIALS:
        _TRIALS[scaler] = there(scaler, FleetTrial)(two, affinity, scaler)
    told: dict[str, float] = plain(_TRIALS[scaler].told(dict(design), dict(load)), dict[str, float])
    return told
