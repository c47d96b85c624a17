"""The voice in the widget: ask for a follow-up, hear it come, stop it, see what it cost."""

import threading
import time
from collections.abc import Callable
from typing import Any

import ipywidgets as w

from course import facts
from course.notebook.screens.blocks import Hint, Says
from course.notebook.screens.markup import html
from course.notebook.screens.voice import LISTED, Price, Speech, Spoken, Voice
from course.numbers import NotANumber, read_number

WHO = "Claude, as the interviewer"
EVERY = 0.08
"""Seconds between two pictures of a reply that is coming."""


class Speaking:
    """Buttons and text for one :class:`~course.notebook.screens.voice.Voice`.

    ``prompt`` gives what is sent, ``heard`` is told of each whole reply. What is shown is the model's text, escaped.
    """

    def __init__(self, voice: Voice, prompt: Callable[[], str], heard: Callable[[str], None]) -> None:
        self.voice = voice
        self._prompt, self._heard = prompt, heard
        self._speech: Speech | None = None
        self._text = ""
        self._shown = 0.0
        self._spent = 0.0
        self._guard = threading.Lock()
        self.ask = w.Button(description="Ask Claude to follow up")
        self.stop = w.Button(description="Stop", disabled=True)
        self.price = w.Text(
            value=f"{LISTED.read:g} / {LISTED.written:g}" if voice.model == facts.VOICE_MODEL else "",
            description="$ per million tokens, in / out",
            placeholder="in / out",
        )
        self.said = w.HTML()
        self.cost = w.HTML(html([Hint(self._terms())]))
        self.ask.on_click(self._start)
        self.stop.on_click(lambda _: self._speech and self._speech.stop())

    @property
    def parts(self) -> tuple[Any, ...]:
        """The buttons, and the price; what is said stands under them."""
        return self.ask, self.stop, self.price

    def join(self, seconds: float) -> bool:
        """Wait for a reply that is on its way; whether none is."""
        return self._speech is None or self._speech.join(seconds)

    def _start(self, _: object) -> None:
        with self._guard:
            if self.ask.disabled:
                return
            self.ask.disabled, self.stop.disabled = True, False
        self._text, self._shown = "", 0.0
        self.said.value = html([Says("…", WHO)])
        self.cost.value = html([Hint("asking")])
        self._speech = self.voice.speak(self._prompt(), self._piece, self._over)

    def _piece(self, text: str) -> None:
        self._text += text
        if time.monotonic() - self._shown >= EVERY:
            self._shown = time.monotonic()
            self.said.value = html([Says(self._text, WHO)])

    def _over(self, spoken: Spoken) -> None:
        price = self._read_price()
        who = WHO + (" (broken off)" if spoken.problem and spoken.text else "")
        self.said.value = html([Says(spoken.text, who)]) if spoken.text else ""
        if spoken.text and not spoken.problem:
            self._heard(spoken.text)
        if price:
            self._spent += price.of(spoken.read, spoken.written)
        lines = [spoken.problem] if spoken.problem else []
        lines.append(spoken.cost(price))
        if price and self._spent:
            lines.append(f"${self._spent:.6f} since this cell ran")
        self.cost.value = html([Hint(" · ".join(lines))])
        self.ask.disabled, self.stop.disabled = False, True

    def _read_price(self) -> Price | None:
        try:
            read, written = (read_number(part) for part in self.price.value.split("/"))
        except (NotANumber, ValueError):
            return None
        if read is None or written is None or min(read, written) < 0:
            return None
        return Price(read, written)

    def _terms(self) -> str:
        listed = ""
        if self.voice.model == facts.VOICE_MODEL:
            listed = f" Its list price of {facts.VOICE_INPUT_PRICE.date} is filled in; yours may differ."
        return (
            f"{self.voice.model} gets your answer and this round's numbers when you ask, and nothing before. "
            f"It comments, it never judges.{listed}"
        )
