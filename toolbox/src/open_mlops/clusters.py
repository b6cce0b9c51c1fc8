"""Dask clusters that are always shut down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dask_gateway import Gateway
from distributed import Client

from .settings import require


@contextmanager
def dask_cluster(workers: int, patience: float = 600) -> Iterator[Client]:
    """A client of a new cluster with so many workers; starts when one is there, the others join as they come.

    The gateway's address and sign-in are Dask's own settings, which every place sets as variables.
    """
    require("DASK_GATEWAY__ADDRESS")
    with Gateway() as gateway:
        cluster = gateway.new_cluster(shutdown_on_close=True)
        try:
            cluster.scale(workers)
            with cluster.get_client() as client:
                client.wait_for_workers(1, timeout=patience)
                yield client
        finally:
            cluster.shutdown()
