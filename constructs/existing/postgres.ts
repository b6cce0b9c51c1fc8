import type { Construct } from "constructs";
import type { Database, DatabaseAdmin, FoundationContext, Scale } from "../contracts/cluster-profile";
import type { ExistingEnvironment } from "../contracts/environment";
import { databaseUser, foundationNamespace } from "../contracts/names";
import type { Place, Traffic } from "../contracts/traffic";
import type { PostgresCluster } from "../custom-resources/cloudnative-pg";
import { CopiedSecrets } from "../foundation/copied-secrets";
import { resources } from "../foundation/pods";
import { priorities } from "../foundation/scheduling/priorities";
import { HelmChart } from "../helm-chart";
import { charts, images } from "../pins";
import { ownChart } from "../sources";
import { placeOf } from "./place";

/** The Postgres server of an environment: where it is, and what has to be in the cluster for it. */
export interface PostgresServer {
  readonly admin: DatabaseAdmin;
  readonly place: Place;
  /** The server's own pods, where it is in the platform. */
  readonly pods?: Traffic<never>;
  install(scope: Construct, foundation: FoundationContext): void;
}

type Server = ExistingEnvironment["database"];

/** A component's database on a server. */
export function databaseOn({ host, port, tls }: DatabaseAdmin, component: string): Database {
  const name = databaseUser(component);
  return { host, port, tls, name, user: name };
}

/** A server that is there. Its administrator's secret is copied to where the job reads it, inside the cluster. */
export function givenPostgres(server: Extract<Server, { mode: "postgres" }>): PostgresServer {
  const secret = "database-admin";
  return {
    admin: { host: server.host, port: server.port, tls: server.tls, credentials: "secret", secret },
    place: placeOf(server.host, [server.port]),
    install(scope, { namespace }) {
      new CopiedSecrets(scope, secret, { release: namespace, foundation: namespace }, [
        { from: server.admin, to: { namespace, name: secret }, keys: ["username", "password"] },
      ]);
    },
  };
}

/** The cluster's name, and the operator's for the service that follows the primary. */
const cluster = "postgres";

/** 8000 is the instance's own manager, which the operator and the other instances ask how it is. */
const postgresPods: Traffic<never> = {
  "postgres-operator": {
    labels: { "app.kubernetes.io/name": "cloudnative-pg" },
    // The API server has it check the resources it keeps.
    answers: { webhook: [9443] },
    calls: { postgres: [8000, 5432] },
    uses: ["kubernetes-api"],
  },
  postgres: {
    labels: { "cnpg.io/cluster": cluster },
    answers: { database: [5432] },
    calls: { postgres: [8000, 5432] },
    uses: ["kubernetes-api"],
  },
};

/**
 * CloudNativePG: an operator, and a server as its custom resource. The operator makes the administrator's secret. It
 * has rights in the foundation's namespace alone.
 */
export function cloudNativePg(
  server: Extract<Server, { mode: "cloudnative-pg" }>,
  place: { readonly storageClass: string; readonly scale: Scale },
): PostgresServer {
  return {
    admin: {
      host: `${cluster}-rw.${foundationNamespace}`,
      port: 5432,
      tls: "require",
      credentials: "secret",
      secret: `${cluster}-superuser`,
    },
    place: { in: "platform" },
    pods: postgresPods,
    install(scope, { namespace, chart, image }) {
      const operator = image(images.postgresOperator);
      const postgres = image(images.postgres);
      const operatorChart = new HelmChart(scope, "postgres-operator", {
        chart: chart(charts.postgresOperator),
        name: "postgres-operator",
        namespace,
        values: {
          image: operator,
          config: { clusterWide: false },
          priorityClassName: priorities.foundation,
          resources: resources(place.scale, 100, 128, 512),
        },
      });
      const postgresCluster: PostgresCluster = {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: { name: cluster, namespace },
        spec: {
          instances: server.instances,
          priorityClassName: priorities.foundation,
          imageName: `${postgres.repository}:${postgres.tag}`,
          storage: { size: `${server.storageGiB}Gi`, storageClass: place.storageClass },
          resources: resources(place.scale, 500, 1024, 2048),
          // The job that makes databases signs in as the administrator.
          enableSuperuserAccess: true,
          // With one instance a budget would keep its node from ever being emptied.
          enablePDB: server.instances > 1,
        },
      };
      new HelmChart(scope, cluster, {
        chart: ownChart("manifests"),
        name: cluster,
        namespace,
        values: { manifests: [postgresCluster] },
        after: [operatorChart],
      });
    },
  };
}
