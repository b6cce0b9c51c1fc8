"""Brings a version before users step by step, and takes it back when its gate says no.

A rollout keeps a journal of one step ahead, so that after a kill `resume` or `roll_back` goes on from there.
Until the gate has passed the champion stays loaded, and the alias moves last. Requests are put right before
anything is written down, and a version that was deleted in MLflow meanwhile keeps nothing from its end.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode

from . import approvals, provenance, trial
from .door import Split
from .gate import Gate, Verdict
from .release_plan import Journal, Outcome, Place, Plan, ReleaseError, Say, Underway

CHAMPION = "champion"
#: Tags of a model version: who answers since when, and until when. They tell what was last.
RELEASED_AT, RELEASED_BY, RELEASED_STRATEGY = "released.at", "released.by", "released.strategy"
RETIRED_AT, ROLLED_BACK_AT = "retired.at", "rolled_back.at"


def run(place: Place, plan: Plan, *, sample: pd.DataFrame | None = None, say: Say = print) -> Outcome:
    """Releases, or rolls back and says why. With a sample the new version must answer it as the model does
    here, to the last digit, before anybody is sent to it. ReleaseError where it is not begun.
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
        mlflow.MlflowClient().get_model_version(plan.model, plan.version)
        _require(plan)
        checks = trial.on_held_out(plan, uri)
        return _go(Underway(place, Journal(plan, version, uri, checks=checks), say), sample)


def resume(place: Place, *, say: Say = print) -> Outcome:
    """Goes on with an interrupted rollout: with the step that it was in, its promotion or its way back."""
    with place.alone():
        found = _interrupted(place)
        if found.phase == "trying":
            # One that is gone cannot be loaded, which leads back.
            with where_there():
                _require(found.plan)
        return _go(Underway(place, found, say), None)


def roll_back(place: Place, *, say: Say = print) -> Outcome:
    """Puts the champion of an interrupted rollout back. After a finished one ReleaseError says the way."""
    with place.alone():
        if place.journal() is None:
            raise ReleaseError(f"no release of {place.name} is unfinished; {_way_back(place)}")
        found = _interrupted(place)
        if found.phase == "cleaning":
            raise ReleaseError(
                f"version {found.plan.version} is the champion already; resume to clean up, then ask again"
            )
        return _back(Underway(place, replace(found, phase="back", reason="it was rolled back by hand"), say))


@contextmanager
def where_there() -> Iterator[None]:
    """Does nothing, or the rest of it, where MLflow no longer has the version or the model."""
    try:
        yield
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
            raise


def record(model: str, version: str, gate: Gate, verdict: Verdict) -> None:
    """On the version: tags `gate` (passed, failed or none) and `gate.reason`, and on its run the whole as
    JSON. Where nothing was measured an earlier verdict stays.
    """
    client = mlflow.MlflowClient()
    found = client.get_model_version(model, version)
    if verdict.word == "none" and "gate" in found.tags:
        return
    client.set_model_version_tag(model, version, "gate", verdict.word)
    client.set_model_version_tag(model, version, "gate.reason", verdict.reason[:4000])
    if found.run_id:
        at = datetime.now(UTC)
        whole = {
            "model": model,
            "version": version,
            "time": at.isoformat(),
            "gate": gate.as_json(),
            **verdict.as_json(),
        }
        # Keys that are numbers become words.
        plain = json.loads(json.dumps(whole, default=str))
        client.log_dict(found.run_id, plain, f"gate/{model}-{version}-{at:%Y%m%dT%H%M%S}.json")


def _require(plan: Plan) -> None:
    if missing := approvals.lacking(plan.model, plan.version, plan.gate.requires):
        raise ReleaseError(f"{plan.model} version {plan.version} may not be released: {'; '.join(missing)}")


def _interrupted(place: Place) -> Journal:
    found = place.journal()
    if found is None:
        raise ReleaseError(f"no release of {place.name} is unfinished")
    return Journal.of(found)


def _go(underway: Underway, sample: pd.DataFrame | None) -> Outcome:
    underway.note()
    plan = underway.journal.plan
    try:
        if underway.journal.phase == "trying":
            failed = trial.attempt(underway, sample)
            underway.note(phase="back" if failed else "promoting", reason=failed or "")
        if underway.journal.phase == "promoting":
            underway.place.direct(Split({plan.version: 1}))
            mlflow.MlflowClient().set_registered_model_alias(plan.model, CHAMPION, plan.version)
            underway.note(phase="cleaning")
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        underway.journal = replace(underway.journal, phase="back", reason=said)
    return _back(underway) if underway.journal.phase == "back" else _clean(underway)


def _clean(underway: Underway) -> Outcome:
    """After the alias has moved there is no way back: the old version goes, and what fails is done later."""
    place, journal = underway.place, underway.journal
    plan, verdict = journal.plan, Verdict(journal.checks)
    try:
        place.retire([plan.version])
        now = _now()
        _write(
            lambda: record(plan.model, plan.version, plan.gate, verdict),
            lambda: _note_release(plan, now),
            lambda: _note_replaced(plan, journal.champion_uri, now),
        )
    except Exception as error:
        said = f"{place.name} version {plan.version} is the champion, and cleaning up after it failed"
        raise ReleaseError(f"{said}; resume to do it: {error}") from error
    place.keep(None)
    underway.say(f"{place.name} version {plan.version} is the champion")
    return Outcome(True, verdict.reason, plan.version, verdict.checks)


def _back(underway: Underway) -> Outcome:
    # Kept until all is done: what cannot be finished now, as with a server that is down, `resume` finishes.
    underway.note()
    place, journal = underway.place, underway.journal
    plan, champion = journal.plan, journal.champion
    verdict = Verdict(journal.checks, journal.reason)
    try:
        if champion is None:
            place.close()
        else:
            place.direct(Split({champion: 1}))
            place.retire([champion])
        _write(
            lambda: _put_alias_back(plan, journal.champion_uri),
            lambda: record(plan.model, plan.version, plan.gate, verdict),
            lambda: _note_rolled_back(plan, journal.champion_uri),
        )
    except Exception as error:
        said = f"{place.name} version {plan.version} is to be rolled back ({journal.reason}), which failed"
        raise ReleaseError(f"{said}; resume to try again: {error}") from error
    place.keep(None)
    underway.say(f"{place.name} version {plan.version} was rolled back: {journal.reason}")
    return Outcome(False, journal.reason, champion, verdict.checks)


def _write(*notes: Callable[[], None]) -> None:
    for note in notes:
        with where_there():
            note()


def _note_release(plan: Plan, now: str) -> None:
    """On the version who released it, when and how."""
    said = {RELEASED_AT: now, RELEASED_BY: provenance.person(), RELEASED_STRATEGY: plan.strategy}
    _tag(plan, said, without=[RETIRED_AT, ROLLED_BACK_AT])


def _note_replaced(plan: Plan, champion_uri: str | None, now: str) -> None:
    replaced = _version(plan, champion_uri)
    if replaced and replaced != plan.version:
        mlflow.MlflowClient().set_model_version_tag(plan.model, replaced, RETIRED_AT, now)


def _note_rolled_back(plan: Plan, champion_uri: str | None) -> None:
    # One that answered before the release goes on.
    if champion_uri != plan.uri:
        _tag(plan, {ROLLED_BACK_AT: _now()}, without=[RELEASED_AT, RELEASED_BY, RELEASED_STRATEGY])


def _tag(plan: Plan, said: dict[str, str], without: list[str]) -> None:
    client = mlflow.MlflowClient()
    for tag in without:
        client.delete_model_version_tag(plan.model, plan.version, tag)
    for tag, value in said.items():
        client.set_model_version_tag(plan.model, plan.version, tag, value)


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
        with where_there():
            client.set_registered_model_alias(plan.model, CHAMPION, before)
            return
    client.delete_registered_model_alias(plan.model, CHAMPION)


def _way_back(place: Place) -> str:
    """After a finished release: how what was champion before becomes it again, where MLflow knows it."""
    version, uri = place.champion() or (None, "")
    model = uri.removeprefix("models:/").rpartition("/")[0]
    found = mlflow.MlflowClient().search_model_versions(f"name='{model}'") if model else []
    retired = [
        (each.tags[RETIRED_AT], int(each.version))
        for each in found
        if RETIRED_AT in each.tags and str(each.version) != version
    ]
    if not retired:
        return "no version is known that was champion before; release one by its number"
    at, before = max(retired)
    words = [model, "--version", str(before), "--strategy", "rolling"]
    words += [] if place.name == model else ["--deployment", place.name]
    return (
        f"version {before} was champion until {at}: to go back to it, python -m open_mlops.releases "
        f"{shlex.join(words)}"
    )
