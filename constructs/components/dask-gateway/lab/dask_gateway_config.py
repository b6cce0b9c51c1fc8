"""Dask Gateway on one machine. Every value comes from the environment that process.ts sets."""

import json
import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 - traitlets gives it to a configuration file

folder = Path(os.environ["GATEWAY_FOLDER"])
# The scheduler and the workers find their programs beside this interpreter.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"

c.DaskGateway.backend_class = "dask_gateway_server.backends.local.UnsafeLocalBackend"
c.DaskGateway.authenticator_class = "dask_gateway_server.auth.JupyterHubAuthenticator"
# Only tokens that may access this service, not any token of the Hub.
c.JupyterHubAuthenticator.jupyterhub_service_name = "dask-gateway"
c.Proxy.address = os.environ["GATEWAY_ADDRESS"]
c.UnsafeLocalBackend.clusters_directory = str(folder)
# The lab's mark goes to every process, so that none can be left behind unseen.
c.UnsafeLocalBackend.inherited_environment = ["PATH", "LANG", "LC_ALL", "HOME", "OPEN_MLOPS_LAB"]

# distributed no longer has a dask-scheduler script, which is the gateway's default.
c.ClusterConfig.scheduler_cmd = ["dask", "scheduler"]
c.ClusterConfig.worker_cmd = ["dask", "worker"]
c.ClusterConfig.environment = json.loads(os.environ["GATEWAY_CLUSTER_ENV"])
c.ClusterConfig.idle_timeout = float(os.environ["GATEWAY_IDLE_SECONDS"])
c.ClusterConfig.worker_cores = int(os.environ["GATEWAY_WORKER_CORES"])
c.ClusterConfig.worker_memory = f"{os.environ['GATEWAY_WORKER_MEMORY_GIB']} G"
c.ClusterConfig.cluster_max_workers = int(os.environ["GATEWAY_MAX_WORKERS"])
