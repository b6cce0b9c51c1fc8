"""CodeBuild: projects keep their key and their limit, and can be changed."""

from typing import Any

from moto.codebuild.models import CodeBuildBackend
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult

from .overlay import lay_over

_delete_project = CodeBuildBackend.delete_project
_create_project = CodeBuildResponse.create_project

# What a project is described by, under the names of the request.
FORGOTTEN = ("encryptionKey", "concurrentBuildLimit", "autoRetryLimit", "resourceAccessRole", "fileSystemLocations")
CHANGED = (
    *FORGOTTEN,
    *("description", "source", "artifacts", "environment", "serviceRole", "tags", "cache", "timeoutInMinutes"),
    *("queuedTimeoutInMinutes", "sourceVersion", "logsConfig", "vpcConfig"),
)


def keep(response: CodeBuildResponse, names: tuple[str, ...]) -> ActionResult:
    project: dict[str, Any] = response.codebuild_backend.codebuild_projects[
        response._get_param("name")
    ].project_metadata
    given = {name: response._get_param(name) for name in names}
    project.update({name: value for name, value in given.items() if value is not None})
    return ActionResult({"project": project})


def create_project(self: CodeBuildResponse) -> ActionResult:
    _create_project(self)
    return keep(self, FORGOTTEN)


def update_project(self: CodeBuildResponse) -> ActionResult:
    return keep(self, CHANGED)


def delete_project(self: CodeBuildBackend, project_name: str) -> None:
    """A project is named by its ARN too."""
    _delete_project(self, project_name.split("/")[-1])


def extend() -> None:
    lay_over(CodeBuildBackend, delete_project=delete_project)
    lay_over(CodeBuildResponse, create_project=create_project, update_project=update_project)
