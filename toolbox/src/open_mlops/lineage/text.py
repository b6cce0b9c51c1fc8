"""What was found, for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .graph import Edge, Graph, Node
from .history import HEADS, Entry

_INDENT = "  "


def graph(found: Graph) -> str:
    """Two trees from the node that was asked for: where it comes from, and what came of it."""
    nodes = {node.id: node for node in found.nodes}
    if found.of not in nodes:
        return ""
    lines = _block(nodes[found.of], "")
    for title, edges, next_of, past in (
        ("comes from", found.edges, lambda edge: edge.source, lambda edge: edge.target),
        ("led to", found.edges, lambda edge: edge.target, lambda edge: edge.source),
    ):
        tree = _tree(nodes, edges, found.of, next_of, past, 1, {found.of})
        if tree:
            lines += ["", title, *tree]
    return "\n".join(lines)


def _tree(
    nodes: dict[str, Node],
    edges: Sequence[Edge],
    at: str,
    next_of: Callable[[Edge], str],
    past: Callable[[Edge], str],
    depth: int,
    seen: set[str],
) -> list[str]:
    lines: list[str] = []
    for edge in edges:
        if past(edge) != at:
            continue
        node = nodes[next_of(edge)]
        mark = f"[{edge.label}] "
        if node.id in seen:
            lines.append(f"{_INDENT * depth}{mark}{_title(node)}, as above")
            continue
        seen.add(node.id)
        lines += _block(node, mark, depth)
        lines += _tree(nodes, edges, node.id, next_of, past, depth + 1, seen)
    return lines


def _block(node: Node, mark: str, depth: int = 0) -> list[str]:
    begin = _INDENT * depth
    lines = [f"{begin}{mark}{_title(node)}"]
    lines += [f"{begin}{_INDENT * 2}{name}: {value}" for name, value in node.facts.items()]
    return [*lines, *([f"{begin}{_INDENT * 2}{node.link}"] if node.link else [])]


def _title(node: Node) -> str:
    kind = {"gate": "release", "answer": "", "answers": "", "version": ""}.get(node.kind, node.kind)
    return f"{kind} {node.title}{' (gone)' if node.gone else ''}".strip()


def history(entries: Sequence[Entry]) -> str:
    """A block a version; what is not known or has not happened is left out."""
    blocks = []
    for each in entries:
        aliases = f" ({', '.join(each.aliases)})" if each.aliases else ""
        lines = [f"version {each.version}{aliases}"]
        for name, head in list(HEADS.items())[1:]:
            value = getattr(each, name)
            for said in value if isinstance(value, tuple) else (value,):
                if said not in ("", None):
                    lines.append(
                        f"{_INDENT}{head}: {f'{said:,} predictions' if name == 'answered' else said}"
                    )
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def missing(words: Sequence[str]) -> str:
    return "\n".join(["not there:", *(f"{_INDENT}{each}" for each in words)]) if words else ""
