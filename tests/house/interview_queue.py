"""A small interview for the engine's own tests: an M/M/c queue with a door, by its exact stationary distribution."""

from collections.abc import Mapping
from typing import Any

from course.checking.subject import each
from course.interview import Knob, Naive, Replies, Round, Scenario, Slo

STATES = 300
SAID = Replies(
    weak="More servers.",
    good="Names the load in servers' worth of work.",
    strong="Says who is refused, and what that costs.",
)


class Door:
    """The reference's object: lets a request wait while a place is free."""

    def __init__(self, places: int) -> None:
        self.places = places

    def admits(self, waiting: int) -> bool:
        return waiting < self.places


class OpenDoor(Door):
    """The naive object: everybody may wait."""

    def admits(self, waiting: int) -> bool:
        return True


class UnwrittenDoor(Door):
    def admits(self, waiting: int) -> bool:
        raise NotImplementedError("your code here")


class BrokenDoor(Door):
    def admits(self, waiting: int) -> bool:
        return [True, False][waiting]


def queue(servers: int, per_second: float, service_ms: float, admits: list[bool]) -> dict[str, float]:
    """Mean wait, share refused and cost of a birth-death queue; ``admits[w]``: whether one more may wait behind w."""
    erlangs = per_second * service_ms / 1000
    weight, total, refused, waited, arrived = 1.0, 0.0, 0.0, 0.0, 0.0
    for n in range(STATES):
        total += weight
        enters = n < servers or admits[n - servers]
        if enters:
            arrived += weight
            waited += weight * max(0, n - servers + 1) * service_ms / servers
        else:
            refused += weight
            break
        weight *= erlangs / min(n + 1, servers)
        if weight > 1e200:
            weight, total, waited, arrived = (x / 1e200 for x in (weight, total, waited, arrived))
    return {"wait_ms": waited / arrived, "shed": 100 * refused / total, "cost": float(servers)}


def run(design: Mapping[str, Any], under: Round, Gate: Any = None) -> dict[str, float]:
    servers, places = int(design["servers"]), int(design["places"])
    if Gate is None:
        admits = [waiting < places for waiting in range(STATES)]
    else:
        admits = each(Gate(places).admits, list(range(STATES)), as_=bool)
    speed = {"plain": 1.0, "fast": 1.25}[design["kind"]]
    found = queue(servers, float(under.load["per_second"]), float(under.load["service_ms"]) / speed, admits)
    return found | {"cost": found["cost"] * (2.0 if design["kind"] == "fast" else 1.0)}


def slo(metric: str, limit: float) -> Slo:
    labels = {"wait_ms": ("mean wait", "ms"), "shed": ("requests refused", "%"), "cost": ("cost", "$/h")}
    label, unit = labels[metric]
    return Slo(metric, limit, unit=unit, label=label)


def a_round(
    name: str,
    line: str,
    per_second: float,
    service_ms: float,
    presses: str,
    relaxes: tuple[str, ...] = (),
    **limits: float,
) -> Round:
    slos = tuple(slo(metric, limit) for metric, limit in limits.items())
    load: dict[str, float | str] = {"per_second": per_second, "service_ms": service_ms}
    return Round(name, line, load, slos, presses, "wait_ms", SAID, relaxes)


ROUNDS = (
    a_round(
        "Steady",
        "Eighty requests a second, a tenth of a second of work each. Nobody should notice a queue.",
        80,
        100,
        "",
        wait_ms=50,
        shed=1,
        cost=40,
    ),
    a_round(
        "Spike",
        "A launch doubles the traffic. You may turn a few away, but those you take must not wait.",
        160,
        100,
        "wait_ms",
        wait_ms=60,
        shed=5,
    ),
    a_round(
        "Slow",
        "A dependency became slow: every request now takes half as long again.",
        80,
        150,
        "shed",
        shed=2,
        wait_ms=80,
    ),
    a_round(
        "Crowd",
        "A crowd: four times the traffic. The service must answer somebody.",
        320,
        100,
        "shed",
        wait_ms=120,
        shed=60,
    ),
    a_round(
        "Half",
        "The budget is halved, at the launch's traffic. Refusing one in five is accepted now; waiting is not.",
        160,
        100,
        "cost",
        ("shed",),
        cost=14,
        shed=20,
        wait_ms=60,
    ),
)

DESIGNS = {
    "Steady": {"servers": 12, "places": 20, "kind": "plain"},
    "Spike": {"servers": 22, "places": 20, "kind": "plain"},
    "Slow": {"servers": 22, "places": 20, "kind": "plain"},
    "Crowd": {"servers": 22, "places": 20, "kind": "plain"},
    "Half": {"servers": 14, "places": 6, "kind": "plain"},
}

SCENARIO = Scenario(
    id="day02",
    title="A pool of servers behind a door",
    opening="One service, one pool of servers. Requests arrive when they please. Size it for me, and say what gives first.",
    clarify=(
        ("Are arrivals even?", "No: independent of each other."),
        ("May I refuse?", "Yes, within the budget."),
    ),
    knobs=(
        Knob("servers", "servers in the pool", (1, 60, True), default=8),
        Knob("places", "places to wait", (0, 200, True), default=200),
        Knob("kind", "kind of machine", ("plain", "fast"), default="plain"),
    ),
    rounds=ROUNDS,
    run=run,
    probes={
        "wait_ms": "Where does the wait come from, and what would you shorten first?",
        "shed": "Whom do you refuse, and what do they see?",
        "cost": "What are you paying for that nobody uses?",
    },
    reference=lambda round: DESIGNS[round.name],
    naive=Naive(objects=(OpenDoor,), fails_round="Crowd", fails_metric="wait_ms"),
)


def move(round: int, predict: object = 10.0, **design: object) -> dict[str, object]:
    return {"round": round, "design": design, "predict": predict}


__all__ = [
    "DESIGNS",
    "ROUNDS",
    "SCENARIO",
    "BrokenDoor",
    "Door",
    "OpenDoor",
    "UnwrittenDoor",
    "a_round",
    "move",
    "queue",
    "run",
    "slo",
]
