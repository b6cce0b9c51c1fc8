"""EKS: add-ons, access entries, Pod Identity, and clusters and node groups with all their settings."""

from moto.core.responses import ActionResult
from moto.eks import urls

from .access import Access
from .addons import AddOns
from .base import Record, not_found
from .clusters import Clusters
from .nodegroups import NodeGroups
from .versions import Versions


class Eks(Clusters, NodeGroups, AddOns, Access, Versions):
    """All of it, with tags for everything that has an ARN."""

    def tag_resource(self) -> ActionResult:
        self._tags().update(self.given["tags"])
        return ActionResult({})

    def untag_resource(self) -> ActionResult:
        for key in self.given["tagKeys"]:
            self._tags().pop(key, None)
        return ActionResult({})

    def list_tags_for_resource(self) -> ActionResult:
        return ActionResult({"tags": self._tags()})

    def _tags(self) -> dict[str, str]:
        wanted = self.given["resourceArn"]
        for cluster in self.eks_backend.clusters.values():
            for each in [cluster, *cluster.nodegroups.values()]:
                if each.arn == wanted:
                    return each.tags
            for held in vars(cluster).values():
                for each in held.values() if isinstance(held, dict) else ():
                    if isinstance(each, Record) and wanted in each.members.values():
                        return each.tags
        raise not_found(f"No resource found for ARN: {wanted}")


def extend() -> None:
    # The SDK's model says which call an address means, so one pattern is enough for all.
    urls.url_paths.clear()
    urls.url_paths["{0}/(?P<path>.+)$"] = Eks.dispatch
