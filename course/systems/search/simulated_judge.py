"""A listwise judge that is simulated: it orders what it reads by a worth that it is given, less its place in the prompt.

A large model does three things that a small one does not: it orders many documents in one answer, it favours some places of its prompt, and
it may obey what a document says. All three are numbers here, chosen and not measured.
"""

from collections.abc import Sequence


class SimulatedJudge:
    """``worth`` by id; each place further down in the prompt costs ``bias``. The document ``obeys``, if it is read, comes first.
    ``calls`` counts the windows that it read."""

    def __init__(self, worth: Sequence[float], bias: float, obeys: int | None = None) -> None:
        self.worth, self.bias, self.obeys, self.calls = worth, bias, obeys, 0

    def order(self, part: Sequence[int]) -> list[int]:
        """``part``, best first."""
        self.calls += 1
        seen = {
            doc: float("inf") if doc == self.obeys else self.worth[doc] - self.bias * place
            for place, doc in enumerate(part)
        }
        return sorted(part, key=lambda doc: -seen[doc])
