"""Day 9's interview: how long to wait, how often to try again, and when not to ask at all, in six constraints."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from course.checking.subject import Subject, each
from course.days.day09_failure_handling.service import measure
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
from course.systems.simulate.retries import NO_LIMIT, Trouble


def _load(**changes: float) -> dict[str, float]:
    found = asdict(Trouble(**changes))
    return {name: value for name, value in found.items() if name not in ("cut", "cut_from")}


NAMES = ("timeout", "budget", "open")
CALM = _load()
OUTAGE = _load(down=10.0)
SLOW = _load(slow=0.2)
LONG = _load(slow=0.2, long=0.05)
NEIGHBOURS = _load(down=10.0, long=0.05)
FLAPPING = _load(flap=2.0, long=0.05)


def run(
    design: Mapping[str, Any],
    under: Round,
    RetryBudget: Subject,
    CircuitBreaker: Subject,
    idempotent: Subject,
) -> Mapping[str, float]:
    """Measure a design under a round's load, with the learner's budget and breaker."""
    load = {name: float(value) for name, value in under.load.items()}
    timeout, budget, open_s = (float(design[name]) for name in NAMES)
    return measure(load, RetryBudget, CircuitBreaker, timeout, budget, open_s)


def _budgeted(
    calls: int, RetryBudget: Subject, CircuitBreaker: Subject, idempotent: Subject
) -> tuple[Any, Sequence[Any]]:
    """One question to a budget that has seen so many first tries."""
    budget = RetryBudget(0.5, 2.0, 2.0 + calls)
    each(budget.first, [()] * calls)
    return budget.may_retry, [(), (), ()]


def _recorded(
    calls: int, RetryBudget: Subject, CircuitBreaker: Subject, idempotent: Subject
) -> tuple[Any, Sequence[Any]]:
    """One more result for a breaker whose window holds so many."""
    breaker = CircuitBreaker(1.0, 1e6, 1.0, 1)
    each(breaker.record, [(True, float(n)) for n in range(calls)])
    return breaker.record, [(True, float(calls + n)) for n in range(3)]


def _good(limit: float) -> Slo:
    return Slo("good", limit, at_most=False, unit=SHARE, label="payments answered within 2.5 s", of="tried")


def _others(limit: float) -> Slo:
    return Slo(
        "others", limit, at_most=False, unit=SHARE, label="other requests that find a slot", of="asked"
    )


def _most(limit: float) -> Slo:
    return Slo("most", limit, unit="×", label="attempts a payment in the worst second")


BACK = Slo("recovery", 10, unit="s", label="time from the end of the outage until payments are answered")

REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "calm": (200, 3, 0),
        "outage": (200, 0.1, 0),
        "slow": (200, 0.5, 0),
        "long calls": (1000, 0.5, 0),
        "neighbours": (1000, 0.5, 1),
        "flapping": (500, 0.5, 0.5),
    }.items()
}

SCENARIO = Scenario(
    id="day09",
    title="Payments that are mended and still down",
    opening=(
        "Seven hundred payments a second go to a service that can do a thousand. It was away for ten seconds an hour ago. It "
        "is back, it is healthy, and we still answer nobody. What happened, and what do you turn off?"
    ),
    clarify=(
        (
            "Is a payment safe to send twice?",
            "Only with a key. Yours does that; the rounds measure the rest.",
        ),
        (
            "How long does a client wait, and how often do we try?",
            "2.5 s in all. Today 3 retries after the first attempt, with backoff and full jitter, and a timeout of 200 ms.",
        ),
        (
            "Who else uses the client's slots?",
            "300 other requests a second, each for 0.1 s. There are 400 slots, and an attempt in flight holds one.",
        ),
        (
            "How fast is the service when it is well?",
            "It answers 1,000 a second, in order, each 50 ms after its turn.",
        ),
        (
            "How many layers retry?",
            "Ours alone, today. With 3 layers of 4 attempts each it would be 4 × 4 × 4.",
        ),
        ("May we refuse a payment?", "Yes, quickly, and then it says so."),
    ),
    before=Before(
        estimates=(
            Estimate(
                "attempts once nobody is answered",
                "a second",
                2800,
                within=1.5,
                given="700 payments a second.",
                asks=("How long does a client wait, and how often do we try?",),
                how="700 × (1 + 3) = 2,800",
            ),
            Estimate(
                "wait in the queue behind 400 attempts, one from each slot",
                "ms",
                400,
                within=1.5,
                given="A second is 1,000 ms.",
                asks=("Who else uses the client's slots?", "How fast is the service when it is well?"),
                how="400 / 1,000 × 1,000 = 400",
            ),
            Estimate(
                "slots in use when a fifth of 700 calls a second hangs and the others take 50 ms",
                "slots",
                56,
                within=1.5,
                given="700 calls a second; 0.2 of them hang, 0.8 take 0.05 s.",
                asks=("How long does a client wait, and how often do we try?",),
                how="700 × 0.2 × 0.2 + 700 × 0.8 × 0.05 = 56",
            ),
        ),
        data=(
            "pay(key: str, amount: int, deadline_ms: int) -> receipt: Receipt\n"
            "outcome of each request: receipts, key key, used at api\n"
            "tokens of the retry budget: client, key none\n"
            "state of the breaker: client, key dependency\n"
            "what was charged: ledger, key key"
        ),
        path=(
            "client ×10 -> api ×10 -> breaker ×10 -> payments ×4\npayments -> ledger ×3\napi -> receipts ×3"
        ),
    ),
    knobs=(
        Knob(
            "timeout",
            "how long an attempt may take",
            choices=(60, 200, 350, 500, 1000, 2500),
            unit="ms",
            default=200,
        ),
        Knob(
            "budget",
            "retries that a first try pays for; 3 is no limit",
            choices=(0, 0.05, 0.1, 0.5, 3),
            default=3,
        ),
        Knob(
            "open",
            "how long the breaker refuses; 0 is no breaker",
            choices=(0, 0.5, 1, 5),
            unit="s",
            default=0,
        ),
    ),
    rounds=(
        Round(
            name="calm",
            line="An ordinary day: one call in a hundred fails. Nobody should notice.",
            load=CALM,
            slos=(_good(0.968),),
            presses="good",
            predicts="good",
            replies=Replies(
                weak="“We retry until it works.” How often, and who pays for it?",
                good="A few retries with jitter hide single errors, and cost next to nothing here.",
                strong="Asks at once what the same retries do when everything fails.",
            ),
        ),
        Round(
            name="outage",
            line="The service is away for ten seconds. Afterwards we are back within ten, and at its worst second it gets at most 1.3 attempts a payment.",
            load=OUTAGE,
            slos=(BACK, _good(0.72), _most(1.3)),
            presses="recovery",
            relaxes=("good",),
            predicts="recovery",
            replies=Replies(
                weak="“It recovers when the service does.” It is healthy, and nobody is answered.",
                good="Retries are paid by first tries: one in ten, and the loop cannot feed itself.",
                strong="Names trigger and loop apart: the outage started it, the timeout that is shorter than the queue keeps it.",
            ),
        ),
        Round(
            name="slow",
            line="A fifth of the calls hangs. Answer 96 of 100; you may send twice as many attempts as payments.",
            load=SLOW,
            slos=(_good(0.965), _most(2)),
            presses="good",
            relaxes=("most",),
            predicts="good",
            replies=Replies(
                weak="Waits longer for those that hang.",
                good="As many retries as there are failures: one for five first tries is the least, a half leaves room.",
                strong="Says that a budget is a statement about how much failure one means to hide, and that this one hides a fifth.",
            ),
        ),
        Round(
            name="long calls",
            line="One payment in twenty honestly takes 0.8 seconds. They count like the others.",
            load=LONG,
            slos=(_good(0.955),),
            presses="good",
            relaxes=("good",),
            predicts="good",
            replies=Replies(
                weak="Retries them: four attempts of a call that needs longer than each is given.",
                good="The timeout lies beyond the slowest honest call, and slots are reckoned anew.",
                strong="Would give the slow kind a call, a timeout and a pool of its own.",
            ),
        ),
        Round(
            name="neighbours",
            line="The ten seconds again, with long calls. Others share your slots: 95 of 100 of them must find one. 72 of 100 payments will do.",
            load=NEIGHBOURS,
            slos=(_others(0.95), _good(0.72)),
            presses="others",
            relaxes=("good",),
            predicts="others",
            replies=Replies(
                weak="More slots. They fill in a second.",
                good="A breaker: calls that cannot be answered hold no slot.",
                strong="Says what the breaker costs in payments, and that slots of their own (a bulkhead) would protect the others at every setting.",
            ),
        ),
        Round(
            name="flapping",
            line="It is away for two seconds of every ten, all day. Others: 955 of 1,000. I take 68 of 100 payments.",
            load=FLAPPING,
            slos=(_others(0.955), _good(0.68)),
            presses="others",
            relaxes=("good",),
            predicts="good",
            replies=Replies(
                weak="Opens the breaker for longer. Then it is shut out in the good seconds too.",
                good="A short timeout and a breaker that asks again soon.",
                strong="Sees that the probe's rhythm meets the fault's, and would draw the time between probes at random.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of one decision grow: of a budget, with the first tries so far, and of a breaker, with the results in its window?",
            before=Side("a budget, with first tries", _budgeted, at=50),
            after=Side("a breaker, with results in its window", _recorded, at=50),
            good="Both not at all. A budget is one number. A breaker keeps its window, and a result that leaves it is taken off a running count.",
            on=("good", "recovery", "most"),
        ),
        Tenfold(
            ask="The service is away ten times as long, or ten times as often hangs. Which promise breaks first?",
            times={"down": 3, "slow": 4, "flap": 4},
            good="The payments that are answered: no client can answer for a service that is away. Whether others find slots is yours to decide.",
            rounds=("outage", "slow", "neighbours", "flapping"),
        ),
        Production(
            good=(
                "Attempts over first tries, alarm at 1.2 for ten seconds; share of answers that came after their caller had left; the breaker's state "
                "by client; slots in use. Budget and timeout are settings: back to the old pair client by client, and retries off altogether is one switch that is tried out every month."
            ),
        ),
        Assumed(
            good=(
                "That failures are independent from call to call; that the service does the whole work for a caller who has left, since nobody tells it; that all clients keep to the budget. "
                "The last hurts most: one team's library without it brings the loop back."
            ),
        ),
    ),
    run=run,
    probes={
        "good": "Which payments were not answered: refused, timed out, or tried too late?",
        "others": "Who holds the slots, and for how long each?",
        "most": "How many attempts does one payment make, and who counts them?",
        "recovery": "It is healthy. What keeps it busy, and what would have to stop for it to get free?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (200, NO_LIMIT, 0), strict=True)),
        fails_round="outage",
        fails_metric="recovery",
    ),
)
