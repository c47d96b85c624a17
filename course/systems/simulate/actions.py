"""What a request asks of whoever holds its clock and its connections: send a copy, cancel one, hand an answer on."""

from typing import Literal

Action = tuple[Literal["send", "cancel", "answer"], int]
"""What to do, and the copy that it is about: 0 is the first, 1 the second."""
