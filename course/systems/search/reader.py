"""What stands between a list and its bytes: it hands them out, and counts."""

from collections.abc import Mapping


class Reader:
    """Hands out bytes of streams. ``read``: how many, by the name of the stream; ``requests``: how often it was asked.

    With ``flip``, a byte of a stream, the lowest bit of that byte is wrong in all that is handed out, as on a bad disk.
    """

    def __init__(self, flip: int | None = None) -> None:
        self.read: dict[str, int] = {}
        self.requests = 0
        self.flip = flip

    def bytes(self, streams: Mapping[str, bytes], name: str, start: int, stop: int) -> bytes:
        """The bytes of stream ``name`` from ``start`` up to before ``stop``."""
        found = streams[name][start:stop]
        self.read[name] = self.read.get(name, 0) + len(found)
        self.requests += 1
        if self.flip is not None and start <= self.flip < start + len(found):
            at = self.flip - start
            found = found[:at] + bytes([found[at] ^ 1]) + found[at + 1 :]
        return found

    @property
    def total(self) -> int:
        """All bytes that were read."""
        return sum(self.read.values())
