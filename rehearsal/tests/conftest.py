"""A running emulator, and clients whose every answer is held against the AWS SDK's own model of it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from models import problems

REGION = "eu-west-1"
OURS = ("eks", "ecr", "budgets", "service-quotas")


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    root = Path(__file__).parent.parent
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with subprocess.Popen(
        [sys.executable, "-m", "emulator"], cwd=root, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        yield json.loads(process.stdout.readline())["endpoint"]
        # It ends when its standard input does.
        process.stdin.close()
        process.wait(timeout=10)


@pytest.fixture(scope="session")
def client(endpoint: str) -> Callable[[str], Any]:
    """Makes a client of a service, by its name. An answer that the model would not know fails the test."""

    def make(service: str) -> Any:
        made = boto3.client(
            service,
            region_name=REGION,
            endpoint_url=endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

        def hold_against_model(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
            if response_dict["status_code"] < 300 and operation_model.output_shape:
                body = json.loads(response_dict["body"] or b"{}")
                found = problems(body, operation_model.output_shape, operation_model.name)
                assert not found, "\n".join(found)

        # What moto answers by itself is held only where we have changed it.
        if service in OURS:
            made.meta.events.register(
                f"before-parse.{made.meta.service_model.service_id.hyphenize()}", hold_against_model
            )
        return made

    return make


@pytest.fixture
def subnets(client: Callable[[str], Any]) -> Iterator[list[str]]:
    """Two subnets in a network of their own."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ab")
    ]
    yield made
    for subnet in made:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
