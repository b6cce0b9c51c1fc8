import type { EnvironmentInput } from "../constructs/contracts/environment";

/** The whole stack on this machine: `npm start`. */
export default {
  name: "lab",
  place: "lab",
  components: [
    { tool: "jupyterhub" },
    { tool: "mlflow" },
    { tool: "prefect" },
    { tool: "dask-gateway" },
    { tool: "seldon" },
  ],
} satisfies EnvironmentInput;
