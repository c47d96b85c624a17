"""A spoken answer beside its rubric as a widget: a thin view on a
:class:`~course.notebook.screens.comparison.Comparison`, which keeps."""

from html import escape
from typing import Any

import ipywidgets as w

from course.checking.report import cut
from course.notebook import spoken
from course.notebook.screens import comparing, markup
from course.notebook.screens.blocks import Block, Hint, Text
from course.notebook.screens.boxes import NOTHING_YET, box, close_all, of, part, plain, safely, show_it
from course.notebook.screens.clock import stopwatch_html
from course.notebook.screens.comparison import Comparison
from course.notebook.screens.living import Still, display, moved
from course.notebook.screens.look import WIDGET
from course.notebook.spoken import Answered, NotYet

LONGEST = 110
"""Characters of a sentence in the list of one's own."""
UNDECIDED = ("choose one", "")

_open: dict[tuple[str, int], "Comparer"] = {}
"""The one that is shown of each question."""


def show(comparison: Comparison) -> None:
    """Display the widget, and the page of text that stands in where there is none."""
    key = comparison.day.id, comparison.question
    if key in _open:
        _open[key].close()
    panel = _open[key] = Comparer(comparison)
    panel.still = display(panel.root, comparison.page, panel.refresh)


def follow(comparison: Comparison) -> None:
    """Let the widget of the same question show what a line of text has changed."""
    panel = _open.get((comparison.day.id, comparison.question))
    if panel is not None:
        panel.refresh()


class Comparer:
    """The widget's parts and what they do. ``root`` is displayed."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.still: Any = None
        self._laid_out = -1
        """The point that the fields were laid out for."""
        layout, _ = plain()
        self.head = part()
        self.clock = part()
        self.run = w.Button(description="Start the two minutes", layout=layout)
        self.known = part(NOTHING_YET)
        self.lock = w.Button(description="Lock and compare", button_style="primary", layout=layout)
        self.point = part(NOTHING_YET)
        self.score = w.RadioButtons(
            options=[(meaning, score) for score, meaning in comparing.SCORES.items()],
            value=None,
            orientation="horizontal",
            description="Is it in your answer?",
            layout=layout,
        )
        self.sentence = w.Dropdown(
            options=[UNDECIDED], description="the sentence of yours that says it", layout=layout
        )
        self.number = w.Text(
            description="a number of yours that you measured",
            placeholder="as your answer has it",
            continuous_update=False,
            layout=layout,
        )
        self.keep = w.Button(description="Keep", button_style="primary", layout=layout)
        self.hint = part(NOTHING_YET)
        self.end = part(NOTHING_YET)
        for field in (self.score, self.sentence, self.number):
            field.add_class("iw-field")
        for button in (self.lock, self.keep):
            button.add_class("iw-go")
        self.timer = box("iw-timer", self.clock, self.run)
        self.marking = box(
            "iw-drill",
            self.point,
            self.score,
            box("iw-row", self.sentence, self.number),
            box("iw-row", self.keep),
        )
        body = box("iw-plan", self.known, box("iw-row", self.lock), self.marking, self.hint, self.end)
        self.root = box("iw iw-live", part(WIDGET), box("iw-top", self.head, self.timer), body)
        self.run.on_click(safely(self._run, self.hint))
        self.lock.on_click(safely(self._lock, self.hint))
        self.keep.on_click(safely(self._keep, self.hint))
        self.score.observe(safely(self._scored, self.hint), "value")

    def refresh(self) -> None:
        """Show the comparison as it stands."""
        comparison, answered = self.comparison, self.comparison.answered
        steps = markup.html([comparing.steps(answered)])
        self.head.value = f'<div class="iw-title"><b>{escape(comparing.title(answered))}</b>{steps}</div>'
        begun = answered.since is not None or answered.seconds
        self.clock.value = stopwatch_html(
            answered.spoken(comparison.now()) if begun else None,
            comparing.SPEAK,
            running=answered.since is not None,
        )
        self.run.description = (
            "Stop" if answered.since is not None else "Go on" if begun else "Start the two minutes"
        )
        for each in (self.timer, self.lock):
            show_it(each, not answered.text)
        show_it(self.marking, bool(answered.text) and not answered.done)
        self.known.value, self.end.value = map(of, self._shown(answered))
        self.hint.value = NOTHING_YET
        if self.still is not None:
            self.still.update(Still(comparison.page()))

    def close(self) -> None:
        """Take the widget away; its page of text stays, and says where it goes on."""
        if self.still is not None:
            self.still.update(Still(moved(self.comparison.page())))
        close_all(self.root)

    def _shown(self, answered: Answered) -> tuple[list[Block], list[Block]]:
        """What stands above the fields and under them."""
        if not answered.text:
            return [comparing.how()], []
        try:
            rubric = self.comparison.rubric
        except NotYet as reason:
            show_it(self.marking, False)
            return [*comparing.locked(answered), Text(f"Not yet: {reason}.")], []
        known = [*comparing.locked(answered), *comparing.marks(answered, rubric)]
        if answered.done:
            return known, comparing.end(answered, rubric)
        self._lay_out(answered)
        self.point.value = of(comparing.point(answered, rubric))
        return known, []

    def _lay_out(self, answered: Answered) -> None:
        """Empty the fields for a point that is newly shown."""
        if self._laid_out == len(answered.marks):
            return
        self._laid_out = len(answered.marks)
        own = [(cut(sentence, LONGEST), sentence) for sentence in spoken.sentences(answered.text)]
        self.sentence.options = [UNDECIDED, *own]
        self.score.value, self.sentence.value, self.number.value = None, "", ""
        self._scored()

    def _scored(self, *_: object) -> None:
        """Ask for the evidence that the score takes, and no more."""
        show_it(self.sentence, (self.score.value or 0) >= 1)
        show_it(self.number, self.score.value == 2)

    def _run(self, *_: object) -> None:
        self.comparison.clock(running=self.comparison.answered.since is None)
        self.refresh()

    def _lock(self, *_: object) -> None:
        try:
            self.comparison.lock()
        except NotYet as reason:
            self.hint.value = of([Hint(f"Not yet: {reason}.")])
            return
        self.refresh()
        self.keep.focus()  # the button that was pressed is gone

    def _keep(self, *_: object) -> None:
        score, sentence, number = self.score.value, self.sentence.value, self.number.value
        problem = "choose 0, 1 or 2" if score is None else self.comparison.mark(score, sentence, number)
        if problem:
            self.hint.value = of([Hint(f"Not kept: {problem}.")])
        else:
            self.refresh()
