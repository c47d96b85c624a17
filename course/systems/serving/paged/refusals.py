"""Errors known by name: those of an answer may come from another copy of the library."""

REFUSALS: dict[str, tuple[str, ...]] = {
    "NotEnoughBlocks": ("needed", "free"),
    "UnknownTable": (),
    "InvalidRequest": (),
}
"""What an allocator refuses, each with the numbers that it carries."""


def refusal(error: Exception) -> list[str | int]:
    """The name of an error with its numbers; empty where it is none of `REFUSALS`."""
    name = type(error).__name__
    return [name, *(getattr(error, number) for number in REFUSALS[name])] if name in REFUSALS else []
