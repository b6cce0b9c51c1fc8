import { setTimeout as delay } from "node:timers/promises";
import type { AwsEnvironment } from "../../constructs/contracts/aws-environment";
import { deleteBalancedServices } from "../balanced-services";
import type { Board } from "../board";
import { connect } from "../connection";
import type { ClusterEnvironment, SynthesizedStack } from "../synthesize";
import { tellingFaults } from "./errors";
import { loadBalancers, targetGroups } from "./kinds/load-balancers";
import type { AwsLeftover } from "./leftover";
import { findAwsLeftovers, leftoverKinds } from "./leftovers";
import { type AwsPlace, awsPlace } from "./place";
import { clusterStatus, standingOf } from "./standing";
import { removable, sweep } from "./sweep";

/** How a cluster on AWS is left, so that nothing of it stays: what Terraform does not know goes before it and after it. */
export class Leaving {
  private readonly place: AwsPlace;
  private known: ReadonlySet<string> = new Set();

  constructor(
    private readonly environment: ClusterEnvironment & AwsEnvironment,
    private readonly stacks: readonly Pick<SynthesizedStack, "name" | "folder" | "stateBucket">[],
    private readonly board: Board,
  ) {
    this.place = awsPlace(environment);
  }

  /**
   * While the cluster is there: its Services of the type LoadBalancer go, whoever made them, because only its own
   * controllers remove what AWS made for them, and a load balancer keeps the network from being deleted.
   *
   * @param patience milliseconds until load balancers that nobody removes are removed from here
   */
  async before(patience = 300_000, pause = 5_000): Promise<void> {
    await tellingFaults(async () => {
      this.known = (await standingOf(this.place, this.stacks)).known;
      if (!(await clusterStatus(this.place))) return;
      await this.board.step(
        "load balancers",
        async (say) => {
          const kubectl = await connect(this.environment);
          const services = await deleteBalancedServices(kubectl, say);
          const deadline = Date.now() + patience;
          let left = await this.balancers();
          while (left.length > 0 && Date.now() < deadline) {
            say(`waiting until AWS has removed ${left.map(({ name }) => name).join(", ")}`);
            await delay(pause);
            left = await this.balancers();
          }
          // No Service is left that could want them.
          if (left.length > 0) await sweep(this.place, left, { board: this.board });
          return services;
        },
        (count) => (count === 0 ? "there are none" : `those of ${count} services removed`),
      );
    });
  }

  /**
   * Removes what Terraform does not know, as the cluster's controllers and services leave it; after a destroy that has
   * failed it may have been in its way. Only without a cluster, and no data.
   *
   * @returns whether something was removed, so that it is worth another try
   */
  async clearWay(): Promise<boolean> {
    return tellingFaults(async () => {
      const { reasons, known } = await standingOf(this.place, this.stacks);
      if (reasons.length > 0) return false;
      const inTheWay = removable(await findAwsLeftovers(this.place, known), false);
      const removals = await sweep(this.place, inTheWay, { board: this.board });
      return removals.some(({ failed }) => !failed);
    });
  }

  /**
   * After the cluster: removes what came while it went, such as a log group that a last line has made anew.
   *
   * @returns what is left in AWS, without what AWS removes by itself
   */
  async after(): Promise<AwsLeftover[]> {
    await this.clearWay();
    return tellingFaults(async () => {
      const row = "what is left in AWS";
      this.board.running(row, "looking");
      const all = await findAwsLeftovers(this.place, (await standingOf(this.place, this.stacks)).known);
      const left = all.filter((each) => each.goesWith !== "time" && !this.isStale(each));
      const waiting = all.filter(({ goesWith }) => goesWith === "time").map(({ kind, name }) => `${kind} ${name}`);
      const rest = waiting.length > 0 ? `; AWS removes later, free of charge: ${waiting.join(", ")}` : "";
      if (left.length === 0) this.board.done(row, `nothing${rest}`);
      else this.board.failed(row, `${left.length} things; \`mlops leftovers ${this.environment.name}\` lists them`);
      return left;
    });
  }

  /** Terraform has waited until it was gone, and AWS still lists its tags. What has a kind was asked for itself. */
  private isStale({ id, kind }: AwsLeftover): boolean {
    return this.known.has(id) && !leftoverKinds.some((each) => each.kind === kind);
  }

  private async balancers(): Promise<AwsLeftover[]> {
    const found = [...(await loadBalancers.find(this.place)), ...(await targetGroups.find(this.place))];
    return found.filter(({ id }) => !this.known.has(id));
  }
}
