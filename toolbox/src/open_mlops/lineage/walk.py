"""Follows one question through what is known: back to where things come from, forward to what they became.

What should be there and is not (a run that was deleted, a flow run that Prefect no longer has) is said in
`Found.missing`, and the walk goes on with the rest.
"""

from __future__ import annotations

import json
import re
from datetime import datetime

from open_mlops import provenance
from open_mlops.rollout import CHAMPION
from open_mlops.watching.flow import MODEL as WATCHED

from . import flows, registry, requests
from .graph import answer_node, data_node, run_node, version_node
from .records import Found, Key, Run, Version

#: MLflow's ids of runs.
_RUN = re.compile(r"[0-9a-f]{32}")
#: A model's page shows so many of its versions as a graph; the history has all.
SHOWN = 8


def request(request_id: str, since: datetime) -> Found | None:
    answers = requests.find(request_id, since)
    if not answers:
        return None
    found = Found(request_id, "request", answer_node(answers[0]), answers=answers, since=since)
    if len(answers) > 1:
        found.lacks(
            f"{len(answers)} versions got this request, all but one of them as a copy; the log does not say "
            "which of them the client heard"
        )
    for each in answers:
        known = version(found, *each.key)
        if known:
            _back(found, known)
    return found


def model_version(model: str, number: str, since: datetime) -> Found | None:
    known = registry.version(model, number)
    if known is None:
        return None
    found = Found(f"{model}/{number}", "version", version_node(known.key), since=since)
    _add(found, known)
    _back(found, known)
    _forward(found, [known], since)
    return found


def model(name: str, since: datetime) -> Found | None:
    if not registry.is_model(name):
        return None
    known = registry.versions(name)
    champion = next((each for each in known if CHAMPION in each.aliases), known[0] if known else None)
    of = version_node(champion.key) if champion else ""
    found = Found(name, "model", of, since=since)
    for each in known:
        _add(found, each)
    for each in known[:SHOWN]:
        _back(found, each)
    for each in known[SHOWN:]:
        _run_of(found, each)
    if not known:
        found.lacks(f"{name} has no version yet")
    _forward(found, known[:SHOWN], since)
    return found


def run(run_id: str, since: datetime) -> Found | None:
    known = registry.run(run_id)
    if known is None:
        return None
    found = Found(run_id, "run", run_node(run_id), since=since)
    _add_run(found, known)
    for each in registry.runs_because_of(run_id) if WATCHED in known.tags else []:
        _add_run(found, each)
        found.causes[each.id] = run_id
        _forward_of_run(found, each, since)
    _forward_of_run(found, known, since)
    return found


def snapshot(digest: str, since: datetime) -> Found | None:
    read = registry.runs_that_read(digest)
    if not read:
        return None
    found = Found(digest, "snapshot", data_node(digest), since=since)
    if len(read) == registry.MOST:
        found.lacks(f"more runs read it than the {registry.MOST} that are shown")
    for each in read:
        _add_run(found, each, whole=False)
        _forward_of_run(found, each, since)
    return found


def version(found: Found, model: str, number: str) -> Version | None:
    """The version that the log names, which may be no registered one."""
    known = registry.version(model, number) if number.isdigit() else None
    if known is None:
        found.lacks(
            f"{model} version {number} is not in the registry; it was deleted, or served as no version"
        )
        return None
    _add(found, known)
    return known


def _add(found: Found, known: Version) -> None:
    found.versions[known.key] = known


def _back(found: Found, known: Version) -> None:
    """The gate, the run, and what is behind it."""
    if "gate" in known.tags and (verdict := registry.verdict(known)):
        found.verdicts[known.key] = verdict
    _run_of(found, known, whole=True)


def _run_of(found: Found, known: Version, whole: bool = False) -> None:
    if not known.run_id or known.run_id in found.runs:
        return
    run = registry.run(known.run_id)
    if run is None:
        found.gone_runs.add(known.run_id)
        found.lacks(
            f"run {known.run_id}, which made {known.model} version {known.number}, is gone from MLflow"
        )
        return
    _add_run(found, run, whole)


def _add_run(found: Found, run: Run, whole: bool = True) -> None:
    """With `whole` also its flow run, and why it was begun."""
    if run.id in found.runs:
        return
    found.runs[run.id] = run
    if run.deleted:
        found.lacks(f"run {run.id} ({run.name}) is marked as deleted in MLflow")
    if not whole:
        return
    _flow_of(found, run)
    _cause_of(found, run)


def _flow_of(found: Found, run: Run) -> None:
    flow_run = run.tags.get(provenance.FLOW_RUN)
    if not flow_run or flow_run in found.flows or flow_run in found.gone_flows:
        return
    try:
        known = flows.read(flow_run)
    except flows.Unreachable as error:
        found.gone_flows.add(flow_run)
        found.lacks(str(error))
        return
    if known is None:
        found.gone_flows.add(flow_run)
        name = run.tags.get(provenance.FLOW_RUN_NAME, flow_run)
        found.lacks(f"flow run {name} ({flow_run}) is gone from Prefect")
    else:
        found.flows[flow_run] = known


def _cause_of(found: Found, run: Run) -> None:
    """The watching run that the run's reason, or its flow run's parameters, name."""
    if WATCHED in run.tags:
        return
    flow = found.flows.get(run.tags.get(provenance.FLOW_RUN, ""))
    words = run.tags.get(provenance.REASON, "") + (
        json.dumps(dict(flow.parameters), default=str) if flow else ""
    )
    for named in _RUN.findall(words):
        cause = registry.run(named)
        if cause and WATCHED in cause.tags:
            found.causes[run.id] = cause.id
            _add_run(found, cause)
            return


def _forward_of_run(found: Found, run: Run, since: datetime) -> None:
    made = registry.versions_of_run(run.id)
    for each in made:
        _add(found, each)
    _forward(found, made, since)


def _forward(found: Found, known: list[Version], since: datetime) -> None:
    """Where the versions run now, and how often they have answered."""
    keys: set[Key] = {each.key for each in known}
    if not keys:
        return
    try:
        now = registry.deployments()
        found.deployments += [each for each in now if each.key in keys and each not in found.deployments]
    except Exception as error:
        # Each serving tool has errors of its own, such as those of a person who may not list pods.
        found.lacks(f"what runs now is not known: {error}")
    if asked := keys - set(found.counts):
        try:
            found.counts.update(requests.counts(asked, since))
        except (LookupError, OSError) as error:
            found.lacks(f"the inference log could not be read: {error}")
