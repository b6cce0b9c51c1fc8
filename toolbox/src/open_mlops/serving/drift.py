"""What watching has found of the models that this server serves, as gauges for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from prometheus_client import Gauge

from .. import log_layout as layout

#: Several processes may tell of one model; the newest word counts.
SCORE = Gauge(
    "open_mlops_drift_score",
    "How far an input, or `prediction`, is from what the model learned from",
    ["model", "column"],
    multiprocess_mode="mostrecent",
)
DETECTED = Gauge(
    "open_mlops_drift_detected", "1 when a limit is crossed", ["model"], multiprocess_mode="mostrecent"
)
PERFORMANCE = Gauge(
    "open_mlops_performance",
    "The metric of its watching, where truth has come: `now`, and `before` on held-out data",
    ["model", "when"],
    multiprocess_mode="mostrecent",
)
WATCHED = Gauge(
    "open_mlops_watched_timestamp_seconds",
    "When the model was watched last",
    ["model"],
    multiprocess_mode="mostrecent",
)

Json = dict[str, Any]


class Drift:
    """Reads the file that watching leaves beside the inference log."""

    def __init__(self, data: str):
        self._data = data
        self._columns: dict[str, set[str]] = {}

    def tell(self, models: Iterable[str]) -> None:
        for model in models:
            found = layout.read_watching(self._data, model)
            if found is not None:
                self._tell(model, found)

    def _tell(self, model: str, found: Json) -> None:
        scores = {**found["columns"], "prediction": found["prediction"]}
        known = {column: score for column, score in scores.items() if score is not None}
        # An input that another version does not take, or that was not measured this time.
        for column in self._columns.get(model, set()) - set(known):
            SCORE.labels(model, column).set(float("nan"))
        self._columns[model] = set(known)
        for column, score in known.items():
            SCORE.labels(model, column).set(score)
        DETECTED.labels(model).set(bool(found["drift"]))
        for when, name in (("now", "performance"), ("before", "before")):
            value = found[name]
            PERFORMANCE.labels(model, when).set(float("nan") if value is None else value)
        WATCHED.labels(model).set(datetime.fromisoformat(found["time"]).timestamp())
