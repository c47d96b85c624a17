"""One page of results out of several retrievers, with nothing on it that the user may not see."""

from collections.abc import Callable, Sequence
from typing import Any

from course.systems.search.arms import Arm, Lists, Page
from course.systems.search.errors import AllArmsDown, NothingAsked


def filtered_search(
    arms: Sequence[Arm],
    query: Any,
    allowed: Callable[[int], bool],
    fuse: Callable[[Lists], list[tuple[int, float]]],
    *,
    size: int = 10,
    depth: int = 100,
) -> Page:
    """The best ``size`` documents for ``query`` that the user may see, as a ``Page(ids, scores, down, short)``, which is given.

    Each arm is asked once: ``arm.search(query, depth)`` gives pairs of an id and a score, best first. An arm that raises
    ``ConnectionError``, at once or while its answer is read, is down and gave nothing; the numbers of such arms, from 0 and
    rising, are ``down``. ``fuse(lists)``, which is called once, takes one list of pairs for each arm, in the order of the arms, each
    best first, and empty for an arm that is down. It returns pairs of an id and its fused score in the order of the page.

    Only ids for which ``allowed(id)`` is true, Python's or NumPy's, are on the page. ``allowed`` is asked at most once for an id,
    and only for ids that an arm returned. ``short`` says that there are fewer than ``size``; nothing is asked again to fill it.

    Raises ``NothingAsked("size", size)`` for a size below 1, then ``NothingAsked("depth", depth)`` for a depth below 1, both
    before an arm is asked; then ``AllArmsDown(arms)``, with their number, where no arm answered. Any other error of an arm, and every
    error of ``allowed``, goes on to the caller. Calls: one for each arm, and one of ``allowed`` for each candidate at most.
    """
    for name, value in (("size", size), ("depth", depth)):
        if value < 1:
            raise NothingAsked(name, value)
    lists: Lists = []
    down: list[int] = []
    for number, arm in enumerate(arms):
        try:
            lists.append(list(arm.search(query, depth)))
        except ConnectionError:
            lists.append([])
            down.append(number)
    if len(down) == len(arms):
        raise AllArmsDown(len(arms))
    candidates = {doc for found in lists for doc, _ in found}
    permitted = {doc for doc in candidates if allowed(doc)}
    best = fuse([[pair for pair in found if pair[0] in permitted] for found in lists])[:size]
    return Page([doc for doc, _ in best], [score for _, score in best], down, len(best) < size)
