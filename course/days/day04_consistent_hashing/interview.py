"""Day 4's interview: a cache fleet in six constraints, measured on the learner's own ring."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject, each
from course.days.day04_consistent_hashing.fleet import CLIENT, POINT, ROUTER, measure
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

STEADY = {"seed": 4, "servers": 24, "sample": 100, "hit_rate": 0.95, "database": 0.08}
MIXED = STEADY | {"mixed": 1}
DEATH = MIXED | {"dies": 1}
TENFOLD = MIXED | {"servers": 240, "sample": 30}
CELEBRITY = DEATH | {"celebrity": 0.06}


def run(
    design: Mapping[str, Any], under: Round, Ring: Subject, bounded: Subject, hold: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load on the learner's `HashRing`, `bounded_owners` and `holders`."""
    return measure(design, under.load, Ring, bounded, hold)


def _looked_up(servers: int, Ring: Subject, bounded: Subject, hold: Subject) -> tuple[Any, Sequence[Any]]:
    """One look-up on a ring of so many servers."""
    return _ring(servers, Ring).lookup, [(f"user:{servers}:{i}",) for i in range(3)]


def _placed(requests: int, Ring: Subject, bounded: Subject, hold: Subject) -> tuple[Any, Sequence[Any]]:
    """A batch of so many requests placed under a bound, on a ring of 24 servers."""
    batch = [f"user:{i}" for i in range(requests)]
    return bounded, [(_ring(24, Ring), batch, 0.25) for _ in range(3)]


def _ring(servers: int, Ring: Subject) -> Any:
    ring = Ring(8)
    each(ring.add, [f"cache-{i:03d}" for i in range(servers)])
    return ring


BUSIEST = Slo("busiest", 1.4, label="busiest server ÷ its fair share", unit="×")
TABLE = Slo("table", 32, label="ring table in each client", unit="KiB")
HOPS = Slo("hops", 1, label="network hops from a client to the server")
AWAY = Slo("away", 0.02, label="requests handed on by a full server", unit=SHARE, of="sampled")
DATABASE = Slo("database", 1.0, label="database reads ÷ what it can serve", unit="×")
MEMORY = Slo("memory", 2, label="copies of the data set in cache memory", unit="×")

REFERENCE: Mapping[str, Design] = {
    "steady": {"vnodes": 20, "bound": 0, "copies": 1, "lookup": CLIENT},
    "mixed": {"vnodes": 60, "bound": 0, "copies": 1, "lookup": CLIENT},
    "death": {"vnodes": 60, "bound": 0, "copies": 2, "lookup": CLIENT},
    "phones": {"vnodes": 60, "bound": 1.25, "copies": 2, "lookup": ROUTER},
    "celebrity": {"vnodes": 60, "bound": 1.5, "copies": 2, "lookup": ROUTER},
    "finance": {"vnodes": 60, "bound": 1.5, "copies": 1, "lookup": ROUTER},
}

SIZES = "A third of the servers are half size, a third double: together 8 × 1/2 + 8 × 1 + 8 × 2 = 28."

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
            "How many distinct keys are there, and how popular is the most popular?",
            "Far more than requests in a minute; treat the tail as flat until I say otherwise.",
        ),
        (
            "Are all servers of one size?",
            f"Today yes. Later not. {SIZES}",
        ),
        (
            "How large is an entry of the table that a client keeps?",
            f"A point takes {POINT} bytes: a position of 8 and an index of 4.",
        ),
        (
            "Does anybody see how loaded a server is?",
            "A client sees only its own requests, so no. Whoever forwards all requests could count them.",
        ),
        ("Do all see a change of membership at once?", "Yes, for today. Day 10 takes that away."),
    ),
    before=Before(
        estimates=(
            Estimate(
                "keys that move when a 25th server joins",
                "% of all keys",
                4.0,
                within=1.25,
                given="24 equal servers, one more makes 25; take the best rule that you can think of.",
                how="100 / 25 = 4; a server added to 24 must end with one key in 25, and nothing else need move",
            ),
            Estimate(
                "table in each client",
                "KiB",
                24 * 60 * POINT / 1024,
                given="Plan 60 points for each of the 24 servers.",
                asks=("How large is an entry of the table that a client keeps?",),
                how="24 × 60 × 12 / 1024 = 16.9",
            ),
            Estimate(
                "database reads in the minute after a server of double size died",
                "× what it can serve",
                (5 + 95 * 2 / 28) / 8,
                within=1.3,
                given="Of 100 reads 95 are hits and 5 reach the database, which serves 8.",
                asks=("Are all servers of one size?",),
                how="(5 + 95 × 2 / 28) / 8 = 1.47; all its hits are misses now",
            ),
        ),
        data=(
            "lookup(key: str) -> server: str\n"
            "read(server: str, key: str) -> value: bytes\n"
            "join(server: str, size: float) -> None\n"
            "members: membership, key server, used at client\n"
            "points of the ring: client, key position\n"
            "cached value: cache, key key of the read\n"
            "load of a server: cache, key server\n"
            "row: database, key key of the read"
        ),
        path="client -> cache ×24 -> database\nmembership ×3 -> client",
    ),
    knobs=(
        Knob(
            "vnodes",
            "points a server of size 1",
            (1, 200, True),
            default=1,
            grid=(1, 20, 40, 60, 100, 200),
        ),
        Knob("lookup", "who finds the server of a key", choices=(CLIENT, ROUTER), default=CLIENT),
        Knob(
            "bound",
            "most load a server takes, over its fair share, in whole requests (0: none; binds where routers see the load)",
            choices=(0, 1.1, 1.25, 1.5, 2.0),
            default=0,
        ),
        Knob("copies", "servers that hold each key", (1, 2, 3), default=1),
    ),
    rounds=(
        Round(
            name="steady",
            line="Start simple: equal servers, a flat load. No server far above its share; the table travels with each change, so 8 KiB.",
            load=STEADY,
            slos=(
                Slo("busiest", 1.5, label=BUSIEST.label, unit="×"),
                Slo("table", 8, label=TABLE.label, unit="KiB"),
                HOPS,
            ),
            presses="busiest",
            predicts="busiest",
            replies=Replies(
                weak="“Consistent hashing balances the load.” With how many points, and how well?",
                good="Names the excess of the busiest server and the number of points that buys it.",
                strong="Says that the excess falls with the square root of the points, so halving it costs four times the table.",
            ),
        ),
        Round(
            name="mixed",
            line="Procurement happened. A third of the servers are half size, a third double. Balance them better than before: the table may take 32 KiB now.",
            load=MIXED,
            slos=(BUSIEST, TABLE, HOPS),
            presses="busiest",
            relaxes=("table",),
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
            name="phones",
            line="We were right about growth: ten times the servers, sizes mixed as before, and the clients are phones. They keep 16 KiB. I give you one more hop.",
            load=TENFOLD,
            slos=(
                BUSIEST,
                Slo("table", 16, label=TABLE.label, unit="KiB"),
                Slo("hops", 2, label=HOPS.label),
                AWAY,
            ),
            presses="table",
            relaxes=("hops",),
            predicts="busiest",
            replies=Replies(
                weak="Keeps the ring in the client and drops points until it fits: the busiest server is far over.",
                good="Moves the ring into a router tier, and says what a hop costs and what the routers' death would.",
                strong="Sees what else the tier buys: it is the first that can count a server's load, so a bound becomes possible.",
            ),
        ),
        Round(
            name="celebrity",
            line="One key now takes six requests in a hundred, and somebody large may still die. Run them hotter if you must, up to 1.6; but hand on fewer than 35 in a thousand.",
            load=CELEBRITY,
            slos=(
                Slo("busiest", 1.6, label=BUSIEST.label, unit="×"),
                Slo("away", 0.035, label=AWAY.label, unit=SHARE, of="sampled"),
                DATABASE,
            ),
            presses="away",
            relaxes=("busiest", "away"),
            predicts="away",
            replies=Replies(
                weak="More points. (One key has one position: points cannot split it.)",
                good="A looser bound: the overflow goes to the next servers clockwise, and less of it.",
                strong="Says who pays: neighbours' keys are pushed away too, and each lands cold. Offers a copy of this one key everywhere.",
            ),
        ),
        Round(
            name="finance",
            line="Finance wants half of the memory back. I bought you a larger database instead: 1.7 of the old one. Celebrity and death stay.",
            load=CELEBRITY,
            slos=(
                Slo("memory", 1, label=MEMORY.label, unit="×"),
                Slo("database", 1.7, label="database reads ÷ what the old one could serve", unit="×"),
                Slo("busiest", 1.6, label=BUSIEST.label, unit="×"),
            ),
            presses="memory",
            relaxes=("database",),
            predicts="database",
            replies=Replies(
                weak="Drops the copies and keeps a tight bound: each request that is handed on is a cold read.",
                good="Prices both sources of cold reads, the dead server's keys and the overflow, and fits their sum.",
                strong="Says which of the two a second death would double, and what sheds load then.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of one look-up grow with the servers on the ring? And once there is a bound, the work of placing a batch with its requests?",
            before=Side("one look-up, with the servers", _looked_up, at=64),
            after=Side("placing a batch, with its requests", _placed, at=128),
            good="A look-up is a binary search: logarithmic, an exponent near 0. A batch is one walk a request: exponent 1, since most walks are short; an almost full fleet makes them long.",
            on=("busiest", "away"),
        ),
        Tenfold(
            ask="Ten times the servers, as mixed as they are now, everything else as it stands. Which promise breaks first?",
            times={"servers": 10, "sample": 0.3},
            good="The table: it grows with points × servers. The excess of the busiest grows too, much more slowly.",
            rounds=("steady", "mixed", "death"),
        ),
        Production(
            good=(
                "Requests a server over its fair share, and database reads over capacity, each minute; alarm at 1.3 and 0.8. "
                "A change of points moves keys, so it is rolled out one router at a time behind the old ring, and rolled back "
                "by switching the routers to the old table, which they keep until the new one is warm."
            ),
        ),
        Assumed(
            good=(
                "That all see the same members; that a copy is never stale; that the tail is flat; that a router sees all the "
                "load of a server (three routers see a third each). The last two would hurt most: both break the bound."
            ),
        ),
    ),
    run=run,
    probes={
        "busiest": "Your busiest server is over budget. Does it own too many keys, or one key too many? How do you tell?",
        "hops": "Who stands between a client and its server now, and what happens when that dies?",
        "table": "How many bytes does each client keep, and who sends them when a server joins?",
        "away": "Requests are being handed on. What did you push away, and is it cold where it lands?",
        "database": "The database is over. Name each kind of read that reaches it in this minute, with its share.",
        "memory": "You hold more copies than I paid for. Which failure are they for, and what else would cover it?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design={"vnodes": 20, "bound": 0, "copies": 1, "lookup": CLIENT},
        fails_round="mixed",
        fails_metric="busiest",
    ),
)
