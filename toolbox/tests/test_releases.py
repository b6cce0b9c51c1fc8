"""Releases by strategy and gate: a real MLflow, MLServer, door and inference log, under load."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from click.testing import CliRunner
from conftest import Server, on_disk
from mlflow.deployments import BaseDeploymentClient
from mlflow.deployments.cli import commands
from mlflow.exceptions import MlflowException
from models import NAME, register, register_broken, sample

from open_mlops import releases, rollout, trial
from open_mlops.gate import Agreement, Gate, HeldOut, MetricLimit, TrafficLimits
from open_mlops.release_plan import Plan, ReleaseError
from open_mlops.traffic import Traffic

#: Requests a second.
RATE = 50
TRAFFIC = TrafficLimits(requests=10, errors=0, latency={0.5: 60})
IMPOSSIBLE = TrafficLimits(requests=10, latency={0.5: 1e-9})


def traffic_of(client: BaseDeploymentClient) -> Traffic:
    return Traffic(client.get_deployment(NAME)["endpoint"], sample(20))


def place(client: BaseDeploymentClient) -> rollout.Place:
    return client.place(NAME)


@pytest.mark.parametrize("strategy", ["canary", "blue-green", "shadow"])
def test_a_promotion_and_a_rollback_lose_no_request(
    releasing: BaseDeploymentClient, served: Server, champion: str, strategy: str
) -> None:
    second, third = register(1), register(2)
    traffic, gate = traffic_of(releasing), Gate(traffic=TRAFFIC)
    with traffic.steady(RATE):
        promoted = rollout.run(place(releasing), Plan(NAME, second, strategy, interval=1.5, gate=gate))
        refused = rollout.run(
            place(releasing), Plan(NAME, third, strategy, interval=1.5, gate=Gate(traffic=IMPOSSIBLE))
        )
    assert promoted.promoted, promoted.reason
    assert not refused.promoted
    assert "latency at 0.5, seconds is" in refused.reason
    assert not traffic.problems()
    assert len(traffic.answers) > 3 * RATE
    # A shadow answers nobody.
    assert (traffic.versions()[third] > 0) is (strategy != "shadow")
    assert releases.champion_version(NAME) == second
    assert releasing.get_deployment(NAME)["weights"] == {second: 1}
    assert on_disk(served) == [f"{NAME}.v{second}"]
    versions = {each: mlflow.MlflowClient().get_model_version(NAME, each).tags for each in (second, third)}
    assert [versions[second]["gate"], versions[third]["gate"]] == ["passed", "failed"]
    assert versions[second][rollout.RELEASED_STRATEGY] == strategy
    assert rollout.ROLLED_BACK_AT in versions[third] and rollout.RELEASED_AT not in versions[third]
    replaced = mlflow.MlflowClient().get_model_version(NAME, champion).tags
    assert replaced[rollout.RETIRED_AT] == versions[second][rollout.RELEASED_AT]
    assert "latency" in versions[third]["gate.reason"]


def test_a_bad_challenger_is_refused_before_anybody_meets_it(
    releasing: BaseDeploymentClient, served: Server, champion: str, tmp_path: Path
) -> None:
    table = sample(400, 9)
    table.assign(late=table["number"].fillna(0) > 0.3).to_parquet(tmp_path / "data.parquet")
    gate = Gate(HeldOut(str(tmp_path / "data.parquet"), "late"), {"accuracy": MetricLimit(worse=0.01)})
    bad, good = register(2), register(0)
    refused = rollout.run(place(releasing), Plan(NAME, bad, "canary", interval=1, gate=gate))
    assert not refused.promoted and refused.reason.startswith("accuracy beside the champion is 0.")
    assert releases.champion_version(NAME) == champion
    assert rollout.run(place(releasing), Plan(NAME, good, "rolling", gate=gate)).promoted
    assert releases.champion_version(NAME) == good


def test_a_shadow_must_agree_with_the_champion_on_users_requests(
    releasing: BaseDeploymentClient, served: Server, champion: str
) -> None:
    other, same = register(2), register(0)
    gate = Gate(agreement=Agreement(0.9, tolerance=1e-9), traffic=TRAFFIC)
    traffic = traffic_of(releasing)
    with traffic.steady(RATE):
        refused = rollout.run(place(releasing), Plan(NAME, other, "shadow", interval=1.5, gate=gate))
        agreed = rollout.run(place(releasing), Plan(NAME, same, "shadow", interval=1.5, gate=gate))
    assert "agreement with the champion is 0" in refused.reason
    assert agreed.promoted, agreed.reason
    assert not traffic.problems()
    assert set(traffic.versions()) == {champion, same}


def test_without_requests_there_is_no_evidence(
    releasing: BaseDeploymentClient, champion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "LOG_SECONDS", 0)
    plan = Plan(NAME, register(1), "canary", interval=0.2, gate=Gate(traffic=TRAFFIC))
    outcome = rollout.run(place(releasing), plan)
    assert not outcome.promoted
    assert "requests is 0, limit at least 10" in outcome.reason
    assert releasing.get_deployment(NAME)["version"] == champion


def test_a_version_that_does_not_load_is_rolled_back(releasing: BaseDeploymentClient, champion: str) -> None:
    outcome = rollout.run(place(releasing), Plan(NAME, register_broken(), "canary", interval=1))
    assert not outcome.promoted and "load answered 500" in outcome.reason
    assert releasing.get_deployment(NAME)["version"] == champion
    with pytest.raises(RuntimeError, match=f"was rolled back, version {champion} is served: (?s:.)*'word'"):
        releases.release(NAME, register(1), sample(20).drop(columns="word"))
    assert releases.champion_version(NAME) == champion


def command(*words: str, **more: object) -> list[str]:
    return [sys.executable, "-m", "open_mlops.releases", NAME, *words]


def killed_in_a_step(version: str) -> None:
    """A release by its command, killed while its canary waits."""
    words = command("--version", version, "--steps", "20", "--interval", "60")
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert process.stdout
    for line in process.stdout:
        if line.startswith("step 1"):
            break
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_a_killed_release_leaves_a_champion_and_is_resumed_or_rolled_back(
    releasing: BaseDeploymentClient, served: Server, champion: str
) -> None:
    second = register(1)
    # Programs start meanwhile, and want the processors for themselves.
    traffic = traffic_of(releasing)
    with traffic.steady(5):
        killed_in_a_step(second)
        assert releases.champion_version(NAME) == champion
        with pytest.raises(ReleaseError, match=f"version {second} was interrupted; resume it or roll it"):
            rollout.run(place(releasing), Plan(NAME, second, "rolling"))
        with pytest.raises(MlflowException, match="under way or was interrupted"):
            releasing.update_deployment(NAME, f"models:/{NAME}/{second}")
        back = subprocess.run(command("--roll-back", "--json"), capture_output=True, text=True)
        assert back.returncode == 0, back.stderr
        assert json.loads(back.stdout)["served"] == champion
        assert on_disk(served) == [f"{NAME}.v{champion}"]

        killed_in_a_step(second)
        file = served.folder / "models" / f".{NAME}.release.json"
        journal = json.loads(file.read_text())
        journal["plan"]["interval"] = 1
        file.write_text(json.dumps(journal))
        resumed = subprocess.run(command("--resume"), capture_output=True, text=True)
        assert resumed.returncode == 0, resumed.stderr
    assert not traffic.problems()
    assert releases.champion_version(NAME) == second
    assert on_disk(served) == [f"{NAME}.v{second}"]
    with pytest.raises(ReleaseError, match="no release of answers is unfinished"):
        rollout.resume(place(releasing))


def test_the_command_lines(releasing: BaseDeploymentClient, champion: str, tmp_path: Path) -> None:
    second = register(1)
    wrong = releases.main([NAME, "--version", second, "--steps", "50,10"])
    assert wrong == 2
    file = tmp_path / "gate.yaml"
    file.write_text("traffic: {requests: 5, errors: 0}\n")
    words = ["update", "-t", releasing.target_uri, "--name", NAME, "-m", f"models:/{NAME}/{second}"]
    blue_green = ["-C", "strategy=blue-green", "-C", "interval=0.2"]
    updated = CliRunner().invoke(commands, [*words, *blue_green])
    assert updated.exit_code == 0, updated.output
    assert releases.champion_version(NAME) == second
    with pytest.raises(MlflowException, match="strategy is 'fast'; use rolling"):
        releasing.update_deployment(NAME, f"models:/{NAME}/{second}", config={"strategy": "fast"})
    with pytest.raises(MlflowException, match="rolling looks at no traffic"):
        config = {"strategy": "rolling", "gate": str(file)}
        releasing.update_deployment(NAME, f"models:/{NAME}/{second}", config=config)


def test_a_wrong_plan_is_an_error_that_names_everything() -> None:
    with pytest.raises(ValueError, match=r"steps are \(50, 10\).*interval is 0.*agreement needs held_out"):
        Plan(NAME, "1", "canary", (50, 10), 0, Gate(agreement=Agreement(0.9)))
