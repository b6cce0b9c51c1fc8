"""Lineage over a real MLflow, a real Prefect and log files as the model server writes them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import mlflow
import pytest
from conftest import Server, prefect_in, target_of
from lineage_story import NAME, NOW, Story, log, tell
from models import register, sample
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from open_mlops import releases, v2
from open_mlops.lineage.__main__ import main


@pytest.fixture(scope="module")
def prefect(tracking: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = prefect_in(tmp_path_factory.mktemp("prefect"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def story(prefect: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPEN_MLOPS_DATA", f"file://{folder}")
        patch.setenv("PREFECT_API_URL", f"{prefect.address}/api")
        patch.delenv("OPEN_MLOPS_SERVING_TARGET", raising=False)
        # Prefect has read its variables already.
        with temporary_settings({PREFECT_API_URL: f"{prefect.address}/api"}):
            yield tell()


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main([*words, "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def edges(answer: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(edge["source"], edge["label"], edge["target"]) for edge in answer["edges"]}


def facts(answer: dict[str, Any], node: str) -> dict[str, str]:
    return next(dict(each["facts"]) for each in answer["nodes"] if each["id"] == node)


def test_a_prediction_leads_back_to_all_that_made_it(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ask(capsys, story.request)
    run, flow = f"run:{story.runs[1]}", f"flow:{story.flow_run.id}"
    code = f"code:{'c0ffee' * 6}beef/file:///projects/retrain/abc"
    assert found["kind"] == "request" and found["missing"] == []
    assert edges(found) == {
        (f"data:{story.train.digest}", "training", run),
        (f"data:{story.test.digest}", "testing", run),
        (code, "code", run),
        (f"run:{story.watching_run}", "caused", flow),
        (flow, "ran", run),
        (run, "registered", f"version:{NAME}/2"),
        (f"version:{NAME}/2", "judged", f"gate:{NAME}/2"),
        (f"gate:{NAME}/2", "answered", f"answer:{story.request}/2"),
    }
    answered = facts(found, f"answer:{story.request}/2")
    assert (answered["late"], answered["truth"], answered["rows"]) == ("0.75", "True", "2")
    gate = facts(found, f"gate:{NAME}/2")
    assert gate["verdict"] == "passed" and "by grace, canary" in gate["released"]
    assert gate["check 1"] == "passed roc_auc: 0.71 (limit at least 0.65)"
    ran = facts(found, flow)
    assert (ran["flow"], ran["deployment"], ran["state"]) == ("retrain", "retrain-flights", "Completed")
    assert ran["message"] == "All states completed."
    assert facts(found, f"run:{story.watching_run}")["verdict"] == "drift"
    links = {each["id"]: each["link"] for each in found["nodes"]}
    assert links[run].startswith("http://127.0.0.1:") and links[run].endswith(f"/runs/{story.runs[1]}")
    assert links[flow].endswith(f"/runs/flow-run/{story.flow_run.id}") and "/api/" not in links[flow]


@pytest.mark.parametrize("how", ["digest", "url"])
def test_a_snapshot_leads_forward_to_what_it_touched(
    story: Story, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    found = ask(capsys, str(getattr(story.train, how)))
    assert found["kind"] == "snapshot" and found["of"] == f"data:{story.train.digest}"
    assert (f"gate:{NAME}/2", "answered", f"answers:{NAME}/2") in edges(found)
    titles = {each["id"]: each["title"] for each in found["nodes"]}
    # Three requests of two rows.
    assert titles[f"answers:{NAME}/2"] == "6 predictions"
    assert facts(found, f"version:{NAME}/2")["aliases"] == "champion"
    assert found["missing"][0].startswith("what runs now is not known: not set: OPEN_MLOPS_SERVING_TARGET")


def test_a_watching_run_leads_forward_to_what_it_caused(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ask(capsys, story.watching_run)
    assert (f"run:{story.watching_run}", "caused", f"flow:{story.flow_run.id}") in edges(found)
    assert (f"run:{story.runs[1]}", "registered", f"version:{NAME}/2") in edges(found)


def test_a_models_history_has_each_version_with_who_when_data_and_why(
    story: Story, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = ask(capsys, NAME)
    second, first = found["history"]
    assert (second["version"], second["aliases"], second["by"]) == ("2", ["champion"], "ada")
    assert second["why"].startswith("drift of version 1: weekday moved")
    assert second["data"] == [
        f"training: flights {story.train.digest}",
        f"testing: flights {story.test.digest}",
    ]
    assert second["gate"] == "passed: every check passed"
    assert second["released"] == "2026-11-01T10:00:00+00:00 by grace, canary"
    assert (second["answered"], second["ended"]) == (6, "")
    assert (first["ended"], first["answered"]) == ("retired 2026-11-01T10:00:01+00:00", 2)
    assert main([NAME]) == 0
    shown = capsys.readouterr().out
    assert shown.index("version 2 (champion)") < shown.index("version 1")
    assert "answered: 6 predictions" in shown


def test_the_log_is_read_from_the_day_that_is_asked_for(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(capsys, "old")["of"] == "answer:old/1"
    assert main(["old", "--since", "10"]) == 1
    assert main(["very-old"]) == 1
    assert "no request in the log since" in capsys.readouterr().err
    assert ask(capsys, "very-old", "--since", "100")["of"] == "answer:very-old/1"


def test_a_copy_is_told_from_what_was_answered_as_far_as_the_log_knows(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    for version, shift in (("1", 0.0), ("2", 0.1)):
        log(NAME, version, NOW - timedelta(minutes=5), ["copied"], shift)
    found = ask(capsys, "copied")
    assert {facts(found, f"answer:copied/{each}")["late"] for each in ("1", "2")} == {"0.75", "0.85"}
    assert found["missing"][0].startswith("2 versions got this request")


def test_a_deployment_of_another_name_leads_to_the_version_that_answered(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    # A model that is called as the deployment is, has a version of the same number, and answered nothing.
    other = register(3, "lineage-other")
    at = NOW - timedelta(hours=1)
    # MLflow prints where to look at the run.
    capsys.readouterr()
    before = ask(capsys, NAME)["history"]
    log("lineage-other", other, at, ["mine", "mine-too"], registered=(NAME, "2"))
    found = ask(capsys, "mine")
    assert (f"gate:{NAME}/2", "answered", "answer:mine/1") in edges(found)
    assert not any(each["id"].startswith("version:lineage-other") for each in found["nodes"])
    assert facts(found, "answer:mine/1")["deployment"] == "lineage-other"
    after = ask(capsys, NAME)["history"]
    assert [each["answered"] for each in after] == [before[0]["answered"] + 4, before[1]["answered"]]
    assert ask(capsys, "lineage-other")["history"][0]["answered"] == 0


def test_what_is_not_known_is_said_with_where_was_looked(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["no-such-thing"]) == 1
    said = capsys.readouterr().err
    for words in ("no registered model", "no run has that id", "no run read a snapshot", "sampled out"):
        assert words in said
    assert main([f"version:{NAME}/99"]) == 1
    assert capsys.readouterr().err.strip() == f"nothing is known of {NAME}/99: no version is registered so"
    with pytest.raises(SystemExit) as wrong:
        main([NAME, "--since", "-1"])
    assert wrong.value.code == 2


def test_a_word_that_means_two_things_is_told_and_can_be_said_exactly(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    mlflow.MlflowClient().create_registered_model(story.runs[0])
    assert main([story.runs[0]]) == 2
    assert f"ask for one of model:{story.runs[0]}, run:{story.runs[0]}" in capsys.readouterr().err
    assert ask(capsys, f"run:{story.runs[0]}")["kind"] == "run"
    assert ask(capsys, f"model:{story.runs[0]}")["missing"][0].endswith("has no version yet")


def test_the_page_stands_alone(story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "page.html"
    mlflow.MlflowClient().set_tag(story.runs[1], "open_mlops.by", "<b>ada</b>")
    assert main([f"{NAME}/2", "--page", str(file)]) == 0
    assert str(file) in capsys.readouterr().err
    page = file.read_text()
    assert page.count('<g class="box') == page.count("<section id=")
    assert page.count("marker-end") == len(edges(ask(capsys, f"{NAME}/2")))
    assert "&lt;b&gt;ada" in page and "<b>ada" not in page
    assert "<script" not in page and "<link" not in page and "@import" not in page and "src=" not in page


def test_what_was_deleted_is_said_and_the_rest_is_shown(
    story: Story, prefect: Server, tracking: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with get_client(sync_client=True) as client:
        client.delete_flow_run(story.flow_run.id)
    found = ask(capsys, story.request)
    assert f"flow run {story.flow_run.name} ({story.flow_run.id}) is gone from Prefect" in found["missing"]
    assert (f"run:{story.watching_run}", "caused", f"flow:{story.flow_run.id}") in edges(found)

    prefect.stop()
    down = ask(capsys, story.request)
    assert any(each.startswith("Prefect at http://127.0.0.1") for each in down["missing"])

    mlflow.MlflowClient().delete_run(story.runs[1])
    deleted = ask(capsys, story.request)
    assert any(f"run {story.runs[1]}" in each and "marked as deleted" in each for each in deleted["missing"])
    collect = [sys.executable, "-m", "mlflow", "gc", "--backend-store-uri", "sqlite:///mlflow.db"]
    done = subprocess.run(
        [*collect, "--run-ids", story.runs[1]], cwd=tracking.folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    gone = ask(capsys, story.request)
    assert any("is gone from MLflow" in each for each in gone["missing"])
    assert facts(gone, f"run:{story.runs[1]}") == {"run": story.runs[1]}
    assert ask(capsys, NAME)["history"][0]["run"] == f"{story.runs[1]} is gone"

    mlflow.MlflowClient().delete_model_version(NAME, "2")
    bare = ask(capsys, story.request)
    assert any("version 2 is not in the registry" in each for each in bare["missing"])
    assert edges(bare) == {(f"version:{NAME}/2", "answered", f"answer:{story.request}/2")}


def test_what_answers_now_is_asked_of_the_serving_target(
    tracking: Server, served: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPEN_MLOPS_SERVING_TARGET", target_of(served))
    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{served.folder / 'data'}")
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    name = "lineage-served"
    version = register(0, name)
    releases.release(name, version, sample(5))
    answers = v2.encode_request(sample(1))
    sent = httpx.post(f"{served.address}/v2/models/{name}/infer", json=answers, trust_env=False).json()
    deadline = time.monotonic() + 30
    while main([sent["id"]]) and time.monotonic() < deadline:
        time.sleep(0.5)
    capsys.readouterr()
    found = ask(capsys, f"{name}@champion")
    assert facts(found, f"deployment:{name}/{version}") == {"now": "answers all requests"}
    assert (f"gate:{name}/{version}", "runs in", f"deployment:{name}/{version}") in edges(found)
    assert found["missing"] == []
    assert edges(ask(capsys, sent["id"])) >= {
        (f"gate:{name}/{version}", "answered", f"answer:{sent['id']}/{version}")
    }
