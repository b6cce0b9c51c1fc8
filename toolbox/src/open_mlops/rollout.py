"""Brings a version before users step by step, and takes it back when its gate says no.

A rollout keeps a journal of one step ahead, so that after a kill `resume` or `roll_back` goes on from there.
Until the gate has passed the champion stays loaded, and the alias moves last.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import mlflow
import numpy as np
import pandas as pd

from . import approvals, evidence, provenance
from .door import Split
from .gate import Check, Verdict, judge_agreement, judge_traffic, record
from .release_plan import Journal, Outcome, Place, Plan, ReleaseError

CHAMPION = "champion"
#: Tags of a model version: who answers since when, and until when.
RELEASED_AT, RELEASED_BY, RELEASED_STRATEGY = "released.at", "released.by", "released.strategy"
RETIRED_AT, ROLLED_BACK_AT = "retired.at", "rolled_back.at"
#: Seconds between two looks at the inference log.
POLL = 1.0
#: A step waits for so many intervals, and the time that the log takes, until enough requests came.
PATIENCE, LOG_SECONDS = 4, 15.0

Say = Callable[[str], None]


def run(place: Place, plan: Plan, *, sample: pd.DataFrame | None = None, say: Say = print) -> Outcome:
    """Releases, or rolls back and says why. With a sample the new version must answer it as the model does
    here, to the last digit, before anybody is sent to it.
    """
    with place.alone():
        if unfinished := place.journal():
            found = Journal.of(unfinished)
            raise ReleaseError(
                f"a release of {place.name} version {found.plan.version} was interrupted; "
                "resume it or roll it back first"
            )
        champion = place.champion()
        version, uri = champion or (None, None)
        if version == plan.version and uri != plan.uri:
            raise ReleaseError(f"{place.name} serves {uri} under the same number; update the deployment")
        _require(plan)
        return _go(place, Journal(plan, version, uri), sample, say)


def resume(place: Place, *, say: Say = print) -> Outcome:
    """Goes on with an interrupted rollout: with the step that it was in, its promotion or its way back."""
    with place.alone():
        found = _interrupted(place)
        if found.phase == "trying":
            _require(found.plan)
        return _go(place, found, None, say)


def roll_back(place: Place, *, say: Say = print) -> Outcome:
    """Puts the champion of an interrupted rollout back."""
    with place.alone():
        found = _interrupted(place)
        if found.phase == "cleaning":
            raise ReleaseError(f"version {found.plan.version} is the champion already; resume to clean up")
        return _back(place, replace(found, phase="back", reason="it was rolled back by hand"), [], say)


def _require(plan: Plan) -> None:
    if missing := approvals.lacking(plan.model, plan.version, plan.gate.requires):
        raise ReleaseError(f"{plan.model} version {plan.version} may not be released: {'; '.join(missing)}")


def _interrupted(place: Place) -> Journal:
    found = place.journal()
    if found is None:
        raise ReleaseError(f"no release of {place.name} is unfinished")
    return Journal.of(found)


def _go(place: Place, journal: Journal, sample: pd.DataFrame | None, say: Say) -> Outcome:
    checks: list[Check] = []
    place.keep(journal.as_json())
    try:
        if journal.phase == "trying":
            failed = _try(place, journal, sample, checks, say)
            journal = replace(journal, phase="back" if failed else "promoting", reason=failed or "")
            place.keep(journal.as_json())
        if journal.phase == "promoting":
            place.direct(Split({journal.plan.version: 1}))
            client = mlflow.MlflowClient()
            client.set_registered_model_alias(journal.plan.model, CHAMPION, journal.plan.version)
            journal = replace(journal, phase="cleaning")
            place.keep(journal.as_json())
    except Exception as error:
        journal = replace(journal, phase="back", reason=f"{type(error).__name__}: {error}")
    finish = _back if journal.phase == "back" else _clean
    return finish(place, journal, checks, say)


def _try(
    place: Place, journal: Journal, sample: pd.DataFrame | None, checks: list[Check], say: Say
) -> str | None:
    """Why not, or None. What was found is added to `checks`."""
    plan, champion = journal.plan, journal.champion
    if champion == plan.version and journal.champion_uri == plan.uri:
        say(f"{place.name} version {plan.version} answers already")
        return _smoke(place, plan, sample, say)
    found = evidence.on_held_out(plan.gate, plan.uri, journal.champion_uri)
    checks += found
    if not Verdict(tuple(found)).passed:
        return Verdict(tuple(found)).reason
    place.load(plan.uri)
    say(f"{place.name} version {plan.version} is loaded")
    if failed := _smoke(place, plan, sample, say):
        return failed
    # Nobody's requests can be evidence where nobody asked yet.
    for at, split in enumerate(plan.splits(champion) if champion else []):
        if at < journal.step:
            continue
        place.keep(replace(journal, step=at).as_json())
        place.direct(split)
        say(f"step {at + 1}: {_said(split)}")
        found = _watch(place, journal, datetime.now(UTC))
        checks += found
        if not Verdict(tuple(found)).passed:
            return f"in step {at + 1}, {_said(split)}: {Verdict(tuple(found)).reason}"
    return None


def _smoke(place: Place, plan: Plan, sample: pd.DataFrame | None, say: Say) -> str | None:
    if sample is None:
        return None
    local = np.asarray(mlflow.pyfunc.load_model(plan.uri).predict(sample))
    served = place.predict(plan.version, sample)
    if served.shape != local.shape:
        return f"it answers in the shape {served.shape}, the model here in {local.shape}"
    wrong = int((served != local).reshape(len(sample), -1).any(axis=1).sum())
    if wrong:
        return f"{wrong} of {len(sample)} rows are answered differently from the model itself"
    say(f"smoke test: {len(sample)} rows, all equal")
    return None


def _watch(place: Place, journal: Journal, since: datetime) -> list[Check]:
    """One step: at least the interval, longer while there are too few requests, and shorter on a failure."""
    plan, champion = journal.plan, journal.champion
    begun = time.monotonic()
    patience = plan.interval * PATIENCE + LOG_SECONDS
    while True:
        over = time.monotonic() - begun >= plan.interval
        checks = []
        if plan.gate.traffic:
            checks += judge_traffic(plan.gate, evidence.of_traffic(place.name, plan.version, since))
        if plan.gate.agreement and plan.strategy == "shadow" and champion:
            tolerance = plan.gate.agreement.tolerance
            share = evidence.of_shadow(place.name, champion, plan.version, since, tolerance)
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


def _clean(place: Place, journal: Journal, checks: list[Check], say: Say) -> Outcome:
    """After the alias has moved there is no way back: the old version goes, and what fails is done later."""
    plan, verdict = journal.plan, Verdict(tuple(checks))
    try:
        record(plan.model, plan.version, plan.gate, verdict)
        _note_release(plan, journal.champion_uri)
        place.retire([plan.version])
    except Exception as error:
        said = f"{place.name} version {plan.version} is the champion; what it replaced is still loaded"
        raise ReleaseError(f"{said}; resume to clean up: {error}") from error
    place.keep(None)
    say(f"{place.name} version {plan.version} is the champion")
    return Outcome(True, verdict.reason, plan.version, verdict.checks)


def _back(place: Place, journal: Journal, checks: list[Check], say: Say) -> Outcome:
    plan, champion = journal.plan, journal.champion
    # Kept until all is done: what cannot be finished now, as with a server that is down, `resume` finishes.
    place.keep(journal.as_json())
    verdict = Verdict(tuple(checks))
    if verdict.passed:
        verdict = Verdict((*checks, Check("release", 0, journal.reason, False)))
    try:
        if champion is None:
            place.close()
        else:
            place.direct(Split({champion: 1}))
            place.retire([champion])
        _put_alias_back(plan, journal.champion_uri)
        record(plan.model, plan.version, plan.gate, verdict)
        client = mlflow.MlflowClient()
        client.set_model_version_tag(plan.model, plan.version, ROLLED_BACK_AT, _now())
    except Exception as error:
        said = f"{place.name} version {plan.version} is to be rolled back ({journal.reason}), which failed"
        raise ReleaseError(f"{said}; resume to try again: {error}") from error
    place.keep(None)
    say(f"{place.name} version {plan.version} was rolled back: {journal.reason}")
    return Outcome(False, journal.reason, champion, verdict.checks)


def _note_release(plan: Plan, champion_uri: str | None) -> None:
    """On the version who released it, when and how; on the one that it replaced, since when."""
    client, now = mlflow.MlflowClient(), _now()
    said = {RELEASED_AT: now, RELEASED_BY: provenance.person(), RELEASED_STRATEGY: plan.strategy}
    for tag, value in said.items():
        client.set_model_version_tag(plan.model, plan.version, tag, value)
    replaced = _version(plan, champion_uri)
    if replaced and replaced != plan.version:
        client.set_model_version_tag(plan.model, replaced, RETIRED_AT, now)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _version(plan: Plan, uri: str | None) -> str | None:
    """Of the plan's model, where the URI names one."""
    before = f"models:/{plan.model}/"
    return uri.removeprefix(before) if uri and uri.startswith(before) else None


def _put_alias_back(plan: Plan, champion_uri: str | None) -> None:
    """Only where a promotion was broken off after it had moved."""
    client = mlflow.MlflowClient()
    held = client.get_registered_model(plan.model).aliases.get(CHAMPION)
    if held != plan.version or champion_uri == plan.uri:
        return
    if before := _version(plan, champion_uri):
        client.set_registered_model_alias(plan.model, CHAMPION, before)
    else:
        client.delete_registered_model_alias(plan.model, CHAMPION)


def _said(split: Split) -> str:
    total = sum(split.weights.values())
    said = ", ".join(
        f"version {each} answers {100 * w / total:g} %" for each, w in split.weights.items() if w
    )
    return said if split.shadow is None else f"{said}, version {split.shadow} gets copies"
