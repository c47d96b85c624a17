"""Explaining a block: to the person whose answer was withheld, and to the reviewer who may overrule it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.safety_report import SafetyReport

REFERENCE_LENGTH = 12
"""Characters of the digest that serve as reference: enough to find one report among billions, too few to say anything."""


@dataclass(frozen=True)
class Explanation:
    """Two texts for two readers: ``to_user`` (what, not how to get round it) and ``to_reviewer`` (everything)."""

    to_user: str
    to_reviewer: str
    reference: str
    decisive: tuple[str, ...]


def decisive_rules(
    by_rule: Mapping[str, float], combine: Callable[[Sequence[float]], float], threshold: float
) -> tuple[str, ...]:
    """The fewest rules that caused the block: had they scored 1.0, the response would have passed.

    Empty where the response passes as it is. Lowest scores first, ties by name: raising a lower score to 1.0 gains at
    least as much under each strictness, so the greedy choice is a smallest one. O(n^2) for n rules.
    """
    scores = dict(by_rule)
    blamed: list[str] = []
    for name in sorted(scores, key=lambda name: (scores[name], name)):
        if combine(list(scores.values())) >= threshold:
            break
        scores[name] = 1.0
        blamed.append(name)
    return tuple(blamed)


def explain_block(
    report: SafetyReport,
    safety_filter: ResponseSafetyFilter,
    threshold: float,
    categories: Mapping[str, str],
) -> Explanation | None:
    """Why ``report``'s response was withheld, or None if its score reaches ``threshold``.

    ``categories`` maps a rule's name to words that a user may read ("advice about medicine doses"). The user learns what
    was withheld and by whom (a program), the category, whether it was a judgement or a breakdown of the check, and what to
    do next. The user does not learn names of rules, scores, the threshold or what matched: those are a map of the way round.
    """
    if report.score >= threshold:
        return None
    decisive = decisive_rules(report.by_rule, safety_filter.combine, threshold)
    reference = safety_filter.digest(report.response)[:REFERENCE_LENGTH]
    broken = [name for name in decisive if name in report.faults]
    judged = [name for name in decisive if name not in report.faults]
    sentences = ["This answer was withheld by an automatic check before anyone read it."]
    if judged:
        topics = sorted({categories.get(name, "our usage policy") for name in judged})
        sentences.append(f"The check concerns {' and '.join(topics)}.")
    if broken:
        sentences.append("A part of the check did not run, so the answer was held back without being judged.")
        sentences.append("Trying again in a minute may be enough.")
    else:
        sentences.append("Saying what you need it for, or asking for the general idea, may be enough.")
    sentences.append(f"If this looks wrong, a person can look at it: quote reference {reference}.")
    lines = [
        f"reference {reference}  score {report.score:.3f}  threshold {threshold:g}  {safety_filter.strictness}"
    ]
    for name, score in report.by_rule.items():
        mark = "  <- decisive" if name in decisive else ""
        fault = f"  ({report.faults[name]})" if name in report.faults else ""
        lines.append(f"  {name:<24} {score:.3f}{mark}{fault}")
    return Explanation(" ".join(sentences), "\n".join(lines), reference, decisive)
