"""Runs, versions, verdicts and deployments, as MLflow and the serving target know them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import mlflow
from mlflow.entities import Run as MlflowRun
from mlflow.entities import ViewType
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from open_mlops import provenance

from .records import Data, Deployment, Json, Run, Version

#: What a search brings at most.
MOST = 500
#: MLflow says so of what is not there, and of what cannot be an id.
_NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


def run(run_id: str) -> Run | None:
    try:
        return _run(mlflow.MlflowClient().get_run(run_id))
    except MlflowException as error:
        _must_be_missing(error)
        return None


def runs_that_read(digest: str) -> list[Run]:
    return _search(f"dataset.digest = '{_word(digest)}'")


def runs_because_of(watching_run: str) -> list[Run]:
    """Runs whose reason names the run that watched."""
    return _search(f"tags.`{provenance.REASON}` LIKE '%{_word(watching_run)}%'")


def version(model: str, number: str) -> Version | None:
    try:
        return _version(mlflow.MlflowClient().get_model_version(model, number))
    except MlflowException as error:
        _must_be_missing(error)
        return None


def alias(model: str, name: str) -> str | None:
    try:
        return str(mlflow.MlflowClient().get_model_version_by_alias(model, name).version)
    except MlflowException as error:
        _must_be_missing(error)
        return None


def is_model(name: str) -> bool:
    try:
        mlflow.MlflowClient().get_registered_model(name)
        return True
    except MlflowException as error:
        _must_be_missing(error)
        return False


def versions(model: str) -> list[Version]:
    """The newest first."""
    return _versions(f"name = '{_word(model)}'")


def versions_of_run(run_id: str) -> list[Version]:
    return _versions(f"run_id = '{_word(run_id)}'")


def verdict(found: Version) -> Json | None:
    """The gate's last, whole; None where it was not kept."""
    client = mlflow.MlflowClient()
    if not found.run_id:
        return None
    try:
        name = f"gate/{found.model}-{found.number}-"
        files = [
            each.path for each in client.list_artifacts(found.run_id, "gate") if each.path.startswith(name)
        ]
        return dict(mlflow.artifacts.load_dict(f"runs:/{found.run_id}/{max(files)}")) if files else None
    except (MlflowException, OSError, ValueError):
        return None


def deployments() -> list[Deployment]:
    """What runs now, a version a line; LookupError and MlflowException where that cannot be asked."""
    # The plugins take a while to load, and few questions need them.
    from open_mlops.releases import serving

    found = []
    for each in serving().list_deployments():
        model, number = _model_of(each), each.get("version")
        weights = each.get("weights") or ({number: 1} if number else {})
        total = sum(weights.values()) or 1
        for label, weight in weights.items():
            role = "answers all requests" if weight == total else f"answers {100 * weight / total:g} %"
            found.append(Deployment(each["name"], (model, str(label)), role))
        if each.get("shadow") is not None:
            found.append(Deployment(each["name"], (model, str(each["shadow"])), "gets copies of requests"))
    return found


def _model_of(deployment: Json) -> str:
    """`models:/flights/3` is flights; what came of a run has no name."""
    uri = str(deployment.get("model_uri", ""))
    return uri.removeprefix("models:/").rpartition("/")[0] if uri.startswith("models:/") else ""


def _search(words: str) -> list[Run]:
    found = mlflow.search_runs(
        search_all_experiments=True,
        filter_string=words,
        run_view_type=ViewType.ALL,
        max_results=MOST,
        output_format="list",
    )
    return [_run(each) for each in found]


def _versions(words: str) -> list[Version]:
    client = mlflow.MlflowClient()
    found: list[ModelVersion] = []
    page: str | None = None
    while True:
        some = client.search_model_versions(words, max_results=MOST, page_token=page)
        found += some
        page = some.token
        if not page:
            break
    aliases: dict[str, dict[str, list[str]]] = {}
    for name in {each.name for each in found}:
        held = client.get_registered_model(name).aliases
        for word, number in held.items():
            aliases.setdefault(name, {}).setdefault(str(number), []).append(word)
    made = [_version(each, tuple(aliases.get(each.name, {}).get(str(each.version), ()))) for each in found]
    return sorted(made, key=lambda each: (each.model, int(each.number)), reverse=True)


def _run(found: MlflowRun) -> Run:
    inputs = found.inputs.dataset_inputs if found.inputs else []
    return Run(
        id=found.info.run_id,
        name=found.info.run_name or found.info.run_id,
        experiment=_experiment(found.info.experiment_id),
        experiment_id=found.info.experiment_id,
        status=found.info.status,
        started=_time(found.info.start_time),
        tags=dict(found.data.tags),
        inputs=tuple(
            Data(
                each.dataset.name,
                each.dataset.digest,
                next((tag.value for tag in each.tags if tag.key == "mlflow.data.context"), "read"),
                _url(each.dataset.source),
            )
            for each in inputs
        ),
        deleted=found.info.lifecycle_stage == "deleted",
    )


def _version(found: ModelVersion, aliases: tuple[str, ...] | None = None) -> Version:
    return Version(
        model=found.name,
        number=str(found.version),
        run_id=found.run_id or None,
        created=_time(found.creation_timestamp),
        tags=dict(found.tags),
        aliases=tuple(found.aliases) if aliases is None else aliases,
    )


def _experiment(experiment_id: str) -> str:
    try:
        return str(mlflow.MlflowClient().get_experiment(experiment_id).name)
    except MlflowException:
        return experiment_id


def _url(source: str) -> str:
    try:
        said: Any = json.loads(source)
        return str(said.get("uri") or said.get("url") or "")
    except (ValueError, AttributeError):
        return ""


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _word(text: str) -> str:
    """In a filter a quote ends a word; nothing that is looked for has one."""
    return text.replace("'", "").replace("%", "")


def _must_be_missing(error: MlflowException) -> None:
    if error.error_code not in _NOT_THERE:
        raise error
