"""Spoken answers compared with their rubric by the one who gave them: what was said, what is kept, what is evidence."""

import contextlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any

from course.checking.seeds import ROOT
from course.notebook import journal
from course.notebook.released import read_cells
from course.notebook.state import home, state
from course.syllabus import Day

FILE = "spoken.jsonl"
TRANSCRIPT = "interview-transcript.md"
"""What the interview saves beside the notebook."""
FEWEST = 40
"""Words of an answer that can be compared: two minutes of speech have about 250."""
FEWEST_OF_SENTENCE = 4
"""Words of a sentence that can be evidence."""
POINTS = 3
"""Points of a rubric."""
HELD = "COURSE_COMPARE"
"""An instructor sets it to ``feedback`` to hold rubrics back until feedback lies beside the notebook."""


@dataclass(frozen=True)
class Rubric:
    """A question's rubric: its points in order, and a strong and a weak answer."""

    points: tuple[str, ...]
    strong: str
    weak: str


@dataclass(frozen=True)
class Mark:
    """What one gave oneself for a point, 0 to 2, with a sentence of the answer and a number that was measured."""

    score: int
    sentence: str = ""
    number: str = ""


@dataclass(frozen=True)
class Answered:
    """An answer as it was locked (``text`` is "" before), and the marks given to its points so far, in their order.

    ``seconds`` were spoken before; the clock runs ``since`` then (seconds of the epoch), None while it stands.
    """

    day: str
    question: int
    text: str = ""
    seconds: float = 0.0
    since: float | None = None
    marks: tuple[Mark, ...] = ()

    def spoken(self, now: float) -> float:
        """Seconds of speech until ``now``."""
        return self.seconds + (max(0.0, now - self.since) if self.since is not None else 0.0)

    @property
    def done(self) -> bool:
        """Whether each point is marked."""
        return len(self.marks) >= POINTS

    @property
    def words(self) -> int:
        return len(self.text.split())

    @property
    def score(self) -> int:
        return sum(mark.score for mark in self.marks)


class NotYet(ValueError):
    """Nothing can be compared: why, and what to do, in a sentence."""


def questions(cells: Any) -> int:
    """How many spoken questions a notebook has."""
    return sum(bool(re.fullmatch(r"day\d\d-spoken-\d+", cell.grade_id)) for cell in cells)


def rubric(day: Day, question: int) -> Rubric:
    """The rubric, as the answer key beside the course holds it. Raises :class:`NotYet` where it is held back."""
    if os.environ.get(HELD) == "feedback" and not any((home() / day.id).glob("feedback/**/*.html")):
        raise NotYet(
            "your instructor shows the rubric once feedback is out: fetch it, then run this cell again"
        )
    text = _source(ROOT / "solutions" / day.notebook, day, question)
    parts = re.split(r"^\*\*A (strong|weak) answer\.\*\*", text, flags=re.MULTILINE)
    answers = {kind: _plain(said) for kind, said in zip(parts[1::2], parts[2::2], strict=True)}
    points = tuple(_plain(point) for point in re.split(r"^\d+\. ", parts[0], flags=re.MULTILINE)[1:])
    if not points:
        raise NotYet("the rubric is not in this copy of the course: your instructor has it")
    return Rubric(points, answers.get("strong", ""), answers.get("weak", ""))


def saved(day: Day, question: int) -> str:
    """The answer as the notebook's file holds it. Raises :class:`NotYet` where it is not written, or not saved."""
    text = _source(home() / day.notebook, day, question).strip()
    words = len(text.split())
    if not text or text.startswith("*Your answer:"):
        raise NotYet(
            "write your answer in the cell above and save the notebook (Ctrl+S), then run this cell again"
        )
    if words < FEWEST:
        raise NotYet(
            f"what is saved has {words} words; two minutes of speech have about 250. Write it as you said it, save, and "
            "run this cell again"
        )
    return text


def _source(path: Path, day: Day, question: int) -> str:
    wanted = f"{day.id}-spoken-{question}"
    return next((cell.source for cell in read_cells(path) if cell.grade_id == wanted), "")


def _plain(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith("###")]
    return " ".join(" ".join(lines).replace("*", "").split())


# ── what is kept ────────────────────────────────────────────────────────────────────────────────────────────


def kept(day: str, question: int, folder: Path | None = None) -> Answered:
    """What is kept of an answer: the clock, the first text that was locked, and the first mark for each point."""
    return _kept(folder).get((day, question), Answered(day, question))


def compared(folder: Path | None = None) -> list[Answered]:
    """The answers whose points are all marked, in the order in which they were."""
    return [answered for answered in _kept(folder).values() if answered.done]


def _kept(folder: Path | None) -> dict[tuple[str, int], Answered]:
    """Every answer of which something is kept; the one that was marked last stands last."""
    found: dict[tuple[str, int], Answered] = {}
    for line in journal.read((folder or state()) / FILE):
        match line:
            case {"day": str(day), "question": int(question)}:
                was = found.get((day, question), Answered(day, question))
                now = _after(was, line)
                if len(now.marks) > len(was.marks):
                    found.pop((day, question))
                found[day, question] = now
    return found


def _after(was: Answered, line: dict[str, Any]) -> Answered:
    """``was``, and what ``line`` adds to it; what came first stays."""
    match line:
        case {"seconds": float() | int() as seconds, "text": str(text)} if not was.text:
            return replace(was, text=text, seconds=float(seconds), since=None)
        case {"seconds": float() | int() as seconds, "since": float() | int() | None as since} if (
            not was.text
        ):
            return replace(was, seconds=float(seconds), since=since)
        case {"point": int(point), "score": 0 | 1 | 2 as score} if was.text and point == len(was.marks) + 1:
            mark = Mark(score, str(line.get("sentence", "")), str(line.get("number", "")))
            return replace(was, marks=(*was.marks, mark))
    return was


def clock(answered: Answered, seconds: float, since: float | None) -> None:
    """Keep the clock of an answer: what was spoken, and since when it runs on."""
    line = {"day": answered.day, "question": answered.question, "seconds": round(seconds, 1), "since": since}
    journal.append(state() / FILE, line)


def lock(answered: Answered, text: str, seconds: float) -> None:
    """Keep the answer as it stands: what is changed in the notebook afterwards is not compared."""
    line = {"day": answered.day, "question": answered.question, "text": text, "seconds": round(seconds, 1)}
    journal.append(state() / FILE, line)


def keep(answered: Answered, mark: Mark) -> None:
    """Keep the mark for the next point."""
    line = {"day": answered.day, "question": answered.question, "point": len(answered.marks) + 1}
    said = {"score": mark.score, "sentence": mark.sentence, "number": mark.number}
    journal.append(state() / FILE, line | said)


# ── evidence ────────────────────────────────────────────────────────────────────────────────────────────────


def evidence(mark: Mark, answer: str, measured: str) -> str:
    """What is missing from ``mark``, in a sentence; "" where it stands.

    1 takes a sentence of the answer, 2 also a number of it that was measured: it stands in ``measured``.
    """
    if mark.score == 0:
        return ""
    if len(mark.sentence.split()) < FEWEST_OF_SENTENCE or _same(mark.sentence) not in _same(answer):
        return (
            "the sentence is not in your answer: copy one of yours that earns this point, four words at least"
        )
    if mark.score == 1:
        return ""
    digits = re.search(r"\d[\d.,]*", mark.number)
    if not digits or _number(digits[0]) not in _numbers(answer):
        return "2 takes a number of your answer, as it stands there"
    if not any(_stands_for(digits[0], found) for found in _numbers(measured)):
        return f"{digits[0]} was not measured in this notebook: 2 takes a number from your transcript or an output, 1 none"
    return ""


def measured(day: Day) -> str:
    """Everything that was measured in the day's notebook, as text: saved outputs, the transcript, and what predictions met."""
    found = [*_outputs(home() / day.notebook)]
    with contextlib.suppress(OSError):
        found.append((home() / day.id / TRANSCRIPT).read_text(encoding="utf-8", errors="replace"))
    for line in journal.read(state() / "predictions.jsonl"):
        if line.get("day") == day.id:
            found.append(str(line.get("measured", "")))
    return "\n".join(found)


def _outputs(path: Path) -> Iterator[str]:
    try:
        cells = json.loads(path.read_bytes())["cells"]
    except (OSError, ValueError, LookupError, TypeError):
        return
    for cell in cells if isinstance(cells, list) else []:
        for output in cell.get("outputs", []) if isinstance(cell, dict) else []:
            data = output.get("data", {}) if isinstance(output, dict) else {}
            for text in (output.get("text", ""), data.get("text/plain", "")):
                yield "".join(text) if isinstance(text, list) else str(text)
            html = data.get("text/html", "")
            yield unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", "".join(html), flags=re.DOTALL))


def sentences(text: str) -> list[str]:
    """The sentences of an answer that can be evidence: of four words at least."""
    found = re.split(r"(?<=[.!?])\s+|\n+", text)
    return [sentence.strip() for sentence in found if len(sentence.split()) >= FEWEST_OF_SENTENCE]


def _same(text: str) -> str:
    return " ".join(re.sub(r"[*_`“”\"’']", "", text).casefold().split())


def _numbers(text: str) -> list[str]:
    return [_number(found) for found in re.findall(r"\d[\d.,]*", text)]


def _number(text: str) -> str:
    return text.replace(",", "").rstrip(".")


def _stands_for(said: str, found: str) -> bool:
    """Whether ``found``, or a hundred times it, is ``said`` to as many digits as that has."""
    plain = _number(said)
    places = len(plain.partition(".")[2])
    try:
        return any(f"{scale * float(found):.{places}f}" == f"{float(plain):.{places}f}" for scale in (1, 100))
    except ValueError:
        return False
