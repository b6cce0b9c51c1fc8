"""Tables kept for good: a snapshot is named by its content, so what a model learned from is found again.

    kept = snapshots.write(table, "flights")          # $OPEN_MLOPS_DATA/snapshots/flights/<digest>.parquet
    table = snapshots.read(kept.url)
    mlflow.log_input(kept.dataset(table, targets="late"), context="training")

The same rows are the same file, whoever writes them and how often. Nothing here changes or removes one.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass

import fsspec
import pandas as pd
from mlflow.data.pandas_dataset import PandasDataset, from_pandas

from .settings import data_url

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
#: MLflow keeps a digest of at most 36 characters.
_DIGITS = 32


@dataclass(frozen=True)
class Snapshot:
    """`digest` is the first 32 hexadecimal digits of the file's SHA-256, and `url` where it is kept."""

    name: str
    digest: str
    url: str
    rows: int

    def dataset(self, table: pd.DataFrame, targets: str | None = None) -> PandasDataset:
        """What `mlflow.log_input` takes, of the snapshot's own table. A run is found by its digest:
        `dataset.digest = '<digest>'`.
        """
        return from_pandas(table, source=self.url, targets=targets, name=self.name, digest=self.digest)


def write(table: pd.DataFrame, name: str) -> Snapshot:
    """Keeps the table, or finds that it is kept already. ValueError for a name that is no part of an
    address.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"the snapshot's name is {name!r}; use small letters, digits and dashes, at most 63")
    file = io.BytesIO()
    table.to_parquet(file)
    digest = hashlib.sha256(file.getvalue()).hexdigest()[:_DIGITS]
    url = data_url("snapshots", name, f"{digest}.parquet")
    filesystem, path = fsspec.url_to_fs(url)
    if not filesystem.exists(path):
        filesystem.makedirs(filesystem._parent(path), exist_ok=True)
        # Beside it first: who looks meanwhile finds nothing, or all of it.
        with filesystem.transaction, filesystem.open(path, "wb") as target:
            target.write(file.getvalue())
    return Snapshot(name, digest, url, len(table))


def read(url: str) -> pd.DataFrame:
    """The table at the address, of a snapshot or another Parquet file."""
    with fsspec.open(url, "rb") as file:
        return pd.read_parquet(file)
