"""What a model was made from: snapshots of data, and the tags of a run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from conftest import Server

from open_mlops import project, provenance, snapshots

TABLE = pd.DataFrame({"number": [1.5, None], "word": ["früh", "late"]})


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{tmp_path / 'data'}")
    # A pull writes into the environment of its process.
    for name in [*provenance.VARIABLES.values(), provenance.DEPLOYED_BY]:
        monkeypatch.setenv(name, "")
    return tmp_path / "data"


def test_the_same_rows_are_the_same_file_and_other_rows_are_another(data: Path) -> None:
    first, again = snapshots.write(TABLE, "numbers"), snapshots.write(TABLE.copy(), "numbers")
    other = snapshots.write(TABLE.head(1), "numbers")
    assert first == again
    assert other.digest != first.digest
    files = sorted(path.name for path in (data / "snapshots" / "numbers").iterdir())
    assert files == sorted([f"{first.digest}.parquet", f"{other.digest}.parquet"])
    pd.testing.assert_frame_equal(snapshots.read(first.url), TABLE, check_exact=True)


def test_a_snapshot_has_a_name_that_an_address_can_hold() -> None:
    with pytest.raises(ValueError, match=r"'a/b'; use small letters, digits and dashes"):
        snapshots.write(TABLE, "a/b")


def test_a_run_is_found_by_the_data_that_it_read(tracking: Server) -> None:
    kept = snapshots.write(TABLE, "numbers")
    with mlflow.start_run() as run:
        mlflow.log_input(kept.dataset(TABLE), context="training")
    found = mlflow.search_runs(filter_string=f"dataset.digest = '{kept.digest}'", output_format="list")
    assert [each.info.run_id for each in found] == [run.info.run_id]
    assert found[0].inputs.dataset_inputs[0].dataset.name == "numbers"


def test_a_pulled_project_knows_its_commit_and_who_deployed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "flow.py").write_text("print('hello')\n")
    assert provenance.of_folder(folder) == {}
    git = ["git", "-C", str(folder), "-c", "user.name=ada", "-c", "user.email=ada@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], check=True)
    clean = provenance.of_folder(folder)
    assert len(clean[provenance.COMMIT]) == 40
    assert clean[provenance.CHANGED] == "false"
    (folder / "flow.py").write_text("print('changed')\n")
    assert provenance.of_folder(folder) == {**clean, provenance.CHANGED: "true"}

    monkeypatch.chdir(tmp_path)
    url = project.upload(folder, "mine")
    project.pull(url, clean, "ada")
    assert provenance.tags(reason="drift") == {
        **clean,
        provenance.PROJECT: url,
        provenance.BY: "ada",
        provenance.REASON: "drift",
    }


def test_who_runs_it_is_the_hubs_user_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "grace")
    assert provenance.tags() == {provenance.BY: "grace"}
    assert os.environ[provenance.DEPLOYED_BY] == ""
