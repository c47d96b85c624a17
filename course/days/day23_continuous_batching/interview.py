"""Day 23's interview: one GPU and its waiting line in five constraints, measured on the learner's own schedulers."""

from collections.abc import Mapping, Sequence
from typing import Any

from course import facts
from course.checking.subject import Subject, each
from course.days.day23_continuous_batching.gpu import CONTEXT, EVERYBODY, SLOTS, measure
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

PROMISED = {"ttft_ms": 1000, "tpot_ms": 50, "gap_ms": 50}
REQUESTS, MORE, PEOPLE = 100, 140, 41
"""Requests of the first two rounds and of the others, and those of the others that people wait for."""
STEADY = {"seed": 23, "requests": REQUESTS, "rate": 2, "slots": SLOTS, **PROMISED}
DOCUMENTS = STEADY | {"documents": 12, "document": 3600}
CLASSES = DOCUMENTS | {"requests": MORE, "rate": 3.5, "interactive": 0.3}
TRIPLE = CLASSES | {"rate": 6}
ALOUD = TRIPLE | {"gap_ms": 35}


def run(
    design: Mapping[str, Any], under: Round, Continuous: Subject, Chunked: Subject, goodput: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load on the learner's own schedulers and goodput."""
    return measure(design, under.load, Continuous, Chunked, goodput)


def _held(slots: int, Continuous: Subject, Chunked: Subject, goodput: Subject) -> tuple[Any, Sequence[Any]]:
    """One pass with so many slots, all held."""
    own: Subject = Continuous(slots, CONTEXT)
    each(own.submit_row, [(number, 8, 500) for number in range(slots)])
    return own.run, [(1,)] * 3


def _lined(
    waiting: int, Continuous: Subject, Chunked: Subject, goodput: Subject
) -> tuple[Any, Sequence[Any]]:
    """One pass under a budget on four slots, with so many requests in line."""
    own: Subject = Chunked(4, CONTEXT, token_budget=64)
    each(own.submit_row, [(number, 8, 500) for number in range(waiting)])
    return own.run, [(1,)] * 3


FIRST = Slo("ttft", 1000, unit="ms", label="first token (TTFT), p99 of interactive requests")
PACE = Slo("tpot", 50, unit="ms", label="time per output token (TPOT), p99")
SMOOTH = Slo("gap", 50, unit="ms", label="longest pause in an answer, p99")
TURNED = Slo("turned", 0.01, label="interactive requests refused", unit=SHARE, of=REQUESTS)
SHED = Slo("shed", 0.28, label="requests refused, all classes", unit=SHARE, of=MORE)
GOOD = Slo("goodput", 3.5, at_most=False, unit="/s", label="requests that kept every promise")

REFERENCE: Mapping[str, Design] = {
    "steady": {"budget": 0, "line": EVERYBODY, "first": "arrival"},
    "documents": {"budget": 384, "line": EVERYBODY, "first": "arrival"},
    "classes": {"budget": 384, "line": EVERYBODY, "first": "interactive"},
    "triple": {"budget": 384, "line": 4, "first": "interactive"},
    "aloud": {"budget": 192, "line": 4, "first": "interactive"},
}

SCENARIO = Scenario(
    id="day23",
    title="One GPU and its waiting line",
    opening=(
        f"You serve a 7-billion-parameter model on one A100: {SLOTS} slots of {CONTEXT:,} tokens beside the weights. Chat requests "
        "arrive, two a second, with prompts from ten tokens to four thousand; nobody knows how long an answer will be. "
        "You decide before each pass over the model who computes how much. Tell me how, and then I will change the "
        "traffic."
    ),
    clarify=(
        (
            "May a request that is being answered be put aside?",
            "Not today. It keeps its slot until its last token.",
        ),
        ("Does a refused client retry?", "Not in my numbers. In yours it should, with a pause."),
        ("Do you know the length of an answer in advance?", "No, and neither may your scheduler."),
        ("Is the prompt known when a request arrives?", "Yes, its length too."),
        (
            "When is an answer good?",
            "When it keeps all three promises: first token, time per token, longest pause. I will say the limits.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "keys and values of one token",
                "KiB",
                facts.LLAMA2_7B_KV_BYTES.value / 1024,
                given="32 layers; in each, one key and one value of 4,096 numbers, two bytes a number.",
                how="2 × 32 × 4096 × 2 / 1024 = 512",
            ),
            Estimate(
                "slots that are held at two a second",
                "slots",
                2 * (0.1 + 220 * 0.015),
                given="Two requests a second; each has its first token after 100 ms, then writes 220 more at 15 ms each.",
                how="Little's law, in milliseconds: 2 × (100 + 220 × 15) / 1000 = 6.8",
            ),
            Estimate(
                "places in line that cost one second of waiting",
                "places",
                4.0,
                given="The server finishes 4 answers a second, and the first token is due within 1 second.",
                how="Little's law: 4 × 1 = 4",
            ),
        ),
        data=(
            "submit(prompt: tokens, class: str) -> stream of tokens, or refused\n"
            "step() -> work of one pass\n"
            "waiting request: scheduler, key request id\n"
            "slot of a request: scheduler, key slot\n"
            "KV cache: gpu, key slot"
        ),
        path="client -> door ×2 -> scheduler -> gpu",
    ),
    knobs=(
        Knob(
            "budget",
            "most tokens that one pass computes (0: every prompt whole)",
            choices=(0, 64, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096),
            unit="tokens",
            default=0,
        ),
        Knob(
            "line",
            "places in the waiting line; who finds none is refused",
            (1, EVERYBODY, True),
            default=EVERYBODY,
            grid=(1, 2, 3, 4, 8, 16, EVERYBODY),
        ),
        Knob("first", "who goes first in line", choices=("arrival", "interactive"), default="arrival"),
    ),
    rounds=(
        Round(
            name="steady",
            line="Two requests a second, ordinary chat. I want the first word within a second and a reading pace after it.",
            load=STEADY,
            slos=(FIRST, PACE),
            presses="tpot",
            predicts="tpot",
            replies=Replies(
                weak="“We batch requests for throughput.” Who waits for whom?",
                good="Decides at every pass: a free slot is filled at once, whoever else is still being answered.",
                strong="Says what a pass costs: flat in its tokens until the weights are read, then linear; so small batches are nearly free.",
            ),
        ),
        Round(
            name="documents",
            line="Now one prompt in twelve is a document of 3,600 tokens, and people say that the text freezes. No pause above 50 milliseconds; the first word within 700; and nobody is turned away.",
            load=DOCUMENTS,
            slos=(SMOOTH, Slo("ttft", 700, unit="ms", label=FIRST.label), TURNED),
            presses="gap",
            predicts="gap",
            replies=Replies(
                weak="Quotes the mean time per token, which a freeze of a quarter second hardly moves.",
                good="Cuts the prompt, and sees that the budget has two ends: small pieces delay the first token, large ones stall the others.",
                strong="Reads the budget off the step-time curve, and computes its floor: the prompt tokens that arrive in the time of a pass, plus its decodes.",
            ),
        ),
        Round(
            name="classes",
            line="Three and a half a second, and only three in ten have a person waiting; the rest is batch work. The person gets the first word in 650 ms and is not turned away.",
            load=CLASSES,
            slos=(
                Slo("ttft", 650, unit="ms", label=FIRST.label),
                Slo("turned", 0.01, label=TURNED.label, unit=SHARE, of=PEOPLE),
                SMOOTH,
            ),
            presses="ttft",
            predicts="ttft",
            replies=Replies(
                weak="“Priority queue.” What does it do for a person when all slots are held?",
                good="People first in line, and says that the wait for a slot remains.",
                strong="Bounds how long a slot can be held, or keeps one free, and says what that costs the batch work.",
            ),
        ),
        Round(
            name="triple",
            line="Six a second: three times where we began, on the same GPU. Keep as many answers good as you can. Good is: the first word within a second, 50 milliseconds a token, no pause above 50.",
            load=TRIPLE,
            slos=(GOOD, SHED),
            presses="goodput",
            predicts="goodput",
            replies=Replies(
                weak="Lets the line grow, so that every answer comes and each comes too late.",
                good="Bounds the line by Little's law: places are rate of service times the wait that is still worth it.",
                strong="Refuses batch work first, at once and with a time to retry, and counts whom it refused wrongly.",
            ),
        ),
        Round(
            name="aloud",
            line="We read the answers aloud now: a pause above 35 milliseconds is heard, and such an answer is not good. For that I give you the second to the first word back, in place of 650 ms. Same flood.",
            load=ALOUD,
            slos=(Slo("gap", 35, unit="ms", label=SMOOTH.label), FIRST, GOOD, SHED),
            presses="gap",
            relaxes=("ttft",),
            predicts="shed",
            replies=Replies(
                weak="Halves the budget and does not look at who is refused.",
                good="Takes the smaller budget and pays in first tokens and refusals, each with its number.",
                strong="Says where it ends: below the prompt tokens that arrive a pass, prefill starves and no line is short enough.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of planning one pass grow with the slots that are held? And on few slots, with the requests in line?",
            before=Side("a pass, with the slots held", _held, at=16),
            after=Side("a pass under a budget, with the requests in line", _lined, at=64),
            good="With the slots: linear, each sequence computes once. With the line: not at all, only its left end is looked at.",
            on=("ttft", "goodput"),
        ),
        Tenfold(
            ask="Ten times the requests a second, everything else as it stands. Which promise breaks first?",
            times={"rate": 10},
            good="The first token. Slots bound how many share a pass, and the budget bounds the pass, so pace and pause hold; all that is too much stands in line.",
            rounds=("steady",),
        ),
        Production(
            good=(
                "The p99 of the longest pause in each answer, the p99 of the first token by class, and refusals by class, each "
                "minute; alarm at 80% of each limit. Roll the budget out on one server of many beside the old one; to roll back, "
                "set the old budget: the next pass uses it, and no request is lost."
            ),
        ),
        Assumed(
            good=(
                "That a refused client does not retry; that the mix of prompts is the trace's; that the curve of step times is "
                "this GPU's; that no answer is abandoned half-way. The first would hurt most: retries at once turn six a second "
                "into more, just when the line is full."
            ),
        ),
    ),
    run=run,
    safety=("turned", "shed"),
    probes={
        "ttft": "Your first token is late. Was it waiting in line, for a slot, or for its own prompt? How do you tell?",
        "tpot": "Every answer is slow. How many sequences share a pass, and how many tokens of context do they read?",
        "gap": "Somebody's text froze. Which pass was it, how many tokens were in it, and whose were they?",
        "turned": "You refused a person while batch work held the slots. Where in your design is that decided?",
        "shed": "You refuse more than I allow. Is it the line that is short, or the server that is slow?",
        "goodput": "Your GPU is busy and too few of its answers are good. Which promise do the others break, and what is it busy with?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design={"budget": 0, "line": EVERYBODY, "first": "arrival"},
        fails_round="documents",
        fails_metric="gap",
    ),
)
