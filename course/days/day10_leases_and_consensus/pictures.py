"""Day 10's pictures and lines: schedules that lose an entry, and what a margin buys."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from course.notebook.predictions import Prediction
from course.systems.cluster.schedules import Found, Schedules


def by_counting(log: Sequence[int], match: Sequence[int], term: int, known: int) -> int:
    """The rule that the prediction is about: an entry counts as committed when a majority has it, whatever its term."""
    shared = sorted((*match, len(log)), reverse=True)[(len(match) + 1) // 2]
    return max(shared, known)


@cache
def shortest() -> Found:
    """The shortest schedule of all in which counting loses a committed entry."""
    return Schedules(commit=by_counting).search()


@cache
def none_at_all() -> Found:
    """The same search with the finished rules, in smaller bounds."""
    return Schedules(terms=4, entries=2).search()


def logs() -> Any:
    """A function that draws the logs of three nodes after each event of the shortest schedule."""

    def draw(prediction: Prediction) -> None:
        import matplotlib.pyplot as plt
        from matplotlib.patches import Rectangle

        events = shortest().schedule
        steps = _logs(events)
        _, axes = plt.subplots(figsize=(7.5, 3.4), dpi=80, layout="constrained")
        colors = {1: "#d9d9d9", 2: "#ffd9b3", 3: "#9fc5e8"}
        for at, (nodes, leader) in enumerate(steps):
            for node, log in enumerate(nodes):
                for place, term in enumerate(log):
                    left, low = at + place * 0.28, 2 - node
                    axes.add_patch(
                        Rectangle(
                            (left, low), 0.26, 0.5, facecolor=colors[term], edgecolor="#111111", linewidth=0.8
                        )
                    )
                    axes.text(left + 0.13, low + 0.25, str(term), ha="center", va="center", fontsize=9)
                if leader == node:
                    axes.text(
                        at + len(log) * 0.28 + 0.02, 2.25 - node, "◂", ha="left", va="center", fontsize=12
                    )
        axes.set(xlim=(-0.1, len(steps) - 0.1), ylim=(-0.15, 2.65))
        axes.set_yticks([2.25, 1.25, 0.25], ["node 0", "node 1", "node 2"])
        axes.set_xticks(
            [at + 0.3 for at in range(len(steps))],
            [event.replace(" is elected by ", " elected\nby ").replace(" and ", ", ") for event in events],
            fontsize=8,
        )
        for side in ("top", "right", "left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.tick_params(length=0)
        said = "never" if not prediction.value else f"after {prediction.value:g}"
        axes.set_title(
            f"After {len(events)} events the entry of term 2, committed on 0 and 2, is lost\n"
            f"You said: {said}. ◂ is the leader",
            fontsize=11,
            loc="left",
        )
        plt.show()

    return draw


def _logs(events: Sequence[str]) -> list[tuple[tuple[tuple[int, ...], ...], int]]:
    """The three logs and the leader after each of ``events``, as a search tells them."""
    logs: list[tuple[int, ...]] = [(1,), (1,), (1,)]
    term, leader, terms = 1, -1, {0: 1, 1: 1, 2: 1}
    found: list[tuple[tuple[tuple[int, ...], ...], int]] = []
    for event in events:
        node = int(event[0])
        if "elected" in event:
            term, leader = terms[node] + 1, node
            for each in map(int, event.split(" by ")[1].split(" and ")):
                terms[each] = max(terms[each], term)
        elif "appends" in event:
            logs[node] = (*logs[node], terms[node])
        elif "sends to" in event:
            logs[int(event[-1])] = logs[node]
        found.append(((logs[0], logs[1], logs[2]), leader))
    return found


def margins() -> Any:
    """Draw what a margin costs and what slips through, without a fence."""
    import matplotlib.pyplot as plt

    from course.days.day10_leases_and_consensus.interview import SCENARIO
    from course.systems.cluster.ownership import Hours, measured

    widths = [0.0, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0]
    hours = Hours(**{name: float(value) for name, value in SCENARIO.rounds[-1].load.items()})
    found = [measured(20.0, width, 5, hours) for width in widths]
    _, axes = plt.subplots(figsize=(7.5, 3.8), dpi=80, layout="constrained")
    axes.plot(
        widths, [each["wrong"] for each in found], "o-", color="#c8690a", label="the store takes every write"
    )
    axes.plot(widths, [0.0 for _ in widths], "s--", color="#12324d", label="the store refuses old tokens")
    axes.set_yscale("symlog", linthresh=1)
    axes.set(
        xlabel="margin, s (each second lengthens every gap by one)",
        ylabel="wrong writes a day",
        ylim=(-0.3, 3e4),
    )
    axes.set_title("A margin pays for clocks; nothing but a token pays for pauses", loc="left")
    axes.legend(frameon=False, loc="upper right")
    plt.show()
