"""What the search library refuses, by name: the value, the limit, the way out."""


class SearchError(ValueError):
    """Anything that an index refuses."""


class BeamTooNarrow(SearchError):
    """A beam or an answer of fewer than one node was asked for."""

    def __init__(self, name: str, value: int) -> None:
        super().__init__(f"{name} is {value}, but a search keeps at least 1 node: pass {name} >= 1")
        self.name, self.value = name, value


class DegreeTooSmall(SearchError):
    """A node was allowed fewer links than the graph can live on."""

    def __init__(self, name: str, value: int, least: int) -> None:
        super().__init__(f"{name} is {value}, but at least {least} is needed: pass {name} >= {least}")
        self.name, self.value, self.least = name, value, least


class DimensionMismatch(SearchError):
    """A vector of another length than the index holds."""

    def __init__(self, got: tuple[int, ...], dim: int) -> None:
        super().__init__(f"shape {got} does not fit an index of {dim} dimensions: pass shape ({dim},)")


class NotFinite(SearchError):
    """A vector with a NaN or an infinity in it: no distance to it can be compared."""

    def __init__(self, position: int) -> None:
        super().__init__(f"component {position} is not a finite number: clean or drop the vector first")


class UnknownId(SearchError):
    """An id that the index never gave out, or that was deleted before."""

    def __init__(self, node: int, size: int) -> None:
        super().__init__(
            f"id {node} is not among the {size} live vectors: pass an id that insert gave and delete did not take"
        )
