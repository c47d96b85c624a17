"""What can go wrong on the way from a constitution to a policy, by name. Nothing here is an exercise."""


class AlignmentError(ValueError):
    """The family of errors of :mod:`course.systems.alignment`."""


class DuplicateSection(AlignmentError):
    """Two sections of one constitution have the same id, so a record could not say which one it used."""

    def __init__(self, section: str) -> None:
        super().__init__(f"section {section!r} stands twice: give each section an id of its own")


class UnknownSection(AlignmentError):
    """A section was asked for that this version of the constitution does not have."""

    def __init__(self, section: str, version: str) -> None:
        super().__init__(
            f"constitution {version} has no section {section!r}: read its .ids, or name its version"
        )
        self.section, self.version = section, version


class UnknownVersion(AlignmentError):
    """A record names a constitution that the store was never given."""

    def __init__(self, version: str) -> None:
        super().__init__(f"no constitution {version!r} in this store: register() it before its records")


class UnknownRecord(AlignmentError):
    """An id that the store does not hold, or a triple whose parent it does not hold."""

    def __init__(self, record: str) -> None:
        super().__init__(f"no record {record!r} in this store: add the parent first, or check the id")


class AlteredRecord(AlignmentError):
    """A stored record no longer has the id that its content gives."""

    def __init__(self, stored: str, actual: str) -> None:
        super().__init__(
            f"record {stored} has content of id {actual}: it was changed after it was written; restore it"
        )


class UnknownResponse(AlignmentError):
    """A response that is not in the response space."""

    def __init__(self, response: str) -> None:
        super().__init__(
            f"no response {response!r}: pick one of course.systems.alignment.responses.RESPONSES"
        )


class NoPrinciple(AlignmentError):
    """A judge was given no section to judge by."""

    def __init__(self) -> None:
        super().__init__("0 sections, at least 1 needed: a preference under no principle is a guess")


class BadCoefficient(AlignmentError):
    """A coefficient of the policy objective outside its range."""

    def __init__(self, given: str, limit: str) -> None:
        super().__init__(f"{given}, where {limit} is needed: choose again within that range")


class NothingToLearnFrom(AlignmentError):
    """A fit was asked for on no example at all."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"0 {what}, at least 1 needed: collect some, or look at what the filter before removed"
        )
