"""The deployments plugin against a real MLflow server and a real MLServer."""

from __future__ import annotations

import json
import signal
import threading

import mlflow
import numpy as np
import pytest
from click.testing import CliRunner
from conftest import Server
from mlflow.deployments import BaseDeploymentClient, get_deploy_client
from mlflow.deployments.cli import commands
from mlflow.exceptions import MlflowException
from models import NAME, register, register_broken, sample

from open_mlops import releases


def predictions(client: BaseDeploymentClient, rows: int = 120) -> np.ndarray:
    return client.predict(NAME, sample(rows, 7)).get_predictions("ndarray")


def local(version: str, rows: int = 120) -> np.ndarray:
    return mlflow.pyfunc.load_model(f"models:/{NAME}/{version}").predict(sample(rows, 7))


def test_a_model_is_served_updated_put_back_and_taken_away(client: BaseDeploymentClient) -> None:
    first, second = register(1), register(2)
    created = client.create_deployment(NAME, f"models:/{NAME}/{first}")
    assert created["name"] == NAME
    assert created["state"] == "READY"
    assert created["version"] == first
    assert created["run_id"]
    np.testing.assert_array_equal(predictions(client), local(first))

    mlflow.MlflowClient().set_registered_model_alias(NAME, "next", second)
    client.update_deployment(NAME, f"models:/{NAME}@next")
    assert client.get_deployment(NAME)["model_uri"] == f"models:/{NAME}/{second}"
    np.testing.assert_array_equal(predictions(client), local(second))

    client.update_deployment(NAME, f"models:/{NAME}/{first}")
    np.testing.assert_array_equal(predictions(client), local(first))
    assert [found["name"] for found in client.list_deployments()] == [NAME]

    client.delete_deployment(NAME)
    client.delete_deployment(NAME)
    assert client.list_deployments() == []
    with pytest.raises(MlflowException, match=r"answered 404: .*answers"):
        predictions(client)


def test_a_model_that_does_not_load_leaves_the_one_that_is_served(
    client: BaseDeploymentClient, mlserver: Server
) -> None:
    good, broken = register(1), register_broken()
    with pytest.raises(MlflowException, match="nothing is served under the name"):
        client.create_deployment(NAME, f"models:/{NAME}/{broken}")
    assert client.list_deployments() == []

    client.create_deployment(NAME, f"models:/{NAME}/{good}")
    expected = predictions(client)
    said = f"version {good} is still served: .*load answered 500: .*UnpicklingError: invalid load key"
    with pytest.raises(MlflowException, match=said):
        client.update_deployment(NAME, f"models:/{NAME}/{broken}")
    np.testing.assert_array_equal(predictions(client), expected)
    assert client.get_deployment(NAME)["version"] == good
    folders = [path.name for path in (mlserver.folder / "models" / NAME).iterdir() if path.is_dir()]
    assert len(folders) == 1 and folders[0].startswith(f"{good}-")


def test_no_request_fails_during_an_update(client: BaseDeploymentClient) -> None:
    versions = [register(1), register(2)]
    client.create_deployment(NAME, f"models:/{NAME}/{versions[0]}")
    answers = [local(version, 5).tolist() for version in versions]
    seen: list[int] = []
    problems: list[Exception] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                seen.append(answers.index(predictions(client, 5).tolist()))
            except Exception as error:
                problems.append(error)
                return

    asking = threading.Thread(target=ask)
    asking.start()
    client.update_deployment(NAME, f"models:/{NAME}/{versions[1]}")
    done.set()
    asking.join()
    assert problems == []
    assert seen == sorted(seen) and len(seen) > 1


def test_a_killed_server_finds_its_model_again_and_a_deploy_waits_for_it(
    client: BaseDeploymentClient, mlserver: Server
) -> None:
    first, second = register(1), register(2)
    client.create_deployment(NAME, f"models:/{NAME}/{first}")
    mlserver.stop(signal.SIGKILL)
    restart = threading.Timer(1, mlserver.start)
    restart.start()
    np.testing.assert_array_equal(predictions(client), local(first))
    restart.join()
    client.update_deployment(NAME, f"models:/{NAME}/{second}")
    np.testing.assert_array_equal(predictions(client), local(second))


def test_wrong_use_is_an_error_with_the_value_and_the_remedy(client: BaseDeploymentClient) -> None:
    version = register(1)
    uri = f"models:/{NAME}/{version}"
    with pytest.raises(MlflowException, match="no deployment answers; deployed is nothing"):
        client.update_deployment(NAME, uri)
    with pytest.raises(MlflowException, match=r"deployment name is '\.\./up'"):
        client.create_deployment("../up", uri)
    with pytest.raises(MlflowException, match="model URI is 'answers'; use models:/"):
        client.create_deployment(NAME, "answers")
    client.create_deployment(NAME, uri)
    with pytest.raises(MlflowException, match="answers is deployed already; update it"):
        client.create_deployment(NAME, uri)
    with pytest.raises(MlflowException, match="use mlserver://<host>:<port>"):
        get_deploy_client("mlserver://127.0.0.1:1")


def test_whole_numbers_are_sent_as_the_floats_that_the_model_takes(client: BaseDeploymentClient) -> None:
    version = register(1)
    client.create_deployment(NAME, f"models:/{NAME}/{version}")
    table = sample(20, 7).assign(number=2.0)
    served = client.predict(NAME, table.assign(number=2)).get_predictions("ndarray")
    expected = mlflow.pyfunc.load_model(f"models:/{NAME}/{version}").predict(table)
    np.testing.assert_array_equal(served, expected)
    with pytest.raises(MlflowException, match="Model is missing inputs \\['word'\\]"):
        client.predict(NAME, table.drop(columns="word"))


def test_the_command_line_of_mlflow_works(client: BaseDeploymentClient) -> None:
    uri = f"models:/{NAME}/{register(1)}"

    def mlflow_deployments(command: str, *args: str) -> str:
        result = CliRunner().invoke(commands, [command, "-t", client.target_uri, *args])
        assert result.exit_code == 0, result.output
        return result.output

    assert "is created" in mlflow_deployments("create", "--name", NAME, "-m", uri)
    assert f"model_uri: {uri}" in mlflow_deployments("get", "--name", NAME)


def test_a_model_of_a_run_is_served_too(client: BaseDeploymentClient) -> None:
    version = register(3)
    run = mlflow.MlflowClient().get_model_version(NAME, version).run_id
    client.create_deployment(NAME, f"runs:/{run}/model")
    assert client.get_deployment(NAME)["run_id"] == run
    np.testing.assert_array_equal(predictions(client), local(version))


def test_a_release_moves_the_alias_only_after_the_smoke_test(
    client: BaseDeploymentClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPEN_MLOPS_SERVING_TARGET", client.target_uri)
    name = "released"
    first, broken = register(1, name), register_broken(name)
    releases.release(name, first, sample(100))
    assert releases.champion_version(name) == first
    with pytest.raises(MlflowException, match=f"version {first} is still served"):
        releases.release(name, broken, sample(100))
    assert releases.champion_version(name) == first

    # A sample that the model refuses fails the smoke test after the new version is served.
    second = register(2, name)
    with pytest.raises(RuntimeError, match=f"version {first} is served and stays champion"):
        releases.release(name, second, sample(100).drop(columns="word"))
    assert releases.champion_version(name) == first
    assert client.get_deployment(name)["version"] == first


def test_a_first_release_that_fails_is_not_left_before_users(
    client: BaseDeploymentClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPEN_MLOPS_SERVING_TARGET", client.target_uri)
    with pytest.raises(RuntimeError, match="it is no longer served, and there is no champion"):
        releases.release("first", register(1, "first"), sample(100).drop(columns="word"))
    assert not [found for found in client.list_deployments() if found["name"] == "first"]


def test_a_deployment_may_be_called_otherwise_than_its_model(
    client: BaseDeploymentClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPEN_MLOPS_SERVING_TARGET", client.target_uri)
    first, second = register(1), register(2)
    releases.serve("otherwise", f"models:/{NAME}/{first}")
    releases.serve("otherwise", f"models:/{NAME}/{second}")
    assert client.get_deployment("otherwise")["name"] == "otherwise"
    assert client.get_deployment("otherwise")["version"] == second
    client.delete_deployment("otherwise")


def test_what_runs_is_said_in_the_settings_and_by_the_server(
    client: BaseDeploymentClient, mlserver: Server
) -> None:
    version = register(1)
    client.create_deployment(NAME, f"models:/{NAME}/{version}")
    settings = json.loads((mlserver.folder / "models" / NAME / "model-settings.json").read_text())
    assert settings["parameters"]["extra"]["name"] == NAME
    assert settings["parameters"]["extra"]["version"] == version
    assert settings["versions"] == [version]
