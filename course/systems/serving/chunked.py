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
        """Run one iteration of at most `token_budget` tokens and return its work.

        Whoever holds a slot computes in every pass, by one `sequence.advance(tokens)`, which
        returns the `Work`: one token where the prompt is cached (`prompt_left` is 0), and that
        decode is never held back; else one token of the prompt or more. So nobody enters who
        would get no token, and the decodes alone never exceed the budget. The pass that
        completes a prompt yields the first output token; earlier ones yield none.

        What the decodes leave of the budget is for prompts, of those inside and of those in
        line. None of it stays unused while a prompt inside is not whole, or while somebody
        waits and a slot is free. Where two prompts want the same tokens, which of them gets how
        many is yours to decide.

        Requests enter in the order of the line, each into the lowest-numbered slot that was
        free when the pass began, as `Sequence(request, slot)`. Only the place in line decides
        who is next. Whoever is `done` leaves None in its slot before `step` returns, and nobody
        enters that slot in the same pass, which still reads its cache.

        Return `Iteration(work)`: a tuple of the `Work`, the decodes first and in slot order,
        then the prompts; empty where there is nothing to do. With a budget that holds
        everything, each iteration computes what `ContinuousScheduler` would. Complexity:
        O(slots) a step, however long the line is.
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
