"""What made a run, as its tags: which code, in which flow run, who deployed it, and why it ran.

    with mlflow.start_run():
        mlflow.set_tags(provenance.tags(reason="drift"))

`open_mlops.project` says which code when it is deployed; a flow run of that deployment then knows it.
"""

from __future__ import annotations

import getpass
import os
import subprocess
from pathlib import Path

from prefect.runtime import deployment, flow_run

COMMIT = "mlflow.source.git.commit"
#: "true" where the folder had changes that the commit does not have.
CHANGED = "open_mlops.code.changed"
#: Address of the project's files, which holds their digest.
PROJECT = "open_mlops.project"
BY = "open_mlops.by"
REASON = "open_mlops.reason"
FLOW_RUN, FLOW_RUN_NAME = "prefect.flow_run_id", "prefect.flow_run_name"
DEPLOYMENT = "prefect.deployment_id"

#: Set in the process of a flow run by the deployment's pull step.
VARIABLES = {
    COMMIT: "OPEN_MLOPS_CODE_COMMIT",
    CHANGED: "OPEN_MLOPS_CODE_CHANGED",
    PROJECT: "OPEN_MLOPS_PROJECT",
}
DEPLOYED_BY = "OPEN_MLOPS_DEPLOYED_BY"


def person() -> str:
    """Who runs this code: the Hub's user, else the machine's."""
    if named := os.environ.get("JUPYTERHUB_USER"):
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A pod's user may have no name.
        return f"user {os.getuid()}"


def of_folder(folder: Path) -> dict[str, str]:
    """The commit that the folder is at, and whether it was changed since; nothing outside a repository."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        commit = git("rev-parse", "HEAD")
        changed = git("status", "--porcelain", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {COMMIT: commit, CHANGED: "true" if changed else "false"}


def remember(project: str, code: dict[str, str], by: str) -> None:
    """In this process: what `tags` says of code and who deployed it."""
    known = {**code, PROJECT: project}
    os.environ.update({VARIABLES[tag]: value for tag, value in known.items() if tag in VARIABLES})
    os.environ[DEPLOYED_BY] = by


def tags(reason: str | None = None) -> dict[str, str]:
    """For a run that is begun here. What is not known is left out. `reason` is in a person's words."""
    found = {tag: os.environ.get(variable) for tag, variable in VARIABLES.items()}
    found |= {
        BY: os.environ.get(DEPLOYED_BY) or person(),
        REASON: reason,
        FLOW_RUN: flow_run.id,
        FLOW_RUN_NAME: flow_run.name,
        DEPLOYMENT: deployment.id,
    }
    return {tag: str(value) for tag, value in found.items() if value}
