"""How far a model's requests are from its reference: Evidently's scores, judged by the plan."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from open_mlops import evidence
from open_mlops.gate import METRICS, Check
from open_mlops.log_layout import INPUT, OUTPUT

from .plan import Performance, WatchPlan
from .reference import Reference

PREDICTION, TRUTH = "prediction", "truth"
#: Ways of measuring that grow with the distance, whatever the number of rows.
_WAYS = {"num_method": "wasserstein", "cat_method": "jensenshannon"}


@dataclass(frozen=True)
class Requests:
    """What was asked and answered: as many rows of each. `truth` is not a number where none has come."""

    inputs: pd.DataFrame
    predictions: npt.NDArray[np.float64]
    truth: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Findings:
    """`columns` and `prediction` are distances; `performance` and `before` are the plan's metric, now and on
    the held-out data. None is what could not be measured, and `pages` the reports by file name.
    """

    version: str
    rows: int
    rows_with_truth: int
    columns: dict[str, float]
    prediction: float | None
    performance: float | None
    before: float | None
    checks: tuple[Check, ...]
    pages: dict[str, str]

    @property
    def drifted(self) -> bool:
        return not all(check.passed for check in self.checks)

    @property
    def reason(self) -> str:
        """What crossed its limit, or that nothing did."""
        crossed = [
            f"{each.name} is {each.value:.4g}, limit {each.limit}" for each in self.checks if not each.passed
        ]
        if crossed:
            return "; ".join(crossed)
        if not self.checks:
            return f"{self.rows} rows are too few to judge"
        return "nothing crossed its limit"

    def as_json(self) -> dict[str, Any]:
        return {
            **{key: value for key, value in asdict(self).items() if key not in ("pages", "checks")},
            "checks": [asdict(check) for check in self.checks],
            "drift": self.drifted,
            "reason": self.reason,
        }


def requests(log: pa.Table) -> Requests:
    """Of rows of the inference log that were answered."""
    table = log.filter(pa.compute.equal(log["status"], 200)).to_pandas()
    inputs = table[[name for name in table if name.startswith(INPUT)]]
    outputs = sorted(name for name in table if name.startswith(OUTPUT))
    answers = table[outputs[0]].tolist() if outputs and len(table) else []
    return Requests(
        inputs=inputs.rename(columns=lambda name: name.removeprefix(INPUT)),
        predictions=np.asarray(evidence.score(np.array(answers)), dtype=float).reshape(-1),
        truth=pd.to_numeric(table[TRUTH], errors="coerce").to_numpy(dtype=float),
    )


def compare(plan: WatchPlan, reference: Reference, found: Requests) -> Findings:
    """Nothing is judged that has fewer than the plan's rows."""
    known = ~np.isnan(found.truth)
    rows, with_truth = len(found.predictions), int(known.sum())
    columns: dict[str, float] = {}
    prediction = performance = before = None
    checks: list[Check] = []
    pages: dict[str, str] = {}
    if rows >= plan.rows:
        columns, prediction, pages["drift.html"] = _drift(plan, reference, found)
        checks += _judge_drift(plan, columns, prediction)
    if plan.performance and reference.truth is not None and with_truth >= plan.rows:
        measure = METRICS[plan.performance.metric][0]
        performance = float(measure(found.truth[known], found.predictions[known]))
        before = float(measure(reference.truth, reference.predictions))
        checks.append(_judge_performance(plan.performance, performance, before))
        pages["performance.html"] = _performance(plan.performance.metric, reference, found, known)
    return Findings(
        reference.version,
        rows,
        with_truth,
        columns,
        prediction,
        performance,
        before,
        tuple(checks),
        pages,
    )


def _judge_drift(plan: WatchPlan, columns: dict[str, float], prediction: float) -> list[Check]:
    checks = []
    if plan.columns and columns:
        share = float(np.mean([score > plan.columns.score for score in columns.values()]))
        said = f"at most {plan.columns.share:g} further than {plan.columns.score:g}"
        checks.append(Check("share of inputs that drifted", share, said, share <= plan.columns.share))
    if plan.prediction:
        passed = prediction <= plan.prediction
        checks.append(Check("distance of predictions", prediction, f"at most {plan.prediction:g}", passed))
    return checks


def _judge_performance(limit: Performance, now: float, before: float) -> Check:
    higher = METRICS[limit.metric][1]
    worst = before - limit.worse if higher else before + limit.worse
    said = f"at {'least' if higher else 'most'} {worst:.4g}, {limit.worse:g} worse than {before:.4g} before"
    return Check(limit.metric, now, said, now >= worst if higher else now <= worst)


def _drift(plan: WatchPlan, reference: Reference, found: Requests) -> tuple[dict[str, float], float, str]:
    """Scores by input, of predictions, and a page. Inputs that the log does not hold are left out."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift
    from evidently.presets import DataDriftPreset

    shared = [str(name) for name in reference.inputs if name in found.inputs]
    numbers = [name for name in shared if reference.inputs[name].dtype.kind in "biuf"]
    words = [name for name in shared if name not in numbers]
    score = plan.columns.score if plan.columns else 0.1
    limits = {"num_threshold": score, "cat_threshold": score}
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=words)
    now = Dataset.from_pandas(_typed(found.inputs[shared], numbers), definition)
    before = Dataset.from_pandas(_typed(reference.inputs[shared], numbers), definition)
    answers = DataDefinition(numerical_columns=[PREDICTION])
    answered = Dataset.from_pandas(pd.DataFrame({PREDICTION: found.predictions}), answers)
    expected = Dataset.from_pandas(pd.DataFrame({PREDICTION: reference.predictions}), answers)
    with warnings.catch_warnings():
        # Of columns that hold one value; their distance is a number all the same.
        warnings.simplefilter("ignore")
        result = Report([DataDriftPreset(**_WAYS, **limits)]).run(now, before)
        of_answers = Report([ValueDrift(column=PREDICTION, method=_WAYS["num_method"])]).run(
            answered, expected
        )
    return _scores(result), _scores(of_answers)[PREDICTION], result.get_html_str(as_iframe=False)


def _scores(result: Any) -> dict[str, float]:
    measured = result.dict()["metrics"]
    return {
        each["config"]["column"]: float(each["value"])
        for each in measured
        if each["config"]["type"].endswith(":ValueDrift")
    }


def _typed(table: pd.DataFrame, numbers: list[str]) -> pd.DataFrame:
    """Whole numbers beside fractions are the same kind, and so are words however pandas keeps them."""
    return pd.DataFrame(
        {name: table[name].astype(float) if name in numbers else table[name].astype(str) for name in table}
    )


def _performance(metric: str, reference: Reference, found: Requests, known: npt.NDArray[np.bool_]) -> str:
    """A page of how good the answers are, now and on the held-out data."""
    from evidently import BinaryClassification, DataDefinition, Dataset, Regression, Report
    from evidently.presets import ClassificationPreset, RegressionPreset

    assert reference.truth is not None
    numbers = metric in ("mae", "rmse")
    if numbers:
        definition = DataDefinition(
            numerical_columns=[TRUTH, PREDICTION],
            regression=[Regression(target=TRUTH, prediction=PREDICTION)],
        )
    else:
        task = BinaryClassification(target=TRUTH, prediction_probas=PREDICTION, pos_label=1)
        definition = DataDefinition(
            numerical_columns=[PREDICTION], categorical_columns=[TRUTH], classification=[task]
        )

    def of(truth: npt.NDArray[np.float64], predictions: npt.NDArray[np.float64]) -> Any:
        said = truth if numbers else truth.astype(int)
        return Dataset.from_pandas(pd.DataFrame({TRUTH: said, PREDICTION: predictions}), definition)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = Report([RegressionPreset() if numbers else ClassificationPreset()]).run(
            of(found.truth[known], found.predictions[known]), of(reference.truth, reference.predictions)
        )
    return str(result.get_html_str(as_iframe=False))
