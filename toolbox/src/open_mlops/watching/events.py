"""The event of a model that has drifted, and what it may start.

    project.deploy(folder, "flow.py:retrain", triggers=[events.on_drift("flights")])

The flow's parameter `reason` is then the event's: what crossed which limit.
"""

from __future__ import annotations

from datetime import timedelta

from prefect.events import DeploymentEventTrigger, Event, emit_event

from .compare import Findings

DRIFT = "open-mlops.drift"


def resource(model: str) -> str:
    return f"open-mlops.model.{model}"


def emit(model: str, findings: Findings, run_id: str) -> Event | None:
    """Tells the workflow server that the model has drifted. `run_id` is the watching's own run."""
    return emit_event(
        event=DRIFT,
        resource={
            "prefect.resource.id": resource(model),
            "prefect.resource.name": model,
            "open-mlops.version": findings.version,
        },
        payload={"reason": findings.reason, "run_id": run_id, "version": findings.version},
    )


def on_drift(model: str, cooldown: timedelta = timedelta(0)) -> DeploymentEventTrigger:
    """Starts a deployment when the model drifts, and within `cooldown` of that not again."""
    return DeploymentEventTrigger(
        name=f"{model} has drifted",
        expect={DRIFT},
        match={"prefect.resource.id": resource(model)},
        threshold=1,
        within=cooldown,
        parameters={
            "reason": {
                "__prefect_kind": "jinja",
                "template": "drift of version {{ event.payload.version }}: {{ event.payload.reason }} "
                "(watching run {{ event.payload.run_id }})",
            }
        },
    )
