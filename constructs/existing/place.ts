import type { Place } from "../contracts/traffic";

/**
 * Where a host is, by its name: `service.namespace`, alone or with `.svc` behind it, is in the cluster, as its DNS looks
 * there first; an address is itself; any other name is elsewhere, at an address that is not known here.
 *
 * @param ports of the pods or the machine; a service in the cluster that has another port than its pods is not seen through
 */
export function placeOf(host: string, ports: readonly number[]): Place {
  if (/^\d+(\.\d+){3}$/.test(host)) return { in: "network", ports, blocks: [`${host}/32`] };
  const namespace = /^[^.]+\.([^.]+)(\.svc(\.cluster\.local)?)?\.?$/.exec(host)?.[1];
  return namespace ? { in: "namespace", namespace, ports } : { in: "network", ports };
}
