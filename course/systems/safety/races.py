"""The race that a safety filter must win, as a program to explore."""

import itertools
from collections.abc import Callable, Iterable

from course.systems.safety.interleaving import Interleaver
from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.rules import Rule, TableRule


class OtherCaller:
    """Another caller of ``safety``, who adds ``rules`` when it is called; ``refused`` counts names that were in force."""

    def __init__(self, safety: ResponseSafetyFilter, rules: Iterable[Rule]) -> None:
        self.refused = 0
        self._safety = safety
        self._rules = [*rules]

    def __call__(self) -> None:
        """Add the rules that have not been added yet."""
        while self._rules:
            try:
                self._safety.add_rule(self._rules.pop(0))
            except ValueError:  # DuplicateRuleError is one
                self.refused += 1


def rule_race(
    make: Callable[[Interleaver], ResponseSafetyFilter],
) -> Callable[[Interleaver], Callable[[], None]]:
    """A program for :func:`~course.systems.safety.interleaving.explore`: two tasks add a rule each while a third scores.

    ``make(stage)`` gives an empty filter of strictness "strict" (with ``stage.lock()`` as its lock). Afterwards no rule
    may be lost, the score given must be that of some set of rules in force during the call, and the next score that of all.
    """
    table = {"base": 0.9, "b": 0.4, "c": 0.2}

    def program(stage: Interleaver) -> Callable[[], None]:
        safety = make(stage)
        safety.add_rule(TableRule("base", {}, table["base"], during=stage.step))
        seen: list[tuple[set[str], float, set[str]]] = []

        def score() -> None:
            before = set(safety.rule_names())
            given = safety.score("x")
            seen.append((before, given, set(safety.rule_names())))

        for name in ("b", "c"):
            rule = TableRule(name, {}, table[name], during=stage.step)
            stage.spawn(f"add {name}", lambda rule=rule: safety.add_rule(rule))  # type: ignore[misc]
        stage.spawn("score", score)

        def check() -> None:
            if sorted(safety.rule_names()) != sorted(table):
                raise AssertionError(f"a rule is lost: {safety.rule_names()}")
            [(before, given, after)] = seen
            came = [set(extra) for k in range(3) for extra in itertools.combinations(after - before, k)]
            if given not in [min(table[name] for name in before | extra) for extra in came]:
                raise AssertionError(f"{given} is the score of no set of rules that was in force")
            later = safety.score("x")
            if later != min(table.values()):
                raise AssertionError(
                    f"a stale score: {later}, with every rule in force {min(table.values())}"
                )

        return check

    return program
