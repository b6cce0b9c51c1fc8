"""Starting a deployment's run, and waiting for one with its state and logs on the screen."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort, LogSort
from prefect.deployments import run_deployment

#: A run in a cluster may wait for a node and an image.
PATIENCE = 1800.0


def start(deployment: UUID, **parameters: Any) -> UUID:
    """Starts a run and returns its id at once."""
    run = run_deployment(deployment, parameters=parameters, timeout=0)
    assert isinstance(run, FlowRun)
    return run.id


def newest(deployment: UUID, since: datetime, patience: float = 120.0) -> UUID:
    """The deployment's newest run that was made after `since`, by whatever; waited for so many seconds."""
    deadline = time.monotonic() + patience
    mine = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment]))
    with get_client(sync_client=True) as client:
        while True:
            found = client.read_flow_runs(
                flow_run_filter=mine, sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=1
            )
            if found and found[0].created and found[0].created > since:
                return found[0].id
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"nothing has started {deployment} in {patience:g} s; look at Automations in Prefect"
                )
            time.sleep(0.5)


def follow(run_id: UUID, *, logs: bool = True, patience: float = PATIENCE) -> FlowRun:
    """Prints the run's changes of state and what it logs, until it ends."""
    shown, state, begun = 0, None, time.monotonic()
    with get_client(sync_client=True) as client:
        while True:
            run = client.read_flow_run(run_id)
            waited = time.monotonic() - begun
            if run.state_name != state:
                state = run.state_name
                print(f"[{waited:4.0f} s] {run.name} is {state}", flush=True)
            ended = run.state is not None and run.state.is_final()
            if ended and logs:
                time.sleep(2)  # the last lines come after the state
            if logs:
                shown += _show_logs(client, run_id, shown, begun)
            if ended:
                return run
            if waited > patience:
                raise TimeoutError(
                    f"{run.name} is still {state} after {patience:g} s; look whether a worker runs"
                )
            time.sleep(1)


def _show_logs(client: SyncPrefectClient, run_id: UUID, offset: int, begun: float) -> int:
    mine = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run_id]))
    lines = client.read_logs(mine, offset=offset, sort=LogSort.TIMESTAMP_ASC)
    for line in lines:
        if line.message != "Finished in state Completed()":
            print(f"[{time.monotonic() - begun:4.0f} s]   {line.message}", flush=True)
    return len(lines)
