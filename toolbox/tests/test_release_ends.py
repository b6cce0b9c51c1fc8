"""How releases end: interrupted, with a version that is gone, and taken back: MLflow, MLServer and door."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import mlflow
import pytest
from conftest import Server, on_disk
from mlflow.deployments import BaseDeploymentClient
from mlflow.exceptions import MlflowException
from models import NAME, register, register_broken, sample

from open_mlops import approvals, releases, rollout, trial
from open_mlops.deployments.place import MLServerPlace
from open_mlops.door import Split
from open_mlops.gate import Check, Gate, HeldOut, MetricLimit, TrafficLimits
from open_mlops.release_plan import Journal, Plan, ReleaseError
from open_mlops.traffic import Traffic

ANSWERED = Gate(traffic=TrafficLimits(requests=1, errors=0))


def tags(version: str) -> dict[str, str]:
    return dict(mlflow.MlflowClient().get_model_version(NAME, version).tags)


def delete(version: str) -> None:
    mlflow.MlflowClient().delete_model_version(NAME, version)


@contextmanager
def killed(at: str | None = None) -> Iterator[Callable[[str], None]]:
    """Nothing of a release comes after the line that begins so, or after what the test breaks off itself."""

    def say(line: str) -> None:
        if at and line.startswith(at):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        yield say


def interrupted(client: BaseDeploymentClient, version: str, **plan: Any) -> None:
    """Its canary has a share, and nobody looks any more."""
    with killed("step 1") as say:
        rollout.run(client.place(NAME), Plan(NAME, version, "canary", (20,), 0.2, **plan), say=say)


def test_nothing_is_deployed_or_deleted_while_a_release_begins(
    releasing: BaseDeploymentClient, served: Server, champion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    second, third = register(1), register(2)
    uri, refusals = f"models:/{NAME}/{third}", []

    def looked_at(*_: object) -> list[str]:
        for change in (
            lambda: releasing.update_deployment(NAME, uri),
            lambda: releasing.create_deployment(NAME, uri),
            lambda: releasing.delete_deployment(NAME),
        ):
            with pytest.raises(MlflowException, match="released or deployed by another process") as refused:
                change()
            refusals.append(refused)
        return []

    # The champion is known by then, and no journal is written yet.
    monkeypatch.setattr(approvals, "lacking", looked_at)
    monkeypatch.setattr(trial, "LOG_SECONDS", 0)
    gate = Gate(traffic=TrafficLimits(requests=10))
    outcome = rollout.run(releasing.place(NAME), Plan(NAME, second, "canary", (20,), 0.2, gate))
    assert len(refusals) == 3
    assert (outcome.promoted, outcome.served) == (False, champion)
    assert releasing.get_deployment(NAME)["version"] == champion
    assert on_disk(served) == [f"{NAME}.v{champion}"]


@pytest.mark.parametrize("end", [rollout.resume, rollout.roll_back])
@pytest.mark.parametrize("gate", [Gate(), Gate(requires=approvals.Requires(card=True))])
def test_a_release_whose_version_is_deleted_meanwhile_is_taken_back(
    releasing: BaseDeploymentClient,
    served: Server,
    champion: str,
    end: Callable[..., rollout.Outcome],
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    second = register(1)
    with monkeypatch.context() as has_a_card:
        has_a_card.setattr(approvals, "card", lambda _: "{}")
        interrupted(releasing, second, gate=gate)
    delete(second)
    outcome = end(releasing.place(NAME))
    assert (outcome.promoted, outcome.served) == (False, champion)
    assert releasing.place(NAME).journal() is None
    assert on_disk(served) == [f"{NAME}.v{champion}"]
    assert releases.champion_version(NAME) == champion


def test_a_champion_that_is_deleted_in_mlflow_is_replaced_all_the_same(
    releasing: BaseDeploymentClient, served: Server, champion: str, tmp_path: Path
) -> None:
    table, data = sample(50, 9), HeldOut(str(tmp_path / "data.parquet"), "late")
    table.assign(late=table["number"].fillna(0) > 0.3).to_parquet(data.data)
    second, plan = register(1), partial(Plan, NAME, strategy="canary", steps=(20,), interval=0.2)
    delete(champion)
    with pytest.raises(ReleaseError, match=f"cannot be judged .* version={champion}"):
        rollout.run(releasing.place(NAME), plan(second, gate=Gate(data, {"accuracy": MetricLimit(worse=1)})))
    by_itself = Gate(data, {"accuracy": MetricLimit(limit=0)})
    assert rollout.run(releasing.place(NAME), plan(second, gate=by_itself)).promoted
    assert releasing.place(NAME).journal() is None
    assert on_disk(served) == [f"{NAME}.v{second}"]
    assert releases.champion_version(NAME) == second


def test_a_version_that_is_not_there_is_not_begun_with(
    releasing: BaseDeploymentClient, champion: str
) -> None:
    assert releases.main([NAME, "--version", "9999", "--strategy", "rolling"]) == 3
    assert releasing.place(NAME).journal() is None


def test_a_gate_that_was_not_there_has_not_passed(releasing: BaseDeploymentClient, champion: str) -> None:
    said = tags(champion)
    assert (said["gate"], said["gate.reason"]) == ("none", "no gate")
    broken = register_broken()
    assert not rollout.run(releasing.place(NAME), Plan(NAME, broken, "rolling")).promoted
    assert "load answered 500" in tags(broken)["gate.reason"] and tags(broken)["gate"] == "failed"
    # It is what it was, and somebody wants it all the same.
    second = register(1)
    mlflow.MlflowClient().set_model_version_tag(NAME, second, "gate", "failed")
    releases.release(NAME, second, sample(20))
    assert releases.champion_version(NAME) == second
    assert tags(second)["gate"] == "failed"


def test_what_was_measured_before_an_interruption_is_in_the_verdict(
    releasing: BaseDeploymentClient, champion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = register(1)
    direct = MLServerPlace.direct

    def broken_off(place: MLServerPlace, split: Split) -> None:
        if split == Split({second: 1}):
            raise KeyboardInterrupt
        direct(place, split)

    traffic = Traffic(releasing.get_deployment(NAME)["endpoint"], sample(20))
    with traffic.steady(20), monkeypatch.context() as promotion, killed():
        promotion.setattr(MLServerPlace, "direct", broken_off)
        rollout.run(releasing.place(NAME), Plan(NAME, second, "canary", (50,), 0.5, ANSWERED))
    journal = releasing.place(NAME).journal()
    assert journal and journal["phase"] == "promoting"
    outcome = rollout.resume(releasing.place(NAME))
    assert outcome.promoted and [check.name for check in outcome.checks] == ["requests", "errors"]
    assert (tags(second)["gate"], tags(second)["gate.reason"]) == ("passed", "every check passed")


def test_the_tags_of_a_version_tell_what_was_last(
    releasing: BaseDeploymentClient, champion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "LOG_SECONDS", 0)
    second, place = register(1), releasing.place(NAME)
    nobody_asks = Plan(NAME, second, "canary", (20,), 0.2, ANSWERED)
    assert not rollout.run(place, nobody_asks).promoted
    assert rollout.ROLLED_BACK_AT in tags(second)
    releases.release(NAME, second, sample(20))
    assert rollout.RELEASED_AT in tags(second) and rollout.ROLLED_BACK_AT not in tags(second)
    assert rollout.RETIRED_AT in tags(champion)
    releases.release(NAME, champion, sample(20))
    assert rollout.RETIRED_AT not in tags(champion)
    assert not rollout.run(place, nobody_asks).promoted
    assert rollout.ROLLED_BACK_AT in tags(second)
    assert not [tag for tag in tags(second) if tag.startswith("released.")]
    # A champion that is asked again and fails goes on.
    with pytest.raises(RuntimeError, match=f"version {champion} is served"):
        releases.release(NAME, champion, sample(20).drop(columns="word"))
    assert rollout.ROLLED_BACK_AT not in tags(champion) and rollout.RELEASED_AT in tags(champion)


def test_after_a_finished_release_the_way_back_is_told_and_moves_requests_and_alias(
    releasing: BaseDeploymentClient, champion: str
) -> None:
    second = register(1)
    releases.release(NAME, second, sample(20))
    with pytest.raises(ReleaseError, match=f"version {champion} was champion until") as told:
        rollout.roll_back(releasing.place(NAME))
    command = re.search(r"python -m open_mlops\.releases (.*)$", str(told.value))
    assert command and releases.main(shlex.split(command[1])) == 0
    assert releasing.get_deployment(NAME)["version"] == champion
    assert releases.champion_version(NAME) == champion
    with pytest.raises(ReleaseError, match=f"version {second} was champion until"):
        rollout.roll_back(releasing.place(NAME))


def test_a_resumed_release_serves_the_version_as_it_was_told_to(
    releasing: BaseDeploymentClient, champion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = register(1)
    config = {"strategy": "rolling", "log_drop": "word", "max_batch_size": "8"}
    with monkeypatch.context() as loading, killed():
        loading.setattr(MLServerPlace, "load", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        releasing.update_deployment(NAME, f"models:/{NAME}/{second}", config=config)
    assert rollout.resume(releasing.place(NAME)).promoted
    settings = releasing.versions.answering(NAME).read()
    assert settings["max_batch_size"] == 8
    assert settings["parameters"]["inference_log"] == {"drop": ["word"]}
    with pytest.raises(MlflowException, match="max_batch_size is 'x'; use a number"):
        wrong = {"strategy": "rolling", "max_batch_size": "x"}
        releasing.update_deployment(NAME, f"models:/{NAME}/{second}", config=wrong)


def test_what_cannot_be_judged_is_not_begun(releasing: BaseDeploymentClient, champion: str) -> None:
    second = register(1)
    gate = Gate(HeldOut("/no/such/file.parquet", "late"), {"accuracy": MetricLimit(worse=0.01)})
    with pytest.raises(ReleaseError, match=r"cannot be judged on /no/such/file.parquet.*FileNotFoundError"):
        rollout.run(releasing.place(NAME), Plan(NAME, second, "rolling", gate=gate))
    assert releasing.place(NAME).journal() is None
    assert "gate" not in tags(second) and rollout.ROLLED_BACK_AT not in tags(second)


def test_a_journal_is_what_it_was_when_it_is_read_again() -> None:
    gate = Gate(traffic=TrafficLimits(5, 0.01, {0.5: 0.1}))
    plan = Plan(NAME, "4", "canary", (20, 50), 2, gate, {"log_drop": "word"})
    checks = (Check("requests", 7, "at least 5", True), Check("errors", float("inf"), "at most 0.01", False))
    journal = Journal(plan, "3", f"models:/{NAME}/3", "trying", 1, "", checks)
    assert Journal.of(json.loads(json.dumps(journal.as_json()))) == journal
