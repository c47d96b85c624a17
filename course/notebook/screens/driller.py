"""A drill card in the widget: its question with a clock of ninety seconds, the fields that it wants, and what it met."""

from collections.abc import Callable
from typing import Any

import ipywidgets as w

from course.interview.cards import SECONDS, Complexity, Drill, Tenfold
from course.interview.said import NOTHING
from course.interview.session import Session
from course.notebook.screens import drilling
from course.notebook.screens.blocks import Block, Heading, Hint, Says, Text
from course.notebook.screens.boxes import NOTHING_YET, box, of, part, plain, safely, show_it
from course.notebook.screens.clock import stopwatch_html
from course.notebook.screens.desk import DrillDesk
from course.numbers import NotANumber, read_number

UNDECIDED = ("choose", "")


class Driller:
    """The card that waits at ``desk``. ``done`` is called once it is answered."""

    def __init__(self, desk: DrillDesk, done: Callable[[], None]) -> None:
        self.desk, self.done = desk, done
        self._shown: tuple[int, Drill] | None = None
        """The card that the fields were laid out for."""
        layout, _ = plain()
        self.card = part(NOTHING_YET)
        self.clock = part(NOTHING_YET)
        self.text = w.Textarea(description="In words", continuous_update=False, layout=layout)
        self.before = w.Text(description="exponent before", placeholder="0, 1, 2 …", layout=layout)
        self.after = w.Text(description="exponent after", placeholder="0, 1, 2 …", layout=layout)
        self.breaks = w.Dropdown(description="promise that breaks", options=[UNDECIDED], layout=layout)
        self.answer = w.Button(description="Answer", button_style="primary", layout=layout)
        self.hint = part(NOTHING_YET)
        self.met = part(NOTHING_YET)
        for field in (self.text, self.before, self.after, self.breaks):
            field.add_class("iw-field")
        self.answer.add_class("iw-go")
        self.answer.on_click(safely(self._answer, self.hint))
        self.asked = box(
            "iw-drill",
            self.card,
            self.clock,
            self.text,
            box("iw-row", self.before, self.after, self.breaks),
            self.answer,
            self.hint,
        )
        self.root = box("iw-cards", self.met, self.asked)

    def refresh(self, session: Session) -> None:
        """Show the card that waits, and the one that was answered after the round passed last."""
        card = self.desk.card
        if card != self._shown:
            self._lay_out(card, session)
        show_it(self.asked, card is not None)
        self.met.value = of(self._answered(session))

    def _answered(self, session: Session) -> list[Block]:
        found = self.desk.latest(session)
        if found is None:
            return []
        number, drill, answer = found
        return [Heading(drilling.title(drill, number)), *drilling.answered(drill, answer, session)]

    def _lay_out(self, card: tuple[int, Drill] | None, session: Session) -> None:
        self._shown = card
        for field in (self.text, self.before, self.after):
            field.value = ""
        self.hint.value = NOTHING_YET
        if card is None:
            return
        number, drill = card
        shown: list[Block] = [
            Heading(drilling.title(drill, number)),
            Says(drill.ask),
            Text(f"Answer {drilling.how(drill)}", quiet=True),
        ]
        self.card.value = of(shown)
        self.clock.value = stopwatch_html(self.desk.elapsed, SECONDS)
        for field in (self.before, self.after):
            show_it(field, isinstance(drill, Complexity))
        show_it(self.breaks, isinstance(drill, Tenfold))
        slos = session.scenario.rounds[number - 1].slos
        self.breaks.options = [
            UNDECIDED,
            *((slo.name, slo.metric) for slo in slos),
            ("nothing: every promise holds", NOTHING),
        ]

    def _answer(self, _: object) -> None:
        card = self.desk.card
        if card is None:
            return
        try:
            exponents: Any = [read_number(field.value) for field in (self.before, self.after)]
            given = self.desk.read(card[1], self.text.value, exponents, self.breaks.value)
        except (NotANumber, ValueError) as problem:
            self.hint.value = of([Hint(str(problem))])
            return
        self.desk.answer(given)
        self.done()
