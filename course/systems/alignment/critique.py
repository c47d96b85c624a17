"""Phase one: a response is criticised against a principle and rewritten, and every step is kept and linked."""

from collections.abc import Sequence
from dataclasses import dataclass

from course.systems.alignment.constitution import Constitution
from course.systems.alignment.errors import UnknownSection
from course.systems.alignment.judge import Critic
from course.systems.alignment.records import Triple


def critique_and_revise(
    prompt: str, response: str, sections: Sequence[str], constitution: Constitution, critic: Critic
) -> list[Triple]:
    """Criticise and revise ``response`` once for each of ``sections``, in order; return the chain of triples.

    ``critic.critique(words, prompt, response)`` takes a section's words (``constitution.text(id)``) and returns what is
    wrong with the response under them, ``""`` if nothing is; every other text, a blank one too, is an objection.
    ``critic.revise(critique, prompt, response)`` returns the response rewritten to meet an objection. Each section reads
    what the sections before it left.

    Returns one ``Triple(prompt, original, critique, revision, section, constitution, parent)`` a section:

    * ``original`` is the response that this round read, ``revision`` the response after it,
    * ``section`` the id, ``constitution`` the ``.version`` that it was read in,
    * ``parent`` the ``.id`` of the triple before, None for the first.

    A section that finds nothing changes nothing, asks for no revision, and is recorded all the same: it is the evidence
    of *adherence*. A section may occur twice. No sections give ``[]``. The policy is trained on every revision.

    Raises ``UnknownSection(id, version)`` for the first of ``sections`` that is not in ``constitution.ids``, before the
    critic is asked anything: a chain is never left half made.

    Cost: one critique a section, one revision an objection. Source: arXiv 2212.08073, §3.1.
    """
    known = constitution.ids
    for section in sections:
        if section not in known:
            raise UnknownSection(section, constitution.version)
    chain: list[Triple] = []
    current, parent = response, None
    for section in sections:
        critique = critic.critique(constitution.text(section), prompt, current)
        revision = critic.revise(critique, prompt, current) if critique else current
        triple = Triple(prompt, current, critique, revision, section, constitution.version, parent)
        chain.append(triple)
        current, parent = revision, triple.id
    return chain


@dataclass(frozen=True)
class Quarantined:
    """A demonstration that the review held back, and why."""

    prompt: str
    response: str
    section: str
    critique: str


def quality_review(
    demonstrations: Sequence[tuple[str, str]],
    sections: Sequence[str],
    constitution: Constitution,
    critic: Critic,
) -> tuple[list[tuple[str, str]], list[Quarantined]]:
    """Split (prompt, response) demonstrations into those to which no section objects and those to which one does.

    The gate blocks; what it blocks is kept with the first objection, so that the cost of a wrong block can be counted.
    """
    kept: list[tuple[str, str]] = []
    held: list[Quarantined] = []
    for prompt, response in demonstrations:
        for section in sections:
            critique = critic.critique(constitution.text(section), prompt, response)
            if critique:
                held.append(Quarantined(prompt, response, section, critique))
                break
        else:
            kept.append((prompt, response))
    return kept, held
