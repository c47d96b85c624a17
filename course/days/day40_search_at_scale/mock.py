"""The first mock round: search over a billion documents at a million queries a second, from prompt to last constraint.

Fifty-five minutes, on a design rather than on code: :mod:`course.systems.simulate.search_service` is the measure. Day 40 will play
it on the learner's own components.
"""

from collections.abc import Mapping

from course.interview.scenario import Design, Knob, Naive, Replies, Round, Scenario, Slo
from course.systems.simulate import search_service

SECOND_STAGE: Mapping[str, tuple[int, bool]] = {
    "none": (0, False),
    "rerank": (20, False),
    "classify": (0, True),
    "classify and rerank": (20, True),
}
"""What stands between retrieval and the answer: documents reranked, and whether a classifier sees query and answer."""


def run(design: Design, under: Round) -> Mapping[str, float]:
    """Measure a design under a round's load."""
    rerank, classify = SECOND_STAGE[str(design["second"])]
    chosen = search_service.Design(int(design["shards"]), float(design["ttl"]), rerank, classify)
    load = {name: float(value) for name, value in under.load.items()}
    return search_service.run(chosen, search_service.Load(**load))


P99 = Slo("p99", 20, unit="ms", label="99th percentile of the answer time")
MACHINES = Slo("machines", 5, label="machines of 16 cores and 64 GB")
COST = Slo("cost", 0.1, unit="$", label="cost of a million queries")
MEMORY = Slo("memory", 51, unit="GB", label="memory that one shard takes")
STALE = Slo("stale", 3600, unit="s", label="age of the oldest answer served")
LEAKED = Slo("leaked", 5, unit="%", label="hostile queries that get an answer")
REFUSED = Slo("refused", 0.5, unit="%", label="honest queries that are refused")
MISSED = Slo("missed", 2, unit="%", label="answers without the right document")


def _budget(slo: Slo, limit: float) -> Slo:
    return Slo(slo.metric, limit, slo.at_most, slo.unit, slo.label)


HUNDREDFOLD = {"documents": 1e11, "queries": 1e6}
HOSTILE = HUNDREDFOLD | {"hostile": 0.3}

REFERENCE: Mapping[str, Design] = {
    "pilot": {"shards": 4, "ttl": 60, "second": "none"},
    "scale": {"shards": 4, "ttl": 60, "second": "none"},
    "hundredfold": {"shards": 150, "ttl": 60, "second": "none"},
    "fresh": {"shards": 150, "ttl": 4, "second": "none"},
    "hostile": {"shards": 150, "ttl": 4, "second": "classify"},
    "context": {"shards": 150, "ttl": 1500, "second": "classify and rerank"},
}

SCENARIO = Scenario(
    id="mock-search",
    title="Search over a billion documents",
    mock=True,
    safety=("leaked", "refused"),
    opening=(
        "Design the search behind an assistant: a billion documents, a million queries a second. Draw me the whole of it "
        "first, then we go down into one part. I will change the problem while you work."
    ),
    clarify=(
        (
            "What is a document?",
            "A passage of a few hundred words, with a vector of 768 dimensions, stored as a 64-byte code.",
        ),
        (
            "Keyword search too?",
            "Say where it goes. The model behind the numbers leaves that arm out, and you should say so too.",
        ),
        ("What may an answer cost?", "I will give you dollars for a million queries, and take some back."),
        (
            "Is a million a second real?",
            "About six times the mean of the largest public search engine. Say what that means.",
        ),
    ),
    knobs=(
        Knob("shards", "equal parts of the index", (1, 2000, True), default=100),
        Knob("ttl", "how long a cached answer lives", (0, 3600, False), unit="s", default=0),
        Knob("second", "what stands between retrieval and the answer", tuple(SECOND_STAGE), default="none"),
    ),
    rounds=(
        Round(
            "pilot",
            "Start small: ten million documents, a thousand queries a second. How many machines, and what limits them?",
            {"documents": 1e7, "queries": 1e3},
            (P99, MACHINES),
            presses="machines",
            predicts="machines",
            replies=Replies(
                weak="Draws twelve boxes and gives no number.",
                good="Sizes one shard: core time of a look-up, memory, machines; says what limits first.",
                strong="Says that at this size two machines are idle most of the day, and that replicas set the price.",
            ),
        ),
        Round(
            "scale",
            "Now the billion, and the million. The index must fit where you put it, and I know what it should cost.",
            {"documents": 1e9, "queries": 1e6},
            (P99, COST, MEMORY),
            presses="cost",
            predicts="cost",
            replies=Replies(
                weak="“More shards.” Each query then does more work, not less.",
                good="Knows that a look-up costs a small power of the shard's size, so few large shards are cheap.",
                strong="Takes the fewest shards that fit in memory, and says at which size that turns around.",
            ),
        ),
        Round(
            "hundredfold",
            "The corpus grew a hundredfold. Same queries. I will pay more, not a hundred times more.",
            HUNDREDFOLD,
            (MEMORY, P99, _budget(COST, 1.2)),
            presses="memory",
            relaxes=("cost",),
            predicts="cost",
            replies=Replies(
                weak="A hundred times the machines.",
                good="Memory now sets the shards; work per query grows with their number.",
                strong="Computes both: shards by bytes, cost by shards times the power law, and says which tier would leave memory.",
            ),
        ),
        Round(
            "fresh",
            "A document that changes must be right within five seconds. Your cache has an opinion about that.",
            HUNDREDFOLD,
            (_budget(STALE, 5), _budget(COST, 1.6)),
            presses="stale",
            relaxes=("cost",),
            predicts="cost",
            replies=Replies(
                weak="Switches the cache off, or says that invalidation solves it.",
                good="Shortens the time to live and says what share of queries it still answers.",
                strong="Notes that at this rate even four seconds catch nearly half, since popular queries come every few milliseconds.",
            ),
        ),
        Round(
            "hostile",
            "Thirty in a hundred queries now try to get training data or harmful documents out. Nobody honest may suffer.",
            HOSTILE,
            (LEAKED, REFUSED, _budget(COST, 1.9)),
            presses="leaked",
            relaxes=("cost",),
            predicts="cost",
            replies=Replies(
                weak="“We filter harmful content.” Where, by what score, above which threshold?",
                good="A classifier on query and answer, its leak and its false positives, and its price in compute.",
                strong="Adds what the classifier cannot see: one account's many queries together, a budget of novelty, an audit of what was served.",
            ),
        ),
        Round(
            "context",
            "Your answers are now the context of a model whose mistakes cost money. A missing document is the mistake. You may answer slower, and up to half an hour old.",
            HOSTILE,
            (MISSED, _budget(STALE, 1800), _budget(P99, 60), _budget(COST, 2.4)),
            presses="missed",
            relaxes=("stale", "p99", "cost", "machines"),
            predicts="cost",
            replies=Replies(
                weak="Reranks everything and hopes.",
                good="Prices a rerank: pairs a query times core time, and sees that only the cache makes it payable.",
                strong="Keeps freshness where it matters: reranks what is cached long, and says which answers must never be.",
            ),
        ),
    ),
    run=run,
    probes={
        "p99": "Which part of the 99th percentile is the slowest shard, and which is the queue? What would hedging buy?",
        "machines": "Which resource of the machine is full first, and how full are the others?",
        "cost": "Where do the core-seconds of one query go? Which of them does the cache not save?",
        "memory": "How many bytes is one document, with its identifier? So how many fit in one machine?",
        "stale": "Whose answer is old, by how much, and how would you know before the user does?",
        "leaked": "What exactly passes, and what would one account have after ten thousand such answers?",
        "refused": "Who is refused wrongly? Name a group, and how you would measure it.",
        "missed": "How do you know that the right document was missing? Who judged it, on which queries?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design={"shards": 1000, "ttl": 60, "second": "none"}, fails_round="scale", fails_metric="cost"
    ),
)
