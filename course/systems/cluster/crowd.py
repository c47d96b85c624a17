"""A service with workers, and a crowd before it whose patience ends: who is answered in time."""

import heapq
import itertools
from dataclasses import dataclass

import numpy as np

from course.systems.cluster.lines import Chooser, Chosen, Line
from course.systems.cluster.shed import Request

WORKERS = 20
SERVICE_S = 0.02  # chosen: mean work of a request, so that twenty workers can do a thousand a second
PATIENCE_S = 1.0  # chosen: a request is worth something for so long
P95_S = 0.06  # chosen: 95 of 100 exponential times are below ln 20 = 3.0 times the mean
SEED = 1


@dataclass(frozen=True)
class Crowd:
    """Requests in the order of their arrival, the work of each in seconds, and the seconds for which they came.

    Those that came before 0 wait already: for a while so many have come as come now.
    """

    requests: list[Request]
    work_s: list[float]
    seconds: float


def crowd(
    load: float, seconds: float, *, seed: int = SEED, fixed: bool = False, important: float = 0.0
) -> Crowd:
    """Poisson arrivals at ``load`` times what the workers can do, exponential work (``fixed``: the same for all), and a
    share ``important`` of priority 0 among those of priority 1. Where ``load`` is above 1, a whole patience of them waits.
    """
    rng = np.random.default_rng(seed)
    rate = load * WORKERS / SERVICE_S
    before = PATIENCE_S if load > 1 else 0.0
    number = rng.poisson(rate * (seconds + before))
    times = np.sort(rng.uniform(-before, seconds, number)).tolist()
    work = np.full(number, SERVICE_S) if fixed else rng.exponential(SERVICE_S, number)
    classes = (rng.random(number) >= important).astype(int).tolist()
    requests: list[Request] = [
        {"id": i, "arrived_s": at, "deadline_s": at + PATIENCE_S, "priority": group}
        for i, (at, group) in enumerate(zip(times, classes, strict=True))
    ]
    return Crowd(requests, work.tolist(), seconds)


@dataclass(frozen=True)
class Served:
    """Shares of those who came, but for the first and the last patience: answered in time, answered too late, and refused at
    once; the rest was thrown away. They are shares of ``sample`` requests."""

    in_time: float
    late: float
    refused: float
    sample: int


def serve(comes: Crowd, line: Line) -> Served:
    """Let the workers work off the crowd in the order of ``line``. Complexity: O(n log workers) and what the line takes."""
    done, refused = _played(comes, line)
    counted = _counted(comes)
    in_time = sum(done.get(each["id"], np.inf) <= each["deadline_s"] for each in counted)
    answered = sum(each["id"] in done for each in counted)
    at_once = sum(each["id"] in refused for each in counted)
    whole = len(counted)
    return Served(in_time / whole, (answered - in_time) / whole, at_once / whole, whole)


def in_time_by_class(comes: Crowd, line: Line) -> tuple[float, float]:
    """The shares of the important and of the other requests that are answered in time, both as :func:`serve` counts."""
    done, _ = _played(comes, line)
    kept: tuple[list[bool], list[bool]] = [], []
    for each in _counted(comes):
        kept[each["priority"]].append(done.get(each["id"], np.inf) <= each["deadline_s"])
    important, other = (sum(group) / len(group) for group in kept)
    return important, other


def _counted(comes: Crowd) -> list[Request]:
    """Who came, but for the first and the last patience."""
    last_s = comes.seconds - PATIENCE_S
    return [each for each in comes.requests if PATIENCE_S <= each["arrived_s"] < last_s]


def _played(comes: Crowd, line: Line) -> tuple[dict[int, float], set[int]]:
    """When each request that was started was answered, by its id, and those that were refused at once."""
    begun = comes.requests[0]["arrived_s"] < 0.0  # then all are at work already, one free after the other
    busy = [SERVICE_S * number / WORKERS for number in range(WORKERS if begun else 0)]  # when each is free
    done: dict[int, float] = {}
    refused: set[int] = set()

    def start(request: Request, now_s: float) -> None:
        done[request["id"]] = now_s + comes.work_s[request["id"]]
        heapq.heappush(busy, done[request["id"]])

    ends: Request = {"id": -1, "arrived_s": np.inf, "deadline_s": np.inf, "priority": 0}
    for request in itertools.chain(comes.requests, [ends]):
        while busy and busy[0] <= request["arrived_s"]:
            now_s = heapq.heappop(busy)
            following = line.next(now_s)
            if following is not None:
                start(following, now_s)
        if request is ends:
            break
        if not line.add(request):
            refused.add(request["id"])
        elif len(busy) < WORKERS:
            following = line.next(request["arrived_s"])
            if following is not None:
                start(following, request["arrived_s"])
    return done, refused


class Shedding:
    """Twenty workers whose line is kept by ``choose``: for an implementation that lives elsewhere."""

    def __init__(self, choose: Chooser) -> None:
        self.choose = choose

    def useful(self, load: float, seconds: float) -> float:
        """Answers in time, over as many as came or as the workers can give, whichever is less."""
        found = serve(crowd(load, seconds), Chosen(self.choose, P95_S))
        return found.in_time * max(1.0, load)
