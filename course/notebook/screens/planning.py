"""What is shown of the part before the knobs: the four fields while they are open, and the reference's beside them once
they are locked."""

from collections.abc import Sequence

from course.interview.before import (
    LOCKED,
    SKIPPED,
    Compared,
    Guess,
    Plan,
    compare,
    covered,
    read_data,
    read_path,
)
from course.interview.scenario import Scenario
from course.interview.words import factor
from course.notebook.screens.blocks import Block, Code, Drawn, Fold, Grid, Heading, Says, Text
from course.notebook.screens.page import Page
from course.numbers import number

FIELDS = {
    "clarify": "Clarify: what would you ask?",
    "data": "Interface and data: typed calls, then each fact with its owner and key",
    "path": "Path: edges from node to node",
}
"""The fields that hold text, with their labels."""
EXAMPLE = {
    "clarify": "How many …? May …? What happens when …?",
    "data": "book(seat: str, guest: str) -> ticket: str\nseats that are free: desk, key seat, used at desk",
    "path": "guest -> door ×2 -> desk ×4 -> ledger",
}
"""What stands in an empty field."""


def asked(scenario: Scenario) -> list[Block]:
    """What is to be written, with what the estimates need: given, or the answer to a question of yours."""
    assert scenario.before is not None
    rows = tuple(
        (
            each.name,
            each.unit,
            " ".join(filter(None, [each.given, "The rest can be asked." if each.asks else ""])),
        )
        for each in scenario.before.estimates
    )
    return [
        Text(
            f"{scenario.minutes} minutes for four fields: what you would ask, three estimates, interface and data, the path of a "
            "request. Then they are locked, the knobs unlock, and the reference's stand beside yours. Nothing here costs points."
        ),
        Grid(("estimate", "unit", "given"), rows),
    ]


def standing(scenario: Scenario, plan: Plan) -> Page:
    """The four fields while they are open, and how to write them in text."""
    estimates = (
        ", ".join(f'"{each.name}": ...' for each in scenario.before.estimates) if scenario.before else ""
    )
    blocks: list[Block] = [Says(scenario.opening), *asked(scenario), *written(plan), *answers(scenario, plan)]
    blocks += [
        Code(f'table.before(clarify="...", estimates={{{estimates}}}, data="...", path="{EXAMPLE["path"]}")'),
        Text("data is a line each: a typed call, or a fact with its owner, key and where it is used:"),
        Code(EXAMPLE["data"]),
        Text("table.lock() when you are done; table.skip() goes to the knobs without it. Both are kept."),
    ]
    return Page(f"{scenario.title} · before the knobs", tuple(blocks), "open")


def written(plan: Plan) -> list[Block]:
    """What stands in the fields, the path drawn."""
    shown: list[Block] = []
    if plan.clarify:
        shown.append(Text(plan.clarify, lead="You ask"))
    if plan.estimates:
        rows = tuple((name, number(value)) for name, value in plan.estimates.items())
        shown.append(Grid(("your estimate", ""), rows, frozenset({1})))
    if plan.data:
        shown += [Text("", lead="Interface and data"), Code(plan.data)]
    path = read_path(plan.path)
    if path.edges:
        shown.append(Drawn(path))
    return shown


def answers(scenario: Scenario, plan: Plan) -> list[Block]:
    """The interviewer's answers to the questions that were asked so far, each with the question as it was understood."""
    near = covered(plan.clarify, scenario.clarify)
    return [
        Says(f"{question} {answer}")
        for (question, answer), line in zip(scenario.clarify, near, strict=True)
        if line
    ]


def beside(scenario: Scenario, plan: Plan) -> list[Block]:
    """What became of it, folded."""
    found = told(scenario, plan)
    return [Fold("Before the knobs: yours beside the reference's", tuple(found))] if found else []


def told(scenario: Scenario, plan: Plan) -> list[Block]:
    """What became of it: nothing while it is open, a line where it was skipped, else the comparison."""
    if scenario.before is None or plan.state == "":
        return []
    if plan.state == SKIPPED:
        return [Text("Before the knobs: skipped.", quiet=True)]
    assert plan.state == LOCKED
    return _compared(plan, scenario, compare(plan, scenario.before, scenario.clarify))


def _compared(plan: Plan, scenario: Scenario, found: Compared) -> list[Block]:
    assert scenario.before is not None
    minutes, seconds = divmod(round(plan.seconds), 60)
    over = f", {minutes - scenario.minutes} over" if plan.seconds > 60 * (scenario.minutes + 1) else ""
    time = f" in {minutes}:{seconds:02d}{over}" if plan.seconds >= 1 else ""
    path, its_path = read_path(plan.path), read_path(scenario.before.path)
    return [
        Heading(f"Estimates{time}: {found.right} of {len(found.guesses)} right"),
        Grid(
            ("", "estimate", "yours", "the model's", "off by", "right within", "how"),
            tuple(_guess(guess) for guess in found.guesses),
            frozenset({2, 3, 4, 5}),
        ),
        Heading("Clarify: what the interviewer can answer"),
        Grid(
            ("question", "answer", "yours that comes nearest"),
            tuple((q, a, line or "not asked") for q, a, line in found.asked),
        ),
        Heading("Interface, data and path"),
        *_listed(
            "What does not fit together in yours",
            found.remarks,
            "Yours fits together: every fact is stored, has a key, and is known where it is used.",
        ),
        *([Drawn(path, found.single)] if path.edges else [Text("You drew no path.")]),
        *_listed(
            "The reference has, and yours lacks",
            found.without,
            "Yours names everything that the reference names.",
        ),
        Fold(
            "The reference's interface, data and path",
            (Code(scenario.before.data), Drawn(its_path, found.its_single), *_typed(plan)),
        ),
    ]


def _guess(guess: Guess) -> tuple[str, ...]:
    each = guess.estimate
    off = factor(guess.factor) if guess.factor is not None else ""
    mine = number(guess.value, each.unit) if guess.value is not None else "none"
    return (
        "right" if guess.right else "off",
        each.name,
        mine,
        number(each.answer, each.unit),
        off,
        factor(each.within),
        each.how,
    )


def _listed(head: str, lines: Sequence[str], none: str) -> list[Block]:
    return [Text("\n".join(lines), lead=head)] if lines else [Text(none)]


def _typed(plan: Plan) -> list[Block]:
    calls = read_data(plan.data).calls
    return [Text("\n".join(call.text for call in calls), lead="Your calls")] if calls else []
