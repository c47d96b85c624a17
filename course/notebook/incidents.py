"""`investigate`: an incident drill in a learner's kernel, on a screen where there is one, else by lines of text.

Each finished play is kept in ``incidents.jsonl`` with the learner's progress, and the next one meets another cause.
"""

import random
from collections.abc import Callable
from typing import Any

from course.interview.incident import Incident, Investigation, Named
from course.interview.scenario import Refused
from course.notebook import journal
from course.notebook.screens import investigating
from course.notebook.screens.blocks import Block, Hint
from course.notebook.screens.interview import in_a_notebook
from course.notebook.screens.page import Page
from course.notebook.state import learner, state

FILE = "incidents.jsonl"


def investigate(incident: Incident) -> "Drill | None":
    """Begin an incident: its cause is drawn, another one in each play. None where a grader runs."""
    return Drill(incident, _widget) if learner() else None


def plays(incident: Incident) -> int:
    """How often the incident was played to its end."""
    return sum(line.get("incident") == incident.id for line in journal.read(state() / FILE))


class Drill:
    """One play of an incident: what the widget and the lines of text both act on."""

    def __init__(self, incident: Incident, screen: Callable[["Drill"], None] | None = None) -> None:
        causes = [cause.name for cause in incident.causes]
        random.Random(incident.id).shuffle(causes)
        self.play = Investigation(incident, causes[plays(incident) % len(causes)])
        self.latest: list[Block] = []
        self.changed: Callable[[], None] = lambda: None
        self._screen = screen

    def look(self, graph: object) -> Page:
        """Look at a graph; it costs a minute."""
        try:
            self.latest = [investigating.trace(self.play, self.play.look(graph))]
        except Refused as reason:
            self.latest = [Hint(f"Not looked at: {reason}.")]
        return self._shown()

    def name(self, cause: object, refuted_by: object) -> Page:
        """Name the cause, and the graph that would have refuted it."""
        try:
            named = self.play.name(cause, refuted_by)
        except Refused as reason:
            self.latest = [Hint(f"Not named: {reason}.")]
            return self._shown()
        self.latest = investigating.said(self.play, named)
        if not named.right:
            return self._shown()
        self._keep(named)
        return self._shown(*investigating.end(self.play))

    def blocks(self) -> list[Block]:
        """Everything up to now."""
        found = [*investigating.opening(self.play), *investigating.seen(self.play), *self.latest]
        return found + (investigating.end(self.play) if self.play.over else [])

    def page(self) -> Page:
        """Where it stands, with the lines of text that go on."""
        ways = [] if self.play.over else investigating.lines(self.play)
        return Page(self.play.incident.title, (*self.blocks(), *ways), "passed" if self.play.over else "open")

    def _shown(self, *more: Block) -> Page:
        self.changed()
        return Page(f"Minute {self.play.minutes}", (*self.latest, *more))

    def _keep(self, named: Named) -> None:
        record = {"incident": self.play.incident.id, "cause": named.cause, "minutes": self.play.minutes}
        journal.append(state() / FILE, record | {"proved": named.proved, "names": len(self.play.named)})

    def _ipython_display_(self) -> None:
        """On its screen; raises NotImplementedError where there is none, for text."""
        if self._screen is None:
            raise NotImplementedError
        self._screen(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.page()._repr_mimebundle_()

    def __repr__(self) -> str:
        return self.page().text()


def _widget(drill: Drill) -> None:
    """Show the widget of ``drill``; raises NotImplementedError where there are no widgets."""
    if not in_a_notebook():
        raise NotImplementedError
    try:
        from course.notebook.screens.investigator import show
    except ImportError:
        raise NotImplementedError from None
    show(drill)
