"""Errors of the safety library: each says the value, the limit and the way out."""

import math


class SafetyError(Exception):
    """Base of every error that the safety library raises on purpose."""


class UnknownStrictnessError(SafetyError, ValueError):
    """The strictness is none of the levels that the filter knows."""

    def __init__(self, strictness: object, known: tuple[str, ...]) -> None:
        super().__init__(f"strictness {strictness!r} is unknown; choose one of {', '.join(known)}")
        self.strictness, self.known = strictness, known


class DuplicateRuleError(SafetyError, ValueError):
    """A rule of that name is already in force, so one of the two would vanish from the report."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"a rule named {name!r} is already in force; rename the new one or replace the old one"
        )
        self.name = name


class UnknownRuleError(SafetyError, KeyError):
    """No rule of that name is in force."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"no rule named {name!r}; the rules in force are {', '.join(known) or 'none'}; add it first"
        )

    def __str__(self) -> str:
        return str(self.args[0])


class RuleScoreError(SafetyError, ValueError):
    """A rule returned something that is not a score from 0 to 1."""

    def __init__(self, name: str, value: object) -> None:
        shown = "NaN" if isinstance(value, float) and math.isnan(value) else repr(value)
        super().__init__(f"rule {name!r} returned {shown}; a score is a number from 0 (unsafe) to 1 (safe)")


class RuleTimeoutError(SafetyError, TimeoutError):
    """A rule gave no score within its deadline."""

    def __init__(self, name: str, deadline: float, stuck: int = 0) -> None:
        waiting = f" ({stuck} evaluations are stuck)" if stuck else ""
        super().__init__(f"rule {name!r} gave no score within {deadline:g} s{waiting}; treat its score as 0")


class CacheSizeError(SafetyError, ValueError):
    """The cache's capacity is not a positive whole number."""

    def __init__(self, capacity: object) -> None:
        super().__init__(
            f"cache capacity {capacity!r} is not a whole number from 1 up; give the entries to keep"
        )


class UnboundedRuleError(SafetyError, ValueError):
    """A rule that needs the whole text cannot judge a stream before it ends."""

    def __init__(self, name: str, window: object) -> None:
        super().__init__(
            f"rule {name!r} has window {window!r}, not a number of words from 1 up; wrap it in WindowedRule(rule, words)"
        )


class StreamClosedError(SafetyError, RuntimeError):
    """Text came after the stream was finished."""

    def __init__(self, words: int) -> None:
        super().__init__(
            f"the stream ended after {words} words; make a new StreamScorer for the next response"
        )
        self.words = words


class LockHeldError(SafetyError, RuntimeError):
    """A lock was asked for while it was held: with a real lock this call would wait for ever."""

    def __init__(self, during: str) -> None:
        super().__init__(
            f"the lock is held already {during}; release it before calling code that is not yours"
        )


class DeadlockError(SafetyError, RuntimeError):
    """Every task waits for a lock that another one holds."""

    def __init__(self, waiting: tuple[str, ...]) -> None:
        super().__init__(
            f"every task waits for a lock: {', '.join(waiting)}; hold no lock while calling a rule"
        )


class TooManySchedulesError(SafetyError, RuntimeError):
    """There are more interleavings than the exploration may run."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} schedules; use fewer tasks or steps, or raise limit")


class EndlessScheduleError(SafetyError, RuntimeError):
    """A task goes on and on in one interleaving."""

    def __init__(self, task: str, steps: int) -> None:
        super().__init__(f"{task} has not come to an end after {steps} steps; wait for what will change")


class NoTrainingDataError(SafetyError, ValueError):
    """A classifier needs examples of both classes."""

    def __init__(self, restricted: int, allowed: int) -> None:
        super().__init__(f"{restricted} restricted and {allowed} allowed examples; give at least one of each")


class IncompleteSheetError(SafetyError, ValueError):
    """A preparation sheet lacks what an interviewer will ask for."""

    def __init__(self, sheet: str, gaps: tuple[str, ...]) -> None:
        super().__init__(f"{sheet} has {len(gaps)} gaps, 0 are allowed; first: {gaps[0]}")


class AgendaError(SafetyError, ValueError):
    """The minutes of an agenda do not fit its round."""

    def __init__(self, name: str, planned: float, available: float) -> None:
        super().__init__(f"{name} plans {planned:g} minutes of {available:g}; shorten a section")


class NoPlanError(SafetyError, ValueError):
    """The rounds do not fit into the days under the constraints."""

    def __init__(self, name: str, minutes: float, days: int) -> None:
        super().__init__(
            f"{name} ({minutes:g} min) fits on none of {days} days; add a day, raise the minutes a day, or drop a round"
        )
