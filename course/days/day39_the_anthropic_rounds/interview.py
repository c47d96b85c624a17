"""Day 39's interview: the filter behind a service of ten thousand responses a second, in five constraints."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.checking.subject import Subject, each, there
from course.days.day39_the_anthropic_rounds.service import measure
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
from course.systems.safety.locks import ProbeLock
from course.systems.safety.rules import TableRule

TRAFFIC = {"seed": 2, "per_second": 10_000, "sample": 1000, "popular": 5, "restricted": 0.05, "rules": 4}
ARRIVING = {"seed": 2, "judged": 400, "rules": 4, "arriving": 12}
FAULTS = {"seed": 2, "judged": 900, "rules": 16, "faults": 0.001}
FLEET = TRAFFIC | {"fleet": 50}
STREAM = {"seed": 4, "streams": 8, "window": 8, "word_ms": 40}


def run(design: Mapping[str, Any], under: Round, Filter: Subject, Scorer: Subject) -> Mapping[str, float]:
    """Measure a design under a round's load on the learner's `ConcurrentSafetyFilter` and `StreamScorer`."""
    return measure(design, under.load, Filter, Scorer)


def _kept(number: int, Filter: Subject, Scorer: Subject) -> tuple[Any, Sequence[Any]]:
    """One response that is kept, among so many."""
    safety = Filter((), lock=there(Filter, ProbeLock)())
    each(safety.score, texts := [f"answer {i}" for i in range(number)])
    return safety.score, [(text,) for text in texts[-3:]]


def _ruled(number: int, Filter: Subject, Scorer: Subject) -> tuple[Any, Sequence[Any]]:
    """One response that is new, under so many rules."""
    rules = each(there(Filter, TableRule), [(f"rule {i}", {}) for i in range(number)])
    safety = Filter(rules, lock=there(Filter, ProbeLock)())
    return safety.score, [("one",), ("two",), ("three",)]


EVALUATIONS = Slo("evaluations", 15.2, label="rule evaluations of the fleet, thousands a second", unit="k/s")
ENTRIES = Slo("entries", 100, label="judgements that a worker keeps")
MISSED = Slo(
    "missed", 0.02, label="share of restricted responses that were served", unit=SHARE, of="restricted"
)
WRONG = Slo("wrong", 0.07, label="share of good responses that were blocked", unit=SHARE, of="good")
BLIND = Slo("blind", 0, label="reports that lack a rule in force")
AGAIN = Slo("again", 0, label="responses still blocked by a fault that has passed")
BEHIND = Slo(
    "behind",
    0.03,
    label="share of a new rule's first minute that was judged without it",
    unit=SHARE,
    of="reported",
)
ASKS = Slo("asks", 60, label="messages to the rule store a second")
LEAKED = Slo("leaked", 0, label="words of a withheld passage that were shown", unit="words")
DELAY = Slo("delay", 330, label="what a reader waits behind the model", unit="ms")

REFERENCE: Mapping[str, Design] = {
    "load": {"policy": "balanced 0.5", "capacity": 95, "refresh": 60, "hold_back": 0},
    "rules": {"policy": "strict 0.4", "capacity": 95, "refresh": 60, "hold_back": 0},
    "faults": {"policy": "strict 0.3", "capacity": 95, "refresh": 60, "hold_back": 0},
    "fleet": {"policy": "strict 0.3", "capacity": 60, "refresh": 2, "hold_back": 0},
    "stream": {"policy": "strict 0.3", "capacity": 60, "refresh": 2, "hold_back": 7},
}

SCENARIO = Scenario(
    id="day39",
    title="A filter in front of ten thousand answers a second",
    opening=(
        "Your class works. Now it stands between a model and the people who read it: 10,000 responses a second on 50 "
        "workers, 4 rules at 5 ms each, more rules to come while you serve, and an answer to everybody whom it refuses. "
        "Start with what it costs."
    ),
    clarify=(
        (
            "Do responses repeat?",
            "Popular ones do: of the 1000 that a worker sees in five seconds about 250 are different.",
        ),
        (
            "How much may a worker keep of what people were told?",
            "Privacy lets it keep the judgements of 100 responses, and each worker has a cache of its own.",
        ),
        (
            "How good are the rules?",
            "One sees the restricted kind well. Each of the others is about something else, and now and then wrong about good text.",
        ),
        (
            "How often does a rule fail, and what happens then?",
            "Of 1000 evaluations 1 crashes or hangs; it scores 0, so a failed rule blocks.",
        ),
        (
            "How does a worker learn of a new rule?",
            "It asks the rule store, every so many seconds, at a time of its own. How many is yours to choose.",
        ),
        (
            "What happens to a blocked response?",
            "It is withheld, the reader is told so, and may ask for a person to look at it.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "cores for the rules, without a cache",
                "cores",
                10_000 * 4 * 5 / 1000,
                given="10,000 responses a second, 4 rules of 5 ms on one core.",
                how="10,000 × 4 × 5 / 1000 = 200; at 16 a machine these are 13 machines",
            ),
            Estimate(
                "good responses that fail closed blocks, under 16 rules",
                "% of good responses",
                1.6,
                within=1.5,
                given="A response is judged by 16 rules.",
                asks=("How often does a rule fail, and what happens then?",),
                how="100 × 16 × 1 / 1000 = 1.6; a little less, since two may fail at once",
            ),
            Estimate(
                "answers without a new rule, in its first minute",
                "% of the minute's answers",
                25,
                within=1.6,
                given="Workers ask for the rules every 30 seconds, at times spread evenly.",
                asks=("How does a worker learn of a new rule?",),
                how="100 × 30 / 2 / 60 = 25; on average a worker asks after half of the interval",
            ),
        ),
        data=(
            "score(response: str) -> score: float\n"
            "report(response: str) -> report: by rule, generation, time\n"
            "add_rule(name: str, phrases: dict) -> generation: int\n"
            "feed(chunk: str) -> text: str\n"
            "rule set: rule store, key generation, used at worker\n"
            "judgement: worker, key digest of the response\n"
            "held words: worker, key stream\n"
            "report of a block: audit log, key digest and time, used at reviewer"
        ),
        path=(
            "model ×50 -> worker ×50 -> reader\n"
            "rule store ×3 -> worker\n"
            "worker -> audit log ×3 -> reviewer ×5"
        ),
    ),
    knobs=(
        Knob(
            "policy",
            "strictness, and the score below which a response is blocked",
            (
                "strict 0.2",
                "strict 0.3",
                "strict 0.4",
                "strict 0.5",
                "balanced 0.5",
                "balanced 0.85",
                "balanced 0.9",
                "lenient 0.5",
                "lenient 0.95",
            ),
            default="balanced 0.5",
        ),
        Knob(
            "capacity",
            "judgements that a worker may keep",
            (1, 400, True),
            default=10,
            grid=(10, 40, 55, 60, 80, 90, 95, 100, 200),
        ),
        Knob(
            "refresh",
            "seconds after which a worker asks for new rules",
            (1, 2, 5, 15, 60),
            unit="s",
            default=60,
        ),
        Knob(
            "hold_back",
            "words that a stream is held back",
            (0, 12, True),
            unit="words",
            default=0,
            grid=(0, 2, 4, 5, 7, 8, 10, 12),
        ),
    ),
    rounds=(
        Round(
            name="load",
            line="Four rules. I pay for 15,200 evaluations a second, and privacy lets a worker keep a hundred judgements. How large is your cache?",
            load=TRAFFIC,
            slos=(EVALUATIONS, ENTRIES),
            presses="evaluations",
            predicts="evaluations",
            replies=Replies(
                weak="“We cache, so it is fast.” For how many different responses, at what hit rate?",
                good="Responses a second × rules × miss rate; the first sight of a response always costs.",
                strong="Says which entry a full cache gives up, and what that is worth: the one unused for longest saves a tenth of the evaluations over the one that came first.",
            ),
        ),
        Round(
            name="rules",
            line="Trust and safety adds twelve rules while you serve. Two teams pick the same names. Serve at most 2% of what is restricted, block at most 7% of what is good.",
            load=ARRIVING,
            slos=(MISSED, WRONG, BLIND),
            presses="missed",
            predicts="missed",
            replies=Replies(
                weak="“More rules make it safer.” Under which strictness?",
                good="A mean is diluted: every rule that finds nothing votes for the response.",
                strong="Gives the number of clean rules that outvote one at 0.05, and says that a mean's threshold would have to move with every rule added.",
            ),
        ),
        Round(
            name="faults",
            line="Sixteen rules, and one evaluation in a thousand fails. You fail closed, I hope. Support is drowning: block at most 5% of the good ones. A second check stands behind you now, so you may let 10% of the restricted through.",
            load=FAULTS,
            slos=(
                Slo("wrong", 0.05, label=WRONG.label, unit=SHARE, of="good"),
                Slo("missed", 0.10, label=MISSED.label, unit=SHARE, of="restricted"),
                AGAIN,
            ),
            presses="wrong",
            relaxes=("missed",),
            predicts="wrong",
            replies=Replies(
                weak="Catches the error and goes on without the rule. That is failing open, unannounced.",
                good="Fails closed and multiplies: sixteen rules at one in a thousand block 1.6% of good answers; the rules' own mistakes come on top.",
                strong="Lowers the threshold for the sum and says in the same breath what that lets through; keeps no judgement with a fault, so that a second look may pass.",
            ),
        ),
        Round(
            name="fleet",
            line="Fifty workers, a cache each. A new rule is published: at most 3% of its first minute may be judged without it, and the rule store takes 60 messages a second. Privacy halves its patience: 60 judgements a worker. I pay for 18,000 evaluations now.",
            load=FLEET,
            slos=(
                BEHIND,
                ASKS,
                Slo("entries", 60, label=ENTRIES.label),
                Slo("evaluations", 18, label=EVALUATIONS.label, unit="k/s"),
            ),
            presses="behind",
            relaxes=("evaluations",),
            predicts="behind",
            replies=Replies(
                weak="“We invalidate the cache.” Which of the fifty, and when does it hear of it?",
                good="Half the interval is the mean delay: behind grows with it, messages fall with it. States both.",
                strong="Every report carries its generation, so that answers judged by the old rules can be found and judged again; says what a worker does that cannot reach the store.",
            ),
        ),
        Round(
            name="stream",
            line="Product streams, and two words of a withheld passage were on the news. The widest rule looks at eight words. Nothing may leak; readers wait at most 330 ms.",
            load=STREAM,
            slos=(LEAKED, DELAY),
            presses="leaked",
            predicts="delay",
            replies=Replies(
                weak="Scores the whole text at the end. By then it has been read.",
                good="Window less one: seven words are held, 280 ms at 40 ms a word. Each word fewer leaks one.",
                strong="Says what is left: a passage spread over more words than the window goes through. That needs a check of the whole at the end, and a way to withdraw.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of a response that is kept grow with the entries in the cache? And that of a new response, with the rules in force?",
            before=Side("a response that is kept, with the entries", _kept, at=40),
            after=Side("a new response, with the rules", _ruled, at=20),
            good="A dict finds a digest at once: exponent 0. A new response runs every rule once: exponent 1. Hashing is linear in its length, which is the same in both.",
            on=("evaluations", "entries"),
        ),
        Tenfold(
            ask="Ten times the traffic on ten times the workers. Which promise breaks first?",
            times={"fleet": 10, "per_second": 10},
            good="Evaluations: ten times as many answers at the same hit rate, since caches are not shared. The rule store is next: 500 workers ask as often each.",
            rounds=("fleet",),
        ),
        Production(
            good=(
                "Blocks by rule and domain, faults by rule, the oldest generation among the workers: a line each minute. A rule "
                "that blocks three times its week's share is taken out of force by the store, which makes one generation more; "
                "workers that are two generations behind stop answering. The old rule set is kept, so rolling back is one message."
            ),
        ),
        Assumed(
            good=(
                "That failures are independent; that the sample's shares are those of tonight's traffic; that rules judge a text "
                "alone, without what was asked; that nobody spreads a passage over more words than the window. The second would hurt most."
            ),
        ),
    ),
    run=run,
    probes={
        "evaluations": "Too many evaluations. Which of them did you have to make, and which were for a response that you had just dropped?",
        "entries": "You keep more of what people were told than I allowed. What share of it is ever asked for again?",
        "missed": "Restricted answers got through, with every rule in force. How low was the lowest score, and what did your policy make of it?",
        "wrong": "You block too many good answers. How many of those are faults, and how many are a rule's opinion?",
        "blind": "A rule was in force and a report does not mention it. Since when, and for how long?",
        "again": "The rule has recovered and this answer is still blocked. Where is that remembered?",
        "behind": "The rule was published and these answers were judged without it. When did their workers hear of it?",
        "asks": "The rule store is down under your questions. What do you ask it, how often, and what if it does not answer?",
        "leaked": "The reader saw the beginning of it. What could you have known at that word, and when did you know it?",
        "delay": "Readers are too far behind. What are you waiting for?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design={"policy": "balanced 0.5", "capacity": 95, "refresh": 2, "hold_back": 7},
        fails_round="rules",
        fails_metric="missed",
    ),
    safety=("missed", "wrong", "behind", "leaked"),
)
