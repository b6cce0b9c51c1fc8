"""Requests that come at the same time: batches, and models that are slow."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import mlflow
import numpy as np
import pandas as pd
import pytest
from conftest import Server
from mlflow.deployments import BaseDeploymentClient
from mlflow.models import ModelSignature
from mlflow.types.schema import ColSpec, Schema
from models import sample
from runtimes import MAKERS

from open_mlops.serving.batcher import Batcher
from open_mlops.serving.turn import LONG, Turn

NAME = "turns"


def test_requests_for_tensors_are_one_call_of_the_model_and_each_gets_its_own() -> None:
    calls: list[int] = []

    def predict(tensors: dict[str, Any]) -> dict[str, Any]:
        calls.append(len(tensors["a"]))
        return {"twice": 2 * tensors["a"], "first": tensors["a"][:, 0, 0]}

    async def ask() -> list[Any]:
        batcher = Batcher(predict, rows=16, wait=0, turn=Turn(NAME))
        narrow = [{"a": np.full((rows, 2, 2), rows)} for rows in (1, 2, 3)]
        # Of another width, so no part of the same array.
        return await asyncio.gather(
            *(batcher.predict(each) for each in [*narrow, {"a": np.zeros((1, 2, 5))}])
        )

    answers = asyncio.run(ask())
    assert sorted(calls) == [1, 6]
    for rows, answer in zip((1, 2, 3), answers, strict=False):
        np.testing.assert_array_equal(answer["twice"], np.full((rows, 2, 2), 2 * rows))
        np.testing.assert_array_equal(answer["first"], np.full(rows, rows))


@pytest.mark.parametrize("slow", [False, True])
def test_a_batch_has_no_more_rows_than_it_may_and_no_failure_leaves_a_request_waiting(slow: bool) -> None:
    calls: list[int] = []

    def predict(columns: dict[str, Any]) -> Any:
        calls.append(len(columns["a"]))
        time.sleep(2 * LONG if slow else 0)
        if columns["a"].max() == 9:
            raise StopIteration("no more")
        return columns["a"]

    async def ask() -> list[Any]:
        batcher = Batcher(predict, rows=16, wait=0, turn=Turn(NAME))
        # The first ones tell how slow it is.
        for _ in range(8):
            await batcher.predict({"a": np.zeros(1)})
        calls.clear()
        waiting = [batcher.predict({"a": np.full(rows, rows)}) for rows in (15, 15, 1, 20, 9)]
        return await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 30)

    *answers, failed = asyncio.run(ask())
    assert max(calls) == 20 and sum(calls) >= 60 and sorted(calls)[-2] <= 16
    for rows, answer in zip((15, 15, 1, 20), answers, strict=True):
        np.testing.assert_array_equal(answer, np.full(rows, rows))
    assert isinstance(failed, RuntimeError) and "StopIteration" in str(failed)


SLOW = """
import time
import mlflow
class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        time.sleep(1)
        return model_input["number"] * 2
mlflow.models.set_model(Model())
"""


def test_a_slow_model_keeps_neither_the_servers_health_nor_another_model_waiting(
    client: BaseDeploymentClient, mlserver: Server, tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    with mlflow.start_run():
        info = mlflow.pyfunc.log_model(
            python_model=str(tmp_path / "slow.py"),
            name="model",
            signature=ModelSignature(Schema([ColSpec("double", "number")]), Schema([ColSpec("double")])),
            pip_requirements=["mlflow"],
            registered_model_name="slow",
        )
        quick = MAKERS["sklearn"](NAME)
    client.create_deployment("slow", f"models:/slow/{info.registered_model_version}")
    client.create_deployment(NAME, f"models:/{NAME}/{quick.registered_model_version}")
    rows = pd.DataFrame({"number": [1.5]})
    # One call is enough to know.
    client.predict("slow", rows)
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(client.predict, "slow", rows) for _ in range(6)]
        meanwhile = 0
        while not all(each.done() for each in asked):
            assert httpx.get(f"{mlserver.address}/v2/health/live", trust_env=False, timeout=5).is_success
            client.predict(NAME, sample(1))
            meanwhile += 1
    assert [np.ravel(each.result()["predictions"]).tolist() for each in asked] == [[3.0]] * 6
    # Six seconds of work in a row: on the server's loop there would be a look or two between them.
    assert meanwhile > 12


def test_a_yes_or_no_that_is_missing_is_refused_and_not_taken_for_no(
    client: BaseDeploymentClient, mlserver: Server, tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text(SLOW.replace("time.sleep(1)", "pass"))
    with mlflow.start_run():
        info = mlflow.pyfunc.log_model(
            python_model=str(tmp_path / "slow.py"),
            name="model",
            signature=ModelSignature(Schema([ColSpec("boolean", "number")]), Schema([ColSpec("double")])),
            pip_requirements=["mlflow"],
            registered_model_name="yes",
        )
    client.create_deployment(NAME, f"models:/yes/{info.registered_model_version}")
    tensor = {"name": "number", "shape": [2], "datatype": "BOOL", "data": [True, None]}
    address = f"{mlserver.address}/v2/models/{NAME}/infer"
    answer = httpx.post(address, json={"inputs": [tensor]}, trust_env=False)
    assert answer.status_code == 400, answer.text
    tensor["data"] = [True, False]
    assert httpx.post(address, json={"inputs": [tensor]}, trust_env=False).is_success
