"""How long a day takes: computed from what stands in it, not hoped for."""

import math
import re
from typing import TYPE_CHECKING

from course.build.lesson import RUBRIC, Lesson

if TYPE_CHECKING:
    from course.interview import Scenario

WORDS_A_MINUTE = 180
BEFORE_THE_KNOBS, ROUND, CARD, SPOKEN = 8, 5, 2, 5
MOST = 150
"""Minutes that a day may take."""
EXERCISE = re.compile(r"\((\d+) minutes, ([\d.]+) points?, about (\d+) lines\)")
"""What the heading of an exercise says that it takes."""


def minutes(lesson: Lesson, scenario: "Scenario | None") -> int:
    """Reading, the exercises' own minutes, the interview with its cards, the spoken answers; rounded up to five."""
    read = [cell.source.split(RUBRIC)[0] for cell in lesson.of("markdown", "spoken")]
    whole = sum(map(words_read, read)) / WORDS_A_MINUTE
    whole += sum(int(found[1]) for text in read for found in EXERCISE.finditer(text))
    if scenario is not None:
        rounds, cards = len(scenario.rounds), min(len(scenario.rounds), len(scenario.drills))
        whole += (BEFORE_THE_KNOBS if scenario.before else 0) + ROUND * rounds + CARD * cards
    whole += SPOKEN * len(lesson.of("spoken"))
    return 5 * math.ceil(whole / 5)


def words_read(text: str) -> int:
    """Words that a reader meets: headings, tables, folds and all, but for hints, code and pictures."""
    return _words(re.sub(r"(?m)^> hint: .*(?:\n> (?!hint: ).*)*", "", text))


def count_words(text: str) -> int:
    """Words of running text: without headings, tables, pictures, code, HTML tags and hints."""
    return _words("\n".join(line for line in text.split("\n") if not re.match(r"\s*(#|\||>)", line)))


def _words(text: str) -> int:
    bare = re.sub(r"```.*?```|!\[[^\]]*\]\([^)]*\)|<[^>]+>", " ", text, flags=re.DOTALL)
    return len([word for word in bare.split() if re.search(r"\w", word)])
