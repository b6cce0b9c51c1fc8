"""Where a person looks at a run, a version or a flow run: pages of MLflow and Prefect."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Links:
    """Addresses of the two tools' pages, without a last slash; without one there are no links."""

    mlflow: str | None = None
    prefect: str | None = None

    @classmethod
    def of_place(cls) -> Links:
        """Of the addresses that code has here: from inside a cluster a browser may not reach them."""
        mlflow, prefect = (os.environ.get(name, "") for name in ("MLFLOW_TRACKING_URI", "PREFECT_API_URL"))
        pages = prefect.rstrip("/").removesuffix("/api") if prefect.startswith("http") else None
        return cls(mlflow.rstrip("/") if mlflow.startswith("http") else None, pages)

    def run(self, experiment_id: str, run_id: str) -> str | None:
        return self.mlflow and f"{self.mlflow}/#/experiments/{experiment_id}/runs/{run_id}"

    def version(self, model: str, number: str) -> str | None:
        return self.mlflow and f"{self.mlflow}/#/models/{quote(model, safe='')}/versions/{number}"

    def flow_run(self, flow_run_id: str) -> str | None:
        return self.prefect and f"{self.prefect}/runs/flow-run/{flow_run_id}"
