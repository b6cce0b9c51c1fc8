"""RDS: performance insights are kept, and parameters that were set say so."""

from collections.abc import Iterable
from typing import Any

from moto.rds.models import DBInstance, DBParameterGroup, RDSBackend

from .overlay import lay_over

_create_db_instance = RDSBackend.create_db_instance
_modify_db_instance = RDSBackend.modify_db_instance
_update_parameters = DBParameterGroup.update_parameters

# Under the names of the request, which are those of the answer but for the first.
KEPT = {
    "enable_performance_insights": "performance_insights_enabled",
    "performance_insights_kms_key_id": "performance_insights_kms_key_id",
    "performance_insights_retention_period": "performance_insights_retention_period",
}


def create_db_instance(self: RDSBackend, db_kwargs: dict[str, Any]) -> DBInstance:
    return keep(_create_db_instance(self, db_kwargs), db_kwargs)


def modify_db_instance(self: RDSBackend, db_instance_identifier: str, db_kwargs: dict[str, Any]) -> DBInstance:
    return keep(_modify_db_instance(self, db_instance_identifier, db_kwargs), db_kwargs)


def keep(instance: DBInstance, given: dict[str, Any]) -> DBInstance:
    for asked, told in KEPT.items():
        if given.get(asked) is not None:
            setattr(instance, told, given[asked])
    return instance


def update_parameters(self: DBParameterGroup, new_parameters: Iterable[dict[str, Any]]) -> None:
    _update_parameters(self, [{**each, "Source": "user", "IsModifiable": True} for each in new_parameters])


def extend() -> None:
    lay_over(RDSBackend, create_db_instance=create_db_instance, modify_db_instance=modify_db_instance)
    lay_over(DBParameterGroup, update_parameters=update_parameters)
