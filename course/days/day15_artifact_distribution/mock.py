"""The third mock round: weights to a thousand servers in four regions, several times a day.

Fifty-five minutes, on a design rather than on code. Copy, switch in waves, watch, go back; minutes throughout.
"""

from collections.abc import Mapping, Sequence
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

SERVERS, REGIONS, SIZE_GB, LINK_GBPS = 1_000, 4, 500, 10
"""The link is that into a region."""
CANARIES = 10
SWITCH_MIN = 160 / 60
"""From the disk into the accelerators, and warm; for all that switch at once."""
STRETCH = 1.15  # chosen: what day 15's swarm adds inside a region
CALLED_MIN = 30
"""Until somebody is called and a machine is found, where a region's only relay has died."""
COPIES: Mapping[str, int] = {"each server": 250, "one a rack": 7, "two": 2, "one": 1}
"""Copies of the file that cross into each region, by who fetches it."""


def run(design: Design, under: Round) -> Mapping[str, float]:
    """Measure a design under a round's load."""
    versions, shows, relay_dies = (float(under.load[name]) for name in ("versions", "shows", "relay_dies"))
    relay, wave, soak = str(design["relay"]), float(design["wave"]), float(design["soak"])
    swarms = relay in ("one", "two")
    copy = COPIES[relay] * SIZE_GB * 8 / LINK_GBPS * (STRETCH if swarms else 1.0) / 60
    if relay_dies and relay == "one":
        copy += CALLED_MIN
    on, exposed = float(CANARIES), 0.0
    for minute in range(int(shows)):
        exposed += on
        if minute + 1 > soak:
            on = min(SERVERS, on + SERVERS * wave / 100 / SWITCH_MIN)
    back = max(SWITCH_MIN, on / (SERVERS * wave / 100) * SWITCH_MIN) if shows else 0.0
    return {
        "copy": copy,
        "live": copy + SWITCH_MIN + soak + 100 / wave * SWITCH_MIN,
        "capacity": 1 - wave / 100,
        "exposed": exposed,
        "rollback": back,
        "wan": versions * COPIES[relay] * REGIONS * SIZE_GB / 1000,
    }


def _each_server(servers: int) -> int:
    """One record that every server asks for its version: questions that it answers."""
    asked = 0
    for server in range(servers):
        asked += server >= 0
    return asked


def _by_region(servers: int) -> int:
    """One question a region, and its servers ask the region: questions that the record answers."""
    return REGIONS


def _all(n: int) -> tuple[Any, Sequence[Any]]:
    return subjects(_each_server)[0], [(n,)] * 3


def _few(n: int) -> tuple[Any, Sequence[Any]]:
    return subjects(_by_region)[0], [(n,)] * 3


def _live(limit: float) -> Slo:
    return Slo("live", limit, unit="min", label="until all serve the new version")


def _copy(limit: float) -> Slo:
    return Slo("copy", limit, unit="min", label="until every disk has it")


def _capacity(limit: float) -> Slo:
    return Slo(
        "capacity", limit, at_most=False, unit=SHARE, label="share of the servers that serve", of=SERVERS
    )


def _exposed(limit: float) -> Slo:
    return Slo("exposed", limit, label="server-minutes on a bad version")


BACK = Slo("rollback", 5, unit="min", label="until nobody serves it any more")
WAN = Slo("wan", 15, unit="TB", label="bytes into all regions, a day")

LOAD: Mapping[str, float] = {"versions": 1, "shows": 0, "relay_dies": 0}
NAMES = ("relay", "wave", "soak")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "one version": ("one", 50, 0),
        "busy fleet": ("one", 10, 0),
        "relay dies": ("two", 10, 0),
        "bad version": ("two", 10, 15),
        "six a day": ("one", 10, 15),
        "slow poison": ("one", 5, 60),
    }.items()
}

SCENARIO = Scenario(
    id="mock-weights",
    title="Weights to a thousand servers",
    mock=True,
    safety=("exposed", "rollback"),
    opening=(
        "Four regions, 250 servers in each, and ten gigabits a second from the store into a region. A new version of 500 gigabytes comes "
        "every day, at first. Servers serve while you change them. Twenty minutes for the whole; then we go into one part, and I "
        "change the problem while you are in it."
    ),
    clarify=(
        (
            "How large is a version, and how fast is the link?",
            "500 gigabytes, and 10 gigabits a second into each of the 4 regions. A byte has 8 bits.",
        ),
        (
            "How long does a server need to switch?",
            "160 s: from its disk into the accelerators, and warm. It serves nothing meanwhile.",
        ),
        ("How busy is the fleet?", "70% today. Expect more."),
        (
            "How does a bad version show?",
            "By complaints and by a monitor, some minutes after it serves. Ten servers can go first.",
        ),
        (
            "Does a conversation keep its version?",
            "It should. A version may go once nobody uses it any more.",
        ),
        ("How many versions fit on a disk?", "2."),
        (
            "What if a relay dies?",
            "A second one has its own copy and goes on. Where it was the only one, somebody is called: 30 minutes.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "time of one copy into a region",
                "minutes",
                500 * 8 / 10 / 60,
                within=1.5,
                asks=("How large is a version, and how fast is the link?",),
                given="A minute has 60 seconds.",
                how="500 × 8 / 10 / 60 = 6.7",
            ),
            Estimate(
                "time until every server of a region has fetched it by itself",
                "minutes",
                250 * 500 * 8 / 10 / 60,
                asks=("How large is a version, and how fast is the link?",),
                given="A minute has 60 seconds; a region has 250 servers.",
                how="250 × 500 × 8 / 10 / 60 = 1,667",
            ),
            Estimate(
                "time in which all switch, a tenth at a time",
                "minutes",
                10 * 160 / 60,
                within=1.5,
                asks=("How long does a server need to switch?",),
                given="A tenth at a time are 10 waves; a minute has 60 seconds.",
                how="10 × 160 / 60 = 27",
            ),
        ),
        data=(
            "release(name: str, region: str) -> accepted: bool\n"
            "activate(server: str, name: str) -> before: str\n"
            "stop(name: str) -> stopped: bool\n"
            "released versions, signed: record, key version, used at relay\n"
            "chunks of a version: store, key name, used at relay\n"
            "active version of a server: server, key server, used at monitor\n"
            "version of a conversation: server, key conversation"
        ),
        path="record ×3 -> relay ×8 -> server ×1000 -> monitor ×2\nstore ×2 -> relay\nmonitor -> record",
    ),
    knobs=(
        Knob(
            "relay",
            "who fetches it into a region",
            ("each server", "one a rack", "two", "one"),
            default="each server",
        ),
        Knob(
            "wave",
            "share of the servers that switch at once",
            (1, 2, 4, 5, 8, 10, 20, 50),
            unit="%",
            default=50,
        ),
        Knob("soak", "how long ten canaries are watched", (0, 5, 15, 60), unit="min", default=0),
    ),
    rounds=(
        Round(
            "one version",
            "One version, in an hour.",
            dict(LOAD),
            (_live(60),),
            presses="live",
            predicts="live",
            replies=Replies(
                weak="Every server fetches it. That is a day.",
                good="One copy into each region, and a swarm inside.",
                strong="Says what is single now, and who notices when it is gone.",
            ),
        ),
        Round(
            "busy fleet",
            "The fleet is 85% busy. In the same hour.",
            dict(LOAD),
            (_capacity(0.85), _live(60)),
            presses="capacity",
            predicts="capacity",
            replies=Replies(
                weak="Switches at night. Whose night?",
                good="A tenth at a time.",
                strong="Counts waves against the hour, and asks what happens to conversations under way.",
            ),
        ),
        Round(
            "relay dies",
            "From now on a region's relay dies in the middle of each release. Every disk within twenty minutes all the same.",
            dict(LOAD) | {"relay_dies": 1},
            (_copy(20), _live(60)),
            presses="copy",
            predicts="copy",
            replies=Replies(
                weak="Somebody is called.",
                good="Two relays, and what one has the other need not fetch again.",
                strong="Lets any server become the relay, by a lease, and says what a second copy costs on the wire.",
            ),
        ),
        Round(
            "bad version",
            "A bad version shows after ten minutes. 150 server-minutes at most, and nobody on it five minutes later. You may take 65.",
            dict(LOAD) | {"relay_dies": 1, "shows": 10},
            (_exposed(150), BACK, _live(65)),
            presses="exposed",
            relaxes=("live",),
            predicts="exposed",
            replies=Replies(
                weak="Rolls back fast. All thousand were on it.",
                good="Ten first, watched for longer than it takes to show.",
                strong="Says what ten servers cannot see, and what the way back needs to have on the disk.",
            ),
        ),
        Round(
            "six a day",
            "Six versions a day, and the link is shared: fifteen terabytes a day into all regions. A disk may wait 45 minutes, and all may take 90.",
            dict(LOAD) | {"relay_dies": 1, "shows": 10, "versions": 6},
            (WAN, _copy(45), _live(90)),
            presses="wan",
            relaxes=("copy", "live"),
            predicts="wan",
            replies=Replies(
                weak="Compresses the weights.",
                good="One copy into each region, since there is time to wait for a dead relay.",
                strong="Says that this trades minutes for bytes, and which of them is contracted.",
            ),
        ),
        Round(
            "slow poison",
            "Still six a day. A flaw that shows after forty minutes, at 92% load. 500 server-minutes; the whole may take 160.",
            dict(LOAD) | {"relay_dies": 1, "shows": 40, "versions": 6},
            (_capacity(0.92), _exposed(500), BACK, _live(160)),
            presses="exposed",
            relaxes=("exposed", "live"),
            predicts="live",
            replies=Replies(
                weak="A longer soak, and no word about how many a day are left.",
                good="An hour's soak and waves of a twentieth: with the copy, 154 of the 240 minutes between two versions.",
                strong="Says that a flaw that shows after three hours cannot be waited for six times a day: fewer versions, or monitors that stop one everywhere, and the price of each.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="Servers ask which version is released. How do the questions to the record grow with the servers: each asks it, and each asks its region?",
            before=Side("each asks the record", _all, 256),
            after=Side("each asks its region", _few, 256),
            good="Linear, and not at all. What a region knows may then be old: by how much is a number to promise.",
        ),
        Tenfold(
            ask="Four times as many versions a day, and flaws that show four times as late. Which promise breaks first?",
            times={"versions": 4, "shows": 4},
            rounds=("bad version", "six a day", "slow poison"),
            good="Whoever waits too short has more servers on it when it shows; whoever waits long enough runs out of the day, or of the link.",
        ),
        Production(
            good="Servers by version, which falls to one number after each release; chunks that did not verify; complaints and refusals by version, within the hour. "
            "To go back is to activate what is on the disk, in the same waves; it is tried out every week.",
            on=("exposed", "rollback"),
        ),
        Assumed(
            good="That ten servers meet the same requests as all; that a flaw shows in the same time everywhere; that two versions may answer side by side. "
            "The last hurts most, if they disagree about what a conversation has said."
        ),
    ),
    run=run,
    probes={
        "live": "Write the minutes one under another: copy, switch, watch, waves. Which of them is the largest?",
        "copy": "How many copies enter the region, and who of them waits for whom?",
        "capacity": "How many servers answer nobody at this moment, and for how long?",
        "exposed": "At which minute did the second server switch, and what was known then?",
        "rollback": "How many are on it now, and how many can go back at once?",
        "wan": "Which byte entered this region twice?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, ("one", 50, 0), strict=True)),
        fails_round="busy fleet",
        fails_metric="capacity",
    ),
)
