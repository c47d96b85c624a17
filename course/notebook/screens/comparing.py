"""What is shown of a spoken answer beside its rubric: by the widget, as text and on a page alike."""

from course.notebook.screens.blocks import Block, Code, Fold, Grid, Heading, Step, Steps, Text
from course.notebook.spoken import Answered, Rubric

SPEAK = 120
"""Seconds to speak."""
PLACES = ("first", "second", "third")
"""Of the rubric's points."""
SCORES = {0: "0: it is not there", 1: "1: a sentence of mine says it", 2: "2: with a number that I measured"}
"""What a point can be given, and what it then means."""


def title(answered: Answered) -> str:
    """What the comparison is called."""
    return f"Day {int(answered.day.removeprefix('day'))} · spoken question {answered.question}"


def steps(answered: Answered) -> Steps:
    """The way: to speak and write, then each point, then the two answers."""
    names = ["speak and write", *(f"{place} point" for place in PLACES), "the two answers"]
    at = len(answered.marks) + 1 if answered.text else 0
    return Steps(
        tuple(
            Step(name, "passed" if place < at else "now" if place == at else "to come")
            for place, name in enumerate(names)
        )
    )


def how() -> Text:
    """What to do before an answer can be compared."""
    return Text(
        "Say it aloud, two minutes by the clock. Then write what you said into the cell above, and save the notebook "
        "(Ctrl+S). Once it is locked, the rubric comes point by point, and your sentences are the evidence."
    )


def timed(seconds: float) -> str:
    """How long an answer was spoken, in words."""
    whole = round(seconds)
    over = f", {whole - SPEAK} s over" if whole > SPEAK else ""
    return f"{whole // 60}:{whole % 60:02d} of {SPEAK // 60}:00{over}"


def locked(answered: Answered) -> list[Block]:
    """The answer as it was locked, and the marks so far."""
    time = f", spoken in {timed(answered.seconds)}" if answered.seconds else ""
    shown: list[Block] = [
        Text(f"Your answer is locked: {answered.words} words{time}.", quiet=True),
        Fold("Your answer", (Text(answered.text),), unfolded="summary"),
    ]
    return shown


def marks(answered: Answered, rubric: Rubric) -> list[Block]:
    """What one gave oneself so far, each with its evidence; nothing before the first mark."""
    rows = tuple(
        (str(mark.score), point, mark.sentence, mark.number)
        for mark, point in zip(answered.marks, rubric.points, strict=False)
    )
    return [Grid(("of 2", "point", "your sentence", "number"), rows)] if rows else []


def point(answered: Answered, rubric: Rubric) -> list[Block]:
    """The next point of the rubric."""
    at = len(answered.marks)
    return [Heading(f"Point {at + 1} of {len(rubric.points)}"), Text(rubric.points[at])]


def end(answered: Answered, rubric: Rubric) -> list[Block]:
    """The own score, and the strong and the weak answer."""
    return [
        Text(f"{answered.score} of {2 * len(rubric.points)} by your own count.", strong=True),
        Text("It is kept for the start page and earns no points.", quiet=True),
        Fold("A strong answer", (Text(rubric.strong),)),
        Fold("A weak answer", (Text(rubric.weak),)),
    ]


def call(answered: Answered, rest: str) -> Code:
    """The line that does something as text."""
    return Code(f'notebook.compare("{answered.day}", {answered.question}, {rest})')
