"""Budgets: whom an alarm is sent to, and a budget's own tags."""

import json
from typing import Any

from moto.budgets.models import Budget, Notification
from moto.budgets.responses import BudgetsResponse

from .overlay import lay_over
from .refusal import Refusal

_create_budget = BudgetsResponse.create_budget


def budget(response: BudgetsResponse, account: str, name: str) -> Budget:
    found: Budget | None = response.backend.budgets[account].get(name)
    if found is None:
        raise Refusal("NotFoundException", f"There is no budget {name}.")
    return found


def notification(response: BudgetsResponse) -> Notification:
    """The alarm that the request names by all its members."""
    request = json.loads(response.body)
    wanted = {name: value for name, value in request["Notification"].items() if name != "NotificationState"}
    for each in budget(response, request["AccountId"], request["BudgetName"]).notifications:
        if all(each.details.get(name) == value for name, value in wanted.items()):
            return each
    raise Refusal("NotFoundException", f"The budget {request['BudgetName']} has no such notification.")


def describe_subscribers_for_notification(self: BudgetsResponse) -> str:
    return json.dumps({"Subscribers": notification(self).subscribers})


def create_budget(self: BudgetsResponse) -> str:
    answer = _create_budget(self)
    request = json.loads(self.body)
    given = {each["Key"]: each["Value"] for each in request.get("ResourceTags", [])}
    vars(budget(self, request["AccountId"], request["Budget"]["BudgetName"]))["own_tags"] = given
    return answer


def own_tags(response: BudgetsResponse) -> dict[str, str]:
    """Of the budget that the request names by its ARN."""
    arn = json.loads(response.body)["ResourceARN"]
    tags: dict[str, str] = vars(budget(response, arn.split(":")[4], arn.split(":budget/")[1])).setdefault(
        "own_tags", {}
    )
    return tags


def list_tags_for_resource(self: BudgetsResponse) -> str:
    tags: list[Any] = [{"Key": key, "Value": value} for key, value in own_tags(self).items()]
    return json.dumps({"ResourceTags": tags})


def tag_resource(self: BudgetsResponse) -> str:
    own_tags(self).update({each["Key"]: each["Value"] for each in json.loads(self.body)["ResourceTags"]})
    return "{}"


def untag_resource(self: BudgetsResponse) -> str:
    for key in json.loads(self.body)["ResourceTagKeys"]:
        own_tags(self).pop(key, None)
    return "{}"


def extend() -> None:
    lay_over(
        BudgetsResponse,
        create_budget=create_budget,
        describe_subscribers_for_notification=describe_subscribers_for_notification,
        list_tags_for_resource=list_tags_for_resource,
        tag_resource=tag_resource,
        untag_resource=untag_resource,
    )
