"""EKS as Terraform and people use it: what is created is described as it was asked for, and is gone when deleted."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

Client = Callable[[str], Any]
ROLE = "arn:aws:iam::123456789012:role/some"
ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


@pytest.fixture
def eks(client: Client) -> Any:
    return client("eks")


@pytest.fixture
def cluster(eks: Any, subnets: list[str]) -> Iterator[str]:
    eks.create_cluster(
        name="lab",
        version="1.35",
        roleArn=ROLE,
        resourcesVpcConfig={
            "subnetIds": subnets,
            "endpointPrivateAccess": True,
            "publicAccessCidrs": ["203.0.113.0/24"],
        },
        accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        upgradePolicy={"supportType": "STANDARD"},
        kubernetesNetworkConfig={"serviceIpv4Cidr": "172.20.0.0/16"},
        logging={"clusterLogging": [{"types": ["api", "audit"], "enabled": True}]},
        deletionProtection=True,
        tags={"team": "ml"},
    )
    yield "lab"
    eks.update_cluster_config(name="lab", deletionProtection=False)
    eks.delete_cluster(name="lab")


def test_a_cluster_is_described_as_it_was_asked_for(eks: Any, cluster: str, subnets: list[str]) -> None:
    found = eks.describe_cluster(name=cluster)["cluster"]
    assert found["status"] == "ACTIVE"
    assert found["version"] == "1.35"
    assert found["accessConfig"]["authenticationMode"] == "API"
    assert found["upgradePolicy"] == {"supportType": "STANDARD"}
    assert found["deletionProtection"] is True
    assert found["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"
    assert found["resourcesVpcConfig"]["subnetIds"] == subnets
    assert found["resourcesVpcConfig"]["publicAccessCidrs"] == ["203.0.113.0/24"]
    on = [kind for setup in found["logging"]["clusterLogging"] if setup["enabled"] for kind in setup["types"]]
    assert on == ["api", "audit"]


def test_a_cluster_makes_its_security_group_and_takes_it_along(client: Client, eks: Any, subnets: list[str]) -> None:
    eks.create_cluster(name="brief", roleArn=ROLE, resourcesVpcConfig={"subnetIds": subnets})
    group = eks.describe_cluster(name="brief")["cluster"]["resourcesVpcConfig"]["clusterSecurityGroupId"]
    ec2 = client("ec2")
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    eks.delete_cluster(name="brief")
    with pytest.raises(ec2.exceptions.ClientError, match="NotFound"):
        ec2.describe_security_groups(GroupIds=[group])


def test_a_protected_cluster_is_not_deleted(eks: Any, cluster: str) -> None:
    with pytest.raises(eks.exceptions.InvalidRequestException, match="deletion protection"):
        eks.delete_cluster(name=cluster)


def test_an_update_can_be_asked_about(eks: Any, cluster: str) -> None:
    update = eks.update_cluster_version(name=cluster, version="1.36")["update"]
    assert eks.describe_update(name=cluster, updateId=update["id"])["update"]["status"] == "Successful"
    assert eks.describe_cluster(name=cluster)["cluster"]["version"] == "1.36"


def test_an_add_on_owns_the_identity_of_its_pods(eks: Any, cluster: str) -> None:
    identity = {"serviceAccount": "aws-node", "roleArn": ROLE}
    values = '{"enableNetworkPolicy":"true"}'
    eks.create_addon(
        clusterName=cluster, addonName="vpc-cni", configurationValues=values, podIdentityAssociations=[identity]
    )
    addon = eks.describe_addon(clusterName=cluster, addonName="vpc-cni")["addon"]
    assert addon["status"] == "ACTIVE"
    assert addon["configurationValues"] == values
    key = addon["podIdentityAssociations"][0].split("/")[-1]
    association = eks.describe_pod_identity_association(clusterName=cluster, associationId=key)["association"]
    assert association["serviceAccount"] == "aws-node"
    assert association["ownerArn"] == addon["addonArn"]
    assert eks.list_addons(clusterName=cluster)["addons"] == ["vpc-cni"]

    other = {**identity, "roleArn": f"{ROLE}-other"}
    eks.update_addon(clusterName=cluster, addonName="vpc-cni", podIdentityAssociations=[other])
    [owned] = eks.list_pod_identity_associations(clusterName=cluster)["associations"]
    key = owned["associationId"]
    assert (
        eks.describe_pod_identity_association(clusterName=cluster, associationId=key)["association"]["roleArn"]
        == other["roleArn"]
    )

    eks.delete_addon(clusterName=cluster, addonName="vpc-cni")
    assert eks.list_pod_identity_associations(clusterName=cluster)["associations"] == []
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.describe_addon(clusterName=cluster, addonName="vpc-cni")


def test_the_versions_of_an_add_on_are_known(eks: Any) -> None:
    [found] = eks.describe_addon_versions(addonName="coredns", kubernetesVersion="1.35")["addons"]
    [version] = found["addonVersions"]
    assert version["compatibilities"][0]["clusterVersion"] == "1.35"


def test_a_service_account_has_one_identity(eks: Any, cluster: str) -> None:
    wanted = {"clusterName": cluster, "namespace": "mlflow", "serviceAccount": "mlflow", "roleArn": ROLE}
    made = eks.create_pod_identity_association(**wanted, tags={"a": "b"})["association"]
    with pytest.raises(eks.exceptions.ResourceInUseException):
        eks.create_pod_identity_association(**wanted)
    key = made["associationId"]
    eks.update_pod_identity_association(clusterName=cluster, associationId=key, roleArn=f"{ROLE}-other")
    found = eks.describe_pod_identity_association(clusterName=cluster, associationId=key)["association"]
    assert found["roleArn"] == f"{ROLE}-other"
    assert found["tags"] == {"a": "b"}
    assert eks.list_pod_identity_associations(clusterName=cluster, namespace="other")["associations"] == []
    eks.delete_pod_identity_association(clusterName=cluster, associationId=key)
    assert eks.list_pod_identity_associations(clusterName=cluster)["associations"] == []


def test_an_access_entry_holds_policies(eks: Any, cluster: str) -> None:
    principal = "arn:aws:iam::111122223333:role/platform-admin"
    entry = eks.create_access_entry(clusterName=cluster, principalArn=principal)["accessEntry"]
    assert entry["type"] == "STANDARD"
    assert entry["username"] == "arn:aws:sts::111122223333:assumed-role/platform-admin/{{SessionName}}"
    given = {"clusterName": cluster, "principalArn": principal}
    eks.associate_access_policy(**given, policyArn=ADMIN_POLICY, accessScope={"type": "cluster"})
    [policy] = eks.list_associated_access_policies(**given)["associatedAccessPolicies"]
    assert policy["policyArn"] == ADMIN_POLICY
    assert policy["accessScope"]["type"] == "cluster"
    eks.update_access_entry(**given, kubernetesGroups=["viewers"])
    assert eks.describe_access_entry(**given)["accessEntry"]["kubernetesGroups"] == ["viewers"]
    eks.disassociate_access_policy(**given, policyArn=ADMIN_POLICY)
    assert eks.list_associated_access_policies(**given)["associatedAccessPolicies"] == []
    eks.delete_access_entry(**given)
    assert eks.list_access_entries(clusterName=cluster)["accessEntries"] == []


def test_a_node_group_has_an_auto_scaling_group_and_takes_it_along(
    client: Client, eks: Any, cluster: str, subnets: list[str]
) -> None:
    ec2, scaling = client("ec2"), client("autoscaling")
    template = ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData={"InstanceType": "t3.large"})
    template_id = template["LaunchTemplate"]["LaunchTemplateId"]
    eks.create_nodegroup(
        clusterName=cluster,
        nodegroupName="gpu",
        nodeRole=ROLE,
        subnets=subnets,
        launchTemplate={"id": template_id, "version": "1"},
        scalingConfig={"minSize": 0, "maxSize": 4, "desiredSize": 0},
        nodeRepairConfig={"enabled": True},
        taints=[{"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}],
    )
    group = eks.describe_nodegroup(clusterName=cluster, nodegroupName="gpu")["nodegroup"]
    assert group["launchTemplate"] == {"id": template_id, "name": "nodes", "version": "1"}
    assert group["nodeRepairConfig"] == {"enabled": True}
    assert group["version"] == "1.35"
    assert "diskSize" not in group
    name = group["resources"]["autoScalingGroups"][0]["name"]
    [found] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    assert (found["MinSize"], found["MaxSize"]) == (0, 4)
    eks.delete_nodegroup(clusterName=cluster, nodegroupName="gpu")
    assert scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"] == []
    ec2.delete_launch_template(LaunchTemplateId=template_id)


def test_tags_of_everything_change(eks: Any, cluster: str) -> None:
    arn = eks.describe_cluster(name=cluster)["cluster"]["arn"]
    addon = eks.create_addon(clusterName=cluster, addonName="coredns", tags={"a": "b"})["addon"]["addonArn"]
    for each in (arn, addon):
        eks.tag_resource(resourceArn=each, tags={"cost": "7"})
        assert eks.list_tags_for_resource(resourceArn=each)["tags"]["cost"] == "7"
        eks.untag_resource(resourceArn=each, tagKeys=["cost"])
        assert "cost" not in eks.list_tags_for_resource(resourceArn=each)["tags"]
    eks.delete_addon(clusterName=cluster, addonName="coredns")


def test_nothing_is_found_that_is_not_there(eks: Any) -> None:
    with pytest.raises(eks.exceptions.ResourceNotFoundException, match="nowhere"):
        eks.list_addons(clusterName="nowhere")
