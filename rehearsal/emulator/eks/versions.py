"""The Kubernetes versions that EKS has, as its release calendar of November 2026 says."""

from moto.core.responses import ActionResult

from .base import EksBase

# The day on which standard support ends; the first is past it already.
STANDARD_UNTIL = {"1.32": "2026-03-23", "1.34": "2026-12-02", "1.35": "2027-03-27", "1.36": "2027-08-02"}
EXTENDED = ("1.32",)


class Versions(EksBase):
    def describe_cluster_versions(self) -> ActionResult:
        versions = [
            {
                "clusterVersion": version,
                "clusterType": "eks",
                "defaultVersion": version == "1.35",
                "endOfStandardSupportDate": f"{until}T00:00:00Z",
                "versionStatus": "EXTENDED_SUPPORT" if version in EXTENDED else "STANDARD_SUPPORT",
            }
            for version, until in STANDARD_UNTIL.items()
        ]
        return ActionResult({"clusterVersions": versions})
