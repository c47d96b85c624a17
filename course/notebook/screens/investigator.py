"""An incident as a widget: a button for each graph, then a name and its proof. A thin view on a play."""

from collections.abc import Callable
from html import escape
from typing import Any, Protocol

import ipywidgets as w

from course.interview.incident import Investigation
from course.notebook.screens import investigating
from course.notebook.screens.blocks import Block, Hint
from course.notebook.screens.boxes import NOTHING_YET, box, of, part, plain, safely, show_it
from course.notebook.screens.living import Still, display
from course.notebook.screens.look import WIDGET
from course.notebook.screens.page import Page

UNDECIDED = ("choose one", "")


class Played(Protocol):
    """What the widget acts on: :class:`course.notebook.incidents.Drill`."""

    play: Investigation
    latest: list[Block]
    changed: Callable[[], None]

    def look(self, graph: object) -> Page: ...

    def name(self, cause: object, refuted_by: object) -> Page: ...

    def page(self) -> Page: ...


def show(drill: Played) -> None:
    """Display the widget, and the page of text that stands in where there is none."""
    panel = Investigator(drill)
    panel.still = display(panel.root, drill.page, panel.refresh)
    drill.changed = panel.refresh


class Investigator:
    """The widget's parts and what they do. ``root`` is displayed."""

    def __init__(self, drill: Played) -> None:
        self.drill, self.still = drill, None
        layout, _ = plain()
        incident = drill.play.incident
        self.head, self.seen = part(), part(NOTHING_YET)
        self.hint, self.end = part(NOTHING_YET), part(NOTHING_YET)
        self.graphs = [w.Button(description=graph.name, layout=layout) for graph in incident.graphs]
        causes = [UNDECIDED, *((cause.name, cause.name) for cause in incident.causes)]
        self.cause = w.Dropdown(options=causes, description="the cause", layout=layout)
        self.proof = w.Dropdown(
            options=[UNDECIDED], description="the graph that would have refuted it", layout=layout
        )
        self.go = w.Button(description="Name it", button_style="primary", layout=layout)
        for field in (self.cause, self.proof):
            field.add_class("iw-field")
        self.go.add_class("iw-go")
        for button in self.graphs:
            button.add_class("iw-ask")
            button.on_click(safely(self._look, self.hint))
        self.go.on_click(safely(self._name, self.hint))
        self.asks = box("iw-asks", *self.graphs)
        self.naming = box("iw-row", self.cause, self.proof, self.go)
        opening = part(of(investigating.opening(drill.play)))
        body = box("iw-plan", opening, self.asks, self.seen, self.naming, self.hint, self.end)
        self.root = box("iw iw-live", part(WIDGET), box("iw-top", self.head), body)

    def refresh(self) -> None:
        """Show the play as it stands."""
        play = self.drill.play
        self.head.value = f'<div class="iw-title"><b>{escape(play.incident.title)}</b><span role="status">minute {play.minutes}</span></div>'
        self.seen.value = of(investigating.seen(play))
        looked = [graph.name for graph in play.looked]
        for button in self.graphs:
            button.disabled = button.description in looked or play.over
        if len(looked) + 1 != len(self.proof.options):
            before = self.proof.value
            self.proof.options = [UNDECIDED, *((name, name) for name in looked)]
            self.proof.value = before
        show_it(self.naming, bool(looked) and not play.over)
        show_it(self.asks, not play.over)
        self.hint.value = of([block for block in self.drill.latest if isinstance(block, Hint)])
        ended = [*investigating.said(play, play.named[-1])] if play.named else []
        self.end.value = of(ended + (investigating.end(play) if play.over else []))
        if self.still is not None:
            self.still.update(Still(self.drill.page()))

    def _look(self, button: Any) -> None:
        self.drill.look(button.description)

    def _name(self, *_: object) -> None:
        if not self.cause.value or not self.proof.value:
            self.hint.value = of([Hint("Choose a cause, and a graph that you have seen.")])
            return
        self.drill.name(self.cause.value, self.proof.value)
