import type { Construct } from "constructs";
import { publicUrl } from "../../contracts/edge";
import type { FoundationPart, PartContext } from "../../contracts/foundation";
import { type BuiltinIdentity, upstreamName } from "../../contracts/identity";
import { foundationNamespace } from "../../contracts/names";
import type { Needs } from "../../contracts/needs";
import type { Traffic } from "../../contracts/traffic";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { ownChart } from "../../sources";
import { CopiedSecrets } from "../copied-secrets";
import { clientSecretKey } from "../identity";
import { type EnvVar, fromSecret } from "../pods";
import { secretNames } from "../secrets";
import { keycloakName, realmPath, signInHost } from "./address";
import { clients, pipelineClient } from "./clients";
import { type GivenSecret, givenSecrets } from "./given-secrets";
import { placeholder, realm, variables } from "./realm";
import { realmManifests, realmPods } from "./realm-job";
import { identityProvider } from "./upstreams";
import { keycloakValues } from "./values";

/** Keycloak: people, their groups, and tokens for them and for code. */
export class Keycloak implements FoundationPart {
  readonly name = keycloakName;
  readonly needs: Needs = {
    database: true,
    secrets: { "realm-account": "alphanumeric", "admin-password": "alphanumeric", [pipelineClient]: "alphanumeric" },
  };
  readonly published = [
    {
      host: signInHost,
      backend: { service: `${keycloakName}-http`, port: 80 },
      signIn: "own",
      // Forms.
      largestBodyMiB: 1,
      // People's realm and the pages' pictures. Neither the admin's page nor the realm `master`.
      paths: [`${realmPath}/`, "/resources/"],
    },
  ] as const;
  readonly traffic: Traffic<never>;

  constructor(private readonly identity: BuiltinIdentity) {
    const { smtp, upstreams } = identity;
    this.traffic = {
      server: {
        labels: { "app.kubernetes.io/name": keycloakName, "app.kubernetes.io/instance": keycloakName },
        answers: { identity: [8080], page: [8080] },
        metrics: { port: 9000, path: "/metrics" },
        uses: ["database", ...(smtp ? (["mail"] as const) : []), ...(upstreams.length > 0 ? (["cloud"] as const) : [])],
      },
      realm: realmPods,
    };
  }

  install(scope: Construct, context: PartContext): void {
    const { namespace, parts } = context;
    const given = givenSecrets(this.identity);
    const copies =
      given.length > 0
        ? [
            new CopiedSecrets(
              scope,
              "given-secrets",
              { release: namespace, foundation: foundationNamespace },
              given.map(({ from, name, keys }) => ({ from, to: { namespace, name }, keys })),
            ).chart,
          ]
        : [];
    const server = new HelmChart(scope, "server", {
      chart: context.chart(charts.keycloak),
      name: keycloakName,
      namespace,
      values: keycloakValues(context, publicAddress(context, signInHost)),
    });
    new HelmChart(scope, "realm", {
      chart: ownChart("manifests"),
      name: "keycloak-realm",
      namespace,
      values: {
        manifests: realmManifests(
          context,
          realm(this.identity, {
            clients: clients(
              parts,
              (host) => publicAddress(context, host),
              (client) => placeholder(variables.client(client)),
            ),
            teams: context.teams,
            identityProviders: this.identity.upstreams.map((upstream) =>
              identityProvider(upstream, placeholder(variables.upstream(upstreamName(upstream)))),
            ),
          }),
          this.secretEnv(context, given),
        ),
      },
      after: [server, ...copies],
    });
  }

  private secretEnv(context: PartContext, given: readonly GivenSecret[]): EnvVar[] {
    const asked = context.parts.filter(({ needs }) => needs.identityClient);
    return [
      { name: variables.adminPassword, valueFrom: fromSecret(context.secret("admin-password")) },
      { name: variables.client(pipelineClient), valueFrom: fromSecret(context.secret(pipelineClient)) },
      ...asked.map(({ name }) => ({
        name: variables.client(name),
        valueFrom: fromSecret({ name: secretNames.identity(name), key: clientSecretKey }),
      })),
      ...given.flatMap(({ name, variables: read }) =>
        Object.entries(read).map(([variable, key]) => ({ name: variable, valueFrom: fromSecret({ name, key }) })),
      ),
    ];
  }
}

function publicAddress({ cluster: { edge } }: PartContext, host: string): string {
  if (!edge) throw new Error("Keycloak sends people to and fro between hosts, and the cluster profile names no edge");
  return publicUrl(edge, host);
}
