"""The part before the knobs in the widget: four fields, a clock of their own, the path drawn as it is written."""

from collections.abc import Callable

import ipywidgets as w

from course.interview.before import LOCKED, SKIPPED, read_path
from course.notebook.screens import planning
from course.notebook.screens.blocks import Block, Drawn, Hint, Says
from course.notebook.screens.boxes import NOTHING_YET, box, of, part, plain, safely
from course.notebook.screens.clock import stopwatch_html
from course.notebook.screens.desk import PlanDesk
from course.numbers import NotANumber, number, read_number


class Planner:
    """The fields of ``desk``. ``done`` is called once they are locked or skipped."""

    def __init__(self, desk: PlanDesk, done: Callable[[], None]) -> None:
        assert desk.scenario.before is not None
        self.desk, self.done = desk, done
        layout, _ = plain()
        self.clock = part()
        self.begin = w.Button(description=f"Start the {desk.scenario.minutes} minutes", layout=layout)
        self.texts = {
            name: w.Textarea(
                description=label, placeholder=planning.EXAMPLE[name], continuous_update=False, layout=layout
            )
            for name, label in planning.FIELDS.items()
        }
        self.numbers = {
            each.name: w.Text(
                description=f"{each.name}, {each.unit}",
                placeholder="a number",
                continuous_update=False,
                layout=layout,
            )
            for each in desk.scenario.before.estimates
        }
        self.answers = part(NOTHING_YET)
        self.picture = part(NOTHING_YET)
        self.lock = w.Button(description="Lock and compare", button_style="primary", layout=layout)
        self.skip = w.Button(description="Skip to the knobs", layout=layout)
        self.hint = part(NOTHING_YET)
        for field in (*self.texts.values(), *self.numbers.values()):
            field.add_class("iw-field")
            field.observe(safely(self._written, self.hint), "value")
        self.lock.add_class("iw-go")
        self.skip.add_class("iw-go")
        self.begin.on_click(safely(self._begin, self.hint))
        self.lock.on_click(safely(lambda _: self._settle(LOCKED), self.hint))
        self.skip.on_click(safely(lambda _: self._settle(SKIPPED), self.hint))
        self.root = box(
            "iw-plan",
            part(of([Says(desk.scenario.opening, latest=True), *planning.asked(desk.scenario)])),
            box("iw-timer", self.clock, self.begin),
            self.texts["clarify"],
            self.answers,
            box("iw-row", *self.numbers.values()),
            self.texts["data"],
            self.texts["path"],
            self.picture,
            box("iw-row", self.lock, self.skip),
            self.hint,
        )
        self.fill()

    def fill(self) -> None:
        """Set the fields to what is kept."""
        plan = self.desk.plan
        for name, field in self.texts.items():
            field.value = getattr(plan, name)
        for name, field in self.numbers.items():
            if name in plan.estimates:
                field.value = number(plan.estimates[name], digits=6).replace(",", "")
        self.refresh()

    def refresh(self) -> None:
        """Show what follows from the fields: the clock, the answers to what was asked, and the picture."""
        plan = self.desk.plan
        since = plan.since
        spent = None if since is None else self.desk.now() - since
        self.clock.value = stopwatch_html(spent, 60 * self.desk.scenario.minutes)
        self.begin.disabled = since is not None
        self.answers.value = of(planning.answers(self.desk.scenario, plan))
        path = read_path(plan.path)
        drawn: list[Block] = [Drawn(path)] if path.edges else []
        self.picture.value = of(drawn)

    def _begin(self, _: object) -> None:
        self.desk.write()
        self.refresh()
        self.texts["clarify"].focus()

    def _written(self, *_: object) -> None:
        """Keep what is in the fields, where it is another than what is kept."""
        plan, wrong = self.desk.plan, []
        estimates = {}
        for name, field in self.numbers.items():
            try:
                value = read_number(field.value)
            except NotANumber as problem:
                wrong.append(f"{name}: {problem}")
                continue
            if value is not None:
                estimates[name] = value
        texts = {
            name: field.value for name, field in self.texts.items() if field.value != getattr(plan, name)
        }
        changed = {name: value for name, value in estimates.items() if plan.estimates.get(name) != value}
        try:
            if texts or changed:
                self.desk.write(**texts, **({"estimates": changed} if changed else {}))
        except ValueError as problem:
            wrong.append(str(problem))
        self.hint.value = of([Hint("; ".join(wrong))] if wrong else [])
        self.refresh()

    def _settle(self, state: str) -> None:
        self.desk.settle(state)
        self.done()
