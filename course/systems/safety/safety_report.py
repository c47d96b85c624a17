"""What a filter says about one response."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Judgement:
    """The scores of one response by rule, and the faults: rules that crashed, hung or answered nonsense, with why.

    ``generation`` is that of the rule set that judged.
    """

    by_rule: Mapping[str, float]
    faults: Mapping[str, str] = field(default_factory=dict)
    generation: int = 0


@dataclass(frozen=True)
class SafetyReport:
    """The detailed report: the response, its score, the score by rule, and when (seconds, by the filter's clock).

    ``faults`` names the rules whose score is 0 because they failed, each with what happened; ``generation`` says by which
    rule set, where a filter numbers them. The report copies both mappings: writing to them changes no other report and
    no later answer.
    """

    response: str
    score: float
    by_rule: Mapping[str, float]
    timestamp: float
    faults: Mapping[str, str] = field(default_factory=dict)
    generation: int = 0

    def __post_init__(self) -> None:
        for name in ("by_rule", "faults"):
            object.__setattr__(self, name, dict(getattr(self, name)))
