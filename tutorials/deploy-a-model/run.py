"""The life of a deployment by MLflow's commands: create, get, predict, update, explain, list, delete."""

from __future__ import annotations

import json
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.deployments import get_deploy_client
from mlflow.deployments.cli import commands
from train import MODEL, train

from open_mlops.flights import data, features
from open_mlops.settings import require

CHAMPION = f"models:/{MODEL}@champion"
ROWS = 3

# What is being downloaded is no news here.
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"


def main() -> int:
    target = require("MLFLOW_TRACKING_URI", "OPEN_MLOPS_DATA", "OPEN_MLOPS_SERVING_TARGET")[
        "OPEN_MLOPS_SERVING_TARGET"
    ]
    client = get_deploy_client(target)
    client.delete_deployment(MODEL)  # of a run before this one that did not end

    def deployments(command: str, *words: str) -> None:
        """What a person types; here without a new Python for each."""
        print(
            f'\n$ mlflow deployments {command} -t "$OPEN_MLOPS_SERVING_TARGET" {shlex.join(words)}',
            flush=True,
        )
        commands.main([command, "-t", target, *words], standalone_mode=False)

    first, second = train("boosting-small"), train("logistic")
    champion_is(first)
    deployments("create", "--name", MODEL, "-m", CHAMPION)
    # An alias is resolved once: moving it changes nothing that is served.
    champion_is(second)
    deployments("get", "--name", MODEL)
    check("version", client.get_deployment(MODEL)["version"], first)

    flights = features.build_features(data.read_flights([2]))[features.FEATURES].head(ROWS)
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder) / "flights.json", Path(folder) / "told.json"
        flights.to_json(asked, orient="records", double_precision=15)
        deployments("predict", "--name", MODEL, "-I", str(asked))
        served = client.predict(MODEL, flights).get_predictions("ndarray")
        here = mlflow.pyfunc.load_model(f"models:/{MODEL}/{first}").predict(flights)
        check("predictions", served.tolist(), np.asarray(here).tolist())

        deployments("update", "--name", MODEL, "-m", CHAMPION, "-C", "max_batch_size=16")
        record = client.get_deployment(MODEL)
        check("version", record["version"], second)
        run = mlflow.get_run(record["run_id"])
        data_of = {
            each.dataset.digest: [tag.value for tag in each.tags] for each in run.inputs.dataset_inputs
        }
        check("what the data was for", data_of[record["dataset_digest"]], ["training"])

        deployments("explain", "--name", MODEL, "-I", str(asked), "-O", str(told))
        show(flights, pd.DataFrame(json.loads(told.read_text())))

    deployments("list")
    deployments("delete", "--name", MODEL)
    check("deployments", [each["name"] for each in client.list_deployments() if each["name"] == MODEL], [])
    print("\nEverything was as expected.")
    return 0


def champion_is(version: str) -> None:
    mlflow.MlflowClient().set_registered_model_alias(MODEL, "champion", version)
    print(f"{MODEL}@champion is version {version}")


def show(flights: pd.DataFrame, told: pd.DataFrame) -> None:
    """What counts most for each flight."""
    for row, line in told.iterrows():
        counted = line.filter(like="contribution.").astype(float)
        check("the sum", round(line["base"] + counted.sum(), 6), round(line["prediction"], 6))
        flight = flights.iloc[int(str(row))]
        print(f"\n{flight['carrier']} from {flight['origin']} to {flight['dest']}: ", end="")
        print(f"{line['prediction']:.1%} late; flights of January {line['base']:.1%}")
        for name in counted.abs().nlargest(4).index:
            feature = name.removeprefix("contribution.")
            print(f"  {counted[name]:+7.1%}  {feature} is {flight[feature]}")


def check(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        sys.exit(f"{what} is {found}, and should be {wanted}")


if __name__ == "__main__":
    sys.exit(main())
