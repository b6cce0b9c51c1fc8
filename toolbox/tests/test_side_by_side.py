"""Versions of a deployment beside each other: a real MLflow, MLServer and door."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import mlflow
import numpy as np
import pytest
from conftest import Server, target_of
from mlflow.deployments import BaseDeploymentClient, get_deploy_client
from mlflow.exceptions import MlflowException
from models import NAME, register, register_broken, sample

from open_mlops import v2


@pytest.fixture
def door(served: Server) -> Server:
    return served


@pytest.fixture
def client(door: Server) -> Iterator[BaseDeploymentClient]:
    client = get_deploy_client(target_of(door))
    yield client
    for found in client.list_deployments():
        client.delete_deployment(found["name"])


def on_disk(door: Server) -> list[str]:
    return sorted(path.parent.name for path in (door.folder / "models").glob("*/model-settings.json"))


def test_a_deployment_has_an_entry_a_version_and_one_address(
    client: BaseDeploymentClient, door: Server
) -> None:
    first, second = register(1), register(2)
    created = client.create_deployment(NAME, f"models:/{NAME}/{first}")
    assert (created["name"], created["version"], created["state"]) == (NAME, first, "READY")
    assert created["weights"] == {first: 1}
    assert on_disk(door) == [f"{NAME}.v{first}"]
    client.update_deployment(NAME, f"models:/{NAME}/{second}")
    assert on_disk(door) == [f"{NAME}.v{second}"]
    assert [found["version"] for found in client.list_deployments()] == [second]
    served = client.predict(NAME, sample(50)).get_predictions("ndarray")
    np.testing.assert_array_equal(
        served, mlflow.pyfunc.load_model(f"models:/{NAME}/{second}").predict(sample(50))
    )
    client.delete_deployment(NAME)
    assert client.list_deployments() == [] and on_disk(door) == []
    with pytest.raises(MlflowException, match="no deployment answers; deployed is nothing"):
        client.get_deployment(NAME)


def test_a_version_that_does_not_load_leaves_the_one_that_is_served(
    client: BaseDeploymentClient, door: Server
) -> None:
    good, broken = register(1), register_broken()
    with pytest.raises(MlflowException, match="nothing is served under the name"):
        client.create_deployment(NAME, f"models:/{NAME}/{broken}")
    assert client.list_deployments() == []
    client.create_deployment(NAME, f"models:/{NAME}/{good}")
    with pytest.raises(MlflowException, match=f"version {good} is still served: .*load answered 500"):
        client.update_deployment(NAME, f"models:/{NAME}/{broken}")
    assert client.get_deployment(NAME)["version"] == good
    assert on_disk(door) == [f"{NAME}.v{good}"]


def test_no_request_fails_when_another_version_takes_over(client: BaseDeploymentClient, door: Server) -> None:
    first, second = register(1), register(2)
    client.create_deployment(NAME, f"models:/{NAME}/{first}")
    done, answers = threading.Event(), []
    body = v2.encode_request(sample(3))

    def ask() -> None:
        with httpx.Client(base_url=door.address, trust_env=False, timeout=60) as http:
            while not done.is_set():
                answer = http.post(f"/v2/models/{NAME}/infer", json=body)
                answers.append((answer.status_code, answer.json().get("model_version")))

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    for version in (second, first, second):
        client.update_deployment(NAME, f"models:/{NAME}/{version}")
    done.set()
    for thread in asking:
        thread.join()
    assert {status for status, _ in answers} == {200}
    assert {version for _, version in answers} == {first, second}


def test_what_was_deployed_before_there_was_a_door_goes_on(
    client: BaseDeploymentClient, door: Server
) -> None:
    first, second = register(1), register(2)
    bare = get_deploy_client(client.target_uri.partition("&routes=")[0])
    bare.create_deployment(NAME, f"models:/{NAME}/{first}")
    assert client.get_deployment(NAME)["version"] == first
    client.update_deployment(NAME, f"models:/{NAME}/{second}")
    assert on_disk(door) == [f"{NAME}.v{second}"]


def test_what_made_the_model_is_recorded(client: BaseDeploymentClient) -> None:
    version = register(1)
    run = mlflow.MlflowClient().get_model_version(NAME, version).run_id
    assert run
    with mlflow.start_run(run_id=run):
        mlflow.set_tag("mlflow.source.git.commit", "0f" * 20)
        data = mlflow.data.from_pandas(sample(10), name="rows")
        mlflow.log_input(data)
    created = client.create_deployment(NAME, f"models:/{NAME}/{version}")
    assert created["run_id"] == run
    assert created["git_commit"] == "0f" * 20
    assert created["dataset_digest"] == data.digest


def test_options_are_kept_by_an_update_and_refused_when_wrong(client: BaseDeploymentClient) -> None:
    first, second = register(1), register(2)
    uri = f"models:/{NAME}/{first}"
    with pytest.raises(MlflowException, match=r"no config size; .*max_batch_size is 'x'.*sample is 2\.0"):
        client.create_deployment(NAME, uri, config={"size": 1, "max_batch_size": "x", "log_sample": "2"})
    assert client.list_deployments() == []
    client.create_deployment(NAME, uri, config={"max_batch_size": "8", "log_drop": "word,count"})
    client.update_deployment(NAME, f"models:/{NAME}/{second}", config={"max_batch_time": "0.01"})
    settings = client.versions.answering(NAME).read()
    assert (settings["max_batch_size"], settings["max_batch_time"]) == (8, 0.01)
    assert settings["parameters"]["inference_log"] == {"drop": ["word", "count"]}
    assert client.predict(NAME, sample(2)).get_predictions("ndarray").shape == (2, 2)
