import type { Catalogue } from "../contracts/foundation";
import { foundationParts } from "../foundation/parts";
import { daskGateway } from "./dask-gateway";
import { jupyterhub } from "./jupyterhub";
import { mlflow } from "./mlflow";
import { prefect } from "./prefect";
import { seldon } from "./seldon";

/**
 * Every tool that an environment may name, by the name it is chosen with, and the foundation under them. To add a tool,
 * add its folder and its line.
 */
export const catalogue = {
  tools: { jupyterhub, mlflow, prefect, seldon, "dask-gateway": daskGateway },
  foundation: foundationParts,
} satisfies Catalogue;
