"""What a gate requires before a release: a card and somebody's approval, in a real MLflow and release."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import pytest
from conftest import Server
from mlflow.deployments import BaseDeploymentClient
from models import NAME, register, sample

from open_mlops import approvals, cards, releases
from open_mlops.gate import Gate
from open_mlops.requirements import Approval, Requires

BOTH = Requires(card=True, approval=Approval())


def make_card(version: str, seed: int = 9) -> None:
    table = sample(40, seed)
    cards.make(f"models:/{NAME}/{version}", table.assign(late=table["number"].fillna(0) > 0.3), "late")


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ({"card": True}, Requires(card=True)),
        ({"approval": True}, Requires(approval=Approval())),
        ({"card": True, "approval": {"by_another": True}}, Requires(True, Approval(by_another=True))),
        ({"card": False, "approval": False}, Requires()),
    ],
)
def test_a_gate_reads_what_it_requires_and_itself_again(said: Any, made: Requires) -> None:
    gate = Gate.of({"requires": said})
    assert gate.requires == made
    # A release that was interrupted keeps its gate as JSON.
    assert Gate.of(gate.as_json()) == gate


@pytest.mark.parametrize("said", [True, {"cards": True}, {"card": "yes"}, {"approval": {"by": "ada"}}])
def test_a_wrong_requirement_is_told(said: Any) -> None:
    with pytest.raises(ValueError, match=r"no speed.*requires is .*use card: true, and approval"):
        Gate.of({"requires": said, "speed": 1})


def test_an_approval_is_of_the_card_that_was_there(tracking: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    version = register(0)
    card, approval = approvals.lacking(NAME, version, BOTH)
    assert card.startswith("it has no model card; make one with open_mlops.cards.make(")
    assert f"python -m open_mlops.approvals {NAME} --version {version} --note" in approval
    assert approvals.lacking(NAME, version, Requires()) == approvals.lacking(NAME, version, None) == []

    make_card(version)
    monkeypatch.setenv("JUPYTERHUB_USER", "grace")
    approvals.approve(NAME, version, "looked at it")
    tags = mlflow.MlflowClient().get_model_version(NAME, version).tags
    assert (tags["approval"], tags["approval.by"], tags["approval.note"]) == (
        "given",
        "grace",
        "looked at it",
    )
    assert approvals.lacking(NAME, version, BOTH) == []

    make_card(version, seed=10)
    (other,) = approvals.lacking(NAME, version, BOTH)
    assert other.startswith("its card or model is not what grace approved")
    approvals.approve(NAME, version, "looked again")
    assert approvals.lacking(NAME, version, BOTH) == []

    approvals.withdraw(NAME, version, "a mistake")
    (withdrawn,) = approvals.lacking(NAME, version, BOTH)
    assert withdrawn.startswith("grace withdrew its approval (a mistake)")


def test_who_trained_it_may_be_kept_from_approving_it(
    tracking: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = register(0)
    run = mlflow.MlflowClient().get_model_version(NAME, version).run_id
    assert run
    mlflow.MlflowClient().set_tag(run, "open_mlops.by", "ada")
    wanted = Requires(approval=Approval(by_another=True))
    approvals.approve(NAME, version, "mine", by="ada")
    (own,) = approvals.lacking(NAME, version, wanted)
    assert own.startswith("ada trained it and approved it")
    assert (
        approvals.lacking(NAME, version, BOTH) != []
        and approvals.lacking(NAME, version, Requires(approval=Approval())) == []
    )
    approvals.approve(NAME, version, "hers", by="grace")
    assert approvals.lacking(NAME, version, wanted) == []


def test_another_versions_or_models_card_is_none(tracking: Server) -> None:
    version = register(0)
    make_card(version)
    client = mlflow.MlflowClient()
    first = client.get_model_version(NAME, version)
    second = mlflow.register_model(str(first.source), NAME)
    assert second.run_id == first.run_id
    client.set_model_version_tag(NAME, second.version, cards.TAG, first.tags[cards.TAG])
    assert approvals.lacking(NAME, version, Requires(card=True)) == []
    assert len(approvals.lacking(NAME, str(second.version), Requires(card=True))) == 1

    # The same run under another name, and with the same number.
    elsewhere = [mlflow.register_model(str(first.source), "elsewhere") for _ in range(int(version))]
    other = elsewhere[-1]
    assert (str(other.version), other.run_id) == (version, first.run_id)
    client.set_model_version_tag(other.name, other.version, cards.TAG, first.tags[cards.TAG])
    assert len(approvals.lacking(other.name, str(other.version), Requires(card=True))) == 1


@pytest.fixture
def client(releasing: BaseDeploymentClient) -> BaseDeploymentClient:
    return releasing


def test_a_release_without_card_and_approval_does_not_begin(
    client: BaseDeploymentClient, served: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    champion = register(0)
    releases.release(NAME, champion, sample(20))
    version = register(1)
    gate = tmp_path / "gate.yaml"
    gate.write_text("requires: {card: true, approval: true}\n")
    words = [NAME, "--version", version, "--strategy", "rolling", "--gate", str(gate)]
    assert releases.main(words) == 3
    said = capsys.readouterr().err
    assert "may not be released: it has no model card" in said and "nobody approved it" in said
    assert client.get_deployment(NAME)["version"] == champion
    assert client.place(NAME).journal() is None
    assert "gate" not in mlflow.MlflowClient().get_model_version(NAME, version).tags

    make_card(version)
    assert approvals.main([NAME, "--version", version, "--note", "fine"]) == 0
    assert "card/card.html" in capsys.readouterr().out
    assert releases.main(words) == 0
    assert client.get_deployment(NAME)["version"] == version


def test_the_command_says_what_is_not_possible(tracking: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert approvals.main([NAME, "--version", "9999", "--note", "x"]) == 1
    assert "9999" in capsys.readouterr().err
    with pytest.raises(SystemExit) as wrong:
        approvals.main([NAME, "--version", "1"])
    assert wrong.value.code == 2
