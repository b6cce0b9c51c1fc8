"""Who answers for a deployment in a cluster: an HTTPRoute, which weighs the services of its versions.

One route says it for clients inside, at the gateway that the platform keeps for them, and for those who come
from outside: a split holds for both from the same moment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from open_mlops.door import Split

from ..names import check_name
from .api import ROUTES
from .kinds import MANAGED_BY
from .pod import DEPLOYMENT, Json

#: Annotation of a route: its split, in the words of `open_mlops.door`. The rest follows from it.
SPLIT = "open-mlops.org/split"
#: A person's token opens every tool, and who somebody is the edge has found out: no model is told either.
_STAYS = ["authorization", "cookie"]


@dataclass(frozen=True)
class Gate:
    """A way in to the models: its address as clients write it, and the listener of the Gateway behind it."""

    address: str
    gateway: str
    namespace: str
    listener: str

    @property
    def host(self) -> str:
        return str(urlsplit(self.address).hostname)


#: The service and port of a version.
Backend = Callable[[str], tuple[str, int]]


def http_route(name: str, namespace: str, split: Split, gates: tuple[Gate, ...], backend: Backend) -> Json:
    """The route that brings a split into force."""
    check_name(name)
    # A service that is not there would be answered for by errors, so one without a share is not named.
    backends = [
        {**_reference(backend, version), "weight": weight}
        for version, weight in sorted(split.weights.items())
        if weight
    ]
    filters: list[Json] = [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": _STAYS}}]
    if split.shadow is not None:
        mirror = {"backendRef": _reference(backend, split.shadow), "percent": split.shadow_percent}
        filters.append({"type": "RequestMirror", "requestMirror": mirror})
    return {
        "apiVersion": f"{ROUTES[0]}/{ROUTES[1]}",
        "kind": "HTTPRoute",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {**MANAGED_BY, DEPLOYMENT: name},
            "annotations": {SPLIT: json.dumps(_words(split), sort_keys=True)},
        },
        "spec": {
            "parentRefs": [
                {"name": gate.gateway, "namespace": gate.namespace, "sectionName": gate.listener}
                for gate in gates
            ],
            "hostnames": [gate.host for gate in gates],
            "rules": [
                {
                    # The proxies answer it themselves, as soon as this split is in force and not before.
                    "name": "probe",
                    "matches": [{"path": {"type": "Exact", "value": probe_path(name, split)}}],
                    "filters": [
                        {
                            "type": "RequestRedirect",
                            "requestRedirect": {
                                "path": {"type": "ReplaceFullPath", "replaceFullPath": f"/v2/models/{name}"},
                                "statusCode": 302,
                            },
                        }
                    ],
                },
                {
                    "name": "model",
                    "matches": [{"path": {"type": "PathPrefix", "value": f"/v2/models/{name}"}}],
                    "filters": filters,
                    "backendRefs": backends,
                },
            ],
        },
    }


def split_of(route: Json) -> Split | None:
    """What the route says, or None for a route of another maker."""
    said = (route["metadata"].get("annotations") or {}).get(SPLIT)
    return None if said is None else Split(**json.loads(said))


def probe_path(name: str, split: Split) -> str:
    """Answered with 302 where the split is in force."""
    mark = hashlib.sha256(json.dumps(_words(split), sort_keys=True).encode()).hexdigest()[:16]
    return f"/v2/models/{name}/split/{mark}"


def refused(route: Json, gates: tuple[Gate, ...]) -> str | None:
    """What the edge's controller does not like about the newest specification, if it has looked."""
    generation = route["metadata"].get("generation")
    said = []
    for parent in (route.get("status") or {}).get("parents") or []:
        gate = parent["parentRef"]["name"]
        said += [
            f"{gate}: {each['reason']} {each.get('message', '')}".strip()
            for each in parent.get("conditions") or []
            if each["status"] == "False" and each.get("observedGeneration") == generation
        ]
    return "; ".join(said) or None


def _words(split: Split) -> Json:
    said: Json = {"weights": dict(split.weights)}
    if split.shadow is not None:
        said |= {"shadow": split.shadow, "shadow_percent": split.shadow_percent}
    return said


def _reference(backend: Backend, version: str) -> Json:
    service, port = backend(version)
    return {"name": service, "port": port}
