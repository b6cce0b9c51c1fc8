import { LabError } from "../lab/errors";

/** As `LabError`, for clusters: what is wrong, the value, and the remedy, shown without a stack trace. */
export class DeploymentError extends LabError {
  constructor(message: string, details: readonly string[] = []) {
    super(message, details);
    this.name = "DeploymentError";
  }
}
