"""Day 10's interview: how long a lease, how wide a margin and how many nodes, in six constraints."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from course.checking.subject import Subject
from course.days.day10_leases_and_consensus.service import load, measure
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
from course.systems.cluster.ownership import Hours

DEATH = Hours()
PAUSES = replace(DEATH, pause_s=0.4, spread=1.2)  # chosen: the interviewer's world
DRIFT = replace(PAUSES, drift=0.02)
REGION = replace(DRIFT, region=0.0005)
STEP = replace(REGION, step_s=2.0, early=10.0)  # chosen: likewise


def run(
    design: Mapping[str, Any], under: Round, Fence: Subject, grant_vote: Subject, commit_index: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load, with the learner's fence at the store."""
    hours = Hours(**{name: float(value) for name, value in under.load.items()})
    lease, margin, nodes = (design[name] for name in NAMES)
    return measure(float(lease), float(margin), int(nodes), hours, Fence)


def _voted(
    entries: int, Fence: Subject, grant_vote: Subject, commit_index: Subject
) -> tuple[Any, Sequence[Any]]:
    """A vote of a node whose log is so long."""
    node = {"term": 3, "voted_for": "", "log": [2] * entries}
    ask = {"term": 4, "candidate": "b", "last_term": 2, "length": entries}
    return grant_vote, [(node, ask)] * 3


def _counted(
    followers: int, Fence: Subject, grant_vote: Subject, commit_index: Subject
) -> tuple[Any, Sequence[Any]]:
    """What a leader of so many followers may call committed."""
    return commit_index, [([1] * 3, [followers % 4, *range(4)] * (followers // 4), 1, 0)] * 3


def _gap(limit: float) -> Slo:
    return Slo("gap", limit, unit="s", label="time without an owner after one died, 99th percentile")


def _messages(limit: float) -> Slo:
    return Slo("messages", limit, unit="a second", label="messages of the lock service")


def _stolen(limit: float) -> Slo:
    return Slo("stolen", limit, label="leases a day that a paused owner loses")


UNSAFE = Slo("unsafe", 0, label="writes a day that clocks let through after a lease is over")
WRONG = Slo("wrong", 0, label="writes a day that the store takes from an owner that was replaced")
DOWN = Slo("down", 5, unit="min", label="time a year without a majority")
GRANT = Slo("grant", 25, unit="ms", label="99th percentile of a grant")

NAMES = ("lease", "margin", "nodes")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "death": (10, 0.1, 3),
        "pauses": (20, 0.1, 3),
        "drift": (20, 0.5, 3),
        "region": (20, 0.5, 5),
        "step": (22, 2.5, 5),
        "fenced": (7, 0.1, 5),
    }.items()
}

SCENARIO = Scenario(
    id="day10",
    title="Ten thousand shards, one owner each",
    safety=("unsafe", "wrong"),
    opening=(
        "Ten thousand shards, each with one owner. All together, owners die twenty times a day and pause forty thousand times. "
        "Two owners at once cost us data; no owner costs us twelve seconds at most. Who owns a shard, and who decides?"
    ),
    clarify=(
        (
            "How does an owner keep its lease?",
            "It renews at a third of its time: a lease of 10 s about each 3.3 s. Each renewal is a message to every follower; with 3 nodes there are 2.",
        ),
        ("How fast is a grant?", "About 0.025 s at the 99th percentile; a takeover takes 2 of them."),
        (
            "How often is a node of the service away?",
            "A share of 0.002 of the time, independently; of 3 nodes there are 3 pairs. A year has 525,600 minutes.",
        ),
        (
            "How long do owners pause?",
            "Mostly a fifth of a second; later four tenths, and one in two hundred some seconds.",
        ),
        ("May two owners write for a moment?", "Never. But the store cannot check anything yet."),
        ("Who keeps the time?", "Each machine its own. They are corrected, and sometimes jump."),
    ),
    before=Before(
        estimates=(
            Estimate(
                "messages of the lock service",
                "a second",
                6060,
                within=1.5,
                given="10,000 shards, leases of 10 s, 3 nodes.",
                asks=("How does an owner keep its lease?",),
                how="10,000 / 3.3 × 2 = 6,060",
            ),
            Estimate(
                "time without an owner after one died",
                "s",
                10.05,
                within=1.5,
                given="A lease of 10 s; the owner died just after it had renewed.",
                asks=("How fast is a grant?",),
                how="10 + 2 × 0.025 = 10.05",
            ),
            Estimate(
                "minutes a year without a majority of 3 nodes",
                "minutes",
                6.3,
                given="Two of three away at once is no majority.",
                asks=("How often is a node of the service away?",),
                how="3 × 0.002 × 0.002 × 525,600 = 6.3",
            ),
        ),
        data=(
            "acquire(shard: str, owner: str) -> token: int\n"
            "renew(shard: str, token: int) -> until: float\n"
            "owner and token of a shard: lock service, key shard, used at owner\n"
            "highest token of a shard: store, key shard\n"
            "log of grants: log, key index"
        ),
        path="owner ×200 -> lock service ×3 -> log ×3\nlock service -> owner\nowner -> store ×12",
    ),
    knobs=(
        Knob(
            "lease",
            "how long a lease lasts",
            choices=(1, 60, False),
            unit="s",
            default=10,
            grid=(1, 2, 5, 7, 10, 15, 20, 22, 24, 30, 60),
        ),
        Knob(
            "margin",
            "how much earlier an owner stops, and how much longer the service waits",
            choices=(0, 0.1, 0.5, 1, 2.5, 5),
            unit="s",
            default=0,
        ),
        Knob("nodes", "nodes of the lock service, over three regions", choices=(3, 5, 7), default=3),
    ),
    rounds=(
        Round(
            name="death",
            line="Owners die, twenty a day. Twelve seconds without one, at most; and the lock service is a small one: 7,000 messages a second.",
            load=load(DEATH),
            slos=(_gap(12), _messages(7000)),
            presses="gap",
            predicts="gap",
            replies=Replies(
                weak="“A heartbeat each second.” Ten thousand shards; count the messages.",
                good="A lease as long as the gap allows, renewed at thirds.",
                strong="Says that a dead owner's lease must run out in full, since nobody can tell dead from slow.",
            ),
        ),
        Round(
            name="pauses",
            line="They pause, too: four tenths of a second, sometimes ten. A hundred stolen leases a day, no more. I give you 26 seconds for a death.",
            load=load(PAUSES),
            slos=(_stolen(100), _gap(26)),
            presses="stolen",
            relaxes=("gap",),
            predicts="stolen",
            replies=Replies(
                weak="Renews more often. The pause does not care.",
                good="A longer lease: what a pause may last is the part that is left at a renewal.",
                strong="Asks what an owner does when it comes back, since it does not know that it was away.",
            ),
        ),
        Round(
            name="drift",
            line="Two clocks run apart by two in a hundred. No write may slip through because of that, and the hundred stolen leases stand.",
            load=load(DRIFT),
            slos=(UNSAFE, _stolen(100)),
            presses="unsafe",
            predicts="stolen",
            replies=Replies(
                weak="“We run NTP.” And until it has corrected?",
                good="A margin above the drift of one lease, on both sides.",
                strong="Sees that the margin grows with the lease: a longer lease needs a wider one.",
            ),
        ),
        Round(
            name="region",
            line="A whole region is away for four hours a year. Five minutes without a majority, and a grant within 25 milliseconds. What I said of pauses and of deaths stands.",
            load=load(REGION),
            slos=(DOWN, GRANT, _stolen(100), _gap(26)),
            presses="down",
            predicts="down",
            replies=Replies(
                weak="Four nodes. Their majority is three, and any two that are away end it.",
                good="Five nodes in three regions.",
                strong="Has seen that five grant faster than three: the next region holds two of them, and the faster one is enough.",
            ),
        ),
        Round(
            name="step",
            line="A clock jumps by two seconds, ten times a day. Still no write because of clocks; 26 seconds stand.",
            load=load(STEP),
            slos=(UNSAFE, _gap(26)),
            presses="unsafe",
            predicts="gap",
            replies=Replies(
                weak="Alarms on the jump. The write has been made.",
                good="A margin above drift and step together; it lengthens every gap.",
                strong="Says that any margin only moves the limit: a jump of three seconds still passes.",
            ),
        ),
        Round(
            name="fenced",
            line="The store can check a number now. Eight seconds without an owner. Clocks may do what they like; 1,500 stolen leases and 22,000 messages are fine.",
            load=load(STEP),
            slos=(_gap(8), WRONG, _stolen(1500), _messages(22_000)),
            presses="gap",
            relaxes=("unsafe", "stolen", "messages"),
            predicts="messages",
            replies=Replies(
                weak="Keeps the wide margin, to be on the safe side.",
                good="A token with each write, a short lease, hardly a margin: old owners are refused, whatever the clocks say.",
                strong="Names what is left: stores that cannot compare, the store's own restart, and refusals as an alarm for one owner.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work grow: of a vote, with the voter's log, and of what is committed, with the followers?",
            before=Side("a vote, with the entries of the log", _voted, at=64),
            after=Side("what is committed, with the followers", _counted, at=64),
            good="A vote not at all: the last entry decides. What is committed with n log n, a sort, and n is five; the log's length does not enter.",
            on=("gap", "grant", "down"),
        ),
        Tenfold(
            ask="Everything pauses ten times as long, clocks jump ten times as far, and regions are away ten times as often. Which promise breaks first?",
            times={"pause_s": 10, "step_s": 10, "region": 10},
            good="Leases are stolen, or a clock gets past its margin: whatever rests on time. What rests on a token does not notice.",
            rounds=("pauses", "region", "step", "fenced"),
        ),
        Production(
            good=(
                "Refused tokens by owner, alarm at a hundred an hour for one owner, which is then drained; age of the oldest lease; elections an hour. "
                "Lease and margin are settings that the service hands out with each grant: back to the old ones, and they hold from the next renewal on."
            ),
        ),
        Assumed(
            good=(
                "That disks keep what they have acknowledged, votes above all; that clocks of two machines jump independently; that a store which restarts still knows its tokens. "
                "The first would hurt most: a vote that is forgotten makes two leaders in three events."
            ),
        ),
    ),
    run=run,
    probes={
        "gap": "An owner dies just after it has renewed. Who may act when, by whose clock?",
        "messages": "How often does each shard renew, and who hears of it?",
        "stolen": "An owner pauses right before it would renew. How long may that last?",
        "unsafe": "Draw both clocks at the end of a lease. Which of them says that it is over first?",
        "wrong": "The check was true when it was made. What arrives at the store, and what does the store know?",
        "down": "Which nodes must be away for that? Do they share something?",
        "grant": "Whose vote makes the majority, and how far is it?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (10, 0.1, 3), strict=True)), fails_round="pauses", fails_metric="stolen"
    ),
)
