"""Day 8's interview: a service before which too many stand, in six constraints."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject, plain, there
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
from course.systems.cluster.front_door import Doors
from course.systems.cluster.shed import Request

CALM: dict[str, float] = {
    "people": 600,
    "burst": 2.2,
    "spike": 1,
    "abuse": 0,
    "batch": 0,
    "retry": 0.0,
    "failing": 0.0,
    "seconds": 30,
}
SPIKE = CALM | {"spike": 10, "burst": 1, "retry": 0.5}
ABUSE = CALM | {"abuse": 2000, "retry": 0.5}
FAILING = CALM | {"failing": 0.2, "retry": 0.5}
BATCH = ABUSE | {"batch": 150}


def run(design: Mapping[str, Any], under: Round, Bucket: Subject, choose: Subject) -> Mapping[str, float]:
    """Measure a design under a round's load; the quotas are kept by the learner's `TokenBucket`."""
    return measured(Bucket, design, under.load)


def measured(Bucket: Subject, design: Mapping[str, Any], load: Mapping[str, Any]) -> dict[str, float]:
    """What `Doors.measure` gives, with quotas that ``Bucket`` keeps."""
    found: dict[str, float] = plain(
        there(Bucket, Doors)(Bucket).measure(dict(design), dict(load)), dict[str, float]
    )
    return found


def _paused(seconds: int, Bucket: Subject, choose: Subject) -> tuple[Any, Sequence[Any]]:
    """Asking a bucket after so many seconds in which nobody did."""
    bucket = Bucket(2.0, 1000.0)
    return bucket.take, [(float(turn * seconds),) for turn in (1, 2, 3)]


def _waiting(number: int, Bucket: Subject, choose: Subject) -> tuple[Any, Sequence[Any]]:
    """Choosing out of so many who wait."""
    waiting: list[Request] = [
        {"id": i, "arrived_s": float(i), "deadline_s": 1e6 if i % 3 else 0.0, "priority": i % 2}
        for i in range(number)
    ]
    return choose, [(waiting, 1e4, 1.0)] * 3


def _good(limit: float) -> Slo:
    return Slo("good", limit, at_most=False, unit=SHARE, label="people's requests that are answered in time")


def _wait(limit: float) -> Slo:
    return Slo("wait", limit, unit="ms", label="99th percentile of the wait of people's requests")


def _useful(limit: float) -> Slo:
    return Slo(
        "useful",
        limit,
        at_most=False,
        unit=SHARE,
        label="answers in time while ten times as many come, over what the workers can give",
    )


def _wrongly(limit: float) -> Slo:
    return Slo(
        "wrongly",
        limit,
        label="refusals while the service was less than half busy, for each request of people",
    )


def _batch(limit: float) -> Slo:
    return Slo("batch", limit, at_most=False, unit=SHARE, label="batch work that is done")


NAMES = ("queue", "share", "K")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "calm": (400, 1.0, 0),
        "spike": (400, 1.0, 1.1),
        "abuser": (400, 0.17, 1.1),
        "failing": (400, 0.17, 1.4),
        "batch": (200, 0.17, 1.4),
        "voice": (50, 0.17, 2),
    }.items()
}

SCENARIO = Scenario(
    id="day08",
    title="Too many at once",
    opening=(
        "Your service answers 1,000 requests a second; 600 come. A request is worth something for one second. Saying no costs "
        "a tenth of saying yes. Monday at nine, ten times as many come, and somebody's script is among them."
    ),
    clarify=(
        (
            "Is a late answer worth anything?",
            "No. After 1 second whoever asked has left, and nobody tells you.",
        ),
        (
            "What do those do who are refused?",
            "A share of 0.5 comes again half a second later; later in this hour perhaps all of them.",
        ),
        (
            "Who are the tenants, and is there an id on each request?",
            "Yes, checked at the edge. The largest honest tenant sends a quarter of all that people send.",
        ),
        (
            "Do clients run our library?",
            "All but one, and that one's script will not change.",
        ),
        (
            "May some of the work wait?",
            "A batch of 150 a second may wait for an hour; it comes later today.",
        ),
        (
            "Can we add machines?",
            "In 90 seconds, and the spike takes 10. Say what you would do with them.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "work of saying no while ten times as many come, in answers a second",
                "answers/s",
                500,
                given="A refusal is worth 0.1 of an answer; nobody comes back yet.",
                how="(600 × 10 − 1,000) × 0.1 = 500",
            ),
            Estimate(
                "longest queue in which the last one still gets an answer in time",
                "requests",
                1000,
                within=1.5,
                given="A request is worth something for 1 second.",
                how="1,000 × 1 = 1,000",
            ),
            Estimate(
                "requests a second that come back",
                "requests/s",
                2500,
                given="Of 6,000 a second 1,000 are answered.",
                asks=("What do those do who are refused?",),
                how="(6,000 − 1,000) × 0.5 = 2,500",
            ),
        ),
        data=(
            "ask(tenant: str, request: bytes, deadline_ms: int) -> answer: bytes\n"
            "refuse(request: bytes) -> retry_after_ms: int\n"
            "requests and accepts of the last seconds: client, key server\n"
            "tokens of a tenant: edge, key tenant\n"
            "waiting request: queue, key request id, used at worker\n"
            "concurrency limit: queue, key service\n"
            "refusal: refusal log, key tenant and time"
        ),
        path="client ×1000 -> edge ×4 -> queue ×2 -> worker ×20\nedge -> refusal log\nqueue -> refusal log",
    ),
    knobs=(
        Knob(
            "queue",
            "work that may wait, in ms of all workers together; what does not fit is refused, for a tenth of an answer",
            (10, 1500, True),
            default=1500,
            grid=(10, 50, 100, 200, 300, 400, 1500),
        ),
        Knob(
            "share",
            "the most that one tenant may take, of what the workers can do, with a second of burst; refused at the edge",
            (0.08, 1.0, False),
            default=1.0,
            grid=(0.08, 0.1, 0.12, 0.15, 0.17, 0.2, 1.0),
        ),
        Knob(
            "K",
            "the clients' throttle: they let out K times what was answered lately (0: all)",
            choices=(0, 1.05, 1.1, 1.4, 1.6, 2, 3, 4, 6),
            default=0,
        ),
    ),
    rounds=(
        Round(
            name="calm",
            line="An ordinary morning: 600 a second, and in one second of ten 2.2 times as many. Ninety-nine of a hundred people are answered in time, and ninety-nine wait at most 350 ms.",
            load=CALM,
            slos=(_good(0.99), _wait(350)),
            presses="wait",
            predicts="wait",
            replies=Replies(
                weak="“An unbounded queue, then nobody is refused.” And who is at its end?",
                good="Works out what a burst leaves waiting, and gives the queue that much room.",
                strong="Says the queue in milliseconds, and why requests are the wrong unit for it.",
            ),
        ),
        Round(
            name="spike",
            line="Monday at nine: ten times as many for ten seconds, and half of those refused come again. I want 84% of what the workers can give, as answers in time.",
            load=SPIKE,
            slos=(_useful(0.84),),
            presses="useful",
            predicts="useful",
            replies=Replies(
                weak="“Reject at the queue.” Five thousand a second, for a tenth each, and they come back.",
                good="Refuses where a no is free: in the client, by what was answered lately.",
                strong="Says which K, and what the clients still send too much with it.",
            ),
        ),
        Round(
            name="abuser",
            line="Now the script: one tenant, 2,000 a second, and it does not run your library. Of a hundred people you may lose five now, not one; no more.",
            load=ABUSE,
            slos=(_good(0.95),),
            presses="good",
            relaxes=("good",),
            predicts="good",
            replies=Replies(
                weak="“The throttle handles overload.” It handles those who run it; they step back, and the script moves up.",
                good="A quota for each tenant, at the edge, above what the largest honest one needs in a burst.",
                strong="Names who is refused wrongly by it, with the number, and what is logged of each refusal.",
            ),
        ),
        Round(
            name="failing",
            line="Something behind you is broken: 20% of answers are errors, whatever the load. Nobody may be refused while you are half idle: one refusal for a hundred requests. I give back: 85% answered.",
            load=FAILING,
            slos=(_wrongly(0.01), _good(0.85)),
            presses="wrongly",
            relaxes=("good",),
            predicts="wrongly",
            replies=Replies(
                weak="Retries harder, or calls it an outage. The service is idle.",
                good="Sees that the throttle takes errors for overload, and raises K above 1 / (1 − failing).",
                strong="Separates the two: only refusals for load count against accepts, and says who must send which code.",
            ),
        ),
        Round(
            name="batch",
            line="The script is back, and 150 a second of batch work with it, which nobody waits for. 88% of it is done; 93% of people are answered.",
            load=BATCH,
            slos=(_batch(0.88), _good(0.93)),
            presses="batch",
            predicts="batch",
            replies=Replies(
                weak="A pool of its own for batch, idle all day.",
                good="Lets batch run in what people leave, and shortens people's queue so that it leaves something.",
                strong="Says what starves first when the load grows, and that this is on purpose.",
            ),
        ),
        Round(
            name="voice",
            line="Now people talk to it. The wait is at most 60 ms. I give back: 82% answered, and 75% of what the workers can give in the spike.",
            load=BATCH,
            slos=(_wait(60), _good(0.82), _useful(0.75)),
            presses="wait",
            relaxes=("good", "useful"),
            predicts="good",
            replies=Replies(
                weak="More workers. They are not what people wait for.",
                good="Cuts the queue to what may be waited, and raises K, since a short queue refuses bursts and the throttle would follow.",
                strong="Says that a shorter queue looks like an overload to the clients, and shows the pair that does not.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work grow: of a question to your bucket, with the seconds in which nobody asked, and of choosing the next request, with those who wait?",
            before=Side("take, with the seconds since the last question", _paused, at=100),
            after=Side("next_request, with those who wait", _waiting, at=100),
            good="Nothing and linear: exponents 0 and 1. A thousand may wait, and each free worker goes through all of them. A heap for each class takes that to a logarithm, if what has expired is left inside until its turn.",
            on=("wait", "batch"),
        ),
        Tenfold(
            ask="The script becomes ten times as fast: 20,000 a second. Your quota stands. Which promise breaks first?",
            times={"abuse": 10},
            good="People's answers, and before them batch work, where there is any: a refusal at the edge is worth 0.02 of an answer, and nearly 20,000 of them are some 400 answers a second. A quota protects until saying no is the load. Then the no must come from before the edge: a connection limit, or the network.",
            rounds=("abuser", "batch"),
        ),
        Production(
            good=(
                "Goodput against throughput, a line each; refusals by door and by tenant; one refusal in a thousand is let in all "
                "the same, and the share of those that were answered in time is the false alarm rate. K and quotas are settings: "
                "back to the old ones, a tenth of the clients first; a quota is raised by hand for one tenant within a minute."
            ),
        ),
        Assumed(
            good=(
                "That clients run the library, and count errors as they count refusals; that a tenant is one key and not ten; that a refusal "
                "costs a tenth; that half come back, half a second later. The second would hurt most: ten keys are ten quotas."
            ),
        ),
    ),
    run=run,
    probes={
        "good": "Who was refused: people, or the script? At which door?",
        "wait": "The queue is as long as you let it be. What is the last one in it worth?",
        "useful": "What did the workers do in that second, if they did not answer? Count the work of saying no.",
        "wrongly": "The service was half idle. Who decided to refuse, and by which number?",
        "batch": "Batch runs in what people leave. What do they leave, and how long is their line?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (400, 1.0, 0), strict=True)), fails_round="spike", fails_metric="useful"
    ),
    safety=("wrongly",),
)
