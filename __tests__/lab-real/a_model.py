"""A small model in the lab's MLflow with its data, its card and an approval, for the pages that tell of it."""

from __future__ import annotations

import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

from open_mlops import approvals, cards, provenance, snapshots

MODEL = "paged"


def main(folder: Path) -> None:
    random = np.random.default_rng(0)
    table = pd.DataFrame({"distance": random.normal(size=400), "wind": random.normal(size=400)})
    table["late"] = table["distance"] + random.normal(size=400) > 0
    table["origin"] = random.choice(["EWR", "JFK"], 400)
    train, test = snapshots.write(table.head(200), MODEL), snapshots.write(table.tail(200), MODEL)
    inputs = table[["distance", "wind"]]
    model = LogisticRegression().fit(inputs.head(200), table["late"].head(200))
    mlflow.set_experiment(MODEL)
    with mlflow.start_run(run_name="paged-run"):
        mlflow.set_tags(provenance.tags("for its pages"))
        mlflow.log_input(train.dataset(table.head(200), "late"), context="training")
        mlflow.log_input(test.dataset(table.tail(200), "late"), context="testing")
        info = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(inputs, model.predict_proba(inputs)),
            pyfunc_predict_fn="predict_proba",
            pip_requirements=["scikit-learn"],
            registered_model_name=MODEL,
        )
    version = str(info.registered_model_version)
    card = cards.make(
        f"models:/{MODEL}/{version}",
        table.tail(200),
        "late",
        slices=["origin"],
        sensitive="origin",
        about={"Intended use": "Its pages."},
    )
    approvals.approve(MODEL, version, "seen")
    (folder / "card.html").write_text(mlflow.artifacts.load_text(card.uri))
    print(f"version {version}")


main(Path(sys.argv[1]))
