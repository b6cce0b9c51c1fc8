"""The command line of releases: names, and exit codes that say what happened and nothing else."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest
from conftest import Server, free_port
from mlflow.deployments import BaseDeploymentClient
from mlflow.exceptions import MlflowException
from models import NAME, register

from open_mlops import releases

#: No deployment can be called so.
MODEL = "Answers_To_All"


@pytest.mark.parametrize("text", ["metrics: [roc_auc]\n", "traffic: {requests: 5\n", "gate\n", "1: x\n"])
def test_a_gate_that_cannot_be_read_is_wrong_use(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gate.yaml"
    file.write_text(text)
    assert releases.main([NAME, "--version", "1", "--gate", str(file)]) == 2
    assert "gate" in capsys.readouterr().err


def test_held_out_data_that_is_not_there_is_not_begun_with(
    releasing: BaseDeploymentClient, champion: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gate.yaml"
    data = f"held_out: {{data: '{tmp_path}/typo.parquet', target: late}}"
    file.write_text(f"{data}\nmetrics: {{accuracy: {{limit: 0.5}}}}\n")
    words = ["--strategy", "rolling", "--gate", str(file)]
    assert releases.main([NAME, "--version", register(1), *words]) == 3
    assert "typo.parquet; nothing was released: FileNotFoundError" in capsys.readouterr().err
    assert releasing.get_deployment(NAME)["version"] == champion


def test_an_error_that_nobody_thought_of_does_not_say_that_it_was_rolled_back(
    releasing: BaseDeploymentClient, served: Server, champion: str, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = served.folder / "models" / f".{NAME}.release.json"
    journal.write_text("half of a jour")
    assert releases.main([NAME, "--resume"]) == 3
    assert "JSONDecodeError" in capsys.readouterr().err
    journal.unlink()


def test_a_deployment_is_called_otherwise_than_its_model(
    releasing: BaseDeploymentClient, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = register(0, MODEL), register(1, MODEL)
    words = ["--strategy", "rolling"]
    with pytest.raises(SystemExit) as wrong:
        releases.main([MODEL, "--version", first, *words])
    assert wrong.value.code == 2
    assert f"deployment name is '{MODEL}'" in (said := capsys.readouterr().err) and "--deployment" in said
    words += ["--deployment", "answers-to-all"]
    assert releases.main([MODEL, "--version", first, *words]) == 0
    assert releases.main([MODEL, "--deployment", "answers-to-all", "--roll-back"]) == 3
    assert "no version is known that was champion before" in capsys.readouterr().err
    assert releases.main([MODEL, "--version", second, *words]) == 0
    assert releasing.get_deployment("answers-to-all")["version"] == second
    assert releases.champion_version(MODEL) == second
    assert releases.main([MODEL, "--deployment", "answers-to-all", "--roll-back"]) == 3
    told = f"{MODEL} --version {first} --strategy rolling --deployment answers-to-all"
    assert told in capsys.readouterr().err


def test_an_mlflow_that_is_down_is_not_a_model_without_a_champion(
    tracking: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert releases.champion_version("no-such-model") is None
    register(0, "never-released")
    assert releases.champion_version("never-released") is None
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    mlflow.set_tracking_uri(f"http://127.0.0.1:{free_port()}")
    try:
        with pytest.raises(MlflowException, match=r"Max retries exceeded|Connection refused"):
            releases.champion_version(NAME)
    finally:
        mlflow.set_tracking_uri(tracking.address)
