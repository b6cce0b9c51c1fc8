"""S3: buckets that tell EventBridge of their objects say so; policies of every form are read before logs are sent."""

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from .overlay import lay_over

_get_bucket_notification = S3Response.get_bucket_notification


def get_bucket_notification(self: S3Response) -> Any:
    configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
    if configuration is None or configuration.event_bridge is None:
        return _get_bucket_notification(self)
    serialized = self.serialized

    def with_event_bridge(answer: ActionResult) -> Any:
        members: Any = answer.result
        return serialized(ActionResult({**members, "EventBridgeConfiguration": {}}))

    # A response object answers one request.
    vars(self)["serialized"] = with_event_bridge
    return _get_bucket_notification(self)


def may_log(target_bucket: FakeBucket, target_prefix: str | None) -> bool:
    """Whether the bucket's policy lets S3 write logs there. A statement may be about everybody, and about a list."""
    statements = json.loads(target_bucket.policy.decode())["Statement"] if target_bucket.policy else []
    objects = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}/"
    wide_enough = {f"{objects}*", f"{objects}{target_prefix or ''}*"}
    return any(
        statement["Effect"] == "Allow"
        and isinstance(statement.get("Principal"), dict)
        and "logging.s3.amazonaws.com" in listed(statement["Principal"].get("Service"))
        and "s3:PutObject" in listed(statement.get("Action"))
        and wide_enough.intersection(listed(statement.get("Resource")))
        for statement in statements
    )


def listed(value: str | list[str] | None) -> list[str]:
    """One or several, as policies write both."""
    return value if isinstance(value, list) else [value or ""]


_get_permission = FakeBucket.get_permission


def get_permission(self: FakeBucket, action: str, resource: str) -> Any:
    """moto reads no condition, so what refuses plain HTTP would refuse everything: the emulator knows no TLS."""
    written = self.policy
    if written is None:
        return _get_permission(self, action, resource)
    document = json.loads(written.decode())
    document["Statement"] = [each for each in document["Statement"] if not each.get("Condition")]
    try:
        self.policy = json.dumps(document).encode()
        return _get_permission(self, action, resource)
    finally:
        self.policy = written


def extend() -> None:
    lay_over(FakeBucket, get_permission=get_permission)
    lay_over(FakeBucket, _log_permissions_enabled_policy=staticmethod(may_log))
    lay_over(S3Response, get_bucket_notification=get_bucket_notification)
