"""The smoke test, on real servers where that is short; the suites of lab and cluster run the whole."""

from __future__ import annotations

import json
from contextlib import ExitStack

import mlflow
import pytest
from conftest import Server
from mlflow.deployments import get_deploy_client

from open_mlops import smoke


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"step"')]


def test_a_step_that_fails_is_told_and_keeps_no_other_from_being_tried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken() -> str:
        raise TimeoutError("no worker came")

    steps = smoke.Steps()
    assert not steps.run("compute", broken)
    assert steps.run("tracking", lambda: "a run")
    assert not steps.ok
    compute, tracking = lines(capsys)
    assert compute["ok"] is False
    assert compute["error"] == "TimeoutError: no worker came"
    assert tracking["found"] == "a run"
    assert set(tracking) == {"step", "ok", "found", "seconds"}


def test_all_that_was_made_is_removed_even_when_one_thing_cannot_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    removed: list[str] = []

    def stuck() -> None:
        raise RuntimeError("it is locked")

    steps = smoke.Steps()
    with smoke.cleaned_up(steps) as stack:
        stack.callback(removed.append, "first")
        stack.callback(stuck)
        stack.callback(removed.append, "last")
    assert removed == ["last", "first"]
    assert lines(capsys)[0]["error"] == "RuntimeError: it is locked"
    assert not steps.ok


def test_a_model_is_logged_served_and_gone_again(
    tracking: Server, mlserver: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = f"{mlserver.address.replace('http', 'mlserver', 1)}?models={mlserver.folder / 'models'}"
    monkeypatch.setenv("OPEN_MLOPS_SERVING_TARGET", target)
    client = mlflow.MlflowClient()
    for name in ("smoke-first", "smoke-again"):
        with ExitStack() as stack:
            uri, model, sample = smoke.track(name, stack)
            assert smoke.serve(name, uri, model, sample, stack) == "50 of 50 predictions equal"
        assert not client.search_registered_models(filter_string=f"name = '{name}'")
        assert name not in [found["name"] for found in get_deploy_client(target).list_deployments()]
        assert client.get_experiment_by_name(name).lifecycle_stage == "deleted"


def test_a_served_model_that_answers_otherwise_is_found_out(
    tracking: Server, mlserver: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = f"{mlserver.address.replace('http', 'mlserver', 1)}?models={mlserver.folder / 'models'}"
    monkeypatch.setenv("OPEN_MLOPS_SERVING_TARGET", target)
    with ExitStack() as stack:
        uri, model, sample = smoke.track("smoke-wrong", stack)
        other = model.fit(sample, sample["a"] * 10)
        with pytest.raises(ValueError, match="of 50 rows are answered differently"):
            smoke.serve("smoke-wrong", uri, other, sample, stack)


def test_settings_that_are_missing_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(smoke, "track", lambda *_: (_ for _ in ()).throw(ConnectionError("refused")))
    monkeypatch.setattr(smoke, "run_flow", lambda *_: "a run")
    monkeypatch.setattr(smoke, "compute", lambda *_: "a sum")
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert smoke.smoke() is False
    found = {str(line["step"]): line for line in lines(capsys)}
    assert "PREFECT_API_URL" in str(found["settings"]["error"])
    # A model that was not logged is not served; what does not need it is tried.
    assert "serving" not in found
    assert found["compute"]["ok"] is True
