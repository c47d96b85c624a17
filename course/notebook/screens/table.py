"""The interviewer's table in a notebook: where moves are made, by the widget or one line at a time."""

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from course.checking.plain import simplify
from course.files import kept_in_memory
from course.interview.before import LOCKED, SKIPPED
from course.interview.outcome import REFERENCE, Outcome
from course.interview.said import NOTHING, UNSAID, Said
from course.interview.scenario import Scenario, shown
from course.interview.session import STUCK, Session
from course.interview.store import Store
from course.notebook.screens import drilling, planning, record
from course.notebook.screens.desk import DrillDesk, PlanDesk
from course.notebook.screens.notes import NotesFile
from course.notebook.screens.page import Markdown, Page
from course.notebook.screens.pages import standing, told, transcript

Heard = Callable[[Outcome], None]
"""Told of each new measured move."""
Screen = Callable[["Table"], None]
"""Shows a table; raises NotImplementedError where it cannot."""


class Table:
    """One interview in a learner's kernel, on their own ``objects``; it goes on from the moves in ``interview.json``.

    As a cell's last line it is the interview: on its ``screen`` if that can be shown, else where the play stands and how
    to move, in text. Both write the same file, and it is what counts: a table first takes up what another one wrote.
    Every move is kept, so that running its cell again shows the same outcome. Nothing raises: what cannot be run is
    answered in a sentence. ``reference`` are the course's own in place of ``objects``: all moves are measured on them where
    ``on_reference``, else those that ask for it in a round that failed three times. ``now`` gives the time in seconds of the
    epoch.
    """

    def __init__(
        self,
        scenario: Scenario,
        *objects: object,
        reference: Sequence[object] = (),
        on_reference: bool = False,
        heard: Heard | None = None,
        screen: Screen | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.scenario = scenario
        self.objects = tuple(reference) if on_reference else objects
        self.reference = tuple(reference)
        self.on_reference = on_reference
        """Whether every move is measured on the course's implementation."""
        self.printed = ""
        """What the learner's objects printed in the latest move."""
        self.notes = NotesFile(scenario.id)
        self.plan = PlanDesk(scenario, self.notes, now)
        self.cards = DrillDesk(lambda: self.session, self.notes, now)
        self.watchers: list[Heard] = [heard] if heard else []
        self.noted: Callable[[], None] | None = None
        """Told of what was written beside the moves by a line of text."""
        self._store = Store(scenario.id)
        self._screen = screen
        self._said = UNSAID
        self._session: Session | None = None
        self._played: list[object] = []
        self._problem = ""

    @property
    def session(self) -> Session:
        """The play as it stands; the saved moves are measured when it is first asked for."""
        return self._session or self.catch_up()

    @property
    def problem(self) -> str:
        """What is the matter with the files, "" where nothing is."""
        return self._problem or self.notes.problem

    @property
    def saved(self) -> int:
        """Moves in the file that this table has not measured yet."""
        return 0 if self._session else len(self._store.moves()[0])

    def catch_up(self) -> Session:
        """Play what the file holds, where that is not what this table has played."""
        moves, problem = self._store.moves()
        if self._session is None or (moves != self._played and not problem):
            self._session = Session(self.scenario, *self.objects, reference=self.reference)
            self._session.play(moves)
            self._played = list(moves)
            self._problem = problem
        return self._session

    def say(self, breaks: object = None, give_or_take: object = None) -> None:
        """Say before the next move which promise will break first (its metric, or ``"nothing"``), and by how much the
        prediction may be off, in its own unit. It stands in the transcript and on the scorecard; no grade hangs on it.
        """
        try:
            self._said = self.read_said(breaks, give_or_take)
        except ValueError as problem:
            print(problem)

    def read_said(self, breaks: object, give_or_take: object) -> Said:
        """What may be said before a move, as data. Raises ValueError with a sentence."""
        may = (*self.session.breakable, NOTHING)
        if breaks is None or breaks is ...:
            breaks = ""
        elif breaks not in may:
            raise ValueError(f"breaks is {shown(breaks)}; give it one of {', '.join(map(repr, may))}")
        spread = simplify(give_or_take)
        if spread is None or spread is ...:
            return Said(str(breaks))
        if type(spread) not in (int, float) or not 0 <= spread < math.inf:
            raise ValueError(f"give_or_take is {shown(spread)}; give it a number, 0 or more")
        return Said(str(breaks), float(spread))

    def move(self, move: Mapping[str, object], said: Said = UNSAID) -> tuple[Outcome, bool]:
        """Make one move and show nothing: the outcome, and whether it is new."""
        session = self.catch_up()
        if self.on_reference:
            move = {**move, "on": REFERENCE}
        before, printed = len(session.outcomes), len(session.printed)
        outcome = session.propose(dict(move))
        self.printed = session.printed[printed:]
        new = len(session.outcomes) > before
        if new:
            self._problem = self._store.add(outcome.move)
            self._played.append(outcome.move)
            self.notes.say(outcome, said)
            self.cards.heard(outcome)
            for heard in self.watchers:
                heard(outcome)
        return outcome, new

    def propose(
        self, round: object = None, predict: object = None, on: object = None, **knobs: object
    ) -> None:
        """Run a design in round ``round``: a value for each knob, and ``predict``, the expected value of the metric
        that the round names. Shows what was measured, what broke first, and what the interviewer says to it.

        ``on="reference"`` measures it on the course's implementation, in a round that failed three times on your own.
        """
        if self.planning:
            _show(planning.standing(self.scenario, self.plan.plan))
            return
        if on == REFERENCE and not (self.may_use_reference or self.on_reference):
            print(f"on the reference only after {STUCK} runs of this round on your own code; leave on= out")
            return
        design = {name: simplify(value) for name, value in knobs.items()}
        said, self._said = self._said, UNSAID
        move = {"round": simplify(round), "design": design, "predict": simplify(predict)}
        outcome, new = self.move(move | ({"on": on} if on is not None else {}), said)
        session = self.session
        latest = session.outcomes[-1].move if session.outcomes else None
        folded = outcome.counted and not new and outcome.move != latest
        page = told(outcome, session, folded=folded, printed=self.printed, said=self.notes.now.said(outcome))
        if new and outcome.passed and (card := self.cards.card):
            *came, line = page.blocks
            page = replace(page, blocks=(*came, *drilling.waiting(card[1], session, card[0]), line))
        _show(page)

    @property
    def may_use_reference(self) -> bool:
        """Whether the open round may be played on the course's implementation."""
        return self.session.stuck and not self.on_reference

    # ── before the knobs ────────────────────────────────────────────────────────────────────────────────

    @property
    def planning(self) -> bool:
        """Whether the knobs are still locked."""
        return self.plan.waits(self.session)

    def before(
        self, clarify: object = None, estimates: object = None, data: object = None, path: object = None
    ) -> None:
        """Write one or more of the four fields before the knobs, and show all of them: see
        :mod:`course.interview.before`. ``estimates`` maps the name of each to a number."""
        try:
            self.plan.write(clarify=clarify, estimates=estimates, data=data, path=path)
        except ValueError as problem:
            print(problem)
            return
        self._note()
        _show(self._plan_page())

    def lock(self) -> None:
        """Lock the four fields: the knobs are free, and the reference's fields stand beside yours."""
        self.plan.settle(LOCKED)
        self._note()
        _show(self._plan_page())

    def skip(self) -> None:
        """Go to the knobs without the four fields; it is kept that you did."""
        self.plan.settle(SKIPPED)
        self._note()
        _show(self.page())

    def _note(self) -> None:
        if self.noted:
            self.noted()

    def _plan_page(self) -> Page:
        plan = self.plan.plan
        if not plan.done:
            return planning.standing(self.scenario, plan)
        beside = tuple(planning.told(self.scenario, plan))
        return Page(f"{self.scenario.title} · before the knobs", beside, "passed")

    # ── drill cards ─────────────────────────────────────────────────────────────────────────────────────

    def drill(self, text: object = "", exponents: object = (), breaks: object = "") -> None:
        """Answer the card that waits: in words; with the two ``exponents`` where it asks how work grows; with the metric
        that ``breaks`` first where it asks what ten times the load does."""
        card = self.cards.card
        if card is None:
            print("no drill card waits: one comes after a passed round")
            return
        try:
            answer = self.cards.read(card[1], text, exponents, breaks)
        except ValueError as problem:
            print(problem)
            return
        number, drill = card
        kept = self.cards.answer(answer)
        self._note()
        _show(
            Page(drilling.title(drill, number), tuple(drilling.answered(drill, kept, self.session)), "passed")
        )

    def transcript(self) -> Markdown:
        """The play so far as Markdown: shown rendered; ``print`` or ``str`` give its text."""
        return transcript(self.session, self.notes.now)

    def save_transcript(self, folder: Path | None = None) -> str:
        """Write the transcript beside the notebook, to read and as data; returns what was written, or why not."""
        if kept_in_memory():
            return "not written: a grader or a gate runs"
        where = (folder or self.notes.path.parent).resolve()
        try:
            files = record.save(self.session, self.notes.now, where)
        except OSError as error:
            return f"not written to {where.name}: {error.strerror}"
        return "written beside the notebook: " + " and ".join(path.name for path in files)

    def page(self) -> Page:
        """Where the play stands."""
        if self.planning:
            return planning.standing(self.scenario, self.plan.plan)
        return standing(self.session, self.problem, self.notes.now)

    def _ipython_display_(self) -> None:
        """On its screen; raises NotImplementedError where there is none, for text."""
        if self._screen is None:
            raise NotImplementedError
        self._screen(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.page()._repr_mimebundle_()

    def __repr__(self) -> str:
        return self.page().text()


def _show(page: Page) -> None:
    """Display ``page`` where IPython runs, print it elsewhere."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        print(page.text(), end="\n\n")
    else:
        from IPython.display import display

        display(page)  # type: ignore[no-untyped-call]
