"""A project's folder on its way to a worker. The tutorial runs the rest, through a real Prefect."""

from __future__ import annotations

from pathlib import Path

import pytest

from open_mlops import project
from open_mlops.settings import require


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{tmp_path}/data")
    folder = tmp_path / "mine"
    (folder / "inner").mkdir(parents=True)
    (folder / "__pycache__").mkdir()
    (folder / "flow.py").write_text("print('hello')\n")
    (folder / "inner" / "früh.sql").write_text("select 1\n")
    (folder / "__pycache__" / "flow.pyc").write_bytes(b"\0")
    return folder


def test_what_is_uploaded_is_what_a_worker_pulls(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = project.upload(folder, "mine")
    assert url.startswith(f"file://{tmp_path}/data/projects/mine/")
    working = tmp_path / "working"
    working.mkdir()
    monkeypatch.chdir(working)
    pulled = Path(project.pull(url)["directory"])
    assert pulled.is_relative_to(working)
    assert {path.relative_to(pulled).as_posix() for path in pulled.rglob("*") if path.is_file()} == {
        "flow.py",
        "inner/früh.sql",
    }
    assert (pulled / "flow.py").read_text() == "print('hello')\n"


def test_changed_files_have_another_address_and_the_old_ones_stay(folder: Path) -> None:
    before = project.upload(folder, "mine")
    assert project.upload(folder, "mine") == before
    (folder / "flow.py").write_text("print('changed')\n")
    after = project.upload(folder, "mine")
    assert after != before
    assert Path(before.removeprefix("file://"), "flow.py").read_text() == "print('hello')\n"


def test_what_is_missing_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError, match="deploy the project again"):
        project.pull("file:///nowhere/at/all")
    with pytest.raises(FileNotFoundError, match="has no files"):
        project.upload(folder / "nothing", "mine")
    monkeypatch.delenv("OPEN_MLOPS_DATA")
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with pytest.raises(
        LookupError, match=r"PREFECT_API_URL, the workflow server; OPEN_MLOPS_DATA, where data"
    ):
        require("PREFECT_API_URL", "OPEN_MLOPS_DATA")
