"""EFS: whether a file system is backed up can be changed, and its policy taken away."""

import json

from moto.efs.models import FileSystem
from moto.efs.responses import EFSResponse

from .overlay import lay_over


def put_backup_policy(self: EFSResponse) -> str:
    asked = json.loads(self.body)["BackupPolicy"]
    vars(self.efs_backend.file_systems_by_id[self._get_param("FileSystemId")])["asked_backup_policy"] = asked
    return json.dumps({"BackupPolicy": asked})


def backup_policy(self: FileSystem) -> dict[str, str] | None:
    """None where nobody has asked for any."""
    asked: dict[str, str] | None = vars(self).get("asked_backup_policy")
    return asked or ({"Status": "ENABLED"} if self._backup else None)


def delete_file_system_policy(self: EFSResponse) -> str:
    self.efs_backend.file_systems_by_id[self._get_param("FileSystemId")].file_system_policy = None
    return "{}"


def extend() -> None:
    lay_over(EFSResponse, put_backup_policy=put_backup_policy, delete_file_system_policy=delete_file_system_policy)
    lay_over(FileSystem, backup_policy=property(backup_policy))
