"""The second mock round: a global rate limiter, whose budgets are leased to regions and fenced.

Fifty-five minutes, on a design rather than on code: :mod:`course.systems.cluster.global_limit` is the measure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

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
from course.systems.cluster import global_limit
from course.systems.cluster.global_limit import World

EVEN = World()
FAR = replace(EVEN, regions=5, trip=0.3)
MOVES = replace(FAR, moves=1.0, level=1.0)
CUT = replace(FAR, cut_for=60)
ABUSE = replace(CUT, level=20.0)


def run(design: Design, under: Round) -> Mapping[str, float]:
    """Measure a design under a round's load."""
    world = World(**{name: float(value) for name, value in under.load.items()})
    chunk, lease, grace = (float(design[name]) for name in NAMES)
    found = global_limit.limited(chunk, lease, grace, world)
    return found | {"dark": min(1.0, found["dark"])}


def _each_customer(customers: int) -> int:
    """A region that looks through all customers for those whose lease has ended."""
    ended = 0
    for customer in range(customers):
        if customer % 7 == 0:
            ended += 1
    return ended


def _next_to_end(customers: int) -> int:
    """The same with the leases in a heap, the next to end first: levels that one of them passes."""
    levels = 0
    while customers > 1:
        customers //= 2
        levels += 1
    return levels


def _through_all(n: int) -> tuple[Any, Sequence[Any]]:
    return subjects(_each_customer)[0], [(n,), (n,), (n,)]


def _from_a_heap(n: int) -> tuple[Any, Sequence[Any]]:
    return subjects(_next_to_end)[0], [(n,), (n,), (n,)]


def _refused(limit: float) -> Slo:
    return Slo("refused", limit, unit=SHARE, label="share of demand refused though the limit allows it")


def _over(limit: float) -> Slo:
    return Slo("over", limit, unit=SHARE, label="share above the limit in the worst minute")


def _central(limit: float) -> Slo:
    return Slo("central", limit, label="thousand grants a second, all customers")


def _dark(limit: float) -> Slo:
    return Slo(
        "dark",
        limit,
        at_most=False,
        unit=SHARE,
        label="share of its fair demand that a cut-off region serves",
    )


STOP = Slo("stop", 10, unit="s", label="until a revoked customer is refused everywhere")

NAMES = ("chunk", "lease", "grace")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "even": (0.3, 20, 0),
        "moves": (0.6, 20, 0),
        "customers": (0.6, 60, 0),
        "cut off": (0.6, 60, 0.8),
        "abuser": (0.6, 60, 0.1),
        "stop": (0.6, 9, 0.1),
    }.items()
}

SCENARIO = Scenario(
    id="mock-limiter",
    title="A global rate limiter",
    mock=True,
    safety=("over", "stop"),
    opening=(
        "Customers buy tokens a second, world-wide. Requests land in several regions, and one place knows the balance. A "
        "gateway has two milliseconds to decide. Nobody may use much more than he bought, and nobody who paid is refused. "
        "Twenty minutes for the whole; then we go into one part, and I change the problem while you are in it."
    ),
    clarify=(
        (
            "How many customers, and how large are they?",
            "1,000 large ones, each with 1,000 tokens a second, and 200,000 small ones. A request takes 10 tokens.",
        ),
        (
            "How far is the place that knows the balance?",
            "100 ms for a round trip, later 300, with 5 regions. A second is 1,000 ms.",
        ),
        (
            "What may go wrong: too much, or a wrong refusal?",
            "Five in a hundred too much in a minute is fine. One in a hundred refused wrongly is the most.",
        ),
        (
            "What does a region do when it reaches nobody?",
            "That is yours to decide. At first: it uses up what it has.",
        ),
        (
            "How is a small customer served?",
            "From a lease like the others. It asks once a lease, and a lease is 20 s at first.",
        ),
        (
            "How fast must a stolen key stop?",
            "Today within a few minutes. Expect much less.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "decisions a second, all large customers at their limit",
                "a second",
                1_000 * 1_000 / 10,
                asks=("How many customers, and how large are they?",),
                how="1,000 × 1,000 / 10 = 100,000",
            ),
            Estimate(
                "tokens that one customer uses during a round trip of 300 ms",
                "tokens",
                300,
                within=1.5,
                asks=(
                    "How many customers, and how large are they?",
                    "How far is the place that knows the balance?",
                ),
                how="1,000 × 300 / 1,000 = 300",
            ),
            Estimate(
                "grants a second for the small customers",
                "a second",
                10_000,
                asks=("How many customers, and how large are they?", "How is a small customer served?"),
                how="200,000 / 20 = 10,000",
            ),
        ),
        data=(
            "reserve(customer: str, region: str, tokens: int) -> grant: Grant\n"
            "settle(grant: Grant, unspent: int) -> balance: int\n"
            "admit(customer: str, tokens: int) -> allowed: bool\n"
            "balance of a customer: ledger, key customer\n"
            "grant with its fencing token: ledger, key customer and region, used at gateway\n"
            "unspent tokens: gateway, key customer\n"
            "revoked keys: ledger, key customer, used at gateway"
        ),
        path="client -> gateway ×20 -> ledger ×5 -> gateway\ngateway -> model ×40",
    ),
    knobs=(
        Knob(
            "chunk",
            "what a region leases at once, in seconds of the whole limit",
            (0.3, 0.5, 0.6, 0.8, 2, 8),
            unit="s",
            default=0.3,
        ),
        Knob("lease", "after which unspent tokens go back", (2, 5, 9, 20, 60, 120), unit="s", default=20),
        Knob(
            "grace",
            "share of its recent rate that a region goes on with when it reaches nobody",
            (0, 0.1, 0.2, 0.4, 0.8),
            default=0,
        ),
    ),
    rounds=(
        Round(
            "even",
            "Three regions, demand spread evenly, ninety per cent of what was bought. One in a hundred may be refused wrongly, five in a hundred may be too much; the ledger takes 25,000 grants a second.",
            global_limit.load(EVEN),
            (_refused(0.01), _over(0.05), _central(25)),
            presses="refused",
            predicts="central",
            replies=Replies(
                weak="“We ask the ledger each time.” A hundred thousand times a second, and 100 ms each.",
                good="Leases tokens in chunks, asks for the next before the last is gone, and decides at the gateway.",
                strong="Says what a chunk must cover: the demand of a round trip, with room; and what it may not: the whole limit.",
            ),
        ),
        Round(
            "moves",
            "Five regions, 300 ms away. Nearly all demand is in one of them, and every twenty seconds in another. Still one in a hundred, and half the grants: 12,500.",
            global_limit.load(MOVES),
            (_refused(0.01), _central(12.5)),
            presses="refused",
            predicts="refused",
            replies=Replies(
                weak="Gives each region a fifth.",
                good="A chunk that covers the longer round trip at the full rate.",
                strong="Explains the region that has it all: a large chunk locks up what another one needs, until its lease ends.",
            ),
        ),
        Round(
            "customers",
            "The contract for the ledger is smaller still: 8,000 grants a second. The small customers are most of them.",
            global_limit.load(MOVES),
            (_central(8),),
            presses="central",
            predicts="central",
            replies=Replies(
                weak="A larger chunk. The small ones ask once a lease, whatever its size.",
                good="A longer lease: grants of small customers fall with it.",
                strong="Would give small customers a default quota at the edge, without a lease, and says what that risks.",
            ),
        ),
        Round(
            "cut off",
            "One region is alone for a minute. Its customers have paid: seven of ten tokens of its fair demand are served there.",
            global_limit.load(CUT),
            (_dark(0.7),),
            presses="dark",
            predicts="dark",
            replies=Replies(
                weak="“It fails open.” For whom, and how much?",
                good="Goes on at a share of the rate that it had.",
                strong="Says which promise is now broken on purpose, by how much at most, and who is told.",
            ),
        ),
        Round(
            "abuser",
            "That customer asks twenty times his limit meanwhile. Five in a hundred too much, no more. For the cut-off region fifteen in a hundred will do.",
            global_limit.load(ABUSE),
            (_over(0.05), _dark(0.15)),
            presses="over",
            relaxes=("dark",),
            predicts="over",
            replies=Replies(
                weak="Blocks the customer. His other four regions are paid for.",
                good="Less grace: what a region may invent is a share of what it had.",
                strong="Notes that the other regions lend out what the cut-off one goes on spending, so the grace is what comes on top.",
            ),
        ),
        Round(
            "stop",
            "A stolen key must stop within ten seconds, everywhere. I pay for 40,000 grants a second.",
            global_limit.load(ABUSE),
            (STOP, _central(40)),
            presses="stop",
            relaxes=("central",),
            predicts="stop",
            replies=Replies(
                weak="Pushes a message to all regions. And to the one that is cut off?",
                good="A lease of nine seconds: what is not renewed ends by itself.",
                strong="Separates the two: a push for the usual case, the lease for the worst; and a fence, or a clock that is five seconds slow makes it fourteen.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="A region ends leases. How does the work grow with the customers: looking through all of them, and with the next to end at the top of a heap?",
            before=Side("all customers, one by one", _through_all, 256),
            after=Side("the next one, from a heap", _from_a_heap, 4096),
            good="Linear against a logarithm (an exponent that falls to 0). Or no work at all: look at a lease when its customer asks.",
        ),
        Tenfold(
            ask="The round trip to the ledger takes ten times as long, and the cut lasts three times as long. Which promise breaks first?",
            times={"trip": 10, "cut_for": 3},
            rounds=("moves", "customers", "cut off", "abuser", "stop"),
            good="Wrong refusals: a chunk no longer covers the round trip. Then the cut-off region, which lives on its grace for longer.",
        ),
        Production(
            good="Refusals while the balance was positive, by customer and region; admitted over bought in the worst minute; grants a second; age of the oldest lease. "
            "Chunk, lease and grace are settings of a customer: back to the old ones, and they hold from the next grant on.",
            on=("refused", "over", "central"),
        ),
        Assumed(
            good="That demand in a round trip is like that of the last ten seconds; that a region's clock is right to half a second, or the ledger fences; "
            "that customers do not spread over regions on purpose. The last hurts most: twenty keys of one owner are twenty customers here.",
        ),
    ),
    run=run,
    probes={
        "refused": "Where were the tokens when this one was refused: spent, on their way, or in another region's pocket?",
        "over": "Follow one token that was too much. Was it lent twice, saved up before, or never lent by anybody?",
        "central": "Which customers ask, and what makes each of them ask again?",
        "dark": "The region reaches nobody. What does it have, and what does it invent?",
        "stop": "The key is revoked now. What does the last gateway know, and until when may it act on it?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (0.3, 20, 0), strict=True)), fails_round="moves", fails_metric="refused"
    ),
)
