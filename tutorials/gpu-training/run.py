"""Runs the training as a flow, with a GPU where one is asked for, and says which device it ran on.

python run.py                                     # the lab, or a cluster's processors
python run.py --gpus 1 --image <repository>/gpu-training:<tag>      # a cluster with GPU nodes
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import mlflow
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment

from open_mlops import project, releases
from open_mlops.flights import data, features
from open_mlops.settings import require

MODEL = "gpu-training"
#: A node with a GPU may have to be started, and its image is large.
PATIENCE_SECONDS = 1800


def main() -> int:
    parser = argparse.ArgumentParser(description="Trains on a GPU where there is one.")
    parser.add_argument("--gpus", type=int, default=0, help="GPUs of the flow's job; only clusters heed it")
    parser.add_argument("--image", help="the job's image, one with CUDA and an XGBoost built for it")
    chosen = parser.parse_args()
    require("MLFLOW_TRACKING_URI", "PREFECT_API_URL", "OPEN_MLOPS_SERVING_TARGET", "OPEN_MLOPS_DATA")
    sys.path.insert(0, str(Path(__file__).parent))
    job: dict[str, Any] = {"gpus": chosen.gpus, "memory": "4Gi", "cpu": "1"}
    if chosen.image:
        job["image"] = chosen.image
    deployment = project.deploy(Path(__file__).parent, "flow.py:gpu_training", job_variables=job)
    print(f"deployed; waiting for a run that asks for {chosen.gpus} GPUs", flush=True)
    run = run_deployment(deployment, timeout=PATIENCE_SECONDS)
    assert isinstance(run, FlowRun)
    if run.state is None or not run.state.is_completed():
        print(f"the run {run.name} is {run.state_name}: {run.state and run.state.message}", file=sys.stderr)
        return 1
    champion = mlflow.MlflowClient().get_model_version_by_alias(MODEL, releases.CHAMPION)
    trained = mlflow.get_run(champion.run_id).data
    print(
        f"trained on {trained.tags['device']} ({trained.tags['device.reason']}) "
        f"in {trained.metrics['train_seconds']:.1f} s"
    )
    print("log loss {test_log_loss:.4f}, the rate's {baseline_log_loss:.4f}".format_map(trained.metrics))
    flight = features.build_features(data.read_flights([3]))[features.FEATURES].head(1)
    _, late = releases.serving().predict(MODEL, flight)["predictions"][0]
    print(f"{MODEL} version {champion.version} is served: the first flight of March is late with {late:.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
