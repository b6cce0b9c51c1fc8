"""Which model a URI means, said once: an alias may move while a deployment is under way."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

import mlflow
from mlflow.entities import Dataset, DatasetInput, Run
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

_NAMED = re.compile(r"^models:/(?P<name>[^/@]+)(?:/(?P<version>\d+)|@(?P<alias>[^/]+))$")


@dataclass(frozen=True)
class ResolvedModel:
    """One immutable model. `label` is what a server shows as its version."""

    uri: str
    name: str | None
    version: str | None
    run_id: str | None
    #: Of the code, and of the data that the run was trained on, where it logged them.
    git_commit: str | None = None
    dataset_digest: str | None = None

    @property
    def label(self) -> str:
        return self.version or self.run_id or self.uri

    def as_record(self) -> dict[str, str]:
        """What is kept beside a deployment to say what is running."""
        record = {key: value for key, value in asdict(self).items() if value is not None}
        return {"model_uri": record.pop("uri"), **record}


def resolve(model_uri: str) -> ResolvedModel:
    """The version behind `models:/name@alias`, `models:/name/3`, `models:/m-...` or `runs:/...` now."""
    named = _NAMED.match(model_uri)
    if not named:
        if not model_uri.startswith(("models:/", "runs:/")):
            raise MlflowException(
                f"model URI is {model_uri!r}; use models:/<name>/<version>, models:/<name>@<alias> "
                "or runs:/<run>/<model>",
                INVALID_PARAMETER_VALUE,
            )
        info = mlflow.models.get_model_info(model_uri)
        run = info.run_id or None
        return ResolvedModel(uri=model_uri, name=None, version=None, run_id=run, **_origin(run))
    client = mlflow.MlflowClient()
    name, alias = named["name"], named["alias"]
    found = (
        client.get_model_version_by_alias(name, alias)
        if alias
        else client.get_model_version(name, named["version"])
    )
    version = str(found.version)
    run = found.run_id or None
    return ResolvedModel(
        uri=f"models:/{name}/{version}", name=name, version=version, run_id=run, **_origin(run)
    )


def _origin(run_id: str | None) -> dict[str, str | None]:
    """What made the model. A run that was deleted says nothing, and its model is served all the same."""
    if run_id is None:
        return {}
    try:
        run = mlflow.MlflowClient().get_run(run_id)
    except MlflowException:
        return {}
    data = training_data(run)
    return {
        "git_commit": run.data.tags.get("mlflow.source.git.commit"),
        "dataset_digest": data.digest if data else None,
    }


def training_data(run: Run) -> Dataset | None:
    """What the run logged as what it was trained on, or else the first data set that it logged."""
    inputs = run.inputs.dataset_inputs if run.inputs else []

    def is_training(each: DatasetInput) -> bool:
        return any(tag.key == MLFLOW_DATASET_CONTEXT and tag.value == "training" for tag in each.tags)

    found = next(filter(is_training, inputs), inputs[0] if inputs else None)
    return found.dataset if found else None
