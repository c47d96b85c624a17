"""Day 21's interview: a 70B model on some GPUs in six constraints, measured with the learner's own functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from course import facts
from course.checking.subject import Subject, there
from course.days.day21_anatomy_of_inference.measure import FORMATS, measure
from course.interview import (
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
from course.systems.serving.kv_cache import FedSequence
from course.systems.serving.model_shape import LLAMA2_70B, h100, kv_bytes

PROMPT, ANSWER = 8000, 400
CHAT = {
    "prompt": PROMPT,
    "answer": ANSWER,
    "cached": 0,
    "bandwidth": 1.0,
    "price": facts.H100_HOUR_USD.value,
    "loss_w8": 0.1,  # chosen: the interviewer's figures, said when asked; nobody measured them for the course
    "loss_w4": 3.0,  # chosen: the same
}
LONG = CHAT | {"prompt": 200_000, "cached": 192_000}
CHEAPER = LONG | {"bandwidth": 0.5, "price": 1.5}  # chosen: half a memory's speed for 60% of the price


def run(
    design: Mapping[str, Any], under: Round, step: Subject, Format: Subject, attend: Subject
) -> Mapping[str, float]:
    """Measure a design under a round's load with the learner's `step_time` and `CacheFormat`."""
    return measure(design, under.load, step, Format)


def _forgetful(tokens: int, step: Subject, Format: Subject, attend: Subject) -> tuple[Any, Sequence[Any]]:
    """An answer of so many tokens, everything computed again for each."""
    return there(attend, FedSequence)(attend, 1, 4).answer, [(tokens, True)] * 3


def _kept(tokens: int, step: Subject, Format: Subject, attend: Subject) -> tuple[Any, Sequence[Any]]:
    """An answer of so many tokens with a cache; each row has a sequence of its own."""
    return there(attend, FedSequence)(attend, 1, 4).answer, [(tokens,)]


MEMORY = Slo("memory", 77, unit="GB", label="weights and cache on each GPU")
PACE = Slo("tpot", 45, unit="ms", label="time per output token (TPOT)")
COST = Slo("cost", 5.6, unit="$", label="cost of a million output tokens, prompts included")
FIRST = Slo("ttft", 700, unit="ms", label="time to the first token (TTFT)")
LOSS = Slo("loss", 6.5, unit="%", label="rise of perplexity")

REFERENCE: Mapping[str, Design] = {
    "steady": {"gpus": 4, "format": "w16 kv16", "batch": 8},
    "cheap": {"gpus": 2, "format": "w8 kv8", "batch": 48},
    "first word": {"gpus": 4, "format": "w8 kv8", "batch": 48},
    "document": {"gpus": 8, "format": "w4 kv4", "batch": 24},
    "half the bandwidth": {"gpus": 8, "format": "w4 kv4", "batch": 16},
    "lawyers": {"gpus": 8, "format": "w8 kv8", "batch": 8},
}

GPU, SPEED, WEIGHTS = (
    "Which GPU is it, and what does it hold?",
    "How much of its peak does it reach?",
    "What do fewer bits cost in quality?",
)
_CHIP = h100()
_READ_S = (LLAMA2_70B.parameters * 2 + 8 * kv_bytes(PROMPT + ANSWER / 2, LLAMA2_70B)) / (
    4 * _CHIP.bytes_per_s
)
_PROMPT_S = 2 * LLAMA2_70B.parameters * PROMPT / (4 * _CHIP.flop_per_s)

SCENARIO = Scenario(
    id="day21",
    title="A 70B model and its cache",
    opening=(
        "You serve a chat model of 69 billion parameters: 80 layers, 64 query heads that share 8 key/value heads of width 128. "
        "People paste 8,000 tokens and read an answer of 400. You have up to eight GPUs in a machine. How fast does a token come, "
        "how many people fit, and what does a million tokens cost? Tell me, and then I will change the problem."
    ),
    clarify=(
        (
            GPU,
            f"An H100: {facts.H100_HBM_GBPS} from memory, {facts.H100_TFLOPS} at 16 bits, ${facts.H100_HOUR_USD.value:g} an hour. "
            "Of its memory 77 GB are yours, for weights and cache.",
        ),
        (
            SPEED,
            f"A share of {facts.REACHED_BANDWIDTH.value:g} of the bandwidth and {facts.REACHED_FLOPS.value:g} of the arithmetic, by published profiles of such a model.",
        ),
        (
            WEIGHTS,
            "Of weights, my team says: 0.1% of perplexity at 8 bits, 3% at 4. Of the cache, you tell me: your own format is measured.",
        ),
        (
            "Is the beginning of the prompt the same each time?",
            "Not until I say so.",
        ),
        (
            "Who pays for the prompt's tokens?",
            "Count them in: the price of an output token holds its share of the prompt.",
        ),
        (
            "Do prompts and answers share a pass?",
            "No: a pass is one prompt, or one token for everybody in the batch.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "keys and values of one person",
                "GB",
                kv_bytes(PROMPT + ANSWER, LLAMA2_70B) / 1e9,
                within=1.3,
                given="8,400 tokens, a key and a value of 128 numbers for each KV head of each layer, 2 bytes a number.",
                how="2 × 80 × 8 × 128 × 2 B × 8,400 / 1e9 = 2.75",
            ),
            Estimate(
                "reading of one decode pass on 4 GPUs",
                "ms",
                1000 * _READ_S,
                within=1.5,
                given="4 GPUs read 138 GB of weights, and the caches of 8 people who hold 2.7 GB each.",
                asks=(GPU, SPEED),
                how=f"(138 + 8 × 2.7) GB / (4 × 3,350 GB/s × {facts.REACHED_BANDWIDTH.value:g}) × 1,000 = {1000 * _READ_S:.1f}",
            ),
            Estimate(
                "arithmetic of the weights for one prompt on 4 GPUs",
                "s",
                _PROMPT_S,
                within=1.5,
                given="4 GPUs compute 8,000 tokens through 69e9 parameters, 2 operations for each.",
                asks=(GPU, SPEED),
                how=f"2 × 69e9 × 8,000 / (4 × 989 × 1e12 × {facts.REACHED_FLOPS.value:g}) = {_PROMPT_S:.2f}",
            ),
        ),
        data=(
            "generate(prompt: tokens, most: int) -> stream of tokens\n"
            "prefill(prompt: tokens) -> first token\n"
            "decode(sequences: list[id]) -> one token each\n"
            "weights: gpus, key layer\n"
            "KV cache: gpus, key sequence\n"
            "sequence of a stream: server, key stream"
        ),
        path="client -> server ×2 -> gpus",
    ),
    knobs=(
        Knob("gpus", "GPUs that share the model", choices=(1, 2, 4, 8), default=4),
        Knob(
            "format",
            "bits of a weight (w) and of a number in the cache (kv)",
            choices=tuple(FORMATS),
            default="w16 kv16",
        ),
        Knob(
            "batch",
            "people whose tokens share a decode pass",
            choices=(1, 2, 4, 8, 12, 16, 24, 48),
            default=1,
        ),
    ),
    rounds=(
        Round(
            name="steady",
            line="Start plainly: it fits into memory, and nobody waits more than 45 milliseconds for a token.",
            load=CHAT,
            slos=(MEMORY, PACE),
            presses="memory",
            predicts="tpot",
            replies=Replies(
                weak="“It needs an 80 GB card.” For the weights, for the cache, or for both?",
                good="Adds weights and caches, divides both by the GPUs, and reads the pace off the bytes.",
                strong="Says what a pass reads once for everybody and what once a person, so which of the two grows with the batch.",
            ),
        ),
        Round(
            name="cheap",
            line="Finance has called. A million output tokens may cost 5.60, prompts included.",
            load=CHAT,
            slos=(COST, MEMORY, PACE),
            presses="cost",
            predicts="cost",
            replies=Replies(
                weak="“Smaller GPUs.” Which bytes does a token pay for?",
                good="Shares the weights' reading among more people, and makes room for their caches with fewer bits.",
                strong="Sees the floor: each answer pays for its own prompt, whatever the batch. Computes it.",
            ),
        ),
        Round(
            name="first word",
            line="People give up before the first word. 700 milliseconds for a prompt of 8,000; what you promised stays.",
            load=CHAT,
            slos=(FIRST, COST, MEMORY),
            presses="ttft",
            predicts="ttft",
            replies=Replies(
                weak="“Four-bit weights.” A prompt waits for arithmetic, and bits do not change that.",
                good="Buys GPUs for the prompt, and fills them with people so that the price holds.",
                strong="Knows what does not divide: the overhead, and the sums over GPUs, which grow with the prompt.",
            ),
        ),
        Round(
            name="document",
            line="They ask about a document now: 200,000 tokens, of which 192,000 are cached from the question before. I give back the first word, 1.5 seconds, and the price, 26. Perplexity may rise by 6.5%.",
            load=LONG,
            slos=(
                MEMORY,
                Slo("loss", 6.5, unit="%", label=LOSS.label),
                PACE,
                Slo("cost", 26, unit="$", label=COST.label),
                Slo("ttft", 1500, unit="ms", label=FIRST.label),
            ),
            presses="memory",
            relaxes=("ttft", "cost"),
            predicts="memory",
            replies=Replies(
                weak="Quantises the weights: at this length they are a small part of what a pass reads.",
                good="Computes the cache of one person first, and spends the bits there.",
                strong="Knows what the bits cost, of keys and of values each, on which texts it was measured, and how sure that is.",
            ),
        ),
        Round(
            name="half the bandwidth",
            line="A cheaper GPU is on offer: the same arithmetic, half the memory bandwidth, 1.50 an hour. I want to see it in the price: 20. The pace stays.",
            load=CHEAPER,
            slos=(PACE, Slo("cost", 20, unit="$", label=COST.label), LOSS),
            presses="tpot",
            predicts="tpot",
            replies=Replies(
                weak="“Half as fast.” The prompt too?",
                good="Takes people out of the batch: what they read was their own caches, and the pace is reading.",
                strong="Sets prompts on such GPUs apart from decodes: the one waits for arithmetic, the other for memory.",
            ),
        ),
        Round(
            name="lawyers",
            line="The answers are filed in court now. Perplexity may rise by 1%, no more. The price may be 45.",
            load=CHEAPER,
            slos=(
                Slo("loss", 1, unit="%", label=LOSS.label),
                Slo("cost", 45, unit="$", label=COST.label),
                MEMORY,
                PACE,
            ),
            presses="loss",
            relaxes=("cost",),
            predicts="cost",
            replies=Replies(
                weak="Trusts a mean over web text for what a court reads.",
                good="Takes the bits back, and says who leaves the batch for it and what that costs.",
                strong="Asks for the quality on their own texts, by length and language, and for a canary that holds it.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="An answer has n tokens. How does the work grow with n when everything is computed anew for each token? And with the cache, leaving out the reading of it?",
            before=Side("an answer without a cache, with its tokens", _forgetful, at=12),
            after=Side("an answer with a cache, with its tokens", _kept, at=12),
            good="Without: each token passes all before it again, n². With: one pass a token, n. Attention's own reading still grows with each token, and at 200,000 it is most of a pass; where your code loops over the cached tokens, the count sees that too, and each exponent is one more.",
            on=("ttft", "tpot"),
        ),
        Tenfold(
            ask="Prompts become ten times as long, none of it cached. Which promise breaks first?",
            times={"prompt": 10},
            good="Memory: the cache is in proportion to the tokens and is held by everybody at once. The pace and the first word follow.",
            rounds=("steady",),
        ),
        Production(
            good=(
                "The occupancy of the cache, TPOT by length of context, TTFT by tokens that were really computed; alarm at 80% of each. "
                "A format goes to one machine first, where a fixed set of texts gives its perplexity each hour, held at plus one percent of the old; "
                "to roll back, send new sequences to machines with the old format: a cache in the new one ends with its sequence."
            ),
        ),
        Assumed(
            good=(
                "That a small model's perplexity says what a large one loses; that a prompt never waits for a decode, or a decode for a prompt; "
                "that the shares of the peaks hold for eight GPUs as for one. The first hurts most: nobody has measured the quality of this model, on these texts."
            ),
        ),
    ),
    run=run,
    safety=("loss",),
    probes={
        "memory": "You are out of memory. Is it the weights or the caches, and which of them did you just change?",
        "tpot": "A token takes too long. What does the pass read, once for all and once for each?",
        "cost": "It is too expensive. What part of the bill is the prompt, and what part is the answer?",
        "ttft": "The first word is late. Is that pass waiting for memory or for arithmetic? What would fewer bits change?",
        "loss": "The answers got worse. Which bits did it: the weights', the keys' or the values'? How do you tell them apart?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design={"gpus": 4, "format": "w16 kv16", "batch": 8},
        fails_round="cheap",
        fails_metric="cost",
    ),
)
