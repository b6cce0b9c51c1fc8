"""JupyterHub on one machine. Every value comes from the environment that process.ts sets."""

import json
import os
import shutil
from pathlib import Path

c = get_config()  # noqa: F821 - traitlets gives it to a configuration file
env = os.environ

folder = Path(env["HUB_FOLDER"])
services = json.loads(env["HUB_SERVICES"])

c.JupyterHub.bind_url = env["HUB_PUBLIC_ADDRESS"]
c.JupyterHub.hub_bind_url = env["HUB_ADDRESS"]
c.JupyterHub.db_url = f"sqlite:///{folder / 'jupyterhub.sqlite'}"
c.JupyterHub.template_vars = {"announcement": "Open MLOps Blueprint: the lab on this machine"}
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = env["HUB_PROXY_API"]

# One password for the people of this machine, another for who administers. Names are free.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = env["HUB_PASSWORD"]
c.SharedPasswordAuthenticator.admin_password = env["HUB_ADMIN_PASSWORD"]
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {"admin"}

# Those that verify people's tokens or sign in themselves, a person's own terminal, and the lab that watches over all.
c.JupyterHub.services = [{"name": s["name"], "api_token": s["token"]} for s in services] + [
    {"name": "terminal", "api_token": env["HUB_TERMINAL_TOKEN"]},
    {"name": "lab", "api_token": env["HUB_ADMIN_TOKEN"]},
]
access = [f"access:services!service={s['name']}" for s in services]
c.JupyterHub.load_roles = [
    {"name": "user", "scopes": ["self", *access]},
    # A server's own token lets its notebooks in to the services, as the person who runs it.
    {"name": "server", "scopes": ["users:activity!user", "access:servers!server", *access]},
    {
        "name": "code",
        "scopes": access,
        "services": ["terminal", *(s["name"] for s in services)],
    },
    {
        "name": "lab",
        "scopes": ["proxy", "admin:users", "admin:servers", "access:servers", "tokens", "shutdown"],
        "services": ["lab"],
    },
]


def home_with_tutorials(spawner):
    """Gives a person their own copy of the tutorials, and never touches it again."""
    copy = folder / "homes" / spawner.user.name / "tutorials"
    if not copy.exists():
        shutil.copytree(env["HUB_TUTORIALS"], copy, ignore=shutil.ignore_patterns("__pycache__"))


c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(folder / "homes" / "{username}")
c.Spawner.pre_spawn_hook = home_with_tutorials
c.Spawner.cmd = [env["HUB_SERVER_COMMAND"]]
c.Spawner.ip = "127.0.0.1"
c.Spawner.default_url = "/lab"
c.Spawner.args = [
    f"--ServerApp.shutdown_no_activity_timeout={env['HUB_IDLE_SECONDS']}",
    f"--MappingKernelManager.cull_idle_timeout={env['HUB_IDLE_SECONDS']}",
    # The machine may be run by root, in a container or a rented box; the server listens on loopback and asks a token.
    "--allow-root",
]
c.Spawner.environment = json.loads(env["HUB_CLIENT_ENV"])
# The lab's mark goes to every process, so that none can be left behind unseen.
c.Spawner.env_keep = ["PATH", "LANG", "LC_ALL", "OPEN_MLOPS_LAB"]
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120
