"""Numbers, designs and counts in words: how everything that is shown of an interview says them."""

import math
from collections.abc import Mapping

from course.interview.outcome import Judgement
from course.interview.scenario import Design, Scenario, Slo, Value
from course.numbers import SHARE, number


def limit(slo: Slo) -> str:
    """The budget: ``≤ 50 ms``."""
    return f"{'≤' if slo.at_most else '≥'} {number(slo.limit, slo.unit, digits=6)}"


def measured(verdict: Judgement) -> str:
    """What was measured, with as many digits as tell it from the limit."""
    if 0 < abs(verdict.measured) < abs(verdict.slo.limit) / 10_000:
        return f"≈ {number(0, verdict.slo.unit)}"
    digits = 3
    while (
        digits < 15
        and verdict.measured != verdict.slo.limit
        and (number(verdict.measured, digits=digits) == number(verdict.slo.limit, digits=digits))
    ):
        digits += 1
    return number(verdict.measured, verdict.slo.unit, digits)


WITHIN = 1.96
"""Standard deviations of an interval that holds the truth 19 times in 20."""


def interval(verdict: Judgement) -> tuple[float, float] | None:
    """Wilson's 95% interval of a share, percentage or count that says on how many it was measured; None for others.

    Source: E. B. Wilson, *Probable inference, the law of succession, and statistical inference* (1927).
    """
    whole = {SHARE: 1.0, "%": 100.0}.get(verdict.slo.unit, float(verdict.sample))
    if verdict.sample <= 0 or not 0 <= verdict.measured <= whole:
        return None
    share, n, square = verdict.measured / whole, verdict.sample, WITHIN**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = WITHIN / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return whole * max(0.0, middle - half), whole * min(1.0, middle + half)


def sampled(verdict: Judgement) -> str:
    """On how many a promise was measured, and the interval: ``0.021 to 0.046 on 600``; "" where it does not say."""
    ends = interval(verdict)
    if ends is None:
        return f"on {verdict.sample:,}" if verdict.sample > 0 else ""
    unit = verdict.slo.unit
    return f"{number(ends[0], digits=2)} to {number(ends[1], unit, digits=2)} on {verdict.sample:,}"


def percent(slack: float) -> str:
    """Slack as a signed share of the limit."""
    if math.isinf(slack):
        return "none" if slack < 0 else "all"
    share = 100 * abs(slack)
    text = f"{share:,.0f}" if share >= 10 else f"{share:.2g}"
    return f"{'−' if slack < 0 else '+'}{text}%"


def factor(ratio: float) -> str:
    """By what factor something missed: ``×2.1``."""
    return f"×{number(ratio)}"


def amount(value: Value, unit: str = "") -> str:
    """A knob's value."""
    return value if isinstance(value, str) else number(value, unit, digits=6)


def listed(scenario: Scenario, design: Design) -> str:
    """A design: ``servers = 12, kind = plain``."""
    units = {knob.name: knob.unit for knob in scenario.knobs}
    return ", ".join(f"{name} = {amount(value, units.get(name, ''))}" for name, value in design.items())


def change(before: Mapping[str, Value], after: Mapping[str, Value]) -> str:
    """What differs between two designs: ``copies 1 → 2``; "" where nothing does."""
    return ", ".join(
        f"{name} {amount(before[name])} → {amount(value)}"
        for name, value in after.items()
        if name in before and before[name] != value
    )


def plural(count: int, noun: str) -> str:
    """``3 runs``, ``1 run``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
