"""How far a model's requests are from its reference, judged by the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from open_mlops.gate import METRICS, Check
from open_mlops.log_layout import INPUT, OUTPUT

from . import answers, distances, pages, performance
from .answers import Answers
from .distances import Distance
from .plan import Performance, WatchPlan
from .reference import Reference


@dataclass(frozen=True)
class Requests:
    """What was asked and answered: as many rows of each. `truth` is missing where none has come."""

    inputs: pd.DataFrame
    predictions: Answers
    truth: pd.Series[Any]


@dataclass(frozen=True)
class Findings:
    """`columns` and `prediction` are distances beyond `chance`, `missing` the shares of rows without a value;
    `performance` and `before` the plan's metric, now and on the held-out data. None is what was not measured,
    `unmeasured` says why, and `pages` are the reports by file name.
    """

    version: str
    rows: int
    rows_with_truth: int
    columns: Mapping[str, float]
    chance: Mapping[str, float]
    missing: Mapping[str, float]
    prediction: float | None
    performance: float | None
    before: float | None
    unmeasured: Mapping[str, str]
    checks: tuple[Check, ...]
    pages: Mapping[str, str]

    @property
    def drifted(self) -> bool:
        return not all(check.passed for check in self.checks)

    @property
    def reason(self) -> str:
        """What crossed its limit, or that nothing did, and what was not measured."""
        crossed = [
            f"{each.name} is {each.value:.4g}, limit {each.limit}" for each in self.checks if not each.passed
        ]
        said = "; ".join(crossed) or ("nothing crossed its limit" if self.checks else "nothing was judged")
        by_cause: dict[str, list[str]] = {}
        for what, cause in self.unmeasured.items():
            by_cause.setdefault(cause, []).append(what)
        causes = [f"{', '.join(those)} ({cause})" for cause, those in by_cause.items()]
        return f"{said}; not measured: {'; '.join(causes)}" if causes else said

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
    return Requests(
        inputs=inputs.rename(columns=lambda name: name.removeprefix(INPUT)),
        predictions=answers.of_log(table, [name for name in table if name.startswith(OUTPUT)]),
        truth=table["truth"],
    )


def compare(
    plan: WatchPlan, reference: Reference, found: Requests, judged: Requests | None = None
) -> Findings:
    """Nothing is judged that has fewer than the plan's rows. `judged` are the requests whose truth is looked
    at, where these are others.
    """
    judged = judged or found
    rows, known = len(found.predictions), judged.truth.notna().to_numpy()
    checks: list[Check] = []
    written: dict[str, str] = {}
    unmeasured: dict[str, str] = {}
    measured = distances.Columns({}, {}, {})
    prediction: Distance | None = None
    if rows >= plan.rows:
        measured = distances.columns(reference.inputs, found.inputs)
        prediction = _of_predictions(reference, found)
        unmeasured |= measured.unmeasured
        checks += _judge_drift(plan, measured, prediction)
        if measured.distances:
            written["drift.html"] = _drift_page(plan, reference, found, measured.distances)
    else:
        unmeasured["inputs and predictions"] = f"{rows} rows are too few to judge"
    now = before = None
    if plan.performance:
        try:
            now, before, page = _performance(plan, plan.performance, reference, judged, known)
            checks.append(_judge_performance(plan.performance, now, before))
            written["performance.html"] = page
        except performance.NotMeasurable as why:
            unmeasured[plan.performance.metric] = str(why)
    return Findings(
        version=reference.version,
        rows=rows,
        rows_with_truth=int(known.sum()),
        columns={name: each.beyond for name, each in measured.distances.items()},
        chance={name: each.chance for name, each in measured.distances.items()}
        | ({pages.PREDICTION: prediction.chance} if prediction else {}),
        missing={name: share for name, (_, share) in measured.missing.items()},
        prediction=prediction.beyond if prediction else None,
        performance=now,
        before=before,
        unmeasured=unmeasured,
        checks=tuple(checks),
        pages=written,
    )


def _of_predictions(reference: Reference, found: Requests) -> Distance:
    number = not answers.are_words(reference.predictions)
    before, now = (
        distances.typed(pd.Series(each), number).dropna()
        for each in (reference.predictions, found.predictions)
    )
    if before.empty or now.empty:
        raise answers.AnswersError("the model answers with nothing that can be compared with its reference")
    return distances.distance(before, now, number)


def _judge_drift(plan: WatchPlan, measured: distances.Columns, prediction: Distance) -> list[Check]:
    checks = []
    if plan.columns and measured.distances:
        limit = plan.columns
        share = float(np.mean([each.beyond > limit.score for each in measured.distances.values()]))
        said = f"at most {limit.share:g} further than {limit.score:g} beyond chance"
        checks.append(Check("share of inputs that drifted", share, said, share <= limit.share))
    if plan.columns and measured.missing:
        more = {name: now - before for name, (before, now) in measured.missing.items()}
        worst = max(more, key=lambda name: more[name])
        before, now = measured.missing[worst]
        said = f"at most {plan.columns.missing:g} more than {before:.4g} before"
        checks.append(
            Check(f"share of {worst} that is missing", now, said, more[worst] <= plan.columns.missing)
        )
    if plan.prediction:
        passed = prediction.beyond <= plan.prediction
        said = f"at most {plan.prediction:g} beyond chance"
        checks.append(Check("distance of predictions", prediction.beyond, said, passed))
    return checks


def _judge_performance(limit: Performance, now: float, before: float) -> Check:
    higher = METRICS[limit.metric][1]
    worst = before - limit.worse if higher else before + limit.worse
    said = f"at {'least' if higher else 'most'} {worst:.4g}, {limit.worse:g} worse than {before:.4g} before"
    return Check(limit.metric, now, said, now >= worst if higher else now <= worst)


def _drift_page(
    plan: WatchPlan, reference: Reference, found: Requests, measured: Mapping[str, Distance]
) -> str:
    """With what chance gives in each limit, so that the page marks what the plan means."""
    limit = plan.columns or type(plan)().columns
    assert limit
    limits = {name: each.chance + limit.score for name, each in measured.items()}
    return pages.drift(reference.inputs, found.inputs, limits, limit.share)


def _performance(
    plan: WatchPlan, limit: Performance, reference: Reference, judged: Requests, known: Any
) -> tuple[float, float, str]:
    """Now, before, and the page; NotMeasurable says why not."""
    count = int(known.sum())
    if count < plan.rows:
        raise performance.NotMeasurable(f"{count} rows have truth, {plan.rows} are needed")
    if reference.truth is None:
        raise performance.NotMeasurable("the held-out data has no truth")
    now = judged.truth[known].reset_index(drop=True), judged.predictions[known]
    held_out = reference.truth, reference.predictions
    value = performance.measure(limit.metric, *now)
    try:
        before = performance.measure(limit.metric, *held_out)
    except performance.NotMeasurable as why:
        raise performance.NotMeasurable(f"on the held-out data: {why}") from why
    return value, before, pages.performance(limit.metric, now, held_out)
