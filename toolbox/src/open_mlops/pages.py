"""Pages that stand alone: one file, no network, no script, readable in light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8882; --bad: #c53030; --good: #2f855a; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 100rem; margin: 2rem auto; padding: 0 1rem; }
main { max-width: 64rem; } h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .4rem 0; max-width: 48rem; } .soft { opacity: .75; }
.bad { color: var(--bad); } .good { color: var(--good); }
table { border-collapse: collapse; font-size: .9rem; margin: .5rem 0; } .wide { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .2rem .75rem .2rem 0; }
th, td { border-bottom: 1px solid var(--line); } th { white-space: nowrap; } td { overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: .875em ui-monospace, monospace; background: var(--soft); border-radius: 4px; padding: 0 .3em; }
"""


class Html(str):
    """Markup already; any other text is escaped."""


def html(value: object) -> Html:
    return value if isinstance(value, Html) else Html(escape(str(value)))


def link(address: str | None, text: object) -> Html:
    """A link, where the address is one that a browser may follow."""
    if not address or not address.startswith(("http://", "https://", "#")):
        return html(text)
    return Html(f'<a href="{escape(address)}">{html(text)}</a>')


def number(value: object) -> str:
    """As people read it."""
    if value is None:
        return "-"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], numbers_from: int | None = None) -> Html:
    """Columns from `numbers_from` on are numbers, and stand to the right."""

    def cell(tag: str, at: int, value: object) -> str:
        right = numbers_from is not None and at >= numbers_from
        return f"<{tag}{' class=number' if right else ''}>{html(number(value) if right else value)}</{tag}>"

    def line(tag: str, values: Sequence[object]) -> str:
        return "<tr>" + "".join(cell(tag, at, value) for at, value in enumerate(values)) + "</tr>"

    body = "\n".join(line("td", row) for row in rows)
    return Html(f'<div class="wide"><table>\n{line("th", heads)}\n{body}\n</table></div>')


def page(title: str, *body: Html, style: str = "") -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}{style}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )
