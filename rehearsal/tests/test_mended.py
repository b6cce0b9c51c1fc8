"""What moto forgets, adds or leaves behind, mended: each of these made a second plan unclean or left something."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from test_inventory import inventory

Client = Callable[[str], Any]


def test_a_network_takes_its_access_list_along(endpoint: str, client: Client) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.delete_vpc(VpcId=vpc)
    assert inventory(endpoint)["left"] == []


def test_a_gateway_takes_its_interface_along(endpoint: str, client: Client, subnets: list[str]) -> None:
    ec2 = client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnets[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.release_address(AllocationId=address)
    assert not [each for each in inventory(endpoint)["left"] if "NetworkInterface" in each or "Address" in each]


def test_the_tags_of_a_template_are_not_those_of_its_machines(client: Client) -> None:
    ec2 = client("ec2")
    machine = {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "node"}]}
    template = ec2.create_launch_template(
        LaunchTemplateName="tagged",
        LaunchTemplateData={"TagSpecifications": [machine]},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "Project", "Value": "x"}]}],
    )["LaunchTemplate"]
    assert template["Tags"] == [{"Key": "Project", "Value": "x"}]
    given = {"LaunchTemplateId": template["LaunchTemplateId"]}
    [version] = ec2.describe_launch_template_versions(**given)["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"]["TagSpecifications"] == [machine]
    ec2.delete_launch_template(**given)


def test_a_rule_for_a_group_keeps_its_description(client: Client) -> None:
    ec2 = client("ec2")
    group = ec2.create_security_group(GroupName="described", Description="d")["GroupId"]
    source = {"GroupId": group, "Description": "The cluster's nodes"}
    permission = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [source]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    assert "The cluster's nodes" in [rule.get("Description") for rule in rules]
    ec2.delete_security_group(GroupId=group)


def test_a_parameter_that_was_set_says_so(client: Client) -> None:
    rds = client("rds")
    rds.create_db_parameter_group(DBParameterGroupName="set", DBParameterGroupFamily="postgres17", Description="d")
    given = {"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "immediate"}
    rds.modify_db_parameter_group(DBParameterGroupName="set", Parameters=[given])
    [parameter] = rds.describe_db_parameters(DBParameterGroupName="set")["Parameters"]
    assert parameter["Source"] == "user"
    assert parameter["ParameterValue"] == "1"
    rds.delete_db_parameter_group(DBParameterGroupName="set")


def test_a_database_keeps_its_performance_insights(client: Client) -> None:
    rds = client("rds")
    made = rds.create_db_instance(
        DBInstanceIdentifier="watched",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="postgres",
        MasterUserPassword="not-a-secret",
        EnablePerformanceInsights=True,
        PerformanceInsightsRetentionPeriod=7,
    )["DBInstance"]
    assert made["PerformanceInsightsEnabled"] is True
    assert made["PerformanceInsightsRetentionPeriod"] == 7
    rds.delete_db_instance(DBInstanceIdentifier="watched", SkipFinalSnapshot=True)


def test_a_key_that_aws_makes_is_not_left(endpoint: str, client: Client) -> None:
    ec2 = client("ec2")
    volume = ec2.create_volume(AvailabilityZone="eu-west-1a", Size=1, Encrypted=True)["VolumeId"]
    ec2.delete_volume(VolumeId=volume)
    assert not [each for each in inventory(endpoint)["left"] if each.startswith("kms")]


def test_a_bucket_that_tells_eventbridge_says_so(client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="telling", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_notification_configuration(
        Bucket="telling", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    assert s3.get_bucket_notification_configuration(Bucket="telling")["EventBridgeConfiguration"] == {}
    s3.delete_bucket(Bucket="telling")


def test_a_bucket_logs_to_one_whose_policy_is_also_about_everybody(client: Client) -> None:
    s3 = client("s3")
    place = {"LocationConstraint": "eu-west-1"}
    for name in ("read", "readers"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    objects = ["arn:aws:s3:::readers/*"]
    only_tls = {"Effect": "Deny", "Principal": "*", "Action": ["s3:*"], "Resource": objects}
    logging = {"TargetBucket": "readers", "TargetPrefix": "read/"}
    write = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": ["s3:PutObject"]}
    s3.put_bucket_policy(Bucket="readers", Policy=json.dumps({"Version": "2012-10-17", "Statement": [only_tls]}))
    with pytest.raises(s3.exceptions.ClientError, match="InvalidTargetBucketForLogging"):
        s3.put_bucket_logging(Bucket="read", BucketLoggingStatus={"LoggingEnabled": logging})
    both = [only_tls, {**write, "Resource": objects}]
    s3.put_bucket_policy(Bucket="readers", Policy=json.dumps({"Version": "2012-10-17", "Statement": both}))
    s3.put_bucket_logging(Bucket="read", BucketLoggingStatus={"LoggingEnabled": logging})
    assert s3.get_bucket_logging(Bucket="read")["LoggingEnabled"]["TargetBucket"] == "readers"
    s3.put_bucket_logging(Bucket="read", BucketLoggingStatus={})
    s3.delete_bucket_policy(Bucket="readers")
    # Who read it in the meantime.
    for entry in s3.list_objects_v2(Bucket="readers").get("Contents", []):
        s3.delete_object(Bucket="readers", Key=entry["Key"])
    for name in ("read", "readers"):
        s3.delete_bucket(Bucket=name)


def test_a_group_launches_a_machine_whose_disk_names_no_size(client: Client, subnets: list[str]) -> None:
    ec2, scaling = client("ec2"), client("autoscaling")
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "DeleteOnTermination": True}}
    data = {"ImageId": "ami-12c6146b", "InstanceType": "t4g.nano", "BlockDeviceMappings": [disk]}
    ec2.create_launch_template(LaunchTemplateName="one", LaunchTemplateData=data)
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="one",
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=subnets[0],
        MaxInstanceLifetime=2592000,
        InstanceMaintenancePolicy={"MinHealthyPercentage": 0, "MaxHealthyPercentage": 100},
        LaunchTemplate={"LaunchTemplateName": "one", "Version": "$Latest"},
    )
    [group] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["one"])["AutoScalingGroups"]
    assert group["MaxInstanceLifetime"] == 2592000
    assert group["InstanceMaintenancePolicy"] == {"MinHealthyPercentage": 0, "MaxHealthyPercentage": 100}
    machine = group["Instances"][0]["InstanceId"]
    disks = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [machine]}])["Volumes"]
    assert {disk["Size"] for disk in disks} == {8}
    scaling.delete_auto_scaling_group(AutoScalingGroupName="one", ForceDelete=True)
    ec2.delete_launch_template(LaunchTemplateName="one")


def test_a_zone_takes_its_name_servers_along(endpoint: str, client: Client) -> None:
    route53 = client("route53")
    zone = route53.create_hosted_zone(Name="ml.example.com", CallerReference="once")["HostedZone"]["Id"]
    route53.delete_hosted_zone(Id=zone)
    assert not [each for each in inventory(endpoint)["left"] if each.startswith("route53")]
