"""What can go wrong between a check and an answer, as errors."""

from typing import Any

from course.checking.report import cut


class SubjectError(Exception):
    """The learner's code raised. ``names`` are the classes in the error's MRO, ``carries`` what it says of its arguments
    (:func:`~course.checking.plain.carried` makes it fit to be compared), ``line`` is in *their* cell."""

    def __init__(self, fault: dict[str, Any], call: str = "") -> None:
        self.names: list[str] = [str(name) for name in fault.get("names", ["Exception"])]
        self.message = cut(fault.get("message", ""))
        self.function = cut(fault.get("function", ""), 120)
        self.line = fault.get("line") if type(fault.get("line")) is int else None
        self.source = cut(fault.get("source", ""), 120)
        self.carries: object = fault.get("carries")
        self.call = call
        super().__init__(self.describe())

    @property
    def unwritten(self) -> bool:
        """Whether a stub raised it: its function is not written yet."""
        return self.names[0] == "NotImplementedError" and bool(self.function)

    def describe(self) -> str:
        """The error's last line, and the learner's own line number."""
        text = f"{self.names[0]}: {self.message}" if self.message else self.names[0]
        return f"{text}\n{self.where}" if self.where else text

    @property
    def where(self) -> str:
        """The learner's own line that raised, "" where none did."""
        return f"in {self.function}, line {self.line} of your cell: {self.source}" if self.line else ""


class LimitReached(SubjectError):
    """A cap on messages was passed: size, depth or live handles."""

    def __init__(self, what: str) -> None:
        super().__init__({"names": ["LimitReached"], "message": what})


class NotPlain(SubjectError):
    """A result was not of the type that the contract states."""

    def __init__(self, wanted: str, got: str) -> None:
        self.wanted, self.got = wanted, got
        super().__init__({"names": ["TypeError"], "message": f"expected {wanted}, got {got}"})


class TookTooLong(Exception):
    """In the learner's own kernel: one request used more processor time than :data:`MAX_SECONDS`."""


class ServedError(Exception):
    """On the learner's side: an object that the check passed in raised an error that is not a built-in one."""
