"""What a text is called by its content, and what it took to store some."""

import hashlib
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Put:
    """``embedded``: texts that were embedded; ``reused``: documents that needed no embedding of their own; ``calls`` of the embedder."""

    embedded: int
    reused: int
    calls: int


def content_key(version: str, text: str) -> str:
    """The SHA-256, in 64 hexadecimal digits, of a model's version and a text: another text or another version has another key.

    Texts that differ only in white space, or in how Unicode composes a character (NFC), are one text. O(length).
    """
    normal = " ".join(unicodedata.normalize("NFC", text).split())
    return hashlib.sha256(f"{version}\0{normal}".encode()).hexdigest()
