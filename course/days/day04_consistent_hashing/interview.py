"""Day 4's interview: a cache fleet in six constraints, measured on the learner's own ring."""

from collections.abc import Mapping
from typing import Any

from course.checking.subject import Subject
from course.days.day04_consistent_hashing.fleet import measure
from course.interview import SHARE, Design, Knob, Naive, Replies, Round, Scenario, Slo

STEADY = {"seed": 4, "servers": 24, "sample": 100, "hit_rate": 0.95, "database": 0.08}
MIXED = STEADY | {"mixed": 1}
DEATH = MIXED | {"dies": 1}
TENFOLD = MIXED | {"servers": 240, "sample": 30}
CELEBRITY = DEATH | {"celebrity": 0.06}


def run(design: Mapping[str, Any], under: Round, Ring: Subject, bounded: Subject) -> Mapping[str, float]:
    """Measure a design under a round's load on the learner's `HashRing` and `bounded_owners`."""
    return measure(design, under.load, Ring, bounded)


BUSIEST = Slo("busiest", 1.4, label="busiest server ÷ its fair share", unit="×")
CROWDED = Slo("busiest", 1.6, label=BUSIEST.label, unit="×")
TABLE = Slo("table", 48, label="ring table in each client", unit="KiB")
AWAY = Slo("away", 0.08, label="requests handed on by a full server", unit=SHARE)
DATABASE = Slo("database", 1.0, label="database reads ÷ what it can serve", unit="×")
MEMORY = Slo("memory", 2, label="copies of the data set in cache memory", unit="×")

REFERENCE: Mapping[str, Design] = {
    "steady": {"vnodes": 60, "bound": 0, "copies": 1},
    "mixed": {"vnodes": 60, "bound": 0, "copies": 1},
    "death": {"vnodes": 60, "bound": 1.25, "copies": 2},
    "tenfold": {"vnodes": 60, "bound": 1.25, "copies": 2},
    "celebrity": {"vnodes": 60, "bound": 1.25, "copies": 2},
    "finance": {"vnodes": 60, "bound": 1.5, "copies": 1},
}

SCENARIO = Scenario(
    id="day04",
    title="A cache fleet that changes",
    opening=(
        "Twenty-four cache servers stand in front of one database. The cache answers nineteen reads in twenty; the "
        "database can serve eight in a hundred of all reads and falls over beyond that. Every client picks the server "
        "for a key by itself. Tell me how, and then I will start to break things."
    ),
    clarify=(
        (
            "How many distinct keys?",
            "Far more than requests in a minute; treat the tail as flat until I say otherwise.",
        ),
        (
            "May clients talk to a coordinator for each lookup?",
            "No. A client keeps a table and answers from it.",
        ),
        ("Do all servers see membership at once?", "Yes, for today. Day 10 takes that away."),
    ),
    knobs=(
        Knob("vnodes", "points a server of size 1", (1, 400, True), default=1),
        Knob(
            "bound",
            "most load a server takes, over its fair share, in whole requests (0: no bound)",
            choices=(0, 1.1, 1.25, 1.5, 2.0),
            default=0,
        ),
        Knob("copies", "servers that hold each key", (1, 2, 3), default=1),
    ),
    rounds=(
        Round(
            name="steady",
            line="Start simple: equal servers, a flat load. No server may run far above its share, and the table stays small.",
            load=STEADY,
            slos=(BUSIEST, TABLE, AWAY),
            presses="busiest",
            predicts="busiest",
            replies=Replies(
                weak="“Consistent hashing balances the load.” With how many points, and how well?",
                good="Names the excess of the busiest server and the number of points that buys it.",
                strong="Says that the excess falls with the square root of the points, so each halving costs four times the table.",
            ),
        ),
        Round(
            name="mixed",
            line="Procurement happened. A third of the servers are half size, a third are double. Same budget, by size.",
            load=MIXED,
            slos=(BUSIEST,),
            presses="busiest",
            predicts="busiest",
            replies=Replies(
                weak="Gives every server the same number of points.",
                good="Points in proportion to size.",
                strong="Sees that the small servers now have the fewest points, so they set the excess.",
            ),
        ),
        Round(
            name="death",
            line="It is the busiest minute of the day and one of your largest servers dies. Keep my database alive.",
            load=DEATH,
            slos=(DATABASE, MEMORY),
            presses="database",
            predicts="database",
            replies=Replies(
                weak="“The keys move to the next server.” Which is empty.",
                good="Counts the orphaned reads: the dead server's share, all of them misses.",
                strong="A second copy on the next server clockwise: exactly where the keys will be looked for. Says what it costs in memory.",
            ),
        ),
        Round(
            name="tenfold",
            line="We were right about growth: ten times the servers, sizes mixed as before. Clients are phones, so the table has a limit.",
            load=TENFOLD,
            slos=(CROWDED, AWAY, Slo("table", 280, label=TABLE.label, unit="KiB")),
            presses="table",
            predicts="table",
            replies=Replies(
                weak="Keeps the points a server and does not look at the table.",
                good="Computes the table: points × servers × bytes a point.",
                strong="Trades points for a bound on the load, and says what the bound costs when it bites.",
            ),
        ),
        Round(
            name="celebrity",
            line="One key now takes six requests in a hundred. It belongs to one server. And somebody large may still die.",
            load=CELEBRITY,
            slos=(CROWDED, AWAY, DATABASE),
            presses="away",
            predicts="away",
            replies=Replies(
                weak="More points. (One key has one position: points cannot split it.)",
                good="A bound on the load: the overflow goes to the next servers clockwise.",
                strong="Says who pays: neighbours' keys are pushed away too, and each lands cold.",
            ),
        ),
        Round(
            name="finance",
            line="Finance wants half of the memory back. I bought you a larger database instead. Celebrity and death stay.",
            load=CELEBRITY,
            slos=(
                Slo("memory", 1, label=MEMORY.label, unit="×"),
                Slo("database", 1.68, label="database reads ÷ what the old one could serve", unit="×"),
                CROWDED,
            ),
            presses="memory",
            relaxes=("database",),
            predicts="database",
            replies=Replies(
                weak="Drops the copies and keeps the tight bound.",
                good="Loosens the bound too: each request that is handed on is a cold read.",
                strong="Prices both sources of cold reads, the dead server's keys and the overflow, and fits their sum.",
            ),
        ),
    ),
    run=run,
    probes={
        "busiest": "Your busiest server is over budget. Does it own too many keys, or one key too many? How do you tell?",
        "table": "How many bytes does each client keep, and who sends them when a server joins?",
        "away": "Requests are being handed on. What did you push away, and is it cold where it lands?",
        "database": "The database is over. Name each kind of read that reaches it in this minute, with its share.",
        "memory": "You hold more copies than I paid for. Which failure are they for, and what else would cover it?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design={"vnodes": 100, "bound": 0, "copies": 1}, fails_round="death", fails_metric="database"
    ),
)
