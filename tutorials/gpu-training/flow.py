"""Trains on a GPU where there is one, says where it trained, registers and serves what came out."""

from __future__ import annotations

import time

import mlflow
import xgboost
from prefect import flow, task
from prefect.runtime import flow_run
from train import device, fit

from open_mlops import releases, snapshots
from open_mlops.flights import data, features
from open_mlops.flights.registry import Registered, register

MODEL = "gpu-training"


@task(retries=1, retry_delay_seconds=5)
def train(months: list[int], test_month: int, trees: int) -> Registered:
    tables = [
        features.validate(features.build_features(data.read_flights(each))) for each in (months, [test_month])
    ]
    kept, later = (snapshots.write(table, "flights") for table in tables)
    where = device()
    print(f"training {trees} trees on {len(tables[0]):,} flights, on {where.name}: {where.reason}")
    begun = time.monotonic()
    pipeline, ran = fit(tables[0], where, trees)
    seconds = time.monotonic() - begun
    print(f"trained on {ran} in {seconds:.1f} s")
    mlflow.set_experiment(MODEL)
    with mlflow.start_run(run_name=flow_run.name or None):
        mlflow.set_tags({"device": ran, "device.reason": where.reason})
        mlflow.log_metric("train_seconds", seconds)
        needs = [f"xgboost=={xgboost.__version__}"]
        return register(pipeline, MODEL, kept, later, {"trees": trees, "device": ran}, needs=needs)


@task(retries=2, retry_delay_seconds=10)
def serve(version: str, test_month: int) -> None:
    """A hundred flights must be answered as the model answers them here."""
    later = features.build_features(data.read_flights([test_month]))[features.FEATURES]
    releases.release(MODEL, version, later.sample(100, random_state=0).reset_index(drop=True))


@flow(name=MODEL, log_prints=True)
def gpu_training(months: tuple[int, ...] = (1, 2), test_month: int = 3, trees: int = 100) -> None:
    registered = train(list(months), test_month, trees)
    if registered.quality.log_loss >= registered.baseline.log_loss:
        raise ValueError(
            f"version {registered.version} is no better than predicting the rate (log loss "
            f"{registered.quality.log_loss:.4f}, the rate's {registered.baseline.log_loss:.4f}); not served"
        )
    serve(registered.version, test_month)
    print(f"{MODEL} version {registered.version} is served: log loss {registered.quality.log_loss:.4f}")
