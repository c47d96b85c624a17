"""From text to terms, the same way for what is stored and for what is asked."""

import re
import unicodedata
from itertools import pairwise

_WORDS = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+|[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+"
)
"""A run of Han characters or kana, or a run of other letters, digits and underscores."""


def analyse(text: str) -> list[str]:
    """The terms of ``text``, in their order.

    Compatible forms of a letter become one (NFKC), case is folded ("Straße" and "STRASSE" are "strasse"), and a word is a
    run of letters, digits and underscores. Han and kana are written without spaces: a run of them becomes its overlapping
    pairs, and a single one itself.
    """
    if text.isascii():
        return _WORDS.findall(text.lower())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    terms: list[str] = []
    for word in _WORDS.findall(folded):
        if len(word) > 1 and "\u3040" <= word[0] <= "\u9fff":
            terms += [one + two for one, two in pairwise(word)]
        else:
            terms.append(word)
    return terms
