"""A path drawn: nodes in layers from the clients on, as one SVG that follows the notebook's theme.

Layers by longest path; long edges run through places of their own; within a layer the mean place of the neighbours decides
(Sugiyama, Tagawa and Toda, 1981). An edge that leads back is dashed.
"""

import itertools
import textwrap
import zlib
from collections.abc import Mapping, Sequence
from html import escape

from course.interview.before import Path

WIDTH, LINE, GAP, BETWEEN, EDGE = 118, 15, 46, 20, 16
"""A node's width, the height of one of its lines, the room between two layers, between two nodes of one, and around all;
pixels."""
LETTERS = 17
"""Letters of a line."""
ACROSS = 6
"""More layers than this run downwards."""
SWEEPS = 4

Edge = tuple[str, str]


def picture(path: Path, single: Sequence[str] = ()) -> str:
    """The SVG of ``path``: a shadow behind a node that has copies, a heavy frame around each of ``single``."""
    if not path.edges:
        return ""
    back = _back(path)
    layers, routes = _layers(path, back)
    down = len(layers) > ACROSS
    places = _places(layers, routes, down)
    height = max(_height(node) for node in path.nodes)
    reach_x = max(x for x, _ in places.values()) + WIDTH + EDGE
    reach_y = max(y for _, y in places.values()) + height + EDGE
    tip = f"iw-tip-{zlib.crc32(repr((path, single)).encode()):x}"
    parts = [_edge([places[node] for node in route], height, down, tip) for route in routes.values()]
    parts += [
        _node(node, copies, node in single, places[node], height) for node, copies in path.nodes.items()
    ]
    said = "; ".join(f"{start} to {end}" for start, end in path.edges)
    return (
        f'<svg class="iw-path" role="img" aria-label="{escape(said)}" viewBox="0 0 {reach_x:.0f} {reach_y:.0f}" '
        f'width="{reach_x:.0f}" height="{reach_y:.0f}"><defs><marker id="{tip}" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 L8 4 L0 8 z" class="iw-tip"/>'
        f"</marker></defs>{''.join(parts)}</svg>"
    )


def _back(path: Path) -> set[Edge]:
    """The edges that close a circle, in the order in which a walk from the sources meets them."""
    found: set[Edge] = set()
    done: set[str] = set()
    for source in [*path.sources, *path.nodes]:
        if source in done:
            continue
        open_, stack = [source], [(source, iter(_after(path, source)))]
        while stack:
            node, following = stack[-1]
            for end in following:
                if end in open_:
                    found.add((node, end))
                elif end not in done:
                    open_.append(end)
                    stack.append((end, iter(_after(path, end))))
                    break
            else:
                stack.pop()
                open_.remove(node)
                done.add(node)
    return found


def _after(path: Path, node: str) -> list[str]:
    return [end for start, end in path.edges if start == node]


def _layers(path: Path, back: set[Edge]) -> tuple[list[list[str]], dict[Edge, list[str]]]:
    """Nodes and the places that long edges pass, layer by layer; and each edge's way through them."""
    rank = dict.fromkeys(path.nodes, 0)
    forward = [(end, start) if (start, end) in back else (start, end) for start, end in path.edges]
    for _ in path.nodes:
        for start, end in forward:
            rank[end] = max(rank[end], rank[start] + 1)
    layers: list[list[str]] = [[] for _ in range(max(rank.values()) + 1)]
    for node, layer in rank.items():
        layers[layer].append(node)
    routes = {}
    for edge in path.edges:
        first, last = (rank[node] for node in edge)
        step = 1 if last >= first else -1
        way = [edge[0]]
        for layer in range(first + step, last, step):
            way.append(f"{edge[0]}\n{edge[1]}\n{layer}")  # no name of a node holds a line break
            layers[layer].append(way[-1])
        routes[edge] = [*way, edge[1]]
    return layers, routes


def _places(
    layers: list[list[str]], routes: Mapping[Edge, list[str]], down: bool
) -> dict[str, tuple[float, float]]:
    beside: dict[str, list[str]] = {}
    for route in routes.values():
        for one, other in itertools.pairwise(route):
            beside.setdefault(one, []).append(other)
            beside.setdefault(other, []).append(one)
    at = {node: float(place) for layer in layers for place, node in enumerate(layer)}
    for sweep in range(SWEEPS):
        step = 1 if sweep % 2 == 0 else -1
        for before, layer in itertools.pairwise(layers[::step]):
            fixed = set(before)
            mean = {}
            for node in layer:
                wanted = [at[other] for other in beside.get(node, []) if other in fixed]
                mean[node] = sum(wanted) / len(wanted) if wanted else at[node]
            layer.sort(key=mean.__getitem__)
            at |= {node: float(place) for place, node in enumerate(layer)}
    height = max(_height(node) for layer in layers for node in layer if "\n" not in node)
    along, across = (height + GAP, WIDTH + BETWEEN) if down else (WIDTH + GAP, height + BETWEEN)
    widest = max(map(len, layers))
    found: dict[str, tuple[float, float]] = {}
    for number, layer in enumerate(layers):
        shift = (widest - len(layer)) / 2
        for place, node in enumerate(layer):
            far, wide = EDGE + number * along, EDGE + (place + shift) * across
            found[node] = (wide, far) if down else (far, wide)
    return found


def _height(node: str) -> int:
    return 12 + LINE * len(_lines(node))


def _lines(node: str) -> list[str]:
    return textwrap.wrap(node, LETTERS)[:3] or [node]


def _node(node: str, copies: bool, single: bool, place: tuple[float, float], height: int) -> str:
    x, y = place
    kind = "iw-node iw-single" if single else "iw-node"
    box = f'<rect x="{{}}" y="{{}}" width="{WIDTH}" height="{height}" rx="5" class="{kind}"/>'
    shadow = box.format(f"{x + 5:.0f}", f"{y + 5:.0f}") if copies else ""
    lines = _lines(node)
    top = y + height / 2 - LINE * (len(lines) - 1) / 2 + 4
    text = "".join(
        f'<text x="{x + WIDTH / 2:.0f}" y="{top + LINE * at:.0f}">{escape(line)}</text>'
        for at, line in enumerate(lines)
    )
    note = f'<text x="{x + 20:.0f}" y="{y - 4:.0f}" class="iw-in">single</text>' if single else ""
    return f"{shadow}{box.format(f'{x:.0f}', f'{y:.0f}')}{text}{note}"


def _edge(way: list[tuple[float, float]], height: int, down: bool, tip: str) -> str:
    """A smooth line through the places of ``way``, from the side of the first to the side of the last."""
    forward = way[-1][1] > way[0][1] if down else way[-1][0] > way[0][0]
    inner = [(x + WIDTH / 2, y + height / 2) for x, y in way[1:-1]]
    ends = (way[0], way[-1]) if forward else (way[-1], way[0])
    leave = (
        (ends[0][0] + WIDTH / 2, ends[0][1] + height)
        if down
        else (ends[0][0] + WIDTH, ends[0][1] + height / 2)
    )
    enter = (ends[1][0] + WIDTH / 2, ends[1][1]) if down else (ends[1][0], ends[1][1] + height / 2)
    points = [leave, *(inner if forward else reversed(inner)), enter]
    drawn = f"M{points[0][0]:.0f} {points[0][1]:.0f}"
    for (x, y), (to_x, to_y) in itertools.pairwise(points):
        half = (to_y - y) / 2 if down else (to_x - x) / 2
        one, other = ((x, y + half), (to_x, to_y - half)) if down else ((x + half, y), (to_x - half, to_y))
        drawn += f" C{one[0]:.0f} {one[1]:.0f} {other[0]:.0f} {other[1]:.0f} {to_x:.0f} {to_y:.0f}"
    end = "marker-end" if forward else "marker-start"
    dashed = "" if forward else ' stroke-dasharray="4 3"'
    return f'<path d="{drawn}" class="iw-edge"{dashed} {end}="url(#{tip})"/>'
