import { GetHostedZoneCommand, ListHostedZonesByNameCommand } from "@aws-sdk/client-route-53";
import { fail, pass, warn } from "../check";
import { awsCheck } from "./context";

/** Whether the world finds the names that the platform will have. */
export const domainCheck = awsCheck("domain", async ({ environment: { domain }, place, nameServers }) => {
  if (domain.mode === "none") return pass("none; people come by port-forward");
  const { route53 } = place.clients;
  const { HostedZones = [] } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: domain.name }));
  const zones = HostedZones.filter(({ Name, Config }) => Name === `${domain.name}.` && !Config?.PrivateZone);
  if (zones.length > 1) {
    return fail(
      `there are ${zones.length} public zones ${domain.name} (${zones.map(({ Id }) => Id).join(", ")})`,
      "delete those that nothing delegates to: nobody can say which one is meant",
    );
  }
  const [zone] = zones;
  if (domain.zone === "make") {
    // The environment's own, from an earlier deployment, is found here too.
    return zone
      ? warn(
          `the zone ${domain.name} is there already`,
          'nothing to do where this environment has made it; otherwise say `zone: "find"`, or there will be two',
        )
      : pass(`the zone ${domain.name} will be made; delegate it by the name servers in the outputs`);
  }
  if (!zone) {
    return fail(
      `there is no public zone ${domain.name} in this account`,
      'make it in Route53, sign in to the account that has it, or say `zone: "make"`',
    );
  }
  const { DelegationSet } = await route53.send(new GetHostedZoneCommand({ Id: zone.Id }));
  const own = (DelegationSet?.NameServers ?? []).map(bare).sort();
  let answered: readonly string[];
  try {
    answered = (await nameServers(domain.name)).map(bare).sort();
  } catch (error) {
    const { code = "", message } = error as Error & { code?: string };
    return /ENOTFOUND|ENODATA/.test(code)
      ? fail(`the world's DNS knows no ${domain.name}`, delegate(own))
      : warn(
          `the zone is there; whether it is delegated could not be asked: ${message}`,
          "ask again where DNS can be reached",
        );
  }
  return answered.some((server) => own.includes(server))
    ? pass(`${domain.name}, delegated to Route53`)
    : fail(`${domain.name} is delegated to ${answered.join(", ")}`, delegate(own));
});

const delegate = (servers: readonly string[]) =>
  `at the registrar, or in the zone above, set the NS records to ${servers.join(", ")}`;
const bare = (server: string) => server.toLowerCase().replace(/\.$/, "");
