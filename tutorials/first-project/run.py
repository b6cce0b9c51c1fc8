"""Runs the first project: deploys its flow, waits for a run of it, and asks the served champion."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from uuid import UUID

import mlflow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import LogSort
from prefect.deployments import run_deployment

from open_mlops import project, releases
from open_mlops.flights import data, features
from open_mlops.settings import require

MODEL = "flights"
ROWS = 200
#: A run in a cluster may wait for a node and an image.
PATIENCE_SECONDS = 1800


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
    run = run_deployment(deployment, timeout=0)
    assert isinstance(run, FlowRun)
    finished = follow(run.id, started)
    if finished.state is None or not finished.state.is_completed():
        message = finished.state.message if finished.state else "no state"
        print(f"the run {finished.name} is {finished.state_name}: {message}", file=sys.stderr)
        return 1
    return ask_champion()


def follow(run_id: UUID, started: float) -> FlowRun:
    """Prints the run's changes of state and what it logs, until it ends."""
    shown, state = 0, None
    with get_client(sync_client=True) as client:
        while True:
            run = client.read_flow_run(run_id)
            if run.state_name != state:
                state = run.state_name
                print(f"[{time.monotonic() - started:4.0f} s] {run.name} is {state}", flush=True)
            shown += show_logs(client, run_id, shown, started)
            if run.state is not None and run.state.is_final():
                time.sleep(2)  # the last lines come after the state
                show_logs(client, run_id, shown, started)
                return run
            if time.monotonic() - started > PATIENCE_SECONDS:
                raise TimeoutError(
                    f"{run.name} is still {state} after {PATIENCE_SECONDS} s; look whether a worker runs"
                )
            time.sleep(1)


def show_logs(client: SyncPrefectClient, run_id: UUID, offset: int, started: float) -> int:
    mine = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run_id]))
    lines = client.read_logs(mine, offset=offset, sort=LogSort.TIMESTAMP_ASC)
    for line in lines:
        if line.message != "Finished in state Completed()":
            print(f"[{time.monotonic() - started:4.0f} s]   {line.message}", flush=True)
    return len(lines)


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
