"""Day 33's interview: a constitutional training run in six constraints, on the learner's own labels and steps."""

from collections.abc import Mapping
from typing import Any

from course.checking.subject import Subject
from course.days.day33_constitutional_ai.small_run import STEADY, measured
from course.interview import SHARE, Design, Knob, Naive, Replies, Round, Scenario, Slo

PRUDISH = {**STEADY, "topic": 1.6}
LONG = {**STEADY, "rounds": 60}
TENFOLD = {**STEADY, "labels": 1800}


def run(design: Mapping[str, Any], under: Round, prefer: Subject, step: Subject) -> Mapping[str, float]:
    """Measure a design under a round's load on the learner's `ai_preferences` and `policy_step`."""
    return measured(design, under.load, prefer, step)


HARMLESS = Slo("harmlessness", 0.59, at_most=False, label="restricted detail kept back", unit=SHARE)
DRIFT = Slo("drift", 0.6, label="KL from the reviewed SL-CAI policy", unit="nats")
REFUSED = Slo("over_refusal", 0.2, label="borderline prompts refused", unit=SHARE)
PEOPLE = Slo("people", 120, label="comparisons bought from people")
HELPFUL = Slo("helpfulness", 0.82, at_most=False, label="usefulness where an answer is deserved")
UNDECIDED = Slo("undecided", 0.45, label="AI labels between 0.4 and 0.6", unit=SHARE)
KIND = Slo("kind", 0.62, label="kind sentences an answer")
PREFERRED = Slo(
    "preferred",
    0.5,
    at_most=False,
    label="people who prefer it to the live policy, lower end of the interval",
)

REFERENCE: Mapping[str, Design] = {
    "first release": {"sections": "harm", "beta": 0.6, "people": 0},
    "refuses everything": {"sections": "harm", "beta": 0.8, "people": 120},
    "principles conflict": {"sections": "harm", "beta": 0.8, "people": 120},
    "exploited": {"sections": "harm reworded", "beta": 0.8, "people": 120},
    "ten times the labels": {"sections": "harm reworded", "beta": 0.8, "people": 120},
    "two constitutions": {"sections": "harm reworded", "beta": 0.26, "people": 120},
}

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
            "I ask the AI judge 180 questions and people 240 on helpfulness, before what you buy. Each label weighs the same.",
        ),
        (
            "Does the judge know the prompt's true label?",
            "No. It has an estimate from the text, wrong about one time in thirteen. Only the measurement reads the label.",
        ),
        (
            "Why is there a budget on KL?",
            "Red-teaming was done on the SL-CAI policy. Beyond that distance I pay for it again.",
        ),
    ),
    knobs=(
        Knob(
            "sections",
            "sections that label the red-team pairs",
            choices=("harm", "harm + help", "harm reworded"),
            default="harm",
        ),
        Knob("beta", "leash: reward that one nat of KL costs", (0.05, 10, False), default=0.4),
        Knob("people", "comparisons of overall quality by people", (0, 1200, True), default=0),
    ),
    rounds=(
        Round(
            name="first release",
            line="Start simple. Keep back more of the restricted detail, and stay close enough that last month's red-teaming still counts.",
            load=STEADY,
            slos=(HARMLESS, DRIFT),
            presses="harmlessness",
            predicts="harmlessness",
            replies=Replies(
                weak="“RL from AI feedback makes it harmless.” How harmless, and how far from the model that was reviewed?",
                good="Names beta as reward for a nat, and reads both numbers off one run.",
                strong="Says what the optimum is, the reference times exp(reward / beta), so that halving beta squares the tilt.",
            ),
        ),
        Round(
            name="refuses everything",
            line="Support calls: it refuses whatever sounds sensitive. The judge takes the topic for the intent. I can pay some people.",
            load=PRUDISH,
            slos=(REFUSED, PEOPLE),
            presses="over_refusal",
            predicts="over_refusal",
            replies=Replies(
                weak="Adds a sentence to the system prompt. No label has changed.",
                good="Sees that no label ever praised an answer to a borderline prompt, and buys comparisons there.",
                strong="Says what a shorter leash would give instead: fewer refusals, and harmlessness back to where it was. Prices both.",
            ),
        ),
        Round(
            name="principles conflict",
            line="A colleague wants two sections on help on the judge's list. Take them or leave them, but count the labels that say nothing: I pay for each.",
            load=STEADY,
            slos=(UNDECIDED, HELPFUL),
            presses="undecided",
            predicts="undecided",
            replies=Replies(
                weak="“More principles are more balanced.” Averaged, the two halves cancel.",
                good="Counts: with help beside harm over half of the labels lie between 0.4 and 0.6.",
                strong="Does what the paper does: AI labels by the sections on harm, people's labels for help. Knows that order among principles is a decision, and writes it down.",
            ),
        ),
        Round(
            name="exploited",
            line="The reward curve is beautiful and the answers are full of consolation. This time training runs twice as long.",
            load=LONG,
            slos=(KIND,),
            presses="kind",
            predicts="kind",
            replies=Replies(
                weak="Collects more of the same labels.",
                good="Finds the section that pays for it: to be considerate has no upper end.",
                strong="Rewords one section, which makes a new version, and says which labels are stale by that (tomorrow's topic).",
            ),
        ),
        Round(
            name="ten times the labels",
            line="Good news: compute got cheap, in this run you have ten times the AI labels, 1,800 for 180. Same people. Borderline users still want answers.",
            load=TENFOLD,
            slos=(
                Slo("over_refusal", 0.21, label=REFUSED.label),
                Slo("harmlessness", 0.63, at_most=False, label=HARMLESS.label),
            ),
            presses="over_refusal",
            predicts="over_refusal",
            replies=Replies(
                weak="“More data, better model.”",
                good="Sees the mixture: 120 of 540 questions become 120 of 2,160, so people keep a quarter of their weight.",
                strong="Shortens the leash (a larger beta), or weighs the sources, and says that more labels make a wrong judge surer.",
            ),
        ),
        Round(
            name="two constitutions",
            line="An incident: from 59 to 69 in a hundred kept back, whatever the words. I accept more refusals until the next release. And it goes out only if people do not prefer the live policy: old words, beta 0.4, nobody asked. The labels are 180 again.",
            load=STEADY,
            slos=(
                Slo("harmlessness", 0.69, at_most=False, label=HARMLESS.label),
                Slo("over_refusal", 0.3, label=REFUSED.label),
                PREFERRED,
            ),
            presses="harmlessness",
            relaxes=("over_refusal",),
            predicts="harmlessness",
            replies=Replies(
                weak="Turns the leash off: harmless, far away, unreviewed.",
                good="Pushes just as far as the KL budget allows, and reads the lower end of the interval, not the mean.",
                strong="Names the next canary: which measure stops the rollout, at which threshold, and which checkpoint it rolls back to.",
            ),
        ),
    ),
    run=run,
    safety=("harmlessness", "over_refusal"),
    probes={
        "harmlessness": "Restricted detail still gets out. Is the label wrong, the push too weak, or does another label cancel it?",
        "drift": "You are further from the reviewed policy than I paid for. What, exactly, may have changed out there?",
        "over_refusal": "A harmless request is refused. Which label, by which section, taught that? How would you find it?",
        "people": "You bought more comparisons than I paid for. What do they say that the judge cannot?",
        "undecided": "Half of these labels are coin tosses. Which two sections cancel, and on which prompts?",
        "helpfulness": "It helps less than before. Who in your pipeline ever speaks for the ordinary user?",
        "kind": "Every answer consoles now. Which reward pays for the fourth kind sentence?",
        "preferred": "People may well prefer the live policy. Read me the interval, and tell me what you would ship.",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design={"sections": "harm", "beta": 0.4, "people": 0},
        fails_round="refuses everything",
        fails_metric="over_refusal",
    ),
)
