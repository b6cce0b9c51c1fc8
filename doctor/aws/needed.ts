import type { AwsEnvironment } from "../../constructs/contracts/aws-environment";
import type { Environment } from "../../constructs/contracts/load";
import { instanceType } from "../../constructs/contracts/prices";

/** What an environment takes of an account's quotas when it is at its largest. */
export interface Needed {
  /** vCPUs by the quota that counts them. */
  readonly vcpus: Readonly<Record<CpuFamily, number>>;
  readonly addresses: number;
  readonly vpcs: number;
  /** In the zone that has the most. */
  readonly natGatewaysPerZone: number;
  readonly networkLoadBalancers: number;
  readonly buckets: number;
}

export type CpuFamily = "standard" | "standardSpot" | "gpu" | "gpuSpot";

/** As AWS counts: G and VT machines have quotas of their own, on demand and on spot. */
export function familyOf(type: string, spot: boolean): CpuFamily {
  if (/^(g|vt)\d/.test(type)) return spot ? "gpuSpot" : "gpu";
  return spot ? "standardSpot" : "standard";
}

/** The NAT instance is a nano: two vCPUs. */
const natInstanceVcpus = 2;

export function neededBy(environment: AwsEnvironment & Pick<Environment, "components">): Needed {
  const { network, nodes, domain, state, protect, images, components } = environment;
  const vcpus = { standard: 0, standardSpot: 0, gpu: 0, gpuSpot: 0 };
  for (const group of [nodes.system, nodes.general, ...nodes.gpu]) {
    const [type = ""] = group.instanceTypes;
    // The largest of those it may be made of.
    const each = Math.max(...group.instanceTypes.map((name) => instanceType(name).vcpus));
    vcpus[familyOf(type, group.spot)] += each * group.max * nodes.zones;
  }
  const egress = network.mode === "new" ? network.egress : undefined;
  const gateways = egress?.mode === "nat-gateway" ? (egress.perZone ? nodes.zones : 1) : 0;
  if (egress?.mode === "nat-instance") vcpus.standard += natInstanceVcpus;
  return {
    vcpus,
    addresses: gateways + (egress?.mode === "nat-instance" ? 1 : 0),
    vpcs: network.mode === "new" ? 1 : 0,
    natGatewaysPerZone: gateways > 0 ? 1 : 0,
    networkLoadBalancers: domain.mode === "none" ? 0 : 1,
    // The shared one, those of components, the log of accesses in a protected one, and the source of images.
    buckets:
      1 +
      components.reduce((sum, { needs }) => sum + (needs.buckets?.length ?? 0), 0) +
      (protect ? 1 : 0) +
      (images.mode === "build" ? 1 : 0) +
      (state.mode === "s3" && state.make ? 1 : 0),
  };
}
