"""`ResponseSafetyFilter`: rules added at run time, one score from 0 to 1, a detailed report, a cache."""

import hashlib
import time
from collections.abc import Callable, Sequence

from course.systems.safety.errors import DuplicateRuleError, UnknownStrictnessError
from course.systems.safety.rules import Rule, rule_score
from course.systems.safety.safety_report import SafetyReport


class ResponseSafetyFilter:
    """Scores a model's response against the safety rules in force: 1.0 is safe, 0.0 is not.

    Rules may be added at any time, without a restart. ``strictness`` says how the scores of
    the rules become one, and may be changed at any time. ``clock`` returns the time in
    seconds that a report carries. For one thread; see ``ConcurrentSafetyFilter`` for more.

    Raises ``UnknownStrictnessError`` for a strictness that it does not know.
    """

    STRICTNESS = ("strict", "balanced", "lenient")

    def __init__(
        self,
        rules: Sequence[Rule] = (),
        strictness: str = "balanced",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.strictness = strictness
        self.clock = clock
        self._rules: list[Rule] = []
        self._cache: dict[str, dict[str, float]] = {}  # digest of a response -> its score by rule
        if strictness not in self.STRICTNESS:
            raise UnknownStrictnessError(strictness, self.STRICTNESS)
        for rule in rules:
            self.add_rule(rule)

    def rule_names(self) -> list[str]:
        """Names of the rules in force, in the order in which they were added."""
        return [rule.name for rule in self._rules]

    def cached(self) -> list[str]:
        """Keys of the cache: SHA-256 digests in hexadecimal, oldest entry first, however often it is read."""
        return list(self._cache)

    @staticmethod
    def digest(response: str) -> str:
        """The cache's key of ``response``: the SHA-256 of its UTF-8 bytes, in hexadecimal.

        The built-in ``hash`` would not do: it differs from process to process, and two texts
        may share it. O(bytes). Source: FIPS 180-4.
        """
        # half of a surrogate pair is no valid UTF-8, and a response may hold one
        return hashlib.sha256(response.encode("utf-8", "surrogatepass")).hexdigest()

    def add_rule(self, rule: Rule) -> None:
        """Put ``rule`` in force, last in ``self._rules``: every score from now on counts it.

        ``rule`` is not evaluated here. Raises ``DuplicateRuleError(rule.name)`` and changes
        nothing if a rule of exactly that name is in force: in a report by name one of the two
        would hide the other. O(rules).
        """
        if rule.name in self.rule_names():
            raise DuplicateRuleError(rule.name)
        self._rules.append(rule)
        self._cache.clear()

    def combine(self, scores: Sequence[float]) -> float:
        """One score from those of the rules (each from 0 to 1), by ``self.strictness``.

        "strict": the lowest. "balanced": the harmonic mean, n / (1/s1 + ... + 1/sn), which is
        0.0 where a score is 0. "lenient": the arithmetic mean. No scores at all: 1.0.

        Raises ``UnknownStrictnessError(self.strictness, self.STRICTNESS)``, whatever the scores:
        the attribute may have been set to anything since the start. O(n).
        """
        if self.strictness not in self.STRICTNESS:
            raise UnknownStrictnessError(self.strictness, self.STRICTNESS)
        if not scores:
            return 1.0
        if self.strictness == "strict":
            return min(scores)
        if self.strictness == "lenient":
            return sum(scores) / len(scores)
        if min(scores) == 0.0:
            return 0.0
        return len(scores) / sum(1.0 / score for score in scores)

    def score(self, response: str) -> float:
        """The safety score of ``response``, from 0 to 1: what ``combine`` makes of its rules' scores.

        A rule's score is ``rule_score(rule, response)``, which refuses NaN and whatever lies
        outside [0, 1]. ``self._cache`` keeps the scores by rule under ``self.digest(response)``:
        one evaluation a rule the first time, then none until a rule is added, whatever the
        strictness becomes. A first sight costs O(rules); a later one no more than ``combine``.

        An error that a rule or ``rule_score`` raises passes to the caller, before that of an
        unknown strictness, and nothing is kept of ``response``.
        """
        key = self.digest(response)
        if key not in self._cache:
            self._cache[key] = {rule.name: rule_score(rule, response) for rule in self._rules}
        return self.combine(list(self._cache[key].values()))

    def report(self, response: str) -> SafetyReport:
        """``SafetyReport(response, score, by_rule, timestamp)``: what ``score`` says now, and why.

        ``by_rule`` maps each rule's name to its score, in the order of the rules (the report
        makes its own copy). ``timestamp`` is ``self.clock()``, read once for each report. Costs
        the evaluations that ``score`` would cost, and raises what ``score`` would raise.
        """
        score = self.score(response)
        by_rule = self._cache[self.digest(response)]
        return SafetyReport(response, score, by_rule, self.clock())
