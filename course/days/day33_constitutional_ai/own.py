"""The learner's three functions as the parts of a pipeline that runs on this side: each is called through its Subject."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course.checking.errors import NotPlain
from course.checking.report import cut
from course.checking.subject import Subject, each, plain
from course.systems.alignment.constitution import Constitution
from course.systems.alignment.judge import Critic, Judge, Question
from course.systems.alignment.pipeline import Parts
from course.systems.alignment.ppo import PolicyStep
from course.systems.alignment.records import Pair, Triple


def triples(records: Any) -> list[Triple]:
    """Records that came as plain rows, as triples. Raises :class:`NotPlain`."""
    return [Triple(*row) for row in _rows(records, Triple)]


def pairs(records: Any) -> list[Pair]:
    """Records that came as plain rows, as pairs; ``sections`` may be a list. Raises :class:`NotPlain`."""
    found = [Pair(*row) for row in _rows(records, Pair)]
    for pair in found:
        if type(pair.p_a) not in (float, int, bool):
            raise NotPlain("p_a, a float", cut(repr(pair.p_a), 60))
    return [pair._replace(p_a=float(pair.p_a), sections=_tupled(pair.sections)) for pair in found]


def _tupled(sections: Any) -> Any:
    return tuple(sections) if type(sections) is list else sections


def _rows(records: Any, kind: type[Triple] | type[Pair]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = plain(records, list)
    for row in rows:
        if type(row) is not tuple or len(row) != len(kind._fields):
            raise NotPlain(f"a list of {kind.__name__}", cut(repr(records), 120))
    return rows


def parts(
    *, revise: Subject | None = None, prefer: Subject | None = None, step: Subject | None = None
) -> Parts:
    """The learner's ``critique_and_revise``, ``ai_preferences`` and ``policy_step`` for a :class:`Lab`; the library's
    stand in for those not given."""
    library = Parts()
    return Parts(
        _chain(revise) if revise is not None else library.critique_and_revise,
        _label(prefer) if prefer is not None else library.ai_preferences,
        _taken(step) if step is not None else library.policy_step,
    )


def _chain(revise: Subject) -> Callable[..., list[Triple]]:

    def chain(
        prompt: str, response: str, sections: Sequence[str], constitution: Constitution, critic: Critic
    ) -> list[Triple]:
        return triples(each(revise, [(prompt, response, list(sections), constitution, critic)])[0])

    return chain


def _label(prefer: Subject) -> Callable[..., list[Pair]]:
    def label(
        questions: Sequence[Question],
        sections: Sequence[str],
        constitution: Constitution,
        judge: Judge,
        *,
        clamp: tuple[float, float] = (0.0, 1.0),
    ) -> list[Pair]:
        # One message brings all pairs as rows, without keywords: the clamp, which comes last anyway, is applied here.
        found = pairs(each(prefer, [(list(questions), list(sections), constitution, judge)])[0])
        return [pair._replace(p_a=min(max(pair.p_a, clamp[0]), clamp[1])) for pair in found]

    return label


def _taken(step: Subject) -> Callable[..., PolicyStep]:
    def taken(*batch: Any, **options: float) -> PolicyStep:
        result = step(*batch, **options)
        if type(result) is not Subject:
            raise NotPlain("a PolicyStep", type(result).__name__)
        weights = plain(result.weights, "ndarray")
        if weights.shape != batch[0].shape or weights.dtype.kind not in "biuf":
            raise NotPlain(f"weights of shape {batch[0].shape}", f"{weights.dtype} of shape {weights.shape}")
        return PolicyStep(weights, np.nan, weights, np.nan, np.nan)

    return taken
