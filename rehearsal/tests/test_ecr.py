"""Rules by which ECR copies images of other registries."""

from collections.abc import Callable
from typing import Any

import pytest


def test_a_rule_is_there_from_its_making_to_its_end(client: Callable[[str], Any]) -> None:
    ecr = client("ecr")
    made = ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    assert made["upstreamRegistry"] == "quay"
    with pytest.raises(ecr.exceptions.PullThroughCacheRuleAlreadyExistsException):
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ecr-pullthroughcache/hub"
    ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="quay", credentialArn=secret)
    [found] = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=["quay"])["pullThroughCacheRules"]
    assert found["upstreamRegistryUrl"] == "quay.io"
    assert found["credentialArn"] == secret
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="quay")
    assert ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []
    with pytest.raises(ecr.exceptions.PullThroughCacheRuleNotFoundException):
        ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="quay")
