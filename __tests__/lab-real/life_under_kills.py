"""A retraining and steady requests, while the test kills what they need; prints what came of it as JSON.

The test kills a process at each line "kill <name>". The model must have been served before.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

import mlflow
from prefect.client.orchestration import get_client

from open_mlops import flow_runs, inference_log, releases
from open_mlops.flights import arrivals, features
from open_mlops.traffic import Traffic

MODEL = "flights-monthly"
RATE = 20
#: Seconds between two kills: all three are in the middle of one run.
BETWEEN = 4


def main() -> None:
    begun = datetime.now(UTC)
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(f"retrain/{MODEL}").id
    rows = arrivals.read([6])[features.FEATURES].sample(2000, random_state=1, ignore_index=True)
    traffic = Traffic(releases.serving().get_deployment(MODEL)["endpoint"], rows)
    with traffic.steady(RATE):
        run_id = flow_runs.start(deployment, reason="while everything is killed", months=[7, 8])
        # A run that is only being started needs its server: Prefect gives it up.
        while not reached(run_id, "RUNNING"):
            time.sleep(0.5)
        kills: list[str] = []
        killer = threading.Thread(target=ask_for_kills, args=[kills])
        killer.start()
        run = wait(run_id)
        in_the_middle = list(kills)
        killer.join()
        # What was killed has to come back under requests too.
        time.sleep(5 * BETWEEN)
    answered = {each.request_id: each.version for each in traffic.answers if each.status == 200}
    deadline = time.monotonic() + 60
    while True:
        log = inference_log.read(MODEL, begun)
        found = list(zip(log["request_id"].to_pylist(), log["version"].to_pylist(), strict=True))
        if set(answered.items()) <= set(found) or time.monotonic() > deadline:
            break
        time.sleep(1)
    newest = mlflow.search_runs(
        experiment_names=["drift-and-retraining"],
        filter_string=f"tags.`prefect.flow_run_id` = '{run_id}'",
        output_format="list",
    )
    print(
        json.dumps(
            {
                "state": run,
                "killed_in_the_middle": in_the_middle,
                "answered": len(answered),
                "unanswered": traffic.problems(),
                "missing": len(set(answered.items()) - set(found)),
                "twice": len(found) - len(set(found)),
                "runs": [each.info.status for each in newest],
                "metrics": [len(each.data.metrics) for each in newest],
                "champion": releases.champion_version(MODEL),
                "serves": releases.serving().get_deployment(MODEL)["version"],
            }
        )
    )


def ask_for_kills(kills: list[str]) -> None:
    for name in ("mlserver", "mlflow", "prefect-server"):
        time.sleep(BETWEEN)
        print(f"kill {name}", flush=True)
        kills.append(name)


def reached(run_id: UUID, kind: str) -> bool:
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(run_id).state
    return state is not None and state.type.value == kind


def wait(run_id: UUID) -> str:
    """The run's last state; its server is away for a while."""
    while True:
        try:
            with get_client(sync_client=True) as client:
                run = client.read_flow_run(run_id)
            if run.state is not None and run.state.is_final():
                return f"{run.state_name}: {run.state.message}"
        except Exception as error:
            print(f"{type(error).__name__} from Prefect", file=sys.stderr)
        time.sleep(2)


if __name__ == "__main__":
    main()
