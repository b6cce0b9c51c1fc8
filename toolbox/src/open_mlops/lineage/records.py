"""What was read of one question, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]
#: A model's name and the number of a version.
Key = tuple[str, str]


@dataclass(frozen=True)
class Data:
    """A data set that a run read: `context` is training, testing or what the run called it."""

    name: str
    digest: str
    context: str
    url: str


@dataclass(frozen=True)
class Run:
    id: str
    name: str
    experiment: str
    experiment_id: str
    status: str
    started: datetime
    tags: Mapping[str, str]
    inputs: tuple[Data, ...] = ()
    #: Marked as deleted in MLflow, whose garbage collection has not come yet.
    deleted: bool = False


@dataclass(frozen=True)
class Version:
    model: str
    number: str
    run_id: str | None
    created: datetime
    tags: Mapping[str, str]
    aliases: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return self.model, self.number


@dataclass(frozen=True)
class FlowRun:
    id: str
    name: str
    flow: str
    deployment: str | None
    deployment_id: str | None
    state: str
    message: str
    started: datetime | None
    ended: datetime | None
    #: Whoever or whatever started it, as Prefect says.
    created_by: str | None
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """One request as one version answered it; `answered` and `truth` are of its first row. `model` and
    `version` are the deployment's name and its label, `registered` the version that it was.
    """

    request_id: str
    model: str
    version: str
    time: datetime
    rows: int
    status: int
    latency: float
    error: str | None
    answered: Mapping[str, Any]
    truth: Any = None
    registered: Key | None = None

    @property
    def key(self) -> Key:
        """Where the log names no registered version, the deployment is called as its model."""
        return self.registered or (self.model, self.version)


@dataclass(frozen=True)
class Deployment:
    """`role` is champion, a share of requests, or copies."""

    name: str
    key: Key
    role: str


@dataclass
class Found:
    """`missing` says in words what should be there and is not. `of` is the node that was asked for."""

    asked: str
    kind: str
    of: str
    answers: list[Answer] = field(default_factory=list)
    versions: dict[Key, Version] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    #: Runs, and flow runs by the run that says it was in them, which are named and no longer there.
    gone_runs: set[str] = field(default_factory=set)
    flows: dict[str, FlowRun] = field(default_factory=dict)
    gone_flows: set[str] = field(default_factory=set)
    #: The watching run because of which a run was begun.
    causes: dict[str, str] = field(default_factory=dict)
    verdicts: dict[Key, Json] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    #: Rows that a version answered, as the log has them since `since`.
    counts: dict[Key, int] = field(default_factory=dict)
    since: datetime | None = None
    missing: list[str] = field(default_factory=list)

    def lacks(self, what: str) -> None:
        if what not in self.missing:
            self.missing.append(what)
