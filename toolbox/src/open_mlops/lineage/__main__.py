"""Tells where a prediction, a version, a run or a model comes from, and what a table of data has touched."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

#: A server that is down is told in seconds, not after MLflow's two minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m open_mlops.lineage",
        description="Where a prediction, a version, a run or a model comes from, and what a snapshot of data "
        "has touched.",
        epilog="exit codes: 0 found; 1 nothing is known of it, or MLflow does not answer; 2 wrong use, or "
        "the word means more than one thing",
    )
    parser.add_argument(
        "asked",
        help="a request id, a model, model/version, a run id, or a snapshot's digest or address; with "
        "request:, model:, version:, run: or snapshot: before it, that alone",
    )
    parser.add_argument(
        "--since", type=_days, default=30, metavar="DAYS", help="of the inference log; default: 30"
    )
    parser.add_argument("--json", action="store_true", help="print nodes, edges and what is missing as JSON")
    parser.add_argument(
        "--page", nargs="?", const="", metavar="FILE", help="write a page; default: lineage-<what>.html here"
    )
    options = parser.parse_args(words)
    # What it needs takes seconds to import.
    from mlflow.exceptions import MlflowException

    from .find import Ambiguous, find

    now = datetime.now(UTC)
    try:
        found = find(options.asked, now - timedelta(days=options.since))
    except Ambiguous as error:
        print(error, file=sys.stderr)
        return 2
    except (LookupError, MlflowException, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return _show(found, options, now)


def _show(found: Any, options: argparse.Namespace, now: datetime) -> int:
    from . import page, text
    from .graph import graph
    from .history import history
    from .links import Links

    made = graph(found, Links.of_place())
    entries = history(found) if found.kind == "model" else []
    if options.page is not None:
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", found.asked).strip("-")
        file = Path(options.page or f"lineage-{name}.html")
        said = f"on {now:%Y-%m-%d at %H:%M} UTC"
        file.write_text(page.page(found.asked, found.kind, made, entries, found.missing, said))
        print(f"the page is at {file.resolve()}", file=sys.stderr)
    if options.json:
        rows = {"history": [each.as_json() for each in entries]} if entries else {}
        whole = {"asked": found.asked, "kind": found.kind, **made.as_json(), **rows, "missing": found.missing}
        print(json.dumps(whole, indent=1))
    elif options.page is None:
        parts = [text.history(entries) if entries else text.graph(made), text.missing(found.missing)]
        print("\n\n".join(part for part in parts if part))
    return 0


def _days(text: str) -> float:
    days = float(text)
    if not 0 < days < 36500:
        raise argparse.ArgumentTypeError(f"{text} is no number of days; use more than 0")
    return days


if __name__ == "__main__":
    sys.exit(main())
