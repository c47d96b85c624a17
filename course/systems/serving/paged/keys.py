"""Keys of blocks: a block is the same only where all that comes before it is the same."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np

LENGTH = 1 << 16
"""More tokens than a segment has."""
Segments = tuple[tuple[int, int], ...]
"""A prompt in pieces: a number for the text, and its tokens. Equal numbers are equal texts, token by token."""


def block_keys(
    tokens: Sequence[int], block_tokens: int, salt: str = "", public: int = 0, *, chained: bool = True
) -> list[bytes]:
    """One key for each full block of `tokens`: SHA-256 over the key before it, the salt, and the block's tokens.

    The salt is left out of blocks that lie wholly within the first `public` tokens. Without `chained` a key does not
    depend on what comes before its block, which is wrong: it is here to be caught. O(tokens).
    """
    data = np.asarray(tokens, np.int64)
    keys, parent = [], b""
    for end in range(block_tokens, len(data) + 1, block_tokens):
        own = b"" if end <= public else salt.encode()
        parent = hashlib.sha256(parent + own + b"|" + data[end - block_tokens : end].tobytes()).digest()
        keys.append(parent)
        if not chained:
            parent = b""
    return keys


@lru_cache(maxsize=1024)
def keys_of(
    segments: Segments, block_tokens: int, salt: str = "", public: int = 0, *, chained: bool = True
) -> list[bytes]:
    """`block_keys` of a prompt that is given in pieces. The list belongs to the cache: leave it as it is."""
    tokens = list(chain.from_iterable(range(text * LENGTH, text * LENGTH + n) for text, n in segments))
    return block_keys(tokens, block_tokens, salt, public, chained=chained)
