"""The gate of an interview: the sample passes, and each planted defect is named with its mend. Two seconds."""

import ast
import itertools
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from interview_queue import DESIGNS, ROUNDS, SCENARIO, Door, OpenDoor, UnwrittenDoor, a_round, run, slo

import course.interview
from course.interview import Knob, Naive, Replies, Round, Scenario, check_scenario

STEADY, SPIKE, SLOW, CROWD, HALF = ROUNDS


def with_round(place: int, **changes: Any) -> Scenario:
    rounds = list(ROUNDS)
    rounds[place] = replace(rounds[place], **changes)
    return replace(SCENARIO, rounds=tuple(rounds))


def with_knob(**changes: Any) -> Scenario:
    return replace(SCENARIO, knobs=(replace(SCENARIO.knobs[0], **changes), *SCENARIO.knobs[1:]))


def measured(change: Callable[[dict[str, float]], dict[str, float]]) -> Scenario:
    return replace(SCENARIO, run=lambda design, round, *objects: change(run(design, round, *objects)))


def unsteady() -> Scenario:
    count = itertools.count()
    return measured(lambda found: found | {"wait_ms": found["wait_ms"] + 1e-9 * next(count)})


def test_the_sample_passes_with_its_object_and_without() -> None:
    assert check_scenario(SCENARIO, Door) == []
    assert (
        check_scenario(
            replace(SCENARIO, naive=Naive(design=DESIGNS["Steady"], fails_round="Spike", fails_metric="shed"))
        )
        == []
    )


def test_a_mock_round_is_longer() -> None:
    more = [a_round(f"Spike {n}", "Again.", 160, 100, "wait_ms", wait_ms=70 + n) for n in range(2)]
    designs = DESIGNS | {each.name: DESIGNS["Spike"] for each in more}
    longer = replace(
        SCENARIO,
        rounds=(STEADY, SPIKE, *more, SLOW, CROWD, HALF),
        reference=lambda round: designs[round.name],
    )
    assert "7 rounds. Mend: write 4 to 6" in check_scenario(longer, Door)
    assert check_scenario(replace(longer, mock=True), Door) == []


DEFECTS: dict[str, tuple[Scenario, str]] = {
    "too few rounds": (replace(SCENARIO, rounds=ROUNDS[:3]), "3 rounds. Mend: write 4 to 6"),
    "too many knobs": (
        replace(SCENARIO, knobs=(*SCENARIO.knobs, *(Knob(name, "more", (1, 2), default=1) for name in "xy"))),
        "5 knobs. Mend: keep the one to 4",
    ),
    "two rounds of one name": (with_round(1, name="Steady"), "two rounds are called 'Steady'"),
    "a knob called round": (with_knob(name="round"), "a knob is called 'round'"),
    "a range without end": (
        with_knob(choices=(1, float("inf"), False)),
        "goes from 1 to inf. Mend: give finite bounds",
    ),
    "one choice": (with_knob(choices=(1,)), "has choices (1,)"),
    "a default out of bounds": (
        with_knob(default=99),
        "the default of servers is 99; give it a whole number from 1 to 60",
    ),
    "a round without budget": (with_round(1, slos=()), "round 'Spike' has no budget"),
    "a limit that is no number": (
        with_round(1, slos=(slo("shed", float("nan")),)),
        "a limit that is no finite number",
    ),
    "two budgets for one metric": (
        with_round(1, slos=(slo("shed", 5), slo("shed", 6))),
        "two budgets for one metric",
    ),
    "a press on nothing": (with_round(1, presses="joy"), "presses 'joy', which no round has a budget for"),
    "no probe": (replace(SCENARIO, probes={"wait_ms": "Why?", "cost": "Why?"}), "no probe for 'shed'"),
    "a probe for nothing": (
        replace(SCENARIO, probes={**SCENARIO.probes, "joy": "Why?"}),
        "a probe for 'joy'",
    ),
    "an empty line": (with_round(2, line=" "), "the line of round 'Slow' is empty. Mend: write it"),
    "no strong reply": (
        with_round(2, replies=Replies("a", "b", "")),
        "the strong reply of round 'Slow' is empty",
    ),
    "a reference out of bounds": (
        replace(SCENARIO, reference=lambda round: {"servers": 0}),
        "the reference of round 'Steady': servers is 0",
    ),
    "a metric that run forgets": (
        measured(lambda found: {"shed": found["shed"], "cost": found["cost"]}),
        "run gave no number for 'wait_ms'",
    ),
    "a prediction that run forgets": (with_round(2, predicts="joy"), "round 'Slow' cannot measure"),
    "a metric that is NaN": (measured(lambda found: found | {"shed": float("nan")}), "measures NaN for"),
    "a run that draws without a seed": (unsteady(), "differently the second time. Mend: seed every draw"),
    "a reference that breaks": (
        with_round(3, slos=(slo("shed", 20), slo("wait_ms", 120))),
        "the reference breaks shed",
    ),
    "a naive answer that fails elsewhere": (
        replace(SCENARIO, naive=Naive(objects=(OpenDoor,), fails_round="Spike", fails_metric="shed")),
        "the naive answer fails at round 'Crowd', breaking wait_ms",
    ),
    "a naive answer that passes": (
        replace(SCENARIO, naive=Naive(objects=(Door,), fails_round="Spike", fails_metric="shed")),
        "the naive answer passes every round",
    ),
    "a naive answer that does not run": (
        replace(SCENARIO, naive=Naive(objects=(UnwrittenDoor,), fails_round="Spike", fails_metric="shed")),
        "comes to nothing in round 'Steady': UnwrittenDoor.admits is not written yet",
    ),
    "no naive answer": (
        replace(SCENARIO, naive=Naive(fails_round="Spike", fails_metric="shed")),
        "neither a design nor objects",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_named_with_its_mend(defect: str) -> None:
    scenario, words = DEFECTS[defect]
    problems = check_scenario(scenario, Door)
    assert any(words in problem for problem in problems), problems
    assert all(". Mend: " in problem for problem in problems)


def test_the_example_in_the_docstring_is_python_on_this_package() -> None:
    found = re.search(r"::\n\n(.*?)\n\nBefore the knobs", course.interview.__doc__ or "", re.DOTALL)
    assert found
    tree = ast.parse("if True:\n" + found[1])
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert {"Scenario", "Round", "Knob", "Slo", "Replies", "Naive", "Before", "Tenfold"} <= called
    assert all(hasattr(course.interview, name) for name in called - {"simulate", "Door"})
    space: dict[str, Any] = vars(course.interview) | {"simulate": lambda *_: {}}
    exec(compile(tree, "docstring", "exec"), space)
    assert isinstance(space["SCENARIO"].rounds[0], Round)


def test_importing_the_engine_loads_nothing_heavy() -> None:
    heavy = "numpy", "IPython", "matplotlib", "ipywidgets", "nbformat"
    code = f"import sys, course.interview; print([name for name in {heavy} if name in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )
