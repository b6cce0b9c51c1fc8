"""Tokens for code that speaks to the platform from outside, at its public addresses.

A token says for some minutes whose code this is. Inside the cluster code goes straight to the tools and sends
none; one is for `https://<tool>.<domain>`, and is sent nowhere else. Where it comes from, in this order:

* in a server of the Hub, from the Hub, which keeps the person's own token fresh;
* from the command in OPEN_MLOPS_TOKEN_COMMAND, which `mlops token --env` sets on people's own machines;
* from OPEN_MLOPS_TOKEN, which is good until it expires.

`MLFLOW_TRACKING_AUTH=open-mlops` gives every request of MLflow a fresh one. For Prefect there is
`prefect_client`, and any client of httpx or requests takes `auth=PlatformAuth()`.
"""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
import threading
import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import requests
from mlflow.tracking.request_auth.abstract_request_auth_provider import RequestAuthProvider

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

#: A token with less than so many seconds left is replaced. The Hub's have more left than this.
_MARGIN = 60.0
_HUB = ("JUPYTERHUB_API_URL", "JUPYTERHUB_API_TOKEN", "JUPYTERHUB_USER")

_lock = threading.Lock()
_cached = ""


def token() -> str:
    """A fresh access token of whoever's code this is. LookupError, with what to do, where there is none."""
    global _cached
    with _lock:
        if _seconds_left(_cached) < _MARGIN:
            _cached = _ask()
        if _seconds_left(_cached) <= 0:
            raise LookupError(f"the token has expired; {_remedy()}")
        return _cached


def is_platform(url: str) -> bool:
    """Whether a token may be sent there: over HTTPS, to the platform's domain."""
    parts = urlsplit(url)
    domain = os.environ.get("OPEN_MLOPS_DOMAIN", "")
    return bool(domain) and parts.scheme == "https" and f".{parts.hostname}".endswith(f".{domain}")


class PlatformAuth(requests.auth.AuthBase, httpx.Auth):
    """Sends a fresh token with each request to the platform, and none with any other."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if is_platform(request.url or ""):
            request.headers["Authorization"] = f"Bearer {token()}"
        return request

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if is_platform(str(request.url)):
            request.headers["Authorization"] = f"Bearer {token()}"
        yield request


class MlflowAuth(RequestAuthProvider):
    """What MLflow asks when MLFLOW_TRACKING_AUTH says `open-mlops`."""

    def get_name(self) -> str:
        return "open-mlops"

    def get_auth(self) -> PlatformAuth:
        return PlatformAuth()


def prefect_client() -> PrefectClient:
    """Prefect's own client at PREFECT_API_URL, to use with `async with`."""
    # It takes seconds to load, which MLflow's requests must not wait for.
    from prefect.client.orchestration import get_client

    return get_client(httpx_settings={"auth": PlatformAuth()})


def _ask() -> str:
    if all(os.environ.get(name) for name in _HUB):
        return _ask_hub(*(os.environ[name] for name in _HUB))
    if command := os.environ.get("OPEN_MLOPS_TOKEN_COMMAND"):
        done = subprocess.run(shlex.split(command), capture_output=True, text=True)
        if done.returncode:
            raise LookupError(f"`{command}` gave no token: {done.stderr.strip()}")
        return done.stdout.strip()
    if given := os.environ.get("OPEN_MLOPS_TOKEN"):
        return given
    raise LookupError(f"there is no token here; {_remedy()}")


def _ask_hub(api: str, own: str, user: str) -> str:
    # Inside the cluster, so no proxy stands between.
    with httpx.Client(trust_env=False, timeout=30) as hub:
        answer = hub.get(f"{api}/users/{user}", headers={"Authorization": f"token {own}"})
    # The Hub no longer knows whoever it could not refresh.
    if answer.status_code in (401, 403):
        raise LookupError(f"the Hub refused ({answer.status_code}); {_remedy()}")
    answer.raise_for_status()
    found = (answer.json().get("auth_state") or {}).get("access_token")
    if not found:
        raise LookupError(
            f"the Hub has no token of {user}; one comes with a sign-in at an issuer, not by password"
        )
    return str(found)


def _remedy() -> str:
    if all(os.environ.get(name) for name in _HUB):
        return "sign out of the Hub and in again"
    return 'run `mlops login <environment>` and then eval "$(npx mlops token <environment> --env)"'


def _seconds_left(jwt: str) -> float:
    """Until the token expires, as it says itself; below 0 for none, for ever for one that does not say."""
    if not jwt:
        return -1
    try:
        payload = jwt.split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims.get("exp", "inf")) - time.time()
    except (IndexError, ValueError) as error:
        raise LookupError(f"the token is no JWT, which the platform cannot verify; {_remedy()}") from error
