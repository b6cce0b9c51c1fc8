"""Model cards: measures checked by hand, explanations that add up, and a card in a real MLflow."""

from __future__ import annotations

import time
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from conftest import Server
from mlflow.models import infer_signature
from models import NAME, register, sample, trained

from open_mlops import cards, provenance, snapshots
from open_mlops.cards import explain, measures, render

TRUTH = np.array([True, True, False, False] * 50)
SCORE = np.array([0.9, 0.2, 0.6, 0.1] * 50)


def test_metrics_are_of_what_the_model_answers_with() -> None:
    assert measures.kind_of(TRUTH, SCORE) == measures.TWO_CLASSES
    assert measures.kind_of(np.array([3.5, 2.0]), np.array([3.0, 2.5])) == measures.NUMBERS
    assert measures.kind_of(np.array(["a", "b"]), np.array(["a", "a"])) == measures.CLASSES
    with pytest.raises(ValueError, match=r"answers in the shape \(2, 3\) to 2 rows"):
        measures.kind_of(TRUTH[:2], np.zeros((2, 3)))
    two = measures.measure(measures.TWO_CLASSES, TRUTH, SCORE)
    assert [two[name] for name in ("rows", "accuracy", "roc_auc", "true_mean")] == [200, 0.5, 0.75, 0.5]
    assert measures.measure(measures.NUMBERS, np.array([3.5, 2.0]), np.array([3.0, 2.5]))["mae"] == 0.5
    assert measures.measure(measures.CLASSES, np.array(["a", "b"]), np.array(["a", "a"]))["accuracy"] == 0.5


def test_a_part_with_one_class_says_what_it_can() -> None:
    groups = pd.Series(np.where(TRUTH, "late", "early"))
    early, late = measures.by_part(measures.TWO_CLASSES, TRUTH, SCORE, groups)
    assert {early["value"], late["value"]} == {"early", "late"}
    assert early["roc_auc"] is None and early["log_loss"] is None
    assert early["rows"] == late["rows"] == 100


def test_columns_become_groups_that_a_table_can_hold() -> None:
    numbers = measures.parts(pd.Series([*np.arange(100.0), np.nan]))
    assert numbers.nunique() == 6 and (numbers == "missing").sum() == 1
    words = measures.parts(pd.Series([f"w{at}" for at in range(40) for _ in range(40 - at)]))
    assert words.nunique() == measures.MANY_VALUES
    assert (words == "w0").sum() == 40 and (words == "others").sum() == sum(range(1, 22))
    assert sorted(measures.parts(pd.Series([4.0, 5.0, None])).unique()) == ["4", "5", "missing"]


def test_unfairness_that_was_put_in_is_found() -> None:
    # Of one group half is decided yes, of the other everybody, and rightly so as often.
    score = np.concatenate([SCORE, np.full(200, 0.9), [0.9] * 5])
    truth = np.concatenate([TRUTH, TRUTH, [True] * 5])
    groups = pd.Series(["even"] * 200 + ["all"] * 200 + ["few"] * 5)
    found = measures.fairness(measures.TWO_CLASSES, truth, score, groups)
    assert found["differences"]["selection_rate"] == 0.5
    assert found["ratios"]["selection_rate"] == 0.5
    assert found["differences"]["true_positive_rate"] == 0.5
    assert found["differences"]["accuracy"] == 0
    assert found["too_few"] == {"few": 5}
    assert {group["value"] for group in found["groups"]} == {"even", "all"}


@pytest.mark.parametrize("positive", [0, measures.FEW - 1])
def test_a_rate_of_nobody_or_of_few_is_left_open_and_not_compared(positive: int) -> None:
    groups = pd.Series(["many"] * 200 + ["hardly"] * 100 + ["more"] * 60)
    truth = np.concatenate([TRUTH, np.arange(100) < positive, np.arange(60) < 30])
    score = np.concatenate([SCORE, np.full(100, 0.1), np.full(60, 0.9)])
    found = measures.fairness(measures.TWO_CLASSES, truth, score, groups)
    rates = {each["value"]: each["true_positive_rate"] for each in found["groups"]}
    assert rates == {"many": 0.5, "hardly": None, "more": 1.0}
    assert (found["differences"]["true_positive_rate"], found["ratios"]["true_positive_rate"]) == (0.5, 0.5)
    two = (groups != "more").to_numpy()
    left = measures.fairness(measures.TWO_CLASSES, truth[two], score[two], groups[two])
    assert left["differences"]["true_positive_rate"] is left["ratios"]["true_positive_rate"] is None
    assert left["differences"]["selection_rate"] == 0.5


@pytest.mark.parametrize("kind", [bool, int])
def test_yes_and_no_are_decisions_with_rates(kind: type) -> None:
    said = (SCORE >= 0.5).astype(kind)
    assert measures.kind_of(TRUTH, said) == measures.DECISIONS
    assert measures.kind_of(TRUTH.astype(int), said * 2) == measures.CLASSES
    groups = pd.Series(["one"] * 100 + ["other"] * 100)
    found = measures.fairness(measures.DECISIONS, TRUTH, said, groups)
    assert found == measures.fairness(measures.TWO_CLASSES, TRUTH, SCORE, groups)
    assert found["differences"]["selection_rate"] == 0
    measured = measures.measure(measures.DECISIONS, TRUTH, said)
    assert measured == {"rows": 200, "true_mean": 0.5, "predicted_mean": 0.5, "accuracy": 0.5}


def test_explanations_add_up_to_the_answer_and_find_what_matters() -> None:
    def ask(table: pd.DataFrame) -> np.ndarray:
        late = (table["word"] == "late").to_numpy(dtype=float)
        return 3 * late + table["number"].fillna(-1).to_numpy() * 0.1

    table = sample(60).assign(noise=np.arange(60))
    found = explain.explain(ask, table)
    assert [each["input"] for each in found["importance"]][:2] == ["word", "number"]
    assert {each["input"]: each["mean"] for each in found["importance"]}["noise"] == pytest.approx(0)
    assert len(found["examples"]) == explain.EXAMPLES
    for example in found["examples"]:
        parts = sum(each["part"] for each in example["inputs"])
        assert found["base"] + parts == pytest.approx(example["answer"])
    assert found["examples"][0]["answer"] > found["examples"][-1]["answer"]


def test_explanations_end_when_their_time_is_over() -> None:
    def ask(table: pd.DataFrame) -> np.ndarray:
        time.sleep(0.01)
        return table["count"].to_numpy(dtype=float)

    found = explain.explain(ask, sample(500), seconds=0.05)
    assert 0 < found["rows"] < explain.ROWS
    assert found["importance"][0]["input"] == "count"


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{tmp_path / 'data'}")
    table = sample(300, 7)
    day = pd.Timestamp("2013-03-01", tz="UTC")
    return table.assign(
        day=[day + pd.Timedelta(hours=at) for at in range(300)], late=table["number"].fillna(0) > 0.3
    )


def test_a_card_is_on_the_run_and_named_on_the_version(
    tracking: Server, table: pd.DataFrame, tmp_path: Path
) -> None:
    train, gone = snapshots.write(table, "numbers"), snapshots.write(table.head(10), "numbers")
    with mlflow.start_run():
        mlflow.set_tags({provenance.BY: "ada", provenance.REASON: "drift"})
        mlflow.log_input(train.dataset(table, "late"), context="training")
        mlflow.log_input(gone.dataset(table.head(10), "late"), context="testing")
        inputs, model = sample(300), trained(0)
        info = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(inputs, model.predict_proba(inputs)),
            pyfunc_predict_fn="predict_proba",
            serialization_format="cloudpickle",
            pip_requirements=["scikit-learn"],
            registered_model_name=NAME,
        )
    Path(gone.url.removeprefix("file://")).unlink()
    version = str(info.registered_model_version)
    about = {"Intended use": "tests <script>alert(1)</script>"}
    made = cards.make(
        f"models:/{NAME}/{version}", table, "late", slices=["word", "number"], sensitive="word", about=about
    )
    tags = mlflow.MlflowClient().get_model_version(NAME, version).tags
    assert tags[cards.TAG] == made.uri == f"runs:/{info.run_id}/card/card.html"
    content = mlflow.artifacts.load_dict(f"runs:/{info.run_id}/card/card.json")
    assert content == made.content
    training, testing = content["data"]["inputs"]
    assert (training["context"], training["digest"], training["rows"]) == ("training", train.digest, 300)
    assert training["period"]["from"].startswith("2013-03-01")
    assert training["target_mean"] == pytest.approx(table["late"].mean())
    assert "FileNotFoundError" in testing["unread"] and testing["rows"] == 10
    assert content["trained"] == {**content["trained"], "by": "ada", "reason": "drift"}
    assert content["metrics"]["roc_auc"] > 0.9
    assert {part["value"] for part in content["slices"]["word"]} == {"late", "on time", "früh"}
    assert sum(part["rows"] for part in content["slices"]["number"]) == 300
    assert content["explanations"]["importance"][0]["input"] == "number"
    page = mlflow.artifacts.load_text(made.uri)
    assert "&lt;script&gt;" in page and "<script>" not in page
    assert "could not be read" in page and "src=" not in page and "@import" not in page


def test_a_card_of_classes_and_of_numbers_is_a_page_too(tracking: Server, table: pd.DataFrame) -> None:
    with mlflow.start_run():
        numbers = sample(50)[["count"]].astype(float)
        for name, answer in (
            ("numbers", lambda some: some["count"] * 2.0),
            ("words", lambda some: ["a"] * len(some)),
            ("decisions", lambda some: some["count"] > 50),
        ):
            mlflow.pyfunc.log_model(
                name=name,
                python_model=answer,
                input_example=numbers,
                pip_requirements=["pandas"],
                registered_model_name=f"card-{name}",
            )
    asked = numbers.assign(double=numbers["count"] * 2, word=["a", "<script>b"] * 25)
    of_numbers = cards.make("models:/card-numbers/1", asked, "double", slices=["word"], sensitive="word")
    assert of_numbers.content["metrics"]["mae"] == 0
    assert of_numbers.content["fairness"]["differences"] == {}
    of_words = cards.make("models:/card-words/1", asked, "word")
    assert of_words.content["metrics"]["accuracy"] == 0.5
    assert of_words.content["explanations"] is None
    decided = asked.assign(late=[True, False] * 25)
    of_decisions = cards.make("models:/card-decisions/1", decided, "late", sensitive="word")
    assert of_decisions.content["answers"] == measures.DECISIONS
    assert of_decisions.content["explanations"]["importance"][0]["input"] == "count"
    for each in (of_numbers, of_words, of_decisions):
        assert "Model card: card-" in (page := render.page(each.content)) and "<script" not in page


def test_a_wrong_card_is_an_error_that_names_everything(tracking: Server, table: pd.DataFrame) -> None:
    version = register(0)
    wrong = table.assign(late=[None, *table["late"][1:]])
    with pytest.raises(
        ValueError,
        match=r"no column origin, a slice; it has number.*no column who, the sensitive.*1 rows have no",
    ):
        cards.make(f"models:/{NAME}/{version}", wrong, "late", slices=["origin"], sensitive="who")
