"""The fourth mock round: what may reach the context of an assistant, and when it says that it does not know.

Fifty-five minutes, on a design rather than on code: :mod:`course.systems.search.context_gate` is the measure, on a real
cross-encoder's scores.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

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
from course.systems.search.context_gate import Candidates, ContextGate, echo
from datasets import known_items, rerank_scores

JUDGED = 20
"""Candidates that the judge reads for a question."""
QUESTIONS = 150


@cache
def pool() -> Candidates:
    """The judged candidates of :mod:`datasets.rerank_scores`."""
    lists, asked, docs = rerank_scores.judged(), known_items.questions("plain"), known_items.documents()
    found = lists.candidates[:, :JUDGED]
    return Candidates(
        scores=lists.cross[:, :JUDGED],
        echoes=np.array(
            [
                [echo(question.tolist(), docs[doc].tolist()) for doc in row]
                for question, row in zip(asked, found, strict=False)
            ]
        ),
        right=found == known_items.targets()[:QUESTIONS, None],
        planted=rerank_scores.planted().echo,
        draw=np.random.default_rng(4).random(QUESTIONS),
    )


def run(design: Design, under: Round) -> Mapping[str, float]:
    """Measure a design under a round's load."""
    gate = ContextGate(int(design["context"]), float(design["bar"]), float(design["echo"]))
    return vars(
        gate.admit(pool(), unanswered=float(under.load["unanswered"]), planted=bool(under.load["planted"]))
    )


def _each_alone(candidates: int) -> int:
    """A judge that reads each candidate with the question: readings."""
    read = 0
    for _ in range(candidates):
        read += 1
    return read


def _each_pair(candidates: int) -> int:
    """A judge that is asked of every two candidates which is better: readings."""
    read = 0
    for first in range(candidates):
        for _ in range(first):
            read += 1
    return read


def _pairs(n: int) -> tuple[Any, Sequence[Any]]:
    return subjects(_each_pair)[0], [(n,)] * 3


def _alone(n: int) -> tuple[Any, Sequence[Any]]:
    return subjects(_each_alone)[0], [(n,)] * 3


def _right(limit: float) -> Slo:
    return Slo(
        "right", limit, at_most=False, unit=SHARE, label="answered from the right document", of=QUESTIONS
    )


def _wrong(limit: float) -> Slo:
    return Slo("wrong", limit, unit=SHARE, label="answered from other documents only", of=QUESTIONS)


def _tokens(limit: float) -> Slo:
    return Slo("tokens", limit, label="tokens of documents a question")


FOOLED = Slo("fooled", 0.01, unit=SHARE, label="a planted page got in", of=QUESTIONS)
HELD = Slo("held", 0.05, unit=SHARE, label="right documents held as planted", of=QUESTIONS)
REFUSED = Slo("refused", 0.5, unit=SHARE, label="“I do not know”, to a person", of=QUESTIONS)

LOAD: Mapping[str, float] = {"unanswered": 0.0, "planted": 0}
ASKED = dict(LOAD) | {"unanswered": 0.3}
ATTACKED = ASKED | {"planted": 1}
NAMES = ("context", "bar", "echo")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "first": (10, -12, 1.01),
        "bill": (3, -12, 1.01),
        "no answer": (3, 0, 1.01),
        "planted pages": (3, 0, 1.0),
        "medicine": (3, 4, 1.0),
        "people": (8, 2, 1.0),
    }.items()
}

SCENARIO = Scenario(
    id="mock-assistant",
    title="Retrieval for an assistant",
    mock=True,
    safety=("fooled", "wrong"),
    opening=(
        "Build the retrieval behind an assistant that answers from our documents. A million questions a day, and some of "
        "them have no answer in there. Twenty minutes for the whole; then we go into one part, and I change the problem while you are in it."
    ),
    clarify=(
        (
            "How long is a document, and how many may go in?",
            "150 tokens. 10 at most, and you pay for each token.",
        ),
        ("How many questions have no answer?", "3 in 10, later. At first all have one."),
        (
            "What judges a candidate?",
            "A cross-encoder gives each of 20 candidates a score. Of the right documents half score from −3.1 to 5.5; of the "
            "best wrong ones half score from −2.3 to 3.9.",
        ),
        (
            "Is it worse to be wrong or to say nothing?",
            "Today they cost the same. Expect that to change.",
        ),
        (
            "Who answers what the assistant does not?",
            "A person, in 5 minutes. A person works 400 minutes a day.",
        ),
        (
            "Who writes what it answers from?",
            "We do, and partners whom we do not read first.",
        ),
        (
            "How often does search bring the right one at all?",
            "Among the 20 candidates for 89 of 100 questions.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "tokens of documents in a question's context, as many as may go in",
                "tokens",
                150 * 10,
                within=1.5,
                asks=("How long is a document, and how many may go in?",),
                how="150 × 10 = 1,500",
            ),
            Estimate(
                "tokens of documents that the model reads in a second, on average over a day",
                "tokens a second",
                1e6 * 150 * 10 / 86_400,
                asks=("How long is a document, and how many may go in?",),
                given="A million questions a day; a day has 86,400 seconds.",
                how="1,000,000 × 150 × 10 / 86,400 = 17,361",
            ),
            Estimate(
                "people needed, if every question without an answer goes to one",
                "people",
                1e6 * 0.3 * 5 / 400,
                asks=("How many questions have no answer?", "Who answers what the assistant does not?"),
                given="A million questions a day.",
                how="1,000,000 × 3 / 10 × 5 / 400 = 3,750",
            ),
        ),
        data=(
            "ask(user: str, question: str) -> answer: str, sources: list[str] | unknown\n"
            "judge(question: str, documents: list[str]) -> scores: list[float]\n"
            "hand_over(question: str, reason: str) -> ticket: str\n"
            "documents with owner and version: store, key document, used at search\n"
            "what a question was shown, and what was held and why: log, key question, used at reviewer\n"
            "bar and echo in force: record, key version, used at gate\n"
            "questions without an answer: queue, key ticket, used at person"
        ),
        path="user -> broker ×8 -> search ×20 -> judge ×16 -> gate -> model ×8 -> user\nstore ×3 -> search\nrecord ×3 -> gate -> log ×2 -> reviewer ×5\ngate -> queue -> person ×400",
    ),
    knobs=(
        Knob("context", "documents that may go in, at most", (1, 2, 3, 4, 5, 6, 8, 10), default=5),
        Knob(
            "bar",
            "score under which none goes in (−12: all do)",
            (-12, -6, -4, -2, 0, 1, 2, 3, 4, 5, 6),
            default=-12,
        ),
        Knob(
            "echo",
            "share of the question's word pairs from which one is held (1.01: none is)",
            (0.4, 0.6, 0.8, 1.0, 1.01),
            default=1.01,
        ),
    ),
    rounds=(
        Round(
            "first",
            "Every question has an answer somewhere. Let the right document be in the context for 76 in a hundred.",
            LOAD,
            (_right(0.76), _tokens(1_600)),
            presses="right",
            predicts="right",
            replies=Replies(
                weak="Wants a better model before it has counted where the right document was lost.",
                good="As many as may go in: what search did not bring, no gate lets through.",
                strong="Says which share search itself lost, and that the first stage is the next thing to measure.",
            ),
        ),
        Round(
            "bill",
            "Finance. 480 tokens a question; 64 in a hundred will do.",
            LOAD,
            (_tokens(480), _right(0.64)),
            presses="tokens",
            relaxes=("right",),
            predicts="right",
            replies=Replies(
                weak="Cuts every document to a third.",
                good="Three whole ones, in the judge's order.",
                strong="Says what the other seven had bought for their price, and for which questions ten would still pay.",
            ),
        ),
        Round(
            "no answer",
            "From now on three questions in ten have no answer in the documents. Answered from others only: 35 in a hundred at most. Right in 38.",
            ASKED,
            (_wrong(0.35), _right(0.38)),
            presses="wrong",
            relaxes=("right",),
            predicts="refused",
            replies=Replies(
                weak="Tells the model to say so when it is not sure.",
                good="A bar on the score, and it may say that it does not know.",
                strong="Says that right and best wrong documents score alike, so a bar sells right answers with the wrong ones; asks for the price of each.",
            ),
        ),
        Round(
            "planted pages",
            "A partner has learned what people ask. His pages begin with the question. None of them in a context; and hold at most five in a hundred of our own right ones.",
            ATTACKED,
            (FOOLED, HELD),
            presses="fooled",
            predicts="held",
            replies=Replies(
                weak="Looks for “ignore all previous instructions”.",
                good="Holds what repeats the whole question, and counts the honest ones that do.",
                strong="Says that a paraphrase passes; caps a partner's share of contexts, reviews what was held, and logs both.",
            ),
        ),
        Round(
            "medicine",
            "The questions are about doses now. 15 wrong in a hundred, and I no longer count the right ones.",
            ATTACKED,
            (_wrong(0.15),),
            presses="wrong",
            relaxes=("right",),
            predicts="refused",
            replies=Replies(
                weak="Adds a sentence that it is no doctor.",
                good="Raises the bar, and says how many it sends away.",
                strong="Says that of what is still answered a third is wrong, where it was nearly half: the bar makes it say much less, and only somewhat better. Asks which wrong answers harm, and pays for a second judge there only.",
            ),
        ),
        Round(
            "people",
            "What you refuse goes to people, and they are full: half at most. Wrong may be 21 in a hundred, and right must be 31.",
            ATTACKED,
            (REFUSED, _wrong(0.21), _right(0.31)),
            presses="refused",
            relaxes=("wrong",),
            predicts="tokens",
            replies=Replies(
                weak="Hires.",
                good="A lower bar, and more documents above it: the bill has room.",
                strong="Says that the judge is the limit: names what a better one would buy, and on which questions to try it.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the judge's reading grow with the candidates: asked of every two which is better, and given each alone?",
            before=Side("every two", _pairs, 32),
            after=Side("each alone", _alone, 32),
            good="With the square, and in proportion. Each alone can also be read side by side; scores given alone drift apart, so a bar needs a fixed set of questions to hold it.",
        ),
        Tenfold(
            ask="Twice as many questions without an answer. Which promise breaks first?",
            times={"unanswered": 2},
            rounds=("no answer", "planted pages", "medicine", "people"),
            good="Right answers go with the questions that had one; what is left is answered from others. A bar set on last month's questions does not know.",
        ),
        Production(
            good="Refused, answered and handed over by the hour; of what is answered, 200 a day read by people, right or wrong, by kind of question; what was held, by owner. "
            "Go back by the record: bar and echo have versions, and a change runs beside the old one for a day first.",
            on=("wrong", "refused"),
        ),
        Assumed(
            good="That the right document in the context gives a right answer; that a question has one right document; that next month's questions score like these. "
            "The first is the one to measure: the model may have it and say something else."
        ),
    ),
    run=run,
    probes={
        "right": "Where was the right document lost: not brought, not high enough, or held?",
        "tokens": "Which document in the context has changed an answer this week?",
        "wrong": "It had nothing right and spoke all the same. What told it that it could?",
        "fooled": "What does this page share with the question that an honest one does not?",
        "held": "Who reads what you hold, and how long does a right page wait there?",
        "refused": "How many people is that, and what do they know that the documents do not?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, (10, -12, 1.01), strict=True)), fails_round="bill", fails_metric="tokens"
    ),
)
