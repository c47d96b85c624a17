"""Day 2's interview: a pool of workers in six constraints, measured on a simulated pool whose dispatcher is the learner's."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject, there
from course.days.day02_queues_and_load.pool import DISPATCH_MS, RANDOM, SHARED, TWO, measure
from course.days.day02_queues_and_load.traffic import REQUESTS, WORK_MS, drawn
from course.interview import (
    SHARE,
    Assumed,
    Before,
    Complexity,
    Design,
    Estimate,
    Knob,
    Naive,
    Production,
    Replies,
    Round,
    Scenario,
    Side,
    Slo,
    Tenfold,
)
from course.systems.simulate.traffic_log import TrafficLog

STEADY = {"rate": 200}
MANY = {"rate": 3000}
HEAVY = MANY | {"cv": 4}
SPIKE = HEAVY | {"spike": 3}
SLOW = SPIKE | {"slow": 0.1}


def run(
    design: Mapping[str, Any], under: Round, lindley: Subject, erlang: Subject, size: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load; the learner's `lindley_waits` says how long the dispatcher takes."""
    return measure(design, under.load, lindley)


def _formula(servers: int, lindley: Subject, erlang: Subject, size: Subject) -> tuple[Any, Sequence[Any]]:
    """Erlang's formula for so many servers, nine tenths busy."""
    return erlang, [(0.9 * servers, servers)] * 3


def _sized(requests: int, lindley: Subject, erlang: Subject, size: Subject) -> tuple[Any, Sequence[Any]]:
    """Sizing a pool from a log of so many requests, about two servers' worth."""
    gaps, work = drawn({"rate": 40}, 2)
    log = there(size, TrafficLog)(gaps[:requests], work[:requests])
    return size, [(log, 2 * WORK_MS)] * 3


def _wait(limit: float) -> Slo:
    return Slo("p99", limit, unit="ms", label="99th percentile of the wait of those who are served")


def _refused(limit: float) -> Slo:
    return Slo("refused", limit, unit=SHARE, label="requests refused", of=REQUESTS)


def _cost(limit: float) -> Slo:
    return Slo("cost", limit, label="workers for each ten that the work keeps busy")


def _design(servers: int, dispatch: str, limit: int) -> Design:
    return {"servers": servers, "dispatch": dispatch, "limit": limit}


REFERENCE: Mapping[str, Design] = {
    "steady": _design(14, SHARED, 0),
    "many": _design(20, TWO, 0),
    "heavy": _design(20, TWO, 100),
    "spike": _design(22, TWO, 125),
    "slow": _design(22, TWO, 150),
    "finance": _design(18, TWO, 75),
}

SCENARIO = Scenario(
    id="day02",
    title="A pool of workers",
    opening=(
        "A gateway gets 200 requests a second. Each keeps one worker busy for 50 milliseconds, on average. How many workers, "
        "and when does that answer stop being true?"
    ),
    clarify=(
        (
            "Is that the mean rate or the peak, and over which window?",
            "The mean of the busiest hour. Within it arrivals look random, until I say otherwise.",
        ),
        (
            "How much does the work vary from request to request?",
            "Today as an exponential distribution: its standard deviation is as large as its mean, 50 ms.",
        ),
        (
            "What does a shared queue cost?",
            f"Somebody hands out the requests. A dispatcher takes {DISPATCH_MS} ms for each, and handles one at a time.",
        ),
        (
            "May we refuse a request, and what does that cost?",
            "At first no. Later yes: a refused client is told so at once and when to come again, and I count every one.",
        ),
        (
            "Do clients send in batches, or retry by themselves?",
            "Not today. Say what would change if they did, before you promise anything.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "busy workers, on average",
                "workers",
                10,
                within=1.25,
                how="200 × 50 / 1000 = 10",
            ),
            Estimate(
                "requests a second at which the dispatcher of one shared queue is always busy",
                "requests/s",
                1000 / DISPATCH_MS,
                within=1.25,
                asks=("What does a shared queue cost?",),
                how="1000 / 0.4 = 2,500",
            ),
            Estimate(
                "seconds from the beginning of a rush until its backlog is gone",
                "s",
                120,
                within=1.3,
                given="For 60 seconds three times the traffic comes, so 30 workers' worth; the pool has 20 workers.",
                how="60 + 60 × (30 − 20) / (20 − 10) = 120",
            ),
        ),
        data=(
            "submit(request: bytes, deadline_ms: int) -> answer: bytes\n"
            "refuse(request: bytes) -> retry_after_ms: int\n"
            "waiting request: dispatcher, key request id, used at worker\n"
            "running request: worker, key request id\n"
            "outstanding work of a worker: dispatcher, key worker\n"
            "refusal: dispatcher, key request id, used at client"
        ),
        path="client -> dispatcher -> worker ×14",
    ),
    knobs=(
        Knob(
            "servers",
            "workers for each ten that the work keeps busy",
            (11, 32, True),
            default=11,
            grid=(11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 28, 32),
        ),
        Knob("dispatch", "how a request finds a worker", choices=(SHARED, RANDOM, TWO), default=SHARED),
        Knob(
            "limit",
            "longest wait that is let in, in ms; who would wait longer is refused at the door (0: all are let in)",
            choices=(0, 50, 75, 100, 125, 150, 175, 200),
            default=0,
        ),
    ),
    rounds=(
        Round(
            name="steady",
            line="Two hundred a second, as I said. Ninety-nine of a hundred wait at most 50 ms, nobody is refused, and I pay for at most half as many workers again as are busy.",
            load=STEADY,
            slos=(_wait(50), _refused(0), _cost(15)),
            presses="p99",
            predicts="p99",
            replies=Replies(
                weak="“Two hundred times fifty milliseconds is ten workers, and autoscale at 80%.” Ten are busy; how long does the eleventh request wait?",
                good="Says the offered load, then the workers that keep the wait, and that the two are different numbers.",
                strong="Says what the formula assumes, random arrivals and exponential work, before anybody asks.",
            ),
        ),
        Round(
            name="many",
            line="It works, and here is fifteen times the traffic. You may have 120 ms now, and twice as many workers as are busy.",
            load=MANY,
            slos=(_wait(120), _refused(0), _cost(20)),
            presses="p99",
            relaxes=("p99", "cost"),
            predicts="p99",
            replies=Replies(
                weak="More workers. (They are not what is full.)",
                good="Works out that the dispatcher needs more than a second of work each second, and gives each worker a queue of its own.",
                strong="Looks at two workers and takes the one with less to do, and says why a blind choice is so much worse.",
            ),
        ),
        Round(
            name="heavy",
            line="Answers are as long as they like now: the standard deviation of the work is four times its mean. You may refuse five requests in a hundred.",
            load=HEAVY,
            slos=(_wait(120), _refused(0.05), _cost(20)),
            presses="p99",
            relaxes=("refused",),
            predicts="refused",
            replies=Replies(
                weak="Buys workers: one answer of a minute still stands in front of whoever is behind it.",
                good="Refuses at the door who would wait too long, and counts them.",
                strong="Says that the door must know the wait to judge it, and what happens when it guesses.",
            ),
        ),
        Round(
            name="spike",
            line="A tenth of the day's requests now come at three times the rate. You still refuse at most five in a hundred; I pay for two workers more.",
            load=SPIKE,
            slos=(_wait(120), _refused(0.05), _cost(22)),
            presses="refused",
            relaxes=("cost",),
            predicts="refused",
            replies=Replies(
                weak="Sizes for the peak, or says that autoscaling will see to it. It starts when the rush is half over.",
                good="Works out the backlog: the rush's surplus, divided by what is free afterwards.",
                strong="Lets those wait who can still be served in time, and says who is refused in the rush and who is not.",
            ),
        ),
        Round(
            name="slow",
            line="A tenth of the machines run at half speed, and nobody knows which. There is no money. You may have 150 ms; but refuse four in a hundred, not five.",
            load=SLOW,
            slos=(_wait(150), _refused(0.04), _cost(22)),
            presses="refused",
            relaxes=("p99",),
            predicts="p99",
            replies=Replies(
                weak="“We take the slow machines out.” Nobody knows which they are.",
                good="Sees that the better of two by outstanding work goes around slow machines by itself.",
                strong="Trades waiting for refusing, and names the number that it moved.",
            ),
        ),
        Round(
            name="finance",
            line="Finance takes three workers of each twenty-two. Those whom we serve shall wait 75 ms at most. For that you may refuse eleven in a hundred.",
            load=SLOW,
            slos=(_wait(75), _refused(0.11), _cost(19)),
            presses="cost",
            relaxes=("refused",),
            predicts="refused",
            replies=Replies(
                weak="Keeps everybody and lets them wait.",
                good="Refuses earlier, and says how many.",
                strong="Asks who is refused: by class, by customer, by whether they come again and make it worse.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of Erlang's formula grow with the servers? And that of sizing a pool by your own function, with the requests in its log?",
            before=Side("Erlang's formula, with the servers", _formula, at=100),
            after=Side("sizing a pool, with the requests in the log", _sized, at=200),
            good="The formula is one step a server: exponent 1. A replay looks at every request once for each number of servers that it tries, and halving tries a handful: exponent 1 as well. Sized by the log's means alone, the log costs next to nothing.",
            on=("p99",),
        ),
        Tenfold(
            ask="Ten times the requests, and ten times the workers by the same rule. Which promise breaks first?",
            times={"rate": 10},
            good="None of the money: the rule is a share. A large pool waits less than a small one, unless everything passes through one dispatcher; ask how busy that one is.",
            rounds=("steady", "many", "heavy"),
        ),
        Production(
            good=(
                "Waiting requests over workers, each minute: alarm above one half for a minute; refusals and waits beyond the limit, "
                "both as shares, in one picture. A new limit goes to one worker group in ten first; it is rolled back by its "
                "flag, before anybody touches the number of workers."
            ),
        ),
        Assumed(
            good=(
                "That the door knows each wait, that the load of a worker is known the moment it changes, that clients do not come "
                "again when they are refused, that the mean work holds still. The third would hurt most: refusals then make load."
            ),
        ),
    ),
    run=run,
    probes={
        "p99": "They wait too long. Is it the workers who are busy, or whoever stands before them? How do you tell?",
        "refused": "You turn people away. Whom, and would they have been served in time?",
        "cost": "You pay for more than I gave you. What do the idle ones wait for?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=_design(14, SHARED, 0),
        fails_round="many",
        fails_metric="p99",
    ),
    safety=("refused",),
)
