"""The flow that watches a model: reads the log, compares, reports, and says when a limit is crossed."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import mlflow
from prefect import flow, get_run_logger
from prefect.types.entrypoint import EntrypointType

from open_mlops import inference_log, log_layout, provenance
from open_mlops.releases import champion_version
from open_mlops.settings import require

from . import compare, events, reference
from .compare import Findings
from .plan import WatchPlan

MODEL, VERSION, DRIFT = "open_mlops.model", "open_mlops.version", "open_mlops.drift"
FROM, UNTIL = "open_mlops.window.from", "open_mlops.window.until"


def experiment(model: str) -> str:
    return f"watching/{model}"


@flow(name="watch", flow_run_name="watch {model}")
def watch(
    model: str,
    plan: WatchPlan | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, object]:
    """Compares what the champion was asked in the window with what it learned from, and returns the findings.

    The window ends now, or at `until`. A report is in MLflow; the numbers are beside the inference log, from
    where the model servers give them to Prometheus; an event is emitted when a limit is crossed.
    """
    plan, until = plan or WatchPlan(), until or datetime.now(UTC)
    since = since or until - timedelta(hours=plan.window)
    version = champion_version(model)
    if version is None:
        raise LookupError(f"{model} has no version with the alias champion; release one")
    target = plan.performance.target if plan.performance else None
    expected = reference.read(model, version, target)
    found = compare.requests(inference_log.read(model, since, until, version=version))
    findings = compare.compare(plan, expected, found)
    run_id = _record(model, plan, since, until, findings)
    log_layout.write_watching(
        require("OPEN_MLOPS_DATA")["OPEN_MLOPS_DATA"],
        model,
        {"model": model, "time": until.isoformat(), "run_id": run_id, **findings.as_json()},
    )
    get_run_logger().info("%s version %s, %d rows: %s", model, version, findings.rows, findings.reason)
    if findings.drifted:
        events.emit(model, findings, run_id)
    return {"run_id": run_id, **findings.as_json()}


def _record(model: str, plan: WatchPlan, since: datetime, until: datetime, findings: Findings) -> str:
    """A run of the experiment `watching/<model>`, with the pages."""
    mlflow.set_experiment(experiment(model))
    scores = {f"distance.{name}": score for name, score in findings.columns.items()}
    optional = {
        "distance_of_predictions": findings.prediction,
        "performance": findings.performance,
        "performance_before": findings.before,
    }
    with mlflow.start_run(run_name=f"{model} {until:%Y-%m-%d %H:%M}") as run:
        mlflow.set_tags(
            {
                **provenance.tags(findings.reason[:4000]),
                MODEL: model,
                VERSION: findings.version,
                FROM: since.isoformat(),
                UNTIL: until.isoformat(),
                DRIFT: str(findings.drifted).lower(),
            }
        )
        mlflow.log_metrics({"rows": findings.rows, "rows_with_truth": findings.rows_with_truth} | scores)
        mlflow.log_metrics({name: value for name, value in optional.items() if value is not None})
        mlflow.log_dict({"plan": plan.model_dump(), **findings.as_json()}, "findings.json")
        with tempfile.TemporaryDirectory() as folder:
            for name, page in findings.pages.items():
                Path(folder, name).write_text(page)
            mlflow.log_artifacts(folder)
        return str(run.info.run_id)


def deploy(model: str, plan: WatchPlan, cron: str | None = None) -> UUID:
    """Lets the work pool watch the model, on schedule where one is given. Again: changes what is there."""
    pool = require("PREFECT_API_URL", "PREFECT_DEFAULT_WORK_POOL_NAME")["PREFECT_DEFAULT_WORK_POOL_NAME"]
    # Prefect gives a coroutine inside a running loop, such as a notebook's, unless it is told not to.
    now: dict[str, Any] = {"_sync": True}
    deployment: Any = watch.to_deployment(
        f"watch-{model}",
        work_pool_name=pool,
        cron=cron,
        parameters={"model": model, "plan": plan.model_dump()},
        # Every worker has the package.
        entrypoint_type=EntrypointType.MODULE_PATH,
        **now,
    )
    return cast(UUID, deployment.apply(**now))
