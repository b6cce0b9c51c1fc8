"""Flow runs, as Prefect knows them."""

from __future__ import annotations

import os
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound, PrefectException

from open_mlops.tokens import PlatformAuth

from .records import FlowRun


class Unreachable(LookupError):
    """Says why Prefect could not be asked."""


def read(flow_run_id: str) -> FlowRun | None:
    """None where Prefect no longer has it."""
    api = os.environ.get("PREFECT_API_URL")
    if not api:
        raise Unreachable("PREFECT_API_URL is not set, so flow runs are known by their ids alone")
    try:
        with get_client(sync_client=True, httpx_settings={"auth": PlatformAuth(), "timeout": 20}) as client:
            try:
                found = client.read_flow_run(UUID(flow_run_id))
            except (ObjectNotFound, ValueError):
                return None
            state = found.state
            creator = found.created_by
            return FlowRun(
                id=str(found.id),
                name=found.name,
                flow=_flow(client, found.flow_id),
                deployment=_deployment(client, found.deployment_id),
                deployment_id=str(found.deployment_id) if found.deployment_id else None,
                state=state.name or str(state.type.value) if state else "unknown",
                message=(state.message or "") if state else "",
                started=found.start_time,
                ended=found.end_time,
                created_by=f"{(creator.type or '').lower()} {creator.display_value or ''}".strip()
                if creator
                else None,
                parameters=found.parameters,
            )
    except (httpx.HTTPError, PrefectException, LookupError, RuntimeError) as error:
        raise Unreachable(f"Prefect at {api} does not answer ({type(error).__name__}: {error})") from error


def _flow(client: SyncPrefectClient, flow_id: UUID) -> str:
    try:
        return str(client.read_flow(flow_id).name)
    except ObjectNotFound:
        return f"flow {flow_id}, which is gone"


def _deployment(client: SyncPrefectClient, deployment_id: UUID | None) -> str | None:
    if deployment_id is None:
        return None
    try:
        return str(client.read_deployment(deployment_id).name)
    except ObjectNotFound:
        return f"{deployment_id}, which is gone"
