"""The versions of each deployment in a cluster, and which of them answers."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

import httpx
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from open_mlops.door import Split

from ..http import V2Server
from ..models import ResolvedModel
from ..runtimes import runtime_of
from .api import DEPLOYMENTS, ROUTES, Cluster
from .kinds import Kind, config_of, label_of, object_name
from .options import replicas, seconds_to_wait, serving
from .pod import DEPLOYMENT, GRACE, REVISION, SERVED, Json
from .route import http_route, probe_path, refused, split_of
from .said import Problem, pods_of, problems, rolled_out
from .settings import ClusterSettings

#: So many answers of the new version, or of the new split, one after the other on new connections, and no pod
#: or proxy is left that gives another.
AGREEING = 8
#: A split has to be in force by then; a proxy that runs takes less than a second.
PATIENCE = 60.0
#: Seconds between a split and the end of who is no longer in it: what was sent before is there by then.
SETTLE = 2.0
#: Seconds until a version's CPU tells of the requests that it has got from another: its pods are measured
#: every 15 to 60 s, and looked at by their autoscaler every 15 s.
SEEN = 90.0
#: Seconds for which something must be hopeless, to be given up before its time.
HOPELESS = 30.0


class ClusterVersions:
    """Of one namespace. Callers hold the deployment's lease."""

    def __init__(self, cluster: Cluster, kind: Kind, settings: ClusterSettings):
        self._cluster = cluster
        self._kind = kind
        self._resource = (kind.group, kind.version, kind.plural)
        self._settings = settings

    def deployments(self) -> list[str]:
        """Names that something answers under."""
        routes = self._cluster.find(ROUTES, {"app.kubernetes.io/managed-by": "mlflow-deployments"})
        return sorted(route["metadata"]["name"] for route in routes if split_of(route))

    def split(self, name: str) -> Split | None:
        """MlflowException where somebody else's route has the name."""
        route = self._cluster.get(ROUTES, name)
        if route is None:
            return None
        split = split_of(route)
        if split is None:
            raise MlflowException(
                f"the HTTPRoute {name} in {self._cluster.namespace} was not made by this toolbox; "
                "choose another name, or delete it"
            )
        return split

    def answering(self, name: str) -> Json | None:
        """The object that answers, the one with the greatest share where there are several."""
        split = self.split(name)
        if split is None:
            return None
        return self.find(name, max(split.weights, key=lambda version: split.weights[version]))

    def find(self, name: str, label: str) -> Json | None:
        return self._cluster.get(self._resource, object_name(name, label))

    def state(self, found: Json) -> tuple[bool, str]:
        return self._kind.state(found)

    def server(self, name: str, label: str, **how: Any) -> V2Server:
        """One version, past the split."""
        service, port = self._backend(name, label)
        return V2Server(f"http://{service}.{self._cluster.namespace}:{port}", **how)

    def load(self, name: str, model: ResolvedModel, config: Mapping[str, Any]) -> None:
        """Serves the version beside the others, or leaves nothing of it and says why. Where the CPU decides
        how many pods there are, it begins with as many as what answers has; `retire` ends that.
        """
        wanted = serving(config, self._settings)
        if wanted.image == self._settings.image:
            # Another image may serve other kinds.
            runtime_of(model.uri)
        try:
            Split({model.label: 1})
        except ValueError as error:
            raise MlflowException(str(error), INVALID_PARAMETER_VALUE) from error
        least = min(max(wanted.replicas, self._pods(name)), wanted.max_replicas)
        manifest = self._kind.at_least(
            self._kind.manifest(name, self._cluster.namespace, model, wanted, config), least
        )
        before = self.find(name, model.label)
        if before is None:
            self._wait_until_gone(manifest["metadata"]["name"])
        self._cluster.put(self._resource, manifest)
        try:
            self._wait(name, model.label, manifest, least, seconds_to_wait(config))
        except BaseException as error:
            if before is None:
                self._cluster.delete(self._resource, manifest["metadata"]["name"])
            else:
                self._cluster.put(self._resource, before)
            if not isinstance(error, Exception):
                raise
            said = error.message if isinstance(error, MlflowException) else str(error)
            raise MlflowException(
                f"{name} could not be deployed from {model.uri}; {self._kept(name)}: {said}"
            ) from error

    def direct(self, name: str, split: Split) -> None:
        """Says who answers. In force when it returns; where it does not come into force it is as before."""
        before = self._cluster.get(ROUTES, name)
        gates = self._settings.gates
        route = http_route(
            name, self._cluster.namespace, split, gates, lambda label: self._backend(name, label)
        )
        self._cluster.put(ROUTES, route)
        try:
            self._wait_in_force(name, split)
        except MlflowException:
            if before is None:
                self._cluster.delete(ROUTES, name)
            else:
                self._cluster.put(ROUTES, before)
            raise

    def remove(self, name: str) -> None:
        """Nothing answers under the name any more."""
        self._cluster.delete(ROUTES, name)

    def retire(self, name: str, keep: Collection[str] = ()) -> None:
        """Takes away the deployment's other versions. Their pods answer what they were asked, and end. Of
        those that are kept the CPU decides again how many pods they have.
        """
        kept = {object_name(name, label) for label in keep}
        found = self._cluster.find(self._resource, {DEPLOYMENT: name})
        gone = [each for each in found if each["metadata"]["name"] not in kept]
        if gone:
            time.sleep(SETTLE)
        for each in gone:
            self._cluster.delete(self._resource, each["metadata"]["name"])
        again = [
            (each, self._kind.at_least(each, replicas(config_of(each)))) for each in found if each not in gone
        ]
        changed = [settled for each, settled in again if settled != each]
        if changed:
            # Their autoscaler would take what it has measured of them before for all that they need.
            time.sleep(SEEN)
        for each in changed:
            self._cluster.put(self._resource, each)

    def _pods(self, name: str) -> int:
        """Of what answers, as many as there are to be now."""
        found = self.answering(name)
        if found is None:
            return 0
        return pods_of(self._cluster.find(DEPLOYMENTS, {SERVED: found["metadata"]["name"]}))

    def _backend(self, name: str, label: str) -> tuple[str, int]:
        return self._kind.service(object_name(name, label)), self._kind.port

    def _kept(self, name: str) -> str:
        answering = self.answering(name)
        if answering is None:
            return "nothing is served under the name"
        return f"version {label_of(answering)} is still served"

    def _wait(self, name: str, label: str, manifest: Json, least: int, seconds: float) -> None:
        """Until the controller calls it ready, and every pod, of so many, and every answer is of this
        version.
        """
        served, revision = manifest["metadata"]["name"], manifest["metadata"]["annotations"][REVISION]
        deadline = time.monotonic() + seconds
        hopeless_since: float | None = None
        seen = "nothing yet"
        while True:
            found = self._cluster.get(self._resource, served)
            ready, seen = self._kind.state(found) if found else (False, "it was deleted meanwhile")
            deployments = self._cluster.find(DEPLOYMENTS, {SERVED: served})
            whole = deployments and all(rolled_out(each, revision) for each in deployments)
            if ready and whole and pods_of(deployments) >= least:
                seen = self._answers(name, label)
                if not seen:
                    return
            else:
                said = problems(self._cluster, manifest["kind"], served, revision)
                seen = "; ".join([seen, *(problem.said for problem in said)])
                hopeless_since = (hopeless_since or time.monotonic()) if _hopeless(said) else None
            now = time.monotonic()
            if now > deadline or (hopeless_since and now - hopeless_since > HOPELESS):
                given = (
                    f"it did not get ready in {seconds:g} s" if now > deadline else "it will not get ready"
                )
                raise MlflowException(f"{given}: {seen}")
            time.sleep(1)

    def _answers(self, name: str, label: str) -> str:
        """What is wrong with the answers of the version's service, or nothing."""
        for _ in range(AGREEING):
            server = self.server(name, label, patience=0, timeout=10)
            try:
                running = server.versions(name)
            except MlflowException as error:
                return str(error.message)
            finally:
                server.close()
            if running != [label]:
                return f"the server says it runs {running}, expected [{label!r}]"
        return ""

    def _wait_until_gone(self, served: str) -> None:
        """What is left of an object of the same name would be taken for the new one's."""
        deadline = time.monotonic() + 2 * GRACE
        while self._cluster.find(DEPLOYMENTS, {SERVED: served}):
            if time.monotonic() > deadline:
                raise MlflowException(
                    f"the Deployment of {served}, which was deleted, is still there after {2 * GRACE} s; "
                    "look whether the controllers of the cluster run"
                )
            time.sleep(1)

    def _wait_in_force(self, name: str, split: Split) -> None:
        address = self._settings.inside.address + probe_path(name, split)
        deadline = time.monotonic() + PATIENCE
        agreeing = 0
        while agreeing < AGREEING:
            agreeing = agreeing + 1 if _redirects(address) else 0
            if time.monotonic() > deadline:
                route = self._cluster.get(ROUTES, name)
                said = (route and refused(route, self._settings.gates)) or "look whether its proxies run"
                raise MlflowException(
                    f"the edge has not taken the split of {name} over in {PATIENCE:g} s: {said}"
                )
            if not agreeing:
                time.sleep(0.1)


def _hopeless(said: list[Problem]) -> bool:
    return any(problem.hopeless for problem in said)


def _redirects(address: str) -> bool:
    """On a connection of its own, so that it may be any of the proxies."""
    try:
        with httpx.Client(trust_env=False, timeout=5) as http:
            return http.get(address).status_code == 302
    except httpx.TransportError:
        return False
