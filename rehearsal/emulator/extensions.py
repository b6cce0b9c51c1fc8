"""What is laid over moto, in one place: each module mends one service."""

from . import (
    autoscaling,
    budgets,
    codebuild,
    ec2,
    ecr,
    efs,
    eks,
    inventory,
    kms,
    quotas,
    rds,
    route53,
    s3,
    security_groups,
)

EXTENSIONS = (
    inventory,
    autoscaling,
    budgets,
    codebuild,
    ec2,
    ecr,
    efs,
    eks,
    kms,
    quotas,
    rds,
    route53,
    s3,
    security_groups,
)


def extend() -> None:
    """Lays every extension over moto. Called once, before the first request."""
    for extension in EXTENSIONS:
        extension.extend()
