"""ECR: rules by which copies of other registries' images are made."""

import json
from typing import Any

from moto.core.common_models import BaseModel
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecr.responses import ECRResponse

from .overlay import lay_over
from .refusal import Refusal

# The names by which ECR knows the registries that it copies from.
REGISTRIES = {
    "public.ecr.aws": "ecr-public",
    "quay.io": "quay",
    "registry.k8s.io": "k8s",
    "registry-1.docker.io": "docker-hub",
    "ghcr.io": "github-container-registry",
    "registry.gitlab.com": "gitlab-container-registry",
}


class Rule(BaseModel):
    """One rule, by the prefix of the repositories that it fills."""

    def __init__(self, name: str, members: dict[str, Any]) -> None:
        self.name = name
        self.members = members


def rules(response: ECRResponse) -> dict[str, Rule]:
    found: dict[str, Rule] = response.ecr_backend.__dict__.setdefault("pull_through_cache_rules", {})
    return found


def given(response: ECRResponse) -> dict[str, Any]:
    request: dict[str, Any] = json.loads(response.body)
    return request


def rule(response: ECRResponse) -> Rule:
    prefix = given(response)["ecrRepositoryPrefix"]
    if prefix not in rules(response):
        raise Refusal("PullThroughCacheRuleNotFoundException", f"No pull through cache rule for prefix {prefix}.")
    return rules(response)[prefix]


def create_pull_through_cache_rule(self: ECRResponse) -> ActionResult:
    request = given(self)
    prefix = request["ecrRepositoryPrefix"]
    if prefix in rules(self):
        raise Refusal("PullThroughCacheRuleAlreadyExistsException", f"There is a rule for prefix {prefix} already.")
    named = ("ecrRepositoryPrefix", "upstreamRegistryUrl", "credentialArn", "customRoleArn", "upstreamRepositoryPrefix")
    members = {
        **{name: request[name] for name in named if name in request},
        "upstreamRegistry": request.get("upstreamRegistry", REGISTRIES.get(request["upstreamRegistryUrl"], "ecr")),
        "registryId": self.current_account,
        "createdAt": utcnow(),
    }
    rules(self)[prefix] = Rule(prefix, members)
    return ActionResult(members)


def describe_pull_through_cache_rules(self: ECRResponse) -> ActionResult:
    wanted = given(self).get("ecrRepositoryPrefixes")
    missing = [prefix for prefix in wanted or [] if prefix not in rules(self)]
    if missing:
        raise Refusal("PullThroughCacheRuleNotFoundException", f"No pull through cache rule for {', '.join(missing)}.")
    found = [each.members for prefix, each in rules(self).items() if wanted is None or prefix in wanted]
    return ActionResult({"pullThroughCacheRules": found})


def update_pull_through_cache_rule(self: ECRResponse) -> ActionResult:
    found, request = rule(self), given(self)
    changed = {name: request[name] for name in ("credentialArn", "customRoleArn") if name in request}
    found.members.update(changed)
    told = {
        name: value
        for name, value in found.members.items()
        if name not in ("upstreamRegistry", "upstreamRegistryUrl", "createdAt")
    }
    return ActionResult({**told, "updatedAt": utcnow()})


def delete_pull_through_cache_rule(self: ECRResponse) -> ActionResult:
    found = rule(self)
    del rules(self)[found.name]
    return ActionResult({name: value for name, value in found.members.items() if name != "upstreamRegistry"})


def extend() -> None:
    lay_over(
        ECRResponse,
        create_pull_through_cache_rule=create_pull_through_cache_rule,
        describe_pull_through_cache_rules=describe_pull_through_cache_rules,
        update_pull_through_cache_rule=update_pull_through_cache_rule,
        delete_pull_through_cache_rule=delete_pull_through_cache_rule,
    )
