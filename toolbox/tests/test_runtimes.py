"""Every runtime that is offered, served by a real MLServer in the serving environment."""

from __future__ import annotations

import os
import sys
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
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types.schema import ColSpec, Schema
from runtimes import MAKERS, ROWS, numbers, of_text, two_tensors

from open_mlops import v2
from open_mlops.deployments.runtimes import RUNTIMES
from open_mlops.models import program, text

NAME = "runtime"


def logged(make: Any, *args: Any) -> str:
    with mlflow.start_run():
        return f"models:/{NAME}/{make(NAME, *args).registered_model_version}"


def answered(client: BaseDeploymentClient, inputs: Any) -> dict[str, np.ndarray]:
    return arrays(client.predict(NAME, inputs)["predictions"])


def expected(uri: str, inputs: Any) -> dict[str, np.ndarray]:
    return arrays(mlflow.pyfunc.load_model(uri).predict(inputs))


def arrays(found: Any) -> dict[str, np.ndarray]:
    """By output; one without a name is all there is."""
    if isinstance(found, pd.DataFrame):
        found = {name: found[name].to_numpy() for name in found.columns}
    named = found if isinstance(found, dict) else {"": found}
    return {name: np.asarray(values) for name, values in named.items()}


@pytest.mark.parametrize("flavor", [runtime.flavor for runtime in RUNTIMES])
def test_a_model_of_each_runtime_is_served_as_it_predicts_here(
    client: BaseDeploymentClient, flavor: str
) -> None:
    uri = logged(MAKERS[flavor])
    created = client.create_deployment(NAME, uri)
    assert (created["flavor"], created["state"]) == (flavor, "READY")
    inputs = ROWS[flavor]
    here = expected(uri, inputs)

    def same(rows: slice) -> None:
        there = answered(client, inputs[rows])
        assert there.keys() == here.keys()
        for name, values in here.items():
            np.testing.assert_array_equal(there[name].reshape(values[rows].shape), values[rows])

    same(slice(0, 40))
    client.update_deployment(NAME, config={"max_batch_size": 64})
    # Together, so that there is something to batch.
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(same, [slice(at, at + 5) for at in range(0, 40, 5)]))


def test_tensors_by_name_go_as_arrays_and_as_a_table_of_lists(
    client: BaseDeploymentClient, mlserver: Server
) -> None:
    uri = logged(two_tensors)
    client.create_deployment(NAME, uri, config={"max_batch_size": 8})
    random = np.random.default_rng(0)
    sent = {"picture": random.random((6, 4, 3)), "weight": random.random((6, 1))}
    here = expected(uri, {name: values.astype(np.float32) for name, values in sent.items()})["light"]
    for inputs in (sent, pd.DataFrame({name: values.tolist() for name, values in sent.items()})):
        there = answered(client, inputs)["light"]
        np.testing.assert_array_equal(there.astype(np.float32), here)
    body = v2.encode_tensors({name: values.astype(np.float32) for name, values in sent.items()})
    # Naming an output is what only MLServer's own way knows.
    ways = [body, {**body, "outputs": [{"name": "light"}]}]
    address = f"{mlserver.address}/v2/models/{NAME}/infer"
    short, standard = (httpx.post(address, json=each, trust_env=False).json() for each in ways)
    assert short["outputs"] == standard["outputs"]
    with pytest.raises(MlflowException, match=r"answered 400: .*Failed to enforce schema"):
        client.predict(NAME, {"picture": sent["picture"][:, :2], "weight": sent["weight"]})


def test_a_text_classifier_is_served_without_pytorch(client: BaseDeploymentClient, tmp_path: Path) -> None:
    uri = logged(of_text, tmp_path / "export")
    client.create_deployment(NAME, uri, config={"max_batch_size": 8})
    texts = pd.DataFrame({"text": ["the flight is delayed", "on time", "été late late"]})
    found = answered(client, texts)
    assert found["late"].argmin() == 1 and found["late"].min() < 0.5 < np.median(found["late"])
    np.testing.assert_allclose(found["late"] + found["on time"], 1, rtol=1e-6)
    np.testing.assert_array_equal(found["late"].astype(np.float32), expected(uri, texts)["late"])
    with pytest.raises(ValueError, match=r"no model.onnx in .*; no tokenizer.json in .*; labels are \['a'\]"):
        text.log_model(tmp_path, ["a"])


PROGRAM = """
import json, os, sys, time
for line in sys.stdin:
    columns = json.loads(line)["columns"]
    numbers = columns["number"]
    if None in numbers:
        answer = {"error": "a number is missing"}
    elif numbers[0] == 13 and not os.path.exists("died"):
        open("died", "w").close()
        sys.exit(1)
    elif numbers[0] == 14:
        sys.exit(1)
    elif numbers[0] == 15:
        time.sleep(60)
    elif numbers[0] == 16:
        # It reads no more, so that what comes next does not fit into the pipe.
        print(json.dumps({"predictions": {"twice": [32], "pid": [os.getpid()]}}), flush=True)
        time.sleep(60)
    else:
        twice = [2 * number for number in numbers]
        answer = {"predictions": {"twice": twice, "pid": [os.getpid()] * len(numbers)}}
    print(json.dumps(answer), flush=True)
"""


def test_a_program_is_started_again_when_it_dies_and_ends_with_its_model(
    client: BaseDeploymentClient, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "answer.py").write_text(PROGRAM)
    command = ["python3", "answer.py"]
    more: dict[str, Any] = {"patience": 2, "registered_model_name": NAME, "name": "model"}
    with mlflow.start_run():
        info = program.log_model(command, folder, **more)
    client.create_deployment(NAME, f"models:/{NAME}/{info.registered_model_version}")

    def ask(*values: float | None) -> dict[str, np.ndarray]:
        return answered(client, pd.DataFrame({"number": pd.Series(values, dtype=float)}))

    first = ask(1.5, 2.25)
    assert first["twice"].tolist() == [3, 4.5]
    assert ask(13)["twice"].tolist() == [26], "it died once, and was asked again"
    assert ask(1)["pid"][0] != first["pid"][0]
    with pytest.raises(MlflowException, match=r"answered 400: .*a number is missing"):
        ask(1, None)
    with pytest.raises(MlflowException, match=r"answered 500: .*ended twice at one request"):
        ask(14)
    with pytest.raises(MlflowException, match=r"answered 500: .*did not answer in 2 s"):
        ask(15)
    assert ask(16)["twice"].tolist() == [32]
    with pytest.raises(MlflowException, match=r"answered 500: .*did not answer in 2 s"):
        ask(*[1.0] * 50_000)
    running = int(ask(1)["pid"][0])
    os.kill(running, 0)
    client.delete_deployment(NAME)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{running}").exists():
        assert time.monotonic() < deadline, f"{running} is still there"
        time.sleep(0.1)
    problems = r"command is empty; .*is no folder with files in it"
    with pytest.raises(ValueError, match=problems):
        program.log_model([], tmp_path / "nothing")


def test_a_program_that_the_machine_lacks_is_named(client: BaseDeploymentClient, tmp_path: Path) -> None:
    (tmp_path / "predict.cob").write_text("")
    with mlflow.start_run():
        info = program.log_model(
            ["cobol-of-1968", "predict.cob"], tmp_path, name="model", registered_model_name=NAME
        )
    uri = f"models:/{NAME}/{info.registered_model_version}"
    said = r"nothing is served under the name: .*runs by cobol-of-1968, which this machine has not; install"
    with pytest.raises(MlflowException, match=said):
        client.create_deployment(NAME, uri)


def test_two_versions_of_a_class_have_each_their_own_code(
    client: BaseDeploymentClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Modules of the same name, in one process."""
    uris = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "helper.py").write_text(f"NUMBER = {number}\n")
        (folder / "model.py").write_text(
            "import mlflow, helper\n"
            "class Model(mlflow.pyfunc.PythonModel):\n"
            "    def predict(self, context, model_input, params=None):\n"
            "        return [helper.NUMBER] * len(model_input)\n"
            "mlflow.models.set_model(Model())\n"
        )
        with monkeypatch.context() as here, mlflow.start_run():
            here.syspath_prepend(folder)
            here.delitem(sys.modules, "helper", raising=False)
            info = mlflow.pyfunc.log_model(
                python_model=str(folder / "model.py"),
                code_paths=[str(folder / "helper.py")],
                name="model",
                pip_requirements=["mlflow"],
                registered_model_name=NAME,
            )
        uris.append(f"models:/{NAME}/{info.registered_model_version}")
    for name, uri in zip(("first", "second"), uris, strict=True):
        client.create_deployment(name, uri)
    asked = [client.predict(name, numbers(1))["predictions"] for name in ("first", "second")]
    assert asked == [[[1]], [[2]]]


def test_a_class_may_answer_as_python_does(client: BaseDeploymentClient) -> None:
    kinds: list[Any] = [
        [1, 2],
        ["late", "früh"],
        np.array([1.5, 2.5]),
        np.array(["late", "früh"]),
        np.array(["late", "früh"], dtype=object),
        pd.Series([1.5, 2.5]),
        pd.Series(["late", "früh"]),
    ]

    class Kinds(mlflow.pyfunc.PythonModel):
        def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:
            return kinds[int(model_input["kind"].iloc[0])]

    asked = [pd.DataFrame({"kind": [kind, kind]}) for kind in range(len(kinds))]
    for signature in (None, ModelSignature(Schema([ColSpec("long", "kind")]))):
        with mlflow.start_run():
            info = mlflow.pyfunc.log_model(
                python_model=Kinds(),
                signature=signature,
                name="model",
                pip_requirements=["pandas"],
                registered_model_name=NAME,
            )
        client.create_deployment(NAME, f"models:/{NAME}/{info.registered_model_version}")
        for rows, kind in zip(asked, kinds, strict=True):
            assert arrays(client.predict(NAME, rows)["predictions"])[""].ravel().tolist() == list(kind)
        client.delete_deployment(NAME)


def test_what_no_runtime_serves_is_refused_with_the_remedy(
    client: BaseDeploymentClient, tmp_path: Path
) -> None:
    with mlflow.start_run():
        info = MAKERS["sklearn"](NAME)
    folder = Path(mlflow.artifacts.download_artifacts(info.model_uri, dst_path=str(tmp_path)))
    described = (folder / "MLmodel").read_text()
    for old, new in (("mlflow.sklearn", "mlflow.transformers"), ("  sklearn:", "  transformers:")):
        described = described.replace(old, new)
    (folder / "MLmodel").write_text(described)
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(folder), "model")
        source = f"{run.info.artifact_uri}/model"
        version = mlflow.MlflowClient().create_model_version(NAME, source, run.info.run_id).version
    with pytest.raises(
        MlflowException, match=r"of transformers, which is not served here; .*export it to ONNX"
    ):
        client.create_deployment(NAME, f"models:/{NAME}/{version}")
    assert client.list_deployments() == []
    with pytest.raises(MlflowException, match=r"flavour is 'onnx'; models:/runtime/.* has .*sklearn"):
        client.create_deployment(NAME, f"models:/{NAME}/{info.registered_model_version}", flavor="onnx")
