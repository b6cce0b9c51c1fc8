"""Places for the boxes of a graph: columns from what came first to what came of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from .graph import Graph

#: Of a box, and between boxes, in pixels.
WIDTH, HEIGHT, ACROSS, DOWN = 200, 74, 70, 22


@dataclass(frozen=True)
class Layout:
    """Left upper corner of each box by node, and the size of the whole."""

    at: dict[str, tuple[int, int]]
    width: int
    height: int


def layout(graph: Graph) -> Layout:
    """Arrows go to the right. What has no way to another box keeps a column of its own kind at the left."""
    columns = _columns(graph)
    rows: dict[int, list[str]] = defaultdict(list)
    for each in graph.nodes:
        rows[columns[each.id]].append(each.id)
    order = {node: at for column in rows.values() for at, node in enumerate(column)}
    neighbours: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        neighbours[edge.source].append(edge.target)
        neighbours[edge.target].append(edge.source)
    # Boxes go near the middle of those they hang together with; a few rounds settle it.
    for _ in range(4):
        for column in sorted(rows):
            means = {
                node: sum(order[other] for other in neighbours[node]) / len(neighbours[node])
                if neighbours[node]
                else order[node]
                for node in rows[column]
            }
            rows[column].sort(key=lambda node: (means[node], order[node]))
            order.update({node: at for at, node in enumerate(rows[column])})
    most = max((len(column) for column in rows.values()), default=0)
    at = {}
    for column, nodes in rows.items():
        above = (most - len(nodes)) * (HEIGHT + DOWN) // 2
        for place, node in enumerate(nodes):
            at[node] = (column * (WIDTH + ACROSS), above + place * (HEIGHT + DOWN))
    count = max(rows, default=-1) + 1
    return Layout(at, max(count * (WIDTH + ACROSS) - ACROSS, 0), max(most * (HEIGHT + DOWN) - DOWN, 0))


def _columns(graph: Graph) -> dict[str, int]:
    """Behind everything that leads to it, and then as far to the right as what follows lets it."""
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        before[edge.target].append(edge.source)
        after[edge.source].append(edge.target)
    found: dict[str, int] = {}

    def column(node: str, path: frozenset[str]) -> int:
        if node not in found:
            # A circle, which tags written by hand could make, is cut where it closes.
            behind = [column(each, path | {node}) for each in before[node] if each not in path | {node}]
            found[node] = max(behind, default=-1) + 1
        return found[node]

    for each in graph.nodes:
        column(each.id, frozenset())
    for name in sorted(found, key=lambda each: -found[each]):
        if after[name]:
            found[name] = max(found[name], min(found[each] for each in after[name]) - 1)
    return found
