"""One forward pass over a batch: what was computed, for whom, and what it cost in tokens."""

from dataclasses import dataclass
from typing import Any

from course.systems.serving.request import Work


@dataclass(frozen=True)
class Iteration:
    """The work of one scheduler step, in slot order or in the order in which it was planned.

    Costs are counted: `tokens` go through the linear layers, `kv_tokens` are read by attention. Padding is
    work that the GPU does for nobody; it costs as much as the rest.
    """

    work: tuple[Work, ...]

    @property
    def tokens(self) -> int:
        return sum(item.tokens for item in self.work)

    @property
    def kv_tokens(self) -> int:
        return sum(item.cached for item in self.work)

    @property
    def prefill_tokens(self) -> int:
        return sum(item.tokens for item in self.work if item.phase == "prefill")

    @property
    def decode_tokens(self) -> int:
        return sum(item.tokens for item in self.work if item.phase == "decode")

    @property
    def padding_tokens(self) -> int:
        return sum(item.tokens for item in self.work if item.phase == "padding")

    @property
    def admitted(self) -> list[int]:
        """Ids of the requests whose first prompt token is computed here."""
        return [item.request_id for item in self.work if item.phase == "prefill" and item.cached == 0]

    @property
    def emitted(self) -> list[int]:
        """Ids of the requests that get an output token from this pass."""
        return [item.request_id for item in self.work if item.emits]

    @property
    def finished(self) -> list[int]:
        """Ids of the requests whose last output token comes from this pass."""
        return [item.request_id for item in self.work if item.finishes]

    def as_dict(self) -> dict[str, Any]:
        """Plain values only: what a table, a plot or a check wants."""
        return {
            "tokens": self.tokens,
            "kv_tokens": self.kv_tokens,
            "admitted": self.admitted,
            "emitted": self.emitted,
            "finished": self.finished,
            "work": [
                (item.slot, item.request_id, item.phase, item.tokens, item.cached) for item in self.work
            ],
        }
