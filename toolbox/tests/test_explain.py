"""Explanations of what a real MLServer serves."""

from __future__ import annotations

import json
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from mlflow.deployments import BaseDeploymentClient
from mlflow.deployments.cli import commands
from mlflow.exceptions import MlflowException
from models import register, sample
from runtimes import of_class, of_onnx

from open_mlops import snapshots
from open_mlops.deployments.explain import explain
from open_mlops.flights import data, features, models
from open_mlops.flights.registry import register as register_flights

NAME = "explained"


def contributions(found: pd.DataFrame) -> pd.DataFrame:
    return found.filter(like="contribution.").rename(columns=lambda name: name.removeprefix("contribution."))


def test_a_prediction_of_the_flights_is_explained_from_the_data_that_it_was_trained_on(
    client: BaseDeploymentClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{tmp_path}")
    table = features.build_features(data.read_flights([1])).sample(4000, random_state=0)
    kept = snapshots.write(table, "flights")
    model = models.fit(models.CANDIDATES[3], table)
    with mlflow.start_run():
        version = register_flights(model, NAME, kept, kept, {}).version
    client.create_deployment(NAME, f"models:/{NAME}/{version}")
    # Words, missing numbers, and a word that the model has never seen, as a file of JSON says them.
    rows = table[features.FEATURES].head(3).reset_index(drop=True)
    rows.loc[0, "wind_gust"] = np.nan
    rows.loc[1, "dest"] = "XYZ"
    file, told = tmp_path / "rows.json", tmp_path / "told.json"
    rows.to_json(file, orient="records", double_precision=15)
    command = ["explain", "-t", client.target_uri, "--name", NAME, "-I", str(file), "-O", str(told)]
    result = CliRunner().invoke(commands, command)
    assert result.exit_code == 0, result.output
    found = pd.DataFrame(json.loads(told.read_text()))
    assert found["row"].tolist() == [0, 1, 2] and set(found["output"]) == {"[1]"}
    np.testing.assert_allclose(found["prediction"], model.predict_proba(rows)[:, 1], rtol=1e-9)
    background = table[features.FEATURES].sample(50, random_state=0)
    np.testing.assert_allclose(found["base"], model.predict_proba(background)[:, 1].mean(), rtol=1e-9)
    each = contributions(found)
    assert each.columns.tolist() == features.FEATURES
    np.testing.assert_allclose(found["base"] + each.sum(axis=1), found["prediction"], rtol=1e-6)
    assert each.abs().to_numpy().max() > 0.01


def kept(seed: int) -> str:
    """A version whose run says what it was trained on."""
    version = register(seed, NAME)
    run = mlflow.MlflowClient().get_model_version(NAME, version).run_id
    table = sample(300, seed)
    with mlflow.start_run(run_id=run):
        mlflow.log_input(snapshots.write(table, "answers").dataset(table), context="training")
    return f"models:/{NAME}/{version}"


def test_what_does_not_matter_contributes_nothing_and_the_version_that_answers_is_explained(
    client: BaseDeploymentClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`models.trained` decides by `number` alone, at a threshold that the seed says."""
    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{tmp_path}")
    rows = sample(6, 9).assign(number=[-2.0, -1, -0.5, 0.5, 1, 2])
    client.create_deployment(NAME, kept(1))
    first = client.explain(NAME, rows)
    each = contributions(first)
    assert (each["number"].abs() > 10 * each[["count", "word"]].abs().max(axis=1)).all()
    assert (np.sign(each["number"]) == np.sign(first["prediction"] - first["base"])).all()
    client.update_deployment(NAME, kept(0))
    assert not np.allclose(client.explain(NAME, rows)["prediction"], first["prediction"])


def test_tensors_are_explained_by_position_and_a_class_by_its_probabilities(
    client: BaseDeploymentClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{tmp_path}")
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(200, 2)).astype(np.float32), columns=["number", "count"])
    with mlflow.start_run():
        mlflow.log_input(snapshots.write(table, "tensors").dataset(table), context="training")
        version = of_onnx(NAME).registered_model_version
    client.create_deployment(NAME, f"models:/{NAME}/{version}")
    rows = table.head(4).set_axis([0, 1], axis=1)
    found = client.explain(NAME, rows)
    assert found["output"].tolist() == ["probabilities[1]"] * 4
    each = contributions(found)
    assert each.columns.tolist() == ["0", "1"]
    np.testing.assert_allclose(found["base"] + each.sum(axis=1), found["prediction"], atol=1e-5)


def test_what_cannot_be_explained_says_why(client: BaseDeploymentClient) -> None:
    with mlflow.start_run():
        version = of_class(NAME).registered_model_version
    client.create_deployment(NAME, f"models:/{NAME}/{version}")
    with pytest.raises(MlflowException, match="it has neither; log the training data"):
        client.explain(NAME, sample(2))
    with pytest.raises(MlflowException, match="the rows to explain: no count"):
        client.explain(NAME, sample(2)[["number"]])
    with pytest.raises(MlflowException, match="no deployment other; deployed is explained"):
        client.explain("other", sample(2))


def test_it_ends_when_its_time_is_over_and_refuses_what_is_not_what_is_served(
    client: BaseDeploymentClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{tmp_path}")
    uri = kept(1)
    run = mlflow.MlflowClient().get_model_version(NAME, uri.rsplit("/", 1)[-1]).run_id
    model, rows = mlflow.pyfunc.load_model(uri), sample(5)
    with pytest.raises(MlflowException, match=r"0 of 5 rows were explained in 0 s; send at most 1"):
        explain(uri, run, rows, model.predict, limit=0)
    with pytest.raises(MlflowException, match="predicts otherwise here than where it is served"):
        explain(uri, run, rows, lambda asked: model.predict(asked) + 0.01)
