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

    Round ``i`` asks ``critic.critique(words, prompt, current)``, where ``words`` is ``constitution.text(sections[i])``
    and ``current`` is ``response`` in round 0 and the revision of the round before in every other.

    * The critique is a non-empty string: the revision is ``critic.revise(critique, prompt, current)``.
    * The critique is ``""``: the section finds nothing. ``critic.revise`` is **not** called, the revision is ``current``,
      and the round is recorded all the same (it is the evidence of *adherence*); later sections are still asked.

    Each round gives one ``Triple(prompt, original, critique, revision, section, constitution, parent)``: ``original``
    is the response that this round read, ``section`` the id, ``constitution`` the ``.version`` under which it was
    read, ``parent`` the ``.id`` of the triple before (None in round 0). The last triple's revision is what the policy
    will be trained on. A section may occur twice; no sections give ``[]``.

    Raises ``UnknownSection(id, version)`` if any of ``sections`` is not in ``constitution.ids``, before the critic is
    asked anything: a chain is never left half made.

    Cost: one critique a section, at most one revision a section. Source: arXiv 2212.08073, §3.1.
    """
    for section in sections:
        if section not in constitution.ids:
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
