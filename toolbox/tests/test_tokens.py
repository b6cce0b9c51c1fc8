"""Tokens from a real Hub, a command and the environment, as MLflow, httpx and requests send them."""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import requests
from conftest import PROJECT, Server, free_port
from mlflow.tracking.request_auth.registry import fetch_auth

from open_mlops import tokens

DOMAIN = "mlops.example.com"
ADMIN = "the-admin-token-of-this-test"

#: As the platform's Hub has it: the roles are those of constructs/components/jupyterhub/sign-in.ts.
HUB_CONFIG = f"""
c = get_config()
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.enable_auth_state = True
c.DummyAuthenticator.allow_all = True
c.JupyterHub.services = [{{"name": "test", "api_token": "{ADMIN}"}}]
c.JupyterHub.load_roles = [
    {{"name": "server", "scopes": ["users:activity!user", "access:servers!server", "admin:auth_state!user"]}},
    {{"name": "user", "scopes": ["self", "admin:auth_state!user"]}},
    {{"name": "test", "scopes": ["admin:users", "admin:auth_state", "tokens"], "services": ["test"]}},
]
c.ConfigurableHTTPProxy.command = [{str(PROJECT / "node_modules/.bin/configurable-http-proxy")!r}]
"""


def jwt(seconds: float, user: str = "ada") -> str:
    """What an issuer gives, as far as the holder reads it; whoever verifies it is somebody else."""
    claims = json.dumps({"preferred_username": user, "exp": time.time() + seconds}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).rstrip(b'=').decode()}.c2lnbmF0dXJl"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hub")
    (folder / "config.py").write_text(HUB_CONFIG)
    public, api, proxy = (free_port() for _ in range(3))
    settings = [
        f"--JupyterHub.bind_url=http://127.0.0.1:{public}",
        f"--JupyterHub.hub_bind_url=http://127.0.0.1:{api}",
        f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{proxy}",
    ]
    server = Server(
        [sys.executable, "-m", "jupyterhub", "-f", "config.py", *settings],
        f"http://127.0.0.1:{api}/hub/api",
        "/",
        folder,
        {"JUPYTERHUB_CRYPT_KEY": "0" * 64},
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_cached", "")
    for name in ("JUPYTERHUB_API_TOKEN", "OPEN_MLOPS_TOKEN_COMMAND", "OPEN_MLOPS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPEN_MLOPS_DOMAIN", DOMAIN)


def as_admin(hub: Server, method: str, path: str, body: object) -> httpx.Response:
    headers = {"Authorization": f"token {ADMIN}"}
    answer = httpx.request(method, hub.address + path, json=body, headers=headers, trust_env=False)
    return answer.raise_for_status()


def in_server_of(user: str, hub: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server of the Hub has in its environment: a token with a server's scopes."""
    as_admin(hub, "POST", "/users", {"usernames": [user]})
    scopes = ["users:activity!user", "admin:auth_state!user"]
    made = as_admin(hub, "POST", f"/users/{user}/tokens", {"scopes": scopes}).json()
    monkeypatch.setenv("JUPYTERHUB_API_URL", hub.address)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", made["token"])
    monkeypatch.setenv("JUPYTERHUB_USER", user)


def keep(hub: Server, user: str, token: str) -> str:
    """The Hub keeps this token of the user, as when it has refreshed it."""
    as_admin(hub, "PATCH", f"/users/{user}", {"auth_state": {"access_token": token}})
    return token


def test_a_notebook_has_its_persons_token_from_the_hub_and_another_before_it_expires(
    hub: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_server_of("ada", hub, monkeypatch)
    ending = keep(hub, "ada", jwt(20))
    assert tokens.token() == ending
    following = keep(hub, "ada", jwt(600))
    assert tokens.token() == following
    keep(hub, "ada", jwt(1200))
    assert tokens.token() == following  # which has some time left; the Hub is not asked again


def test_a_notebook_without_a_token_is_told_why(hub: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    in_server_of("bob", hub, monkeypatch)
    with pytest.raises(LookupError, match="the Hub has no token of bob"):
        tokens.token()
    keep(hub, "bob", jwt(-1))
    with pytest.raises(LookupError, match="has expired; sign out of the Hub and in again"):
        tokens.token()
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")  # nobody else's
    with pytest.raises((LookupError, httpx.HTTPStatusError)):
        tokens.token()
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "revoked")
    with pytest.raises(LookupError, match="the Hub refused"):
        tokens.token()


def test_a_laptop_has_fresh_ones_from_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tmp_path / "token"
    given.write_text(first := jwt(20))
    print_it = f"{sys.executable} -c 'print(open(\"{given}\").read())'"
    monkeypatch.setenv("OPEN_MLOPS_TOKEN_COMMAND", print_it)
    monkeypatch.setenv("OPEN_MLOPS_TOKEN", jwt(5))
    assert tokens.token() == first
    given.write_text(second := jwt(600))
    assert tokens.token() == second
    monkeypatch.setattr(tokens, "_cached", "")
    monkeypatch.setenv(
        "OPEN_MLOPS_TOKEN_COMMAND", f"{sys.executable} -c 'raise SystemExit(\"not signed in\")'"
    )
    with pytest.raises(LookupError, match="gave no token: not signed in"):
        tokens.token()


def test_what_is_given_is_used_until_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError, match="there is no token here; run `mlops login"):
        tokens.token()
    monkeypatch.setenv("OPEN_MLOPS_TOKEN", given := jwt(20))
    assert tokens.token() == given
    monkeypatch.setenv("OPEN_MLOPS_TOKEN", jwt(-20))
    with pytest.raises(LookupError, match="has expired"):
        tokens.token()
    monkeypatch.setenv("OPEN_MLOPS_TOKEN", "opaque")
    with pytest.raises(LookupError, match="no JWT"):
        tokens.token()


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        (f"https://mlflow.{DOMAIN}/api", True),
        (f"https://mlflow.{DOMAIN}:30443/api", True),
        (f"https://{DOMAIN}/", True),
        (f"http://mlflow.{DOMAIN}/api", False),  # anybody on the way would read it
        ("http://mlflow.mlflow/api", False),  # inside the cluster
        (f"https://not{DOMAIN}/", False),
        (f"https://{DOMAIN}.evil.example/", False),
        (f"https://evil.example/{DOMAIN}", False),
        (f"https://mlflow.{DOMAIN}@evil.example/", False),
    ],
)
def test_a_token_goes_to_the_platform_and_nowhere_else(
    url: str, sent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPEN_MLOPS_TOKEN", given := jwt(600))
    expected = f"Bearer {given}" if sent else None
    # As MLflow asks for it, by the entry point of the installed package.
    monkeypatch.setenv("MLFLOW_TRACKING_AUTH", "open-mlops")
    auth = fetch_auth("open-mlops")
    assert requests.Request("GET", url, auth=auth).prepare().headers.get("Authorization") == expected
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Authorization"))
        return httpx.Response(200)

    with httpx.Client(auth=tokens.PlatformAuth(), transport=httpx.MockTransport(answer)) as client:
        client.get(url)
    # httpx makes a header of its own of what stands before an @.
    assert seen == [expected] or (not sent and given not in str(seen))


def test_nowhere_is_the_platform_where_no_domain_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPEN_MLOPS_DOMAIN")
    assert not tokens.is_platform("https://mlflow.example.com")
