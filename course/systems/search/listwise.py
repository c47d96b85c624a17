"""A listwise judge over more documents than it can read at once: windows, from the back to the front.

Source: Sun and others, "Is ChatGPT Good at Search? Investigating Large Language Models as Re-Ranking Agents" (EMNLP 2023), section 3.2.
"""

from collections.abc import Callable, Iterable, Sequence

from course.systems.search.errors import BadWindow


def listwise_window(
    ids: Sequence[int], judge: Callable[[list[int]], Iterable[int]], *, window: int, step: int
) -> list[int]:
    """One pass over ``ids``, which are all different, from the back to the front, in windows of ``window``.

    The first window holds the last ``window`` ids, or all where there are fewer. Each window begins ``step`` places before the
    one that was judged before it, and never before the first id. The window that begins with the first id is the last one.
    ``judge(part)`` gets a list of its own with the ids that stand in the window now, and gives ids, best first, in anything that can be read
    once; they take the window's places in that order. What it gives is not trusted. What is no id of its window, and ids that come
    again, do not count; those that it leaves out follow behind, in the order in which they stood.

    Gives a new list with the same ids. ``ids`` stays as it is. ``BadWindow(window, step)`` unless 1 ≤ ``step`` < ``window``, before
    anything is judged. What ``judge`` raises goes on to the caller. No ids need no call, n ids that fit in one window need one, and
    more than that 1 + ⌈(n − ``window``) / ``step``⌉. Those calls are what it costs.
    """
    if not 1 <= step < window:
        raise BadWindow(window, step)
    order = list(ids)
    start = max(len(order) - window, 0)
    while order:
        part = order[start : start + window]
        given = [doc for doc in judge(list(part)) if doc in part]
        order[start : start + window] = dict.fromkeys([*given, *part])
        if start == 0:
            break
        start = max(start - step, 0)
    return order
