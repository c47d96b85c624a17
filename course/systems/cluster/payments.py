"""A payment service whose answers get lost, and a client that pays through it again and again until it knows."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from course.systems.cluster.errors import InDoubt, NotDone, Unknown
from course.systems.cluster.key_store import KeyStore

Idempotent = Callable[[KeyStore, str, str, Callable[[], Any]], Any]
TRIES = 4
OWN_ERRORS: dict[str, type[Exception]] = {"timed out": TimeoutError, "broken": ValueError}


class Charges:
    """An effect that is executed as it was planned, one outcome a call, the last one for ever.

    ``"done"`` is executed and gives its ``receipt`` with the number of executions so far; ``"refused"`` raises ``NotDone``; ``"lost"`` is
    executed and raises ``Unknown``; ``"away"`` is not executed and raises ``Unknown``; ``"stopped"`` raises ``SystemExit``, as where
    the process is told to end; ``"timed out"`` and ``"broken"`` are executed and raise errors of Python's own; ``"nothing"`` is
    executed and gives None. ``executed`` counts what took place, ``called`` the calls.
    """

    def __init__(self, plan: Sequence[str], receipt: str = "receipt") -> None:
        self.plan, self.receipt, self.called, self.executed = [*plan], receipt, 0, 0
        self.inner: Callable[[], Any] | None = None
        self.met = ""

    def __call__(self) -> Any:
        outcome = self.plan[min(self.called, len(self.plan) - 1)]
        self.called += 1
        if self.inner is not None:
            self._while_under_way(self.inner)
        if outcome == "refused":
            raise NotDone("the payment service is full")
        if outcome == "stopped":
            raise SystemExit("told to end")
        self.executed += outcome != "away"
        if outcome in ("lost", "away"):
            raise Unknown("no answer came")
        if outcome in OWN_ERRORS:
            raise OWN_ERRORS[outcome]("what came was no receipt")
        return None if outcome == "nothing" else f"{self.receipt} {self.executed}"

    def _while_under_way(self, inner: Callable[[], Any]) -> None:
        """Call ``inner``, a second caller, before this call ends; ``met`` is what it met."""
        self.inner = None
        try:
            self.met = f"returned {inner()!r}"
        except Exception as error:
            self.met = f"raised {type(error).__name__}"

    def during(self, idempotent: Idempotent, store: KeyStore, key: str, fingerprint: str) -> None:
        """Let somebody else send a request under ``key`` while the next call is under way."""
        self.inner = lambda: idempotent(store, key, fingerprint, self)


class Till:
    """Pays bills through an idempotent call: each is tried up to :data:`TRIES` times, until its answer is known."""

    def __init__(self, idempotent: Idempotent | None, seed: int = 9) -> None:
        """None for ``idempotent`` sends each attempt as it is, without a key."""
        self.idempotent, self.draw, self.store = idempotent, random.Random(seed), KeyStore()

    def pay(self, bills: int, *, lost: float, refused: float) -> dict[str, float]:
        """Pay so many bills, where a share ``lost`` of the calls is executed and its answer lost, and a share ``refused`` is
        certainly not executed. Shares of the bills: paid ``twice``, and ``unsure``, those whose client never learned how
        it ended."""
        twice = unsure = 0
        for bill in range(bills):
            outcomes = [
                "lost" if chance < lost else "refused" if chance < lost + refused else "done"
                for chance in (self.draw.random() for _ in range(TRIES))
            ]
            charges = Charges(outcomes)
            unsure += not self._settled(f"bill {bill}", charges)
            twice += charges.executed > 1
        return {"twice": twice / bills, "unsure": unsure / bills}

    def _settled(self, key: str, charges: Charges) -> bool:
        for _ in range(TRIES):
            try:
                if self.idempotent is None:
                    charges()
                else:
                    self.idempotent(self.store, key, key, charges)
            except (NotDone, Unknown, InDoubt):
                continue
            return True
        return False
