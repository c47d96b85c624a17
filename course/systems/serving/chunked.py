"""Chunked prefill: a budget of tokens for each iteration, so that no decode waits for a long prompt."""

from course.systems.serving.errors import InvalidSetting
from course.systems.serving.iteration import Iteration
from course.systems.serving.request import Sequence
from course.systems.serving.slots import SlotScheduler


class ChunkedScheduler(SlotScheduler):
    """Continuous batching whose every iteration computes at most `token_budget` tokens.

    Inherited: `self.slots`, `self.waiting`, `submit`, `run`, `serve`, as in
    `ContinuousScheduler`. Raises `InvalidSetting` for a budget below 1. Source:
    Sarathi-Serve (Agrawal et al., OSDI 2024), section 4.2 and algorithm 3.
    """

    def __init__(
        self, slots: int, slot_tokens: int, max_waiting: int | None = None, *, token_budget: int = 512
    ) -> None:
        super().__init__(slots, slot_tokens, max_waiting)
        if token_budget < 1:
            raise InvalidSetting(f"a token budget of {token_budget} computes nothing: use at least 1")
        self.token_budget = token_budget

    def step(self) -> Iteration:
        """Run one iteration of at most `token_budget` tokens: decodes, open prompt, newcomers.

        1. Every sequence in a slot whose prompt is cached (`prompt_left` is 0) decodes one
           token, in slot order. A decode is never held back: that is the point.
        2. What is left of the budget goes on with the open prompt: the sequence whose
           prompt was cut in an earlier iteration, by `advance(min(budget left,
           prompt_left))`. There is at most one: a prompt is cut only where the budget is
           spent.
        3. While budget is left, a request waits and a slot is free: move the request at the
           left of `self.waiting` into the lowest-numbered free slot, as `Sequence(request,
           slot)`, and give it `min(budget left, prompt_left)` tokens. A request that would
           get no token stays in line.
        4. A sequence that is `done` leaves its slot (None) before `step` returns, and not
           earlier: this pass still reads its cache, so nobody enters that slot in it.

        The chunk that completes a prompt yields the first output token in the same pass;
        earlier chunks yield none. Return `Iteration(work)`: a tuple of the `Work` in the
        order 1, 2, 3; empty where there is nothing to do. With a budget at least as large
        as all prompts together, each iteration does the work of `ContinuousScheduler`. The
        decodes alone never exceed the budget: each was admitted within it. Complexity:
        O(slots) a step.
        """
        held = [sequence for sequence in self.slots if sequence is not None]
        work = [sequence.advance(1) for sequence in held if sequence.prompt_left == 0]
        cut = [sequence for sequence in held if sequence.prompt_left > 0]
        left = self.token_budget - len(work)
        while left > 0:
            if cut:
                sequence = cut.pop()
            elif self.waiting and None in self.slots:
                slot = self.slots.index(None)
                sequence = self.slots[slot] = Sequence(self.waiting.popleft(), slot)
            else:
                break
            work.append(sequence.advance(min(left, sequence.prompt_left)))
            left -= work[-1].tokens
        self.slots = [None if sequence is not None and sequence.done else sequence for sequence in self.slots]
        return Iteration(tuple(work))
