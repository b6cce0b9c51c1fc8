"""What a version goes through before it may be the champion: held-out data, a smoke test, and its steps."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import mlflow
import numpy as np
import pandas as pd

from . import evidence
from .door import Split
from .gate import Check, Verdict, judge_agreement, judge_traffic
from .release_plan import Plan, ReleaseError, Underway

#: Seconds between two looks at the inference log.
POLL = 1.0
#: A step waits for so many intervals, and the time that the log takes, until enough requests came.
PATIENCE, LOG_SECONDS = 4, 15.0


def on_held_out(plan: Plan, champion_uri: str | None) -> tuple[Check, ...]:
    """Of the gate's data, before anything is loaded. ReleaseError where it cannot be judged."""
    data = plan.gate.held_out
    if data is None or champion_uri == plan.uri:
        return ()
    try:
        beside = champion_uri if plan.gate.compares else None
        return tuple(evidence.on_held_out(plan.gate, plan.uri, beside))
    except Exception as error:
        raise ReleaseError(
            f"{plan.model} version {plan.version} cannot be judged on {data.data}; nothing was released: "
            f"{type(error).__name__}: {error}"
        ) from error


def attempt(underway: Underway, sample: pd.DataFrame | None) -> str | None:
    """Loads the version and takes it through its steps. Why it may not become the champion, or None."""
    place, say = underway.place, underway.say
    plan, champion = underway.journal.plan, underway.journal.champion
    found = Verdict(underway.journal.checks)
    if not found.passed:
        return found.reason
    if champion == plan.version:
        say(f"{place.name} version {plan.version} answers already")
        return _smoke(underway, sample)
    place.load(plan.uri, plan.config)
    say(f"{place.name} version {plan.version} is loaded")
    if failed := _smoke(underway, sample):
        return failed
    # Nobody's requests can be evidence where nobody asked yet.
    steps = list(enumerate(plan.splits(champion) if champion else []))
    for at, split in steps[underway.journal.step :]:
        place.direct(split)
        say(f"step {at + 1}: {_said(split)}")
        found = Verdict(tuple(_watch(underway, datetime.now(UTC))))
        underway.note(step=at + 1, checks=(*underway.journal.checks, *found.checks))
        if not found.passed:
            return f"in step {at + 1}, {_said(split)}: {found.reason}"
    return None


def _smoke(underway: Underway, sample: pd.DataFrame | None) -> str | None:
    if sample is None:
        return None
    plan = underway.journal.plan
    local = np.asarray(mlflow.pyfunc.load_model(plan.uri).predict(sample))
    served = underway.place.predict(plan.version, sample)
    if served.shape != local.shape:
        return f"it answers in the shape {served.shape}, the model here in {local.shape}"
    wrong = int((served != local).reshape(len(sample), -1).any(axis=1).sum())
    if wrong:
        return f"{wrong} of {len(sample)} rows are answered differently from the model itself"
    underway.say(f"smoke test: {len(sample)} rows, all equal")
    return None


def _watch(underway: Underway, since: datetime) -> list[Check]:
    """One step: at least the interval, longer while there are too few requests, and shorter on a failure."""
    name, plan, champion = underway.place.name, underway.journal.plan, underway.journal.champion
    begun = time.monotonic()
    patience = plan.interval * PATIENCE + LOG_SECONDS
    while True:
        over = time.monotonic() - begun >= plan.interval
        checks = []
        if plan.gate.traffic:
            checks += judge_traffic(plan.gate, evidence.of_traffic(name, plan.version, since))
        if plan.gate.agreement and plan.strategy == "shadow" and champion:
            tolerance = plan.gate.agreement.tolerance
            share = evidence.of_shadow(name, champion, plan.version, since, tolerance)
            # No request that both answered is no agreement.
            checks += judge_agreement(plan.gate, float("nan") if share is None else share)
        waiting = any(
            not check.passed and (check.name == "requests" or check.value != check.value) for check in checks
        )
        failed = not all(check.passed for check in checks)
        if not waiting and (failed or over):
            return checks
        if waiting and time.monotonic() - begun >= patience:
            return checks
        time.sleep(min(POLL, plan.interval))


def _said(split: Split) -> str:
    total = sum(split.weights.values())
    said = ", ".join(
        f"version {each} answers {100 * w / total:g} %" for each, w in split.weights.items() if w
    )
    return said if split.shadow is None else f"{said}, version {split.shadow} gets copies"
