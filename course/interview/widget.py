"""The interview as a widget: a thin view on a :class:`~course.interview.table.Table`, which measures and keeps.

It needs ipywidgets and a notebook that shows them. Beside it stands the same play as a page of text, which is what a
converted, printed or reopened notebook shows, and what a browser shows until the kernel runs again.
"""

import contextlib
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

import ipywidgets

from course.interview.look import STILL, STYLE, clock_html
from course.interview.clock import STANDING
from course.interview.notes import NOTHING, UNSAID, Said
from course.interview.outcome import Outcome, Status
from course.interview.page import Page
from course.interview.plot import budget, judgement
from course.interview.rules import binding
from course.interview.scenario import Knob, Value
from course.interview.session import CLOSING, Session
from course.interview.table import Table
from course.interview.text import asked_for, breakable, broken, finished, miss, place, pressed
from course.interview.words import amount, limit, listed, number, plural

SLIDER = 1000
"""A range of more whole numbers than this is typed, not slid."""
WORDS = 6
"""More choices than this are a list to open."""
VIEW = "application/vnd.jupyter.widget-view+json"

_open: dict[str, "Panel"] = {}
"""The panel that is shown of each scenario: one in a kernel, so that none is left behind with an older play."""


def show(table: Table) -> None:
    """Display the widget for ``table``, and the page of text that stands in where there is none.

    What the file holds is measured after the first picture, so that it comes at once.
    """
    from IPython.display import display

    panel = _open.get(table.scenario.id)
    if panel is None or panel.table is not table:
        if panel is not None:
            panel.close()
        panel = _open[table.scenario.id] = Panel(table)
    fresh = not table.saved
    if fresh:
        panel.refresh()
    view = {"version_major": 2, "version_minor": 0, "model_id": panel.root.model_id}
    display({"text/plain": "", VIEW: view}, raw=True)  # type: ignore[no-untyped-call]
    if not fresh:
        panel.refresh()
    panel.still = display(Still(table.page()), display_id=True)  # type: ignore[no-untyped-call]


class Still:
    """The play as a page that gives way to a living widget beside it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        html = f'<div class="iw-still">{self.page.html()}</div>{STILL}'
        return {"text/plain": self.page.text(), "text/html": html}


class Panel:
    """The widget's parts and what they do. ``root`` is displayed; ``clock`` gives the time in seconds of the epoch."""

    def __init__(self, table: Table, voice: Any = None, now: Callable[[], float] = time.time) -> None:
        self.table = table
        self.now = now
        self.voice = voice
        self.still: Any = None
        self._running = False
        self._round = 0
        """The round that the fields were last laid out for."""
        self._refused = ""
        self._build()
        table.watchers.append(self._heard)

    # ── building ────────────────────────────────────────────────────────────────────────────────────────

    def _build(self) -> None:
        w, scenario = ipywidgets, self.table.scenario
        self.head = w.HTML()
        self.clock = w.HTML()
        self.start = w.Button(description="Start the clock", tooltip="Start or pause the clock of a real round")
        self.reset = w.Button(description="Reset", tooltip="Set the clock back to zero")
        self.talk = w.HTML()
        self.asks = {question: w.Button(description=question) for question, _ in scenario.clarify}
        self.answer = w.Textarea(
            description="Your answer, as you would say it (optional)",
            placeholder="Diagnosis, trade-off, residual risk: with a number each",
            continuous_update=False,
        )
        self.ask_voice = w.Button(description="Ask Claude to follow up")
        self.stop_voice = w.Button(description="Stop", disabled=True)
        self.voiced = w.HTML()
        self.budget = w.HTML()
        self.whose = w.HTML()
        self.knobs = {knob.name: _control(knob) for knob in scenario.knobs}
        self.predict = w.Text(placeholder="a number")
        self.spread = w.Text(description="give or take (optional)", placeholder="±")
        self.breaks = w.Dropdown(description="what breaks first? (optional)", options=[("not said", "")])
        self.run = w.Button(description="Run", button_style="primary", disabled=True)
        self.hint = w.HTML()
        self.result = w.HTML()
        self.history = w.HTML()
        self.notes = w.Textarea(
            description="Notes", placeholder="Back of the envelope, sketches, doubts", continuous_update=False
        )
        self.save = w.Button(description="Save the transcript")
        self.saved = w.HTML()

        for field in (self.answer, self.predict, self.spread, self.breaks, self.notes, *self.knobs.values()):
            field.add_class("iw-field")
        self.predict.add_class("iw-must")
        self.run.add_class("iw-run")
        for button in self.asks.values():
            button.add_class("iw-ask")
        self.timer = _box("iw-timer", self.clock, self.start, self.reset, row=True)
        self.asking = _box("iw-asks", *self.asks.values(), row=True)
        voice = [_box("iw-row iw-voice", self.ask_voice, self.stop_voice, row=True), self.voiced] if self.voice else []
        self.left = _box("iw-left", self.talk, self.asking, self.answer, *voice)
        said = _box("iw-row", self.spread, self.breaks, row=True)
        self.predicting = _box("iw-predict", self.predict, said, self.run, self.hint)
        self.right = _box("iw-right", self.budget, self.whose, *self.knobs.values(), self.predicting)
        self.out = _box("iw-out", self.result)
        self.foot = _box("iw-foot", self.history, self.notes, _box("iw-row", self.save, self.saved, row=True))
        self.root = _box(
            "iw iw-live",
            w.HTML(STYLE),
            _box("iw-top", self.head, self.timer),
            _box("iw-columns", self.left, self.right, row=True),
            self.out,
            self.foot,
        )  # fmt: skip
        self._skeleton()

        self.run.on_click(self._safely(self._run))
        for field in (self.predict, self.spread):
            field.on_msg(self._safely(self._entered))
        for field in (self.predict, self.spread, *self.knobs.values()):
            field.observe(self._safely(self._hint), "value")
        for question, button in self.asks.items():
            button.on_click(self._safely(lambda *_, question=question: self._ask(question)))
        self.answer.observe(self._safely(self._answered), "value")
        self.notes.observe(self._safely(self._noted), "value")
        self.start.on_click(self._safely(self._start_or_pause))
        self.reset.on_click(self._safely(self._reset))
        self.save.on_click(self._safely(self._save))

    def _skeleton(self) -> None:
        """What can be shown before anything is measured."""
        scenario, saved = self.table.scenario, self.table.saved
        self.head.value = f'<div class="iw-title"><b>{escape(scenario.title)}</b></div>'
        self.clock.value = clock_html(self.table.notes.now.clock, self.now())
        self.talk.value = _says(scenario.opening, latest=True)
        self.result.value = '<span class="iw-none"></span>'
        if saved:
            self.hint.value = _hint(f"Your {plural(saved, 'saved move')} are measured again on your code")

    # ── showing ─────────────────────────────────────────────────────────────────────────────────────────

    def refresh(self) -> None:
        """Show the play as it stands."""
        session, notes = self.table.session, self.table.notes.now
        state = session.state
        if self._round != state.number:
            self._lay_out(session)
        self.head.value = self._head(session)
        self._clock()
        self.talk.value = self._talk(session)
        for question, button in self.asks.items():
            asked = question in [each.question for each in notes.asked]
            button.layout.display = "none" if asked or session.outcomes else ""
        self.asking.layout.display = "none" if session.outcomes else ""
        self.budget.value = self._budget(session)
        self.result.value = self._result(session)
        self.history.value = self._history(session)
        self._hint()
        if self.still is not None:
            self.still.update(Still(self.table.page()))

    def close(self) -> None:
        """Take the widget away; its page of text stays."""
        if self._heard in self.table.watchers:
            self.table.watchers.remove(self._heard)
        self.root.close_all() if hasattr(self.root, "close_all") and False else _close(self.root)
