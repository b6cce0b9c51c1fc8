"""The flow that watches a model: reads the log, compares, reports, and says when a limit is crossed."""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import mlflow
import pyarrow as pa
import pyarrow.compute as pc
from prefect import flow, get_run_logger
from prefect.types.entrypoint import EntrypointType

from open_mlops import inference_log, log_layout, provenance
from open_mlops.lineage import requests as log_requests
from open_mlops.releases import champion_version
from open_mlops.settings import require

from . import compare, events, reference
from .compare import Findings
from .plan import WatchPlan

MODEL, VERSION, DRIFT = "open_mlops.model", "open_mlops.version", "open_mlops.drift"
DEPLOYMENT = "open_mlops.deployment"
#: Letters that the name of a metric may not have.
_NO_METRIC = re.compile(r"[^/\w.\- :]")
FROM, UNTIL = "open_mlops.window.from", "open_mlops.window.until"


def experiment(model: str) -> str:
    return f"watching/{model}"


@flow(name="watch", flow_run_name="watch {model}")
def watch(
    model: str,
    plan: WatchPlan | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    deployment: str | None = None,
) -> dict[str, object]:
    """Compares what the champion was asked in the window with what it learned from, and returns the findings.

    The window ends now, or at `until`. `deployment` is what answers with the model, where it is not called as
    the model is. A report is in MLflow; the numbers are beside the inference log, from where the model
    servers give them to Prometheus; an event is emitted when a limit is crossed. LookupError says what is not
    there, AnswersError which answers cannot be watched.
    """
    deployment = deployment or model
    plan, until = plan or WatchPlan(), until or datetime.now(UTC)
    since = since or until - timedelta(hours=plan.window)
    version = champion_version(model)
    if version is None:
        raise LookupError(f"{model} has no version with the alias champion; release one")
    _must_be_logged(deployment)
    expected = reference.read(model, version, plan.performance.target if plan.performance else None)

    def asked(ago: timedelta) -> compare.Requests:
        log = inference_log.read(deployment, since - ago, until - ago)
        return compare.requests(_answered_by(log, model, version))

    found = judged = asked(timedelta(0))
    if plan.performance and plan.performance.delay:
        judged = asked(timedelta(hours=plan.performance.delay))
    findings = compare.compare(plan, expected, found, judged)
    run_id = _record(model, deployment, plan, since, until, findings)
    log_layout.write_watching(
        require("OPEN_MLOPS_DATA")["OPEN_MLOPS_DATA"],
        deployment,
        {"model": model, "time": until.isoformat(), "run_id": run_id, **findings.as_json()},
    )
    get_run_logger().info("%s version %s, %d rows: %s", model, version, findings.rows, findings.reason)
    if findings.drifted:
        events.emit(model, findings, run_id)
    return {"run_id": run_id, **findings.as_json()}


def _must_be_logged(deployment: str) -> None:
    """Else a wrong name would be zero rows for ever, and they cross no limit."""
    known = log_requests.deployments()
    if deployment not in known:
        there = ", ".join(sorted(known)) or "nobody"
        raise LookupError(
            f"the log has no requests of the deployment {deployment}; it has those of {there}. Name "
            "what answers with the model with --deployment"
        )


def _answered_by(log: pa.Table, model: str, version: str) -> pa.Table:
    """Rows that the version answered. Where the log does not say which version of which model that was, the
    deployment's label of its version does.
    """
    labelled = pc.equal(log["version"], version)
    if "registered_model" not in log.column_names:
        return log.filter(labelled)
    named = pc.and_(pc.equal(log["registered_model"], model), pc.equal(log["registered_version"], version))
    return log.filter(pc.if_else(pc.is_valid(log["registered_model"]), named, labelled))


def _record(
    model: str, deployment: str, plan: WatchPlan, since: datetime, until: datetime, findings: Findings
) -> str:
    """A run of the experiment `watching/<model>`, with the pages."""
    mlflow.set_experiment(experiment(model))
    scores = {_metric("distance", name): score for name, score in findings.columns.items()}
    scores |= {_metric("missing", name): share for name, share in findings.missing.items()}
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
                DEPLOYMENT: deployment,
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


def _metric(what: str, column: str) -> str:
    """A name that MLflow takes, of a column of any name."""
    return f"{what}.{_NO_METRIC.sub('_', column)}"


def deploy(model: str, plan: WatchPlan, cron: str | None = None, deployment: str | None = None) -> UUID:
    """Lets the work pool watch the model, on schedule where one is given; `deployment` as for `watch`. Again:
    changes what is there.
    """
    pool = require("PREFECT_API_URL", "PREFECT_DEFAULT_WORK_POOL_NAME")["PREFECT_DEFAULT_WORK_POOL_NAME"]
    # Prefect gives a coroutine inside a running loop, such as a notebook's, unless it is told not to.
    now: dict[str, Any] = {"_sync": True}
    deployed: Any = watch.to_deployment(
        f"watch-{deployment or model}",
        work_pool_name=pool,
        cron=cron,
        parameters={"model": model, "plan": plan.model_dump(), "deployment": deployment},
        # Every worker has the package.
        entrypoint_type=EntrypointType.MODULE_PATH,
        **now,
    )
    return cast(UUID, deployed.apply(**now))
