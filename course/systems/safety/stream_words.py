"""A stream in words: where one ends does not depend on how the stream was cut into chunks."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from course.systems.safety.errors import UnboundedRuleError
from course.systems.safety.rules import StreamRule

LONGEST_WORD = 64
"""Characters after which a word counts as complete: some scripts put no spaces between words, and a stream must move."""

_WORD = re.compile(rf"\s*(?:\S{{{LONGEST_WORD}}}|\S+(?=\s))")


class Release(NamedTuple):
    """What a chunk set free: text that may be shown now, the score so far, and whether the stream is blocked."""

    text: str
    score: float
    blocked: bool


def split_words(text: str) -> tuple[list[str], str]:
    """``(words, rest)``: the complete words of ``text``, each with the white space before it, and what is left over.

    A word is complete when white space follows it, or at :data:`LONGEST_WORD` characters. The parts joined give ``text``
    again. Splitting in pieces (the rest of one call put before the next text) gives the same words as splitting at once.
    O(characters).
    """
    words: list[str] = []
    end = 0
    while match := _WORD.match(text, end):
        words.append(match.group())
        end = match.end()
    return words, text[end:]


def windows_of(rules: Sequence[StreamRule]) -> dict[str, int]:
    """Each rule's window in words; raises :class:`~course.systems.safety.errors.UnboundedRuleError` where a rule has none."""
    windows: dict[str, int] = {}
    for rule in rules:
        window = getattr(rule, "window", None)
        if type(window) is not int or window < 1:
            raise UnboundedRuleError(rule.name, window)
        windows[rule.name] = window
    return windows
