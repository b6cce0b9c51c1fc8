"""An update with a `strategy` is a release, in every place alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from open_mlops import rollout
from open_mlops.release_plan import PLAN_KEYS, Place, ReleaseError, plan_of

from .models import resolve


class Client(Protocol):
    """Of a target where versions run beside each other."""

    def place(self, name: str) -> Place:
        """The deployment as releases see it."""

    def check(self, config: dict[str, Any]) -> None:
        """That a version can be served with it."""


def release(client: Client, name: str, model_uri: str | None, config: dict[str, Any]) -> None:
    """Releases the model by the config's strategy. What the config says beside it is for the new version.

    MlflowException says why it was rolled back, or why it was not begun.
    """
    model = resolve(model_uri or "")
    if model.name is None or model.version is None:
        raise MlflowException(
            f"model URI is {model_uri!r}; a release needs models:/<name>/<version> or @<alias>",
            INVALID_PARAMETER_VALUE,
        )
    rest = {key: value for key, value in config.items() if key not in PLAN_KEYS}
    client.check(rest)
    try:
        plan = replace(plan_of(model.name, model.version, config), config=rest)
    except (ValueError, OSError) as error:
        raise MlflowException(str(error), INVALID_PARAMETER_VALUE) from error
    try:
        outcome = rollout.run(client.place(name), plan)
    except ReleaseError as error:
        raise MlflowException(str(error)) from error
    if not outcome.promoted:
        raise MlflowException(
            f"{name} version {model.version} was rolled back, version {outcome.served} is served: "
            f"{outcome.reason}"
        )


def unfinished(name: str) -> MlflowException:
    """A deployment with a release under way takes no other change."""
    return MlflowException(
        f"a release of {name} is under way or was interrupted; wait, or resume it or roll it "
        f"back: python -m open_mlops.releases {name} --resume"
    )
