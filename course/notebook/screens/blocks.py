"""What a screen shows, as data: blocks that plain text, Markdown and HTML render alike.

A thing that is shown has one function that builds its blocks (:mod:`~course.notebook.screens.parts`); a page and each
part of the widget are made of them. Words say every state: marks, colours and bars only repeat it.
"""

from dataclasses import dataclass
from typing import Literal

from course.interview.before import Path

INTERVIEWER, YOU = "Interviewer", "You"


@dataclass(frozen=True)
class Says:
    """What ``who`` says; ``latest`` where it waits for an answer."""

    text: str
    who: str = INTERVIEWER
    latest: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph, its line breaks kept. ``lead`` is a word in bold before it; ``strong`` where the eye should land,
    ``quiet`` where it need not."""

    text: str
    strong: bool = False
    quiet: bool = False
    lead: str = ""


@dataclass(frozen=True)
class Code:
    """Something to type, or that was printed."""

    text: str


@dataclass(frozen=True)
class Heading:
    """The name of what follows."""

    text: str


@dataclass(frozen=True)
class Hint:
    """What to do next."""

    text: str


@dataclass(frozen=True)
class Headline:
    """How a run came out: ``badge`` in a frame, then where. ``held`` is the frame's kind, beside the word."""

    badge: str
    text: str
    held: bool


@dataclass(frozen=True)
class Step:
    """One stage of a way: its name ("" while it is not to be known), where it stands, and how that came."""

    name: str
    state: Literal["passed", "now", "to come"]
    how: str = ""


@dataclass(frozen=True)
class Steps:
    """A way in numbered stages."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Figures:
    """Numbers side by side about one quantity: each a label and its value."""

    what: str
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A table; columns in ``right`` are numbers. A head of empty words is left out."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Mark:
    """A value in words, and the slack that it leaves."""

    text: str
    slack: float


@dataclass(frozen=True)
class Promise:
    """One promise as it was judged, in words and as marks on the scale of slack.

    ``before`` is what the run before measured; ``predicted`` and the two ends of ``interval`` what was said of it;
    ``where`` the round, if it is another than the one that was run.
    """

    state: Literal["held", "BROKE", "BROKE FIRST"]
    name: str
    budget: str
    measured: Mark
    slack: str
    where: str = ""
    before: Mark | None = None
    predicted: Mark | None = None
    interval: tuple[Mark, Mark] | None = None

    @property
    def held(self) -> bool:
        return self.state == "held"


@dataclass(frozen=True)
class Promises:
    """Promises as they were judged. HTML draws their marks, and explains them where ``legend`` is set."""

    rows: tuple[Promise, ...]
    legend: bool = True

    @property
    def grid(self) -> Grid:
        """The same in words alone."""
        columns = 6 if any(row.where for row in self.rows) else 5
        head = ("", "promise", "budget", "measured", "slack", "in round")
        rows = [
            (row.state, row.name, row.budget, row.measured.text, row.slack, row.where) for row in self.rows
        ]
        return Grid(head[:columns], tuple(row[:columns] for row in rows), frozenset({2, 3, 4}))


@dataclass(frozen=True)
class Drawn:
    """A path as a picture; where no HTML is shown, its edges as text. ``single`` are the nodes to frame."""

    path: Path
    single: tuple[str, ...] = ()

    @property
    def edges(self) -> str:
        """The edges, a line each, with what is single."""
        lines = [f"{start} -> {end}" for start, end in self.path.edges]
        return "\n".join([*lines, *([f"single: {', '.join(self.single)}"] if self.single else [])])


@dataclass(frozen=True)
class Trace:
    """A graph over time: its ``name``, the values in order, and the place ``at`` which something happened. ``before`` and
    ``after`` are the two levels, in words."""

    name: str
    values: tuple[float, ...]
    at: int
    before: str
    after: str


@dataclass(frozen=True)
class Fold:
    """Blocks behind a summary, closed at first. Where nothing can be opened, ``unfolded`` says what is shown of it."""

    summary: str
    blocks: "tuple[Block, ...]"
    unfolded: Literal["all", "summary", "nothing"] = "all"


Block = (
    Says | Text | Code | Heading | Hint | Headline | Steps | Figures | Grid | Promises | Drawn | Trace | Fold
)
