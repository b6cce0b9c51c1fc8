"""Auto scaling: groups keep how long a machine lives and how many may be missing meanwhile."""

from typing import Any

from moto.autoscaling.responses import AutoScalingResponse

from .overlay import lay_over

_create = AutoScalingResponse.create_auto_scaling_group
_update = AutoScalingResponse.update_auto_scaling_group

# The request's names, and the attributes in which the answer looks for them.
KEPT = {
    "MaxInstanceLifetime": "max_instance_lifetime",
    "InstanceMaintenancePolicy": "instance_maintenance_policy",
    "DefaultInstanceWarmup": "default_instance_warmup",
}


def keep(response: AutoScalingResponse, answer: Any) -> Any:
    group = response.autoscaling_backend.autoscaling_groups[response._get_param("AutoScalingGroupName")]
    for asked, told in KEPT.items():
        value = response._get_param(asked)
        if value is not None:
            setattr(group, told, value)
    return answer


def create_auto_scaling_group(self: AutoScalingResponse) -> Any:
    return keep(self, _create(self))


def update_auto_scaling_group(self: AutoScalingResponse) -> Any:
    return keep(self, _update(self))


def extend() -> None:
    lay_over(
        AutoScalingResponse,
        create_auto_scaling_group=create_auto_scaling_group,
        update_auto_scaling_group=update_auto_scaling_group,
    )
