"""Day 19's interview: how two retrievers are fused, how much each counts, and how deep both are asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject
from course.days.day19_hybrid_retrieval.measures import measure
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

PLAIN: Mapping[str, float] = {"plain": 1, "part": 0, "typo": 0, "cheap": 0, "share": 1, "pushed": 0}
PARTS = {**PLAIN, "part": 1}
TYPOS = {**PLAIN, "typo": 1}
CHEAP = {**PLAIN, "cheap": 1}
OWN = {**CHEAP, "share": 0.05}
PUSHED = {**OWN, "pushed": 1}


def run(
    design: Mapping[str, Any],
    under: Round,
    rrf: Subject,
    normalise_and_fuse: Subject,
    filtered_search: Subject,
) -> Mapping[str, float]:
    """Measure a design under a round's load, by the learner's fusion and filter."""
    return measure(design, under.load, (rrf, normalise_and_fuse, filtered_search))


def _by_ranks(
    n: int, rrf: Subject, normalise_and_fuse: Subject, filtered_search: Subject
) -> tuple[Any, Sequence[Any]]:
    """Two rankings of n ids each."""
    return rrf, [([[*range(n)], [*range(2 * n, n, -1)]],)] * 3


def _by_scores(
    n: int, rrf: Subject, normalise_and_fuse: Subject, filtered_search: Subject
) -> tuple[Any, Sequence[Any]]:
    """Two arms that return n documents each."""
    arms = [{doc: float(doc * 7919 % 1009) for doc in range(at, at + n)} for at in (0, n // 2)]
    return normalise_and_fuse, [(arms, [0.7, 0.3])] * 3


def _mrr(kind: str, limit: float, label: str) -> Slo:
    return Slo(kind, limit, at_most=False, label=f"MRR@10 of {label}")


def _plain(limit: float) -> Slo:
    return _mrr("plain", limit, "plain questions")


def _asked(limit: float) -> Slo:
    return Slo("asked", limit, label="candidates asked of each arm")


BETRAYED = Slo(
    "betrayed",
    0.1,
    unit=SHARE,
    label="share of pages that change when the best document their user may not see is deleted",
    of="questions",
)

NAMES = ("fuse", "weight", "depth")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "plain": ("ranks", 0.5, 100),
        "part numbers": ("scores", 0.3, 100),
        "typing errors": ("scores", 0.5, 100),
        "cheap model": ("scores", 0.3, 50),
        "permissions": ("scores", 0.3, 200),
        "network": ("scores", 0.3, 30),
    }.items()
}

SHARDS = "On how many shards does an index stand?"
CANDIDATE = "How large is a candidate on the wire?"
RATE = "How many questions a second?"
SEES = "What share of the documents may a user see?"

SCENARIO = Scenario(
    id="day19",
    title="Two retrievers, one page",
    opening=(
        "Half of our users type what they mean, half paste a part number. You have a keyword index and a vector index: "
        "1,200 documents today, ten million tomorrow. I want one list of ten. And nobody may see what they may not."
    ),
    clarify=(
        (SHARDS, "20, and each shard of each index answers every question."),
        (CANDIDATE, "12 bytes: an id of 8 and a score of 4."),
        (RATE, "10,000 at peak."),
        (SEES, "All of them at first. Later 1 in 20: 0.05."),
        (
            "How do I know what a good page is?",
            "150 questions of each kind, each with one document that answers it.",
        ),
        (
            "Does the index know who may see what?",
            "Not at first. The permission service does, one document at a time.",
        ),
        ("Are scores shown to the user?", "No. The ids, in their order."),
        ("What if one of the indexes is down?", "Make the page of the other, and say so in the log."),
    ),
    before=Before(
        estimates=(
            Estimate(
                "traffic from all shards of both indexes to the broker, with 100 candidates from each",
                "MB/s",
                480,
                given="Two indexes; 100 candidates from each shard of each; a megabyte is a million bytes.",
                asks=(SHARDS, CANDIDATE, RATE),
                how="2 × 20 × 100 × 12 B × 10,000 = 480,000,000 B/s, that is 480 MB/s",
            ),
            Estimate(
                "candidates that are left of one arm's 100, where each user has their own documents",
                "candidates",
                5,
                within=1.3,
                given="What a user may see is spread evenly over the answers.",
                asks=(SEES,),
                how="100 × 0.05 = 5",
            ),
            Estimate(
                "candidates that one arm alone must be asked for, so that 98 of 100 pages have ten results",
                "candidates",
                350,
                within=1.5,
                given="Ten or more are left in 98 of 100 cases where 17.5 are left on average (Poisson).",
                asks=(SEES,),
                how="17.5 / 0.05 = 350; an average of ten, that is 200, leaves nearly half of the pages short",
            ),
        ),
        data=(
            "search(query: str, user: str, size: int) -> page: ids, down, short\n"
            "postings: keyword index, key word\n"
            "vectors: vector index, key document\n"
            "who may see a document: permission service, key document and user, used at broker\n"
            "weight and depth: settings, key version, used at broker"
        ),
        path=(
            "client -> broker ×4 -> keyword index ×20, vector index ×20\n"
            "broker -> permission service ×3\n"
            "settings ×3 -> broker"
        ),
    ),
    knobs=(
        Knob(
            "fuse",
            "what is fused: places (RRF) or normalised scores (min-max)",
            choices=("ranks", "scores"),
            default="ranks",
        ),
        Knob(
            "weight",
            "weight of the vector arm; the keyword arm has the rest to 1",
            (0, 1, False),
            default=0.5,
            grid=(0, 0.2, 0.3, 0.5, 1),
        ),
        Knob(
            "depth",
            "candidates asked of each arm",
            (5, 350, True),
            default=100,
            grid=(10, 30, 50, 100, 200),
        ),
    ),
    rounds=(
        Round(
            name="plain",
            line="Plain questions first. MRR of .58, and no more than a hundred candidates from each arm.",
            load=PLAIN,
            slos=(_plain(0.58), _asked(100)),
            presses="plain",
            predicts="plain",
            replies=Replies(
                weak="“Hybrid is best practice.” Better than which of the two, and by how much?",
                good="Measures both arms alone, then both together, on the same questions.",
                strong="Says that .01 between two ways is noise at 150 questions, and compares question by question.",
            ),
        ),
        Round(
            name="part numbers",
            line="Now the other half: they paste a part number and a few words. MRR of .69 for those. The plain ones stay.",
            load=PARTS,
            slos=(_mrr("part", 0.69, "questions with a part number"), _plain(0.58)),
            presses="part",
            predicts="part",
            replies=Replies(
                weak="A better embedding. (To an embedding two part numbers are the same thing.)",
                good="Fuses scores and not places: the keyword arm is far ahead on its hit, and the margin has to survive.",
                strong="Lowers the vector arm's weight as far as the plain questions allow, and says what they pay.",
            ),
        ),
        Round(
            name="typing errors",
            line="Part numbers get a box of their own, so forget them. Most users type on a phone: .325 where seven words of ten are misspelt, and .61 for the plain ones.",
            load=TYPOS,
            slos=(_mrr("typo", 0.325, "questions with typing errors"), _plain(0.61)),
            presses="typo",
            relaxes=("part",),
            predicts="typo",
            replies=Replies(
                weak="Corrects the spelling first. Of part numbers and function names too?",
                good="Gives weight back to the arm that sees pieces of words.",
                strong="Says that the keyword arm is not wrong here but silent, and that min-max cannot tell.",
            ),
        ),
        Round(
            name="cheap model",
            line="Finance: vectors are sums of word vectors from now on, on smaller machines. I take .529, which keywords alone do not reach, and fifty candidates. Forget the phones.",
            load=CHEAP,
            slos=(_plain(0.529), _asked(50)),
            presses="plain",
            relaxes=("plain", "typo"),
            predicts="plain",
            replies=Replies(
                weak="Leaves the weight: it was tuned, after all. On another model.",
                good="Measures the new arm alone first, and gives it the weight that it earns.",
                strong="Asks whether a gain of two hundredths pays for an arm at all, with its interval.",
            ),
        ),
        Round(
            name="permissions",
            line="Each user may see one document in twenty. Ten results on 98 of 100 pages, MRR of .79. And I delete a document that is hidden: at most a tenth of the pages may change. You may ask for 250.",
            load=OWN,
            slos=(
                Slo("short", 0.02, unit=SHARE, label="share of pages with fewer than ten", of="questions"),
                BETRAYED,
                _plain(0.79),
                _asked(250),
            ),
            presses="short",
            relaxes=("asked",),
            predicts="short",
            replies=Replies(
                weak="Fills the page up from the unfiltered list, or hides the titles only.",
                good="Asks deeper: what is left of both arms has to be well above ten on average.",
                strong="Knows that a hidden document still works on what is visible, and says at which step it stops doing so.",
            ),
        ),
        Round(
            name="network",
            line="The broker's network is full: thirty candidates from each arm. The indexes learn who may see what and filter themselves. Still 98 full pages of 100, and .79.",
            load=PUSHED,
            slos=(
                _asked(30),
                Slo("few", 0.02, unit=SHARE, label="share of pages with fewer than ten", of="questions"),
                BETRAYED,
                _plain(0.79),
            ),
            presses="asked",
            relaxes=("short",),
            predicts="plain",
            replies=Replies(
                weak="“Then it is free.” Who copies the permissions into the indexes, and how old may they be?",
                good="Asks each arm for thirty of what may be seen; nothing hidden reaches the broker.",
                strong="Names what still betrays: document frequencies of BM25 are counted over all documents.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of fusing grow with the candidates of each arm: by places, and by scores?",
            before=Side("by places, with the candidates", _by_ranks, at=100),
            after=Side("by scores, with the candidates", _by_scores, at=100),
            good="About linear both, with a logarithm for the sort. With s shards the broker sees s times as many candidates, though it keeps ten.",
        ),
        Tenfold(
            ask="Users may see ten times less: one document in two hundred. Which promise breaks first?",
            times={"share": 0.1},
            good=(
                "Pages are short: what is left of an arm's two hundred candidates is one. Depth would have to grow tenfold, as 1 over the share, up to the "
                "whole index; only an arm that filters itself asks for no more. (Of 1,200 documents such a user has six, so here no depth fills a page.)"
            ),
            rounds=("permissions",),
        ),
        Production(
            good=(
                "Every hour known items of each kind, from yesterday's clicks on part numbers and on plain questions: alarm when MRR of a kind falls by .03 on the same questions. Beside it the "
                "share of short pages, and of pages with an arm down. Weight and depth are settings with a version: the broker goes back with the next question."
            ),
        ),
        Assumed(
            good=(
                "That first lines of docstrings are like questions: they share words with their documents, which flatters keywords. That the mix of questions stays as it is: a weight suits one mix. "
                "And, where each user has their own documents, that these are spread evenly: in fact teams own topics, so somebody sees all of a question's candidates or none. Where there are permissions the last hurts most."
            ),
        ),
    ),
    run=run,
    probes={
        "plain": "Which arm finds the answer to the questions that you lost, and at which place? Does your fusion see how sure it was?",
        "part": "A part number stands in one document. At which place does each arm have it, and what passes it in your list?",
        "typo": "What does the keyword arm return for a misspelt question, and how high is its best score?",
        "asked": "Which candidates below place thirty ever reached the page?",
        "short": "How many of your candidates may this user see, on average and at worst?",
        "few": "Who filters now, and what does it return when little is permitted?",
        "betrayed": "I delete a document that this user may not see, and the page changes. What did its presence move?",
    },
    safety=("betrayed",),
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, ("ranks", 0.5, 100), strict=True)),
        fails_round="part numbers",
        fails_metric="part",
    ),
)
