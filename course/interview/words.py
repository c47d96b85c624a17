"""Numbers, designs and counts in words: how everything that is shown of an interview says them."""

import math
from collections.abc import Mapping

from course.interview.outcome import Verdict
from course.interview.scenario import SHARE, Design, Scenario, Slo, Value


def number(value: float, unit: str = "", digits: int = 3) -> str:
    """``value`` as a person would say it: ``digits`` significant, thousands marked."""
    if math.isnan(value):
        return "not measurable"
    if math.isinf(value):
        return "without bound" if value > 0 else "without bound below 0"
    text = f"{value:,.0f}" if 1000 <= abs(value) < 1e15 and digits < 4 else f"{value:.{digits}g}"
    unit = "" if unit == SHARE else unit
    return f"{text}{'' if unit in ('', '%', '×') else ' '}{unit}".replace("-", "−", 1 if value < 0 else 0)


def limit(slo: Slo) -> str:
    """The budget: ``≤ 50 ms``."""
    return f"{'≤' if slo.at_most else '≥'} {number(slo.limit, slo.unit, digits=6)}"


def measured(verdict: Verdict) -> str:
    """What was measured, with as many digits as tell it from the limit."""
    if 0 < abs(verdict.measured) < abs(verdict.slo.limit) / 10_000:
        return f"≈ {number(0, verdict.slo.unit)}"
    digits = 3
    while digits < 15 and verdict.measured != verdict.slo.limit and (
        number(verdict.measured, digits=digits) == number(verdict.slo.limit, digits=digits)
    ):  # fmt: skip
        digits += 1
    return number(verdict.measured, verdict.slo.unit, digits)


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
