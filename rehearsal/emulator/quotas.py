"""Service Quotas: what a new account may have of what an environment needs. An increase is granted at once."""

import json
from typing import Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse

from .overlay import lay_over

# AWS's defaults, by service and code; an account without a history has no machines with GPUs at all.
DEFAULTS = {
    ("ec2", "L-1216C47A"): 5,
    ("ec2", "L-34B43A08"): 5,
    ("ec2", "L-DB2E81BA"): 0,
    ("ec2", "L-3819A6DF"): 0,
    ("ec2", "L-0263D0A3"): 5,
    ("vpc", "L-F678F1CE"): 5,
    ("vpc", "L-FE5A380F"): 5,
    ("elasticloadbalancing", "L-69A177A2"): 50,
    ("eks", "L-1194D53C"): 100,
    ("rds", "L-7B6409FD"): 40,
    ("s3", "L-DC2B2D3D"): 10000,
}


def get_service_quota(self: ServiceQuotasBackend, service_code: str, quota_code: str) -> dict[str, Any]:
    key = (service_code, quota_code)
    value = vars(self).setdefault("granted", {}).get(key, DEFAULTS.get(key))
    if value is None:
        raise NoSuchResource
    return {"ServiceCode": service_code, "QuotaCode": quota_code, "Value": float(value)}


def request_service_quota_increase(self: ServiceQuotasResponse) -> str:
    given = json.loads(self.body)
    key = (given["ServiceCode"], given["QuotaCode"])
    vars(self.backend).setdefault("granted", {})[key] = given["DesiredValue"]
    return json.dumps({"RequestedQuota": {**given, "Status": "APPROVED"}})


def extend() -> None:
    lay_over(ServiceQuotasBackend, get_service_quota=get_service_quota)
    lay_over(ServiceQuotasResponse, request_service_quota_increase=request_service_quota_increase)
