"""Text play in a notebook: the interviewer's table, at which moves are made one line at a time."""

import sys

from course.interview.page import Markdown, Page
from course.interview.scenario import Scenario
from course.interview.session import Session
from course.interview.store import Store
from course.interview.text import standing, told, transcript
from course.subject import simplify


class Table:
    """One interview in a learner's kernel, on their own ``objects``; it goes on from the moves in ``interview.json``.

    Shown as a cell's last line it says where the play stands. Every move is kept, so that running its cell again shows
    the same outcome. Nothing raises: what cannot be run is answered in a sentence.
    """

    def __init__(self, scenario: Scenario, *objects: object) -> None:
        self.session = Session(scenario, *objects)
        self._store = Store(scenario.id)
        moves, self._problem = self._store.moves()
        self.session.play(moves)

    def propose(self, round: object = None, predict: object = None, **knobs: object) -> None:
        """Run a design in round ``round``: a value for each knob, and ``predict``, the expected value of the metric
        that the round names. Shows what was measured, what broke first, and what the interviewer says to it."""
        session = self.session
        before, printed = len(session.outcomes), len(session.printed)
        design = {name: simplify(value) for name, value in knobs.items()}
        outcome = session.propose({"round": simplify(round), "design": design, "predict": simplify(predict)})
        new = len(session.outcomes) > before
        if new:
            self._problem = self._store.add(outcome.move) or self._problem
        latest = session.outcomes[-1].move if session.outcomes else None
        folded = outcome.counted and not new and outcome.move != latest
        _show(told(outcome, session, folded=folded, printed=session.printed[printed:]))

    def transcript(self) -> Markdown:
        """The play so far as Markdown: shown rendered; ``print`` or ``str`` give its text."""
        return transcript(self.session)

    def page(self) -> Page:
        """Where the play stands."""
        return standing(self.session, self._problem)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.page()._repr_mimebundle_()

    def __repr__(self) -> str:
        return self.page().text()


def interview(scenario: Scenario, *objects: object) -> Table:
    """Sit down at ``scenario`` with your own ``objects``; the moves made so far are read from ``interview.json``."""
    return Table(scenario, *objects)


def _show(page: Page) -> None:
    """Display ``page`` where IPython runs, print it elsewhere."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        print(page.text(), end="\n\n")
    else:
        from IPython.display import display

        display(page)  # type: ignore[no-untyped-call]
