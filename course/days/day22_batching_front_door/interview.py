"""Day 22's interview: a front door before one GPU, in six constraints, measured with the learner's own objects."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject, each, plain, there
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
from course.systems.serving.front_door import FrontDoor

TEXTS = 800
STEADY = {"seed": 22, "requests": TEXTS, "rate": 60}
BUSY = STEADY | {"rate": 140}
NIGHT = STEADY | {"rate": 20}
DOCUMENTS = STEADY | {"documents": 0.01}
FLOOD = STEADY | {"flood": 250}
PACKED = FLOOD | {"rate": 210, "packed": 1}


def run(
    design: Mapping[str, Any], under: Round, Store: Subject, Batcher: Subject, Queue: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load, with the learner's own store, batcher and queue."""
    return measured(design, under.load, Store, Batcher, Queue)


def measured(
    design: Mapping[str, Any], load: Mapping[str, Any], Store: Subject, Batcher: Subject, Queue: Subject
) -> dict[str, float]:
    """What :meth:`~course.systems.serving.front_door.FrontDoor.measure` gives, on the learner's side."""
    door = there(Store, FrontDoor)(Store, Batcher, Queue)
    found: dict[str, float] = plain(door.measure(dict(design), dict(load)), dict[str, float])
    return found


def _lined(waiting: int, Store: Subject, Batcher: Subject, Queue: Subject) -> tuple[Any, Sequence[Any]]:
    """Choosing a batch out of so many who wait, all of which fit."""
    return Batcher(10**9, 0.0, False).next_batch, [([(48, 0.0)] * waiting, 5.0)] * 3


def _queued(waiting: int, Store: Subject, Batcher: Subject, Queue: Subject) -> tuple[Any, Sequence[Any]]:
    """The next of so many requests of four tenants."""
    queue: Subject = Queue()
    each(queue.push, [(f"team {at % 4}", at, 48) for at in range(waiting)])
    return queue.pop, [()] * 3


def _p99(limit: float) -> Slo:
    return Slo("p99", limit, unit="ms", label="time to the answer, p99, texts of at most 600 tokens")


def _gpu(limit: float) -> Slo:
    return Slo("gpu", limit, unit="ms", label="GPU time for each text")


def _small(limit: float) -> Slo:
    return Slo("small", limit, unit="ms", label="time to the answer, p99, all teams but the largest")


P50 = Slo("p50", 40, unit="ms", label="time to the answer, median, texts of at most 600 tokens")
REFUSED = Slo("refused", 0.01, unit=SHARE, label="texts that find no room", of=TEXTS)

NAMES = ("wait", "budget", "pick")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "steady": (0, 4096, "arrival"),
        "busy": (0, 512, "near"),
        "night": (50, 512, "near"),
        "documents": (0, 512, "near"),
        "flood": (0, 512, "fair"),
        "packed": (0, 2048, "fair"),
    }.items()
}

SCENARIO = Scenario(
    id="day22",
    title="The front door of a GPU",
    opening=(
        "A 7B model scores texts for ten teams: most have some 50 tokens, a few have hundreds. Callers are asynchronous, the "
        "GPU runs one batch at a time, and a batch is a rectangle: every row is as long as the longest. Take requests "
        "in, fill batches, give answers back, once each. 60 a second today."
    ),
    clarify=(
        (
            "How late may an answer be?",
            "A page waits for it: 100 ms for 99 in 100, today. At night nobody looks.",
        ),
        (
            "May texts overtake each other?",
            "Yes, also those of one team. Each answer carries the id of its job.",
        ),
        (
            "How do callers learn that a job has ended?",
            "They poll twice a second until it has. In the rush of the evening that is 2 seconds.",
        ),
        (
            "How long does a key stand for its job?",
            "A day. A job's state takes 200 bytes.",
        ),
        (
            "Is a text billed when its caller has gone?",
            "Once its pass has begun, yes: a pass cannot be stopped.",
        ),
        (
            "What happens to a text that finds no room?",
            "It is refused with a time to come again. There are 300 places.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "state of a day's jobs",
                "GB",
                140 * 86_400 * 200 / 1e9,
                given="140 jobs a second come by then, all day.",
                asks=("How long does a key stand for its job?",),
                how="140 × 86,400 × 200 B = 2.42 GB",
            ),
            Estimate(
                "polls a second in the rush of the evening",
                "polls/s",
                560,
                given="140 jobs a second come by then.",
                asks=("How do callers learn that a job has ended?",),
                how="140 × 2 = 280 are inside, number = rate × time, and each polls twice a second: 560",
            ),
            Estimate(
                "seconds for which 250 texts at once hold the GPU, one after the other",
                "s",
                3.125,
                within=1.5,
                given="250 texts come at one moment. One text alone takes a pass of 12.5 ms.",
                how="250 × 12.5 / 1000 = 3.1",
            ),
        ),
        data=(
            "submit(key: str, body: dict, tenant: str) -> job id: int\n"
            "get(job id: int) -> state: str, result: float\n"
            "cancel(job id: int) -> state: str\n"
            "job: job store, key tenant and key\n"
            "waiting text: fair queue, key tenant and place, used at batcher\n"
            "counter of a tenant: fair queue, key tenant\n"
            "open batch: batcher, key pass"
        ),
        path="client ×1000 -> intake ×2 -> job store ×3 -> fair queue -> batcher -> gpu\ngpu -> job store",
    ),
    knobs=(
        Knob(
            "wait",
            "longest time for which a text is held back so that a batch fills",
            (0, 100, True),
            unit="ms",
            default=0,
            grid=(0, 10, 50),
        ),
        Knob(
            "budget",
            "most tokens of a pass, padding included",
            choices=(256, 512, 1024, 2048, 4096, 8192),
            unit="tokens",
            default=4096,
        ),
        Knob(
            "pick",
            "whose turn it is: by arrival; by arrival, then the nearest in length; or fair, by tokens served",
            choices=("arrival", "near", "fair"),
            default="arrival",
        ),
    ),
    rounds=(
        Round(
            name="steady",
            line="60 texts a second from ten teams. Ninety-nine of a hundred answers come within 100 ms, and no more than one text in a hundred finds no room.",
            load=STEADY,
            slos=(_p99(100), REFUSED),
            presses="p99",
            predicts="p99",
            replies=Replies(
                weak="“We wait 50 milliseconds so that batches fill.” And who waits?",
                good="Does not hold anybody back: while the GPU works, the next batch fills by itself.",
                strong="Says what a pass of one costs, 12.5 ms, so 80 a second, and how far 60 is from that.",
            ),
        ),
        Round(
            name="busy",
            line="A new customer: 140 a second on the same GPU. I give you 250 ms for the slowest hundredth.",
            load=BUSY,
            slos=(_p99(250),),
            presses="p99",
            relaxes=("p99",),
            predicts="p99",
            replies=Replies(
                weak="“A bigger batch.” Most of it is padding.",
                good="Puts texts of like length together, and makes the rectangle small.",
                strong="Gives the share of padding before and after, and says why the oldest is always in.",
            ),
        ),
        Round(
            name="night",
            line="At night 20 a second come, nobody looks, and each second of the GPU is billed. I pay for 9 ms a text.",
            load=NIGHT,
            slos=(_gpu(9),),
            presses="gpu",
            predicts="gpu",
            replies=Replies(
                weak="Turns the GPU off, and starts a model for each text.",
                good="Holds texts back now, since time is what they have and GPU time is what is paid.",
                strong="Says how many come in the wait, 20 × 0.05 is one more, and what the second costs in a pass.",
            ),
        ),
        Round(
            name="documents",
            line="By day again, 60 a second, and one text in a hundred is a document of 3,600 tokens. Half of the others have their answer in 40 ms. I give back: 300 ms for the slowest hundredth of them, 13 ms of GPU a text.",
            load=DOCUMENTS,
            slos=(P50, _p99(300), _gpu(13)),
            presses="p50",
            relaxes=("p99", "gpu"),
            predicts="p50",
            replies=Replies(
                weak="Refuses documents.",
                good="No wait again, and a document runs alone: 230 ms in which nobody else gets anything.",
                strong="Says what cannot be had with one pass at a time, and asks for a second line, or for passes that can be cut.",
            ),
        ),
        Round(
            name="flood",
            line="No documents, but one team sends 250 texts at one moment. The other nine have their answers in 100 ms. That team may wait: the promises about everybody's time, median and p99, are gone. The one about GPU time stays.",
            load=FLOOD,
            slos=(_small(100),),
            presses="small",
            relaxes=("p50", "p99"),
            predicts="small",
            replies=Replies(
                weak="“First come, first served is fair.” To texts, not to teams.",
                good="Counts what each team was served, and takes the one with the least.",
                strong="Says who pays: the team that sent them, with its number, and that counters are lifted when a team comes back.",
            ),
        ),
        Round(
            name="packed",
            line="A new kernel leaves padding out: a pass costs what its texts have. Your budget still counts the rectangle. 210 a second and the same flood; 5 ms of GPU a text. I give back 300 ms for the nine teams.",
            load=PACKED,
            slos=(_gpu(5), _small(300)),
            presses="small",
            relaxes=("small",),
            predicts="small",
            replies=Replies(
                weak="Leaves the budget as it was, since it was the best.",
                good="Raises the budget: what made a large one slow is gone.",
                strong="Sees where it ends: the pass itself takes as long as the nine teams may wait.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work grow: of choosing a batch, with the texts that wait, and of the next request, with the requests that wait?",
            before=Side("next_batch, with those who wait", _lined, at=60),
            after=Side("pop, with the requests that wait", _queued, at=60),
            good="Linear, and not at all: exponents 1 and 0. A batch looks at each text in line once; a fair pop looks at each tenant, and there are ten. With a hundred thousand tenants a heap by counter is needed.",
            on=("p99", "small"),
        ),
        Tenfold(
            ask="Ten times the texts a second, everything else as it stands. Which promise breaks first?",
            times={"rate": 10},
            good="The time to the answer, by seconds: 600 a second are more than one GPU can do whatever the batch. Soon after that there is no room, and texts are refused with a time to come again.",
            rounds=("steady",),
        ),
        Production(
            good=(
                "The share of padding, texts a pass and GPU time a text, each minute; alarm at 40% of padding, but only where a pass holds "
                "four texts or more: at night two texts of unlike length are no fault. The p99 for each team, and keys reused with another body, counted. "
                "A budget is a setting: back to the old one, and the next pass uses it."
            ),
        ),
        Assumed(
            good=(
                "That a tenant is one team and not ten names of one; that answers cost nothing beside the pass; that callers poll no "
                "faster; that a pass never hangs. The last would hurt most: one at a time means that a pass that hangs holds everybody."
            ),
        ),
    ),
    run=run,
    probes={
        "p50": "Half of the texts are late. What were they held back for?",
        "p99": "Your slowest texts: were they in line, held back, or in a pass with a long one?",
        "gpu": "You pay for GPU time that nobody uses. How many texts were in a pass, and how long was the longest?",
        "small": "A team that sent three texts waits. Behind whose texts does it stand?",
        "refused": "There was no room. Is the line too short, or the GPU too slow, and how do you tell?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (50, 8192, "arrival"), strict=True)), fails_round="steady", fails_metric="p99"
    ),
    safety=("small", "refused"),
)
