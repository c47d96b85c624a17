"""A generation request, and the sequence that it becomes once it holds a KV slot."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from course.systems.serving.errors import InvalidAdvance, InvalidRequest

Phase = Literal["prefill", "decode", "padding"]


@dataclass(frozen=True)
class Request:
    """One prompt to answer.

    `arrival_ms` is when it reaches the server; `priority` orders the waiting line (0 before 1).
    `output_tokens` is where the model will happen to stop. The simulator must know it to end the sequence;
    a scheduling policy must not read it, because no server can.
    Raises `InvalidRequest` for a token count below 1 or a negative arrival.
    """

    id: int
    prompt_tokens: int
    output_tokens: int
    arrival_ms: float = 0.0
    priority: int = 0

    def __post_init__(self) -> None:
        if self.prompt_tokens < 1 or self.output_tokens < 1 or not self.arrival_ms >= 0.0:
            raise InvalidRequest(
                f"request {self.id}: prompt {self.prompt_tokens}, output {self.output_tokens}, arrival "
                f"{self.arrival_ms} ms; both counts must be at least 1 and the arrival at least 0: "
                "drop empty requests before they reach the scheduler"
            )


class Work(NamedTuple):
    """What one sequence computes in one iteration.

    `cached` is the number of its tokens already in the KV cache when the iteration starts: what attention
    must read. `emits` is true when the pass yields an output token, `finishes` when that is the last one.
    """

    slot: int
    request_id: int
    phase: Phase
    tokens: int
    cached: int
    emits: bool
    finishes: bool


class Sequence:
    """A request that holds a slot: how much of it is cached and how many tokens it has emitted.

    `prompt_left` counts prompt tokens still to prefill (0 once it decodes); `done` is true after the last
    output token. The pass that caches the last prompt token also yields the first output token.
    """

    def __init__(self, request: Request, slot: int) -> None:
        self.request = request
        self.slot = slot
        self.cached = 0
        self.emitted = 0
        self.prompt_left = request.prompt_tokens

    @property
    def done(self) -> bool:
        return self.emitted >= self.request.output_tokens

    def advance(self, tokens: int) -> Work:
        """Compute the next `tokens` tokens: some of the prompt while any is left, else exactly one.

        Raises `InvalidAdvance` for a count outside 1..prompt_left (1 when decoding) or a sequence that is done.
        """
        left, cached = self.prompt_left, self.cached
        most = left or 1
        if not 1 <= tokens <= most or self.done:
            state = (
                "has emitted its last token"
                if self.done
                else f"can compute 1 to {most} in {'prefill' if left else 'decode'}"
            )
            raise InvalidAdvance(
                f"request {self.request.id} was given {tokens} tokens but {state}: "
                "give a prompt at most prompt_left, a decode exactly 1, and free the slot of a sequence that is done"
            )
        self.cached = cached + tokens
        emits = tokens == most
        if emits:
            self.prompt_left = 0
            self.emitted += 1
        else:
            self.prompt_left = left - tokens
        phase: Phase = "prefill" if left else "decode"
        return Work(self.slot, self.request.id, phase, tokens, cached, emits, emits and self.done)
