"""`compare`: a spoken answer beside its rubric, point by point, with evidence; the strong and the weak answer come last."""

import time

from course.notebook import spoken
from course.notebook.screens.blocks import Block, Code, Fold, Grid, Heading, Text
from course.notebook.screens.page import Page
from course.notebook.spoken import Answered, Mark, NotYet, Rubric
from course.notebook.state import learner
from course.syllabus import Day, find

SPEAK = 120
"""Seconds to speak."""

_speaking: dict[tuple[str, int], tuple[float, float]] = {}
"""When the clock of a question was started in this kernel, and the seconds that it ran before."""


def compare(
    day: int | str,
    question: int,
    *,
    clock: str = "",
    score: int | None = None,
    sentence: str = "",
    number: str = "",
) -> Page | None:
    """Compare the answer to a day's spoken ``question`` with its rubric. None where a grader runs.

    ``clock="start"`` and ``clock="stop"`` time two minutes of speech. Once the answer is written and saved, a call locks it
    and shows the rubric's first point; a call with ``score`` (0, 1 or 2), and for 1 and 2 a ``sentence`` of the answer, for
    2 also a ``number`` that was measured, marks the point and shows the next. After the last come the strong and the weak
    answer.
    """
    if not learner():
        return None
    found = find(day)
    title = f"Day {found.number} · spoken question {question}"
    if clock:
        return Page(title, (Text(_timed(found, question, clock)),), "open")
    try:
        rubric = spoken.rubric(found, question)
        answered = spoken.kept(found.id, question)
        if not answered.text:
            spoken.lock(found.id, question, spoken.saved(found, question), _spoken_for(found, question))
            answered = spoken.kept(found.id, question)
    except NotYet as reason:
        return Page(title, (Text(f"Not yet: {reason}."), *_how_to_speak(found, question)), "open")
    problem = ""
    if score is not None and len(answered.marks) < len(rubric.points):
        problem = _marked(found, answered, score, sentence, number)
        answered = spoken.kept(found.id, question)
    blocks = _marks(answered, rubric)
    if len(answered.marks) < len(rubric.points):
        return Page(title, (*blocks, *_next(answered, rubric, problem)), "open")
    return Page(title, (*blocks, *_end(answered, rubric)), "passed")


def _marked(day: Day, answered: Answered, score: int, sentence: str, number: str) -> str:
    """Keep a mark for the next point; or why it cannot be kept."""
    if type(score) is not int or score not in (0, 1, 2):
        return "score is 0, 1 or 2"
    mark = Mark(score, str(sentence), str(number))
    missing = spoken.evidence(mark, answered.text, spoken.measured(day))
    if not missing:
        spoken.keep(day.id, answered.question, len(answered.marks) + 1, mark)
    return missing


def _timed(day: Day, question: int, clock: str) -> str:
    key, now = (day.id, question), time.time()
    began, before = _speaking.get(key, (0.0, 0.0))
    if clock == "start":
        _speaking[key] = (now, before)
        return 'Speak aloud, two minutes. Then run compare with clock="stop", write what you said, and save.'
    _speaking[key] = (0.0, before + (now - began if began else 0.0))
    spent = round(_speaking[key][1])
    over = f", {spent - SPEAK} s over" if spent > SPEAK else ""
    return f"You spoke for {spent // 60}:{spent % 60:02d} of 2:00{over}."


def _spoken_for(day: Day, question: int) -> float:
    return _speaking.get((day.id, question), (0.0, 0.0))[1]


def _how_to_speak(day: Day, question: int) -> list[Block]:
    return [
        Text("First speak it aloud, by the clock:"),
        Code(
            f'compare("{day.id}", {question}, clock="start")\ncompare("{day.id}", {question}, clock="stop")'
        ),
    ]


def _marks(answered: Answered, rubric: Rubric) -> list[Block]:
    time_ = f", spoken in {answered.seconds:.0f} s" if answered.seconds else ""
    shown: list[Block] = [
        Text(f"Your answer is locked: {answered.words} words{time_}.", quiet=True),
        Fold("Your answer", (Text(answered.text),), unfolded="summary"),
    ]
    if answered.marks:
        rows = tuple(
            (f"{mark.score} of 2", point, mark.sentence, mark.number)
            for mark, point in zip(answered.marks, rubric.points, strict=False)
        )
        shown.append(Grid(("yours", "point", "your sentence", "number"), rows))
    return shown


def _next(answered: Answered, rubric: Rubric, problem: str) -> list[Block]:
    at = len(answered.marks)
    call = f'compare("{answered.day}", {answered.question}, score=2, sentence="...", number="...")'
    return [
        *([Text(f"Not kept: {problem}.", strong=True)] if problem else []),
        Heading(f"Point {at + 1} of {len(rubric.points)}"),
        Text(rubric.points[at]),
        Text(
            "0: it is not there. 1: it is, and this sentence of yours says it. 2: with a number that you measured."
        ),
        Code(call),
    ]


def _end(answered: Answered, rubric: Rubric) -> list[Block]:
    return [
        Text(f"{answered.score} of {2 * len(rubric.points)} by your own count.", strong=True),
        Fold("A strong answer", (Text(rubric.strong),)),
        Fold("A weak answer", (Text(rubric.weak),)),
    ]
