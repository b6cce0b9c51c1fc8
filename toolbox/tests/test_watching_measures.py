"""What watching measures of requests and its reference, and what it says of windows that are not as usual."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from open_mlops.watching import answers, compare, pages
from open_mlops.watching.answers import AnswersError
from open_mlops.watching.plan import Columns, Performance, WatchPlan
from open_mlops.watching.reference import Reference

PLAN = WatchPlan(
    rows=200,
    columns=Columns(score=0.2, share=0.4),
    prediction=0.5,
    performance=Performance(metric="log_loss", worse=0.1, target="truth"),
)
ACCURACY = WatchPlan(rows=100, performance=Performance(metric="accuracy", worse=0.1, target="truth"))
EVIL = "</script><script>alert(1)</script>"


def table(rows: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    """Two numbers, of which the first says mostly what is true."""
    random = np.random.default_rng(seed)
    first, second = random.normal(shift, 1, rows), random.normal(size=rows)
    truth = random.random(rows) < 1 / (1 + np.exp(-3 * first))
    return pd.DataFrame({"first": first, "second": second, "truth": truth})


def probabilities(rows: pd.DataFrame) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-3 * rows["first"].to_numpy())))


def expected() -> Reference:
    before = table(2000, 0)
    return Reference("1", before[["first", "second"]], probabilities(before), before["truth"])


def asked(rows: pd.DataFrame, truth: Any = None) -> compare.Requests:
    known = pd.Series([None] * len(rows) if truth is None else truth)
    return compare.Requests(rows[["first", "second"]], probabilities(rows), known)


def log(outputs: dict[str, list[Any]], inputs: dict[str, list[Any]], truth: list[Any]) -> compare.Requests:
    """Of answered rows, as the inference log has them."""
    columns = {f"output.{name}": each for name, each in outputs.items()}
    columns |= {f"input.{name}": each for name, each in inputs.items()}
    return compare.requests(pa.table({"status": [200] * len(truth), **columns, "truth": truth}))


def test_requests_like_the_reference_cross_nothing() -> None:
    rows = table(1000, 1)
    found = compare.compare(PLAN, expected(), asked(rows, rows["truth"]))
    assert not found.drifted, found.reason
    assert found.reason == "nothing crossed its limit"
    assert [check.name for check in found.checks] == [
        "share of inputs that drifted",
        "share of first that is missing",
        "distance of predictions",
        "log_loss",
    ]
    assert max(found.columns.values()) < 0.02
    assert set(found.pages) == {"drift.html", "performance.html"}


def test_an_input_that_moved_is_named_by_its_distance_and_so_are_the_answers() -> None:
    rows = table(1000, 1, shift=2)
    found = compare.compare(PLAN, expected(), asked(rows, rows["truth"]))
    assert found.drifted
    assert found.columns["first"] > 1.5 > 0.2 > found.columns["second"]
    assert (
        "share of inputs that drifted is 0.5, limit at most 0.4 further than 0.2 beyond chance"
        in found.reason
    )
    assert "distance of predictions" in found.reason
    # The model is right about them all the same.
    assert "log_loss" not in found.reason


def test_a_model_that_is_no_longer_right_is_found_by_the_truth_alone() -> None:
    rows = table(1000, 1)
    found = compare.compare(PLAN, expected(), asked(rows, ~rows["truth"]))
    assert found.performance and found.before and found.performance > found.before + 1
    assert found.reason.startswith("log_loss is ")
    assert [check.passed for check in found.checks] == [True, True, True, False]


def test_few_rows_are_no_evidence_and_few_truths_are_said() -> None:
    rows = table(199, 1, shift=5)
    found = compare.compare(PLAN, expected(), asked(rows, ~rows["truth"]))
    assert not found.checks and not found.drifted
    assert found.reason == (
        "nothing was judged; not measured: inputs and predictions (199 rows are too few to judge); "
        "log_loss (199 rows have truth, 200 are needed)"
    )
    quiet = compare.compare(PLAN, expected(), asked(table(500, 1)))
    assert not quiet.drifted
    assert quiet.reason == (
        "nothing crossed its limit; not measured: log_loss (0 rows have truth, 200 are needed)"
    )


def test_truth_may_be_of_earlier_requests_than_the_inputs() -> None:
    now, earlier = table(500, 1), table(500, 2)
    found = compare.compare(PLAN, expected(), asked(now), asked(earlier, ~earlier["truth"]))
    assert (found.rows, found.rows_with_truth) == (500, 500)
    assert found.reason.startswith("log_loss is ")


def test_what_the_log_drops_is_not_compared() -> None:
    rows = table(300, 1)
    found = compare.Requests(rows[["second"]], probabilities(rows), pd.Series([None] * 300))
    said = compare.compare(PLAN, expected(), found)
    assert set(said.columns) == {"second"} and "first (not in the log)" in said.reason
    nothing = compare.Requests(rows[[]], probabilities(rows), pd.Series([None] * 300))
    said = compare.compare(PLAN, expected(), nothing)
    assert said.columns == {} and "first, second (not in the log)" in said.reason
    assert set(said.pages) == set() and not said.drifted


@pytest.mark.parametrize("share", [1.0, 0.99])
def test_an_input_that_stops_coming_crosses_a_limit(share: float) -> None:
    rows = table(1000, 1)
    rows.loc[: int(share * 1000) - 1, "second"] = np.nan
    found = compare.compare(WatchPlan(), expected(), asked(rows))
    assert found.drifted and found.missing == {"first": 0, "second": share}
    assert (
        f"share of second that is missing is {share:g}, limit at most 0.2 more than 0 before" in found.reason
    )
    assert ("second (no value)" in found.reason) == (share == 1)
    # What is left of it is like the reference.
    assert found.columns.get("second", 0) < 0.1
    assert "drift.html" in found.pages


def test_one_class_has_no_curve_and_crashes_nothing() -> None:
    rows = table(300, 1)
    for metric in ("roc_auc", "log_loss", "brier"):
        plan = WatchPlan(performance=Performance(metric=metric, worse=0.1, target="truth"), rows=200)
        found = compare.compare(plan, expected(), asked(rows, [False] * 300))
        assert found.performance is None and f"{metric} (every truth is 0)" in found.reason
    # The share that is right is a number all the same.
    found = compare.compare(ACCURACY, expected(), asked(rows, [False] * 300))
    assert found.performance == pytest.approx(np.mean(probabilities(rows) < 0.5))


def test_truth_in_words_beside_numbers_is_said() -> None:
    rows = table(300, 1)
    found = compare.compare(PLAN, expected(), asked(rows, np.where(rows["truth"], "late", "on time")))
    assert found.rows_with_truth == 300
    assert "log_loss (the truth has words such as " in found.reason


@pytest.mark.parametrize("kind", ["words", "several", "numbers"])
def test_classes_are_watched_by_how_often_they_come_and_how_often_they_are_right(kind: str) -> None:
    random = np.random.default_rng(0)
    picked = random.integers(0, 3, 900)
    names = np.array(["ant", "bee", "fly"])
    truth: Any = {"words": names[picked], "several": picked, "numbers": picked}[kind]
    said: Any = {"words": names[picked], "several": np.eye(3)[picked], "numbers": picked}[kind]
    inputs = pd.DataFrame({"first": random.normal(size=900)})
    reference = Reference("1", inputs, answers.read(said), pd.Series(truth))

    def window(rows: np.ndarray, right: bool = True) -> compare.Requests:
        known = truth[rows] if right else np.roll(truth[rows], 1)
        return log({"out": said[rows].tolist()}, {"first": inputs["first"][rows].tolist()}, known.tolist())

    plan = ACCURACY.model_copy(update={"prediction": 0.1})
    like = compare.compare(plan, reference, window(np.arange(400)))
    assert (like.rows, like.performance, like.drifted) == (400, 1.0, False), like.reason
    assert set(like.pages) == {"drift.html", "performance.html"}
    one = compare.compare(plan, reference, window(np.flatnonzero(picked == 2)))
    assert [check.name for check in one.checks if not check.passed] == ["distance of predictions"]
    wrong = compare.compare(plan, reference, window(np.arange(400), right=False))
    assert wrong.reason.startswith("accuracy is 0.")
    if kind != "numbers":
        loss = WatchPlan(rows=100, performance=Performance(metric="log_loss", worse=0, target="truth"))
        refused = compare.compare(loss, reference, window(np.arange(400)))
        assert "log_loss (the answers are classes; accuracy is their metric)" in refused.reason


def test_answers_of_other_shapes_are_refused_by_name() -> None:
    with pytest.raises(AnswersError, match=r"in the shape \(2, 3\) to 2 rows"):
        answers.read([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    with pytest.raises(AnswersError, match=r"in the shape \(1, 2, 2\) to 1 rows"):
        answers.read([[[0.5, 0.5], [0.5, 0.5]]])
    with pytest.raises(AnswersError, match="as many numbers as it likes"):
        answers.read([[1.0], [1.0, 2.0]])
    with pytest.raises(AnswersError, match=r"has the outputs output\.label, output\.score"):
        log({"label": ["a"], "score": [0.5]}, {}, [None])
    assert answers.read([[0.25, 0.75]]).tolist() == [0.75]
    assert answers.read([True, False]).tolist() == [1, 0]


class Scripts(HTMLParser):
    """Counts the scripts of a page, and keeps what they hold."""

    def __init__(self, page: str):
        super().__init__()
        self.inside, self.count, self.held = False, 0, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.inside = tag == "script"
        self.count += self.inside

    def handle_data(self, data: str) -> None:
        self.held += data if self.inside else ""


def test_a_value_that_somebody_sent_does_not_become_a_script() -> None:
    rows = [EVIL if at % 2 else "usual" for at in range(300)]
    truth = [EVIL if at % 3 else "usual" for at in range(300)]
    reference = Reference(
        "1", pd.DataFrame({"word": ["usual"] * 300}), answers.read(["usual", EVIL] * 150), pd.Series(truth)
    )
    found = compare.compare(ACCURACY, reference, log({"out": rows}, {"word": rows}, truth))
    assert set(found.pages) == {"drift.html", "performance.html"}
    for page in found.pages.values():
        assert "</script><script>alert" not in page
        assert "alert(1)" in page
    # It is data of the first script, in which markup begins with no such sign.
    assert "\\u003c/script>\\u003cscript>alert(1)" in found.pages["drift.html"]
    plain = compare.compare(PLAN, expected(), asked(table(300, 1)))
    assert Scripts(found.pages["drift.html"]).count == Scripts(plain.pages["drift.html"]).count
    with pytest.raises(ValueError, match="laid out in another way"):
        pages.inert("<html></html>")


def test_a_wrong_plan_is_an_error_that_names_everything() -> None:
    said = {
        "window": 0,
        "columns": {"share": 2, "missing": -1},
        "performance": {"metric": "f1", "worse": 0.1, "delay": -1},
        "wndow": 1,
    }
    with pytest.raises(ValueError) as error:
        WatchPlan.of(said)
    for name in (
        "window is 0",
        "columns.share is 2",
        "columns.missing is -1",
        "performance.metric is 'f1'",
        "performance.delay is -1",
        "performance.target",
        "wndow is 1",
    ):
        assert name in str(error.value)
