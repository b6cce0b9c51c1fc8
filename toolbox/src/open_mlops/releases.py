"""Putting a registered model before users: serve it, try it, and only then call it the champion.

    python -m open_mlops.releases flights --version 4 --strategy canary --steps 10,50 --gate gate.yaml
    python -m open_mlops.releases flights --resume      # after a release was interrupted
    python -m open_mlops.releases flights --roll-back
    python -m open_mlops.releases flights --version 3 --strategy rolling   # after one that is over: back to 3

Exit codes: 0 when the version is the champion (or the rollback is done), 1 when it was rolled back, 2 for a
wrong command or gate, 3 when the release could not be begun or finished.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import cast

import mlflow
import numpy as np
import pandas as pd
from mlflow.deployments import BaseDeploymentClient, get_deploy_client
from mlflow.exceptions import MlflowException

from . import rollout
from .deployments.client import DeploymentClient
from .deployments.names import check_name
from .release_plan import STRATEGIES, Outcome, Place, Plan, ReleaseError, plan_of
from .rollout import CHAMPION
from .settings import require


def serving() -> BaseDeploymentClient:
    """The deployments client of this place."""
    return cast(
        BaseDeploymentClient,
        get_deploy_client(require("OPEN_MLOPS_SERVING_TARGET")["OPEN_MLOPS_SERVING_TARGET"]),
    )


def champion_version(model: str) -> str | None:
    """The version that carries the alias, if one does. MlflowException where MLflow does not answer."""
    with rollout.where_there():
        held = mlflow.MlflowClient().get_registered_model(model).aliases.get(CHAMPION)
        return None if held is None else str(held)
    return None


def serve(name: str, model_uri: str) -> None:
    """Deploys the model under the name, whether or not something is deployed there."""
    client = serving()
    if any(found["name"] == name for found in client.list_deployments()):
        client.update_deployment(name, model_uri)
    else:
        client.create_deployment(name, model_uri)


def differing_rows(name: str, model_uri: str, sample: pd.DataFrame) -> int:
    """How many rows the deployment answers otherwise than the model here; no difference is too small."""
    local = np.asarray(mlflow.pyfunc.load_model(model_uri).predict(sample))
    served = serving().predict(name, sample).get_predictions("ndarray")
    if served.shape != local.shape:
        raise ValueError(f"{name} answered in the shape {served.shape}, the model here in {local.shape}")
    return int((served != local).reshape(len(sample), -1).any(axis=1).sum())


def _roll_back(name: str, before: str | None) -> str:
    """Serves what was champion before, or nothing where there was none, and says what is so now."""
    try:
        if before is None:
            serving().delete_deployment(name)
            return "it is no longer served, and there is no champion"
        serve(name, f"models:/{name}/{before}")
        return f"version {before} is served and stays champion"
    except MlflowException as error:
        return f"and what was there before could not be put back ({error.message})"


def release_by(plan: Plan, sample: pd.DataFrame | None = None, say: Callable[[str], None] = print) -> Outcome:
    """Releases as the plan says, under the model's name, and returns what came of it.

    An attempt that was killed, as by a flow that is tried again, is first put back, or finished where the
    alias had moved already.
    """
    place = place_of(plan.model)
    if unfinished := place.journal():
        (rollout.resume if unfinished["phase"] == "cleaning" else rollout.roll_back)(place, say=say)
    return rollout.run(place, plan, sample=sample, say=say)


def release(name: str, version: str, sample: pd.DataFrame) -> None:
    """Serves the version, asks it for predictions over V2, and moves the alias when they are right.

    When they are not, the champion that was served before is put back, or nothing is served where there was
    none, and the alias stays where it is. Behind a front door no user meets the version before that.
    """
    client = serving()
    if _splits(client):
        outcome = release_by(Plan(name, version, "rolling"), sample)
        if not outcome.promoted:
            left = f"version {outcome.served} is served" if outcome.served else "nothing is served"
            raise RuntimeError(f"{name} version {version} was rolled back, {left}: {outcome.reason}")
        return
    before = champion_version(name)
    serve(name, f"models:/{name}/{version}")
    try:
        started = time.perf_counter()
        wrong = differing_rows(name, f"models:/{name}/{version}", sample)
        if wrong:
            raise ValueError(f"{wrong} of {len(sample)} rows are answered differently from the model itself")
        print(f"smoke test: {len(sample)} rows in {time.perf_counter() - started:.2f} s, all equal")
    except Exception as error:
        state = _roll_back(name, before)
        raise RuntimeError(f"{name} version {version} failed its smoke test; {state}: {error}") from error
    mlflow.MlflowClient().set_registered_model_alias(name, CHAMPION, version)


def _splits(client: BaseDeploymentClient) -> bool:
    """Whether versions run beside each other: in a cluster, and behind the lab's front door."""
    return isinstance(client, DeploymentClient) and client.splits


def place_of(name: str) -> Place:
    """Where versions of the deployment run beside each other here; ReleaseError where they cannot."""
    client = serving()
    if not isinstance(client, DeploymentClient):
        raise ReleaseError(
            f"{client.target_uri} knows no strategies; use seldon://, kserve:// or mlserver://"
        )
    return client.place(name)


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m open_mlops.releases",
        description="Releases a version of a registered model, step by step, and rolls back by its gate.",
        epilog="exit codes: 0 released, or put back by --roll-back; 1 rolled back by its gate or an error; "
        "2 wrong use; 3 not begun or not finished",
    )
    parser.add_argument("model", help="the registered model")
    parser.add_argument("--deployment", help="what it is served as; default: the model's name")
    parser.add_argument("--version", help="the version to release")
    parser.add_argument("--strategy", choices=STRATEGIES, default="canary", help="default: canary")
    parser.add_argument("--steps", help="a canary's percentages; default: 10,50")
    parser.add_argument("--interval", help="seconds of a step; default: 30")
    parser.add_argument("--gate", help="YAML file of limits, see open_mlops.gate; default: none")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted release")
    parser.add_argument("--roll-back", action="store_true", help="put back what was before it")
    parser.add_argument("--json", action="store_true", help="print the outcome as one JSON object")
    options = parser.parse_args(words)
    if sum([options.version is not None, options.resume, options.roll_back]) != 1:
        parser.error("give one of --version, --resume and --roll-back")
    options.deployment = options.deployment or options.model
    try:
        check_name(options.deployment)
    except MlflowException as error:
        parser.error(f"{error.message}; --deployment says another than the model's")
    return options


def main(words: list[str] | None = None) -> int:
    options = _arguments(words)

    def say(line: str) -> None:
        print(line, file=sys.stderr if options.json else sys.stdout, flush=True)

    do: Callable[[Place], Outcome] = partial(rollout.resume if options.resume else rollout.roll_back, say=say)
    try:
        if options.version is not None:
            try:
                plan = plan_of(options.model, options.version, vars(options))
            except (ValueError, OSError) as error:
                print(error, file=sys.stderr)
                return 2
            do = partial(rollout.run, plan=plan, say=say)
        outcome = do(place_of(options.deployment))
    except KeyboardInterrupt:
        print("interrupted: go on with --resume, or --roll-back", file=sys.stderr)
        return 3
    except (ReleaseError, MlflowException, LookupError) as error:
        print(error, file=sys.stderr)
        return 3
    except Exception:
        # Python's own exit code of it would say that the version was rolled back.
        traceback.print_exc()
        return 3
    if options.json:
        print(json.dumps(asdict(outcome)))
    else:
        for check in outcome.checks:
            print(check)
    return 0 if outcome.promoted or options.roll_back else 1


if __name__ == "__main__":
    sys.exit(main())
