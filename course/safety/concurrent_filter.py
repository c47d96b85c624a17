"""A filter that many threads may use: no rule is lost, no score is stale, the cache is bounded."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from course.safety.errors import CacheSizeError, DuplicateRuleError
from course.safety.locks import Lock, holding
from course.safety.response_filter import ResponseSafetyFilter
from course.safety.rules import Rule, RuleSet
from course.safety.runner import DirectRunner, RuleRunner, judge_rules
from course.safety.safety_report import Judgement, SafetyReport


class ConcurrentSafetyFilter(ResponseSafetyFilter):
    """:class:`~course.safety.response_filter.ResponseSafetyFilter` for many threads, with at most ``capacity`` entries.

    A rule that fails (crashes, hangs past ``runner``'s deadline, answers nonsense) scores 0 and is named in the report's
    ``faults``. ``lock`` guards ``self._rule_set`` and ``self._entries``; take it with ``with holding(self._lock):``, and
    hold it for bookkeeping only: a rule evaluated under it would make every other caller wait for that rule, and
    a rule that calls the filter would wait for itself.

    Raises :class:`~course.safety.errors.CacheSizeError` unless ``capacity`` is a whole number from 1 up.
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
        self._entries: OrderedDict[str, Judgement] = (
            OrderedDict()
        )  # digest -> judgement, least recently used first
        for rule in rules:
            self.add_rule(rule)

    def rule_names(self) -> list[str]:
        """Names of the rules in force, in the order in which they were added."""
        return [rule.name for rule in self._rule_set.rules]

    def cached(self) -> list[str]:
        """Digests in the cache, least recently used first."""
        with holding(self._lock):
            return list(self._entries)

    def add_rule(self, rule: Rule) -> None:
        """Put ``rule`` in force; when this returns, every score that begins afterwards counts it.

        Replace ``self._rule_set`` by a new ``RuleSet`` with a higher ``generation`` and the rule appended: a caller that
        holds the old one goes on undisturbed, so neither it nor its tuple of rules may be changed in place. Reading the
        old set, making the new one and dropping the cached judgements must be one step for every other thread, or two
        rules added at once lose one. Raises :class:`~course.safety.errors.DuplicateRuleError` (given the name) for a name
        already in force, changing nothing; of two threads that add one name, exactly one gets it. The new rule is not
        evaluated here. O(rules).
        """
        with holding(self._lock):
            current = self._rule_set
            if rule.name in [known.name for known in current.rules]:
                raise DuplicateRuleError(rule.name)
            self._rule_set = RuleSet(current.generation + 1, (*current.rules, rule))
            self._entries.clear()

    def judge(self, response: str) -> Judgement:
        """The judgement of ``response`` by the rules in force, from the cache where it is there.

        1. Under the lock: take ``self._rule_set``, and return the entry under the response's ``digest`` if there is one,
           marking it the most recently used.
        2. Without the lock: ``judge_rules(rules, response, self.runner)``, with the rules of the set taken in step 1.
        3. Under the lock: keep the judgement as the most recently used, dropping the least recently used beyond
           ``self.capacity``; but only if ``self._rule_set`` is still of the generation of step 1, or a rule added during
           step 2 would be missing from this entry for as long as it lives; and only if it has no ``faults``, or a
           passing failure would block this response for ever.

        The judgement is returned either way: a call that was under way while a rule was added may answer by the rules
        that it began with, and its ``by_rule`` says which those were. The lock is taken at most twice. Complexity: one
        evaluation a rule on a miss, none on a hit; O(1) under the lock; at most ``capacity`` entries.

        Source: the stale-set problem and its cure are section 3.2.1 (leases) of Nishtala et al., "Scaling Memcache at
        Facebook", NSDI 2013.
        """
        key = self.digest(response)
        with holding(self._lock):
            begun = self._rule_set
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
                return found
        judgement = judge_rules(begun.rules, response, self.runner)
        with holding(self._lock):
            if self._rule_set.generation == begun.generation and not judgement.faults:
                self._entries[key] = judgement
                self._entries.move_to_end(key)
                if len(self._entries) > self.capacity:
                    self._entries.popitem(last=False)
        return judgement

    def score(self, response: str) -> float:
        """The safety score of ``response``, from 0 to 1."""
        return self.combine(list(self.judge(response).by_rule.values()))

    def report(self, response: str) -> SafetyReport:
        """The detailed report, with the rules that failed and why."""
        judgement = self.judge(response)
        score = self.combine(list(judgement.by_rule.values()))
        return SafetyReport(response, score, dict(judgement.by_rule), self.clock(), dict(judgement.faults))
