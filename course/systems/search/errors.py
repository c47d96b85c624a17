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
        self.got, self.dim = got, dim


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


class Truncated(SearchError):
    """The bytes end within a number."""

    def __init__(self, at: int) -> None:
        super().__init__(f"the bytes end at {at}, within a number: read the whole block")
        self.at = at


class BadBlock(SearchError):
    """Blocks of fewer than one posting."""

    def __init__(self, block: int) -> None:
        super().__init__(f"a block of {block} postings holds nothing: pass block >= 1")
        self.block = block


class NotIncreasing(SearchError):
    """Two neighbours among ids, or among the positions of a document, of which the second is not larger."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__(f"{after} stands after {before}: sort, and drop what comes twice")
        self.before, self.after = before, after


class NoPositions(SearchError):
    """A document is listed under a term that it does not hold anywhere."""

    def __init__(self, doc: int) -> None:
        super().__init__(f"document {doc} has no position: leave it out of the list")
        self.doc = doc


class EmptyQuery(SearchError):
    """A query that says nothing: every document would answer it."""

    def __init__(self) -> None:
        super().__init__("the query has no word to look for: ask for one at least")


class BadFanout(SearchError):
    """Merges of fewer than two segments: they would never come to an end."""

    def __init__(self, fanout: int) -> None:
        super().__init__(f"a merge of {fanout} segments leaves as many as before: pass fanout >= 2")
        self.fanout = fanout


class BadBase(SearchError):
    """A smallest size of a tier that is below one document."""

    def __init__(self, base: int) -> None:
        super().__init__(f"tiers that begin at {base} documents have no sizes: pass base >= 1")
        self.base = base


class NothingToMerge(SearchError):
    """A merge of no segments."""

    def __init__(self) -> None:
        super().__init__("no segment was picked: merge one at least")


class EmptyIndex(SearchError):
    """No document is there to be scored."""

    def __init__(self) -> None:
        super().__init__("the index holds no documents: add one before you search")


class BadParameter(SearchError):
    """A parameter of BM25 that makes no sense."""

    def __init__(self, name: str, value: float) -> None:
        super().__init__(f"{name} is {value}: k1 is 0 or more, and b lies from 0 to 1")
        self.name, self.value = name, value


class NotComparable(SearchError):
    """A score that is NaN: nothing is above or below it."""

    def __init__(self, doc: int) -> None:
        super().__init__(f"the score of document {doc} is not a number: mend the scoring first")
        self.doc = doc


class BadWindow(SearchError):
    """A window that does not move forward, or that the next one does not overlap."""

    def __init__(self, window: int, step: int) -> None:
        super().__init__(f"a window of {window} with step {step}: pass a step of 1 to window - 1")
        self.window, self.step = window, step


class NoVersion(SearchError):
    """A stage judged, and nobody says which model it was."""

    def __init__(self, stage: str) -> None:
        super().__init__(f"stage {stage!r} judged without a version: name the one that is served")
        self.stage = stage


class UnknownModel(SearchError):
    """A record names a model that is not kept any more."""

    def __init__(self, stage: str, version: str) -> None:
        super().__init__(f"no model {version!r} for stage {stage!r}: keep each one as long as its records")
        self.stage, self.version = stage, version


class UnknownRecord(SearchError):
    """A number that no record has."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no record {number}: ask for a number that append gave")
        self.number = number


class DuplicateId(SearchError):
    """A document that two shards sent."""

    def __init__(self, doc: int) -> None:
        super().__init__(f"document {doc} came from two shards: let one of them alone own it")
        self.doc = doc


class NoAnswer(SearchError):
    """A search to which no shard has answered."""

    def __init__(self) -> None:
        super().__init__("no shard has answered: refuse, and say so; an empty page would be a lie")


class WeightsDoNotMatch(SearchError):
    """Another number of weights than of lists to fuse."""

    def __init__(self, lists: int, weights: int) -> None:
        super().__init__(f"{weights} weights do not fit {lists} lists: pass one for each list")
        self.lists, self.weights = lists, weights


class BadWeight(SearchError):
    """A weight that is negative or no finite number."""

    def __init__(self, weight: float) -> None:
        super().__init__(f"a weight is {weight}: pass a finite number of 0 or more")
        self.weight = weight


class BadConstant(SearchError):
    """A constant of reciprocal rank fusion that is negative or no finite number."""

    def __init__(self, k: float) -> None:
        super().__init__(f"k is {k}: pass a finite number of 0 or more")
        self.k = k


class ScoreNotFinite(SearchError):
    """A score that is infinite or NaN: it has no place between the lowest and the highest."""

    def __init__(self, arm: int, doc: int) -> None:
        super().__init__(f"the score of document {doc} in arm {arm} is not finite: mend that arm first")
        self.arm, self.doc = arm, doc


class NothingAsked(SearchError):
    """A page or a list of fewer than one document was asked for."""

    def __init__(self, name: str, value: int) -> None:
        super().__init__(f"{name} is {value}, which asks for nothing: pass {name} >= 1")
        self.name, self.value = name, value


class AllArmsDown(SearchError):
    """No retriever answered, so nobody knows what would be found."""

    def __init__(self, arms: int) -> None:
        super().__init__(f"none of {arms} arms answered: say so, and show no empty page")
        self.arms = arms


class TooFew(SearchError):
    """A count of what there must be one of at least."""

    def __init__(self, name: str, value: int) -> None:
        super().__init__(f"{name} is {value}: pass {name} >= 1")
        self.name, self.value = name, value


class RowNotFinite(SearchError):
    """A stored vector with a NaN or an infinity in it: no score of it can be compared."""

    def __init__(self, row: int) -> None:
        super().__init__(f"vector {row} holds a number that is not finite: embed its text again first")
        self.row = row


class BadEmbedding(SearchError):
    """An embedder that gave back another shape than it was asked for: nobody knows which vector is whose."""

    def __init__(self, expected: tuple[int, ...], got: tuple[int, ...]) -> None:
        super().__init__(
            f"the embedder gave shape {got} for a batch of shape {expected}: mend it, then put again"
        )
        self.expected, self.got = expected, got


class UnknownDocument(SearchError):
    """An id that is not stored."""

    def __init__(self, name: str) -> None:
        super().__init__(f"document {name!r} is not stored: put it first")
        self.name = name


class NotFinished(SearchError):
    """A migration that some documents still wait for."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} documents still live in the old space: step on, or roll back")
        self.left = left


class CellsDoNotFit(SearchError):
    """A number of cells that so many vectors cannot fill."""

    def __init__(self, k: int, n: int) -> None:
        super().__init__(f"{k} cells for {n} vectors: pass k from 1 to the number of vectors")
        self.k, self.n = k, n


class PartsDoNotDivide(SearchError):
    """Vectors that cannot be cut into so many equal parts."""

    def __init__(self, dim: int, m: int) -> None:
        super().__init__(
            f"{dim} dimensions do not make {m} equal parts: pass an m that divides the dimensions"
        )
        self.dim, self.m = dim, m


class NotTrained(SearchError):
    """Something was coded or searched before there were centroids."""

    def __init__(self) -> None:
        super().__init__("there are no centroids yet: call train first")
