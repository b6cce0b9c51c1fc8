"""Whom a budget's alarm is sent to, and whether homes are backed up."""

from collections.abc import Callable
from typing import Any

import pytest

ACCOUNT = "123456789012"
Client = Callable[[str], Any]


def test_an_alarm_knows_its_subscribers(client: Client) -> None:
    budgets = client("budgets")
    alarm = {
        "NotificationType": "ACTUAL",
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": 80.0,
        "ThresholdType": "PERCENTAGE",
    }
    subscriber = {"SubscriptionType": "EMAIL", "Address": "team@example.com"}
    budgets.create_budget(
        AccountId=ACCOUNT,
        Budget={
            "BudgetName": "month",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "150", "Unit": "USD"},
        },
        ResourceTags=[{"Key": "Project", "Value": "x"}],
        NotificationsWithSubscribers=[{"Notification": alarm, "Subscribers": [subscriber]}],
    )
    asked = {"AccountId": ACCOUNT, "BudgetName": "month"}
    found = budgets.describe_subscribers_for_notification(**asked, Notification=alarm)
    assert found["Subscribers"] == [subscriber]
    with pytest.raises(budgets.exceptions.NotFoundException):
        budgets.describe_subscribers_for_notification(**asked, Notification={**alarm, "Threshold": 50.0})
    arn = f"arn:aws:budgets::{ACCOUNT}:budget/month"
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "Owner", "Value": "y"}])
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["Project"])
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "Owner", "Value": "y"}]
    budgets.delete_budget(**asked)


def test_whether_homes_are_backed_up_can_be_changed(client: Client) -> None:
    efs = client("efs")
    key = efs.create_file_system(CreationToken="homes")["FileSystemId"]
    with pytest.raises(efs.exceptions.PolicyNotFound):
        efs.describe_backup_policy(FileSystemId=key)
    for status in ("ENABLED", "DISABLED"):
        efs.put_backup_policy(FileSystemId=key, BackupPolicy={"Status": status})
        assert efs.describe_backup_policy(FileSystemId=key)["BackupPolicy"] == {"Status": status}
    efs.put_file_system_policy(FileSystemId=key, Policy='{"Version": "2012-10-17", "Statement": []}')
    efs.delete_file_system_policy(FileSystemId=key)
    with pytest.raises(efs.exceptions.PolicyNotFound):
        efs.describe_file_system_policy(FileSystemId=key)
    efs.delete_file_system(FileSystemId=key)
