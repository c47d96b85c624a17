"""A stranger's text on one line of a terminal, a page or a table."""

import unicodedata


def visible(text: object) -> str:
    """``text`` with a sign in the place of each control, formatting and private character, and of what is no text."""
    return "".join(c if not unicodedata.category(c).startswith("C") else "�" for c in str(text))
