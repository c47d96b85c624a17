"""Iteration-level (continuous) batching on contiguous slots."""

from course.systems.serving.iteration import Iteration
from course.systems.serving.request import Sequence, Work
from course.systems.serving.slots import SlotScheduler


class ContinuousScheduler(SlotScheduler):
    """Decide again before every forward pass who is in the batch.

    Inherited: `self.slots` (a list of `Sequence` or None), `self.waiting` (a deque of
    `Request`, next at the left), `submit`, `run`, `serve`. Prompts and single decode tokens
    share one pass. Source: Orca (Yu et al., OSDI 2022), section 3, solutions S1 and S2.
    """

    def step(self) -> Iteration:
        """Run one iteration and return its work: admit, compute, complete.

        1. Admit: while a slot is free and a request waits, move the request at the left of
           `self.waiting` into the lowest-numbered free slot as `Sequence(request, slot)`,
           whoever else is still decoding. Only place in line and a free slot decide: a
           server does not know `output_tokens`.
        2. Compute: every sequence in a slot, newcomers included, computes once, by
           `sequence.advance(n)`, which returns its `Work`. A newcomer computes its whole
           prompt (n = `sequence.prompt_left`), the others one token (n = 1). The pass over
           the prompt already yields the first output token.
        3. Complete: a sequence that is `done` leaves its slot (None) before `step` returns,
           so that the next iteration can use it. A request of k output tokens holds its
           slot for exactly k iterations.

        Return `Iteration(work)`: a tuple of the `Work` of each sequence, in slot order;
        empty where nobody waits and no slot is held. The number of slots never changes. An
        iteration that admits a long prompt is as slow as that prompt, and everyone in the
        batch waits for it. Complexity: O(slots) a step.
        """
        for slot, occupant in enumerate(self.slots):
            if occupant is None and self.waiting:
                self.slots[slot] = Sequence(self.waiting.popleft(), slot)
        work: list[Work] = []
        for slot, sequence in enumerate(self.slots):
            if sequence is None:
                continue
            work.append(sequence.advance(sequence.prompt_left or 1))
            if sequence.done:
                self.slots[slot] = None
        return Iteration(tuple(work))
