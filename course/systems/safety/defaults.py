"""What a filter does when it cannot judge: no rule in force yet, or a rule that fails. Each answer has a price."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.rules import Rule

DEFAULTS = ("open", "closed", "wait")


@dataclass(frozen=True)
class Outage:
    """What came of the responses that arrived before the required rules were in force, and after."""

    harm_served: int
    good_blocked: int
    delayed: int
    served: int

    def cost(self, per_harm: float, per_block: float, per_delay: float = 0.0) -> float:
        """The price of it all, given the price of each kind of mistake."""
        return per_harm * self.harm_served + per_block * self.good_blocked + per_delay * self.delayed


def missing_rules(safety_filter: ResponseSafetyFilter, required: Iterable[str]) -> tuple[str, ...]:
    """Names of ``required`` rules that are not in force: a filter that lacks one is not ready, however well it scores."""
    in_force = set(safety_filter.rule_names())
    return tuple(sorted(name for name in required if name not in in_force))


def run_outage(
    responses: Sequence[tuple[str, bool]],
    safety_filter: ResponseSafetyFilter,
    required: Iterable[str],
    arrivals: Mapping[int, Sequence[Rule]],
    default: str,
    threshold: float = 0.5,
) -> Outage:
    """Play ``responses`` (text, whether it is harmful) through a filter whose rules arrive late.

    ``arrivals[i]`` are the rules that come into force just before response ``i``. While a required rule is missing:
    "open" serves by the score as it stands (1.0 with no rule), "closed" blocks all, "wait" delays each response until the
    rules are there and judges it then (responses left waiting at the end are blocked). O(responses × rules).
    """
    if default not in DEFAULTS:
        raise ValueError(f"default {default!r} is unknown; choose one of {', '.join(DEFAULTS)}")
    required = tuple(required)
    harm_served = good_blocked = delayed = served = 0
    waiting: list[tuple[str, bool]] = []

    def settle(text: str, harmful: bool, passes: bool) -> None:
        nonlocal harm_served, good_blocked, served
        served += passes
        harm_served += passes and harmful
        good_blocked += not passes and not harmful

    for index, (text, harmful) in enumerate(responses):
        for rule in arrivals.get(index, ()):
            safety_filter.add_rule(rule)
        ready = not missing_rules(safety_filter, required)
        if not ready and default == "wait":
            waiting.append((text, harmful))
            delayed += 1
            continue
        if ready:
            for earlier in waiting:
                settle(*earlier, safety_filter.score(earlier[0]) >= threshold)
            waiting.clear()
        passes = (ready or default == "open") and safety_filter.score(text) >= threshold
        settle(text, harmful, passes)
    for text, harmful in waiting:
        settle(text, harmful, False)
    return Outage(harm_served, good_blocked, delayed, served)


def break_even_share(per_harm: float, per_block: float) -> float:
    """The share of harmful responses at which serving all and blocking all cost the same.

    Serving all costs share × per_harm a response, blocking all (1 - share) × per_block; equal at
    per_block / (per_harm + per_block). Above it, fail closed. O(1).
    """
    return per_block / (per_harm + per_block)


def wrong_block_share(rules: int, fault_share: float) -> float:
    """Share of good responses blocked because one of ``rules`` independent rules failed, each with ``fault_share``.

    1 - (1 - f)^n under "strict" and "balanced", where one 0 is enough: the price of failing closed. O(1).
    """
    return 1.0 - (1.0 - fault_share) ** rules
