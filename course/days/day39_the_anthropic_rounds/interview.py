"""Day 39's interview: the filter behind a service of ten thousand responses a second, in six constraints."""

from collections.abc import Mapping
from typing import Any

from course.checking.subject import Subject
from course.days.day39_the_anthropic_rounds.service import measure
from course.interview import SHARE, Design, Knob, Naive, Replies, Round, Scenario, Slo

LOAD = {"seed": 2, "per_second": 10_000, "rules": 4, "sample": 200, "popular": 3, "restricted": 0.05}
ARRIVING = LOAD | {"arriving": 12, "sample": 120, "popular": 1.5, "restricted": 0.5}
FAULTS = LOAD | {"rules": 16, "popular": 2, "faults": 0.001}
STREAM = {"seed": 4, "streams": 8, "window": 6}
FORTY = LOAD | {"rules": 40, "sample": 80, "popular": 1.2, "restricted": 0.5, "explained": 1}
INCIDENT = STREAM | {"window": 8}


def run(design: Mapping[str, Any], under: Round, Filter: Subject, Scorer: Subject) -> Mapping[str, float]:
    """Measure a design under a round's load on the learner's `ConcurrentSafetyFilter` and `StreamScorer`."""
    return measure(design, under.load, Filter, Scorer)


EVALUATIONS = Slo("evaluations", 26, label="rule evaluations of the fleet, thousands a second", unit="k/s")
ENTRIES = Slo("entries", 100, label="cached responses of a worker")
MISSED = Slo("missed", 0.10, label="share of restricted responses that were served", unit=SHARE)
BLIND = Slo("blind", 0, label="reports that lack a rule in force")
WRONG = Slo("wrong", 0.05, label="share of good responses that were blocked", unit=SHARE)
AGAIN = Slo("again", 0, label="responses still blocked by a fault that has passed")
LEAKED = Slo("leaked", 2, label="words of a withheld passage that were shown", unit="words")
DELAY = Slo("delay", 4, label="words that the reader is behind", unit="words")
NAMED = Slo("named", 1.3, label="rules that an explanation must name, on average")

STRICT: Design = {"policy": "strict 0.3", "capacity": 90, "hold_back": 3}
REFERENCE: Mapping[str, Design] = {
    "load": {"policy": "balanced 0.5", "capacity": 90, "hold_back": 3},
    "rules": STRICT,
    "faults": STRICT,
    "stream": STRICT,
    "explain": STRICT,
    "incident": {"policy": "strict 0.3", "capacity": 90, "hold_back": 7},
}

SCENARIO = Scenario(
    id="day39",
    title="A filter in front of ten thousand answers a second",
    opening=(
        "Your class works. Now it stands between a model and the people who read it: ten "
        "thousand responses a second, rules that change while you serve, and an answer to everybody whom it refuses. "
        "Start with what it costs."
    ),
    clarify=(
        (
            "Do responses repeat?",
            "Yes, popular ones do. I measure one worker of fifty for a second: 200 responses, 120 different ones. Each worker has a cache of its own.",
        ),
        (
            "How good are the rules?",
            "One sees the restricted kind well. Each of the others is about something else, and wrong about good text now and then.",
        ),
        (
            "What happens to a blocked response?",
            "It is withheld, the reader is told so, and may ask for a person to look at it.",
        ),
    ),
    knobs=(
        Knob(
            "policy",
            "strictness, and the threshold below which a response is blocked",
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
        Knob("capacity", "responses that a worker's cache may hold", (1, 400, True), default=10),
        Knob("hold_back", "words that a stream is held back", (0, 12, True), unit="words", default=0),
    ),
    rounds=(
        Round(
            name="load",
            line="Ten thousand a second, four rules. I pay for evaluations and for memory. How large is your cache?",
            load=LOAD,
            slos=(EVALUATIONS, ENTRIES),
            presses="evaluations",
            predicts="evaluations",
            replies=Replies(
                weak="“We cache, so it is fast.” For how many different responses, at what hit rate?",
                good="Computes it: responses a second × rules × miss rate, and sees that the first sight of a response always costs.",
                strong="Says what the next constraint does to it: each new rule empties the cache, and offers invalidation scoped to the rule, with its price in memory.",
            ),
        ),
        Round(
            name="rules",
            line="Trust and safety adds twelve rules in this second, without a restart. Two teams pick the same names. What gets through?",
            load=ARRIVING,
            slos=(MISSED, BLIND),
            presses="missed",
            predicts="missed",
            replies=Replies(
                weak="“More rules make it safer.” Under which strictness?",
                good="Sees that a mean is diluted: every rule that finds nothing votes for the response.",
                strong="Gives the number of clean rules that outvote one at 0.05, and says that a mean's threshold would have to move with every rule added.",
            ),
        ),
        Round(
            name="faults",
            line="Sixteen rules. One evaluation in a thousand crashes or hangs. You fail closed, I hope. Whom does that hit?",
            load=FAULTS,
            slos=(WRONG, AGAIN),
            presses="wrong",
            predicts="wrong",
            replies=Replies(
                weak="Catches the error and goes on without the rule. That is failing open, unannounced.",
                good="Fails closed, reports it, and multiplies: sixteen rules at one in a thousand block 1.6% of good answers.",
                strong="Keeps no faulty judgement, so that a retry may pass; adds the rules' own false positives and moves the threshold for the sum, not for one rule.",
            ),
        ),
        Round(
            name="stream",
            line="Product streams. The widest rule looks at six words. How much of a withheld passage do readers see, and how long do they wait?",
            load=STREAM,
            slos=(LEAKED, DELAY),
            presses="leaked",
            predicts="leaked",
            replies=Replies(
                weak="Scores the whole text at the end. By then it has been read.",
                good="Holds back fewer words than the window and says how many leak: window − 1 − held.",
                strong="Also gives the cost: one evaluation a word and rule, where scoring every prefix is quadratic; and n chances to be wrong in place of one.",
            ),
        ),
        Round(
            name="explain",
            line="We are at forty rules now. Support must tell a refused reader what it was about. One topic, not a list. And still nothing gets through.",
            load=FORTY,
            slos=(NAMED, MISSED, WRONG),
            presses="named",
            predicts="named",
            replies=Replies(
                weak="Shows the reader the scores by rule. That is a map of the way round.",
                good="Names the rules without which it would have passed, in words for a reader, and a reference for the reviewer.",
                strong="Sees that the combination decides whether a block has an author: under a low minimum one rule does it, under a high mean several share it.",
            ),
        ),
        Round(
            name="incident",
            line="Two words of a withheld passage were enough: it was on the news. A new rule looks at eight words. Nothing may leak; I let you be later.",
            load=INCIDENT,
            slos=(
                Slo("leaked", 0, label=LEAKED.label, unit="words"),
                Slo("delay", 8, label=DELAY.label, unit="words"),
            ),
            presses="leaked",
            relaxes=("delay",),
            predicts="delay",
            replies=Replies(
                weak="Holds back everything to be safe. Then it is no stream.",
                good="Window less one: seven words. Nothing of a run that blocks has been shown.",
                strong="Says what is left: rules see no further than their window, and a passage spread over more words goes through. That needs a check of the whole at the end, and a way to withdraw.",
            ),
        ),
    ),
    run=run,
    probes={
        "evaluations": "Too many evaluations. Which of them did you have to make, and which were for a response that you had just dropped?",
        "entries": "That is more memory than I gave you. What share of those entries is ever asked for again?",
        "missed": "Restricted answers got through, with every rule in force. Which rule saw them, and who outvoted it?",
        "blind": "A rule was in force and a report does not mention it. Since when, and for how long?",
        "wrong": "You block too many good answers. How many of those are faults, and how many are a rule's opinion?",
        "again": "The rule has recovered and this answer is still blocked. Where is that remembered?",
        "leaked": "The reader saw the beginning of it. What could you have known at that word, and when did you know it?",
        "delay": "Readers are too far behind. What are you waiting for?",
        "named": "You name several topics for one block. Which of them would have been enough by itself?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design={"policy": "balanced 0.5", "capacity": 90, "hold_back": 7},
        fails_round="rules",
        fails_metric="missed",
    ),
    safety=("missed", "wrong", "leaked"),
)
