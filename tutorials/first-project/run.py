"""Runs the first project: deploys its flow, waits for a run of it, and asks the served champion."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import mlflow

from open_mlops import flow_runs, project, releases
from open_mlops.flights import data, features
from open_mlops.settings import require

MODEL = "flights"
ROWS = 200


def main() -> int:
    require(
        "MLFLOW_TRACKING_URI",
        "PREFECT_API_URL",
        "PREFECT_DEFAULT_WORK_POOL_NAME",
        "OPEN_MLOPS_SERVING_TARGET",
        "OPEN_MLOPS_DATA",
    )
    started = time.monotonic()
    deployment = project.deploy(Path(__file__).parent, "flow.py:first_project")
    print(f"deployed to the work pool in {time.monotonic() - started:.0f} s; starting a run")
    finished = flow_runs.follow(flow_runs.start(deployment))
    if finished.state is None or not finished.state.is_completed():
        message = finished.state.message if finished.state else "no state"
        print(f"the run {finished.name} is {finished.state_name}: {message}", file=sys.stderr)
        return 1
    return ask_champion()


def ask_champion() -> int:
    """Compares what is served with the champion loaded here, and says how good it is."""
    table = features.build_features(data.read_flights([3]))
    sample = table[features.FEATURES].sample(ROWS, random_state=1).reset_index(drop=True)
    champion = mlflow.MlflowClient().get_model_version_by_alias(MODEL, releases.CHAMPION)
    wrong = releases.differing_rows(MODEL, f"models:/{MODEL}/{champion.version}", sample)
    if wrong:
        print(f"{wrong} of {ROWS} served predictions differ from the champion's own", file=sys.stderr)
        return 1
    print(
        f"\n{MODEL} version {champion.version} is served: "
        f"{ROWS} of {ROWS} predictions equal the champion's own"
    )
    metrics = mlflow.get_run(champion.run_id).data.metrics
    print(f"\nflights of a later month: {metrics['test_rows']:,.0f}, {metrics['test_late_rate']:.1%} late")
    print(f"{'':<12}{'champion':>10}{'predicting the rate':>22}")
    for name in ("log_loss", "brier", "auc"):
        label = name.replace("_", " ")
        print(f"{label:<12}{metrics[f'test_{name}']:>10.4f}{metrics[f'baseline_{name}']:>22.4f}")
    gain = 1 - metrics["test_log_loss"] / metrics["baseline_log_loss"]
    print(f"The champion's log loss is {gain:.1%} below the baseline's.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
