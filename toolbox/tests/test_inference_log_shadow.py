"""Requests and their copies in the log: a real MLflow, model server and door."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from conftest import Server, target_of
from mlflow.deployments import BaseDeploymentClient, get_deploy_client
from models import register, sample

from open_mlops import evidence, inference_log, v2
from open_mlops.door import Split

NAME = "shadowed"
REQUESTS = 12


@pytest.fixture
def client(served: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseDeploymentClient]:
    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{served.folder / 'data'}")
    client = get_deploy_client(target_of(served))
    yield client
    client.delete_deployment(NAME)


def asked_in_one_trace(door: Server, shadow: str) -> datetime:
    """When it began; what was asked is in the log of both versions when it returns."""
    since = datetime.now(UTC)
    headers = {"traceparent": "00-2cf7651916cd43dd8448eb211c80319e-b7ad6b7169203331-01"}
    with httpx.Client(base_url=door.address, headers=headers, trust_env=False, timeout=60) as http:
        for seed in range(REQUESTS):
            body = v2.encode_request(sample(2, seed))
            assert http.post(f"/v2/models/{NAME}/infer", json=body).status_code == 200
    deadline = time.monotonic() + 60
    while len(inference_log.rows(NAME, since)) < 4 * REQUESTS:
        assert time.monotonic() < deadline, evidence.of_traffic(NAME, shadow, since)
        time.sleep(0.2)
    return since


def test_copies_are_compared_with_their_requests_though_all_are_of_one_trace(
    client: BaseDeploymentClient, served: Server
) -> None:
    champion, same, other = register(0, NAME), register(0, NAME), register(2, NAME)
    client.create_deployment(NAME, f"models:/{NAME}/{champion}")
    place = client.place(NAME)
    shares = {}
    for shadow in (same, other):
        place.load(f"models:/{NAME}/{shadow}")
        place.direct(Split({champion: 1}, shadow=shadow))
        since = asked_in_one_trace(served, shadow)
        assert evidence.of_traffic(NAME, shadow, since).requests == REQUESTS
        shares[shadow] = evidence.of_shadow(NAME, champion, shadow, since, 1e-9)
    assert shares[same] == 1.0
    assert shares[other] is not None and shares[other] < 1.0
    # Which model of the registry has answered is in each row.
    found = inference_log.read(NAME, since).select(["version", "registered_model", "registered_version"])
    assert {tuple(row.values()) for row in found.to_pylist()} == {
        (version, NAME, version) for version in (champion, other)
    }
