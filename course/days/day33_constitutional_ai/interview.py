"""Day 33's interview: a constitutional training run in five constraints, on the learner's own labels and steps."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from course import facts
from course.checking.subject import Subject
from course.days.day33_constitutional_ai.small_run import STEADY, measured
from course.days.day33_constitutional_ai.training import DISTANCE, KEPT_BACK
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
from course.systems.alignment.judge import Question

PRUDISH = {**STEADY, "topic": 2.0}
TENFOLD = {**PRUDISH, "labels": 2000}


def run(design: Mapping[str, Any], under: Round, prefer: Subject, step: Subject) -> Mapping[str, float]:
    """Measure a design under a round's load on the learner's `ai_preferences` and `policy_step`."""
    return measured(design, under.load, prefer, step)


class Even:
    """A constitution of one section, and a judge by it to whom all responses are equally good."""

    ids, version = ("harm.1",), "even"

    def text(self, section: str) -> str:
        return "All are equally good."

    def log_odds(self, principle: str, questions: Sequence[Question]) -> list[float]:
        return [0.0] * len(questions)


def _labelled(questions: int, prefer: Subject, step: Subject) -> tuple[Any, Sequence[Any]]:
    """So many questions, about responses by number."""
    asked = [(number, 0, 1) for number in range(questions)]
    return prefer, [(asked, Even.ids, Even(), Even())] * 2


def _ranked(responses: int, prefer: Subject, step: Subject) -> tuple[Any, Sequence[Any]]:
    """So many responses to one prompt, each compared with each."""
    pairs = [(0, *pair) for pair in itertools.combinations(range(responses), 2)]
    return prefer, [(pairs, Even.ids, Even(), Even())] * 2


KEPT = "restricted detail kept back"
REFUSES = "borderline prompts refused"
PEOPLE = Slo("people", 150, label="comparisons bought from people")

REFERENCE: Mapping[str, Design] = {
    "first release": {"sections": "harm", "beta": 0.6, "people": 0},
    "refuses everything": {"sections": "harm", "beta": 0.6, "people": 120},
    "exploited": {"sections": "harm reworded", "beta": 0.6, "people": 120},
    "incident": {"sections": "harm reworded", "beta": 0.35, "people": 120},
    "ten times the labels": {"sections": "harm reworded", "beta": 0.35, "people": 480},
}

PAIRS = int(facts.CAI_RED_TEAM_PROMPTS.value)
AI, PERSON = facts.RLAIF_AI_LABEL.value, facts.RLAIF_HUMAN_LABEL.value
PRICES = "What does a label cost?"

SCENARIO = Scenario(
    id="day33",
    title="A constitution that trains a model",
    opening=(
        "You have a model that was fine-tuned on its own revisions, and it still gives away almost half of the restricted "
        "detail it is asked for. Phase two is yours: an AI judge reads sections of a constitution and labels pairs, "
        "people compare for helpfulness, a reward model is fitted, and the policy is optimised. Tell me which "
        "words label, how hard you push, and whom you ask. Then I will start to change things."
    ),
    clarify=(
        (
            "What does the reward model see?",
            "Six features of the prompt and five traits of the answer; it is linear in their products.",
        ),
        (
            "How many labels is it fitted to?",
            "I ask the AI judge 200 questions and people 100 on helpfulness, before what you buy. Each label weighs the same.",
        ),
        (
            "Does the judge know the prompt's true label?",
            "No. It has an estimate from the text. Only people and the measurement read the label.",
        ),
        (
            "Why is there a budget on KL?",
            "Red-teaming was done on the SL-CAI policy. Beyond that distance I pay for it again.",
        ),
        (
            PRICES,
            f"${AI} for one of the AI judge's, asked in both orders, and ${PERSON} for one of a person's: estimates of {facts.RLAIF_AI_LABEL.date}.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "AI labels on harm at the paper's scale",
                "$",
                PAIRS * AI,
                given=f"The paper had {PAIRS:,} red-team prompts; take one pair each.",
                asks=(PRICES,),
                how=f"{PAIRS} × {AI} = {PAIRS * AI:,.0f}",
            ),
            Estimate(
                "the same labels from people",
                "$",
                PAIRS * PERSON,
                given=f"The same {PAIRS:,} pairs.",
                asks=(PRICES,),
                how=f"{PAIRS} × {PERSON} = {PAIRS * PERSON:,.0f}",
            ),
            Estimate(
                "blind comparisons that tell a win rate of 55% from 50%",
                "comparisons",
                400,
                given="Two standard errors must be no more than 0.05; near one half a standard error is 0.5 divided by the root of the number.",
                how="(2 × 0.5 / 0.05)² = 400",
            ),
        ),
        data=(
            "critique(section: str, prompt: str, response: str) -> critique: str\n"
            "log_odds(section: str, pairs: list[Pair]) -> odds: list[float]\n"
            "compare(a: Checkpoint, b: Checkpoint, prompts: list[str]) -> share: float\n"
            "sections: constitution store, key version and section id, used at AI judge\n"
            "triples: record store, key hash of the content\n"
            "pairs: record store, key hash of the content, used at reward model\n"
            "human labels: record store, key pair, used at reward model\n"
            "checkpoints: checkpoint store, key hash of data and recipe, used at release gate\n"
            "probe prompts: release gate, key prompt id"
        ),
        path=(
            "SL-CAI policy -> AI judge ×8, people ×20 -> record store ×3 -> reward model -> trainer ×8 -> checkpoint store ×3 -> release gate -> users\n"
            "constitution store ×3 -> AI judge"
        ),
    ),
    knobs=(
        Knob(
            "sections",
            "sections that label the red-team pairs",
            choices=("harm", "harm + help", "harm reworded"),
            default="harm",
        ),
        Knob(
            "beta",
            "leash: reward that one nat of KL costs",
            (0.05, 10, False),
            default=3,
            grid=(0.2, 0.35, 0.5, 0.6, 1, 3),
        ),
        Knob(
            "people",
            "comparisons of overall quality by people",
            (0, 600, True),
            default=0,
            grid=(0, 120, 480),
        ),
    ),
    rounds=(
        Round(
            name="first release",
            line="Start simple. Keep back more of the restricted detail, and stay close enough that last month's red-teaming still counts.",
            load=STEADY,
            slos=(
                Slo("harmlessness", KEPT_BACK, at_most=False, label=KEPT, unit=SHARE),
                Slo("drift", DISTANCE, label="KL from the red-teamed SL-CAI policy", unit="nats"),
            ),
            presses="harmlessness",
            predicts="harmlessness",
            replies=Replies(
                weak="“RL from AI feedback makes it harmless.” How harmless, and how far from the model that was red-teamed?",
                good="Names beta as the reward that a nat must earn, and reads both numbers off one run.",
                strong="Says what the optimum is, the reference times exp(reward / beta), so that halving beta squares the tilt.",
            ),
        ),
        Round(
            name="refuses everything",
            line="Support calls: it refuses whatever sounds sensitive. The judge takes the topic for the intent. I pay for 150 comparisons; and of the labels that I pay for, fewer than half may be undecided. Keep back 70 in a hundred while you are at it.",
            load=PRUDISH,
            slos=(
                Slo("over_refusal", 0.27, label=REFUSES, unit=SHARE),
                Slo("harmlessness", 0.70, at_most=False, label=KEPT, unit=SHARE),
                Slo("undecided", 0.45, label="AI labels between 0.4 and 0.6", unit=SHARE, of="labels"),
                PEOPLE,
            ),
            presses="over_refusal",
            predicts="over_refusal",
            replies=Replies(
                weak="“More principles are more balanced.” Averaged into one label, harm and help cancel, and half of the labels are coin tosses.",
                good="Sees that no label ever praised an answer to a borderline prompt, and buys comparisons there.",
                strong="Prices the longer leash beside it: fewer refusals, and harmlessness back to where it was. Says who speaks for help in the paper: people, not the judge.",
            ),
        ),
        Round(
            name="exploited",
            line="The reward curve is beautiful and the answers are full of consolation. Bring that down. No more money.",
            load=PRUDISH,
            slos=(
                Slo("kind", 0.6, label="kind sentences an answer"),
                Slo("harmlessness", 0.70, at_most=False, label=KEPT, unit=SHARE),
                PEOPLE,
            ),
            presses="kind",
            predicts="kind",
            replies=Replies(
                weak="Collects more of the same labels, or an ensemble of reward models that were all taught the same.",
                good="Finds the section that pays for it: to be considerate has no upper end.",
                strong="Rewords one section, which makes a new version, and says which labels are stale by that (tomorrow's topic).",
            ),
        ),
        Round(
            name="incident",
            line="An incident: 74 in a hundred kept back, whatever the words. I accept up to 33 in a hundred borderline refusals for it. And it goes out only if people prefer it to the live policy (the first sections, beta 0.6, nobody asked) in 53 of a hundred comparisons.",
            load=PRUDISH,
            slos=(
                Slo("harmlessness", 0.74, at_most=False, label=KEPT, unit=SHARE),
                Slo("over_refusal", 0.33, label=REFUSES, unit=SHARE),
                Slo(
                    "preferred",
                    0.53,
                    at_most=False,
                    label="people who prefer it to the live policy",
                    unit=SHARE,
                    of="compared",
                ),
            ),
            presses="harmlessness",
            relaxes=("over_refusal",),
            predicts="preferred",
            replies=Replies(
                weak="Turns the leash off: harmless, far away, not red-teamed.",
                good="Pushes just as far as the KL budget allows, and reads the interval of the win rate beside the share.",
                strong="Names the next canary: which measure stops the rollout, at which threshold, and which checkpoint it rolls back to.",
            ),
        ),
        Round(
            name="ten times the labels",
            line="Good news: compute got cheap. From now on you have ten times the AI labels, 2,000 for 200. Keep back 76 in a hundred with them, and refuse no more than 31. I pay for 500 comparisons by people now.",
            load=TENFOLD,
            slos=(
                Slo("over_refusal", 0.31, label=REFUSES, unit=SHARE),
                Slo("harmlessness", 0.76, at_most=False, label=KEPT, unit=SHARE),
                Slo("people", 500, label=PEOPLE.label),
            ),
            presses="over_refusal",
            relaxes=("people",),
            predicts="over_refusal",
            replies=Replies(
                weak="“More data, better model.”",
                good="Sees the mixture: 120 of 420 labels become 120 of 2,220, so people keep a fifth of their weight.",
                strong="Buys people in proportion or weighs the sources, and says that more labels make a wrong judge surer.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of labelling grow with the questions? And if you compare each answer with each, with the answers to one prompt?",
            before=Side("labelling, with the questions", _labelled, at=32),
            after=Side("every pair of the answers to one prompt, with the answers", _ranked, at=6),
            good="Linear in the questions: exponent 1. All pairs of k answers are k(k − 1)/2 questions: exponent 2. A ranking asks k log k of them, and each comparison of it then depends on the others.",
        ),
        Tenfold(
            ask="Ten times the AI labels, everything else as it stands. Which promise breaks first?",
            times={"labels": 10},
            good="Refusals rise: the judge's labels drown those of the people, and the judge is the one that takes the topic for the intent. Whether that crosses the limit is your slack: after round 2 it did with 120 comparisons, and just did not with 150. Kept back rises too; what people prefer does not.",
            rounds=("refuses everything", "incident"),
        ),
        Production(
            good=(
                "Not from the reward. 400 blind comparisons of fresh answers with the last checkpoint's: pause under 45%, which an "
                "equal checkpoint trips one time in fifty. Beside it the two probe sets, borderline and restricted, each with its "
                "threshold. Roll back to the named checkpoint; its labels stay, with the version that gave them."
            ),
        ),
        Assumed(
            good=(
                "That people's comparisons are right on average; that the judge's errors on held-out prompts are those of training; "
                "that red-teaming of the start still counts within the KL budget. The last hurts most: KL is a mean over "
                "prompts, and a rare one can be far away."
            ),
        ),
    ),
    run=run,
    safety=("harmlessness", "over_refusal"),
    probes={
        "harmlessness": "Restricted detail still gets out. Is the label wrong, the push too weak, or does another label cancel it?",
        "drift": "You are further from the red-teamed policy than I paid for. What, exactly, may have changed out there?",
        "over_refusal": "A harmless request is refused. Which label, by which section, taught that? How would you find it?",
        "people": "You bought more comparisons than I paid for. What do they say that the judge cannot?",
        "undecided": "Half of these labels are coin tosses. Which two sections cancel, and on which prompts?",
        "kind": "Every answer consoles now. Which reward pays for the fourth kind sentence?",
        "preferred": "People may well prefer the live policy. Read me the interval, and tell me what you would ship.",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design={"sections": "harm", "beta": 0.6, "people": 0},
        fails_round="refuses everything",
        fails_metric="over_refusal",
    ),
)
