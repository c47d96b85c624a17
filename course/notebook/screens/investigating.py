"""What is shown of an incident: by the widget, as text and on a page alike."""

import random

from course.interview.incident import Graph, Incident, Investigation, Named
from course.notebook.screens.blocks import Block, Code, Fold, Grid, Headline, Says, Text, Trace

SAMPLES, SINCE = 45, 30
"""Minutes that a graph shows, and the one in which it happened."""
NOISE = 0.06
"""Of a value, up and down, from minute to minute."""


def opening(play: Investigation) -> list[Block]:
    """What one is told, and what it costs to look."""
    incident = play.incident
    return [
        Says(incident.opening, latest=True),
        Text(
            f"Each graph that you look at takes a minute, and a minute is {incident.minute}. Then name the cause, and the graph "
            "that would have refuted it. A wrong name costs five."
        ),
    ]


def seen(play: Investigation) -> list[Block]:
    """The graphs that were looked at, in their order."""
    return [trace(play, graph) for graph in play.looked]


def trace(play: Investigation, graph: Graph) -> Trace:
    """One graph's last three quarters of an hour. The noise is drawn by its name, so that it is the same each time."""
    now, draw = play.value(graph), random.Random(f"{play.incident.id} {graph.name}")
    values = tuple(
        max(0.0, (graph.calm if minute < SINCE else now) * (1 + NOISE * draw.uniform(-1, 1)))
        for minute in range(SAMPLES)
    )
    return Trace(graph.name, values, SINCE, graph.words(graph.calm), graph.words(now))


def said(play: Investigation, named: Named) -> list[Block]:
    """What came of a name."""
    if not named.right:
        return [
            Headline("WRONG", f"{named.cause}: what mends it is done, and nothing changes", held=False),
            Text(f"Five minutes more: {play.minutes} so far, each of {play.incident.minute}."),
        ]
    if named.proved:
        why = f"Had “{named.graph}” stood otherwise, it could not have been this; nothing else is left."
    elif len(named.left) > 1:
        others = ", ".join(name for name in named.left if name != named.cause)
        why = f"Right, and not proved: what you saw also allows {others}."
    else:
        why = f"Right, but “{named.graph}” looks the same under every cause here: it refutes none."
    badge = "NAMED AND PROVED" if named.proved else "NAMED"
    return [Headline(badge, f"{named.cause}, in {play.minutes} min", held=named.proved), Text(why)]


def end(play: Investigation) -> list[Block]:
    """What mends it, and how few graphs would have done."""
    incident, plan = play.incident, play.incident.plan
    return [
        Text(f"What mends it: {play.cause.mend}."),
        Text(
            f"The best plan takes {plan.mean:.2f} graphs on average and {plan.worst:g} at most. It may begin with "
            f"{', '.join(plan.first)}."
        ),
        Fold("Every cause and every graph", (table(incident),), unfolded="summary"),
    ]


def table(incident: Incident) -> Grid:
    """The values of all graphs under all causes; a dash where one does not move."""
    rows = tuple(
        (
            graph.name,
            graph.words(graph.calm),
            *(
                graph.words(cause.values[graph.name]) if incident.moves(graph, cause) else "–"
                for cause in incident.causes
            ),
        )
        for graph in incident.graphs
    )
    head = ("graph", "calm", *(cause.name for cause in incident.causes))
    return Grid(head, rows, frozenset(range(1, len(head))))


def lines(play: Investigation) -> list[Block]:
    """How to go on by lines of text."""
    incident, graph, cause = play.incident, play.incident.graphs[0], play.incident.causes[0]
    return [
        Text(f"Graphs: {', '.join(each.name for each in incident.graphs)}."),
        Text(f"Causes: {', '.join(each.name for each in incident.causes)}."),
        Code(f'drill.look("{graph.name}")\ndrill.name("{cause.name}", refuted_by="{graph.name}")'),
    ]
