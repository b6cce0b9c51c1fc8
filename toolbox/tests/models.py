"""Small models for the tests."""

from __future__ import annotations

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

NAME = "answers"


def sample(rows: int, seed: int = 0) -> pd.DataFrame:
    """Floats with holes, whole numbers and words."""
    random = np.random.default_rng(seed)
    number = random.normal(size=rows)
    return pd.DataFrame(
        {
            "number": np.where(random.random(rows) < 0.1, np.nan, number),
            "count": random.integers(0, 100, rows),
            "word": random.choice(["late", "on time", "früh"], rows),
        }
    )


def trained(seed: int) -> Pipeline:
    """Answers with probabilities that depend on the seed."""
    table = sample(300, seed)
    encode = make_column_transformer((OrdinalEncoder(), ["word"]), remainder="passthrough")
    model = make_pipeline(encode, HistGradientBoostingClassifier(max_iter=10, random_state=seed))
    return model.fit(table, table["number"].fillna(0) + seed > 0.3)


def register(seed: int, name: str = NAME) -> str:
    """Trains and registers a model, and returns its version."""
    table, model = sample(300, seed), trained(seed)
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(table, model.predict_proba(table)),
            pyfunc_predict_fn="predict_proba",
            serialization_format="cloudpickle",
            pip_requirements=["scikit-learn"],
            registered_model_name=name,
        )
    return str(info.registered_model_version)


def register_broken(name: str = NAME) -> str:
    """Registers a model whose artifacts cannot be loaded."""
    version = register(0, name)
    uri = mlflow.MlflowClient().get_model_version(name, version).run_id
    assert uri
    with mlflow.start_run():
        folder = mlflow.artifacts.download_artifacts(f"models:/{name}/{version}")
        with open(f"{folder}/model.pkl", "wb") as file:
            file.write(b"not a model")
        mlflow.log_artifacts(folder, "broken")
        run = mlflow.active_run()
        assert run is not None
        source = f"{run.info.artifact_uri}/broken"
        found = mlflow.MlflowClient().create_model_version(name, source, run.info.run_id)
    return str(found.version)
