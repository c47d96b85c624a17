"""The interview as a widget: a thin view on a :class:`~course.notebook.screens.table.Table`, which measures and keeps.

It needs ipywidgets and a notebook that shows them. Beside it stands the same play as a page of text.
"""

import functools
import sys
import time
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as w

from course.interview.clock import STANDING
from course.interview.outcome import REFERENCE, Outcome, Status
from course.interview.said import NOTHING, Said
from course.interview.scenario import Scenario, Value
from course.interview.session import Session
from course.interview.words import plural
from course.notebook.screens import markup, parts, planning
from course.notebook.screens.blocks import Block, Hint, Says, Text
from course.notebook.screens.boxes import NOTHING_YET, box, close_all, of, part, plain, safely, show_it
from course.notebook.screens.clock import clock_html
from course.notebook.screens.driller import Driller
from course.notebook.screens.fields import control
from course.notebook.screens.living import Still, display, moved
from course.notebook.screens.look import WIDGET
from course.notebook.screens.pages import finished
from course.notebook.screens.planner import Planner
from course.notebook.screens.speaking import Speaking
from course.notebook.screens.table import Table
from course.notebook.screens.voice import Voice, prompt_of, voice
from course.numbers import NotANumber, read_number

UNDECIDED = ("not said", "")
BLANK = (0, "")
_open: dict[str, "Panel"] = {}
"""The panel that is shown of each scenario: one in a kernel, so that none is left behind with an older play."""


def show(table: Table) -> None:
    """Display the widget for ``table``, and the page of text that stands in where there is none.

    Saved moves are measured after the first picture, so that it comes at once.
    """
    panel = _open.get(table.scenario.id)
    if panel is None or panel.table is not table:
        if panel is not None:
            panel.close()
        panel = _open[table.scenario.id] = Panel(table, *voice())
    panel.still = display(panel.root, table.page, panel.refresh, at_once=not table.saved)


class Panel:
    """The widget's parts and what they do. ``root`` is displayed; ``now`` gives the time in seconds of the epoch, and
    ``silent`` is why there is no ``voice``."""

    def __init__(
        self,
        table: Table,
        voice: Voice | None = None,
        silent: str = "off",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.table = table
        self.now = now
        self.speaking = (
            Speaking(voice, lambda: prompt_of(table.session, self.answer.value), self._voiced)
            if voice
            else None
        )
        self.still: Any = None
        self._laid_out = BLANK
        """The round that the fields were last laid out for: its place and its name."""
        self._last: Outcome | None = None
        self._printed = ""
        self._said = ""
        """What is to be said under the button before anything else."""
        scenario = table.scenario
        layout, _ = plain()

        self.head = part(_heading(scenario))
        self.clock = part(clock_html(table.notes.now.clock, now()))
        self.start = w.Button(description="Start the clock", layout=layout)
        self.reset = w.Button(description="Reset", tooltip="Set the clock back to zero", layout=layout)
        self.before = part(of([Says(scenario.opening, latest=True)]))
        self.result = part(NOTHING_YET)
        self.latest = part()
        self.asks = {
            question: w.Button(description=question, layout=layout) for question, _ in scenario.clarify
        }
        self.answer = w.Textarea(
            description="Your answer, as you would say it (optional)",
            placeholder="Diagnosis, trade-off, residual risk; a number with each",
            continuous_update=False,
            layout=layout,
        )
        self.planner = Planner(table.plan, self._go_on) if scenario.before else None
        self.beside = part(NOTHING_YET)
        self.driller = Driller(table.cards, self._go_on)
        self.lend = w.Checkbox(
            description="Run on the course's implementation: three runs of this round failed on yours",
            indent=False,
        )
        self.budget = part()
        self.whose = part()
        self.knobs = {knob.name: control(knob, layout) for knob in scenario.knobs}
        # Of several lines, so that Enter comes with the value and in its place: the event of a single line overtakes the last keys.
        self.predict = w.Textarea(placeholder="a number", rows=1, layout=layout)
        self.spread = w.Textarea(
            description="give or take (optional)", placeholder="±", rows=1, layout=layout
        )
        self.breaks = w.Dropdown(
            description="what breaks first? (optional)", options=[UNDECIDED], layout=layout
        )
        self.run = w.Button(description="Run", button_style="primary", disabled=True, layout=layout)
        self.hint = part()
        self.scorecard = part(NOTHING_YET)
        self.history = part(NOTHING_YET)
        self.notes = w.Textarea(
            description="Notes",
            placeholder="Back of the envelope, doubts",
            continuous_update=False,
            layout=layout,
        )
        self.save = w.Button(description="Save the transcript", layout=layout)
        self.saved = part()
        self.about = part(of([parts.about(scenario, silent)]))
        self._assemble()
        self._connect()
        if table.saved:
            again = f"Your {plural(table.saved, 'saved move')} are measured again on your code"
            self.hint.value = of([Hint(again)])
        table.watchers.append(self._heard)
        table.noted = self.refresh

    def _assemble(self) -> None:
        for field in (self.answer, self.predict, self.spread, self.breaks, self.notes, *self.knobs.values()):
            field.add_class("iw-field")
        for field in (self.predict, self.spread):
            field.add_class("iw-one")
        self.predict.add_class("iw-must")
        self.run.add_class("iw-run")
        for button in self.asks.values():
            button.add_class("iw-ask")
        self.asking = box("iw-asks", *self.asks.values())
        voice: list[Any] = []
        if self.speaking:
            self.speaking.price.add_class("iw-field")
            voice = [box("iw-row iw-voice", *self.speaking.parts), self.speaking.said, self.speaking.cost]
        self.left = box(
            "iw-left",
            self.before,
            self.result,
            self.driller.root,
            self.latest,
            self.asking,
            self.answer,
            *voice,
        )
        extra = box("iw-row", self.spread, self.breaks)
        predicting = box("iw-predict", self.predict, extra, self.lend, self.run, self.hint)
        self.right = box("iw-right", self.budget, self.whose, *self.knobs.values(), predicting)
        self.columns = box("iw-columns", self.left, self.right)
        self.root = box(
            "iw iw-live",
            part(WIDGET),
            box("iw-top", self.head, box("iw-timer", self.clock, self.start, self.reset)),
            *([self.planner.root, box("iw-beside", self.beside)] if self.planner else []),
            self.columns,
            box("iw-out", self.scorecard),
            box("iw-foot", self.history, self.notes, box("iw-row", self.save, self.saved), self.about),
        )

    def _connect(self) -> None:
        self.run.on_click(self._safely(self._run))
        for field in (self.predict, self.spread):
            field.observe(self._safely(self._entered), "value")
        for field in (self.predict, self.spread, self.lend, *self.knobs.values()):
            field.observe(self._safely(self._changed), "value")
        for question, button in self.asks.items():
            button.on_click(self._safely(functools.partial(self._ask, question)))
        self.answer.observe(self._safely(self._answered), "value")
        self.notes.observe(self._safely(self._noted), "value")
        self.start.on_click(self._safely(self._start_or_pause))
        self.reset.on_click(self._safely(self._set_back))
        self.save.on_click(self._safely(self._save))

    # ── showing ─────────────────────────────────────────────────────────────────────────────────────────

    def refresh(self) -> None:
        """Show the play as it stands."""
        session, notes = self.table.catch_up(), self.table.notes.now
        made = [*session.outcomes, *([session.fault] if session.fault else [])]
        if not any(self._last is outcome for outcome in made):
            self._last = made[-1] if made else None
        if self._laid_out != _place(session):
            self._lay_out(session)
        self.head.value = _heading(session.scenario, session)
        self._show_clock()
        is_planning = self.table.planning
        show_it(self.columns, not is_planning)
        if self.planner:
            show_it(self.planner.root, is_planning)
            self.planner.refresh()
        self.beside.value = of(planning.beside(session.scenario, notes.plan))
        self.driller.refresh(session)
        self.before.value = of(parts.before(session, notes))
        self.result.value = of(self._result(session))
        self.latest.value = of([parts.latest(session)])
        asked = [asking.question for asking in notes.asked]
        for question, button in self.asks.items():
            show_it(button, question not in asked)
        show_it(self.asking, not session.outcomes)
        self.budget.value = of(parts.budget(session))
        self.whose.value = of(parts.whose(self.table.objects, _names()))
        self.history.value = of(parts.history(session, notes))
        show_it(self.lend, self.table.may_use_reference)
        self._show_hint()
        if session.state.done and self.scorecard.value == NOTHING_YET:
            self.scorecard.value = of([Hint("The reference's play is measured beside yours")])
        self.scorecard.value = finished(session, notes).body() if session.state.done else NOTHING_YET
        if self.still is not None:
            self.still.update(Still(self.table.page()))

    def close(self) -> None:
        """Take the widget away; its page of text stays, and says where the play goes on."""
        self.table.watchers.remove(self._heard)
        self.table.noted = None
        if self.still is not None:
            self.still.update(Still(moved(self.table.page())))
        close_all(self.root)

    def _result(self, session: Session) -> list[Block]:
        """The run that was made last."""
        if self._last is None:
            return []
        said = self.table.notes.now.said(self._last)
        return [parts.headline(self._last), *parts.result(self._last, session, said, self._printed)]

    def _lay_out(self, session: Session) -> None:
        """The fields for a round that is newly shown: the design as it was, the prediction empty.

        They are set to what is kept, so that the change that follows says nothing new: see :meth:`_answered`.
        """
        first, state, notes = self._laid_out == BLANK, session.state, self.table.notes.now
        self._laid_out = _place(session)
        for field in (self.answer, self.right):
            show_it(field, not state.done)
        self._clear()
        if first:
            self.notes.value = notes.text
        if first and session.outcomes:
            for name, value in session.outcomes[-1].design.items():
                self.knobs[name].value = value
        if state.round is not None:
            self.answer.value = notes.answers.get(state.round.name, "")
            self.predict.description = f"Predict {session.scenario.asked_for(state.round)}"
            self.breaks.options = [
                UNDECIDED,
                ("nothing: every promise holds", NOTHING),
                *((name, metric) for metric, name in session.breakable.items()),
            ]

    def _clear(self) -> None:
        self.lend.value = False
        self.predict.value = self.spread.value = self.breaks.value = ""

    def _show_clock(self) -> None:
        clock = self.table.notes.now.clock
        self.clock.value = clock_html(clock, self.now())
        self.start.description = "Pause" if clock.running else "Go on" if clock.spent else "Start the clock"
        show_it(self.reset, clock != STANDING)

    def _show_hint(self) -> None:
        blocked = self._blocked()
        self.run.disabled = bool(blocked)
        self.run.description = f"Run round {self._laid_out[0]}"
        problem = self.table.problem
        warning = [Text(problem, strong=True)] if problem else []
        self.hint.value = of([Hint(self._said or blocked), *warning])

    def _blocked(self) -> str:
        """Why nothing can be run now, "" where it can."""
        state = self.table.session.state
        if state.round is None:
            return "every round is passed"
        what = self.table.scenario.asked_for(state.round)
        try:
            predicted = self._number(self.predict)
        except NotANumber as problem:
            return f"{problem}: predict {what}"
        if predicted is None:
            return f"Predict first: {what}. Then it runs."
        try:
            spread = self._number(self.spread)
        except NotANumber as problem:
            return f"give or take: {problem}"
        if spread is not None and spread < 0:
            return "give or take: 0 or more"
        if unlike := self.table.scenario.impossible(state.round, predicted):
            return f"{unlike}: predict {what}"
        made = [run.design for run in self.table.session.outcomes if run.number == state.number]
        return "This design is measured: change it to run again." if self._design() in made else ""

    def _number(self, field: Any) -> float | None:
        current = self.table.session.state.round
        return read_number(field.value, self.table.scenario.unit(current.predicts) if current else "")

    def _design(self) -> dict[str, Value]:
        return {name: field.value for name, field in self.knobs.items()}

    def _go_on(self) -> None:
        """A part is done: show the play as it stands, and go where it goes on."""
        self.refresh()
        self._point()

    def _point(self) -> None:
        """Put the cursor where the play goes on: a button that was pressed may be gone, and a player without a mouse would
        be nowhere."""
        if self.table.session.state.round is not None:
            (self.driller.text if self.table.cards.card else self.predict).focus()

    # ── acting ──────────────────────────────────────────────────────────────────────────────────────────

    def _run(self, *_: object) -> None:
        if self._blocked():
            self._show_hint()
            return
        predicted, spread = self._number(self.predict), self._number(self.spread)
        self.run.disabled, self.run.description = True, "Running…"
        said = Said(self.breaks.value or "", spread)
        move: Mapping[str, object] = {
            "round": self._laid_out[0],
            "design": self._design(),
            "predict": predicted,
        } | ({"on": REFERENCE} if self.lend.value else {})
        outcome, new = self.table.move(move, said)
        if new:  # shown by _heard, as every move is
            self._clear()
        elif outcome.status is not Status.REFUSED:
            self._heard(outcome)
        else:
            self.refresh()
            self._said = outcome.line
        self._show_hint()
        self._point()

    def _entered(self, change: Any) -> None:
        """Enter in a field of one line ends what is written there, and runs it."""
        field, written = change["owner"], change["new"]
        if "\n" in written:
            field.value = written.replace("\n", "")
            self._run()

    def _changed(self, *_: object) -> None:
        """What is set in a field is read when it is needed; what was said of the former value is over."""
        self._said = ""
        self._show_hint()

    def _heard(self, outcome: Outcome) -> None:
        """A move was made, here or by a line of text."""
        self._last, self._printed, self._said = outcome, self.table.printed, ""
        self.refresh()

    def _ask(self, question: str, *_: object) -> None:
        self.table.notes.ask(question, len(self.table.session.outcomes))
        self.refresh()
        asked = [asking.question for asking in self.table.notes.now.asked]
        left = (button for question, button in self.asks.items() if question not in asked)
        next(left, self.answer).focus()

    def _answered(self, *_: object) -> None:
        """Keep the answer in the field, where it is another than the one that is kept."""
        current, kept = self.table.session.state.round, self.table.notes.now.answers
        if current and self.answer.value != kept.get(current.name, ""):
            self.table.notes.answer(current.name, self.answer.value)
            self._show_hint()

    def _voiced(self, reply: str) -> None:
        session = self.table.session
        current = session.state.round or session.scenario.rounds[-1]
        self.table.notes.voice(current.name, reply)

    def _noted(self, *_: object) -> None:
        """Keep the notes in the field, where they are others than those that are kept."""
        if self.notes.value != self.table.notes.now.text:
            self.table.notes.write(self.notes.value)
            self._show_hint()

    def _start_or_pause(self, *_: object) -> None:
        notes, now = self.table.notes, self.now()
        clock = notes.now.clock
        notes.set_clock(clock.stopped(now) if clock.running else clock.started(now))
        self._show_clock()

    def _set_back(self, *_: object) -> None:
        self.table.notes.set_clock(STANDING)
        self._show_clock()

    def _save(self, *_: object) -> None:
        self.saved.value = of([Hint(self.table.save_transcript())])

    def _safely(self, act: Callable[..., None]) -> Callable[..., None]:
        return safely(act, self.hint)


def _heading(scenario: Scenario, session: Session | None = None) -> str:
    """The title, and the rounds once there is a play."""
    way = markup.html([parts.steps(session)]) if session else ""
    return f'<div class="iw-title"><b>{escape(scenario.title)}</b>{way}</div>'


def _place(session: Session) -> tuple[int, str]:
    """Where the play stands: the round's place and its name."""
    return session.state.number, session.state.round.name if session.state.round else ""


def _names() -> Mapping[str, object]:
    """The notebook's own names."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "user_ns", {})
