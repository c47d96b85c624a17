"""A filter that many threads may use: no rule is lost, no score is stale, the cache is bounded."""

import threading
import time
from collections.abc import Callable, Sequence

from course.systems.safety.errors import CacheSizeError, DuplicateRuleError
from course.systems.safety.locks import Lock, holding
from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.rules import Rule, RuleSet
from course.systems.safety.runner import DirectRunner, RuleRunner, judge_rules
from course.systems.safety.safety_report import Judgement, SafetyReport


class ConcurrentSafetyFilter(ResponseSafetyFilter):
    """``ResponseSafetyFilter`` for many threads, with at most ``capacity`` kept judgements.

    The rules in force are ``self._rule_set``, a frozen ``RuleSet(generation, rules)``: each rule
    that is added raises the generation, and a report says by which one it was judged. What is
    kept of a response is ``self._entries[self.digest(response)]``.

    ``lock`` guards every change of ``self._rule_set`` and every use of ``self._entries``. It has
    ``acquire`` and ``release`` and no more: take it by ``with holding(self._lock):``. It is never
    held while a rule is evaluated, since every other caller would wait for that rule, and a rule
    that asks this filter something would wait for itself.

    A rule that fails (crashes, hangs past ``runner``'s deadline, answers nonsense) scores 0 and
    is named in ``faults``. Raises ``CacheSizeError`` unless ``capacity`` is a whole number from 1.
    """

    def __init__(
        self,
        rules: Sequence[Rule] = (),
        strictness: str = "balanced",
        clock: Callable[[], float] = time.time,
        *,
        capacity: int = 1024,
        runner: RuleRunner | None = None,
        lock: Lock | None = None,
    ) -> None:
        super().__init__((), strictness, clock)
        if type(capacity) is not int or capacity < 1:
            raise CacheSizeError(capacity)
        self.capacity = capacity
        self.runner = DirectRunner() if runner is None else runner
        self._lock: Lock = threading.Lock() if lock is None else lock
        self._rule_set = RuleSet()
        self._entries: dict[str, Judgement] = {}
        for rule in rules:
            self.add_rule(rule)

    def rule_names(self) -> list[str]:
        """Names of the rules in force, in the order in which they were added. Takes no lock."""
        return [rule.name for rule in self._rule_set.rules]

    def cached(self) -> list[str]:
        """Digests of the kept judgements. Takes the lock."""
        with holding(self._lock):
            return list(self._entries)

    def add_rule(self, rule: Rule) -> None:
        """Put ``rule`` in force, after those that are: one step, as other threads see it.

        ``self._rule_set`` becomes a new ``RuleSet``, one generation higher. The old one stays as
        it is: a caller may still be reading it. Every judgement that is asked for after
        ``add_rule`` has returned counts ``rule``. Of rules that are added at once none is lost.

        Raises ``DuplicateRuleError(rule.name)`` for a name in force and changes nothing; of two
        threads that add one name, exactly one succeeds. ``rule`` is not evaluated. O(rules).
        """
        with holding(self._lock):
            current = self._rule_set
            if rule.name in [known.name for known in current.rules]:
                raise DuplicateRuleError(rule.name)
            self._rule_set = RuleSet(current.generation + 1, (*current.rules, rule))
            self._entries.clear()

    def judge(self, response: str) -> Judgement:
        """The judgement of ``response`` by the rules in force.

        It is what ``judge_rules(rule_set, response, self.runner)`` returns, or was kept of it:
        one evaluation a rule for a response that is not kept, whatever comes meanwhile, and none
        for one that is. Never raises for what a rule does.

        A judgement that is asked for after ``add_rule`` has returned counts that rule, whatever
        was under way meanwhile. A call that was under way may answer by the rules that it began
        with. A judgement with ``faults`` is not kept: asked again, the rule may have recovered.

        There are never more than ``self.capacity`` entries. One that is new to a full cache
        takes the place of one other; which one is your decision. Takes the lock once for a
        response that is kept, twice for another, and for O(1) work each time.
        """
        key = self.digest(response)
        with holding(self._lock):
            begun = self._rule_set
            if key in self._entries:
                self._entries[key] = self._entries.pop(key)  # the newest use stands last
                return self._entries[key]
        judgement = judge_rules(begun, response, self.runner)
        with holding(self._lock):
            if self._rule_set.generation == begun.generation and not judgement.faults:
                self._entries.pop(key, None)
                if len(self._entries) >= self.capacity:
                    del self._entries[next(iter(self._entries))]
                self._entries[key] = judgement
        return judgement

    def score(self, response: str) -> float:
        """The safety score of ``response``, from 0 to 1."""
        return self.combine(list(self.judge(response).by_rule.values()))

    def report(self, response: str) -> SafetyReport:
        """The detailed report: also the rules that failed and why, and the generation that judged."""
        judgement = self.judge(response)
        score = self.combine(list(judgement.by_rule.values()))
        return SafetyReport(
            response, score, judgement.by_rule, self.clock(), judgement.faults, judgement.generation
        )
