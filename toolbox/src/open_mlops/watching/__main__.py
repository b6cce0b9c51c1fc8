"""Watches a model once, or lets the work pool do it on schedule."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta

from .plan import WatchPlan


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m open_mlops.watching",
        description="Compares what a model is asked and answers with what it learned from.",
        epilog="exit codes: 0 nothing crossed a limit, or deployed; 1 a limit was crossed; 2 wrong use or "
        "plan; 3 it could not be watched",
    )
    parser.add_argument("model", help="the registered model")
    parser.add_argument("--deployment", help="what answers with it; default: the model's name")
    parser.add_argument("--plan", help="YAML file, see open_mlops.watching.plan; default: inputs alone")
    parser.add_argument("--hours", type=_hours, help="the window, up to now; default: the plan's")
    parser.add_argument("--deploy", action="store_true", help="let the work pool watch it")
    parser.add_argument("--cron", help="with --deploy: when, such as '0 * * * *'; default: by hand")
    parser.add_argument("--json", action="store_true", help="print the findings as one JSON object")
    options = parser.parse_args(words)
    if options.cron and not options.deploy:
        parser.error("--cron goes with --deploy")
    try:
        plan = WatchPlan.read(options.plan) if options.plan else WatchPlan()
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    try:
        # What it needs takes seconds to import.
        from . import flow

        if options.deploy:
            print(flow.deploy(options.model, plan, options.cron, options.deployment))
            return 0
        since = datetime.now(UTC) - timedelta(hours=options.hours) if options.hours else None
        findings = flow.watch(options.model, plan, since, deployment=options.deployment)
    except Exception as error:
        # MLflow, Prefect and the stores have errors of their own, and a traceback would end with 1: drift.
        kind = "" if isinstance(error, LookupError) else f"{type(error).__name__}: "
        print(kind + " ".join(str(error).split()), file=sys.stderr)
        return 3
    print(json.dumps(findings) if options.json else findings["reason"])
    return 1 if findings["drift"] else 0


def _hours(said: str) -> float:
    hours = float(said)
    if not 0 < hours < float("inf"):
        raise ValueError
    return hours


if __name__ == "__main__":
    sys.exit(main())
