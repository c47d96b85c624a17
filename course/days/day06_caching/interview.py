"""Day 6's interview: a cache for product pages in six constraints, on the learner's own admission and early expiry."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject, each
from course.days.day06_caching.traffic import CALM, SERVERS, measure
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

STEADY: dict[str, float] = {"alpha": 1.0, "scan": 0.0, "news": 0.0, "page": CALM["page"]}
CRAWLED = STEADY | {"scan": 0.5}
NEWS = STEADY | {"scan": 0.3, "news": 0.2}


def run(design: Mapping[str, Any], under: Round, due: Subject, Policy: Subject) -> Mapping[str, float]:
    """Measure a design under a round's load, with the learner's ``TinyLFU`` and ``xfetch_due``."""
    return measure(design, under.load, due, Policy)


def _compared(width: int, due: Subject, Policy: Subject) -> tuple[Any, Sequence[Any]]:
    """A comparison of two keys in a sketch of so many counters a row."""
    policy = Policy(10**6, width)
    each(policy.record, [f"page-{number}" for number in range(50)])
    return policy.admit, [(f"page-{number}", "page-7") for number in (1, 2, 3)]


def _halved(width: int, due: Subject, Policy: Subject) -> tuple[Any, Sequence[Any]]:
    """A read at which a sketch of so many counters a row is halved: with a sample of 1 each is."""
    return Policy(1, width).record, [(f"page-{number}",) for number in (1, 2, 3)]


def _hit(limit: float) -> Slo:
    return Slo(
        "hit", limit, at_most=False, unit=SHARE, label="people's reads that the cache answers", of="people"
    )


def _stale(limit: float) -> Slo:
    return Slo("stale", limit, unit=SHARE, label="people's reads answered with what has changed since")


def _herd(limit: float) -> Slo:
    return Slo("herd", limit, label="computations of the front page at once, at the worst of 100 expiries")


WORK = Slo("work", 38, label="computations of the front page a minute")

NAMES = ("window", "ttl", "beta")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "steady": (1.0, 300, 0.0),
        "scan": (0.1, 300, 0.0),
        "hot page": (0.1, 300, 1.0),
        "news": (0.5, 300, 1.0),
        "stale": (0.5, 20, 1.0),
        "work": (0.5, 20, 0.5),
    }.items()
}

SCENARIO = Scenario(
    id="day06",
    title="A cache in front of a database that cannot take it all",
    opening=(
        "One hundred million product pages, four kilobytes each. People read 200,000 a second; popularity follows Zipf's law "
        "with exponent 1. The database computes 108,000 pages a second. I give you eight gigabytes. Keep it alive."
    ),
    clarify=(
        (
            "How old may a price be?",
            "Five minutes, for now; 2% of the answers may be out of date. I may change my mind.",
        ),
        (
            "How often does a page change, and do pages change together?",
            "Each every 5,000 seconds or so, on its own.",
        ),
        ("Is the crawler ours?", "Which crawler? If one comes, it is not ours, and it reads each page once."),
        (
            "One cache, or one on each server?",
            f"One, shared. There are {SERVERS} web servers, and each computes a page at most once at a time.",
        ),
        (
            "What does a miss cost?",
            "One computation. Most pages take milliseconds; the front page takes 2 seconds, and people read it 2,000 times a second.",
        ),
        (
            "What may be served while a page is computed?",
            "The old one until it expires, and nothing after that.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "share of reads that the cache has to answer",
                "%",
                46,
                within=1.25,
                given="200,000 reads a second, of which the database computes 108,000.",
                how="100 × (1 − 108,000 / 200,000) = 46",
            ),
            Estimate(
                "pages that the memory holds",
                "pages",
                2_000_000,
                within=1.5,
                given="8 GB for pages of 4 KB; a GB is 1,000,000 KB.",
                how="8 × 1,000,000 / 4 = 2,000,000",
            ),
            Estimate(
                "reads of the front page that come while it is computed once",
                "reads",
                4000,
                given="Nobody has it at that moment.",
                asks=("What does a miss cost?",),
                how="2,000 × 2 = 4,000",
            ),
        ),
        data=(
            "get(page: str, max_age_s: float) -> html: bytes\n"
            "invalidate(page: str) -> None\n"
            "value of a page: database, key page\n"
            "copy of a page with its age: cache, key page\n"
            "counts of reads: cache, key page\n"
            "flights under way: web server, key page"
        ),
        path="client -> web server ×40 -> cache ×2\nweb server -> database ×4",
    ),
    knobs=(
        Knob(
            "window",
            "share of the entries that any newcomer enters; the rest asks your TinyLFU (1: plain LRU)",
            choices=(0.02, 0.1, 0.3, 0.5, 0.7, 1.0),
            default=1.0,
        ),
        Knob("ttl", "seconds that an entry may be served", choices=(5, 10, 20, 60, 300, 1200), default=300),
        Knob(
            "beta",
            "how eagerly the front page is computed before it expires (0: never)",
            choices=(0.0, 0.25, 0.5, 1.0, 2.0, 4.0),
            default=0.0,
        ),
    ),
    rounds=(
        Round(
            name="steady",
            line="First a calm day. Keep the database alive: the cache answers 46 reads in a hundred, and at most 2 in a hundred get what has changed since.",
            load=STEADY,
            slos=(_hit(0.46), _stale(0.02)),
            presses="hit",
            predicts="hit",
            replies=Replies(
                weak="“95% hits, as everybody has.” Which traffic gives that in 2% of the items?",
                good="Room for 2% of the pages, and the shape of the traffic says what that answers.",
                strong="Says how much is left above 46, and which change of the traffic would take it.",
            ),
        ),
        Round(
            name="scan",
            line="A crawler arrives. It reads as much as all people together, each page once. People still need their 46.",
            load=CRAWLED,
            slos=(_hit(0.46),),
            presses="hit",
            predicts="hit",
            replies=Replies(
                weak="“Twice the memory.” For pages that nobody will read a second time?",
                good="A newcomer has to have been read more often than whoever must go.",
                strong="Says who wins a tie, why a crawler is nothing but ties, and what the counters cost.",
            ),
        ),
        Round(
            name="hot page",
            line="The front page takes two seconds to compute, and 2,000 people a second want it. I allow eleven computations of it at once, at the worst of a hundred expiries.",
            load=CRAWLED,
            slos=(_herd(11),),
            presses="herd",
            predicts="herd",
            replies=Replies(
                weak="“A lock on each server.” There are forty of them.",
                good="Refreshes before the expiry, by a draw that each read makes for itself.",
                strong="Says why the number does not depend on the rate of reads, and what a lock in the cache would cost instead.",
            ),
        ),
        Round(
            name="news",
            line="A fifth of the reads go to news that live for thirty seconds. People need 47.2 now.",
            load=NEWS,
            slos=(_hit(0.472),),
            presses="hit",
            predicts="hit",
            replies=Replies(
                weak="Turns admission off, and the crawler is back.",
                good="A larger window: news prove themselves there before anybody asks for their count.",
                strong="Says that what is new and what is read once look alike at first, and that the window buys time to tell.",
            ),
        ),
        Round(
            name="stale",
            line="A wrong price is a fine now: one answer in a thousand may be out of date. I bought database for it, so 35 reads in a hundred will do.",
            load=NEWS,
            slos=(_stale(0.001), _hit(0.35)),
            presses="stale",
            relaxes=("hit",),
            predicts="stale",
            replies=Replies(
                weak="“We invalidate.” When the message is lost, who notices, and when?",
                good="Shortens the life of an entry, and computes what that does to both numbers.",
                strong="Sees that a read that is answered is stale by about half its age over the time between changes, and sets the TTL from the promise.",
            ),
        ),
        Round(
            name="work",
            line="The front page's computations run on one machine that has 38 runs a minute. I accept 25 at once.",
            load=NEWS,
            slos=(WORK, _herd(25)),
            presses="work",
            relaxes=("herd",),
            predicts="work",
            replies=Replies(
                weak="A longer TTL, which the fine forbids.",
                good="Less eager: fewer refreshes a minute for more of them at once.",
                strong="Compares the lead of a refresh with the TTL, and says where early refresh turns into computing all the time.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work grow with the counters of the sketch: of a comparison, and of the read at which all are halved?",
            before=Side("a comparison, with the counters of a row", _compared, at=200),
            after=Side("a read that halves them, with the counters of a row", _halved, at=4000),
            good="Not at all, and linear. The halving comes once in half a sample, and a sample is ten reads an entry: so a read costs O(1) on average, with a pause once in a while that a table of exact counts would not have. That table would grow with the pages instead.",
            on=("hit",),
        ),
        Tenfold(
            ask="The front page is read ten times as often. Which promise breaks first?",
            times={"page": 10},
            good="The runs a minute. The computations at once stay as they are, since with early refresh they do not depend on the rate. What moves is the lead, by beta × 2 s × ln 10: each refresh begins earlier, so there are more of them.",
            rounds=("work",),
        ),
        Production(
            good=(
                "People's hit rate apart from the crawler's, each minute, alarm two points below the target for five minutes; computations of each page at once; the age of what was "
                "served. The window, the TTL and beta are settings of the cache: back to the old ones server by server, the window first, since it needs minutes to fill."
            ),
        ),
        Assumed(
            good=(
                "That reads are independent of each other; that popularity keeps its shape for longer than a sample; that pages change one by one; that a computation takes as long under load as "
                "on a calm day. The last would hurt most: a slow database makes delta larger, and early refreshes more frequent, just then."
            ),
        ),
    ),
    run=run,
    probes={
        "hit": "Which keys are in there that nobody will ask for again, and who let them in?",
        "stale": "How old is an answer on average, and how long does a page stay as it is?",
        "herd": "It is missing. Who computes it in the next two seconds, and who tells the others?",
        "work": "When does the refresh begin, counted from the last one? What of the TTL is left then?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (1.0, 300, 0.0), strict=True)), fails_round="scan", fails_metric="hit"
    ),
)
