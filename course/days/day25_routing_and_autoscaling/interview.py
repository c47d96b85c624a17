"""Day 25's interview: who gets a request, and how many replicas there are, in six constraints."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject, there
from course.days.day25_routing_and_autoscaling.service import measure
from course.interview import (
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
from course.systems.serving.fleet_trial import ROUTES
from course.systems.serving.routing_trial import Choices

STEADY: dict[str, float] = {"requests": 700, "rate": 24, "apps": 32, "prefix": 0, "replicas": 6}
PROMPTS = STEADY | {"prefix": 2_000}
HOT = PROMPTS | {"hot": 0.4}
SCALED = HOT | {"scaled": 1, "apps": 24, "hot": 0.3}
NIGHT = SCALED | {"requests": 500, "rate": 2}
SURGED = SCALED | {"replicas": 4, "from_s": 100, "to_s": 220}
NINE = SURGED | {"requests": 1_500, "rate": 2, "surge": 7}
LOST = SURGED | {"requests": 1_400, "rate": 3, "surge": 4, "lost_s": 105}


def run(
    design: Mapping[str, Any], under: Round, two: Subject, affinity: Subject, scaler: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load, with the learner's own objects."""
    load = {name: float(value) for name, value in under.load.items()}
    found = measure(design, load, two, affinity, scaler)
    return {"ttft": found["ttft"], "gpu": found["gpu"], "surge": found["gpu"]}


def _routed(replicas: int, two: Subject, affinity: Subject, scaler: Subject) -> tuple[Any, Sequence[Any]]:
    """One request by its beginning, among so many replicas."""
    return affinity, [("app 7", {f"replica {number}": 9.0 for number in range(replicas)}, 1.25)] * 3


def _chosen(replicas: int, two: Subject, affinity: Subject, scaler: Subject) -> tuple[Any, Sequence[Any]]:
    """One request for the less loaded of two, among so many replicas."""
    trial: Any = there(two, Choices)(two)
    return trial.one, [([9.0] * replicas, seed) for seed in range(3)]


def _ttft(limit: float) -> Slo:
    return Slo("ttft", limit, unit="ms", label="first token, 95th percentile")


def _gpu(limit: float) -> Slo:
    return Slo("gpu", limit, unit="s", label="GPU-seconds a request at night")


def _surge(limit: float) -> Slo:
    return Slo("surge", limit, unit="s", label="GPU-seconds a request, with a surge")


NAMES = ("route", "per_replica", "spare")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "steady": ("two", 16, 4),
        "system prompts": ("no bound", 16, 4),
        "one hot application": ("bound 1.25", 16, 4),
        "the night": ("bound 1.25", 16, 0),
        "nine o'clock": ("bound 1.25", 16, 2),
        "a region lost": ("bound 1.25", 32, 3),
    }.items()
}

SCENARIO = Scenario(
    id="day25",
    title="Six replicas, and ninety seconds for a seventh",
    safety=("ttft",),
    opening=(
        "Six GPUs, each with a replica of a 7B model, and 32 applications. Twenty-four requests a second by day, two at night, seven times the night's at nine "
        "o'clock. A new replica needs ninety seconds. Who goes where, and how many do you run?"
    ),
    clarify=(
        (
            "How long are prompts and answers?",
            "A prompt is 222 tokens on average, and from the second constraint on it begins with 2,000 more that its application always sends. An answer is 193 tokens.",
        ),
        (
            "What does a GPU take?",
            "66 µs for each token of a prompt that is not cached; meanwhile decodes wait. A pass gives each answer one token and takes 16 ms at this load; 48 answers share one at most, and it takes 32 ms then.",
        ),
        (
            "How many beginnings does a replica keep?",
            "8, those used last: 2,000 tokens of half a megabyte each are a gigabyte.",
        ),
        (
            "May a request move once it has begun?",
            "No: its cache is there. If its replica dies, it begins again elsewhere, three seconds later.",
        ),
        (
            "May applications share a cached beginning?",
            "Never: a hit can be told from the time of the first token. Each has a salt of its own.",
        ),
        (
            "Which GPUs are they, and are all alike?",
            "One kind, and all alike today.",
        ),
        (
            "How often does the autoscaler look, and how few replicas may there be?",
            "Every 10 seconds. Two, so that one may die; sixteen at most.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "time to read all prompts that come in one second at nine o'clock, with nothing cached",
                "ms",
                2 * 7 * 2_222 * 0.066,
                within=1.5,
                asks=("What does a GPU take?",),
                given="Two requests a second at night, 7 times as many at nine, each with a prompt of 2,222 tokens; a millisecond has 1,000 µs.",
                how="2 × 7 × 2,222 × 66 / 1,000 = 2,053: more than two replicas have time for",
            ),
            Estimate(
                "replicas that the requests in flight at nine o'clock need, where 16 are planned for each",
                "replicas",
                2 * 7 * 193 * 0.016 / 16,
                asks=("How long are prompts and answers?", "What does a GPU take?"),
                given="Two requests a second at night, 7 times as many at nine; an answer takes as many passes as it has tokens; a second has 1,000 ms.",
                how="Little's law: 2 × 7 × 193 × 16 / 1,000 = 43 in flight, and 43 / 16 = 2.7",
            ),
            Estimate(
                "requests that come while one replica starts, at nine o'clock",
                "requests",
                2 * 7 * 90,
                within=1.25,
                given="Two a second at night, 7 times as many at nine, 90 seconds for a replica.",
                how="2 × 7 × 90 = 1,260",
            ),
        ),
        data=(
            "generate(app: str, prompt: str, most: int) -> tokens: stream\n"
            "report(replica: str, busy: float, waiting: int, in_flight: int) -> accepted: bool\n"
            "desired(samples: list[Sample], starting: int) -> replicas: int\n"
            "requests in flight of a replica: replica, key replica, used at router\n"
            "cached beginnings: replica, key app and beginning, used at replica\n"
            "replicas that answer: scaler, key replica, used at router\n"
            "replicas that are starting: scaler, key order"
        ),
        path="client -> router ×3 -> replica ×6 -> client\nreplica -> scaler ×3\nscaler -> router",
    ),
    knobs=(
        Knob(
            "route",
            "who gets a request: any replica, the less loaded of two, or the one that has its beginning, up to a bound in times the mean load",
            choices=ROUTES,
            default="random",
        ),
        Knob(
            "per_replica",
            "requests in flight that a replica is planned for (a fixed fleet ignores it)",
            choices=(8, 16, 32),
            default=16,
        ),
        Knob(
            "spare",
            "replicas beyond the demand (a fixed fleet ignores it)",
            choices=(0, 2, 3, 4),
            default=4,
        ),
    ),
    rounds=(
        Round(
            name="steady",
            line="Six replicas, always. Twenty-four a second, short prompts that have nothing in common. 100 milliseconds to the first token.",
            load=STEADY,
            slos=(_ttft(100),),
            presses="ttft",
            predicts="ttft",
            replies=Replies(
                weak="“Round robin.” Answers have 4 to 1,000 tokens: equal counts are no equal loads.",
                good="Reads two loads and takes the smaller one.",
                strong="Says that at this load even chance would do, and from when on it would not.",
            ),
        ),
        Round(
            name="system prompts",
            line="Every application begins its prompts with 2,000 tokens of its own. The same six replicas. I give you 60 milliseconds for that: 160.",
            load=PROMPTS,
            slos=(_ttft(160),),
            presses="ttft",
            relaxes=("ttft",),
            predicts="ttft",
            replies=Replies(
                weak="More GPUs. Each would read every beginning once more.",
                good="Sends an application where its beginning is: 19 ms of reading in the place of 147.",
                strong="Counts first: 32 beginnings over six replicas are some five each, and a replica keeps eight. With 64 applications that is over.",
            ),
        ),
        Round(
            name="one hot application",
            line="One application has 40% of the traffic since this morning. 200 milliseconds, until we know why.",
            load=HOT,
            slos=(_ttft(200),),
            presses="ttft",
            relaxes=("ttft",),
            predicts="ttft",
            replies=Replies(
                weak="Looks at the mean load, which has not changed.",
                good="Bounds what one replica may hold; the rest overflows to the next one, which warms up.",
                strong="Names what a tighter bound costs, in hits, and why it is not 1.1.",
            ),
        ),
        Round(
            name="the night",
            line="Two a second of 24 applications, one of which has 30%; and the fleet is your autoscaler's from now on. One and a half GPU-seconds a request.",
            load=NIGHT,
            slos=(_gpu(1.5), _ttft(200)),
            presses="gpu",
            predicts="gpu",
            replies=Replies(
                weak="Scales on how busy the GPUs are, which are never idle.",
                good="Scales on what is in flight, and lets one go at a time.",
                strong="Says what would show, on the old signal, at two and at twenty a second.",
            ),
        ),
        Round(
            name="nine o'clock",
            line="Seven times as many, from one second to the next, for two minutes. A replica takes ninety seconds. 200 milliseconds. At night you may spend 2.3 GPU-seconds a request for that, and over this morning 0.75.",
            load=NINE,
            slos=(_ttft(200), _surge(0.75), _gpu(2.3)),
            presses="ttft",
            relaxes=("gpu",),
            predicts="ttft",
            replies=Replies(
                weak="Makes the autoscaler look more often. It orders sooner, and waits ninety seconds all the same.",
                good="Runs two that nobody needs yet: they serve the surge while others start.",
                strong="Knows the hour, so orders at half past eight; keeps the spare for the surges that nobody announces.",
            ),
        ),
        Round(
            name="a region lost",
            line="Three a second, four times as many for two minutes, and five seconds into it a third of your replicas is gone. 200 milliseconds; and finance says 0.7 GPU-seconds.",
            load=LOST,
            slos=(_ttft(200), _surge(0.7)),
            presses="ttft",
            predicts="ttft",
            replies=Replies(
                weak="Counts on the autoscaler.",
                good="One more spare, for the region; and a replica is planned for more in flight, which pays for it.",
                strong="Says what that costs who reads along: a token takes 24 ms where 32 share a pass, and 18 at 16.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work for one request grow with the replicas: by its beginning, and by two choices?",
            before=Side("by its beginning", _routed, 250),
            after=Side("by two choices", _chosen, 250),
            good="Linear and a little more, since every replica is hashed and ordered; the order of a key may be kept until the fleet changes. Two choices read two loads however many there are.",
            on=("ttft",),
        ),
        Tenfold(
            ask="Ten times the traffic, everything else as it stands. Which promise breaks first?",
            times={"rate": 10},
            good="The first token: no route makes a GPU, and sixteen replicas are the most. The GPU-seconds of a request fall, which is no consolation.",
            rounds=("steady", "system prompts", "one hot application"),
        ),
        Production(
            good=(
                "The fullest replica's requests in flight over the mean; the share of hits by application; requests in flight over what is planned, and how many are starting. Alarm at "
                "twice the mean for a minute. The route is a flag: set it to two choices, and the caches no longer matter, at twice the time to the first token."
            ),
        ),
        Assumed(
            good=(
                "That loads at the router are fresh; that beginnings stay the same between deploys; that GPUs are alike; that a start takes ninety seconds also when everybody starts. "
                "The last would hurt most: after a region is lost, all its tenants order at the same minute."
            ),
        ),
    ),
    run=run,
    probes={
        "ttft": "Whose first token was late: was its prompt long to read, its replica full, or was there no replica yet?",
        "gpu": "How many replicas ran while nobody needed them, and which number told them to?",
        "surge": "How many requests was each replica planned for, and how many did it have when it was too late for another one?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, ("random", 16, 0), strict=True)),
        fails_round="system prompts",
        fails_metric="ttft",
    ),
)
