"""The race that a safety filter must win, as a program to explore; and a filter that locks every access and loses it."""

import itertools
from collections.abc import Callable

from course.systems.safety.concurrent_filter import ConcurrentSafetyFilter
from course.systems.safety.interleaving import Interleaver
from course.systems.safety.locks import holding
from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.runner import judge_rules
from course.systems.safety.safety_report import Judgement


class SteppingRule:
    """A rule with one score for everything, during whose evaluation another task may run. ``calls`` counts."""

    def __init__(self, name: str, score: float, stage: Interleaver | None = None) -> None:
        self.name = name
        self.calls = 0
        self._score = score
        self._stage = stage

    def evaluate(self, text: str) -> float:
        """The score, after a step."""
        self.calls += 1
        if self._stage is not None:
            self._stage.step()
        return self._score


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
        safety.add_rule(SteppingRule("base", table["base"], stage))
        seen: list[tuple[set[str], float, set[str]]] = []

        def score() -> None:
            before = set(safety.rule_names())
            given = safety.score("x")
            seen.append((before, given, set(safety.rule_names())))

        for name in ("b", "c"):
            rule = SteppingRule(name, table[name], stage)
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


class LockedNotGenerationSafe(ConcurrentSafetyFilter):
    """Every access under the lock, and stale all the same: a judgement is kept though the rules changed meanwhile."""

    def judge(self, response: str) -> Judgement:
        """The judgement, kept whatever the generation."""
        key = self.digest(response)
        with holding(self._lock):
            begun = self._rule_set
            if key in self._entries:
                return self._entries[key]
        judgement = judge_rules(begun.rules, response, self.runner)
        with holding(self._lock):
            self._entries[key] = judgement
        return judgement
