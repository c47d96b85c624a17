"""The proof of the rounds finds each planted defect, and nothing in a scenario that is right. Below a second."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from course.interview import SHARE, Design, Knob, Naive, Replies, Round, Scenario, Slo, prove

SAID = Replies("a", "b", "c")


def run(design: Mapping[str, Any], under: Round) -> dict[str, float]:
    """Copies cost money and take time off the answer; a long cache saves both and makes the answer old."""
    work = under.load["work"] * (0.2 if design["ttl"] else 1.0) + 0.01 * design["ttl"]
    return {
        "ms": work / design["copies"],
        "cost": design["copies"] * (1.0 + 0.5 * (design["batch"] == "small")),
        "age": float(design["ttl"]),
        "lost": (0.3 if design["batch"] == "large" else 0.1) / design["copies"],
    }


MS = Slo("ms", 55.0, unit="ms")
COST = Slo("cost", 3.0, unit="$")
AGE = Slo("age", 2.0, unit="s")
LOST = Slo("lost", 0.06, unit=SHARE)


def a_round(
    name: str, work: float, slos: tuple[Slo, ...], presses: str, predicts: str, relaxes: tuple[str, ...] = ()
) -> Round:
    return Round(name, "A line.", {"work": work}, slos, presses, predicts, SAID, relaxes)


def limited(slo: Slo, limit: float) -> Slo:
    return replace(slo, limit=limit)


DESIGNS: dict[str, Design] = {
    "first": {"copies": 2, "ttl": 0, "batch": "large"},
    "growth": {"copies": 2, "ttl": 4, "batch": "large"},
    "fresh": {"copies": 6, "ttl": 0, "batch": "large"},
    "loss": {"copies": 6, "ttl": 1, "batch": "small"},
}
SCENARIO = Scenario(
    id="day02",
    title="Copies",
    opening="Size it.",
    knobs=(
        Knob("copies", "copies", (1, 8, True), default=1, grid=(1, 2, 3, 4, 5, 6, 8)),
        Knob("ttl", "cache", (0, 60, True), grid=(0, 1, 4, 20)),
        Knob("batch", "batch", ("large", "small"), default="large"),
    ),
    rounds=(
        a_round("first", 100, (MS, COST, limited(AGE, 10)), "", "ms"),
        a_round("growth", 240, (limited(MS, 45), limited(COST, 2.5)), "ms", "ms"),
        a_round("fresh", 240, (limited(AGE, 0), limited(COST, 6.5)), "age", "cost", ("cost",)),
        a_round(
            "loss",
            900,
            (limited(LOST, 0.02), limited(MS, 60), limited(AGE, 2), limited(COST, 12.5)),
            "lost",
            "lost",
            ("ms", "age", "cost"),
        ),
    ),
    run=run,
    probes={},
    reference=lambda under: DESIGNS[under.name],
    naive=Naive(fails_round="growth", fails_metric="ms"),
)


def with_round(name: str, **changes: Any) -> Scenario:
    return replace(
        SCENARIO,
        rounds=tuple(replace(each, **changes) if each.name == name else each for each in SCENARIO.rounds),
    )


def with_reference(name: str, **values: Any) -> Scenario:
    designs = DESIGNS | {name: {**DESIGNS[name], **values}}
    return replace(SCENARIO, reference=lambda under: designs[under.name])


def measured(change: Callable[[Mapping[str, Any], dict[str, float]], dict[str, float]]) -> Scenario:
    return replace(SCENARIO, run=lambda design, under: change(design, run(design, under)))


def test_a_ladder_that_hurts_is_proved() -> None:
    proof = prove(SCENARIO)
    assert proof.problems == (), proof.text()
    assert proof.designs == 7 * 4 * 2
    assert [[v.slo.metric for v in each.before_fails] for each in proof.rounds] == [
        [],
        ["ms"],
        ["age"],
        ["lost", "ms"],
    ]
    assert proof.text().endswith("PROVED")


DEFECTS: dict[str, tuple[Scenario, str]] = {
    "a reference that does not hold": (
        with_reference("growth", ttl=0),
        "the reference breaks ms 120 ms, budget ≤ 45 ms of 'growth'",
    ),
    "a round that does not hurt": (
        with_round("growth", load={"work": 85}),
        "the reference of 'first' passes round 'growth': it does not hurt",
    ),
    "a press on something else": (
        with_round("loss", presses="cost"),
        "presses 'cost', and the reference before fails by lost, ms",
    ),
    "no decision left": (
        with_round("fresh", slos=(limited(AGE, 1), limited(COST, 50))),
        "designs pass round 'fresh', more than 35%",
    ),
    "a needle": (
        with_round("loss", slos=(limited(LOST, 0.0167), limited(MS, 61), limited(AGE, 2), limited(COST, 9))),
        "designs pass round 'loss', fewer than 3",
    ),
    "one design for all": (
        replace(
            SCENARIO,
            rounds=(
                *SCENARIO.rounds[:2],
                replace(SCENARIO.rounds[2], slos=(limited(AGE, 4), limited(COST, 6.5))),
                replace(SCENARIO.rounds[3], slos=(limited(LOST, 0.2), limited(MS, 500))),
            ),
        ),
        "passes every round by its own budgets",
    ),
    "a knob that never moves": (
        replace(with_reference("loss", batch="large"), knobs=SCENARIO.knobs),
        "knob batch never moves among the references",
    ),
    "a budget that loosens unsaid": (
        with_round("fresh", relaxes=()),
        "round 'fresh' loosens 'cost' from ≤ 2.5 $ ('growth') to ≤ 6.5 $ unsaid",
    ),
    "a budget that is given back and is no looser": (
        with_round("growth", relaxes=("ms",)),
        "round 'growth' relaxes 'ms' to a limit that is no looser",
    ),
    "something given back that nobody had": (
        with_round("growth", relaxes=("lost",)),
        "relaxes 'lost', which has no budget before it",
    ),
    "no room": (
        with_round(
            "loss", slos=(limited(LOST, 0.017), limited(MS, 60), limited(AGE, 2), limited(COST, 12.5))
        ),
        "the reference leaves 2.0% on lost in round 'loss'",
    ),
    "a number that was shown": (
        with_round("growth", load={"work": 200.1}, slos=(limited(MS, 50.5), limited(COST, 2.5))),
        "asks for ms, 50, which round 'first' has shown",
    ),
}
DEFECTS["a number that was shown"] = (
    replace(
        DEFECTS["a number that was shown"][0],
        reference=lambda under: (
            {"copies": 4, "ttl": 0, "batch": "large"} if under.name == "growth" else DESIGNS[under.name]
        ),
    ),
    DEFECTS["a number that was shown"][1],
)


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_planted_defect_is_found_with_its_mend(defect: str) -> None:
    scenario, words = DEFECTS[defect]
    problems = prove(scenario).problems
    assert any(words in problem for problem in problems), problems
    assert all(". Mend: " in problem for problem in problems)


def test_whole_numbers_and_the_end_of_a_share_need_no_room() -> None:
    """``cost`` is whole without the small batch: the reference may stand at its limit."""
    at_the_limit = with_round("growth", slos=(limited(MS, 45), limited(COST, 2)))
    assert prove(measured(lambda d, found: found | {"cost": float(d["copies"])})).problems == ()
    whole = replace(at_the_limit, run=lambda d, u: run(d, u) | {"cost": float(d["copies"])})
    assert not any("leaves" in problem for problem in prove(whole).problems)
    assert any("leaves 0.0% on cost" in problem for problem in prove(at_the_limit).problems)


def test_a_range_without_a_grid_is_spread_over_and_holds_the_references() -> None:
    knob = replace(SCENARIO.knobs[0], choices=(1, 1000, True), grid=())
    proof = prove(replace(SCENARIO, knobs=(knob, *SCENARIO.knobs[1:])))
    copies = sorted({1, 3, 10, 32, 100, 316, 1000} | {int(each["copies"]) for each in DESIGNS.values()})
    assert proof.designs == len(copies) * 4 * 2
