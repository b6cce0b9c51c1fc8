"""The flights as they come: a month at a time, when it is over, where people keep data.

$OPEN_MLOPS_DATA/flights/arrived/2013-04.parquet
"""

from __future__ import annotations

import fsspec
import pandas as pd

from open_mlops import snapshots
from open_mlops.settings import data_url

from .data import read_flights
from .features import build_features, validate

YEAR = 2013


def arrive(month: int) -> pd.DataFrame:
    """Puts a month's table there, valid or not at all, and returns it."""
    table = validate(build_features(read_flights([month])))
    filesystem, path = fsspec.url_to_fs(_url(month))
    filesystem.makedirs(filesystem._parent(path), exist_ok=True)
    with filesystem.open(path, "wb") as file:
        table.to_parquet(file)
    return table


def arrived() -> list[int]:
    """The months that are there, the oldest first."""
    filesystem, folder = fsspec.url_to_fs(data_url("flights", "arrived"))
    names = filesystem.ls(folder, detail=False) if filesystem.exists(folder) else []
    return sorted(int(name.rpartition("-")[2].removesuffix(".parquet")) for name in names)


def read(months: list[int]) -> pd.DataFrame:
    """These months' rows in the order of departure. LookupError names every month that has not arrived."""
    if missing := sorted(set(months) - set(arrived())):
        raise LookupError(f"months {missing} have not arrived; there are {arrived()}")
    tables = [snapshots.read(_url(month)) for month in sorted(months)]
    return pd.concat(tables, ignore_index=True)


def forget() -> None:
    """No month has arrived: the beginning of a replay."""
    filesystem, folder = fsspec.url_to_fs(data_url("flights", "arrived"))
    if filesystem.exists(folder):
        filesystem.rm(folder, recursive=True)


def _url(month: int) -> str:
    return data_url("flights", "arrived", f"{YEAR}-{month:02}.parquet")
