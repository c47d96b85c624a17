"""Day 24's interview: the memory of one GPU in six constraints, measured on the learner's own prefix cache."""

from collections.abc import Mapping, Sequence
from typing import Any

from course import facts
from course.checking.subject import Subject
from course.days.day24_paged_attention.gpu import MEMORY, SHARES, measure
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

INSTRUCTION, RATE = 1500, 5
PROMPT, ANSWER = 1155, 211
"""Mean tokens of a conversation's prompt and answer in the public trace."""
REQUESTS, PROBES = 60, 12
STEADY = {"seed": 24, "requests": REQUESTS, "rate": RATE, "memory": MEMORY}
SYSTEM = STEADY | {"system": INSTRUCTION}
STRANGER = SYSTEM | {"probes": REQUESTS // PROBES}
FULL = {"seed": 24, "requests": 60, "rate": 3, "memory": 12_000, "answer": 400}
BEAMS = FULL | {"answer": 60, "beams": 4}
SHORT = FULL | {"requests": 120, "rate": 60, "answer": 20}


def run(design: Mapping[str, Any], under: Round, Cache: Subject) -> Mapping[str, float]:
    """Measure a design under a round's load on the learner's own prefix cache."""
    return measure(design, under.load, Cache)


def _forked(blocks: int, Cache: Subject) -> tuple[Any, Sequence[Any]]:
    """One fork of a sequence of so many blocks."""
    own: Subject = Cache(blocks + 4, 16)
    table, _ = own.acquire([], 16 * blocks - 8)
    return own.fork, [(table,)] * 3


def _written(blocks: int, Cache: Subject) -> tuple[Any, Sequence[Any]]:
    """One token more for a sequence of so many blocks whose last is shared."""
    own: Subject = Cache(blocks + 4, 16)
    table, _ = own.acquire([], 16 * blocks - 8)
    own.fork(table)
    return own.append, [(table,)] * 3


TTFT = "first token (TTFT), p95"
FIRST = Slo("ttft", 200, unit="ms", label=TTFT)
GAP = Slo("gap", 60, unit="ms", label="wait between two tokens, p99")
WASTE = Slo("waste", 0.10, unit=SHARE, label="held memory without a token")
LEAK = Slo("leak", 0, unit=SHARE, label="a stranger's probes that found a document", of=PROBES)
AGAIN = Slo("again", 0.03, unit=SHARE, label="tokens computed again")

REFERENCE: Mapping[str, Design] = {
    "steady": {"block": 64, "reserve": 0, "share": "none"},
    "system prompt": {"block": 64, "reserve": 0, "share": "all"},
    "isolation": {"block": 64, "reserve": 0, "share": "public"},
    "little memory": {"block": 64, "reserve": 256, "share": "public"},
    "four beams": {"block": 16, "reserve": 256, "share": "public"},
    "short answers": {"block": 16, "reserve": 64, "share": "public"},
}

SCENARIO = Scenario(
    id="day24",
    title="The memory of one GPU",
    opening=(
        f"One A100 of 40 GB serves an assistant of seven billion parameters; {MEMORY:,} tokens of cache fit beside the weights. "
        "Eight companies use it. Each request brings one of the company's two documents of 300 tokens and a short question. "
        "Answers run to about 170 tokens, at most 1,024, and nobody knows which in advance. You hand the memory out in "
        "blocks. Tell me how large, to whom, when, and who may read whose; then I will change the work."
    ),
    clarify=(
        (
            "May companies share anything?",
            "The instruction of the assistant is public. Their documents are not.",
        ),
        ("Is the length of an answer known?", "No. You may set memory aside for it, and you may be wrong."),
        (
            "What if memory runs out in the middle of answers?",
            "The newest gives its blocks up and computes its tokens again. There is no memory on the host to swap to.",
        ),
        (
            "Is it a secret that something is cached?",
            "Yes. That a document is in the cache says that somebody sent it.",
        ),
        ("Is one prompt ever answered several times?", "Later: I will ask for four answers at once."),
        (
            "How long is a conversation that you know of?",
            f"In the public trace, {PROMPT:,} tokens of prompt and {ANSWER} of answer, in the mean. Here they are shorter.",
        ),
    ),
    before=Before(
        estimates=(
            Estimate(
                "blocks in the cache",
                "blocks",
                22.5e9 / facts.LLAMA2_7B_KV_BYTES.value / 16,
                given="22.5 GB of cache, 512 KiB a token, 16 tokens a block.",
                how="22.5e9 / (512 × 1024) / 16 = 2,682",
            ),
            Estimate(
                "conversations of the public trace held at once, in blocks",
                "conversations",
                MEMORY / (PROMPT + ANSWER),
                given=f"{MEMORY:,} tokens of cache; a conversation of the public trace has {PROMPT:,} tokens of prompt and {ANSWER} of answer.",
                how=f"{MEMORY} / ({PROMPT} + {ANSWER}) = 31, beside half a block each",
            ),
            Estimate(
                "share of the GPU that computes one instruction over and over",
                SHARE,
                RATE * INSTRUCTION * facts.LLM_7B_READ_MS.value / 1000,
                within=1.4,
                given=f"{RATE} requests a second, {INSTRUCTION:,} tokens of instruction in each, {facts.LLM_7B_READ_MS.value * 1000:.0f} µs a token of a prompt.",
                how=f"{RATE} × {INSTRUCTION} × 64 / 1000 / 1000 = 0.48",
            ),
        ),
        data=(
            "acquire(keys: list[bytes], tokens: int) -> table: blocks, found: int, or NotEnoughBlocks\n"
            "append(table: blocks) -> none, or NotEnoughBlocks\n"
            "free(table: blocks) -> none\n"
            "waiting request: scheduler, key request id\n"
            "block of a key: cache, key block key\n"
            "blocks of a sequence: allocator, key sequence\n"
            "references of a block: allocator, key block\n"
            "keys and values: gpu, key block"
        ),
        path="client -> door ×2 -> scheduler -> cache -> allocator -> gpu",
    ),
    knobs=(
        Knob("block", "tokens of a block", choices=(16, 64, 256), unit="tokens", default=256),
        Knob(
            "reserve",
            "tokens of the answer for which memory must be free at admission",
            choices=(0, 64, 256, 1024),
            unit="tokens",
            default=1024,
        ),
        Knob(
            "share",
            "who finds whose blocks (public: the instruction for all, the rest for the own company)",
            choices=SHARES,
            default="none",
        ),
    ),
    rounds=(
        Round(
            name="steady",
            line="Five requests a second. I want the first word within 200 milliseconds, a token every 60, and I pay for this memory: at most a tenth of what you hold may lie empty.",
            load=STEADY,
            slos=(FIRST, GAP, WASTE),
            presses="waste",
            predicts="waste",
            replies=Replies(
                weak="“vLLM does that.” What does it do when the last block is gone?",
                good="On average half a block of each sequence is empty: 32 of some 500 tokens at 64, and 128 at 256.",
                strong="Also says what small blocks cost: attention reads through the table, and at 16 that read takes a quarter longer.",
            ),
        ),
        Round(
            name="system prompt",
            line=f"The assistant gets an instruction of {INSTRUCTION:,} tokens, the same in front of every prompt. The first word within 130 milliseconds, please.",
            load=SYSTEM,
            slos=(Slo("ttft", 130, unit="ms", label=TTFT), GAP, WASTE),
            presses="ttft",
            predicts="ttft",
            replies=Replies(
                weak="Counts the memory only, and not the half of a GPU that computes the same text.",
                good="Holds the instruction once and finds it by its key; hits must run from the start without a gap.",
                strong="Says what one cache for each company costs: eight copies of two instructions, each computed and held.",
            ),
        ),
        Round(
            name="isolation",
            line="One request in five now comes from a stranger who sends a company's document, word for word, and takes the time. Strangers must learn nothing. The 130 milliseconds stand.",
            load=STRANGER,
            slos=(LEAK, Slo("ttft", 130, unit="ms", label=TTFT)),
            presses="leak",
            predicts="ttft",
            replies=Replies(
                weak="“Adds noise to the latency.” How much, and for whom?",
                good="Mixes the company into the key behind the instruction, so that only its own requests find its document.",
                strong="Says what is left: accounts that several people share, and the instruction, whose presence is no secret.",
            ),
        ),
        Round(
            name="little memory",
            line="We move to a smaller card: 12,000 tokens of cache, for three requests a second. There is no instruction and no stranger, but answers are three times as long. At most 3% of what you compute may be computed twice; for that I give you four seconds to the first word.",
            load=FULL,
            slos=(AGAIN, Slo("ttft", 4000, unit="ms", label=TTFT)),
            presses="again",
            predicts="again",
            relaxes=("ttft",),
            replies=Replies(
                weak="Admits whoever's prompt fits, and lets the last block decide.",
                good="Asks for memory for part of the answer at admission: people wait at the door instead of losing their work.",
                strong="Names both ends: with the longest answer set aside nothing is lost, and the first word takes nearly twenty seconds.",
            ),
        ),
        Round(
            name="four beams",
            line="Each prompt is answered four times at once and the reader chooses; the answers are short. The tenth of empty memory stands.",
            load=BEAMS,
            slos=(WASTE, AGAIN, Slo("ttft", 4000, unit="ms", label=TTFT)),
            presses="waste",
            predicts="waste",
            replies=Replies(
                weak="Runs four requests, and holds the prompt four times.",
                good="Forks: the prompt is held once, and each answer ends in half an empty block of its own; so the blocks must be smaller.",
                strong="Counts the copies: three for each prompt that ends within a block, of the tokens in it and no more.",
            ),
        ),
        Round(
            name="short answers",
            line="Now a burst, sixty a second, and the answers have some twenty tokens; the long ones have moved to another machine, so what is computed twice is given back. The first word within 250 milliseconds.",
            load=SHORT,
            slos=(Slo("ttft", 250, unit="ms", label=TTFT), GAP, WASTE),
            presses="ttft",
            predicts="ttft",
            relaxes=("again",),
            replies=Replies(
                weak="Keeps the reserve that saved the long answers, and lets people wait before memory that stays empty.",
                good="Reserves what answers of this kind take, and measures their length to set it.",
                strong="Lets the reserve follow a quantile of the answers' length, class by class, and says how fast it follows.",
            ),
        ),
    ),
    drills=(
        Complexity(
            ask="How does the work of a fork grow with the blocks of a sequence? And that of one more token?",
            before=Side("a fork, with the blocks of the sequence", _forked, at=64),
            after=Side("one token more, with the blocks of the sequence", _written, at=64),
            good="A fork is linear in the blocks, and moves no token. A token more is constant: it copies at most one block.",
            on=("waste", "again"),
        ),
        Tenfold(
            ask="Ten times the requests a second, everything else as it stands. Which promise breaks first?",
            times={"rate": 10},
            good="The first token: memory bounds how many are inside, and all that is too much waits before it.",
            rounds=("steady",),
        ),
        Production(
            good=(
                "The share of prompt tokens found in the cache, by company; the share computed again, with an alarm at 3%; the "
                "free blocks. To roll the sharing back, put the company into every key: the next request misses, nobody is "
                "wrong, and the first token takes longer until the caches are warm."
            ),
        ),
        Assumed(
            good=(
                "That answers are as long as they were last week; that each company is one circle of people who may know of one "
                "another; that the reserve is the same for all. The second hurts most: a salt by company hides nothing "
                "within it."
            ),
        ),
    ),
    run=run,
    safety=("leak",),
    probes={
        "ttft": "Your first token is late. Did it wait for memory, or was its prompt computed? How do you tell?",
        "gap": "The tokens come slowly. How many tokens of cache does a pass read, and through how small blocks?",
        "waste": "Memory that you hold is empty. Which block of a sequence is it, and how much of it on average?",
        "leak": "A stranger was quick with somebody's document. Which part of your key says whose it is?",
        "again": "You compute what you had computed. Who was let in, and what did you know of their answers?",
    },
    reference=lambda under: REFERENCE[under.name],
    naive=Naive(
        design={"block": 64, "reserve": 0, "share": "all"},
        fails_round="isolation",
        fails_metric="leak",
    ),
)
