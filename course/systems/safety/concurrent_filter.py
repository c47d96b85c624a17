"""A filter that many threads may use: no rule is lost, no score is stale, the cache is bounded."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from course.systems.safety.errors import CacheSizeError, DuplicateRuleError
from course.systems.safety.locks import Lock, holding
from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.rules import Rule, RuleSet
from course.systems.safety.runner import DirectRunner, RuleRunner, judge_rules
from course.systems.safety.safety_report import Judgement, SafetyReport


class ConcurrentSafetyFilter(ResponseSafetyFilter):
    """``ResponseSafetyFilter`` for many threads, with at most ``capacity`` cache entries.

    A rule that fails (crashes, hangs past ``runner``'s deadline, answers nonsense) scores 0
    and is named in the report's ``faults``.

    ``lock`` guards ``self._rule_set`` and ``self._entries``. Take it by
    ``with holding(self._lock):`` (it has ``acquire`` and ``release``, and no more), and hold it
    for bookkeeping only: a rule evaluated under it makes every other caller wait for that
    rule, and a rule that calls the filter waits for itself.

    Raises ``CacheSizeError`` unless ``capacity`` is a whole number from 1 up.
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
        self._rule_set = RuleSet()  # a frozen value: generation, and a tuple of rules
        # digest -> judgement, least recently used first
        self._entries: OrderedDict[str, Judgement] = OrderedDict()
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
        """Put ``rule`` in force; every score that begins after ``add_rule`` returns counts it.

        Put a new ``RuleSet(generation, rules)`` in the place of ``self._rule_set``: one
        generation higher, with ``rule`` at the end of its tuple. Never change the old one, which
        a caller may still be reading. Drop the cached judgements. To other threads all this must
        be one step, reading the old set included, or two rules added at once lose one.

        Raise ``DuplicateRuleError(rule.name)`` for a name in force, changing nothing; of two
        threads that add one name, exactly one succeeds. ``rule`` is not evaluated here. O(rules).
        """
        with holding(self._lock):
            current = self._rule_set
            if rule.name in [known.name for known in current.rules]:
                raise DuplicateRuleError(rule.name)
            self._rule_set = RuleSet(current.generation + 1, (*current.rules, rule))
            self._entries.clear()

    def judge(self, response: str) -> Judgement:
        """The judgement of ``response`` by the rules in force, from the cache if it is there.

        1. Under the lock: take ``self._rule_set``. If ``self._entries`` has an entry under
           ``self.digest(response)``, mark it the most recently used and return it.
        2. Without the lock: ``judge_rules(rules, response, self.runner)`` gives a ``Judgement``;
           ``rules`` are those of the set taken in step 1.
        3. Under the lock: keep it as the most recently used entry, and drop the least recently
           used beyond ``self.capacity``. But keep it only if ``self._rule_set`` still has the
           generation of step 1: a rule added during step 2 would be missing from this entry for
           as long as it lives. And only if its ``faults`` are empty, or a passing failure would
           block this response for ever.

        Return the judgement, kept or not: a call under way while a rule is added may answer by
        the rules that it began with. Take the lock twice on a miss, once on a hit.

        One evaluation a rule on a miss, none on a hit; O(1) under the lock. Source: leases, in
        Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013, section 3.2.1.
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
        return SafetyReport(response, score, judgement.by_rule, self.clock(), judgement.faults)
