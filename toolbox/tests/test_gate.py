"""Decisions of a gate on numbers, both ways."""

from __future__ import annotations

from pathlib import Path

import mlflow
import numpy as np
import pytest
from conftest import Server
from models import NAME, register, sample

from open_mlops import evidence, rollout
from open_mlops.gate import (
    METRICS,
    Agreement,
    Gate,
    HeldOut,
    MetricLimit,
    Traffic,
    TrafficLimits,
    Verdict,
    judge_agreement,
    judge_metrics,
    judge_traffic,
)

DATA = HeldOut("file:///data.parquet", "late")


@pytest.mark.parametrize(
    ("limits", "challenger", "champion", "passed"),
    [
        ({"roc_auc": MetricLimit(limit=0.7)}, 0.70, None, True),
        ({"roc_auc": MetricLimit(limit=0.7)}, 0.69, None, False),
        ({"roc_auc": MetricLimit(worse=0.01)}, 0.695, 0.70, True),
        ({"roc_auc": MetricLimit(worse=0.01)}, 0.685, 0.70, False),
        ({"roc_auc": MetricLimit(worse=0.01)}, 0.1, None, True),
        ({"log_loss": MetricLimit(limit=0.5)}, 0.5, None, True),
        ({"log_loss": MetricLimit(limit=0.5)}, 0.51, None, False),
        ({"log_loss": MetricLimit(worse=0.01)}, 0.505, 0.50, True),
        ({"log_loss": MetricLimit(worse=0.01)}, 0.515, 0.50, False),
        ({"log_loss": MetricLimit(limit=0.5, worse=0.01)}, float("nan"), 0.5, False),
        # To be better is never too far from the champion.
        ({"log_loss": MetricLimit(worse=0)}, 0.1, 0.5, True),
    ],
)
def test_a_metric_passes_or_not(
    limits: dict[str, MetricLimit], challenger: float, champion: float | None, passed: bool
) -> None:
    name = next(iter(limits))
    beside = None if champion is None else {name: champion}
    verdict = Verdict(tuple(judge_metrics(Gate(DATA, limits), {name: challenger}, beside)))
    assert verdict.passed is passed
    assert (name in verdict.reason) is not passed


@pytest.mark.parametrize(
    ("traffic", "failed"),
    [
        (Traffic(100, 1, [0.1] * 99), []),
        (Traffic(99, 0, [0.1] * 99), ["requests"]),
        (Traffic(100, 2, [0.1] * 98), ["errors"]),
        (Traffic(100, 0, [0.1] * 90 + [0.9] * 10), ["latency at 0.95, seconds"]),
        (Traffic(100, 100, []), ["errors", "latency at 0.95, seconds"]),
        (Traffic(0, 0, []), ["requests"]),
    ],
)
def test_traffic_passes_or_not(traffic: Traffic, failed: list[str]) -> None:
    gate = Gate(traffic=TrafficLimits(requests=100, errors=0.01, latency={0.95: 0.2}))
    assert [check.name for check in judge_traffic(gate, traffic) if not check.passed] == failed


def test_agreement_is_a_share_of_rows() -> None:
    gate = Gate(agreement=Agreement(0.75, tolerance=0.1))
    share = evidence.agreement([[0.1, 0.9]] * 4, [[0.1, 0.9]] * 3 + [[0.3, 0.7]], 0.1)
    assert share == 0.75
    assert judge_agreement(gate, share)[0].passed
    assert not judge_agreement(gate, 0.74)[0].passed
    assert evidence.agreement(["late", "early"], ["late", "late"], 0) == 0.5
    assert evidence.agreement([[1.0, 2.0]], [1.0], 0) == 0


def test_a_gate_is_read_from_yaml(tmp_path: Path) -> None:
    file = tmp_path / "gate.yaml"
    file.write_text(
        "held_out: {data: 'file:///data.parquet', target: late}\n"
        "metrics: {roc_auc: {limit: 0.65, worse: 0.01}}\n"
        "agreement: {limit: 0.9, tolerance: 0.1}\n"
        "traffic: {requests: 200, errors: 0.01, latency: {0.5: 0.05, 0.99: 0.3}}\n"
    )
    assert Gate.read(file) == Gate(
        DATA,
        {"roc_auc": MetricLimit(0.65, 0.01)},
        Agreement(0.9, 0.1),
        TrafficLimits(200, 0.01, {0.5: 0.05, 0.99: 0.3}),
    )
    file.write_text("")
    assert Gate.read(file) == Gate()


def test_a_wrong_gate_is_an_error_that_names_everything() -> None:
    said = {"speed": 1, "traffic": {"requests": "many"}, "agreement": {"share": 1}, "held_out": {"data": "x"}}
    with pytest.raises(
        ValueError, match=r"no speed; .*held_out is .*target.*agreement is .*requests is 'many'"
    ):
        Gate.of({**said, "held_out": {"data": "x", "column": "y", "target": 1}})
    with pytest.raises(ValueError, match=r"no metric auc; .*metric auc has no limit.*name held_out.data"):
        Gate(metrics={"auc": MetricLimit()})
    with pytest.raises(ValueError, match=r"limit is 2; .*requests is 0; .*errors is -1; .*quantile 99"):
        Gate(agreement=Agreement(2), traffic=TrafficLimits(0, -1, {99: 1}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metrics: [roc_auc]\n", r"metrics is \['roc_auc'\]; use limits by name"),
        ("metrics: {1: {limit: 0.5}}\nheld_out: {data: x, target: y}\n", "no metric 1; there are roc_auc"),
        ("1: {limit: 0.5}\nspeed: 2\n", "no 1, speed; there are"),
        ("traffic: {requests: 5\n", r"gate\.yaml is no YAML; mend it: (?s:.*)line 2"),
    ],
)
def test_a_gate_that_is_written_wrong_is_told_with_what_it_says(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "gate.yaml"
    file.write_text(text)
    with pytest.raises(ValueError, match=said):
        Gate.read(file)


@pytest.mark.parametrize(
    ("truth", "answers", "share"),
    [
        ([0, 1, 2, 2], [0.0, 1.0, 2.0, 2.0], 1.0),
        ([0, 1, 2, 2], [0.0, 1.0, 1.0, 2.0], 0.75),
        ([False, True, True, True], [0.2, 0.7, 0.5, 0.1], 0.75),
        ([False, True], [0.0, 1.0], 1.0),
        ([0, 1], [1, 1], 0.5),
    ],
)
def test_accuracy_is_of_classes_however_they_are_written_and_of_probabilities(
    truth: list[int], answers: list[float], share: float
) -> None:
    assert METRICS["accuracy"][0](np.array(truth), np.array(answers)) == share


def test_models_are_judged_on_held_out_data_and_the_verdict_is_on_the_version(
    tracking: Server, tmp_path: Path
) -> None:
    # The model of seed 0 is right about these labels, and that of seed 2 about others.
    champion, challenger = register(0), register(2)
    table = sample(400, 9)
    table.assign(late=table["number"].fillna(0) > 0.3).to_parquet(tmp_path / "data.parquet")
    data = HeldOut(str(tmp_path / "data.parquet"), "late")
    gate = Gate(data, {"accuracy": MetricLimit(worse=0.05)}, Agreement(0.99))
    uris = [f"models:/{NAME}/{version}" for version in (challenger, champion)]
    refused = Verdict(tuple(evidence.on_held_out(gate, *uris)))
    assert [check.passed for check in refused.checks] == [False, False]
    assert Verdict(tuple(evidence.on_held_out(gate, *reversed(uris)))).checks[0].passed
    rollout.record(NAME, challenger, gate, refused)
    found = mlflow.MlflowClient().get_model_version(NAME, challenger)
    assert found.tags["gate"] == "failed"
    assert "accuracy beside the champion is 0." in found.tags["gate.reason"]
    assert found.run_id
    (artifact,) = mlflow.MlflowClient().list_artifacts(found.run_id, "gate")
    whole = mlflow.artifacts.load_dict(f"runs:/{found.run_id}/{artifact.path}")
    assert whole["passed"] is False and len(whole["checks"]) == 2
