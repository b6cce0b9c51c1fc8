import type { ClusterEnvironment } from "../deployment/synthesize";

/** Asks AWS who is signed in before anything is begun there. Its clients are loaded for an environment on AWS alone. */
export async function rightAccount(environment: ClusterEnvironment, work: "deploy" | "destroy"): Promise<void> {
  if (environment.place !== "aws") return;
  const { refuseWrongAccount } = require("../doctor/aws/begin") as typeof import("../doctor/aws/begin");
  await refuseWrongAccount(environment, work);
}
