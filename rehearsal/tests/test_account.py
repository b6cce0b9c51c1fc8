"""What an account may have, and what AWS refuses to delete."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[[str], Any]


def test_a_quota_is_that_of_a_new_account_until_more_is_granted(client: Client) -> None:
    quotas = client("service-quotas")
    gpus = {"ServiceCode": "ec2", "QuotaCode": "L-DB2E81BA"}
    assert quotas.get_service_quota(**gpus)["Quota"]["Value"] == 0
    quotas.request_service_quota_increase(**gpus, DesiredValue=8)
    assert quotas.get_service_quota(**gpus)["Quota"]["Value"] == 8
    with pytest.raises(ClientError, match="NoSuchResource"):
        quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-00000000")


def test_versions_are_told_with_their_support(client: Client) -> None:
    versions = client("eks").describe_cluster_versions(includeAll=True)["clusterVersions"]
    support = {each["clusterVersion"]: each["versionStatus"] for each in versions}
    assert support["1.35"] == "STANDARD_SUPPORT"
    assert "EXTENDED_SUPPORT" in support.values()


def test_a_security_group_that_another_names_stays(client: Client) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    one, two = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("one", "two")
    )
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": one}]}
    ec2.authorize_security_group_ingress(GroupId=two, IpPermissions=[rule])
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=one)
    ec2.revoke_security_group_ingress(GroupId=two, IpPermissions=[rule])
    for group in (one, two):
        ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc(VpcId=vpc)
