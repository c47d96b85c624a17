"""A request that is sent a second time when it is late: a hedged request.

Dean and Barroso, "The Tail at Scale" (CACM 56(2), 2013), "Within request short-term adaptations".
"""

import math

from course.systems.simulate.actions import Action


class Hedge:
    """One request to a leaf, with at most two copies: number 0, and number 1 on another replica.

    It has no clock and sends nothing itself. Whoever has a clock and connections calls it, and does what it returns, in that
    order: a list of ``("send", copy)``, ``("cancel", copy)`` and ``("answer", copy)``, which hands the answer of that copy to
    the search; an empty list for nothing. Times are in ms, on the caller's clock; two calls may come at the same time.

    For your use: ``delay_ms``, 0 or more and possibly infinite; ``wake_ms``, the time at which it wants to be woken,
    infinite for never; ``copies``, how many were sent; ``answered``, whether the search has its answer.
    """

    def __init__(self, delay_ms: float) -> None:
        self.delay_ms = delay_ms
        self.wake_ms = math.inf
        self.copies = 0
        self.answered = False

    def due(self) -> float | None:
        """When it wants to be woken by ``on_time``; None for never."""
        return self.wake_ms if self.wake_ms < math.inf else None

    def start(self, now: float) -> list[Action]:
        """Called once, before all else: send copy 0, and only that. A second copy is due ``delay_ms`` after this call;
        with a delay of 0 it is due at once, and still sent by ``on_time`` alone."""
        self.copies = 1
        self.wake_ms = now + self.delay_ms
        return [("send", 0)]

    def on_time(self, now: float) -> list[Action]:
        """Called at ``due()``, and perhaps earlier, later or again: send copy 1 where it is due and the search has no answer
        yet, else do nothing. There is never a third copy, and once the second is sent nothing more is due."""
        if now < self.wake_ms:
            return []
        self.wake_ms = math.inf
        self.copies = 2
        return [("send", 1)]

    def on_answer(self, copy: int, now: float) -> list[Action]:
        """Called when ``copy``, which was sent, answers: hand the first answer on, and none after it, whichever copy
        it is of. Then nothing is due any more, and no further copy is sent.

        An answer that comes exactly when the second copy is due comes first: whoever has the clock calls this before
        ``on_time``. Behind the first answer, in the same list, you may cancel the copy that is still under way, or let it
        run. The statement does not say which; do the same always. What was never sent is not cancelled. Complexity: O(1).
        """
        if self.answered:
            return []
        self.answered = True
        self.wake_ms = math.inf
        actions: list[Action] = [("answer", copy)]
        if self.copies == 2:
            actions.append(("cancel", 1 - copy))
        return actions
