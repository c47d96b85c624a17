"""The mock round on search: retrieval for an assistant's context, a billion documents, 100,000 queries a second.

Fifty-five minutes, on a design rather than on code: :mod:`course.systems.simulate.search_service` is the measure.
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
from course.systems.simulate import search_service

BASE = {"documents": 1e9, "queries": 1e5}
TENTH = BASE | {"hostile": 0.1}
PEAK = TENTH | {"lost": 1, "peak": 1.25}
KNOWN = 300
"""Known items on which ``missed`` was measured."""
DRAWN = 400_000
"""Draws from which the guards' shares come."""


def run(design: Design, under: Round) -> Mapping[str, float]:
    """Measure a design under a round's load."""
    values: dict[str, Any] = dict(under.load)
    values["lost"] = int(values.get("lost", 0))
    chosen: dict[str, Any] = dict(design)
    return search_service.run(search_service.Design(**chosen), search_service.Load(**values))


def _tier(documents: int) -> list[int]:
    """A plain loop over a posting list: what ranked words do in a piece."""
    scores = []
    for document in range(documents):
        scores.append(document % 7)
    return scores


def _halves(documents: int) -> int:
    """Halving, as a descent through a graph's layers is thought of."""
    steps = 0
    while documents > 1:
        documents //= 2
        steps += 1
    return steps


def _words(n: int) -> tuple[Any, Sequence[Any]]:
    return subjects(_tier)[0], [(n,), (n,), (n,)]


def _codes(n: int) -> tuple[Any, Sequence[Any]]:
    return subjects(_halves)[0], [(n,), (n,), (n,)]


def _missed(limit: float) -> Slo:
    return Slo("missed", limit, unit=SHARE, label="right documents that are not among ten", of=KNOWN)


def _cost(limit: float) -> Slo:
    return Slo("cost", limit, unit="$", label="cost of a million queries")


def _p99(limit: float) -> Slo:
    return Slo("p99", limit, unit="ms", label="99th percentile of the answer time")


def _leaked(limit: float) -> Slo:
    return Slo("leaked", limit, unit=SHARE, label="hostile queries that get an answer", of=DRAWN)


def _refused(limit: float) -> Slo:
    return Slo("refused", limit, unit=SHARE, label="honest queries that are refused", of=DRAWN)


READABLE = Slo("readable", 1, at_most=False, unit=SHARE, label="of what was filtered, what can be read again")
EXPLAINED = Slo("explained", 1, at_most=False, unit=SHARE, label="answers that a record explains")
SERVED = Slo("served", 0.9995, at_most=False, unit=SHARE, label="queries that are served at the peak")
STALE = Slo("stale", 61, unit="s", label="age of the oldest answer served")

NAMES = ("ttl", "lexical", "busy", "guard", "audit")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "context": (300, "hundredth", 0.6, "off", "none"),
        "harm": (300, "hundredth", 0.6, "answers", "none"),
        "filtered": (300, "hundredth", 0.6, "answers", "interventions"),
        "record": (300, "hundredth", 0.6, "answers", "tiered"),
        "region": (300, "hundredth", 0.45, "answers", "tiered"),
        "newspaper": (30, "thousandth", 0.45, "both", "tiered"),
    }.items()
}

SCENARIO = Scenario(
    id="mock-search",
    title="Retrieval for the context of an assistant",
    mock=True,
    safety=("leaked", "refused"),
    opening=(
        "Design the retrieval behind an assistant: a billion documents, a hundred thousand queries a second. Fifteen "
        "minutes for the whole; then we go into one part, and I change the problem while you are in it."
    ),
    clarify=(
        (
            "What is a document, and how large?",
            "324 bytes of text; a vector of 768 dimensions as a code of 64 bytes, with an id of 8.",
        ),
        (
            "Do queries repeat?",
            "Popularity follows Zipf's law, exponent 0.9, over 50 million; 15 in 100 were never seen before.",
        ),
        (
            "What does a machine cost?",
            "0.8 dollars an hour for 16 cores and 64 GB. Plan to use 60 in 100 of its cores.",
        ),
        (
            "What work does one search take?",
            "A piece of the codes takes 1.44 core-ms in 32 pieces, its words over a hundredth of the corpus 0.625, the call 1; 32 pieces in all.",
        ),
        (
            "Which share of the queries does a cache answer?",
            "With entries of 300 s in each of 3 regions, 50.5 in 100.",
        ),
        (
            "Who may be refused wrongly?",
            "Five honest queries in a thousand, and no topic more than one in twenty.",
        ),
        ("May an answer be partial?", "Yes, if it says its coverage."),
    ),
    before=Before(
        estimates=(
            Estimate(
                "core time of a query that no cache answers",
                "core-ms",
                search_service.core_ms(search_service.Design(300, "hundredth", 0.6, "off", "none"), 1e9)[0],
                asks=("What work does one search take?",),
                how="32 × (1.44 + 0.625 + 1) = 98",
            ),
            Estimate(
                "machines in three regions",
                "machines",
                search_service.run(
                    search_service.Design(300, "hundredth", 0.6, "off", "none"), search_service.Load(1e9, 1e5)
                )["machines"],
                given="A query that is searched takes 98 core-ms; 100,000 queries a second.",
                asks=("What does a machine cost?", "Which share of the queries does a cache answer?"),
                how="100,000 × (100 - 50.5) / 100 × 98 / 1000 / 16 / 60 × 100",
            ),
            Estimate(
                "memory of all codes with their ids, one copy",
                "GB",
                1e9 * 72 / 1e9,
                given="A billion is 1,000,000,000.",
                asks=("What is a document, and how large?",),
                how="1,000,000,000 × (64 + 8) / 1,000,000,000 = 72",
            ),
        ),
        data=(
            "search(account: str, query: str, k: int, deadline_ms: int) -> page: Page\n"
            "update(document: bytes, version: int) -> None\n"
            "block(document_id: int, reason: str) -> None\n"
            "document: source, key id\n"
            "postings and codes: pieces, key document id\n"
            "piece map: map leader, key piece, used at broker\n"
            "cached page: cache, key query with index and rule generation and permissions\n"
            "rules and thresholds: guard, key generation\n"
            "audit record: audit log, key audit id"
        ),
        path=(
            "client -> cache ×3 -> broker ×8 -> pieces ×32 -> broker\n"
            "broker -> guard ×8 -> page\n"
            "source -> index filter ×2 -> pieces\n"
            "map leader -> broker\n"
            "guard -> audit log"
        ),
    ),
    knobs=(
        Knob("ttl", "how long a cached answer lives", (1, 4, 30, 300, 1800), unit="s", default=30),
        Knob(
            "lexical",
            "share of the corpus that is searched for words",
            tuple(search_service.TIER),
            default="all",
        ),
        Knob(
            "busy", "share of its cores that a machine is planned to use", (0.3, 0.45, 0.6, 0.75), default=0.6
        ),
        Knob(
            "guard",
            "where a guard stands",
            ("off", "answers", "queries", "queries strict", "both"),
            default="off",
        ),
        Knob(
            "audit",
            "what is written of each query, for a year",
            tuple(search_service.RECORDS),
            default="none",
        ),
    ),
    rounds=(
        Round(
            "context",
            "The whole first. At most 31 in a hundred right documents missing from ten, 60 ms, and I know what it should cost.",
            BASE,
            (_missed(0.31), _cost(1.7), _p99(60)),
            presses="cost",
            predicts="cost",
            replies=Replies(
                weak="Draws a vector index and gives no number.",
                good="Prices one search in core time, and sees that words over everything cost ten times the vectors.",
                strong="Searches words in a tier of the corpus, and says which documents that hides.",
            ),
        ),
        Round(
            "harm",
            "One query in ten asks for harm. Let no more than 12 in a hundred of those through, and spend a little less.",
            TENTH,
            (_leaked(0.12), _refused(0.0045), _cost(1.6)),
            presses="leaked",
            predicts="leaked",
            replies=Replies(
                weak="“We filter harmful content.” Where, by what score, above which threshold?",
                good="A guard on the page, its leak and its false positives, and its price for each search.",
                strong="Says what the cache does to it: who asks for harm never repeats, so hostile queries are dear.",
            ),
        ),
        Round(
            "filtered",
            "Show me what you filtered last Tuesday, and why. I pay two dollars now.",
            TENTH,
            (READABLE, _leaked(0.12), _missed(0.31), _cost(2.0)),
            presses="readable",
            relaxes=("cost",),
            predicts="cost",
            replies=Replies(
                weak="“It is in the logs.” Which, for how long, with what in them?",
                good="A whole record of each intervention: query, documents, scores, rule and its generation.",
                strong="Prices it first: interventions are one query in ten, so a whole record of those is cheap.",
            ),
        ),
        Round(
            "record",
            "And every answer, for a year: why did this user see this? For a dollar seventy-five in all.",
            TENTH,
            (EXPLAINED, READABLE, _missed(0.31), _cost(1.75)),
            presses="explained",
            predicts="explained",
            replies=Replies(
                weak="Writes everything down, two kilobytes a query.",
                good="Ids, scores, versions and verdicts for all; the text only where something was stopped.",
                strong="Gives both numbers: full records cost two fifths of the whole search, the short ones a tenth.",
            ),
        ),
        Round(
            "region",
            "A region is lost at the peak, a quarter above plan. Serve everybody. I pay 2.3.",
            PEAK,
            (SERVED, _p99(60), _missed(0.31), _cost(2.3)),
            presses="served",
            relaxes=("cost",),
            predicts="served",
            replies=Replies(
                weak="“We fail over.” Into which free cores?",
                good="Counts the work of two regions at the peak, and plans for less than half of the cores.",
                strong="Notes that the merged stream hits the caches better, so the others' work grows by less than a half.",
            ),
        ),
        Round(
            "newspaper",
            "A leak was in the newspaper. Five in a hundred may pass, no answer is older than a minute; refuse up to one in a hundred, miss up to 35. For 2.1.",
            PEAK,
            (_leaked(0.05), _refused(0.01), STALE, _missed(0.35), _cost(2.1)),
            presses="leaked",
            relaxes=("refused", "missed"),
            predicts="missed",
            replies=Replies(
                weak="One stricter threshold: it refuses several times as many honest people.",
                good="Two guards that err apart, in front and on the page; the front one saves the searches that it stops.",
                strong="Pays for freshness with the tier of words, and says who is missed now and how it would be seen.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work in a piece grow with its documents: for codes in a graph, and for ranked words?",
            before=Side("a descent that halves what is left", _codes, 4096),
            after=Side("a list of postings, read to its end", _words, 256),
            good="Codes grow by a small power (0.23 measured; the toy halves: a logarithm). Ranked words are linear: a tier of the corpus, or block-max pruning, is what keeps them payable.",
            on=("cost", "p99", "missed"),
        ),
        Tenfold(
            ask="Ten times the documents, the same queries, the same pieces. Which promise breaks first?",
            times={"documents": 10},
            good="Cost, or the 99th percentile: ranked words are linear in the documents of a piece. Search less, not on more machines, and say what that misses.",
        ),
        Production(
            good="Known items asked every minute (missed), a canary of hostile queries (leaked), refusals by topic, age of the oldest answer. Two index generations stand side by side; a router flips back.",
            on=("leaked", "refused", "served"),
        ),
        Assumed(
            good="That the static score knows what is asked for, that who extracts never repeats, that regions see one popularity, that the guards' errors correlate by 0.3. The last would hurt most: two guards that err together are one.",
        ),
    ),
    run=run,
    probes={
        "p99": "Which part of the 99th percentile is the slowest piece, and which is the queue? What does asking again buy?",
        "cost": "Where do the core-seconds of one query go? Which of them does the cache not save?",
        "stale": "Whose answer is old, by how much, and how would you know before the user does?",
        "leaked": "What exactly passes, and what would one account have after ten thousand such answers?",
        "refused": "Who is refused wrongly? Name a group, and how you would measure it.",
        "missed": "How do you know that the right document was missing? Who judged it, on which queries?",
        "readable": "Somebody asks why a page was held back. What can you show, and to whom?",
        "explained": "A user saw this answer in March. Which index, which rules, which scores? Where does that stand?",
        "served": "Two regions carry three regions' peak. How many cores are free in each, and who planned it?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (300, "all", 0.6, "queries strict", "full"), strict=True)),
        fails_round="context",
        fails_metric="cost",
    ),
)
