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
        """Run one iteration and return its work.

        Who computes: whoever holds a slot, and whoever enters one in this pass. While a slot is
        free a request in line enters, into the lowest-numbered free slot, as
        `Sequence(request, slot)`, however busy the other slots are. Only its place in line
        decides; a server does not know `output_tokens`.

        What: a newcomer its whole prompt, anybody else one token, each by one
        `sequence.advance(tokens)`, which returns the `Work`. The pass over a prompt already
        yields the first output token, so a request of k output tokens holds its slot for
        exactly k iterations.

        What is left behind: None in the slot of whoever is `done`, free for the next iteration
        and not before, since this pass still reads its cache. The number of slots never
        changes, and who did not enter stands in line as before.

        Return `Iteration(work)`: a tuple of the `Work` of each sequence, in slot order; empty
        where nobody waits and no slot is held. An iteration that admits a long prompt is as
        slow as that prompt, and everyone in the batch waits for it. Complexity: O(slots) a
        step, however long the line is.
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
