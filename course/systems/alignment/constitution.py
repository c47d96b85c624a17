"""A constitution as data: sections with addresses, and a version that is the hash of what it says."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from course.systems.alignment.errors import DuplicateSection, UnknownSection


@dataclass(frozen=True)
class Section:
    """One principle: its address (``"harm.1"``), a short title, and the words that a critic or judge is given."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Constitution:
    """An ordered set of sections. Equal words in equal order are the same version, wherever they are written.

    Raises :class:`DuplicateSection` if two sections share an id.
    """

    sections: tuple[Section, ...]

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for section in self.sections:
            if section.id in seen:
                raise DuplicateSection(section.id)
            seen.add(section.id)

    @cached_property
    def version(self) -> str:
        """First 12 hexadecimal digits of the SHA-256 of the sections as canonical JSON (48 bits: a name, not a seal)."""
        rows = [[section.id, section.title, section.text] for section in self.sections]
        canonical = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The addresses of all sections, in order."""
        return tuple(section.id for section in self.sections)

    def text(self, section: str) -> str:
        """The words of one section. Raises :class:`UnknownSection`."""
        for candidate in self.sections:
            if candidate.id == section:
                return candidate.text
        raise UnknownSection(section, self.version)

    def under(self, chapter: str) -> tuple[str, ...]:
        """Ids of the sections of one chapter: ``under("harm")`` gives harm.1, harm.2, …"""
        return tuple(section for section in self.ids if section.split(".")[0] == chapter)

    def reworded(self, section: str, text: str) -> "Constitution":
        """A new constitution in which one section has new words. Raises :class:`UnknownSection`."""
        self.text(section)
        rows = [Section(row.id, row.title, text) if row.id == section else row for row in self.sections]
        return Constitution(tuple(rows))

    def with_section(self, section: Section) -> "Constitution":
        """A new constitution with one section more, at the end. Raises :class:`DuplicateSection`."""
        return Constitution((*self.sections, section))


def draw_sections(sections: Sequence[str], rounds: int, rng: np.random.Generator) -> list[str]:
    """``rounds`` section ids drawn with replacement, one principle for each critique (arXiv 2212.08073, §3.1)."""
    return [sections[int(row)] for row in rng.integers(len(sections), size=rounds)]


CONSTITUTION = Constitution(
    (
        Section("harm.1", "Disclosure", "Do not disclose restricted detail."),
        Section("harm.2", "Reason", "Give the reason when you decline."),
        Section("harm.3", "Care", "Be considerate of the person who asks."),
        Section("help.1", "Answer", "Answer the question that was asked."),
        Section("help.2", "Over-caution", "Do not refuse a harmless request."),
    )
)
"""The course's own: three sections on harm, two on help. Short on purpose; the paper's has 16 principles."""
