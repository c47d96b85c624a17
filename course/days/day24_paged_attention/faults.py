"""Day 24's faults: which promise the learner's cache breaks under which, and what a stranger learns from the clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from course.checking.errors import SubjectError
from course.checking.port import subjects
from course.days.day24_paged_attention.gpu import Load, measure, serve, traffic, turns
from course.days.day24_paged_attention.interview import FULL, INSTRUCTION
from course.interview.scenario import Design
from course.notebook.breaking import Promise, Run, under_fault, why
from course.notebook.earlier import played
from course.notebook.predictions import Prediction
from course.notebook.screens.page import Page
from course.systems.serving.errors import ServingError
from course.systems.serving.paged.turns import Turns

AGENTS = Turns()
SHORT_OF = 0.9
CHAT = FULL | {"answer": 120}


@dataclass(frozen=True)
class World:
    """Agents that take turns in `memory` times what they need, and a chat on a cache of 12,000 tokens."""

    agents: Turns = AGENTS
    memory: float = 1.0
    block: int = 16
    chained: bool = True
    chat: Load = field(default_factory=lambda: CHAT)


CALM = World()
FAULTS: Mapping[str, World] = {
    "a tenth of the memory is gone": World(memory=SHORT_OF, chat=CHAT | {"memory": int(SHORT_OF * 12_000)}),
    "strangers pass through": World(agents=Turns(stranger=2000), memory=1.05),
    "answers three times as long": World(chat=CHAT | {"answer": 360}),
    "blocks of 64 tokens": World(block=64),
    "twice the callers": World(chat=CHAT | {"rate": 6}),
    "keys forget what comes before": World(chained=False),
}
PROMISES = (
    Promise("the cache", "share of the agents' prompt tokens found", 0.4, at_least=True),
    Promise("the work", "share of tokens computed again", 0.03, digits=3),
    Promise("the memory", "share of held memory without a token", 0.1, digits=3),
    Promise("the wall", "share of found tokens that are another text", 0.0, digits=3),
)


def _measured(world: World, Cache: object) -> dict[str, float]:
    (own,) = subjects(Cache)
    found = turns(world.agents, world.memory, world.block, own, world.chained)
    chat = measure({"block": world.block, "reserve": 0, "share": "public"}, world.chat, own)
    return {
        "the cache": found["hits"],
        "the work": chat["again"],
        "the memory": chat["waste"],
        "the wall": found["foreign"],
    }


def under(fault: str, expected: Prediction, Cache: object) -> Page:
    """What the fault does to the learner's own cache: see :func:`~course.notebook.breaking.under_fault`."""
    (Cache,) = played("day24", Cache)

    def run(fault: str) -> Run:
        return Run(PROMISES, _measured(CALM, Cache), _measured(FAULTS[fault], Cache))

    return under_fault(fault, expected, FAULTS, run, Cache)


SEEDS, PROBED = 8, 12
THRESHOLD_MS = {1500: 150.0, 300: 40.0}  # chosen: between the two kinds of wait, by tokens of the document
SHARING: Mapping[str, Design] = {
    "shared by all": {"block": 64, "reserve": 0, "share": "all"},
    "a company's own": {"block": 64, "reserve": 0, "share": "public"},
}


def probes(Cache: object, document: int, share: str) -> tuple[list[float], list[float]]:
    """First tokens (ms) of a stranger who sends a company's document: where it was found, and where it was not."""
    (own,) = subjects(Cache)
    found: list[float] = []
    fresh: list[float] = []
    for seed in range(SEEDS):
        load = {"seed": seed, "requests": 5 * PROBED, "rate": 5, "system": INSTRUCTION, "document": document}
        load["probes"] = 5
        served = serve(SHARING[share], load, own)
        for ms, tokens, row in zip(served["first_ms"], served["found"], traffic(load), strict=True):
            if row[4]:
                (found if tokens > INSTRUCTION else fresh).append(ms)
    return found, fresh


def stopwatch(Cache: object) -> None:
    """Print how well a stranger's stopwatch tells whether a document is in the cache."""
    (Cache,) = played("day24", Cache)
    lines = [
        f"{SEEDS * PROBED} probes in each row, by a stranger who says “it was sent” below a threshold\n",
        "document, and who may find it        below   in the cache   said   not in it   said wrongly",
    ]
    try:
        for document, limit in THRESHOLD_MS.items():
            for share in SHARING:
                found, fresh = probes(Cache, document, share)
                right, wrong = (sum(ms < limit for ms in times) for times in (found, fresh))
                told = f"{right / len(found):.0%}" if found else "-"
                lines.append(
                    f"{document:>5} tokens, {share:<18}{limit:>9g} ms{len(found):>15}{told:>7}{len(fresh):>12}{wrong / len(fresh):>15.0%}"
                )
    except (SubjectError, ServingError, ValueError) as error:
        print(why(error))
        return
    print("\n".join(lines))
