"""Day 12's interview: in which windows, with which limit and in which numbering the best passages are found."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject
from course.days.day12_bm25_top_k.measures import measure
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

SMALL: Mapping[str, float] = {"whole": 0, "title": 0, "common": 0, "k": 10}
WHOLE = {**SMALL, "whole": 1}
EVERYWHERE = {**WHOLE, "common": 1}
RERANKER = {**EVERYWHERE, "k": 100}
LEGAL = {**RERANKER, "title": 5}


def run(
    design: Mapping[str, Any], under: Round, bm25_scores: Subject, top_k: Subject, block_max_top_k: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load, by the learner's way through the windows."""
    return measure(design, under.load, block_max_top_k)


def _many(
    scores: int, bm25_scores: Subject, top_k: Subject, block_max_top_k: Subject
) -> tuple[Any, Sequence[Any]]:
    """The ten best of so many scores."""
    return top_k, [([(doc, float(doc * 7919 % 1009)) for doc in range(scores)], 10)] * 3


def _deep(
    k: int, bm25_scores: Subject, top_k: Subject, block_max_top_k: Subject
) -> tuple[Any, Sequence[Any]]:
    """The so many best of a thousand scores, which come from the best down."""
    return top_k, [([(doc, 1000.0 - doc) for doc in range(1000)], k)] * 3


def _worst(limit: float) -> Slo:
    return Slo("worst", limit, label="postings and maxima of the worst of twelve queries")


def _recall(limit: float) -> Slo:
    return Slo(
        "recall", limit, at_most=False, unit=SHARE, label="share of the best that is found", of="asked"
    )


def _bounds(limit: float) -> Slo:
    return Slo("bounds", limit, unit="B", label="bytes a posting that all maxima take")


NAMES = ("window", "cut", "numbering")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "small": (0, 0, "arrival"),
        "ten times": (32, 0, "path"),
        "everywhere": (16, 0, "path"),
        "memory": (32, 2000, "path"),
        "reranker": (32, 4000, "path"),
        "nothing missed": (8, 0, "path"),
    }.items()
}

SCENARIO = Scenario(
    id="day12",
    title="The ten best of a billion",
    opening=(
        "A billion passages. Give me the ten best for any words that a user types, in 50 milliseconds at the 99th percentile, a "
        "thousand queries a second. You may not miss one of the ten."
    ),
    clarify=(
        ("All words, or any of them?", "Any. What fits best comes first."),
        ("Must it be exactly the ten best?", "Yes, until I say otherwise."),
        (
            "What does a query cost an engine?",
            "A good one takes 2 ms of a core for a million passages, and so on in proportion.",
        ),
        ("How busy may the cores be?", "0.6 of the time: 60%."),
        ("How deep does the next stage read?", "10 passages at first. A reranker may come."),
        ("Are there fields, such as titles?", "Later: the words of a passage's path."),
    ),
    before=Before(
        estimates=(
            Estimate(
                "core-seconds of one query at a billion passages",
                "core-seconds",
                2,
                given="A billion passages are 1,000 million; a second has 1,000 ms.",
                asks=("What does a query cost an engine?",),
                how="1,000 × 2 / 1,000 = 2",
            ),
            Estimate(
                "cores that must work on one query to answer in 50 ms",
                "cores",
                40,
                within=1.5,
                given="A billion passages are 1,000 million; 50 ms.",
                asks=("What does a query cost an engine?",),
                how="1,000 × 2 / 50 = 40",
            ),
            Estimate(
                "cores for a thousand queries a second",
                "cores",
                3333,
                within=1.5,
                given="1,000 queries a second at a billion passages, which are 1,000 million; a second has 1,000 ms.",
                asks=("What does a query cost an engine?", "How busy may the cores be?"),
                how="1,000 × 1,000 × 2 / 1,000 / 0.6 = 3,333; 60% is 0.6",
            ),
        ),
        data=(
            "search(query: str, k: int, budget: int) -> hits: TopK\n"
            "postings of a word: shard, key word\n"
            "largest impact in a window: shard, key word and window\n"
            "number of documents, and their mean length: statistics, key shard, used at shard"
        ),
        path="client -> broker ×4 -> shard ×40 -> broker\nstatistics ×3 -> shard",
    ),
    knobs=(
        Knob("window", "passages a window; 0 scores everything", choices=(0, 8, 16, 32, 64), default=0),
        Knob(
            "cut",
            "postings scored at most; 0 is no limit",
            choices=(0, 1500, 2000, 3000, 4000),
            default=0,
        ),
        Knob("numbering", "how passages are numbered", choices=("arrival", "path"), default="arrival"),
    ),
    rounds=(
        Round(
            name="small",
            line="A small shard, 650 passages. The ten best, and no query above 265 postings and maxima.",
            load=SMALL,
            slos=(_worst(265), _recall(1)),
            presses="worst",
            predicts="worst",
            replies=Replies(
                weak="Builds the cleverest structure first.",
                good="Scores everything: for so few passages bounds cost more than they save.",
                strong="Says at which size that changes, and measures it.",
            ),
        ),
        Round(
            name="ten times",
            line="Ten times the passages. Still the ten best; 1,640 for the worst query.",
            load=WHOLE,
            slos=(_worst(1640), _recall(1)),
            presses="worst",
            relaxes=("worst",),
            predicts="worst",
            replies=Replies(
                weak="“We shard.” Work in all shards together is the same.",
                good="Windows with their maxima, the most promising first, and an end where none can do better.",
                strong="Numbers passages so that neighbours are alike: maxima are then high in few windows and low in most.",
            ),
        ),
        Round(
            name="everywhere",
            line="Users type whole sentences: each query has a word that stands nearly everywhere. 2,800 for the worst.",
            load=EVERYWHERE,
            slos=(_worst(2800), _recall(1)),
            presses="worst",
            relaxes=("worst",),
            predicts="worst",
            replies=Replies(
                weak="Drops stop words. “The Who”, “to be or not to be”.",
                good="Smaller windows: a common word lifts all bounds by a little, and a smaller window's bound is nearer the truth.",
                strong="Says that the word itself scores next to nothing, so what is paid for is looking at it.",
            ),
        ),
        Round(
            name="memory",
            line="Your maxima are as large as my ids: 0.8 bytes a posting, no more. I give you recall: 0.89 of the ten best. And 2,900 for the worst.",
            load=EVERYWHERE,
            slos=(_bounds(0.8), _worst(2900), _recall(0.89)),
            presses="bounds",
            relaxes=("worst", "recall"),
            predicts="recall",
            replies=Replies(
                weak="Larger windows, and the worst query bursts.",
                good="Larger windows and a limit: the most promising windows come first, so what is cut off matters least.",
                strong="Says which queries lose something, and runs one in a thousand exactly in the background to know.",
            ),
        ),
        Round(
            name="reranker",
            line="A reranker wants a hundred instead of ten. Nine of ten of them; 5,000 for the worst.",
            load=RERANKER,
            slos=(_recall(0.9), _worst(5000)),
            presses="recall",
            relaxes=("worst",),
            predicts="recall",
            replies=Replies(
                weak="“Ten times the hits, ten times the work.” Or hardly more: look at the threshold.",
                good="A higher limit: the threshold is now the hundredth best score, which much more can reach.",
                strong="Asks what ranks 11 to 100 add after the reranker, before paying for them.",
            ),
        ),
        Round(
            name="nothing missed",
            line="Legal discovery: nothing of the hundred may be missed, and words of the path count five times more. Maxima may take 1.3 bytes, the worst query 5,600.",
            load=LEGAL,
            slos=(_recall(1), _worst(5600), _bounds(1.3)),
            presses="recall",
            relaxes=("worst", "bounds"),
            predicts="worst",
            replies=Replies(
                weak="Turns all pruning off, to be safe.",
                good="No limit, and the smallest windows: exact, and still a quarter below scoring everything.",
                strong="Shows why pruning is safe, bound by bound, and where rounding would break it.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of finding the best grow: with the scores, for the ten best, and with k, of a thousand scores that come from the best down?",
            before=Side("the ten best, with the scores", _many, at=100),
            after=Side("the k best of a thousand, with k", _deep, at=16),
            good="Linear in the scores: most are compared once with the worst that is kept, and thrown away. With k it hardly grows: the logarithm of k, for the few that enter.",
            on=("worst", "recall"),
        ),
        Tenfold(
            ask="The next stage reads ten times as many. Which promise breaks first?",
            times={"k": 10},
            good="Where a limit is set, recall: the threshold falls, so more windows would matter. Without one, the work.",
            rounds=("ten times", "everywhere", "memory", "reranker"),
        ),
        Production(
            good=(
                "One query in a thousand again without a limit, in the background: recall of the last two thousand, alarm below 0.92; the 99th percentile of postings by number of words. "
                "Window and limit are settings of an index: switched back by routing to the old one, shard by shard."
            ),
        ),
        Assumed(
            good=(
                "That twelve queries stand for all; that the statistics of a shard are those of the whole; that scores do not change under the bounds. "
                "The last hurts most: with new documents idf drifts, and a bound that is a little too low loses the best hit in silence."
            ),
        ),
    ),
    run=run,
    probes={
        "worst": "Which word of that query has the most postings, and what do they contribute?",
        "recall": "Which of the best did you lose, and in which window did it stand?",
        "bounds": "How many numbers do you keep for a word that stands in every window?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (0, 0, "arrival"), strict=True)), fails_round="ten times", fails_metric="worst"
    ),
)
