"""Three models that come from elsewhere, served beside each other: ONNX, a class of one's own, and R."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import class_model
import flights
import mlflow
import numpy as np
import onnx_model
import pandas as pd
from mlflow.deployments import get_deploy_client
from mlflow.models import infer_signature
from sklearn.metrics import roc_auc_score

from open_mlops import snapshots
from open_mlops.models import program
from open_mlops.settings import require

HERE = Path(__file__).parent
NAMES = ("own-onnx", "own-class", "own-r")

# What is being downloaded is no news here.
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"


def main() -> int:
    target = require("MLFLOW_TRACKING_URI", "OPEN_MLOPS_DATA", "OPEN_MLOPS_SERVING_TARGET")[
        "OPEN_MLOPS_SERVING_TARGET"
    ]
    client = get_deploy_client(target)
    for name in NAMES:
        client.delete_deployment(name)  # of a run before this one that did not end
    rows, late = flights.training()
    kept = snapshots.write(rows.assign(late=late), "flights-numbers")
    mlflow.set_experiment("bring-your-own-model")

    def log(name: str, make: Any) -> str:
        with mlflow.start_run(run_name=name):
            mlflow.log_input(kept.dataset(rows.assign(late=late), "late"), context="training")
            return f"models:/{name}/{make(name, rows, late)}"

    serve(client, "own-onnx", log("own-onnx", onnx_model.log), of_onnx)
    serve(client, "own-class", log("own-class", log_class), of_column)
    if shutil.which("Rscript"):
        serve(client, "own-r", log("own-r", log_r), of_column)
    else:
        print("\nown-r: left out, this machine has no R; on Debian: apt install r-base-core r-cran-jsonlite")
    for name in NAMES:
        client.delete_deployment(name)
    return 0


def log_class(name: str, rows: pd.DataFrame, late: pd.Series[bool]) -> str:
    share = late.groupby((rows["departure_minute"] // 60).astype(int)).mean()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "late-by-hour.csv"
        share.rename_axis("hour").rename("late").to_csv(table)
        info = mlflow.pyfunc.log_model(
            python_model=str(class_model.CODE),
            artifacts={"table": str(table)},
            model_config={"patience": 0.25},
            name="model",
            signature=infer_signature(rows, pd.DataFrame({"late": [0.5], "advice": ["all right"]})),
            input_example=rows.head(),
            pip_requirements=["pandas", "numpy"],
            registered_model_name=name,
        )
    return str(info.registered_model_version)


def log_r(name: str, rows: pd.DataFrame, late: pd.Series[bool]) -> str:
    """Trains in R, and logs what R has written with the program that reads it."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        model.mkdir()
        rows.assign(late=late.astype(int)).to_csv(f"{folder}/flights.csv", index=False)
        train = ["Rscript", str(HERE / "r/train.R"), f"{folder}/flights.csv", str(model / "model.rds")]
        subprocess.run(train, check=True)
        shutil.copy(HERE / "r/predict.R", model)
        info = program.log_model(
            ["Rscript", "predict.R"],
            model,
            name="model",
            signature=infer_signature(rows, pd.DataFrame({"late": [0.5]})),
            input_example=rows.head(),
            registered_model_name=name,
        )
    return str(info.registered_model_version)


def serve(client: Any, name: str, uri: str, late_of: Any) -> None:
    """Deploys, compares with the model as it is here, and says why it predicts what it predicts."""
    record = client.create_deployment(name, uri)
    print(f"\n{name}: {uri} is {record['state']}, served as {record['flavor']}")
    rows, late = flights.later()
    model = mlflow.pyfunc.load_model(uri)
    tensor = model.metadata.signature.inputs.is_tensor_spec()
    here = late_of(model.predict(rows.to_numpy(np.float32) if tensor else rows))
    # A deployment takes the table in any case, and numbers as the model's.
    there = late_of(client.predict(name, rows)["predictions"])
    wrong = int((np.abs(here - there) > 1e-7).sum())
    if wrong:
        sys.exit(f"{wrong} of {len(rows)} served predictions differ from the model's own")
    print(f"  {len(rows)} of {len(rows)} predictions equal the model's, AUC {roc_auc_score(late, there):.3f}")
    told = client.explain(name, rows.head(1)).iloc[0]
    counted = (
        told.filter(like="contribution.")
        .astype(float)
        .rename(lambda each: each.removeprefix("contribution."))
    )
    each = ", ".join(f"{feature} {value:+.1%}" for feature, value in counted.items())
    print(f"  the first flight is late with {told['prediction']:.1%}, others with {told['base']:.1%}: {each}")


def of_onnx(predicted: Any) -> np.ndarray[Any, Any]:
    return np.asarray(predicted["probabilities"], dtype=float)[:, 1]


def of_column(predicted: Any) -> np.ndarray[Any, Any]:
    return np.asarray(predicted["late"], dtype=float)


if __name__ == "__main__":
    sys.exit(main())
