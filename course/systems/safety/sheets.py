"""The deep-dive sheet and the values sheet: written by the learner, and able to say what they lack."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from course import facts
from course.systems.safety.errors import IncompleteSheetError

TRAITS = (
    "changed a design when the facts changed",
    "solved what had no known answer",
    "saw a failure before it happened",
    "said what I did not know",
    "stopped or slowed something for safety",
)
"""What the rounds look for, each as something that happened."""

_NUMBER = re.compile(r"\d")
_QUANTITY = re.compile(r"\d\s*(?:[%€$£]|[^\W\d_])|[€$£]\s*\d")
_WORD = re.compile(r"[^\W\d_]{2,}")
_OWN = re.compile(r"\b(I|I'd|I've|I'm|my|me|mine|myself)\b")
_SHARED = re.compile(r"\b(we|our|us|ours)\b", re.IGNORECASE)


@dataclass(frozen=True)
class ProjectClaim:
    """Something that the project achieved: the sentence, the number before and after with its unit, how it was measured."""

    sentence: str
    before: str
    after: str
    measured_by: str


@dataclass(frozen=True)
class Decision:
    """A choice of yours: what, instead of what, what it cost (the trade-off), and what would have changed your mind."""

    chosen: str
    instead_of: str
    cost: str
    would_change_if: str


@dataclass(frozen=True)
class ProjectFailure:
    """What broke, how it was noticed, what it did to users, and what you did so that it does not come back."""

    what: str
    noticed_by: str
    harm: str
    mend: str


@dataclass(frozen=True)
class DeepDiveSheet:
    """One project, ready to be drilled: your part, claims with numbers, decisions, failures, and what you would change."""

    project: str
    my_part: str
    claims: Sequence[ProjectClaim]
    decisions: Sequence[Decision]
    failures: Sequence[ProjectFailure]
    would_change: str

    def gaps(self) -> tuple[str, ...]:
        """What an interviewer would find missing, in the order of the sheet; empty when the sheet is complete.

        Every field says something ("x" does not); two claims at least, each with a number and its unit before and after;
        two decisions, each with its alternative and its cost; a failure, with what it did to users; your own part in the
        first person singular. O(characters).
        """
        found = _empty("project", self.project) + _empty("what I would change", self.would_change)
        if not _OWN.search(self.my_part) or _SHARED.search(self.my_part):
            found.append("my part: say what I did, not what we did")
        else:
            found += _empty("my part", self.my_part)
        for kind, items, least in (
            ("claim", self.claims, 2),
            ("decision", self.decisions, 2),
            ("failure", self.failures, 1),
        ):
            if len(items) < least:
                found.append(f"{kind}s: {len(items)} of at least {least}")
            for number, item in enumerate(items, 1):
                for field, text in vars(item).items():
                    if field not in ("before", "after"):
                        found += _empty(f"{kind} {number}, {field.replace('_', ' ')}", text)
        for number, claim in enumerate(self.claims, 1):
            for field, text in (("before", claim.before), ("after", claim.after)):
                if not _QUANTITY.search(text):
                    found.append(f"claim {number}, {field}: no number with its unit in {text!r}")
        return tuple(found)

    def minutes(self) -> float:
        """How long the sheet takes to say, at the average rate of speech."""
        return len(self.text().split()) / facts.SPEECH_WORDS_PER_MIN.value

    def text(self) -> str:
        """The sheet as prose, to be read aloud."""
        parts = [self.project, self.my_part]
        for item in (*self.claims, *self.decisions, *self.failures):
            parts += [str(text) for text in vars(item).values()]
        return ". ".join(part for part in (*parts, self.would_change) if part.strip())

    def require_complete(self) -> None:
        """Raise :class:`~course.systems.safety.errors.IncompleteSheetError` with the first gap, if there is one."""
        _require("the deep-dive sheet", self.gaps())


@dataclass(frozen=True)
class ValuesStory:
    """One true story: the traits that it shows, the situation, what you did, the evidence, and what you were unsure of."""

    traits: Sequence[str]
    situation: str
    action: str
    evidence: str
    doubt: str


@dataclass(frozen=True)
class ValuesSheet:
    """The stories for the values round, and whether together they carry it."""

    stories: Sequence[ValuesStory]
    traits: Sequence[str] = TRAITS

    def coverage(self) -> dict[str, tuple[int, ...]]:
        """For each trait the numbers (from 1) of the stories that show it."""
        return {
            trait: tuple(i for i, story in enumerate(self.stories, 1) if trait in story.traits)
            for trait in self.traits
        }

    def gaps(self) -> tuple[str, ...]:
        """What is missing: a trait without a story, a story without situation, own action, evidence or doubt.

        Evidence holds a number or something that another person could look at (a quotation in quotation marks). An action
        is in the first person singular. A story that must carry more than two traits carries none of them. O(characters).
        """
        found: list[str] = []
        for number, story in enumerate(self.stories, 1):
            for field in ("situation", "action", "evidence", "doubt"):
                found += _empty(f"story {number}, {field}", getattr(story, field))
            if story.action.strip() and not _OWN.search(story.action):
                found.append(f"story {number}, action: say what I did")
            if story.evidence.strip() and not (
                _NUMBER.search(story.evidence) or re.search(r"[\"“«].+[\"”»]", story.evidence)
            ):
                found.append(f"story {number}, evidence: no number and no quotation")
            if len(story.traits) > 2:
                found.append(f"story {number}: {len(story.traits)} traits, 2 at most")
            found += [
                f"story {number}: unknown trait {trait!r}"
                for trait in story.traits
                if trait not in self.traits
            ]
        found += [f"no story shows: {trait}" for trait, stories in self.coverage().items() if not stories]
        return tuple(found)

    def require_complete(self) -> None:
        """Raise :class:`~course.systems.safety.errors.IncompleteSheetError` with the first gap, if there is one."""
        _require("the values sheet", self.gaps())


def _empty(field: str, text: str) -> list[str]:
    """A gap where ``text`` says nothing: two words are the least, or one of five letters."""
    words = _WORD.findall(text)
    if len(words) > 1 or any(len(word) > 4 and len(set(word)) > 2 for word in words):
        return []
    return [f"{field}: {f'{text!r} says nothing' if text.strip() else 'nothing written'}"]


def _require(sheet: str, gaps: tuple[str, ...]) -> None:
    if gaps:
        raise IncompleteSheetError(sheet, gaps)
