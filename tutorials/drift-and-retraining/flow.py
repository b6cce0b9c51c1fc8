"""Trains on the newest flights, and releases what came out if the gate lets it.

It runs by hand, on a schedule, or by itself when watching says that the model has drifted: `run.py` deploys
it with that trigger.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import yaml
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run
from prefect.states import Completed, State

from open_mlops import cards, releases, snapshots
from open_mlops.flights import arrivals, features, models
from open_mlops.flights.registry import Registered, register
from open_mlops.gate import Gate
from open_mlops.release_plan import Outcome, Plan
from open_mlops.snapshots import Snapshot

MODEL = "flights-monthly"
CANDIDATE = models.Candidate("boosting", "boosting")
HERE = Path(__file__).parent


@task(retries=2, retry_delay_seconds=5)
def keep(months: list[int]) -> Snapshot:
    """The months' flights, under an address that will always mean these rows."""
    kept = snapshots.write(arrivals.read(months), "flights")
    print(f"months {months}: {kept.rows:,} flights at {kept.url}")
    return kept


@task(retries=2, retry_delay_seconds=10)
def train(data: Snapshot, judged_by: Snapshot, reason: str) -> Registered:
    table = snapshots.read(data.url)
    mlflow.set_experiment("drift-and-retraining")
    with mlflow.start_run(run_name=flow_run.name or None):
        parameters = {"candidate": CANDIDATE.name, "months": sorted(table["month"].unique().tolist())}
        registered = register(models.fit(CANDIDATE, table), MODEL, data, judged_by, parameters, reason)
    print(f"version {registered.version}: log loss {registered.quality.log_loss:.4f} on what it has not seen")
    return registered


@task(retries=2, retry_delay_seconds=10)
def describe(challenger: Registered, judged_by: Snapshot) -> None:
    """Its model card, which gate.yaml requires."""
    card = cards.make(
        f"models:/{MODEL}/{challenger.version}",
        snapshots.read(judged_by.url),
        features.LABEL,
        slices=["origin", "carrier"],
        sensitive="origin",
        about={
            "Limits": "It knows the months that it learned from; watching says when the world is another."
        },
    )
    print(f"model card: {card.uri}")


@task(retries=2, retry_delay_seconds=10)
def release(challenger: Registered, judged_by: Snapshot) -> Outcome:
    """By the limits of gate.yaml, on the newest flights, which nobody has trained on."""
    limits: dict[str, Any] = yaml.safe_load((HERE / "gate.yaml").read_text())
    gate = Gate.of({**limits, "held_out": {"data": judged_by.url, "target": features.LABEL}})
    plan = Plan(MODEL, challenger.version, "canary", steps=(20, 50), interval=5, gate=gate)
    sample = snapshots.read(judged_by.url)[features.FEATURES].sample(50, random_state=0)
    return releases.release_by(plan, sample.reset_index(drop=True))


@flow(name="retrain", log_prints=True)
def retrain(reason: str = "by hand", months: list[int] | None = None) -> State[Outcome]:
    """Without `months`, the two before the newest month train, and the newest judges."""
    there = arrivals.arrived()
    months = months or there[-3:-1]
    newest = [month for month in there if month not in months][-1:]
    if not months or not newest:
        raise ValueError(f"the months {there} have arrived; training takes some, and judging a later one")
    print(f"why: {reason}")
    data, judged_by = keep(months), keep(newest)
    challenger = train(data, judged_by, reason)
    describe(challenger, judged_by)
    outcome = release(challenger, judged_by)
    said = "is the champion" if outcome.promoted else f"was refused: {outcome.reason}"
    checks = "\n".join(f"- {check}" for check in outcome.checks)
    create_markdown_artifact(
        key="retraining",
        markdown=f"Version {challenger.version} of {MODEL} {said}\n\n{checks}\n\nWhy: {reason}",
    )
    # A challenger that is refused is the gate's work, and no failure of the flow.
    return Completed(message=f"version {challenger.version} {said}", data=outcome)
