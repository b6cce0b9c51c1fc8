"""What is left is told, and what an empty account holds is not."""

import json
import urllib.request
from collections.abc import Callable
from typing import Any


def inventory(endpoint: str) -> dict[str, list[str]]:
    with urllib.request.urlopen(f"{endpoint}/rehearsal/inventory") as answer:
        found: dict[str, list[str]] = json.load(answer)
        return found


def test_an_empty_account_is_empty(endpoint: str, client: Callable[[str], Any]) -> None:
    assert client("ec2").describe_vpcs()["Vpcs"]
    assert client("iam").list_policies(Scope="AWS")["Policies"]
    assert inventory(endpoint) == {"left": [], "waiting": []}


def test_what_was_made_is_left_until_it_is_deleted(endpoint: str, client: Callable[[str], Any]) -> None:
    s3, ec2, kms = client("s3"), client("ec2"), client("kms")
    s3.create_bucket(Bucket="forgotten", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    group = ec2.create_security_group(GroupName="forgotten", Description="of a load balancer")["GroupId"]
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    left = "\n".join(inventory(endpoint)["left"])
    assert "s3 FakeBucket forgotten" in left
    assert "ec2 SecurityGroup forgotten" in left or group in left
    assert key in left
    s3.delete_bucket(Bucket="forgotten")
    ec2.delete_security_group(GroupId=group)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    found = inventory(endpoint)
    assert found["left"] == []
    assert key in found["waiting"][0]
