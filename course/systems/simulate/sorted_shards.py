"""The smallest index that shows what cutting costs: sorted lists, each searched by halving it."""


class SortedShards:
    """The numbers 0, 1, 2, … below ``documents``, dealt to ``shards`` sorted lists; a query asks every list.

    ``comparisons`` counts what all look-ups so far compared.
    """

    def __init__(self, documents: int, shards: int) -> None:
        self.lists = [list(range(first, documents, shards)) for first in range(shards)]
        self.comparisons = 0

    def find(self, wanted: int) -> bool:
        """Whether any list holds ``wanted``. Complexity: O(shards · log(documents / shards)) comparisons."""
        return any([self._in(one, wanted) for one in self.lists])

    def _in(self, one: list[int], wanted: int) -> bool:
        low, high = 0, len(one)
        while low < high:
            middle = (low + high) // 2
            self.comparisons += 1
            if one[middle] < wanted:
                low = middle + 1
            else:
                high = middle
        return low < len(one) and one[low] == wanted
