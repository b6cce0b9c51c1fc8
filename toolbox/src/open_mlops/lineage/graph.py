"""Nodes and edges of what was found: pure functions, for the renderers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from open_mlops import approvals, cards, provenance, rollout
from open_mlops.watching.flow import DRIFT
from open_mlops.watching.flow import FROM as WINDOW_FROM
from open_mlops.watching.flow import MODEL as WATCHED
from open_mlops.watching.flow import UNTIL as WINDOW_UNTIL

from .links import Links
from .records import Answer, Data, FlowRun, Found, Key, Run, Version


@dataclass(frozen=True)
class Node:
    """`kind` is data, code, watching, flow, run, version, gate, deployment, answer or answers. `gone`: it is
    named somewhere, and is no longer there.
    """

    id: str
    kind: str
    title: str
    facts: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None
    gone: bool = False


@dataclass(frozen=True)
class Edge:
    """From what came first to what came of it."""

    source: str
    target: str
    label: str


@dataclass(frozen=True)
class Graph:
    of: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "of": self.of,
            "nodes": [asdict(each) for each in self.nodes],
            "edges": [asdict(e) for e in self.edges],
        }


def data_node(digest: str) -> str:
    return f"data:{digest}"


def run_node(run_id: str) -> str:
    return f"run:{run_id}"


def version_node(key: Key) -> str:
    return f"version:{key[0]}/{key[1]}"


def answer_node(answer: Answer) -> str:
    return f"answer:{answer.request_id}/{answer.version}"


def graph(found: Found, links: Links) -> Graph:
    """Everything that was found, as nodes and edges. An edge is there only between nodes that are."""
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}

    def add(node: Node, *more: Edge) -> None:
        nodes.setdefault(node.id, node)
        edges.update(dict.fromkeys(more))

    for run in found.runs.values():
        add(_run(run, links))
        for data in run.inputs:
            add(_data(data), Edge(data_node(data.digest), run_node(run.id), data.context))
        if code := _code(run):
            add(code, Edge(code.id, run_node(run.id), "code"))
        _flow_edges(found, run, links, add)
    for run_id in found.gone_runs:
        add(Node(run_node(run_id), "run", f"run {run_id[:8]}", {"run": run_id}, gone=True))
    for version in found.versions.values():
        _version_edges(found, version, links, add)
    for answer in found.answers:
        after = _after_gate(found, answer.key)
        add(_answer(answer), Edge(after, answer_node(answer), "answered"))
        if answer.key not in found.versions:
            title = f"{answer.key[0]} version {answer.key[1]}"
            add(Node(version_node(answer.key), "version", title, gone=True))
    there = [edge for edge in edges if edge.source in nodes and edge.target in nodes]
    return Graph(found.of, tuple(nodes.values()), tuple(there))


def _flow_edges(found: Found, run: Run, links: Links, add: Any) -> None:
    flow_run = run.tags.get(provenance.FLOW_RUN)
    cause = found.causes.get(run.id)
    target = run_node(run.id)
    if flow_run in found.flows:
        add(_flow(found.flows[flow_run], links), Edge(f"flow:{flow_run}", target, "ran"))
    elif flow_run in found.gone_flows:
        name = run.tags.get(provenance.FLOW_RUN_NAME, flow_run)
        facts = {"flow run": flow_run, "deployment": run.tags.get(provenance.DEPLOYMENT, "")}
        node = Node(f"flow:{flow_run}", "flow", name, _said(facts), links.flow_run(flow_run), gone=True)
        add(node, Edge(node.id, target, "ran"))
    if cause:
        known = flow_run in found.flows or flow_run in found.gone_flows
        add(
            _run(found.runs[cause], links),
            Edge(run_node(cause), f"flow:{flow_run}" if known else target, "caused"),
        )


def _version_edges(found: Found, version: Version, links: Links, add: Any) -> None:
    node = _version(version, links)
    made = [Edge(run_node(version.run_id), node.id, "registered")] if version.run_id else []
    add(node, *made)
    if gate := _gate(found, version):
        add(gate, Edge(node.id, gate.id, "judged"))
    after = _after_gate(found, version.key)
    for each in found.deployments:
        if each.key == version.key:
            name = f"deployment:{each.name}/{version.number}"
            add(Node(name, "deployment", each.name, {"now": each.role}), Edge(after, name, "runs in"))
    if count := found.counts.get(version.key, 0):
        since = {"since": when(found.since)} if found.since else {}
        name = f"answers:{version.model}/{version.number}"
        add(Node(name, "answers", f"{count:,} predictions", since), Edge(after, name, "answered"))


def _after_gate(found: Found, key: Key) -> str:
    version = found.versions.get(key)
    return f"gate:{key[0]}/{key[1]}" if version and _gate(found, version) else version_node(key)


def _run(run: Run, links: Links) -> Node:
    watching = WATCHED in run.tags
    facts = {
        "run": run.id,
        "experiment": run.experiment,
        "state": f"{run.status.lower()}, deleted" if run.deleted else run.status.lower(),
        "started": when(run.started),
        "by": run.tags.get(provenance.BY) or run.tags.get("mlflow.user", ""),
        "why" if not watching else "found": run.tags.get(provenance.REASON, ""),
    }
    if watching:
        drift = "drift" if run.tags.get(DRIFT) == "true" else "no drift"
        facts["verdict"] = drift
        facts["window"] = f"{run.tags.get(WINDOW_FROM, '')} to {run.tags.get(WINDOW_UNTIL, '')}"
    title = f"watching {run.tags[WATCHED]}: {facts['verdict']}" if watching else run.name
    link = links.run(run.experiment_id, run.id)
    return Node(run_node(run.id), "watching" if watching else "run", title, _said(facts), link, run.deleted)


def _data(data: Data) -> Node:
    facts = {"digest": data.digest, "at": data.url}
    return Node(data_node(data.digest), "data", f"{data.name} {data.digest[:8]}", _said(facts))


def _code(run: Run) -> Node | None:
    commit, project = run.tags.get(provenance.COMMIT), run.tags.get(provenance.PROJECT)
    if not commit and not project:
        return None
    changed = run.tags.get(provenance.CHANGED) == "true"
    facts = {
        "commit": f"{commit}, and changes that it does not have" if changed else commit or "",
        "project": project or "",
        "entry": run.tags.get("mlflow.source.name", "") if not project else "",
    }
    title = (
        f"commit {commit[:8]}{' with changes' if changed else ''}" if commit else "project without a commit"
    )
    return Node(f"code:{commit}/{project}", "code", title, _said(facts))


def _flow(flow: FlowRun, links: Links) -> Node:
    facts = {
        "flow run": flow.id,
        "flow": flow.flow,
        "deployment": flow.deployment or "",
        "state": flow.state,
        "message": flow.message,
        "started": when(flow.started),
        "ended": when(flow.ended),
        "started by": flow.created_by or "",
    }
    return Node(f"flow:{flow.id}", "flow", flow.name, _said(facts), links.flow_run(flow.id))


def _version(version: Version, links: Links) -> Node:
    tags = version.tags
    facts = {
        "aliases": ", ".join(version.aliases),
        "registered": when(version.created),
        "retired": ended(version, rollout.RETIRED_AT),
        "card": tags.get(cards.TAG, ""),
    }
    title = f"{version.model} version {version.number}"
    return Node(version_node(version.key), "version", title, _said(facts), links.version(*version.key))


def _gate(found: Found, version: Version) -> Node | None:
    """The verdict, the approval and the release; nothing where there was none of them."""
    tags = version.tags
    facts = {
        "verdict": tags.get("gate", ""),
        "because": tags.get("gate.reason", ""),
        "judged": str(found.verdicts.get(version.key, {}).get("time", ""))[:19],
        "approval": approval(tags),
        "released": released(tags),
        "rolled back": ended(version, rollout.ROLLED_BACK_AT),
    }
    for at, check in enumerate(found.verdicts.get(version.key, {}).get("checks", []), 1):
        passed = "passed" if check.get("passed") else "FAILED"
        facts[f"check {at}"] = (
            f"{passed} {check.get('name')}: {check.get('value')} (limit {check.get('limit')})"
        )
    if not _said(facts):
        return None
    back, gate = facts["rolled back"], facts["verdict"]
    title = (
        "rolled back"
        if back
        else "released"
        if facts["released"]
        else f"gate {gate}"
        if gate
        else "not released"
    )
    return Node(f"gate:{version.model}/{version.number}", "gate", title, _said(facts))


def _answer(answer: Answer) -> Node:
    facts = {
        "request": answer.request_id,
        "deployment": answer.model if answer.model != answer.key[0] else "",
        "at": when(answer.time),
        "status": f"{answer.status}{f', {answer.error}' if answer.error else ''}",
        "rows": f"{answer.rows}",
        "seconds": f"{answer.latency:.4g}",
        **{name: _short(value) for name, value in answer.answered.items()},
        "truth": "" if answer.truth is None else str(answer.truth),
    }
    return Node(answer_node(answer), "answer", f"prediction {answer.request_id[:12]}", _said(facts))


def approval(tags: Mapping[str, str]) -> str:
    if approvals.APPROVAL not in tags:
        return ""
    by, at, note = (tags.get(name, "") for name in (approvals.BY, approvals.AT, approvals.NOTE))
    return f"{tags[approvals.APPROVAL]} by {by}, {at}: {note}"


def released(tags: Mapping[str, str]) -> str:
    if rollout.RELEASED_AT not in tags:
        return ""
    by, strategy = tags.get(rollout.RELEASED_BY, ""), tags.get(rollout.RELEASED_STRATEGY, "")
    return f"{tags[rollout.RELEASED_AT]} by {by}, {strategy}"


def ended(version: Version, tag: str) -> str:
    """When it was retired or rolled back; empty where the tag is of a time before its last release."""
    at = version.tags.get(tag, "")
    since = version.tags.get(rollout.RELEASED_AT, "")
    return "" if rollout.CHAMPION in version.aliases or at < since else at


def _said(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value}


def when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_short(each) for each in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
