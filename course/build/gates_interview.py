"""Gates of the escalation: a scenario that plays as its script says, and a Brief whose numbers are all enforced."""

import importlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from course import facts
from course.build.days import ROOMS
from course.build.gates_room import Problem, Room
from course.mocks import PAGE
from course.syllabus import DAYS, DAYS_A_WEEK, Day

if TYPE_CHECKING:
    from course.interview import Proof, Scenario

_NUMBER = re.compile(
    r"(?<![\w.{])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(k\b|K\b|M\b|B\b|\s*(?:%|million\b|billion\b))?"
)
_SCALE = {"%": 0.01, "k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "million": 1e6, "billion": 1e9, "": 1.0}


def scenario_plays(room: Room) -> list[Problem]:
    """What :func:`course.interview.check_scenario` finds when the key's own answers are played."""
    gate, found = "interview", []
    if room.cut_run.broken:
        found.append(
            room.problem(
                gate,
                f"the scenario was not held to its rules: {room.cut_run.broken}",
                "mend what broke off, and check again",
            )
        )
    for said in room.cut_run.scenario:
        what, _, mend = said.partition(". Mend: ")
        found.append(room.problem(gate, what, mend or "see course/interview/gate.py"))
    scenario = _scenario(room)
    if scenario.id != room.day.id:
        found.append(room.problem(gate, f"the scenario's id is {scenario.id!r}", f'id="{room.day.id}"'))
    if scenario.mock:
        found.append(room.problem(gate, "the scenario is a mock round", "a mock stands in mock.py"))
    return found


def rounds_hurt(room: Room) -> list[Problem]:
    """Every round hurts and none is a needle, over the grid of the knobs: :mod:`course.interview.proof`."""
    from course.interview.gate import held_to_all

    scenario = _scenario(room)
    if not held_to_all(scenario):
        return []
    found = []
    for said in proof(room).problems:
        what, _, mend = said.partition(". Mend: ")
        found.append(room.problem("rounds", what, mend or "see course/interview/proof.py"))
    return found


def proof(room: Room) -> "Proof":
    """The proof of a day's rounds, on the library's own implementation of what the interview is played on."""
    from course.interview import prove

    homes = {exercise.name: exercise.module for exercise in room.lesson.exercises}
    played = [room.lesson.check(cell).subjects for cell in room.lesson.of("interview")]
    names = played[0] if played else ()
    objects = [getattr(importlib.import_module(homes[name]), name) for name in names]
    return prove(_scenario(room), *objects)


def mock_scenario(day: Day) -> "Scenario":
    """The scenario of a day's mock round."""
    scenario: Scenario = importlib.import_module(f"course.days.{day.package}.mock").SCENARIO
    return scenario


def mocks_hold() -> Iterator[Problem]:
    """Every mock round is one, plays as its script says, and its rounds hurt."""
    from course.interview import check_scenario, prove
    from course.interview.gate import held_to_all

    for day in DAYS:
        if not (ROOMS / day.package / "mock.py").is_file():
            continue
        scenario = mock_scenario(day)
        said = check_scenario(scenario)
        if not said and held_to_all(scenario):
            said = list(prove(scenario).problems)
        if not scenario.mock:
            said.append("mock.py holds a scenario that is no mock round. Mend: mock=True")
        if day.number % DAYS_A_WEEK:
            said.append(f"mock rounds close a week. Mend: put it into every {DAYS_A_WEEK}th day")
        page = ROOMS / day.package / PAGE
        text = page.read_text(encoding="utf-8") if page.is_file() else ""
        for part in (f"course.days.{day.package}.mock import SCENARIO", "\n## For a product manager\n"):
            if part not in text:
                said.append(
                    f"its page has no {part.strip()!r}. Mend: write {PAGE} beside it, as in day 5's room"
                )
        for each in said:
            what, _, mend = each.partition(". Mend: ")
            yield Problem(day.id, "mock", what, mend or "see course/interview/gate.py")


def printed_budgets(room: Room) -> list[Problem]:
    """Every number in the Brief's table is a limit, a load or a knob of the interview, or a fact."""
    enforced = set(_enforced(_scenario(room)))
    found = []
    for cell in room.lesson.of("markdown"):
        if cell.section != 1:
            continue
        for row in re.findall(r"^\|.*\|\s*$", cell.source, re.MULTILINE):
            for text, value in printed_numbers(row):
                if not any(abs(value - known) <= 1e-9 * max(1.0, abs(known)) for known in enforced):
                    what = f"the Brief's table says {text}, and the interview never holds anyone to it: {row.strip()}"
                    mend = "make it the limit of an Slo or a value in a round's load, or quote a fact: {facts.NAME}"
                    found.append(room.problem("budgets", what, mend))
    return found


def _scenario(room: Room) -> "Scenario":
    scenario: Scenario = importlib.import_module(f"course.days.{room.day.package}.interview").SCENARIO
    return scenario


def printed_numbers(row: str) -> Iterator[tuple[str, float]]:
    """Numbers as a person wrote them, and their values; a percentage is a share. Facts are filled in elsewhere."""
    for found in _NUMBER.finditer(re.sub(r"\{facts\.\w+\}|`[^`]*`", "", row)):
        yield (
            found[0].strip(),
            float(found[1].replace(",", "") + (found[2] or "")) * _SCALE[(found[3] or "").strip()],
        )


def _enforced(scenario: "Scenario") -> Iterator[float]:
    """Every number that the scenario puts somebody under; a percentage may be kept as 8 or as 0.08."""
    numbers = [slo.limit for each in scenario.rounds for slo in each.slos]
    numbers += [
        value for each in scenario.rounds for value in each.load.values() if isinstance(value, int | float)
    ]
    numbers += [value for knob in scenario.knobs for value in knob.choices if type(value) in (int, float)]  # type: ignore[misc]
    numbers += [fact.value for fact in vars(facts).values() if isinstance(fact, facts.Fact)]
    for number in numbers:
        yield number
        yield number / 100
