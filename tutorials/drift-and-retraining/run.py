"""Replays months of flights against a model of the winter: watches it, and lets it be trained anew.

python run.py                    # the months 3, 4, 6 and 12
python run.py --months 3 4 5 6 7 8 9 10 11 12 --requests 3000
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pandas as pd

from open_mlops import flow_runs, inference_log, project, releases
from open_mlops.flights import arrivals, features
from open_mlops.log_layout import read_watching
from open_mlops.settings import require
from open_mlops.traffic import Traffic
from open_mlops.watching import events
from open_mlops.watching import flow as watching
from open_mlops.watching.plan import WatchPlan

MODEL = "flights-monthly"
HERE = Path(__file__).parent
#: Requests a second while a new version is tried.
RATE = 20


@dataclass(frozen=True)
class Month:
    """What came of one month."""

    month: int
    answered_by: str
    log_loss: float | None
    drifted: bool
    verdict: str
    lost: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--months", type=int, nargs="+", default=[3, 4, 6, 12], help="which, in order")
    parser.add_argument("--requests", type=int, default=3000, help="of each month; default: 3000")
    options = parser.parse_args()
    require("MLFLOW_TRACKING_URI", "PREFECT_API_URL", "OPEN_MLOPS_SERVING_TARGET", "OPEN_MLOPS_DATA")
    arrivals.forget()
    trigger = events.on_drift(MODEL)
    # One at a time: a second one waits for the first.
    retrain = project.deploy(HERE, "flow.py:retrain", MODEL, triggers=[trigger], concurrency_limit=1)
    watch = watching.deploy(MODEL, WatchPlan.read(HERE / "watch.yaml"))
    for month in (1, 2, 3):
        arrivals.arrive(month)
    print("training a model of January and February; March judges it")
    first = flow_runs.follow(flow_runs.start(retrain, reason="the first model", months=[1, 2]))
    if first.state is None or not first.state.is_completed():
        print(
            f"the first training is {first.state_name}: {first.state and first.state.message}",
            file=sys.stderr,
        )
        return 1
    found = [replay(month, options.requests, watch, retrain) for month in options.months]
    show(found)
    return 1 if any(each.lost for each in found) else 0


def replay(month: int, requests: int, watch: UUID, retrain: UUID) -> Month:
    """Asks for flights of the month, tells what came of them, and watches; a retraining is waited for."""
    for earlier in range(max(arrivals.arrived()) + 1, month):
        arrivals.arrive(earlier)
    version = releases.champion_version(MODEL) or ""
    begun = datetime.now(UTC)
    table = arrivals.arrive(month)
    rows = table.sample(min(requests, len(table)), random_state=month, ignore_index=True)
    endpoint = releases.serving().get_deployment(MODEL)["endpoint"]
    traffic = Traffic(endpoint, rows[features.FEATURES])
    answered = [each for each in traffic.replay() if each.status == 200]
    lost = len(rows) - len(answered)
    print(f"\nmonth {month}: version {version} answered {len(answered):,} of {len(rows):,} requests")
    # The flights have landed.
    late = rows[features.LABEL].to_numpy()
    ids = [each.request_id for each in answered]
    inference_log.add_truth(
        MODEL, pd.DataFrame({"request_id": ids, "truth": [late[each.row] for each in answered]})
    )
    lost += missing_from_log(begun, ids)
    flow_runs.follow(flow_runs.start(watch, since=begun.isoformat()), logs=False)
    findings = read_watching(require("OPEN_MLOPS_DATA")["OPEN_MLOPS_DATA"], MODEL) or {}
    print(f"month {month}: {findings['reason']}")
    verdict = ""
    if findings["drift"]:
        asked = Traffic(endpoint, rows[features.FEATURES])
        with asked.steady(RATE):
            run = flow_runs.follow(flow_runs.newest(retrain, begun))
        lost += asked.failed()
        for problem, count in (traffic.problems() + asked.problems()).items():
            print(f"month {month}: {count} times {problem}")
        verdict = (run.state and run.state.message) or str(run.state_name)
        print(f"month {month}: {verdict}; {len(asked.answers)} requests meanwhile, {asked.failed()} failed")
    return Month(month, version, findings["performance"], bool(findings["drift"]), verdict, lost)


def missing_from_log(since: datetime, ids: list[str]) -> int:
    """How many answered requests do not get into the log in a minute; each should within seconds."""
    deadline = time.monotonic() + 60
    while True:
        logged = set(inference_log.read(MODEL, since)["request_id"].to_pylist())
        missing = len(set(ids) - logged)
        if not missing or time.monotonic() > deadline:
            return missing
        time.sleep(1)


def show(found: list[Month]) -> None:
    print("\nmonth  version  log loss  drifted  retraining")
    for each in found:
        loss = "" if each.log_loss is None else f"{each.log_loss:.4f}"
        drifted = "yes" if each.drifted else "no"
        print(f"{each.month:>5}  {each.answered_by:>7}  {loss:>8}  {drifted:>7}  {each.verdict}")
    print(f"requests that were lost: {sum(each.lost for each in found)}")
    print(
        f"version {releases.champion_version(MODEL)} answers now; its reports are in MLflow, watching/{MODEL}"
    )


if __name__ == "__main__":
    sys.exit(main())
