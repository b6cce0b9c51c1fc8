"""Four versions of one model: a first one, a better one, one that learned nothing, and one that is slow."""

from __future__ import annotations

import time

import mlflow
import pandas as pd
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from open_mlops import snapshots
from open_mlops.flights import features, models
from open_mlops.flights.registry import register
from open_mlops.snapshots import Snapshot

MODEL = "flights-canary"
FIRST, BETTER = (
    next(each for each in models.CANDIDATES if each.name == name) for name in ("logistic", "boosting-small")
)
#: Seconds that the slow one takes for a request.
SLOW = 0.3


def better(train: pd.DataFrame) -> Pipeline:
    return models.fit(BETTER, train)


def shuffled(train: pd.DataFrame) -> Pipeline:
    """Knows nothing: what it learned from had somebody else's delays beside each flight."""
    delays = train[features.LABEL].sample(frac=1, random_state=0).to_numpy()
    return models.fit(BETTER, train.assign(**{features.LABEL: delays}))


def slow(train: pd.DataFrame) -> Pipeline:
    """As good as the better one, and too slow to be used."""
    pause = SLOW

    def slowly(table: pd.DataFrame) -> pd.DataFrame:
        import time

        time.sleep(pause)
        return table

    trained = models.fit(BETTER, train)
    return make_pipeline(FunctionTransformer(slowly), *[step for _, step in trained.steps])


def put(model: Pipeline, name: str, train: Snapshot, test: Snapshot) -> str:
    """Registers it and returns its version."""
    begun = time.monotonic()
    mlflow.set_experiment("canary-and-rollback")
    with mlflow.start_run(run_name=name):
        registered = register(model, MODEL, train, test, {"challenger": name})
    took = time.monotonic() - begun
    print(f"version {registered.version}, {name}: log loss {registered.quality.log_loss:.4f} ({took:.0f} s)")
    return registered.version


def keep(table: pd.DataFrame) -> Snapshot:
    return snapshots.write(table, "flights")
