"""A store's side of a lease: writes carry a token, and an old one is refused.

Source: Burrows, *The Chubby lock service* (OSDI 2006), section 2.4, "sequencers".
"""

from collections.abc import Mapping


class Fence:
    """The highest token that a store has accepted, for each resource. Tokens grow by one with each grant of a lease.

    All that it knows is in ``highest``, which the store writes to disk with the data; what is made from it knows the same.
    """

    def __init__(self, highest: Mapping[str, int] | None = None) -> None:
        self.highest: dict[str, int] = dict(highest or {})

    def accept(self, resource: str, token: int) -> bool:
        """Whether a write to ``resource`` by the holder of ``token`` may go ahead.

        Refused for ever is a token below one that was accepted for the same resource. The holder of the newest may
        write as often as it likes. What is refused changes nothing. Raises ``ValueError`` for a token that is no whole number from
        1 up (neither 2.0 nor True is one), before anything else. O(1).
        """
        if not isinstance(token, int) or isinstance(token, bool) or token < 1:
            raise ValueError(f"the token is {token!r}; tokens are whole numbers from 1 up")
        if token < self.highest.get(resource, 0):
            return False
        self.highest[resource] = token
        return True
