"""A card as a page for people who decide: made of the card's JSON alone."""

from __future__ import annotations

from typing import Any

from open_mlops.pages import Html, html, number, table
from open_mlops.pages import page as _page

Json = dict[str, Any]

_STYLE = """
.bars { display: block; max-width: 48rem; width: 100%; font-size: 13px; fill: currentColor; }
.bars .up { fill: #c05621; } .bars .down { fill: #2b6cb0; }
"""
_MEANINGS = {
    "rows": "rows",
    "true_mean": "mean of truth",
    "predicted_mean": "mean prediction",
    "roc_auc": "AUC",
    "log_loss": "log loss",
    "brier": "Brier score",
    "selection_rate": "share decided yes",
    "true_positive_rate": "true positive rate",
    "false_positive_rate": "false positive rate",
    "mae": "mean error",
    "rmse": "root mean squared error",
    "mean_prediction": "mean prediction",
}
_FAIRNESS = (
    "Shares are of decisions: yes where the probability is a half or more. A difference is between the two "
    "groups that are furthest apart, a ratio the smaller divided by the larger. - is a rate of too few rows."
)


def page(card: Json) -> str:
    title = f"{card['model']} version {card['version']}"
    sections = [
        Html(f"<main><h1>Model card: {html(title)}</h1>"),
        _head(card),
        *_about(card["about"]),
        _data(card),
        _metrics(card),
        *_slices(card["slices"]),
        *_fairness(card["fairness"]),
        *_explanations(card["explanations"]),
        Html("</main>"),
    ]
    return _page(f"Model card: {title}", *sections, style=_STYLE)


def _code(text: str) -> Html:
    return Html(f"<code>{html(text)}</code>")


def _named(name: str) -> str:
    return _MEANINGS.get(name, name.replace("_", " "))


def _head(card: Json) -> Html:
    trained, made = card["trained"], card["made"]
    gate = card["gate"]
    verdict = "none when the card was made; the version's tag gate tells"
    if gate["verdict"]:
        verdict = f"{gate['verdict']}: {gate['reason']}"
    rows = [
        ("Predicts", f"{card['target']} ({card['answers']})"),
        ("Trained", f"{trained['at']} by {trained['by'] or 'unknown'}"),
        ("Why", trained["reason"] or "not said"),
        ("Code", _code(trained["commit"]) if trained["commit"] else "no commit known"),
        ("Run", _code(card["run_id"])),
        ("Gate", verdict),
        ("Card made", f"{made['at']} by {made['by']}"),
    ]
    return table(("", ""), rows)


def _about(about: Json) -> list[Html]:
    if not about:
        return [Html("<h2>Intended use and limits</h2><p>Whoever made the card did not say.</p>")]
    return [Html(f"<h2>{html(title)}</h2><p>{html(text)}</p>") for title, text in about.items()]


def _data(card: Json) -> Html:
    rows: list[tuple[object, ...]] = [
        (each["context"] or "read", each["name"], _code(each["digest"]), *_contents(each))
        for each in card["data"]["inputs"]
    ]
    rows.append(("this card", "", "", *_contents(card["data"]["measured_on"])))
    heads = ("for", "data", "digest", "period", "rows", f"mean of {card['target']}")
    unread = [
        Html(f"<p class=bad>{html(each['name'])} could not be read: {html(each['unread'])}</p>")
        for each in card["data"]["inputs"]
        if "unread" in each
    ]
    return Html(f"<h2>Data</h2>{table(heads, rows, numbers_from=4)}{''.join(unread)}")


def _contents(each: Json) -> tuple[object, object, object]:
    period = each.get("period")
    said = f"{period['from'][:10]} to {period['until'][:10]}" if period else ""
    return said, each.get("rows"), each.get("target_mean")


def _metrics(card: Json) -> Html:
    rows = [(_named(name), value) for name, value in card["metrics"].items()]
    return Html(f"<h2>How good it is</h2>{table(('', 'on all rows'), rows, numbers_from=1)}")


def _slices(slices: Json) -> list[Html]:
    found = []
    for name, parts in slices.items():
        heads = (name, *(_named(each) for each in parts[0] if each != "value"))
        rows = [list(part.values()) for part in parts]
        found.append(Html(f"<h3>By {html(name)}</h3>{table(heads, rows, 1)}"))
    return found


def _fairness(found: Json | None) -> list[Html]:
    if found is None:
        return []
    title = Html(f"<h2>How evenly, by {html(found['column'])}</h2>")
    small = ", ".join(f"{name} ({rows} rows)" for name, rows in found["too_few"].items())
    left_out = Html(f"<p class=soft>Too few to compare: {html(small)}.</p>") if small else Html("")
    if not found["groups"]:
        return [title, left_out]
    names = [name for name in found["groups"][0] if name not in ("value", "rows")]
    rows = [list(group.values()) for group in found["groups"]]
    rows.append(["difference", "", *(found["differences"][name] for name in names)])
    rows.append(["ratio", "", *(found["ratios"][name] for name in names)])
    heads = (found["column"], "rows", *(_named(name) for name in names))
    return [title, table(heads, rows, 1), Html(f"<p class=soft>{_FAIRNESS}</p>"), left_out]


def _explanations(found: Json | None) -> list[Html]:
    if found is None:
        return []
    first = found["importance"][:15]
    said = (
        f"Mean size of each input's part in the answer (SHAP, estimated on {found['rows']} rows). An answer"
        f" is the mean answer, {number(found['base'])}, and the parts of its inputs."
    )
    sections = [
        Html(f"<h2>What its answers hang on</h2><p class=soft>{html(said)}</p>"),
        _bars([(each["input"], each["mean"]) for each in first], ".3g"),
    ]
    for each in found["examples"]:
        bars = [(f"{part['input']} = {part['value']}", part["part"]) for part in each["inputs"]]
        sections += [Html(f"<h3>A row answered with {html(number(each['answer']))}</h3>"), _bars(bars)]
    return sections


def _bars(values: list[tuple[str, float]], form: str = "+.3g") -> Html:
    """Lengths by size; colour and sign say which way."""
    most = max((abs(value) for _, value in values), default=0) or 1
    lines = []
    for at, (name, value) in enumerate(values):
        y, length, way = at * 22, max(1, round(320 * abs(value) / most)), "up" if value >= 0 else "down"
        short = name if len(name) <= 34 else f"{name[:33]}…"
        lines.append(
            f'<text x="226" y="{y + 15}" text-anchor="end">{html(short)}<title>{html(name)}</title></text>'
            f'<rect class="{way}" x="234" y="{y + 4}" width="{length}" height="14"/>'
            f'<text x="{240 + length}" y="{y + 15}">{value:{form}}</text>'
        )
    size = f'viewBox="0 0 640 {len(values) * 22 + 4}"'
    return Html(f'<svg class="bars" role="img" {size}>{"".join(lines)}</svg>')
