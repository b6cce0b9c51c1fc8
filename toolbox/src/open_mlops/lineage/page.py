"""What was found as a page: boxes and arrows, each box with its facts below, and a model's history."""

from __future__ import annotations

from collections.abc import Sequence

from open_mlops.pages import Html, html, link, table
from open_mlops.pages import page as _page

from .graph import Graph, Node
from .history import HEADS, Entry
from .layout import ACROSS, HEIGHT, WIDTH, layout

#: Letters that fit in a box.
_LETTERS = 26
_STYLE = """
.graph { overflow-x: auto; margin: 1rem 0; } .graph svg { display: block; font: 13px system-ui, sans-serif; }
.box rect { fill: Canvas; stroke: var(--kind); stroke-width: 1.5; }
.box.of rect { stroke-width: 4; }
.box.gone rect { stroke-dasharray: 5 4; } .box text { fill: CanvasText; } .box .kind { fill: var(--kind); }
.box .line { opacity: .75; font-size: 12px; } .graph path { fill: none; stroke: #888; stroke-width: 1.5; }
.graph .label { fill: CanvasText; opacity: .8; font-size: 11px; paint-order: stroke; stroke: Canvas;
  stroke-width: 4px; }
.data { --kind: #2f855a; } .code { --kind: #6b46c1; } .watching { --kind: #c05621; }
.flow { --kind: #2b6cb0; } .run { --kind: #0987a0; } .version { --kind: #b7791f; } .gate { --kind: #c53030; }
.deployment, .answer, .answers { --kind: #718096; }
.full { display: grid; grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); gap: 0 2rem; }
td { min-width: 5rem; } section th { min-width: 6rem; }
section:target { outline: 2px solid #b7791f; outline-offset: .5rem; }
"""
#: What stands above a box's title, and the facts that stand below it.
_KINDS = {
    "data": ("data snapshot", ()),
    "code": ("code", ()),
    "watching": ("watching run", ("started",)),
    "flow": ("flow run", ("state", "deployment")),
    "run": ("run", ("started", "why")),
    "version": ("model version", ("aliases", "registered")),
    "gate": ("gate and release", ("verdict", "released")),
    "deployment": ("deployment", ("now",)),
    "answer": ("prediction", ("at", "status")),
    "answers": ("answered", ("since",)),
}


def page(
    asked: str, kind: str, graph: Graph, entries: Sequence[Entry], missing: Sequence[str], made: str
) -> str:
    """`made` says when. Nodes that were asked for have a thick frame, gone ones a dashed one."""
    sections = [
        Html(f"<h1>Lineage of {html(asked)}</h1><p class=soft>Asked as a {html(kind)}, {html(made)}.</p>"),
        *_missing(missing),
        *_history(entries),
        Html(f'<div class="graph">{_svg(graph)}</div>'),
        Html('<h2>In full</h2><div class="full">'),
        *(_section(at, node) for at, node in enumerate(graph.nodes)),
        Html("</div>"),
    ]
    return _page(f"Lineage of {asked}", *sections, style=_STYLE)


def _missing(words: Sequence[str]) -> list[Html]:
    if not words:
        return []
    return [Html("<h2>What is not there</h2><ul>" + "".join(f"<li>{html(each)}" for each in words) + "</ul>")]


def _history(entries: Sequence[Entry]) -> list[Html]:
    if not entries:
        return []
    rows = []
    for each in entries:
        cells: list[object] = []
        for name in HEADS:
            value = getattr(each, name)
            if name == "version" and each.aliases:
                value = f"{value} ({', '.join(each.aliases)})"
            if isinstance(value, tuple):
                value = Html("<br>".join(html(line) for line in value))
            elif name in ("run", "commit") and value:
                value = Html(f'<span title="{html(value)}">{html(_short(value, 12))}</span>')
            cells.append("" if value is None else f"{value:,}" if isinstance(value, int) else value)
        rows.append(cells)
    return [Html("<h2>History</h2>"), table(list(HEADS.values()), rows)]


def _section(at: int, node: Node) -> Html:
    gone = " <span class=bad>is no longer there</span>" if node.gone else ""
    rows = [(name, value) for name, value in node.facts.items()]
    title = f"{html(_KINDS[node.kind][0])}: {link(node.link, node.title)}{gone}"
    return Html(f'<section id="node-{at}"><h3>{title}</h3>{table(("", ""), rows) if rows else ""}</section>')


def _svg(graph: Graph) -> Html:
    placed = layout(graph)
    margin = 6
    parts = [
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0 8 4 0 8z" style="fill:#888;stroke:none"/></marker></defs>'
    ]
    for edge in graph.edges:
        (x, y), (to_x, to_y) = placed.at[edge.source], placed.at[edge.target]
        x, y, to_y = x + WIDTH, y + HEIGHT // 2, to_y + HEIGHT // 2
        bend = ACROSS // 2
        way = f"M{x} {y} C{x + bend} {y} {to_x - bend} {to_y} {to_x - 2} {to_y}"
        parts.append(f'<path marker-end="url(#arrow)" d="{way}"/>')
    for edge in graph.edges:
        (x, y), (to_x, to_y) = placed.at[edge.source], placed.at[edge.target]
        middle = f'x="{(x + WIDTH + to_x) // 2}" y="{(y + to_y + HEIGHT) // 2 - 4}"'
        parts.append(f'<text class="label" text-anchor="middle" {middle}>{html(edge.label)}</text>')
    for at, node in enumerate(graph.nodes):
        parts.append(_box(at, node, placed.at[node.id], node.id == graph.of))
    width, height = placed.width + 2 * margin, placed.height + 2 * margin
    size = f'width="{width}" height="{height}" viewBox="{-margin} {-margin} {width} {height}"'
    title = f'role="img" aria-label="{len(graph.nodes)} boxes and {len(graph.edges)} arrows"'
    return Html(f"<svg {size} {title}>{''.join(parts)}</svg>")


def _box(at: int, node: Node, place: tuple[int, int], asked: bool) -> str:
    kind, shown = _KINDS[node.kind]
    x, y = place
    classes = " ".join(["box", node.kind, *(["of"] if asked else []), *(["gone"] if node.gone else [])])
    lines = [node.facts[name] for name in shown if name in node.facts]
    whole = "\n".join([node.title, *(f"{name}: {value}" for name, value in node.facts.items())])
    texts = [
        f'<text class="kind" x="{x + 10}" y="{y + 18}">{html(kind + (", gone" if node.gone else ""))}</text>'
    ]
    texts.append(f'<text x="{x + 10}" y="{y + 36}" font-weight="600">{html(_short(node.title))}</text>')
    for row, line in enumerate(lines):
        texts.append(
            f'<text class="line" x="{x + 10}" y="{y + 52 + 15 * row}">{html(_short(line, 31))}</text>'
        )
    return (
        f'<a href="#node-{at}"><g class="{classes}"><title>{html(whole)}</title>'
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>{"".join(texts)}</g></a>'
    )


def _short(text: str, letters: int = _LETTERS) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
