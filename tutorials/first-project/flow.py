"""The first project's flow: from raw flights to a served champion.

It reads where its tools are from the variables of the place it runs in, so the same file runs in the lab and
in a cluster. What Dask workers run lives in the toolbox package, which they have installed; a function of
this file they could not load.
"""

from __future__ import annotations

import mlflow
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run
from sklearn.pipeline import Pipeline

from open_mlops import cards, releases, snapshots
from open_mlops.clusters import dask_cluster
from open_mlops.flights import data, features, models
from open_mlops.flights.registry import Registered, register
from open_mlops.snapshots import Snapshot

MODEL = "flights"
EXPERIMENT = "first-project"
#: The earlier part of the training months trains candidates, the rest chooses between them.
SHARE = 0.75
#: What nobody can measure, for the model card.
ABOUT = {
    "Intended use": "To tell, before departure, how likely a flight from New York is to arrive more than 15 "
    "minutes late. It is an example to learn from: nobody should miss a connection because of it.",
    "Limits": "It learned from two winter months of 2013, and takes the weather as measured in the hour of "
    "departure, which nobody has before. In other seasons it is no better than the rate of late flights. "
    "Cancelled flights are not in the data. No person is in it either: fairness is told by airport, for "
    "which errors differ because the airports do.",
}


@task(retries=2, retry_delay_seconds=5)
def prepare(months: list[int], name: str) -> Snapshot:
    """Builds these months' features, refuses them when they are not as expected, and keeps them."""
    table = features.validate(features.build_features(data.read_flights(months)))
    kept = snapshots.write(table, "flights")
    print(f"{name}: {len(table):,} flights, {table[features.LABEL].mean():.1%} late, valid, at {kept.url}")
    return kept


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
    train_data: Snapshot,
    test_data: Snapshot,
) -> Registered:
    """Measures the model on months it has not seen, logs everything to MLflow, and registers it."""
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(run_name=flow_run.name or None) as run:
        parameters = {"candidate": best.name, "kind": best.kind, "share": SHARE, **best.parameters}
        registered = register(model, MODEL, train_data, test_data, parameters)
        for candidate in models.CANDIDATES:
            with mlflow.start_run(run_name=candidate.name, nested=True):
                mlflow.log_params({"kind": candidate.kind, **candidate.parameters})
                mlflow.log_metrics(found[candidate.name].metrics("validation"))
    print(f"registered {MODEL} version {registered.version}, run {run.info.run_id}")
    return registered


@task(retries=2, retry_delay_seconds=5)
def describe(version: str, test_data: Snapshot) -> None:
    """Makes the version's model card, of the months that it has not seen."""
    card = cards.make(
        f"models:/{MODEL}/{version}",
        snapshots.read(test_data.url),
        features.LABEL,
        slices=["origin", "carrier", "weekday"],
        sensitive="origin",
        about=ABOUT,
    )
    print(f"model card of {MODEL} version {version}: {card.uri}")


@task(retries=2, retry_delay_seconds=10)
def serve(model_version: str, test_data: Snapshot, rows: int) -> None:
    """Serves the version, tries it over V2, and moves the alias `champion` to it."""
    sample = snapshots.read(test_data.url)[features.FEATURES].sample(rows, random_state=0)
    releases.release(MODEL, model_version, sample.reset_index(drop=True))
    print(f"{MODEL} version {model_version} is served, and is the champion")


@flow(name=EXPERIMENT, log_prints=True)
def first_project(
    train_months: tuple[int, ...] = (1, 2), test_months: tuple[int, ...] = (3,), workers: int = 2
) -> None:
    """Trains on some months, is judged by a later one, and serves what came out if it is worth serving."""
    train_data = prepare(list(train_months), "train")
    test_data = prepare(list(test_months), "test")
    best, model, found = train(train_data.url, workers)
    registered = log_and_register(best, model, found, train_data, test_data)
    describe(registered.version, test_data)
    quality, baseline = registered.quality, registered.baseline
    create_markdown_artifact(key="first-project-quality", markdown=_report(best, quality, baseline))
    if quality.log_loss >= baseline.log_loss:
        raise ValueError(
            f"version {registered.version} is no better than predicting the rate "
            f"(log loss {quality.log_loss:.4f}, the rate's {baseline.log_loss:.4f}); it is not served"
        )
    serve(registered.version, test_data, rows=100)


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
