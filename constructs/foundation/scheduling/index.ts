import { Construct } from "constructs";
import type { Part } from "../../contracts/foundation";
import type { Team } from "../../contracts/teams";
import { HelmChart } from "../../helm-chart";
import { ownChart } from "../../sources";
import { priorityClasses } from "./priorities";
import { quotas } from "./quotas";

export interface SchedulingProps {
  readonly namespace: string;
  /** All parts of the foundation and all components. */
  readonly parts: readonly Part[];
  readonly teams: readonly Team[];
}

/** Whose pods get room first, and how much a team may ask for: installed before any pod that names a class. */
export class Scheduling extends Construct {
  constructor(scope: Construct, id: string, { namespace, parts, teams }: SchedulingProps) {
    super(scope, id);
    new HelmChart(this, "chart", {
      chart: ownChart("manifests"),
      name: "scheduling",
      namespace,
      values: { manifests: [...priorityClasses(teams), ...quotas(teams, parts)] },
    });
  }
}
