"""A spoken answer beside its rubric, in a learner's kernel: what the widget and the lines of text both act on."""

import time
from collections.abc import Callable
from typing import Any

from course.notebook import spoken
from course.notebook.screens import comparing
from course.notebook.screens.blocks import Block, Fold, Text
from course.notebook.screens.page import Page
from course.notebook.spoken import Answered, Mark, NotYet, Rubric
from course.syllabus import Day

Screen = Callable[["Comparison"], None]
"""Shows a comparison; raises NotImplementedError where it cannot."""


class Comparison:
    """The answer to spoken ``question`` of ``day``. What is kept of it lies with the learner's progress, so that a kernel
    that is restarted goes on where it stood. ``now`` gives the time in seconds of the epoch.
    """

    def __init__(
        self, day: Day, question: int, screen: Screen | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self.day, self.question, self.now = day, question, now
        self._screen = screen

    @property
    def answered(self) -> Answered:
        """What is kept."""
        return spoken.kept(self.day.id, self.question)

    @property
    def rubric(self) -> Rubric:
        """Raises :class:`~course.notebook.spoken.NotYet` where it is held back."""
        return spoken.rubric(self.day, self.question)

    def clock(self, running: bool) -> None:
        """Start or stop the clock of an answer that is not locked."""
        answered, now = self.answered, self.now()
        if not answered.text and running != (answered.since is not None):
            spoken.clock(answered, answered.spoken(now), now if running else None)

    def lock(self) -> None:
        """Lock the answer as the notebook's file holds it; the clock stops. Raises
        :class:`~course.notebook.spoken.NotYet`."""
        answered = self.answered
        if not answered.text:
            assert self.rubric  # held back is said before anything is locked
            spoken.lock(answered, spoken.saved(self.day, self.question), answered.spoken(self.now()))

    def mark(self, score: object, sentence: object = "", number: object = "") -> str:
        """Keep a mark for the next point; or why it cannot be kept, "" where it is."""
        answered = self.answered
        if not answered.text:
            return "lock your answer first"
        if answered.done:
            return ""
        if type(score) is not int or score not in comparing.SCORES:
            return "score is 0, 1 or 2"
        mark = Mark(score, str(sentence), str(number)) if score else Mark(0)
        missing = spoken.evidence(mark, answered.text, spoken.measured(self.day))
        if not missing:
            spoken.keep(answered, mark)
        return missing

    def page(self, problem: str = "") -> Page:
        """Where the comparison stands, with the line of text that goes on."""
        answered = self.answered
        name, wrong = comparing.title(answered), [Text(problem, strong=True)] if problem else []
        known = comparing.locked(answered) if answered.text else [comparing.how(), *self._clock(answered)]
        try:
            rubric = self.rubric
            saved = "" if answered.text else spoken.saved(self.day, self.question)
        except NotYet as reason:
            return Page(name, (*wrong, *known, Text(f"Not yet: {reason}.")), "open")
        if not answered.text:
            ready = Text(f"{len(saved.split())} words are saved. Lock them, and the first point comes:")
            return Page(name, (*known, ready, comparing.call(answered, "lock=True"), *wrong), "open")
        known += comparing.marks(answered, rubric)
        if answered.done:
            return Page(name, (*known, *comparing.end(answered, rubric)), "passed")
        return Page(name, (*known, *self._next(answered, rubric), *wrong), "open")

    def _clock(self, answered: Answered) -> list[Block]:
        """What the clock says, and the line that starts or stops it."""
        running, seconds = answered.since is not None, answered.spoken(self.now())
        said = (
            "The clock runs." if running else f"You spoke for {comparing.timed(seconds)}." if seconds else ""
        )
        line = comparing.call(answered, f'clock="{"stop" if running else "start"}"')
        return [*([Text(said)] if said else []), Fold("The clock, as a line of text", (line,))]

    def _next(self, answered: Answered, rubric: Rubric) -> list[Block]:
        return [
            *comparing.point(answered, rubric),
            Text("\n".join(comparing.SCORES.values())),
            comparing.call(answered, 'score=2, sentence="...", number="..."'),
        ]

    def _ipython_display_(self) -> None:
        """On its screen; raises NotImplementedError where there is none, for text."""
        if self._screen is None:
            raise NotImplementedError
        self._screen(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.page()._repr_mimebundle_()

    def __repr__(self) -> str:
        return self.page().text()
