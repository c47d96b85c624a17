"""Request-level (static) batching: the batch that enters together leaves together."""

from course.systems.serving.iteration import Iteration
from course.systems.serving.request import Request, Sequence, Work
from course.systems.serving.slots import SlotScheduler


class StaticScheduler(SlotScheduler):
    """Fill the slots only when all are empty, then run until the longest answer is complete.

    A sequence that finishes early keeps its slot and computes one padding token an iteration until the batch
    ends. With `pad_prompts` the first pass also computes every prompt at the length of the longest one, as an
    engine with rectangular tensors must; attention then reads the padding too. Kinder than such engines in two
    ways: tokens are streamed as they come, and the rectangle may outgrow the slot. The baseline that Orca
    argues against (Yu et al., OSDI 2022, section 3).
    """

    def __init__(
        self, slots: int, slot_tokens: int, max_waiting: int | None = None, *, pad_prompts: bool = True
    ) -> None:
        super().__init__(slots, slot_tokens, max_waiting)
        self.pad_prompts = pad_prompts
        self._padding: dict[int, int] = {}

    def step(self) -> Iteration:
        """One pass over the batch: all prompts, then one token for each slot, real or padding."""
        if all(sequence is None for sequence in self.slots):
            return self._start_batch()
        work: list[Work] = []
        batch = [sequence for sequence in self.slots if sequence is not None]
        for sequence in batch:
            padded = self._padding[sequence.slot]
            if sequence.done:
                cached = sequence.cached + padded
                self._padding[sequence.slot] += 1
                work.append(Work(sequence.slot, sequence.request.id, "padding", 1, cached, False, False))
            else:
                item = sequence.advance(1)
                work.append(item._replace(cached=item.cached + padded))
        self._end_batch_if_complete()
        return Iteration(tuple(work))

    def _start_batch(self) -> Iteration:
        work: list[Work] = []
        batch: list[Request] = [
            self.waiting.popleft() for _ in range(min(len(self.slots), len(self.waiting)))
        ]
        longest = max((request.prompt_tokens for request in batch), default=0)
        for slot, request in enumerate(batch):
            sequence = self.slots[slot] = Sequence(request, slot)
            work.append(sequence.advance(request.prompt_tokens))
            padding = longest - request.prompt_tokens if self.pad_prompts else 0
            self._padding[slot] = padding
            if padding:
                work.append(Work(slot, request.id, "padding", padding, 0, False, False))
        self._end_batch_if_complete()
        return Iteration(tuple(work))

    def _end_batch_if_complete(self) -> None:
        if all(sequence is None or sequence.done for sequence in self.slots):
            self.slots = [None] * len(self.slots)
