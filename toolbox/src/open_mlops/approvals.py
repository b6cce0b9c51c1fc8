"""Somebody's word that a version may be released: who, when, a note, and of exactly what.

    python -m open_mlops.approvals flights --version 4 --note "looked at the card, errors at EWR are known"
    python -m open_mlops.approvals flights --version 4 --withdraw --note "EWR is worse than it seemed"

An approval is of the version's card and model as they are now; with another card it is none. A gate with
`requires: {approval: true}` asks for it. It is made of tags in MLflow, so it keeps honest people from
mistakes: whoever may write to MLflow can write it. Exit codes: 0 done, 1 not possible, 2 wrong use.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from . import cards, provenance
from .requirements import Approval, Requires

#: Tags of a version: `approval` is given or withdrawn, `approval.of` is what was approved.
APPROVAL, BY, AT, NOTE, OF = "approval", "approval.by", "approval.at", "approval.note", "approval.of"
GIVEN, WITHDRAWN = "given", "withdrawn"
#: MLflow keeps no longer tag.
_LONGEST = 5000


def approve(model: str, version: str, note: str, by: str | None = None) -> None:
    """In the name of whoever runs this (`provenance.person`), or of `by`."""
    client = mlflow.MlflowClient()
    of = digest(model, version)
    # What makes it an approval comes last.
    for key, value in {**_said(note, by), OF: of, APPROVAL: GIVEN}.items():
        client.set_model_version_tag(model, version, key, value)


def withdraw(model: str, version: str, note: str, by: str | None = None) -> None:
    """Who withdrew it, and why, stays to be read. What was not approved can be withdrawn all the same."""
    client = mlflow.MlflowClient()
    for key, value in {APPROVAL: WITHDRAWN, **_said(note, by)}.items():
        client.set_model_version_tag(model, version, key, value)
    if OF in client.get_model_version(model, version).tags:
        client.delete_model_version_tag(model, version, OF)


def _said(note: str, by: str | None) -> dict[str, str]:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {BY: by or provenance.person(), AT: at, NOTE: note[:_LONGEST]}


def digest(model: str, version: str) -> str:
    """Of the version's card and its model's files: an approval is of these. The files are fetched for it."""
    found = mlflow.MlflowClient().get_model_version(model, version)
    said = hashlib.sha256((card(found) or "").encode())
    with TemporaryDirectory() as folder:
        root = Path(mlflow.artifacts.download_artifacts(f"models:/{model}/{version}", dst_path=folder))
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            # Written by the download itself.
            if path.name != "registered_model_meta":
                said.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
                said.update(hashlib.sha256(path.read_bytes()).digest())
    return said.hexdigest()[:32]


def card(version: ModelVersion) -> str | None:
    """The version's card as JSON; None where it has none, or where the card is another model's or version's:
    one run may be registered under two names, and has one card.
    """
    if cards.TAG not in version.tags or not version.run_id:
        return None
    try:
        content = mlflow.artifacts.load_dict(f"runs:/{version.run_id}/{cards.CONTENT}")
        text = mlflow.artifacts.load_text(f"runs:/{version.run_id}/{cards.CONTENT}")
    except MlflowException:
        return None
    of = content.get("model"), str(content.get("version"))
    return text if of == (version.name, str(version.version)) else None


def lacking(model: str, version: str, requires: Requires | None) -> list[str]:
    """What is missing, each with what mends it; empty when the release may begin."""
    if requires is None:
        return []
    found = mlflow.MlflowClient().get_model_version(model, version)
    problems = []
    if requires.card and card(found) is None:
        call = f'cards.make("models:/{model}/{version}", table, target)'
        problems.append(f"it has no model card; make one with open_mlops.{call}")
    if requires.approval:
        problems += _unapproved(found, requires.approval)
    return problems


def _unapproved(version: ModelVersion, wanted: Approval) -> list[str]:
    remedy = f'python -m open_mlops.approvals {version.name} --version {version.version} --note "..."'
    tags = version.tags
    by = tags.get(BY, "somebody")
    if tags.get(APPROVAL) == WITHDRAWN:
        return [f"{by} withdrew its approval ({tags.get(NOTE, '')}); approve it again with {remedy}"]
    if tags.get(APPROVAL) != GIVEN:
        return [f"nobody approved it; look at its card and approve it with {remedy}"]
    if tags.get(OF) != digest(version.name, str(version.version)):
        return [f"its card or model is not what {by} approved; look again and approve it with {remedy}"]
    if wanted.by_another and by == (trainer := trained_by(version)):
        return [f"{by} trained it and approved it; somebody else than {trainer} approves it with {remedy}"]
    return []


def trained_by(version: ModelVersion) -> str | None:
    """Who deployed or ran the training, as its run says; None where the run is gone."""
    if not version.run_id:
        return None
    try:
        tags = mlflow.MlflowClient().get_run(version.run_id).data.tags
    except MlflowException:
        return None
    return tags.get(provenance.BY) or tags.get("mlflow.user")


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m open_mlops.approvals",
        description="Approves a version for release, as its card and model are now, or takes that back.",
        epilog="exit codes: 0 done; 1 not possible; 2 wrong use",
    )
    parser.add_argument("model", help="the registered model")
    parser.add_argument("--version", required=True, help="its version")
    parser.add_argument("--note", required=True, help="why: what was looked at")
    parser.add_argument("--withdraw", action="store_true", help="take an approval back")
    options = parser.parse_args(words)
    try:
        (withdraw if options.withdraw else approve)(options.model, options.version, options.note)
        found = mlflow.MlflowClient().get_model_version(options.model, options.version)
    except MlflowException as error:
        print(error, file=sys.stderr)
        return 1
    verb = "no longer approved" if options.withdraw else "approved"
    print(f"{options.model} version {options.version} is {verb}, says {found.tags[BY]}")
    print(f"its card: {found.tags.get(cards.TAG, 'none')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
