"""What a version must show before it is released: limits, and the verdict of numbers against them.

held_out:                              # a Parquet file of data that no candidate was trained on
  data: file:///data/flights/test.parquet
  target: late
metrics:                               # on that data
  roc_auc: {limit: 0.65, worse: 0.01}  # at least 0.65, and at most 0.01 worse than the champion's
  log_loss: {worse: 0.005}
agreement: {limit: 0.9, tolerance: 0.1}  # 90 % of rows within 0.1 of the champion's predictions
traffic:                               # of users' requests, while the version answers some
  requests: 200                        # fewer are no evidence
  errors: 0.01                         # share of requests that it did not answer, at most
  latency: {0.5: 0.05, 0.99: 0.3}      # seconds in the server by quantile, at most
requires: {card: true, approval: true} # before anything is loaded, see open_mlops.requirements
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn import metrics as sk

from .requirements import Requires

#: Name: how it is computed of truth and score, and whether more of it is better. A score is a probability
#: where the model answers with one for each of two classes.
METRICS: dict[str, tuple[Callable[[Any, Any], float], bool]] = {
    "roc_auc": (lambda truth, score: sk.roc_auc_score(truth, score), True),
    "log_loss": (lambda truth, score: sk.log_loss(truth, score), False),
    "brier": (lambda truth, score: sk.brier_score_loss(truth, score), False),
    "accuracy": (lambda truth, score: sk.accuracy_score(truth, _decided(score)), True),
    "mae": (lambda truth, score: sk.mean_absolute_error(truth, score), False),
    "rmse": (lambda truth, score: sk.root_mean_squared_error(truth, score), False),
}


@dataclass(frozen=True)
class HeldOut:
    """Where the data is, as pandas reads it, and the column with what was true."""

    data: str
    target: str


@dataclass(frozen=True)
class MetricLimit:
    """The worst value that passes, and how much worse than the champion's at most; one of them or both."""

    limit: float | None = None
    worse: float | None = None


@dataclass(frozen=True)
class Agreement:
    """Share of rows, at least, whose predictions differ by at most `tolerance` from the champion's."""

    limit: float
    tolerance: float = 0.0


@dataclass(frozen=True)
class TrafficLimits:
    """See the module's example. Latency is seconds by quantile."""

    requests: int = 1
    errors: float | None = None
    latency: Mapping[float, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Gate:
    """ValueError lists everything that is wrong with it. One without a limit refuses nothing."""

    held_out: HeldOut | None = None
    metrics: Mapping[str, MetricLimit] = field(default_factory=dict)
    agreement: Agreement | None = None
    traffic: TrafficLimits | None = None
    requires: Requires | None = None

    def __post_init__(self) -> None:
        problems = []
        if unknown := sorted(set(self.metrics) - set(METRICS)):
            problems.append(f"no metric {', '.join(unknown)}; there are {', '.join(METRICS)}")
        problems += [
            f"metric {name} has no limit; give limit, worse or both"
            for name, limit in self.metrics.items()
            if limit.limit is None and limit.worse is None
        ]
        if self.metrics and self.held_out is None:
            problems.append("metrics need data; name held_out.data and held_out.target")
        if self.agreement and not 0 <= self.agreement.limit <= 1:
            problems.append(f"agreement.limit is {self.agreement.limit}; use a share, 0 to 1")
        if self.traffic:
            if self.traffic.requests < 1:
                problems.append(f"traffic.requests is {self.traffic.requests}; use 1 or more")
            if self.traffic.errors is not None and not 0 <= self.traffic.errors <= 1:
                problems.append(f"traffic.errors is {self.traffic.errors}; use a share, 0 to 1")
            problems += [
                f"traffic.latency has the quantile {quantile}; use more than 0, to 1"
                for quantile in self.traffic.latency
                if not 0 < quantile <= 1
            ]
        if problems:
            raise ValueError(f"gate: {'; '.join(problems)}")

    @classmethod
    def read(cls, file: str | Path) -> Gate:
        """Of a YAML file. OSError where it cannot be read, ValueError where it is no gate."""
        try:
            said = yaml.safe_load(Path(file).read_text())
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ValueError(f"gate: {file} is no YAML; mend it: {error}") from error
        return cls.of(said or {})

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Gate:
        """Of what YAML or JSON holds."""
        problems: list[str] = []
        made: dict[str, Any] = {}
        kinds: dict[str, Any] = {"held_out": HeldOut, "agreement": Agreement, "traffic": TrafficLimits}
        known = [*kinds, "metrics", "requires"]
        if not isinstance(said, Mapping):
            raise ValueError(f"gate is {said!r}; use {', '.join(known)}")
        if unknown := sorted(str(each) for each in set(said) - set(known)):
            problems.append(f"no {', '.join(unknown)}; there are {', '.join(known)}")
        for name, kind in kinds.items():
            if said.get(name) is not None:
                made[name] = _read(kind, name, said[name], problems)
        if said.get("requires") is not None:
            made["requires"] = Requires.of(said["requires"], problems)
        metrics = said.get("metrics") or {}
        if not isinstance(metrics, Mapping):
            problems.append(f"metrics is {metrics!r}; use limits by name, such as roc_auc: {{limit: 0.65}}")
            metrics = {}
        made["metrics"] = {
            str(name): _read(MetricLimit, f"metrics.{name}", limit, problems)
            for name, limit in metrics.items()
        }
        if problems:
            raise ValueError(f"gate: {'; '.join(problems)}")
        return cls(**made)

    @property
    def compares(self) -> bool:
        """Whether the champion is asked for held-out data too."""
        return self.agreement is not None or any(limit.worse is not None for limit in self.metrics.values())

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _read(kind: Any, name: str, said: Any, problems: list[str]) -> Any:
    known = {each.name: str(each.type) for each in fields(kind)}
    if not isinstance(said, Mapping) or set(said) - set(known):
        problems.append(f"{name} is {said!r}; use {', '.join(known)}")
        return None
    values: dict[str, Any] = {}
    for key, value in said.items():
        if value is None:
            continue
        try:
            if known[key].startswith("Mapping"):
                values[key] = {float(quantile): float(limit) for quantile, limit in value.items()}
            elif known[key].startswith(("float", "int")):
                number = float(value)
                values[key] = int(number) if known[key] == "int" else number
            else:
                values[key] = str(value)
        except (TypeError, ValueError, AttributeError):
            problems.append(f"{name}.{key} is {value!r}; use a number, or numbers by quantile for latency")
    try:
        return kind(**values)
    except TypeError:
        if not problems:
            problems.append(f"{name} is {said!r}; it needs {', '.join(known)}")
        return None


@dataclass(frozen=True)
class Check:
    name: str
    value: float
    limit: str
    passed: bool

    def __str__(self) -> str:
        return f"{'pass' if self.passed else 'FAIL'} {self.name}: {self.value:.6g} (limit {self.limit})"


@dataclass(frozen=True)
class Verdict:
    """Of what was measured, and `error`: what went wrong beside it, in words."""

    checks: tuple[Check, ...]
    error: str = ""

    @property
    def passed(self) -> bool:
        return not self.error and all(check.passed for check in self.checks)

    @property
    def word(self) -> str:
        """passed, failed, or none where nothing was measured and nothing went wrong."""
        return ("passed" if self.checks else "none") if self.passed else "failed"

    @property
    def reason(self) -> str:
        """What failed, or that nothing did, or that nothing was asked."""
        failed = [
            f"{check.name} is {check.value:.6g}, limit {check.limit}"
            for check in self.checks
            if not check.passed
        ]
        return self.error or "; ".join(failed) or ("every check passed" if self.checks else "no gate")

    def as_json(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "reason": self.reason,
            "checks": [asdict(check) for check in self.checks],
        }


@dataclass(frozen=True)
class Traffic:
    """What users met. Latencies are seconds, of requests that were answered."""

    requests: int
    errors: int
    latencies: Sequence[float]


def judge_metrics(
    gate: Gate, challenger: Mapping[str, float], champion: Mapping[str, float] | None
) -> list[Check]:
    """Without a champion there is nothing to be worse than. A value that is no number fails."""
    checks = []
    for name, limits in gate.metrics.items():
        value, higher = challenger[name], METRICS[name][1]
        sign = 1 if higher else -1
        if limits.limit is not None:
            passed = sign * value >= sign * limits.limit
            checks.append(Check(name, value, f"at {'least' if higher else 'most'} {limits.limit:g}", passed))
        if limits.worse is not None and champion is not None:
            worst = champion[name] - sign * limits.worse
            said = (
                f"at {'least' if higher else 'most'} {worst:.6g}, "
                f"{limits.worse:g} worse than the champion's {champion[name]:.6g}"
            )
            checks.append(Check(f"{name} beside the champion", value, said, sign * value >= sign * worst))
    return checks


def judge_agreement(gate: Gate, share: float) -> list[Check]:
    if gate.agreement is None:
        return []
    said = f"at least {gate.agreement.limit:g} within {gate.agreement.tolerance:g}"
    return [Check("agreement with the champion", share, said, share >= gate.agreement.limit)]


def judge_traffic(gate: Gate, traffic: Traffic) -> list[Check]:
    limits = gate.traffic
    if limits is None:
        return []
    count = traffic.requests
    checks = [Check("requests", count, f"at least {limits.requests}", count >= limits.requests)]
    if not count:
        return checks
    if limits.errors is not None:
        share = traffic.errors / count
        checks.append(Check("errors", share, f"at most {limits.errors:g}", share <= limits.errors))
    for quantile, limit in limits.latency.items():
        # Without one answer there is no latency; the errors say why.
        value = float(np.quantile(traffic.latencies, quantile)) if len(traffic.latencies) else float("inf")
        checks.append(Check(f"latency at {quantile:g}, seconds", value, f"at most {limit:g}", value <= limit))
    return checks


def _decided(score: Any) -> Any:
    """Yes or no of probabilities; classes as they are, those that are written as floats too."""
    score = np.asarray(score)
    return score >= 0.5 if score.dtype.kind == "f" and (score % 1 != 0).any() else score
