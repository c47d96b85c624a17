"""Leases: who owns a resource, and until when. Time is what the caller says it is.

Source: Gray and Cheriton, "Leases" (SOSP 1989).
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Grant:
    """A lease of ``resource``: its holder stops at ``until_s`` by its own clock, and shows ``token`` with each write."""

    resource: str
    token: int
    until_s: float


class LeaseTable:
    """One lease a resource at a time. A holder is told to stop ``margin_s`` early, and the next grant waits as much longer."""

    def __init__(self, lease_s: float, margin_s: float = 0.0) -> None:
        """Raises ``ValueError`` unless 0 <= margin_s < lease_s, both finite."""
        if not (math.isfinite(lease_s) and 0 <= margin_s < lease_s):
            raise ValueError(
                f"lease_s is {lease_s} and margin_s {margin_s}; give a margin from 0 to below the lease"
            )
        self.lease_s, self.margin_s = lease_s, margin_s
        self._held: dict[str, tuple[str, int, float]] = {}

    def grant(self, resource: str, owner: str, now_s: float) -> Grant | None:
        """A new lease for ``owner``, with a token higher than every earlier one of ``resource``; None while another owner's
        is not surely over. Its own holder gets the same token for longer."""
        holder, token, until = self._held.get(resource, ("", 0, -math.inf))
        if holder == owner and now_s < until:
            pass  # renewed
        elif now_s < until + self.margin_s:
            return None
        else:
            token += 1
        self._held[resource] = owner, token, now_s + self.lease_s
        return Grant(resource, token, now_s + self.lease_s - self.margin_s)
