"""The file of what a player says: ``interview-notes.json`` beside ``interview.json``."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from course.checking.report import cut
from course.files import kept_in_memory, one_at_a_time, write_whole
from course.interview.before import Plan
from course.interview.cards import Answer
from course.interview.clock import Clock
from course.interview.outcome import Outcome
from course.interview.said import MAX_TEXT, NO_NOTES, Asked, Notes, Said, key, read
from course.interview.store import Unreadable, read_data

FILE = "interview-notes.json"
MAX_BYTES = 512 * 1024


class NotesFile:
    """The notes on one scenario in the kernel's folder, or in ``folder``. Each change is written at once, to the file as
    it then stands; where a grader or a gate runs, or the file cannot be used, they live in this object only.

    ``problem`` says in a sentence why they are not written, "" where they are.
    """

    def __init__(self, scenario: str, folder: Path | None = None) -> None:
        self.scenario = scenario
        self.path = (folder or Path.cwd()).resolve() / FILE
        self.problem = ""
        self.now = NO_NOTES
        self._behind = False
        """Whether the file lacks the latest change."""
        self._load()

    def write(self, text: str) -> None:
        """Replace the free notes."""
        self._change(lambda notes: replace(notes, text=cut(text, MAX_TEXT)))

    def answer(self, round_name: str, text: str) -> None:
        """Replace the spoken answer in a round."""
        self._change(lambda notes: replace(notes, answers={**notes.answers, round_name: cut(text, MAX_TEXT)}))

    def voice(self, round_name: str, text: str) -> None:
        """Keep what the voice replied in a round: its latest reply."""
        self._change(lambda notes: replace(notes, voiced={**notes.voiced, round_name: cut(text, MAX_TEXT)}))

    def ask(self, question: str, after: int) -> None:
        """Note a clarifying question; the first time counts."""
        if question not in [asked.question for asked in self.now.asked]:
            self._change(lambda notes: replace(notes, asked=(*notes.asked, Asked(question, after))))

    def say(self, outcome: Outcome, said: Said) -> None:
        """Note what was said before a move; the first time counts."""
        move = key(outcome.number, outcome.design)
        if said and move not in self.now.before:
            self._change(lambda notes: replace(notes, before={**notes.before, move: said}))

    def plan(self, how: Callable[[Plan], Plan]) -> None:
        """Change what is written before the knobs; what is locked or skipped stays."""
        self._change(lambda notes: notes if notes.plan.done else replace(notes, plan=how(notes.plan)))

    def drill(self, round_name: str, answer: Answer) -> None:
        """Keep the answer to the card after a round; the first one counts."""
        if round_name not in self.now.drills:
            self._change(lambda notes: replace(notes, drills={**notes.drills, round_name: answer}))

    def set_clock(self, clock: Clock) -> None:
        self._change(lambda notes: replace(notes, clock=clock))

    def _load(self) -> None:
        if kept_in_memory() or self._behind:
            return
        self.problem = ""
        try:
            data = read_data(self.path, MAX_BYTES)
        except FileNotFoundError:
            return
        except Unreadable as problem:
            self.problem = str(problem)
            return
        if not isinstance(data, dict) or data.get("scenario") != self.scenario:
            self.problem = f"{FILE} holds no notes on {self.scenario!r}; move it away to keep new ones"
            return
        self.now = read(data)

    def _change(self, how: Callable[[Notes], Notes]) -> None:
        with one_at_a_time(self.path.parent):
            self._load()
            self.now = how(self.now)
            if not kept_in_memory() and (self._behind or not self.problem):
                self._write()

    def _write(self) -> None:
        text = json.dumps({"scenario": self.scenario, **self.now.as_data()}, indent=1, ensure_ascii=False)
        try:
            write_whole(self.path, text.encode("utf-8", "replace"))
            self._behind, self.problem = False, ""
        except OSError as error:
            self._behind = True
            self.problem = f"not written to {FILE}, kept until the kernel stops: {error.strerror}"
