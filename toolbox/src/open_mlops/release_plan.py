"""What is released, how far it has come, and where: what `open_mlops.rollout` works with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import numpy.typing as npt
import pandas as pd

from .door import Split
from .gate import Check, Gate

STRATEGIES = ("rolling", "blue-green", "canary", "shadow")

Json = dict[str, Any]


class ReleaseError(RuntimeError):
    """A release that cannot be begun, resumed or rolled back as things are."""


@dataclass(frozen=True)
class Plan:
    """What is released, and how. ValueError lists everything that is wrong.

    `steps` are a canary's percentages, each `interval` seconds long; blue-green and shadow have one step of
    that length. Rolling replaces at once, after the held-out data alone. `config` is how the version is
    served, over what its champion is served with.
    """

    model: str
    version: str
    strategy: str
    steps: tuple[int, ...] = (10, 50)
    interval: float = 30.0
    gate: Gate = field(default_factory=Gate)
    config: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = []
        if self.strategy not in STRATEGIES:
            problems.append(f"strategy is {self.strategy!r}; use {', '.join(STRATEGIES)}")
        if self.strategy == "canary":
            rising = all(low < high for low, high in zip(self.steps, self.steps[1:], strict=False))
            if not self.steps or not rising or not all(0 < step < 100 for step in self.steps):
                problems.append(f"steps are {self.steps}; use rising percentages of 1 to 99")
        if not 0 < self.interval < float("inf"):
            problems.append(f"interval is {self.interval}; use seconds, more than 0")
        if self.gate.traffic and self.strategy == "rolling":
            problems.append("rolling looks at no traffic, and the gate has limits of it; use canary")
        if self.gate.agreement and not self.gate.held_out and self.strategy != "shadow":
            problems.append("agreement needs held_out data, or the strategy shadow")
        if problems:
            raise ValueError("; ".join(problems))

    @property
    def uri(self) -> str:
        return f"models:/{self.model}/{self.version}"

    def splits(self, champion: str) -> list[Split]:
        """Who answers, step by step, before the promotion."""
        if self.strategy == "canary":
            return [Split({champion: 100 - step, self.version: step}) for step in self.steps]
        if self.strategy == "shadow":
            return [Split({champion: 1}, shadow=self.version)]
        return [Split({self.version: 1})] if self.strategy == "blue-green" else []


#: What `plan_of` reads of a config.
PLAN_KEYS = ("strategy", "steps", "interval", "gate")


def plan_of(model: str, version: str, config: Mapping[str, Any]) -> Plan:
    """A plan of words, as a command line has them: steps `10,50`, and the file of a gate."""
    given: Json = {"strategy": str(config["strategy"])}
    try:
        if config.get("steps") is not None:
            steps = config["steps"]
            steps = steps.split(",") if isinstance(steps, str) else steps
            given["steps"] = tuple(int(step) for step in steps)
        if config.get("interval") is not None:
            given["interval"] = float(config["interval"])
    except (TypeError, ValueError):
        said = f"steps are {config.get('steps')!r} and interval is {config.get('interval')!r}"
        raise ValueError(f"{said}; use percentages such as 10,50 and seconds") from None
    if config.get("gate") is not None:
        given["gate"] = Gate.read(config["gate"])
    return Plan(model, version, **given)


@dataclass(frozen=True)
class Journal:
    """Where a rollout is. `phase` is what `resume` goes on with: trying, promoting, cleaning or back; `step`
    counts the steps that are over, and `checks` are of what was looked at by then.
    """

    plan: Plan
    champion: str | None
    champion_uri: str | None
    phase: str = "trying"
    step: int = 0
    reason: str = ""
    checks: tuple[Check, ...] = ()

    def as_json(self) -> Json:
        return asdict(self)

    @classmethod
    def of(cls, said: Json) -> Journal:
        plan = said["plan"]
        plan = Plan(**{**plan, "steps": tuple(plan["steps"]), "gate": Gate.of(plan["gate"])})
        checks = tuple(Check(**each) for each in said.get("checks", ()))
        return cls(**{**said, "plan": plan, "checks": checks})


@dataclass(frozen=True)
class Outcome:
    """`served` is the version that answers after it."""

    promoted: bool
    reason: str
    served: str | None
    checks: tuple[Check, ...]


Say = Callable[[str], None]


@dataclass
class Underway:
    """A rollout while it goes on: where, how far, and who is told."""

    place: Place
    journal: Journal
    say: Say

    def note(self, **changes: Any) -> None:
        """Changes the journal, and keeps it."""
        self.journal = replace(self.journal, **changes)
        self.place.keep(self.journal.as_json())


class Place(Protocol):
    """Where the versions of one deployment run beside each other."""

    name: str

    def alone(self) -> AbstractContextManager[None]:
        """One releases, deploys or deletes at a time. ReleaseError when another does."""

    def journal(self) -> Json | None:
        """What `keep` was given last."""

    def keep(self, journal: Json | None) -> None:
        """Replaces the journal in one step; None ends it."""

    def champion(self) -> tuple[str, str] | None:
        """Version and model URI of what answers, if something does."""

    def load(self, uri: str, config: Json | None = None) -> None:
        """Loads a version that nobody is sent to yet; one that is loaded already is no error. What the config
        does not say is as it was for the version, or as the champion has it.
        """

    def predict(self, version: str, sample: pd.DataFrame) -> npt.NDArray[Any]:
        """Asks one loaded version, past the split."""

    def direct(self, split: Split) -> None:
        """In force when it returns."""

    def retire(self, keep: Collection[str]) -> None:
        """Takes away the other versions, once they have answered what they were asked."""

    def close(self) -> None:
        """Serves nothing under the name any more."""
