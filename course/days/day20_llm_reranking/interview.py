"""Day 20's interview: which judge, how deep, and how far it may lift a document."""

from collections.abc import Mapping, Sequence
from typing import Any

from course import facts
from course.checking.subject import Subject, there
from course.days.day20_llm_reranking.measures import (
    ANSWER_TOKENS,
    BASE_MS,
    CORES,
    QUESTION_TOKENS,
    QUESTIONS,
    READ_MS,
    STEP,
    WINDOW,
    WRITE_MS,
    measure,
)
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
from course.systems.search.rerank_probes import ListwiseTrial

QUIET: Mapping[str, float] = {"attack": 0, "outage": 0, "wait_ms": 25, "document_tokens": 150}
SELLER = {**QUIET, "attack": 1}
LATE = {**SELLER, "outage": 1}


def run(
    design: Mapping[str, Any], under: Round, listwise_window: Subject, Cascade: Subject, RerankAudit: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load, by the learner's own objects."""
    return measure(design, under.load, listwise_window, Cascade, RerankAudit)


def _pass(
    n: int, listwise_window: Subject, Cascade: Subject, RerankAudit: Subject
) -> tuple[Any, Sequence[Any]]:
    """One pass over so many documents."""
    return there(listwise_window, ListwiseTrial)(listwise_window).passes, [(n, 1)] * 3


def _sorted(
    n: int, listwise_window: Subject, Cascade: Subject, RerankAudit: Subject
) -> tuple[Any, Sequence[Any]]:
    """As many passes over so many documents as sort them all."""
    return there(listwise_window, ListwiseTrial)(listwise_window).passes, [(n, n // STEP)] * 3


def _first(limit: float) -> Slo:
    return Slo("first", limit, at_most=False, unit=SHARE, label="right document first", of=QUESTIONS)


def _page(limit: float) -> Slo:
    return Slo("page", limit, at_most=False, unit=SHARE, label="right document among ten", of=QUESTIONS)


def _ms(limit: float) -> Slo:
    return Slo("ms", limit, unit="ms", label="time a question takes")


PLANTED = Slo("planted", 0.02, unit=SHARE, label="a seller's page first", of=QUESTIONS)
NAMES = ("judge", "depth", "rise")
REFERENCE: Mapping[str, Design] = {
    name: dict(zip(NAMES, values, strict=True))
    for name, values in {
        "first": ("list", 20, 100),
        "bill": ("list", 10, 100),
        "fast": ("cross", 20, 100),
        "seller": ("cross", 20, 2),
        "late": ("cross", 5, 2),
        "regulator": ("cross", 4, 2),
    }.items()
}

LENGTHS = "How long is a document, in tokens?"
WINDOWS = "How does a large model rank more than it can read at once?"
LARGE = "How fast is the large model?"
SMALL = "How fast is the cross-encoder?"
PAIR_CORE_MS = facts.CROSS_ENCODER_CORE_S.value / 20 * 1000

SCENARIO = Scenario(
    id="day20",
    title="The right one first",
    opening=(
        "A million questions a day. Search returns a hundred candidates. Put the right one first: the assistant reads it aloud. Later I "
        "give you 50 milliseconds, an attacker, an outage and a regulator."
    ),
    clarify=(
        ("One answer, or ten?", "One is read aloud. Ten stand on the screen."),
        (LENGTHS, f"A document has 150 tokens, a question {QUESTION_TOKENS}."),
        (
            WINDOWS,
            f"In windows of {WINDOW} with step {STEP}, from the back, one call after the other. 100 documents take 19 calls. A call "
            f"answers with the numbers of its {WINDOW} documents, {ANSWER_TOKENS} tokens each.",
        ),
        (
            LARGE,
            f"A token that it reads takes {READ_MS:g} ms, one that it writes {WRITE_MS:g} ms; a second has 1,000 ms. It takes no other time.",
        ),
        (
            SMALL,
            f"A core judges a pair in {PAIR_CORE_MS:g} ms. {CORES} cores work on one question. Whatever else a question needs takes {BASE_MS:g} ms.",
        ),
        ("Who writes what is searched?", "Sellers, some of them. They know what people ask."),
        ("What is late?", "After 25 ms of waiting we go on without the scores that did not come."),
        ("Must a page be explained later?", "Not yet. A regulator may ask."),
    ),
    before=Before(
        estimates=(
            Estimate(
                "tokens of one question, where a large model ranks all hundred",
                "tokens",
                19 * (QUESTION_TOKENS + WINDOW * 150 + WINDOW * ANSWER_TOKENS),
                within=1.5,
                given="Tokens that are read and tokens that are written.",
                asks=(LENGTHS, WINDOWS),
                how=f"19 × ({QUESTION_TOKENS} + {WINDOW} × 150 + {WINDOW} × {ANSWER_TOKENS}) = 29,830",
            ),
            Estimate(
                "seconds that this takes",
                "s",
                19 * ((QUESTION_TOKENS + WINDOW * 150) * READ_MS + WINDOW * ANSWER_TOKENS * WRITE_MS) / 1000,
                given="One call waits for the one before.",
                asks=(LENGTHS, WINDOWS, LARGE),
                how=f"19 × (({QUESTION_TOKENS} + {WINDOW} × 150) × {READ_MS:g} + {WINDOW} × {ANSWER_TOKENS} × {WRITE_MS:g}) / 1,000 = 9.2",
            ),
            Estimate(
                "documents that a cross-encoder can judge in 50 ms",
                "documents",
                (50 - BASE_MS) * CORES / PAIR_CORE_MS,
                within=1.3,
                given="A question has 50 ms.",
                asks=(SMALL,),
                how=f"(50 − {BASE_MS:g}) × {CORES} / {PAIR_CORE_MS:g} = 21",
            ),
        ),
        data=(
            "rerank(question: str, ids: list[int], deadline_ms: float) -> page: Reranked\n"
            "explain(record: int, document: int) -> reasons: list[Reason]\n"
            "text of a document: store, key document, used at judge\n"
            "version that is served: judge, key stage, used at cascade\n"
            "limit of the rise: cascade, key stage\n"
            "record of a page: audit, key number"
        ),
        path="client -> cascade ×4 -> search ×8\ncascade -> judge ×4 -> store ×3\ncascade -> audit ×3",
    ),
    knobs=(
        Knob(
            "judge",
            "who judges: a cross-encoder, or a large model by lists",
            choices=("cross", "list"),
            default="list",
        ),
        Knob("depth", "documents that are judged", choices=(2, 3, 4, 5, 8, 10, 16, 20, 30, 100), default=100),
        Knob("rise", "places that one may rise; 100 is no limit", choices=(1, 2, 3, 8, 100), default=100),
    ),
    rounds=(
        Round(
            name="first",
            line="Quality first: the right one first for six questions in ten, and on the page of ten for 79 in a hundred. You have three seconds.",
            load=QUIET,
            slos=(
                _first(0.6),
                _page(0.79),
                _ms(3000),
            ),
            presses="first",
            predicts="page",
            replies=Replies(
                weak="“The model reads all hundred.” For how long?",
                good="Counts the calls: they wait for each other, and most of their time is writing.",
                strong="Says how many of the right ones search brings at all, since no judge finds another, and asks how the questions were drawn.",
            ),
        ),
        Round(
            name="bill",
            line="The bill came. 1,600 tokens a question; 58 of a hundred first will do, and forget the other nine.",
            load=QUIET,
            slos=(Slo("tokens", 1600, label="tokens of the large model, a question"), _first(0.58)),
            presses="tokens",
            relaxes=("first", "page"),
            predicts="page",
            replies=Replies(
                weak="A cheaper model. Which, and how good is it?",
                good="One window: what is first in ten seldom came from behind them.",
                strong="Plots right answers over tokens, and names the point from which the next window buys less than its error bar.",
            ),
        ),
        Round(
            name="fast",
            line="It is read aloud, so people hear the pause: 50 milliseconds. Half of them right is enough.",
            load=QUIET,
            slos=(_ms(50), _first(0.5)),
            presses="ms",
            relaxes=("first",),
            predicts="page",
            replies=Replies(
                weak="A larger machine. The tokens of an answer come one after the other on any.",
                good="A cross-encoder: pairs do not wait for each other, and nothing is written.",
                strong="Keeps the large model for what nobody waits for: labels, and a sample that is compared each night.",
            ),
        ),
        Round(
            name="seller",
            line="A seller put a page among the fourth to the tenth of every question. It begins with the question itself. It may be first for two in a hundred; the right one for 41. And people look at the other nine again: the right one among ten for 73.",
            load=SELLER,
            slos=(PLANTED, _first(0.41), _page(0.73), _ms(50)),
            presses="planted",
            relaxes=("first",),
            predicts="first",
            replies=Replies(
                weak="Filters for “ignore all previous instructions”. This judge never understood them.",
                good="Limits how far one judge may lift a document, and says what honest ones lose by it.",
                strong="Says that to judge only three would stop this seller too, and leave the ten as search had them; that a page at place three breaks both; and who is asked then: the seller's other pages, or a person.",
            ),
        ),
        Round(
            name="late",
            line="A third of the judge's machines is slow: three scores in ten are late, and you wait 25 milliseconds before you go on. The 50 stay. Right first: 36.5 of a hundred, and as long as it lasts forget the other nine.",
            load=LATE,
            slos=(_ms(50), _first(0.365), PLANTED),
            presses="ms",
            relaxes=("first", "page"),
            predicts="page",
            replies=Replies(
                weak="Waits for all scores.",
                good="Goes on with those that came, judges fewer, and says where a document without a score stands.",
                strong="Compares with no judge at all: what is right in 36 of 100 without one must not get worse because a machine is slow.",
            ),
        ),
        Round(
            name="regulator",
            line="Keep everything that was compared, for ten years: 240 bytes a question.",
            load=LATE,
            slos=(Slo("audit", 240, unit="B", label="record of a question"),),
            presses="audit",
            predicts="first",
            replies=Replies(
                weak="Logs the page. What stood above it, and which model said so?",
                good="Judges fewer: who compares less has less to keep. Names the version in every record.",
                strong="Multiplies: a million a day for ten years are 0.8 terabytes. And the model of each version must be kept as long as its records, or they explain nothing.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work grow with the documents: of one pass in windows of ten with step five? And of as many passes as sort them all?",
            before=Side("one pass, with the documents", _pass, at=60),
            after=Side("passes until all are sorted, with the documents", _sorted, at=40),
            good="One pass is linear, and its calls wait for each other. It sorts five more each time, so sorting all takes n / 5 passes: quadratic, as asking for every pair would be.",
        ),
        Tenfold(
            ask="Documents become ten times as long. Which promise breaks first?",
            times={"document_tokens": 10},
            good="Everything that a large model reads is paid by the token: the time first, then the bill. A cross-encoder reads the beginning, and nothing tells you what stood below.",
            rounds=("first", "bill"),
        ),
        Tenfold(
            ask="You wait ten times as long for what is late. Which promise breaks first?",
            times={"wait_ms": 10},
            good="The time: a quarter of a second for scores that would not have come. A wait is part of the deadline, so it needs a limit of its own.",
            rounds=("late", "regulator"),
        ),
        Production(
            good=(
                "One page in a thousand is judged by people, and one in a thousand is judged again with its candidates in another order. Two rates have alarms: how often the first document came from the last quarter of the depth, "
                "and how many documents the limit holds. Rollback: the stage is taken out by a flag. What search brought is a page already."
            ),
        ),
        Assumed(
            good=(
                "That each question has one right document, and that 150 first lines of documentation stand for what people ask. That the large model is as good as the simulation. "
                "The first hurts most: where two documents are right, putting one of them second counts as wrong here."
            ),
        ),
    ),
    run=run,
    probes={
        "first": "Was the right one among those that you judged? If so, what stood above it, and by which score?",
        "page": "How many of the right ones does search bring within your depth?",
        "ms": "Which of your calls wait for another? And what do they do while they wait?",
        "tokens": "How many windows did you pay for, and what came up from the last of them?",
        "planted": "From which place did that page come, and who let it rise?",
        "audit": "What did you compare that you would not have needed to?",
    },
    safety=("planted",),
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design=dict(zip(NAMES, ("list", 100, 100), strict=True)), fails_round="first", fails_metric="ms"
    ),
)
