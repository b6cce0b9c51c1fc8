"""How the inference log lies in the data bucket, for who writes it and who reads it.

    inference-log/model=<model>/version=<version>/date=<UTC date of the request>/<segment>.parquet
    inference-log/truth/model=<model>/<time>-<mark>.parquet
    inference-log/watching/model=<model>.json

A row is one row of a request: a request of three rows has three, with the same id and `row` 0, 1 and 2. A
request that failed has one row, without outputs. Inputs are columns `input.<name>`, outputs `output.<name>`;
`open_mlops.log_types` says of which types. A file holds nothing that was asked after it was written.
"""

from __future__ import annotations

import json
import os
import uuid
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, unquote

import pyarrow as pa
from pyarrow import fs

#: Columns that every row has. `latency` is seconds in the server, the door's not included.
COLUMNS = pa.schema(
    [
        ("request_id", pa.string()),
        ("row", pa.int32()),
        # Of the W3C trace context, where the door or the client gave one, else what a cluster's edge calls
        # the request. A shadow's copy has the request's; several requests of one client may share theirs.
        ("trace_id", pa.string()),
        # The deployment's name, and what the model server calls its version.
        ("model", pa.string()),
        ("version", pa.string()),
        # Which registered model that is; null where it is none of the registry, and in older files.
        ("registered_model", pa.string()),
        ("registered_version", pa.string()),
        ("time", pa.timestamp("us", tz="UTC")),
        ("latency", pa.float64()),
        ("status", pa.int16()),
        ("error", pa.string()),
    ]
)
INPUT, OUTPUT = "input.", "output."


def store(data: str) -> tuple[fs.FileSystem, str]:
    """The file system and the log's folder in it, of `OPEN_MLOPS_DATA`: `file:///folder` or
    `s3://bucket/prefix`.
    """
    if data.startswith("file://"):
        # Not a URI's path: a folder may be called anything.
        return fs.LocalFileSystem(), f"{data.removeprefix('file://').rstrip('/')}/inference-log"
    filesystem, path = fs.FileSystem.from_uri(data)
    return filesystem, f"{path.rstrip('/')}/inference-log"


def model_folder(root: str, model: str) -> str:
    return f"{root}/model={quote(model, safe='')}"


def day_folder(root: str, model: str, version: str, day: date) -> str:
    return f"{model_folder(root, model)}/version={quote(version, safe='')}/date={day.isoformat()}"


def day_of(folder: str) -> date:
    return date.fromisoformat(folder.rpartition("/date=")[2])


def folders(filesystem: fs.FileSystem, folder: str, mark: str) -> list[str]:
    """The folders in this one whose names begin so; none where it is not there."""
    found = filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True))
    return [
        info.path for info in found if info.type == fs.FileType.Directory and info.base_name.startswith(mark)
    ]


def parquet(filesystem: fs.FileSystem, folder: str) -> list[fs.FileInfo]:
    """The Parquet files in the folder; none where it is not there."""
    found = filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True))
    # What begins with a dot is being written.
    return [info for info in found if info.extension == "parquet" and not info.base_name.startswith(".")]


def value_of(folder: str) -> str:
    """`version=3` is 3."""
    return unquote(folder.rpartition("=")[2])


def truth_folder(root: str, model: str) -> str:
    return f"{root}/truth/model={quote(model, safe='')}"


def added_at(truth: str) -> datetime:
    """When a file of truth was written, by its name."""
    return datetime.fromtimestamp(int(truth.rpartition("/")[2].partition("-")[0]) / 1e9, UTC)


def watching_file(root: str, model: str) -> str:
    return f"{root}/watching/model={quote(model, safe='')}.json"


def write_watching(data: str, model: str, findings: dict[str, Any]) -> None:
    """What watching has found last, in one step; `read_watching` reads it."""
    filesystem, root = store(data)
    path = watching_file(root, model)
    filesystem.create_dir(path.rpartition("/")[0], recursive=True)
    content = json.dumps(findings).encode()
    if not isinstance(filesystem, fs.LocalFileSystem):
        with filesystem.open_output_stream(path) as stream:
            stream.write(content)
        return
    temporary = f"{path}.{uuid.uuid4().hex}"
    with open(temporary, "wb") as file:
        file.write(content)
    os.replace(temporary, path)


def read_watching(data: str, model: str) -> dict[str, Any] | None:
    """None where the model was never watched."""
    filesystem, root = store(data)
    path = watching_file(root, model)
    if filesystem.get_file_info(path).type == fs.FileType.NotFound:
        return None
    with filesystem.open_input_file(path) as file:
        return dict(json.loads(file.read()))
