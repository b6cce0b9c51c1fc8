"""The Hub of hub.lab.ts: what the component generates, on one machine."""

import json
import os
import sys

c = get_config()  # noqa: F821 - traitlets gives it to a configuration file
given = json.loads(os.environ["HUB_GIVEN"])

c.JupyterHub.bind_url = given["public"]
c.JupyterHub.hub_bind_url = given["hub"]
c.JupyterHub.db_url = f"sqlite:///{given['folder']}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{given['folder']}/cookie"
c.ConfigurableHTTPProxy.api_url = given["proxyApi"]
c.ConfigurableHTTPProxy.command = given["proxy"]
c.ConfigurableHTTPProxy.pid_file = f"{given['folder']}/proxy.pid"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = given["folder"]
c.Spawner.cmd = [sys.executable, given["server"]]

# As the chart does it.
for section, values in given["config"].items():
    c[section].update(values)
c.JupyterHub.load_roles = [{"name": name, **role} for name, role in given["roles"].items()] + [
    {"name": "test", "scopes": ["admin:users", "admin:servers", "tokens"], "services": ["test"]}
]
c.JupyterHub.services = [
    {"name": "test", "api_token": given["token"]},
    {"name": "smoke", "api_token": given["token"][::-1]},
]
# A look each second instead of one in five minutes.
c.GenericOAuthenticator.auth_refresh_age = 1
exec(given["extraConfig"])
