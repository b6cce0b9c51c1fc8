"""Projects that build images."""

from collections.abc import Callable
from typing import Any

KEY = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"


def test_a_project_is_described_as_it_was_asked_for_and_changed(client: Callable[[str], Any]) -> None:
    codebuild = client("codebuild")
    codebuild.create_project(
        name="images",
        source={"type": "S3", "location": "some-bucket/toolbox/a.zip", "buildspec": "version: 0.2"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_LARGE",
        },
        serviceRole="arn:aws:iam::123456789012:role/builder",
        encryptionKey=KEY,
        concurrentBuildLimit=1,
    )
    [project] = codebuild.batch_get_projects(names=["images"])["projects"]
    assert project["encryptionKey"] == KEY
    assert project["concurrentBuildLimit"] == 1
    codebuild.update_project(name="images", timeoutInMinutes=30)
    [project] = codebuild.batch_get_projects(names=["images"])["projects"]
    assert project["timeoutInMinutes"] == 30
    assert project["encryptionKey"] == KEY
    # By its ARN, as Terraform does.
    codebuild.delete_project(name=project["arn"])
    assert codebuild.batch_get_projects(names=["images"])["projects"] == []
