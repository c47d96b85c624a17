"""The fifth mock round: a service that answers all products' calls to a model, with an incident in the middle.

Fifty-five minutes, on a design rather than on code. Route, refuse, pay; p95 of the first token throughout.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from course.checking.port import subjects
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
from course.interview.incident import Cause, Graph, Incident
from course.systems.serving.app_traffic import Traffic, jobs_of
from course.systems.serving.fleet import Served, Setting, serve
from course.systems.serving.fleet_trial import route_of
from course.systems.serving.router import prefix_affinity, two_choices

REQUESTS, RATE, PREFIX, OWN, APPS, SKEW = 700, 29, 1_500, 400, 16, 0.5
WAYS = {"two": "two", "prefix": "no bound", "bounded": "bound 1.25"}
"""What day 25 calls them."""
PATIENCE_MS = 1_000  # chosen: what a user waits for a first word
"""Until when a first token is good."""
BOUNDLESS = 1_000
"""So many in flight that nobody is refused."""


def _traffic(under: Mapping[str, Any]) -> Traffic:
    known = ("requests", "rate", "own", "hot", "unique", "answers")
    given = {"requests": REQUESTS, "rate": RATE, "own": OWN} | {
        name: under[name] for name in known if name in under
    }
    return Traffic(**given, prefix=PREFIX, apps=APPS, skew=SKEW)


def played(design: Design, under: Mapping[str, Any]) -> Served:
    """What a design's users and graphs see under a load."""
    setting = Setting(
        int(design["replicas"]), line=float(design["line"]), slow=float(under.get("slow", 1.0)), slowed=1
    )
    route = route_of(WAYS[str(design["route"])], two_choices, prefix_affinity)
    return serve(jobs_of(_traffic(under)), route, setting)


def run(design: Design, under: Round) -> Mapping[str, float]:
    """Measure a design under a round's load."""
    seen = played(design, under.load)
    return {
        "p95": seen.p95_ms,
        "good": seen.good(PATIENCE_MS),
        "pace": float(np.percentile(seen.pace_ms, 95)),
        "gpu": seen.gpu_s,
        "refused": seen.refused / (seen.refused + len(seen.ttft_ms)),
        "requests": seen.refused + len(seen.ttft_ms),
    }


# ── the incident ────────────────────────────────────────────────────────────────────────────────────────

NOON: Design = {"route": "prefix", "line": BOUNDLESS, "replicas": 6}
CAUSES: Mapping[str, tuple[Mapping[str, float], str]] = {
    "a timestamp in the prompts": (
        {"unique": 0.78},
        "roll the deploy back; put what changes behind what is shared, and count first-seen beginnings of each product",
    ),
    "one customer's campaign": (
        {"hot": 0.27},
        "bound the load of a replica, so that the customer's requests overflow to neighbours; then talk to him about a limit",
    ),
    "longer passages": (
        {"own": 2_150},
        "cap the tokens that retrieval may add, and let the owner of the change measure what they bring",
    ),
    "a throttled GPU": ({"slow": 1.87}, "take the replica out; its keys go to the next of their order"),
    "more traffic": (
        {"rate": 46},
        "bound the loads, then add replicas: with affinity alone the full one keeps its keys",
    ),
    "longer answers": (
        {"answers": 1.575},
        "cap the tokens of an answer where the change was made, or roll it back",
    ),
}
"""Each takes p95 of :data:`NOON` from under 100 ms to about 2,000, and what mends it."""


@cache
def graphs(cause: str) -> dict[str, float]:
    """What the graphs show under ``cause``, "" for noon."""
    under = CAUSES[cause][0] if cause else {}
    seen = played(NOON, under)
    jobs = jobs_of(_traffic(under))
    products = Counter(str(job.prefix).split(",")[0] for job in jobs)
    return {
        "p95 of the first token": seen.p95_ms,
        "share of time that the GPUs compute": seen.busy_ms / seen.ended_ms / int(NOON["replicas"]),
        "requests in flight, a replica": float(np.mean(seen.loads)),
        "requests a second": len(jobs) / jobs[-1].arrival_ms * 1_000,
        "tokens of a prompt": float(np.mean([PREFIX + job.own_tokens for job in jobs])),
        "tokens of an answer": float(np.mean([job.answer_tokens for job in jobs])),
        "beginnings found in the cache": seen.hit_share,
        "the largest product's share": max(products.values()) / len(jobs),
        "slowest pass over the fastest": float(under.get("slow", 1.0)),
    }


@cache
def incident() -> Incident:
    """The drill in the middle. The graph of p95, by which it is told, is not among those to look at."""
    noon = graphs("")
    digits = {
        name: 2
        for name in (
            "share of time that the GPUs compute",
            "beginnings found in the cache",
            "the largest product's share",
        )
    }
    digits["slowest pass over the fastest"] = 1
    return Incident(
        id="mock-inference",
        title="Two seconds to the first word",
        opening=(
            f"At noon the p95 of the first token was {noon['p95 of the first token']:.0f} milliseconds. It is about 2,000 now. Six replicas, "
            "requests go to where their beginning is cached. Somebody has already proposed two more replicas. What do you look at first?"
        ),
        minute=(
            f"{60 * noon['requests a second']:,.0f} requests, of which one in twenty waits about two seconds or longer"
        ),
        graphs=tuple(
            Graph(name, value, digits=digits.get(name, 0), times=1.2)
            for name, value in noon.items()
            if name != "p95 of the first token"
        ),
        causes=tuple(Cause(name, graphs(name), mend) for name, (_, mend) in CAUSES.items()),
    )


# ── the rounds ──────────────────────────────────────────────────────────────────────────────────────────


def _all_asked(replicas: int) -> int:
    """Loads that are read for one request where the least loaded of all gets it."""
    read = 0
    for replica in range(replicas):
        read += replica >= 0
    return read


def _two_asked(replicas: int) -> int:
    """The same where the less loaded of two gets it."""
    return min(2, replicas)


def _all(n: int) -> tuple[Any, Sequence[Any]]:
    return subjects(_all_asked)[0], [(n,)] * 3


def _two(n: int) -> tuple[Any, Sequence[Any]]:
    return subjects(_two_asked)[0], [(n,)] * 3


def _p95(limit: float) -> Slo:
    return Slo("p95", limit, unit="ms", label="first token, 95th percentile")


def _good(limit: float) -> Slo:
    return Slo(
        "good",
        limit,
        at_most=False,
        unit=SHARE,
        label="share of requests with a first token within a second",
        of="requests",
    )


def _gpu(limit: float) -> Slo:
    return Slo("gpu", limit, unit="s", label="GPU-seconds a request, refused or not")


REFUSED = Slo("refused", 0.02, unit=SHARE, label="share of requests that are refused", of="requests")
PACE = Slo("pace", 24, unit="ms", label="a token in the answer, 95th percentile")

LOAD: Mapping[str, float] = {"rate": RATE, "unique": 0.0}
CROWDED: Mapping[str, float] = {**LOAD, "rate": 87, "requests": 3 * REQUESTS}
"""More than can be served, for as long as the noon is played: the line grows."""
NAMES = ("route", "line", "replicas")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "steady": ("prefix", BOUNDLESS, 6),
        "the incident": ("bounded", BOUNDLESS, 6),
        "a launch": ("bounded", BOUNDLESS, 10),
        "no more GPUs": ("bounded", 48, 10),
        "read aloud": ("bounded", 24, 10),
        "the night": ("bounded", 24, 3),
    }.items()
}

SCENARIO = Scenario(
    id="mock-inference",
    title="A model for all products",
    mock=True,
    safety=("good",),
    opening=(
        "Sixteen products call one 7B model, 29 requests a second. Each product begins every prompt with 1,500 tokens of its own. Some want an answer word by "
        "word, some hand in a million texts and come back tomorrow. Design the service: batches, memory, routing, both interfaces. There will be an incident in "
        "the middle, and you will not be told what it is."
    ),
    clarify=(
        (
            "How long are prompts and answers?",
            "1,722 tokens and 193 on average. 1,500 of the prompt's are the product's own beginning, the same each time.",
        ),
        (
            "What does the GPU take?",
            "66 µs for each token of a prompt that is not cached, and decodes wait meanwhile. A pass of the decodes takes 16 ms as busy as we are; 48 sequences fit, and share a pass of 32 ms.",
        ),
        (
            "What is promised to users?",
            "The first token within a second. Beyond that they come back, or leave.",
        ),
        (
            "May a request that has begun move to another replica?",
            "No: its cache is there. If the replica dies, the answer begins again.",
        ),
        (
            "How many beginnings does a replica keep?",
            "8, those used last: 1,500 tokens of half a megabyte each are 0.8 GB.",
        ),
        (
            "May products share a beginning's cache?",
            "Never across products: a hit can be heard in the first token's time. Each has a salt of its own.",
        ),
        (
            "What about texts that are not urgent?",
            "They come by the job interface, and may wait until night.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "time to read a prompt of which nothing is cached",
                "ms",
                1722 * 0.066,
                within=1.5,
                asks=("How long are prompts and answers?", "What does the GPU take?"),
                given="A millisecond has 1,000 µs.",
                how="1,722 × 66 / 1,000 = 114",
            ),
            Estimate(
                "share of a replica's time that goes into prompts, with six and nothing cached",
                "share",
                29 / 6 * 1722 * 0.066 / 1000,
                within=1.5,
                asks=("How long are prompts and answers?", "What does the GPU take?"),
                given="29 requests a second, spread evenly over 6 replicas; a second has 1,000,000 µs.",
                how="29 / 6 × 1,722 × 66 / 1,000,000 = 0.55",
            ),
            Estimate(
                "requests in flight, beginnings cached and nobody in line",
                "requests",
                29 * 193 * 0.016,
                asks=("How long are prompts and answers?", "What does the GPU take?"),
                given="29 requests a second; one pass gives one token of an answer; a second has 1,000 ms.",
                how="29 × 193 × 16 / 1,000 = 90",
            ),
        ),
        data=(
            "generate(product: str, key: str, prompt: str, most: int) -> tokens: stream\n"
            "submit(product: str, key: str, prompts: list) -> job: str\n"
            "state(job: str) -> done: int, failed: int\n"
            "jobs and results: jobs, key product and idempotency key, used at gateway\n"
            "served tokens of a product: gateway, key product, used at gateway\n"
            "requests in flight of a replica: replica, key replica, used at router\n"
            "cached beginnings: replica, key product and beginning, used at replica"
        ),
        path="client -> gateway ×3 -> router ×3 -> replica ×6 -> client\ngateway -> jobs ×3\njobs -> router",
    ),
    knobs=(
        Knob(
            "route",
            "who gets a request: the less loaded of two, the one that knows its beginning, or that one unless it is a quarter above the mean",
            ("two", "prefix", "bounded"),
            default="two",
        ),
        Knob(
            "line",
            "requests in flight from which a replica refuses",
            (16, 24, 32, 40, 48, BOUNDLESS),
            default=BOUNDLESS,
        ),
        Knob("replicas", "GPUs", (3, 4, 6, 8, 10, 12), default=6),
    ),
    rounds=(
        Round(
            "steady",
            "An ordinary noon. 150 milliseconds to the first token, and 0.23 GPU-seconds a request.",
            dict(LOAD),
            (_p95(150), _good(0.99), _gpu(0.23)),
            presses="p95",
            predicts="p95",
            replies=Replies(
                weak="Spreads the load evenly, and reads every beginning anew.",
                good="Sends a product where its beginning is.",
                strong="Says what that costs when one of them is popular, and how it would be seen.",
            ),
        ),
        Round(
            "the incident",
            "Since a deploy nearly four in five prompts begin with the moment they were sent. It is rolled back in half a minute: 400 milliseconds until then. Finance allows no GPU more.",
            dict(LOAD) | {"unique": 0.78},
            (_p95(400), _good(0.99), _gpu(0.23)),
            presses="p95",
            relaxes=("p95",),
            predicts="p95",
            replies=Replies(
                weak="Adds replicas. The full one keeps its keys.",
                good="Bounds what one replica may hold: the rest overflows.",
                strong="Mitigates first, by a flag at the router, then finds the cause; says which graph would have told it within a minute.",
            ),
        ),
        Round(
            "a launch",
            "It is rolled back. Now a launch: 58 a second, spread over the products as before, 250 milliseconds. The GPUs come in time, and stay: 0.38 GPU-seconds a request, also at 29 a second.",
            dict(LOAD) | {"rate": 58, "requests": 2 * REQUESTS},
            (_p95(250), _good(0.99), _gpu(0.38)),
            presses="p95",
            relaxes=("gpu",),
            predicts="p95",
            replies=Replies(
                weak="As many GPUs as there are.",
                good="Counts what a full replica finishes in a second, 48 answers in 193 passes, less the time for prompts; and divides.",
                strong="Says how long a GPU takes to come, and who is refused until then.",
            ),
        ),
        Round(
            "no more GPUs",
            "87 a second, and the budget for GPUs was not raised: 0.12 GPU-seconds a request. It is enough if six in ten have their first token within a second; I will not have anybody wait for minutes.",
            dict(CROWDED),
            (_p95(250), _good(0.60), _gpu(0.12)),
            presses="p95",
            relaxes=("good",),
            predicts="good",
            replies=Replies(
                weak="Lets everybody wait. Then everybody is late.",
                good="Refuses at the door, early, and serves the others whole.",
                strong="Says whom: by product, by tokens served so far, with when to come again; and that who comes back at once is counted twice.",
            ),
        ),
        Round(
            "read aloud",
            "Answers are read aloud now: 24 milliseconds a token at most. 45 in a hundred within the second will do.",
            dict(CROWDED),
            (PACE, _p95(250), _good(0.45), _gpu(0.12)),
            presses="pace",
            relaxes=("good",),
            predicts="pace",
            replies=Replies(
                weak="A faster model. Which one, and what is lost?",
                good="Fewer at once in a batch: each of them is faster, and fewer fit.",
                strong="Names the price in refusals, and moves what need not be heard to the job interface.",
            ),
        ),
        Round(
            "the night",
            "Night: 6 a second, and the day's GPUs are lent to training: 0.6 GPU-seconds a request, one in fifty refused at most. What the day was promised the autoscaler owes, not this setting.",
            dict(LOAD) | {"rate": 6, "requests": 400},
            (PACE, REFUSED, _gpu(0.6)),
            presses="gpu",
            relaxes=("gpu", "p95", "good"),
            predicts="gpu",
            replies=Replies(
                weak="Keeps the fleet: it is only money.",
                good="Goes down to what is in flight, one at a time.",
                strong="Fills the night with jobs, and says what must run at nine, since a replica takes minutes to come.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How do the loads that are read for a request grow with the replicas: where the least loaded of all gets it, and where the less loaded of two does?",
            before=Side("the least of all", _all, 256),
            after=Side("the less of two", _two, 256),
            good="Linear, and not at all. With loads that are some seconds old the least of all is worse, too: everybody runs to the one that was empty.",
        ),
        Tenfold(
            ask="Four times as many requests, on the same GPUs. Which promise breaks first?",
            times={"rate": 4},
            rounds=("steady", "a launch", "no more GPUs"),
            good="Whoever refuses nobody breaks the first token for all; whoever refuses breaks the share within a second, for those alone.",
        ),
        Production(
            good="The largest replica's requests in flight over the mean, beginnings found by product, refusals by product. The route is a flag: back within a minute, and tried every week.",
            on=("p95", "good"),
        ),
        Assumed(
            good="That a replica's time depends on tokens alone; that products' beginnings stay as they are between deploys; that who is refused does not come back at once. "
            "The last hurts most: then the refused are a load of their own."
        ),
    ),
    run=run,
    probes={
        "p95": "Which replica is the fullest, and why does it get the next one all the same?",
        "good": "Of those who got nothing within a second: how many were refused, and how many waited?",
        "pace": "How many sequences share a pass, and what does one more cost all of them?",
        "refused": "Whom would the next replica have room for, and how far is it?",
        "gpu": "How many GPUs compute for somebody at this moment? Multiply.",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, ("two", BOUNDLESS, 6), strict=True)),
        fails_round="steady",
        fails_metric="p95",
    ),
)
