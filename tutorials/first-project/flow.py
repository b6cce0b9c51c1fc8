"""The first project's flow: from raw flights to a served champion.

It reads where its tools are from the variables of the place it runs in, so the same file runs in the lab and
in a cluster. What Dask workers run lives in the toolbox package, which they have installed; a function of
this file they could not load.
"""

from __future__ import annotations

from importlib.metadata import version

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run
from sklearn.pipeline import Pipeline

from open_mlops import releases
from open_mlops.clusters import dask_cluster
from open_mlops.flights import data, features, models
from open_mlops.settings import data_url

MODEL = "flights"
EXPERIMENT = "first-project"
#: The earlier part of the training months trains candidates, the rest chooses between them.
SHARE = 0.75


@task(retries=2, retry_delay_seconds=5)
def prepare(months: list[int], name: str) -> str:
    """Builds these months' features, refuses them when they are not as expected, and keeps them."""
    table = features.validate(features.build_features(data.read_flights(months)))
    url = data_url("flights", f"{name}-{'-'.join(map(str, months))}.parquet")
    models.write_table(table, url)
    print(f"{name}: {len(table):,} flights, {table[features.LABEL].mean():.1%} late, valid, at {url}")
    return url


@task(retries=1, retry_delay_seconds=10)
def train(train_url: str, workers: int) -> tuple[models.Candidate, Pipeline, dict[str, models.Quality]]:
    """Tries every candidate on a Dask cluster, and trains the best on all of the training months."""
    with dask_cluster(workers) as client:
        print(f"Dask cluster is up: {client.dashboard_link}")
        tried = {c.name: client.submit(models.try_candidate, c, train_url, SHARE) for c in models.CANDIDATES}
        found: dict[str, models.Quality] = client.gather(tried)
        for name, quality in found.items():
            print(f"candidate {name}: log loss {quality.log_loss:.4f}, AUC {quality.auc:.3f}")
        best = min(models.CANDIDATES, key=lambda candidate: found[candidate.name].log_loss)
        model = client.submit(models.train_candidate, best, train_url).result()
    return best, model, found


@task(retries=2, retry_delay_seconds=5)
def log_and_register(
    best: models.Candidate,
    model: Pipeline,
    found: dict[str, models.Quality],
    train_url: str,
    test_url: str,
) -> tuple[str, models.Quality, models.Quality]:
    """Measures the model on months it has not seen, logs everything to MLflow, and registers it."""
    train_table, test_table = models.read_table(train_url), models.read_table(test_url)
    quality = models.model_quality(model, test_table)
    baseline = models.baseline_quality(train_table, test_table)
    example = test_table[features.FEATURES].head(5)
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(run_name=flow_run.name or None) as run:
        mlflow.set_tag("prefect.flow_run_id", flow_run.id)
        mlflow.log_params({"candidate": best.name, "kind": best.kind, "share": SHARE, **best.parameters})
        mlflow.log_metrics(quality.metrics("test") | baseline.metrics("baseline"))
        mlflow.log_input(_dataset(train_table, train_url, "flights-train"), context="training")
        mlflow.log_input(_dataset(test_table, test_url, "flights-test"), context="testing")
        for candidate in models.CANDIDATES:
            with mlflow.start_run(run_name=candidate.name, nested=True):
                mlflow.log_params({"kind": candidate.kind, **candidate.parameters})
                mlflow.log_metrics(found[candidate.name].metrics("validation"))
        info = mlflow.sklearn.log_model(
            model,
            name="model",
            # From the whole table, so that what may be missing is known to be optional.
            signature=infer_signature(train_table[features.FEATURES], model.predict_proba(example)),
            input_example=example,
            # Predictions are probabilities; a server needs no code of ours for that.
            pyfunc_predict_fn="predict_proba",
            serialization_format="cloudpickle",
            pip_requirements=[f"{name}=={version(name)}" for name in ("scikit-learn", "pandas", "numpy")],
            registered_model_name=MODEL,
        )
    print(f"registered {MODEL} version {info.registered_model_version}, run {run.info.run_id}")
    return str(info.registered_model_version), quality, baseline


@task(retries=2, retry_delay_seconds=10)
def serve(model_version: str, test_url: str, rows: int) -> None:
    """Serves the version, tries it over V2, and moves the alias `champion` to it."""
    sample = models.read_table(test_url)[features.FEATURES].sample(rows, random_state=0)
    releases.release(MODEL, model_version, sample.reset_index(drop=True))
    print(f"{MODEL} version {model_version} is served, and is the champion")


@flow(name=EXPERIMENT, log_prints=True)
def first_project(
    train_months: tuple[int, ...] = (1, 2), test_months: tuple[int, ...] = (3,), workers: int = 2
) -> None:
    """Trains on some months, is judged by a later one, and serves what came out if it is worth serving."""
    train_url = prepare(list(train_months), "train")
    test_url = prepare(list(test_months), "test")
    best, model, found = train(train_url, workers)
    model_version, quality, baseline = log_and_register(best, model, found, train_url, test_url)
    create_markdown_artifact(key="first-project-quality", markdown=_report(best, quality, baseline))
    if quality.log_loss >= baseline.log_loss:
        raise ValueError(
            f"version {model_version} is no better than predicting the rate "
            f"(log loss {quality.log_loss:.4f}, the rate's {baseline.log_loss:.4f}); it is not served"
        )
    serve(model_version, test_url, rows=100)


def _dataset(table: pd.DataFrame, url: str, name: str) -> mlflow.data.dataset.Dataset:
    return mlflow.data.from_pandas(table, source=url, targets=features.LABEL, name=name)


def _report(best: models.Candidate, quality: models.Quality, baseline: models.Quality) -> str:
    return f"""| | {best.name} | predicting the rate |
|---|---|---|
| log loss | {quality.log_loss:.4f} | {baseline.log_loss:.4f} |
| Brier score | {quality.brier:.4f} | {baseline.brier:.4f} |
| AUC | {quality.auc:.3f} | {baseline.auc:.3f} |

{quality.rows:,} flights of later months, {quality.late_rate:.1%} of them late.
"""


if __name__ == "__main__":
    first_project()
