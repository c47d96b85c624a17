"""Invalidation scoped to a rule: a change of one rule throws away that rule's scores and no others."""

from collections import OrderedDict
from collections.abc import Sequence

from course.systems.safety.concurrent_filter import ConcurrentSafetyFilter
from course.systems.safety.errors import DuplicateRuleError, UnknownRuleError
from course.systems.safety.locks import holding
from course.systems.safety.rules import Rule, RuleSet
from course.systems.safety.runner import judge_rules
from course.systems.safety.safety_report import Judgement


class RuleScopedFilter(ConcurrentSafetyFilter):
    """A :class:`~course.systems.safety.concurrent_filter.ConcurrentSafetyFilter` whose cache survives a new rule.

    An entry holds each rule's score under the generation in which that rule came into force: a number that no two
    rules, nor two versions of one rule, ever share. Such a score never goes stale, because a rule's score of a text does
    not depend on the other rules. The race between a score and a new rule is gone with it, and after ``add_rule`` a
    cached response costs one evaluation instead of one a rule.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        self._since: dict[str, int] = {}  # rule name -> generation in which it came into force
        self._scores: OrderedDict[str, dict[int, float]] = OrderedDict()
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def cached(self) -> list[str]:
        """Digests in the cache, least recently used first."""
        with holding(self._lock):
            return list(self._scores)

    def add_rule(self, rule: Rule) -> None:
        """Put ``rule`` in force and keep every cached score; raises ``DuplicateRuleError`` for a name in force."""
        with holding(self._lock):
            if rule.name in self._since:
                raise DuplicateRuleError(rule.name)
            self._put((*self._rule_set.rules, rule), rule.name)

    def replace_rule(self, rule: Rule) -> None:
        """Put ``rule`` in the place of the one of its name, whose scores alone are lost; ``UnknownRuleError`` if none."""
        with holding(self._lock):
            if rule.name not in self._since:
                raise UnknownRuleError(rule.name, tuple(self._since))
            self._put(
                tuple(rule if known.name == rule.name else known for known in self._rule_set.rules), rule.name
            )

    def _put(self, rules: Sequence[Rule], changed: str) -> None:
        generation = self._rule_set.generation + 1
        self._rule_set = RuleSet(generation, tuple(rules))
        self._since = {**self._since, changed: generation}

    def judge(self, response: str) -> Judgement:
        """The judgement of ``response``: cached scores where a rule has one, evaluations for the rest."""
        key = self.digest(response)
        with holding(self._lock):
            generation, rules, since = self._rule_set.generation, self._rule_set.rules, self._since
            known = dict(self._scores.get(key, {}))
            if key in self._scores:
                self._scores.move_to_end(key)
        missing = [rule for rule in rules if since[rule.name] not in known]
        fresh = judge_rules(RuleSet(generation, tuple(missing)), response, self.runner)
        known |= {since[name]: score for name, score in fresh.by_rule.items() if name not in fresh.faults}
        by_rule = {rule.name: known.get(since[rule.name], 0.0) for rule in rules}
        if len(fresh.by_rule) > len(fresh.faults):
            with holding(self._lock):
                in_force = set(self._since.values())
                merged = self._scores.get(key, {}) | known
                self._scores[key] = {
                    version: score for version, score in merged.items() if version in in_force
                }
                self._scores.move_to_end(key)
                if len(self._scores) > self.capacity:
                    self._scores.popitem(last=False)
        return Judgement(by_rule, fresh.faults, generation)
