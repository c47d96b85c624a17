"""Day 23's interview: one GPU and its waiting line in six constraints, measured on the learner's own schedulers."""

from collections.abc import Mapping
from typing import Any

from course.checking.subject import Subject
from course.days.day23_continuous_batching.gpu import EVERYBODY, SLOTS, measure
from course.interview import SHARE, Design, Knob, Naive, Replies, Round, Scenario, Slo

PROMISED = {"ttft_ms": 1000, "tpot_ms": 50, "gap_ms": 50}
STEADY = {"seed": 23, "requests": 100, "rate": 2, "slots": SLOTS, **PROMISED}
DOCUMENTS = STEADY | {"documents": 12, "document": 3600}
CLASSES = DOCUMENTS | {"requests": 140, "rate": 3.5, "interactive": 0.3}
TRIPLE = CLASSES | {"rate": 6}
ALOUD = TRIPLE | {"ttft_ms": 2000, "gap_ms": 35}


def run(
    design: Mapping[str, Any], under: Round, Continuous: Subject, Chunked: Subject, goodput: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load on the learner's own schedulers and goodput."""
    return measure(design, under.load, Continuous, Chunked, goodput)


FIRST = Slo("ttft", 1000, unit="ms", label="first token, p99 of interactive requests")
PACE = Slo("tpot", 50, unit="ms", label="time per output token, p99")
PAUSE = Slo("gap", 200, unit="ms", label="longest pause in an answer, p99")
SMOOTH = Slo("gap", 50, unit="ms", label=PAUSE.label)
TURNED = Slo("turned", 0.01, label="interactive requests refused", unit=SHARE)
SHED = Slo("shed", 0.28, label="requests refused, all classes", unit=SHARE)
GOOD = Slo("goodput", 3.5, at_most=False, unit="/s", label="requests that kept every promise")

REFERENCE: Mapping[str, Design] = {
    "steady": {"budget": 0, "line": EVERYBODY, "first": "arrival"},
    "documents": {"budget": 384, "line": EVERYBODY, "first": "arrival"},
    "pace": {"budget": 384, "line": EVERYBODY, "first": "arrival"},
    "classes": {"budget": 384, "line": 4, "first": "interactive"},
    "triple": {"budget": 384, "line": 4, "first": "interactive"},
    "aloud": {"budget": 192, "line": 4, "first": "interactive"},
}

SCENARIO = Scenario(
    id="day23",
    title="One GPU and its waiting line",
    opening=(
        "You serve a 7-billion-parameter model on one A100: 27 slots of 4,096 tokens beside the weights. Chat requests "
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
    knobs=(
        Knob(
            "budget",
            "most tokens that one pass computes (0: every prompt whole)",
            choices=(0, 64, 128, 192, 256, 320, 384, 448, 512, 1024, 2048),
            unit="tokens",
            default=0,
        ),
        Knob(
            "line",
            "places in the waiting line; who finds none is refused",
            (1, EVERYBODY, True),
            default=EVERYBODY,
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
            line="Now one prompt in twelve is a document of 3,600 tokens. People say that the text freezes. Your mean looks fine.",
            load=DOCUMENTS,
            slos=(PAUSE,),
            presses="gap",
            predicts="gap",
            replies=Replies(
                weak="Quotes the mean time per token, which a freeze of half a second hardly moves.",
                good="Cuts the prompt: a pass computes all decodes and as much prompt as a budget leaves.",
                strong="Reads the budget off the step-time curve instead of guessing it, and says what each chunk reads again from the cache.",
            ),
        ),
        Round(
            name="pace",
            line="Product wants no pause above 50 milliseconds, and the first word still within a second.",
            load=DOCUMENTS,
            slos=(SMOOTH, FIRST),
            presses="gap",
            predicts="gap",
            replies=Replies(
                weak="Takes the smallest budget there is.",
                good="Sees that the budget has two ends: small chunks delay the first token, large ones stall the others.",
                strong="Computes the floor: prompt tokens that arrive for each token that leaves, times the decodes in a pass.",
            ),
        ),
        Round(
            name="classes",
            line="Three and a half a second, and only three in ten have a person waiting; the rest is batch work. The person gets the first word in 700 ms and is not turned away.",
            load=CLASSES,
            slos=(Slo("ttft", 700, unit="ms", label=FIRST.label), TURNED, SMOOTH),
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
            line="Six a second: three times where we began, on the same GPU. Keep as many answers good as you can: the first word within a second, and as before 50 milliseconds a token and no pause above 50.",
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
            line="We read the answers aloud now: a pause above 35 milliseconds is heard. For that I give you two seconds to the first word. Same flood.",
            load=ALOUD,
            slos=(
                Slo("gap", 35, unit="ms", label=PAUSE.label),
                Slo("ttft", 2000, unit="ms", label=FIRST.label),
                GOOD,
                SHED,
            ),
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
