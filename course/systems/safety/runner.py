"""Running a rule that may crash, hang or answer nonsense: every failure becomes a score of 0 with its reason."""

import threading
from collections.abc import Callable
from typing import Protocol

from course.systems.safety.errors import RuleScoreError, RuleTimeoutError
from course.systems.safety.rules import Rule, RuleSet, rule_score
from course.systems.safety.safety_report import Judgement

REASON_LENGTH = 200
"""Characters of an error's message that a reason keeps: messages may quote the response."""


class RuleRunner(Protocol):
    """How a rule is run. Raises ``TimeoutError`` for a rule that gives no score in time."""

    def run(self, rule: Rule, text: str) -> float: ...


class DirectRunner:
    """Calls the rule and waits for as long as it takes."""

    def run(self, rule: Rule, text: str) -> float:
        """The rule's checked score."""
        return rule_score(rule, text)


class DeadlineRunner:
    """Gives a rule ``deadline`` seconds in a thread of its own, then stops waiting.

    Python cannot kill a thread, so a hung evaluation keeps its thread until it returns. ``stuck`` counts those, and at
    ``max_stuck`` further evaluations fail at once: a bulkhead, or one hung rule would take every thread of the process.
    Only a process of its own can truly be ended; it costs a message each way for every evaluation.

    ``wait(done, seconds) -> bool`` waits for an event; a test passes its own, so that no test waits for real.
    """

    def __init__(
        self,
        deadline: float,
        max_stuck: int = 8,
        wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        self.deadline = deadline
        self.max_stuck = max_stuck
        self._wait = wait
        self._threads: list[threading.Thread] = []

    @property
    def stuck(self) -> int:
        """Evaluations that are past their deadline and have not returned."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        return len(self._threads)

    def run(self, rule: Rule, text: str) -> float:
        """The rule's checked score; raises :class:`~course.systems.safety.errors.RuleTimeoutError` when it is not there in time."""
        stuck = self.stuck
        if stuck >= self.max_stuck:
            raise RuleTimeoutError(rule.name, self.deadline, stuck)
        done = threading.Event()
        results: list[float] = []
        errors: list[Exception] = []

        def evaluate() -> None:
            try:
                results.append(rule_score(rule, text))
            except Exception as error:
                errors.append(error)
            finally:
                done.set()

        thread = threading.Thread(target=evaluate, daemon=True)
        thread.start()
        if not self._wait(done, self.deadline):
            self._threads.append(thread)
            raise RuleTimeoutError(rule.name, self.deadline, self.stuck)
        if errors:
            raise errors[0]
        return results[0]


def judge_rule(rule: Rule, text: str, runner: RuleRunner) -> tuple[float, str]:
    """``(score, reason)``: the rule's score and "", or 0.0 and why there is none. Never raises an ``Exception``.

    A rule that fails is a rule that did not clear the text, so it fails closed.
    """
    try:
        return runner.run(rule, text), ""
    except TimeoutError as error:
        return 0.0, f"timed out: {error}"[:REASON_LENGTH]
    except RuleScoreError as error:
        return 0.0, f"no valid score: {error}"[:REASON_LENGTH]
    except Exception as error:
        return 0.0, f"crashed: {type(error).__name__}: {error}"[:REASON_LENGTH]


def judge_rules(rule_set: RuleSet, text: str, runner: RuleRunner) -> Judgement:
    """Every rule's score of ``text`` by name, in the order of the rules, and the reasons of those that failed."""
    by_rule: dict[str, float] = {}
    faults: dict[str, str] = {}
    for rule in rule_set.rules:
        by_rule[rule.name], reason = judge_rule(rule, text, runner)
        if reason:
            faults[rule.name] = reason
    return Judgement(by_rule, faults, rule_set.generation)
