"""Errors of the cluster modules; nothing here is ever cut, so a check can look for them by name."""


class RingError(Exception):
    """A ring, or a placement on one, was asked for something that it cannot do."""


class EmptyRing(RingError, LookupError):
    """No node is on the ring, so no key has an owner."""

    def __init__(self) -> None:
        super().__init__("the ring has no nodes, so no key has an owner; add a node first")


class UnknownNode(RingError, KeyError):
    """The node is not on the ring."""

    def __init__(self, node: str) -> None:
        super().__init__(f"node {node!r} is not on the ring; add it first")

    def __str__(self) -> str:
        return str(self.args[0])


class DuplicateNode(RingError, ValueError):
    """The node is on the ring already."""

    def __init__(self, node: str) -> None:
        super().__init__(f"node {node!r} is on the ring already; remove it first to change its weight")
