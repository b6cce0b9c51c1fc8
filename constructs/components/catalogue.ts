import type { Catalogue } from "../contracts/component";
import { daskGateway } from "./dask-gateway";
import { jupyterhub } from "./jupyterhub";
import { mlflow } from "./mlflow";
import { prefect } from "./prefect";
import { seldon } from "./seldon";

/** Every tool that an environment may name, by the name it is chosen with. To add a tool, add its folder and its line. */
export const catalogue = { jupyterhub, mlflow, prefect, seldon, "dask-gateway": daskGateway } satisfies Catalogue;
